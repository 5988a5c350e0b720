"""The three users, one walk: what the worker records is what the map and the county gain, and no more.

On the made township, as the demo makes it: the head publishes the plan, the
worker records one stop on a phone, the grid manager flags a door. Everything
is read off the pages, with the network cut, and compared with the record.
"""

from __future__ import annotations

import re
import shutil
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path

import pytest
from playwright.sync_api import Browser, FrameLocator, Page, expect

from fieldmap.coverage import measures
from fieldmap.periods import Period
from fieldmap.plans import PlannedRoute, PlannedStop
from fieldmap.rollup import PERSONS, Rollup, roll_up
from fieldmap.rulebook import rules_in_force
from fieldmap.settings import Settings
from fieldmap.store import Store
from tests.browser import DESK, PHONE, Windows, serving
from tests.phone import signed_in
from tests.web.cli.county import Ran
from web.app import create_app
from web.cli.demonstration import DEMO_DAY, PASSWORD

pytestmark = pytest.mark.browser

MONTH = Period.month(DEMO_DAY)
COUNTY = "990101000000"


@dataclass(frozen=True)
class Rate:
    """Persons contacted of persons due, as a page prints it."""

    contacted: int
    due: int

    def __str__(self) -> str:
        return f"{self.contacted}/{self.due} = {100 * self.contacted / self.due:.1f} %"

    @staticmethod
    def read(text: str) -> Rate:
        """Return the rate a text begins with."""
        found = re.match(r"(\d+)/(\d+) = ", text)
        assert found is not None, text
        return Rate(int(found[1]), int(found[2]))


@dataclass(frozen=True)
class Walk:
    """The township, served; what the pages say is compared with the store."""

    windows: Windows
    store: Store

    def arrive(self, login: str, screen: tuple[int, int], page: str) -> Page:
        """Open a window and sign in by password; the role's first page comes up."""
        window = self.windows.open(screen)
        window.goto("/")
        window.get_by_label("账号").fill(login)
        window.get_by_label("密码").fill(PASSWORD)
        window.get_by_role("button", name="登录").click()
        window.wait_for_url(f"**{page}")
        return window

    def phone(self, login: str) -> Page:
        """Sign a phone in by the code that the head prints; it says that it is ready offline."""
        page = self.windows.open(PHONE)
        signed_in(page, self.store, login)
        return page

    def route(self) -> PlannedRoute:
        """Return the route of the demo's worker."""
        worker = next(a for a in self.store.accounts.all() if a.login == "worker")
        (plan,) = self.store.plans.of_day(DEMO_DAY)
        return next(r for r in plan.routes if r.actor_id == worker.actor_id)

    def not_reached(self) -> set[str]:
        """Return who is due this month and was not contacted."""
        found = measures(self.store.snapshot(), rules_in_force(self.store), MONTH, DEMO_DAY)
        return {row.client_id for row in found.rows if row.due and not row.contacted}

    def figures(self) -> Rollup:
        """Return the county's exact figures."""
        return roll_up(self.store.snapshot(), rules_in_force(self.store), MONTH, DEMO_DAY)


@pytest.fixture
def walk(browser: Browser, demo_ran: tuple[Path, Ran], tmp_path: Path) -> Iterator[Walk]:
    """Serve a copy of the demo's county; a request to another host or a failed script fails the test."""
    folder, _ = demo_ran
    db = tmp_path / "county.db"
    shutil.copy(folder / "county.db", db)
    settings = Settings(db=db, network=folder / "network", today=DEMO_DAY)
    store = Store.open(db)
    with serving(create_app(settings)) as url:
        windows = Windows(browser, url)
        yield Walk(windows, store)
        windows.close()
    store.close()
    assert windows.foreign == [], "a page asked another host"
    assert windows.errors == [], "a script failed"
    assert windows.complaints == [], "the console has errors"


def look_at_map(head: Page) -> FrameLocator:
    """Open the coverage map from the menu and wait until it is drawn."""
    head.get_by_role("link", name="覆盖地图").click()
    frame = head.frame_locator("iframe")
    expect(frame.locator("path.fm-cell").first).to_be_visible()
    return frame


def rate_on_desk(head: Page) -> Rate:
    """Open the desk from the menu and read the rate."""
    head.get_by_role("link", name="工作台").click()
    return Rate.read(head.locator("#rate").inner_text())


def rate_on_map(head: Page) -> Rate:
    """Read the total over the map."""
    return Rate.read(head.locator(".coverage-total strong").inner_text())


def publish(head: Page) -> None:
    """Open the draft from the desk and publish it."""
    head.get_by_role("link", name="工作台").click()
    head.locator(".plan-line").click()
    head.get_by_role("button", name="发布这份计划").click()
    expect(head.locator("h1 .chip")).to_have_text("已发布")


def record_well(phone: Page, stop: PlannedStop) -> None:
    """Record a stop as at home, all well, with the people the sheet has ticked."""
    item = phone.locator(f"#stop-{stop.seq}")
    if not item.locator(".record").is_visible():
        item.locator(".stop-head").tap()
    item.locator(".record").tap()
    sheet = phone.locator("dialog[open]")
    sheet.get_by_text("在家,一切都好").tap()
    sheet.locator(".save").tap()
    expect(phone.locator("#held")).to_contain_text("1 条中 1 条已在站里")


