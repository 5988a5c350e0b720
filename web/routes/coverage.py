"""The coverage map: one filter bar over a map and a table with the same figures."""

from __future__ import annotations

from fastapi import APIRouter, Request
from fastapi.responses import HTMLResponse, JSONResponse, Response

from web._coverage_drawing import line_of
from web._coverage_kept import Answer, frame_kept, parts_kept, picture_kept
from web._coverage_page import bar, gap_parts
from web._coverage_review import review_of
from web._coverage_scene import AskedDep, MapAccount, SeenDep, WideDep
from web._coverage_summary import evidence_of, months_of
from web._coverage_wall import wall
from web.basemap import base_of
from web.deps import ServicesDep
from web.maps import figures
from web.pages import render
from web.phone_files import packed_answer
from web.security import frame_csp
from web.selection import MOST_DOORS

__all__ = ["router"]

router = APIRouter()


@router.get("/map")
def page(request: Request, seen: SeenDep, services: ServicesDep, account: MapAccount) -> HTMLResponse:
    """Show map and table side by side."""
    parts = parts_kept(services, account, seen)
    return render(request, "coverage.html", **bar(services, account, seen), **parts)


@router.get("/map/frame")
def frame(request: Request, seen: SeenDep, services: ServicesDep, account: MapAccount) -> Response:
    """Return the map alone, for the frame of the page; the one page that may show another's base map."""
    base = base_of(services.settings)
    page = frame_kept(services, account, seen, base)
    policy = {"content-security-policy": frame_csp(base.origin if base else "")}
    return packed_answer(request, page.file, policy, page.packed)


@router.get("/map/figures")
def live(request: Request, seen: SeenDep, services: ServicesDep, account: MapAccount) -> Response:
    """Return what has changed since: the figures for the frame, and the parts of the page."""
    picture = picture_kept(services, account, seen)
    parts = render(request, "coverage_live.html", **parts_kept(services, account, seen))
    told = JSONResponse({**figures(picture), "table": bytes(parts.body).decode()})
    answer = Answer.of(bytes(told.body), "application/json")
    return packed_answer(request, answer.file, {}, answer.packed)


@router.get("/map/gaps")
def gaps(request: Request, seen: SeenDep) -> HTMLResponse:
    """Show every household with a gap."""
    parts = gap_parts(seen)
    return render(request, "coverage_gaps.html", asked=seen.asked, wide=seen.wide, most=MOST_DOORS, **parts)


@router.get("/map/trend")
def trend(request: Request, seen: SeenDep, services: ServicesDep, account: MapAccount) -> HTMLResponse:
    """Show the rate of each of 12 months, as a line and as a table."""
    months = months_of(services, account, seen)
    drawn = line_of(months)
    return render(
        request, "coverage_trend.html", asked=seen.asked, wide=seen.wide, months=months, drawn=drawn
    )


@router.get("/map/evidence")
def evidence(request: Request, seen: WideDep, services: ServicesDep) -> HTMLResponse:
    """List the visits to look at again, by day; nobody is counted or ranked."""
    found = evidence_of(services, seen)
    settings = services.settings
    return render(
        request,
        "coverage_evidence.html",
        asked=seen.asked,
        found=found,
        reviews=review_of(found, seen),
        near=settings.evidence_near_m,
        most=settings.evidence_visits,
        minutes=settings.evidence_minutes,
    )


@router.get("/map/print")
def wall_page(request: Request, wanted: AskedDep, services: ServicesDep, account: MapAccount) -> HTMLResponse:
    """Show the figures per grid on one sheet for the wall: no point, no route, no name."""
    return render(request, "coverage_print.html", **wall(services, wanted, account))
