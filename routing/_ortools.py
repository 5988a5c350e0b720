"""The full routing model in OR-Tools, closed on a starting plan and polished.

Started cold, OR-Tools leaves every visit in a pair undone; started from a plan
that already works, it accepts and improves it. So the model is always closed
on a plan (:mod:`routing._construct`), read as an assignment and searched by
guided local search. A visit in a pair is two nodes that start together in two
different routes.

Breaks in OR-Tools are less free than ours (:class:`routing.models.Lunch`), so
the answer is taken as an order of stops with the agreed starts of the pairs;
the times on the sheet are worked out again by :mod:`routing._tour`.
"""

from __future__ import annotations

from dataclasses import dataclass
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
    """One person's part in one visit, and the workers who may take it."""

    visit: int
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
        self.nodes = _nodes(start)
        self.node_of: dict[int, list[int]] = {}
        for i, node in enumerate(self.nodes):
            self.node_of.setdefault(node.visit, []).append(i)
        day, n, w = self.day, len(self.nodes), len(self.day.workers)
        self.places = np.array([*(day.place[node.visit] for node in self.nodes), *day.starts, *day.ends])
        self.services = np.array([*(day.service[node.visit] for node in self.nodes), *[0] * (2 * w)])
        ends = list(range(n + w, n + 2 * w))
        self.manager = pywrapcp.RoutingIndexManager(n + 2 * w, w, list(range(n, n + w)), ends)
        self.routing = pywrapcp.RoutingModel(self.manager)
        self.solver = self.routing.solver()
        self.solver.ReSeed(seed)
        self.index = [self.manager.NodeToIndex(i) for i in range(n)]
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
        return int(self.routing.RegisterTransitMatrix(matrix.tolist()))

    def _costs(self) -> None:
        """Travel, and continuity on the way to a visit by one person."""
        n = len(self.nodes)
        for w in range(len(self.day.workers)):
            cost = self._matrix(w)
            strange = [int(self.day.strange[node.visit, w]) * self._alone(node) for node in self.nodes]
            cost[:, :n] += np.array(strange, np.int64)[None, :]
            self.routing.SetArcCostEvaluatorOfVehicle(self._register(cost), w)

    def _alone(self, node: _Node) -> bool:
        return len(self.node_of[node.visit]) == 1

    def _time(self) -> None:
        """Work hours, and windows of visits (several each)."""
        transits = [self._register(self._transit(w)) for w in range(len(self.day.workers))]
        self.routing.AddDimensionWithVehicleTransits(transits, DAY_S, DAY_S, False, "time")
        self.time = self.routing.GetDimensionOrDie("time")
        for w, worker in enumerate(self.day.workers):
            self.time.CumulVar(self.routing.Start(w)).SetRange(*worker.hours)
            self.time.CumulVar(self.routing.End(w)).SetRange(*worker.hours)
        for index, node in zip(self.index, self.nodes, strict=True):
            windows = self.day.windows[node.visit]
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
                for index, node in zip(self.index, self.nodes, strict=True):
                    visits[index] = int(self.day.service[node.visit])
                self.time.SetBreakIntervalsOfVehicle([rest], w, visits)

    def _busy(self) -> None:
        """Slack for emergencies: travel and visits fill a part of the hours."""
        transits = [self._register(self._transit(w)) for w in range(len(self.day.workers))]
        limits = [worker.busy_limit_s for worker in self.day.workers]
        self.routing.AddDimensionWithVehicleTransitAndCapacity(transits, 0, limits, True, "busy")

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
        for index, node in zip(self.index, self.nodes, strict=True):
            self.routing.VehicleVar(index).SetValues([-1, *node.workers])

    def _pairs(self) -> None:
        """Both or nobody, at the same time, two different people."""
        for nodes in self.node_of.values():
            if len(nodes) == 2:
                a, b = (self.index[i] for i in nodes)
                active = self.routing.ActiveVar
                self.solver.Add(active(a) == active(b))
                self.solver.Add(self.time.CumulVar(a) == self.time.CumulVar(b))
                same = self.solver.IsEqualVar(self.routing.VehicleVar(a), self.routing.VehicleVar(b))
                self.solver.Add(same + active(a) <= 1)  # both left out are equal, at -1

    def _leaving_out(self) -> None:
        """Every visit may be left out, at its price."""
        for visit, nodes in self.node_of.items():
            price = int(self.day.price[visit])
            for share, i in enumerate(nodes):
                self.routing.AddDisjunction([self.index[i]], (price + share) // len(nodes))

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
        first = self.routing.ReadAssignmentFromRoutes(self._routes(), True)
        return first and self.routing.SolveFromAssignmentWithParameters(first, parameters)

    def _routes(self) -> list[list[int]]:
        taken: set[int] = set()
        routes = []
        for w, tour in enumerate(self.start.tours):
            route = []
            for visit in tour.stops:
                node = self._seat(visit, w, taken)
                taken.add(node)
                route.append(self.index[node])
            routes.append(route)
        return routes

    def _seat(self, visit: int, worker: int, taken: set[int]) -> int:
        """Return the node of `visit` that leaves a seat to the partner too."""
        nodes = [i for i in self.node_of[visit] if i not in taken and worker in self.nodes[i].workers]
        partner = [w for w in self.start.people[visit] if w != worker]
        for i in nodes:
            others = [j for j in self.node_of[visit] if j != i]
            if all(j in taken or partner[0] in self.nodes[j].workers for j in others):
                return i
        return nodes[0]

    def board(self, found: Any) -> Board | None:
        """Return the solution as a board, None where its order cannot be kept."""
        board = Board(self.day)
        people: dict[int, list[int]] = {}
        for w, tour in enumerate(board.tours):
            index = found.Value(self.routing.NextVar(self.routing.Start(w)))
            while not self.routing.IsEnd(index):
                visit = self.nodes[self.manager.IndexToNode(index)].visit
                people.setdefault(visit, []).append(w)
                tour.stops.append(visit)
                if len(self.node_of[visit]) == 2:
                    tour.fixed[visit] = found.Value(self.time.CumulVar(index))
                index = found.Value(self.routing.NextVar(index))
            tour.refresh()
        board.people = {visit: tuple(who) for visit, who in people.items()}
        return board if all(tour.feasible for tour in board.tours) else None


def _nodes(board: Board) -> list[_Node]:
    """Return a node per seat; a visit on the board keeps the size of its crew."""
    nodes: list[_Node] = []
    for visit in range(len(board.day.visits)):
        nodes += [_Node(visit, seat) for seat in _team(board, visit).seats]
    return nodes


def _team(board: Board, visit: int) -> Team:
    teams, who = board.day.teams[visit], board.people.get(visit)
    if who is None:
        return teams[0]
    return next(team for team in teams if _seated(team, who))


def _seated(team: Team, who: tuple[int, ...]) -> bool:
    if len(who) != len(team.seats):
        return False
    if len(who) == 1:
        return who[0] in team.seats[0]
    return (min(who), max(who)) in team.pairs()
