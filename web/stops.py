"""What a visitor is shown of a door: the stops of a route, the list of a village contact, who is near.

Station staff read full names, ages and days overdue. A village contact or a
volunteer reads a surname, an address and dates: of past contacts, and the end
of a month; neither an interval nor the deadline itself, from which a
restricted class could be read. They see nobody behind a door but those it is for.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, time, timedelta
from typing import Any

from fieldmap.access import Account, AccountRole, Right, sees_household
from fieldmap.conditions import CHILD_TAGS, age_on
from fieldmap.doors import building_of
from fieldmap.errors import language
from fieldmap.models import Actor, Channel, Client, Household, Position, Sex, Snapshot, TravelMode, Visit
from fieldmap.navigation import NavigationLink, Phone, destination, links, stop_label
from fieldmap.obligations import in_force
from fieldmap.plans import DayPlan, PlannedRoute, PlannedStop, clock_time, place_of
from fieldmap.retry import tries_of
from fieldmap.rules import RuleSet
from fieldmap.schedule import Due, due, to_visit
from fieldmap.surveys import form_for
from fieldmap.visiting import credited, members
from web._packet_words import carried, due_words
from web.addresses import whole_address
from web.i18n import gettext
from web.labels import label
from web.masking import mask_name

__all__ = [
    "LIST_DAYS",
    "MOST_PEOPLE",
    "NEAR_M",
    "Partner",
    "Person",
    "Stop",
    "Viewer",
    "duties",
    "neighbours",
    "planned_households",
    "route_of",
    "stops_of",
]

MOST_PEOPLE = 12
"""How many due people a village contact's list holds at most."""

LIST_DAYS = 7
"""A list has who is due today or becomes so within so many days, today counted."""

NEAR_M = 200
"""Metres within which somebody due is a stop's neighbour."""

_MOST_NEIGHBOURS = 12
_ADULT_AGE = 18
_MEET_S = 900
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


def stops_of(viewer: Viewer, route: PlannedRoute) -> tuple[Stop, ...]:
    """Return the stops of a route in their order."""
    known = [stop for stop in route.stops if stop.household_id in viewer.snapshot.households]
    dues = _dues(viewer, {c for stop in known for c in stop.client_ids}, viewer.today)
    return tuple(_planned(viewer, route.mode, stop, dues) for stop in known)


def duties(viewer: Viewer, *, without: Collection[str] = (), first: int = 1) -> tuple[tuple[Stop, ...], int]:
    """Return the doors of the people whom the account's actor answers for, and how many are left out.

    Parameters
    ----------
    without
        Households that are on the route already.
    first
        The number of the first door.

    Returns
    -------
    doors
        Those due today, the most urgent first, then those of the next days,
        up to :data:`MOST_PEOPLE` people; then those seen today.
    left
        How many due people more there are.
    """
    waiting = _waiting(viewer, _answered_for(viewer), without)
    taken: dict[str, list[Due]] = {}
    for household_id, items in waiting.items():
        if sum(map(len, taken.values())) + len(items) <= MOST_PEOPLE or not taken:
            taken[household_id] = items
    left = sum(map(len, waiting.values())) - sum(map(len, taken.values()))
    done = {h: v for h, v in _done_today(viewer).items() if h not in without}
    listed = [*taken, *(h for h in done if h not in taken)]
    found = tuple(
        _listed(viewer, number, household_id, taken.get(household_id, []), done.get(household_id))
        for number, household_id in enumerate(listed, start=first)
        if household_id in viewer.snapshot.households
    )
    return found, left


def neighbours(
    viewer: Viewer, stops: Sequence[Stop], near: Mapping[str, str], without: Collection[str]
) -> tuple[Stop, ...]:
    """Return who is due today beside a stop: of her area for staff, of her own people for a contact.

    Nobody to whom one should not go alone, unless that stop is visited by two.

    Parameters
    ----------
    near
        Household → id of the stop it lies near.
    without
        Households that are on a route of the day, or on the list.
    """
    snapshot, beside = viewer.snapshot, {stop.id: stop for stop in stops}
    mine = _answered_for(viewer) if viewer.is_contact else set()
    wanted = {
        client.id
        for client in snapshot.clients.values()
        if client.household_id in near
        and (client.id in mine or viewer.staff(snapshot.households[client.household_id]))
    }
    found: dict[str, list[Due]] = {}
    for item in to_visit(_dues(viewer, wanted, viewer.today).values()):
        if item.household_id not in without:
            found.setdefault(item.household_id, []).append(item)
    pairs = {key for key, stop_id in near.items() if stop_id in beside and beside[stop_id].partners}
    safe = [key for key, items in found.items() if key in pairs or all(_alone(viewer, i) for i in items)]
    return tuple(
        _listed(viewer, number, key, found[key], None)
        for number, key in enumerate(safe[:_MOST_NEIGHBOURS], start=len(stops) + 1)
    )


