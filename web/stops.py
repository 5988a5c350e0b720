"""What a visitor is shown of a door: today's stops, and the list of a village contact.

Station staff read full names, ages and days overdue. A village contact or a
volunteer reads a surname, an address and dates: of past contacts, and the end
of a month; neither an interval nor the deadline itself, from which a
restricted class could be read.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import date

from fieldmap.access import Account, AccountRole, Right, sees_household
from fieldmap.conditions import age_on
from fieldmap.errors import language
from fieldmap.models import Actor, Channel, Client, Household, Position, Sex, Snapshot, TravelMode, Visit
from fieldmap.navigation import NavigationLink, Phone, destination, links, stop_label
from fieldmap.plans import DayPlan, PlannedRoute, PlannedStop, clock_time, place_of
from fieldmap.rules import RuleSet
from fieldmap.schedule import Due, due, to_visit
from fieldmap.visiting import credited, members
from web.addresses import whole_address
from web.i18n import gettext
from web.labels import label
from web.masking import mask_name

__all__ = ["Partner", "Person", "Stop", "Viewer", "duties", "planned_households", "route_of", "stops_of"]

_STAFF = (AccountRole.WORKER, AccountRole.HEAD, AccountRole.DEPUTY)


@dataclass(frozen=True, slots=True)
class Person:
    """Somebody behind the door, as the visitor may read it."""

    id: str
    name: str
    about: str
    phone: str


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
    due_ids
        The persons it is for; the others of the household may be ticked too.
    done
        What was recorded for it today, None before.
    """

    id: str
    planned: bool
    number: int
    time: str
    household_id: str
    title: str
    address: str
    people: tuple[Person, ...]
    due_ids: tuple[str, ...]
    reason: str
    overdue_days: int
    never: bool
    partners: tuple[Partner, ...]
    channel: Channel
    position: Position | None
    links: tuple[NavigationLink, ...]
    societies: tuple[str, ...]
    done: Visit | None


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


def stops_of(viewer: Viewer, route: PlannedRoute) -> tuple[Stop, ...]:
    """Return the stops of a route in their order."""
    known = [stop for stop in route.stops if stop.household_id in viewer.snapshot.households]
    dues = _dues(viewer, {c for stop in known for c in stop.client_ids})
    return tuple(_planned(viewer, route.mode, stop, dues) for stop in known)


def duties(viewer: Viewer, *, without: Collection[str] = (), first: int = 1) -> tuple[Stop, ...]:
    """Return the doors of those due today whom the account's actor answers for.

    Parameters
    ----------
    without
        Households that are on the route already.
    first
        The number of the first door.
    """
    mine = {
        duty.client_id
        for duty in viewer.snapshot.responsibilities.values()
        if viewer.account.actor_id and viewer.account.actor_id in (duty.actor_id, duty.deputy_id)
    }
    waiting: dict[str, list[Due]] = {}
    for item in to_visit(_dues(viewer, mine).values()):
        if item.household_id not in without:
            waiting.setdefault(item.household_id, []).append(item)
    done = _done_today(viewer)
    listed = [*waiting, *(h for h in done if h not in waiting and h not in without)]
    return tuple(
        _listed(viewer, number, household_id, waiting.get(household_id, []), done.get(household_id))
        for number, household_id in enumerate(listed, start=first)
        if household_id in viewer.snapshot.households
    )


def _dues(viewer: Viewer, client_ids: Collection[str]) -> dict[str, Due]:
    """Return what some persons are due; the county's other visits are left aside."""
    snapshot = viewer.snapshot
    part = replace(
        snapshot,
        clients={key: c for key, c in snapshot.clients.items() if key in client_ids},
        tags=tuple(t for t in snapshot.tags if t.client_id in client_ids),
        visits=tuple(v for v in snapshot.visits if not set(v.client_ids).isdisjoint(client_ids)),
    )
    return {item.client_id: item for item in due(part, viewer.rules, viewer.today)}


def _planned(viewer: Viewer, mode: TravelMode, stop: PlannedStop, dues: dict[str, Due]) -> Stop:
    lang = language.get()
    partners = [viewer.snapshot.actors[p] for p in stop.partner_ids if p in viewer.snapshot.actors]
    made = _door(
        viewer, stop.household_id, stop.seq, mode, [dues[c] for c in stop.client_ids if c in dues], partners
    )
    return replace(
        _where(viewer, made, stop, mode),
        id=stop.id,
        planned=True,
        time=clock_time(stop.arrive_s),
        due_ids=stop.client_ids,
        reason=stop.reason_en if lang == "en" else stop.reason_zh,
        channel=stop.channel,
        people=_reachable(viewer, made, stop.channel),
        done=_done_stop(viewer, stop),
    )


