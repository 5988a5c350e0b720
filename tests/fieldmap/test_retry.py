"""Nobody opened: later today, tomorrow, then somebody is told."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import pytest

from fieldmap.models import Channel, Domain, Outcome, Society, Visit
from fieldmap.retry import LADDER, NextTry, next_try, tries_of

TODAY = date(2026, 3, 20)
MORNING = datetime(2026, 3, 20, 1, 0, tzinfo=UTC)  # nine in China
NOBODY = Visit(
    "v1", "h1", ("a",), TODAY, Channel.DOOR, Outcome.NOBODY, Domain.ELDERLY, (Society.SOCIAL_WORKER,)
)


def visit(days_ago: int, outcome: Outcome = Outcome.NOBODY) -> Visit:
    """Return a visit some days ago."""
    return replace(NOBODY, id=f"v-{days_ago}", day=TODAY - timedelta(days=days_ago), outcome=outcome)


@pytest.mark.parametrize(
    ("tries", "now", "what"),
    [
        (1, MORNING, NextTry.LATER_TODAY),
        (1, datetime(2026, 3, 20, 7, 30, tzinfo=UTC), NextTry.LATER_TODAY),  # half past five is the latest
        (1, datetime(2026, 3, 20, 7, 31, tzinfo=UTC), NextTry.TOMORROW),
        (1, datetime(2026, 3, 20, 15, 30, tzinfo=UTC), NextTry.TOMORROW),  # two hours later is tomorrow
        (2, MORNING, NextTry.TOMORROW),
        (3, MORNING, NextTry.TELL),
        (7, MORNING, NextTry.TELL),
    ],
)
def test_the_ladder_goes_up_with_every_try(tries: int, now: datetime, what: NextTry) -> None:
    """Two hours later while it is still day, then the next day, then the head is told."""
    assert next_try(tries, now).what is what


def test_a_step_says_when() -> None:
    """Later is two hours from now; tomorrow begins at midnight in China; telling is at once."""
    assert next_try(1, MORNING).at == datetime(2026, 3, 20, 3, 0, tzinfo=UTC)
    assert next_try(2, MORNING).at == datetime(2026, 3, 20, 16, 0, tzinfo=UTC)
    assert next_try(3, MORNING).at is None


def test_a_county_can_have_another_ladder() -> None:
    """Hours and number of tries are values."""
    patient = replace(LADDER, tries=5, again_h=4)
    assert next_try(3, MORNING, patient).what is NextTry.TOMORROW
    assert next_try(1, MORNING, patient).at == datetime(2026, 3, 20, 5, 0, tzinfo=UTC)


def test_tries_count_from_the_last_time_somebody_was_reached() -> None:
    """What was before a contact, and longer ago than the window, does not count."""
    assert [v.id for v in tries_of([visit(3), visit(1)], TODAY)] == ["v-3", "v-1"]
    assert [v.id for v in tries_of([visit(5), visit(4, Outcome.SEEN), visit(2)], TODAY)] == ["v-2"]
    assert [v.id for v in tries_of([visit(31), visit(30)], TODAY)] == ["v-30"]
    assert tries_of([visit(2), visit(1, Outcome.HOSPITAL)], TODAY) == ()
