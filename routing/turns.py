"""From the steps of a route to the lines of a turn list, as codes: words are made where they are read.

A step of OSRM says what to do and then how far to go; a line of ours says
along what, how far, and then what to do, because that is how a person tells
the way: "along the dike for 300 m, over the bridge, then left". Steps too
short to be noticed are joined to the line before, and so is what goes
straight on along the same way.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise
from math import cos, radians
from typing import Any

import numpy as np
import shapely

from fieldmap.models import Position, Snapshot
from fieldmap.plans import Turn
from routing.shapes import Landmark, RouteShape, Step, way_kind
from routing.travel import EARTH_RADIUS_M

__all__ = ["LANDMARK_M", "OFF_ROAD_M", "SHORT_M", "landmarks_of", "turn_list"]

SHORT_M = 15
"""A step shorter than this, in metres, is no line of its own."""

OFF_ROAD_M = 30
"""A door farther from its road than this, in metres, gets a line from the road to the door."""

LANDMARK_M = 60.0
"""How near something with a name must stand to a turn to be told, in metres."""

_ANGLES = {
    "straight": 0,
    "slight right": 45,
    "right": 90,
    "sharp right": 135,
    "back": 180,
    "sharp left": -135,
    "left": -90,
    "slight left": -45,
}
_DIRECTIONS = {angle % 360: then for then, angle in _ANGLES.items()}
_WINDS = ("n", "ne", "e", "se", "s", "sw", "w", "nw")
_ON = ("new name", "notification", "merge")
_ROUND = ("roundabout", "rotary")
_OVER = ("bridge", "steps", "ferry")


def turn_list(shape: RouteShape, stop_ids: Sequence[str], sites: Iterable[Landmark] = ()) -> tuple[Turn, ...]:
    """Return the turn list of a route.

    Parameters
    ----------
    shape
        The route; without legs there is no list.
    stop_ids
        The planned stop at the end of each leg; empty for the way back.
    sites
        What people know the places by, beside what the base map names.
    """
    if not shape.legs:
        return ()
    known = _Landmarks.beside(shape, sites)
    lines: list[Turn] = []
    for number, (leg, stop_id) in enumerate(zip(shape.legs, stop_ids, strict=True)):
        told = _leg(leg, stop_id)
        was_off_m, off_m = shape.snap_m[number : number + 2]
        same_door = told[-1].way == "here" and off_m == was_off_m
        if off_m >= OFF_ROAD_M and not same_door:
            told = [*told[:-1], *_leaving(told[-1], off_m, shape.places[number + 1])]
        lines += known.named(told)
    return tuple(lines)


def landmarks_of(snapshot: Snapshot) -> tuple[Landmark, ...]:
    """Return the sites of a county as landmarks: the school, the clinic, the station."""
    placed = [(site.name, site.position) for site in snapshot.sites.values() if site.position is not None]
    return tuple(Landmark(name, shapely.Point(place.lon, place.lat)) for name, place in placed)


def _leg(steps: Sequence[Step], stop_id: str) -> list[Turn]:
    lines = _joined(_noticed(_round([_line(a, b, stop_id) for a, b in pairwise(steps)])))
    if sum(line.distance_m for line in lines) >= SHORT_M:
        return lines
    here = _line(steps[0], steps[-1], stop_id)
    return [replace(here, way="here", name="", distance_m=0, heading="", over=(), then="arrive")]


def _line(step: Step, after: Step, stop_id: str) -> Turn:
    """Return the line of one step, which the step after it ends."""
    name = step.name
    way = "road" if name else way_kind(step.highway) or "road"
    if "ferry" in step.classes:
        way = "ferry"
    elif "dike" in step.classes and not name:
        way = "dike"
    return Turn(
        stop_id=stop_id,
        way=way,
        name=name,
        distance_m=step.distance_m,
        heading=_WINDS[round(step.heading / 45) % 8] if step.kind == "depart" else "",
        over=tuple(c for c in _OVER if c in step.classes and c != way),
        then=_then(after),
        exit=after.exit if after.kind in _ROUND else 0,
        landmark="",
        at=after.position,
    )


def _then(step: Step) -> str:
    """Return what to do at the beginning of a step."""
    if step.kind == "arrive":
        return f"arrive {step.modifier}" if step.modifier in ("left", "right") else "arrive"
    if step.kind in _ROUND:
        return "roundabout"
    if step.kind.startswith("exit "):
        return "exit"
    direction = "back" if step.modifier == "uturn" else step.modifier
    if step.kind in _ON and direction.startswith("slight"):
        return "straight"  # a bend, not a turn
    return direction if direction in _ANGLES else "straight"


def _round(lines: Sequence[Turn]) -> list[Turn]:
    """Join the way around a roundabout to the way out of it."""
    done: list[Turn] = []
    around = 0
    for line in lines:
        if line.then == "exit":
            around += line.distance_m
        else:
            done.append(replace(line, distance_m=line.distance_m + around))
            around = 0
    return done


def _noticed(lines: Sequence[Turn]) -> list[Turn]:
    """Drop the lines that are too short, adding their turn to the one before."""
    done: list[Turn] = []
    ahead: Turn | None = None
    for line in lines:
        if ahead is not None:
            line, ahead = _starting(ahead, line), None
        short = line.distance_m < SHORT_M and line.way != "ferry"
        if not short or (done and not _joins(done[-1], line)):
            done.append(line)
        elif done:
            done[-1] = _on(done[-1], line, _both(done[-1].then, line.then))
        elif line.heading and line.then in _ANGLES:
            ahead = line
        else:
            done.append(line)
    return done


def _starting(short: Turn, line: Turn) -> Turn:
    """Return the first line with the few metres before it; one sets out where it leads."""
    turned = _WINDS.index(short.heading) + _ANGLES[short.then] // 45
    metres = short.distance_m + line.distance_m
    return replace(line, heading=_WINDS[turned % 8], distance_m=metres, over=_over(line, short))


def _joins(before: Turn, line: Turn) -> bool:
    """Return whether a short line may go: its turn and the one before it add up to one."""
    return before.then in _ANGLES and (line.then in _ANGLES or before.then == "straight")


def _both(first: str, second: str) -> str:
    if second not in _ANGLES:
        return second
    return _DIRECTIONS[(_ANGLES[first] + _ANGLES[second]) % 360]


def _on(line: Turn, more: Turn, then: str) -> Turn:
    """Return a line that goes on to the end of the next one."""
    return replace(
        line,
        distance_m=line.distance_m + more.distance_m,
        over=_over(line, more),
        then=then,
        exit=more.exit,
        at=more.at,
    )


def _over(kept: Turn, dropped: Turn) -> tuple[str, ...]:
    met = {*kept.over, *dropped.over, dropped.way}
    return tuple(c for c in _OVER if c in met and c != kept.way)


def _joined(lines: Sequence[Turn]) -> list[Turn]:
    """Join what goes straight on along the same way."""
    done: list[Turn] = []
    for line in lines:
        last = done[-1] if done else None
        if last is not None and last.then == "straight" and (last.way, last.name) == (line.way, line.name):
            done[-1] = _on(last, line, line.then)
        else:
            done.append(line)
    return done


def _leaving(last: Turn, off_m: int, door: Position) -> list[Turn]:
    """Return the last line and one from the road to a door away from it."""
    off = replace(last, way="off", name="", distance_m=off_m, heading="", over=(), at=door)
    return [off] if last.way == "here" else [replace(last, then=""), off]


@dataclass(frozen=True, slots=True)
class _Landmarks:
    """What stands beside a route, to be found by place; in metres from where it begins."""

    names: tuple[str, ...]
    tree: shapely.STRtree
    origin: tuple[float, float]

    @classmethod
    def beside(cls, shape: RouteShape, sites: Iterable[Landmark]) -> _Landmarks:
        known = sorted((*sites, *shape.landmarks), key=lambda landmark: landmark.name)
        origin = shape.geometry[0]
        shapes = np.array([landmark.geometry for landmark in known], np.object_)
        tree = shapely.STRtree(_metres(shapes, origin))
        return cls(tuple(landmark.name for landmark in known), tree, origin)

    def named(self, lines: Sequence[Turn]) -> list[Turn]:
        """Return lines with the landmark of each turn, the same not twice running."""
        done: list[Turn] = []
        for line in lines:
            turns = line.then not in ("", "straight") and not line.then.startswith("arrive")
            found = self._at(line.at) if turns else ""
            told = done[-1].landmark if done else ""
            done.append(replace(line, landmark="" if found in (told, line.name) else found))
        return done

    def _at(self, place: Position) -> str:
        spot = _metres(shapely.Point(place.lon, place.lat), self.origin)
        found = self.tree.query_nearest(spot, max_distance=LANDMARK_M)
        return self.names[min(found)] if len(found) else ""


def _metres(geometry: Any, origin: tuple[float, float]) -> Any:
    """Return geometries in degrees as metres from a point: good for the few kilometres of a route."""
    scale = radians(1) * EARTH_RADIUS_M * np.array([cos(radians(origin[1])), 1.0])
    return shapely.transform(geometry, lambda xy: (xy - origin) * scale)