def _alone(viewer: Viewer, item: Due) -> bool:
    """Return whether the visitor may go there without a second one."""
    sex = viewer.actor.sex if viewer.actor else None
    return not item.pair_required and item.companion in (None, sex)


def _answered_for(viewer: Viewer) -> set[str]:
    """Return the clients whom the account's actor answers for, as the first or as the deputy."""
    actor_id = viewer.account.actor_id
    return {
        duty.client_id
        for duty in viewer.snapshot.responsibilities.values()
        if actor_id is not None and actor_id in (duty.actor_id, duty.deputy_id)
    }


def _waiting(viewer: Viewer, client_ids: set[str], without: Collection[str]) -> dict[str, list[Due]]:
    """Return household → who is due there within the list's days, those of today first."""
    now = to_visit(_dues(viewer, client_ids, viewer.today).values())
    known = {item.client_id for item in now}
    last = viewer.today + timedelta(days=LIST_DAYS - 1)
    soon = [i for i in to_visit(_dues(viewer, client_ids, last).values()) if i.client_id not in known]
    waiting: dict[str, list[Due]] = {}
    for item in (*now, *soon):
        if item.household_id not in without:
            waiting.setdefault(item.household_id, []).append(item)
    return waiting


def _dues(viewer: Viewer, client_ids: Collection[str], day: date) -> dict[str, Due]:
    """Return what some persons are due on a day; the county's other visits are left aside."""
    snapshot = viewer.snapshot
    part = replace(
        snapshot,
        clients={key: c for key, c in snapshot.clients.items() if key in client_ids},
        tags=tuple(t for t in snapshot.tags if t.client_id in client_ids),
        visits=tuple(v for v in snapshot.visits if not set(v.client_ids).isdisjoint(client_ids)),
    )
    return {item.client_id: item for item in due(part, viewer.rules, day)}


def _planned(viewer: Viewer, mode: TravelMode, stop: PlannedStop, dues: Mapping[str, Due]) -> Stop:
    partners = [viewer.snapshot.actors[p] for p in stop.partner_ids if p in viewer.snapshot.actors]
    items = [dues[c] for c in stop.client_ids if c in dues]
    made = _door(viewer, stop.household_id, stop.seq, mode, items, stop.client_ids, partners)
    return replace(
        _where(viewer, made, stop, mode),
        id=stop.id,
        planned=True,
        time=clock_time(stop.arrive_s),
        window=_window(viewer, stop),
        stay_s=stop.depart_s - stop.start_s,
        reason=stop.reason_en if language.get() == "en" else stop.reason_zh,
        channel=stop.channel,
        people=_reachable(viewer, made, stop.channel),
        done=_done_stop(viewer, stop),
    )


def _window(viewer: Viewer, stop: PlannedStop) -> str:
    """Return from when to when a visit may begin: two meet at one time, a school opens, else at any."""
    if stop.partner_ids and stop.channel is Channel.DOOR:
        return f"{clock_time(stop.start_s)}–{clock_time(stop.start_s + _MEET_S)}"
    if stop.start_s <= stop.arrive_s:
        return ""
    home = viewer.actor.hours[1] if viewer.actor else time.max
    return f"{clock_time(stop.start_s)}–{max(clock_time(stop.depart_s), home.isoformat('minutes'))}"


def _where(viewer: Viewer, made: Stop, stop: PlannedStop, mode: TravelMode) -> Stop:
    """Return the stop where it is made: at the school, at the door, or nowhere for a call."""
    site = viewer.snapshot.sites.get(stop.site_id)
    if site is None:
        return made if stop.channel is Channel.DOOR else replace(made, goal=None, links=())
    place, name = place_of(stop, viewer.snapshot), stop_label(stop.seq, language.get())
    ways = links(place, mode, name, phone=viewer.phone) if place else ()
    address = f"{site.name} {site.address}".strip()
    return replace(made, address=address, building=site.name, position=place, goal=place, links=ways)


