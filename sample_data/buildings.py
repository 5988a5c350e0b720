"""Houses along the lanes, and a few far from any road."""

from __future__ import annotations

from dataclasses import dataclass
from math import atan2, cos, hypot, pi, sin
from random import Random

import numpy as np
import shapely

from sample_data.frame import Point
from sample_data.places import Township
from sample_data.recipe import Recipe
from sample_data.roads import Way

__all__ = ["Building", "build_houses"]

_EVERY_M = 23.0
_CELL_M = 13.0
_FAR_M = 290.0
_FAR_HOUSES = 6


@dataclass(frozen=True, slots=True)
class Building:
    """A house: the middle of it, how it is turned, and on whose land it stands."""

    centre: Point
    turn: float
    village: int
    far: bool = False

    def corners(self) -> list[Point]:
        """Return the four corners, the first again at the end."""
        c, s = cos(self.turn), sin(self.turn)
        box = [(-5.5, -4), (5.5, -4), (5.5, 4), (-5.5, 4), (-5.5, -4)]
        return [
            (round(self.centre[0] + x * c - y * s, 2), round(self.centre[1] + x * s + y * c, 2))
            for x, y in box
        ]


def build_houses(recipe: Recipe, town: Township, ways: list[Way]) -> list[Building]:
    """Return the houses of a township; those far from the road come last."""
    rng = recipe.random("houses", town.index)
    roads = shapely.STRtree(np.array([w.line for w in ways if "highway" in w.tags]))
    spots = _beside(rng, [w for w in ways if w.doors])
    points = shapely.points([s[0] for s in spots])
    blocked = set(roads.query(points, predicate="dwithin", distance=7.0)[0].tolist())
    taken: set[tuple[int, int]] = set()
    houses = []
    for i, (centre, turn) in enumerate(spots):
        cell = (int(centre[0] // _CELL_M), int(centre[1] // _CELL_M))
        if i in blocked or any((cell[0] + a, cell[1] + b) in taken for a in (-1, 0, 1) for b in (-1, 0, 1)):
            continue
        taken.add(cell)
        houses.append(Building(centre, turn, town.village_at(centre)))
    return houses + _far_houses(rng, town, roads)


def _beside(rng: Random, ways: list[Way]) -> list[tuple[Point, float]]:
    spots: list[tuple[Point, float]] = []
    for way in ways:
        for a, b in zip(way.points, way.points[1:], strict=False):
            length = hypot(b[0] - a[0], b[1] - a[1])
            turn = atan2(b[1] - a[1], b[0] - a[0])
            for k in range(int(length // _EVERY_M)):
                along = (k + 0.5) * _EVERY_M
                for side in (1, -1):
                    if rng.random() < 0.8:
                        off = side * rng.uniform(9.5, 14)
                        x = a[0] + along * cos(turn) - off * sin(turn)
                        y = a[1] + along * sin(turn) + off * cos(turn)
                        spots.append(((round(x, 2), round(y, 2)), turn))
    return spots


def _far_houses(rng: Random, town: Township, roads: shapely.STRtree) -> list[Building]:
    """Return a few farms out in the fields: their snap to the road is an issue to be shown."""
    found: list[Building] = []
    reach = town.half - 400
    for _ in range(20_000):
        if len(found) == _FAR_HOUSES:
            break
        at = (
            round(town.origin[0] + rng.uniform(-reach, reach), 2),
            round(town.origin[1] + rng.uniform(-reach, reach), 2),
        )
        point = shapely.Point(at)
        if (
            not len(roads.query(point, predicate="dwithin", distance=_FAR_M))
            and point.distance(town.river) > 150
        ):
            found.append(Building(at, rng.uniform(0, pi), town.village_at(at), far=True))
    return found
