"""What is to be made: the few numbers that everything else follows from."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from math import ceil, sqrt
from random import Random
from typing import Any, Literal

__all__ = ["PEOPLE_PER_HOUSEHOLD", "Preset", "Recipe"]

Preset = Literal["town", "rural"]

PEOPLE_PER_HOUSEHOLD = 1.625
"""Clients behind one door, on average; it follows from :mod:`sample_data.people`."""

PAST_DAYS = 120

_VILLAGES = {"town": 9, "rural": 54}
_TILE_M = {"town": 8_000, "rural": 12_000}


@dataclass(frozen=True, slots=True)
class Recipe:
    """How much to make, and from which seed.

    Attributes
    ----------
    households
        Households of the whole area, all stations together.
    start
        The first day the product works on: past visits end the day before.
    preset
        ``town`` has 2 communities and 7 villages on 8 × 8 km, ``rural`` has
        54 villages on 12 × 12 km; each per station.
    stations
        Townships, each with one station, side by side in one county.
    grids
        Grids of the whole area; None gives two to a village (town) or one
        (rural). A village has at least one.
    county
        Number of the county in its province, 1 to 99; it moves the place and
        the division codes.
    """

    seed: int = 1
    households: int = 760
    start: date = date(2026, 3, 20)
    preset: Preset = "town"
    stations: int = 1
    grids: int | None = None
    county: int = 1

    def __post_init__(self) -> None:
        """Refuse a recipe that cannot be made."""
        limits = {"households": (20, 10_000_000), "stations": (1, 99), "county": (1, 99)}
        for name, (low, high) in limits.items():
            value = getattr(self, name)
            if not low <= value <= high:
                raise ValueError(f"{name} is {value}: it must lie between {low} and {high}")
        if self.households < 20 * self.stations:
            raise ValueError(
                f"{self.households} households for {self.stations} stations: give at least 20 to each"
            )

    @classmethod
    def for_clients(cls, clients: int, **rest: Any) -> Recipe:
        """Return the recipe that makes about so many clients."""
        return cls(households=round(clients / PEOPLE_PER_HOUSEHOLD), **rest)

    @property
    def villages(self) -> int:
        """Villages and communities of one township."""
        return _VILLAGES[self.preset]

    @property
    def tile_m(self) -> int:
        """Edge of one township's square, in metres."""
        return _TILE_M[self.preset]

    @property
    def columns(self) -> int:
        """Townships in one row of the county."""
        return ceil(sqrt(self.stations))

    @property
    def first_day(self) -> date:
        """The first day of the past that is recorded."""
        return self.start - timedelta(days=PAST_DAYS)

    def households_of(self, station: int) -> int:
        """Households of one station; the remainder goes to the first ones."""
        return self.households // self.stations + (station < self.households % self.stations)

    def grids_of(self, station: int) -> int:
        """Grids of one station; at least one for each village."""
        total = self.grids or self.stations * self.villages * (2 if self.preset == "town" else 1)
        return max(self.villages, total // self.stations + (station < total % self.stations))

    def random(self, *label: object) -> Random:
        """Return a stream of its own for one purpose, so that parts do not shift each other."""
        return Random(":".join(map(str, (self.seed, self.county, *label))))
