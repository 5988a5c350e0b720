"""Ruin and recreate on a day's plan, compiled.

A step takes some stops that lie near each other out of the plan (strings of
neighbouring tours), puts back what fits, each visit at its cheapest place, and
keeps the outcome by simulated annealing. Where a visit fits is known in
constant time (:mod:`routing._fit`), and remembered per node and tour until the
tour changes. A visit by two people is put into both tours at starts that agree
and stay fixed until it is taken out, so that every tour remains independent of
the others. How uneven the days are is part of the cost of a step, not of where
a visit is put.

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
the cooling. Ours: prices, pairs, crews, ways, the orders of putting back, the
memo, sending somebody elsewhere, the worth of a second saved.
"""

from __future__ import annotations

import numpy as np

from routing._fit import (
    ABSENT,
    APART,
    BASE,
    BEST,
    BUSY,
    CLOSES,
    GOAL,
    IDLE,
    MUST,
    PASS,
    PEOPLE,
    PRICE,
    SENT,
    SERVICE,
    TOUCHED,
    TRAVEL,
    VERSION,
    WHO,
    Given,
    State,
    feasible,
    refresh,
)
from routing._jit import Stream, below, inlined, uncounted, unit
from routing._journal import back, copy, copy_row, remember
from routing._put import join, put
from routing._ruin import ruin

__all__ = ["begin", "cost", "run"]

_FIRST = -1e12
"""Rank of what must be, far before any price."""

_DOORS = 40
"""How many of the nearest visits are asked for whoever is sent to a place."""


@inlined
def _rank(g: Given, s: State, rng: Stream, v: int, order: int) -> float:
    """Return when `v` is put back: what must be first, then by one of several orders."""
    noise, price = unit(rng), float(g.node[v, PRICE])
    if not g.node[v, MUST]:
        if order == 0:
            return noise
        price *= 0.6 + 0.8 * noise
        return -price if order == 1 else -price / float(g.node[v, SERVICE] + 300)
    people = 1e9 * g.teams[g.first_team[v], PEOPLE]
    if order == 0:
        return _FIRST + noise
    if order == 1:
        return float(_FIRST - people + noise)
    if order == 2:
        return float(_FIRST + (g.node[v, CLOSES] - g.opens[v, 0]) * (0.5 + noise))
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
        if s.at[v, WHO] < 0 and unit(rng) < 0.9:
            join(g, s, w, v)


@uncounted
def _recreate(g: Given, s: State, rng: Stream, before: int) -> None:
    """Put back whatever fits, what must be first; of the `before` left out long since only some are asked."""
    order, left, size, skip = below(rng, 4), 0, 0, s.tune[PASS]
    if s.counts[SENT] >= 0:
        skip = 0.0
        _settle(g, s, rng, s.counts[SENT], s.counts[GOAL])
    for k in range(s.counts[ABSENT]):
        v = s.absent[k]
        if s.at[v, WHO] >= 0:
            continue
        if k < before and not g.node[v, MUST] and unit(rng) < skip:
            s.absent[left] = v
            left += 1
        else:
            _queue(s, v, _rank(g, s, rng, v, order), size)
            size += 1
    for k in range(size):
        v = s.found[3, k]
        if not put(g, s, rng, v):
            s.absent[left] = v
            left += 1
            s.fails[v] += g.node[v, MUST]
    s.counts[ABSENT] = left


@uncounted
def cost(g: Given, s: State) -> int:
    """Return travel, the prices that are paid, that of uneven days and of everything left out."""
    total, work, longest = s.counts[APART], 0, 0
    for w in range(s.tour.shape[0]):
        total += s.tour[w, TRAVEL]
        work += s.tour[w, BUSY]
        longest = max(longest, s.tour[w, BUSY])
    return int(total + g.uneven * (longest - work // s.tour.shape[0]) // 100)


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
    remember(s, cost(g, s))


@uncounted
def run(g: Given, s: State, rng: Stream, steps: int, hot: float, cold: float) -> None:
    """Search for `steps` steps, cooling from `hot` to `cold` seconds."""
    heat, cooling = hot, (cold / hot) ** (1.0 / max(1, steps))
    now, busy = cost(g, s), _busy(s)
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
        found, filled = cost(g, s), _busy(s)
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
