"""One door as a visitor is shown it: from the plan, or from the list of who is due."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import replace
from datetime import date, time

from fieldmap.conditions import age_on, is_child
from fieldmap.doors import building_of
from fieldmap.errors import language
from fieldmap.models import Actor, Channel, Client, Sex, TravelMode, Visit
from fieldmap.navigation import destination, links, stop_label
from fieldmap.obligations import in_force
from fieldmap.plans import PlannedStop, clock_time, place_of
from fieldmap.retry import tries_of
from fieldmap.schedule import Due
from fieldmap.surveys import form_for
from fieldmap.visiting import credited, members
from web._packet_words import carried, due_words
from web.addresses import whole_address
from web.i18n import gettext
from web.labels import label
from web.masking import mask_name
from web.stops import Partner, Person, Stop, Viewer

__all__ = ["done_today", "listed_stop", "planned_stop"]

_MEET_S = 900


def planned_stop(viewer: Viewer, mode: TravelMode, stop: PlannedStop, dues: Mapping[str, Due]) -> Stop:
    """Return a stop of a route.

    Parameters
    ----------
    dues
        Client → what is due, as far as something is.
    """
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


def listed_stop(
    viewer: Viewer, number: int, household_id: str, items: Sequence[Due], done: Visit | None
) -> Stop:
    """Return a door that is on no route.

    Parameters
    ----------
    items
        Who is due there; nobody where it is done.
    """
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
    child = is_child(client, tags, viewer.today)
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
    """Return what a stop came to: the visit under its id, else the actor's, else anybody's of today."""
    found = [v for v in viewer.snapshot.visits if (v.stop_id, v.household_id) == (stop.id, stop.household_id)]
    own = found[-1] if found else done_today(viewer).get(stop.household_id)
    return own or next((v for v in reversed(viewer.snapshot.visits) if _settles(v, stop, viewer.today)), None)


def _settles(visit: Visit, stop: PlannedStop, today: date) -> bool:
    """Return whether somebody met or spoke to all of a stop's people on the day."""
    return visit.day == today and visit.contact and set(stop.client_ids) <= set(visit.client_ids)


def done_today(viewer: Viewer) -> dict[str, Visit]:
    """Return household → the last visit that the actor made there today."""
    return {
        visit.household_id: visit
        for visit in viewer.snapshot.visits
        if visit.day == viewer.today and viewer.account.actor_id in visit.actor_ids
    }
