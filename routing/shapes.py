"""The shape of a route on the map, and its turns."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from fieldmap.models import Position

__all__ = ["RouteShape", "Turn"]


@dataclass(frozen=True, slots=True)
class Turn:
    """One step of a route: what to do, then how far along which way.

    Attributes
    ----------
    kind, modifier
        OSRM's manoeuvre type and direction (``turn``, ``left``).
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

    @classmethod
    def of(cls, step: Any) -> Turn:
        """Return a step of OSRM's answer as a turn."""
        manoeuvre = step["maneuver"]
        lon, lat = manoeuvre["location"]
        metres = round(float(step["distance"]))
        # a step of no length lies on whatever way the door was put on
        crossings = [place for place in step["intersections"] if metres and "classes" in place]
        return cls(
            kind=str(manoeuvre["type"]),
            modifier=str(manoeuvre["modifier"]) if "modifier" in manoeuvre else "",
            name=str(step["name"]),
            distance_m=metres,
            duration_s=round(float(step["duration"])),
            position=Position(float(lon), float(lat)),
            classes=tuple(sorted({str(c) for place in crossings for c in place["classes"]})),
        )


@dataclass(frozen=True, slots=True)
class RouteShape:
    """A route on roads through some positions, in their order.

    Attributes
    ----------
    geometry
        (longitude, latitude) in degrees, WGS-84.
    legs
        The turns between each position and the next.
    snap_m
        How far each position lies from the road.
    """

    geometry: tuple[tuple[float, float], ...]
    distance_m: int
    duration_s: int
    legs: tuple[tuple[Turn, ...], ...]
    snap_m: tuple[int, ...]

    @property
    def classes(self) -> frozenset[str]:
        """Return every class that lies on the route."""
        return frozenset(c for leg in self.legs for turn in leg for c in turn.classes)
