"""Who is due, as errands: a door, a school where several pupils are, or a call.

One household is one errand, whatever brings people there: an elder and a child
of one house are seen together, unless their rules name visitors who cannot be
one crew. Two pupils or more who are due and go to one
school are one errand there, as many as a break holds, and are no longer waited
for at home; a pupil who is due alone may be met at either place. Where a call
counts for everybody due at a door, and nobody has to be met soon, it is a call.
Whatever has its hours begins so that it ends within them.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from itertools import cycle, islice

from fieldmap.access import covers
from fieldmap.models import Channel, Client, Household, Position, Site, SiteFunction, Snapshot
from fieldmap.schedule import Due
from routing.doorstep import (
    FIRST_PERSON_S,
    crews_of,
    is_child,
    is_pupil,
    parties,
    school_day,
    seconds_for,
    starts,
    visit_at,
)
from routing.models import Venue, Visit, Window

__all__ = ["AT_SCHOOL", "CALL_HOURS", "CALL_S", "Errand", "errands", "may_call", "pupils_in"]

_MINUTE, _HOUR = 60, 3600
CALL_S = 10 * _MINUTE
"""How long a call takes, in seconds."""

FURTHER_CALL_S = 5 * _MINUTE
"""How much longer for each further person of the house."""

MEETING_SOON_DAYS = 14
"""Who has to be met within so many days is not called first: the visit will count for both."""

FURTHER_PUPIL_S = 6 * _MINUTE
AT_SCHOOL: tuple[Window, ...] = (
    (11 * _HOUR + 40 * _MINUTE, 13 * _HOUR),
    (15 * _HOUR, 16 * _HOUR + 30 * _MINUTE),
)
"""When pupils are met at school: the noon break and the afternoon's care after lessons (domain.md §7.4)."""

CALL_HOURS: tuple[Window, ...] = (
    (8 * _HOUR + 30 * _MINUTE, 11 * _HOUR + 30 * _MINUTE),
    (14 * _HOUR, 18 * _HOUR),
)
"""When people are called."""

type Rows = Callable[[Position | None], int | None]
"""Position → row of the travel tables."""


@dataclass(frozen=True, slots=True)
class Errand:
    """A visit to be planned and whom it is for.

    Attributes
    ----------
    visit
        Its id is the household's or the school's; of a second one there, it
        begins with that.
    dues
        Whoever is due there, by household.
    site_id
        The school where it is made; empty at home.
    """

    visit: Visit
    dues: tuple[Due, ...]
    site_id: str = ""


def errands(
    doors: Mapping[str, Sequence[Due]],
    snapshot: Snapshot,
    rows: Rows,
    duty: Sequence[str],
    *,
    calls: bool = True,
) -> list[Errand]:
    """Turn the doors where somebody is due into errands.

    Parameters
    ----------
    doors
        Household → who is due there, on one day; never empty.
    rows
        Gives a position its row of the travel tables.
    duty
        Ids of those who go that day.
    calls
        Whether anybody may be called instead of visited.

    Returns
    -------
    list[Errand]
        Doors and calls in the order of `doors`, then schools by id. Everybody
        due is in exactly one of them.
    """
    schools = _schools(doors, snapshot)
    at_school = {due.client_id for groups in schools.values() for dues in groups for due in dues}
    found: list[Errand] = []
    for key, all_dues in doors.items():
        dues = tuple(due for due in all_dues if due.client_id not in at_school)
        called = calls and bool(dues) and may_call(dues, snapshot)
        for number, party in enumerate(parties(dues, 1 if called else 2)):
            errand = _at_home(snapshot.households[key], party, snapshot, rows, duty, called)
            found.append(_numbered(errand, number))
    for site_id, groups in sorted(schools.items()):
        for number, group in enumerate(groups):
            found.append(_numbered(_at_school(snapshot.sites[site_id], group, snapshot, rows, duty), number))
    return found


def may_call(dues: Sequence[Due], snapshot: Snapshot) -> bool:
    """Return whether one call counts for everybody due at a door, and there is a number to call.

    A child is met, whatever the rule would count.
    """
    people = [snapshot.clients[due.client_id] for due in dues]
    if not any(c.phone for c in people) or any(is_child(c, dues[0].today) for c in people):
        return False
    return all(due.phone_will_do and not _meets_soon(due) for due in dues)


