"""Points and outlines for a sketch without a base map, latitude first as Leaflet wants."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import shapely

from fieldmap.models import Position

__all__ = ["lat_lon", "outlines"]

_TOLERANCE_DEGREES = 0.00005  # about five metres: finer than a finger on a phone
_DIGITS = 6


def lat_lon(position: Position) -> list[float]:
    """Return a point as Leaflet wants it.

    >>> lat_lon(Position(107.5, 26.7))
    [26.7, 107.5]
    """
    return [round(position.lat, _DIGITS), round(position.lon, _DIGITS)]


def outlines(polygons: Iterable[Any]) -> list[list[list[float]]]:
    """Return the outer rings of polygons and multipolygons, each a list of points."""
    return [
        [[round(y, _DIGITS), round(x, _DIGITS)] for x, y, *_ in part.exterior.coords]
        for polygon in polygons
        for part in shapely.get_parts(polygon.simplify(_TOLERANCE_DEGREES))
        if not part.is_empty
    ]
