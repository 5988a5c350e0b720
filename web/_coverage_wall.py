"""The sheet for the wall: figures per grid; no point, no route, no name of anybody."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from fieldmap.access import Account, Right
from fieldmap.parts import EVERYBODY, Dimension
from web._coverage_asked import Asked
from web._coverage_drawing import wall_map
from web._coverage_rows import DIMENSIONS, grid_rows
from web._coverage_scene import see
from web._coverage_summary import narrowed_to
from web._map_page import PATTERN, swatch
from web.deps import Services
from web.i18n import gettext
from web.pages import local_time

__all__ = ["on_the_wall", "wall"]

_OF_OWNERS = frozenset({"load", "no_owner"})


def on_the_wall(wanted: Asked) -> Asked:
    """Return the same question without what may not hang there.

    That is an owner's own figures, the counts of one class of people, the
    reasons of a single grid's exclusions, and points.
    """
    return replace(
        wanted,
        measure="contact_rate" if wanted.measure in _OF_OWNERS else wanted.measure,
        narrow=replace(wanted.narrow, owner="", tag="", grid=""),
        by=Dimension.GRID,
        shown=frozenset[str](),
    )


def wall(services: Services, wanted: Asked, account: Account) -> dict[str, Any]:
    """Return what the sheet is filled with; the reasons of exclusions stand in the total only."""
    asked = on_the_wall(wanted)
    seen = see(services, asked, account)
    picture, coverage = seen.picture(), seen.scene.coverage
    rows = sorted(grid_rows(seen.scene, picture), key=lambda row: (not row.cell.code, row.cell.code))
    return {
        "asked": asked,
        "picture": picture,
        "wide": seen.wide,
        "less": (asked.measure, asked.narrow) != (wanted.measure, wanted.narrow),
        # of fewer people than the whole, a reason or a sum of days is somebody's
        "reasons": seen.wide and asked.narrow == EVERYBODY and asked.measure != "overdue",
        "rows": rows,
        "total": coverage.total,
        "drawing": wall_map(picture.cells),
        "pattern": PATTERN,
        "swatch": swatch,
        "tally": picture.counts(),
        "narrowed_to": narrowed_to(asked, seen),
        "until": min(coverage.today, coverage.period.end),
        "begun": coverage.begun,
        "places": _places(services, account),
        "villages": len({row.cell.village for row in rows if row.cell.village}) > 1,
        "dropped": _dropped(wanted, asked),
        "printed": local_time(services.clock()),
    }


def _places(services: Services, account: Account) -> str:
    """Return whose figures these are: the town or village."""
    divisions = services.store.snapshot().divisions
    codes = dict.fromkeys(hat.division_code for hat in account.hats_with(Right.MAP))
    return gettext("、").join(divisions[code].name for code in codes if code in divisions)


def _dropped(wanted: Asked, asked: Asked) -> str:
    """Return by what the page is narrowed and the sheet is not; never by whom."""
    found = [d for d in Dimension if getattr(wanted.narrow, d) != getattr(asked.narrow, d)]
    return gettext("、").join(gettext(DIMENSIONS[dimension]) for dimension in found)
