"""Making a plan, as a task of the work process, and what its page shows."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime

from fieldmap.access import covers
from fieldmap.models import Actor, Division, Snapshot
from fieldmap.plans import DayPlan
from fieldmap.rulebook import rules_in_force
from fieldmap.rules import RuleSet
from fieldmap.schedule import Due, due, to_visit
from fieldmap.settings import Settings
from fieldmap.store import Store
from routing.dispatch import Order, assign, day_plan, doors
from routing.duty import STAFF
from routing.sources import travel_for
from routing.week import week_plans
from web.i18n import N_
from web.work import Report

__all__ = [
    "STEPS",
    "WEEK_STEPS",
    "Crew",
    "LeftAtHome",
    "crew",
    "make_plan",
    "make_week",
    "not_in_plan",
    "towns",
]

STEPS = (
    N_("读取县库"),
    N_("打开路网"),
    N_("量路程"),
    N_("准备搜索(头一次约一分钟)"),
    N_("排路线"),
    N_("核对并保存"),
)
"""What :func:`make_plan` says of itself, in this order."""

WEEK_STEPS = (
    N_("读取县库"),
    N_("打开路网"),
    N_("排第 1 天"),
    N_("排第 2 天"),
    N_("排第 3 天"),
    N_("排第 4 天"),
    N_("排第 5 天"),
)
"""What :func:`make_week` says of itself, in this order."""

_TOWNSHIP = 3
_SEARCH_AT = 0.2
_WEEK_AT = 0.1


def make_plan(report: Report, settings: Settings, order: Order, created_by: str) -> DayPlan:
    """Plan a day in the work process; nothing is kept.

    Raises
    ------
    FieldmapError
        The store, the roads or the planner refuse.
    """
    reading, roads, measuring, loading, searching, checking = STEPS
    report(reading, 0.0)
    snapshot, rules, now = _read(settings)
    report(roads, 0.05)
    travel = travel_for(settings, doors(snapshot, order))
    report(measuring, 0.1)
    assignment = assign(snapshot, rules, order, travel, settings)
    report(loading, 0.15)

    def told(share: float) -> None:
        report(searching if share < 1 else checking, _SEARCH_AT + (1 - _SEARCH_AT) * share)

    return day_plan(assignment, snapshot, order, travel, created_by=created_by, at=now, report=told)


def make_week(report: Report, settings: Settings, order: Order, created_by: str) -> tuple[DayPlan, ...]:
    """Plan the working days from an order's day on in the work process; nothing is kept.

    Raises
    ------
    FieldmapError
        The store, the roads or the planner refuse.
    """
    reading, roads, *days = WEEK_STEPS
    report(reading, 0.0)
    snapshot, rules, now = _read(settings)
    report(roads, 0.05)
    travel = travel_for(settings, doors(snapshot, order))
    report(days[0], _WEEK_AT)

    def told(number: int, share: float) -> None:
        report(days[number], _WEEK_AT + (1 - _WEEK_AT) * (number + share) / len(days))

    return week_plans(snapshot, rules, order, travel, settings, created_by=created_by, at=now, report=told)


def _read(settings: Settings) -> tuple[Snapshot, RuleSet, datetime]:
    store = Store.open(settings.db, settings.key)
    try:
        return store.snapshot(), rules_in_force(store), store.clock()
    finally:
        store.close()


def towns(view: Snapshot) -> list[Division]:
    """Return the townships a head may plan for."""
    return [d for code, d in sorted(view.divisions.items()) if d.level == _TOWNSHIP]


@dataclass(frozen=True, slots=True)
class Crew:
    """Who may be sent on a day.

    Attributes
    ----------
    staff
        The station's own people, chosen to begin with.
    others
        Village contacts, grid workers, volunteers.
    off
        Staff on leave or office duty: shown, not to be chosen.
    """

    staff: tuple[Actor, ...]
    others: tuple[Actor, ...]
    off: tuple[Actor, ...]


def crew(view: Snapshot, division_codes: Iterable[str], day: date) -> Crew:
    """Return who may be sent from some townships on a day, by id."""
    codes = tuple(division_codes)
    there = [a for a in view.actors.values() if any(covers(code, a.division_code) for code in codes)]
    there.sort(key=lambda a: a.id)
    on_duty = [a for a in there if day not in a.off_days]
    return Crew(
        staff=tuple(a for a in on_duty if a.role in STAFF),
        others=tuple(a for a in on_duty if a.role not in STAFF),
        off=tuple(a for a in there if a.role in STAFF and day in a.off_days),
    )


@dataclass(frozen=True, slots=True)
class LeftAtHome:
    """A door that is due and neither on a route nor in the list of those left out."""

    household_id: str
    dues: tuple[Due, ...]


def not_in_plan(view: Snapshot, rules: RuleSet, plan: DayPlan) -> list[LeftAtHome]:
    """Return the doors that are due on the plan's day and that the plan does not know.

    The head took them out, or they became due after it was made.
    """
    known = {stop.household_id for route in plan.routes for stop in route.stops}
    known |= {left.household_id for left in plan.unplanned}
    doors: dict[str, list[Due]] = {}
    for item in to_visit(due(view, rules, plan.day)):
        if item.household_id not in known and covers(
            plan.division_code, view.households[item.household_id].division_code
        ):
            doors.setdefault(item.household_id, []).append(item)
    return [LeftAtHome(key, tuple(dues)) for key, dues in doors.items()]
