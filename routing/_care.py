"""Simulated annealing for home care with two-person visits, compiled.

A plan is one order of all patients and a caregiver for each of their services;
read in that order every patient starts as early as the caregivers allow, so
that no two rounds can wait for each other for ever. The rounds are chains of
services: after a change only who comes later *and* starts at another time is
read again, in the order of the plan.

A step moves a service (with what follows it) next to a near one, gives it to
somebody else, swaps two patients, or swaps the rest of two rounds. Every step
is a row of moves of one patient each, so that one way back undoes them all.

References
----------
D. S. Mankowska, F. Meisel and C. Bierwirth, "The home health care routing and
scheduling problem with interdependent services", Health Care Management Science
17 (2014) 15-30, doi:10.1007/s10729-013-9243-1: the problem and its cost.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from routing._day import Ints
from routing._jit import Stream, below, inlined, uncounted, unit

__all__ = ["Care", "Rounds", "begin", "run", "starts"]

type Floats = NDArray[np.float64]

# columns of Care.patient
OPENS, CLOSES, TAKES, TAKES_TOO, KIND, LEAST, MOST = range(7)
SINGLE, TOGETHER = 0.0, 1.0
# columns of Rounds.chain: service 2p + seat of patient p, behind them an office for each caregiver
WHO, BEFORE, AFTER, AT = range(4)
# columns of Rounds.time
END, OVER = range(2)
# Rounds.sums
WAY, LATE = range(2)
# Rounds.tally: moves of this step, times changed, this step's mark, patients to read, from which place
MOVES, CHANGED, MARK, UNREAD, FIRST, WANTED = range(6)
FAR = 1e18


class Care(NamedTuple):
    """The instance: distances (row 0 the office, then patients), patients, who is able, near services.

    ``able`` has a row by patient and seat, ``crew`` those able by service (first
    how many), ``near`` the services that one caregiver may do before or after.
    """

    far: Floats
    patient: Floats
    able: NDArray[np.bool_]
    crew: Ints
    near: Ints


class Rounds(NamedTuple):
    """The plan as order and chains, what a step changed, and the best plan so far."""

    order: Ints
    place: Ints
    chain: Ints
    time: Floats
    mark: Ints
    wanted: Ints
    moved: Ints
    changed: Ints
    old_time: Floats
    tally: Ints
    sums: Floats
    best_order: Ints
    best_who: Ints
    best: Floats


@inlined
def starts(patient: Floats, p: int, one: float, two: float) -> tuple[float, float]:
    """Return the starts of both services of patient `p` whom the two can reach by then."""
    first, second = max(one, patient[p, OPENS]), max(two, patient[p, OPENS])
    if patient[p, KIND] == TOGETHER:
        first = second = max(first, second)
    elif patient[p, KIND] != SINGLE:
        second = max(second, first + patient[p, LEAST])
        first = max(first, second - patient[p, MOST])
    return first, second


@inlined
def _unread(r: Rounds, s: int) -> None:
    """Note that the patient of a service is to be read again (offices are not)."""
    p = s >> 1
    if p < r.mark.shape[0] and r.mark[p] != r.tally[MARK]:
        r.mark[p] = r.tally[MARK]
        r.tally[UNREAD] += 1


@inlined
def _unlink(c: Care, r: Rounds, s: int) -> None:
    """Take a service out of its round."""
    b, a = r.chain[s, BEFORE], r.chain[s, AFTER]
    r.chain[b, AFTER], r.chain[a, BEFORE] = a, b
    x, y, z = r.chain[b, AT], r.chain[s, AT], r.chain[a, AT]
    r.sums[WAY] += c.far[x, z] - c.far[x, y] - c.far[y, z]
    _unread(r, a)


@inlined
def _link(c: Care, r: Rounds, s: int, k: int) -> None:
    """Put a service into the round of caregiver `k` where the order wants it."""
    many, here = 2 * r.place.shape[0], r.place[s >> 1]
    b = many + k
    a = r.chain[b, AFTER]
    while a < many and r.place[a >> 1] < here:
        b, a = a, r.chain[a, AFTER]
    r.chain[s, WHO], r.chain[s, BEFORE], r.chain[s, AFTER] = k, b, a
    r.chain[b, AFTER] = r.chain[a, BEFORE] = s
    x, y, z = r.chain[b, AT], r.chain[s, AT], r.chain[a, AT]
    r.sums[WAY] += c.far[x, y] + c.far[y, z] - c.far[x, z]
    _unread(r, a)


@inlined
def _shift(r: Rounds, i: int, j: int) -> None:
    """Move the patient at place `i` of the order to place `j`."""
    p, step = r.order[i], 1 if j > i else -1
    while i != j:
        q = r.order[i + step]
        r.order[i] = q
        r.place[q] = i
        i += step
    r.order[j] = p
    r.place[p] = j


@inlined
def _place(c: Care, r: Rounds, p: int, j: int, one: int, two: int) -> None:
    """Move `p` to place `j` of the order and to these caregivers."""
    i = r.place[p]
    for s in range(2 * p, 2 * p + (1 if two < 0 else 2)):
        _unlink(c, r, s)
    _shift(r, i, j)
    r.tally[FIRST] = min(r.tally[FIRST], i, j)
    for s in range(2 * p, 2 * p + (1 if two < 0 else 2)):
        _link(c, r, s, one if s & 1 == 0 else two)
    _unread(r, 2 * p)


@inlined
def _apply(c: Care, r: Rounds) -> None:
    """Make the step's moves; one that its caregiver may not do is left out."""
    for m in range(r.tally[WANTED]):
        s, j, side, k = r.wanted[m, 0], r.wanted[m, 1], r.wanted[m, 2], r.wanted[m, 3]
        p, other = s >> 1, r.chain[s ^ 1, WHO]
        i = r.place[p]
        if side >= 0:
            j = r.place[j] - (1 - side if i < r.place[j] else -side)
        if other == k or (i == j and r.chain[s, WHO] == k) or not c.able[p, s & 1, k]:
            continue
        n = r.tally[MOVES]
        r.moved[n, 0], r.moved[n, 1] = p, i
        r.moved[n, 2], r.moved[n, 3] = r.chain[2 * p, WHO], r.chain[2 * p + 1, WHO]
        r.tally[MOVES] = n + 1
        one, two = (k, other) if s & 1 == 0 else (other, k)
        _place(c, r, p, j, one, two)


