"""Putting a visit back at its cheapest place, compiled.

Of the ways of making a visit the cheapest is taken, of the crews of a way the
first that fits. Two people are put into both tours at starts that agree and
stay fixed until they are taken out.
"""

from __future__ import annotations

from routing._day import NEVER, Ints
from routing._fit import (
    AFTER,
    APART,
    BASE,
    BLINK,
    DEAR,
    FIRST,
    LEAST,
    MOST,
    ONE,
    PARTNER,
    PEOPLE,
    PRICE,
    START,
    STOPS,
    TEAM,
    TWO,
    VERSION,
    WAY,
    WHO,
    Given,
    State,
    places,
    refresh,
)
from routing._jit import Stream, below, inlined, uncounted, unit
from routing._journal import copy_row, touch

__all__ = ["join", "put"]

# columns of State.choice; its rows: the best so far, the one looked at
(GOES, AT, COMES, AT_TOO, BEGINS, BEGINS_TOO, BY) = range(7)


@inlined
def _look(g: Given, s: State, w: int, node: int) -> int:
    """Find the cheapest place of `node` in the tour of `w`; return the row of its memo."""
    # the memo of the tour before this step is kept: the step may be taken back
    row = 1 if s.memo[node, w, 0, 2] == s.tour[w, BASE] else 0
    n = places(g, s, w, node, False, w)
    s.memo[node, w, row, 0] = s.places[w, n - 1, 1] if n else NEVER
    s.memo[node, w, row, 1] = s.places[w, n - 1, 0] if n else 0
    s.memo[node, w, row, 2] = s.tour[w, VERSION]
    return row


@inlined
def _single(g: Given, s: State, rng: Stream, v: int, team: int, row: int) -> int:
    """Look for the cheapest place of one person, into ``choice[row]``; return its cost.

    Where no place is worth it that is the price of `v`.
    """
    best, node, who, position = g.node[v, PRICE] - g.teams[team, DEAR], g.teams[team, ONE], -1, 0
    for w in range(g.sits.shape[1]):
        if g.sits[team, w] and unit(rng) >= s.tune[BLINK]:
            version = s.tour[w, VERSION]
            memo = 0 if s.memo[node, w, 0, 2] == version else 1
            if s.memo[node, w, memo, 2] != version:
                memo = _look(g, s, w, node)
            cost = s.memo[node, w, memo, 0] + g.strange[v, w]
            if cost < best:
                best, who, position = cost, w, s.memo[node, w, memo, 1]
    if who >= 0:
        s.choice[row, BY], s.choice[row, GOES] = team, who
        s.choice[row, AT], s.choice[row, COMES] = position, -1
    return int(best + g.teams[team, DEAR])


@uncounted
def _list_places(g: Given, s: State, w: int, node: int, row: int) -> int:
    """List every place of `node` in the tour of `w`; return the least seconds added."""
    n, least = places(g, s, w, node, True, row), NEVER
    for k in range(n):
        least = min(least, s.places[row, k, 1])
    s.places[row, n, 0] = -1
    return int(least)


@inlined
def _between(rng: Stream, lo: int, hi: int) -> int:
    """Return a start: early, late or between."""
    kind = below(rng, 3)
    return lo if kind == 0 else hi if kind == 1 else lo + below(rng, hi - lo + 1)


@uncounted
def _meet(g: Given, rng: Stream, team: int, one: Ints, two: Ints, out: Ints) -> bool:
    """Find starts of two places that agree, into `out`; return whether there are any."""
    first, second, least, most = (
        g.teams[team, ONE],
        g.teams[team, TWO],
        g.teams[team, LEAST],
        g.teams[team, MOST],
    )
    seen, width = 0, g.opens.shape[1]
    for state in range(4):
        p, q = 2 + state // 2 * 2, 2 + state % 2 * 2
        for k in range(width):
            for j in range(0 if most else k, width if most else k + 1):  # together: in the same window
                late, end = max(two[q], g.opens[second, j]), min(two[q + 1], g.closes[second, j])
                lo = max(one[p], g.opens[first, k], late - most)
                hi = min(one[p + 1], g.closes[first, k], end - least)
                if lo <= hi and late <= end:
                    seen += 1
                    if seen == 1 or below(rng, seen) == 0:
                        out[2] = out[3] = _between(rng, lo, hi)
                        if most:
                            out[3] = _between(rng, max(late, out[2] + least), min(end, out[2] + most))
    return seen > 0


