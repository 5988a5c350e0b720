"""What a step may take back, and the best plan so far: rows copied in compiled code."""

from __future__ import annotations

from routing._day import Ints
from routing._fit import ABSENT, APART, BEST, STOPS, TOUCHED, State
from routing._jit import inlined, uncounted

__all__ = ["back", "copy", "copy_row", "remember", "touch"]


@inlined
def copy(one: Ints, other: Ints, rows: int) -> None:
    """Copy the first rows (assigning slices would make arrays)."""
    for i in range(rows):
        for k in range(one.shape[1]):
            other[i, k] = one[i, k]


@inlined
def copy_row(one: Ints, other: Ints, size: int) -> None:
    for i in range(size):
        other[i] = one[i]


@inlined
def touch(s: State, w: int) -> None:
    """Keep the tour of `w` as it was before this step."""
    if not s.tour[w, TOUCHED]:
        n = s.tour[w, STOPS] + 2
        copy_row(s.stops[w], s.old_stops[w], n)
        copy(s.time[w], s.old_time[w], n)
        copy_row(s.tour[w], s.old_tour[w], s.tour.shape[1])
        s.tour[w, TOUCHED] = 1


@uncounted
def back(s: State, absent: int, apart: int) -> None:
    """Undo the step."""
    for w in range(s.tour.shape[0]):
        if s.tour[w, TOUCHED]:
            n = s.old_tour[w, STOPS] + 2
            copy_row(s.old_stops[w], s.stops[w], n)
            copy(s.old_time[w], s.time[w], n)
            copy_row(s.old_tour[w], s.tour[w], s.tour.shape[1])
    copy(s.old_at, s.at, s.at.shape[0])
    copy_row(s.old_absent, s.absent, absent)
    s.counts[ABSENT], s.counts[APART] = absent, apart


@uncounted
def remember(s: State, found: int) -> None:
    """Keep the plan as the best so far."""
    for w in range(s.tour.shape[0]):
        n = s.tour[w, STOPS]
        s.best_size[w] = n
        copy_row(s.stops[w], s.best_stops[w], n + 2)
    copy(s.at, s.best_at, s.at.shape[0])
    s.counts[BEST] = found
