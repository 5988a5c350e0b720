"""Ruin and recreate for plain vehicle routing, compiled: capacity, one window each, prizes.

The benchmark side of the search: one depot, equal vehicles, whole distances
that are also times. A client with a price may be left out for it. As in
:mod:`routing._kernel`, where a client fits is known in constant time and
remembered until the route changes.

A step costs microseconds, so it touches only what it changes: a string of
stops leaves its route at once, times are worked out again only as far as they
differ, and putting back ends as soon as the plan is too long to be accepted.

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
from routing._jit import Stream, below, inlined, uncounted, unit

__all__ = ["VISIT", "Fleet", "Routes", "run"]

# columns of Fleet.client; row 0 is the depot
DEMAND, OPENS, CLOSES, SERVICE, PRICE = range(5)
VISIT = np.dtype([("stop", np.uint32), ("early", np.int32), ("late", np.int32), ("leg", np.int32)])
"""A stop, departure from it, latest arrival at it, way to the next."""
# columns of Routes.route; the old ones are those before this step
STOPS, LOAD, VERSION, OLD_STOPS, OLD_LOAD, BASE, TOUCHED = range(7)
# Routes.counts
ABSENT, CLOCK, LENGTH, APART, BEST, LIVE, HIT, STRIDE = range(8)
# last axis of Routes.memo: version of the route, cheapest place (cost and place in one number)
AS_OF, CHEAPEST = range(2)
BLINK, SPLIT = 0.01, 0.5
PLACE = 16
"""Bits of a place below its cost."""


class Fleet(NamedTuple):
    """The instance: ways from and to each place, clients (the depot first), the nearest of each."""

    away: NDArray[np.int32]
    onto: NDArray[np.int32]
    client: Ints
    near: NDArray[np.uint32]
    capacity: int
    removed: float
    longest: float


class Routes(NamedTuple):
    """Routes being changed; `live` holds those in use first, `hit` those of this step."""

    tour: NDArray[np.void]
    old: NDArray[np.void]
    route: Ints
    of: NDArray[np.int32]
    absent: NDArray[np.uint32]
    old_absent: NDArray[np.uint32]
    waiting: NDArray[np.uint32]
    ranks: NDArray[np.float64]
    live: NDArray[np.int32]
    hit: NDArray[np.int32]
    counts: Ints
    memo: Ints
    best: NDArray[np.int32]
    best_size: NDArray[np.int32]


@inlined
def _times(f: Fleet, s: Routes, r: int, low: int, high: int) -> bool:
    """Work out the times of a route whose ways `low` to `high` are new; return whether it is in time."""
    fits, tour, client = True, s.tour[r], f.client
    at = tour[low].early
    for i in range(low + 1, s.route[r, STOPS] + 2):
        v = tour[i].stop
        at = max(at + tour[i - 1].leg, client[v, OPENS])
        fits = fits and at <= client[v, CLOSES]
        at += client[v, SERVICE]
        if i > high and at == tour[i].early:
            break
        tour[i].early = at
    at = tour[high + 1].late
    for i in range(high, 0, -1):
        v = tour[i].stop
        at = min(client[v, CLOSES], at - tour[i].leg - client[v, SERVICE])
        if i <= low and at == tour[i].late:
            break
        tour[i].late = at
    s.counts[CLOCK] += 1
    s.route[r, VERSION] = s.counts[CLOCK]
    return fits


@inlined
def _touch(s: Routes, r: int) -> None:
    """Keep the route as it was before this step."""
    if not s.route[r, TOUCHED]:
        old, tour = s.old[r], s.tour[r]
        for i in range(s.route[r, STOPS] + 2):
            old[i] = tour[i]
        s.route[r, OLD_STOPS], s.route[r, OLD_LOAD] = s.route[r, STOPS], s.route[r, LOAD]
        s.route[r, TOUCHED] = 1
        s.hit[s.counts[HIT]] = r
        s.counts[HIT] += 1


@inlined
def _cut(f: Fleet, s: Routes, r: int, first: int, size: int, gap: int, kept: int) -> bool:
    """Take `size` stops from `first` on out of a route, but `kept` of them after a `gap`."""
    _touch(s, r)
    tour, put, span, saved = s.tour[r], first, size + kept, 0
    for i in range(first - 1, first + span):
        saved += tour[i].leg
    for i in range(first, s.route[r, STOPS] + 2):
        if i >= first + span or first + gap <= i < first + gap + kept:
            tour[put] = tour[i]
            put += 1
        else:
            v = tour[i].stop
            s.route[r, LOAD] -= f.client[v, DEMAND]
            s.of[v] = -1
            s.absent[s.counts[ABSENT]] = v
            s.counts[ABSENT] += 1
    for i in range(first - 1, first + kept):
        tour[i].leg = f.away[tour[i].stop, tour[i + 1].stop]
        saved -= tour[i].leg
    s.counts[LENGTH] -= saved
    s.route[r, STOPS] -= size
    return _times(f, s, r, first - 1, first + kept - 1)


@inlined
def _ruin_string(f: Fleet, s: Routes, rng: Stream, v: int, longest: int) -> bool:
    """Take a string of stops around `v` out of its route."""
    r = s.of[v]
    n, tour = s.route[r, STOPS], s.tour[r]
    size, kept, at = 1 + below(rng, min(n, longest)), 0, 1
    if 1 < size < n and unit(rng) < SPLIT:
        kept = 1
        while size + kept < n and unit(rng) < 0.01:
            kept += 1
    while tour[at].stop != v:
        at += 1
    low = max(1, at - (size + kept) + 1)
    first = low + below(rng, min(at, n - (size + kept) + 1) - low + 1)
    gap = below(rng, size) if kept else size
    return _cut(f, s, r, first, size, gap, kept)


@inlined
def _ruin(f: Fleet, s: Routes, rng: Stream) -> bool:
    """Take strings out of the routes near one client; return whether the rest is in time."""
    clients, fits = f.client.shape[0] - 1, True
    mean = (clients - s.counts[ABSENT]) / max(1, s.counts[LIVE])
    longest = int(max(1.0, min(f.longest, mean)))
    strings = 1 + int(unit(rng) * (4.0 * f.removed / (1.0 + longest) - 1.0))
    seed = 1 + below(rng, clients)
    for k in range(f.near.shape[1]):
        v = f.near[seed, k]
        r = s.of[v]
        if r >= 0 and not s.route[r, TOUCHED]:
            fits = _ruin_string(f, s, rng, v, longest) and fits
            strings -= 1
            if strings == 0:
                break
    return fits


@inlined
def _scan(f: Fleet, s: Routes, r: int, v: int) -> int:
    """Find the cheapest place of `v` in a route."""
    best, tour, onto, away = NEVER << PLACE, s.tour[r], f.onto[v], f.away[v]
    opens, closes, service = f.client[v, OPENS], f.client[v, CLOSES], f.client[v, SERVICE]
    for i in range(s.route[r, STOPS] + 1):
        late = tour[i + 1].late - service
        if late >= opens:
            leave = tour[i].early
            if leave > closes:
                break
            to, on = onto[tour[i].stop], away[tour[i + 1].stop]
            start = max(leave + to, opens)
            if start <= min(closes, late - on):
                best = min(best, ((to + on - tour[i].leg) << PLACE) + i)
    return best


@inlined
def _cheapest(f: Fleet, s: Routes, r: int, v: int) -> int:
    """Return the cheapest place of `v` in a route, by memory if the route is as it was."""
    version = s.route[r, VERSION]
    if s.memo[v, r, 0, AS_OF] == version:
        return int(s.memo[v, r, 0, CHEAPEST])
    if s.memo[v, r, 1, AS_OF] == version:
        return int(s.memo[v, r, 1, CHEAPEST])
    # the memo of the route before this step is kept: the step may be taken back
    row = 1 if s.memo[v, r, 0, AS_OF] == s.route[r, BASE] else 0
    found = _scan(f, s, r, v)
    s.memo[v, r, row, AS_OF], s.memo[v, r, row, CHEAPEST] = version, found
    return found


@inlined
def _blinks(s: Routes, rng: Stream) -> bool:
    """Overlook a route now and then; how many are seen until then is drawn at once."""
    s.counts[STRIDE] -= 1
    if s.counts[STRIDE] >= 0:
        return False
    s.counts[STRIDE] = int(np.log(1.0 - unit(rng)) / np.log(1.0 - BLINK))
    return True


@inlined
def _put(f: Fleet, s: Routes, rng: Stream, v: int) -> bool:
    """Put `v` at its cheapest place; into one empty route at most."""
    best, where = f.client[v, PRICE] << PLACE, -1
    room, used, empty = f.capacity - f.client[v, DEMAND], s.counts[LIVE], False
    for j in range(min(used + 1, s.live.shape[0])):
        r = s.live[j]
        if s.route[r, STOPS] == 0:
            if empty:
                continue
            empty = True
        if s.route[r, LOAD] <= room and not _blinks(s, rng):
            found = _cheapest(f, s, r, v)
            if found < best:
                best, where = found, j
    if where < 0:
        return False
    if where == used:
        s.counts[LIVE] += 1
    _insert(f, s, s.live[where], v, best & ((1 << PLACE) - 1))
    return True


@inlined
def _insert(f: Fleet, s: Routes, r: int, v: int, place: int) -> None:
    _touch(s, r)
    tour = s.tour[r]
    for k in range(s.route[r, STOPS] + 1, place, -1):
        tour[k + 1] = tour[k]
    to, on = f.onto[v, tour[place].stop], f.away[v, tour[place + 2].stop]
    s.counts[LENGTH] += to + on - tour[place].leg
    tour[place].leg, tour[place + 1].stop, tour[place + 1].leg = to, v, on
    s.route[r, STOPS] += 1
    s.route[r, LOAD] += f.client[v, DEMAND]
    s.of[v] = r
    _times(f, s, r, place, place + 1)


@inlined
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


@inlined
def _line_up(f: Fleet, s: Routes, rng: Stream) -> None:
    """Bring those who are absent into the order in which they are put back."""
    order = below(rng, 17)
    for k in range(s.counts[ABSENT]):
        v, i = s.absent[k], k
        rank = _rank(f.client, f.away[0, v], v, order, unit(rng))
        while i > 0 and s.ranks[i - 1] > rank:
            s.ranks[i], s.waiting[i] = s.ranks[i - 1], s.waiting[i - 1]
            i -= 1
        s.ranks[i], s.waiting[i] = rank, v


@inlined
def _recreate(f: Fleet, s: Routes, rng: Stream, limit: float) -> bool:
    """Put back whatever fits, unless the plan costs more than `limit` before all is done."""
    _line_up(f, s, rng)
    left, s.counts[APART] = 0, 0
    for k in range(s.counts[ABSENT]):
        v = s.waiting[k]
        if not _put(f, s, rng, v):
            s.absent[left] = v
            left += 1
            s.counts[APART] += f.client[v, PRICE]
        if s.counts[LENGTH] + s.counts[APART] >= limit:
            return False
    s.counts[ABSENT] = left
    return True


@inlined
def _back(s: Routes) -> None:
    """Put the routes of this step back as they were."""
    for j in range(s.counts[HIT]):
        r = s.hit[j]
        n = s.route[r, OLD_STOPS]
        s.route[r, STOPS], s.route[r, LOAD] = n, s.route[r, OLD_LOAD]
        s.route[r, VERSION], s.route[r, TOUCHED] = s.route[r, BASE], 0
        tour, old = s.tour[r], s.old[r]
        for i in range(n + 2):
            tour[i] = old[i]
            s.of[old[i].stop] = r
    for k in range(s.counts[ABSENT]):
        s.absent[k] = s.old_absent[k]
        s.of[s.absent[k]] = -1
    s.of[0] = -1


@inlined
def _keep(s: Routes) -> None:
    """Take the step."""
    for j in range(s.counts[HIT]):
        r = s.hit[j]
        s.route[r, BASE], s.route[r, TOUCHED] = s.route[r, VERSION], 0
    j = 0
    while j < s.counts[LIVE]:
        if s.route[s.live[j], STOPS]:
            j += 1
        else:
            s.counts[LIVE] -= 1
            last = s.counts[LIVE]
            s.live[j], s.live[last] = s.live[last], s.live[j]


@inlined
def _remember(s: Routes) -> None:
    """Write the plan down if it is the best so far."""
    if s.counts[LENGTH] + s.counts[APART] >= s.counts[BEST]:
        return
    s.counts[BEST] = s.counts[LENGTH] + s.counts[APART]
    s.best_size[:] = 0
    for j in range(s.counts[LIVE]):
        r = s.live[j]
        s.best_size[r], tour = s.route[r, STOPS], s.tour[r]
        for i in range(s.route[r, STOPS]):
            s.best[r, i] = tour[i + 1].stop


@inlined
def _step(f: Fleet, s: Routes, rng: Stream, limit: float) -> None:
    length, apart, live = s.counts[LENGTH], s.counts[APART], s.counts[LIVE]
    absent = s.counts[ABSENT]
    s.counts[HIT] = 0
    for k in range(absent):
        s.old_absent[k] = s.absent[k]
    # distances cut to tenths may break the triangle, and a route with it
    if _ruin(f, s, rng) and _recreate(f, s, rng, limit):
        _keep(s)
        _remember(s)
    else:
        s.counts[LENGTH], s.counts[APART] = length, apart
        s.counts[LIVE], s.counts[ABSENT] = live, absent
        _back(s)


@uncounted
def run(f: Fleet, s: Routes, rng: Stream, steps: int, hot: float, cold: float) -> None:
    """Search for `steps` steps, cooling from `hot` to `cold`."""
    heat, cooling = hot, (cold / hot) ** (1.0 / max(1, steps))
    for _ in range(steps):
        now = s.counts[LENGTH] + s.counts[APART]
        _step(f, s, rng, now - heat * np.log(1.0 - unit(rng)))
        heat *= cooling
