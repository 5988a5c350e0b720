"""The ways of a township: streets, lanes, footpaths, steps, bridges, dikes and a ferry.

Country roads follow the relative neighbourhood graph of the villages on each
side of the river: two places are linked where no third is nearer to both,
which gives detours like those of real country roads. Only bridges and the ferry cross
the river.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from math import dist, hypot, pi, sin
from random import Random

from shapely import LineString

from sample_data.crossings import join_crossings
from sample_data.frame import Point
from sample_data.lattice import Lattice, Shape, UnionFind
from sample_data.names import STREETS
from sample_data.places import Township
from sample_data.recipe import Recipe

__all__ = ["Way", "build_roads"]

_DIKE_M = 60.0
_HAMLET_M = (430, 950)

# Share of the way that a third place must be nearer to both ends to make a direct road
# superfluous: chosen so that detours come out like those of Puyang's townships.
_NEARER = 0.85
_BEND = 0.2


@dataclass(frozen=True, slots=True)
class Way:
    """A line with the tags OpenStreetMap has for it; ``doors`` where houses stand along it."""

    points: tuple[Point, ...]
    tags: dict[str, str] = field(default_factory=dict)
    doors: bool = False

    @property
    def line(self) -> LineString:
        """The way as a geometry."""
        return LineString(self.points)

    @property
    def on_water(self) -> bool:
        """True for the river and what is meant to cross it."""
        return not self.tags.keys().isdisjoint(("bridge", "route", "waterway"))


@dataclass(frozen=True, slots=True)
class _Crossing:
    x: float
    foot_only: bool = False


def build_roads(recipe: Recipe, town: Township) -> list[Way]:
    """Return all ways of one township, joined where they cross, in one connected piece."""
    rng = recipe.random("roads", town.index)
    ways = [*_town_streets(rng, town), *_village_lanes(rng, town)]
    crossings = _crossings(town)
    ways += _country_roads(rng, town, crossings)
    ways += _river_ways(rng, town, crossings)
    dry = [w for w in ways if w.on_water or not w.line.intersects(town.river)]
    return _connected(join_crossings(dry))


def _crossings(town: Township) -> list[_Crossing]:
    """Two bridges for everybody and one for walkers; the eastern third has none for cars."""
    cx, tile = town.origin[0], town.tile_m
    plan = [_Crossing(cx - 0.27 * tile), _Crossing(cx + 40), _Crossing(cx + 0.28 * tile, foot_only=True)]
    return [_Crossing(round(c.x, 2), c.foot_only) for c in plan]


def _bank(town: Township, x: float, side: int) -> Point:
    return round(x, 2), round(town.river_y(x) + side * _DIKE_M, 2)


# The town


def _town_lattice(town: Township) -> Lattice:
    shape = Shape(columns=13, rows=9, dx=112, dy=104, jitter=9, keep=0.72)
    centre = (town.origin[0], town.origin[1] + 60)
    return Lattice.grow(Random(f"town:{town.code}:{town.phase}"), centre, shape)


def _town_streets(rng: Random, town: Township) -> Iterator[Way]:
    lattice = _town_lattice(town)
    shape, names = lattice.shape, list(STREETS)
    main_row, main_column = shape.rows // 2, shape.columns // 2
    for row in (main_row, main_row - 2, main_row + 2):
        kind = "secondary" if row == main_row else "residential"
        yield Way(tuple(lattice.line(row=row)), {"highway": kind, "name": names.pop(0)}, doors=True)
    for column in (main_column, main_column - 3, main_column + 3):
        kind = "tertiary" if column == main_column else "residential"
        yield Way(tuple(lattice.line(column=column)), {"highway": kind, "name": names.pop(0)}, doors=True)
    drawn = {main_row, main_row - 2, main_row + 2}, {main_column, main_column - 3, main_column + 3}
    for a, b in lattice.edges:
        (r1, c1), (r2, c2) = divmod(a, shape.columns), divmod(b, shape.columns)
        if (r1 == r2 and r1 in drawn[0]) or (c1 == c2 and c1 in drawn[1]):
            continue
        shares = [6, 1, 2, 0] if (a, b) in lattice.tree else [4, 0, 1, 5]
        kind = rng.choices(["residential", "living_street", "service", "footway"], shares)[0]
        yield Way(_bent(rng, lattice.nodes[a], lattice.nodes[b], 0.03), {"highway": kind}, doors=True)


# The villages


def _village_lanes(rng: Random, town: Township) -> Iterator[Way]:
    for village in town.villages:
        if village.urban:
            continue
        shape = Shape(rng.randint(5, 8), rng.randint(5, 7), 56, 60, rng.uniform(0, pi / 2), keep=0.55)
        yield from _lanes(rng, Lattice.grow(rng, village.centre, shape))
        for _ in range(rng.choice((1, 2, 3))):
            yield from _hamlet(rng, town, village.centre)


def _lanes(rng: Random, lattice: Lattice) -> Iterator[Way]:
    for edge in lattice.edges:
        a, b = (lattice.nodes[i] for i in edge)
        yield Way(_bent(rng, a, b, 0.05), {"highway": _lane_kind(rng, lattice, edge)}, doors=True)


def _lane_kind(rng: Random, lattice: Lattice, edge: tuple[int, int]) -> str:
    """Let cars along the tree; what is left over is for walkers and tractors."""
    if lattice.is_main(edge):
        return "unclassified"
    if edge in lattice.tree:
        return rng.choice(("residential", "residential", "service"))
    return rng.choice(("residential", "path", "track"))


def _hamlet(rng: Random, town: Township, centre: Point) -> Iterator[Way]:
    """Grow a villager group some hundred metres off, on the same bank and the same land."""
    for _ in range(60):
        at = _off(rng, centre)
        inside = all(abs(p - o) < town.half - 200 for p, o in zip(at, town.origin, strict=True))
        own = town.villages[town.village_at(at)].centre == centre
        dry = LineString([centre, at]).distance(town.river) > 220
        if inside and own and dry:
            lattice = Lattice.grow(rng, at, Shape(3, 3, 48, 52, rng.uniform(0, pi / 2), keep=0.4))
            yield from _lanes(rng, lattice)
            yield Way(_bent(rng, centre, at, 0.12, pieces=4), {"highway": "unclassified"})
            return


def _off(rng: Random, centre: Point) -> Point:
    reach = rng.uniform(*_HAMLET_M)
    dx, dy = rng.uniform(-1, 1), rng.uniform(-1, 1)
    norm = hypot(dx, dy) or 1.0
    return round(centre[0] + reach * dx / norm, 2), round(centre[1] + reach * dy / norm, 2)


# The country


def _country_roads(rng: Random, town: Township, crossings: list[_Crossing]) -> Iterator[Way]:
    cx, cy = town.origin
    lattice = _town_lattice(town)
    gates = [(cx - town.half, cy), (cx + town.half, cy), (cx, cy + town.half), (cx, cy - town.half)]
    places = [v.centre for v in town.villages if not v.urban]
    anchors = [
        lattice.line(row=4)[0],
        lattice.line(row=4)[-1],
        lattice.line(column=6)[0],
        lattice.line(column=6)[-1],
    ]
    main = {*gates, *anchors}
    for side in (1, -1):
        heads = [_bank(town, c.x, side) for c in crossings]
        points = heads + [p for p in [*anchors, *gates, *places] if (p[1] > town.river_y(p[0])) == (side > 0)]
        main.update(_bank(town, c.x, side) for c in crossings if not c.foot_only)
        for a, b in _neighbours(points):
            if a in anchors and b in anchors:
                continue
            kind = "tertiary" if a in main and b in main else "unclassified"
            tags = {"highway": kind, "surface": "asphalt"} if kind == "tertiary" else {"highway": kind}
            bent = _bent(rng, a, b, _BEND, pieces=max(3, int(dist(a, b) / 120)))
            yield Way(_within(town, bent), tags)


def _neighbours(points: list[Point]) -> Iterator[tuple[Point, Point]]:
    """Link two points where no third is nearer to both of them than they are to each other."""
    for i, a in enumerate(points):
        for b in points[i + 1 :]:
            gap = _NEARER * dist(a, b)
            if not any(dist(a, p) < gap and dist(b, p) < gap for p in points if p not in (a, b)):
                yield a, b


def _bent(rng: Random, a: Point, b: Point, bend: float, pieces: int = 2) -> tuple[Point, ...]:
    """Return a line from a to b that swings to the sides by a share of its length."""
    dx, dy = b[0] - a[0], b[1] - a[1]
    waves = [rng.uniform(-bend, bend) / wave for wave in range(1, 5)]
    inner = []
    for k in range(1, pieces):
        t = k / pieces
        s = sum(height * sin(wave * pi * t) for wave, height in enumerate(waves, start=1))
        inner.append((round(a[0] + t * dx - s * dy, 2), round(a[1] + t * dy + s * dx, 2)))
    return (a, *inner, b)


def _within(town: Township, points: tuple[Point, ...]) -> tuple[Point, ...]:
    """Keep a road on the township's own square, so that it meets the next one at the gates only."""
    (cx, cy), reach = town.origin, town.half - 15
    inner = [
        (min(max(x, cx - reach), cx + reach), min(max(y, cy - reach), cy + reach)) for x, y in points[1:-1]
    ]
    return (points[0], *inner, points[-1])


