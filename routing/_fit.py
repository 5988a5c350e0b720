"""A day as arrays for the compiled search: when each stop may be, and where a visit fits.

What :mod:`routing._tour` knows of a tour, for compiled code: the earliest
departure and the latest readiness at every stop, with lunch to come (hungry)
and eaten (fed). From these four numbers it is known in constant time whether a
visit fits between two stops; ``_tour`` says why that is exact, and the tests
hold the two together.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from routing._day import NEVER, Ints
from routing._jit import inlined, uncounted

__all__ = ["Given", "State", "feasible", "places", "refresh"]

# columns of Given.who
BEGIN, END, REST_FROM, REST_LATEST, REST_S, LIMIT_S, WALK_M, MODE = range(8)
# columns of Given.node
SERVICE, PRICE, MUST, CLOSES, OWNER = range(5)
# columns of Given.teams
PEOPLE, FIRST, AFTER, ONE, TWO, LEAST, MOST, WAY, DEAR = range(9)
# columns of State.at
WHO, PARTNER, START, TEAM = range(4)
# columns of State.tour
STOPS, TRAVEL, BUSY, METRES, VERSION, BASE, TOUCHED = range(7)
# columns of State.time: after the stop, after it, before it, before it, way to it
HUNGRY, FED, LATE_HUNGRY, LATE_FED, LEG = range(5)
# State.counts
ABSENT, CLOCK, APART, BEST, SENT, GOAL = range(6)
# settings, in the order of State.tune
REMOVED, LONGEST, BLINK, SPLIT, PASS, SEND, IDLE = range(7)


class Given(NamedTuple):
    """A day as arrays; nodes are those of the day, then starts, then ends of the workers.

    Row v of ``node`` is the first node of visit v and says what is true of the
    visit. ``teams`` has a row per team: people, first pair, after the last
    pair, a node for each person, the gap between them, number and price of the
    way; ``first_team`` where the teams of each visit begin; ``sits`` who may
    take the one seat of a team; ``near`` the other visits, the nearest first;
    ``uneven`` the percentage of the balance.
    """

    travel: NDArray[np.int32]
    metres: NDArray[np.int32]
    who: Ints
    node: Ints
    opens: Ints
    closes: Ints
    strange: Ints
    teams: Ints
    first_team: Ints
    sits: NDArray[np.bool_]
    pairs: Ints
    near: NDArray[np.int32]
    uneven: int


class State(NamedTuple):
    """A plan being changed, the copy to go back to, the best one, and scratch space.

    ``at`` holds worker, partner and team of each visit, in the row of its first
    node, and the fixed start of each node (-1: none); ``memo`` cost, position
    and version of the tour of a node's cheapest place. ``counts[SENT]`` is the
    worker whom this step sends to the visit ``counts[GOAL]`` (-1: nobody).
    """

    stops: Ints
    time: Ints
    tour: Ints
    at: Ints
    absent: Ints
    counts: Ints
    fails: Ints
    memo: Ints
    old_stops: Ints
    old_time: Ints
    old_tour: Ints
    old_at: Ints
    old_absent: Ints
    best_stops: Ints
    best_size: Ints
    best_at: Ints
    places: Ints
    found: Ints
    choice: Ints
    ranks: NDArray[np.float64]
    ruined: NDArray[np.bool_]
    tune: NDArray[np.float64]


@inlined
def _serve(g: Given, fixed: int, v: int, ready: int) -> int:
    """Return the earliest start of `v` from `ready` on."""
    start = NEVER
    if fixed >= 0:
        start = fixed if ready <= fixed else NEVER
    else:
        for k in range(g.opens.shape[1] - 1, -1, -1):
            start = max(ready, g.opens[v, k]) if ready <= g.closes[v, k] else start
    return start


@inlined
def _last(g: Given, fixed: int, v: int, by: int) -> int:
    """Return the latest start of `v` up to `by`."""
    start = -NEVER
    if fixed >= 0:
        start = fixed if fixed <= by else -NEVER
    else:
        for k in range(g.opens.shape[1]):
            start = min(by, g.closes[v, k]) if g.opens[v, k] <= by else start
    return start


@inlined
def _ready(g: Given, w: int, leave: int, way: int) -> int:
    """Return when one is ready at the other end, lunch eaten on the way."""
    fits = max(leave, g.who[w, REST_FROM]) <= g.who[w, REST_LATEST]
    return max(leave + way, g.who[w, REST_FROM]) + g.who[w, REST_S] if fits else NEVER


@inlined
def _leave_by(g: Given, w: int, ready: int, way: int) -> int:
    """Return the latest departure for being `ready` by then, lunch eaten on the way."""
    fits = ready >= g.who[w, REST_FROM] + g.who[w, REST_S]
    return min(g.who[w, REST_LATEST], ready - way - g.who[w, REST_S]) if fits else -NEVER


@inlined
def _forward(g: Given, s: State, w: int, n: int) -> None:
    """Work out the earliest departures, with lunch to come and eaten."""
    has_lunch = g.who[w, REST_LATEST] >= 0
    hungry, fed = NEVER, g.who[w, BEGIN]
    if has_lunch:
        hungry, fed = fed, max(fed, g.who[w, REST_FROM] + g.who[w, REST_S])
    s.time[w, 0, HUNGRY], s.time[w, 0, FED] = hungry, fed
    for i in range(1, n + 1):
        v, leg = s.stops[w, i], s.time[w, i, LEG]
        takes, fixed = g.node[v, SERVICE], s.at[v, START]
        ready = fed + leg
        if has_lunch:
            ready = min(ready, _ready(g, w, hungry, leg))
            hungry = _serve(g, fixed, v, hungry + leg) + takes
        fed = _serve(g, fixed, v, ready) + takes
        s.time[w, i, HUNGRY], s.time[w, i, FED] = hungry, fed


@inlined
def _backward(g: Given, s: State, w: int, n: int) -> None:
    """Work out the latest readiness, with lunch to come and eaten."""
    has_lunch = g.who[w, REST_LATEST] >= 0
    fed = g.who[w, END]
    hungry = min(fed, g.who[w, REST_LATEST])
    s.time[w, n + 1, LATE_HUNGRY], s.time[w, n + 1, LATE_FED] = hungry, fed
    for i in range(n, 0, -1):
        v, leg = s.stops[w, i], s.time[w, i + 1, LEG]
        takes, fixed = g.node[v, SERVICE], s.at[v, START]
        if has_lunch:
            leave = max(hungry - leg, _leave_by(g, w, fed, leg))
            hungry = _last(g, fixed, v, leave - takes)
        fed = _last(g, fixed, v, fed - leg - takes)
        s.time[w, i, LATE_HUNGRY], s.time[w, i, LATE_FED] = hungry, fed


@uncounted
def refresh(g: Given, s: State, w: int) -> None:
    """Work out the times of the tour of `w` and give it a new version."""
    n, mode = s.tour[w, STOPS], g.who[w, MODE]
    travel, metres, service = 0, 0, 0
    for i in range(1, n + 2):
        a, b = s.stops[w, i - 1], s.stops[w, i]
        leg = g.travel[mode, a, b]
        s.time[w, i, LEG] = leg
        travel += leg
        metres += g.metres[mode, a, b]
        service += g.node[b, SERVICE] if i <= n else 0
    _forward(g, s, w, n)
    _backward(g, s, w, n)
    s.tour[w, TRAVEL] = travel if n else 0
    s.tour[w, BUSY] = travel + service if n else 0
    s.tour[w, METRES] = metres if n else 0
    s.counts[CLOCK] += 1
    s.tour[w, VERSION] = s.counts[CLOCK]


@uncounted
def feasible(g: Given, s: State, w: int) -> bool:
    """Return whether the tour of `w` keeps every rule of the day."""
    n = s.tour[w, STOPS]
    if n == 0:
        return True
    if s.tour[w, BUSY] > g.who[w, LIMIT_S] or s.tour[w, METRES] > g.who[w, WALK_M]:
        return False
    hungry, fed, leg = s.time[w, n, HUNGRY], s.time[w, n, FED], s.time[w, n + 1, LEG]
    if hungry + leg <= min(g.who[w, END], g.who[w, REST_LATEST]):
        return True
    return bool(min(fed + leg, _ready(g, w, hungry, leg)) <= g.who[w, END])


@inlined
def _opens(g: Given, v: int, lo: int, hi: int) -> bool:
    """Return whether a window of `v` meets [lo, hi]."""
    meets = False
    for k in range(g.opens.shape[1]):
        meets = meets or max(lo, g.opens[v, k]) <= min(hi, g.closes[v, k])
    return meets


@inlined
def _walks(g: Given, mode: int, a: int, v: int, b: int, empty: bool) -> int:
    """Return the metres that `v` adds between two stops."""
    before = 0 if empty else g.metres[mode, a, b]
    return int(g.metres[mode, a, v] + g.metres[mode, v, b] - before)


@inlined
def places(g: Given, s: State, w: int, v: int, every: bool, row: int) -> int:
    """List the places of node `v` in the tour of `w` into ``places[row]``; return how many.

    Every place, or those that beat the ones before. A place is (after which
    stop, seconds added, earliest and latest start with lunch to come, the same
    with lunch eaten), as tours stand in ``_tour``.
    """
    mode, takes, size = g.who[w, MODE], g.node[v, SERVICE], s.tour[w, STOPS]
    first, last = g.opens[v, 0] + takes, g.node[v, CLOSES]
    walk, limited = g.who[w, WALK_M] - s.tour[w, METRES], g.who[w, WALK_M] < NEVER
    n, best = 0, g.who[w, LIMIT_S] - s.tour[w, BUSY] - takes + 1
    for i in range(size + 1 if best > 0 else 0):
        hungry, fed = s.time[w, i, HUNGRY], s.time[w, i, FED]
        if min(hungry, fed) > last:
            break
        late_hungry, late_fed = s.time[w, i + 1, LATE_HUNGRY], s.time[w, i + 1, LATE_FED]
        if late_fed < first:  # with lunch to come it is earlier still
            continue
        a, b = s.stops[w, i], s.stops[w, i + 1]
        to, on = g.travel[mode, a, v], g.travel[mode, v, b]
        added = to + on - (s.time[w, i + 1, LEG] if size else 0)
        if added >= best or (limited and _walks(g, mode, a, v, b, size == 0) > walk):
            continue
        lo, hi = hungry + to, max(late_hungry - on, _leave_by(g, w, late_fed, on)) - takes
        lo_fed, hi_fed = min(fed + to, _ready(g, w, hungry, to)), late_fed - on - takes
        if _opens(g, v, lo, hi) or _opens(g, v, lo_fed, hi_fed):
            best = best if every else added
            s.places[row, n, 0], s.places[row, n, 1] = i, added
            s.places[row, n, 2], s.places[row, n, 3] = lo, hi
            s.places[row, n, 4], s.places[row, n, 5] = lo_fed, hi_fed
            n += 1
    return n
