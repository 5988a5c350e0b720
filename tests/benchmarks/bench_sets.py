"""The tables of the published sets: HHCRSP and VRPTW against the best known; made ones with prizes.

``python -m tests.benchmarks.bench_sets --folder FOLDER --set hhcrsp --seconds 30 --markdown``
``python -m tests.benchmarks.bench_sets --set prizes --seconds 5 --only 50-1,100-1 --markdown``

One thread; CPU seconds of the search, imports, compiling and reading printed
apart. PyVRP and OR-Tools alone stand beside ours where they can solve the set,
for as many CPU seconds. Neither takes part in HHCRSP: PyVRP knows no visit by
two people, and both forbid or price the lateness of one stop by itself, while
there a third of the cost is the greatest lateness of all.
"""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from statistics import fmean
from tempfile import TemporaryDirectory
from typing import Any

import click
import numpy as np

from routing import care, instances
from routing.__main__ import warm
from routing._fleet import solve
from routing.instances import Instance
from tests.benchmarks.apart import Apart
from tests.benchmarks.fleets import ortools_cost, pyvrp_cost, pyvrp_data, pyvrp_read
from tests.benchmarks.tables import Table

type Known = tuple[Path, float]
type Costs = tuple[float | None, ...]

ENGINES = ("ours", "PyVRP", "OR-Tools")


@dataclass(frozen=True, slots=True)
class Row:
    """An instance, how many clients it has, and what each engine came to (None: no plan).

    Attributes
    ----------
    best
        The best known cost, or the best of the row.
    """

    name: str
    clients: int
    costs: Costs
    best: float

    @property
    def gaps(self) -> tuple[float | None, ...]:
        """Return by how much each is above the best, in percent."""
        return tuple(None if cost is None else 100 * (cost / self.best - 1) for cost in self.costs)


def _cell(cost: float | None, gap: float | None = None) -> str:
    if cost is None:
        return "no plan"
    return f"{cost:,.1f}" + ("" if gap is None else f" ({_percent(gap)})")


def _percent(gap: float, sign: str = "") -> str:
    return f"{round(gap, 2) + 0.0:{sign}.2f} %".replace("-", "−")  # never −0.00


def _means(rows: Sequence[Row]) -> list[str]:
    """Return the mean gap of each engine, over the instances that it has a plan of."""
    cells = []
    for column in zip(*(row.gaps for row in rows), strict=True):
        found = [gap for gap in column if gap is not None]
        only = "" if len(found) == len(rows) else f" ({len(found)} of {len(rows)})"
        cells.append(_percent(fmean(found)) + only if found else "no plan")
    return cells


def _all(instance: Instance, data: Any, seconds: float, seed: int) -> Costs:
    """Run ours, then the peers."""
    return (
        instance.cost(solve(instance, seconds, seed, time.thread_time)),
        pyvrp_cost(data, instance.scale, seconds, seed),
        ortools_cost(instance, seconds, seed),
    )


def vrptw(files: Sequence[Known], seconds: float, seed: int, apart: Apart) -> Table:
    """Return the table of instances with windows."""
    table, rows = Table((f"VRPTW, {seconds:g} s", "best known", *ENGINES)), list[Row]()
    for file, best in files:
        instance = apart.read(partial(instances.read, file))
        costs = _all(instance, pyvrp_data(instance), seconds, seed)
        rows.append(Row(file.stem.upper(), len(instance.demand) - 1, costs, best))
        cells = map(_cell, costs, rows[-1].gaps)
        table.add(rows[-1].name, f"{best:.1f}", *cells)
    groups = {
        "mean up to 200": [row for row in rows if row.clients <= 200],
        "mean at 400": [row for row in rows if row.clients > 200],
        "mean of all": rows,
    }
    for name, some in groups.items():
        if some:
            table.add(name, "", *_means(some))
    return table


def prizes(files: Sequence[Known], seconds: float, seed: int, apart: Apart) -> Table:
    """Return the table of instances with prizes, of which PyVRP reads the file by itself."""
    table, rows = Table((f"prizes (made), {seconds:g} s", *ENGINES)), list[Row]()
    for file, _ in files:
        instance = apart.read(partial(instances.read, file))
        costs = _all(instance, apart.read(partial(pyvrp_read, file)), seconds, seed)
        best = min(cost for cost in costs if cost is not None)
        rows.append(Row(file.stem.removeprefix("prizes-"), len(instance.demand) - 1, costs, best))
        table.add(rows[-1].name, *map(_cell, costs))
    table.add("mean above the best", *_means(rows))
    return table


