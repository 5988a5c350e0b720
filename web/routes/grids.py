"""The grids: what is amiss with them, repairs on offer, and taking one back."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Depends, Form, Request
from fastapi.responses import HTMLResponse, RedirectResponse

from fieldmap.access import Account, Right
from web.deps import ServicesDep, StoreDep, needs
from web.grid_repairs import apply_repairs, changes, kinds, undo_repair
from web.pages import render

__all__ = ["router"]

router = APIRouter()

DeskDep = Annotated[Account, Depends(needs(Right.DESK))]


@router.get("/grids")
def page(request: Request, services: ServicesDep, account: DeskDep) -> HTMLResponse:
    """Show what is amiss with the grids of the account's area, by kind."""
    view = services.view(account, Right.DESK)
    found = kinds(view, services.assignment(account, Right.DESK), services.today())
    drawn = sum(grid.polygon_wkb is not None for grid in view.grids.values())
    done = changes(services.store, view)
    return render(request, "grids.html", kinds=found, changes=done, view=view, drawn=drawn)


@router.post("/grids/repair")
def repair(
    store: StoreDep,
    account: DeskDep,
    key: Annotated[list[str], Form(max_length=500)],
    only: Annotated[list[str] | None, Form(max_length=10_000)] = None,
) -> RedirectResponse:
    """Apply one repair, or several; of its households those that are ticked."""
    apply_repairs(store, account, key, None if only is None else frozenset(only))
    return RedirectResponse("/grids", 303)


@router.post("/grids/undo")
def undo(store: StoreDep, account: DeskDep, change: Annotated[str, Form(max_length=60)]) -> RedirectResponse:
    """Take a repair back."""
    undo_repair(store, account, change)
    return RedirectResponse("/grids", 303)
