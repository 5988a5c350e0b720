"""What the coverage page says where there is no plain figure to show."""

from __future__ import annotations

import re
from dataclasses import replace

import pytest
import shapely

from fieldmap.periods import Period
from fieldmap.store import Store
from tests.web.conftest import As
from tests.web.test_coverage_page import text_of
from tests.web.village import ACTORS, GRID_A, GRID_C, GRIDS, NORTH, SOUTH, TODAY, TOWN
from web.closings import close_period

JSON = {"accept": "application/json"}


@pytest.mark.parametrize("page", ["/map", "/map/print", "/map/figures"])
def test_a_period_that_has_not_begun_has_no_rate(page: str, signed_in: As) -> None:
    """Not 0 % but "not begun", in the total, the grids and under another measure."""
    head = signed_in("head")
    for query in (
        "period=2026-12",
        "period=2030-Q1",
        "period=2026-04&measure=overdue",
        "period=2026-05&by=tag",
    ):
        told = head.get(f"{page}?{query}").text
        assert "还没开始" in told
        assert "= 0.0 %" not in told
        assert "0.0 %" not in text_of(told)


def test_the_page_says_when_it_begins(signed_in: As) -> None:
    """First of what the figures leave out: from which day on, and what was assumed."""
    text = text_of(signed_in("head").get("/map?period=2026-12").text)
    assert "2026-12 还没开始(2026-12-01 起" in text


def test_as_known_on_a_day_the_month_is_that_days(signed_in: As) -> None:
    """Without a period in the address a past day shows its own month, not the present one."""
    head = signed_in("head")
    assert "月探访率 · 2026-02" in text_of(head.get("/map?known=2026-02-27").text)
    assert f"月探访率 · {TODAY:%Y-%m}" in text_of(head.get("/map").text)


def test_no_month_to_come_is_in_the_trend(signed_in: As) -> None:
    """The quarter's and the year's trend end with the present month."""
    for period in ("2026", "2027-Q1"):
        text = text_of(signed_in("head").get(f"/map/trend?period={period}").text)
        assert "2026-03" in text
        assert "2026-04" not in text


def test_the_roll_up_of_a_period_to_come_is_refused(signed_in: As) -> None:
    """Nothing was done in it that could be sent up."""
    answer = signed_in("county").get("/rollup?period=2026-04", headers=JSON)
    assert (answer.status_code, answer.json()["code"]) == (422, "rollup.future")


def test_a_filter_that_nobody_fits_is_not_an_empty_ledger(signed_in: As) -> None:
    """It asks for another filter; before the first ledger it names the day instead."""
    head = signed_in("head")
    text = text_of(head.get("/map?tag=特困&village=" + NORTH.code + "&owner=" + ACTORS[0].id).text)
    assert "没有人符合这些筛选" in text
    assert "先导入名册" not in text
    text = text_of(head.get("/map?known=2024-12-31").text)
    assert "截至 2024-12-31,名册里还没有人" in text
    assert "先导入名册" not in text


def test_filters_of_what_is_not_there_are_named_together(signed_in: As) -> None:
    """A grid, a village and a person that there are none of: one answer, each by its field."""
    head = signed_in("head")
    for page in ("/map", "/map/frame", "/map/figures", "/map/gaps", "/map/trend", "/map/print"):
        answer = head.get(f"{page}?grid=nonsense&village=xx&owner=zz", headers=JSON)
        assert (answer.status_code, answer.json()["code"]) == (422, "map.filters"), page
        fields = {issue["field"]: issue["code"] for issue in answer.json()["details"]["fields"]}
        wanted = {"village"} if page == "/map/print" else {"grid", "village", "owner"}
        assert fields == {key: f"map.{key}" for key in wanted}, page
    assert head.get("/map?grid=outside").status_code == 200


def test_numbers_lead_to_the_lists_of_the_same_people_only(signed_in: As) -> None:
    """The desk's lists are of this month and of everybody: under any other question a number is plain."""
    head = signed_in("head")
    link = "/people?gap="
    assert link in head.get("/map").text
    assert link in head.get(f"/map?grid={GRID_A}").text
    for query in ("period=2026-02", "period=2026-Q1", "known=2026-03-19", "channel=phone", "owner=w1"):
        assert link not in head.get(f"/map?{query}").text, query


