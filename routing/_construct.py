"""The starting plan: cheapest feasible insertion, most urgent first.

Visits in a pair go in first, at starts that both tours can keep and that are
fixed from then on, so that every tour stays independent of the others. Of the
ways of making a visit the cheapest is taken, of its crews the first that fits.
Among mandatory visits the one that would suffer most from waiting (regret) is
next; among optional ones the one with the best price for the time it takes.
Deterministic for one seed; further starts shuffle the order a little.

References
----------
J.-Y. Potvin and J.-M. Rousseau, "A parallel route building algorithm for the
vehicle routing and scheduling problem with time windows", EJOR 66 (1993)
331-340, doi:10.1016/0377-2217(93)90221-8: regret insertion.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import groupby, product

import numpy as np

from routing._day import NEVER, Day, Ints, Team, balance
from routing._tour import Fits, Tour

__all__ = ["Board", "construct"]


@dataclass(frozen=True, slots=True)
class _Seating:
    """Where a visit can go: one (worker, position), or two and their starts."""

    cost: int
    team: Team
    seats: tuple[tuple[int, int], ...]
    starts: tuple[int | None, ...] = (None,)


class Board:
    """A plan being made: one tour per worker, and who goes to each visit.

    Attributes
    ----------
    people
        Visit → workers, in the order of the seats of their crew.
    teams
        Visit → the crew and the way of making it.
    """

    def __init__(self, day: Day) -> None:
        self.day = day
        self.tours = [Tour(day, w) for w in range(len(day.workers))]
        self.people: dict[int, tuple[int, ...]] = {}
        self.teams: dict[int, Team] = {}

    @property
    def cost(self) -> int:
        """Return travel, all prices that are paid, and that of every visit not on the board."""
        day = self.day
        travel = sum(sum(tour.legs) for tour in self.tours if tour.stops)
        missing = int(day.price.sum()) - sum(int(day.price[v]) for v in self.people)
        uneven = balance([tour.busy for tour in self.tours], day.params.balance_percent)
        return travel + self.paid + missing + uneven

    @property
    def paid(self) -> int:
        """Return the prices of the ways in which visits are made, and of who makes them."""
        return self.strange + sum(int(self.day.dear[tour.stops].sum()) for tour in self.tours)

    @property
    def strange(self) -> int:
        """Return what visits by others than the household's own worker cost."""
        return sum(int(self.day.strange[v, list(who)].min()) for v, who in self.people.items())

    def missing(self) -> list[int]:
        """Return the visits that nobody goes to."""
        return [v for v in range(len(self.day.visits)) if v not in self.people]

    def seat(self, visit: int, seating: _Seating) -> None:
        """Put a visit on the board."""
        team = seating.team
        for node, (worker, position), start in zip(team.nodes, seating.seats, seating.starts, strict=True):
            self.tours[worker].insert(node, position, start)
        self.people[visit] = tuple(worker for worker, _ in seating.seats)
        self.teams[visit] = team

    def fill(self, rng: np.random.Generator | None = None, *, optional: bool = True) -> None:
        """Insert what fits and is worth its way: pairs that must, all that must, the rest if `optional`."""
        day = self.day
        missing = self.missing()
        must = [v for v in missing if day.visits[v].mandatory]
        pairs = [v for v in must if day.visits[v].workers_needed == 2]
        for group in (pairs, must, missing if optional else []):
            _Filling(self, [v for v in group if v not in self.people], rng).run()

    def prices(self, visits: list[int]) -> dict[int, int | None]:
        """Return what each of `visits` would cost on the board as it is, None where it does not fit."""
        filling = _Filling(self, visits, None)
        seatings = [filling.best(visit) for visit in visits]
        return {v: s.cost if s else None for v, s in zip(visits, seatings, strict=True)}


