"""Benchmark files of vehicle routing: Solomon, Homberger, and VRPLIB with prizes.

Distances are whole tenths, cut off (the DIMACS convention: 1.49 is 14 tenths),
wherever an instance has windows or prizes; elsewhere whole units, rounded, as
VRPLIB says. Costs are printed in the file's own unit. A route may be 2^30 units
(or tenths) long where a file sets no limit.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from fieldmap.errors import InputError
from routing import _solomon, _vrplib
from routing._findings import MOST, Findings
from routing._rows import Floats, lines_of
from routing._table import Table

__all__ = ["Instance", "read", "solution"]

REQUIRED = 1 << 30
"""Price of leaving out a client that must be visited, in the search alone."""

UNBOUNDED = 1 << 30
"""The end of a window, and the capacity of a vehicle, where a file sets no limit."""


@dataclass(frozen=True, eq=False)
class Instance:
    """One depot (row 0), clients, equal vehicles.

    Attributes
    ----------
    metres
        int32, shape (n, n), in units of ``1 / scale``; also the time it takes.
    demand, opens, closes, service
        int64, shape (n,); times in the same units.
    prize
        int64, shape (n,): what leaving a client out costs; 0 means that it must
        be visited.
    """

    name: str
    metres: NDArray[np.int32]
    demand: NDArray[np.int64]
    opens: NDArray[np.int64]
    closes: NDArray[np.int64]
    service: NDArray[np.int64]
    prize: NDArray[np.int64]
    vehicles: int
    capacity: int
    scale: int

    def cost(self, routes: Sequence[Sequence[int]]) -> float:
        """Return distance and uncollected prizes of `routes`, in the file's unit.

        It is infinite where a client that must be visited is not: such routes
        are no solution.
        """
        if self.missed(routes):
            return math.inf
        length, left = 0, self.prize.copy()
        for route in routes:
            stops = np.array([0, *route, 0])
            length += int(self.metres[stops[:-1], stops[1:]].sum())
            left[stops] = 0
        return (length + int(left[1:].sum())) / self.scale

    def missed(self, routes: Sequence[Sequence[int]]) -> list[int]:
        """Return the clients that must be visited and are in none of `routes`."""
        done = {v for route in routes for v in route}
        return [v for v in range(1, len(self.demand)) if not self.prize[v] and v not in done]


def read(path: Path) -> Instance:
    """Read a Solomon, Homberger or VRPLIB file.

    Raises
    ------
    InputError
        It is none of these, it is not consistent (with every fault by its
        line), or a client that must be visited cannot be.
    """
    try:
        lines = lines_of(path.read_text(encoding="utf-8-sig").splitlines())
    except OSError as error:
        raise InputError("instance.unreadable", path.name, why=error.strerror) from None
    except ValueError:
        raise InputError("instance.unreadable", path.name, why="UTF-8") from None
    kinds = [kind for kind in (_solomon, _vrplib) if kind.recognised(lines)]
    if not kinds:
        raise InputError("instance.format", path.name)
    found = Findings(path.name)
    table = kinds[0].table(lines, found)
    instance = _scaled(table, found)
    found.end()
    _hopeless(table, instance, found)
    found.end()
    return instance


def solution(instance: Instance, routes: Sequence[Sequence[int]]) -> str:
    """Return `routes` in VRPLIB's solution format."""
    full = [route for route in routes if route]
    lines = [f"Route #{i}: {' '.join(map(str, route))}" for i, route in enumerate(full, 1)]
    return "\n".join([*lines, f"Cost {_number(instance.cost(routes))}", ""])


def _number(cost: float) -> str:
    return str(int(cost)) if math.isfinite(cost) and cost == int(cost) else f"{cost:.1f}"


def _scaled(table: Table, found: Findings) -> Instance:
    """Return the instance in whole units."""
    scale = 10 if table.tenths else 1
    n = len(table.ways)
    ways = np.minimum(table.ways, 2.0 * MOST)
    if table.ways.max(initial=0) > MOST:
        a, b = np.unravel_index(int(table.ways.argmax()), table.ways.shape)
        pair = f"{a + table.first} – {b + table.first}: {table.ways.max():g}"
        found.add("instance.range", pair, field="EUC_2D", least=0, most=f"{MOST:,}")
    opens, closes = np.zeros(n, np.int64), np.full(n, UNBOUNDED, np.int64)
    if table.window:
        window = np.minimum(table.window.values, UNBOUNDED / scale)
        opens, closes = _whole(window[:, 0], scale), _whole(window[:, 1], scale)
    # PyVRP scales loads and capacity as it does times; whole loads can stay as they are
    light = 1 if np.array_equal(table.demand.values, np.rint(table.demand.values)) else scale
    return Instance(
        name=table.name,
        metres=_whole(ways, scale).astype(np.int32),
        demand=_whole(table.demand.values, light),
        opens=opens,
        closes=closes,
        service=_whole(table.service, scale),
        prize=_whole(table.prize, scale),
        vehicles=min(n - 1, table.vehicles),
        capacity=int(light * min(table.capacity, 1 << 40)),
        scale=scale,
    )


def _whole(values: Floats, scale: int) -> NDArray[np.int64]:
    """Return tenths cut off, or whole units rounded."""
    return np.asarray((scale * values if scale > 1 else np.rint(values)).astype(np.int64))


def _hopeless(table: Table, instance: Instance, found: Findings) -> None:
    """Find every client that must be visited and cannot be, whatever the routes."""
    must = np.flatnonzero(instance.prize[1:] == 0) + 1
    lines = table.window.lines if table.window else table.demand.lines
    demand, capacity, vehicles = instance.demand, instance.capacity, instance.vehicles
    for v in must[demand[must] > capacity]:
        value, line = f"{table.demand.values[v]:g}", int(table.demand.lines[v])
        found.add("instance.load", value, line, f"#{v + table.first}", most=f"{table.capacity:g}")
    if (total := int(demand[must].sum())) > capacity * vehicles:
        found.add("instance.fleet", total, field="CAPACITY", most=f"{vehicles} × {table.capacity:g}")
    closes, scale = instance.closes, instance.scale
    begin = np.maximum(instance.opens, instance.opens[0] + _shortest(instance.metres))
    back = begin + instance.service + _shortest(instance.metres.T)
    for v in must:
        for code, at, most in (("late", begin[v], closes[v]), ("home", back[v], closes[0])):
            if at > most:
                place = f"#{v + table.first}"
                found.add(
                    f"instance.{code}", f"{at / scale:g}", int(lines[v]), place, most=f"{most / scale:g}"
                )


def _shortest(metres: NDArray[np.int32]) -> NDArray[np.int64]:
    """Return the shortest way from the depot to each place, by whichever others: no route is sooner there."""
    ways: NDArray[np.int64] = metres[0].astype(np.int64)
    ways[0] = 0
    nearer = np.minimum(ways, (ways[:, None] + metres).min(axis=0))
    while not np.array_equal(nearer, ways):
        ways, nearer = nearer, np.minimum(nearer, (nearer[:, None] + metres).min(axis=0))
    return ways
