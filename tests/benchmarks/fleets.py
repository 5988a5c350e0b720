"""Other engines on a published instance: PyVRP and OR-Tools, by the CPU seconds of their search.

Both get what our reader read, but for instances with prizes, which PyVRP reads
by itself. What each needs to hold the instance is no part of its seconds.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pyvrp
from ortools.constraint_solver import pywrapcp, routing_enums_pb2

from routing.instances import Instance
from tests.benchmarks.peers import INSERTED, WALL, until

__all__ = ["ortools_cost", "pyvrp_cost", "pyvrp_data", "pyvrp_read"]

WITH_WINDOWS = "SAVINGS"
"""OR-Tools' first solution where windows bind: the best of three tried there, as insertion is with prizes."""


def pyvrp_read(file: Path) -> Any:
    """Return an instance with prizes as PyVRP reads it."""
    return pyvrp.read(file, round_func="dimacs")


def pyvrp_data(instance: Instance) -> Any:
    """Return an instance with windows as PyVRP holds it."""
    clients = [
        pyvrp.Client(
            location=v,
            delivery=[int(instance.demand[v])],
            service_duration=int(instance.service[v]),
            tw_early=int(instance.opens[v]),
            tw_late=int(instance.closes[v]),
        )
        for v in range(1, len(instance.demand))
    ]
    fleet = pyvrp.VehicleType(
        num_available=instance.vehicles,
        capacity=[instance.capacity],
        tw_early=int(instance.opens[0]),
        tw_late=int(instance.closes[0]),
    )
    places = [pyvrp.Location(0, 0)] * len(instance.demand)
    tables: list[Any] = [instance.metres.astype("int64")]
    return pyvrp.ProblemData(places, clients, [pyvrp.Depot(0)], [fleet], tables, tables)


def pyvrp_cost(data: Any, scale: int, seconds: float, seed: int) -> float | None:
    """Return the cost that PyVRP comes to, None where it finds no plan."""
    over = until(seconds)
    found = pyvrp.solve(data, lambda _: over(), seed=seed, display=False)
    return float(found.cost()) / scale if found.is_feasible() else None


def ortools_cost(instance: Instance, seconds: float, seed: int) -> float | None:
    """Return the cost that OR-Tools comes to by itself, None where it finds no plan."""
    model = _Model(instance, seed)
    routes = model.solve(seconds)
    return None if routes is None else instance.cost(routes)


class _Model:
    """Plain vehicle routing in OR-Tools: from a first solution of its own, by guided local search."""

    def __init__(self, instance: Instance, seed: int) -> None:
        self.instance, self.clients = instance, range(1, len(instance.demand))
        self.manager = pywrapcp.RoutingIndexManager(len(instance.demand), instance.vehicles, 0)
        self.routing = pywrapcp.RoutingModel(self.manager)
        self.routing.solver().ReSeed(seed)
        ways = self.routing.RegisterTransitMatrix(instance.metres.tolist())
        self.routing.SetArcCostEvaluatorOfAllVehicles(ways)
        loads = self.routing.RegisterUnaryTransitVector(instance.demand.tolist())
        self.routing.AddDimension(loads, 0, instance.capacity, True, "load")
        self.first = WITH_WINDOWS if self._times() else INSERTED
        for v in self.clients:
            if instance.prize[v]:
                self.routing.AddDisjunction([self.manager.NodeToIndex(v)], int(instance.prize[v]))

    def _times(self) -> bool:
        """Windows, where any route could miss one: what binds nobody would only slow the search."""
        given = self.instance
        transits = given.metres + given.service[:, None]
        if int(given.closes.min()) >= int(transits.max(axis=1).sum()) and not given.opens.any():
            return False
        latest = int(given.closes.max())
        times = self.routing.RegisterTransitMatrix(transits.tolist())
        self.routing.AddDimension(times, latest, latest, False, "time")
        time_of = self.routing.GetDimensionOrDie("time").CumulVar
        for v in self.clients:
            time_of(self.manager.NodeToIndex(v)).SetRange(int(given.opens[v]), int(given.closes[v]))
        for vehicle in range(given.vehicles):
            for end in (self.routing.Start(vehicle), self.routing.End(vehicle)):
                time_of(end).SetRange(int(given.opens[0]), int(given.closes[0]))
        return True

    def solve(self, seconds: float) -> list[list[int]] | None:
        """Return the routes, None where there are none."""
        parameters = pywrapcp.DefaultRoutingSearchParameters()
        metaheuristics = routing_enums_pb2.LocalSearchMetaheuristic
        parameters.first_solution_strategy = getattr(routing_enums_pb2.FirstSolutionStrategy, self.first)
        parameters.local_search_metaheuristic = metaheuristics.GUIDED_LOCAL_SEARCH
        parameters.time_limit.FromMilliseconds(int(WALL * seconds * 1000))
        over = until(seconds)
        self.routing.AddSearchMonitor(self.routing.solver().CustomLimit(over))
        found = self.routing.SolveWithParameters(parameters)
        return None if found is None else [self._route(found, w) for w in range(self.instance.vehicles)]

    def _route(self, found: Any, vehicle: int) -> list[int]:
        stops, index = list[int](), found.Value(self.routing.NextVar(self.routing.Start(vehicle)))
        while not self.routing.IsEnd(index):
            stops.append(self.manager.IndexToNode(index))
            index = found.Value(self.routing.NextVar(index))
        return stops
