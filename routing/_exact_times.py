"""When, exactly: the day in CP-SAT with its orders, crews and venues given.

Left to decide are the starts of the visits, when everybody leaves and is back,
lunches and calls. Every rule of the day is a constraint, those that the given
orders decide already too: with them broken there is no solution. Written from
the nouns of :mod:`routing.models` alone, beside the search and the check.

Lunch lies in exactly one place: before leaving, on a way, at a door before the
visit, or after coming back. Eaten on a way it makes the way longer.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace
from itertools import pairwise, permutations
from typing import TYPE_CHECKING, Any

from ortools.sat.python import cp_model

from routing.models import DAY_S, Lunch, Problem, Venue, Visit, Window, Worker
from routing.results import Call, Plan, Route, Stop
from routing.travel import UNREACHABLE

if TYPE_CHECKING:
    from routing.proof import Verdict

__all__ = ["Times", "answer", "best", "domain", "solver"]

type _Var = Any
"""A variable of CP-SAT, or a sum of some."""

_PATIENCE = 30
"""Wall seconds allowed for a deterministic one: a busy machine must not change the answer."""


def solver(seconds: float, steady: float | None = None) -> cp_model.CpSolver:
    """Return a solver that gives the same answer each time, as long as `steady` ends it and not `seconds`.

    Parameters
    ----------
    seconds
        Wall-clock limit.
    steady
        Limit in CP-SAT's own deterministic seconds.
    """
    made = cp_model.CpSolver()
    made.parameters.num_workers = 1
    made.parameters.random_seed = 0
    made.parameters.max_time_in_seconds = max(seconds, 0.001)
    if steady is not None:
        made.parameters.max_deterministic_time = steady
    return made


def domain(windows: Iterable[Window]) -> cp_model.Domain:
    """Return the seconds of these windows; without any, of the whole day."""
    return cp_model.Domain.from_intervals([list(w) for w in windows] or [[0, DAY_S]])


class Sheet:
    """One worker's day: its ways are given, its times are not.

    Attributes
    ----------
    depart, back
        Leaving the start place, reaching the end place.
    doors, starts
        Per stop: at the door, begin of the visit.
    lunch
        Its begin; None where there is none.
    calls
        Begins of the contacts by phone or video.
    """

    def __init__(self, model: cp_model.CpModel, problem: Problem, route: Route) -> None:
        self.model, self.problem, self.route = model, problem, route
        self.worker: Worker = problem.worker_by_id[route.worker_id]
        self.spots: list[Venue] = [problem.visit_by_id[s.visit_id].venues[s.venue] for s in route.stops]
        self.called: list[Visit] = [problem.visit_by_id[c.visit_id] for c in route.calls]
        hours = self.worker.hours
        self.depart: _Var = model.new_int_var(*hours, "")
        self.back: _Var = model.new_int_var(*hours, "")
        self.doors: list[_Var] = [model.new_int_var(*hours, "") for _ in self.spots]
        self.starts = [model.new_int_var_from_domain(domain(spot.windows), "") for spot in self.spots]
        self.calls = [model.new_int_var_from_domain(domain(v.windows), "") for v in self.called]
        self.lunch: _Var = None
        self.eaten: list[tuple[_Var, _Var]] = []
        self.legs, metres = self._given()
        self._limits(metres)
        self._day()
        self._desk()

    def _given(self) -> tuple[list[int], int]:
        """Return the seconds of every way and the metres of all; off the road there is no solution."""
        table = self.problem.travel[self.worker.mode]
        places = [self.worker.start, *(spot.location for spot in self.spots), self.worker.end]
        ways = [(a, b) for a, b in pairwise(places) if self.spots and a is not None and b is not None]
        self.model.add(all(int(table.duration_s[way]) < UNREACHABLE for way in ways))
        self.model.add(all(spot.location is not None for spot in self.spots))
        there = [place for place in places if self.spots and place is not None]
        self.model.add(all(int(table.snap_m[place]) <= self.problem.snap_limit_m for place in there))
        legs = [
            0 if a is None or b is None else min(int(table.duration_s[a, b]), 2 * DAY_S)
            for a, b in pairwise(places)
        ]
        return (legs if self.spots else []), sum(int(table.distance_m[way]) for way in ways)

    def _limits(self, metres: int) -> None:
        """Slack for emergencies, the walking limit, and no door on office duty."""
        work = sum(self.legs) + sum(s.service_s for s in self.spots) + sum(v.service_s for v in self.called)
        self.model.add(work <= self.worker.busy_limit_s)
        on_foot = self.worker.mode.value == "walk" and self.worker.max_walk_m is not None
        self.model.add(not on_foot or metres <= (self.worker.max_walk_m or 0))
        self.model.add(not (self.worker.at_desk and self.spots))

    @property
    def leaves(self) -> list[_Var]:
        """Return when the worker sets out on each way."""
        done = [s + spot.service_s for s, spot in zip(self.starts, self.spots, strict=True)]
        return [self.depart, *done]

    def _day(self) -> None:
        """One thing after another, with lunch in one place."""
        model, rule = self.model, self.worker.lunch
        if not self.spots:
            model.add(self.back == self.depart)
        if rule is None or not (self.spots or self.called):
            self.eaten = [(0, 0)] * len(self.legs)
        else:
            self.lunch = model.new_int_var(rule.from_s, rule.to_s - rule.seconds, "")
            self.eaten = self._places_of_lunch(rule.seconds)
        length = rule.seconds if rule else 0
        arrivals = [*self.doors, self.back]
        for leave, leg, arrive, (on_way, _) in zip(
            self.leaves, self.legs, arrivals, self.eaten, strict=False
        ):
            model.add(arrive >= leave + leg + length * on_way)
        for door, start in zip(self.doors, self.starts, strict=True):
            model.add(door <= start)
        for wait in self.waits:  # follows from the others, and helps the linear relaxation
            model.add(wait >= 0)

    def _places_of_lunch(self, length: int) -> list[tuple[_Var, _Var]]:
        """Return, for every way, whether lunch is had on it and whether at the door at its end."""
        model, lunch = self.model, self.lunch
        first, last = model.new_bool_var(""), model.new_bool_var("")
        model.add(lunch + length <= self.depart).only_enforce_if(first)
        model.add(lunch >= self.back).only_enforce_if(last)
        found: list[tuple[_Var, _Var]] = []
        arrivals, starts = [*self.doors, self.back], [*self.starts, None]
        for leave, _, arrive, start in zip(self.leaves, self.legs, arrivals, starts, strict=False):
            on_way, at_door = model.new_bool_var(""), model.new_bool_var("")
            model.add(lunch >= leave).only_enforce_if(on_way)
            model.add(lunch + length <= arrive).only_enforce_if(on_way)
            if start is None:
                model.add(at_door == 0)
            else:
                model.add(lunch >= arrive).only_enforce_if(at_door)
                model.add(lunch + length <= start).only_enforce_if(at_door)
            found.append((on_way, at_door))
        model.add_exactly_one([first, last, *(lit for pair in found for lit in pair)])
        return found

    def _desk(self) -> None:
        """Put calls at the desk or before a door that is not open yet, not over lunch or each other."""
        model, (begin, end) = self.model, self.worker.hours
        busy = []
        for call, visit in zip(self.calls, self.called, strict=True):
            length = visit.service_s
            free = [(begin, self.depart), (self.back, end), *zip(self.doors, self.starts, strict=True)]
            places = [model.new_bool_var("") for _ in free]
            for place, (a, b) in zip(places, free, strict=True):
                model.add(call >= a).only_enforce_if(place)
                model.add(call + length <= b).only_enforce_if(place)
            model.add_exactly_one(places)
            busy.append(model.new_fixed_size_interval_var(call, length, ""))
        if busy and self.lunch is not None and self.worker.lunch:
            busy.append(model.new_fixed_size_interval_var(self.lunch, self.worker.lunch.seconds, ""))
        model.add_no_overlap(busy)

    @property
    def waits(self) -> list[_Var]:
        """Return the seconds before each door that are neither travel nor lunch."""
        length = self.worker.lunch.seconds if self.worker.lunch else 0
        gaps = zip(self.starts, self.leaves, self.legs, self.eaten, strict=False)
        return [start - leave - leg - length * (way + door) for start, leave, leg, (way, door) in gaps]

    def own(self) -> None:
        """Hold the route to the times that it has."""
        model, route = self.model, self.route
        model.add(self.depart == route.depart)
        model.add(self.back == route.arrive)
        for stop, spot, door, start in zip(route.stops, self.spots, self.doors, self.starts, strict=True):
            model.add(door == stop.arrive)
            model.add(start == stop.start)
            model.add(stop.depart == stop.start + spot.service_s)
        for made, visit, call in zip(route.calls, self.called, self.calls, strict=True):
            model.add(call == made.start)
            model.add(made.end == made.start + visit.service_s)
        model.add((route.lunch is None) == (self.lunch is None))
        if route.lunch and self.lunch is not None and self.worker.lunch:
            model.add(self.lunch == route.lunch[0])
            model.add(route.lunch[1] == route.lunch[0] + self.worker.lunch.seconds)

    def hint(self) -> None:
        """Start the solver from the times that the route has."""
        hints = [(self.depart, self.route.depart), (self.back, self.route.arrive)]
        hints += [(start, stop.start) for start, stop in zip(self.starts, self.route.stops, strict=True)]
        hints += [(door, stop.arrive) for door, stop in zip(self.doors, self.route.stops, strict=True)]
        hints += [(call, made.start) for call, made in zip(self.calls, self.route.calls, strict=True)]
        if self.lunch is not None and self.route.lunch:
            hints.append((self.lunch, self.route.lunch[0]))
        for var, value in hints:
            self.model.add_hint(var, value)


class Times:
    """The day of everybody, with the visits that join two people.

    Attributes
    ----------
    begins
        Per visit that is done: the start of its first visitor, or of the call.
    missed
        Per visit with wishes, once they are asked for: whether it starts
        outside them.
    """

    def __init__(self, problem: Problem, plan: Plan) -> None:
        self.problem, self.plan = problem, plan
        self.model = cp_model.CpModel()
        self.sheets = [Sheet(self.model, problem, route) for route in plan.routes]
        self.begins: dict[str, _Var] = {}
        self.missed: list[_Var] = []
        self._once()
        self._together()
        self._called()

    def _once(self) -> None:
        """Everybody has one route; every visit is done or left out, by people or by telephone."""
        workers = sorted(route.worker_id for route in self.plan.routes)
        self.model.add(workers == sorted(w.id for w in self.problem.workers))
        met = {s.visit_id for r in self.plan.routes for s in r.stops}
        called = [c.visit_id for r in self.plan.routes for c in r.calls]
        found = sorted([*met, *called, *(left.visit_id for left in self.plan.left_out)])
        self.model.add(found == sorted(v.id for v in self.problem.visits))
        self.model.add(not any(self.problem.visit_by_id[i].is_call for i in met))
        self.model.add(all(self.problem.visit_by_id[i].is_call for i in called))

    def _together(self) -> None:
        """One crew goes, to one venue: at the same time, or one after the other with the gap."""
        there: dict[str, dict[str, tuple[Stop, _Var]]] = {}
        for sheet in self.sheets:
            for stop, start in zip(sheet.route.stops, sheet.starts, strict=True):
                self.model.add(sheet.worker.id not in there.get(stop.visit_id, {}))
                there.setdefault(stop.visit_id, {})[sheet.worker.id] = (stop, start)
        for visit_id, people in there.items():
            visit, stops = self.problem.visit_by_id[visit_id], [stop for stop, _ in people.values()]
            order = [i for i in stops[0].worker_ids if i in people]
            self.model.add(all(sorted(stop.worker_ids) == sorted(people) for stop in stops))
            self.model.add(len({stop.venue for stop in stops}) == 1)
            self.model.add(not _in_turns(visit) or len({stop.worker_ids for stop in stops}) == 1)
            self.model.add(_fits(visit, [self.problem.worker_by_id[i] for i in order]))
            starts = [people[i][1] for i in order] or [start for _, start in people.values()]
            self.begins[visit_id] = starts[0]
            least, most = visit.gap_s or (0, 0)
            for first, second in pairwise(starts):
                self.model.add_linear_constraint(second - first, least, most)

    def _called(self) -> None:
        """Let calls be made by people who may."""
        for sheet in self.sheets:
            for visit, call in zip(sheet.called, sheet.calls, strict=True):
                self.model.add(_fits(visit, [sheet.worker]))
                self.begins[visit.id] = call

    def own(self) -> None:
        """Hold everybody to the times that the plan has."""
        for sheet in self.sheets:
            sheet.own()

    def minimise(self) -> None:
        """Ask for kept wishes first, then for little waiting, then for an early end of the day."""
        model = self.model
        for visit_id, begin in self.begins.items():
            wished = self.problem.visit_by_id[visit_id].wished
            if wished:
                outside = model.new_bool_var("")
                model.add_linear_expression_in_domain(begin, domain(wished)).only_enforce_if(~outside)
                self.missed.append(outside)
        most = DAY_S * max(1, len(self.sheets)) + 1
        waiting = sum(wait for sheet in self.sheets for wait in sheet.waits)
        ends = sum(sheet.back for sheet in self.sheets)
        model.minimize(most * most * sum(self.missed) + most * waiting + ends)
        for sheet in self.sheets:
            sheet.hint()

    def routes(self, found: cp_model.CpSolver) -> tuple[Route, ...]:
        """Return the routes with the times of a solution."""
        return tuple(_written(sheet, found) for sheet in self.sheets)


def _fits(visit: Visit, people: Sequence[Worker]) -> bool:
    """Return whether these are a crew; where one comes after the other, in the order of its seats."""
    orders = [tuple(people)] if _in_turns(visit) else list(permutations(people))
    return any(
        len(crew) == len(order) and all(w.may_take(seat) for w, seat in zip(order, crew, strict=True))
        for crew in visit.crews
        for order in orders
    )


def _in_turns(visit: Visit) -> bool:
    """Return whether two people come one after the other."""
    return visit.gap_s not in (None, (0, 0))


def _written(sheet: Sheet, found: cp_model.CpSolver) -> Route:
    """Return one route: at each door as early as the way allows, lunch as early as its place allows."""
    leaves = [int(found.value(leave)) for leave in sheet.leaves]
    starts = [int(found.value(start)) for start in sheet.starts]
    back = int(found.value(sheet.back))
    lunch = _lunch(sheet, found, leaves, back)
    stops = tuple(
        _stop(old, leave, leg, start, lunch)
        for old, leave, leg, start in zip(sheet.route.stops, leaves, sheet.legs, starts, strict=False)
    )
    begins = [int(found.value(call)) for call in sheet.calls]
    calls = [Call(v.id, at, at + v.service_s) for v, at in zip(sheet.called, begins, strict=True)]
    calls.sort(key=lambda call: call.start)
    return replace(sheet.route, stops=stops, depart=leaves[0], arrive=back, lunch=lunch, calls=tuple(calls))


def _stop(old: Stop, leave: int, leg: int, start: int, lunch: Window | None) -> Stop:
    """Return a stop at its new time."""
    here = lunch is not None and leave <= lunch[0] and lunch[1] <= start
    eaten = lunch[1] - lunch[0] if lunch and here else 0
    at_door = lunch is not None and lunch[0] >= leave + leg
    return replace(
        old,
        arrive=leave + leg + (0 if at_door else eaten),
        start=start,
        depart=start + old.depart - old.start,
        waiting_s=start - leave - leg - eaten,
    )


def _lunch(sheet: Sheet, found: cp_model.CpSolver, leaves: list[int], back: int) -> Window | None:
    """Return the lunch of a solution, moved as early as its place allows where no call can be in its way."""
    rule = sheet.worker.lunch
    if sheet.lunch is None or rule is None:
        return None
    begin = int(found.value(sheet.lunch))
    if not sheet.calls:
        begin = _early(begin, rule, leaves, sheet.legs, back)
    return (begin, begin + rule.seconds)


def _early(begin: int, rule: Lunch, leaves: list[int], legs: list[int], back: int) -> int:
    """Return the earliest begin of lunch in the place where `begin` lies."""
    if begin >= back:
        return max(back, rule.from_s)
    if begin + rule.seconds <= leaves[0]:
        return rule.from_s
    leave, leg = next((a, t) for a, t in zip(leaves[::-1], legs[::-1], strict=False) if a <= begin)
    if rule.from_s <= leave:
        return leave
    at_door = leave + leg <= rule.to_s - rule.seconds
    return max(leave + leg, rule.from_s) if at_door else rule.from_s


def answer(problem: Problem, plan: Plan, seconds: float, *, own: bool) -> Verdict:
    """Return whether the plan's orders can be kept at all, or (`own`) at the plan's times."""
    times = Times(problem, plan)
    if own:
        times.own()
    status = solver(seconds).solve(times.model)
    if status == cp_model.INFEASIBLE:
        return "infeasible"
    return "feasible" if status in (cp_model.OPTIMAL, cp_model.FEASIBLE) else "open"


def best(problem: Problem, plan: Plan, seconds: float) -> Plan | None:
    """Return the plan at the best times found, None where none was found; costs as they then are."""
    times = Times(problem, plan)
    times.minimise()
    found = solver(_PATIENCE * seconds, steady=seconds)
    if found.solve(times.model) not in (cp_model.OPTIMAL, cp_model.FEASIBLE):
        return None
    missed = sum(found.boolean_value(outside) for outside in times.missed)
    cost = replace(plan.cost, wishes=missed * plan.params.wish_s)
    return replace(plan, routes=times.routes(found), cost=cost)
