"""People on the ledgers: lists, a household's file, dated reasons not to visit."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta
from typing import Annotated

from fastapi import APIRouter, Depends, Form, Query, Request
from fastapi.responses import RedirectResponse, Response

from fieldmap.access import Account, Right
from fieldmap.models import ExclusionReason
from web.deps import Services, ServicesDep, needs
from web.files import exclusion_from, file_of, shown_tags
from web.pages import render
from web.station import Filters, Gap

__all__ = ["router"]

router = APIRouter()

DeskDep = Annotated[Account, Depends(needs(Right.DESK))]

_ROWS = 100


def _list(request: Request, services: Services, account: Account, filters: Filters, page: int) -> Response:
    station = services.station(account)
    found = station.chosen(filters)
    return render(
        request,
        "people.html",
        station=station,
        filters=filters,
        gaps=tuple(Gap),
        found=len(found),
        people=found[(page - 1) * _ROWS : page * _ROWS],
        page=page,
        pages=max(1, -(-len(found) // _ROWS)),
    )


@router.get("/people")
def people(
    request: Request,
    services: ServicesDep,
    account: DeskDep,
    gap: Annotated[Gap | None, Query()] = None,
    village: str = "",
    grid: str = "",
    page: Annotated[int, Query(ge=1)] = 1,
) -> Response:
    """List the people of the station, narrowed."""
    return _list(request, services, account, Filters(gap, village, grid), page)


@router.post("/people")
def search(
    request: Request, services: ServicesDep, account: DeskDep, text: Annotated[str, Form(max_length=40)] = ""
) -> Response:
    """List those whose name or address has a text in it; a name does not go into an address line."""
    return _list(request, services, account, Filters(text=text.strip()), 1)


def _file(request: Request, services: Services, account: Account, household_id: str, full: bool) -> Response:
    station, day = services.station(account), services.today()
    found = file_of(station, household_id)
    action = "reveal" if full else "read child" if found.has_child else ""
    if action:
        services.store.audit.log(account.id, action, household_id)
    tags = {p.client.id: shown_tags(station.view, p.client.id, day, full=full) for p in found.people}
    reasons = tuple(ExclusionReason)
    return render(
        request, "people_file.html", file=found, full=full, tags=tags, view=station.view, reasons=reasons
    )


@router.get("/people/{household_id}")
def household(request: Request, household_id: str, services: ServicesDep, account: DeskDep) -> Response:
    """Show a household's file with names and numbers masked."""
    return _file(request, services, account, household_id, full=False)


@router.post("/people/{household_id}/reveal")
def reveal(request: Request, household_id: str, services: ServicesDep, account: DeskDep) -> Response:
    """Show it in full; written to the audit trail."""
    return _file(request, services, account, household_id, full=True)


@router.post("/people/{household_id}/exclusions")
def exclude(
    household_id: str,
    services: ServicesDep,
    account: DeskDep,
    client: Annotated[str, Form()],
    reason: Annotated[str, Form()],
    since: Annotated[date, Form()],
    until: Annotated[date | None, Form()] = None,
    note: Annotated[str, Form(max_length=200)] = "",
) -> Response:
    """Keep a dated reason why somebody is not to be visited."""
    found = file_of(services.station(account), household_id)
    exclusion = exclusion_from(found, client, reason, since, until, note, services.today())
    services.store.facts.record([exclusion])
    services.store.audit.log(account.id, "exclude", client, f"{reason} {since}")
    return RedirectResponse(f"/people/{household_id}", 303)


@router.post("/people/{household_id}/exclusions/{exclusion_id}/end")
def end_exclusion(household_id: str, exclusion_id: str, services: ServicesDep, account: DeskDep) -> Response:
    """Let a reason end yesterday: from today somebody is to be visited again."""
    found = file_of(services.station(account), household_id)
    exclusion = found.exclusion(exclusion_id)
    last = max(exclusion.valid_from, services.today() - timedelta(days=1))
    services.store.facts.record([replace(exclusion, valid_to=last)])
    services.store.audit.log(account.id, "end exclusion", exclusion.client_id, last.isoformat())
    return RedirectResponse(f"/people/{household_id}", 303)
