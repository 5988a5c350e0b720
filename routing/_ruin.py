"""The ruin of a step: strings of stops that lie near each other are taken out, compiled.

Strings and split strings are those of Christiaens and Vanden Berghe (2020),
see :mod:`routing._kernel`; sending somebody elsewhere is ours.
"""

from __future__ import annotations

from routing._day import NEVER
from routing._fit import (
    ABSENT,
    APART,
    DEAR,
    GOAL,
    LONGEST,
    MUST,
    ONE,
    OWNER,
    PARTNER,
    PEOPLE,
    PRICE,
    REMOVED,
    SEND,
    SENT,
    SPLIT,
    START,
    STOPS,
    TEAM,
    TOUCHED,
    WHO,
    Given,
    State,
    refresh,
)
from routing._jit import Stream, below, inlined, uncounted, unit
from routing._journal import touch

__all__ = ["ruin"]

_DOORS = 15
"""Most visits taken out around the place where somebody is sent."""


@uncounted
def _take(g: Given, s: State, v: int) -> None:
    """Take `v` out of the plan; its tours want refreshing."""
    strange, team = NEVER, s.at[v, TEAM]
    for seat in range(g.teams[team, PEOPLE]):
        w, node = s.at[v, seat], g.teams[team, ONE + seat]
        touch(s, w)
        strange = min(strange, g.strange[v, w])
        i = 1
        while s.stops[w, i] != node:
            i += 1
        for k in range(i, s.tour[w, STOPS] + 1):
            s.stops[w, k] = s.stops[w, k + 1]
        s.tour[w, STOPS] -= 1
        s.at[node, START] = -1
    s.at[v, WHO] = s.at[v, PARTNER] = s.at[v, TEAM] = -1
    s.counts[APART] += g.node[v, PRICE] - strange - g.teams[team, DEAR]
    s.absent[s.counts[ABSENT]] = v
    s.counts[ABSENT] += 1


@uncounted
def _string(g: Given, s: State, rng: Stream, w: int, node: int, longest: int) -> int:
    """Take a string of stops around `node` out of the tour of `w`; return how many."""
    n = s.tour[w, STOPS]
    size = 1 + below(rng, min(n, longest))
    kept = 0
    if 1 < size < n and unit(rng) < s.tune[SPLIT]:  # split string: some in the middle stay
        kept = 1
        while size + kept < n and unit(rng) < 0.01:
            kept += 1
    at = 1
    while s.stops[w, at] != node:
        at += 1
    low = max(1, at - (size + kept) + 1)
    first = low + below(rng, min(at, n - (size + kept) + 1) - low + 1)
    gap = first + (below(rng, size) if kept else size)
    k = 0
    for i in range(size + kept):
        if i < gap - first or i >= gap - first + kept:
            s.found[3, k] = g.node[s.stops[w, first + i], OWNER]
            k += 1
    for i in range(k):
        _take(g, s, s.found[3, i])
    s.ruined[w] = True
    return k


@uncounted
def _near(g: Given, s: State, rng: Stream, v: int, longest: int) -> int:
    """Ruin one tour of `v` that is still whole."""
    for seat in range(2):
        w = s.at[v, seat]
        if w >= 0 and not s.ruined[w]:
            return _string(g, s, rng, w, g.teams[s.at[v, TEAM], ONE + seat], longest)
    return 0


@inlined
def _seed(g: Given, s: State, rng: Stream) -> int:
    """Pick the visit to ruin around: any, or one that must be and is not."""
    seed = below(rng, g.near.shape[0])
    if unit(rng) < 0.5:
        for k in range(s.counts[ABSENT]):
            if g.node[s.absent[k], MUST]:
                seed = s.absent[k]
    return seed


@uncounted
def _send(g: Given, s: State, rng: Stream, seed: int) -> None:
    """Empty somebody's tour and free doors around `seed`, so that this person may go there."""
    w = below(rng, g.who.shape[0])
    while s.tour[w, STOPS]:
        _take(g, s, g.node[s.stops[w, s.tour[w, STOPS]], OWNER])
    if s.at[seed, WHO] >= 0:
        _take(g, s, seed)
    for k in range(below(rng, min(g.near.shape[1], _DOORS) + 1)):
        v = g.near[seed, k]
        if s.at[v, WHO] >= 0 and unit(rng) < 0.8:
            _take(g, s, v)
    s.counts[SENT], s.counts[GOAL] = w, seed


@uncounted
def _strings(g: Given, s: State, rng: Stream, seed: int) -> None:
    """Take strings out of the tours near `seed`."""
    workers = g.who.shape[0]
    for w in range(workers):
        s.ruined[w] = False
    done = g.near.shape[0] - s.counts[ABSENT]
    longest = int(min(s.tune[LONGEST], max(1.0, done / workers)))
    strings = 1 + below(rng, max(1, int(4.0 * s.tune[REMOVED] / (1.0 + longest))))
    if s.at[seed, PARTNER] >= 0:  # both people of a pair, so that it may find another hour
        a, b = s.at[seed, WHO], s.at[seed, PARTNER]
        _string(g, s, rng, a, g.teams[s.at[seed, TEAM], ONE], longest)
        if s.tour[b, STOPS]:
            around = s.stops[b, 1 + below(rng, s.tour[b, STOPS])]
            _string(g, s, rng, b, around, longest)
        strings -= 2
    elif s.at[seed, WHO] >= 0:
        _near(g, s, rng, seed, longest)
        strings -= 1
    for k in range(g.near.shape[1]):
        if strings <= 0:
            break
        if _near(g, s, rng, g.near[seed, k], longest):
            strings -= 1


@uncounted
def ruin(g: Given, s: State, rng: Stream) -> None:
    """Take strings out of the tours near one visit, or now and then a whole tour."""
    seed = _seed(g, s, rng)
    s.counts[SENT] = -1
    if unit(rng) < s.tune[SEND]:
        _send(g, s, rng, seed)
    else:
        _strings(g, s, rng, seed)
    for w in range(g.who.shape[0]):
        if s.tour[w, TOUCHED]:
            refresh(g, s, w)
