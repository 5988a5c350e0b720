"""The table of proofs: what CP-SAT says about plans of made days, and how far they may be from the best.

``python -m tests.benchmarks.bench_proof --seeds 21,22,23 --small 0,1,2,3,4,5,6,7``

Large days have 150 visits, 8 workers and visits in pairs; small ones 7 visits
and 2 workers, and are solved to the end. Seconds are CPU seconds; costs leave
the price of mandatory visits out where one is left out, as ``must`` says.
"""

from __future__ import annotations

import time
from collections.abc import Callable

import click

from routing import Budget, Plan, Problem, bound, plan, prove, retime, violations
from tests.benchmarks.days import Recipe, make

LARGE, SMALL = Recipe(pairs=0.15), Recipe(visits=7, workers=2, pairs=0.25)


def timed[T](task: Callable[[], T]) -> tuple[T, float]:
    """Return what `task` gives, and its CPU seconds."""
    began = time.thread_time()
    return task(), time.thread_time() - began


def waits(made: Plan) -> int:
    """Return everybody's minutes before closed doors."""
    return sum(route.waiting_s for route in made.routes) // 60


def large(seed: int, seconds: float, bound_s: float) -> str:
    """Return one line on a day of a station."""
    problem = make(seed, LARGE)
    made = plan(problem, Budget(seconds=seconds), seed)
    proof, proved_s = timed(lambda: prove(problem, made))
    better, times_s = timed(lambda: retime(problem, made))
    low, bound_cpu = timed(lambda: bound(problem, seconds=bound_s))
    must = sum(problem.visit_by_id[left.visit_id].mandatory for left in made.left_out)
    cost = made.cost.total - must * made.params.mandatory_s
    cells = (
        f"{proof.verdict}, own times {'hold' if proof.own_times else 'fail'} ({proved_s:.2f} s)",
        f"check finds {len(violations(problem, made))}",
        f"waiting {waits(made)} to {waits(better)} min ({times_s:.2f} s)",
        f"cost {cost} must {must}",
        f"bound {low} ({bound_cpu:.1f} s), gap {100 * (1 - low / max(cost, 1)):.1f} %",
    )
    return f"pairs {seed}: " + " | ".join(cells)


def small(seed: int, seconds: float) -> tuple[bool, str]:
    """Return whether the plan of a small day is proved the best, and a line on it."""
    problem: Problem = make(seed, SMALL)
    made = plan(problem, Budget(seconds=seconds), seed)
    low, spent = timed(lambda: bound(problem, seconds=30))
    return made.cost.total == low, f"small {seed}: cost {made.cost.total} bound {low} ({spent:.2f} s)"


def numbers(text: str) -> list[int]:
    return [int(part) for part in text.split(",") if part]


@click.command()
@click.option("--seconds", type=float, default=5.0, help="Of the plan.")
@click.option("--bound-seconds", type=float, default=60.0, help="Of the bound of a large day, by the wall.")
@click.option("--seeds", default="21,22,23")
@click.option("--small", "small_seeds", default="0,1,2,3,4,5,6,7")
def main(seconds: float, bound_seconds: float, seeds: str, small_seeds: str) -> None:
    """Print the table."""
    for seed in numbers(seeds):
        click.echo(large(seed, seconds, bound_seconds))
    closed = 0
    for seed in numbers(small_seeds):
        best, line = small(seed, seconds)
        closed += best
        click.echo(line + (" proved the best" if best else ""))
    click.echo(f"small days proved the best: {closed} of {len(numbers(small_seeds))}")


if __name__ == "__main__":
    main()
