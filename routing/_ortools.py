"""The full routing model in OR-Tools, closed on a starting plan and polished.

Started without a plan, OR-Tools leaves nearly every visit out by default, and
many pairs with any first solution of its own (``docs/planning.md``); started
from a plan that already works, it accepts and improves it. So the model is always closed
on a plan (:mod:`routing._construct`), read as an assignment and searched by
guided local search. A visit is a node for each way of making it, in a pair two
for each way, in two different routes; at most one way is taken. Every visit
keeps the size of the crew that the plan gives it.

Breaks in OR-Tools are less free than ours (:class:`routing.models.Lunch`), so
the answer is taken as an order of stops with the agreed starts of the pairs;
the times on the sheet are worked out again by :mod:`routing._tour`. Of the
evenness of the days the model knows the longest day, not its distance from the
mean: what our own cost calls dearer is not taken.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from itertools import pairwise
from typing import Any

import numpy as np
from ortools.constraint_solver import pywrapcp, routing_enums_pb2

from fieldmap.models import TravelMode
from routing._construct import Board
from routing._day import Day, Ints, Team
from routing.models import DAY_S
from routing.travel import UNREACHABLE

__all__ = ["polish"]

_UNREACHED = 10 * DAY_S

_CELL_S = 1e-7
"""What a cell of a matrix takes to be read."""

_LEAST_S = 0.1
"""What the search has at least, where reading the day took long."""

_TELL_S = 0.3
"""How often, at most, somebody who waits is told how far the search is."""

_FEW = 400
"""Nodes up to which each worker has a matrix of costs. With more, one for each mode serves and the price of
continuity is counted beside it: slower to search, but a day of 1,000 visits needs a quarter of the memory."""


@dataclass(frozen=True, slots=True)
class _Node:
    """A node of the day, and the workers who may take it."""

    number: int
    workers: tuple[int, ...]


def polish(
    board: Board, seconds: float, solutions: int, seed: int, report: Callable[[float], None] | None = None
) -> Board | None:
    """Return the board as OR-Tools leaves it, or None where it does not take it or makes it dearer.

    None, too, where half the time would be gone before it has read the day.

    Parameters
    ----------
    seconds
        Wall-clock limit, with what it takes to read the day.
    solutions
        Limit on the solutions that the search looks at.
    report
        Told the share done, now and then; what it raises ends the search and passes through.
    """
    if not board.people or seconds < 2 * _reading_s(board.day) or solutions <= 0 or seconds <= 0:
        return None
    began = time.monotonic()
    model = _Model(board, seed)
    telling = _Telling(report, began, seconds) if report else None
    found = model.solve(max(_LEAST_S, seconds - (time.monotonic() - began)), solutions, telling)
    if telling and telling.raised:
        raise telling.raised
    if found is None:
        return None
    better = model.board(found)
    return better if better is not None and better.cost <= board.cost else None


def _reading_s(day: Day) -> float:
    """Return about how many seconds it takes to make the model: its matrices are what takes long."""
    places = len(day.owner) + 2 * len(day.workers)
    tables = 4 * len({worker.mode for worker in day.workers}) + len(day.workers) * (places <= _FEW)
    return _CELL_S * tables * places**2


class _Telling:
    """Tells the share of the seconds that is gone; OR-Tools cannot hand on what is raised."""

    def __init__(self, report: Callable[[float], None], began: float, seconds: float) -> None:
        self.report, self.began, self.seconds = report, began, seconds
        self.said = began
        self.raised: BaseException | None = None

    def ends(self) -> bool:
        """Tell, at most every `_TELL_S`, and return whether the search is to end."""
        now = time.monotonic()
        if self.raised is None and now - self.said >= _TELL_S:
            self.said = now
            try:
                self.report(min(1.0, (now - self.began) / self.seconds))
            except BaseException as raised:  # also the signal that cancels
                self.raised = raised
        return self.raised is not None


class _Model:
    """One method per rule; see :mod:`routing.day` for the symbols."""

    def __init__(self, start: Board, seed: int) -> None:
        self.start, self.day = start, start.day
        self.crews = [_crews(start, visit) for visit in range(len(self.day.visits))]
        day, w = self.day, len(self.day.workers)
        self.nodes = [
            _Node(number, seat)
            for crews in self.crews
            for team in crews
            for number, seat in zip(team.nodes, team.seats, strict=True)
        ]
        n, numbers = len(self.nodes), np.array([node.number for node in self.nodes])
        self.owner = day.owner[numbers]
        self.places = np.array([*day.place[numbers], *day.starts, *day.ends])
        self.services = np.array([*day.service[numbers], *[0] * (2 * w)])
        ends = list(range(n + w, n + 2 * w))
        self.manager = pywrapcp.RoutingIndexManager(n + 2 * w, w, list(range(n, n + w)), ends)
        self.routing = pywrapcp.RoutingModel(self.manager)
        self.solver = self.routing.solver()
        self.solver.ReSeed(seed)
        self.index = {node.number: self.manager.NodeToIndex(i) for i, node in enumerate(self.nodes)}
        self.tables: dict[tuple[str, TravelMode, bytes], int] = {}
        self._costs()
        self._time()
        self._lunch()
        self._busy()
        self._walking()
        self._who()
        self._pairs()
        self._leaving_out()

    def _shared(self, kind: str, worker: int, make: Callable[[int], Ints], own: bytes = b"") -> int:
        """Return the number of a worker's matrix, which those of the same mode (and `own`) share."""
        key = kind, self.day.workers[worker].mode, own
        if key not in self.tables:
            matrix = self._at_home(make(worker))
            self.tables[key] = int(self.routing.RegisterTransitMatrix(matrix.tolist()))
        return self.tables[key]

    def _at_home(self, matrix: Ints) -> Ints:
        """Return the matrix without the way from start to end: who visits nobody does not travel."""
        w, m = len(self.nodes), len(self.day.workers)
        matrix[np.arange(w, w + m), np.arange(w + m, w + 2 * m)] = 0
        return matrix

    def _travel(self, worker: int) -> Ints:
        times = self.day.seconds[worker][np.ix_(self.places, self.places)]
        return np.minimum(times, _UNREACHED)

    def _transit(self, worker: int) -> Ints:
        return np.asarray(self._travel(worker) + self.services[:, None])

    def _transits(self) -> list[int]:
        return [self._shared("transit", w, self._transit) for w in range(len(self.day.workers))]

    def _costs(self) -> None:
        """Travel, and on the way to a visit the price of its way, of continuity for one person."""
        dear, strange = self._prices()
        few = len(self.places) <= _FEW
        for w in range(len(self.day.workers)):
            price = dear + strange[w] if few else dear
            number = self._shared("cost", w, partial(self._cost, price), price.tobytes())
            self.routing.SetArcCostEvaluatorOfVehicle(number, w)
        if not few and strange.any():
            prices = [int(self.routing.RegisterUnaryTransitVector(row)) for row in strange.tolist()]
            most = int(strange.sum(axis=1).max())
            self.routing.AddDimensionWithVehicleTransits(prices, 0, most, True, "strange")
            self.routing.GetDimensionOrDie("strange").SetSpanCostCoefficientForAllVehicles(1)

    def _cost(self, price: Ints, worker: int) -> Ints:
        return np.asarray(self._travel(worker) + price)

    def _prices(self) -> tuple[Ints, Ints]:
        """Return the price of a node's way, and the price of continuity by worker and node."""
        day, n = self.day, len(self.nodes)
        dear = np.zeros(len(self.places), np.int64)
        dear[:n] = day.dear[[node.number for node in self.nodes]]
        alone = np.array([len(self.crews[visit][0].seats) == 1 for visit in self.owner])
        strange = np.zeros((len(day.workers), len(self.places)), np.int64)
        strange[:, :n] = day.strange[self.owner].T * alone
        return dear, strange

    def _time(self) -> None:
        """Work hours, and windows of visits (several each)."""
        transits = self._transits()
        self.routing.AddDimensionWithVehicleTransits(transits, DAY_S, DAY_S, False, "time")
        self.time = self.routing.GetDimensionOrDie("time")
        for w, worker in enumerate(self.day.workers):
            self.time.CumulVar(self.routing.Start(w)).SetRange(*worker.hours)
            self.time.CumulVar(self.routing.End(w)).SetRange(*worker.hours)
        for number, index in self.index.items():
            windows = self.day.windows[number]
            cumul = self.time.CumulVar(index)
            cumul.SetRange(windows[0][0], windows[-1][1])
            for (_, closed), (opens, _) in pairwise(windows):
                cumul.RemoveInterval(closed + 1, opens - 1)

    def _lunch(self) -> None:
        for w, worker in enumerate(self.day.workers):
            lunch = worker.lunch
            if lunch and lunch.seconds:
                latest = lunch.to_s - lunch.seconds
                rest = self.solver.FixedDurationIntervalVar(
                    lunch.from_s, latest, lunch.seconds, False, f"lunch {w}"
                )
                visits = [0] * self.routing.Size()
                for number, index in self.index.items():
                    visits[index] = int(self.day.service[number])
                self.time.SetBreakIntervalsOfVehicle([rest], w, visits)

    def _busy(self) -> None:
        """Slack for emergencies: travel and visits fill a part of the hours; and the longest day."""
        transits = self._transits()
        limits = [worker.busy_limit_s for worker in self.day.workers]
        self.routing.AddDimensionWithVehicleTransitAndCapacity(transits, 0, limits, True, "busy")
        percent = self.day.params.balance_percent
        if percent:
            workers = range(len(self.day.workers))
            shares = [self._shared("share", w, lambda w: self._transit(w) * percent // 100) for w in workers]
            self.routing.AddDimensionWithVehicleTransits(shares, 0, _UNREACHED * percent, True, "uneven")
            self.routing.GetDimensionOrDie("uneven").SetGlobalSpanCostCoefficient(1)

    def _walking(self) -> None:
        on_foot = [self.day.on_foot(w) for w in range(len(self.day.workers))]
        if not any(on_foot):
            return
        free = int(self.routing.RegisterUnaryTransitVector([0] * len(self.places)))
        transits = [self._shared("metres", w, self._metres) if on else free for w, on in enumerate(on_foot)]
        limits = [worker.max_walk_m or 0 for worker in self.day.workers]
        self.routing.AddDimensionWithVehicleTransitAndCapacity(transits, 0, limits, True, "walk")

    def _metres(self, worker: int) -> Ints:
        return np.minimum(self.day.metres[worker][np.ix_(self.places, self.places)], UNREACHABLE)

    def _who(self) -> None:
        """Roles, skills, certificates and companions, as the workers of each seat."""
        for node in self.nodes:
            self.routing.VehicleVar(self.index[node.number]).SetValues([-1, *node.workers])

    def _pairs(self) -> None:
        """Both in the same way or nobody, together or one after the other, two different people."""
        for team in (team for crews in self.crews for team in crews):
            if len(team.nodes) == 2:
                a, b = (self.index[node] for node in team.nodes)
                active, begins, (least, most) = self.routing.ActiveVar, self.time.CumulVar, team.gap
                self.solver.Add(active(a) == active(b))
                if team.ordered:  # whatever the windows say, nobody goes where that is impossible
                    free = 2 * DAY_S * (1 - active(a))
                    self.solver.Add(begins(b) - begins(a) + free >= least)
                    self.solver.Add(begins(b) - begins(a) - free <= most)
                else:
                    self.solver.Add(begins(a) == begins(b))
                same = self.solver.IsEqualVar(self.routing.VehicleVar(a), self.routing.VehicleVar(b))
                self.solver.Add(same + active(a) <= 1)  # both left out are equal, at -1

    def _leaving_out(self) -> None:
        """Every visit may be left out, at its price; it is made in one way at most."""
        for visit, crews in enumerate(self.crews):
            price, seats = int(self.day.price[visit]), list(zip(*(team.nodes for team in crews), strict=True))
            for share, nodes in enumerate(seats):
                indices = [self.index[node] for node in nodes]
                self.routing.AddDisjunction(indices, (price + share) // len(seats))

    def solve(self, seconds: float, solutions: int, telling: _Telling | None = None) -> Any:
        """Search from the starting plan; None where OR-Tools does not accept it."""
        parameters = pywrapcp.DefaultRoutingSearchParameters()
        metaheuristics = routing_enums_pb2.LocalSearchMetaheuristic
        parameters.local_search_metaheuristic = metaheuristics.GUIDED_LOCAL_SEARCH
        milliseconds = max(1, int(seconds * 1000))
        parameters.time_limit.FromMilliseconds(milliseconds)
        # What it may take to complete one plan, also the one it starts from: by default 0.1 s, too
        # little for a big day or a busy machine, and then it refuses that plan.
        parameters.lns_time_limit.FromMilliseconds(milliseconds)
        parameters.solution_limit = solutions
        self.routing.CloseModelWithParameters(parameters)
        # On a small day there is soon no other solution to count; failures always come.
        self.routing.AddSearchMonitor(self.solver.FailuresLimit(1000 + 5 * solutions))
        if telling:
            self.routing.AddSearchMonitor(self.solver.CustomLimit(telling.ends))
        routes = [[self.index[node] for node in tour.stops] for tour in self.start.tours]
        first = self.routing.ReadAssignmentFromRoutes(routes, True)
        return first and self.routing.SolveFromAssignmentWithParameters(first, parameters)

    def board(self, found: Any) -> Board | None:
        """Return the solution as a board, None where its order cannot be kept."""
        board = Board(self.day)
        who: dict[int, int] = {}
        for w, tour in enumerate(board.tours):
            index = found.Value(self.routing.NextVar(self.routing.Start(w)))
            while not self.routing.IsEnd(index):
                node = self.nodes[self.manager.IndexToNode(index)].number
                who[node] = w
                tour.stops.append(node)
                if len(self.crews[self.day.owner[node]][0].seats) == 2:
                    tour.fixed[node] = found.Value(self.time.CumulVar(index))
                index = found.Value(self.routing.NextVar(index))
            tour.refresh()
        for visit, crews in enumerate(self.crews):
            for team in crews:
                if team.nodes[0] in who:
                    board.teams[visit], board.people[visit] = team, tuple(who[node] for node in team.nodes)
        return board if all(tour.feasible for tour in board.tours) else None


def _crews(board: Board, visit: int) -> list[Team]:
    """Return a team per way of `visit`, like the one on the board; the best of each way where none is."""
    chosen = board.teams.get(visit)
    ways: dict[int, Team] = {}
    for team in board.day.teams[visit]:
        if chosen is None or len(team.seats) == len(chosen.seats):
            ways.setdefault(team.way, team)
    if chosen is None:
        size = len(board.day.teams[visit][0].seats)
        return [team for team in ways.values() if len(team.seats) == size]
    return list((ways | {chosen.way: chosen}).values())
