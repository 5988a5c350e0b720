"""The grids (网格) of a township: strips of each village's land, numbered west to east.

Two of eighteen have no polygon, as in many stations, and one is drawn in
GCJ-02 while its file says WGS-84.
"""

from __future__ import annotations

from bisect import bisect_right
from dataclasses import dataclass, replace
from typing import Any

import shapely
from shapely import Polygon

from sample_data.buildings import Building
from sample_data.frame import Frame, Point, gcj02
from sample_data.places import Township, Village, cut

__all__ = ["Grid", "cut_grids", "grid_feature", "grid_of"]

_PER_NULL = 9
_PER_SHIFTED = 18
_NUMERALS = "一二三四五六七八九十"


@dataclass(frozen=True, slots=True)
class Grid:
    """A strip of a village; ``west`` and ``east`` are its edges in metres."""

    code: str
    name: str
    alias: str
    village: int
    west: float
    east: float
    land: Polygon
    drawn: bool = True
    shifted: bool = False


def cut_grids(town: Township, houses: list[Building], count: int) -> list[Grid]:
    """Return the grids of a township, with about as many houses in each strip of a village."""
    shares = [
        count // len(town.villages) + (k < count % len(town.villages)) for k in range(len(town.villages))
    ]
    grids: list[Grid] = []
    for k, village in enumerate(town.villages):
        xs = sorted(h.centre[0] for h in houses if h.village == k)
        grids += _strips(town, k, village, xs, shares[k], first=len(grids) + 1)
    return _flaws(_with_common_corners(grids))


def _strips(town: Township, k: int, village: Village, xs: list[float], count: int, first: int) -> list[Grid]:
    left, _, right, _ = village.land.bounds
    cuts = [round(xs[len(xs) * i // count] - 0.5, 2) for i in range(1, count)] if xs else []
    edges = [left - 1, *cuts, right + 1]
    return [
        Grid(
            code=f"{village.code}{n + 1:03d}",
            name=f"{village.short}第{_numeral(n + 1)}网格",
            alias=f"{town.name[:2]}-{first + n:02d}",
            village=k,
            west=edges[n],
            east=edges[n + 1],
            land=_strip(village.land, edges[n], edges[n + 1]),
        )
        for n in range(len(edges) - 1)
    ]


def _strip(land: Polygon, west: float, east: float) -> Polygon:
    _, low, _, high = land.bounds
    return cut(land, shapely.box(west, low - 1, east, high + 1))


def _with_common_corners(grids: list[Grid]) -> list[Grid]:
    """Give each polygon the corners its neighbours have on its edges.

    Rounded to degrees of seven decimals, a long edge and its two halves would
    otherwise overlap by slivers.
    """
    corners = shapely.MultiPoint([c for g in grids for c in g.land.exterior.coords])
    return [replace(g, land=Polygon(shapely.snap(g.land, corners, 0.02).exterior)) for g in grids]


def _numeral(n: int) -> str:
    if n <= 10:
        return _NUMERALS[n - 1]
    tens, ones = divmod(n, 10)
    return f"{_NUMERALS[tens - 1] if tens > 1 else ''}十{_NUMERALS[ones - 1] if ones else ''}"


def _flaws(grids: list[Grid]) -> list[Grid]:
    """Take the polygon from two of eighteen and shift one of eighteen, never in the town."""
    n = len(grids)
    nulls = {n - 1 - k * _PER_NULL // 2 for k in range(max(2, round(n / _PER_NULL)))}
    free = [i for i in range(n) if i not in nulls and i >= n // 3]
    shifted = set(
        free[1 :: max(1, len(free) // max(1, round(n / _PER_SHIFTED)))][: max(1, round(n / _PER_SHIFTED))]
    )
    return [replace(g, drawn=i not in nulls, shifted=i in shifted) for i, g in enumerate(grids)]


def grid_of(grids: list[Grid], house: Building) -> Grid:
    """Return the grid a house stands in."""
    own = [g for g in grids if g.village == house.village]
    return own[max(0, bisect_right([g.west for g in own], house.centre[0]) - 1)]


def grid_feature(grid: Grid, frame: Frame, people: dict[str, str]) -> dict[str, Any]:
    """Return a GeoJSON feature; the datum it claims is always WGS-84."""
    geometry = {"type": "Polygon", "coordinates": [_ring(grid, frame)]} if grid.drawn else None
    properties = {
        "code": grid.code,
        "name": grid.name,
        "alias": grid.alias,
        "division_code": grid.code[:12],
        "datum": "WGS-84",
        **people,
    }
    return {"type": "Feature", "properties": properties, "geometry": geometry}


def _ring(grid: Grid, frame: Frame) -> list[list[float]]:
    points: list[Point] = [(x, y) for x, y in shapely.normalize(grid.land).reverse().exterior.coords]
    ring = frame.ring(points)
    return [list(gcj02(lon, lat)) for lon, lat in ring] if grid.shifted else ring
