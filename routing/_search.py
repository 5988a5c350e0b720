"""From a board to the compiled search and back (:mod:`routing._kernel`)."""

from __future__ import annotations

import time
from collections.abc import Callable
from functools import cache

import numpy as np
from numpy.typing import NDArray

from routing import _kernel
from routing._construct import Board
from routing._cooling import Clock, Cooling
from routing._day import NEVER, Day, Ints
from routing._fit import START, TEAM, Given, State
from routing._jit import stream
from routing.models import Problem, Visit, Worker
from routing.params import Params
from routing.travel import TravelTimes

__all__ = ["improve", "packed", "warm"]

HOT_S, COLD_S = 20_000.0, 300.0
"""What a step may cost, at the beginning and at the end; a visit left out costs 14,400 and more."""

REMOVED, LONGEST, BLINK, SPLIT, PASS = 8.0, 10.0, 0.01, 0.5, 0.8
"""Stops taken out on average, longest string; odds of overlooking a tour, of a split string, and of not
asking in this step whether an optional visit left out long since fits."""

SEND = 0.1
"""Odds that a step gives somebody a new tour around another visit: strings alone never send a person
on foot to another village, and who goes where is what plans of one day differ in."""

IDLE = 0.2
"""What a second saved is worth to the walk, as a share of what a second of visit earns: travel is cheap
beside a visit left out, but only seconds saved make room for one."""

WALKS, FIRST, WARM_S, AGAIN_S = 6, 0.6, 1_000.0, 5_000.0
"""Short walks first, the share of the time they have together, what a step may cost at their end, and
where the best of them is heated up to: one walk alone is caught by what it met first."""

MANY = 400
BIG_WALKS, BIG_HOT_S, BIG_WARM_S, BIG_AGAIN_S = 1, 3_000.0, 600.0, 600.0
"""With more visits than `MANY` a step of the walk comes to each of them too rarely for several walks or a
hot start: one walk, cooler."""

NEIGHBOURS = 100

TELL_S = 0.3
"""How often, at most, somebody who waits is told how far the search is, in seconds."""

_NEARLY = 0.99
"""The most that is said before the end."""


@cache
def warm() -> None:
    """Load the compiled code; on the first run on a machine this compiles it, which takes a while."""
    worker = Worker("w", 0, 0)
    nowhere = np.zeros((1, 1), np.int32)
    table = TravelTimes(nowhere, nowhere, nowhere[0], worker.mode, "")
    problem = Problem((Visit("v", 0, 60),), (worker,), {worker.mode: table})
    improve(Board(Day(problem, Params())), 3600, 1, 0)  # however long compiling takes


def improve(
    board: Board,
    seconds: float,
    steps: int,
    seed: int,
    *,
    by_steps: bool = False,
    clock: Clock = time.monotonic,
    report: Callable[[float], None] | None = None,
) -> Board:
    """Return the best plan that ruin and recreate finds from `board`; never a dearer one.

    Several short walks from `board` first, then the best of them goes on.

    Parameters
    ----------
    seconds
        Limit by `clock`.
    steps
        Limit on the plans looked at.
    by_steps
        Cool by the steps alone, so that a search that ends by them gives the
        same plan on every machine.
    report
        Told the share done, now and then; what it raises ends the search.
    """
    day = board.day
    if seconds <= 0 or steps <= 0 or not day.visits or not day.workers:
        return board
    given, rng, until = _given(day), stream(seed), clock() + seconds
    state = _state(board)

    def piece(size: int, hot: float, cold: float) -> None:
        _kernel.run(given, state, rng, size, hot, cold)

    run = piece if report is None else _told(piece, report, seconds, steps, clock)

    def walk(start: Board, hot: float, cold: float, part: float, steps: int) -> Board:
        nonlocal state
        state, left = _state(start), until - clock()
        _kernel.begin(given, state)
        part = left if by_steps else min(left, part)  # steps decide alone, seconds only stop
        Cooling(hot, cold, part, steps, by_steps, clock).run(run)
        return _board(day, state)

    big = len(day.visits) > MANY
    walks, hot, warmth, again = (
        (BIG_WALKS, BIG_HOT_S, BIG_WARM_S, BIG_AGAIN_S) if big else (WALKS, HOT_S, WARM_S, AGAIN_S)
    )
    part, few = FIRST * seconds / walks, int(FIRST * steps) // walks
    boards = [walk(board, hot, warmth, part, few) for _ in range(walks)]
    best = min(boards, key=lambda found: found.cost)
    found = walk(best, again, COLD_S, seconds, steps - walks * few)
    if report is not None:
        report(1.0)
    return found


