"""A planning problem as arrays: what the search works on.

Times are int64 seconds since midnight. Row ``n`` of the travel matrices is
nowhere: no way to or from it takes any time, which is what "the day begins at
the first door" means.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from fieldmap.models import TravelMode
from routing.models import DAY_S, Problem, Visit, Window, Worker
from routing.params import Params
from routing.travel import TravelTimes

__all__ = ["NEVER", "Day", "Ints", "Team", "opening", "teams"]

type Ints = NDArray[np.int64]

NEVER = 1 << 40
"""A time after every day; its negative lies before every day."""


@dataclass(frozen=True, slots=True)
class Team:
    """One crew of a visit, with the workers on duty who may take each seat."""

    seats: tuple[tuple[int, ...], ...]

    def pairs(self) -> list[tuple[int, int]]:
        """Return the pairs of different workers, each once, smaller number first."""
        first, second = self.seats
        return sorted({(min(a, b), max(a, b)) for a in first for b in second if a != b})

    @property
    def staffed(self) -> bool:
        """Whether somebody can take every seat at once."""
        return bool(self.seats[0]) if len(self.seats) == 1 else bool(self.pairs())


def opening(visit: Visit) -> list[Window]:
    """Return the windows of a visit, sorted, those that touch merged."""
    merged: list[Window] = []
    for begin, end in sorted(visit.windows or ((0, DAY_S),)):
        if merged and begin <= merged[-1][1]:
            merged[-1] = (merged[-1][0], max(end, merged[-1][1]))
        else:
            merged.append((begin, end))
    return merged


def teams(problem: Problem, visit: Visit) -> list[Team]:
    """Return a team per crew of `visit`; a worker whose road ends too far from the door is in none."""
    reach = {w.id: near_road(problem, visit, w) for w in problem.workers}
    return [
        Team(
            tuple(
                tuple(i for i, w in enumerate(problem.workers) if w.may_take(seat) and reach[w.id])
                for seat in crew
            )
        )
        for crew in visit.crews
    ]


def near_road(problem: Problem, visit: Visit, worker: Worker) -> bool:
    """Return whether the door lies near a road that this worker can use."""
    if visit.location is None or worker.at_desk:
        return False
    return int(problem.travel[worker.mode].snap_m[visit.location]) <= problem.snap_limit_m


class Day:
    """The visits that can be planned, with everything the search asks for.

    Attributes
    ----------
    seconds, metres
        Per worker, shape (places + 1, places + 1).
    place, service
        Per visit: row of the matrices, seconds.
    opens, closes
        Shape (visits, most windows), padded with windows that never open.
    teams
        Per visit its staffed teams, best first.
    price
        Per visit: what leaving it out costs.
    strange
        Shape (visits, workers): cost of a visit by somebody else than the
        household's own worker.
    """

    def __init__(self, problem: Problem, params: Params) -> None:
        staffed = [(v, [t for t in teams(problem, v) if t.staffed]) for v in problem.visits]
        kept = [(v, found) for v, found in staffed if found]
        self.problem, self.params = problem, params
        self.visits = [v for v, _ in kept]
        self.teams = [found for _, found in kept]
        self.workers = problem.workers
        with_nowhere = {mode: _with_nowhere(table) for mode, table in problem.travel.items()}
        self.seconds = [with_nowhere[w.mode][0] for w in self.workers]
        self.metres = [with_nowhere[w.mode][1] for w in self.workers]
        self.place: Ints = np.array([v.location or 0 for v in self.visits], np.int64)
        self.service: Ints = np.array([v.service_s for v in self.visits], np.int64)
        self.windows = [opening(v) for v in self.visits]
        self.opens, self.closes = _padded(self.windows)
        self.price: Ints = np.array([params.price(v) for v in self.visits], np.int64)
        self.strange = self._strange()
        self.starts = [self._place(w, w.start) for w in self.workers]
        self.ends = [self._place(w, w.end) for w in self.workers]

    def _strange(self) -> Ints:
        own = [[v.preferred_worker not in (None, w.id) for w in self.workers] for v in self.visits]
        return np.array(own, np.int64).reshape(len(self.visits), len(self.workers)) * self.params.continuity_s

    def _place(self, worker: Worker, place: int | None) -> int:
        return len(self.problem.travel[worker.mode]) if place is None else place

    def on_foot(self, worker: int) -> bool:
        """Return whether the metres of this worker are limited."""
        who = self.workers[worker]
        return who.mode is TravelMode.WALK and who.max_walk_m is not None


def _with_nowhere(table: TravelTimes) -> tuple[Ints, Ints]:
    rim = ((0, 1), (0, 1))
    return np.pad(table.duration_s.astype(np.int64), rim), np.pad(table.distance_m.astype(np.int64), rim)


def _padded(windows: list[list[Window]]) -> tuple[Ints, Ints]:
    width = max((len(w) for w in windows), default=1)
    opens = np.full((len(windows), width), NEVER, np.int64)
    closes = np.full((len(windows), width), -NEVER, np.int64)
    for row, found in enumerate(windows):
        opens[row, : len(found)] = [a for a, _ in found]
        closes[row, : len(found)] = [b for _, b in found]
    return opens, closes
