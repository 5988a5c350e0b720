"""Several walkers on several cores against one, for the same seconds by the wall.

``python -m tests.benchmarks.bench_walkers --walkers 2 --seconds 5 --markdown``

Each walker is a thread with a plan and a random stream of its own; the compiled
search does not hold the interpreter's lock. The best of them counts. OR-Tools
is left out: it would polish either. ``cores`` is the CPU seconds that the
walkers got per wall second: where it lies below their number, other programs
held the machine, and the comparison says nothing (Linux gives all threads of a
session one share of a busy machine). So run it on a machine that has nothing
else to do.
"""

from __future__ import annotations

import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from statistics import fmean

import click

from routing import Params, _search
from routing._construct import Board, construct
from routing._day import Day
from tests.benchmarks.bench_day import KINDS, SEEDS, Score, made, warmed
from tests.benchmarks.tables import Table, gap, seeds_of, spread

__all__ = ["Walk", "walk"]


@dataclass(frozen=True, slots=True)
class Walk:
    """What the walkers found, and how many cores they had."""

    best: Score
    cores: float


def walk(first: Board, walkers: int, seconds: float, seed: int) -> Walk:
    """Let so many walkers search from `first` for so many seconds by the wall."""

    def one(number: int) -> tuple[Board, float]:
        began = time.thread_time()
        board = _search.improve(first, seconds, 1 << 60, walkers * seed + number)
        return board, time.thread_time() - began

    began = time.monotonic()
    with ThreadPoolExecutor(walkers) as pool:
        found = list(pool.map(one, range(walkers)))
    gone = time.monotonic() - began
    spent = sum(cpu for _, cpu in found)
    best = min((board for board, _ in found), key=lambda board: board.cost)
    return Walk(Score.of(best, spent), spent / gone)


@click.command()
@click.option("--kind", type=click.Choice(tuple(KINDS)), default="lunch")
@click.option("--walkers", type=int, default=2)
@click.option("--seconds", type=float, default=5.0, help="by the wall")
@click.option("--seeds", default=SEEDS, help="as 31-40 or 31,33")
@click.option("--markdown", is_flag=True)
def main(kind: str, walkers: int, seconds: float, seeds: str, markdown: bool) -> None:
    """Print the table."""
    warmed()
    table = Table((f"{kind}, {seconds:g} s by the wall", "1 walker", f"{walkers} walkers", "gap", "cores"))
    alone, several = list[Walk](), list[Walk]()
    for seed in seeds_of(seeds):
        first = construct(Day(made(kind, seed), Params()), seed, 1)
        alone.append(walk(first, 1, seconds, seed))
        several.append(walk(first, walkers, seconds, seed))
        one, some = alone[-1], several[-1]
        cores = f"{one.cores:.2f}, {some.cores:.2f}"
        table.add(str(seed), str(one.best), str(some.best), gap([some.best.cost], [one.best.cost]), cores)
    costs, others = [w.best.cost for w in several], [w.best.cost for w in alone]
    cores = f"{fmean(w.cores for w in alone):.2f}, {fmean(w.cores for w in several):.2f}"
    table.add("mean ± spread", spread(others), spread(costs), gap(costs, others), cores)
    table.print(markdown)
    click.echo(_verdict(costs, others))


def _verdict(costs: list[int], others: list[int]) -> str:
    better = sum(a < b for a, b in zip(costs, others, strict=True))
    return f"several walkers against one: {gap(costs, others)}, better on {better} of {len(costs)} days"


if __name__ == "__main__":
    main()
