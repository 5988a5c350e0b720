"""Layers that are not gaps: places of service, today's routes, flags from the ground."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import date
from math import cos, radians

from shapely.geometry.base import BaseGeometry

from fieldmap.estimates import Estimate, Unregistered
from fieldmap.flagging import age_days, is_open
from fieldmap.models import Flag, Outcome, Position, Site, SiteFunction, Snapshot, Visit
from fieldmap.periods import china_day
from fieldmap.plans import DayPlan, PlannedRoute, PlannedStop, clock_time, place_of
from web._map_values import Layer, Line, Mark
from web.i18n import N_, gettext
from web.labels import label

__all__ = ["estimate_layer", "flag_layer", "route_layer", "site_layers"]

_SIGNS: Mapping[SiteFunction, str] = {
    SiteFunction.STATION: N_("站"),
    SiteFunction.ROOM: N_("室"),
    SiteFunction.CARE_INSTITUTION: N_("养"),
    SiteFunction.CLINIC: N_("医"),
    SiteFunction.SCHOOL: N_("校"),
    SiteFunction.MEAL_POINT: N_("餐"),
}

_BECAME = {"done": "✓", "tried": "✗"}

# Okabe and Ito's colours that show on the legend's, each with a dash of its own
_ROUTES = (("#0057b8", ""), ("#b3006b", "10 6"), ("#000000", "2 7"), ("#5b2c9f", "14 5 3 5"))

_DENSE = (5, 20)  # dwellings a km² at which the ring of an estimate grows thicker
_KM_PER_DEGREE = 111.32


def site_layers(snapshot: Snapshot) -> tuple[Layer, ...]:
    """Return a layer for each kind of site there is; a place with several functions is in each."""
    layers = []
    for function in SiteFunction:
        sites = [site for site in snapshot.sites.values() if function in site.functions]
        if sites:
            marks = tuple(_site(site, site.position) for site in sites if site.position is not None)
            missing = len(sites) - len(marks)
            name = gettext("{layer} {n} 处", layer=label(function), n=len(sites))
            rest = gettext("{layer} {n} 处", layer=label(function), n=missing) if missing else ""
            layers.append(Layer(f"site-{function.value}", name, marks, rest=rest))
    return tuple(layers)


def _site(site: Site, place: Position) -> Mark:
    sign = "".join(gettext(_SIGNS[function]) for function in site.functions)
    functions = gettext("、").join(label(function) for function in site.functions)
    return Mark(place.lon, place.lat, sign, f"{site.name} · {functions}", "site")


def flag_layer(flags: Iterable[Flag], today: date) -> Layer:
    """Return the flags that are not settled; what somebody wrote in them stays on their page."""
    open_flags = [flag for flag in flags if is_open(flag)]
    marks = tuple(
        Mark(flag.position.lon, flag.position.lat, "!", _flag(flag, today), "flag", "/flags")
        for flag in open_flags
        if flag.position is not None
    )
    missing = len(open_flags) - len(marks)
    return Layer("flags", _flags(len(open_flags)), marks, rest=_flags(missing) if missing else "")


def _flags(number: int) -> str:
    return gettext("{layer} {n} 条", layer=gettext("上报"), n=number)


def _flag(flag: Flag, today: date) -> str:
    days, state = age_days(flag, today), label(flag.state)
    return gettext(
        "网格员上报,{day},{state},已 {days} 天", day=china_day(flag.reported_at), state=state, days=days
    )


def estimate_layer(
    found: Unregistered | None, shapes: Mapping[str, BaseGeometry], labels: Mapping[str | None, str]
) -> Layer | None:
    """Return the estimate of dwellings on no ledger, per grid; None where nothing was estimated.

    It stands on the map beside the rates and is in none of them. A grid
    without a source has a question mark, not a zero.

    Parameters
    ----------
    shapes
        The grids that are drawn.
    """
    if found is None or found.total is None:
        return None
    marks = tuple(
        _estimate(labels.get(code, code), found.by_grid.get(code), shape) for code, shape in shapes.items()
    )
    name = gettext("估计未登记 约 {n} 户", n=f"{found.total.value:.0f}")
    return Layer("unregistered", name, marks)


def _estimate(grid: str, estimate: Estimate | None, shape: BaseGeometry) -> Mark:
    at = shape.representative_point()
    if estimate is None:
        text = gettext("{grid}:不知道有多少户未登记,没有摸排结果", grid=grid)
        return Mark(at.x, at.y, "?", text, "unknown")
    density = estimate.value / _square_km(shape)
    text = gettext(
        "{grid}:估计约 {n} 户未登记({low}–{high}),每平方公里 {density} 户",
        grid=grid,
        n=f"{estimate.value:.0f}",
        low=estimate.low,
        high=estimate.high,
        density=f"{density:.1f}",
    )
    ring = sum(density >= limit for limit in _DENSE) + 1
    return Mark(at.x, at.y, f"≈{estimate.value:.0f}", text, f"estimate-{ring}")


def _square_km(shape: BaseGeometry) -> float:
    """Return the area of a small polygon in degrees; the globe is flat over a grid."""
    width = _KM_PER_DEGREE * cos(radians(shape.centroid.y))
    return max(float(shape.area) * width * _KM_PER_DEGREE, 1e-6)


def route_layer(plans: Iterable[DayPlan], snapshot: Snapshot) -> Layer | None:
    """Return today's published routes with what has become of each stop, None without a plan."""
    routes = [(plan.day, route) for plan in plans for route in plan.routes if route.stops]
    if not routes:
        return None
    marks: list[Mark] = []
    lines: list[Line] = []
    for number, (day, route) in enumerate(routes, 1):
        colour, dash = _ROUTES[(number - 1) % len(_ROUTES)]
        name = gettext("路线 {n}", n=number)
        stops = [_stop(name, stop, snapshot, day) for stop in route.stops]
        marks += [mark for mark in stops if mark is not None]
        lines.append(Line(_path(route, snapshot), colour, name, dash))
    done = sum(mark.style == "done" for mark in marks)
    title = gettext("今日路线 {n} 条,已走访 {done}/{stops} 站", n=len(routes), done=done, stops=len(marks))
    return Layer("routes", title, tuple(marks), tuple(lines))


def _path(route: PlannedRoute, snapshot: Snapshot) -> tuple[tuple[float, float], ...]:
    """Return the way on the roads, or from door to door where there are none."""
    if route.shape:
        return route.shape
    points = (place_of(stop, snapshot) for stop in route.stops)
    return tuple((p.lon, p.lat) for p in points if p is not None)


def _stop(route: str, stop: PlannedStop, snapshot: Snapshot, day: date) -> Mark | None:
    place = place_of(stop, snapshot)
    if place is None:
        return None
    visits = [v for v in snapshot.visits if _is_of(v, stop, day)]
    style, word = _became(visits)
    text = gettext(
        "{route} 第 {n} 站,{time},{state}", route=route, n=stop.seq, time=clock_time(stop.start_s), state=word
    )
    sign = f"{_BECAME.get(style, '')}{stop.seq}"
    return Mark(place.lon, place.lat, sign, text, style, f"/people/{stop.household_id}")


def _is_of(visit: Visit, stop: PlannedStop, day: date) -> bool:
    return visit.stop_id == stop.id or (visit.household_id == stop.household_id and visit.day == day)


def _became(visits: list[Visit]) -> tuple[str, str]:
    if any(visit.outcome is Outcome.SEEN for visit in visits):
        return "done", gettext("已走访")
    if visits:
        return "tried", gettext("去过,{outcome}", outcome=label(visits[-1].outcome))
    return "planned", gettext("待走访")
