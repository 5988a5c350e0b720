"""Sweeps (摸排): every door of a grid, building by building, and what was found behind it.

The buildings are those that known addresses name and those that the grid
manager added. Of one name in one grid there is one building: who adds it again
says anew how many doors it has.
"""

from __future__ import annotations

import hashlib
import re
from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, timedelta

from fieldmap.doors import door_in_building, plain_address
from fieldmap.incoming import Building, DoorResult, SweepResult
from fieldmap.models import Household

__all__ = [
    "COUNTS_DAYS",
    "LABEL_LENGTH",
    "MOST_DOORS",
    "Door",
    "Progress",
    "SweptBuilding",
    "natural",
    "numbered",
    "progress_of",
    "sweep_of",
]

COUNTS_DAYS = 180
"""For how many days a door counts as swept; ours, for two sweeps a year."""

LABEL_LENGTH = 20
"""Longest label of a door, in characters."""

MOST_DOORS = 2000
"""Doors of one building."""


@dataclass(frozen=True, slots=True)
class Door:
    """A door of a building.

    Attributes
    ----------
    household_id
        The household of the ledger behind it; empty where none is known.
    result
        What was found there last; None where nobody has been within :data:`COUNTS_DAYS`.
    """

    label: str
    household_id: str = ""
    result: SweepResult | None = None


@dataclass(frozen=True, slots=True)
class SweptBuilding:
    """A building with its doors; an empty name is the doors whose addresses name no building.

    Attributes
    ----------
    id
        Made from the grid and the name, so that phones that add it agree.
    ids
        Under which phones sent that there is one of this name.
    """

    id: str
    name: str
    doors: tuple[Door, ...]
    ids: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Progress:
    """How far a sweep has come, in doors."""

    doors: int = 0
    need: int = 0
    no_need: int = 0
    vacant: int = 0
    nobody_home: int = 0

    @property
    def known(self) -> int:
        """Return the doors with an answer; one where nobody opened has none yet."""
        return self.need + self.no_need + self.vacant

    def __add__(self, other: Progress) -> Progress:
        return Progress(
            self.doors + other.doors,
            self.need + other.need,
            self.no_need + other.no_need,
            self.vacant + other.vacant,
            self.nobody_home + other.nobody_home,
        )


def progress_of(buildings: Iterable[SweptBuilding]) -> Progress:
    """Return how far the sweep of some buildings has come."""
    return sum((_progress(building) for building in buildings), Progress())


def _progress(building: SweptBuilding) -> Progress:
    found = [door.result.result for door in building.doors if door.result]
    return Progress(
        len(building.doors),
        need=found.count(DoorResult.NEED),
        no_need=found.count(DoorResult.NO_NEED),
        vacant=found.count(DoorResult.VACANT),
        nobody_home=found.count(DoorResult.NOBODY_HOME),
    )


def sweep_of(
    grid_code: str,
    village: str,
    households: Iterable[Household],
    buildings: Iterable[Building],
    results: Iterable[SweepResult],
    today: date,
) -> tuple[SweptBuilding, ...]:
    """Return the buildings of a grid with their doors and what was found there last.

    Parameters
    ----------
    village
        The name of the grid's village: what stands before it in an address is left aside.
    households, buildings, results
        Those of other grids do not count; nor do results older than :data:`COUNTS_DAYS`.

    Returns
    -------
    tuple of SweptBuilding
        By name, the doors without a building last; the doors of each in their
        natural order. A building has the doors that are known and those
        that were swept; where the manager said that there are more, the rest
        is numbered. One that she took back (0 doors) is left out unless
        somebody knows a door of it.
    """
    since = today - timedelta(days=COUNTS_DAYS)
    known = _known((h for h in households if h.grid_code == grid_code), village)
    added = sorted((b for b in buildings if b.grid_code == grid_code), key=lambda b: (b.at, b.id))
    said = {_name(building): building for building in added}
    ids = {building.id: _id(grid_code, _name(building)) for building in added}
    last = _last((r for r in results if r.grid_code == grid_code and r.day >= since), ids)
    made = []
    for name in sorted(known.keys() | said.keys(), key=lambda name: (not name, natural(name))):
        key = _id(grid_code, name)
        doors = _doors(known.get(name, {}), last.get(key, {}), said[name].doors if name in said else 0)
        if not doors:
            continue
        shown = said[name].name if name in said and name not in known else name
        made.append(SweptBuilding(key, shown, doors, tuple(i for i, own in ids.items() if own == key)))
    return tuple(made)


def _id(grid_code: str, name: str) -> str:
    """Return the id of a building: the same on every phone, with nothing of an address in it."""
    return hashlib.sha256(f"{grid_code} {name}".encode()).hexdigest()[:32]


def _name(building: Building) -> str:
    return plain_address(building.name) or building.name


def _known(households: Iterable[Household], village: str) -> dict[str, dict[str, str]]:
    """Return building → door → household, of the addresses that say which door."""
    found: defaultdict[str, dict[str, str]] = defaultdict(dict)
    for household in sorted(households, key=lambda h: h.id):
        building, door = door_in_building(household.address, village)
        if door:
            found[building].setdefault(door[:LABEL_LENGTH], household.id)
    return found


def _last(results: Iterable[SweepResult], ids: Mapping[str, str]) -> dict[str, dict[str, SweepResult]]:
    """Return building → door → the last result."""
    found: defaultdict[str, dict[str, SweepResult]] = defaultdict(dict)
    for result in sorted(results, key=lambda r: (r.at, r.received_at, r.id)):
        found[ids.get(result.building_id, result.building_id)][result.door] = result
    return found


def _doors(known: Mapping[str, str], last: Mapping[str, SweepResult], least: int) -> tuple[Door, ...]:
    labels = sorted({*numbered(known, least), *last}, key=natural)
    return tuple(Door(label, known.get(label, ""), last.get(label)) for label in labels)


def numbered(labels: Iterable[str], doors: int) -> list[str]:
    """Return the labels of a building with at least so many doors, in their natural order.

    >>> numbered(["302", "201"], 0), numbered(["201"], 3), numbered([], 2)
    (['201', '302'], ['1', '2', '201'], ['1', '2'])
    """
    found = set(labels)
    number = 0
    while len(found) < doors:
        number += 1
        found.add(str(number))
    return sorted(found, key=natural)


def natural(label: str) -> list[tuple[int, int, str]]:
    """Return what puts labels in the order in which people read them.

    >>> sorted(["10", "9", "2单元1", "A"], key=natural)
    ['2单元1', '9', '10', 'A']
    """
    parts = re.findall(r"\d+|\D+", label)
    return [(0, int(part), "") if part.isdigit() else (1, 0, part) for part in parts]
