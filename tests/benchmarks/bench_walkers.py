"""Several walkers on several cores against one, for the same seconds each.

``python -m tests.benchmarks.bench_walkers --kind lunch --walkers 2 --seconds 5 --markdown``

Each walker is a thread with a plan and a random stream of its own; the compiled
search does not hold the interpreter's lock. The best of them counts. Each has
its CPU seconds, so other programs that hold the machine change nothing of what
is found, only how long it takes: ``cores`` is the CPU seconds that the walkers
got together per second by the wall. Where it lies below their number they
stood in each other's way, or others in theirs, and a station would wait longer
by as much. OR-Tools is left out: it would polish either.
"""

from __future__ import annotations

import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import partial
from statistics import fmean

import click

from routing import Params, _search
from routing._construct import Board, construct
from routing._day import Day
from tests.benchmarks.apart import Apart
from tests.benchmarks.bench_day import KINDS, SEEDS, Score, against, made
from tests.benchmarks.tables import Table, gap, seeds_of, spread

__all__ = ["Walk", "walk"]

STREAMS = 1_000_003
"""From the random stream of a walker to the next one's; the first has that of the walker alone."""


@dataclass(frozen=True, slots=True)
class Walk:
    """What the walkers found, and how many cores they had."""

    best: Score
    cores: float


def walk(first: Board, walkers: int, seconds: float, seed: int) -> Walk:
    """Let so many walkers search from `first` for so many CPU seconds each."""

    def one(number: int) -> tuple[Board, float]:
        began = time.thread_time()
        stream = seed + STREAMS * number
        board = _search.improve(first, seconds, 1 << 60, stream, clock=time.thread_time)
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
@click.option("--seconds", type=float, default=5.0, help="CPU seconds of each walker")
@click.option("--seeds", default=SEEDS, help="as 31-40 or 31,33")
@click.option("--markdown", is_flag=True)
def main(kind: str, walkers: int, seconds: float, seeds: str, markdown: bool) -> None:
    """Print the table."""
    apart = Apart()
    apart.warm(_search.warm)
    table = Table((f"{kind}, {seconds:g} s each", "1 walker", f"{walkers} walkers", "gap", "cores"))
    alone, several = list[Walk](), list[Walk]()
    for seed in seeds_of(seeds):
        first = construct(Day(apart.read(partial(made, kind, seed)), Params()), seed, 1)
        one, some = walk(first, 1, seconds, seed), walk(first, walkers, seconds, seed)
        alone.append(one)
        several.append(some)
        cores = f"{one.cores:.2f}, {some.cores:.2f}"
        table.add(str(seed), str(one.best), str(some.best), gap([some.best.cost], [one.best.cost]), cores)
    best, others = [w.best for w in several], [w.best for w in alone]
    cores = f"{fmean(w.cores for w in alone):.2f}, {fmean(w.cores for w in several):.2f}"
    means = spread([score.cost for score in others]), spread([score.cost for score in best])
    table.add("mean ± spread", *means, against(best, others), cores)
    better = sum((a.must, a.cost) < (b.must, b.cost) for a, b in zip(best, others, strict=True))
    table.add("better on", "", f"{better} of {len(best)} days", "", "")
    table.print(markdown)
    apart.say()


if __name__ == "__main__":
    main()