def hhcrsp(files: Sequence[Known], seconds: float, seed: int, apart: Apart) -> Table:
    """Return the table of home care: a row for each size, a column for each number."""
    gaps: dict[tuple[int, int], float] = {}
    for (size, number), file, best in sorted((_numbered(file), file, best) for file, best in files):
        cost = care.solve(apart.read(partial(care.read, file)), seconds, seed, time.thread_time).cost
        gaps[size, number] = 100 * (cost / best - 1)
        click.echo(f"{file.stem} {cost:.3f} ({_percent(gaps[size, number], '+')})", err=True)
    numbers = sorted({number for _, number in gaps})
    table = Table((f"HHCRSP, {seconds:g} s", *map(str, numbers), "mean"))
    for size in sorted({size for size, _ in gaps}):
        row = [gaps.get((size, number)) for number in numbers]
        mean = fmean(gap for gap in row if gap is not None)
        cells = ["" if gap is None else _percent(gap, "+") for gap in row]
        table.add(f"{size} patients", *cells, _percent(mean, "+"))
    below = sum(gap < -0.005 for gap in gaps.values())
    said = (
        f"{_percent(fmean(gaps.values()), '+')} in the mean of {len(gaps)}, below the best known on {below}"
    )
    click.echo(said, err=True)
    return table


def _numbered(file: Path) -> tuple[int, int]:
    """Return how many patients, and which of that size."""
    *_, size, number = file.stem.split("_")
    return int(size), int(number)


SETS: dict[str, Callable[[Sequence[Known], float, int, Apart], Table]] = {
    "hhcrsp": hhcrsp,
    "vrptw": vrptw,
    "prizes": prizes,
}


def with_prizes(clients: int, seed: int) -> str:
    """Return a made VRPLIB file: one client in ten must be visited, about a third is worth leaving out."""
    rng = np.random.default_rng(seed)
    points = rng.integers(0, 1001, (clients + 1, 2))
    demand = rng.integers(1, 101, clients + 1)
    prize = rng.integers(20, 181, clients + 1) * (rng.random(clients + 1) > 0.1)
    demand[0] = prize[0] = 0
    rows = [("NODE_COORD", points), ("DEMAND", demand[:, None]), ("PRIZE", prize[:, None])]
    lines = [f"NAME : prizes-{clients}-{seed}", "TYPE : PCVRP", f"DIMENSION : {clients + 1}"]
    lines += [f"VEHICLES : {clients // 8}", f"CAPACITY : {500}", "EDGE_WEIGHT_TYPE : EUC_2D"]
    for name, values in rows:
        lines.append(f"{name}_SECTION")
        lines += [f"{i} {' '.join(map(str, row))}" for i, row in enumerate(values, 1)]
    return "\n".join([*lines, "DEPOT_SECTION", "1", "-1", "EOF", ""])


def published(folder: Path, name: str) -> Iterator[Known]:
    """Yield the files of a set with their best known costs."""
    known: Mapping[str, Any] = json.loads((folder / "best-known.json").read_text(encoding="utf-8"))[name]
    files = {file.stem.lower(): file for file in folder.glob("*/*.*") if "solution" not in file.parent.name}
    for key in sorted(known):
        file = files.get(key.removesuffix(".json").lower())
        if file:
            yield file, known[key]["cost"] if name == "hhcrsp" else known[key]


def made(folder: Path) -> Iterator[Known]:
    """Write the instances with prizes; nobody knows their best costs."""
    for clients in (50, 100, 200):
        for seed in (1, 2, 3):
            file = folder / f"prizes-{clients}-{seed}.vrp"
            file.write_text(with_prizes(clients, seed), encoding="utf-8")
            yield file, 0.0


@click.command()
@click.option("--folder", type=click.Path(path_type=Path, exists=True), default=Path())
@click.option("--set", "name", type=click.Choice(tuple(SETS)), default="hhcrsp")
@click.option("--seconds", type=float, default=10.0)
@click.option("--seed", type=int, default=1)
@click.option("--only", default="", help="ends of instance names, with commas")
@click.option("--markdown", is_flag=True)
def main(folder: Path, name: str, seconds: float, seed: int, only: str, markdown: bool) -> None:
    """Print the gaps to the best known cost, or to the best of the row where none is known."""
    apart = Apart()
    apart.warm(partial(click.get_current_context().invoke, warm))
    with TemporaryDirectory() as place:
        found = made(Path(place)) if name == "prizes" else published(folder, name)
        files = [(f, best) for f, best in found if f.stem.lower().endswith(tuple(only.lower().split(",")))]
        SETS[name](files, seconds, seed, apart).print(markdown)
    apart.say()


if __name__ == "__main__":
    main()
