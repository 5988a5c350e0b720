"""Other engines on the same day, so that a table compares like with like.

VROOM and PyVRP return the order of visits of every worker and their own CPU
seconds; :func:`scored` turns the orders into a board, which our rules and our
objective judge. They know no visit by two people, PyVRP no lunch, neither of
them continuity: the days of the table leave out what a peer does not know.

OR-Tools has the whole of our model. :func:`started` lets it search from the
inserted plan, :func:`cold` from nothing: a first solution of its own, then
guided local search. Which first solution decides: parallel insertion makes a
plan, what OR-Tools takes by default often visits nobody.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
import pyvrp
import vroom
from ortools.constraint_solver import pywrapcp, routing_enums_pb2

from routing import _ortools
from routing._construct import Board, construct
from routing._day import Day

__all__ = [
    "BY_DEFAULT",
    "COLD",
    "DEFAULT",
    "INSERTED",
    "STARTED",
    "WALL",
    "cold",
    "pyvrp_orders",
    "scored",
    "started",
    "until",
    "vroom_orders",
]

type Orders = list[list[int]]

_NO_WAY = 3_000_000

INSERTED, DEFAULT = "PARALLEL_CHEAPEST_INSERTION", "AUTOMATIC"
"""OR-Tools' first solutions: the best of those tried here, and what it takes by itself."""

STARTED = "OR-Tools from the inserted plan"
COLD = "OR-Tools from its own insertion"
BY_DEFAULT = "OR-Tools by default"
"""The heads of their columns; the first is what ``engine="ortools"`` makes."""

WALL = 10.0
"""Wall seconds per CPU second, at most: other programs may hold the machine."""


def scored(day: Day, orders: Sequence[Sequence[int]]) -> Board:
    """Return the orders as a board.

    Raises
    ------
    ValueError
        A tour breaks a rule of ours.
    """
    board = Board(day)
    for w, order in enumerate(orders):
        board.tours[w].stops = list(order)
        board.tours[w].refresh()
        if not board.tours[w].feasible:
            raise ValueError(f"worker {w}: {order}")
        board.people |= {v: (w,) for v in order}
    return board


def until(seconds: float) -> Callable[[], bool]:
    """Return whether so many CPU seconds of this thread are over, from now on."""
    end = time.thread_time() + seconds
    return lambda: time.thread_time() >= end


class _Timed(_ortools._Model):
    """The model of the planner, searched by CPU seconds."""

    def solve(self, seconds: float, solutions: int, telling: Any = None) -> Any:
        """Search from the starting plan."""
        self._limit(seconds)
        return super().solve(WALL * seconds, solutions)

    def _limit(self, seconds: float) -> None:
        self.over = until(seconds)
        self.routing.AddSearchMonitor(self.solver.CustomLimit(self.over))


class _Cold(_Timed):
    """The same without a plan to start from; `first` names OR-Tools' first solution."""

    def __init__(self, day: Day, seed: int, first: str) -> None:
        super().__init__(Board(day), seed)
        self.first = first

    def solve(self, seconds: float, solutions: int, telling: Any = None) -> Any:
        """Search from OR-Tools' own first solution; None where it finds none."""
        parameters = pywrapcp.DefaultRoutingSearchParameters()
        metaheuristics = routing_enums_pb2.LocalSearchMetaheuristic
        parameters.first_solution_strategy = getattr(routing_enums_pb2.FirstSolutionStrategy, self.first)
        parameters.local_search_metaheuristic = metaheuristics.GUIDED_LOCAL_SEARCH
        parameters.time_limit.FromMilliseconds(int(WALL * seconds * 1000))
        self._limit(seconds)
        return self.routing.SolveWithParameters(parameters)


def started(day: Day, seconds: float, seed: int) -> tuple[Board, float]:
    """Let OR-Tools improve the first plan."""
    began = time.thread_time()
    board = construct(day, seed, 1)
    model = _Timed(board, seed)
    found = model.solve(seconds - (time.thread_time() - began), 1 << 40)
    better = model.board(found) if found is not None else None
    board = better if better is not None and better.cost <= board.cost else board
    board.fill()
    return board, time.thread_time() - began


def cold(day: Day, seconds: float, seed: int, first: str = INSERTED) -> tuple[Board, float]:
    """Let OR-Tools find a plan by itself; an empty board where it finds none."""
    began = time.thread_time()
    model = _Cold(day, seed, first)
    found = model.solve(seconds - (time.thread_time() - began), 1 << 40)
    board = model.board(found) if found is not None else None
    return board or Board(day), time.thread_time() - began


