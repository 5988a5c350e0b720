"""Ruin and recreate for plain vehicle routing, compiled: capacity, one window each, prizes.

The benchmark side of the search: one depot, equal vehicles, whole distances
that are also times. A client with a price may be left out for it. As in
:mod:`routing._kernel`, where a client fits is known in constant time and
remembered until the route changes.

References
----------
J. Christiaens and G. Vanden Berghe, "Slack Induction by String Removals for
Vehicle Routing Problems", Transportation Science 54 (2020) 417-433,
doi:10.1287/trsc.2019.0914.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from routing._day import NEVER, Ints
from routing._jit import Stream, below, compiled, unit

__all__ = ["Fleet", "Routes", "begin", "run"]

# columns of Fleet.client; row 0 is the depot
DEMAND, OPENS, CLOSES, SERVICE, PRICE = range(5)
# columns of Routes.route
STOPS, LENGTH, LOAD, VERSION, BASE, TOUCHED = range(6)
# Routes.counts
ABSENT, CLOCK, APART, BEST = range(4)
LONGEST, BLINK, SPLIT = 10, 0.01, 0.5


class Fleet(NamedTuple):
    """The instance: distances, clients (the depot first), the nearest of each, capacity."""

    metres: NDArray[np.int32]
    client: Ints
    near: NDArray[np.int32]
    capacity: int
    removed: float


class Routes(NamedTuple):
    """Routes being changed; ``early`` and ``late`` are departure from and arrival at each stop."""

    stops: Ints
    early: Ints
    late: Ints
    route: Ints
    of: Ints
    absent: Ints
    counts: Ints
    memo: Ints
    old_stops: Ints
    old_early: Ints
    old_late: Ints
    old_route: Ints
    old_of: Ints
    old_absent: Ints
    best_stops: Ints
    best_size: Ints
    scratch: Ints
    ruined: NDArray[np.bool_]


@compiled
def _times(metres: NDArray[np.int32], client: Ints, stops: Ints, early: Ints, late: Ints, n: int) -> int:
    """Work out the times of one route; return its length, ``NEVER`` where it is too late."""
    early[0], length, fits = client[0, OPENS], 0, True
    for i in range(1, n + 2):
        leg, v = metres[stops[i - 1], stops[i]], stops[i]
        length += leg
        start = max(early[i - 1] + leg, client[v, OPENS])
        fits = fits and start <= client[v, CLOSES]
        early[i] = start + client[v, SERVICE]
    late[n + 1] = client[0, CLOSES]
    for i in range(n, 0, -1):
        v = stops[i]
        late[i] = min(client[v, CLOSES], late[i + 1] - metres[v, stops[i + 1]] - client[v, SERVICE])
    return length if fits else NEVER


@compiled
def _refresh(f: Fleet, s: Routes, r: int) -> None:
    route, n = s.route[r], s.route[r, STOPS]
    route[LENGTH] = _times(f.metres, f.client, s.stops[r], s.early[r], s.late[r], n)
    s.counts[CLOCK] += 1
    route[VERSION] = s.counts[CLOCK]


@compiled
def _touch(s: Routes, r: int) -> None:
    """Keep the route as it was before this step."""
    if not s.route[r, TOUCHED]:
        n = s.route[r, STOPS] + 2
        s.old_stops[r, :n] = s.stops[r, :n]
        s.old_early[r, :n] = s.early[r, :n]
        s.old_late[r, :n] = s.late[r, :n]
        s.old_route[r] = s.route[r]
        s.route[r, TOUCHED] = 1


@compiled
def _take(f: Fleet, s: Routes, v: int) -> None:
    """Take `v` out of its route, which wants refreshing."""
    r = s.of[v]
    _touch(s, r)
    stops, i = s.stops[r], 1
    while stops[i] != v:
        i += 1
    for k in range(i, s.route[r, STOPS] + 1):
        stops[k] = stops[k + 1]
    s.route[r, STOPS] -= 1
    s.route[r, LOAD] -= f.client[v, DEMAND]
    s.of[v] = -1
    s.counts[APART] += f.client[v, PRICE]
    s.absent[s.counts[ABSENT]] = v
    s.counts[ABSENT] += 1


@compiled
def _ruin_string(f: Fleet, s: Routes, rng: Stream, v: int, longest: int) -> None:
    """Take a string of stops around `v` out of its route."""
    r = s.of[v]
    stops, n, taken = s.stops[r], s.route[r, STOPS], s.scratch
    size, kept, at = 1 + below(rng, min(n, longest)), 0, 1
    if 1 < size < n and unit(rng) < SPLIT:
        kept = 1
        while size + kept < n and unit(rng) < 0.01:
            kept += 1
    while stops[at] != v:
        at += 1
    low = max(1, at - (size + kept) + 1)
    first = low + below(rng, min(at, n - (size + kept) + 1) - low + 1)
    gap, k = below(rng, size) if kept else size, 0
    for i in range(size + kept):
        if i < gap or i >= gap + kept:
            taken[k] = stops[first + i]
            k += 1
    for i in range(k):
        _take(f, s, taken[i])
    s.ruined[r] = True


@compiled
def _ruin(f: Fleet, s: Routes, rng: Stream) -> None:
    """Take strings out of the routes near one client."""
    clients = f.client.shape[0] - 1
    used = 0
    for r in range(s.route.shape[0]):
        used += s.route[r, STOPS] > 0
    s.ruined[:] = False
    mean = (clients - s.counts[ABSENT]) / max(1, used)
    longest = int(max(1.0, min(float(LONGEST), mean)))
    strings = 1 + int(unit(rng) * (4.0 * f.removed / (1.0 + longest) - 1.0))
    seed = 1 + below(rng, clients)
    for k in range(f.near.shape[1]):
        v = f.near[seed, k]
        if s.of[v] >= 0 and not s.ruined[s.of[v]]:
            _ruin_string(f, s, rng, v, longest)
            strings -= 1
            if strings == 0:
                break
    for r in range(s.route.shape[0]):
        if s.route[r, TOUCHED]:
            _refresh(f, s, r)


@compiled
def _scan(
    metres: NDArray[np.int32], client: Ints, stops: Ints, early: Ints, late: Ints, n: int, v: int, memo: Ints
) -> None:
    """Find the cheapest place of `v` in a route, into `memo`."""
    best, place = NEVER, 0
    opens, closes, service = client[v, OPENS], client[v, CLOSES], client[v, SERVICE]
    for i in range(n + 1):
        if early[i] > closes:
            break
        to, on = metres[stops[i], v], metres[v, stops[i + 1]]
        added = to + on - metres[stops[i], stops[i + 1]]
        if added < best:
            start = max(early[i] + to, opens)
            if start <= closes and start + service + on <= late[i + 1]:
                best, place = added, i
    memo[0], memo[1] = best, place


@compiled
def _put(f: Fleet, s: Routes, rng: Stream, v: int) -> bool:
    """Put `v` at its cheapest place; into one empty route at most."""
    best, where, place = f.client[v, PRICE], -1, 0
    demand, memo, route = f.client[v, DEMAND], s.memo[v], s.route
    empty = False
    for r in range(route.shape[0]):
        if route[r, STOPS] == 0:
            if empty:
                continue
            empty = True
        if route[r, LOAD] + demand > f.capacity or unit(rng) < BLINK:
            continue
        row = 0 if memo[r, 0, 2] == route[r, VERSION] else 1
        if memo[r, row, 2] != route[r, VERSION]:
            # the memo of the route before this step is kept: the step may be taken back
            row = 1 if memo[r, 0, 2] == route[r, BASE] else 0
            _scan(f.metres, f.client, s.stops[r], s.early[r], s.late[r], route[r, STOPS], v, memo[r, row])
            memo[r, row, 2] = route[r, VERSION]
        if memo[r, row, 0] < best:
            best, where, place = memo[r, row, 0], r, memo[r, row, 1]
    if where >= 0:
        _insert(f, s, where, v, place)
    return bool(where >= 0)


@compiled
def _insert(f: Fleet, s: Routes, r: int, v: int, place: int) -> None:
    _touch(s, r)
    for k in range(s.route[r, STOPS] + 1, place, -1):
        s.stops[r, k + 1] = s.stops[r, k]
    s.stops[r, place + 1] = v
    s.route[r, STOPS] += 1
    s.route[r, LOAD] += f.client[v, DEMAND]
    s.of[v] = r
    s.counts[APART] -= f.client[v, PRICE]
    _refresh(f, s, r)


@compiled
def _rank(client: Ints, far: int, v: int, order: int, noise: float) -> float:
    """Return when `v` is put back; the shares of the orders are those of the paper."""
    if order < 4:
        return noise
    if order < 8:
        return float(-client[v, DEMAND])
    if order < 10:
        return float(-far)
    if order < 11:
        return float(far)
    if order < 13:
        return float(client[v, CLOSES] - client[v, OPENS])
    if order < 15:
        return float(client[v, OPENS])
    return float(-client[v, CLOSES])


@compiled
def _recreate(f: Fleet, s: Routes, rng: Stream) -> None:
    """Put back whatever fits."""
    n, order = s.counts[ABSENT], below(rng, 17)
    ranks, waiting = np.empty(n), s.scratch
    for k in range(n):
        v = s.absent[k]
        ranks[k] = _rank(f.client, f.metres[0, v], v, order, unit(rng))
    by = np.argsort(ranks)
    for k in range(n):
        waiting[k] = s.absent[by[k]]
    left = 0
    for k in range(n):
        if not _put(f, s, rng, waiting[k]):
            s.absent[left] = waiting[k]
            left += 1
    s.counts[ABSENT] = left


@compiled
def _back(s: Routes, absent: int, apart: int) -> None:
    """Undo the step."""
    for r in range(s.route.shape[0]):
        if s.route[r, TOUCHED]:
            n = s.old_route[r, STOPS] + 2
            s.stops[r, :n] = s.old_stops[r, :n]
            s.early[r, :n] = s.old_early[r, :n]
            s.late[r, :n] = s.old_late[r, :n]
            s.route[r] = s.old_route[r]
    s.of[:] = s.old_of
    s.absent[:absent] = s.old_absent[:absent]
    s.counts[ABSENT], s.counts[APART] = absent, apart


@compiled
def _keep(s: Routes, found: int) -> None:
    """Take the step; remember the plan if it is the best so far."""
    for r in range(s.route.shape[0]):
        s.route[r, BASE], s.route[r, TOUCHED] = s.route[r, VERSION], 0
    if found < s.counts[BEST]:
        s.counts[BEST] = found
        for r in range(s.route.shape[0]):
            n = s.route[r, STOPS]
            s.best_size[r] = n
            s.best_stops[r, : n + 2] = s.stops[r, : n + 2]


@compiled
def _cost(s: Routes) -> int:
    return int(s.counts[APART] + s.route[:, LENGTH].sum())


@compiled
def begin(f: Fleet, s: Routes) -> None:
    """Start from empty routes."""
    for r in range(s.route.shape[0]):
        _refresh(f, s, r)
    s.counts[BEST] = NEVER * 1000
    _keep(s, _cost(s))


@compiled
def run(f: Fleet, s: Routes, rng: Stream, steps: int, hot: float, cold: float) -> None:
    """Search for `steps` steps, cooling from `hot` to `cold`."""
    heat, cooling = hot, (cold / hot) ** (1.0 / max(1, steps))
    now = _cost(s)
    for _ in range(steps):
        absent, apart = s.counts[ABSENT], s.counts[APART]
        s.old_of[:] = s.of
        s.old_absent[:absent] = s.absent[:absent]
        _ruin(f, s, rng)
        if _cost(s) < NEVER:  # distances cut to tenths may break the triangle, and a route with it
            _recreate(f, s, rng)
        found = _cost(s)
        if found < now - heat * np.log(1.0 - unit(rng)):
            now = found
            _keep(s, found)
        else:
            _back(s, absent, apart)
        heat *= cooling
