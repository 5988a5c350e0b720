"""How many dwellings with somebody in need are on no ledger: an estimate from the sweeps.

It stands beside the official rates and is never inside them. Where nobody has
swept there is no source and no number.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date

import numpy as np
from numpy.typing import NDArray

from fieldmap._prevalence import Swept, draws
from fieldmap.counts import Households
from fieldmap.incoming import Building, DoorResult, SweepResult
from fieldmap.models import Snapshot
from fieldmap.sweeps import Door, SweptBuilding, sweep_of

__all__ = ["LEVEL", "METHOD", "Estimate", "Unregistered", "estimated", "on_ledger", "unregistered"]

LEVEL = 0.95
"""Chance that the interval is meant to hold the truth."""

METHOD = "beta-binomial"
"""How it is estimated: see :func:`unregistered`."""

# over 1,000 made towns the middle 95 % of the draws held the truth of 951: a little more is taken
_DRAWN = 0.97
_ANSWERS = frozenset({DoorResult.NEED, DoorResult.NO_NEED, DoorResult.VACANT})


@dataclass(frozen=True, slots=True)
class Estimate:
    """Dwellings with somebody in need who are on no ledger, of the doors that are listed.

    Attributes
    ----------
    value
        The mean of what is likely.
    low, high
        The interval, in whole dwellings.
    doors_known, doors
        Doors that are on the ledger or have an answer, of all that are listed.
    found
        Unregistered dwellings that the sweep has found already; ``low`` is never less.
    registered
        Households on the ledger in the same grids.
    grids
        How many grids it is about.
    """

    value: float
    low: int
    high: int
    doors_known: int
    doors: int
    found: Households
    registered: Households
    grids: int = 1
    level: float = LEVEL
    method: str = METHOD

    @property
    def share(self) -> float | None:
        """Return registered ÷ estimated dwellings, 0…1; None where there is none of either."""
        return _share(self.registered, self.value)

    @property
    def share_interval(self) -> tuple[float, float] | None:
        """Return the interval of :attr:`share`: the more are unregistered, the smaller it is."""
        low, high = _share(self.registered, self.high), _share(self.registered, self.low)
        return None if low is None or high is None else (low, high)


@dataclass(frozen=True, slots=True)
class Unregistered:
    """The estimate in all and for every grid.

    Attributes
    ----------
    total
        About the grids that have a source together; None where no grid has one.
    by_grid
        Grid code → estimate; None is "unknown": nobody has asked at a door there
        that is on no ledger. Grids without a listed door or a household are not
        in it and just as unknown.
    """

    total: Estimate | None
    by_grid: Mapping[str, Estimate | None]


def on_ledger(
    snapshot: Snapshot, today: date, grid_of: Mapping[str, str | None] | None = None
) -> dict[str, str | None]:
    """Return the households with somebody on a ledger on a day, and the grid of each.

    Parameters
    ----------
    grid_of
        Household id → grid code (:func:`fieldmap.grids.assign`); without it the ledger's.
    """
    living = {
        client.household_id
        for client in snapshot.clients.values()
        if client.valid_from <= today and (client.valid_to is None or today <= client.valid_to)
    }
    houses = (snapshot.households[key] for key in sorted(living & snapshot.households.keys()))
    return {h.id: h.grid_code if grid_of is None else grid_of.get(h.id) for h in houses}


def estimated(
    snapshot: Snapshot,
    buildings: Iterable[Building],
    results: Iterable[SweepResult],
    today: date,
    grid_of: Mapping[str, str | None] | None = None,
) -> Unregistered:
    """Return the estimate from the record and what the phones sent from door to door.

    For the parameters see :func:`fieldmap.sweeps.sweep_of` and :func:`on_ledger`;
    grids that are not in the snapshot are left out, and answers after ``today``.
    """
    listed: defaultdict[str, list[Building]] = defaultdict(list)
    found: defaultdict[str, list[SweepResult]] = defaultdict(list)
    houses = defaultdict(list)
    for building in buildings:
        listed[building.grid_code].append(building)
    for result in results:
        if result.day <= today:
            found[result.grid_code].append(result)
    for house in snapshot.households.values():
        houses[house.grid_code].append(house)
    swept = {}
    for code, grid in snapshot.grids.items():
        village = snapshot.divisions.get(grid.division_code)
        name = village.name if village else ""
        swept[code] = sweep_of(code, name, houses[code], listed[code], found[code], today)
    return unregistered(swept, on_ledger(snapshot, today, grid_of))


def unregistered(
    swept: Mapping[str, Sequence[SweptBuilding]], households: Mapping[str, str | None], *, seed: int = 0
) -> Unregistered:
    """Estimate the dwellings with somebody in need that are on no ledger.

    Counted are listed doors that belong to no household of ``households``.
    Those with an answer are known. For those without one (nobody home, or not
    asked yet) the share in need is taken from the answered doors of the same
    building, then of the same grid, then of all grids: a beta-binomial model of
    two levels, fitted whole. The interval is the middle 97 % of what that
    predicts for the doors without an answer, so that the truth lies in it at
    least 95 times of 100; it is drawn with ``seed`` and so the same every time.
    Reference: Gelman et al., *Bayesian Data Analysis*, 3rd ed., §§5.3 and 8.3
    (doors not asked are ignorable given their building).

    What it rests on: within a building, doors without an answer are like those
    with one. Where people in need open the door less often than others (or
    more), the estimate is too low (or too high), and the interval does not
    know: come again at another hour. Doors and buildings that nobody listed
    are no part of it. A household that the ledger knows by a vague address only
    ("beside the mill") is not recognised behind its number, and counts as
    unregistered there.

    Parameters
    ----------
    swept
        Grid code → its buildings (:func:`fieldmap.sweeps.sweep_of`).
    households
        Those on a ledger → their grid (:func:`on_ledger`).
    """
    registered = Counter(code for code in households.values() if code is not None)
    counts = {code: [_swept(b.doors, households) for b in buildings] for code, buildings in swept.items()}
    asked = sorted(code for code, found in counts.items() if any(b.answered for b in found))
    likely = draws([counts[code] for code in asked], seed)
    by_grid: dict[str, Estimate | None] = dict.fromkeys(sorted(counts.keys() | registered.keys()))
    for number, code in enumerate(asked):
        by_grid[code] = _estimate(likely[:, number], counts[code], registered[code], 1)
    total = None
    if asked:
        every = [building for code in asked for building in counts[code]]
        total = _estimate(likely.sum(axis=1), every, sum(registered[code] for code in asked), len(asked))
    return Unregistered(total, by_grid)


def _swept(doors: Iterable[Door], households: Collection[str]) -> Swept:
    """Return what is known of a building's doors that are on no ledger."""
    listed = list(doors)
    others = [door.result for door in listed if door.household_id not in households]
    answers = [result.result for result in others if result and result.result in _ANSWERS]
    return Swept(answers.count(DoorResult.NEED), len(answers), len(others) - len(answers), len(listed))


def _estimate(likely: NDArray[np.int64], buildings: Sequence[Swept], registered: int, grids: int) -> Estimate:
    found = sum(building.need for building in buildings)
    edge = (1.0 - _DRAWN) / 2.0
    doors, unknown = sum(b.listed for b in buildings), sum(b.unknown for b in buildings)
    return Estimate(
        value=found + float(likely.mean()),
        low=found + int(np.quantile(likely, edge, method="lower")),
        high=found + int(np.quantile(likely, 1.0 - edge, method="higher")),
        doors_known=doors - unknown,
        doors=doors,
        found=Households(found),
        registered=Households(registered),
        grids=grids,
    )


def _share(registered: int, others: float) -> float | None:
    return registered / (registered + others) if registered + others else None
