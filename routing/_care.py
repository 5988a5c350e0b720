"""Simulated annealing for home care with two-person visits, compiled.

A plan is one order of all patients and a caregiver for each of their services;
read in that order every patient starts as early as the caregivers allow, so
that no two rounds can wait for each other for ever. A step moves a patient next
to a near one (and into that one's round), changes a caregiver, or swaps the
rest of two rounds. It is read again from the first change on, and no further
than where it is already too dear to be taken.

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
from routing._jit import Stream, below, compiled, unit

__all__ = ["Care", "Rounds", "begin", "run"]

type Floats = NDArray[np.float64]

# columns of Care.patient
OPENS, CLOSES, TAKES, TAKES_TOO, KIND, LEAST, MOST = range(7)
SINGLE, TOGETHER = 0.0, 1.0
# columns of Rounds.sums
WAY, LATE, LATEST = range(3)
FAR = 1e18
STRIDE = 8
"""Places of the order between two notes of where everybody is: noting costs more than reading again."""


class Care(NamedTuple):
    """The instance: distances (row 0 the office, then patients), patients, who is able, the nearest."""

    far: Floats
    patient: Floats
    able: NDArray[np.bool_]
    near: NDArray[np.int32]


class Rounds(NamedTuple):
    """The plan and, before every few places of the order, where each caregiver is and since when."""

    order: Ints
    place: Ints
    who: Ints
    free: Floats
    at: Ints
    sums: Floats
    now_free: Floats
    now_at: Ints
    best_order: Ints
    best_who: Ints
    best: Floats


@compiled
def _starts(row: Floats, one: float, two: float) -> tuple[float, float]:
    """Return the starts of both services of a patient whom the two can reach by then."""
    first, second = max(one, row[OPENS]), max(two, row[OPENS])
    if row[KIND] == TOGETHER:
        first = second = max(first, second)
    elif row[KIND] != SINGLE:
        second = max(second, first + row[LEAST])
        first = max(first, second - row[MOST])
    return first, second


@compiled
def _read(c: Care, r: Rounds, first: int, limit: float, keep: bool) -> float:
    """Return three times the cost, ``FAR`` above `limit`; with `keep` take notes."""
    n, far, free, at = r.order.shape[0], c.far, r.now_free, r.now_at
    note = first // STRIDE
    free[:] = r.free[note]
    at[:] = r.at[note]
    way, late, latest = r.sums[note, WAY], r.sums[note, LATE], r.sums[note, LATEST]
    for i in range(note * STRIDE, n):
        p = r.order[i]
        row, a, b = c.patient[p], r.who[p, 0], r.who[p, 1]
        way += far[at[a], p + 1]
        two = 0.0
        if b >= 0:
            way += far[at[b], p + 1]
            two = free[b] + far[at[b], p + 1]
        start, start_too = _starts(row, free[a] + far[at[a], p + 1], two)
        free[a], at[a] = start + row[TAKES], p + 1
        over = max(0.0, start - row[CLOSES])
        late += over
        if b >= 0:
            free[b], at[b] = start_too + row[TAKES_TOO], p + 1
            over_too = max(0.0, start_too - row[CLOSES])
            late += over_too
            over = max(over, over_too)
        latest = max(latest, over)
        if way + late + latest > limit:
            return FAR
        if keep and (i + 1) % STRIDE == 0:
            note = (i + 1) // STRIDE
            r.free[note] = free
            r.at[note] = at
            r.sums[note, WAY], r.sums[note, LATE], r.sums[note, LATEST] = way, late, latest
    for k in range(at.shape[0]):
        way += far[at[k], 0]
    return float(way + late + latest)


@compiled
def _shift(r: Rounds, i: int, j: int) -> None:
    """Move the patient at place `i` of the order to place `j`."""
    p, step = r.order[i], 1 if j > i else -1
    while i != j:
        r.order[i] = r.order[i + step]
        r.place[r.order[i]] = i
        i += step
    r.order[j] = p
    r.place[p] = j


@compiled
def _assign(c: Care, r: Rounds, p: int, seat: int, k: int) -> None:
    """Give a service of `p` to caregiver `k`, if able and not at the other one."""
    if c.able[p, seat, k] and r.who[p, 1 - seat] != k:
        r.who[p, seat] = k


@compiled
def _exchange(c: Care, r: Rounds, first: int, a: int, b: int) -> None:
    """Swap the rounds of two caregivers from a place of the order on, where both are able."""
    for i in range(first, r.order.shape[0]):
        p = r.order[i]
        one, two = r.who[p, 0], r.who[p, 1]
        if one in (a, b) and two in (a, b):
            continue
        for seat in range(2):
            k = r.who[p, seat]
            if k in (a, b) and c.able[p, seat, a] and c.able[p, seat, b]:
                r.who[p, seat] = b if k == a else a


@compiled
def _move(c: Care, r: Rounds, rng: Stream, p: int) -> int:
    """Move `p` next to a near patient, or give a service to somebody else; return the new place."""
    i = j = r.place[p]
    seat = below(rng, 2) if r.who[p, 1] >= 0 else 0
    if unit(rng) < 0.75:
        q = c.near[p, below(rng, c.near.shape[1])]
        j = r.place[q]
        if i < j:
            j -= below(rng, 2)
        else:
            j += below(rng, 2) if j < i else 0
        other = below(rng, 2) if r.who[q, 1] >= 0 else 0
        _assign(c, r, p, seat, r.who[q, other])
    else:
        _assign(c, r, p, seat, below(rng, c.able.shape[2]))
        if unit(rng) < 0.5:
            j = min(r.order.shape[0] - 1, max(0, i + below(rng, 11) - 5))
    _shift(r, i, j)
    return int(j)


@compiled
def _keep(c: Care, r: Rounds, first: int, found: float) -> None:
    """Take the step; remember the plan if it is the best so far."""
    _read(c, r, first, FAR, True)
    if found < r.best[0] - 1e-9:
        r.best[0] = found
        r.best_order[:] = r.order
        r.best_who[:] = r.who


@compiled
def begin(c: Care, r: Rounds) -> None:
    """Read the plan that lies in `r`; it is the best so far."""
    r.best[0] = FAR
    _keep(c, r, 0, _read(c, r, 0, FAR, False))


@compiled
def run(c: Care, r: Rounds, rng: Stream, steps: int, hot: float, cold: float) -> None:
    """Search for `steps` steps, cooling from `hot` to `cold` (of three times the cost)."""
    heat, cooling = hot, (cold / hot) ** (1.0 / max(1, steps))
    n, people = r.order.shape[0], c.able.shape[2]
    now = _read(c, r, 0, FAR, False)
    for _ in range(steps):
        limit = now - heat * np.log(1.0 - unit(rng))
        heat *= cooling
        if people > 1 and unit(rng) < 0.05:
            first, a = below(rng, n), below(rng, people)
            b = (a + 1 + below(rng, people - 1)) % people
            _exchange(c, r, first, a, b)
            found = _read(c, r, first, limit, False)
            if found > limit:
                _exchange(c, r, first, a, b)
        else:
            p = below(rng, n)
            i, one, two = r.place[p], r.who[p, 0], r.who[p, 1]
            j = _move(c, r, rng, p)
            first = min(i, j)
            found = limit + 1.0
            if i != j or r.who[p, 0] != one or r.who[p, 1] != two:
                found = _read(c, r, first, limit, False)
            if found > limit:
                _shift(r, j, i)
                r.who[p, 0], r.who[p, 1] = one, two
        if found <= limit:
            now = found
            _keep(c, r, first, found)
