"""The sheet for the wall: figures per grid; no point, no route, no name of anybody."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from fieldmap.access import Account
from fieldmap.parts import Dimension
from web._coverage_asked import Asked
from web._coverage_drawing import wall_map
from web._coverage_rows import grid_rows
from web._coverage_scene import see
from web._coverage_summary import narrowed_to
from web._map_page import PATTERN, swatch
from web.deps import Services
from web.pages import local_time

__all__ = ["on_the_wall", "wall"]


def on_the_wall(wanted: Asked) -> Asked:
    """Return the same question without what may not hang there: an owner's own figures, points."""
    return replace(wanted, narrow=replace(wanted.narrow, owner=""), by=Dimension.GRID, shown=frozenset[str]())


def wall(services: Services, wanted: Asked, account: Account) -> dict[str, Any]:
    """Return what the sheet is filled with; the reasons of exclusions stand in the total only."""
    asked = on_the_wall(wanted)
    seen = see(services, asked, account)
    picture, coverage = seen.picture(), seen.scene.coverage
    rows = sorted(grid_rows(seen.scene, picture), key=lambda row: (not row.cell.code, row.cell.code))
    return {
        "asked": asked,
        "picture": picture,
        "rows": rows,
        "total": coverage.total,
        "drawing": wall_map(picture.cells),
        "pattern": PATTERN,
        "swatch": swatch,
        "tally": picture.counts(),
        "narrowed_to": narrowed_to(asked, seen),
        "until": min(coverage.today, coverage.period.end),
        "printed": local_time(services.clock()),
    }
