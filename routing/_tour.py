"""One worker's day as a sequence: earliest and latest times, insertion, the sheet.

With hard windows and no wish to wait, being earlier is never worse. So two
numbers per stop say everything about the way so far: the earliest departure
with lunch still to come (state 0) and with lunch eaten (state 1). Two more say
everything about the way ahead: the latest moment to be ready at a stop in each
state so that the rest of the day still works. A visit fits between two stops
when the one meets the other; no tour is simulated to find that out.

In state 0 lunch may be had on any leg: leaving at ``d``, travelling ``t``, the
lunch of ``c`` seconds begins at ``max(d, from)``, not after ``to - c``, and the
worker is ready at ``max(d + t + c, from + c)``.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise

import numpy as np

from routing._day import NEVER, Day, Ints
from routing.models import Window, Worker
from routing.results import Route, Stop

__all__ = ["Fits", "Tour"]


@dataclass(frozen=True, slots=True)
class _Break:
    """Lunch as numbers; without lunch nothing ever fits in state 0."""

    begin: int
    latest: int
    length: int

    def ready(self, leave: int, travel: int) -> int:
        """Return when one is ready at the other end, lunch eaten on the leg."""
        if max(leave, self.begin) > self.latest:
            return NEVER
        return max(leave + travel, self.begin) + self.length

    def latest_leave(self, ready: int, travel: int) -> int:
        """Return the latest departure for being `ready` by then, lunch eaten on the leg."""
        return -NEVER if ready < self.begin + self.length else min(self.latest, ready - travel - self.length)


_NO_BREAK = _Break(NEVER, -NEVER, 0)


def _break_of(worker: Worker) -> _Break:
    lunch = worker.lunch
    return _Break(lunch.from_s, lunch.to_s - lunch.seconds, lunch.seconds) if lunch else _NO_BREAK


@dataclass(frozen=True, slots=True)
class Fits:
    """Where nodes fit into a tour.

    Attributes
    ----------
    lo, hi
        Shape (2, nodes, positions): in each state the visit may start from
        `lo` to `hi`, windows not yet asked.
    delta
        Shape (nodes, positions): seconds of travel added, ``NEVER`` where a
        limit of the day is passed.
    """

    lo: Ints
    hi: Ints
    delta: Ints

    def singles(self, opens: Ints, closes: Ints) -> Ints:
        """Return `delta` where the node fits into a window, else ``NEVER``."""
        inside = np.zeros(self.delta.shape, bool)
        for state in (0, 1):
            for w in range(opens.shape[1]):
                begin = np.maximum(self.lo[state], opens[:, w, None])
                inside |= begin <= np.minimum(self.hi[state], closes[:, w, None])
        return np.where(inside, self.delta, NEVER)


class Tour:
    """The stops of one worker, and when each may be.

    Attributes
    ----------
    stops
        Nodes of the day, in order.
    fixed
        Node → start, for visits in a pair: agreed with the partner.
    """

    def __init__(self, day: Day, worker: int) -> None:
        self.day, self.worker = day, worker
        self.who = day.workers[worker]
        self.rest = _break_of(self.who)
        self.stops: list[int] = []
        self.fixed: dict[int, int] = {}
        self.refresh()

    def insert(self, node: int, position: int, start: int | None = None) -> None:
        """Put `node` before the stop at `position`, at a fixed `start` if given."""
        self.stops.insert(position, node)
        if start is not None:
            self.fixed[node] = start
        self.refresh()

    def refresh(self) -> None:
        """Work out the earliest and the latest times of every stop."""
        day, w = self.day, self.worker
        self.places = [day.starts[w], *(int(day.place[node]) for node in self.stops), day.ends[w]]
        matrix = day.seconds[w]
        self.legs = [int(matrix[a, b]) for a, b in pairwise(self.places)]
        self.windows = [self._windows(node) for node in self.stops]
        self.services = [int(day.service[node]) for node in self.stops]
        self.busy = (sum(self.legs) if self.stops else 0) + sum(self.services)
        ground = day.metres[w]
        self.metres = sum(int(ground[a, b]) for a, b in pairwise(self.places))
        self._forward()
        self._backward()

    def _windows(self, node: int) -> list[Window]:
        start = self.fixed.get(node)
        return self.day.windows[node] if start is None else [(start, start)]

    def _forward(self) -> None:
        begin, rest = self.who.hours[0], self.rest
        hungry = [begin if self.who.lunch else NEVER]
        fed = [max(begin, rest.begin + rest.length) if self.who.lunch else begin]
        for leg, windows, service in zip(self.legs, self.windows, self.services, strict=False):
            ready = min(fed[-1] + leg, rest.ready(hungry[-1], leg))
            hungry.append(_serve(windows, hungry[-1] + leg) + service)
            fed.append(_serve(windows, ready) + service)
        self.hungry, self.fed = hungry, fed

    def _backward(self) -> None:
        end, rest = self.who.hours[1], self.rest
        hungry, fed = [min(end, rest.latest)], [end]
        for i in range(len(self.stops) - 1, -1, -1):
            leave_fed = fed[-1] - self.legs[i + 1]
            leave = max(hungry[-1] - self.legs[i + 1], rest.latest_leave(fed[-1], self.legs[i + 1]))
            hungry.append(_last(self.windows[i], leave - self.services[i]))
            fed.append(_last(self.windows[i], leave_fed - self.services[i]))
        self.late_hungry, self.late_fed = hungry[::-1], fed[::-1]

    @property
    def feasible(self) -> bool:
        """Whether the tour keeps every rule of the day."""
        if not self.stops:
            return True
        done = min(self.fed[-1] + self.legs[-1], self.rest.ready(self.hungry[-1], self.legs[-1]))
        back = self.hungry[-1] + self.legs[-1] <= min(self.who.hours[1], self.rest.latest)
        return (back or done <= self.who.hours[1]) and self._within_limits()

    def _within_limits(self) -> bool:
        walk = self.who.max_walk_m if self.day.on_foot(self.worker) else None
        return self.busy <= self.who.busy_limit_s and (walk is None or self.metres <= walk)

    def fits(self, nodes: Ints) -> Fits:
        """Return where each of `nodes` fits, at every position of the tour."""
        day, rest = self.day, self.rest
        matrix = day.seconds[self.worker]
        doors = day.place[nodes]
        to = matrix[np.array(self.places[:-1])][:, doors].T
        on = matrix[doors][:, np.array(self.places[1:])]
        hungry, fed = np.array(self.hungry), np.array(self.fed)
        late_hungry, late_fed = np.array(self.late_hungry), np.array(self.late_fed)
        eaten = np.maximum(hungry + to, rest.begin) + rest.length
        eaten = np.where(np.maximum(hungry, rest.begin) > rest.latest, NEVER, eaten)
        lo = np.stack([hungry + to, np.minimum(fed + to, eaten)])
        eats = np.minimum(rest.latest, late_fed - on - rest.length)
        eats = np.where(late_fed < rest.begin + rest.length, -NEVER, eats)
        hi = np.stack([np.maximum(late_hungry - on, eats), late_fed - on])
        return Fits(lo, hi - day.service[nodes][None, :, None], self._delta(nodes, to + on))

    def _delta(self, nodes: Ints, through: Ints) -> Ints:
        day = self.day
        added = through - (np.array(self.legs) if self.stops else 0)
        over = self.busy + added + day.service[nodes][:, None] > self.who.busy_limit_s
        if day.on_foot(self.worker):
            ground, doors = day.metres[self.worker], day.place[nodes]
            before, after = np.array(self.places[:-1]), np.array(self.places[1:])
            way = ground[before][:, doors].T + ground[doors][:, after]
            over |= (self.metres if self.stops else 0) + way - ground[before, after] * bool(self.stops) > (
                self.who.max_walk_m or 0
            )
        return np.where(over, NEVER, added)

    def route(self, people: dict[int, tuple[str, ...]]) -> Route:
        """Return the sheet: every stop at its earliest, lunch where it delays least."""
        if not self.stops:
            return Route(self.who.id, (), self.who.hours[0], self.who.hours[0])
        legs = range(-1, len(self.legs)) if self.who.lunch else (None,)
        sheets = [sheet for leg in legs if (sheet := self._sheet(leg, people))]
        return min(sheets, key=lambda sheet: (sheet.arrive, sheet.waiting_s))

    def _sheet(self, lunch_leg: int | None, people: dict[int, tuple[str, ...]]) -> Route | None:
        """Return the sheet with lunch on that leg (-1: before leaving), None where that is too late."""
        lunch: Window | None = None
        leave = self.who.hours[0]
        if lunch_leg == -1:
            lunch = (self.rest.begin, self.rest.begin + self.rest.length)
            leave = max(leave, lunch[1])
        depart, stops = leave, list[Stop]()
        for i, node in enumerate(self.stops):
            arrive, ready = leave + self.legs[i], leave + self.legs[i]
            if i == lunch_leg:
                arrive, lunch = self._eat(leave, self.legs[i])
                ready = max(arrive, lunch[1])
            start = _serve(self.windows[i], ready)
            if i == 0 and lunch_leg != 0:  # no need to stand before a closed door
                depart = leave = start - self.legs[0]
                arrive = start
            eaten = self.rest.length if i == lunch_leg else 0
            waiting = start - leave - self.legs[i] - eaten
            metres = int(self.day.metres[self.worker][self.places[i], self.places[i + 1]])
            leave = start + self.services[i]
            visit = int(self.day.owner[node])
            who, venue = people.get(visit, (self.who.id,)), int(self.day.venue[node])
            name = self.day.visits[visit].id
            stops.append(Stop(name, who, arrive, start, leave, self.legs[i], metres, waiting, venue))
        arrive = leave + self.legs[-1]
        if lunch_leg == len(self.stops):
            arrive, lunch = self._eat_last(leave, self.legs[-1])
        late = arrive > self.who.hours[1] or (lunch is not None and lunch[0] > self.rest.latest)
        metres = int(self.day.metres[self.worker][self.places[-2], self.places[-1]])
        if late:
            return None
        return Route(self.who.id, tuple(stops), depart, arrive, lunch, self.legs[-1], metres)

    def _eat_last(self, leave: int, travel: int) -> tuple[int, Window]:
        """Return the arrival and the lunch of the last leg: after coming back, if that is in time."""
        if leave + travel > self.rest.latest:
            return self._eat(leave, travel)
        begin = max(leave + travel, self.rest.begin)
        return leave + travel, (begin, begin + self.rest.length)

    def _eat(self, leave: int, travel: int) -> tuple[int, Window]:
        """Return the arrival and the lunch of a leg: before it, after it, else on the way."""
        rest = self.rest
        if rest.begin <= leave:
            return leave + rest.length + travel, (leave, leave + rest.length)
        if leave + travel <= rest.latest:
            begin = max(leave + travel, rest.begin)
            return leave + travel, (begin, begin + rest.length)
        return leave + travel + rest.length, (rest.begin, rest.begin + rest.length)


def _serve(windows: list[Window], ready: int) -> int:
    """Return the earliest start from `ready` on, ``NEVER`` if there is none."""
    return next((max(ready, begin) for begin, end in windows if ready <= end), NEVER)


def _last(windows: list[Window], by: int) -> int:
    """Return the latest start up to `by`, ``-NEVER`` if there is none."""
    return next((min(by, end) for begin, end in reversed(windows) if begin <= by), -NEVER)
