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

from dataclasses import dataclass
from hashlib import blake2b
from itertools import pairwise
from typing import Any

import numpy as np
from ortools.constraint_solver import pywrapcp, routing_enums_pb2

from routing._construct import Board
from routing._day import Ints, Team
from routing.models import DAY_S

__all__ = ["polish"]

_UNREACHED = 10 * DAY_S


@dataclass(frozen=True, slots=True)
class _Node:
    """A node of the day, and the workers who may take it."""

    number: int
    workers: tuple[int, ...]


def polish(board: Board, seconds: float, solutions: int, seed: int) -> Board | None:
    """Return the board as OR-Tools leaves it, or None where it does not take it or makes it dearer.

    Parameters
    ----------
    seconds
        Wall-clock limit.
    solutions
        Limit on the solutions that the search looks at.
    """
    if not board.people or seconds <= 0 or solutions <= 0:
        return None
    model = _Model(board, seed)
    found = model.solve(seconds, solutions)
    if found is None:
        return None
    better = model.board(found)
    return better if better is not None and better.cost <= board.cost else None


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
        self.registered: dict[bytes, int] = {}
        self._costs()
        self._time()
        self._lunch()
        self._busy()
        self._walking()
        self._who()
        self._pairs()
        self._leaving_out()

    def _matrix(self, worker: int) -> Ints:
        times = self.day.seconds[worker][np.ix_(self.places, self.places)]
        return np.minimum(times, _UNREACHED)

    def _register(self, matrix: Ints) -> int:
        """Return the number of a matrix; workers of one mode share theirs, which a big day needs."""
        key = blake2b(matrix.tobytes()).digest()
        if key not in self.registered:
            self.registered[key] = int(self.routing.RegisterTransitMatrix(matrix.tolist()))
        return self.registered[key]

    def _costs(self) -> None:
        """Travel, and on the way to a visit the price of its way, of continuity for one person."""
        n, day = len(self.nodes), self.day
        dear = day.dear[[node.number for node in self.nodes]]
        alone = np.array([len(self.crews[visit][0].seats) == 1 for visit in self.owner])
        for w in range(len(day.workers)):
            cost = self._matrix(w)
            cost[:, :n] += (dear + day.strange[self.owner, w] * alone)[None, :]
            self.routing.SetArcCostEvaluatorOfVehicle(self._register(cost), w)

    def _time(self) -> None:
        """Work hours, and windows of visits (several each)."""
        transits = [self._register(self._transit(w)) for w in range(len(self.day.workers))]
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

    def _transit(self, worker: int) -> Ints:
        return np.asarray(self._matrix(worker) + self.services[:, None])

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
        work = [self._transit(w) for w in range(len(self.day.workers))]
        transits = [self._register(matrix) for matrix in work]
        limits = [worker.busy_limit_s for worker in self.day.workers]
        self.routing.AddDimensionWithVehicleTransitAndCapacity(transits, 0, limits, True, "busy")
        percent = self.day.params.balance_percent
        if percent:
            shares = [self._register(matrix * percent // 100) for matrix in work]
            self.routing.AddDimensionWithVehicleTransits(shares, 0, _UNREACHED * percent, True, "uneven")
            self.routing.GetDimensionOrDie("uneven").SetGlobalSpanCostCoefficient(1)

    def _walking(self) -> None:
        walkers = [w for w in range(len(self.day.workers)) if self.day.on_foot(w)]
        if not walkers:
            return
        transits, limits = [], []
        for w, worker in enumerate(self.day.workers):
            metres = np.minimum(self.day.metres[w][np.ix_(self.places, self.places)], 10**9)
            transits.append(self._register(metres if w in walkers else np.zeros_like(metres)))
            limits.append(worker.max_walk_m or 0 if w in walkers else 0)
        self.routing.AddDimensionWithVehicleTransitAndCapacity(transits, 0, limits, True, "walk")

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

    def solve(self, seconds: float, solutions: int) -> Any:
        """Search from the starting plan; None where OR-Tools does not accept it."""
        parameters = pywrapcp.DefaultRoutingSearchParameters()
        metaheuristics = routing_enums_pb2.LocalSearchMetaheuristic
        parameters.local_search_metaheuristic = metaheuristics.GUIDED_LOCAL_SEARCH
        parameters.time_limit.FromMilliseconds(max(1, int(seconds * 1000)))
        parameters.solution_limit = solutions
        self.routing.CloseModelWithParameters(parameters)
        # On a small day there is soon no other solution to count; failures always come.
        self.routing.AddSearchMonitor(self.solver.FailuresLimit(1000 + 5 * solutions))
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
