"""The rules once more, written independently of every solver.

:func:`violations` looks at a plan as somebody would who has only the problem
and the printed sheet: it rests on :mod:`routing.models` alone and recomputes
everything. No plan is stored or published with a violation.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise, permutations

from routing.models import Problem, Visit, Worker
from routing.results import Plan, Route, Stop
from routing.travel import UNREACHABLE

__all__ = ["RULES", "Violation", "violations"]

RULES: dict[str, str] = {
    "unknown": "every visit and worker of the plan is in the problem",
    "route": "every worker has exactly one route",
    "once": "every visit is in a route or left out, and only one of the two",
    "reason": "a visit left out has a reason",
    "crew": "the people at a visit are one of its crews",
    "together": "everybody at a visit is there at the same time",
    "window": "a visit starts within one of its windows",
    "service": "a visit lasts as long as it must",
    "hours": "a worker leaves and returns within working hours",
    "lunch": "a worker has lunch, in its window, not during a visit",
    "travel": "every way takes its time and its metres",
    "road": "every way exists and every door lies near a road",
    "waiting": "waiting is what is left of the time between two visits",
    "slack": "the day keeps its slack for emergencies",
    "walk": "nobody walks farther than allowed",
    "totals": "the cost adds up",
}
"""Code → the rule, as a sentence that holds for a good plan."""


@dataclass(frozen=True, slots=True)
class Violation:
    """One broken rule; ``code`` is a key of :data:`RULES`."""

    code: str
    worker_id: str = ""
    visit_id: str = ""
    found: str = ""

    def __str__(self) -> str:
        place = " ".join(part for part in (self.worker_id, self.visit_id) if part)
        return f"{self.code} [{place}]: {RULES[self.code]}; found {self.found}"


def violations(problem: Problem, plan: Plan) -> list[Violation]:
    """Return every rule that `plan` breaks; empty for a good plan."""
    unknown = list(_unknown(problem, plan))
    if unknown:  # the other rules need to know whom they are about
        return unknown
    found = [*_coverage(problem, plan), *_crews(problem, plan), *_totals(problem, plan)]
    for route in plan.routes:
        found += _route(problem, route)
    return found


def _unknown(problem: Problem, plan: Plan) -> Iterator[Violation]:
    visits, workers = problem.visit_by_id, problem.worker_by_id
    for route in plan.routes:
        if route.worker_id not in workers:
            yield Violation("unknown", worker_id=route.worker_id, found="worker")
        for stop in route.stops:
            if stop.visit_id not in visits:
                yield Violation("unknown", route.worker_id, stop.visit_id, "visit")
            elif visits[stop.visit_id].location is None:
                yield Violation("road", route.worker_id, stop.visit_id, "a visit without coordinates")
    for left in plan.left_out:
        if left.visit_id not in visits:
            yield Violation("unknown", visit_id=left.visit_id, found="left out")
    routes = Counter(route.worker_id for route in plan.routes)
    for worker in problem.workers:
        if routes[worker.id] != 1:
            yield Violation("route", worker.id, found=f"{routes[worker.id]} routes")


def _coverage(problem: Problem, plan: Plan) -> Iterator[Violation]:
    planned = set(plan.visit_ids)
    left = Counter(item.visit_id for item in plan.left_out)
    for visit in problem.visits:
        times = (visit.id in planned) + left[visit.id]
        if times != 1:
            yield Violation("once", visit_id=visit.id, found=f"{times} times")
    for item in plan.left_out:
        if not item.reason:
            yield Violation("reason", visit_id=item.visit_id, found="none")


def _crews(problem: Problem, plan: Plan) -> Iterator[Violation]:
    there: dict[str, list[tuple[str, Stop]]] = {}
    for route in plan.routes:
        for stop in route.stops:
            there.setdefault(stop.visit_id, []).append((route.worker_id, stop))
    for visit_id, stops in there.items():
        visit = problem.visit_by_id[visit_id]
        people = [worker_id for worker_id, _ in stops]
        if not _fits(visit, [problem.worker_by_id[i] for i in people]):
            yield Violation("crew", visit_id=visit_id, found=", ".join(people))
        if any(sorted(stop.worker_ids) != sorted(people) for _, stop in stops):
            yield Violation("together", visit_id=visit_id, found="other people on the sheet")
        if len({(stop.start, stop.depart) for _, stop in stops}) > 1:
            yield Violation("together", visit_id=visit_id, found=str(sorted(s.start for _, s in stops)))


def _fits(visit: Visit, people: list[Worker]) -> bool:
    if len({worker.id for worker in people}) < len(people):
        return False
    return any(
        len(crew) == len(people) and all(w.may_take(seat) for w, seat in zip(order, crew, strict=True))
        for crew in visit.crews
        for order in permutations(people)
    )


def _totals(problem: Problem, plan: Plan) -> Iterator[Violation]:
    params = plan.params
    travel = sum(stop.travel_s for route in plan.routes for stop in route.stops)
    travel += sum(route.end_travel_s for route in plan.routes)
    left_out = 0
    for item in plan.left_out:
        visit = problem.visit_by_id[item.visit_id]
        left_out += params.left_out_s + params.urgency_s * visit.urgency
        left_out += params.mandatory_s if visit.mandatory else 0
    there = {stop.visit_id: stop.worker_ids for route in plan.routes for stop in route.stops}
    strangers = 0
    for visit_id, people in there.items():
        own = problem.visit_by_id[visit_id].preferred_worker
        strangers += own is not None and own not in people
    expected = (travel, left_out, params.continuity_s * strangers)
    found = (plan.cost.travel, plan.cost.left_out, plan.cost.continuity)
    if found != expected:
        yield Violation("totals", found=f"{found}, not {expected}")


def _route(problem: Problem, route: Route) -> Iterator[Violation]:
    worker = problem.worker_by_id[route.worker_id]
    for stop in route.stops:
        yield from _at_the_door(problem.visit_by_id[stop.visit_id], worker, stop)
    yield from _ways(problem, worker, route)
    yield from _times(worker, route)
    yield from _lunch(worker, route)
    yield from _limits(worker, route)


def _at_the_door(visit: Visit, worker: Worker, stop: Stop) -> Iterator[Violation]:
    if visit.windows and not any(a <= stop.start <= b for a, b in visit.windows):
        yield Violation("window", worker.id, visit.id, f"{stop.start} not in {visit.windows}")
    if stop.depart - stop.start != visit.service_s:
        yield Violation("service", worker.id, visit.id, f"{stop.depart - stop.start} s")


def _ways(problem: Problem, worker: Worker, route: Route) -> Iterator[Violation]:
    table = problem.travel[worker.mode]
    doors = [problem.visit_by_id[stop.visit_id].location for stop in route.stops]
    for stop, door in zip(route.stops, doors, strict=True):
        if door is not None and int(table.snap_m[door]) > problem.snap_limit_m:
            yield Violation("road", worker.id, stop.visit_id, f"{int(table.snap_m[door])} m from the road")
    said = [(stop.visit_id, stop.travel_s, stop.travel_m) for stop in route.stops]
    said.append(("", route.end_travel_s, route.end_travel_m))
    places = [worker.start, *doors, worker.end] if doors else []
    for (visit_id, seconds, metres), (a, b) in zip(said, pairwise(places), strict=False):
        way = (0, 0) if a is None or b is None else (int(table.duration_s[a, b]), int(table.distance_m[a, b]))
        if way[0] >= UNREACHABLE:
            yield Violation("road", worker.id, visit_id, f"no way from place {a} to place {b}")
        elif (seconds, metres) != way:
            yield Violation("travel", worker.id, visit_id, f"{(seconds, metres)}, not {way}")


def _times(worker: Worker, route: Route) -> Iterator[Violation]:
    if route.depart < worker.hours[0] or route.arrive > worker.hours[1] or route.arrive < route.depart:
        yield Violation("hours", worker.id, found=f"{route.depart} to {route.arrive}")
    leave = route.depart
    for stop in route.stops:
        eaten = _lunch_between(route, leave, stop.start)
        before_door = _lunch_between(route, leave, stop.arrive)
        if stop.arrive < leave + stop.travel_s + before_door or stop.start < stop.arrive:
            yield Violation("travel", worker.id, stop.visit_id, f"{leave}, {stop.arrive}, {stop.start}")
        if stop.waiting_s != stop.start - leave - stop.travel_s - eaten or stop.waiting_s < 0:
            yield Violation("waiting", worker.id, stop.visit_id, f"{stop.waiting_s} s")
        leave = stop.depart
    if route.stops and route.arrive < leave + route.end_travel_s + _lunch_between(route, leave, route.arrive):
        yield Violation("travel", worker.id, found=f"left {leave}, back {route.arrive}")


def _lunch_between(route: Route, begin: int, end: int) -> int:
    if route.lunch is None or route.lunch[0] < begin or route.lunch[1] > end:
        return 0
    return route.lunch[1] - route.lunch[0]


def _lunch(worker: Worker, route: Route) -> Iterator[Violation]:
    rule, taken = worker.lunch, route.lunch
    if rule is None or not route.stops:
        if taken is not None:
            yield Violation("lunch", worker.id, found="a lunch that nobody asked for")
        return
    if taken is None or taken[1] - taken[0] != rule.seconds or taken[0] < rule.from_s or taken[1] > rule.to_s:
        yield Violation("lunch", worker.id, found=str(taken))
        return
    leaves = [route.depart, *(stop.depart for stop in route.stops)]
    starts = [*(stop.start for stop in route.stops), route.arrive]
    free = [(0, route.depart), (route.arrive, rule.to_s), *zip(leaves, starts, strict=True)]
    if not any(a <= taken[0] and taken[1] <= b for a, b in free):
        yield Violation("lunch", worker.id, found=f"{taken} during a visit")


def _limits(worker: Worker, route: Route) -> Iterator[Violation]:
    busy = route.travel_s + route.service_s
    if busy > worker.busy_limit_s:
        yield Violation("slack", worker.id, found=f"{busy} s of {worker.busy_limit_s}")
    if worker.mode.value == "walk" and worker.max_walk_m is not None and route.travel_m > worker.max_walk_m:
        yield Violation("walk", worker.id, found=f"{route.travel_m} m of {worker.max_walk_m}")
