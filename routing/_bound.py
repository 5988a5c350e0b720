"""A lower bound for days of any size: routes that share nothing but prices.

Lagrangian relaxation. Every visit gets a wage for each person who comes; a
worker's best walk, paid these wages, is found by itself, and visits may be
done by nobody, by too few or by several. What then is cheapest costs no more
than any plan, whatever the wages are, so the bound is proved by whole numbers;
a subgradient search looks for the wages that make it high.

A walk keeps hours, windows and lunch, on a clock of whole minutes rounded down
on every leg. Left out, each making the bound weaker and never wrong: that a
walk does not come back to a visit, that two people come together, the walking
limit, slack, wishes, balance and calls.

References
----------
N. Christofides, A. Mingozzi and P. Toth, "Exact algorithms for the vehicle
routing problem, based on spanning tree and shortest path relaxations",
Mathematical Programming 20 (1981) 255-282, doi:10.1007/BF01589353: q-routes.
M. Held, P. Wolfe and H. P. Crowder, "Validation of subgradient optimization",
Mathematical Programming 6 (1974) 62-88, doi:10.1007/BF01580223.
"""

from __future__ import annotations

import time
from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from routing._day import Ints
from routing._jit import compiled
from routing.models import DAY_S, Problem, Venue, Visit, Worker
from routing.params import Params
from routing.travel import UNREACHABLE

__all__ = ["relaxed"]

_TICK_S = 60
"""The clock of a walk. No shorter visit is looked at: time would stand still."""

_NEVER = 1 << 50

_USUAL_WAY_S = 300
"""What the first wages take for the way to a visit."""

_STEPS = 300
"""At most so many changes of the wages."""

_WIDEST, _NARROWEST, _MOMENTUM = 0.05, 0.005, 0.5
"""The first change as a share of the usual highest wage, the last as a share of the first; what is kept of
the change before."""


class _Walk(NamedTuple):
    """What some workers have in common: ways, hours and lunch, in seconds and in ticks of the clock.

    Attributes
    ----------
    begin, end
        First and last tick of the hours.
    eaten, length
        First tick after lunch, and its ticks.
    opens
        Shape (ticks, visits): whether a visit may begin.
    out, home
        Seconds from the start place and to the end place.
    first, last
        Shape (2, visits): earliest begin of a first visit, latest of a last
        one; hungry and fed.
    hungry
        Latest begin after which lunch is still in time.
    rows, tails, ways, ticks
        The ways to visit j are those from ``rows[j]`` on: from which visit,
        seconds, and ticks from begin to begin.
    """

    begin: int
    end: int
    eaten: int
    length: int
    opens: NDArray[np.bool_]
    out: Ints
    home: Ints
    first: Ints
    last: Ints
    hungry: Ints
    rows: Ints
    tails: Ints
    ways: Ints
    ticks: Ints


@compiled
def _fill(walk: _Walk, gain: Ints, best: Ints) -> None:
    """Fill `best`, shape (2, ticks, visits), with the cheapest walk that has begun a visit by a tick.

    Its first axis is lunch: still to come, or eaten.
    """
    for tick in range(walk.begin, walk.end + 1):
        for j in range(len(gain)):
            hungry = best[0, tick - 1, j] if tick > walk.begin else _NEVER
            fed = best[1, tick - 1, j] if tick > walk.begin else _NEVER
            if walk.opens[tick, j]:
                low = walk.out[j] if tick >= walk.first[0, j] else _NEVER
                low_fed = walk.out[j] if tick >= walk.first[1, j] else _NEVER
                for a in range(walk.rows[j], walk.rows[j + 1]):
                    i, way = walk.tails[a], walk.ways[a]
                    by = tick - walk.ticks[a]
                    if by >= walk.begin:
                        low = min(low, best[0, by, i] + way)
                        low_fed = min(low_fed, best[1, by, i] + way)
                    by = min(by - walk.length, walk.hungry[i])
                    if by >= walk.begin and tick >= walk.eaten:
                        low_fed = min(low_fed, best[0, by, i] + way)
                hungry = min(hungry, low + gain[j])
                fed = min(fed, low_fed + gain[j])
            best[0, tick, j] = hungry
            best[1, tick, j] = fed


