"""Flags from the ground, taken further by the head; how far the sweeps of her grids have come."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Annotated

from fastapi import APIRouter, Depends, Form, Request
from fastapi.responses import HTMLResponse, RedirectResponse, Response

from fieldmap.access import Account, Right
from fieldmap.errors import InputError, StoreError
from fieldmap.flagging import FlagStep, next_states
from fieldmap.incoming import Photo
from fieldmap.models import Flag, FlagState, Grid, Household, Snapshot
from fieldmap.store import Store
from fieldmap.sweeps import Progress, progress_of, sweep_of
from web.deps import Services, ServicesDep, StoreDep, needs
from web.inbox import has_child
from web.pages import render

__all__ = ["router"]

router = APIRouter()

ReviewDep = Annotated[Account, Depends(needs(Right.REVIEW_FLAG))]


@dataclass(frozen=True)
class FlagRow:
    """A flag on the head's list; ``household`` is the one of the ledger that it is about."""

    flag: Flag
    grid: Grid
    village: str
    reporter: str
    household: Household | None
    photos: tuple[Photo, ...]
    steps: tuple[tuple[FlagStep, str], ...]
    next_states: tuple[FlagState, ...]


@dataclass(frozen=True)
class SweepRow:
    """How far the sweep of a grid has come."""

    grid: Grid
    village: str
    buildings: int
    progress: Progress


@router.get("/flags")
def flags_page(request: Request, services: ServicesDep, account: ReviewDep) -> HTMLResponse:
    """List the flags of the head's area, those that wait for something first, and the sweeps."""
    view = services.view(account, Right.REVIEW_FLAG)
    names = {member.id: member.name for member in services.store.accounts.all()}
    rows = [_row(services.store, flag, view, names) for flag in view.flags]
    return render(
        request,
        "flags.html",
        waiting=[row for row in rows if row.next_states],
        closed=[row for row in reversed(rows) if not row.next_states],
        sweeps=_sweeps(services, view),
        view=view,
        refused=FlagState.REFUSED,
    )


@router.get("/flags/{flag_id}/photos/{photo_id}")
def flag_photo(flag_id: str, photo_id: str, services: ServicesDep, account: ReviewDep) -> Response:
    """Return a photo of a flag; of a house with a child that is written to the audit trail."""
    flag, photos = _flag(services, account, flag_id), services.store.incoming.photos
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
    flag = _flag(services, account, flag_id)
    store.flags.move(flag.id, _state(flag, state), account.id, reason.strip())
    store.audit.log(account.id, "flag", flag.id, state)
    return RedirectResponse("/flags", 303)


def _flag(services: Services, account: Account, flag_id: str) -> Flag:
    """Return a flag of the head's area; another is as good as none."""
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


def _row(store: Store, flag: Flag, view: Snapshot, names: Mapping[str, str]) -> FlagRow:
    grid = view.grids[flag.grid_code]
    return FlagRow(
        flag=flag,
        grid=grid,
        village=_village(view, grid),
        reporter=names.get(flag.reported_by, ""),
        household=view.households.get(flag.household_id),
        photos=store.incoming.photos.all(of_id=flag.id),
        steps=tuple((step, names.get(step.by, "")) for step in store.flags.history(flag.id)),
        next_states=next_states(flag),
    )


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
