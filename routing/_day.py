"""A planning problem as arrays: what the search works on.

A node is one person's part of a visit made in one way: the visit at home
within the wished hours, the visit at school, the second person's part of
either. Node ``v`` is the first person's part of visit ``v`` in its first way,
so that a visit with one way and one visitor is its own node; the others follow.

Times are int64 seconds since midnight. Row ``n`` of the travel matrices is
nowhere: no way to or from it takes any time, which is what "the day begins at
the first door" means.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from fieldmap.models import TravelMode
from routing._ways import Team, Way, opening, teams, ways
from routing.models import Problem, Visit, Window, Worker
from routing.params import Params
from routing.travel import UNREACHABLE, TravelTimes

__all__ = ["NEVER", "Day", "Ints", "Team", "balance", "opening"]

type Ints = NDArray[np.int64]

NEVER = 1 << 40
"""A time after every day; its negative lies before every day."""


@dataclass(frozen=True, slots=True)
class _Node:
    """The part of the first (seat 0) or second person of a visit made in one way."""

    visit: int
    way: Way
    seat: int
    windows: tuple[Window, ...]


type _Options = list[tuple[Way, list[Team]]]
"""The ways of one visit, each with the teams that somebody can be found for."""


def balance(work: Sequence[int], percent: int) -> int:
    """Return the price of days of unequal length: a share of the longest over the mean, in seconds."""
    return percent * (max(work) - sum(work) // len(work)) // 100 if work else 0


class Day:
    """The visits that can be planned, with everything the search asks for.

    Attributes
    ----------
    seconds, metres
        Per worker, shape (places + 1, places + 1).
    owner, venue
        Per node: number of the visit, number of the venue.
    place, service, dear
        Per node: row of the matrices, seconds, price of the way (with the
        first person).
    opens, closes
        Shape (nodes, most windows), padded with windows that never open.
    teams
        Per visit its staffed teams, way by way, in each the best first.
    price
        Per visit: what leaving it out costs.
    strange
        Shape (visits, workers): cost of a visit by somebody else than the
        household's own worker.
    """

    def __init__(self, problem: Problem, params: Params) -> None:
        options = [(v, _options(problem, v, params)) for v in problem.visits]
        self.problem, self.params = problem, params
        self.visits = [v for v, found in options if found]
        self.workers = problem.workers
        with_nowhere = {mode: _with_nowhere(table) for mode, table in problem.travel.items()}
        self.seconds = [with_nowhere[w.mode][0] for w in self.workers]
        self.metres = [with_nowhere[w.mode][1] for w in self.workers]
        nodes, self.teams = _nodes([found for _, found in options if found])
        self.owner = _column(node.visit for node in nodes)
        self.venue = _column(node.way.number for node in nodes)
        self.place = _column(node.way.place for node in nodes)
        self.service = _column(node.way.service for node in nodes)
        self.dear = _column(node.way.price * (node.seat == 0) for node in nodes)
        self.windows = [list(node.windows) for node in nodes]
        self.opens, self.closes = _padded(self.windows)
        self.price = _column(params.price(v) for v in self.visits)
        self.strange = self._strange()
        self.starts = [self._place(w, w.start) for w in self.workers]
        self.ends = [self._place(w, w.end) for w in self.workers]

    def _strange(self) -> Ints:
        own = [[v.preferred_worker not in (None, w.id) for w in self.workers] for v in self.visits]
        return np.array(own, np.int64).reshape(len(self.visits), len(self.workers)) * self.params.continuity_s

    def _place(self, worker: Worker, place: int | None) -> int:
        return len(self.problem.travel[worker.mode]) if place is None else place

    def nodes(self, visit: int) -> list[int]:
        """Return the nodes of a visit, each once."""
        return sorted({node for team in self.teams[visit] for node in team.nodes})

    def on_foot(self, worker: int) -> bool:
        """Return whether the metres of this worker are limited."""
        who = self.workers[worker]
        return who.mode is TravelMode.WALK and who.max_walk_m is not None


def _options(problem: Problem, visit: Visit, params: Params) -> _Options:
    found = [(way, teams(problem, visit, way)) for way in ways(visit, params.wish_s)]
    staffed = [(way, [team for team in some if team.staffed]) for way, some in found]
    return [(way, some) for way, some in staffed if some]


def _nodes(visits: Sequence[_Options]) -> tuple[list[_Node], list[list[Team]]]:
    """Return the nodes of the day, and the teams of each visit with theirs."""
    nodes = [_Node(v, options[0][0], 0, options[0][0].windows) for v, options in enumerate(visits)]
    numbered: list[list[Team]] = [[] for _ in visits]
    for v, options in enumerate(visits):
        for number, (way, found) in enumerate(options):
            first = v if number == 0 else len(nodes)
            if number:
                nodes.append(_Node(v, way, 0, way.windows))
            if any(len(team.seats) == 2 for team in found):
                nodes.append(_Node(v, way, 1, way.later if found[0].ordered else way.windows))
            both = (first, len(nodes) - 1)
            numbered[v] += [replace(t, nodes=both[: len(t.seats)], way=number) for t in found]
    return nodes, numbered


def _with_nowhere(table: TravelTimes) -> tuple[Ints, Ints]:
    """Return seconds and metres with the row of nowhere; a way that lacks either is none."""
    rim = ((0, 1), (0, 1))
    seconds = np.where(table.distance_m >= UNREACHABLE, UNREACHABLE, table.duration_s)
    return np.pad(seconds.astype(np.int64), rim), np.pad(table.distance_m.astype(np.int64), rim)


def _column(numbers: Iterable[int]) -> Ints:
    return np.array(list(numbers), np.int64)


def _padded(windows: list[list[Window]]) -> tuple[Ints, Ints]:
    width = max((len(w) for w in windows), default=1)
    opens = np.full((len(windows), width), NEVER, np.int64)
    closes = np.full((len(windows), width), -NEVER, np.int64)
    for row, found in enumerate(windows):
        opens[row, : len(found)] = [a for a, _ in found]
        closes[row, : len(found)] = [b for _, b in found]
    return opens, closes