class _Spot(NamedTuple):
    """One venue of one visit."""

    visit: int
    venue: Venue


class _Group:
    """Workers who may do the same visits on the same ways at the same hours.

    Attributes
    ----------
    size
        How many they are.
    visits
        Per spot, the number of the visit.
    price
        Per spot: seconds that the venue and somebody else than the own
        worker cost, where one person goes.
    """

    def __init__(
        self, problem: Problem, params: Params, who: Sequence[Worker], spots: Sequence[_Spot]
    ) -> None:
        self.size, self.worker = len(who), who[0]
        self.visits: Ints = np.array([spot.visit for spot in spots], np.int64)
        ids = {worker.id for worker in who}
        self.price: Ints = np.array(
            [_price(problem.visits[s.visit], s, ids, params) for s in spots], np.int64
        )
        table = problem.travel[self.worker.mode].duration_s.astype(np.int64)
        self.walk = _walk(self.worker, table, spots)
        self.best: Ints = np.full((2, self.walk.end + 1, len(spots)), _NEVER, np.int64)

    def cheapest(self, wages: Ints) -> tuple[int, Ints]:
        """Return the cost of the cheapest walk at these wages, at most 0, and its visits."""
        walk, best = self.walk, self.best
        gain = self.price - wages[self.visits]
        _fill(walk, gain, best)
        spots = np.arange(len(gain))
        done = [
            np.where(last >= walk.begin, best[fed, np.maximum(last, 0), spots] + walk.home, _NEVER)
            for fed, last in enumerate(walk.last)
        ]
        fed, spot = np.unravel_index(int(np.argmin(done)), (2, len(gain)))
        low = int(done[fed][spot])
        if low >= 0:
            return 0, self.visits[:0]
        return low, self.visits[self._traced(gain, int(fed), int(walk.last[fed, spot]), int(spot))]

    def _traced(self, gain: Ints, fed: int, tick: int, spot: int) -> list[int]:
        """Return the spots of the walk that ends so, read backwards from its cost."""
        walk, best, found = self.walk, self.best, list[int]()
        while True:
            found.append(spot)
            cost = int(best[fed, tick, spot])
            tick = int(np.searchsorted(-best[fed, : tick + 1, spot], -cost))
            rest = cost - int(gain[spot])
            if rest == int(walk.out[spot]) and tick >= int(walk.first[fed, spot]):
                return found
            fed, tick, spot = self._before(rest, fed, tick, spot)

    def _before(self, rest: int, fed: int, tick: int, spot: int) -> tuple[int, int, int]:
        """Return the state from which a walk of cost `rest` came to begin at `spot` at `tick`."""
        walk, best = self.walk, self.best
        ways = slice(walk.rows[spot], walk.rows[spot + 1])
        tails, seconds, by = walk.tails[ways], walk.ways[ways], tick - walk.ticks[ways]
        options = [(fed, by)]
        if fed and tick >= walk.eaten:
            options.append((0, np.minimum(by - walk.length, walk.hungry[tails])))
        for state, when in options:
            cost = np.where(when >= walk.begin, best[state, np.maximum(when, 0), tails] + seconds, _NEVER)
            found = np.flatnonzero(cost == rest)
            if len(found):
                return state, int(when[found[0]]), int(tails[found[0]])
        raise AssertionError("a walk without a beginning")


def _price(visit: Visit, spot: _Spot, ids: set[str], params: Params) -> int:
    """Return what going there costs on top of the way; shared by two people it is nobody's alone."""
    if any(len(crew) == 2 for crew in visit.crews):
        return 0
    own = visit.preferred_worker is None or visit.preferred_worker in ids
    return spot.venue.price_s + (0 if own else params.continuity_s)


