"""The coverage map: one filter bar over a map and a table with the same figures."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from typing import Annotated
from urllib.parse import urlencode

from fastapi import APIRouter, Depends, Query, Request
from fastapi.responses import HTMLResponse

from fieldmap.access import Account, Right, covers
from fieldmap.coverage import measures
from fieldmap.models import Snapshot
from fieldmap.periods import Calendar, Period
from fieldmap.plans import DayPlan, PlanState
from fieldmap.store import Store
from web._map_gaps import gaps
from web._map_measures import Reach, offered
from web._map_page import PATTERN, swatch
from web._map_picture import SHOWN, Scene, coverage_picture, grid_label, notices, table
from web._map_reach import doors_of, measure_reach, sites_of
from web.deps import Services, ServicesDep, TodayDep, needs
from web.maps import coverage_map
from web.pages import render
from web.work import JobState

__all__ = ["FRAME_CSP", "router"]

router = APIRouter()

FRAME_CSP = (
    "default-src 'self'; script-src 'self' 'unsafe-inline'; style-src 'self' 'unsafe-inline'; "
    "img-src 'self' data:; object-src 'none'; base-uri 'none'; form-action 'none'; frame-ancestors 'self'"
)
"""Folium writes the map as a script in its page; no other page may."""

_MONTHS = 12
_QUARTERS = 4

MapAccount = Annotated[Account, Depends(needs(Right.MAP))]


@dataclass(frozen=True)
class Asked:
    """What the filter bar says."""

    measure: str
    period: Period
    shown: frozenset[str]

    @property
    def query(self) -> str:
        """Return the same as the query of an address."""
        fields = [("measure", self.measure), ("period", str(self.period)), ("chosen", "1")]
        return urlencode([*fields, *(("layer", key) for key in sorted(self.shown))])


def _asked(
    today: TodayDep,
    measure: str = "contact_rate",
    period: str = "",
    layer: Annotated[tuple[str, ...], Query()] = (),
    chosen: bool = False,
) -> Asked:
    """Read the filter bar; ``chosen`` tells "no layer" from "not asked yet"."""
    wanted = Period.parse(period) if period else Period.month(today)
    return Asked(measure, wanted, frozenset(layer) if chosen else SHOWN)


AskedDep = Annotated[Asked, Depends(_asked)]


def _scene(services: ServicesDep, asked: AskedDep, account: MapAccount) -> Scene:
    """Compute the figures within the account's scope."""
    view, day = services.view(account, Right.MAP), services.today()
    coverage = measures(view, services.rules(), asked.period, day)
    return Scene(coverage, view, _plans(services.store, account, day), _reach(services, account, view))


SceneDep = Annotated[Scene, Depends(_scene)]


def _plans(store: Store, account: Account, day: date) -> tuple[DayPlan, ...]:
    hats = account.hats_with(Right.MAP)
    published = store.plans.of_day(day, state=PlanState.PUBLISHED)
    return tuple(p for p in published if any(covers(hat.division_code, p.division_code) for hat in hats))


def _reach(services: Services, account: Account, view: Snapshot) -> Reach | None:
    """Return the travel times to sites, {} while the work process measures them, None without roads."""
    doors, sites = doors_of(view), sites_of(view)
    if not services.settings.network.is_dir() or not doors or not sites:
        return None
    key, version = ("reach", account.hats_with(Right.MAP)), (doors, sites)
    held = services.kept.get(key)
    if held is None or held[0] != version:
        job = services.work.start(measure_reach, services.settings, doors, sites, owner="map")
        services.kept[key] = held = (version, job)
    job = held[1]
    if job.state in (JobState.FAILED, JobState.CANCELLED):
        return None
    found: Reach = job.result if job.state is JobState.DONE else {}
    return found


@router.get("/map")
def page(request: Request, asked: AskedDep, scene: SceneDep, today: TodayDep) -> HTMLResponse:
    """Show map and table side by side."""
    picture = coverage_picture(scene, asked.measure, shown=asked.shown)
    return render(
        request,
        "coverage.html",
        asked=asked,
        picture=picture,
        measures=offered(scene.reach or {}),
        periods=_periods(today),
        table=table(scene, picture),
        total=scene.coverage.total,
        gaps=gaps(scene.coverage, scene.snapshot),
        households=scene.snapshot.households,
        grids={row.code: grid_label(row.code, row.name) for row in scene.coverage.grids},
        notices=notices(scene.coverage),
        pattern=PATTERN,
        swatch=swatch,
    )


@router.get("/map/frame")
def frame(asked: AskedDep, scene: SceneDep) -> HTMLResponse:
    """Return the map alone, for the frame of the page."""
    html = coverage_map(coverage_picture(scene, asked.measure, shown=asked.shown))
    return HTMLResponse(html, headers={"Content-Security-Policy": FRAME_CSP})


def _periods(today: date) -> list[Period]:
    """Return the months and quarters to choose from, the present ones first."""
    found: list[Period] = []
    for kind, number in ((Calendar.MONTH, _MONTHS), (Calendar.QUARTER, _QUARTERS)):
        day = today
        for _ in range(number):
            found.append(Period.of(kind, day))
            day = found[-1].start - timedelta(days=1)
    return found
