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
from routing._jit import compiled, inlined

__all__ = ["Given", "State", "feasible", "places", "refresh"]

# columns of Given.who
BEGIN, END, REST_FROM, REST_LATEST, REST_S, LIMIT_S, WALK_M, MODE = range(8)
# columns of Given.visit
SERVICE, PRICE, MUST, CLOSES = range(4)
# columns of State.tour
STOPS, TRAVEL, BUSY, METRES, VERSION, BASE, TOUCHED = range(7)
# columns of State.time: after the stop, after it, before it, before it, way to it
HUNGRY, FED, LATE_HUNGRY, LATE_FED, LEG = range(5)
# State.counts
ABSENT, CLOCK, APART, BEST = range(4)
# settings, in the order of State.tune
REMOVED, LONGEST, BLINK, SPLIT, PASS = range(5)


class Given(NamedTuple):
    """A day as arrays; nodes are visits, then starts, then ends of the workers.

    ``teams`` has a row (people, first pair, after the last pair) per team,
    ``first_team`` where the teams of each visit begin; ``sits`` who may take
    the one seat of a team; ``near`` the other visits, the nearest first.
    """

    travel: NDArray[np.int32]
    metres: NDArray[np.int32]
    who: Ints
    visit: Ints
    opens: Ints
    closes: Ints
    strange: Ints
    teams: Ints
    first_team: Ints
    sits: NDArray[np.bool_]
    pairs: Ints
    near: NDArray[np.int32]


