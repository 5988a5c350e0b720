"""The whole day in CP-SAT: who, where, in which order and when, to the end or to a bound.

The model of :mod:`routing.day` with a circuit per worker; on small days it is
solved to the end, on larger ones its best bound is kept. One rule is left
out, which makes a bound weaker but never wrong: a call may here be made on the
way, not only at a desk or a door.

Lunch is a state of every stop, before it or after it; on the way that leads
from one state to the other it is eaten.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from itertools import permutations, product
from typing import Any

from ortools.sat.python import cp_model

from routing._bound import relaxed
from routing._exact_times import domain, solver
from routing.models import DAY_S, Problem, Venue, Visit, Window, Worker
from routing.params import Params
from routing.travel import UNREACHABLE

__all__ = ["MOST_WAYS", "least"]

MOST_WAYS = 30_000
"""With more ways between doors than this the whole model says less than the relaxation."""

type _Var = Any


def least(problem: Problem, params: Params, seconds: float) -> int:
    """Return a proven lower bound of the cost of every plan."""
    spots = sum(len(visit.venues) for visit in problem.visits if not visit.is_call)
    if spots**2 * len(problem.workers) > MOST_WAYS:
        return relaxed(problem, params, seconds)
    known = relaxed(problem, params, seconds / 4)
    whole = _Whole(problem, params, known)
    found = solver(seconds)
    found.parameters.linearization_level = 2
    if found.solve(whole.model) == cp_model.OPTIMAL:
        return round(found.objective_value)
    return max(known, math.ceil(min(found.best_objective_bound, 1e15) - 0.5))


@dataclass(frozen=True, slots=True)
class _Choice:
    """One way to do a visit: who, in the order of their seats, and at which venue."""

    people: tuple[int, ...]
    venue: int
    taken: _Var


class _Contact:
    """One visit or call: whether and how it is done, and when."""

    def __init__(self, whole: _Whole, visit: Visit) -> None:
        self.whole, self.visit, self.model = whole, visit, whole.model
        self.apart = visit.gap_s not in (None, (0, 0)) and any(len(crew) == 2 for crew in visit.crews)
        self.choices = [_Choice(*how, self.model.new_bool_var("")) for how in sorted(set(self._ways()))]
        self.done: _Var = self.model.new_bool_var("")
        self.model.add(sum(choice.taken for choice in self.choices) == self.done)
        self.start: _Var = self.model.new_int_var(0, DAY_S, "")
        self.second: _Var = self.model.new_int_var(0, DAY_S, "") if self.apart else self.start
        self._windows()

    def _ways(self) -> Iterator[tuple[tuple[int, ...], int]]:
        """Yield who may do it together, and where."""
        workers = self.whole.problem.workers
        for crew, (number, venue) in product(self.visit.crews, enumerate(self.visit.venues)):
            if self.visit.is_call and number:
                continue
            there = [w for w in range(len(workers)) if self.visit.is_call or self._near(venue, workers[w])]
            for people in permutations(there, len(crew)):
                if all(workers[w].may_take(seat) for w, seat in zip(people, crew, strict=True)):
                    yield (people if self.apart else tuple(sorted(people))), number

    def _near(self, venue: Venue, worker: Worker) -> bool:
        if venue.location is None or worker.at_desk:
            return False
        problem = self.whole.problem
        places = (p for p in (worker.start, venue.location, worker.end) if p is not None)
        return all(int(problem.travel[worker.mode].snap_m[p]) <= problem.snap_limit_m for p in places)

    def _windows(self) -> None:
        model, visit = self.model, self.visit
        for choice in self.choices:
            opens = domain(visit.venues[choice.venue].windows)
            model.add_linear_expression_in_domain(self.start, opens).only_enforce_if(choice.taken)
            if self.apart and len(choice.people) == 2:
                least, most = visit.gap_s or (0, 0)
                model.add_linear_expression_in_domain(self.second, opens).only_enforce_if(choice.taken)
                apart = model.add_linear_constraint(self.second - self.start, least, most)
                apart.only_enforce_if(choice.taken)

    def starts(self, worker: int) -> _Var:
        """Return when that worker begins here."""
        if not self.apart:
            return self.start
        own = self.model.new_int_var(0, DAY_S, "")
        for choice in self.choices:
            if worker in choice.people:
                when = self.second if choice.people.index(worker) else self.start
                self.model.add(own == when).only_enforce_if(choice.taken)
        return own

    def here(self, worker: int, venue: int) -> list[_Var]:
        """Return the choices that bring that worker to that venue."""
        return [c.taken for c in self.choices if worker in c.people and c.venue == venue]

    @property
    def cost(self) -> _Var:
        """Return the price of leaving out, continuity, the venue and the wish."""
        visit, params = self.visit, self.whole.params
        ids = [worker.id for worker in self.whole.problem.workers]
        total = params.price(visit) * (1 - self.done)
        for choice in self.choices:
            own = visit.preferred_worker in (None, *(ids[w] for w in choice.people))
            price = visit.venues[choice.venue].price_s + (0 if own else params.continuity_s)
            total += price * choice.taken
        if visit.wished and params.wish_s:
            outside = self.model.new_bool_var("")
            kept = self.model.add_linear_expression_in_domain(self.start, domain(visit.wished))
            kept.only_enforce_if(self.done, ~outside)
            total += params.wish_s * outside
        return total


@dataclass(frozen=True, slots=True)
class _Spot:
    """One venue of one visit, as one worker's stop.

    ``fed``: lunch was eaten before it.
    """

    venue: Venue
    there: _Var
    start: _Var
    fed: _Var
    span: Window


class _Tour:
    """One worker's circuit through the spots, node 0 being the start and the end."""

    def __init__(self, whole: _Whole, number: int) -> None:
        self.whole, self.number, self.model = whole, number, whole.model
        self.worker = whole.problem.workers[number]
        self.table = whole.problem.travel[self.worker.mode]
        self.travel: _Var = 0
        self.metres: _Var = 0
        hours = self.worker.hours
        self.depart: _Var = self.model.new_int_var(*hours, "")
        self.back: _Var = self.model.new_int_var(*hours, "")
        self.model.add(self.depart <= self.back)
        self.idle: _Var = self.model.new_bool_var("")
        self.lunch_s = self.worker.lunch.seconds if self.worker.lunch else 0
        self.spots = list(self._spots())
        self.calls = [c for c in whole.contacts if c.visit.is_call and c.here(number, 0)]
        self._lunch()
        self._circuit()
        self._one_thing_at_a_time()
        self._limits()

    def _way(self, a: int | None, b: int | None) -> tuple[int, int]:
        """Return the seconds and metres of a way."""
        if a is None or b is None:
            return 0, 0
        return int(self.table.duration_s[a, b]), int(self.table.distance_m[a, b])

    def _spots(self) -> Iterator[_Spot]:
        """Yield where this worker may go and be in time."""
        model, (begin, end) = self.model, self.worker.hours
        for contact in self.whole.contacts:
            mine: _Var = None
            for number, venue in enumerate(contact.visit.venues):
                choices = contact.here(self.number, number)
                if not choices or contact.visit.is_call:
                    continue
                windows = venue.windows or ((0, DAY_S),)
                out, home = (
                    self._way(self.worker.start, venue.location),
                    self._way(venue.location, self.worker.end),
                )
                span = (
                    max(begin + out[0], min(a for a, _ in windows)),
                    min(end - home[0] - venue.service_s, max(b for _, b in windows)),
                )
                if span[0] > span[1]:
                    model.add_bool_and([~choice for choice in choices])
                    continue
                mine = contact.starts(self.number) if mine is None else mine
                there = model.new_bool_var("")
                model.add(sum(choices) == there)
                yield _Spot(venue, there, mine, model.new_bool_var(""), span)

    def _lunch(self) -> None:
        """Before every stop or after it, before leaving or on the way or after coming back."""
        model, rule = self.model, self.worker.lunch
        self.before, self.after = model.new_bool_var(""), model.new_bool_var("")
        if rule is None:
            for literal in (self.before, self.after, *(spot.fed for spot in self.spots)):
                model.add(literal == 1)
            return
        length, lunch = rule.seconds, model.new_int_var(rule.from_s, rule.to_s - rule.seconds, "")
        self.lunch = lunch
        used = ~self.idle
        model.add(lunch + length <= self.depart).only_enforce_if(self.before, used)
        model.add(lunch >= self.depart).only_enforce_if(~self.before, used)
        model.add(lunch + length <= self.back).only_enforce_if(self.after, used)
        model.add(lunch >= self.back).only_enforce_if(~self.after, used)
        for spot in self.spots:
            model.add(lunch + length <= spot.start).only_enforce_if(spot.there, spot.fed)
            over = model.add(lunch >= spot.start + spot.venue.service_s)
            over.only_enforce_if(spot.there, ~spot.fed)

    def _circuit(self) -> None:
        """From the start place through the stops to the end place, or nowhere."""
        model, arcs = self.model, [(0, 0, self.idle)]
        for i, spot in enumerate(self.spots, 1):
            arcs.append((i, i, ~spot.there))
            arcs.append((0, i, self._arc(None, spot)))
            arcs.append((i, 0, self._arc(spot, None)))
            for j, other in enumerate(self.spots, 1):
                way = self._way(spot.venue.location, other.venue.location)[0]
                if i != j and spot.span[0] + spot.venue.service_s + way <= other.span[1]:
                    arcs.append((i, j, self._arc(spot, other)))
        model.add_circuit(arcs)

    def _arc(self, tail: _Spot | None, head: _Spot | None) -> _Var:
        """Return whether that way is gone; times, travel and metres follow."""
        model = self.model
        place = tail.venue.location if tail else self.worker.start
        seconds, metres = self._way(place, head.venue.location if head else self.worker.end)
        gone = model.new_bool_var("")
        if seconds >= UNREACHABLE:
            model.add(gone == 0)
            return gone
        leave = tail.start + tail.venue.service_s if tail else self.depart
        fed = (head.fed if head else self.after) - (tail.fed if tail else self.before)
        arrive = head.start if head else self.back
        model.add(arrive >= leave + seconds + self.lunch_s * fed).only_enforce_if(gone)
        self.travel += seconds * gone
        self.metres += metres * gone
        return gone

    def _one_thing_at_a_time(self) -> None:
        """Visits, lunch and calls do not overlap."""
        model, busy = self.model, []
        for spot in self.spots:
            busy.append(
                model.new_optional_fixed_size_interval_var(spot.start, spot.venue.service_s, spot.there, "")
            )
        for contact in self.calls:
            made = sum(contact.here(self.number, 0))
            length, (begin, end) = contact.visit.service_s, self.worker.hours
            literal = model.new_bool_var("")
            model.add(literal == made)
            busy.append(model.new_optional_fixed_size_interval_var(contact.start, length, literal, ""))
            model.add(contact.start >= begin).only_enforce_if(literal)
            model.add(contact.start + length <= end).only_enforce_if(literal)
        if self.worker.lunch:
            busy.append(model.new_optional_fixed_size_interval_var(self.lunch, self.lunch_s, ~self.idle, ""))
        model.add_no_overlap(busy)

    @cached_property
    def work(self) -> _Var:
        """Seconds of travel, visits and calls."""
        calls = (c.visit.service_s * sum(c.here(self.number, 0)) for c in self.calls)
        return self.travel + sum(s.venue.service_s * s.there for s in self.spots) + sum(calls)

    def _limits(self) -> None:
        self.model.add(self.work <= self.worker.busy_limit_s)
        if self.worker.mode.value == "walk" and self.worker.max_walk_m is not None:
            self.model.add(self.metres <= self.worker.max_walk_m)


class _Whole:
    """The day of everybody, and what it costs."""

    def __init__(self, problem: Problem, params: Params, known: int) -> None:
        self.problem, self.params = problem, params
        self.model = cp_model.CpModel()
        self.contacts = [_Contact(self, visit) for visit in problem.visits]
        self.tours = [_Tour(self, w) for w in range(len(problem.workers))]
        cost = sum(c.cost for c in self.contacts) + sum(tour.travel for tour in self.tours)
        cost += self._balance()
        self.model.add(cost >= known)
        self.model.minimize(cost)

    def _balance(self) -> _Var:
        """Return the price of a day longer than the mean, whole seconds as in the check."""
        percent, model = self.params.balance_percent, self.model
        if not percent or not self.tours:
            return 0
        mean, longest, price = (model.new_int_var(0, most, "") for most in (DAY_S, DAY_S, percent * DAY_S))
        model.add(len(self.tours) * mean <= sum(tour.work for tour in self.tours))
        for tour in self.tours:
            model.add(longest >= tour.work)
        model.add(100 * price >= percent * (longest - mean) - 99)
        return price
