"""From the county file to a kept plan: due → problem → plan → check → save.

The only module of this package that knows the store. What a visit is like
(how long, when, who may go) is decided here, from the people who are due at
one door; members of one household who are due are one stop.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from uuid import uuid4

from fieldmap.access import covers
from fieldmap.errors import InputError, PlanError, language
from fieldmap.models import (
    Actor,
    Channel,
    Client,
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
from routing.crews import Crew, Seat, crews_for
from routing.day import plan
from routing.explain import text
from routing.models import Lunch, Problem, Visit, Window, Worker
from routing.params import Budget, Params
from routing.results import LeftOut, Plan
from routing.travel import Travel

__all__ = ["STAFF", "Assignment", "Order", "assign", "on_duty", "plan_day"]

STAFF = (Role.SOCIAL_WORKER, Role.SUPERVISOR)
"""Who is sent on routes; the others visit their own village from a list."""

_MINUTE, _HOUR = 60, 3600
FIRST_PERSON_S = 20 * _MINUTE
FURTHER_PERSON_S = 10 * _MINUTE
CHILD_EXTRA_S = 10 * _MINUTE
NEVER_MET_EXTRA_S = 10 * _MINUTE
# domain.md §7.1: not in the noon rest
DOORS_OPEN: tuple[Window, ...] = (
    (8 * _HOUR + 30 * _MINUTE, 11 * _HOUR + 30 * _MINUTE),
    (14 * _HOUR, 17 * _HOUR),
)
# domain.md §7.4: a child at school is met after it; §7.1: summer holidays
AFTER_SCHOOL: tuple[Window, ...] = ((16 * _HOUR + 10 * _MINUTE, 18 * _HOUR),)
_SCHOOL_AGE, _GROWN = 6, 18
_HOLIDAY_MONTHS = (7, 8)
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
    the rows of the travel tables.
    """

    problem: Problem
    positions: tuple[Position, ...]
    dues: Mapping[str, tuple[Due, ...]]


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
    snapshot: Snapshot, rules: RuleSet, order: Order, travel: Travel, settings: Settings
) -> Assignment:
    """Turn who is due into a planning problem.

    Parameters
    ----------
    snapshot
        The county's facts.
    travel
        Roads, or a straight line that says so.

    Returns
    -------
    Assignment
        One visit per household with somebody due today; households without
        coordinates are in it, without a place.
    """
    doors = _due_by_household(snapshot, rules, order)
    places = _Places()
    workers = [_worker(a, snapshot, order, places, settings) for a in on_duty(snapshot, order)]
    duty = {worker.id for worker in workers}
    visits = tuple(
        _visit(snapshot, household_id, dues, order.day, places, duty) for household_id, dues in doors.items()
    )
    modes = sorted({worker.mode for worker in workers}) or [TravelMode.WALK]
    tables = {mode: travel.table(mode, places.found) for mode in modes}
    problem = Problem(visits, tuple(workers), tables, snap_limit_m=settings.snap_limit_m)
    return Assignment(problem, tuple(places.found), doors)


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
    made = plan(assignment.problem, order.budget, order.seed, order.params)
    broken = violations(assignment.problem, made)
    if broken:
        raise PlanError("plan.broken", "; ".join(str(v) for v in broken))
    kept = _day_plan(assignment, made, order, travel, created_by, store)
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


def _visit(
    snapshot: Snapshot, household_id: str, dues: Sequence[Due], day: date, places: _Places, duty: set[str]
) -> Visit:
    household = snapshot.households[household_id]
    people = [snapshot.clients[d.client_id] for d in dues]
    child = any(_is_child(c, day) for c in people)
    own = [r.actor_id for c in people if (r := snapshot.responsibilities.get(c.id))]
    return Visit(
        id=household_id,
        location=places.row(household.door or household.entry),
        service_s=FIRST_PERSON_S
        + FURTHER_PERSON_S * (len(people) - 1)
        + CHILD_EXTRA_S * child
        + NEVER_MET_EXTRA_S * any(d.last_in_person is None for d in dues),
        client_ids=tuple(c.id for c in people),
        windows=_windows(people, day),
        mandatory=any(d.mandatory for d in dues),
        urgency=max(d.urgency for d in dues),
        crews=_crews(dues),
        preferred_worker=next((a for a in own if a in duty), None),
        causes=tuple(dict.fromkeys(rule for d in dues for rule in d.rule_ids)),
    )


def _age(client: Client, day: date) -> int | None:
    born = client.birth_date
    return None if born is None else day.year - born.year - ((day.month, day.day) < (born.month, born.day))


def _is_child(client: Client, day: date) -> bool:
    age = _age(client, day)
    return age is not None and age < _GROWN


def _windows(people: Iterable[Client], day: date) -> tuple[Window, ...]:
    """Return when the door opens: after school where a pupil is due on a school day."""
    school_day = day.weekday() < 5 and day.month not in _HOLIDAY_MONTHS
    ages = [age for c in people if (age := _age(c, day)) is not None]
    pupil = any(_SCHOOL_AGE <= age < _GROWN for age in ages)
    return AFTER_SCHOOL if school_day and pupil else DOORS_OPEN


def _crews(dues: Sequence[Due]) -> tuple[Crew, ...]:
    """Return who may go to a door where several people are due: the strictest of their rules."""
    roles = [frozenset(d.roles) for d in dues if d.roles]
    common = frozenset.intersection(*roles) if roles else frozenset()
    lead = Seat(roles=common or (roles[0] if roles else frozenset()))
    companions = {d.companion for d in dues if d.companion is not None}
    # two of different sex living at one door are not alone with a visitor of either
    companion = companions.pop() if len(companions) == 1 else None
    if any(d.pair_required for d in dues):
        same_sex = companion if any(d.restricted for d in dues) else None
        return crews_for(2, lead, same_sex)
    return crews_for(1, lead, companion, or_pair=True)


def _day_plan(
    assignment: Assignment, made: Plan, order: Order, travel: Travel, created_by: str, store: Store
) -> DayPlan:
    snapshot = store.snapshot()
    routes = tuple(
        _route(assignment, made, number, travel, snapshot.actors) for number in range(len(made.routes))
    )
    return DayPlan(
        id=str(uuid4()),
        day=order.day,
        division_code=order.division_code,
        state=PlanState.DRAFT,
        created_at=store.clock(),
        created_by=created_by,
        engine=made.engine,
        travel_source=made.travel_source,
        seed=order.seed,
        routes=routes,
        unplanned=tuple(_unplanned(assignment, left) for left in made.left_out),
    )


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
    visit = assignment.problem.visit_by_id[left.visit_id]
    words = {}
    for lang in ("zh-CN", "en"):
        token = language.set(lang)
        try:
            part = text(left)
            words[lang] = f"{part.what}{':' if lang == 'zh-CN' else ': '}{part.todo}"
        finally:
            language.reset(token)
    return Unplanned(visit.id, visit.client_ids, left.reason, words["zh-CN"], words["en"])
