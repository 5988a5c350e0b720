"""A grid before and after a repair, as paths of a small picture without a base map."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from math import cos, radians
from typing import Any

import shapely

from fieldmap.models import Position

__all__ = ["Sketch", "sketch"]

_WIDTH, _HEIGHT, _RIM = 240.0, 170.0, 8.0
_SMALLEST_DEGREES = 0.0005


@dataclass(frozen=True, slots=True)
class Sketch:
    """Paths of an SVG of 240 × 170; empty where there is nothing.

    Attributes
    ----------
    others
        The grids beside it.
    doors
        Points, x and y.
    """

    before: str
    after: str
    others: tuple[str, ...]
    doors: tuple[tuple[float, float], ...]


def sketch(
    before: Any, after: Any, others: Iterable[Any], doors: Sequence[Position], *, whole: bool = False
) -> Sketch | None:
    """Return a picture of a repair, None where there is nothing to draw.

    Parameters
    ----------
    before, after, others
        Polygons or multipolygons in WGS-84, valid or not; the first two may be None.
        What of ``others`` lies beyond the picture is cut off where it is shown.
    whole
        True makes room for all the doors too; else those beyond are left out.
    """
    meant = [shape for shape in (before, after) if shape is not None]
    points = [shapely.Point(door.lon, door.lat) for door in doors]
    if not meant and not points:
        return None
    held = [*meant, *points] if whole or not meant else meant
    west, south, east, north = shapely.total_bounds(held).tolist()
    frame = _Frame(west, south, east, north)
    seen = [other for other in others if frame.shows(other)]
    return Sketch(
        before=frame.path(before),
        after=frame.path(after),
        others=tuple(frame.path(other) for other in seen),
        doors=tuple(frame.at(point.x, point.y) for point in points if frame.shows(point)),
    )


class _Frame:
    """From degrees to the picture, north up, the same scale both ways."""

    def __init__(self, west: float, south: float, east: float, north: float) -> None:
        self._narrow = cos(radians((south + north) / 2))
        wide = max((east - west) * self._narrow, _SMALLEST_DEGREES)
        high = max(north - south, _SMALLEST_DEGREES)
        self._scale = min((_WIDTH - 2 * _RIM) / wide, (_HEIGHT - 2 * _RIM) / high)
        self._lon, self._lat = (west + east) / 2, (south + north) / 2
        half = _WIDTH / 2 / self._scale / self._narrow, _HEIGHT / 2 / self._scale
        self._box = shapely.box(
            self._lon - half[0], self._lat - half[1], self._lon + half[0], self._lat + half[1]
        )

    def shows(self, shape: Any) -> bool:
        return bool(shapely.intersects(self._box, shapely.envelope(shape)))

    def at(self, lon: float, lat: float) -> tuple[float, float]:
        x = _WIDTH / 2 + (lon - self._lon) * self._narrow * self._scale
        return round(x, 1), round(_HEIGHT / 2 - (lat - self._lat) * self._scale, 1)

    def path(self, shape: Any) -> str:
        """Return all rings of a shape as one path."""
        if shape is None:
            return ""
        parts = [part for part in shapely.get_parts(shape) if part.geom_type == "Polygon"]
        return " ".join(self._ring(ring) for part in parts for ring in (part.exterior, *part.interiors))

    def _ring(self, ring: Any) -> str:
        points = dict.fromkeys(self.at(x, y) for x, y, *_ in ring.coords)
        return "M" + " ".join(f"{x:g},{y:g}" for x, y in points) + "Z"
