"""Points and outlines for a sketch without a base map, latitude first as Leaflet wants."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

import shapely

from fieldmap.models import Position

__all__ = ["across", "lat_lon", "outlines"]

_TOLERANCE_DEGREES = 0.00005  # about five metres: finer than a finger on a phone
_DIGITS = 6
_ROW_DEGREES = 0.004  # less than twice what a clip reaches to either side
_WIDEST_DEGREES = 0.06


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


def across(ring: Sequence[Sequence[float]]) -> list[tuple[float, float]]:
    """Return a line to and fro over an outline, so close that a clip along it leaves nothing out.

    Parameters
    ----------
    ring
        As :func:`outlines` gives it, latitude first.

    Returns
    -------
    list of (float, float)
        Longitude and latitude, as :func:`routing.clip.clip` wants its shape;
        the outline alone where it is too wide for a phone, about 6 km.

    Examples
    --------
    >>> across([[26.7, 107.5], [26.7, 107.501], [26.703, 107.501], [26.7, 107.5]])
    [(107.501, 26.7), (107.5, 26.7), (107.5, 26.703), (107.501, 26.703)]
    """
    lats, lons = [lat for lat, _ in ring], [lon for _, lon in ring]
    west, east, south, north = min(lons), max(lons), min(lats), max(lats)
    if max(east - west, north - south) > _WIDEST_DEGREES:
        return [(lon, lat) for lat, lon in ring]
    rows = int((north - south) / _ROW_DEGREES) + 2
    every = [round(south + (north - south) * row / (rows - 1), _DIGITS) for row in range(rows)]
    ends = [(west, east) if row % 2 else (east, west) for row in range(rows)]
    return [(lon, lat) for lat, pair in zip(every, ends, strict=True) for lon in pair]
