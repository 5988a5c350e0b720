"""An OpenStreetMap file: whether it can be used, a box cut out of it, what a map draws of it.

The only door to osmium for plans.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import osmium

from fieldmap.errors import RoadError
from routing._index import Box, inside

__all__ = ["Feature", "cut", "features", "inspect"]

_READ = ("highway", "route", "waterway", "natural", "landuse", "building", "place", "name")
_WATER = {("natural", "water"), ("waterway", "riverbank"), ("landuse", "reservoir")}
_LINES = {"river", "stream", "canal", "drain", "ditch"}
_ROUTES = {"ferry"}
_SETTLED = {"town", "village", "hamlet", "isolated_dwelling", "suburb", "quarter", "neighbourhood"}


@dataclass(frozen=True, slots=True)
class Feature:
    """Something of the map.

    Attributes
    ----------
    layer
        ``roads``, ``water``, ``buildings`` or ``names``.
    kind
        Of a road OpenStreetMap's ``highway`` (or ``ferry``), of water
        ``area`` or ``line``, of a name ``village`` or ``place``.
    over
        ``bridge`` or ``dike``, of a road.
    wkb
        WGS-84 degrees: a line, a multipolygon or a point.
    """

    layer: str
    kind: str
    name: str
    over: str
    wkb: bytes


def inspect(pbf: Path, bbox: Box | None = None) -> Box:
    """Read the whole file once: that it can be read, has roads, and where; `bbox` is the answer where given.

    Raises
    ------
    RoadError
        It is missing, damaged or without roads.
    """
    if not pbf.is_file():
        raise RoadError("road.missing", pbf)
    try:
        header = osmium.io.Reader(str(pbf)).header().box()
        lons, lats, roads = [], [], 0
        for item in osmium.FileProcessor(str(pbf), osmium.osm.NODE | osmium.osm.WAY):
            if isinstance(item, osmium.osm.Way):
                roads += "highway" in item.tags
            elif isinstance(item, osmium.osm.Node):
                lons.append(item.lon)
                lats.append(item.lat)
    except RuntimeError as error:
        raise RoadError("road.unreadable", pbf.name, why=error) from None
    if not roads:
        raise RoadError("road.empty", pbf.name)
    if bbox is not None:
        return bbox
    if header.valid():
        corners = header.bottom_left, header.top_right
        return (corners[0].lon, corners[0].lat, corners[1].lon, corners[1].lat)
    return (min(lons), min(lats), max(lons), max(lats))


def cut(pbf: Path, bbox: Box, target: Path) -> Path:
    """Write what touches `bbox`: ways, whole, with their turn restrictions; waters; names.

    Raises
    ------
    RoadError
        There is no road in it.
    """
    found, kept = osmium.IdTracker(), 0
    with osmium.BackReferenceWriter(str(target), ref_src=str(pbf), remove_tags=False) as writer:
        for item in osmium.FileProcessor(str(pbf)):
            if isinstance(item, osmium.osm.Node):
                if inside(bbox, item.lon, item.lat):
                    found.add_node(item.id)
                    if "name" in item.tags:
                        writer.add(item)
            elif isinstance(item, osmium.osm.Way):
                if found.contains_any_references(item):
                    found.add_way(item.id)
                    writer.add(item)
                    kept += "highway" in item.tags
            elif _wanted(dict(item.tags)) and found.contains_any_references(item):
                writer.add(item)
    if not kept:
        raise RoadError("road.empty", f"{pbf.name} {bbox}")
    return target


def _wanted(relation: Mapping[str, str]) -> bool:
    return relation.get("type") == "restriction" or _is_water(relation)


def features(pbf: Path) -> Iterator[Feature]:
    """Yield what a map draws of a file that :func:`inspect` has passed; what is torn is left out."""
    shapes = osmium.geom.WKBFactory()
    kept = osmium.filter.KeyFilter(*_READ)
    for item in osmium.FileProcessor(str(pbf)).with_locations().with_areas(kept).with_filter(kept):
        tags = dict(item.tags)
        layer, kind = _drawn(item, tags)
        if layer and (wkb := _wkb(shapes, item)):
            yield Feature(layer, kind, tags.get("name", ""), _over(tags), wkb)


def _drawn(item: Any, tags: Mapping[str, str]) -> tuple[str, str]:
    """Return the layer and the kind of an item; empty where no map draws it."""
    if isinstance(item, osmium.osm.Area):
        return _area(tags)
    if isinstance(item, osmium.osm.Way):
        return _line(tags)
    return _point(tags) if isinstance(item, osmium.osm.Node) else ("", "")


def _wkb(shapes: Any, item: Any) -> bytes:
    """Return a geometry; empty where it is torn: a node is not in the file, a line has one point."""
    try:
        if isinstance(item, osmium.osm.Area):
            return bytes.fromhex(shapes.create_multipolygon(item))
        if isinstance(item, osmium.osm.Way):
            return bytes.fromhex(shapes.create_linestring(item))
        return bytes.fromhex(shapes.create_point(item))
    except (RuntimeError, osmium.InvalidLocationError):
        return b""


def _area(tags: Mapping[str, str]) -> tuple[str, str]:
    if tags.get("building", "no") != "no":
        return "buildings", "building"
    return ("water", "area") if _is_water(tags) else ("", "")


def _line(tags: Mapping[str, str]) -> tuple[str, str]:
    if "highway" in tags:
        return "roads", tags["highway"]
    if tags.get("route") in _ROUTES:
        return "roads", tags["route"]
    return ("water", "line") if tags.get("waterway") in _LINES else ("", "")


def _point(tags: Mapping[str, str]) -> tuple[str, str]:
    if "name" not in tags or tags.get("place", "village") not in _SETTLED:  # not the name of a whole county
        return "", ""
    return "names", "village" if "place" in tags else "place"


def _is_water(tags: Mapping[str, str]) -> bool:
    return any(tags.get(key) == value for key, value in _WATER)


def _over(tags: Mapping[str, str]) -> str:
    if tags.get("bridge", "no") != "no":
        return "bridge"
    dike = "dyke" in (tags.get("embankment"), tags.get("man_made")) or tags.get("embankment", "no") != "no"
    return "dike" if dike else ""
