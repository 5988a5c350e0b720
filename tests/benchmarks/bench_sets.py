"""The tables of the published sets: HHCRSP and VRPTW against the best known.

``python -m tests.benchmarks.bench_sets --folder FOLDER --set hhcrsp --seconds 30 --only 10_1,25_1``

One thread; CPU seconds of the search. PyVRP stands beside ours on VRPTW.
"""

from __future__ import annotations

import json
import time
from pathlib import Path
from typing import Any

import click
import pyvrp
import pyvrp.stop

from routing import care, instances
from routing._fleet import solve


def vrptw(file: Path, seconds: float, seed: int) -> tuple[float, float]:
    """Return the costs of ours and of PyVRP; its fleet and distances are read by our reader."""
    instance = instances.read(file)
    ours = instance.cost(solve(instance, seconds, seed, time.thread_time))
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
    data = pyvrp.ProblemData(places, clients, [pyvrp.Depot(0)], [fleet], tables, tables)
    found = pyvrp.solve(data, pyvrp.stop.MaxRuntime(seconds), seed=seed, display=False)
    return ours, found.cost() / instance.scale


def hhcrsp(file: Path, seconds: float, seed: int) -> tuple[float]:
    """Return the cost of ours."""
    return (care.solve(care.read(file), seconds, seed, time.thread_time).cost,)


@click.command()
@click.option("--folder", type=click.Path(path_type=Path, exists=True), required=True)
@click.option("--set", "name", type=click.Choice(("hhcrsp", "vrptw")), default="hhcrsp")
@click.option("--seconds", type=float, default=10.0)
@click.option("--seed", type=int, default=1)
@click.option("--only", default="", help="parts of instance names, with commas")
def main(folder: Path, name: str, seconds: float, seed: int, only: str) -> None:
    """Print cost and gap of each instance that has a best known cost."""
    known = json.loads((folder / "best-known.json").read_text())[name]
    best = {key.removesuffix(".json"): v["cost"] if name == "hhcrsp" else v for key, v in known.items()}
    files = {file.stem.lower(): file for file in folder.glob("*/*.*") if "solution" not in file.parent.name}
    gaps: list[tuple[float, ...]] = []
    for key in sorted(best):
        wanted = not only or any(key.endswith(part) for part in only.split(","))
        if wanted and key.lower() in files:
            costs = (hhcrsp if name == "hhcrsp" else vrptw)(files[key.lower()], seconds, seed)
            gaps.append(tuple(100 * (cost / best[key] - 1) for cost in costs))
            cells = [f"{cost:.3f} ({gap:+.2f} %)" for cost, gap in zip(costs, gaps[-1], strict=True)]
            click.echo(f"{key} best {best[key]}: " + " | ".join(cells))
    for column in zip(*gaps, strict=True):
        click.echo(f"mean {sum(column) / len(column):+.2f} %")


if __name__ == "__main__":
    main()