def _where(viewer: Viewer, made: Stop, stop: PlannedStop, mode: TravelMode) -> Stop:
    """Return the stop where it is made: at the school, at the door, or nowhere for a call."""
    site = viewer.snapshot.sites.get(stop.site_id)
    if site is None:
        return made if stop.channel is Channel.DOOR else replace(made, links=())
    place, name = place_of(stop, viewer.snapshot), stop_label(stop.seq, language.get())
    ways = links(place, mode, name, phone=viewer.phone) if place else ()
    return replace(made, address=f"{site.name} {site.address}".strip(), position=place, links=ways)


def _listed(viewer: Viewer, number: int, household_id: str, items: Sequence[Due], done: Visit | None) -> Stop:
    mode = viewer.actor.travel_mode if viewer.actor else TravelMode.WALK
    made = _door(viewer, household_id, number, mode, items, ())
    reasons = dict.fromkeys(item.public_reason(language.get()) for item in items)
    phone_will_do = bool(items) and all(item.phone_will_do for item in items)
    return replace(
        made,
        due_ids=tuple(item.client_id for item in items) or (done.client_ids if done else ()),
        reason=" ".join(reasons),
        channel=Channel.PHONE if phone_will_do else Channel.DOOR,
        done=done,
    )


def _door(
    viewer: Viewer,
    household_id: str,
    number: int,
    mode: TravelMode,
    items: Sequence[Due],
    partners: Sequence[Actor],
) -> Stop:
    household = viewer.snapshot.households[household_id]
    staff = viewer.staff(household)
    clients = members(viewer.snapshot, household_id, viewer.today)
    visitors = ([viewer.actor] if viewer.actor else []) + list(partners)
    to = destination(household)
    name = stop_label(number, language.get())
    return Stop(
        id=household_id,
        planned=False,
        number=number,
        time="",
        household_id=household_id,
        title=household.head_name if staff else mask_name(household.head_name),
        address=whole_address(household, viewer.snapshot.divisions),
        people=tuple(_person(client, viewer, staff) for client in clients),
        due_ids=(),
        reason="",
        overdue_days=_overdue(items) if staff else 0,
        never=staff and any(item.never_contacted for item in items),
        partners=tuple(Partner(p.id, p.name, p.phone) for p in partners),
        channel=Channel.DOOR,
        position=household.place,
        links=links(to, mode, name, phone=viewer.phone) if to else (),
        societies=tuple(s.value for s in credited(visitors)),
        done=None,
    )


def _reachable(viewer: Viewer, stop: Stop, channel: Channel) -> tuple[Person, ...]:
    """Return the people, their numbers left out where a volunteer goes to the door."""
    household = viewer.snapshot.households[stop.household_id]
    if viewer.staff(household) or viewer.is_contact or channel is not Channel.DOOR:
        return stop.people
    return tuple(replace(person, phone="") for person in stop.people)


def _overdue(items: Iterable[Due]) -> int:
    return max((max(item.overdue_days, item.in_person_overdue_days) for item in items), default=0)


def _person(client: Client, viewer: Viewer, staff: bool) -> Person:
    parts = [label(client.sex)] if client.sex is not Sex.UNKNOWN else []
    age = age_on(client.birth_date, viewer.today)
    if staff and age is not None:
        parts.append(gettext("{age} 岁", age=age))
    return Person(
        client.id, client.name if staff else mask_name(client.name), " · ".join(parts), client.phone
    )


def _done_stop(viewer: Viewer, stop: PlannedStop) -> Visit | None:
    """Return the last visit for a stop: under its id, or to its household by this actor today."""
    found = [v for v in viewer.snapshot.visits if v.stop_id == stop.id]
    return found[-1] if found else _done_today(viewer).get(stop.household_id)


def _done_today(viewer: Viewer) -> dict[str, Visit]:
    """Return household → the last visit that the actor made there today."""
    return {
        visit.household_id: visit
        for visit in viewer.snapshot.visits
        if visit.day == viewer.today and viewer.account.actor_id in visit.actor_ids
    }
