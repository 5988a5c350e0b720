"""Who is on duty: lunch where the day is long enough for it, and where the day begins."""

from __future__ import annotations

from dataclasses import replace
from datetime import time

import pytest

from fieldmap.models import Position
from routing.duty import LUNCH, base_of, worker_of
from tests.fieldmap.ten import TODAY, TOWN
from tests.routing.test_dispatch import BOOK, STATION, ZHOU


@pytest.mark.parametrize(
    ("hours", "eats"),
    [
        pytest.param((time(8, 30), time(17, 30)), True, id="a whole day"),
        pytest.param((time(8, 30), time(14)), True, id="until two"),
        pytest.param((time(12), time(20)), True, id="from twelve"),
        pytest.param((time(8, 30), time(12, 30)), False, id="a morning"),
        pytest.param((time(13), time(17)), False, id="an afternoon"),
        pytest.param((time(13, 30), time(20)), False, id="after lunch"),
        pytest.param((time(6), time(12)), False, id="before lunch"),
    ],
)
def test_who_works_longer_than_half_a_day_over_noon_has_lunch(hours: tuple[time, time], eats: bool) -> None:
    """An hour between half past eleven and two, where the hours leave room for it."""
    worker = worker_of(replace(ZHOU, hours=hours), TODAY, None, 0.2)
    assert worker.lunch == (LUNCH if eats else None)


def test_a_day_begins_at_home_or_at_the_station() -> None:
    """At home where it is said so and known, else at the station; nowhere without either."""
    home = Position(116.94, 33.31)
    at_home = replace(ZHOU, starts_at_home=True, home=home)
    assert base_of(at_home, BOOK, TOWN) == home
    assert base_of(replace(at_home, home=None), BOOK, TOWN) == STATION.position
    assert base_of(ZHOU, BOOK, TOWN) == STATION.position
    assert base_of(ZHOU, replace(BOOK, sites={}), TOWN) is None
