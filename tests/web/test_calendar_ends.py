"""Days at the ends of the calendar: every page names them, none breaks."""

from __future__ import annotations

import pytest

from fieldmap.store import Store
from tests.web.conftest import As
from tests.web.village import TODAY, TOWN

JSON = {"accept": "application/json"}
ALL_TIME = "0001-01-01..9999-12-31"


@pytest.mark.parametrize(
    ("address", "code"),
    [
        ("/map?period=9999-12", "period.years"),
        ("/map?period=9999", "period.years"),
        ("/map?period=9999-Q4", "period.years"),
        ("/map?period=days&first=2026-03-01&last=9999-12-31", "period.years"),
        ("/map?known=0001-01-01", "map.known"),
        ("/map/trend?period=0001-01", "period.years"),
        (f"/map/gaps?period={ALL_TIME}", "period.years"),
        (f"/map/evidence?period={ALL_TIME}", "period.years"),
        ("/rollup?period=9999-12", "period.years"),
        ("/rollup.csv?period=9999-12", "period.years"),
        ("/plans?day=9999-12-31", "plan.day"),
        ("/plans?day=0001-01-01&span=week", "plan.day"),
    ],
)
def test_a_page_of_no_possible_day_is_refused_by_name(address: str, code: str, signed_in: As) -> None:
    """Nothing overflows: it says which years there are."""
    answer = signed_in("head").get(address, headers=JSON)
    assert (answer.status_code, answer.json()["code"]) == (422, code)


def test_nothing_of_no_possible_day_is_kept(signed_in: As, store: Store) -> None:
    """No campaign at the end of all days, no closing of the year one, no plan."""
    head = signed_in("head")
    last = {"name": "末日", "first": "9999-12-31", "last": "9999-12-31"}
    order = {"day": "9999-12-31", "division": TOWN.code, "actors": ["w1"]}
    for path, form, code in (
        ("/campaigns", last, "period.years"),
        ("/closings", {"period": "0001-01"}, "period.years"),
        ("/closings", {"period": "9999-12"}, "period.years"),
        ("/plans", order, "plan.day"),
    ):
        answer = head.post(path, data=form, headers=JSON)
        assert (answer.status_code, answer.json()["code"]) == (422, code)
    assert not store.campaigns.all()
    assert not store.closings.all()


def test_the_longest_stretch_of_days_is_answered(signed_in: As) -> None:
    """From the first year to the last: a page like any other."""
    head = signed_in("head")
    for path in ("/map", "/map/gaps", "/map/trend", "/map/evidence"):
        assert head.get(f"{path}?period=2000-01-01..2100-12-31").status_code == 200
    assert head.get(f"/plans?day={TODAY.replace(year=2100)}&span=week").status_code == 200
