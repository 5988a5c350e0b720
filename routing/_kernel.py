"""Ruin and recreate on a day's plan, compiled.

A step takes some stops that lie near each other out of the plan (strings of
neighbouring tours), puts back what fits, each visit at its cheapest place, and
keeps the outcome by simulated annealing. Where a visit fits is known in
constant time (:mod:`routing._fit`), and remembered per visit and tour until the
tour changes. A visit by two people is put into both tours at a common start,
which stays fixed until it is taken out, so that every tour remains independent
of the others.

Now and then a step empties a whole tour and sends its owner to another place.
And while it walks, the search takes a second saved for worth more than it costs
(``IDLE``), because saved seconds make room for a visit; the best plan is the
best by the cost alone.

Every random number comes from the stream handed in: the same stream and the
same number of steps give the same plan.

References
----------
J. Christiaens and G. Vanden Berghe, "Slack Induction by String Removals for
Vehicle Routing Problems", Transportation Science 54 (2020) 417-433,
doi:10.1287/trsc.2019.0914. Taken from there: strings, split strings, blinks,
the cooling. Ours: prices, pairs, crews, the orders of putting back, the memo,
sending somebody elsewhere, the worth of a second saved.
"""

from __future__ import annotations

import numpy as np

from routing._day import NEVER, Ints
from routing._fit import (
    ABSENT,
    APART,
    BASE,
    BEST,
    BLINK,
    BUSY,
    CLOSES,
    GOAL,
    IDLE,
    MUST,
    PASS,
    PRICE,
    SENT,
    SERVICE,
    STOPS,
    TOUCHED,
    TRAVEL,
    VERSION,
    Given,
    State,
    feasible,
    places,
    refresh,
)
from routing._jit import Stream, below, inlined, uncounted, unit
from routing._journal import back, copy, copy_row, remember, touch
from routing._ruin import ruin

__all__ = ["begin", "cost", "run"]

_FIRST = -1e12
"""Rank of what must be, far before any price."""

_DOORS = 40
"""How many of the nearest visits are asked for whoever is sent to a place."""


@inlined
def _look(g: Given, s: State, w: int, v: int) -> int:
    """Find the cheapest place of `v` in the tour of `w`; return the row of its memo."""
    # the memo of the tour before this step is kept: the step may be taken back
    row = 1 if s.memo[v, w, 0, 2] == s.tour[w, BASE] else 0
    n = places(g, s, w, v, False)
    s.memo[v, w, row, 0] = s.places[w, n - 1, 1] if n else NEVER
    s.memo[v, w, row, 1] = s.places[w, n - 1, 0] if n else 0
    s.memo[v, w, row, 2] = s.tour[w, VERSION]
    return row


@inlined
def _insert(g: Given, s: State, w: int, v: int, i: int) -> None:
    touch(s, w)
    for k in range(s.tour[w, STOPS] + 1, i, -1):
        s.stops[w, k + 1] = s.stops[w, k]
    s.stops[w, i + 1] = v
    s.tour[w, STOPS] += 1
    refresh(g, s, w)


@inlined
def _seat(g: Given, s: State, v: int, w: int, partner: int) -> None:
    """Write down who goes to `v`."""
    s.at[v, 0], s.at[v, 1] = w, partner
    strange = g.strange[v, w] if partner < 0 else min(g.strange[v, w], g.strange[v, partner])
    s.counts[APART] += strange - g.visit[v, PRICE]


@inlined
def _single(g: Given, s: State, rng: Stream, v: int, team: int) -> bool:
    best, who, position = g.visit[v, PRICE], -1, 0
    for w in range(g.sits.shape[1]):
        if g.sits[team, w] and unit(rng) >= s.tune[BLINK]:
            version = s.tour[w, VERSION]
            row = 0 if s.memo[v, w, 0, 2] == version else 1
            if s.memo[v, w, row, 2] != version:
                row = _look(g, s, w, v)
            cost = s.memo[v, w, row, 0] + g.strange[v, w]
            if cost < best:
                best, who, position = cost, w, s.memo[v, w, row, 1]
    if who < 0:
        return False
    _insert(g, s, who, v, position)
    _seat(g, s, v, who, -1)
    return True


