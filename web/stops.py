"""What a visitor is shown of a door, and who looks.

Station staff read full names, ages and days overdue. A village contact or a
volunteer reads a surname, an address and dates: of past contacts, and the end
of a month; neither an interval nor the deadline itself, from which a
restricted class could be read. They see nobody behind a door but those it is for.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from fieldmap.access import Account, AccountRole, Right, sees_household
from fieldmap.models import Actor, Channel, Household, Position, Snapshot, Visit
from fieldmap.navigation import NavigationLink, Phone
from fieldmap.plans import DayPlan, PlannedRoute
from fieldmap.rules import RuleSet

__all__ = ["Partner", "Person", "Stop", "Viewer", "planned_households", "route_of"]

_STAFF = (AccountRole.WORKER, AccountRole.HEAD, AccountRole.DEPUTY)


@dataclass(frozen=True, slots=True)
class Person:
    """Somebody behind the door, as the visitor may read it.

    Attributes
    ----------
    group
        Id of the form that is asked about the person.
    child
        True under 18: no photos, and the duty to report.
    """

    id: str
    name: str
    about: str
    phone: str
    group: str
    child: bool


@dataclass(frozen=True, slots=True)
class Partner:
    """The other visitor of a pair."""

    id: str
    name: str
    phone: str


@dataclass(frozen=True, slots=True)
class Stop:
    """One door.

    Attributes
    ----------
    id
        The planned stop, or the household where it comes from a list.
    planned
        True where it stands on a published route.
    number
        1 upward; what the map and a navigation app are told.
    time
        Clock time of arrival, empty on a list.
    window
        ``15:30–17:30`` where the visit has to begin within a time: two meet
        there, or it is open then; else empty.
    stay_s
        Seconds that the plan gives the visit; 0 on a list.
    building
        The building of a flat or the group of a village house, or empty.
    due_ids
        The persons it is for.
    since
        On a list: the day from which it is due; None is today or before.
    position, goal
        Where it is, and where to lead somebody: the way in, if it is another point.
    overdue_days, never, last_seen_days, due_words
        Of the person who has waited longest; figures for staff only.
    tries
        Days or instants (ISO 8601) at which nobody opened, since somebody was last reached.
    last_answers
        Client → field → answer of last time, for "the same as last time"; staff only.
    done
        What was recorded for it today, None before.
    """

    id: str
    planned: bool
    number: int
    household_id: str
    title: str
    address: str
    village: str
    building: str
    people: tuple[Person, ...]
    partners: tuple[Partner, ...]
    position: Position | None
    goal: Position | None
    links: tuple[NavigationLink, ...]
    societies: tuple[str, ...]
    channel: Channel = Channel.DOOR
    time: str = ""
    window: str = ""
    stay_s: int = 0
    due_ids: tuple[str, ...] = ()
    since: date | None = None
    reason: str = ""
    due_words: str = ""
    overdue_days: int = 0
    last_seen_days: int | None = None
    never: bool = False
    tries: tuple[str, ...] = ()
    last_answers: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    done: Visit | None = None


@dataclass(frozen=True)
class Viewer:
    """Who looks, on which day, at which record, with which phone."""

    account: Account
    snapshot: Snapshot
    rules: RuleSet
    today: date
    phone: Phone = Phone.OTHER

    @property
    def actor(self) -> Actor | None:
        """Return the visitor behind the account."""
        return self.snapshot.actors.get(self.account.actor_id or "")

    def staff(self, household: Household) -> bool:
        """Return whether the account reads this household as station staff."""
        hats = [hat for hat in self.account.hats_with(Right.RECORD) if hat.role in _STAFF]
        return sees_household(hats, household)

    @property
    def is_contact(self) -> bool:
        """Return whether the account is a village contact."""
        return any(hat.role is AccountRole.CONTACT for hat in self.account.hats)


def route_of(plans: Iterable[DayPlan], actor_id: str | None) -> PlannedRoute | None:
    """Return the route of an actor in the published plans of a day."""
    return next((r for plan in plans for r in plan.routes if r.actor_id == actor_id), None)


def planned_households(plans: Iterable[DayPlan], actor_id: str | None) -> frozenset[str]:
    """Return the households that published plans gave to an actor, later replaced or not."""
    return frozenset(
        stop.household_id
        for plan in plans
        if plan.published_at is not None
        for route in plan.routes
        if route.actor_id == actor_id and actor_id is not None
        for stop in route.stops
    )
