"""A station's month as a problem: who is due, who is on duty, how far the villages are."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta

import numpy as np
from numpy.typing import NDArray

from fieldmap.access import covers
from fieldmap.models import Actor, Channel, Position, Snapshot, TravelMode
from fieldmap.rules import RuleSet
from fieldmap.schedule import Due, due
from routing.doorstep import crews_of, seconds_for
from routing.duty import STAFF, base_of, worker_of
from routing.errands import CALL_S, may_call
from routing.models import Worker
from routing.month import Contact, MonthProblem, Shift
from routing.params import Params
from routing.travel import UNREACHABLE, Travel

__all__ = ["StationMonth", "station_month"]


@dataclass(frozen=True, slots=True)
class StationMonth:
    """The month's problem and what its ids stand for.

    Attributes
    ----------
    days
        Working days of the period; a day of the problem is its place here.
    dues
        Contact (household) → who is due there in the period.
    nowhere
        Households due that cannot be put into a slot: nobody knows where they
        are, and a call does not do.
    """

    problem: MonthProblem
    days: tuple[date, ...]
    dues: Mapping[str, tuple[Due, ...]]
    nowhere: tuple[str, ...]


def station_month(
    snapshot: Snapshot,
    rules: RuleSet,
    division_code: str,
    first: date,
    last: date,
    travel: Travel,
    slack_share: float,
) -> StationMonth:
    """Gather everybody due from `first` to `last`, both included, in one township.

    Members of one household are one contact, on the days that suit all of them
    where there are such days. Whoever is overdue already may be seen on any day.

    Parameters
    ----------
    slack_share
        Share of the hours that stays free for emergencies, from 0 to 1.
    """
    span = (first + timedelta(n) for n in range((last - first).days + 1))
    days = tuple(day for day in span if day.weekday() < 5)
    there = [a for a in snapshot.actors.values() if covers(division_code, a.division_code)]
    staff = sorted((a for a in there if a.role in STAFF), key=lambda a: a.id)
    workers = tuple(worker_of(a, first, None, slack_share) for a in staff)
    dues = _due_in(snapshot, rules, division_code, first, last)
    contacts = {key: _contact(key, found, snapshot, days) for key, found in dues.items()}
    known = tuple(c for c in contacts.values() if c.channels)
    bases = {a.id: base_of(a, snapshot, division_code) for a in staff}
    ways = _Ways(snapshot, known, bases, travel)
    way = {(w.id, v): ways.there_and_back(w, v) for w in workers for v in ways.doors}
    hop = {(w.id, v): ways.hop(w, v) for w in workers for v in ways.doors}
    problem = MonthProblem(known, workers, tuple(_shifts(staff, days, slack_share)), len(days), way, hop)
    return StationMonth(problem, days, dues, tuple(k for k, c in contacts.items() if not c.channels))


def _due_in(
    snapshot: Snapshot, rules: RuleSet, division_code: str, first: date, last: date
) -> dict[str, tuple[Due, ...]]:
    found: dict[str, list[Due]] = {}
    for item in due(snapshot, rules, first):
        household = snapshot.households[item.household_id]
        if item.opens <= last and covers(division_code, household.division_code):
            found.setdefault(household.id, []).append(item)
    return {key: tuple(dues) for key, dues in found.items()}


def _contact(key: str, dues: Sequence[Due], snapshot: Snapshot, days: Sequence[date]) -> Contact:
    opens = max(item.opens for item in dues)
    by = min((d.deadline for d in dues if d.deadline >= days[0]), default=days[-1]) if days else date.max
    if opens > by:  # no day suits all of them: the earliest deadline goes first
        opens = min(item.opens for item in dues)
    first = sum(day < opens for day in days)
    last = sum(day <= by for day in days) - 1
    household = snapshot.households[key]
    channels = {Channel.DOOR} if household.place else set()
    if may_call(dues, snapshot):
        channels.add(Channel.PHONE)
    price = Params()
    urgency = max(item.urgency for item in dues)
    return Contact(
        id=key,
        village=household.division_code,
        service_s=seconds_for(dues, snapshot),
        first_day=min(first, max(last, 0)),
        last_day=max(last, first),
        channels=frozenset(channels),
        call_s=CALL_S,
        crews=crews_of(dues),
        price=price.left_out_s + price.urgency_s * urgency,
    )


def _shifts(staff: Sequence[Actor], days: Sequence[date], slack_share: float) -> Iterator[Shift]:
    for actor in staff:
        for number, day in enumerate(days):
            worker = worker_of(actor, day, None, slack_share)
            if day not in actor.off_days:
                yield Shift(actor.id, number, worker.busy_limit_s, worker.at_desk)


class _Ways:
    """How far the villages are, by their doors that are in the month.

    Attributes
    ----------
    doors
        Village → positions of its doors.
    """

    def __init__(
        self,
        snapshot: Snapshot,
        contacts: Sequence[Contact],
        bases: Mapping[str, Position | None],
        travel: Travel,
    ) -> None:
        self.doors: dict[str, list[Position]] = {}
        for contact in contacts:
            household = snapshot.households[contact.id]
            place = household.place
            if place is not None:
                self.doors.setdefault(contact.village, []).append(place)
        self.bases, self.travel = bases, travel
        self._tables: dict[tuple[TravelMode, str], NDArray[np.int32]] = {}

    def _seconds(self, mode: TravelMode, village: str) -> NDArray[np.int32]:
        """Return the travel table over the village's doors."""
        if (mode, village) not in self._tables:
            self._tables[mode, village] = self.travel.table(mode, self.doors[village]).duration_s
        return self._tables[mode, village]

    def hop(self, worker: Worker, village: str) -> int:
        """Return the seconds from a door to the next one: the mean of the nearest."""
        table = np.array(self._seconds(worker.mode, village), np.int64)
        if len(table) < 2:
            return 0
        np.fill_diagonal(table, UNREACHABLE)
        nearest = table.min(axis=1)
        nearest = nearest[nearest < UNREACHABLE]
        return int(nearest.mean()) if len(nearest) else 0

    def there_and_back(self, worker: Worker, village: str) -> int:
        """Return the seconds to the middle of the village and back; a day where no road leads there."""
        base = self.bases[worker.id]
        if base is None:
            return 0
        table = self._seconds(worker.mode, village).astype(np.int64)
        middle = self.doors[village][int(table.sum(axis=1).argmin())]
        way = self.travel.table(worker.mode, [base, middle]).duration_s
        return min(int(way[0, 1]) + int(way[1, 0]), 86_400)