# The river


def _river_ways(rng: Random, town: Township, crossings: list[_Crossing]) -> Iterator[Way]:
    yield Way(tuple((p[0], p[1]) for p in town.river.coords), {"waterway": "river", "name": "泾溪河"})
    xs = [c.x for c in crossings] + [town.landing]
    low, high = town.origin[0] - 0.4 * town.tile_m, town.origin[0] + 0.44 * town.tile_m
    xs += [round(low + k * 90, 2) for k in range(int((high - low) / 90))]
    for side, kind in ((1, "track"), (-1, "path")):
        dike = tuple(_bank(town, x, side) for x in sorted(set(xs)))
        yield Way(
            dike, {"highway": kind, "name": "河堤路"} if side > 0 else {"highway": kind, "embankment": "yes"}
        )
    for crossing in crossings:
        yield from _bridge(town, crossing)
    yield from _ferry_hamlet(rng, town)


def _bridge(town: Township, crossing: _Crossing) -> Iterator[Way]:
    north, south = _bank(town, crossing.x, 1), _bank(town, crossing.x, -1)
    if not crossing.foot_only:
        yield Way((north, south), {"highway": "tertiary", "bridge": "yes", "layer": "1"})
        return
    top, bottom = (north[0], round(north[1] - 14, 2)), (south[0], round(south[1] + 14, 2))
    yield Way((north, top), {"highway": "steps"})
    yield Way((top, bottom), {"highway": "footway", "bridge": "yes", "layer": "1"})
    yield Way((bottom, south), {"highway": "steps"})


