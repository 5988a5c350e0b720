"""A station's day on the real roads of Puyang, planned in a running process.

``python -m tests.benchmarks.bench_station --roads ../shared/data/puyang.osm.pbf --markdown``

The recipe of :mod:`tests.benchmarks.days` (windows, lunch, visits by two) on
doors near roads, for eight workers on e-bikes, on foot and by car; and three
mandatory visits that nobody can make, which must come back with their reason.
Everything is loaded and warm, as in a work process that has planned a day
before; the matrix is a column of its own. ``first plan`` has no time to search,
the others a second: ours, and ``engine="ortools"``, which is OR-Tools from the
inserted plan. Seconds are by the wall, as a station waits; a machine that
others keep busy makes them longer, so each day's line on the way has those of
the processor in brackets.
"""

from __future__ import annotations

import tempfile
import time
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from statistics import fmean

import click
import numpy as np

from fieldmap.models import Position, TravelMode
from routing import Budget, Params, Plan, Problem, Seat, TravelTimes, _search, plan
from routing.network import Box, Network, build
from tests.benchmarks.apart import Apart
from tests.benchmarks.bench_day import SEEDS
from tests.benchmarks.days import Recipe, make, over
from tests.benchmarks.peers import STARTED
from tests.benchmarks.tables import Table, gap, seeds_of

__all__ = ["Mandatory", "Watch", "doors", "hopeless", "tables"]

ROADS = Path("../shared/data/puyang.osm.pbf")
BOX: Box = (114.9702, 35.4981, 115.0921, 35.5627)
"""Where the file is complete."""

MODES = (TravelMode.EBIKE, TravelMode.EBIKE, TravelMode.CAR, TravelMode.WALK)
RECIPE = Recipe(pairs=0.15, modes=MODES)
SNAP_M = 250
LONGEST_S = 1.0
HOPELESS = 3


@dataclass(frozen=True, slots=True)
class Watch[T]:
    """What something gave back and how long it took, by the wall and by the processor."""

    value: T
    wall: float
    cpu: float

    @classmethod
    def time(cls, do: Callable[[], T]) -> Watch[T]:
        """Do it."""
        wall, cpu = time.monotonic(), time.process_time()
        value = do()
        return cls(value, time.monotonic() - wall, time.process_time() - cpu)

    def __str__(self) -> str:
        """Return it as a cell of a table."""
        return f"{self.wall:.2f} s ({self.cpu:.2f} s CPU)"


