"""What a visit at a door is like: how long, when, and who may go.

Decided from the people who are due there; members of one household who are
due are one visit.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from datetime import date

from fieldmap.conditions import age_on
from fieldmap.models import Client, Household, Snapshot
from fieldmap.schedule import Due
from routing.crews import Crew, Seat, crews_for
from routing.models import Visit, Window

__all__ = ["FIRST_PERSON_S", "crews_of", "is_child", "is_pupil", "school_day", "seconds_for", "visit_at"]

_MINUTE, _HOUR = 60, 3600
FIRST_PERSON_S = 20 * _MINUTE
"""How long it takes to see somebody, in seconds."""

FURTHER_PERSON_S = 10 * _MINUTE
CHILD_EXTRA_S = 10 * _MINUTE
NEVER_MET_EXTRA_S = 10 * _MINUTE
# domain.md §7.1: not in the noon rest
DOORS_OPEN: tuple[Window, ...] = (
    (8 * _HOUR + 30 * _MINUTE, 11 * _HOUR + 30 * _MINUTE),
    (14 * _HOUR, 17 * _HOUR),
)
# domain.md §7.4: a child at school is met after it; §7.1: summer holidays
AFTER_SCHOOL: tuple[Window, ...] = ((16 * _HOUR + 10 * _MINUTE, 18 * _HOUR),)
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
    day = dues[0].today
    own = [r.actor_id for c in people if (r := snapshot.responsibilities.get(c.id))]
    return Visit(
        id=household.id,
        location=place,
        service_s=seconds_for(dues, snapshot),
        client_ids=tuple(c.id for c in people),
        windows=_windows(people, day),
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


def _windows(people: Iterable[Client], day: date) -> tuple[Window, ...]:
    """Return when the door opens: after school where a pupil is due on a school day."""
    return AFTER_SCHOOL if school_day(day) and any(is_pupil(c, day) for c in people) else DOORS_OPEN


def crews_of(dues: Sequence[Due]) -> tuple[Crew, ...]:
    """Return who may go to a place where several people are due: the strictest of their rules."""
    roles = [frozenset(d.roles) for d in dues if d.roles]
    common = frozenset.intersection(*roles) if roles else frozenset()
    lead = Seat(roles=common or (roles[0] if roles else frozenset()))
    companions = {d.companion for d in dues if d.companion is not None}
    # two of different sex living at one door are not alone with a visitor of either
    companion = companions.pop() if len(companions) == 1 else None
    if any(d.pair_required for d in dues):
        same_sex = companion if any(d.restricted for d in dues) else None
        return crews_for(2, lead, same_sex)
    return crews_for(1, lead, companion, or_pair=True)