class _Filling:
    """Insertion of one group of visits into the tours of a board; rows are their nodes."""

    def __init__(self, board: Board, visits: list[int], rng: np.random.Generator | None) -> None:
        self.board, self.day = board, board.day
        self.left = visits
        noise = np.ones(len(visits)) if rng is None else rng.uniform(0.7, 1.3, len(visits))
        self.noise = {v: float(n) for v, n in zip(visits, noise, strict=True)}
        self.nodes = np.array([node for v in visits for node in self.day.nodes(v)], np.int64)
        self.row = {int(node): i for i, node in enumerate(self.nodes)}
        shape = len(self.nodes), len(self.day.workers)
        self.fits: list[Fits] = []
        self.least: Ints = np.full(shape, NEVER, np.int64)  # whoever is the household's own
        self.cost: Ints = self.least.copy()
        self.position: Ints = np.zeros(shape, np.int64)
        self.strange = self.day.strange[self.day.owner[self.nodes]]
        self.pairs: dict[Team, Ints] = {}
        self.cache: dict[tuple[Team, int, int], _Seating | None] = {}
        if visits:
            for w in range(shape[1]):
                self._look(w)

    def _look(self, worker: int) -> None:
        """Find out where every node fits into one tour, after it changed."""
        fits = self.board.tours[worker].fits(self.nodes)
        singles = fits.singles(self.day.opens[self.nodes], self.day.closes[self.nodes])
        best = singles.argmin(axis=1)
        self.position[:, worker] = best
        self.least[:, worker] = singles[np.arange(len(self.nodes)), best] + self.day.dear[self.nodes]
        self.cost[:, worker] = self.least[:, worker] + self.strange[:, worker]
        if len(self.fits) == worker:
            self.fits.append(fits)
        else:
            self.fits[worker] = fits
            self.cache = {key: s for key, s in self.cache.items() if worker not in key[1:]}

    def run(self) -> None:
        """Insert until nothing more fits."""
        waiting = list(self.left)
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
        if self.day.visits[visit].mandatory:
            costs = self._alone(visit)
            second = costs[1] if len(costs) > 1 else NEVER
            return float(min(second, NEVER) - seating.cost) * self.noise[visit], -visit
        takes = seating.cost + int(self.day.service[seating.team.nodes[0]]) * len(seating.seats) + 60
        takes = max(1, takes)  # where a stop shortens the way, it may take less than nothing
        return self.noise[visit] * float(self.day.price[visit]) / takes, -visit

    def _alone(self, visit: int) -> list[int]:
        """Return what the visit would cost with each worker who may go alone, the cheapest first."""
        costs: dict[int, int] = {}
        for team in self.day.teams[visit]:
            if len(team.seats) == 1:
                row = self.row[team.nodes[0]]
                for w in team.seats[0]:
                    costs[w] = min(costs.get(w, NEVER), int(self.cost[row, w]))
        return sorted(costs.values())

    def best(self, visit: int) -> _Seating | None:
        """Return the cheapest place for `visit` over its ways; in each the crews are tried in order."""
        best: _Seating | None = None
        for _, found in groupby(self.day.teams[visit], key=lambda team: team.way):
            seatings = (self._single(team) if len(team.seats) == 1 else self._pair(team) for team in found)
            first = next((seating for seating in seatings if seating), None)
            if first and (best is None or first.cost < best.cost):
                best = first
        return best

    def _single(self, team: Team) -> _Seating | None:
        row = self.row[team.nodes[0]]
        costs = self.cost[row].tolist()
        worker = min(team.seats[0], key=lambda w: costs[w])
        if costs[worker] >= NEVER:
            return None
        return _Seating(costs[worker], team, ((worker, int(self.position[row, worker])),))

    def _pair(self, team: Team) -> _Seating | None:
        """Return the cheapest place for two; no pair costs less than its people would cost alone."""
        if team not in self.pairs:
            self.pairs[team] = np.array(team.pairs())
        pairs = self.pairs[team]
        one, two = (self.row[node] for node in team.nodes)
        least = self.least[one, pairs[:, 0]] + self.least[two, pairs[:, 1]]
        best: _Seating | None = None
        for i in np.argsort(least, kind="stable"):
            if least[i] >= (best.cost if best else NEVER):
                break
            seating = self._cached(team, int(pairs[i, 0]), int(pairs[i, 1]))
            if seating and (best is None or seating.cost < best.cost):
                best = seating
        return best

    def _cached(self, team: Team, a: int, b: int) -> _Seating | None:
        key = (team, a, b)
        if key not in self.cache:
            self.cache[key] = self._together(team, a, b)
        return self.cache[key]

    def _together(self, team: Team, a: int, b: int) -> _Seating | None:
        """Return the cheapest two positions whose starts agree, the earliest starts there."""
        (one, two), (first, second), (least, most) = (self.fits[a], self.fits[b]), team.nodes, team.gap
        row, other = self.row[first], self.row[second]
        cost = one.delta[row][:, None] + two.delta[other][None, :]
        start, then = np.full((2, *cost.shape), NEVER, np.int64)
        own_hours, other_hours = self.day.windows[first], self.day.windows[second]
        hours = product(own_hours, other_hours) if team.ordered else zip(own_hours, own_hours, strict=True)
        for (s, t), (own, others) in product(product((0, 1), repeat=2), hours):
            lo, hi = np.maximum(one.lo[s, row], own[0])[:, None], np.minimum(one.hi[s, row], own[1])[:, None]
            late, end = np.maximum(two.lo[t, other], others[0]), np.minimum(two.hi[t, other], others[1])
            begin = np.maximum(lo, late[None, :] - most)
            meets = (begin <= np.minimum(hi, end[None, :] - least)) & (late <= end)[None, :]
            better = meets & (begin < start)
            start = np.where(better, begin, start)
            then = np.where(better, np.maximum(late[None, :], begin + least), then)
        cost = np.where(start < NEVER, cost, NEVER)
        i, j = np.unravel_index(int(cost.argmin()), cost.shape)
        if cost[i, j] >= NEVER:
            return None
        strange = int(self.strange[row, [a, b]].min())
        total = int(cost[i, j]) + int(self.day.dear[first]) + strange
        return _Seating(total, team, ((a, int(i)), (b, int(j))), (int(start[i, j]), int(then[i, j])))


def construct(day: Day, seed: int, starts: int, *, optional: bool = True) -> Board:
    """Return the best of `starts` starting plans; the first of them does not depend on `seed`."""
    rng = np.random.default_rng(seed)
    best = Board(day)
    best.fill(optional=optional)
    for _ in range(starts - 1):
        board = Board(day)
        board.fill(rng, optional=optional)
        if board.cost < best.cost:
            best = board
    return best