def _meets_soon(due: Due) -> bool:
    meeting = due.in_person
    return meeting is not None and (meeting.deadline - due.today).days <= MEETING_SOON_DAYS


def _numbered(errand: Errand, number: int) -> Errand:
    """Return the errand, from the second of a place on with its number in the id."""
    visit = errand.visit
    return replace(errand, visit=replace(visit, id=f"{visit.id}#{number + 1}")) if number else errand


def _at_home(
    household: Household,
    dues: tuple[Due, ...],
    snapshot: Snapshot,
    rows: Rows,
    duty: Sequence[str],
    called: bool,
) -> Errand:
    visit = visit_at(household, dues, snapshot, None, duty)
    if called:
        takes = CALL_S + FURTHER_CALL_S * (len(dues) - 1)
        lead = tuple((seat,) for seat in dict.fromkeys(replace(crew[0], sex=None) for crew in visit.crews))
        hours = starts(CALL_HOURS, takes)
        return Errand(replace(visit, service_s=takes, windows=hours, crews=lead, channel=Channel.PHONE), dues)
    placed = replace(visit, location=rows(household.place))
    return Errand(replace(placed, elsewhere=_venues(dues, snapshot, rows)), dues)


def _venues(dues: Sequence[Due], snapshot: Snapshot, rows: Rows) -> tuple[Venue, ...]:
    """Return the school where everybody due at this door is, on a school day."""
    sites = {_school(snapshot.clients[due.client_id], snapshot, due.today) for due in dues}
    site = sites.pop() if len(sites) == 1 else None
    if site is None:
        return ()
    takes = seconds_for(dues, snapshot)
    return (Venue(rows(site.position), takes, starts(AT_SCHOOL, takes), name=site.id),)


def _at_school(
    site: Site, dues: tuple[Due, ...], snapshot: Snapshot, rows: Rows, duty: Sequence[str]
) -> Errand:
    """Return the errand of one group of pupils."""
    by_door: dict[str, int] = {}
    for due in dues:
        by_door[due.household_id] = max(by_door.get(due.household_id, 0), due.urgency)
    first = visit_at(snapshot.households[dues[0].household_id], dues, snapshot, None, duty)
    takes = FIRST_PERSON_S + FURTHER_PUPIL_S * (len(dues) - 1)
    visit = replace(
        first,
        id=site.id,
        location=rows(site.position),
        service_s=takes,
        windows=starts(AT_SCHOOL, takes),
        urgency=sum(by_door.values()),
        crews=crews_of(dues),
    )
    return Errand(visit, dues, site.id)


def _schools(doors: Mapping[str, Sequence[Due]], snapshot: Snapshot) -> dict[str, list[tuple[Due, ...]]]:
    """Return the schools at which two pupils or more are due today, with whom, in groups."""
    found: dict[str, list[Due]] = {}
    for dues in doors.values():
        for due in dues:
            site = _school(snapshot.clients[due.client_id], snapshot, due.today)
            if site is not None:
                found.setdefault(site.id, []).append(due)
    return {
        key: [group for party in parties(dues) for group in _groups(party)]
        for key, dues in found.items()
        if len(dues) > 1
    }


def _groups(pupils: Sequence[Due]) -> Iterator[tuple[Due, ...]]:
    """Yield the pupils in groups that a break holds each, in turn the longest break's and the next one's."""
    queue = iter(pupils)
    for most in cycle(sorted(map(pupils_in, AT_SCHOOL), reverse=True)):
        group = tuple(islice(queue, most))
        if not group:
            return
        yield group


def pupils_in(window: Window) -> int:
    """Return how many pupils can be seen within a break that holds one at least.

    Examples
    --------
    >>> [pupils_in(window) for window in AT_SCHOOL]
    [11, 12]
    """
    return 1 + (window[1] - window[0] - FIRST_PERSON_S) // FURTHER_PUPIL_S


def _school(client: Client, snapshot: Snapshot, day: date) -> Site | None:
    """Return the one school of the pupil's township that the ledger names; None where it is not clear."""
    if not client.school or not school_day(day) or not is_pupil(client, day):
        return None
    township = snapshot.households[client.household_id].division_code[:9]
    named = [
        site
        for site in snapshot.sites.values()
        if SiteFunction.SCHOOL in site.functions
        and site.position is not None
        and covers(township.ljust(12, "0"), site.division_code)
        and (site.name.endswith(client.school) or client.school.endswith(site.name))
    ]
    return named[0] if len(named) == 1 else None
