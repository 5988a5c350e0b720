"""The tables of the published sets: HHCRSP and VRPTW against the best known; made ones with prizes.

``python -m tests.benchmarks.bench_sets --folder FOLDER --set hhcrsp --seconds 30 --only 10_1,25_1``
``python -m tests.benchmarks.bench_sets --set prizes --seconds 10``

One thread; CPU seconds of the search. PyVRP stands beside ours wherever it can
solve the set, for as many CPU seconds.
"""

from __future__ import annotations

import json
import time
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import click
import numpy as np
import pyvrp
from pyvrp.stop import StoppingCriterion

from routing import care, instances
from routing._fleet import solve
from routing.instances import Instance

type Costs = tuple[float, ...]


def by_cpu(seconds: float) -> StoppingCriterion:
    """Return a stopping criterion of PyVRP: its own is by the wall, which a busy machine shortens."""
    began = time.thread_time()

    def over(best_cost: int) -> bool:
        return time.thread_time() - began > seconds

    return over


def vrptw(file: Path, seconds: float, seed: int) -> Costs:
    """Return the costs of ours and of PyVRP; its fleet and distances are read by our reader."""
    instance = instances.read(file)
    return both(instance, peer(instance), seconds, seed)


def prizes(file: Path, seconds: float, seed: int) -> Costs:
    """Return the costs of ours and of PyVRP, each by its own reader."""
    return both(instances.read(file), pyvrp.read(file, round_func="dimacs"), seconds, seed)


def both(instance: Instance, data: Any, seconds: float, seed: int) -> Costs:
    """Run ours, then PyVRP."""
    ours = instance.cost(solve(instance, seconds, seed, time.thread_time))
    found = pyvrp.solve(data, by_cpu(seconds), seed=seed, display=False)
    return ours, found.cost() / instance.scale


def peer(instance: Instance) -> Any:
    """Return the instance as PyVRP holds it."""
    clients = [
        pyvrp.Client(
            location=v,
            delivery=[int(instance.demand[v])],
            service_duration=int(instance.service[v]),
            tw_early=int(instance.opens[v]),
            tw_late=int(instance.closes[v]),
        )
        for v in range(1, len(instance.demand))
    ]
    fleet = pyvrp.VehicleType(
        num_available=instance.vehicles,
        capacity=[instance.capacity],
        tw_early=int(instance.opens[0]),
        tw_late=int(instance.closes[0]),
    )
    places = [pyvrp.Location(0, 0)] * len(instance.demand)
    tables: list[Any] = [instance.metres.astype("int64")]
    return pyvrp.ProblemData(places, clients, [pyvrp.Depot(0)], [fleet], tables, tables)


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


def hhcrsp(file: Path, seconds: float, seed: int) -> Costs:
    """Return the cost of ours."""
    return (care.solve(care.read(file), seconds, seed, time.thread_time).cost,)


def published(folder: Path, name: str) -> Iterator[tuple[Path, float]]:
    """Yield the files of a set with their best known costs."""
    known: Mapping[str, Any] = json.loads((folder / "best-known.json").read_text())[name]
    files = {file.stem.lower(): file for file in folder.glob("*/*.*") if "solution" not in file.parent.name}
    for key in sorted(known):
        file = files.get(key.removesuffix(".json").lower())
        if file:
            yield file, known[key]["cost"] if name == "hhcrsp" else known[key]


def made(folder: Path) -> Iterator[tuple[Path, float]]:
    """Write the instances with prizes; nobody knows their best costs."""
    for clients in (50, 100, 200):
        for seed in (1, 2, 3):
            file = folder / f"prizes-{clients}-{seed}.vrp"
            file.write_text(with_prizes(clients, seed), encoding="utf-8")
            yield file, 0.0


@click.command()
@click.option("--folder", type=click.Path(path_type=Path, exists=True), default=Path())
@click.option("--set", "name", type=click.Choice(("hhcrsp", "vrptw", "prizes")), default="hhcrsp")
@click.option("--seconds", type=float, default=10.0)
@click.option("--seed", type=int, default=1)
@click.option("--only", default="", help="ends of instance names, with commas")
def main(folder: Path, name: str, seconds: float, seed: int, only: str) -> None:
    """Print cost and gap of each instance: to the best known cost, or to the best of the row."""
    way = {"hhcrsp": hhcrsp, "vrptw": vrptw, "prizes": prizes}[name]
    gaps: list[Sequence[float]] = []
    with TemporaryDirectory() as place:
        for file, known in made(Path(place)) if name == "prizes" else published(folder, name):
            if file.stem.lower().endswith(tuple(only.lower().split(","))):
                costs = way(file, seconds, seed)
                best = known or min(costs)
                gaps.append([100 * (cost / best - 1) for cost in costs])
                cells = [f"{cost:.3f} ({gap:+.2f} %)" for cost, gap in zip(costs, gaps[-1], strict=True)]
                click.echo(f"{file.stem} best {best:.3f}: " + " | ".join(cells))
    for column in zip(*gaps, strict=True):
        click.echo(f"mean {sum(column) / len(column):+.2f} %")


if __name__ == "__main__":
    main()
