"""A plan of a day as the station keeps it: stops by household, calls, reasons in two languages.

One stop of the planner at a school stands for several households: it becomes
as many planned stops, one after the other, so that each child keeps her own.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from uuid import uuid4

import numpy as np

from fieldmap.errors import language
from fieldmap.models import Actor, Channel, Position, Snapshot
from fieldmap.plans import DayPlan, PlannedRoute, PlannedStop, PlanState, Unplanned
from fieldmap.schedule import Due
from routing.explain import text
from routing.models import Problem, Worker
from routing.results import Call, LeftOut, Plan, Route, Stop
from routing.shapes import Landmark, RouteShape
from routing.travel import UNREACHABLE, Travel
from routing.turns import landmarks_of, turn_list

__all__ = ["Assignment", "drafted"]


@dataclass(frozen=True, slots=True)
class Assignment:
    """A planning problem and what its ids stand for.

    Attributes
    ----------
    positions
        The rows of the travel tables.
    dues
        Visit → who is due there. A visit's id is that of the household, or
        of the school where pupils of several are met, or begins with it; a
        worker's is the actor's.
    sites
        Visit → the school where it is made.
    rest
        Doors that are due and not in the problem; their ids are in `dues`.
    """

    problem: Problem
    positions: tuple[Position, ...]
    dues: Mapping[str, tuple[Due, ...]]
    sites: Mapping[str, str]
    rest: tuple[LeftOut, ...] = ()


def drafted(
    assignment: Assignment,
    made: Plan,
    travel: Travel,
    snapshot: Snapshot,
    *,
    day: date,
    division_code: str,
    created_by: str,
    at: datetime,
) -> DayPlan:
    """Return a checked plan as a draft of the station.

    The doors of a route are numbered from 1, then its calls. Of those left out
    the mandatory ones come first.

    Parameters
    ----------
    travel
        What the assignment was measured with: gives the routes their shapes
        and their turns.
    snapshot
        Who goes how, and which sites stand by the way.
    at
        When it is made.
    """
    left = sorted((*made.left_out, *assignment.rest), key=lambda item: not _mandatory(assignment, item))
    sites = landmarks_of(snapshot)
    return DayPlan(
        id=str(uuid4()),
        day=day,
        division_code=division_code,
        state=PlanState.DRAFT,
        created_at=at,
        created_by=created_by,
        engine=made.engine,
        travel_source=made.travel_source,
        seed=made.seed,
        routes=tuple(_route(assignment, route, travel, snapshot.actors, sites) for route in made.routes),
        unplanned=tuple(part for item in left for part in _unplanned(assignment, item)),
    )


def _route(
    assignment: Assignment,
    route: Route,
    travel: Travel,
    actors: Mapping[str, Actor],
    sites: Sequence[Landmark],
) -> PlannedRoute:
    worker = assignment.problem.worker_by_id[route.worker_id]
    doors = [tuple(_door(assignment, route.worker_id, stop)) for stop in route.stops]
    calls = [_call(assignment, call) for call in route.calls]
    parts = [part for door in doors for part in door] + sorted(calls, key=lambda part: part.start_s)
    goals = list(_goals(assignment, worker, route, doors))
    led = len(goals) > 1 and bool(doors)
    way = travel.way(worker.mode, [assignment.positions[row] for row, _ in goals]) if led else RouteShape(())
    return PlannedRoute(
        id=str(uuid4()),
        actor_id=route.worker_id,
        mode=actors[route.worker_id].travel_mode,
        distance_m=route.travel_m,
        travel_s=route.travel_s,
        start_s=route.depart,
        end_s=route.arrive,
        shape=way.geometry,
        stops=tuple(replace(part, seq=seq) for seq, part in enumerate(parts, start=1)),
        turns=turn_list(way, [stop_id for _, stop_id in goals[1:]], sites),
        seconds=_seconds(assignment, worker, [row for row, stop_id in goals if stop_id]),
    )


def _seconds(assignment: Assignment, worker: Worker, rows: Sequence[int]) -> tuple[tuple[int, ...], ...]:
    """Return the travel times between the start and some places, -1 where there is no way."""
    if worker.start is None or not rows:
        return ()
    places = [worker.start, *rows]
    table = assignment.problem.travel[worker.mode].duration_s[np.ix_(places, places)]
    return tuple(tuple(line) for line in np.where(table < UNREACHABLE, table, -1).tolist())


def _goals(
    assignment: Assignment, worker: Worker, route: Route, doors: Sequence[tuple[PlannedStop, ...]]
) -> Iterator[tuple[int, str]]:
    """Yield the rows of the places a worker comes by, with the planned stop: start and end have none."""
    visits = assignment.problem.visit_by_id
    rows = [visits[stop.visit_id].venues[stop.venue].location for stop in route.stops]
    met = [(row, part.id) for row, door in zip(rows, doors, strict=True) for part in door]
    for row, stop_id in ((worker.start, ""), *met, (worker.end, "")):
        if row is not None:
            yield row, stop_id


def _door(assignment: Assignment, worker_id: str, stop: Stop) -> Iterator[PlannedStop]:
    """Yield the planned stops of one stop, a household each, its time shared by their people."""
    visit = assignment.problem.visit_by_id[stop.visit_id]
    site = assignment.sites.get(visit.id) or visit.venues[stop.venue].name
    dues = assignment.dues[visit.id]
    begin, done = stop.start, 0
    for household_id, theirs in _by_household(dues).items():
        done += len(theirs)
        end = stop.start + (stop.depart - stop.start) * done // len(dues)
        first = begin == stop.start
        yield replace(
            _stop(household_id, theirs),
            partner_ids=tuple(w for w in stop.worker_ids if w != worker_id),
            arrive_s=stop.arrive if first else begin,
            start_s=begin,
            depart_s=end,
            travel_s=stop.travel_s if first else 0,
            travel_m=stop.travel_m if first else 0,
            site_id=site,
        )
        begin = end


def _call(assignment: Assignment, call: Call) -> PlannedStop:
    visit = assignment.problem.visit_by_id[call.visit_id]
    dues = assignment.dues[visit.id]
    stop = _stop(dues[0].household_id, dues)
    return replace(stop, channel=visit.channel, arrive_s=call.start, start_s=call.start, depart_s=call.end)


def _stop(household_id: str, dues: Sequence[Due]) -> PlannedStop:
    """Return a stop with its people and reasons; place and times are still to be filled in."""
    return PlannedStop(
        id=str(uuid4()),
        seq=0,
        household_id=household_id,
        client_ids=tuple(due.client_id for due in dues),
        partner_ids=(),
        channel=Channel.DOOR,
        arrive_s=0,
        start_s=0,
        depart_s=0,
        travel_s=0,
        travel_m=0,
        reason_zh=_reason(dues, "zh-CN"),
        reason_en=_reason(dues, "en"),
    )


def _by_household(dues: Sequence[Due]) -> dict[str, list[Due]]:
    found: dict[str, list[Due]] = {}
    for due in dues:
        found.setdefault(due.household_id, []).append(due)
    return found


def _reason(dues: Sequence[Due], lang: str) -> str:
    """Return why today, with dates only; several people of one house say it once each."""
    return " ".join(dict.fromkeys(d.public_reason(lang) for d in dues))


def _mandatory(assignment: Assignment, left: LeftOut) -> bool:
    return any(due.mandatory for due in assignment.dues[left.visit_id])


def _unplanned(assignment: Assignment, left: LeftOut) -> Iterator[Unplanned]:
    """Yield who is left out, by household."""
    words = {}
    for lang in ("zh-CN", "en"):
        token = language.set(lang)
        try:
            part = text(left)
            words[lang] = f"{part.what}{':' if lang == 'zh-CN' else ': '}{part.todo}"
        finally:
            language.reset(token)
    for household_id, dues in _by_household(assignment.dues[left.visit_id]).items():
        people = tuple(due.client_id for due in dues)
        yield Unplanned(household_id, people, left.reason, words["zh-CN"], words["en"])
