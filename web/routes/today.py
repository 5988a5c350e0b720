"""Today on the phone: the stops of the published plan, or a village contact's list."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Request
from fastapi.responses import HTMLResponse

from fieldmap.access import Account, Right
from fieldmap.errors import language
from fieldmap.grids import assign
from fieldmap.models import Channel, Domain, Outcome, Place, Society, VisitKind
from fieldmap.navigation import Phone
from fieldmap.plans import PlannedRoute, PlanState
from fieldmap.rulebook import rules_in_force
from fieldmap.visiting import NOTE_LENGTH, may_pause, needs_menu
from web._packet_choice import duties, stops_of
from web.deps import ServicesDep, StoreDep, needs
from web.i18n import N_, gettext, long_day
from web.pages import render
from web.sketch import lat_lon, outlines
from web.stops import Stop, Viewer, route_of

__all__ = ["router"]

router = APIRouter()

_OUTCOMES = tuple(outcome for outcome in Outcome if outcome is not Outcome.SEEN)
_APPS = {
    "amap": N_("高德地图"),
    "baidu": N_("百度地图"),
    "tencent": N_("腾讯地图"),
    "geo": N_("其他地图"),
}
_CHANNELS = (Channel.DOOR, Channel.PHONE, Channel.VIDEO)


@dataclass(frozen=True)
class TodayPage:
    """What the page shows; ``packet`` is what its script needs."""

    day: str
    day_text: str
    route: PlannedRoute | None
    stops: tuple[Stop, ...]
    message: str
    advice: str
    packet: dict[str, Any]
    needs: dict[str, str]
    apps: dict[str, str]
    outcomes: tuple[Outcome, ...] = _OUTCOMES
    channels: tuple[Channel, ...] = _CHANNELS
    domains: tuple[Domain, ...] = tuple(Domain)
    kinds: tuple[VisitKind, ...] = tuple(VisitKind)
    places: tuple[Place, ...] = tuple(Place)
    societies: tuple[Society, ...] = tuple(Society)
    note_length: int = NOTE_LENGTH


@router.get("/today")
def today_page(
    request: Request,
    services: ServicesDep,
    store: StoreDep,
    account: Annotated[Account, Depends(needs(Right.TODAY))],
) -> HTMLResponse:
    """Show the stops of today."""
    phone = Phone.of(request.headers.get("user-agent", ""))
    day = services.today()
    viewer = Viewer(account, store.snapshot(), rules_in_force(store), day, phone)
    plans = store.plans.of_day(day, state=PlanState.PUBLISHED)
    route = route_of(plans, account.actor_id) if account.actor_id else None
    return render(request, "today.html", page=_page(viewer, route, planned=bool(plans)))


def _page(viewer: Viewer, route: PlannedRoute | None, *, planned: bool) -> TodayPage:
    stops = stops_of(viewer, route) if route else ()
    if viewer.is_contact:
        stops += duties(viewer, without={s.household_id for s in stops}, first=len(stops) + 1)[0]
    message, advice = _said(viewer, route, stops, planned)
    return TodayPage(
        day=viewer.today.isoformat(),
        day_text=long_day(viewer.today),
        route=route,
        stops=stops,
        message=message,
        advice=advice,
        packet=_packet(viewer, route, stops),
        needs=needs_menu(language.get()),
        apps={app: gettext(text) for app, text in _APPS.items()},
    )


def _said(
    viewer: Viewer, route: PlannedRoute | None, stops: tuple[Stop, ...], planned: bool
) -> tuple[str, str]:
    """Return what to say where there is no route, and what to do then."""
    if viewer.actor is None:
        return (
            gettext("这个账号没有对应到走访人员"),
            gettext("请站长把账号对应到您本人;在此之前看不到走访点,也不能记走访。"),
        )
    if route is not None:
        return ("", "") if stops else (gettext("今天的计划没有派给您走访点"), gettext("有疑问请问站长。"))
    if viewer.is_contact:
        if stops:
            return gettext("您负责、近期要联系的人"), gettext("急的排在前面;打电话能解决的标了电话。")
        return gettext("您负责的人近期都联系过了"), gettext("到期时会出现在这里。")
    if planned:
        return gettext("今天的计划没有派给您走访点"), gettext("有疑问请问站长。")
    return gettext("今天的计划还没有发布"), gettext("站长发布之后,刷新这一页就能看到走访点。")


def _packet(viewer: Viewer, route: PlannedRoute | None, stops: tuple[Stop, ...]) -> dict[str, Any]:
    """Return what the page's script needs, as plain JSON."""
    households = viewer.snapshot.households
    codes = {households[stop.household_id].grid_code for stop in stops}
    grids = {code: grid for code, grid in viewer.snapshot.grids.items() if code in codes}
    near = {key: house for key, house in households.items() if house.grid_code in grids}
    polygons = assign(replace(viewer.snapshot, grids=grids, households=near)).polygons
    return {
        "account": viewer.account.id,
        "day": viewer.today.isoformat(),
        "may_pause": may_pause(viewer.account),
        "stops": [_plain(stop) for stop in stops],
        "shape": [[lat, lon] for lon, lat in route.shape] if route else [],
        "outlines": outlines(polygons.values()),
    }


def _plain(stop: Stop) -> dict[str, Any]:
    return {
        "id": stop.id,
        "planned": stop.planned,
        "number": stop.number,
        "title": stop.title,
        "household_id": stop.household_id,
        "people": [{"id": p.id, "name": p.name, "about": p.about} for p in stop.people],
        "due_ids": stop.due_ids,
        "partners": [{"id": p.id, "name": p.name} for p in stop.partners],
        "channel": stop.channel.value,
        "position": lat_lon(stop.position) if stop.position else None,
        "societies": stop.societies,
        "done": stop.done is not None,
    }
