"""A piece of the base map for one day: what a phone draws around a route without a signal.

A clip is plain JSON::

    {"v": 1, "unit": 1e-05, "origin": [lat, lon], "box": [west, south, east, north],
     "water":     [["area" | "line", name, LINE], …],
     "buildings": [LINE, …],
     "roads":     [[kind, over, name, LINE], …],
     "names":     [["village" | "place" | "water", text, y, x], …]}

A LINE is a flat list of whole numbers ``[y0, x0, dy, dx, dy, dx, …]`` in units
of ``unit`` degrees (about a metre): the first point counts from ``origin``,
every other from the one before it; ``lat = origin[0] + y * unit``. Areas and
buildings are outer rings whose last point is not the first again. ``kind`` is
``path``, ``track``, ``steps``, ``lane``, ``road``, ``main`` or ``ferry``, in
this order, so that the important ones are drawn over the others; ``over`` is
``bridge``, ``dike`` or empty. To be drawn in the order water, buildings,
roads, names.
"""

from __future__ import annotations

import gzip
import json
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from math import cos, radians
from pathlib import Path
from typing import Any, TypedDict

import numpy as np
import shapely
from numpy.typing import NDArray
from shapely.geometry.base import BaseGeometry

from fieldmap.models import Position
from routing._index import Box
from routing.basemap import BaseMap, Layer
from routing.shapes import way_kind
from routing.travel import EARTH_RADIUS_M

__all__ = ["BUFFER_M", "MOST_BYTES", "UNIT", "Clip", "clip", "packed"]

BUFFER_M = 250.0
"""How far around the route and the stops a clip reaches, in metres."""

MOST_BYTES = 120_000
"""What a clip may weigh, gzipped: where houses stand close, the farther ones are left out."""

UNIT = 1e-5
"""Degrees that a whole number of a clip stands for."""

_ORDER = ("path", "track", "steps", "lane", "road", "main", "ferry")
_ROAD_M, _WATER_M, _HOUSE_M = 2.5, 4.0, 1.0  # what simplifying may move a line
_SMALLEST_M2 = 12.0
_FEWER = (1.0, 0.4, 0.15, 0.0)  # of the buffer, where houses are drawn


class Clip(TypedDict):
    """A piece of the base map, ready for JSON; see the head of the module."""

    v: int
    unit: float
    origin: list[float]
    box: list[float]
    water: list[list[Any]]
    buildings: list[list[int]]
    roads: list[list[Any]]
    names: list[list[Any]]


def clip(
    network: Path,
    shape: Sequence[tuple[float, float]],
    stops: Sequence[Position],
    buffer_m: float = BUFFER_M,
    *,
    most_bytes: int = MOST_BYTES,
) -> Clip | None:
    """Cut a clip out of the base map beside the road graphs.

    Parameters
    ----------
    network
        The folder of the graphs.
    shape
        The route as (longitude, latitude) in degrees; empty where there is none.
    stops
        Where somebody goes.

    Returns
    -------
    Clip or None
        None where the folder has no base map, or nobody goes anywhere.
    """
    base = BaseMap.open(network)
    points = [*shape, *((p.lon, p.lat) for p in stops)]
    if base is None or not points:
        return None
    ground = _Ground.around(points, buffer_m)
    line = ground.metres(shapely.LineString(shape)) if len(shape) > 1 else shapely.Point()
    spots = ground.metres(shapely.MultiPoint([(p.lon, p.lat) for p in stops]))
    way = shapely.union(shapely.simplify(line, 5.0), spots)
    around = shapely.buffer(way, buffer_m, quad_segs=4)
    made, houses = _drawn(base, ground, around)
    for share in _FEWER:
        near = houses.near(way, share * buffer_m)
        made["buildings"] = [ground.flat(ring) for ring in near]
        if len(packed(made)) <= most_bytes:
            break
    return made


def packed(made: Clip) -> bytes:
    """Return a clip as it weighs on the way to the phone: JSON, gzipped."""
    return gzip.compress(json.dumps(made, ensure_ascii=False, separators=(",", ":")).encode(), 6, mtime=0)


