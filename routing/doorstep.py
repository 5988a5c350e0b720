"""What a visit at a door is like: how long, when, and who may go.

Decided from the people who are due there; members of one household who are
due are one visit.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import replace
from datetime import date
from itertools import combinations, permutations

from fieldmap.conditions import age_on
from fieldmap.models import Client, Household, Sex, Snapshot
from fieldmap.schedule import Due
from routing.crews import Crew, Seat
from routing.models import Visit, Window

__all__ = [
    "AFTER_SCHOOL",
    "DOORS_OPEN",
    "FIRST_PERSON_S",
    "crews_of",
    "is_child",
    "is_pupil",
    "parties",
    "school_day",
    "seconds_for",
    "starts",
    "visit_at",
]

_MINUTE, _HOUR = 60, 3600
FIRST_PERSON_S = 20 * _MINUTE
"""How long it takes to see somebody, in seconds."""

FURTHER_PERSON_S = 10 * _MINUTE
CHILD_EXTRA_S = 10 * _MINUTE
NEVER_MET_EXTRA_S = 10 * _MINUTE
DOORS_OPEN: tuple[Window, ...] = (
    (8 * _HOUR + 30 * _MINUTE, 11 * _HOUR + 30 * _MINUTE),
    (14 * _HOUR, 17 * _HOUR),
)
"""When people are visited at home: not in the noon rest (domain.md §7.1)."""

AFTER_SCHOOL: tuple[Window, ...] = ((16 * _HOUR + 10 * _MINUTE, 18 * _HOUR),)
"""When a pupil is met at home on a school day (domain.md §7.4)."""

# domain.md §7.1: summer holidays
_SCHOOL_AGE, _GROWN = 6, 18
_HOLIDAY_MONTHS = (7, 8)


def visit_at(
    household: Household, dues: Sequence[Due], snapshot: Snapshot, place: int | None, duty: Collection[str]
) -> Visit:
    """Return the visit to a household where somebody is due.

    Parameters
    ----------
    place
        Row of the travel tables; None where nobody knows where the door is.
    duty
        Ids of those who go that day.
    """
    people = [snapshot.clients[d.client_id] for d in dues]
    takes = seconds_for(dues, snapshot)
    own = [r.actor_id for c in people if (r := snapshot.responsibilities.get(c.id))]
    return Visit(
        id=household.id,
        location=place,
        service_s=takes,
        client_ids=tuple(c.id for c in people),
        windows=starts(_open(people, dues[0].today), takes),
        mandatory=any(d.mandatory for d in dues),
        urgency=max(d.urgency for d in dues),
        crews=crews_of(dues),
        preferred_worker=next((a for a in own if a in duty), None),
        causes=tuple(dict.fromkeys(rule for d in dues for rule in d.rule_ids)),
    )


def is_child(client: Client, day: date) -> bool:
    """Return whether somebody is under age that day."""
    age = age_on(client.birth_date, day)
    return age is not None and age < _GROWN


def is_pupil(client: Client, day: date) -> bool:
    """Return whether somebody is of school age that day."""
    age = age_on(client.birth_date, day)
    return age is not None and _SCHOOL_AGE <= age < _GROWN


def school_day(day: date) -> bool:
    """Return whether pupils are at school that day."""
    return day.weekday() < 5 and day.month not in _HOLIDAY_MONTHS


def seconds_for(dues: Sequence[Due], snapshot: Snapshot) -> int:
    """Return how long it takes to see the people who are due at one place."""
    child = any(is_child(snapshot.clients[d.client_id], d.today) for d in dues)
    return (
        FIRST_PERSON_S
        + FURTHER_PERSON_S * (len(dues) - 1)
        + CHILD_EXTRA_S * child
        + NEVER_MET_EXTRA_S * any(d.last_in_person is None for d in dues)
    )


def starts(hours: Sequence[Window], takes: int) -> tuple[Window, ...]:
    """Return when something may start that has to end within the hours.

    What is longer than all of them begins within the longest and ends after it:
    a large household is not left unseen because it takes the whole morning.

    Parameters
    ----------
    hours
        From and to, seconds since midnight; at least one.
    takes
        How long it takes, in seconds.

    Examples
    --------
    >>> starts(((0, 100), (200, 230)), 40)
    ((0, 60),)
    """
    fitting = tuple((begin, end - takes) for begin, end in hours if end - begin >= takes)
    return fitting or (max(hours, key=lambda window: window[1] - window[0]),)


def _open(people: Iterable[Client], day: date) -> tuple[Window, ...]:
    """Return when the door is open: after school where a pupil is due on a school day."""
    return AFTER_SCHOOL if school_day(day) and any(is_pupil(c, day) for c in people) else DOORS_OPEN


def parties(dues: Iterable[Due], visitors: int = 2) -> list[tuple[Due, ...]]:
    """Return who may be seen at one time by so many visitors; everybody is in one party.

    A rule may name the roles of whom it sends. Where no single visitor has a
    role of each rule two go, and where two have not, somebody is seen apart.
    """
    found: list[tuple[Due, ...]] = []
    for due in dues:
        at = next((n for n, party in enumerate(found) if _roles((*party, due), visitors)), None)
        if at is None:
            found.append((due,))
        else:
            found[at] = (*found[at], due)
    return found


def crews_of(dues: Sequence[Due]) -> tuple[Crew, ...]:
    """Return who may go to a place where several people are due: a crew keeps the rules of each.

    Of people whom two visitors cannot see together (:func:`parties`) the crew
    is that of the first party.
    """
    party = parties(dues)[0]
    companions = sorted({due.companion for due in party if due.companion is not None})
    same_sex = sorted({due.companion for due in party if due.restricted and due.companion is not None})
    # two of different sex living at one door are not alone with a visitor of either
    companion = companions[0] if len(companions) == 1 else None
    crews: list[Crew] = []
    for roles in _roles(party, 2):
        pair = (Seat(roles=roles[0]), Seat(roles=roles[1] if len(roles) > 1 else frozenset()))
        if len(roles) > 1 or len(same_sex) > 1 or any(due.pair_required for due in party):
            crews += _pairs(pair, same_sex)
        else:
            crews.append((replace(pair[0], sex=companion),))
            crews += [pair] if companion is not None else []
    return tuple(crews)


def _pairs(pair: tuple[Seat, Seat], sexes: Sequence[Sex]) -> Iterator[Crew]:
    """Yield the pairs in which there is a visitor of each of the sexes, two at most."""
    for first, second in dict.fromkeys(permutations((*sexes, None, None)[:2])):
        yield replace(pair[0], sex=first), replace(pair[1], sex=second)


def _roles(dues: Iterable[Due], visitors: int) -> list[tuple[frozenset[str], ...]]:
    """Return the roles of visitors who keep the rules of some people: of one, or else of two, in each way."""
    first, *others = dict.fromkeys(frozenset(due.roles) for due in dues if due.roles) or [frozenset()]
    common = first.intersection(*others)
    if common or not others:
        return [(common,)]
    found = []
    for size in range(len(others) - 1, -1, -1) if visitors > 1 else ():
        for some in combinations(others, size):
            rest = [roles for roles in others if roles not in some]
            found.append((first.intersection(*some), rest[0].intersection(*rest)))
    return list(dict.fromkeys(split for split in found if all(split)))