@uncounted
def _together(g: Given, rng: Stream, team: int, one: Ints, two: Ints, best: int, out: Ints) -> int:
    """Find the cheapest two places below `best` whose starts agree, into `out`."""
    i = 0
    while one[i, 0] >= 0:
        j = 0
        while two[j, 0] >= 0:
            if one[i, 1] + two[j, 1] < best and _meet(g, rng, team, one[i], two[j], out):
                best = one[i, 1] + two[j, 1]
                out[0], out[1] = one[i, 0], two[j, 0]
            j += 1
        i += 1
    return best


@uncounted
def _pair(g: Given, s: State, rng: Stream, v: int, team: int, row: int) -> int:
    """Look for the cheapest places of two people, as `_single` does for one."""
    workers, least, apart = g.who.shape[0], s.found[2], g.teams[team, MOST] > 0
    # the second person's places are those of the first unless they come one after the other
    shift, second = (workers, g.teams[team, TWO]) if apart else (0, g.teams[team, ONE])
    for w in range(2 * workers):
        least[w] = -1
    best = g.node[v, PRICE]
    for k in range(g.teams[team, FIRST], g.teams[team, AFTER]):
        a, b = g.pairs[k, 0], g.pairs[k, 1]
        c = b + shift
        if least[a] == -1:
            least[a] = _list_places(g, s, a, g.teams[team, ONE], a) if unit(rng) >= s.tune[BLINK] else NEVER
        if least[c] == -1:
            least[c] = _list_places(g, s, b, second, c) if unit(rng) >= s.tune[BLINK] else NEVER
        extra = min(g.strange[v, a], g.strange[v, b]) + g.teams[team, DEAR]
        if least[a] + least[c] + extra < best:
            cost = extra + _together(g, rng, team, s.places[a], s.places[c], best - extra, s.found[1])
            if cost < best:
                best = cost
                s.choice[row, BY], s.choice[row, GOES], s.choice[row, COMES] = team, a, b
                s.choice[row, AT], s.choice[row, AT_TOO] = s.found[1, 0], s.found[1, 1]
                s.choice[row, BEGINS], s.choice[row, BEGINS_TOO] = s.found[1, 2], s.found[1, 3]
    return int(best)


@inlined
def _insert(g: Given, s: State, w: int, node: int, i: int) -> None:
    touch(s, w)
    for k in range(s.tour[w, STOPS] + 1, i, -1):
        s.stops[w, k + 1] = s.stops[w, k]
    s.stops[w, i + 1] = node
    s.tour[w, STOPS] += 1
    refresh(g, s, w)


@inlined
def _seat(g: Given, s: State, v: int) -> None:
    """Put `v` where the best choice says."""
    team, w, partner = s.choice[0, BY], s.choice[0, GOES], s.choice[0, COMES]
    node, strange = g.teams[team, ONE], g.strange[v, w]
    if partner >= 0:
        other, strange = g.teams[team, TWO], min(strange, g.strange[v, partner])
        s.at[node, START], s.at[other, START] = s.choice[0, BEGINS], s.choice[0, BEGINS_TOO]
        _insert(g, s, partner, other, s.choice[0, AT_TOO])
    _insert(g, s, w, node, s.choice[0, AT])
    s.at[v, WHO], s.at[v, PARTNER], s.at[v, TEAM] = w, partner, team
    s.counts[APART] += strange + g.teams[team, DEAR] - g.node[v, PRICE]


@inlined
def put(g: Given, s: State, rng: Stream, v: int) -> bool:
    """Put `v` at its cheapest place; return whether there is one that is worth it."""
    price = g.node[v, PRICE]
    best, fitted = price, -1
    for team in range(g.first_team[v], g.first_team[v + 1]):
        if g.teams[team, WAY] != fitted:
            row = 0 if best == price else 1
            alone = g.teams[team, PEOPLE] == 1
            cost = _single(g, s, rng, v, team, row) if alone else _pair(g, s, rng, v, team, row)
            fitted = g.teams[team, WAY] if cost < price else fitted
            if cost < best:
                best = cost
                if row:
                    copy_row(s.choice[1], s.choice[0], s.choice.shape[1])
    if best < price:
        _seat(g, s, v)
    return bool(best < price)


@inlined
def join(g: Given, s: State, w: int, v: int) -> None:
    """Put `v` into the tour of `w` where that is worth it, in its first way and by its first crew."""
    team = g.first_team[v]
    if g.sits[team, w]:
        node = g.teams[team, ONE]
        row = _look(g, s, w, node)
        if s.memo[node, w, row, 0] + g.strange[v, w] + g.teams[team, DEAR] < g.node[v, PRICE]:
            s.choice[0, BY], s.choice[0, GOES] = team, w
            s.choice[0, AT], s.choice[0, COMES] = s.memo[node, w, row, 1], -1
            _seat(g, s, v)
