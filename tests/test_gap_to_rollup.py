"""From a gap to a plan, to a door, and back: seen by the head, the grid manager and the county at once."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect

from fieldmap.settings import Settings
from fieldmap.store import Store
from tests import twentytwo
from tests.browser import DESK, PHONE, Windows, serving
from tests.phone import signed_in
from tests.twentytwo import LAST_DAY
from tests.web.village import Village
from web.app import create_app
from web.pages import CHINA

pytestmark = pytest.mark.browser

MORNING = datetime(2026, 3, 31, 8, 10, tzinfo=CHINA)
PATIENCE_MS = 15_000
"""How long a page may take on a busy machine; ``tests/benchmarks/bench_live.py`` times it."""


@dataclass
class Day:
    """The station on 31 March, and windows on it; no other host answers any of them."""

    store: Store
    village: Village
    windows: Windows

    def window(self, login: str, path: str, screen: tuple[int, int] = DESK) -> Page:
        """Open a page as somebody."""
        page = self.windows.open(screen, session=self.village.tokens[login])
        page.goto(path)
        return page


@pytest.fixture
def day(tmp_path: Path, browser: Browser) -> Iterator[Day]:
    """Return the morning of 31 March: sixteen of twenty-two were seen."""
    village = twentytwo.build(tmp_path / "county.db")

    def clock() -> datetime:
        return MORNING.astimezone(UTC)

    settings = Settings(db=village.path, network=tmp_path / "network", plan_seconds=1.0, memory_mb=4096)
    with ExitStack() as stack:
        store = Store.open(village.path, clock=clock)
        stack.callback(store.close)
        url = stack.enter_context(serving(create_app(settings, today=lambda: LAST_DAY, clock=clock)))
        windows = Windows(browser, url)
        stack.callback(windows.close)
        yield Day(store, village, windows)
        assert windows.foreign == [], "a page asked another host"
        assert windows.errors == [], "a script failed"


def county_row(page: Page) -> str:
    """Return what the county reads of the whole county."""
    return re.sub(r"\s+", " ", page.locator("#figures tr", has_text="安和县").inner_text())


def plans_the_gap(page: Page) -> None:
    """At the head's: select the two gaps beside the map, plan them today, publish."""
    strip = page.locator("#coverage-strip button")
    expect(strip.first).to_contain_text("北坡二网格")
    expect(page.locator("#coverage-strip")).to_contain_text("网格外:应访 2 人")
    strip.first.click()
    page.locator("#coverage-strip button[data-pick=outside]").click()
    page.get_by_role("button", name="排进今天").click()
    listed = page.locator("main")
    for number in (11, 12, 13, 14, 22):
        expect(listed).to_contain_text(twentytwo.address(number))
    expect(listed).not_to_contain_text(twentytwo.address(10))
    page.get_by_role("button", name="排这一天").click()
    page.get_by_role("button", name="发布这份计划").click(timeout=90_000)
    expect(page.locator("main")).to_contain_text("已发布")


def visits_one(phone: Page, store: Store, number: int) -> None:
    """On the phone, without a signal: record "at home, all well"; then send it."""
    phone.clock.set_fixed_time(MORNING)
    signed_in(phone, store, "worker")
    phone.context.set_offline(True)
    stop = phone.locator("[id^=stop-]", has_text=twentytwo.address(number))
    if not stop.locator(".record").is_visible():
        stop.locator(".stop-head").click()
    stop.locator(".record").click()
    phone.locator("dialog[open] [data-way=well]").locator("..").click()
    phone.locator("dialog[open] .save").click()
    phone.locator("dialog[open]").wait_for(state="detached")
    assert [v for v in store.snapshot().visits if v.household_id == f"h{number}" and v.day == LAST_DAY] == []
    phone.context.set_offline(False)
    arrived(phone, store, number)


def arrived(phone: Page, store: Store, number: int) -> None:
    """Wait until the station has the visit."""
    for _ in range(1200):
        if any(v.household_id == f"h{number}" and v.day == LAST_DAY for v in store.snapshot().visits):
            return
        phone.wait_for_timeout(50)
    raise AssertionError("the visit did not come in")


def test_a_gap_becomes_a_plan_a_visit_and_a_figure_on_every_open_page(day: Day) -> None:
    """Select, plan, publish, visit: 16/22 becomes 17/22 for head and county, 0/4 becomes 1/4 for the grid."""
    head, county = day.window("head", "/map"), day.window("county", "/rollup")
    manager, other = day.window("g2", "/map", PHONE), day.window("g1", "/map", PHONE)
    expect(head.locator("#coverage-totals")).to_contain_text("16/22 = 72.7 %")
    assert "22 16 72.7 %" in county_row(county)
    expect(manager.locator("#coverage-totals")).to_contain_text("0/4 = 0.0 %")
    expect(other.locator("#coverage-totals")).to_contain_text("9/10 = 90.0 %")

    plans_the_gap(day.window("head", "/map"))
    phone = day.windows.open(PHONE)
    visits_one(phone, day.store, 11)

    expect(head.locator("#coverage-totals")).to_contain_text("17/22 = 77.3 %", timeout=PATIENCE_MS)
    expect(head.locator("#coverage-figures tr.coverage-sum")).to_contain_text("17/22")
    expect(head.locator("#coverage-figures tr", has_text="北坡二网格")).to_contain_text("1/4 = 25.0 %")
    frame = head.frame_locator("#coverage-frame")
    expect(frame.get_by_role("button", name=re.compile("^✓"))).to_have_count(1)
    expect(county.locator("#figures tr", has_text="安和县")).to_contain_text("77.3 %", timeout=PATIENCE_MS)
    assert "22 17 77.3 %" in county_row(county)
    expect(manager.locator("#coverage-totals")).to_contain_text("1/4 = 25.0 %", timeout=PATIENCE_MS)
    expect(other.locator("#coverage-totals")).to_contain_text("9/10 = 90.0 %")
    for page in (manager, other):
        assert not re.search(r"/22|/people/|排进今天", page.content())
    assert not re.search("北坡二网格|网格外", other.content() + other.frames[-1].content())