@inlined
def _undo(c: Care, r: Rounds) -> None:
    """Take this step back."""
    for n in range(r.tally[MOVES] - 1, -1, -1):
        _place(c, r, r.moved[n, 0], r.moved[n, 1], r.moved[n, 2], r.moved[n, 3])
    for n in range(r.tally[CHANGED] - 1, -1, -1):
        s = r.changed[n]
        r.time[s, END], r.time[s, OVER] = r.old_time[n, 0], r.old_time[n, 1]


@inlined
def _set(r: Rounds, s: int, end: float, over: float) -> None:
    """Write a service's new times; what follows it in the round is to be read."""
    if r.time[s, END] != end or r.time[s, OVER] != over:
        n = r.tally[CHANGED]
        r.changed[n], r.old_time[n, 0], r.old_time[n, 1] = s, r.time[s, END], r.time[s, OVER]
        r.tally[CHANGED] = n + 1
        r.sums[LATE] += over - r.time[s, OVER]
        r.time[s, END], r.time[s, OVER] = end, over
        _unread(r, r.chain[s, AFTER])


@inlined
def _read(c: Care, r: Rounds, limit: float) -> float:
    """Read whoever is to be read; return three times the cost, ``FAR`` above `limit`."""
    i, late = r.tally[FIRST], 0.0
    while r.tally[UNREAD] > 0 and r.sums[WAY] + late <= limit:
        p = r.order[i]
        i += 1
        if r.mark[p] == r.tally[MARK]:
            r.tally[UNREAD] -= 1
            s, b = 2 * p, r.chain[2 * p, BEFORE]
            one, two = r.time[b, END] + c.far[r.chain[b, AT], p + 1], 0.0
            if c.patient[p, KIND] != SINGLE:
                b = r.chain[s + 1, BEFORE]
                two = r.time[b, END] + c.far[r.chain[b, AT], p + 1]
            start, start_too = starts(c.patient, p, one, two)
            over = max(0.0, start - c.patient[p, CLOSES])
            _set(r, s, start + c.patient[p, TAKES], over)
            late += over
            if c.patient[p, KIND] != SINGLE:
                over = max(0.0, start_too - c.patient[p, CLOSES])
                _set(r, s + 1, start_too + c.patient[p, TAKES_TOO], over)
                late += over
    found = r.sums[WAY] + max(r.sums[LATE], late)
    if r.tally[UNREAD] > 0 or found > limit:
        return FAR
    latest = 0.0
    if r.sums[LATE] > 1e-9:
        for s in range(2 * r.place.shape[0]):
            latest = max(latest, r.time[s, OVER])
    return float(found + latest)


@inlined
def _begin_step(r: Rounds) -> None:
    r.tally[MOVES] = r.tally[CHANGED] = r.tally[UNREAD] = r.tally[WANTED] = 0
    r.tally[MARK] += 1
    r.tally[FIRST] = r.order.shape[0]


@inlined
def _want(r: Rounds, s: int, j: int, side: int, k: int) -> None:
    """Add a move of a service: to place `j` (side -1), before (0) or behind (1) patient `j`, to `k`."""
    n = r.tally[WANTED]
    r.wanted[n, 0], r.wanted[n, 1], r.wanted[n, 2], r.wanted[n, 3] = s, j, side, k
    r.tally[WANTED] = n + 1


