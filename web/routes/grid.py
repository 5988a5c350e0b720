"""The grid manager's page: how her grid stands, whom nobody saw, and what became of her flags."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Request
from fastapi.responses import HTMLResponse

from fieldmap.access import Account, Right
from fieldmap.counts import Figures
from fieldmap.coverage import Coverage, measures
from fieldmap.errors import AccessError
from fieldmap.flagging import NOTE_LENGTH
from fieldmap.models import Division, Flag, Grid, Household, Snapshot
from fieldmap.periods import Period
from fieldmap.rulebook import rules_in_force
from fieldmap.store import FlagStep
from web.deps import ServicesDep, StoreDep, TodayDep, needs
from web.pages import render
from web.sketch import lat_lon, outlines

__all__ = ["router"]

router = APIRouter()


@dataclass(frozen=True)
class Reported:
    """A flag and what became of it."""

    flag: Flag
    steps: tuple[FlagStep, ...]
    own: bool


@dataclass(frozen=True)
class GridPage:
    """What the page shows of one grid; ``packet`` is what its script needs."""

    grids: tuple[Grid, ...]
    grid: Grid
    divisions: Mapping[str, Division]
    figures: Figures
    outside: int
    overdue: tuple[Household, ...]
    never: tuple[Household, ...]
    flags: tuple[Reported, ...]
    packet: dict[str, Any]
    note_length: int = NOTE_LENGTH

    @property
    def village(self) -> str:
        """Return the name of the village or community the grid lies in."""
        division = self.divisions.get(self.grid.division_code)
        return division.name if division else ""


@router.get("/grid")
def grid_page(
    request: Request,
    services: ServicesDep,
    store: StoreDep,
    today: TodayDep,
    account: Annotated[Account, Depends(needs(Right.GRID))],
    grid: str = "",
) -> HTMLResponse:
    """Show one grid of the account."""
    view = services.view(account, Right.GRID)
    chosen = _chosen(view, grid)
    coverage = measures(_part(view, chosen), rules_in_force(store), Period.month(today), today)
    flags = tuple(
        Reported(flag, store.flags.history(flag.id), flag.reported_by == account.id)
        for flag in reversed(view.flags)
        if flag.grid_code == chosen.code
    )
    return render(request, "grid.html", page=_page(view, chosen, coverage, flags, account))


def _chosen(view: Snapshot, code: str) -> Grid:
    """Return the grid asked for, the first without a wish; another's is refused.

    Raises
    ------
    AccessError
        ``access.refused``: the account has no such grid.
    """
    grids = sorted(view.grids.values(), key=lambda g: g.code)
    found = next((g for g in grids if g.code == code or not code), None)
    if found is None:
        raise AccessError("access.refused", code or Right.GRID)
    return found


def _part(view: Snapshot, grid: Grid) -> Snapshot:
    """Return what lies in one grid by the ledger; the measures then place the doors."""
    households = {key: h for key, h in view.households.items() if h.grid_code == grid.code}
    clients = {key: c for key, c in view.clients.items() if c.household_id in households}
    return replace(view, grids={grid.code: grid}, households=households, clients=clients)


def _page(
    view: Snapshot, grid: Grid, coverage: Coverage, flags: tuple[Reported, ...], account: Account
) -> GridPage:
    row = next(row for row in coverage.grids if row.code == grid.code)
    outside = next((row.figures.people for row in coverage.grids if row.code is None), 0)
    late = sorted(coverage.rows, key=lambda state: -state.rolling_overdue_days)
    return GridPage(
        grids=tuple(sorted(view.grids.values(), key=lambda g: g.code)),
        grid=grid,
        divisions=view.divisions,
        figures=row.figures,
        outside=outside,
        overdue=_houses(view, [s.household_id for s in late if s.rolling_overdue_days > 0]),
        never=_houses(view, [s.household_id for s in late if s.never_contacted]),
        flags=flags,
        packet=_packet(view, grid, coverage, account),
    )


def _houses(view: Snapshot, ids: Sequence[str]) -> tuple[Household, ...]:
    """Return households once each, in their order."""
    return tuple(view.households[key] for key in dict.fromkeys(ids))


def _packet(view: Snapshot, grid: Grid, coverage: Coverage, account: Account) -> dict[str, Any]:
    """Return the sketch: the outline, the doors as dots without a word, the flags."""
    doors = [h.door for h in view.households.values() if h.grid_code == grid.code and h.door is not None]
    flags = [f.position for f in view.flags if f.grid_code == grid.code and f.position is not None]
    return {
        "account": account.id,
        "grid": grid.code,
        "outlines": outlines(coverage.assignment.polygons.values()),
        "doors": [lat_lon(door) for door in doors],
        "flags": [lat_lon(flag) for flag in flags],
    }
