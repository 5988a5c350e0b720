"""Periods: what may be asked for, and what is named instead of an overflow."""

from __future__ import annotations

import pytest

from fieldmap.errors import InputError
from fieldmap.periods import Period


@pytest.mark.parametrize(
    "text", ["9999-12", "9999", "9999-Q4", "0001-01", "2026-01-01..9999-12-31", "1999-12-31..2026-01-01"]
)
def test_a_period_at_the_ends_of_the_calendar_is_named(text: str) -> None:
    """Before 2000 and after 2100 nothing can be asked for: the day after the last could not be told."""
    with pytest.raises(InputError) as found:
        Period.parse(text)
    assert found.value.code == "period.years"
    assert "2000" in str(found.value)


@pytest.mark.parametrize(("text", "months"), [("2000-01", 1), ("2100-Q4", 3), ("2100", 12)])
def test_the_first_and_the_last_that_may_be_asked_for(text: str, months: int) -> None:
    """January 2000 and the year 2100 are periods like any other, with their months and the day after."""
    period = Period.parse(text)
    assert len(period.months) == months
    assert period.next_start > period.end
