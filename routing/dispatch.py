"""From the county file to a kept plan: due → problem → plan → check → save.

The only module of this package that knows the store. Members of one household
who are due are one stop; what it is like says :mod:`routing.doorstep`.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime

from fieldmap.access import covers
from fieldmap.errors import InputError, PlanError
from fieldmap.models import (
    Actor,
    Position,
    Snapshot,
    TravelMode,
)
from fieldmap.plans import DayPlan
from fieldmap.rules import RuleSet
from fieldmap.schedule import Due, due, to_visit
from fieldmap.settings import Settings
from fieldmap.store import Store
from routing.check import violations
from routing.day import plan
from routing.draft import Assignment, drafted
from routing.duty import STAFF, base_of, worker_of
from routing.errands import errands
from routing.models import Problem
from routing.params import Budget, Params
from routing.results import LeftOut
from routing.travel import Travel

__all__ = [
    "MOST_DOORS",
    "Assignment",
    "Order",
    "assign",
    "day_plan",
    "doors",
    "on_duty",
    "plan_day",
]

MOST_DOORS = 1000
"""Of the doors that are due, how many a day's problem takes: ten times what a station's staff can visit."""


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
    calls
        Whether those whom a call reaches as well may be called.
    """

    day: date
    division_code: str
    actor_ids: tuple[str, ...] | None = None
    without: frozenset[str] = frozenset()
    only: frozenset[str] | None = None
    calls: bool = True
    budget: Budget = field(default_factory=Budget)
    seed: int = 0
    params: Params = field(default_factory=Params)


def doors(snapshot: Snapshot, order: Order) -> list[Position]:
    """Return where the households of the township are: what its roads must cover."""
    there = (h for h in snapshot.households.values() if covers(order.division_code, h.division_code))
    return [place for h in there if (place := h.place)]


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
        One visit per household with somebody due today, or per school with
        several pupils due; households without coordinates are in it, without
        a place. Who may be called is.
    """
    dues = _due_by_household(snapshot, rules, order)
    rest = _rest(snapshot, dues, most)
    late = {left.visit_id: dues[left.visit_id] for left in rest}
    places = _Places()
    workers = [
        worker_of(a, order.day, places.row(base_of(a, snapshot, order.division_code)), settings.slack_share)
        for a in on_duty(snapshot, order)
    ]
    today = {key: found for key, found in dues.items() if key not in late}
    found = errands(today, snapshot, places.row, [worker.id for worker in workers], calls=order.calls)
    visits = tuple(errand.visit for errand in found)
    modes = sorted({worker.mode for worker in workers}) or [TravelMode.WALK]
    tables = {mode: travel.table(mode, places.found) for mode in modes}
    problem = Problem(visits, tuple(workers), tables, snap_limit_m=settings.snap_limit_m)
    people = {errand.visit.id: errand.dues for errand in found} | late
    sites = {errand.visit.id: errand.site_id for errand in found if errand.site_id}
    return Assignment(problem, tuple(places.found), people, sites, rest)


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
        What the assignment was measured with: gives the routes their shapes
        and turns.
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
    return drafted(
        assignment,
        made,
        travel,
        snapshot,
        day=order.day,
        division_code=order.division_code,
        created_by=created_by,
        at=at,
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
    nowhere = {key for key in dues if snapshot.households[key].place is None}
    last = sorted(dues, key=lambda key: (key in nowhere, not any(d.mandatory for d in dues[key])))[most:]
    return tuple(
        LeftOut(key, "no_coordinates") if key in nowhere else LeftOut(key, "not_today", {"most": most})
        for key in last
    )
