"""A thousand visits for thirty workers: soon against patiently, and the memory of the process.

``python -m tests.benchmarks.bench_thousand --seconds 30 --long 300 --markdown``

Ours by :func:`tests.benchmarks.bench_day.ours`, OR-Tools from the inserted plan
as ``engine="ortools"`` does; on one thread, by CPU seconds. Where OR-Tools has
not even read the plan in its seconds, what was inserted counts as its plan.
Each plan is made in a process of its own, so that its peak of resident memory
is its own: Python, the libraries and the making of the day with it.
"""

from __future__ import annotations

import resource
from collections.abc import Callable, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from functools import partial
from multiprocessing import get_context

import click

from routing import Params, _search
from routing._construct import Board
from routing._day import Day
from tests.benchmarks.apart import Apart
from tests.benchmarks.bench_day import Score, against, ours
from tests.benchmarks.days import Recipe, make
from tests.benchmarks.peers import STARTED, started
from tests.benchmarks.tables import Table, seeds_of

__all__ = ["Run", "peak_mb", "run"]

type Engine = Callable[[Day, float, int], tuple[Board, float]]


@dataclass(frozen=True, slots=True)
class Run:
    """A plan, the most memory its process ever held, and what was no part of the search."""

    score: Score
    peak_mb: float
    apart: str

    def __str__(self) -> str:
        """Return it as a cell of a table."""
        return f"{self.score} ({self.score.seconds:.1f} s)"

    @property
    def peak(self) -> str:
        """Return the memory as a cell of a table."""
        return f"{self.peak_mb:,.0f} MB"


def peak_mb() -> float:
    """Return the most memory this process ever held, in megabytes (Linux counts it in KiB)."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024 / 1e6


def _made(engine: Engine, recipe: Recipe, seconds: float, seed: int) -> Run:
    """Plan in this process, which has done nothing else."""
    apart = Apart()
    apart.warm(_search.warm)
    day = Day(apart.read(partial(make, seed, recipe)), Params())
    return Run(Score.of(*engine(day, seconds, seed)), peak_mb(), str(apart))


def run(engine: Engine, recipe: Recipe, seconds: float, seed: int) -> Run:
    """Plan in a new process."""
    with ProcessPoolExecutor(1, mp_context=get_context("spawn")) as pool:
        found = pool.submit(_made, engine, recipe, seconds, seed).result()
    click.echo(f"{seed}, {engine.__name__}, {seconds:g} s: {found.apart}", err=True)
    return found


@click.command()
@click.option("--visits", type=int, default=1000)
@click.option("--workers", type=int, default=30)
@click.option("--seconds", type=float, default=30.0)
@click.option("--long", type=float, default=300.0)
@click.option("--seeds", default="31", help="as 31-33 or 31,33")
@click.option("--markdown", is_flag=True)
def main(visits: int, workers: int, seconds: float, long: float, seeds: str, markdown: bool) -> None:
    """Print the table."""
    recipe = Recipe(visits=visits, workers=workers)
    soon, later = f"{seconds:g} s", f"{long:g} s"
    columns = (soon, "peak", later, "peak", "gap", f"{STARTED}, {soon}", "peak", "ours against it")
    table = Table((f"{visits:,} visits, {workers} workers", *columns))
    runs: tuple[list[Run], ...] = ([], [], [])
    for seed in seeds_of(seeds):
        row = (
            run(ours, recipe, seconds, seed),
            run(ours, recipe, long, seed),
            run(started, recipe, seconds, seed),
        )
        for column, found in zip(runs, row, strict=True):
            column.append(found)
        _add(table, str(seed), [[found] for found in row])
    if len(runs[0]) > 1:
        _add(table, "all", runs)
    table.print(markdown)


def _add(table: Table, name: str, runs: Sequence[Sequence[Run]]) -> None:
    """Add a row: of one seed its plans, of all of them the highest peaks and the mean gaps."""
    short, patient, peer = ([found.score for found in column] for column in runs)
    cells = [
        (str(column[0]) if len(column) == 1 else "", max(column, key=lambda found: found.peak_mb).peak)
        for column in runs
    ]
    table.add(name, *cells[0], *cells[1], against(short, patient), *cells[2], against(short, peer))


if __name__ == "__main__":
    main()