@uncounted
def _list_places(g: Given, s: State, w: int, v: int) -> int:
    """List every place of `v` in the tour of `w`; return the least seconds added."""
    n, least, found = places(g, s, w, v, True), NEVER, s.places[w]
    for k in range(n):
        least = min(least, found[k, 1])
    found[n, 0] = -1
    return least


@uncounted
def _meet(opens: Ints, closes: Ints, rng: Stream, v: int, one: Ints, two: Ints) -> int:
    """Return a common start of two places: early, late or between; ``NEVER`` if there is none."""
    start, seen = NEVER, 0
    for state in range(4):
        p, q = 2 + state // 2 * 2, 2 + state % 2 * 2
        for k in range(opens.shape[1]):
            lo = max(max(one[p], two[q]), opens[v, k])
            hi = min(min(one[p + 1], two[q + 1]), closes[v, k])
            if lo <= hi:
                seen += 1
                if seen == 1 or below(rng, seen) == 0:
                    kind = below(rng, 3)
                    start = lo if kind == 0 else hi if kind == 1 else lo + below(rng, hi - lo + 1)
    return start


@uncounted
def _together(
    opens: Ints, closes: Ints, rng: Stream, v: int, one: Ints, two: Ints, best: int, out: Ints
) -> int:
    """Find the cheapest two places below `best` with a common start, into `out`."""
    i = 0
    while one[i, 0] >= 0:
        j = 0
        while two[j, 0] >= 0:
            if one[i, 1] + two[j, 1] < best:
                start = _meet(opens, closes, rng, v, one[i], two[j])
                if start < NEVER:
                    best = one[i, 1] + two[j, 1]
                    out[0], out[1], out[2] = one[i, 0], two[j, 0], start
            j += 1
        i += 1
    return best


@uncounted
def _pair(g: Given, s: State, rng: Stream, v: int, team: int) -> bool:
    first, after = g.teams[team, 1], g.teams[team, 2]
    least = s.found[2]
    for w in range(g.who.shape[0]):
        least[w] = -1
    best, one, two, p, q, start = g.visit[v, PRICE], -1, -1, 0, 0, 0
    for k in range(first, after):
        a, b = g.pairs[k, 0], g.pairs[k, 1]
        for w in (a, b):
            if least[w] == -1:
                least[w] = _list_places(g, s, w, v) if unit(rng) >= s.tune[BLINK] else NEVER
        strange = min(g.strange[v, a], g.strange[v, b])
        if least[a] + least[b] + strange < best:
            cost = strange + _together(
                g.opens, g.closes, rng, v, s.places[a], s.places[b], best - strange, s.found[1]
            )
            if cost < best:
                best, one, two = cost, a, b
                p, q, start = s.found[1, 0], s.found[1, 1], s.found[1, 2]
    if one < 0:
        return False
    s.at[v, 2] = start
    _insert(g, s, one, v, p)
    _insert(g, s, two, v, q)
    _seat(g, s, v, one, two)
    return True


@inlined
def _put(g: Given, s: State, rng: Stream, v: int) -> bool:
    """Put `v` at its cheapest place, the crews tried in order."""
    for team in range(g.first_team[v], g.first_team[v + 1]):
        alone = g.teams[team, 0] == 1
        if _single(g, s, rng, v, team) if alone else _pair(g, s, rng, v, team):
            return True
    return False


@inlined
def _rank(g: Given, s: State, rng: Stream, v: int, order: int) -> float:
    """Return when `v` is put back: what must be first, then by one of several orders."""
    noise, price = unit(rng), float(g.visit[v, PRICE])
    if not g.visit[v, MUST]:
        if order == 0:
            return noise
        price *= 0.6 + 0.8 * noise
        return -price if order == 1 else -price / float(g.visit[v, SERVICE] + 300)
    people = 1e9 * g.teams[g.first_team[v], 0]
    if order == 0:
        return _FIRST + noise
    if order == 1:
        return float(_FIRST - people + noise)
    if order == 2:
        return float(_FIRST + (g.visit[v, CLOSES] - g.opens[v, 0]) * (0.5 + noise))
    return float(_FIRST - people - s.fails[v] * noise)


