"""The phones of a station: who is out, which phone has not been heard of, whom to remind."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Depends, Request
from fastapi.responses import Response

from fieldmap.access import Account, Right
from web.certificates import phone_address
from web.deps import ServicesDep, needs
from web.manage import accounts_in_scope
from web.pages import render
from web.phones import out_now, reminders, workers

__all__ = ["router"]

router = APIRouter()


@router.get("/phones")
def phones(
    request: Request, services: ServicesDep, account: Annotated[Account, Depends(needs(Right.DESK))]
) -> Response:
    """Show who is out, how every phone stands, and a text for each contact."""
    app = phone_address(services.settings, f"{request.base_url}phone")
    incoming, station = services.store.incoming, services.station(account)
    known = accounts_in_scope(services.store, account)
    open_outings = incoming.outings.all(back_at=None)
    steps = {outing.id: incoming.steps.all(outing_id=outing.id) for outing in open_outings}
    return render(
        request,
        "phones.html",
        out=out_now(open_outings, steps, station.view),
        now=services.clock(),
        patience=services.settings.overdue_minutes,
        workers=workers(known, incoming.health(), services.clock()),
        reminders=reminders(station, known, services.today(), app),
    )
