"""The table of day plans: ours, OR-Tools, VROOM and PyVRP in one run.

``python -m tests.benchmarks.bench_day --kind lunch --seconds 5 --markdown``

The seeds 31–40 were not used for tuning; 1–20 were. All on one thread and
scored by our objective; seconds are CPU seconds of the search (imports,
compiling and making the day are printed apart). Costs leave out the price of
mandatory visits; where any were left, the cell says how many.

Ours is ruin and recreate with OR-Tools after it. OR-Tools stands there three
times: from the inserted plan, as ``engine="ortools"``; alone from a plan that
it inserts itself; and from what it begins with when nobody says anything.
VROOM runs to its end. Gaps are means over the days on which both made every
mandatory visit. With pairs each of our plans is written as a sheet and proved
twice: by the check and by CP-SAT.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import partial

import click

from routing import Params, Problem, _ortools, _search, prove, violations
from routing._construct import Board, construct
from routing._day import Day
from routing.day import _LEAST_POLISH_S, _LEAST_SEARCH, _MANY, _SEARCH_SHARE, _written
from tests.benchmarks.apart import Apart
from tests.benchmarks.days import Recipe, make
from tests.benchmarks.peers import (
    BY_DEFAULT,
    COLD,
    DEFAULT,
    STARTED,
    cold,
    pyvrp_orders,
    scored,
    started,
    vroom_orders,
)
from tests.benchmarks.tables import Table, gap, seeds_of, spread

__all__ = ["KINDS", "OURS", "SEEDS", "Score", "against", "made", "ours", "summed"]

KINDS = {"plain": Recipe(lunch=False), "lunch": Recipe(), "pairs": Recipe(pairs=0.15)}
SEEDS = "31-40"
OURS = "search + OR-Tools"
PROOF_S = 30.0


@dataclass(frozen=True, slots=True)
class Score:
    """What one engine made of one day.

    Attributes
    ----------
    cost
        Without the price of mandatory visits.
    must
        Mandatory visits left out.
    seconds
        CPU seconds of the search.
    """

    cost: int
    must: int
    seconds: float

    @classmethod
    def of(cls, board: Board, seconds: float) -> Score:
        """Judge a board by our objective."""
        must = sum(board.day.visits[v].mandatory for v in board.missing())
        return cls(board.cost - must * board.day.params.mandatory_s, must, seconds)

    def __str__(self) -> str:
        """Return it as a cell of a table."""
        return f"{self.cost:,}" + (f" ({self.must} left)" if self.must else "")


def made(kind: str, seed: int) -> Problem:
    """Return the made day; without what VROOM and PyVRP do not know, where they take part."""
    problem = make(seed, KINDS[kind])
    if kind == "pairs":
        return problem
    visits = tuple(replace(visit, preferred_worker=None) for visit in problem.visits)
    workers = tuple(replace(worker, max_walk_m=None) for worker in problem.workers)
    return Problem(visits, workers, problem.travel)


def ours(day: Day, seconds: float, seed: int) -> tuple[Board, float]:
    """Plan as ``routing.plan`` does, by CPU seconds."""
    began = time.thread_time()
    board = construct(day, seed, 1, optional=len(day.visits) <= _MANY)
    left = max(seconds - (time.thread_time() - began), _LEAST_SEARCH * seconds)
    board = _search.improve(board, _SEARCH_SHARE * left, 1 << 60, seed, clock=time.thread_time)
    left = max(seconds - (time.thread_time() - began), min(_LEAST_POLISH_S, seconds))
    board = _ortools.polish(board, left, 1 << 40, seed) or board
    board.fill()
    return board, time.thread_time() - began


def _vroom(day: Day) -> tuple[Board, float]:
    orders, spent = vroom_orders(day)
    return scored(day, orders), spent


def _pyvrp(day: Day, seconds: float, seed: int) -> tuple[Board, float]:
    orders, spent = pyvrp_orders(day, seconds, seed)
    return scored(day, orders), spent


def peers(kind: str, day: Day, seconds: float, seed: int) -> dict[str, Callable[[], tuple[Board, float]]]:
    """Return the engines that know everything about such a day, ours aside."""
    found: dict[str, Callable[[], tuple[Board, float]]] = {
        STARTED: partial(started, day, seconds, seed),
        COLD: partial(cold, day, seconds, seed),
        BY_DEFAULT: partial(cold, day, seconds, seed, DEFAULT),
    }
    if kind != "pairs":
        found["VROOM"] = partial(_vroom, day)
    if kind == "plain":
        found["PyVRP"] = partial(_pyvrp, day, seconds, seed)
    return found


def proven(board: Board, problem: Problem, seed: int) -> str:
    """Say whether the check finds nothing and CP-SAT agrees, of the orders and of the times."""
    sheet = _written(board, seed, "search")
    broken = violations(problem, sheet)
    proof = prove(problem, sheet, PROOF_S)
    if not broken and proof.verdict == "feasible" and proof.own_times:
        return "yes"
    return f"check {len(broken)}, CP-SAT {proof.verdict}, own times {proof.own_times}"


def against(own: list[Score], others: list[Score]) -> str:
    """Return our gap over the days on which both did what must be done."""
    both = [(a.cost, b.cost) for a, b in zip(own, others, strict=True) if not a.must and not b.must]
    if not both:
        return "none did it all"
    only = "" if len(both) == len(own) else f" ({len(both)} of {len(own)} days)"
    return gap([a for a, _ in both], [b for _, b in both]) + only


def summed(table: Table, scores: dict[str, list[Score]]) -> None:
    """Add the rows below the seeds: means, gaps, what was left, the seconds."""
    blank = [""] * (len(table.head) - 1 - len(scores))
    costs = {name: [score.cost for score in found] for name, found in scores.items()}
    table.add("mean ± spread", *(spread(found) for found in costs.values()), *blank)
    gaps = ["" if name == OURS else against(scores[OURS], found) for name, found in scores.items()]
    table.add("ours against it", *gaps, *blank)
    left = [str(sum(score.must for score in found)) for found in scores.values()]
    table.add("mandatory left", *left, *blank)
    seconds = [sum(score.seconds for score in found) / len(found) for found in scores.values()]
    table.add("CPU s, mean", *(f"{s:.1f}" for s in seconds), *blank)


@click.command()
@click.option("--kind", type=click.Choice(tuple(KINDS)), default="lunch")
@click.option("--seconds", type=float, default=5.0)
@click.option("--seeds", default=SEEDS, help="as 31-40 or 31,33")
@click.option("--markdown", is_flag=True)
def main(kind: str, seconds: float, seeds: str, markdown: bool) -> None:
    """Print the table."""
    apart = Apart()
    apart.warm(_search.warm)
    scores: dict[str, list[Score]] = {}
    table: Table | None = None
    for seed in seeds_of(seeds):
        problem = apart.read(partial(made, kind, seed))
        day = Day(problem, Params())
        board, spent = ours(day, seconds, seed)
        row = {OURS: Score.of(board, spent)}
        row |= {name: Score.of(*run()) for name, run in peers(kind, day, seconds, seed).items()}
        proof = [proven(board, problem, seed)] if kind == "pairs" else []
        table = table or Table((f"{kind}, {seconds:g} s", *row, *(["proven"] * len(proof))))
        table.add(str(seed), *map(str, row.values()), *proof)
        for name, score in row.items():
            scores.setdefault(name, []).append(score)
    if table:
        summed(table, scores)
        table.print(markdown)
    apart.say()


if __name__ == "__main__":
    main()
