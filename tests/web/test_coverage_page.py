"""The coverage page: the figures of the measures, within the head's scope."""

from __future__ import annotations

import re
import time
from dataclasses import replace
from html import unescape

import pytest
from starlette.testclient import TestClient

from fieldmap.coverage import Coverage, measures
from fieldmap.models import Flag, Position, TravelMode
from fieldmap.periods import Period
from fieldmap.rules import load
from fieldmap.settings import Settings
from fieldmap.store import Store
from routing.network import build
from tests.web.conftest import As
from tests.web.phone_plan import publish
from tests.web.village import (
    ACCOUNTS,
    CLIENTS,
    GRID_A,
    GRID_OTHER,
    GRIDS,
    HOUSEHOLDS,
    LAT,
    LON,
    NOW,
    TODAY,
    TOWN,
    VISITS,
    Village,
)
from web.scope import scoped
from web.security import frame_csp

EVERY_LAYER = "&chosen=1" + "".join(
    f"&layer={key}" for key in ("never", "overdue", "no_owner", "no_coordinates", "flags", "routes")
)


def text_of(html: str) -> str:
    """Return what a reader sees of a page, in one line."""
    body = re.sub(r"<(script|style).*?</\1>", " ", html, flags=re.DOTALL)
    return " ".join(unescape(re.sub(r"<[^>]+>", " ", body)).split())


def of_town(store: Store, period: str = "2026-03") -> Coverage:
    """Return the measures of the head's township."""
    _, hats, _ = ACCOUNTS["head"]
    return measures(scoped(store.snapshot(), hats), load(), Period.parse(period), TODAY)


def test_the_page_prints_what_the_measures_say(signed_in: As, store: Store) -> None:
    """Rate, denominator and exclusions above, a row for each grid below, adding up."""
    coverage = of_town(store)
    text = text_of(signed_in("head").get("/map").text)
    assert f"{coverage.total.contact_rate} 不计 {coverage.total.excluded_total} 人" in text
    for row in coverage.grids:
        assert re.search(rf"{row.name} \S+ {row.code[-3:] if row.code else ''}", text), row.name
        assert row.figures.contact_rate.text() in text
    assert sum(row.figures.due for row in coverage.grids) == coverage.total.due


def test_page_and_frame_have_the_same_figures(signed_in: As, store: Store) -> None:
    """The legend in the frame and the table beside it come from one computation."""
    head = signed_in("head")
    frame = head.get("/map/frame").text
    for row in of_town(store).grids:
        assert row.figures.contact_rate.text() in frame


def test_a_saved_visit_changes_the_page_by_that_contact(signed_in: As, store: Store) -> None:
    """One more contact is one more in the numerator, everywhere on the page."""
    head = signed_in("head")
    before = of_town(store).total.contact_rate
    assert str(before) in text_of(head.get("/map").text)
    seen = replace(VISITS[0], id="new", day=TODAY, household_id="h3", client_ids=("p4",))
    store.visits.record(seen, by="w")
    after = of_town(store).total.contact_rate
    assert (after.numerator, after.denominator) == (before.numerator + 1, before.denominator)
    assert str(after) in text_of(head.get("/map").text)
    grid = next(row.figures.contact_rate for row in of_town(store).grids if row.code == GRID_A)
    assert str(grid) in head.get("/map/frame").text


def test_a_head_sees_her_own_grids_only(signed_in: As) -> None:
    """Neither the name nor the code nor a point of another township gets into page or frame."""
    head = signed_in("head")
    pages = head.get(f"/map?{EVERY_LAYER}").text + head.get(f"/map/frame?{EVERY_LAYER}").text
    foreign = next(grid for grid in GRIDS if grid.code == GRID_OTHER)
    assert foreign.name not in pages
    assert GRID_OTHER not in pages
    assert "/people/h9" not in pages
    other = signed_in("other_head").get(f"/map?{EVERY_LAYER}").text
    assert foreign.name in other
    assert GRID_A not in other


@pytest.mark.parametrize("login", ["worker", "volunteer", "county", "admin", "auditor"])
def test_the_map_is_the_heads(signed_in: As, login: str) -> None:
    """Whoever has no right to the map gets neither page nor frame, and no figure in the refusal."""
    client = signed_in(login)
    for path in ("/map", "/map/frame", "/map/figures", "/map/print", "/map/gaps"):
        answer = client.get(path)
        assert answer.status_code == 403
        assert "%" not in text_of(answer.text)


def test_the_grids_and_the_closed_periods_are_one_click_away(signed_in: As) -> None:
    """For the head always, also where nothing is amiss; a grid manager has neither."""
    head = signed_in("head")
    for query in ("", "?period=2026-01", "?period=2026-03-02..2026-03-09"):
        links = re.findall(r'<a class="button" href="([^"?]*)"', head.get(f"/map{query}").text)
        assert {"/grids", "/closings"} <= set(links)
    own = signed_in("grid_manager").get("/map").text
    assert 'href="/grids"' not in own
    assert 'href="/closings"' not in own
    assert 'href="/closings"' in signed_in("county").get("/rollup").text


def test_names_on_the_page_are_masked_and_not_in_the_frame(signed_in: As) -> None:
    """The list beside the map has one character of a name, the map none."""
    head = signed_in("head")
    page, frame = head.get("/map").text, head.get(f"/map/frame?{EVERY_LAYER}").text
    for name in {c.name for c in CLIENTS} | {h.head_name for h in HOUSEHOLDS}:
        assert name not in page
        assert name not in frame
        assert name.encode("unicode_escape").decode() not in frame
    assert "孙*" in page
    assert "*" not in text_of(frame)