@inlined
def _queue(s: State, v: int, rank: float, size: int) -> None:
    """Put `v` in line."""
    i = size
    while i > 0 and s.ranks[i - 1] > rank:
        s.ranks[i], s.found[3, i] = s.ranks[i - 1], s.found[3, i - 1]
        i -= 1
    s.ranks[i], s.found[3, i] = rank, v


@uncounted
def _settle(g: Given, s: State, rng: Stream, w: int, goal: int) -> None:
    """Fill the tour of `w`, who was sent to `goal`, with visits around it, the nearest first."""
    for k in range(-1, min(g.near.shape[1], _DOORS)):
        v = goal if k < 0 else g.near[goal, k]
        if s.at[v, 0] < 0 and g.sits[g.first_team[v], w] and unit(rng) < 0.9:
            row = _look(g, s, w, v)
            if s.memo[v, w, row, 0] + g.strange[v, w] < g.visit[v, PRICE]:
                _insert(g, s, w, v, s.memo[v, w, row, 1])
                _seat(g, s, v, w, -1)


@uncounted
def _recreate(g: Given, s: State, rng: Stream, before: int) -> None:
    """Put back whatever fits, what must be first; of the `before` left out long since only some are asked."""
    order, left, size, skip = below(rng, 4), 0, 0, s.tune[PASS]
    if s.counts[SENT] >= 0:
        skip = 0.0
        _settle(g, s, rng, s.counts[SENT], s.counts[GOAL])
    for k in range(s.counts[ABSENT]):
        v = s.absent[k]
        if s.at[v, 0] >= 0:
            continue
        if k < before and not g.visit[v, MUST] and unit(rng) < skip:
            s.absent[left] = v
            left += 1
        else:
            _queue(s, v, _rank(g, s, rng, v, order), size)
            size += 1
    for k in range(size):
        v = s.found[3, k]
        if not _put(g, s, rng, v):
            s.absent[left] = v
            left += 1
            s.fails[v] += g.visit[v, MUST]
    s.counts[ABSENT] = left


@uncounted
def cost(s: State) -> int:
    """Return travel, continuity and the price of everything left out."""
    total = s.counts[APART]
    for w in range(s.tour.shape[0]):
        total += s.tour[w, TRAVEL]
    return int(total)


@uncounted
def _busy(s: State) -> int:
    """Return the seconds that travel and visits fill."""
    total = 0
    for w in range(s.tour.shape[0]):
        total += s.tour[w, BUSY]
    return total


@uncounted
def begin(g: Given, s: State) -> None:
    """Work out the times of the plan that lies in `s` and take it as the best so far."""
    for w in range(g.who.shape[0]):
        refresh(g, s, w)
        s.tour[w, BASE] = s.tour[w, VERSION]
    remember(s, cost(s))


@uncounted
def run(g: Given, s: State, rng: Stream, steps: int, hot: float, cold: float) -> None:
    """Search for `steps` steps, cooling from `hot` to `cold` seconds."""
    heat, cooling = hot, (cold / hot) ** (1.0 / max(1, steps))
    now, busy = cost(s), _busy(s)
    for _ in range(steps):
        absent, apart = s.counts[ABSENT], s.counts[APART]
        copy(s.at, s.old_at, s.at.shape[0])
        copy_row(s.absent, s.old_absent, absent)
        ruin(g, s, rng)
        whole = True
        for w in range(g.who.shape[0]):
            whole = whole and (not s.tour[w, TOUCHED] or feasible(g, s, w))
        if whole:
            _recreate(g, s, rng, absent)
        found, filled = cost(s), _busy(s)
        dearer = found - now + s.tune[IDLE] * (filled - busy)
        if whole and dearer < -heat * np.log(1.0 - unit(rng)):
            now, busy = found, filled
            for w in range(g.who.shape[0]):
                s.tour[w, BASE], s.tour[w, TOUCHED] = s.tour[w, VERSION], 0
            if found < s.counts[BEST]:
                remember(s, found)
        else:
            back(s, absent, apart)
        heat *= cooling
