"""The head's desk: today's figures, who is to be visited, and the jobs she started."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Depends, Query, Request
from fastapi.responses import Response

from fieldmap.access import Account, Right
from web.deps import ServicesDep, SessionDep, needs
from web.pages import render
from web.planning import crew, towns
from web.schemas import JobOut
from web.station import Filters, Gap

__all__ = ["router"]

router = APIRouter()

_ROWS = 200


@router.get("/desk")
def desk(
    request: Request,
    services: ServicesDep,
    account: Annotated[Account, Depends(needs(Right.DESK))],
    gap: Annotated[Gap | None, Query()] = None,
    grid: str = "",
) -> Response:
    """Show the morning: figures, the list, the plan."""
    station, day = services.station(account), services.today()
    places = towns(station.view)
    plans = [p for p in services.store.plans.of_day(day) if p.division_code in {t.code for t in places}]
    found = station.to_visit(Filters(gap=gap, grid=grid))
    return render(
        request,
        "desk.html",
        station=station,
        gap=gap,
        grid=grid,
        found=len(found),
        people=found[:_ROWS],
        plans=plans,
        towns=places,
        crew=crew(station.view, [town.code for town in places], day),
    )


@router.get("/jobs/{job_id}")
def job(job_id: str, services: ServicesDep, session: SessionDep) -> JobOut:
    """Say how far a job is, to the account that started it."""
    return JobOut.of(services.work.job(job_id, session.account.id))


@router.post("/jobs/{job_id}/cancel")
def cancel(job_id: str, services: ServicesDep, session: SessionDep) -> JobOut:
    """Stop a job."""
    return JobOut.of(services.work.cancel(job_id, session.account.id))