@pytest.mark.parametrize(
    ("query", "code"),
    [("measure=nonsense", "map.measure"), ("period=2026-13", "period.text"), ("period=soon", "period.text")],
)
def test_a_wrong_address_says_what_is_allowed(signed_in: As, query: str, code: str) -> None:
    """A measure or a period that does not exist is named, not guessed."""
    head = signed_in("head")
    head.headers["accept"] = "application/json"
    for path in ("/map", "/map/frame"):
        answer = head.get(f"{path}?{query}")
        assert (answer.status_code, answer.json()["code"]) == (422, code)


def test_another_period_has_its_own_figures(signed_in: As, store: Store) -> None:
    """Last month is offered and printed with last month's rate; a permalink to any two days works."""
    head = signed_in("head")
    february = of_town(store, "2026-02").total.contact_rate
    answer = head.get("/map?period=2026-02")
    assert str(february) in text_of(answer.text)
    assert '<option value="2026-02" selected>' in answer.text
    odd = head.get("/map?period=days&first=2026-03-01&last=2026-03-15").text
    assert 'value="2026-03-01" aria-label' in odd
    assert "period=2026-03-01..2026-03-15" in head.get("/map?period=2026-03-01..2026-03-15").text.replace(
        "%2C", ","
    )


def test_the_frame_gets_what_the_filter_bar_says(signed_in: As) -> None:
    """Measure, period and layers travel from the bar into the frame's address and the drawn map."""
    page = signed_in("head").get("/map?measure=overdue&period=2026-Q1&chosen=1&layer=overdue").text
    source = re.search(r'<iframe[^>]*src="([^"]*)"', page)
    assert source is not None
    assert unescape(source[1]) == "/map/frame?measure=overdue&period=2026-Q1&chosen=1&layer=overdue"
    assert re.findall(r'name="layer" value="([^"]*)" checked', page) == ["overdue"]


def test_no_layer_is_not_the_same_as_not_asked(signed_in: As) -> None:
    """Whoever unticks every layer gets none; a fresh page opens with the usual ones."""
    head = signed_in("head")
    assert re.findall(r'name="layer" value="[^"]*" checked', head.get("/map?chosen=1").text) == []
    assert re.findall(r'name="layer" value="([^"]*)" checked', head.get("/map").text) == [
        "never",
        "flags",
        "site-station",
    ]


def test_only_the_frame_may_run_the_maps_script(signed_in: As) -> None:
    """Folium's inline script is allowed in the frame and on no other page; neither is kept by a cache."""
    head = signed_in("head")
    assert head.get("/map/frame").headers["content-security-policy"] == frame_csp()
    assert "unsafe-inline" not in head.get("/map").headers["content-security-policy"]
    assert "http" not in frame_csp()
    for path in ("/map", "/map/frame"):
        headers = head.get(path).headers
        assert headers["cache-control"] == "no-store"
        assert headers["x-frame-options"] == "SAMEORIGIN"


def test_a_flag_and_the_published_plan_are_on_the_map(signed_in: As, store: Store) -> None:
    """A flag of the ground and today's routes appear; a draft does not."""
    head = signed_in("head")
    before = text_of(head.get("/map").text)
    assert "上报 0 条" in before
    assert "今日路线" not in before
    store.flags.report(Flag("f1", GRID_A, "东头第二家", Position(LON, LAT), "grid_manager", NOW))
    publish(store)
    after = text_of(head.get("/map").text)
    assert "上报 1 条" in after
    assert "今日路线 1 条,已走访 0/" in after
    assert "东头第二家" not in head.get("/map/frame").text


def test_another_stations_plan_is_not_on_the_map(signed_in: As, store: Store) -> None:
    """Routes of one township are not shown to the head of another."""
    publish(store)
    assert "今日路线" not in text_of(signed_in("other_head").get("/map").text)


def _streets() -> str:
    """Return two streets that cross among the village's doors, as OpenStreetMap XML."""
    east = [(n + 1, LON + n * 0.001, LAT + 0.004) for n in range(21)]
    north = [(n + 101, LON + 0.005, LAT + 0.004 + n * 0.001) for n in range(-12, 13) if n]
    nodes = [
        f'<node id="{n}" lon="{lon:.6f}" lat="{lat:.6f}" version="1"/>' for n, lon, lat in (*east, *north)
    ]
    crossing = [n for n, _, _ in north[:12]] + [6] + [n for n, _, _ in north[12:]]
    ways = [
        f'<way id="{number}" version="1">{"".join(f'<nd ref="{n}"/>' for n in refs)}'
        '<tag k="highway" v="residential"/></way>'
        for number, refs in ((1000, [n for n, _, _ in east]), (1001, crossing))
    ]
    return "\n".join(['<osm version="0.6">', *nodes, *ways, "</osm>"])


def _offered(head: TestClient) -> bool:
    return 'value="reach-station"' in head.get("/map").text


def test_travel_times_are_offered_once_they_are_measured(
    signed_in: As, village: Village, settings: Settings
) -> None:
    """With roads the work process measures the way to the nearest site; the pages go on meanwhile."""
    assert village.path == settings.db
    head = signed_in("head")
    assert "没有可用的路网,不显示到设施的路程" in head.get("/map/figures").json()["notes"]
    file = settings.network.with_name("village.osm")
    file.write_text(_streets(), encoding="utf-8")
    build(file, settings.network, [TravelMode.WALK], quick=True)
    assert "到设施的路程正在测量" in head.get("/map/figures").json()["notes"]
    until = time.monotonic() + 60
    while not _offered(head) and time.monotonic() < until:
        time.sleep(0.2)
    text = text_of(head.get("/map?measure=reach-station").text)
    assert re.search(r"中位数 \d+ 分钟 \d+ 人可量,\d+ 人不可量", text)
    assert TOWN.code not in text