def _told(
    piece: Callable[[int, float, float], None],
    report: Callable[[float], None],
    seconds: float,
    steps: int,
    clock: Clock,
) -> Callable[[int, float, float], None]:
    """Return a piece that tells the share done after it, at most every `TELL_S` seconds."""
    began, done, at, said = clock(), 0, 0.0, 0.0

    def run(size: int, hot: float, cold: float) -> None:
        nonlocal done, at, said
        piece(size, hot, cold)
        done += size
        gone = clock() - began
        share = min(_NEARLY, max(gone / seconds, done / steps))
        if gone - at >= TELL_S and share > said:
            at, said = gone, share
            report(share)

    return run


def packed(board: Board) -> tuple[Given, State]:
    """Return the day and the plan as arrays."""
    return _given(board.day), _state(board)


def _given(day: Day) -> Given:
    m = len(day.workers)
    nodes = np.array([*day.place, *day.starts, *day.ends], np.int64)
    modes = sorted({w.mode for w in day.workers})
    one_of = {mode: next(i for i, w in enumerate(day.workers) if w.mode is mode) for mode in modes}
    cut = np.ix_(nodes, nodes)
    travel = np.stack([day.seconds[one_of[mode]][cut] for mode in modes]).astype(np.int32)
    metres = np.stack([day.metres[one_of[mode]][cut] for mode in modes]).astype(np.int32)
    who = np.array([_worker_row(day, w, modes.index(day.workers[w].mode)) for w in range(m)], np.int64)
    teams, first, sits, pairs = _teams(day)
    n = len(day.owner)
    near = _near(_by_visit(travel[:, :n, :n].min(axis=0), day.owner))
    return Given(
        travel, metres, who, _node_rows(day), day.opens, day.closes, day.strange, teams, first, sits, pairs,
        near, day.params.balance_percent,
    )  # fmt: skip


def _node_rows(day: Day) -> Ints:
    """Return what is known of each node, and of the visit that it belongs to."""
    must = np.array([v.mandatory for v in day.visits], np.int64)[day.owner]
    closes = np.array([windows[-1][1] for windows in day.windows])
    return np.stack([day.service, day.price[day.owner], must, closes, day.owner], axis=1)


def _worker_row(day: Day, w: int, mode: int) -> list[int]:
    worker, lunch = day.workers[w], day.workers[w].lunch
    rest = (lunch.from_s, lunch.to_s - lunch.seconds, lunch.seconds) if lunch else (NEVER, -NEVER, 0)
    walk = (worker.max_walk_m or 0) if day.on_foot(w) else NEVER
    return [*worker.hours, *rest, worker.busy_limit_s, walk, mode]


def _teams(day: Day) -> tuple[Ints, Ints, NDArray[np.bool_], Ints]:
    rows, sits, first = list[tuple[int, ...]](), list[list[bool]](), [0]
    pairs = list[tuple[int, int]]()
    for found in day.teams:
        for team in found:
            before = len(pairs)
            alone = len(team.seats) == 1
            pairs += [] if alone else team.pairs()
            one, two = team.nodes[0], team.nodes[-1]
            rows.append(
                (len(team.seats), before, len(pairs), one, two, *team.gap, team.way, int(day.dear[one]))
            )
            sits.append([alone and w in team.seats[0] for w in range(len(day.workers))])
        first.append(len(rows))
    return (
        np.array(rows, np.int64),
        np.array(first, np.int64),
        np.array(sits, np.bool_),
        np.array(pairs, np.int64).reshape(-1, 2),
    )