def _listed(viewer: Viewer, number: int, household_id: str, items: Sequence[Due], done: Visit | None) -> Stop:
    mode = viewer.actor.travel_mode if viewer.actor else TravelMode.WALK
    due_ids = tuple(item.client_id for item in items) or (done.client_ids if done else ())
    made = _door(viewer, household_id, number, mode, items, due_ids, ())
    reasons = dict.fromkeys(item.public_reason(language.get()) for item in items)
    phone_will_do = bool(items) and all(item.phone_will_do for item in items)
    return replace(
        made,
        since=_since(viewer, items),
        reason=" ".join(reasons),
        channel=Channel.PHONE if phone_will_do else Channel.DOOR,
        done=done,
    )


def _since(viewer: Viewer, items: Sequence[Due]) -> date | None:
    """Return the first of the month where nobody is due before it: an earlier visit would not count.

    An interval's own first day is not told: the interval could be read from it.
    """
    opens = min((item.opens for item in items), default=viewer.today)
    return opens if opens > viewer.today and opens.day == 1 else None


def _door(
    viewer: Viewer,
    household_id: str,
    number: int,
    mode: TravelMode,
    items: Sequence[Due],
    due_ids: tuple[str, ...],
    partners: Sequence[Actor],
) -> Stop:
    snapshot = viewer.snapshot
    household = snapshot.households[household_id]
    staff = viewer.staff(household)
    visitors = ([viewer.actor] if viewer.actor else []) + list(partners)
    to = destination(household)
    name = stop_label(number, language.get())
    village = snapshot.divisions.get(household.division_code)
    history = [visit for visit in snapshot.visits if visit.household_id == household_id]
    made = Stop(
        id=household_id,
        planned=False,
        number=number,
        household_id=household_id,
        title=household.head_name if staff else mask_name(household.head_name),
        address=whole_address(household, snapshot.divisions),
        village=village.name if village else "",
        building=building_of(household.address, village.name if village else ""),
        people=_people(viewer, household_id, due_ids, staff),
        partners=tuple(Partner(p.id, p.name, p.phone) for p in partners),
        position=household.place,
        goal=to,
        links=links(to, mode, name, phone=viewer.phone) if to else (),
        societies=tuple(s.value for s in credited(visitors)),
        due_ids=due_ids,
        due_words=due_words(items, viewer.today, staff=staff),
        tries=_tries(viewer, history, staff),
    )
    return _told_staff(made, items, history, viewer.today) if staff else made


def _told_staff(made: Stop, items: Sequence[Due], history: Sequence[Visit], today: date) -> Stop:
    """Return the stop with what only the station's staff may read: figures, answers."""
    seen = [item.last_in_person for item in items]
    known = [(today - day).days for day in seen if day is not None]
    return replace(
        made,
        overdue_days=max((max(i.overdue_days, i.in_person_overdue_days) for i in items), default=0),
        never=any(item.never_contacted for item in items),
        last_seen_days=max(known) if known and len(known) == len(seen) else None,
        last_answers=carried({p.id for p in made.people}, history),
    )


def _reachable(viewer: Viewer, stop: Stop, channel: Channel) -> tuple[Person, ...]:
    """Return the people, their numbers left out where a volunteer goes to the door."""
    household = viewer.snapshot.households[stop.household_id]
    if viewer.staff(household) or viewer.is_contact or channel is not Channel.DOOR:
        return stop.people
    return tuple(replace(person, phone="") for person in stop.people)


def _people(viewer: Viewer, household_id: str, due_ids: Collection[str], staff: bool) -> tuple[Person, ...]:
    clients = members(viewer.snapshot, household_id, viewer.today)
    return tuple(_person(client, viewer, staff) for client in clients if staff or client.id in due_ids)


def _person(client: Client, viewer: Viewer, staff: bool) -> Person:
    parts = [label(client.sex)] if client.sex is not Sex.UNKNOWN else []
    age = age_on(client.birth_date, viewer.today)
    if staff and age is not None:
        parts.append(gettext("{age} 岁", age=age))
    tags = [t for t in viewer.snapshot.tags if t.client_id == client.id and in_force(t, viewer.today)]
    child = age < _ADULT_AGE if age is not None else any(tag.name in CHILD_TAGS for tag in tags)
    group = form_for(client, tags if staff or child else (), viewer.today)
    name = client.name if staff else mask_name(client.name)
    return Person(client.id, name, " · ".join(parts), client.phone, group, child)


def _tries(viewer: Viewer, history: Sequence[Visit], staff: bool) -> tuple[str, ...]:
    """Return when nobody opened; to others than staff their own tries only."""
    own = viewer.account.actor_id
    found = tries_of(history, viewer.today)
    moments = ((visit.ended_at or visit.started_at or visit.day, visit) for visit in found)
    return tuple(at.isoformat() for at, visit in moments if staff or own in visit.actor_ids)


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
