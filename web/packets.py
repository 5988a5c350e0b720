"""The packet: all that a phone may read today, in one answer.

It is made from the part of the record that the account's own day needs, so
that nothing else can slip in: the doors of her route or of the people she
answers for, and who is due beside them. No identity number, birth date or tag
is in it; what a village contact or volunteer may not read is left out in
:mod:`web._packet_door`.

A JSON object (``v`` 1): ``made_at``, ``now`` (UTC), ``tag`` (its ETag), ``day``, ``day_text``,
``lang``, ``account``; ``kind`` (``route``, ``list`` or ``none``) with
``message`` and ``advice`` above the stops; ``may_pause``; ``route`` (times,
length, shape, colleagues) or null; ``stops`` and ``neighbours`` (due today
beside a stop); ``matrix`` (seconds between the stops), ``turns`` (stop → lines
of a turn list), ``clip`` (:mod:`routing.clip`), ``outlines`` of the grids;
``forms`` (:mod:`fieldmap.surveys`, those of these people), ``codes`` (code
lists with labels); ``month`` (what she did), ``safety`` (whom to call),
``outing`` (hers of today), ``retry`` (:mod:`fieldmap.retry`), ``photos``;
``grid`` (a grid manager's part) or null. Points are latitude, longitude in
WGS-84, but for a stop's ``coordinates``, which are to be pasted into a Chinese
map app: GCJ-02.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, replace
from datetime import date
from typing import Any

from fieldmap.access import Account, AccountRole, Right, covers
from fieldmap.errors import language
from fieldmap.grids import assign
from fieldmap.models import Channel, Position, Snapshot
from fieldmap.navigation import Phone
from fieldmap.plans import DayPlan, PlannedRoute, PlanState, clock_time
from fieldmap.retry import LADDER
from fieldmap.rules import RuleSet
from fieldmap.settings import Settings
from fieldmap.store import Store
from fieldmap.surveys import form
from fieldmap.visiting import may_pause
from routing.clip import Clip, clip
from routing.travel import StraightLine
from web._packet_choice import NEAR_M, duties, neighbours, stops_of
from web._packet_month import month_of
from web._packet_plain import codes, plain_ladder, plain_month, plain_outing, plain_partner, plain_stop
from web._packet_records import Records
from web.grid_packets import grid_part
from web.i18n import gettext, long_day
from web.labels import label
from web.sketch import lat_lon, outlines
from web.stops import Stop, Viewer, route_of
from web.turns import turn_lists

__all__ = ["START", "VERSION", "Records", "packet_of"]

VERSION = 1
"""Of the packet's format."""

START = "start"
"""Id of where a route begins, in the matrix."""

_QUARTER_S = 900
_BACK_SLACK_S = 1800


@dataclass(frozen=True)
class _Day:
    """A visitor's day: the published route, the doors, and what there is to say about it."""

    viewer: Viewer
    plans: tuple[DayPlan, ...]
    route: PlannedRoute | None
    stops: tuple[Stop, ...]
    neighbours: tuple[Stop, ...]
    left: int

    @property
    def kind(self) -> str:
        """Return what it is made from."""
        if self.route is not None:
            return "route"
        return "list" if self.viewer.is_contact and self.viewer.actor else "none"


