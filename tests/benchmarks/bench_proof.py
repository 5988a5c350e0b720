"""What CP-SAT proves about plans of made days, and how far they may be from the best.

``python -m tests.benchmarks.bench_proof --seeds 31 --small 0-7 --markdown``

Large days have 150 visits, 8 workers and visits in pairs; small ones 7 visits
and 2 workers, and are solved to the end. Seconds are CPU seconds; costs leave
the price of mandatory visits out where one is left out, and say so. The bound
holds for every engine, so there is no peer.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from functools import partial

import click

from routing import Budget, Plan, Problem, _search, bound, plan, prove, retime, violations
from tests.benchmarks.apart import Apart
from tests.benchmarks.days import Recipe, make
from tests.benchmarks.tables import Table, seeds_of

LARGE, SMALL = Recipe(pairs=0.15), Recipe(visits=7, workers=2, pairs=0.25)
OF_LARGE = ("orders", "printed times", "check finds", "waiting, at the best times", "cost", "bound", "gap")
OF_SMALL = ("cost", "bound", "proved the best", "CPU s of the bound")


def timed[T](task: Callable[[], T]) -> tuple[T, float]:
    """Return what `task` gives, and its CPU seconds."""
    began = time.thread_time()
    return task(), time.thread_time() - began


def waits(made: Plan) -> int:
    """Return everybody's minutes before closed doors."""
    return sum(route.waiting_s for route in made.routes) // 60


def _cost(problem: Problem, made: Plan) -> tuple[int, str]:
    """Return the cost without the price of mandatory visits, and as a cell."""
    must = sum(problem.visit_by_id[left.visit_id].mandatory for left in made.left_out)
    cost = made.cost.total - must * made.params.mandatory_s
    return cost, f"{cost:,}" + (f" ({must} left)" if must else "")


def large(problem: Problem, seed: int, seconds: float, bound_s: float) -> tuple[str, ...]:
    """Return the cells of a day of a station."""
    made = plan(problem, Budget(seconds=seconds), seed)
    proof, proved_s = timed(lambda: prove(problem, made))
    better, times_s = timed(lambda: retime(problem, made))
    low, bound_cpu = timed(lambda: bound(problem, seconds=bound_s))
    cost, said = _cost(problem, made)
    return (
        f"{proof.verdict} ({proved_s:.2f} s)",
        "hold" if proof.own_times else "fail",
        str(len(violations(problem, made))),
        f"{waits(made)} min, {waits(better)} min ({times_s:.2f} s)",
        said,
        f"{low:,} ({bound_cpu:.1f} s)",
        f"{100 * (1 - low / max(cost, 1)):.1f} % below",
    )


def small(problem: Problem, seed: int, seconds: float) -> tuple[str, ...]:
    """Return the cells of a small day."""
    made = plan(problem, Budget(seconds=seconds), seed)
    low, spent = timed(lambda: bound(problem, seconds=30))
    return f"{made.cost.total:,}", f"{low:,}", "yes" if made.cost.total == low else "no", f"{spent:.2f} s"


@click.command()
@click.option("--seconds", type=float, default=5.0, help="Of the plan.")
@click.option("--bound-seconds", type=float, default=60.0, help="Of the bound of a large day, by the wall.")
@click.option("--seeds", default="21-23", help="as 31-33 or 31,33")
@click.option("--small", "small_seeds", default="0-7", help="as 0-7 or 0,3")
@click.option("--markdown", is_flag=True)
def main(seconds: float, bound_seconds: float, seeds: str, small_seeds: str, markdown: bool) -> None:
    """Print the tables."""
    apart = Apart()
    apart.warm(_search.warm)
    table = Table((f"pairs, {LARGE.visits} visits, {LARGE.workers} workers", *OF_LARGE))
    for seed in seeds_of(seeds):
        table.add(str(seed), *large(apart.read(partial(make, seed, LARGE)), seed, seconds, bound_seconds))
    table.print(markdown)
    click.echo()
    table = Table((f"pairs, {SMALL.visits} visits, {SMALL.workers} workers", *OF_SMALL))
    for seed in seeds_of(small_seeds):
        table.add(str(seed), *small(apart.read(partial(make, seed, SMALL)), seed, seconds))
    best = sum(row[3] == "yes" for row in table.rows)
    table.add("all", "", "", f"{best} of {len(table.rows)}", "")
    table.print(markdown)
    apart.say()


if __name__ == "__main__":
    main()
