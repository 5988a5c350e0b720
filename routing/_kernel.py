"""Ruin and recreate on a day's plan, compiled.

A step takes some stops that lie near each other out of the plan (strings of
neighbouring tours), puts back what fits, each visit at its cheapest place, and
keeps the outcome by simulated annealing. Where a visit fits is known in
constant time (:mod:`routing._fit`), and remembered per visit and tour until the
tour changes. A visit by two people is put into both tours at a common start,
which stays fixed until it is taken out, so that every tour remains independent
of the others.

Every random number comes from the stream handed in: the same stream and the
same number of steps give the same plan.

References
----------
J. Christiaens and G. Vanden Berghe, "Slack Induction by String Removals for
Vehicle Routing Problems", Transportation Science 54 (2020) 417-433,
doi:10.1287/trsc.2019.0914. Taken from there: strings, split strings, blinks,
the cooling. Ours: prices, pairs, crews, the orders of putting back, the memo.
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
    CLOSES,
    LONGEST,
    MUST,
    PASS,
    PRICE,
    REMOVED,
    SERVICE,
    SPLIT,
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
from routing._jit import Stream, below, compiled, inlined, unit

__all__ = ["begin", "cost", "run"]

_FIRST = -1e12
"""Rank of what must be, far before any price."""


@inlined
def _look(g: Given, s: State, w: int, v: int) -> int:
    """Find the cheapest place of `v` in the tour of `w`; return the row of its memo."""
    # the memo of the tour before this step is kept: the step may be taken back
    row = 1 if s.memo[v, w, 0, 2] == s.tour[w, BASE] else 0
    n = places(g, s, w, v, False)
    memo = s.memo[v, w, row]
    memo[0] = s.places[w, n - 1, 1] if n else NEVER
    memo[1] = s.places[w, n - 1, 0] if n else 0
    memo[2] = s.tour[w, VERSION]
    return row


@inlined
def _touch(s: State, w: int) -> None:
    """Keep the tour of `w` as it was before this step."""
    if not s.tour[w, TOUCHED]:
        n = s.tour[w, STOPS] + 2
        s.old_stops[w, :n] = s.stops[w, :n]
        s.old_time[w, :n] = s.time[w, :n]
        s.old_tour[w] = s.tour[w]
        s.tour[w, TOUCHED] = 1


@inlined
def _insert(g: Given, s: State, w: int, v: int, i: int) -> None:
    _touch(s, w)
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


@compiled
def _take(g: Given, s: State, v: int) -> None:
    """Take `v` out of the plan; its tours want refreshing."""
    strange = NEVER
    for seat in range(2):
        w = s.at[v, seat]
        if w >= 0:
            _touch(s, w)
            strange = min(strange, g.strange[v, w])
            i = 1
            while s.stops[w, i] != v:
                i += 1
            for k in range(i, s.tour[w, STOPS] + 1):
                s.stops[w, k] = s.stops[w, k + 1]
            s.tour[w, STOPS] -= 1
    s.at[v] = -1
    s.counts[APART] += g.visit[v, PRICE] - strange
    s.absent[s.counts[ABSENT]] = v
    s.counts[ABSENT] += 1


@inlined
def _single(g: Given, s: State, rng: Stream, v: int, team: int) -> bool:
    best, who, position = g.visit[v, PRICE], -1, 0
    sits, strange, memo, blink = g.sits[team], g.strange[v], s.memo[v], s.tune[BLINK]
    for w in range(sits.shape[0]):
        if sits[w] and unit(rng) >= blink:
            version = s.tour[w, VERSION]
            row = 0 if memo[w, 0, 2] == version else 1
            if memo[w, row, 2] != version:
                row = _look(g, s, w, v)
            cost = memo[w, row, 0] + strange[w]
            if cost < best:
                best, who, position = cost, w, memo[w, row, 1]
    if who < 0:
        return False
    _insert(g, s, who, v, position)
    _seat(g, s, v, who, -1)
    return True


@compiled
def _list_places(g: Given, s: State, w: int, v: int) -> int:
    """List every place of `v` in the tour of `w`; return the least seconds added."""
    n, least, found = places(g, s, w, v, True), NEVER, s.places[w]
    for k in range(n):
        least = min(least, found[k, 1])
    found[n, 0] = -1
    return least


@compiled
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


@compiled
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


@compiled
def _pair(g: Given, s: State, rng: Stream, v: int, team: int) -> bool:
    first, after = g.teams[team, 1], g.teams[team, 2]
    least = s.found[2]
    least[: g.who.shape[0]] = -1
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


@compiled
def _ruin_string(s: State, rng: Stream, w: int, v: int, longest: int, g: Given) -> int:
    """Take a string of stops around `v` out of the tour of `w`; return how many."""
    n = s.tour[w, STOPS]
    size = 1 + below(rng, min(n, longest))
    kept = 0
    if 1 < size < n and unit(rng) < s.tune[SPLIT]:  # split string: some in the middle stay
        kept = 1
        while size + kept < n and unit(rng) < 0.01:
            kept += 1
    at = 1
    while s.stops[w, at] != v:
        at += 1
    low = max(1, at - (size + kept) + 1)
    first = low + below(rng, min(at, n - (size + kept) + 1) - low + 1)
    gap = first + (below(rng, size) if kept else size)
    k = 0
    for i in range(size + kept):
        if i < gap - first or i >= gap - first + kept:
            s.found[3, k] = s.stops[w, first + i]
            k += 1
    for i in range(k):
        _take(g, s, s.found[3, i])
    s.ruined[w] = True
    return k


@compiled
def _ruin_near(g: Given, s: State, rng: Stream, v: int, longest: int) -> int:
    """Ruin one tour of `v` that is still whole."""
    for seat in range(2):
        w = s.at[v, seat]
        if w >= 0 and not s.ruined[w]:
            return _ruin_string(s, rng, w, v, longest, g)
    return 0


@compiled
def _ruin(g: Given, s: State, rng: Stream) -> None:
    """Take strings out of the tours near one visit; near one that must be and is not, if any."""
    visits, workers = g.visit.shape[0], g.who.shape[0]
    s.ruined[:] = False
    seed, missing = below(rng, visits), s.counts[ABSENT]
    if missing and unit(rng) < 0.5:
        v = s.absent[below(rng, missing)]
        seed = v if g.visit[v, MUST] else seed
    done = max(1, visits - missing)
    longest = int(min(s.tune[LONGEST], max(1.0, done / workers)))
    strings = 1 + below(rng, max(1, int(4.0 * s.tune[REMOVED] / (1.0 + longest))))
    if s.at[seed, 1] >= 0:  # both people of a pair, so that it may find another hour
        a, b = s.at[seed, 0], s.at[seed, 1]
        _ruin_string(s, rng, a, seed, longest, g)
        if s.tour[b, STOPS]:
            around = s.stops[b, 1 + below(rng, s.tour[b, STOPS])]
            _ruin_string(s, rng, b, around, longest, g)
        strings -= 2
    elif s.at[seed, 0] >= 0:
        _ruin_near(g, s, rng, seed, longest)
        strings -= 1
    for k in range(g.near.shape[1]):
        if strings <= 0:
            break
        if _ruin_near(g, s, rng, g.near[seed, k], longest):
            strings -= 1
    for w in range(workers):
        if s.tour[w, TOUCHED]:
            refresh(g, s, w)


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


@compiled
def _recreate(g: Given, s: State, rng: Stream, before: int) -> None:
    """Put back whatever fits, what must be first; of the `before` left out long since only some are asked."""
    n, order = s.counts[ABSENT], below(rng, 4)
    ranks = np.empty(n)
    for k in range(n):
        ranks[k] = _rank(g, s, rng, s.absent[k], order)
    by = np.argsort(ranks)
    waiting = s.found[3]
    for k in range(n):
        waiting[k] = s.absent[by[k]]
    left = 0
    for k in range(n):
        v = waiting[k]
        passed = by[k] < before and not g.visit[v, MUST] and unit(rng) < s.tune[PASS]
        if passed or not _put(g, s, rng, v):
            s.absent[left] = v
            left += 1
            s.fails[v] += g.visit[v, MUST]
    s.counts[ABSENT] = left


@compiled
def cost(s: State) -> int:
    """Return travel, continuity and the price of everything left out."""
    return int(s.counts[APART] + s.tour[:, TRAVEL].sum())


@compiled
def _back(s: State, absent: int, apart: int) -> None:
    """Undo the step."""
    for w in range(s.tour.shape[0]):
        if s.tour[w, TOUCHED]:
            n = s.old_tour[w, STOPS] + 2
            s.stops[w, :n] = s.old_stops[w, :n]
            s.time[w, :n] = s.old_time[w, :n]
            s.tour[w] = s.old_tour[w]
    s.at[:] = s.old_at
    s.absent[:absent] = s.old_absent[:absent]
    s.counts[ABSENT], s.counts[APART] = absent, apart


@compiled
def _remember(s: State, found: int) -> None:
    """Keep the plan as the best so far."""
    for w in range(s.tour.shape[0]):
        n = s.tour[w, STOPS]
        s.best_size[w] = n
        s.best_stops[w, : n + 2] = s.stops[w, : n + 2]
    s.best_at[:] = s.at
    s.counts[BEST] = found


@compiled
def begin(g: Given, s: State) -> None:
    """Work out the times of the plan that lies in `s` and take it as the best so far."""
    for w in range(g.who.shape[0]):
        refresh(g, s, w)
        s.tour[w, BASE] = s.tour[w, VERSION]
    _remember(s, cost(s))


@compiled
def run(g: Given, s: State, rng: Stream, steps: int, hot: float, cold: float) -> None:
    """Search for `steps` steps, cooling from `hot` to `cold` seconds."""
    heat, cooling = hot, (cold / hot) ** (1.0 / max(1, steps))
    now = cost(s)
    for _ in range(steps):
        absent, apart = s.counts[ABSENT], s.counts[APART]
        s.old_at[:] = s.at
        s.old_absent[:absent] = s.absent[:absent]
        _ruin(g, s, rng)
        whole = True
        for w in range(g.who.shape[0]):
            whole = whole and (not s.tour[w, TOUCHED] or feasible(g, s, w))
        if whole:
            _recreate(g, s, rng, absent)
        found = cost(s)
        if whole and found < now - heat * np.log(1.0 - unit(rng)):
            now = found
            for w in range(g.who.shape[0]):
                s.tour[w, BASE], s.tour[w, TOUCHED] = s.tour[w, VERSION], 0
            if found < s.counts[BEST]:
                _remember(s, found)
        else:
            _back(s, absent, apart)
        heat *= cooling