def packet_of(
    account: Account,
    store: Store,
    records: Records,
    rules: RuleSet,
    settings: Settings,
    *,
    today: date,
    phone: Phone,
) -> dict[str, Any]:
    """Return the packet of an account for a day, without the time at which it is made.

    Parameters
    ----------
    store
        For the day's plans, and who is head.
    records
        The county's record of this moment.
    phone
        What opens its links.
    """
    plans = store.plans.of_day(today, state=PlanState.PUBLISHED)
    viewer = Viewer(account, records.part(()), rules, today, phone)
    day = _day(viewer, records, plans, settings.list_days)
    doors = (*day.stops, *day.neighbours)
    return {
        "v": VERSION,
        "day": today.isoformat(),
        "day_text": long_day(today),
        "lang": language.get(),
        "account": {"id": account.id, "name": account.name, "actor_id": account.actor_id},
        "kind": day.kind,
        **_said(day),
        "may_pause": may_pause(account),
        "route": _route(day) if day.route else None,
        "stops": [plain_stop(stop) for stop in day.stops],
        "neighbours": [plain_stop(stop) for stop in day.neighbours],
        "matrix": _matrix(day, settings),
        "turns": turn_lists(day.route) if day.route else {},
        "clip": _clip(day, settings),
        "forms": _forms(doors),
        "codes": codes(),
        "outlines": _outlines(records.snapshot, doors),
        "month": plain_month(month_of(records.visits_of(account.actor_id, today.replace(day=1), today))),
        "safety": _safety(account, store, viewer, settings),
        "outing": _outing(account, store, today),
        "retry": plain_ladder(LADDER),
        "photos": {"child": settings.child_photos},
        "grid": grid_part(account, store, records, rules, settings, today),
    }


def _day(viewer: Viewer, records: Records, plans: tuple[DayPlan, ...], list_days: int) -> _Day:
    if Right.TODAY not in viewer.account.rights() or viewer.actor is None:
        return _Day(viewer, plans, None, (), (), 0)
    route = route_of(plans, viewer.actor.id)
    on_route = {stop.household_id for stop in route.stops} if route else set()
    answered = records.answered_for(viewer.actor.id) if viewer.is_contact else set()
    seen = {v.household_id for v in records.visits_of(viewer.actor.id, viewer.today, viewer.today)}
    viewer = replace(viewer, snapshot=records.part(on_route | answered | (seen if answered else set())))
    stops, left = stops_of(viewer, route) if route else (), 0
    if viewer.is_contact:
        listed, left = duties(viewer, list_days, without=on_route, first=len(stops) + 1)
        stops += listed
    beside = _beside(viewer, records, plans, stops)
    return _Day(viewer, plans, route, stops, beside, left)


def _beside(
    viewer: Viewer, records: Records, plans: Collection[DayPlan], stops: tuple[Stop, ...]
) -> tuple[Stop, ...]:
    """Return who is due near a stop and on nobody's route."""
    doors = {stop.id: stop.position for stop in stops if stop.position and stop.channel is Channel.DOOR}
    near = records.near(doors, NEAR_M)
    taken = {stop.household_id for plan in plans for route in plan.routes for stop in route.stops}
    taken |= {stop.household_id for stop in stops}
    free = near.keys() - taken
    return neighbours(replace(viewer, snapshot=records.part(free)), stops, near, taken)


def _said(day: _Day) -> dict[str, str]:
    """Return what to say above the stops, and what to do where there are none."""
    message, advice = _message(day)
    if day.left:
        advice = gettext("还有 {count} 人,之后再看", count=day.left)
    return {"message": message, "advice": advice}


def _message(day: _Day) -> tuple[str, str]:
    viewer = day.viewer
    if Right.TODAY not in viewer.account.rights():
        return "", ""
    if viewer.actor is None:
        return (
            gettext("这个账号没有对应到走访人员"),
            gettext("请站长把账号对应到您本人;在此之前看不到走访点,也不能记走访。"),
        )
    if day.route is not None and day.stops:
        return "", ""
    if day.route is None and viewer.is_contact:
        if day.stops:
            return gettext("您负责、近期要联系的人"), gettext("急的排在前面;打电话能解决的标了电话。")
        return gettext("您负责的人近期都联系过了"), gettext("到期时会出现在这里。")
    if day.route is not None or day.plans:
        return gettext("今天的计划没有派给您走访点"), gettext("有疑问请问站长。")
    return gettext("今天的计划还没有发布"), gettext("站长发布之后,联网打开就能看到走访点。")