def _by_visit(seconds: NDArray[np.int32], owner: Ints) -> NDArray[np.int32]:
    """Return the least way between any two visits, of all places where they may be made."""
    order = np.argsort(owner, kind="stable")
    first = np.searchsorted(owner[order], np.arange(owner.max() + 1))
    rows = np.minimum.reduceat(seconds[np.ix_(order, order)], first, axis=0)
    return np.asarray(np.minimum.reduceat(rows, first, axis=1), np.int32)


def _near(seconds: NDArray[np.int32]) -> NDArray[np.int32]:
    both = np.minimum(seconds, seconds.T)
    order = np.argsort(both, axis=1, kind="stable").astype(np.int32)
    width = min(NEIGHBOURS, len(seconds) - 1)
    rows = [row[row != i][:width] for i, row in enumerate(order)]
    return np.array(rows, np.int32).reshape(len(seconds), width)


def _state(board: Board) -> State:
    day = board.day
    n, m, nodes = len(day.visits), len(day.workers), len(day.owner)
    stops, tour = np.zeros((m, n + 3), np.int64), np.zeros((m, 7), np.int64)
    at: Ints = np.full((nodes, 4), -1, np.int64)
    for w, found in enumerate(board.tours):
        size = tour[w, 0] = len(found.stops)
        stops[w, : size + 2] = [nodes + w, *found.stops, nodes + m + w]
        for node, start in found.fixed.items():
            at[node, START] = start
    number = {team: i for i, team in enumerate(team for found in day.teams for team in found)}
    for v, people in board.people.items():
        at[v, : len(people)], at[v, TEAM] = people, number[board.teams[v]]
    missing = board.missing()
    absent = np.zeros(n, np.int64)
    absent[: len(missing)] = missing
    paid = board.paid + int(day.price[missing].sum())
    counts = np.array([len(missing), 0, paid, 0, -1, 0], np.int64)
    time_, none, wide = np.zeros((m, n + 3, 5), np.int64), np.zeros, max(8, n + 3, 2 * m)
    return State(
        stops, time_, tour, at, absent, counts, none(n, np.int64),
        np.full((nodes, m, 2, 3), -1, np.int64),
        stops.copy(), time_.copy(), tour.copy(), at.copy(), absent.copy(),
        stops.copy(), none(m, np.int64), at.copy(),
        none((2 * m, n + 3, 6), np.int64), none((4, wide), np.int64), none((2, 7), np.int64),
        none(n), none(m, np.bool_),
        np.array([REMOVED, LONGEST, BLINK, SPLIT, PASS, SEND, _idle(day, missing)]),
    )  # fmt: skip


def _idle(day: Day, missing: list[int]) -> float:
    """Return what a second saved is worth: nothing where everybody is visited."""
    if all(day.visits[v].mandatory for v in missing):
        return 0.0
    optional = [v for v, visit in enumerate(day.visits) if not visit.mandatory]
    return IDLE * float(np.median(day.price[optional] / (day.service[optional] + 300.0)))


def _board(day: Day, state: State) -> Board:
    board, teams = Board(day), [team for found in day.teams for team in found]
    at = state.best_at
    for w, tour in enumerate(board.tours):
        tour.stops = [int(node) for node in state.best_stops[w, 1 : 1 + int(state.best_size[w])]]
        tour.fixed = {node: int(at[node, START]) for node in tour.stops if at[node, START] >= 0}
        tour.refresh()
    for v in range(len(day.visits)):
        if at[v, TEAM] >= 0:
            board.teams[v] = teams[at[v, TEAM]]
            board.people[v] = tuple(at[v, : len(board.teams[v].seats)].tolist())
    return board
