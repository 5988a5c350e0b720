"""A week of day plans: each day takes what the days before left over."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, time
from itertools import pairwise

import pytest

from fieldmap.errors import InputError
from fieldmap.models import Snapshot
from fieldmap.plans import DayPlan, PlanState
from routing.dispatch import Order
from routing.params import Budget
from routing.week import week_plans, working_days
from tests.fieldmap.ten import TODAY, TOWN
from tests.routing.test_dispatch import BOOK, RULES, SETTINGS, TRAVEL, ZHOU

NOW = datetime(2026, 3, 20, 1, 0, tzinfo=UTC)
ORDER = Order(TODAY, TOWN, budget=Budget(0.3))
SHORT = replace(ZHOU, hours=(time(9), time(10, 30)))


def _week(book: Snapshot, order: Order = ORDER) -> tuple[DayPlan, ...]:
    return week_plans(book, RULES, order, TRAVEL, SETTINGS, created_by="head", at=NOW)


def _reached(plan: DayPlan) -> list[str]:
    return [client for route in plan.routes for stop in route.stops for client in stop.client_ids]


def _left(plan: DayPlan) -> set[str]:
    return {client for item in plan.unplanned for client in item.client_ids}


@pytest.fixture(scope="module")
def plans() -> tuple[DayPlan, ...]:
    """Return the week of the ten people."""
    return _week(BOOK)


def test_a_week_has_five_working_days() -> None:
    """From a Friday the weekend is passed over; from a Saturday it begins on Monday."""
    friday = [date(2026, 3, day) for day in (20, 23, 24, 25, 26)]
    assert list(working_days(date(2026, 3, 20))) == friday
    assert working_days(date(2026, 3, 21)) == (*friday[1:], date(2026, 3, 27))
    assert all(len(working_days(date(2026, 3, day))) == 5 for day in range(1, 31))


def test_nobody_is_planned_twice_and_who_is_left_goes_on() -> None:
    """With an hour and a half a day the doors spread over the week; who is left is in the next plan."""
    plans = _week(replace(BOOK, actors={"w1": SHORT}))
    reached = [client for plan in plans for client in _reached(plan)]
    assert len(reached) == len(set(reached))
    assert sum(bool(_reached(plan)) for plan in plans) > 1
    for before, after in pairwise(plans):
        assert _left(before) <= {*_reached(after), *_left(after)}
        assert _left(after).isdisjoint(reached)


def test_each_day_is_a_draft_of_its_own(plans: tuple[DayPlan, ...]) -> None:
    """The drafts lie on working days, in order, and none is published."""
    days = [plan.day for plan in plans]
    assert days == [day for day in working_days(TODAY) if day in days]
    assert {plan.state for plan in plans} == {PlanState.DRAFT}
    assert {plan.created_by for plan in plans} == {"head"}
    assert {client for plan in plans for client in _reached(plan)} >= {"B", "C", "D", "G"}


def test_a_selection_holds_for_every_day() -> None:
    """Only who was selected is planned, on whatever day, and only who is selected is left over."""
    plans = _week(BOOK, replace(ORDER, only=frozenset({"h-B", "h-F"})))
    assert {client for plan in plans for client in (*_reached(plan), *_left(plan))} == {"B", "F"}


def test_a_day_without_anybody_on_duty_has_no_plan() -> None:
    """Who has leave on a day goes on the others; with nobody on any day it is said."""
    week = frozenset(working_days(TODAY))
    away = replace(BOOK, actors={"w1": replace(SHORT, off_days=frozenset({TODAY}))})
    named = replace(ORDER, actor_ids=("w1",))
    assert TODAY not in {plan.day for plan in _week(away, named)}
    never = replace(BOOK, actors={"w1": replace(ZHOU, off_days=week)})
    for order in (ORDER, named):
        with pytest.raises(InputError) as refused:
            _week(never, order)
        assert refused.value.code == "plan.nobody"


def test_a_week_without_anybody_due_has_no_plan() -> None:
    """Where nobody in the selection is due there is no empty draft."""
    assert _week(BOOK, replace(ORDER, only=frozenset())) == ()


def test_how_far_it_is_is_told_by_the_day() -> None:
    """Every share comes with the number of its day, and the days come one after the other."""
    told: list[tuple[int, float]] = []
    week_plans(
        replace(BOOK, actors={"w1": SHORT}),
        RULES,
        ORDER,
        TRAVEL,
        SETTINGS,
        created_by="head",
        at=NOW,
        report=lambda day, share: told.append((day, share)),
    )
    assert [day for day, _ in told] == sorted(day for day, _ in told)
    assert {day for day, _ in told} <= set(range(5))
    assert all(0 <= share <= 1 for _, share in told)