def doors(network: Network, seed: int, recipe: Recipe) -> list[Position]:
    """Return the station, in the middle, and doors around villages, each near a road."""
    rng = np.random.default_rng((seed, 35))
    west, south, east, north = BOX
    villages = rng.uniform((west, south), (east, north), (max(3, recipe.visits // 10), 2))
    found = _near_road(network, [Position((west + east) / 2, (south + north) / 2)])
    while len(found) <= recipe.visits:
        near = villages[rng.integers(0, len(villages), recipe.visits)]
        near = near + rng.normal(0, 1, near.shape) * (0.0039, 0.0032)  # about 350 m, as on the made plain
        inside = ((near >= (west, south)) & (near <= (east, north))).all(axis=1)
        found += _near_road(network, [Position(float(x), float(y)) for x, y in near[inside]])
    return found[: recipe.visits + 1]


def _near_road(network: Network, positions: Sequence[Position]) -> list[Position]:
    """Return the positions that lie near a road for every mode."""
    off = {i for mode in set(MODES) for i in network.table(mode, positions).far(SNAP_M)}
    return [position for i, position in enumerate(positions) if i not in off]


def tables(network: Network, positions: Sequence[Position]) -> dict[TravelMode, TravelTimes]:
    """Return the matrix of every mode."""
    return {mode: network.table(mode, positions) for mode in dict.fromkeys(MODES)}


def hopeless(problem: Problem) -> Problem:
    """Return the day with three mandatory visits that nobody can make."""
    *others, nowhere, night, strange = problem.visits
    visits = (
        *others,
        replace(nowhere, location=None, mandatory=True),
        replace(night, windows=((3 * 3600, 4 * 3600),), mandatory=True),
        replace(strange, crews=((Seat(skills=frozenset({"nobody's"})),),), mandatory=True),
    )
    return replace(problem, visits=visits)


@dataclass(frozen=True, slots=True)
class Mandatory:
    """What became of the visits that must be made.

    Attributes
    ----------
    out
        How many are left out for each reason.
    silent
        How many are neither done nor left out: never any.
    """

    number: int
    out: Counter[str]
    silent: int

    @classmethod
    def of(cls, problem: Problem, found: Plan) -> Mandatory:
        """Look them up in the plan."""
        must = {visit.id for visit in problem.visits if visit.mandatory}
        out = {item.visit_id: item.reason for item in found.left_out if item.visit_id in must}
        return cls(len(must), Counter(out.values()), len(must - set(found.visit_ids) - set(out)))

    @property
    def done(self) -> int:
        """Return how many are in a route."""
        return self.number - self.out.total() - self.silent

    def __str__(self) -> str:
        """Return it as a cell of a table."""
        named = [f"{reason} {n}" for reason, n in sorted(self.out.items())]
        named += [f"without a reason {self.silent}"] if self.silent else []
        return f"{self.done} of {self.number}" + (f" ({', '.join(named)})" if named else "")


@dataclass(frozen=True, slots=True)
class Morning:
    """A day's matrix, and its plans: the first one, ours and that of OR-Tools.

    Attributes
    ----------
    musts
        What became of the mandatory visits, by plan.
    """

    matrix: Watch[dict[TravelMode, TravelTimes]]
    plans: tuple[Watch[Plan], ...]
    musts: tuple[Mandatory, ...]

    @classmethod
    def of(cls, network: Network, seed: int, seconds: float) -> Morning:
        """Plan the day of `seed`."""
        positions = doors(network, seed, RECIPE)
        matrix = Watch.time(lambda: tables(network, positions))
        problem = hopeless(over(matrix.value, np.random.default_rng((seed, 2020)), RECIPE))
        alone = Params(engine="ortools")
        plans = (
            Watch.time(lambda: plan(problem, Budget(0), seed)),
            Watch.time(lambda: plan(problem, Budget(seconds), seed)),
            Watch.time(lambda: plan(problem, Budget(seconds), seed, alone)),
        )
        return cls(matrix, plans, tuple(Mandatory.of(problem, found.value) for found in plans))

    @property
    def costs(self) -> tuple[int, ...]:
        """Return what the plans cost, the price of mandatory visits aside."""
        missed = [(must.number - must.done) * self.plans[0].value.params.mandatory_s for must in self.musts]
        return tuple(found.value.cost.total - m for found, m in zip(self.plans, missed, strict=True))

    @property
    def kept(self) -> bool:
        """Whether the first plan came in time, with everybody or a reason."""
        return self.plans[0].wall <= LONGEST_S and not self.musts[0].silent

    def __str__(self) -> str:
        """Return a line on the day."""
        rows = zip(self.plans, self.musts, self.costs, strict=True)
        return " | ".join([str(self.matrix), *(f"{found}, {must}, {cost:,}" for found, must, cost in rows)])


def summary(mornings: Sequence[Morning], seconds: float) -> Table:
    """Return the table of all days."""
    table = Table(
        ("", "matrix", "first plan", f"with a budget of {seconds:g} s", f"{STARTED}, {seconds:g} s")
    )
    walls = list(zip(*([m.matrix.wall, *(p.wall for p in m.plans)] for m in mornings), strict=True))
    table.add(f"slowest of {len(mornings)}", *(f"{max(column):.2f} s" for column in walls))
    table.add("mean", *(f"{fmean(column):.2f} s" for column in walls))
    left = [sum(must.number - HOPELESS - must.done for must in column) for column in _columns(mornings)]
    table.add("mandatory that can be made, left out", "", *map(str, left))
    first, *others = zip(*(m.costs for m in mornings), strict=True)
    table.add("cost against the first plan", "", "", *(gap(column, first) for column in others))
    return table


def _columns(mornings: Sequence[Morning]) -> list[tuple[Mandatory, ...]]:
    """Return the mandatory visits of all days by plan."""
    return list(zip(*(morning.musts for morning in mornings), strict=True))


@click.command()
@click.option("--roads", type=click.Path(path_type=Path, exists=True, dir_okay=False), default=ROADS)
@click.option("--folder", type=click.Path(path_type=Path), default=None, help="keeps the built network")
@click.option("--seconds", type=float, default=1.0)
@click.option("--seeds", default=SEEDS, help="as 31-40 or 31,33")
@click.option("--markdown", is_flag=True)
def main(roads: Path, folder: Path | None, seconds: float, seeds: str, markdown: bool) -> None:
    """Print the table."""
    apart = Apart()
    where = folder or Path(tempfile.gettempdir()) / "fieldmap-bench-roads"
    network = apart.read(lambda: build(roads, where, dict.fromkeys(MODES)))
    apart.warm(_search.warm)
    apart.warm(lambda: plan(make(1, Recipe(visits=20, workers=2)), Budget(0.2)))
    numbers, mornings = seeds_of(seeds), list[Morning]()
    # the graphs are loaded on the first question
    apart.read(lambda: tables(network, doors(network, numbers[0], RECIPE)))
    for seed in numbers:
        mornings.append(Morning.of(network, seed, seconds))
        click.echo(f"{seed}: {mornings[-1]}", err=True)
    summary(mornings, seconds).print(markdown)
    kept = sum(morning.kept for morning in mornings)
    within = f"within {LONGEST_S:g} s of the matrix"
    said = f"first plan {within}, each mandatory visit done or with its reason: {kept} of {len(mornings)}"
    click.echo(said, err=True)
    apart.say()


if __name__ == "__main__":
    main()
