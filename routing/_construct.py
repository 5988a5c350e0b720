"""The starting plan: cheapest feasible insertion, most urgent first.

Visits in a pair go in first, at a start that both tours can keep and that is
fixed from then on, so that every tour stays independent of the others. Among
mandatory visits the one that would suffer most from waiting (regret) is next;
among optional ones the one with the best price for the time it takes.
Deterministic for one seed; further starts shuffle the order a little.

References
----------
J.-Y. Potvin and J.-M. Rousseau, "A parallel route building algorithm for the
vehicle routing and scheduling problem with time windows", EJOR 66 (1993)
331-340, doi:10.1016/0377-2217(93)90221-8: regret insertion.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import product

import numpy as np

from routing._day import NEVER, Day, Ints
from routing._tour import Fits, Tour

__all__ = ["Board", "construct"]


@dataclass(frozen=True, slots=True)
class _Seating:
    """Where a visit can go: one (worker, position), or two and their common start."""

    cost: int
    seats: tuple[tuple[int, int], ...]
    start: int | None = None


class Board:
    """A plan being made: one tour per worker, and who goes to each visit."""

    def __init__(self, day: Day) -> None:
        self.day = day
        self.tours = [Tour(day, w) for w in range(len(day.workers))]
        self.people: dict[int, tuple[int, ...]] = {}

    @property
    def cost(self) -> int:
        """Return travel, continuity and the price of every visit not on the board."""
        day = self.day
        travel = sum(sum(tour.legs) for tour in self.tours if tour.stops)
        strange = sum(int(day.strange[v, list(who)].min()) for v, who in self.people.items())
        return travel + strange + int(day.price.sum()) - sum(int(day.price[v]) for v in self.people)

    def missing(self) -> list[int]:
        """Return the visits that nobody goes to."""
        return [v for v in range(len(self.day.visits)) if v not in self.people]

    def seat(self, visit: int, seating: _Seating) -> None:
        """Put a visit on the board."""
        for worker, position in seating.seats:
            self.tours[worker].insert(visit, position, seating.start)
        self.people[visit] = tuple(worker for worker, _ in seating.seats)

    def fill(self, rng: np.random.Generator | None = None) -> None:
        """Insert whatever fits and is worth its way: pairs that must, all that must, the rest."""
        day = self.day
        missing = self.missing()
        must = [v for v in missing if day.visits[v].mandatory]
        for group in ([v for v in must if day.visits[v].workers_needed == 2], must, missing):
            _Filling(self, [v for v in group if v not in self.people], rng).run()

    def prices(self, visits: list[int]) -> dict[int, int | None]:
        """Return what each of `visits` would cost on the board as it is, None where it does not fit."""
        filling = _Filling(self, visits, None)
        seatings = [filling.best(visit) for visit in visits]
        return {v: s.cost if s else None for v, s in zip(visits, seatings, strict=True)}


class _Filling:
    """Insertion of one group of visits into the tours of a board."""

    def __init__(self, board: Board, visits: list[int], rng: np.random.Generator | None) -> None:
        self.board, self.day = board, board.day
        self.left = np.array(visits, np.int64)
        self.row = {v: i for i, v in enumerate(visits)}
        day = self.day
        noise = np.ones(len(visits)) if rng is None else rng.uniform(0.7, 1.3, len(visits))
        self.weight = noise * day.price[self.left]
        self.noise = noise
        workers = len(day.workers)
        self.fits: list[Fits] = []
        self.cost: Ints = np.full((len(visits), workers), NEVER, np.int64)
        self.position: Ints = np.zeros((len(visits), workers), np.int64)
        self.alone = [[t.seats[0] for t in day.teams[v] if len(t.seats) == 1] for v in visits]
        self.pairs = [[np.array(t.pairs()) for t in day.teams[v] if len(t.seats) == 2] for v in visits]
        self.cache: dict[tuple[int, int, int], _Seating | None] = {}
        if visits:
            for w in range(workers):
                self._look(w)

    def _look(self, worker: int) -> None:
        """Find out where every visit fits into one tour, after it changed."""
        fits = self.board.tours[worker].fits(self.left)
        singles = fits.singles(self.day.opens[self.left], self.day.closes[self.left])
        best = singles.argmin(axis=1)
        rows = np.arange(len(self.left))
        self.position[:, worker] = best
        self.cost[:, worker] = singles[rows, best] + self.day.strange[self.left, worker]
        if len(self.fits) == worker:
            self.fits.append(fits)
        else:
            self.fits[worker] = fits
            self.cache = {key: s for key, s in self.cache.items() if worker not in key[1:]}

    def run(self) -> None:
        """Insert until nothing more fits."""
        waiting = [int(v) for v in self.left]
        while waiting:
            options = {v: self.best(v) for v in waiting}
            waiting = [v for v in waiting if self._worth(v, options[v])]
            if not waiting:
                return
            visit = max(waiting, key=lambda v: self._pressing(v, options[v]))
            waiting.remove(visit)
            seating = options[visit]
            assert seating is not None
            self.board.seat(visit, seating)
            for worker, _ in seating.seats:
                self._look(worker)

    def _worth(self, visit: int, seating: _Seating | None) -> bool:
        return seating is not None and seating.cost < self.day.price[visit]

    def _pressing(self, visit: int, seating: _Seating | None) -> tuple[float, int]:
        """Return how much this visit should be next; ties go to the first."""
        assert seating is not None
        row = self.row[visit]
        if self.day.visits[visit].mandatory:
            costs = np.sort(self.cost[row, list({w for seats in self.alone[row] for w in seats})])
            second = int(costs[1]) if len(costs) > 1 else NEVER
            return float(min(second, NEVER) - seating.cost) * float(self.noise[row]), -visit
        takes = seating.cost + int(self.day.service[visit]) * len(seating.seats) + 60
        return float(self.weight[row]) / takes, -visit

    def best(self, visit: int) -> _Seating | None:
        """Return the cheapest place for `visit`, its crews tried in order."""
        row = self.row[visit]
        singles, pairs = iter(self.alone[row]), iter(self.pairs[row])
        for team in self.day.teams[visit]:
            found = self._single(row, next(singles)) if len(team.seats) == 1 else self._pair(row, next(pairs))
            if found:
                return found
        return None

    def _single(self, row: int, workers: tuple[int, ...]) -> _Seating | None:
        worker = min(workers, key=lambda w: int(self.cost[row, w]))
        cost = int(self.cost[row, worker])
        return None if cost >= NEVER else _Seating(cost, ((worker, int(self.position[row, worker])),))

    def _pair(self, row: int, pairs: Ints) -> _Seating | None:
        """Return the cheapest place for two; no pair costs less than its people would cost alone."""
        alone = self.cost[row] - self.day.strange[self.left[row]]
        least = alone[pairs].sum(axis=1)
        best: _Seating | None = None
        for i in np.argsort(least, kind="stable"):
            if least[i] >= (best.cost if best else NEVER):
                break
            seating = self._cached(row, int(pairs[i, 0]), int(pairs[i, 1]))
            if seating and (best is None or seating.cost < best.cost):
                best = seating
        return best

    def _cached(self, row: int, a: int, b: int) -> _Seating | None:
        key = (row, a, b)
        if key not in self.cache:
            self.cache[key] = self._together(row, a, b)
        return self.cache[key]

    def _together(self, row: int, a: int, b: int) -> _Seating | None:
        """Return the cheapest two positions with a common start in a window, the earliest one."""
        visit = int(self.left[row])
        one, two = self.fits[a], self.fits[b]
        cost = one.delta[row][:, None] + two.delta[row][None, :]
        start = np.full(cost.shape, NEVER, np.int64)
        for (s, t), (opens, closes) in product(product((0, 1), repeat=2), self.day.windows[visit]):
            lo = np.maximum(np.maximum(one.lo[s, row][:, None], two.lo[t, row][None, :]), opens)
            hi = np.minimum(np.minimum(one.hi[s, row][:, None], two.hi[t, row][None, :]), closes)
            start = np.where(lo <= hi, np.minimum(start, lo), start)
        cost = np.where(start < NEVER, cost, NEVER)
        i, j = np.unravel_index(int(cost.argmin()), cost.shape)
        if cost[i, j] >= NEVER:
            return None
        total = int(cost[i, j]) + int(self.day.strange[visit, [a, b]].min())
        return _Seating(total, ((a, int(i)), (b, int(j))), int(start[i, j]))


def construct(day: Day, seed: int, starts: int) -> Board:
    """Return the best of `starts` starting plans; the first of them does not depend on `seed`."""
    rng = np.random.default_rng(seed)
    best = Board(day)
    best.fill()
    for _ in range(starts - 1):
        board = Board(day)
        board.fill(rng)
        if board.cost < best.cost:
            best = board
    return best
