"""Trends: the same measures month by month, and none from before anybody wrote anything down."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

from fieldmap.coverage import measures
from fieldmap.models import Visit
from fieldmap.parts import Narrow
from fieldmap.periods import Period
from fieldmap.rules import load
from fieldmap.trends import trend
from tests.fieldmap.ten import GRID_1, TEN, TODAY, visit, with_visits

RULES = load()
MARCH = Period.month(TODAY)


def months(visits: tuple[Visit, ...] | None = None, **narrow: str) -> list[str]:
    """Return the trend of the ten as text."""
    snapshot = TEN if visits is None else replace(TEN, visits=visits)
    found = trend(snapshot, RULES, MARCH, TODAY, narrow=Narrow(**narrow))
    return [f"{month.period} {month.figures.contact_rate}" for month in found]


def test_months_oldest_first_from_the_first_visit() -> None:
    """The record begins in February, when E was not in hospital yet: 5/8, then the page's 3/7."""
    assert months() == ["2026-02 5/8 = 62.5 %", "2026-03 3/7 = 42.9 %"]


def test_each_month_is_what_its_own_page_says() -> None:
    """A month of the trend is the month's total, narrowed alike."""
    visits = (visit("A", date(2025, 6, 3)), *TEN.visits)
    found = trend(replace(TEN, visits=visits), RULES, MARCH, TODAY, narrow=Narrow(grid=GRID_1))
    assert len(found) == 10
    for month in found:
        page = measures(replace(TEN, visits=visits), RULES, month.period, TODAY, narrow=Narrow(grid=GRID_1))
        assert month.figures == page.total


def test_twelve_months_at_most() -> None:
    """A long record gives twelve months; fewer where fewer are asked for."""
    old = with_visits(visit("A", date(2023, 6, 3)))
    assert len(trend(old, RULES, MARCH, TODAY)) == 12
    assert [str(m.period) for m in trend(old, RULES, MARCH, TODAY, months=2)] == ["2026-02", "2026-03"]


def test_a_ledgers_last_contact_is_no_record() -> None:
    """A contact without a visitor does not lengthen the trend; without visits the month stands alone."""
    named = replace(visit("B", date(2025, 9, 9)), actor_ids=())
    assert months((named, *TEN.visits)) == months()
    assert months(()) == ["2026-03 0/7 = 0.0 %"]


def test_a_quarter_ends_with_its_last_month() -> None:
    """Asked for a quarter, the trend ends with the quarter's last month."""
    found = trend(TEN, RULES, Period.quarter(TODAY), TODAY)
    assert found[-1].period == MARCH
