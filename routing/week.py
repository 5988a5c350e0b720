"""A week of day plans: each working day takes what the days before left over."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import date, datetime, timedelta

from fieldmap.errors import InputError
from fieldmap.models import Snapshot
from fieldmap.plans import DayPlan
from fieldmap.rules import RuleSet
from fieldmap.settings import Settings
from routing.dispatch import Order, assign, day_plan, on_duty
from routing.travel import Travel

__all__ = ["WEEK_DAYS", "week_plans", "working_days"]

WEEK_DAYS = 5
"""How many working days a week has."""


def working_days(first: date) -> tuple[date, ...]:
    """Return the five working days from a day on; a weekend is passed over.

    Public holidays are the station's own: nobody is on duty then.

    >>> [day.isoformat() for day in working_days(date(2026, 3, 20))]
    ['2026-03-20', '2026-03-23', '2026-03-24', '2026-03-25', '2026-03-26']
    """
    days = (first + timedelta(days=n) for n in range(WEEK_DAYS + 4))
    return tuple(day for day in days if day.weekday() < WEEK_DAYS)[:WEEK_DAYS]


def week_plans(
    snapshot: Snapshot,
    rules: RuleSet,
    order: Order,
    travel: Travel,
    settings: Settings,
    *,
    created_by: str,
    at: datetime,
    report: Callable[[int, float], None] | None = None,
) -> tuple[DayPlan, ...]:
    """Plan the working days from the day of an order on, as drafts; nothing is kept.

    Who is on a route or has a call of one day is in no plan of a later one;
    who is left over, or becomes due in between, is. A day without anybody on
    duty, or with nobody due, has no plan.

    Parameters
    ----------
    order
        Of the first day; its budget is each day's. Who goes, goes on every
        day on which she is on duty.
    report
        Told the number of the day, from 0, and how far its search is.

    Returns
    -------
    tuple[DayPlan, ...]
        One for each day, in order; who is left over in the end is in the
        list of the last one.

    Raises
    ------
    InputError
        ``plan.nobody``: none of those who go is on duty on any day.
    PlanError
        A plan breaks a rule.
    """
    made: list[DayPlan] = []
    anybody = False
    for number, day in enumerate(working_days(order.day)):
        asked = _on(day, order, snapshot)
        if not on_duty(snapshot, asked):
            continue
        anybody = True
        assignment = assign(snapshot, rules, asked, travel, settings)
        if not assignment.dues:
            continue
        told = None if report is None else _of_day(report, number)
        kept = day_plan(assignment, snapshot, asked, travel, created_by=created_by, at=at, report=told)
        snapshot = _without(snapshot, kept)
        made.append(kept)
    if not anybody:
        raise InputError("plan.nobody")
    return tuple(made)


def _on(day: date, order: Order, snapshot: Snapshot) -> Order:
    """Return the order of one day: without whoever has leave."""
    if order.actor_ids is None:
        return replace(order, day=day)
    off = {actor.id for actor in snapshot.actors.values() if day in actor.off_days}
    return replace(order, day=day, actor_ids=tuple(i for i in order.actor_ids if i not in off))


def _of_day(report: Callable[[int, float], None], number: int) -> Callable[[float], None]:
    return lambda share: report(number, share)


def _without(snapshot: Snapshot, plan: DayPlan) -> Snapshot:
    """Return the record without those whom a plan reaches: a member of a household left over stays."""
    reached = {client for route in plan.routes for stop in route.stops for client in stop.client_ids}
    return replace(snapshot, clients={key: c for key, c in snapshot.clients.items() if key not in reached})
