"""What speaks for the door contacts of a period, for somebody to look at.

A review list and a share of the whole, never a score: nothing here is counted
or ordered by worker. A contact without evidence counts in every rate.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum

from fieldmap.counts import Households
from fieldmap.doors import metres
from fieldmap.models import Household, Place, Visit

__all__ = ["Doubt", "Entry", "Evidence", "Source", "evidence"]


class Source(StrEnum):
    """How a visit came into the record."""

    PHONE = "phone"
    DESK = "desk"
    IMPORT = "import"


class Doubt(StrEnum):
    """Why a door contact is on the review list."""

    FAR = "far"
    IN_BULK = "in_bulk"
    TOO_FAST = "too_fast"


@dataclass(frozen=True, slots=True)
class Entry:
    """How one visit came in, and by which account; empty where that is not known."""

    visit_id: str
    by: str
    source: Source


@dataclass(frozen=True, slots=True)
class Evidence:
    """What speaks for the door contacts, in household-times (户次).

    Attributes
    ----------
    door_contacts
        Meetings in person at home at which somebody was seen: the whole of the rest.
    imported, on_paper
        Read from a file, typed at the desk: neither can have a check-in.
    checked_in
        With a position of the phone.
    near_door
        Of these, near the household's point.
    no_door_point
        Checked in, and the household has no point to compare with.
    in_bulk
        Typed at the desk by one account, too many within too few minutes.
    too_fast
        Begun, by the phone of one account, too many within too few minutes.
    review
        The ids of the visits to look at, by day; one may be under several doubts.
    """

    door_contacts: Households
    imported: Households
    on_paper: Households
    checked_in: Households
    near_door: Households
    no_door_point: Households
    in_bulk: Households
    too_fast: Households
    review: Mapping[Doubt, tuple[str, ...]] = field(repr=False)

    @property
    def share(self) -> float | None:
        """Return near the door ÷ door contacts (证据率), 0…1; None without any contact."""
        return self.near_door / self.door_contacts if self.door_contacts else None


def evidence(
    visits: Iterable[Visit],
    households: Mapping[str, Household],
    entries: Iterable[Entry],
    *,
    near_m: float = 100.0,
    most: int = 5,
    minutes: int = 10,
) -> Evidence:
    """Return what speaks for the door contacts among some visits. Source: ours.

    Parameters
    ----------
    visits
        Of a period; calls, visits elsewhere than at home and attempts do not count.
    entries
        How they came in; one that is missing is taken for an import.
    near_m
        Metres that are near; the radii of the check-in and of the door are added.
    most, minutes
        More than so many visits within so many minutes are too many.
    """
    came = {entry.visit_id: entry for entry in entries}
    doors = [v for v in visits if v.contact and v.in_person and v.place is Place.HOME]
    by_source: defaultdict[Source, list[Visit]] = defaultdict(list)
    for visit in doors:
        by_source[came[visit.id].source if visit.id in came else Source.IMPORT].append(visit)
    checked = [visit for visit in doors if visit.check_in is not None]
    away = {visit.id: _away(visit, households.get(visit.household_id)) for visit in checked}
    far = [v for v in checked if (found := away[v.id]) is not None and found > near_m]
    span = timedelta(minutes=minutes)
    bulk = _crowded(by_source[Source.DESK], came, lambda v: v.received_at, most, span)
    fast = _crowded(by_source[Source.PHONE], came, lambda v: v.started_at or v.ended_at, most, span)
    no_point = sum(found is None for found in away.values())
    lists = {Doubt.FAR: far, Doubt.IN_BULK: bulk, Doubt.TOO_FAST: fast}
    return Evidence(
        door_contacts=Households(len(doors)),
        imported=Households(len(by_source[Source.IMPORT])),
        on_paper=Households(len(by_source[Source.DESK])),
        checked_in=Households(len(checked)),
        near_door=Households(len(checked) - no_point - len(far)),
        no_door_point=Households(no_point),
        in_bulk=Households(len(bulk)),
        too_fast=Households(len(fast)),
        review={doubt: tuple(v.id for v in sorted(found, key=_order)) for doubt, found in lists.items()},
    )


def _order(visit: Visit) -> tuple[object, ...]:
    return visit.day, visit.id


def _away(visit: Visit, household: Household | None) -> float | None:
    """Return how far from the household's point the check-in surely was, in metres; None without a point."""
    place = household.place if household else None
    if household is None or place is None or visit.check_in is None:
        return None
    sure = (visit.check_in_accuracy_m or 0) + (household.accuracy_m or 0)
    return max(metres(place, visit.check_in) - sure, 0.0)


def _crowded(
    visits: Sequence[Visit],
    came: Mapping[str, Entry],
    clock: Callable[[Visit], datetime | None],
    most: int,
    span: timedelta,
) -> list[Visit]:
    """Return the visits that lie with more than ``most`` of one account within a span."""
    timed: defaultdict[str, list[tuple[datetime, str, Visit]]] = defaultdict(list)
    for visit in visits:
        at, by = clock(visit), came[visit.id].by
        if at is not None and by:
            timed[by].append((at, visit.id, visit))
    found: dict[str, Visit] = {}
    for row in timed.values():
        row.sort(key=lambda item: item[:2])
        first = 0
        for last in range(len(row)):
            while row[last][0] - row[first][0] > span:
                first += 1
            if last - first + 1 > most:
                found |= {key: visit for _, key, visit in row[first : last + 1]}
    return list(found.values())
