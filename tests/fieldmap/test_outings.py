"""Who is out too long, told to the minute."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import pytest

from fieldmap.incoming import Outing, OutingStep, OutingWhat, outing_of
from fieldmap.outings import overdue

DAY = date(2026, 3, 20)
OUT = datetime(2026, 3, 20, 1, 0, tzinfo=UTC)
BACK = OUT + timedelta(hours=2)
MORNING = Outing("o1", "w1", DAY, OUT, BACK)


@pytest.mark.parametrize(
    ("minute", "late"), [(-10, []), (0, []), (29, []), (30, [30]), (95, [95])], ids=lambda v: str(v)
)
def test_a_return_is_overdue_from_the_minute_that_is_set(minute: int, late: list[int]) -> None:
    """With half an hour of patience nobody is alarmed after 29 minutes, and somebody after 30."""
    found = overdue([MORNING], BACK + timedelta(minutes=minute, seconds=30), 30)
    assert [one.late_minutes for one in found] == late


def test_who_is_back_is_not_overdue() -> None:
    """However late it was."""
    back = replace(MORNING, back_at=BACK + timedelta(hours=3))
    assert overdue([back], BACK + timedelta(hours=4), 30) == ()


def test_the_latest_comes_first() -> None:
    """Who has been missing longest is called first; equals keep the order of their ids."""
    later = replace(MORNING, id="o2", expected_back=BACK + timedelta(minutes=20))
    same = replace(MORNING, id="o0")
    found = overdue([later, MORNING, same], BACK + timedelta(hours=1), 30)
    assert [(one.outing.id, one.late_minutes) for one in found] == [("o0", 60), ("o1", 60), ("o2", 40)]


def test_a_later_return_gives_more_time() -> None:
    """Once she, or the desk after a call, has said 30 minutes more, the count begins there."""
    steps = [
        OutingStep("a", "o1", "w1", OutingWhat.OUT, OUT, "worker", BACK),
        OutingStep("b", "o1", "w1", OutingWhat.LATER, BACK, "head", BACK + timedelta(minutes=30), "called"),
    ]
    assert overdue([outing_of(steps, DAY)], BACK + timedelta(minutes=59), 30) == ()
    assert len(overdue([outing_of(steps, DAY)], BACK + timedelta(minutes=60), 30)) == 1
