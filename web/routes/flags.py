"""Flags from the ground: reported by phone, taken further by the head."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Annotated, Any

from fastapi import APIRouter, Body, Depends, Form, Request
from fastapi.responses import HTMLResponse, JSONResponse, RedirectResponse

from fieldmap.access import Account, Right
from fieldmap.errors import InputError, StoreError
from fieldmap.flagging import read_flag
from fieldmap.models import Flag, FlagState, Grid, Snapshot
from fieldmap.store import NEXT_STATES, FlagStep, Store
from web.deps import ServicesDep, StoreDep, needs
from web.pages import local_time, render

__all__ = ["router"]

router = APIRouter()


@dataclass(frozen=True)
class FlagRow:
    """A flag on the head's list."""

    flag: Flag
    grid: Grid
    village: str
    reporter: str
    steps: tuple[tuple[FlagStep, str], ...]
    next_states: tuple[FlagState, ...]


@router.get("/flags")
def flags_page(
    request: Request,
    services: ServicesDep,
    account: Annotated[Account, Depends(needs(Right.REVIEW_FLAG))],
) -> HTMLResponse:
    """List the flags of the head's area, those that wait for something first."""
    view = services.view(account, Right.REVIEW_FLAG)
    names = {member.id: member.name for member in services.store.accounts.all()}
    rows = [_row(services.store, flag, view, names) for flag in view.flags]
    waiting = [row for row in rows if row.next_states]
    closed = [row for row in reversed(rows) if not row.next_states]
    return render(request, "flags.html", waiting=waiting, closed=closed, refused=FlagState.REFUSED)


@router.post("/flags")
def report_flag(
    form: Annotated[dict[str, Any], Body()],
    services: ServicesDep,
    store: StoreDep,
    account: Annotated[Account, Depends(needs(Right.FLAG))],
) -> JSONResponse:
    """Keep a flag under the id its phone gave it; the same again changes nothing."""
    grids = services.view(account, Right.FLAG).grids
    flag = read_flag(form, grids, account.id, services.clock())
    new = store.flags.report(flag)
    body = {"id": flag.id, "new": new, "at": local_time(flag.reported_at, "%H:%M")}
    return JSONResponse(body, 201 if new else 200)


@router.post("/flags/{flag_id}/move")
def move_flag(
    flag_id: str,
    services: ServicesDep,
    store: StoreDep,
    account: Annotated[Account, Depends(needs(Right.REVIEW_FLAG))],
    state: Annotated[str, Form()],
    reason: Annotated[str, Form(max_length=300)] = "",
) -> RedirectResponse:
    """Take a flag to its next state."""
    if flag_id not in {flag.id for flag in services.view(account, Right.REVIEW_FLAG).flags}:
        raise StoreError("store.unknown", flag_id, noun="flag")
    store.flags.move(flag_id, _state(store, flag_id, state), account.id, reason.strip())
    store.audit.log(account.id, "flag", flag_id, state)
    return RedirectResponse("/flags", 303)


def _state(store: Store, flag_id: str, text: str) -> FlagState:
    if text not in set(FlagState):
        allowed = NEXT_STATES[store.flags.history(flag_id)[-1].state]
        raise InputError("flag.state", text, allowed=", ".join(allowed) or "–")
    return FlagState(text)


def _row(store: Store, flag: Flag, view: Snapshot, names: Mapping[str, str]) -> FlagRow:
    grid = view.grids[flag.grid_code]
    village = view.divisions.get(grid.division_code)
    steps = tuple((step, names.get(step.by, "")) for step in store.flags.history(flag.id))
    return FlagRow(
        flag=flag,
        grid=grid,
        village=village.name if village else "",
        reporter=names.get(flag.reported_by, ""),
        steps=steps,
        next_states=NEXT_STATES[flag.state],
    )
