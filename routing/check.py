"""The rules once more, written independently of every solver.

:func:`violations` looks at a plan as somebody would who has only the problem
and the printed sheet: it rests on the values of :mod:`routing.models` and
:mod:`routing.results` alone and recomputes everything. No plan is stored or published with a violation.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise, permutations

from routing.models import Problem, Venue, Window, Worker
from routing.results import REASONS, Call, Cost, Plan, Route, Stop
from routing.travel import UNREACHABLE

__all__ = ["RULES", "Violation", "violations"]

RULES: dict[str, str] = {
    "unknown": "every visit and worker of the plan is in the problem",
    "route": "every worker has exactly one route",
    "once": "every visit is in a route or left out, and only one of the two",
    "reason": "a visit left out has one of the reasons that there are",
    "crew": "the people at a visit are one of its crews",
    "desk": "who is on office duty goes to no door",
    "together": "everybody at a visit is there at the same time, unless they come one after the other",
    "gap": "who comes second to a visit begins as long after the first as it asks for",
    "venue": "a visit is made at one of its venues, by everybody at the same",
    "window": "a visit starts within one of its windows",
    "service": "a visit lasts as long as it must",
    "hours": "a worker leaves and returns within working hours",
    "lunch": "a worker has lunch, in its window, whole: on a way, at a closed door or at the desk",
    "travel": "every way takes its time and its metres",
    "road": "every way exists; every door and where the day begins and ends lie near a road",
    "channel": "a contact by phone or video is a call, every other visit a stop",
    "call": "a call lies in free time of the working hours: at the desk or before a closed door",
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
    for route in plan.routes:
        if route.worker_id not in problem.worker_by_id:
            yield Violation("unknown", worker_id=route.worker_id, found="worker")
        for stop in route.stops:
            yield from _no_stop(problem, route, stop)
        for call in route.calls:
            yield from _no_call(problem, route, call)
    for left in plan.left_out:
        if left.visit_id not in problem.visit_by_id:
            yield Violation("unknown", visit_id=left.visit_id, found="left out")
    routes = Counter(route.worker_id for route in plan.routes)
    for worker in problem.workers:
        if routes[worker.id] != 1:
            yield Violation("route", worker.id, found=f"{routes[worker.id]} routes")


def _no_stop(problem: Problem, route: Route, stop: Stop) -> Iterator[Violation]:
    """Yield why a stop is none: nobody knows the visit, its venue or where that is."""
    visit = problem.visit_by_id.get(stop.visit_id)
    if visit is None:
        yield Violation("unknown", route.worker_id, stop.visit_id, "visit")
    elif visit.is_call:
        yield Violation("channel", route.worker_id, visit.id, "a visit in place of a call")
    elif not 0 <= stop.venue < len(visit.venues):
        yield Violation("venue", route.worker_id, visit.id, f"venue {stop.venue} of {len(visit.venues)}")
    elif visit.venues[stop.venue].location is None:
        yield Violation("road", route.worker_id, visit.id, "a venue without coordinates")


def _no_call(problem: Problem, route: Route, call: Call) -> Iterator[Violation]:
    visit = problem.visit_by_id.get(call.visit_id)
    if visit is None:
        yield Violation("unknown", route.worker_id, call.visit_id, "visit")
    elif not visit.is_call:
        yield Violation("channel", route.worker_id, visit.id, "a call in place of a visit")


def _coverage(problem: Problem, plan: Plan) -> Iterator[Violation]:
    visited = {stop.visit_id for route in plan.routes for stop in route.stops}
    called = Counter(call.visit_id for route in plan.routes for call in route.calls)
    left = Counter(item.visit_id for item in plan.left_out)
    for visit in problem.visits:
        times = (visit.id in visited) + called[visit.id] + left[visit.id]
        if times != 1:
            yield Violation("once", visit_id=visit.id, found=f"{times} times")
    for item in plan.left_out:
        if item.reason not in REASONS:
            yield Violation("reason", visit_id=item.visit_id, found=repr(item.reason))


def _crews(problem: Problem, plan: Plan) -> Iterator[Violation]:
    there: dict[str, dict[str, Stop]] = {}
    for route in plan.routes:
        for stop in route.stops:
            if route.worker_id in there.setdefault(stop.visit_id, {}):
                yield Violation("crew", route.worker_id, stop.visit_id, "the same person twice")
            there[stop.visit_id][route.worker_id] = stop
        for call in route.calls:
            if not _fits(problem, call.visit_id, (route.worker_id,)):
                yield Violation("crew", route.worker_id, call.visit_id, "a caller who may not call")
    for visit_id, stops in there.items():
        if len(stops) > 2 or not any(_fits(problem, visit_id, order) for order in permutations(stops)):
            yield Violation("crew", visit_id=visit_id, found=", ".join(stops))
        if any(sorted(stop.worker_ids) != sorted(stops) for stop in stops.values()):
            yield Violation("together", visit_id=visit_id, found="other people on the sheet")
        else:
            yield from _begun(problem, visit_id, stops)
        if len({stop.venue for stop in stops.values()}) > 1:
            yield Violation("venue", visit_id=visit_id, found="two venues")


def _fits(problem: Problem, visit_id: str, people: Sequence[str]) -> bool:
    """Return whether `people`, in this order, can take the seats of a crew."""
    workers = [problem.worker_by_id[worker_id] for worker_id in people]
    return any(
        len(crew) == len(workers) and all(w.may_take(seat) for w, seat in zip(workers, crew, strict=True))
        for crew in problem.visit_by_id[visit_id].crews
    )


def _begun(problem: Problem, visit_id: str, stops: Mapping[str, Stop]) -> Iterator[Violation]:
    """Yield what is wrong with the times at which the people of a visit begin."""
    least, most = problem.visit_by_id[visit_id].gap_s or (0, 0)
    if (least, most) == (0, 0) or len(stops) == 1:
        if len({(stop.start, stop.depart) for stop in stops.values()}) > 1:
            found = str(sorted(stop.start for stop in stops.values()))
            yield Violation("together", visit_id=visit_id, found=found)
        return
    orders = {stop.worker_ids for stop in stops.values()}
    order = next(iter(orders))
    if len(orders) > 1:
        yield Violation("together", visit_id=visit_id, found="the order of the people differs")
    elif not _fits(problem, visit_id, order):
        yield Violation("crew", visit_id=visit_id, found=f"in the order {', '.join(order)}")
    for first, second in pairwise(order):
        apart = stops[second].start - stops[first].start
        if not least <= apart <= most:
            yield Violation("gap", visit_id=visit_id, found=f"{apart} s, not {least} to {most} s")


def _totals(problem: Problem, plan: Plan) -> Iterator[Violation]:
    expected = _cost(problem, plan)
    if plan.cost != expected:
        yield Violation("totals", found=f"{plan.cost}, not {expected}")


def _cost(problem: Problem, plan: Plan) -> Cost:
    params = plan.params
    left_out = strangers = elsewhere = unwished = 0
    for item in plan.left_out:
        visit = problem.visit_by_id[item.visit_id]
        left_out += params.left_out_s + params.urgency_s * visit.urgency
        left_out += params.mandatory_s if visit.mandatory else 0
    for visit_id, (people, start, venue) in _done(plan).items():
        visit = problem.visit_by_id[visit_id]
        strangers += visit.preferred_worker is not None and visit.preferred_worker not in people
        elsewhere += visit.venues[venue].price_s
        unwished += bool(visit.wished) and not any(a <= start <= b for a, b in visit.wished)
    work = [route.work_s for route in plan.routes]
    uneven = max(work) - sum(work) // len(work) if work else 0
    return Cost(
        travel=sum(route.travel_s for route in plan.routes),
        left_out=left_out,
        continuity=params.continuity_s * strangers,
        elsewhere=elsewhere,
        wishes=params.wish_s * unwished,
        balance=params.balance_percent * uneven // 100,
    )


def _done(plan: Plan) -> dict[str, tuple[tuple[str, ...], int, int]]:
    """Return of every visit that is done who does it, the first start and the venue."""
    done: dict[str, tuple[tuple[str, ...], int, int]] = {}
    for route in plan.routes:
        for stop in route.stops:
            if stop.worker_ids[:1] == (route.worker_id,) or stop.visit_id not in done:
                done[stop.visit_id] = (stop.worker_ids, stop.start, stop.venue)
        for call in route.calls:
            done[call.visit_id] = ((route.worker_id,), call.start, 0)
    return done


def _route(problem: Problem, route: Route) -> Iterator[Violation]:
    worker = problem.worker_by_id[route.worker_id]
    if worker.at_desk and route.stops:
        yield Violation("desk", worker.id, found=f"{len(route.stops)} stops")
    for stop in route.stops:
        venue = problem.visit_by_id[stop.visit_id].venues[stop.venue]
        yield from _contact(worker, stop.visit_id, venue, (stop.start, stop.depart))
    for call in route.calls:
        venue = problem.visit_by_id[call.visit_id].venues[0]
        yield from _contact(worker, call.visit_id, venue, (call.start, call.end))
    yield from _ways(problem, worker, route)
    yield from _times(worker, route)
    yield from _lunch(worker, route)
    yield from _calls(worker, route)
    yield from _limits(worker, route)


def _contact(worker: Worker, visit_id: str, venue: Venue, time: Window) -> Iterator[Violation]:
    if venue.windows and not any(a <= time[0] <= b for a, b in venue.windows):
        yield Violation("window", worker.id, visit_id, f"{time[0]} not in {venue.windows}")
    if time[1] - time[0] != venue.service_s:
        yield Violation("service", worker.id, visit_id, f"{time[1] - time[0]} s")


def _ways(problem: Problem, worker: Worker, route: Route) -> Iterator[Violation]:
    table = problem.travel[worker.mode]
    doors = [problem.visit_by_id[stop.visit_id].venues[stop.venue].location for stop in route.stops]
    places = [worker.start, *doors, worker.end] if doors else []
    names = ["", *(stop.visit_id for stop in route.stops), ""]
    for visit_id, place in zip(names, places, strict=False):
        if place is not None and int(table.snap_m[place]) > problem.snap_limit_m:
            yield Violation("road", worker.id, visit_id, f"{int(table.snap_m[place])} m from the road")
    said = [(stop.visit_id, stop.travel_s, stop.travel_m) for stop in route.stops]
    said.append(("", route.end_travel_s, route.end_travel_m))
    for (visit_id, seconds, metres), (a, b) in zip(said, pairwise(places), strict=False):
        way = (0, 0) if a is None or b is None else (int(table.duration_s[a, b]), int(table.distance_m[a, b]))
        if max(way) >= UNREACHABLE:
            yield Violation("road", worker.id, visit_id, f"no way from place {a} to place {b}")
        elif (seconds, metres) != way:
            yield Violation("travel", worker.id, visit_id, f"{(seconds, metres)}, not {way}")


def _times(worker: Worker, route: Route) -> Iterator[Violation]:
    if route.depart < worker.hours[0] or route.arrive > worker.hours[1] or route.arrive < route.depart:
        yield Violation("hours", worker.id, found=f"{route.depart} to {route.arrive}")
    if not route.stops and (route.depart != route.arrive or route.travel_s or route.travel_m):
        yield Violation("travel", worker.id, found="a way to nobody")
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
    if rule is None or not (route.stops or route.calls):
        if taken is not None:
            yield Violation("lunch", worker.id, found="a lunch that nobody asked for")
        return
    if taken is None or taken[1] - taken[0] != rule.seconds or taken[0] < rule.from_s or taken[1] > rule.to_s:
        yield Violation("lunch", worker.id, found=str(taken))
        return
    leaves = [route.depart, *(stop.depart for stop in route.stops)]
    on_way = zip(leaves, [*(stop.arrive for stop in route.stops), route.arrive], strict=True)
    at_door = ((stop.arrive, stop.start) for stop in route.stops)
    free = (*_desk((0, rule.to_s), route), *on_way, *at_door)
    if not any(a <= taken[0] and taken[1] <= b for a, b in free):
        yield Violation("lunch", worker.id, found=f"{taken} during a visit, or partly on the way")


def _desk(hours: Window, route: Route) -> list[Window]:
    """Return the times of `hours` at which the worker is not out."""
    return [(hours[0], route.depart), (route.arrive, hours[1])] if route.stops else [hours]


def _calls(worker: Worker, route: Route) -> Iterator[Violation]:
    free = [*_desk(worker.hours, route), *((stop.arrive, stop.start) for stop in route.stops)]
    taken = [route.lunch] if route.lunch else []
    for call in route.calls:
        if not any(a <= call.start and call.end <= b for a, b in free):
            yield Violation("call", worker.id, call.visit_id, f"{(call.start, call.end)} is not free")
        if any(call.start < b and a < call.end for a, b in taken):
            yield Violation("call", worker.id, call.visit_id, f"{(call.start, call.end)} is taken")
        taken.append((call.start, call.end))
    if list(route.calls) != sorted(route.calls, key=lambda call: call.start):
        yield Violation("call", worker.id, found="not in order of time")


def _limits(worker: Worker, route: Route) -> Iterator[Violation]:
    if route.work_s > worker.busy_limit_s:
        yield Violation("slack", worker.id, found=f"{route.work_s} s of {worker.busy_limit_s}")
    if worker.mode.value == "walk" and worker.max_walk_m is not None and route.travel_m > worker.max_walk_m:
        yield Violation("walk", worker.id, found=f"{route.travel_m} m of {worker.max_walk_m}")
