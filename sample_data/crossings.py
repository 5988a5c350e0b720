"""Join ways where they cross, as a map does: one shared point."""

from __future__ import annotations

from dataclasses import replace
from math import hypot
from typing import TYPE_CHECKING

import numpy as np
import shapely

from sample_data.frame import Point

if TYPE_CHECKING:
    from sample_data.roads import Way

__all__ = ["join_crossings"]


def join_crossings(ways: list[Way]) -> list[Way]:
    """Return the ways with a common point wherever two of them cross.

    Water and ferries are left alone: a bridge passes over the river.
    """
    pieces = [(i, k) for i, way in enumerate(ways) if _on_ground(way) for k in range(len(way.points) - 1)]
    lines = np.array([shapely.LineString(ways[i].points[k : k + 2]) for i, k in pieces])
    left, right = shapely.STRtree(lines).query(lines, predicate="intersects")
    extra: dict[tuple[int, int], set[Point]] = {}
    for a, b in zip(left[left < right], right[left < right], strict=True):
        met = shapely.intersection(lines[a], lines[b])
        if met.geom_type == "Point":
            point = (round(met.x, 2), round(met.y, 2))
            for piece in (pieces[a], pieces[b]):
                extra.setdefault(piece, set()).add(point)
    return [replace(way, points=_with(way, i, extra)) for i, way in enumerate(ways)]


def _on_ground(way: Way) -> bool:
    return "highway" in way.tags


def _with(way: Way, index: int, extra: dict[tuple[int, int], set[Point]]) -> tuple[Point, ...]:
    points: list[Point] = [way.points[0]]
    for k, end in enumerate(way.points[1:]):
        start = way.points[k]
        met = sorted(extra.get((index, k), ()), key=lambda p: hypot(p[0] - start[0], p[1] - start[1]))
        points += [p for p in [*met, end] if p != points[-1]]
    return tuple(dict.fromkeys(points)) if points[0] != points[-1] else tuple(points)
