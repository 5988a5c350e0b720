"""How one person stands in one period: the row that every measure counts.

A measure is a sum over these rows, so that parts always add up to the whole,
by grid, village, owner, tag or anything else a row knows.

The definitions that decide a row:

- *due*: a contact asked for by a standing rule falls due in the period, given
  what was known before it. A rule of a month, or of 31 days or fewer, does in
  every period of a month or longer. A rule of a quarter does in the month that
  holds the quarter's end, unless its contact was made earlier in the quarter.
- *contacted*: a contact in the period that the rule with the shortest
  interval among those due counts, by somebody it counts. For a period longer
  than the rule's it says "reached at least once".
- *excluded*: due, were it not for an exclusion that is still in force at the
  end of the period (or today) and began before any contact in it.
- Whoever left the ledger within the period after a contact stays in, as due
  and contacted; whoever left without one is no longer on it.

What that means in a quarter or in a campaign of any two days says
:mod:`fieldmap.terms`.

Rules are read on ``as_of``, the end of the period or today if that is earlier;
events are urgent tasks and make nobody due in a rate.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from fieldmap.models import Channel, Client, ExclusionReason, Household, Snapshot, Society, Visit
from fieldmap.obligations import Casebook
from fieldmap.periods import Period
from fieldmap.rules import RuleSet
from fieldmap.standing import Standing

__all__ = ["OpenNeed", "State", "open_needs", "states"]


class State(NamedTuple):
    """One person in one period.

    Attributes
    ----------
    grid_code
        None is outside all grids.
    under_rule
        A standing rule applies.
    expected
        Under a rule, on the ledger, and not excluded on ``as_of``: the people
        whom the gaps (never contacted, overdue, …) are about.
    due, contacted, in_person, excluded
        As the module says; ``in_person`` is contacted by a meeting. Who is
        contacted is due, who was met is contacted.
    never_contacted, no_coordinates, no_owner
        Of the expected: nobody ever reached them; their household has no
        point; nobody by name answers for them.
    rolling_overdue_days
        0 where no rolling gap is exceeded.
    contacts
        The contacts in the period that count, by day; empty where not contacted.
    """

    client_id: str
    household_id: str
    division_code: str
    grid_code: str | None
    owner_id: str | None
    tags: tuple[str, ...]
    under_rule: bool
    expected: bool
    due: bool = False
    contacted: bool = False
    in_person: bool = False
    excluded: ExclusionReason | None = None
    never_contacted: bool = False
    no_coordinates: bool = False
    no_owner: bool = False
    rolling_overdue_days: int = 0
    contacts: tuple[Visit, ...] = ()

    @property
    def unseen(self) -> bool:
        """Return whether somebody is due in the period and was not contacted in it, only before."""
        return self.due and not self.contacted and not self.never_contacted

    @property
    def channels(self) -> tuple[Channel, ...]:
        """Return the channels of the contacts that count, sorted."""
        return tuple(sorted({visit.channel for visit in self.contacts}))

    @property
    def societies(self) -> tuple[Society, ...]:
        """Return which of the five the contacts that count are credited to, sorted."""
        return tuple(sorted({society for visit in self.contacts for society in visit.societies}))


@dataclass(frozen=True, slots=True)
class OpenNeed:
    """A need of a household that is not known to be met."""

    household_id: str
    code: str
    since: date

    def days(self, as_of: date) -> int:
        """Return for how many days it has been open."""
        return (as_of - self.since).days


def states(
    snapshot: Snapshot,
    rules: RuleSet,
    period: Period,
    today: date,
    grid_of: Mapping[str, str | None] | None = None,
    casebook: Casebook | None = None,
) -> tuple[State, ...]:
    """Return everybody on the ledgers in a period, one row each.

    Parameters
    ----------
    grid_of
        Household id → grid code (:func:`fieldmap.grids.assign`); without it
        the ledger's.
    casebook
        Of this snapshot and these rules, where one is at hand already.
    """
    casebook = casebook or Casebook(snapshot, rules)
    as_of = min(today, period.end)
    readings = casebook.readings(as_of)
    people = Standing.of(casebook, readings, period, as_of)
    there = _there(snapshot.clients.values(), period, as_of) & (~people.left | people.contacted)
    rows = _rows(snapshot, [reading.tags for reading in readings], people, grid_of)
    return tuple(map(State._make, itertools.compress(rows, there.tolist())))


def _rows(
    snapshot: Snapshot,
    tags: Sequence[tuple[str, ...]],
    people: Standing,
    grid_of: Mapping[str, str | None] | None,
) -> Iterable[tuple[object, ...]]:
    """Return the fields of everybody's state, in the order of the fields."""
    homes = [client.household_id for client in snapshot.clients.values()]
    houses = [snapshot.households.get(home) for home in homes]
    placed = np.array([house is not None and house.place is not None for house in houses], dtype=bool)
    owners = [snapshot.responsibilities.get(client_id) for client_id in snapshot.clients]
    owned = np.array([owner is not None for owner in owners], dtype=bool)
    return zip(
        snapshot.clients,
        homes,
        [house.division_code if house else "" for house in houses],
        [_grid(house, grid_of) for house in houses],
        [owner.actor_id if owner else None for owner in owners],
        tags,
        people.under_rule.tolist(),
        people.expected.tolist(),
        people.due.tolist(),
        people.contacted.tolist(),
        people.in_person.tolist(),
        people.excluded,
        (people.expected & ~people.reached).tolist(),
        (people.expected & ~placed).tolist(),
        (people.expected & ~owned).tolist(),
        people.overdue_days.tolist(),
        people.contacts,
        strict=True,
    )


def _there(clients: Iterable[Client], period: Period, as_of: date) -> NDArray[np.bool_]:
    """Return who was on the ledgers on some day of the period."""
    first = period.start
    return np.array(
        [c.valid_from <= as_of and not (c.valid_to and c.valid_to < min(first, as_of)) for c in clients],
        dtype=bool,
    )


def open_needs(visits: Iterable[Visit], as_of: date) -> tuple[OpenNeed, ...]:
    """Return the needs that are open on a day.

    A need noted at a visit is open until a later contact with the household
    no longer lists it; it is open since the first visit of the unbroken row.
    (Provisional: until needs are records of their own that somebody closes.)
    """
    since: dict[str, dict[str, date]] = {}
    for visit in visits:
        if not (visit.needs or visit.household_id in since) or visit.day > as_of:
            continue
        before = since.get(visit.household_id, {})
        if visit.contact:
            since[visit.household_id] = {code: before.get(code, visit.day) for code in visit.needs}
        elif visit.needs:
            since[visit.household_id] = {code: visit.day for code in visit.needs} | before
    return tuple(
        OpenNeed(household, code, day) for household, needs in since.items() for code, day in needs.items()
    )


def _grid(household: Household | None, grid_of: Mapping[str, str | None] | None) -> str | None:
    if household is None:
        return None
    return household.grid_code if grid_of is None else grid_of.get(household.id)
