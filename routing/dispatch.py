"""From the county file to a kept plan: due → problem → plan → check → save.

The only module of this package that knows the store. Members of one household
who are due are one stop; what it is like says :mod:`routing.doorstep`.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from uuid import uuid4

from fieldmap.access import covers
from fieldmap.errors import InputError, PlanError, language
from fieldmap.models import (
    Actor,
    Channel,
    Household,
    Position,
    Role,
    SiteFunction,
    Snapshot,
    TravelMode,
)
from fieldmap.plans import DayPlan, PlannedRoute, PlannedStop, PlanState, Unplanned
from fieldmap.rules import RuleSet
from fieldmap.schedule import Due, due, to_visit
from fieldmap.settings import Settings
from fieldmap.store import Store
from routing.check import violations
from routing.day import plan
from routing.doorstep import visit_at
from routing.explain import text
from routing.models import Lunch, Problem, Worker
from routing.params import Budget, Params
from routing.results import LeftOut, Plan
from routing.travel import Travel

__all__ = [
    "MOST_DOORS",
    "STAFF",
    "Assignment",
    "Order",
    "assign",
    "day_plan",
    "doors",
    "on_duty",
    "plan_day",
]

STAFF = (Role.SOCIAL_WORKER, Role.SUPERVISOR)
"""Who is sent on routes; the others visit their own village from a list."""

MOST_DOORS = 1000
"""Of the doors that are due, how many a day's problem takes: ten times what a station's staff can visit."""

_MINUTE, _HOUR = 60, 3600
LUNCH = Lunch(11 * _HOUR + 30 * _MINUTE, 14 * _HOUR, _HOUR)


@dataclass(frozen=True, slots=True)
class Order:
    """What the head asks for.

    Attributes
    ----------
    division_code
        The station's township: whose clients, whose staff.
    actor_ids
        Who goes today; None is all staff on duty.
    without
        Households to leave for another day.
    only
        Households to choose from; None is everybody due.
    """

    day: date
    division_code: str
    actor_ids: tuple[str, ...] | None = None
    without: frozenset[str] = frozenset()
    only: frozenset[str] | None = None
    budget: Budget = field(default_factory=Budget)
    seed: int = 0
    params: Params = field(default_factory=Params)


@dataclass(frozen=True, slots=True)
class Assignment:
    """A planning problem and what its ids stand for.

    Visits carry the household's id, workers the actor's; ``positions`` are
    the rows of the travel tables; ``rest`` are the doors that are due and not
    in the problem.
    """

    problem: Problem
    positions: tuple[Position, ...]
    dues: Mapping[str, tuple[Due, ...]]
    rest: tuple[LeftOut, ...] = ()


def doors(snapshot: Snapshot, order: Order) -> list[Position]:
    """Return where the households of the township are: what its roads must cover."""
    there = (h for h in snapshot.households.values() if covers(order.division_code, h.division_code))
    return [place for h in there if (place := _place(h))]


def on_duty(snapshot: Snapshot, order: Order) -> list[Actor]:
    """Return who goes: the station's staff that day, or those the head named.

    Raises
    ------
    InputError
        The head named somebody who is not there or not on duty.
    """
    there = [a for a in snapshot.actors.values() if covers(order.division_code, a.division_code)]
    if order.actor_ids is None:
        staff = (a for a in there if a.role in STAFF and order.day not in a.off_days)
        return sorted(staff, key=lambda a: a.id)
    known = {a.id: a for a in there if order.day not in a.off_days}
    wrong = [i for i in order.actor_ids if i not in known]
    if wrong:
        raise InputError("dispatch.not-on-duty", ", ".join(wrong), day=order.day.isoformat())
    return [known[i] for i in sorted(set(order.actor_ids))]


def assign(
    snapshot: Snapshot,
    rules: RuleSet,
    order: Order,
    travel: Travel,
    settings: Settings,
    *,
    most: int = MOST_DOORS,
) -> Assignment:
    """Turn who is due into a planning problem.

    Parameters
    ----------
    snapshot
        The county's facts.
    travel
        Roads, or a straight line that says so.
    most
        How many doors to take: those with a place, of these the mandatory
        ones, of these the most urgent.

    Returns
    -------
    Assignment
        One visit per household with somebody due today; households without
        coordinates are in it, without a place.
    """
    dues = _due_by_household(snapshot, rules, order)
    rest = _rest(snapshot, dues, most)
    late = {left.visit_id for left in rest}
    places = _Places()
    workers = [_worker(a, snapshot, order, places, settings) for a in on_duty(snapshot, order)]
    duty = {worker.id for worker in workers}
    visits = tuple(
        visit_at(
            snapshot.households[key], found, snapshot, places.row(_place(snapshot.households[key])), duty
        )
        for key, found in dues.items()
        if key not in late
    )
    modes = sorted({worker.mode for worker in workers}) or [TravelMode.WALK]
    tables = {mode: travel.table(mode, places.found) for mode in modes}
    problem = Problem(visits, tuple(workers), tables, snap_limit_m=settings.snap_limit_m)
    return Assignment(problem, tuple(places.found), dues, rest)


def day_plan(
    assignment: Assignment,
    snapshot: Snapshot,
    order: Order,
    travel: Travel,
    *,
    created_by: str,
    at: datetime,
    report: Callable[[float], None] | None = None,
) -> DayPlan:
    """Plan an assigned day as a draft; nothing is kept.

    Parameters
    ----------
    travel
        What the assignment was measured with: gives the routes their shapes.
    at
        When it is made.
    report
        Told how far the search is; see :func:`routing.day.plan`.

    Raises
    ------
    PlanError
        The plan breaks a rule.
    """
    made = plan(assignment.problem, order.budget, order.seed, order.params, report=report)
    broken = violations(assignment.problem, made)
    if broken:
        raise PlanError("plan.broken", "; ".join(str(v) for v in broken))
    routes = range(len(made.routes))
    return DayPlan(
        id=str(uuid4()),
        day=order.day,
        division_code=order.division_code,
        state=PlanState.DRAFT,
        created_at=at,
        created_by=created_by,
        engine=made.engine,
        travel_source=made.travel_source,
        seed=order.seed,
        routes=tuple(_route(assignment, made, number, travel, snapshot.actors) for number in routes),
        unplanned=tuple(_unplanned(assignment, left) for left in (*made.left_out, *assignment.rest)),
    )


def plan_day(
    store: Store, rules: RuleSet, order: Order, travel: Travel, settings: Settings, *, created_by: str
) -> DayPlan:
    """Plan a station's day and keep it as a draft.

    Raises
    ------
    PlanError
        The plan breaks a rule: it is not kept.
    """
    snapshot = store.snapshot()
    assignment = assign(snapshot, rules, order, travel, settings)
    kept = day_plan(assignment, snapshot, order, travel, created_by=created_by, at=store.clock())
    store.plans.save(kept)
    return kept


class _Places:
    """The rows of the travel tables, each position once."""

    def __init__(self) -> None:
        self.found: list[Position] = []
        self._row: dict[Position, int] = {}

    def row(self, position: Position | None) -> int | None:
        if position is None:
            return None
        if position not in self._row:
            self._row[position] = len(self.found)
            self.found.append(position)
        return self._row[position]


def _place(household: Household) -> Position | None:
    return household.door or household.entry


def _due_by_household(snapshot: Snapshot, rules: RuleSet, order: Order) -> dict[str, tuple[Due, ...]]:
    doors: dict[str, list[Due]] = {}
    for item in to_visit(due(snapshot, rules, order.day)):
        household = snapshot.households[item.household_id]
        wanted = order.only is None or household.id in order.only
        if (
            wanted
            and household.id not in order.without
            and covers(order.division_code, household.division_code)
        ):
            doors.setdefault(household.id, []).append(item)
    urgency = {key: max(d.urgency for d in dues) for key, dues in doors.items()}
    first = sorted(doors, key=lambda key: (-urgency[key], snapshot.households[key].address, key))
    return {key: tuple(doors[key]) for key in first}


def _rest(snapshot: Snapshot, dues: Mapping[str, Sequence[Due]], most: int) -> tuple[LeftOut, ...]:
    """Return the doors beyond `most`, with the reason; `dues` is sorted by urgency."""
    if len(dues) <= most:
        return ()
    nowhere = {key for key in dues if _place(snapshot.households[key]) is None}
    last = sorted(dues, key=lambda key: (key in nowhere, not any(d.mandatory for d in dues[key])))[most:]
    return tuple(
        LeftOut(key, "no_coordinates") if key in nowhere else LeftOut(key, "not_today", {"most": most})
        for key in last
    )


def _worker(actor: Actor, snapshot: Snapshot, order: Order, places: _Places, settings: Settings) -> Worker:
    begin, end = (t.hour * _HOUR + t.minute * _MINUTE for t in actor.hours)
    base = places.row(actor.home if actor.starts_at_home else _station(snapshot, order.division_code))
    return Worker(
        id=actor.id,
        start=base,
        end=base,
        sex=actor.sex,
        role=actor.role,
        skills=frozenset(actor.skills),
        certificates=frozenset({actor.certificate} - {""}),
        hours=(begin, end),
        lunch=LUNCH if begin < LUNCH.from_s and end > LUNCH.to_s else None,
        mode=actor.travel_mode,
        slack_s=round((end - begin) * settings.slack_share),
    )


def _station(snapshot: Snapshot, division_code: str) -> Position | None:
    stations = [
        s
        for s in snapshot.sites.values()
        if SiteFunction.STATION in s.functions and covers(division_code, s.division_code) and s.position
    ]
    return min(stations, key=lambda s: s.id).position if stations else None


def _route(
    assignment: Assignment, made: Plan, number: int, travel: Travel, actors: Mapping[str, Actor]
) -> PlannedRoute:
    route = made.routes[number]
    worker = assignment.problem.worker_by_id[route.worker_id]
    visits = assignment.problem.visit_by_id
    rows = [worker.start, *(visits[s.visit_id].location for s in route.stops), worker.end]
    way = [assignment.positions[r] for r in rows if r is not None] if route.stops else []
    return PlannedRoute(
        id=str(uuid4()),
        actor_id=route.worker_id,
        mode=actors[route.worker_id].travel_mode,
        distance_m=route.travel_m,
        travel_s=route.travel_s,
        start_s=route.depart,
        end_s=route.arrive,
        shape=travel.shape(worker.mode, way) if len(way) > 1 else (),
        stops=tuple(
            PlannedStop(
                id=str(uuid4()),
                seq=seq,
                household_id=stop.visit_id,
                client_ids=visits[stop.visit_id].client_ids,
                partner_ids=tuple(w for w in stop.worker_ids if w != route.worker_id),
                channel=Channel.DOOR,
                arrive_s=stop.arrive,
                start_s=stop.start,
                depart_s=stop.depart,
                travel_s=stop.travel_s,
                travel_m=stop.travel_m,
                reason_zh=_reason(assignment.dues[stop.visit_id], "zh-CN"),
                reason_en=_reason(assignment.dues[stop.visit_id], "en"),
            )
            for seq, stop in enumerate(route.stops, start=1)
        ),
    )


def _reason(dues: Sequence[Due], lang: str) -> str:
    """Return why today, with dates only; several people of one house say it once each."""
    return " ".join(dict.fromkeys(d.public_reason(lang) for d in dues))


def _unplanned(assignment: Assignment, left: LeftOut) -> Unplanned:
    words = {}
    for lang in ("zh-CN", "en"):
        token = language.set(lang)
        try:
            part = text(left)
            words[lang] = f"{part.what}{':' if lang == 'zh-CN' else ': '}{part.todo}"
        finally:
            language.reset(token)
    people = tuple(due.client_id for due in assignment.dues[left.visit_id])
    return Unplanned(left.visit_id, people, left.reason, words["zh-CN"], words["en"])
