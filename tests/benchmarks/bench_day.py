"""The table of day plans: ours, OR-Tools alone, VROOM and PyVRP in one run.

``python -m tests.benchmarks.bench_day --kind lunch --seconds 5 --seeds 11,13,15``

All on one thread and scored by our objective; seconds are CPU seconds of the
search (imports, compiling and making the day aside), OR-Tools' share is by the
wall. ``must`` counts mandatory visits left out; costs leave their price out.
"""

from __future__ import annotations

import time
from dataclasses import replace

import click

from routing import Params, Problem, _ortools, _search
from routing._construct import Board, construct
from routing._day import Day
from tests.benchmarks.days import Recipe, make
from tests.benchmarks.peers import pyvrp_orders, scored, vroom_orders

KINDS = {"plain": Recipe(lunch=False), "lunch": Recipe(), "pairs": Recipe(pairs=0.15)}
SHARE = 0.85

type Row = dict[str, tuple[int, int, float]]
"""Engine → cost without mandatory prices, mandatory visits left out, CPU seconds."""


def fair(problem: Problem) -> Problem:
    """Return the day without what VROOM and PyVRP do not know: continuity and the walking limit."""
    visits = tuple(replace(visit, preferred_worker=None) for visit in problem.visits)
    workers = tuple(replace(worker, max_walk_m=None) for worker in problem.workers)
    return Problem(visits, workers, problem.travel)


def ours(day: Day, seconds: float, seed: int) -> tuple[Board, float]:
    """Plan as ``routing.plan`` does, by CPU seconds."""
    began = time.thread_time()
    board = construct(day, seed, 1)
    left = SHARE * seconds - (time.thread_time() - began)
    board = _search.improve(board, left, 1 << 60, seed, clock=time.thread_time)
    board = _ortools.polish(board, (1 - SHARE) * seconds, 1 << 40, seed) or board
    board.fill()
    return board, time.thread_time() - began


def alone(day: Day, seconds: float, seed: int) -> tuple[Board, float]:
    """Let OR-Tools improve the first plan."""
    began = time.thread_time()
    board = construct(day, seed, 1)
    board = _ortools.polish(board, seconds, 1 << 40, seed) or board
    board.fill()
    return board, time.thread_time() - began


def row(kind: str, seed: int, seconds: float) -> Row:
    """Return one line of the table."""
    problem = make(seed, KINDS[kind])
    day = Day(problem if kind == "pairs" else fair(problem), Params())
    found = {"ours": ours(day, seconds, seed), "ortools": alone(day, seconds, seed)}
    if kind != "pairs":
        orders, spent = vroom_orders(day)
        found["vroom"] = scored(day, orders), spent
    if kind == "plain":
        orders, spent = pyvrp_orders(day, seconds, seed)
        found["pyvrp"] = scored(day, orders), spent
    return {name: (*_judged(board), spent) for name, (board, spent) in found.items()}


def _judged(board: Board) -> tuple[int, int]:
    must = sum(board.day.visits[v].mandatory for v in board.missing())
    return board.cost - must * board.day.params.mandatory_s, must


@click.command()
@click.option("--kind", type=click.Choice(tuple(KINDS)), default="lunch")
@click.option("--seconds", type=float, default=5.0)
@click.option("--seeds", default="11,12,13")
def main(kind: str, seconds: float, seeds: str) -> None:
    """Print the table."""
    began = time.process_time()
    _search.warm()
    click.echo(f"warming up {time.process_time() - began:.2f} s", err=True)
    rows = []
    for seed in (int(s) for s in seeds.split(",")):
        rows.append(row(kind, seed, seconds))
        cells = [f"{n} {c} must {m} ({s:.1f} s)" for n, (c, m, s) in rows[-1].items()]
        click.echo(f"{kind} {seed}: " + " | ".join(cells))
    for name in rows[0]:
        gap = sum(r["ours"][0] / r[name][0] - 1 for r in rows) / len(rows)
        click.echo(f"ours against {name}: {100 * gap:+.2f} %, mandatory left {sum(r[name][1] for r in rows)}")


if __name__ == "__main__":
    main()
