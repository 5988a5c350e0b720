"""The shape of a route on the map, its steps, and what stands beside it."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from fieldmap.models import Position

if TYPE_CHECKING:
    from shapely.geometry.base import BaseGeometry

__all__ = ["Landmark", "RouteShape", "Step", "way_kind"]

_KINDS = {
    "main": ("motorway", "trunk", "primary", "secondary", "tertiary"),
    "road": ("unclassified", "road", "busway"),
    "lane": ("residential", "living_street", "service"),
    "track": ("track",),
    "path": ("path", "footway", "pedestrian", "cycleway", "bridleway", "corridor"),
    "steps": ("steps",),
    "ferry": ("ferry",),
}
_KIND_OF = {highway: kind for kind, several in _KINDS.items() for highway in several}


def way_kind(highway: str) -> str:
    """Return what people call a way that OpenStreetMap calls so; empty where nobody goes there.

    >>> [way_kind(highway) for highway in ("tertiary_link", "residential", "proposed")]
    ['main', 'lane', '']
    """
    return _KIND_OF.get(highway.removesuffix("_link"), "")


@dataclass(frozen=True, slots=True)
class Step:
    """One step of a route: what to do, then how far along which way.

    Attributes
    ----------
    kind, modifier
        OSRM's manoeuvre type and direction (``turn``, ``left``).
    exit
        Which exit of a roundabout, 1 upward; 0 where it is none.
    heading
        Degrees from north, clockwise, into which it leads off.
    name
        Of the way; empty where it has none.
    highway
        OpenStreetMap's kind of a way without a name; empty where it has one.
    classes
        Of ``bridge``, ``steps``, ``dike`` and ``ferry``, what lies on the way.
    """

    kind: str
    modifier: str
    name: str
    distance_m: int
    duration_s: int
    position: Position
    classes: tuple[str, ...] = ()
    highway: str = ""
    exit: int = 0
    heading: int = 0

    @classmethod
    def of(cls, step: Any) -> Step:
        """Return a step of OSRM's answer."""
        manoeuvre = step["maneuver"]
        lon, lat = manoeuvre["location"]
        metres = round(float(step["distance"]))
        # a step of no length lies on whatever way the door was put on
        crossings = [place for place in step["intersections"] if metres and "classes" in place]
        # routing/profiles/shared.lua names a nameless way "\tKIND\tNUMBER"
        name, _, told = str(step["name"]).partition("\t")
        return cls(
            kind=str(manoeuvre["type"]),
            modifier=str(manoeuvre["modifier"]) if "modifier" in manoeuvre else "",
            name=name,
            distance_m=metres,
            duration_s=round(float(step["duration"])),
            position=Position(float(lon), float(lat)),
            classes=tuple(sorted({str(c) for place in crossings for c in place["classes"]})),
            highway=told.partition("\t")[0],
            exit=int(manoeuvre["exit"]) if "exit" in manoeuvre else 0,
            heading=round(float(manoeuvre["bearing_after"])),
        )


@dataclass(frozen=True, slots=True)
class Landmark:
    """Something with a name that a person sees from the road; a point, line or area in WGS-84 degrees."""

    name: str
    geometry: BaseGeometry


@dataclass(frozen=True, slots=True)
class RouteShape:
    """A route through some positions, in their order.

    Attributes
    ----------
    geometry
        (longitude, latitude) in degrees, WGS-84.
    legs
        The steps between each position and the next; empty where there are no
        roads to follow.
    places, snap_m
        The positions, and how far each lies from the road.
    landmarks
        What the base map names beside it.
    """

    geometry: tuple[tuple[float, float], ...]
    distance_m: int = 0
    duration_s: int = 0
    legs: tuple[tuple[Step, ...], ...] = ()
    places: tuple[Position, ...] = ()
    snap_m: tuple[int, ...] = ()
    landmarks: tuple[Landmark, ...] = ()

    @classmethod
    def straight(cls, positions: Iterable[Position]) -> RouteShape:
        """Return the line from door to door where no roads are known; it has no length."""
        return cls(tuple((p.lon, p.lat) for p in positions))

    @property
    def classes(self) -> frozenset[str]:
        """Return every class that lies on the route."""
        return frozenset(c for leg in self.legs for step in leg for c in step.classes)
