"""From a benchmark instance to the compiled search of plain vehicle routing and back."""

from __future__ import annotations

import time

import numpy as np

from routing import _vrp
from routing._cooling import Clock, Cooling
from routing._jit import stream
from routing._vrp import Fleet, Routes
from routing.instances import REQUIRED, Instance

__all__ = ["empty", "given", "solve", "warm"]

HOT, COLD = 10.0, 0.1
"""Ways to a neighbour that a step may add at the beginning and at the end (odds 1 : e)."""

MANY, COOLER = 200, 0.3
"""Above so many clients the time is too short to begin that hot."""

NEXT, NEIGHBOURS = 10, 100
"""Clients that count as neighbours of one: for the heat, for the ruin."""

FIRST = 20
"""Steps that are made even in no time at all: one may overlook a route, so many leave nobody out."""

REMOVED, LONGEST = 10.0, 10.0
"""Stops that a step takes out on average, and the longest string of them."""

_LATEST = 1 << 30
"""Times, loads and prices of clients are cut here: later than any day, more than any vehicle."""

ENDLESS = 1 << 60
"""More steps than anybody waits for."""


def warm() -> None:
    """Load the compiled code, or compile it."""
    two = np.array([0, 1, 1])
    ways = (1 - np.eye(3)).astype(np.int32)
    _searched(Instance("", ways, two, 0 * two, 9 + two, 0 * two, 0 * two, 2, 2, 1), 1.0, 1, 0, time.monotonic)


def solve(
    instance: Instance, seconds: float, seed: int, clock: Clock, steps: int = ENDLESS
) -> list[list[int]]:
    """Return routes of clients (numbered from 1), by ruin and recreate from nothing.

    Parameters
    ----------
    seconds
        Limit by `clock`, without loading the compiled code.
    """
    if not instance.vehicles:
        return []
    warm()
    return _searched(instance, seconds, steps, seed, clock)


def _searched(instance: Instance, seconds: float, steps: int, seed: int, clock: Clock) -> list[list[int]]:
    fleet, rng = given(instance), stream(seed)
    routes = empty(instance, fleet)
    heat = _way(instance) * (COOLER if len(instance.demand) > MANY + 1 else 1.0)
    cooling = Cooling(HOT * heat, COLD * heat, seconds, steps, steps < ENDLESS, clock)
    _vrp.run(fleet, routes, rng, FIRST, cooling.hot, cooling.hot)
    cooling.run(lambda size, a, b: _vrp.run(fleet, routes, rng, size, a, b))
    found = zip(routes.best, routes.best_size, strict=True)
    return [[int(v) for v in stops[:n]] for stops, n in found if n]


def _way(instance: Instance) -> float:
    """Return the mean way from a client to its neighbours, so that any map is searched at its scale."""
    ways = np.sort(instance.metres[1:, 1:], axis=1)[:, 1 : 1 + NEXT]
    return max(1.0, float(ways.mean())) if ways.size else 1.0


def given(instance: Instance) -> Fleet:
    """Return the instance as the compiled search reads it."""
    price = np.where(instance.prize > 0, instance.prize, REQUIRED)
    columns = (instance.demand, instance.opens, instance.closes, instance.service, price)
    client = np.minimum(np.stack(columns, axis=1), _LATEST)
    near = np.argsort(instance.metres, axis=1, kind="stable")
    rows = [[0] * min(NEIGHBOURS, len(near) - 1)]  # nothing is near the depot, which is no client
    rows += [list(row[row != 0][:NEIGHBOURS]) for row in near[1:]]
    onto, away = np.ascontiguousarray(instance.metres.T), instance.metres
    if np.array_equal(onto, away):
        onto = away  # one table stays in the cache where two do not
    return Fleet(away, onto, client, np.array(rows, np.uint32), instance.capacity, REMOVED, LONGEST)


def empty(instance: Instance, fleet: Fleet) -> Routes:
    """Return empty routes, everybody absent."""
    n, m = len(instance.demand), instance.vehicles
    tour = np.zeros((m, n + 2), _vrp.VISIT)
    tour["early"][:, :2] = fleet.client[0, _vrp.OPENS]
    tour["late"][:, 1] = fleet.client[0, _vrp.CLOSES]
    some = np.zeros(n, np.uint32)
    absent = some.copy()
    absent[: n - 1] = np.arange(1, n)
    price = int(fleet.client[1:, _vrp.PRICE].sum())
    route, counts = np.zeros((m, 7), np.int64), np.zeros(8, np.int64)
    route[:, _vrp.VERSION] = route[:, _vrp.BASE] = 1
    counts[[_vrp.ABSENT, _vrp.CLOCK, _vrp.APART, _vrp.BEST]] = n - 1, 1, price, price + 1
    return Routes(
        tour, tour.copy(), route, np.full(n, -1, np.int32), absent, some.copy(), some.copy(), np.zeros(n),
        np.arange(m, dtype=np.int32), np.zeros(m, np.int32), counts, np.zeros((n, m, 2, 2), np.int64),
        np.zeros((m, n), np.int32), np.zeros(m, np.int32),
    )  # fmt: skip