def _ferry_hamlet(rng: Random, town: Township) -> Iterator[Way]:
    """Grow the hamlet behind the river: near as the crow flies, far for a car."""
    north, south = _bank(town, town.landing, 1), _bank(town, town.landing, -1)
    yield Way(
        (north, south),
        {"route": "ferry", "foot": "yes", "bicycle": "yes", "motor_vehicle": "no", "duration": "00:06"},
    )
    lattice = Lattice.grow(rng, town.hamlet, Shape(3, 3, 46, 50, rng.uniform(0, pi / 2), keep=0.5))
    yield from (Way(w.points, {"highway": "path"}, doors=True) for w in _lanes(rng, lattice))
    yield Way(_bent(rng, south, town.hamlet, 0.05), {"highway": "path"})


# One piece


def _connected(ways: list[Way]) -> list[Way]:
    """Drop what hangs on nothing: lanes whose only access lay across the water."""
    road = [w for w in ways if "waterway" not in w.tags]
    index: dict[Point, int] = {}
    for way in road:
        for point in way.points:
            index.setdefault(point, len(index))
    sets = UnionFind(len(index))
    for way in road:
        for a, b in zip(way.points, way.points[1:], strict=False):
            sets.join(index[a], index[b])
    size: dict[int, int] = {}
    for i in index.values():
        size[sets.find(i)] = size.get(sets.find(i), 0) + 1
    largest = max(size, key=lambda s: size[s])
    return [w for w in ways if "waterway" in w.tags or sets.find(index[w.points[0]]) == largest]