@dataclass(frozen=True, slots=True)
class _Ground:
    """A flat piece of the Earth: degrees to metres from its south-western corner, and to whole units."""

    box: Box

    @classmethod
    def around(cls, points: Iterable[tuple[float, float]], buffer_m: float) -> _Ground:
        lons, lats = zip(*points, strict=True)
        north = buffer_m / _METRES_OF_LAT
        east = north / cos(radians(sum(lats) / len(lats)))
        edges = (min(lons) - east, min(lats) - north, max(lons) + east, max(lats) + north)
        west, south, east, north = (round(edge, 5) for edge in edges)
        return cls((west, south, east, north))

    @property
    def _scale(self) -> NDArray[np.float64]:
        middle = (self.box[1] + self.box[3]) / 2
        return np.array([_METRES_OF_LAT * cos(radians(middle)), _METRES_OF_LAT])

    def metres(self, geometry: Any) -> Any:
        """Return geometries in degrees as geometries in metres."""
        return shapely.transform(geometry, lambda xy: (xy - self.box[:2]) * self._scale)

    def units(self, xy: NDArray[np.float64]) -> NDArray[np.int64]:
        """Return points in metres as (y, x) in whole units, shape (n, 2)."""
        return np.rint(xy / self._scale / UNIT).astype(np.int64)[:, ::-1]

    def flat(self, geometry: BaseGeometry) -> list[int]:
        """Return a line, or the outer ring of an area, as a LINE; empty where too little is left of it."""
        area = geometry.geom_type == "Polygon"
        outline = shapely.get_exterior_ring(geometry) if area else geometry
        points = self.units(shapely.get_coordinates(outline))
        moves = np.diff(points, axis=0)
        moves = moves[moves.any(axis=1)]
        if len(moves) < (3 if area else 1):
            return []
        return [int(n) for n in np.concatenate([points[:1], moves[:-1] if area else moves]).ravel()]


_METRES_OF_LAT = EARTH_RADIUS_M * radians(1)


@dataclass(frozen=True, slots=True)
class _Houses:
    rings: NDArray[np.object_]

    def near(self, way: BaseGeometry, reach_m: float) -> NDArray[np.object_]:
        """Return those within some metres of a way; none within nothing."""
        if not reach_m:
            return self.rings[:0]
        return np.asarray(self.rings[shapely.dwithin(self.rings, way, reach_m)])


def _drawn(base: BaseMap, ground: _Ground, around: BaseGeometry) -> tuple[Clip, _Houses]:
    """Return a clip without houses, and the houses."""
    roads, water, buildings, names = (
        _touching(base.layer(layer, ground.box), ground, around)
        for layer in ("roads", "water", "buildings", "names")
    )
    west, south, east, north = ground.box
    made = Clip(
        v=1,
        unit=UNIT,
        origin=[south, west],
        box=[west, south, east, north],
        water=list(_water(water, ground, around)),
        buildings=[],
        roads=_roads(roads, ground, around),
        names=_names(ground, around, names, buildings, water),
    )
    rings = shapely.get_parts(buildings.geometry)
    rings = rings[(shapely.area(rings) >= _SMALLEST_M2)]
    return made, _Houses(np.asarray(shapely.simplify(rings, _HOUSE_M)))


def _touching(layer: Layer, ground: _Ground, around: BaseGeometry) -> Layer:
    """Return what touches the piece, in metres."""
    shapely.prepare(around)
    moved = Layer(layer.kind, layer.name, layer.over, np.asarray(ground.metres(layer.geometry)))
    return moved.where(shapely.intersects(around, moved.geometry))


def _roads(layer: Layer, ground: _Ground, around: BaseGeometry) -> list[list[Any]]:
    """Return the roads, pieces of one way put together, the most important last."""
    alike: dict[tuple[str, str, str], list[BaseGeometry]] = {}
    pieces = shapely.intersection(layer.geometry, around)
    for highway, over, name, piece in zip(layer.kind, layer.over, layer.name, pieces, strict=True):
        alike.setdefault((way_kind(highway), over, name), []).append(piece)
    found = []
    for key in sorted(alike, key=lambda key: (_ORDER.index(key[0]), key)):
        merged = shapely.line_merge(shapely.union_all(alike[key]))
        for part in shapely.get_parts(shapely.simplify(merged, _ROAD_M)):
            if part.geom_type == "LineString" and (line := ground.flat(part)):
                found.append([*key, line])
    return found


def _water(layer: Layer, ground: _Ground, around: BaseGeometry) -> Iterator[list[Any]]:
    cut = shapely.simplify(shapely.intersection(layer.geometry, around), _WATER_M)
    for kind, name, geometry in zip(layer.kind, layer.name, cut, strict=True):
        for part in shapely.get_parts(geometry):
            wanted = "Polygon" if kind == "area" else "LineString"
            if part.geom_type == wanted and (line := ground.flat(part)):
                yield [kind, name, line]


def _names(
    ground: _Ground, around: BaseGeometry, names: Layer, buildings: Layer, water: Layer
) -> list[list[Any]]:
    """Return the names of places, houses and waters, each once."""
    found: dict[tuple[str, str], list[Any]] = {}
    for kind, layer in ((None, names), ("place", buildings), ("water", water)):
        for own, name, geometry in zip(layer.kind, layer.name, layer.geometry, strict=True):
            inner = shapely.point_on_surface(shapely.intersection(geometry, around))
            if name and not inner.is_empty:
                y, x = ground.units(shapely.get_coordinates(inner))[0]
                found.setdefault((kind or own, name), [kind or own, name, int(y), int(x)])
    return list(found.values())
