"""Where things lie: the townships of a county, their villages and their river.

All in metres of the county's plane (:mod:`sample_data.frame`). Division codes
follow the 12-digit statistics code (2+2+2+3+3) under the area 99, which is no
province; communities are numbered from 001, villages from 201.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from math import hypot, pi, sin
from random import Random

import shapely
from shapely import LineString, MultiPoint, Polygon
from shapely.geometry.base import BaseGeometry

from sample_data.frame import Point
from sample_data.names import CITY, COUNTY, township_names, village_names
from sample_data.recipe import Recipe

__all__ = ["Division", "Township", "Village", "county_code", "county_divisions", "cut", "lay_out"]

_FROM_RIVER_M = 420
_FROM_TOWN_M = 1_350
_FROM_EDGE_M = 550
_COMMUNITIES = (("001", "西街社区"), ("002", "东街社区"))


@dataclass(frozen=True, slots=True)
class Division:
    """One row of ``divisions.csv``; level 1 city, 2 county, 3 township, 4 village."""

    code: str
    name: str
    level: int
    parent_code: str
    urban: bool


@dataclass(frozen=True, slots=True)
class Village:
    """A village or an urban community: its centre and its land."""

    code: str
    name: str
    urban: bool
    centre: Point
    land: Polygon

    @property
    def short(self) -> str:
        """The name as people say it, without 村 or 社区."""
        return self.name.removesuffix("社区").removesuffix("村")


@dataclass(frozen=True)
class Township:
    """A square of land with a town in the middle and a river south of it."""

    index: int
    code: str
    name: str
    origin: Point
    tile_m: int
    phase: float
    villages: tuple[Village, ...]

    @property
    def half(self) -> float:
        """Half the edge of the square."""
        return self.tile_m / 2

    def river_y(self, x: float) -> float:
        """Return where the river runs at x; at both edges always the same, so that neighbours join."""
        t = (x - self.origin[0]) / self.tile_m
        return self.origin[1] + _river(t, self.tile_m, self.phase)

    @cached_property
    def river(self) -> LineString:
        """The middle of the river, one point every 100 m."""
        steps = self.tile_m // 100
        xs = [self.origin[0] - self.half + k * self.tile_m / steps for k in range(steps + 1)]
        return LineString([(x, round(self.river_y(x), 2)) for x in xs])

    @property
    def landing(self) -> float:
        """Where along the river the ferry crosses."""
        return round(self.origin[0] + 0.4 * self.tile_m, 2)

    @property
    def hamlet(self) -> Point:
        """The middle of the hamlet behind the river."""
        return self.landing, round(self.river_y(self.landing) - 250, 2)

    def village_at(self, point: Point) -> int:
        """Return the index of the village on whose land a point lies."""
        distances = [hypot(v.centre[0] - point[0], v.centre[1] - point[1]) for v in self.villages]
        return distances.index(min(distances))


def _river(t: float, tile: int, phase: float) -> float:
    taper = sin(pi * (t + 0.5))
    return tile * (-0.115 + taper * (0.03 * sin(4 * pi * t + phase) + 0.012 * sin(9 * pi * t)))


def county_code(recipe: Recipe) -> str:
    """Return the six digits of the made county; 9901… is no place."""
    return f"9901{recipe.county:02d}"


def county_divisions(recipe: Recipe, townships: list[Township]) -> list[Division]:
    """Return the divisions from the city down, in the order of their codes."""
    city, county = "990100000000", f"{county_code(recipe)}000000"
    rows = [Division(city, CITY, 1, "", True), Division(county, COUNTY, 2, city, False)]
    for town in townships:
        rows.append(Division(town.code, town.name, 3, county, False))
        rows += [Division(v.code, v.name, 4, town.code, v.urban) for v in town.villages]
    return rows


def lay_out(recipe: Recipe) -> list[Township]:
    """Return the townships, west to east and north to south; no two places share a name."""
    names = township_names(recipe.random("townships"), recipe.stations)
    rural = recipe.villages - len(_COMMUNITIES)
    villages = village_names(recipe.random("villages"), rural * recipe.stations)
    towns = []
    for index, name in enumerate(names):
        prefix = name[:2] if recipe.stations > 1 else ""
        labels = [(number, prefix + community, True) for number, community in _COMMUNITIES]
        own = villages[index * rural : (index + 1) * rural]
        labels += [(f"{201 + k}", f"{village}村", False) for k, village in enumerate(own)]
        towns.append(_township(recipe, index, name, labels))
    return towns


def _township(recipe: Recipe, index: int, name: str, labels: list[tuple[str, str, bool]]) -> Township:
    rng = recipe.random("places", index)
    tile = recipe.tile_m
    origin = (float(index % recipe.columns * tile), float(-(index // recipe.columns) * tile))
    phase = rng.uniform(0, 2 * pi)
    code = f"{county_code(recipe)}{100 + index:03d}"
    centres = _centres(rng, recipe, phase)
    centres = [(round(origin[0] + x, 2), round(origin[1] + y, 2)) for x, y in centres]
    lands = _lands(centres, origin, tile)
    villages = tuple(
        Village(code + number, label, urban, centre, land)
        for (number, label, urban), centre, land in zip(labels, centres, lands, strict=True)
    )
    return Township(index, code + "000", name, origin, tile, phase, villages)


def _centres(rng: Random, recipe: Recipe, phase: float) -> list[Point]:
    """Place the two communities in the middle and the villages far from each other."""
    tile, placed = recipe.tile_m, [(-340.0, 60.0), (340.0, 60.0)]
    reach = tile / 2 - _FROM_EDGE_M
    while len(placed) < recipe.villages:
        best, best_gap = (0.0, 0.0), -1.0
        for _ in range(40):
            x, y = rng.uniform(-reach, reach), rng.uniform(-reach, reach)
            off_river = abs(y - _river(x / tile, tile, phase))
            if off_river < _FROM_RIVER_M or hypot(x, y - 60) < _FROM_TOWN_M:
                continue
            gap = min(hypot(x - px, y - py) for px, py in placed)
            if gap > best_gap:
                best, best_gap = (x, y), gap
        if best_gap >= 0:
            placed.append(best)
    return placed[:2] + sorted(placed[2:], key=lambda p: (-round(p[1] / tile * 4), p[0]))


def cut(land: BaseGeometry, box: Polygon) -> Polygon:
    """Return the part of a convex piece of land that lies in a box."""
    part = land.intersection(box)
    if not isinstance(part, Polygon):
        raise TypeError(f"a {part.geom_type} was left of a convex piece of land: its box must overlap it")
    return part


def _lands(centres: list[Point], origin: Point, tile: int) -> list[Polygon]:
    """Divide the square among the centres, to whom each point is nearest."""
    half = tile / 2
    box = shapely.box(origin[0] - half, origin[1] - half, origin[0] + half, origin[1] + half)
    cells = shapely.voronoi_polygons(MultiPoint(centres), extend_to=box, ordered=True)
    return [cut(cell, box) for cell in cells.geoms]