def test_a_campaign_says_its_name_and_what_was_done(signed_in: As) -> None:
    """Ten days in which no month ends: who was visited is said, and why nobody is due."""
    head = signed_in("head")
    for name, last in (("寒潮走访", "2026-03-10"), ("春季走访", "2026-03-31")):
        told = {"name": name, "first": "2026-03-01", "last": last}
        assert head.post("/campaigns", data=told).status_code == 303
    page = head.get("/map?period=2026-03-01..2026-03-10").text
    text = text_of(page)
    assert "2026-03-01..2026-03-10 · 寒潮走访" in text
    assert re.search(r"这几天走访 [1-9]\d* 户次,联系到 [1-9]\d* 人", text)
    assert "看整个季度的数字" not in text
    month = text_of(head.get("/map?period=2026-03").text)
    assert "2026-03 · 春季走访" in month
    assert "这几天走访" not in month


def test_overlaps_and_holes_stand_beside_the_figures(signed_in: As, store: Store) -> None:
    """Whoever is counted in one of two grids that overlap is named; a grid manager hears of her own."""
    a = next(grid for grid in GRIDS if grid.code == GRID_A)
    other = next(g for g in GRIDS if g.division_code == a.division_code and g.code != GRID_A)
    assert a.polygon_wkb is not None
    around = shapely.from_wkb(a.polygon_wkb).buffer(0.001)
    ring = around.difference(shapely.from_wkb(a.polygon_wkb).buffer(-0.0005))
    store.facts.record([replace(other, polygon_wkb=shapely.to_wkb(ring))])
    text = text_of(signed_in("head").get("/map").text)
    assert "重叠" in text
    assert a.name in text
    assert other.name in text
    assert other.name not in text_of(signed_in("grid_manager").get("/map").text)


def test_plans_are_of_now_also_beside_the_figures_of_then(signed_in: As) -> None:
    """Beside figures as known on a day the form says that it plans by the record as it is."""
    head = signed_in("head")
    for page in ("/map", "/map/gaps"):
        assert "计划按现在的情况排" in head.get(f"{page}?known=2026-03-19").text
        assert "计划按现在的情况排" not in head.get(page).text


def test_exclusions_stand_beside_the_rate_under_any_measure(signed_in: As) -> None:
    """By reason, also where another measure is on the map."""
    text = text_of(signed_in("head").get("/map?measure=never_contacted").text)
    assert re.search(r"月探访率 \d+/\d+ = [\d.]+ % · 不计 \d+ 人\(", text)


def test_the_sheet_says_whose_it_is_and_which_grid_is_which(signed_in: As) -> None:
    """The town stands above; two grids numbered 001 are told apart by village; a filter left out is named."""
    head = signed_in("head")
    text = text_of(head.get(f"/map/print?owner=w1&grid={GRID_A}").text)
    assert f"{TOWN.name} · 月探访率" in text
    for code, village in ((GRID_A, NORTH), (GRID_C, SOUTH)):
        name = next(grid.name for grid in GRIDS if grid.code == code)
        assert f"{village.name} {code[-3:]} {name}" in text
    assert "这张表不按网格、责任人筛选" in text
    assert "筛选" not in text_of(head.get("/map/print").text)


def test_the_trend_says_why_somebody_is_not_counted(signed_in: As) -> None:
    """Beside each month's rate stand the reasons, not a bare number."""
    assert re.search(r"不计 \d+ 人\(\S+ \d+", text_of(signed_in("head").get("/map/trend").text))


def test_a_breakdown_counts_what_the_page_has_counted(signed_in: As, store: Store) -> None:
    """By village, narrowed to one grid, the rows say what the total says."""
    page = signed_in("head").get(f"/map?by=village&grid={GRID_A}").text
    rates = re.findall(r"(\d+)/(\d+) = ", text_of(page.split('id="coverage-figures"')[1]))
    assert len(rates) >= 2
    assert len(set(rates)) == 1


def test_the_cards_beside_are_of_the_day_too(signed_in: As, store: Store) -> None:
    """As known before a period was closed it is not closed; what is of now says so."""
    close_period(store, TOWN.code, Period.parse("2026-02"), today=TODAY, by="head")
    head = signed_in("head")
    assert "第 1 版" in text_of(head.get("/map?period=2026-02").text)
    before = text_of(head.get("/map?period=2026-02&known=2026-03-15").text)
    assert "第 1 版" not in before
    assert "还没有关账" in before
    note = "怎样记录的,按现在的记录"
    assert note in text_of(head.get(f"/map?known={TODAY}").text)
    assert note not in text_of(head.get("/map").text)
