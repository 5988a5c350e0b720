"""The coverage page in a browser with the network cut: select, draw, plan, follow, print."""

from __future__ import annotations

import re
from dataclasses import replace
from urllib.parse import parse_qs, urlsplit

import pytest
import shapely
from playwright.sync_api import Locator, Page, expect

from fieldmap.models import Grid
from fieldmap.store import Store
from tests.browser import PHONE, accessibility_faults
from tests.pdf import pages_of
from tests.web.conftest import NewPage
from tests.web.test_coverage_page import of_town
from tests.web.village import GRID_A, GRID_C, LAT, LON, NORTH, TODAY, VISITS

pytestmark = pytest.mark.browser

A4_LANDSCAPE = (842, 595)


def open_page(page: Page, query: str = "") -> Page:
    """Open the map and wait until it is drawn."""
    page.goto(f"/map{query}")
    expect(page.frame_locator("iframe").locator("path.fm-cell").first).to_be_visible()
    return page


def row(page: Page, code: str) -> Locator:
    """Return the table's row of a grid."""
    return page.locator(f'tr[data-pick="{code}"]')


def asked(page: Page) -> dict[str, list[str]]:
    """Return the query of the page's address."""
    return parse_qs(urlsplit(page.url).query)


def test_from_a_gap_to_the_planner_in_two_clicks(new_page: NewPage) -> None:
    """Table, strip and map mark each other; one click selects, the next leads to the planner."""
    page = open_page(new_page("head"))
    expect(page.locator(".coverage-count")).to_have_text("在图上或表里点选网格,或勾选名单里的户,就能排进计划")
    page.locator("button.primary", has_text="排进今天").click()
    expect(page.locator(".coverage-count")).to_have_text("先选网格或户,或圈出一片地方")
    page.locator(f'button[data-pick="{GRID_C}"]').click()
    expect(row(page, GRID_C).locator("input")).to_be_checked()
    frame = page.frame_locator("iframe")
    frame.locator(f'path.fm-cell[data-code="{GRID_A}"]').click(position={"x": 12, "y": 12})
    expect(row(page, GRID_A)).to_have_class(re.compile("chosen"))
    expect(frame.locator("path.fm-picked")).to_have_count(1)
    expect(page.locator(".coverage-count")).to_have_text(re.compile(r"^2 个网格,\d+ 户待访$"))
    row(page, GRID_A).locator("input").uncheck()
    expect(frame.locator("path.fm-picked")).to_have_count(0)
    door = page.locator("input[name=household]").first
    door.check()
    expect(page.locator(".coverage-count")).to_have_text(re.compile(r"^1 个网格,\d+ 户待访 · 名单里 1 户$"))
    chosen = {"grid": [GRID_C], "household": [door.get_attribute("value")]}
    page.locator("button", has_text="排进一周").click()
    page.wait_for_url("**/plans?**")
    assert asked(page) == {"span": ["week"], "day": [TODAY.isoformat()], **chosen}


def test_a_drawn_area_is_planned_like_a_grid(new_page: NewPage) -> None:
    """Points tapped on the map close to an area; its corners go to the planner as degrees."""
    page = open_page(new_page("head"))
    page.locator("button[data-do=draw]").click()
    frame = page.frame_locator("iframe")
    box = frame.locator(".folium-map").bounding_box()
    assert box is not None
    for east, north in ((0.4, 0.4), (0.6, 0.4), (0.6, 0.6)):
        page.mouse.click(box["x"] + east * box["width"], box["y"] + north * box["height"])
    frame.locator("button", has_text="画完").click()
    expect(page.locator(".coverage-count")).to_have_text("圈出一片")
    page.locator("button.primary", has_text="排进今天").click()
    page.wait_for_url("**/plans?**")
    (area,) = asked(page)["area"]
    points = [tuple(map(float, point.split(","))) for point in area.split(";")]
    assert len(points) == 3
    assert all(LON - 0.05 < lon < LON + 0.05 and LAT - 0.05 < lat < LAT + 0.05 for lon, lat in points)


