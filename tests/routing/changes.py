"""Where a plan can be changed, and a plan (or its problem) with one thing changed."""

from __future__ import annotations

from dataclasses import replace
from itertools import pairwise
from typing import Any

import numpy as np

from fieldmap.models import TravelMode
from routing import Call, LeftOut, Lunch, Route, Stop, Visit, Worker
from routing.models import Window
from tests.routing.handmade import Case

type At = tuple[Route, Stop]
type Calling = tuple[Route, Call]
type Meal = tuple[Route, Lunch, Window]


def anywhere(case: Case) -> list[None]:
    return [None]


def routes(case: Case) -> list[Route]:
    return list(case[1].routes)


def busy(case: Case) -> list[Route]:
    return [route for route in case[1].routes if route.stops]


def idle(case: Case) -> list[Route]:
    return [route for route in case[1].routes if not route.stops]


def stops(case: Case) -> list[At]:
    return [(route, stop) for route in case[1].routes for stop in route.stops]


def calls(case: Case) -> list[Calling]:
    return [(route, call) for route in case[1].routes for call in route.calls]


def done(case: Case) -> list[Visit]:
    return [case[0].visit_by_id[i] for i in case[1].visit_ids]


def left(case: Case) -> list[LeftOut]:
    return list(case[1].left_out)


def pairs(case: Case) -> list[tuple[At, At]]:
    """Return the visits of two people, each in the order of their seats."""
    there = {(stop.visit_id, route.worker_id): (route, stop) for route, stop in stops(case)}
    return [
        (at, there[at[1].visit_id, at[1].worker_ids[1]])
        for at in there.values()
        if len(at[1].worker_ids) == 2 and at[1].worker_ids[0] == at[0].worker_id
    ]


def in_turns(case: Case) -> list[tuple[At, At]]:
    """Return those of the pairs who come one after the other."""
    return [pair for pair in pairs(case) if visit_of(case, pair[0][1]).gap_s not in (None, (0, 0))]


def contacts(case: Case) -> list[tuple[Visit, int, Window]]:
    """Return visit, venue and time of everything that is done, calls too."""
    found = [(visit_of(case, stop), stop.venue, (stop.start, stop.depart)) for _, stop in stops(case)]
    return found + [(visit_of(case, call), 0, (call.start, call.end)) for _, call in calls(case)]


def eaten(case: Case) -> list[tuple[At, Window]]:
    """Return the lunches between leaving for a door and the visit there."""
    found = [(at, at[0].lunch) for at in stops(case)]
    return [
        (at, taken)
        for at, taken in found
        if taken and left_before(*at) <= taken[0] and taken[1] <= at[1].start
    ]


def contacts_of(case: Case, visit: Visit) -> list[At | Calling]:
    """Return the stops at one visit, or its call."""
    found: list[At | Calling] = [*stops(case), *calls(case)]
    return [at for at in found if at[1].visit_id == visit.id]


def ways(case: Case) -> list[tuple[Worker, tuple[int, int]]]:
    """Return the ways that somebody takes."""
    return [
        (worker_of(case, route), (a, b))
        for route in busy(case)
        for a, b in pairwise(places(case, route))
        if a is not None and b is not None
    ]


def meals(case: Case) -> list[Meal]:
    """Return the lunches, with the rule of each."""
    rules = [(route, worker_of(case, route).lunch, route.lunch) for route in case[1].routes]
    return [(route, rule, taken) for route, rule, taken in rules if rule and taken]


def visit_of(case: Case, contact: Stop | Call) -> Visit:
    return case[0].visit_by_id[contact.visit_id]


def worker_of(case: Case, route: Route) -> Worker:
    return case[0].worker_by_id[route.worker_id]


def places(case: Case, route: Route) -> list[int | None]:
    worker = worker_of(case, route)
    doors = [visit_of(case, stop).venues[stop.venue].location for stop in route.stops]
    return [worker.start, *doors, worker.end]


def left_before(route: Route, stop: Stop) -> int:
    """Return when the worker left for `stop`."""
    return next((before.depart for before, after in pairwise(route.stops) if after is stop), route.depart)


def with_route(case: Case, route: Route, **changes: Any) -> Case:
    found = tuple(replace(r, **changes) if r is route else r for r in case[1].routes)
    return case[0], replace(case[1], routes=found)


def with_stop(case: Case, at: At, **changes: Any) -> Case:
    route, stop = at
    found = tuple(replace(s, **changes) if s is stop else s for s in route.stops)
    return with_route(case, route, stops=found)


def with_call(case: Case, at: Calling, **changes: Any) -> Case:
    route, call = at
    found = tuple(replace(c, **changes) if c is call else c for c in route.calls)
    return with_route(case, route, calls=found)


def with_left(case: Case, *items: LeftOut) -> Case:
    return case[0], replace(case[1], left_out=items)


def with_visit(case: Case, visit: Visit, **changes: Any) -> Case:
    found = tuple(replace(v, **changes) if v is visit else v for v in case[0].visits)
    return replace(case[0], visits=found), case[1]


def with_venue(case: Case, visit: Visit, number: int, **changes: Any) -> Case:
    if number == 0:
        return with_visit(case, visit, **changes)
    venues = tuple(replace(v, **changes) if i == number else v for i, v in enumerate(visit.venues))
    return with_visit(case, visit, elsewhere=venues[1:])


def with_worker(case: Case, worker: Worker, **changes: Any) -> Case:
    found = tuple(replace(w, **changes) if w is worker else w for w in case[0].workers)
    return replace(case[0], workers=found), case[1]


def with_table(case: Case, mode: TravelMode, **changes: Any) -> Case:
    """Return the case with entries of one travel table changed, ``name=(place or way, value)``."""
    tables = dict(case[0].travel)
    problem = replace(case[0], travel=tables)
    columns: dict[str, Any] = {name: np.copy(getattr(tables[mode], name)) for name in changes}
    for name, (where, value) in changes.items():
        columns[name][where] = value
    tables[mode] = replace(tables[mode], **columns)  # now: a new problem would refuse a hole in one column
    return problem, case[1]


def undone(case: Case, visit: Visit) -> Case:
    """Return the plan without a visit that it does."""
    found = tuple(
        replace(
            route,
            stops=tuple(stop for stop in route.stops if stop.visit_id != visit.id),
            calls=tuple(call for call in route.calls if call.visit_id != visit.id),
        )
        for route in case[1].routes
    )
    return case[0], replace(case[1], routes=found)


def shifted(contact: Any, to: int) -> dict[str, int]:
    """Return the times of a stop or call that begins at `to` and takes as long as before."""
    by = to - contact.start
    if isinstance(contact, Stop):
        return {"start": to, "depart": contact.depart + by}
    return {"start": to, "end": contact.end + by}
