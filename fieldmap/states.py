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

Rules are read on ``as_of``, the end of the period or today if that is earlier;
events are urgent tasks and make nobody due in a rate.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from typing import NamedTuple

from fieldmap.models import Channel, Client, Exclusion, ExclusionReason, Household, Snapshot, Society, Visit
from fieldmap.obligations import Casebook
from fieldmap.periods import Period
from fieldmap.rules import RuleSet
from fieldmap.terms import Terms

__all__ = ["OpenNeed", "State", "open_needs", "states"]

_DOOR = Channel.DOOR


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
        As the module says; ``in_person`` is contacted by a meeting.
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
    rolling_overdue_days: int = 0
    contacts: tuple[Visit, ...] = ()

    @property
    def channels(self) -> tuple[Channel, ...]:
        """Return the channels of the contacts that count, sorted."""
        return tuple(sorted({visit.channel for visit in self.contacts}))

    @property
    def societies(self) -> tuple[Society, ...]:
        """Return which of the five the contacts that count are credited to, sorted."""
        return tuple(sorted({society for visit in self.contacts for society in visit.societies}))

    @property
    def no_owner(self) -> bool:
        """Return True where nobody by name answers for an expected person."""
        return self.expected and self.owner_id is None


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
    terms = Terms(casebook, period)
    as_of = min(today, period.end)
    found: list[State] = []
    for client in snapshot.clients.values():
        if client.valid_from > as_of:
            continue
        left = client.valid_to is not None and client.valid_to < as_of
        if left and client.valid_to is not None and client.valid_to < period.start:
            continue
        state = _state(client, casebook, terms, as_of, grid_of)
        if not left or state.contacted:
            found.append(state)
    return tuple(found)


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


def _state(
    client: Client,
    casebook: Casebook,
    terms: Terms,
    as_of: date,
    grid_of: Mapping[str, str | None] | None,
) -> State:
    gone = client.valid_to is not None and client.valid_to < as_of
    day = client.valid_to if gone and client.valid_to is not None else as_of
    asked = terms.asked(casebook.reading(client, day))
    contacts = casebook.contacts(client.id, day)
    exclusion = casebook.exclusion(client.id, day)
    expected = bool(asked.terms) and exclusion is None and not gone
    winning = terms.winning(asked, contacts)
    counted = terms.counted(winning, contacts)
    excluded = _taken_out(counted, exclusion) if winning else None
    if excluded is not None:
        counted = ()
    household = casebook.snapshot.households.get(client.household_id)
    owner = casebook.snapshot.responsibilities.get(client.id)
    # by position: a county has 25,000 of them
    return State(
        client.id,
        client.household_id,
        household.division_code if household else "",
        _grid(household, grid_of),
        owner.actor_id if owner else None,
        asked.tags,
        bool(asked.terms),
        expected,
        bool(winning) and excluded is None,
        bool(counted),
        any([visit.channel is _DOOR for visit in counted]) if counted else False,
        excluded,
        expected and not contacts,
        expected and not (household and household.place),
        terms.overdue_days(asked, contacts, day) if expected and contacts else 0,
        counted,
    )


def _grid(household: Household | None, grid_of: Mapping[str, str | None] | None) -> str | None:
    if household is None:
        return None
    return household.grid_code if grid_of is None else grid_of.get(household.id)


def _taken_out(counted: Iterable[Visit], exclusion: Exclusion | None) -> ExclusionReason | None:
    """Return why a due person is left out of the rate; a contact before the exclusion keeps them in."""
    if exclusion is None or any(visit.day < exclusion.valid_from for visit in counted):
        return None
    return exclusion.reason
