"""A station's morning: who is due, who is on its ledgers, and the figures of the month."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from fieldmap.conditions import age_on
from fieldmap.coverage import Coverage, measures
from fieldmap.flagging import is_open
from fieldmap.models import Client, Exclusion, Household, IdStatus, Snapshot
from fieldmap.periods import Period
from fieldmap.rules import RuleSet
from fieldmap.schedule import Due, Schedule, schedule
from fieldmap.states import State

__all__ = ["Filters", "Gap", "Person", "Station", "station_of"]


class Gap(StrEnum):
    """What is amiss with a person; a list can be narrowed to one of these."""

    OPEN = "open"
    OVERDUE = "overdue"
    NEVER = "never"
    NO_COORDINATES = "no_coordinates"
    NO_OWNER = "no_owner"
    UNVERIFIED = "unverified"
    EXCLUDED = "excluded"
    WITHOUT_RULE = "without_rule"


@dataclass(frozen=True, slots=True)
class Filters:
    """How a list of people is narrowed; empty is everybody.

    Attributes
    ----------
    village
        A 12-digit division code.
    text
        Part of a name or an address.
    """

    gap: Gap | None = None
    village: str = ""
    grid: str = ""
    text: str = ""


@dataclass(frozen=True, slots=True)
class Person:
    """Somebody on a ledger, with what today makes of them.

    Attributes
    ----------
    due
        None where nothing is asked for, or a dated reason takes them out.
    state
        None for somebody who left the ledger.
    """

    client: Client
    household: Household
    due: Due | None
    state: State | None
    exclusion: Exclusion | None
    today: date

    @property
    def age(self) -> int | None:
        """Return the completed years."""
        return age_on(self.client.birth_date, self.today)

    @property
    def grid_code(self) -> str | None:
        """Return the grid the household lies in."""
        return self.state.grid_code if self.state else self.household.grid_code

    def has(self, gap: Gap) -> bool:
        """Return whether a gap applies; the same definitions as the measures."""
        state = self.state
        return {
            Gap.OPEN: self.due is not None and self.due.open,
            Gap.OVERDUE: state is not None and state.rolling_overdue_days > 0,
            Gap.NEVER: state is not None and state.never_contacted,
            Gap.NO_COORDINATES: state is not None and state.no_coordinates,
            Gap.NO_OWNER: state is not None and state.no_owner,
            Gap.UNVERIFIED: self.client.id_status is IdStatus.UNVERIFIED,
            Gap.EXCLUDED: self.exclusion is not None,
            Gap.WITHOUT_RULE: state is not None and not state.under_rule,
        }[gap]

    def fits(self, filters: Filters) -> bool:
        """Return whether the person is in a narrowed list."""
        return (
            (filters.gap is None or self.has(filters.gap))
            and filters.village in ("", self.household.division_code)
            and filters.grid in ("", self.grid_code)
            and any(filters.text in part for part in (self.client.name, self.household.address))
        )


@dataclass(frozen=True, slots=True)
class Station:
    """Everything the desk's pages show, computed once for a state of the record."""

    view: Snapshot
    listed: Schedule
    coverage: Coverage
    people: tuple[Person, ...]

    def to_visit(self, filters: Filters) -> list[Person]:
        """Return those for whom something is open today, the most urgent first."""
        return [p for p in self.people if p.has(Gap.OPEN) and p.fits(filters)]

    def chosen(self, filters: Filters) -> list[Person]:
        """Return everybody who fits, by village and address."""
        fitting = (p for p in self.people if p.fits(filters))
        return sorted(fitting, key=_place)

    def of_household(self, household_id: str) -> list[Person]:
        """Return the people of one door."""
        return [p for p in self.people if p.household.id == household_id]

    def count(self, gap: Gap) -> int:
        """Return how many people have a gap."""
        return sum(p.has(gap) for p in self.people)

    @property
    def open_flags(self) -> int:
        """Return the flags that still ask for something."""
        return sum(map(is_open, self.view.flags))


def station_of(view: Snapshot, rules: RuleSet, today: date) -> Station:
    """Compute a station's morning from the part of the record it sees."""
    listed = schedule(view, rules, today)
    coverage = measures(view, rules, Period.month(today), today)
    states = {row.client_id: row for row in coverage.rows}
    excluded = {item.client_id: item.exclusion for item in listed.excluded}
    dues = {item.client_id: item for item in listed.due}
    people = (
        Person(
            client,
            view.households[client.household_id],
            dues.get(client.id),
            states.get(client.id),
            excluded.get(client.id),
            today,
        )
        for client in _in_order(view, dues)
    )
    return Station(view, listed, coverage, tuple(p for p in people if p.state is not None))


def _place(person: Person) -> tuple[str, str, str, str]:
    house = person.household
    return house.division_code, house.address, house.id, person.client.id


def _in_order(view: Snapshot, dues: Iterable[str]) -> list[Client]:
    """Return the clients who are due, the most urgent first, and then the others."""
    first = dict.fromkeys(dues)
    return [view.clients[key] for key in (*first, *(k for k in view.clients if k not in first))]