class State(NamedTuple):
    """A plan being changed, the copy to go back to, the best one, and scratch space.

    ``at`` holds worker, partner and fixed start of each visit (-1: none);
    ``memo`` cost, position and version of the tour of a visit's cheapest place.
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
    ruined: NDArray[np.bool_]
    tune: NDArray[np.float64]


@compiled
def _serve(opens: Ints, closes: Ints, fixed: int, v: int, ready: int) -> int:
    """Return the earliest start of `v` from `ready` on."""
    if fixed >= 0:
        return int(fixed if ready <= fixed else NEVER)
    for k in range(opens.shape[1]):
        if ready <= closes[v, k]:
            return int(max(ready, opens[v, k]))
    return NEVER


@compiled
def _last(opens: Ints, closes: Ints, fixed: int, v: int, by: int) -> int:
    """Return the latest start of `v` up to `by`."""
    if fixed >= 0:
        return fixed if fixed <= by else -NEVER
    for k in range(opens.shape[1] - 1, -1, -1):
        if opens[v, k] <= by:
            return int(min(by, closes[v, k]))
    return -NEVER


@compiled
def _ready(who: Ints, leave: int, way: int) -> int:
    """Return when one is ready at the other end, lunch eaten on the way."""
    if max(leave, who[REST_FROM]) > who[REST_LATEST]:
        return NEVER
    return int(max(leave + way, who[REST_FROM]) + who[REST_S])


@compiled
def _leave_by(who: Ints, ready: int, way: int) -> int:
    """Return the latest departure for being `ready` by then, lunch eaten on the way."""
    if ready < who[REST_FROM] + who[REST_S]:
        return -NEVER
    return int(min(who[REST_LATEST], ready - way - who[REST_S]))


@compiled
def _forward(
    who: Ints, visit: Ints, opens: Ints, closes: Ints, stops: Ints, at: Ints, time: Ints, n: int
) -> None:
    """Work out the earliest departures, with lunch to come and eaten."""
    has_lunch = who[REST_LATEST] >= 0
    hungry = who[BEGIN] if has_lunch else NEVER
    fed = max(who[BEGIN], who[REST_FROM] + who[REST_S]) if has_lunch else who[BEGIN]
    time[0, HUNGRY], time[0, FED] = hungry, fed
    for i in range(1, n + 1):
        v, leg = stops[i], time[i, LEG]
        takes, fixed = visit[v, SERVICE], at[v, 2]
        ready = min(fed + leg, _ready(who, hungry, leg))
        hungry = _serve(opens, closes, fixed, v, hungry + leg) + takes
        fed = _serve(opens, closes, fixed, v, ready) + takes
        time[i, HUNGRY], time[i, FED] = hungry, fed


@compiled
def _backward(
    who: Ints, visit: Ints, opens: Ints, closes: Ints, stops: Ints, at: Ints, time: Ints, n: int
) -> None:
    """Work out the latest readiness, with lunch to come and eaten."""
    fed = who[END]
    hungry = min(fed, who[REST_LATEST])
    time[n + 1, LATE_HUNGRY], time[n + 1, LATE_FED] = hungry, fed
    for i in range(n, 0, -1):
        v, leg = stops[i], time[i + 1, LEG]
        takes, fixed = visit[v, SERVICE], at[v, 2]
        leave = max(hungry - leg, _leave_by(who, fed, leg))
        hungry = _last(opens, closes, fixed, v, leave - takes)
        fed = _last(opens, closes, fixed, v, fed - leg - takes)
        time[i, LATE_HUNGRY], time[i, LATE_FED] = hungry, fed


@compiled
def refresh(g: Given, s: State, w: int) -> None:
    """Work out the times of the tour of `w` and give it a new version."""
    n, mode = s.tour[w, STOPS], g.who[w, MODE]
    seconds, ground, stops, time, who = g.travel[mode], g.metres[mode], s.stops[w], s.time[w], g.who[w]
    visit = g.visit
    travel, metres, service = 0, 0, 0
    for i in range(1, n + 2):
        a, b = stops[i - 1], stops[i]
        leg = seconds[a, b]
        time[i, LEG] = leg
        travel += leg
        metres += ground[a, b]
        service += visit[b, SERVICE] if i <= n else 0
    _forward(who, visit, g.opens, g.closes, stops, s.at, time, n)
    _backward(who, visit, g.opens, g.closes, stops, s.at, time, n)
    tour = s.tour[w]
    tour[TRAVEL] = travel if n else 0
    tour[BUSY] = travel + service if n else 0
    tour[METRES] = metres if n else 0
    s.counts[CLOCK] += 1
    tour[VERSION] = s.counts[CLOCK]


@compiled
def feasible(g: Given, s: State, w: int) -> bool:
    """Return whether the tour of `w` keeps every rule of the day."""
    n, who = s.tour[w, STOPS], g.who[w]
    if n == 0:
        return True
    if s.tour[w, BUSY] > who[LIMIT_S] or s.tour[w, METRES] > who[WALK_M]:
        return False
    hungry, fed, leg = s.time[w, n, HUNGRY], s.time[w, n, FED], s.time[w, n + 1, LEG]
    if hungry + leg <= min(who[END], who[REST_LATEST]):
        return True
    return bool(min(fed + leg, _ready(who, hungry, leg)) <= who[END])


@compiled
def _opens(opens: Ints, closes: Ints, v: int, lo: int, hi: int) -> bool:
    """Return whether a window of `v` meets [lo, hi]."""
    for k in range(opens.shape[1]):  # noqa: SIM110 (the compiler knows no generators)
        if max(lo, opens[v, k]) <= min(hi, closes[v, k]):
            return True
    return False


@compiled
def _scan(
    who: Ints,
    tour: Ints,
    seconds: NDArray[np.int32],
    ground: NDArray[np.int32],
    stops: Ints,
    time: Ints,
    visit: Ints,
    opens: Ints,
    closes: Ints,
    v: int,
    places: Ints,
    every: bool,
) -> int:
    """List the places of `v` in a tour, every one or those that beat the ones before.

    A place is (after which stop, seconds added, earliest and latest start with
    lunch to come, the same with lunch eaten), as tours stand in ``_tour``.
    """
    takes, n, size = visit[v, SERVICE], 0, tour[STOPS]
    room, best = who[LIMIT_S] - tour[BUSY] - takes, NEVER
    walk = who[WALK_M] - tour[METRES]
    for i in range(size + 1 if room >= 0 else 0):
        hungry, fed = time[i, HUNGRY], time[i, FED]
        if min(hungry, fed) > visit[v, CLOSES]:
            break
        a, b = stops[i], stops[i + 1]
        to, on = seconds[a, v], seconds[v, b]
        added = to + on - (time[i + 1, LEG] if size else 0)
        if added > room or added >= best:
            continue
        if walk < NEVER // 2 and ground[a, v] + ground[v, b] - (ground[a, b] if size else 0) > walk:
            continue
        late_hungry, late_fed = time[i + 1, LATE_HUNGRY], time[i + 1, LATE_FED]
        lo, hi = hungry + to, max(late_hungry - on, _leave_by(who, late_fed, on)) - takes
        lo_fed, hi_fed = min(fed + to, _ready(who, hungry, to)), late_fed - on - takes
        if _opens(opens, closes, v, lo, hi) or _opens(opens, closes, v, lo_fed, hi_fed):
            best = best if every else added
            row = places[n]
            row[0], row[1], row[2], row[3], row[4], row[5] = i, added, lo, hi, lo_fed, hi_fed
            n += 1
    return n


@inlined
def places(g: Given, s: State, w: int, v: int, every: bool) -> int:
    """List the places of `v` in the tour of `w` into ``places[w]``; return how many."""
    mode = g.who[w, MODE]
    return _scan(
        g.who[w], s.tour[w], g.travel[mode], g.metres[mode], s.stops[w], s.time[w],
        g.visit, g.opens, g.closes, v, s.places[w], every,
    )  # fmt: skip