def _may(day: Day, v: int, w: int) -> bool:
    return any(len(team.seats) == 1 and w in team.seats[0] for team in day.teams[v])


def _soft(day: Day, v: int) -> int:
    """Return the price of leaving `v` out, what it costs as a mandatory visit aside."""
    return int(day.price[v]) - day.params.mandatory_s * day.visits[v].mandatory


def vroom_orders(day: Day) -> tuple[Orders, float]:
    """Run VROOM to its end: one thread, exploration level 5."""
    problem = vroom.Input()
    for w in {w.mode: i for i, w in enumerate(day.workers)}.values():
        seconds = np.minimum(day.seconds[w], _NO_WAY).astype(np.uint32)
        problem.set_durations_matrix(day.workers[w].mode.value, seconds)
    top = max(1, *(_soft(day, v) for v in range(len(day.visits))))
    for v, visit in enumerate(day.visits):
        problem.add_job(
            vroom.Job(
                id=v,
                location=int(day.place[v]),
                default_service=int(day.service[v]),
                skills={v},
                priority=100 if visit.mandatory else 1 + round(98 * _soft(day, v) / top),
                time_windows=[vroom.TimeWindow(a, b) for a, b in day.windows[v]],
            )
        )
    for w in range(len(day.workers)):
        problem.add_vehicle(_vehicle(day, w))
    began = time.process_time()
    found = problem.solve(exploration_level=5, nb_threads=1).routes
    spent = time.process_time() - began
    orders: Orders = [[] for _ in day.workers]
    for row in found[found["type"] == "job"].itertuples():
        orders[int(row.vehicle_id)].append(int(row.id))
    return orders, spent


def _vehicle(day: Day, w: int) -> Any:
    worker, lunch = day.workers[w], day.workers[w].lunch
    latest = [vroom.TimeWindow(lunch.from_s, lunch.to_s - lunch.seconds)] if lunch else []
    return vroom.Vehicle(
        id=w,
        start=int(day.starts[w]),
        end=int(day.ends[w]),
        profile=worker.mode.value,
        skills={v for v in range(len(day.visits)) if _may(day, v, w)},
        time_window=vroom.TimeWindow(*worker.hours),
        breaks=[vroom.Break(id=w, time_windows=latest, service=lunch.seconds)] if lunch else [],
    )


def pyvrp_orders(day: Day, seconds: float, seed: int) -> tuple[Orders, float]:
    """Run PyVRP for that long; of a visit with several windows there is a client per window."""
    clients, groups, who = list[Any](), list[Any](), list[int]()
    for v, visit in enumerate(day.visits):
        windows, group = day.windows[v], None
        if len(windows) > 1:
            group = len(groups)
            members = range(len(clients), len(clients) + len(windows))
            groups.append(pyvrp.ClientGroup(list(members), required=visit.mandatory))
        for a, b in windows:
            client = pyvrp.Client(
                location=1 + v,
                service_duration=int(day.service[v]),
                tw_early=a,
                tw_late=b,
                prize=0 if visit.mandatory else _soft(day, v),
                required=visit.mandatory and group is None,
                group=group,
            )
            clients.append(client)
            who.append(v)
    types = [
        pyvrp.VehicleType(tw_early=worker.hours[0], tw_late=worker.hours[1], profile=w)
        for w, worker in enumerate(day.workers)
    ]
    tables = [_table(day, w) for w in range(len(day.workers))]
    places = [pyvrp.Location(0, 0)] * (1 + len(day.visits))
    data = pyvrp.ProblemData(places, clients, [pyvrp.Depot(0)], types, tables, tables, groups)
    began = time.thread_time()
    over = until(seconds)
    best = pyvrp.solve(data, lambda _: over(), seed=seed, display=False).best
    spent = time.thread_time() - began
    orders: Orders = [[] for _ in day.workers]
    for route in best.routes() if best.is_feasible() else ():
        orders[route.vehicle_type()] = [who[stop.idx] for stop in route if stop.is_client()]
    return orders, spent


def _table(day: Day, w: int) -> Any:
    """Return the seconds of one worker, the depot first; too far where the worker may not go."""
    nodes = np.array([day.starts[w], *day.place])
    table = np.minimum(day.seconds[w][np.ix_(nodes, nodes)], _NO_WAY)
    closed = [1 + v for v in range(len(day.visits)) if not _may(day, v, w)]
    table[:, closed] = table[closed, :] = _NO_WAY
    np.fill_diagonal(table, 0)
    return table
