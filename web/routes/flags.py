"""Flags from the ground, taken further by the head; how far the sweeps of her grids have come."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated

from fastapi import APIRouter, Depends, Form, Query, Request
from fastapi.responses import HTMLResponse, RedirectResponse, Response

from fieldmap.access import Account, Right
from fieldmap.errors import InputError, StoreError
from fieldmap.flagging import next_states
from fieldmap.models import Flag, FlagState, Grid, Snapshot
from fieldmap.registering import take
from fieldmap.sweeps import Progress, progress_of, sweep_of
from web._flag_rows import Choice, flag_list
from web.deps import Services, ServicesDep, StoreDep, needs
from web.inbox import has_child
from web.pages import render

__all__ = ["ReviewDep", "flag_of", "router"]

router = APIRouter()

ReviewDep = Annotated[Account, Depends(needs(Right.REVIEW_FLAG))]
"""Somebody who takes flags further, somewhere."""


@dataclass(frozen=True)
class SweepRow:
    """How far the sweep of a grid has come."""

    grid: Grid
    village: str
    buildings: int
    progress: Progress


@router.get("/flags")
def flags_page(
    request: Request,
    services: ServicesDep,
    account: ReviewDep,
    state: Annotated[FlagState | None, Query()] = None,
    grid: Annotated[str, Query(max_length=20)] = "",
) -> HTMLResponse:
    """List the flags of the head's area, who has waited longest first, and the sweeps."""
    view = services.view(account, Right.REVIEW_FLAG)
    names = {member.id: member.name for member in services.store.accounts.all()}
    choice = Choice(state, grid)
    return render(
        request,
        "flags.html",
        flags=flag_list(services.store, view, names, choice, services.today()),
        choice=choice,
        states=tuple(FlagState),
        sweeps=() if state or grid else _sweeps(services, view),
        view=view,
    )


@router.get("/flags/{flag_id}/photos/{photo_id}")
def flag_photo(flag_id: str, photo_id: str, services: ServicesDep, account: ReviewDep) -> Response:
    """Return a photo of a flag; of a house with a child that is written to the audit trail."""
    flag, photos = flag_of(services, account, flag_id), services.store.incoming.photos
    photo = next((photo for photo in photos.all(of_id=flag.id) if photo.id == photo_id), None)
    if photo is None:
        raise StoreError("store.unknown", photo_id, noun="photo")
    view = services.view(account, Right.REVIEW_FLAG)
    if has_child(view, flag.household_id, services.today()):
        services.store.audit.log(account.id, "read child", flag.household_id)
    return Response(photos.content(photo.id), media_type=photo.type)


@router.post("/flags/{flag_id}/move")
def move_flag(
    flag_id: str,
    services: ServicesDep,
    store: StoreDep,
    account: ReviewDep,
    state: Annotated[str, Form()],
    reason: Annotated[str, Form(max_length=300)] = "",
) -> RedirectResponse:
    """Take a flag to its next state."""
    flag = flag_of(services, account, flag_id)
    going = _state(flag, state)
    take(store, flag, going, today=services.today(), by=account.id, reason=reason.strip())
    store.audit.log(account.id, "flag", flag.id, state)
    return RedirectResponse(f"/flags#flag-{flag.id}", 303)


def flag_of(services: Services, account: Account, flag_id: str) -> Flag:
    """Return a flag of the head's area; another is as good as none.

    Raises
    ------
    StoreError
        There is none.
    """
    flags = services.view(account, Right.REVIEW_FLAG).flags
    found = next((flag for flag in flags if flag.id == flag_id), None)
    if found is None:
        raise StoreError("store.unknown", flag_id, noun="flag")
    return found


def _state(flag: Flag, text: str) -> FlagState:
    if text not in set(FlagState):
        raise InputError("flag.state", text, allowed=", ".join(next_states(flag)) or "–")
    return FlagState(text)


def _village(view: Snapshot, grid: Grid) -> str:
    village = view.divisions.get(grid.division_code)
    return village.name if village else ""


def _sweeps(services: Services, view: Snapshot) -> tuple[SweepRow, ...]:
    """Return the grids that somebody has begun to sweep."""
    incoming = services.store.incoming
    made = []
    for code, grid in sorted(view.grids.items()):
        results, buildings = incoming.sweeps.all(grid_code=code), incoming.buildings.all(grid_code=code)
        if not results and not buildings:
            continue
        village, own = _village(view, grid), view.households.values()
        swept = sweep_of(code, village, own, buildings, results, services.today())
        made.append(SweepRow(grid, village, len(swept), progress_of(swept)))
    return tuple(made)