def _walk(worker: Worker, table: Ints, spots: Sequence[_Spot]) -> _Walk:
    """Return the ways, hours and lunch of a worker as the search for walks needs them."""
    (begin, end), lunch = worker.hours, worker.lunch
    doors = np.array([spot.venue.location or 0 for spot in spots], np.int64)
    service: Ints = np.array([spot.venue.service_s for spot in spots], np.int64)
    nought = np.zeros(len(spots), np.int64)
    out = nought if worker.start is None else table[worker.start, doors]
    home = nought if worker.end is None else table[doors, worker.end]
    first = np.full((2, len(spots)), begin) + out
    last = np.full((2, len(spots)), end) - service - home
    hungry = nought - 1
    noon, length, latest = 0, 0, 0
    if lunch:
        noon, length, latest = lunch.from_s, lunch.seconds, lunch.to_s - lunch.seconds
        on_way = np.maximum(begin + out, noon) + length if max(begin, noon) <= latest else _NEVER
        first[1] = np.minimum(max(begin, noon + length) + out, on_way)
        hungry = latest - service
        after = np.minimum(last[1], hungry - home)
        last[0] = np.maximum(after, np.minimum(last[1] - length, hungry) if noon + length <= end else -1)
    else:
        first[0], last[0] = _NEVER, -1
    first, last, hungry = (np.maximum(time, -1) // _TICK_S for time in (first, last, hungry))
    opens = _opens(spots, end // _TICK_S + 1, first.min(axis=0), last.max(axis=0))
    ways = _ways(spots, table[np.ix_(doors, doors)], service, opens)
    eaten = (noon + length) // _TICK_S
    return _Walk(
        begin // _TICK_S,
        end // _TICK_S,
        eaten,
        length // _TICK_S,
        opens,
        out,
        home,
        first,
        last,
        hungry,
        *ways,
    )


def _opens(spots: Sequence[_Spot], ticks: int, first: Ints, last: Ints) -> NDArray[np.bool_]:
    """Return when a visit may begin at each spot, shape (ticks, spots), from `first` to `last`."""
    opens = np.zeros((ticks, len(spots)), np.bool_)
    for number, spot in enumerate(spots):
        for a, b in spot.venue.windows or ((0, DAY_S),):
            opens[a // _TICK_S : b // _TICK_S + 1, number] = True
    tick = np.arange(ticks)[:, None]
    return np.asarray(opens & (tick >= first) & (tick <= last))


def _ways(
    spots: Sequence[_Spot], table: Ints, service: Ints, opens: NDArray[np.bool_]
) -> tuple[Ints, Ints, Ints, Ints]:
    """Return the ways that lead from one visit to another in time, those to one visit together."""
    ticks = (service[:, None] + table) // _TICK_S
    count = len(opens)
    earliest = np.where(opens.any(axis=0), opens.argmax(axis=0), count)
    latest = np.where(opens.any(axis=0), count - 1 - opens[::-1].argmax(axis=0), -1)
    visit = np.array([spot.visit for spot in spots], np.int64)
    good = (table < UNREACHABLE) & (visit[:, None] != visit[None, :])
    good &= earliest[:, None] + ticks <= latest[None, :]
    heads, tails = np.nonzero(good.T)
    rows = np.searchsorted(heads, np.arange(len(spots) + 1))
    return rows, tails, table[tails, heads], ticks[tails, heads]


class _Wages:
    """The wages of the visits and the bound that they give.

    Attributes
    ----------
    certain
        The price of the visits that nobody on duty can do.
    fewest, most
        Per visit: how many people come at least; the highest wage, beyond
        which the visit is rather left out. 0 where the bound asks nothing.
    """

    def __init__(self, problem: Problem, params: Params) -> None:
        visits = problem.visits
        self.groups = _groups(problem, params)
        staffed = {int(visit) for group in self.groups for visit in group.visits}
        able = [_callers(problem, v) if v.is_call else i in staffed for i, v in enumerate(visits)]
        price: Ints = np.array([params.price(visit) for visit in visits], np.int64)
        self.certain = int(price[~np.array(able, bool)].sum())
        self.fewest: Ints = np.array(
            [v.workers_needed * (i in staffed) for i, v in enumerate(visits)], np.int64
        )
        self.most = np.where(self.fewest > 0, price // np.maximum(self.fewest, 1), 0)
        self.wages = self._first([max(venue.service_s for venue in v.venues) for v in visits])

    def _first(self, service: Sequence[int]) -> Ints:
        """Return wages by the hour, as high as leaves work enough for everybody."""
        takes = np.array(service, np.float64) + _USUAL_WAY_S
        worth = self.most / takes
        order = np.argsort(-worth)
        filled = np.cumsum((takes * self.fewest)[order])
        limit = sum(group.size * group.worker.busy_limit_s for group in self.groups)
        last = int(np.searchsorted(filled, limit))
        rate = worth[order[last]] if last < len(order) else _USUAL_WAY_S / float(takes.mean())
        return np.minimum(self.most, (rate * takes).astype(np.int64))

    def bound(self) -> tuple[int, Ints]:
        """Return the bound at these wages, and how many people too few come to each visit."""
        total, missing = self.certain + int((self.wages * self.fewest).sum()), self.fewest.copy()
        for group in self.groups:
            cost, visits = group.cheapest(self.wages)
            total += group.size * cost
            np.subtract.at(missing, visits, group.size)
        return total, missing


def relaxed(problem: Problem, params: Params, seconds: float) -> int:
    """Return a proven lower bound of the cost of every plan, the better the more `seconds`; always one."""
    if not problem.visits:
        return 0
    wages = _Wages(problem, params)
    doors = [venue for v in problem.visits if not v.is_call for venue in v.venues]
    if not wages.most.any() or min((venue.service_s for venue in doors), default=0) < _TICK_S:
        return wages.certain
    began, best, steps, share = time.monotonic(), wages.certain, 0, 0.0
    stride = _WIDEST * float(np.median(wages.most[wages.most > 0]))
    heading = np.zeros(len(wages.most))
    while share < 1:
        found, missing = wages.bound()
        best = max(best, found)
        useless = ((wages.wages >= wages.most) & (missing > 0)) | ((wages.wages <= 0) & (missing < 0))
        heading = np.where(useless, 0, missing) + _MOMENTUM * heading
        if not heading.any():
            break
        by = np.rint(stride * _NARROWEST**share * heading).astype(np.int64)
        wages.wages = np.clip(wages.wages + by, 0, wages.most)
        steps += 1
        share = max(steps / _STEPS, (time.monotonic() - began) / max(seconds, 0.001))
    return best


def _callers(problem: Problem, visit: Visit) -> bool:
    return any(worker.may_take(crew[0]) for worker in problem.workers for crew in visit.crews)


def _groups(problem: Problem, params: Params) -> list[_Group]:
    """Return the workers, those who differ in nothing that a walk knows together."""
    alike: dict[tuple[object, ...], tuple[list[Worker], list[_Spot]]] = {}
    for worker in problem.workers:
        spots = [
            _Spot(number, venue)
            for number, visit in enumerate(problem.visits)
            if not visit.is_call and any(worker.may_take(seat) for crew in visit.crews for seat in crew)
            for venue in visit.venues
            if _reachable(problem, worker, venue)
        ]
        key = (worker.mode, worker.start, worker.end, worker.hours, worker.lunch, tuple(spots))
        alike.setdefault(key, ([], spots))[0].append(worker)
    return [_Group(problem, params, who, spots) for who, spots in alike.values() if spots]


def _reachable(problem: Problem, worker: Worker, venue: Venue) -> bool:
    """Return whether the worker can be there and back."""
    table, place = problem.travel[worker.mode], venue.location
    if worker.at_desk or place is None:
        return False
    places = (p for p in (worker.start, place, worker.end) if p is not None)
    if any(int(table.snap_m[p]) > problem.snap_limit_m for p in places):
        return False
    out = 0 if worker.start is None else int(table.duration_s[worker.start, place])
    home = 0 if worker.end is None else int(table.duration_s[place, worker.end])
    return out < UNREACHABLE > home
