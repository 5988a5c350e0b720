"""Which houses the clients live in, and how their doors are called."""

from __future__ import annotations

from collections.abc import Iterator
from math import dist

from sample_data.buildings import Building
from sample_data.grids import Grid, grid_of
from sample_data.names import STREETS
from sample_data.people import Door
from sample_data.places import Township
from sample_data.recipe import Recipe
from sample_data.sites import Site

__all__ = ["Doors"]

_PER_INSTITUTION = 65
_HAMLET_M = 120
_HAMLET_HOUSES = 6
_TOWN_SHARE = 0.5


class Doors:
    """Draw doors from the houses of a township: each once, until there are no more."""

    def __init__(
        self, recipe: Recipe, town: Township, houses: list[Building], grids: list[Grid], home: Site
    ) -> None:
        """Take the houses, the grids they lie in, and the care institution."""
        self._rng = recipe.random("doors", town.index)
        self._count = recipe.households_of(town.index)
        self._town = town
        self._houses = houses
        self._grids = grids
        self._home = home
        self._numbers: dict[str, int] = {}

    def draw(self) -> Iterator[Door]:
        """Yield the doors: far farms, the hamlet, rooms of the institution, then houses by chance."""
        first = [h for h in self._houses if h.far] + self._behind_the_river()
        rooms = max(1, self._count // _PER_INSTITUTION)
        yield from (self._door(h) for h in first)
        yield from (self._room(k) for k in range(1, rooms + 1))
        near = [h for h in self._houses if h not in first and self._counts(h)]
        left = self._count - len(first) - rooms
        while left > 0:
            some = self._rng.sample(near, min(left, len(near)))
            left -= len(some)
            yield from (self._door(h) for h in some)

    def _behind_the_river(self) -> list[Building]:
        """Return some houses of the hamlet that only a ferry and a dike path lead to."""
        return [h for h in self._houses if dist(h.centre, self._town.hamlet) < _HAMLET_M][:_HAMLET_HOUSES]

    def _counts(self, house: Building) -> bool:
        """Leave out half of the town's houses, whose people need no station."""
        return not self._town.villages[house.village].urban or self._rng.random() < _TOWN_SHARE

    def _door(self, house: Building) -> Door:
        village = self._town.villages[house.village]
        number = self._numbers[village.code] = self._numbers.get(village.code, 0) + 1
        if village.urban:
            room = 101 + number % 2 + 100 * (number % 5)
            place = f"{STREETS[number % len(STREETS)]}{10 + number // 4}号{1 + number % 3}单元{room}"
        else:
            place = f"{1 + number % 6}组{number}号"
        address = f"{self._town.name}{village.name}{place}"
        return Door(
            house.centre, village.code, village.name, grid_of(self._grids, house).code, address, far=house.far
        )

    def _room(self, k: int) -> Door:
        """Return a room of the care institution; it lies in the grid of its spot."""
        village = self._town.villages[self._town.village_at(self._home.at)]
        spot = Building(self._home.at, 0.0, self._town.villages.index(village))
        address = f"{self._town.name}{village.name}{self._home.name}{100 + k}室"
        return Door(
            self._home.at,
            village.code,
            village.name,
            grid_of(self._grids, spot).code,
            address,
            institution=True,
        )