def flag_a_door(phone: Page, note: str) -> None:
    """Write a line, tap the map of the grid, send."""
    phone.locator("#report-door").tap()
    sheet = phone.locator("dialog[open]")
    sheet.locator("[name=note]").fill(note)
    sheet.locator("#pin-on-map").tap()
    sheet.locator("#pin-map canvas").wait_for()
    sheet.locator("#pin-map").tap(position={"x": 160, "y": 120})
    expect(sheet.locator("#pin-said")).to_have_text("✓ 已在图上标点")
    sheet.locator(".save").tap()
    expect(phone.locator("#held")).to_contain_text("1 条中 1 条已在站里")


def activity(county: Page) -> tuple[int, int]:
    """Read household-times and person-times of the county's row."""
    titles = county.locator("thead tr").last.locator("th").all_inner_texts()
    cells = county.locator("tr.level-2 td").all_inner_texts()
    told = dict(zip(titles, cells, strict=True))
    return int(told["服务户次"]), int(told["服务人次"])


def plain_stop(walk: Walk) -> PlannedStop:
    """Return the stop of one worker with the most persons, none of them contacted this month."""
    waiting = walk.not_reached()
    fitting = [s for s in walk.route().stops if not s.partner_ids and waiting.issuperset(s.client_ids)]
    return max(fitting, key=lambda s: len(s.client_ids))


def gains(before: Rollup, after: Rollup) -> dict[str, dict[str, int]]:
    """Return by division what has become more or less, by column."""
    found = {}
    for old, new in zip(before.rows, after.rows, strict=True):
        then, now = ({**row.persons, **row.activity} for row in (old, new))
        more = {name: (now[name] or 0) - (then[name] or 0) for name in now}
        found[old.code] = {name: number for name, number in more.items() if number}
    return {code: changed for code, changed in found.items() if changed}


def above(table: Rollup, code: str | None) -> list[str]:
    """Return a division and those it lies in, the widest first."""
    rows = {row.code: row for row in table.rows}
    return [*above(table, rows[code].parent_code), code] if code in rows else []


def test_one_recorded_stop_changes_exactly_that(walk: Walk) -> None:
    """The head publishes, the worker records a stop: map, rate and route gain its persons and no more."""
    stop = plain_stop(walk)
    persons = len(stop.client_ids)
    head = walk.arrive("head", DESK, "/desk")
    rate = rate_on_desk(head)
    frame = look_at_map(head)
    assert rate_on_map(head) == rate
    expect(frame.locator(".fm-mark.fm-planned")).to_have_count(0)
    publish(head)
    frame = look_at_map(head)
    planned = frame.locator(".fm-mark.fm-planned").count()
    assert planned > 0

    worker = walk.phone("worker")
    shown = worker.locator(".stop").evaluate_all("stops => stops.map((s) => s.dataset.stop)")
    assert sorted(shown) == sorted(s.id for s in walk.route().stops)
    record_well(worker, stop)

    expected = replace(rate, contacted=rate.contacted + persons)
    assert rate_on_desk(head) == expected
    expect(head.locator("#rate")).to_have_text(str(expected))
    frame = look_at_map(head)
    assert rate_on_map(head) == expected
    expect(frame.locator(".fm-mark.fm-done")).to_have_count(1)
    expect(frame.locator(".fm-mark.fm-done")).to_have_text(f"✓{stop.seq}")
    expect(frame.locator(".fm-mark.fm-planned")).to_have_count(planned - 1)


def test_the_county_gains_the_same_and_no_more(walk: Walk) -> None:
    """In the roll-up only the village and what it lies in change, each by the one stop."""
    stop, before = plain_stop(walk), walk.figures()
    persons = len(stop.client_ids)
    publish(walk.arrive("head", DESK, "/desk"))
    county = walk.arrive("county", DESK, "/rollup")
    done = activity(county)
    record_well(walk.phone("worker"), stop)
    county.reload()
    assert activity(county) == (done[0] + 1, done[1] + persons)

    changed = gains(before, walk.figures())
    assert list(changed) == above(before, walk.store.snapshot().households[stop.household_id].division_code)
    for gained in changed.values():
        assert gained == changed[COUNTY]
        assert (gained["contacted"], gained["in_person"]) == (persons, persons)
        assert (gained["household_times"], gained["person_times"]) == (1, persons)
        assert gained["channel_door"] == 1
        # nobody is due, excluded, placed or given an owner by a visit
        told = {"contacted", "in_person", "never_contacted", "overdue"}
        assert told.issuperset(name for name in gained if name in PERSONS)
        assert gained.get("never_contacted", 0) <= 0
        assert gained.get("overdue", 0) <= 0


def test_a_flagged_door_is_one_flag_more(walk: Walk) -> None:
    """The grid manager flags a door with a pin: one more on desk, list and map."""
    note = "桥头新搬来一户,老人一个人住"
    head = walk.arrive("head", DESK, "/desk")
    waiting = int(head.locator("#flags").inner_text())
    frame = look_at_map(head)
    pins = frame.locator(".fm-mark.fm-flag").count()

    flag_a_door(walk.phone("grid"), note)

    head.get_by_role("link", name="工作台").click()
    expect(head.locator("#flags")).to_have_text(str(waiting + 1))
    frame = look_at_map(head)
    expect(frame.locator(".fm-mark.fm-flag")).to_have_count(pins + 1)
    head.get_by_role("link", name="上报", exact=True).click()
    expect(head.locator("tr[id^=flag-]")).to_have_count(waiting + 1)
    expect(head.locator("tr[id^=flag-]", has_text=note)).to_have_count(1)