def test_a_visit_saved_elsewhere_is_on_the_open_page(new_page: NewPage, store: Store) -> None:
    """Total, row and map change without a reload; selection, focus and the open list stay."""
    page = open_page(new_page("head"))
    before = of_town(store)
    row(page, GRID_A).locator("input").check()
    page.locator(f'button[data-pick="{GRID_C}"]').focus()
    page.evaluate("window.same = true")
    expect(page.locator("html")).to_have_attribute("data-live", "on")
    seen = replace(VISITS[0], id="new", day=TODAY, household_id="h3", client_ids=("p4",))
    store.visits.record(seen, by="w")
    after = of_town(store)
    assert after.total.contacted == before.total.contacted + 1
    expect(page.locator(".coverage-total strong")).to_have_text(after.total.contact_rate.text())
    grid = next(r.figures.contact_rate.text() for r in after.grids if r.code == GRID_A)
    expect(row(page, GRID_A)).to_contain_text(grid)
    drawn = page.frame_locator("iframe").locator(f'path.fm-cell[data-code="{GRID_A}"]')
    expect(drawn).to_have_attribute("aria-label", re.compile(re.escape(grid)))
    assert page.evaluate("window.same")
    expect(row(page, GRID_A).locator("input")).to_be_checked()
    expect(page.locator(".coverage-count")).to_contain_text("1 个网格")
    assert page.evaluate("document.activeElement.dataset.pick") == GRID_C


def test_the_bar_makes_short_addresses_that_say_all(new_page: NewPage) -> None:
    """What is chosen stands in the address, what is not does not; two days and a breakdown stay."""
    page = open_page(new_page("head"), "?by=owner")
    page.locator("summary", has_text="筛选").click()
    with page.expect_navigation():
        page.select_option("select[name=tag]", "独居")
    assert asked(page).keys() == {"chosen", "measure", "period", "tag", "layer", "by"}
    page.select_option("select[name=period]", "days")
    expect(page.locator(".coverage-days")).to_be_visible()
    with page.expect_navigation():
        page.fill("input[name=first]", "2026-03-02")
    assert asked(page)["first"] == ["2026-03-02"]
    assert page.locator("#copy-link").get_attribute("data-link") == (
        "/map?measure=contact_rate&period=2026-03-02..2026-03-31&tag=%E7%8B%AC%E5%B1%85&by=owner&chosen=1"
        "&layer=flags&layer=never&layer=site-station"
    )
    expect(page.locator("#trend svg")).to_be_visible()


def test_eighteen_grids_fill_one_sheet(new_page: NewPage, store: Store) -> None:
    """A4, landscape, one page, with the figure of every grid and the words of the legend."""
    squares = [
        Grid(
            f"{NORTH.code}{n:03}",
            f"第{n}网格",
            NORTH.code,
            bytes(shapely.to_wkb(shapely.box(LON + n * 0.01, LAT + 0.02, LON + n * 0.01 + 0.01, LAT + 0.03))),
        )
        for n in range(3, 18)
    ]
    store.facts.record(squares)
    page = new_page("head")
    page.goto("/map/print")
    (sheet,) = pages_of(page.pdf(prefer_css_page_size=True))
    assert sheet.size == A4_LANDSCAPE
    for grid in of_town(store).grids:
        assert grid.name in sheet.text
    assert "不足50%" in sheet.text


@pytest.mark.parametrize("lang", ["zh-CN", "en"])
def test_one_thumb_is_enough(new_page: NewPage, lang: str) -> None:
    """On a small screen the pages fit, everything to tap is large, and nobody is shut out."""
    for login, path in (("grid_manager", "/map"), ("head", "/map"), ("grid_manager", "/map/print")):
        page = new_page(login, lang=lang, width=PHONE[0], height=PHONE[1])
        page.goto(path, wait_until="load")
        assert page.evaluate("document.documentElement.scrollWidth") <= PHONE[0], (login, path)
        small = page.evaluate(
            "[...document.querySelectorAll('main :is(button, select, summary, .button, td label, a[href])')]"
            ".filter(e => e.offsetHeight && e.offsetHeight < 44).map(e => e.outerHTML.slice(0, 80))"
        )
        assert small == [], (login, path)
        assert accessibility_faults(page) == []
        page.context.close()
