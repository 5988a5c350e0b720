"""Sweeps from door to door (摸排) in every third grid: what the phones of its 网格员 would have sent.

The dwellings that no ledger names are the houses left over in a grid. A few of
them are in need; ``truth.json`` says how many, so that an estimate made from
the doors that were answered can be held against it.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta
from random import Random
from typing import Any

from sample_data.grids import grid_of
from sample_data.people import Door
from sample_data.recipe import Recipe
from sample_data.township import Station

__all__ = ["SWEEP_COLUMNS", "GridSweep", "sweeps"]

SWEEP_COLUMNS = ("grid_code", "building", "doors", "door", "result", "day")
"""One row is one door that was tapped; without a door it says only that there is such a building."""

_EVERY_GRID = 3
_VACANT = 0.15
_NEED_SHAPE = (2.0, 30.0)


@dataclass(frozen=True, slots=True)
class _Tap:
    building: str
    doors: int
    door: str = ""
    result: str = ""
    day: str = ""


@dataclass(frozen=True, slots=True)
class GridSweep:
    """The sweep of a grid and the truth about its dwellings that no ledger names.

    Attributes
    ----------
    dwellings, in_need
        Those that no ledger names, and those of them that should be on one.
    """

    grid_code: str
    taps: tuple[_Tap, ...]
    dwellings: int
    in_need: int

    def rows(self) -> Iterator[dict[str, Any]]:
        """Yield the rows of ``sweeps.csv``."""
        for tap in self.taps:
            yield {
                "grid_code": self.grid_code,
                "building": tap.building,
                "doors": tap.doors,
                "door": tap.door,
                "result": tap.result,
                "day": tap.day,
            }

    def truth(self) -> dict[str, int]:
        """Return what ``truth.json`` says of the grid."""
        found = sum(tap.result == "need" and tap.door.isdigit() for tap in self.taps)
        return {"unlisted_dwellings": self.dwellings, "in_need": self.in_need, "found": found}


def sweeps(recipe: Recipe, station: Station) -> list[GridSweep]:
    """Return the sweeps of a station; those of one grid do not depend on the others."""
    houses = Counter(grid_of(station.grids, house).code for house in station.buildings)
    doors: defaultdict[str, list[Door]] = defaultdict(list)
    for household in station.houses:
        doors[household.door.grid_code].append(household.door)
    found = []
    for grid in station.grids[::_EVERY_GRID]:
        own = doors[grid.code]
        rng = recipe.random("sweep", grid.code)
        found.append(_sweep(recipe, rng, grid.code, own, max(0, houses[grid.code] - len(own))))
    return found


def _sweep(recipe: Recipe, rng: Random, grid_code: str, doors: list[Door], others: int) -> GridSweep:
    listed: defaultdict[str, list[str]] = defaultdict(list)
    for door in doors:
        building, label = _parts(door)
        if building:
            listed[building].append(label)
    names = sorted(listed)
    each = [others // len(names) + (k < others % len(names)) for k in range(len(names))] if names else []
    prevalence, share, away = rng.betavariate(*_NEED_SHAPE), rng.uniform(0.4, 0.9), rng.uniform(0.1, 0.3)
    day = (recipe.start - timedelta(days=rng.randint(2, 40))).isoformat()
    taps: list[_Tap] = []
    in_need = 0
    for name, unlisted in zip(names, each, strict=True):
        need = [rng.random() < prevalence for _ in range(unlisted)]
        in_need += sum(need)
        count = len(listed[name]) + unlisted
        if rng.random() > share:
            taps.append(_Tap(name, count))
            continue
        taps += [_Tap(name, count, label, _answer(rng, True, away), day) for label in listed[name]]
        taps += [_Tap(name, count, str(k + 1), _answer(rng, n, away), day) for k, n in enumerate(need)]
    return GridSweep(grid_code, tuple(taps), sum(each), in_need)


def _answer(rng: Random, need: bool, away: float) -> str:
    if rng.random() < away:
        return "nobody_home"
    if need:
        return "need"
    return "vacant" if rng.random() < _VACANT else "no_need"


def _parts(door: Door) -> tuple[str, str]:
    """Return the building or group of a door and what is left; nothing for a room of the institution."""
    place = door.address.partition(door.village)[2]
    for mark in ("组", "号"):
        building, found, label = place.partition(mark)
        if found and label and not door.institution:
            return building + mark, label
    return "", ""