def _route(day: _Day) -> dict[str, Any]:
    route = day.route
    assert route is not None
    plan = next(plan for plan in day.plans if route in plan.routes)
    expected = -(-(route.end_s + _BACK_SLACK_S) // _QUARTER_S) * _QUARTER_S
    partners = dict.fromkeys(partner for stop in day.stops for partner in stop.partners)
    return {
        "id": route.id,
        "plan_id": plan.id,
        "mode": route.mode.value,
        "mode_label": label(route.mode),
        "start": clock_time(route.start_s),
        "back": clock_time(route.end_s),
        "expected_back": clock_time(min(expected, 24 * 3600 - 60)),
        "distance_m": route.distance_m,
        "shape": [lat_lon(Position(lon, lat)) for lon, lat in route.shape],
        "partners": [plain_partner(partner) for partner in partners],
    }


def _matrix(day: _Day, settings: Settings) -> dict[str, Any] | None:
    """Return the seconds from each place of the route to each other, the start first.

    As they were measured when the plan was made; for a plan without them a
    straight line with its detour, which says so.
    """
    route = day.route
    if route is None:
        return None
    doors = [stop for stop in day.stops if stop.planned and stop.channel is Channel.DOOR]
    planned = [stop.id for stop in route.stops if stop.channel is Channel.DOOR]
    if len(route.seconds) == len(planned) + 1:
        return {"ids": [START, *planned], "seconds": route.seconds, "estimated": False}
    if not route.shape:
        return None
    lon, lat = route.shape[0]
    places = {START: Position(lon, lat)} | {stop.id: stop.position for stop in doors if stop.position}
    table = StraightLine.of(settings).table(route.mode, list(places.values()))
    return {"ids": list(places), "seconds": table.duration_s.tolist(), "estimated": True}


def _clip(day: _Day, settings: Settings) -> Clip | None:
    """Return the base map around a route; a list needs none."""
    if day.route is None:
        return None
    return clip(settings.network, day.route.shape, [stop.position for stop in day.stops if stop.position])


def _outing(account: Account, store: Store, today: date) -> dict[str, Any] | None:
    """Return the last outing of the day, as the station knows it."""
    found = (
        store.incoming.outings.all(actor_id=account.actor_id, day=today.isoformat())
        if account.actor_id
        else ()
    )
    return plain_outing(found[-1]) if found else None


def _outlines(snapshot: Snapshot, stops: Collection[Stop]) -> list[list[list[float]]]:
    """Return the outlines of the grids that the doors lie in."""
    households = {stop.household_id: snapshot.households[stop.household_id] for stop in stops}
    codes = {household.grid_code for household in households.values()}
    grids = {code: grid for code, grid in snapshot.grids.items() if code in codes}
    return outlines(assign(replace(snapshot, grids=grids, households=households)).polygons.values())


def _forms(stops: Collection[Stop]) -> list[dict[str, Any]]:
    """Return the forms of the people behind the doors, each once."""
    groups = dict.fromkeys(person.group for stop in stops for person in stop.people)
    return [made.plain(language.get()) for group in groups if (made := form(group))]


def _safety(account: Account, store: Store, viewer: Viewer, settings: Settings) -> Mapping[str, Any]:
    """Return whom to call."""
    return {
        "emergency_phone": settings.emergency_phone,
        "station_phone": settings.station_phone,
        "head_phone": _head_phone(account, store, viewer),
        "overdue_minutes": settings.overdue_minutes,
    }


def _head_phone(account: Account, store: Store, viewer: Viewer) -> str:
    """Return the number of the head of the account's station, "" where none is known."""
    places = [hat.division_code for hat in account.hats]
    for other in store.accounts.all():
        heads = [h for h in other.hats if h.role is AccountRole.HEAD and other.disabled_at is None]
        if other.id == account.id or not any(covers(h.division_code, p) for h in heads for p in places):
            continue
        actor = viewer.snapshot.actors.get(other.actor_id or "")
        if actor is not None and actor.phone:
            return actor.phone
    return ""