@inlined
def _bring(r: Rounds, s: int, t: int, side: int, more: int) -> None:
    """Want a service, and up to `more` that follow it, beside another one, in that one's round."""
    k, many, last = r.chain[t, WHO], 2 * r.place.shape[0], t
    while more >= 0 and s < many and s != t:
        _want(r, s, last >> 1, side, k)
        last, s, side = s, r.chain[s, AFTER], 1
        more -= 1


@inlined
def _give(c: Care, r: Rounds, rng: Stream, s: int) -> None:
    """Want a service done by somebody else, perhaps a little earlier or later."""
    j = r.place[s >> 1]
    if unit(rng) < 0.5:
        j = min(r.order.shape[0] - 1, max(0, j + below(rng, 11) - 5))
    _want(r, s, j, -1, c.crew[s, 1 + below(rng, c.crew[s, 0])])


@inlined
def _swap(c: Care, r: Rounds, s: int, t: int) -> None:
    """Want two services swapped: places of the order and rounds."""
    p, q, a, b = s >> 1, t >> 1, r.chain[s, WHO], r.chain[t, WHO]
    if c.able[p, s & 1, b] and c.able[q, t & 1, a]:
        _want(r, s, r.place[q], -1, b)
        _want(r, t, r.place[p], -1, a)


@inlined
def _cross(r: Rounds, s: int, t: int) -> None:
    """Want `t` and what follows it behind `s`; what followed `s` goes to the other."""
    many, a, b = 2 * r.place.shape[0], r.chain[s, WHO], r.chain[t, WHO]
    if a != b and r.place[s >> 1] < r.place[t >> 1]:
        s = r.chain[s, AFTER]
        while t < many or s < many:
            if t >= many:
                t, s, a, b = s, t, b, a
            _want(r, t, r.place[t >> 1], -1, a)
            t = r.chain[t, AFTER]


@inlined
def _step(c: Care, r: Rounds, rng: Stream) -> None:
    """Say how the plan is to change a little."""
    p, kind = below(rng, r.order.shape[0]), unit(rng)
    s = 2 * p + (below(rng, 2) if c.patient[p, KIND] != SINGLE else 0)
    t = c.near[s, below(rng, c.near.shape[1])]
    if t >> 1 == p or kind < 0.1:
        _give(c, r, rng, s)
    elif kind < 0.75:
        _bring(r, s, t, below(rng, 2), 0 if kind < 0.65 else 1 + below(rng, 2))
    elif kind < 0.85:
        _swap(c, r, s, t)
    else:
        _cross(r, s, t)


@uncounted
def _all(c: Care, r: Rounds) -> float:
    """Read the whole plan; return three times the cost."""
    _begin_step(r)
    for p in range(r.order.shape[0]):
        _unread(r, 2 * p)
    r.tally[FIRST] = 0
    r.sums[WAY] = r.sums[LATE] = 0.0
    for s in range(r.chain.shape[0]):
        r.sums[LATE] += r.time[s, OVER]
        if r.chain[s, WHO] >= 0:
            r.sums[WAY] += c.far[r.chain[s, AT], r.chain[r.chain[s, AFTER], AT]]
    return _read(c, r, FAR)


@uncounted
def begin(c: Care, r: Rounds) -> None:
    """Take up the best plan: its rounds and its cost."""
    n, nodes = r.order.shape[0], r.chain.shape[0]
    for s in range(nodes):
        office = s >= 2 * n
        r.chain[s, WHO], r.chain[s, AT] = (s - 2 * n, 0) if office else (-1, (s >> 1) + 1)
        r.chain[s, BEFORE] = r.chain[s, AFTER] = s
        r.time[s, END] = r.time[s, OVER] = 0.0
    for i in range(n):
        p = r.best_order[i]
        r.order[i], r.place[p] = p, i
    for i in range(2 * n):
        p, seat = r.order[i >> 1], i & 1
        if r.best_who[p, seat] >= 0:
            _link(c, r, 2 * p + seat, r.best_who[p, seat])
    r.best[0] = _all(c, r)


@uncounted
def run(c: Care, r: Rounds, rng: Stream, steps: int, hot: float, cold: float) -> None:
    """Search for `steps` steps, cooling from `hot` to `cold` (of three times the cost)."""
    heat, cooling = hot, (cold / hot) ** (1.0 / max(1, steps))
    now = _all(c, r)
    for _ in range(steps):
        limit = now - heat * np.log(1.0 - unit(rng))
        heat *= cooling
        way, late = r.sums[WAY], r.sums[LATE]
        _begin_step(r)
        _step(c, r, rng)
        _apply(c, r)
        found = _read(c, r, limit) if r.sums[WAY] <= limit else FAR
        if found > limit:
            _undo(c, r)
            r.sums[WAY], r.sums[LATE] = way, late
            continue
        now = found
        if found < r.best[0] - 1e-9:
            r.best[0] = found
            for p in range(r.order.shape[0]):
                r.best_order[p] = r.order[p]
                r.best_who[p, 0], r.best_who[p, 1] = r.chain[2 * p, WHO], r.chain[2 * p + 1, WHO]
