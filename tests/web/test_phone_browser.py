"""The app on a phone of 360 × 640 whose network is cut: the day, saved and held, undone, safe, readable."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import date
from typing import Any

import pytest
from playwright.sync_api import Locator, Page, Route, expect

from fieldmap.models import Client, Household, IdStatus, Outcome, Position, Responsibility, Sex, Tag
from fieldmap.store import Store
from tests.browser import accessibility_faults
from tests.phone import signed_in, unlocked
from tests.web.conftest import NewPage
from tests.web.phone_plan import publish
from tests.web.village import GRID_A, GRID_C, LAT, LON, NORTH, SOUTH, TODAY, VISITS

pytestmark = pytest.mark.browser

KNOWN = {visit.id for visit in VISITS}
NEXT_DOOR = (
    Household("h20", NORTH.code, "北坡村20号", "丁阿婆", GRID_A, Position(LON + 0.0065, LAT + 0.006)),
    Client("p20", "h20", "丁阿婆", Sex.FEMALE, date(1940, 1, 2), None, IdStatus.MISSING),
    Tag("t-p20", "p20", "独居", "", "2026年台账", date(2025, 1, 1)),
)
"""Somebody who is due, 50 metres from the first stop and on nobody's route."""

OF_THE_CONTACT = (
    Household("h30", SOUTH.code, "南塘村30号", "阮老汉", GRID_C, Position(LON + 0.005, LAT - 0.005)),
    Client("p30", "h30", "阮老汉", Sex.MALE, date(1941, 2, 3), None, IdStatus.MISSING, "13800001111"),
    Tag("t-p30", "p30", "独居", "", "2026年台账", date(2025, 1, 1)),
    Responsibility("p30", "c1", None),
)
"""Somebody whom the village contact answers for and who was never seen."""

FAULTS = """([place, narrow]) => {
  const shown = e => e.getClientRects().length && getComputedStyle(e).visibility !== "hidden";
  const name = e => `${e.tagName} ${e.className} ${e.textContent.trim().slice(0, 20)}`;
  const root = document.querySelector(place);
  const all = [...root.querySelectorAll("*")].filter(shown).filter(e => !e.closest(".leaflet-container"));
  const touched = all.filter(e => e.matches("button, a[href], select, input:not([type=hidden]), summary"))
    .filter(e => !e.closest("label"));
  const box = e => e.getBoundingClientRect();
  const found = [];
  const wide = document.documentElement.scrollWidth;
  if (wide > innerWidth) found.push(`${wide} px wide`);
  for (const e of touched) {
    if (box(e).height < 43.5 || box(e).width < 43.5) found.push(`small: ${name(e)}`);
    if (box(e).right > innerWidth + 1 || box(e).left < -1) found.push(`outside: ${name(e)}`);
  }
  for (const [i, a] of touched.entries()) for (const b of touched.slice(i + 1)) {
    const [p, q] = [box(a), box(b)];
    const over = Math.min(p.right, q.right) - Math.max(p.left, q.left);
    const down = Math.min(p.bottom, q.bottom) - Math.max(p.top, q.top);
    if (over > 1 && down > 1 && !a.contains(b) && !b.contains(a))
      found.push(`overlap: ${name(a)} | ${name(b)}`);
  }
  for (const e of all) {
    const text = [...e.childNodes].some(n => n.nodeType === 3 && n.textContent.trim());
    if (text && parseFloat(getComputedStyle(e).fontSize) < 16) found.push(`tiny: ${name(e)}`);
    if (text && e.scrollWidth > e.clientWidth + 1 && e.clientWidth) found.push(`cut: ${name(e)}`);
  }
  return found;
}"""


@pytest.fixture
def phone(new_page: NewPage, store: Store) -> Page:
    """Return the worker's phone, signed in on a morning with a plan, ready offline."""
    publish(store)
    store.facts.record(NEXT_DOOR)
    page = new_page(width=360, height=640)
    signed_in(page, store, "worker")
    return page


class Taps:
    """Taps and counts them."""

    def __init__(self) -> None:
        self.count = 0

    def __call__(self, target: Locator) -> None:
        """Tap as a thumb does."""
        target.tap()
        self.count += 1


def recorded(store: Store) -> list[Any]:
    """Return the visits that came in."""
    return [visit for visit in store.snapshot().visits if visit.id not in KNOWN]


def save(page: Page, number: int, outcome: str, tap: Taps | None = None) -> None:
    """Record a stop from the list: open it, record, choose, save."""
    tap = tap or Taps()
    row = page.locator(f"#stop-{number}")
    if not row.locator(".record").is_visible():
        tap(row.locator(".stop-head"))
    tap(row.locator(".record"))
    tap(page.locator("dialog[open]").get_by_text(outcome))
    tap(page.locator("dialog[open] .save"))
    page.locator("dialog[open]").wait_for(state="detached")


def test_a_day_goes_on_without_a_signal(phone: Page, store: Store) -> None:
    """Ready, cut off, opened again: list, filters and map are there; four taps save; the signal sends it."""
    expect(phone.locator("#ready")).to_have_text("已下载 3 户,可离线使用 09:00")
    phone.context.set_offline(True)
    phone.reload()
    unlocked(phone)
    expect(phone.locator("#ready.ok")).to_have_text("已下载 3 户,可离线使用 09:00")
    expect(phone.locator(".stop-title")).to_have_text(["赵建国", "李大山", "王秀英"])
    tap = Taps()
    save(phone, 2, "在家,一切都好", tap)
    assert tap.count == 4
    expect(phone.locator("#held")).to_have_text("1 条中 0 条已在站里,其余等信号")
    expect(phone.locator("#stop-2 [data-visit]")).to_contain_text("已见到 · 09:00")
    assert recorded(store) == []

    for filter_, numbers in (
        ("todo", ["1", "3"]),
        ("done", ["✓"]),
        ("overdue", ["3"]),
        ("all", ["1", "✓", "3"]),
    ):
        phone.locator("[data-view=list]").tap()
        phone.locator("#filter").select_option(filter_)
        listed = phone.locator(".village .stop-number, .stop.next .stop-number").count()
        phone.locator("[data-view=map]").tap()
        expect(phone.locator("#map .pin span")).to_have_text(numbers)
        assert listed == len(set(numbers) | {"1"})  # the next stop stays in sight above the list
    assert phone.locator("#map canvas").count() == 1
    assert phone.locator("#map img").count() == 0
    phone.locator("#map .pin").last.tap()
    expect(phone.locator("#stop-3 .record")).to_be_visible()

    phone.context.set_offline(False)
    expect(phone.locator("#held.ok")).to_have_text("1 条中 1 条已在站里 · 09:00")
    (visit,) = recorded(store)
    assert (visit.household_id, visit.client_ids, visit.stop_id) == ("h2", ("p2", "p3"), "s2")
    assert (visit.outcome, visit.day) == (Outcome.SEEN, TODAY)


def test_ready_is_said_only_where_every_file_is_stored(phone: Page) -> None:
    """With one file of the app lost from the phone it says so, and mends itself at the next signal."""
    phone.context.set_offline(True)
    lost = "/vendor/leaflet/leaflet.js"
    phone.evaluate(
        "async f => { for (const n of await caches.keys()) (await caches.open(n)).delete(f); }", lost
    )
    phone.reload()
    unlocked(phone)
    expect(phone.locator("#ready.wait")).to_contain_text("还不能离线使用:有 1 个程序文件没存下来")
    phone.context.set_offline(False)
    expect(phone.locator("#ready.ok")).to_contain_text("可离线使用")


def test_a_packet_of_somebody_else_is_not_shown(phone: Page) -> None:
    """An answer that was asked for before another person signed in is let go; the next one counts."""
    somebody, mine = {"kind": "list", "account": {"id": "other"}}, {"made_at": "2026-03-20T01:05:00Z"}
    answers: list[dict[str, Any]] = [somebody, mine]

    def station(route: Route) -> None:
        answer = route.fetch()
        route.fulfill(response=answer, json={**answer.json(), **answers.pop(0)})

    phone.route("**/phone/packet", station)
    phone.evaluate(
        "() => { const title = document.getElementById('title'); window.titles = [];"
        " const note = () => window.titles.push(title.textContent);"
        " new MutationObserver(note).observe(title, { childList: true }); }"
    )
    for _ in list(answers):
        with phone.expect_response("**/phone/packet"):
            phone.evaluate("dispatchEvent(new Event('online')); null")
    expect(phone.locator("#ready")).to_contain_text("09:05")
    assert "名单" not in phone.evaluate("window.titles")


def test_a_saved_visit_can_be_taken_back_and_mended(phone: Page, store: Store) -> None:
    """Within ten minutes "undo" brings the sheet back; the station keeps only what was saved last."""
    phone.context.grant_permissions(["geolocation"])
    phone.context.set_geolocation({"longitude": LON + 0.0063, "latitude": LAT + 0.006, "accuracy": 9.0})
    phone.locator("#stop-2 .stop-head").tap()
    phone.locator("#stop-2 .record").tap()
    sheet = phone.locator("dialog[open]")
    sheet.get_by_text("在家,一切都好").tap()
    sheet.locator("#check-in").tap()
    sheet.locator('[data-pin="door"]').tap()
    sheet.locator(".save").tap()
    expect(phone.locator("#held.ok")).to_contain_text("2 条")
    expect(phone.locator(".line.saved")).to_contain_text("10 分钟内可撤回")
    phone.locator(".undo").tap()
    expect(sheet.locator("[data-way=well]")).to_be_checked()
    expect(sheet.locator(".said")).to_contain_text("门口位置已经发出")
    sheet.get_by_text("拒访").tap()
    sheet.locator(".save").tap()
    expect(phone.locator("#stop-2 [data-visit]")).to_contain_text("拒访")
    expect(phone.locator("#held.ok")).to_be_visible()
    assert [visit.outcome for visit in recorded(store)] == [Outcome.REFUSED]


def test_signing_out_waits_for_the_station(phone: Page) -> None:
    """While a record waits nothing can be confirmed, only read how many; once held the phone is cleared."""
    phone.context.set_offline(True)
    save(phone, 2, "在家,一切都好")
    phone.locator(".tab.more").tap()
    leave = phone.get_by_role("button", name="退出,清掉这台手机上的内容")
    leave.tap()
    sheet = phone.locator("dialog[open]")
    expect(sheet).to_contain_text("还有 1 条记录没送到站里")
    assert sheet.get_by_role("button").all_text_contents() == ["✕", "关闭"]
    sheet.get_by_role("button", name="关闭").last.tap()
    phone.context.set_offline(False)
    expect(phone.locator("#held.ok")).to_be_visible()
    leave.tap()
    phone.locator("dialog[open] .primary").tap()
    expect(phone.locator(".lock-title")).to_have_text("登录走访图")


def test_nobody_at_home(phone: Page, store: Store) -> None:
    """The next try is told, what is left is put in a better order on the phone; the station learns it."""
    phone.context.set_offline(True)
    save(phone, 1, "无人")
    expect(phone.locator(".after")).to_contain_text("今天 11:00 以后再来一次。")
    phone.locator(".after button").tap()
    sheet = phone.locator("dialog[open]")
    expect(sheet.locator(".new-order strong").last).to_have_text("赵建国")
    order = sheet.locator(".new-order strong").all_text_contents()
    sheet.locator(".primary").tap()
    assert phone.locator(".stop.next .stop-title").text_content() == order[0]
    phone.locator(".stop.next .on-map").tap()  # the plan's turns would lead from another door
    expect(phone.locator("#map")).to_be_visible()
    phone.locator("[data-view=list]").tap()
    phone.context.set_offline(False)
    expect(phone.locator("#held.ok")).to_be_visible()
    phone.wait_for_function("() => !document.querySelector('.chip.warn[data-visit]')")
    titles = {"李大山": "s2", "王秀英": "s3", "赵建国": "s1"}
    for _ in range(50):
        if orders := store.incoming.orders.all():
            break
        phone.wait_for_timeout(100)
    assert [one.stop_ids for one in orders] == [tuple(titles[name] for name in order)]


def test_going_out_and_help(phone: Page, store: Store) -> None:
    """Out, later and back arrive as one outing; help dials and writes with the place and nobody's name."""
    phone.locator(".outing").get_by_role("button", name="出发").tap()
    sheet = phone.locator("dialog[open]")
    expect(sheet.locator(".time")).to_have_text("11:30")
    sheet.get_by_role("button", name="晚 15 分钟").tap()
    sheet.locator(".primary").tap()
    expect(phone.locator(".outing.away")).to_contain_text("09:00 出发,11:45 前回 · 与 刘强 同去")
    phone.locator(".outing").get_by_role("button", name="我回来了").tap()
    expect(phone.locator(".outing")).to_contain_text("09:00 已回")
    for _ in range(50):
        outings = store.incoming.outings.all()
        if outings and outings[0].back_at:
            break
        phone.wait_for_timeout(100)
    assert [(one.actor_id, one.back_at is not None) for one in outings] == [("w1", True)]

    phone.context.set_offline(True)
    phone.context.grant_permissions(["geolocation"])
    phone.context.set_geolocation({"longitude": 107.5061, "latitude": 26.7061, "accuracy": 12.0})
    phone.locator("#help").tap()
    links = [link.get_attribute("href") or "" for link in phone.locator("dialog[open] .links a").all()]
    assert links[:2] == ["tel:110", "tel:120"]
    assert [link for link in links if not re.fullmatch(r"tel:\+?\d+", link)] == []
    expect(phone.locator(".sms-text")).to_have_text(
        re.compile(r"09:\d\d。我在 26.70610,107.50610\(误差约 12 米\)")
    )
    (message,) = phone.locator("dialog a[href^='sms:']").all()
    assert re.match(r"sms:(1[3-9]\d{9})?\?body=", message.get_attribute("href") or "")


def test_the_position_is_taken_by_a_tap_and_offers_the_neighbour(phone: Page) -> None:
    """Nobody is followed before a tap; where somebody stands, who is due next door is offered."""
    phone.context.grant_permissions(["geolocation"])
    phone.context.set_geolocation({"longitude": LON + 0.0063, "latitude": LAT + 0.006, "accuracy": 9.0})
    phone.evaluate(
        "() => { window.asked = [];"
        " for (const how of ['getCurrentPosition', 'watchPosition', 'clearWatch']) {"
        " const own = navigator.geolocation[how].bind(navigator.geolocation);"
        " navigator.geolocation[how] = (...all) => { window.asked.push(how); return own(...all); }; } }"
    )
    expect(phone.locator(".stop.next .offer")).to_contain_text("丁阿婆")
    assert phone.evaluate("window.asked") == []
    phone.locator(".locate").tap()
    expect(phone.locator(".day-body > .offer")).to_contain_text("丁阿婆")
    expect(phone.locator(".stop.next .stop-distance")).to_contain_text("离我 30 米")
    phone.locator("[data-view=map]").tap()
    phone.locator("#map .pin").first.wait_for()
    phone.locator(".locate").tap()
    expect(phone.locator(".locator")).to_contain_text("误差约 9 米")
    phone.locator(".tab.month").tap()
    assert phone.evaluate("window.asked") == ["getCurrentPosition", "watchPosition", "clearWatch"]


def test_a_village_contact_has_a_list(new_page: NewPage, store: Store) -> None:
    """A contact reads a surname and a door without a route; a call is one tap, the record the same sheet."""
    page = new_page(width=360, height=640)
    store.facts.record(OF_THE_CONTACT)
    signed_in(page, store, "contact")
    expect(page.locator("#title")).to_have_text("名单")
    expect(page.locator(".stop-title")).to_have_text(["阮*"])
    assert "阮老汉" not in page.locator("body").inner_text()
    assert page.locator(".stop.next .call").get_attribute("href") == "tel:13800001111"
    assert page.get_by_role("button", name="晚点去").count() == 0
    save(page, 1, "在家,一切都好")
    expect(page.locator("#held.ok")).to_be_visible()
    assert [visit.client_ids for visit in recorded(store)] == [("p30",)]


def faults(page: Page, place: str) -> list[str]:
    """Return what does not fit, at the width of the screen and at 200 %."""
    found = []
    for width, height in ((180, 320), (360, 640)):
        page.set_viewport_size({"width": width, "height": height})
        page.wait_for_timeout(60)
        found += [f"{width} px, {place}: {fault}" for fault in page.evaluate(FAULTS, [place, width < 200])]
    return found


@pytest.mark.parametrize("lang", ["zh-CN", "en"])
def test_everything_fits_and_can_be_used(phone: Page, lang: str) -> None:
    """At 360 px and at 200 %: nothing scrolls sideways, overlaps, is cut or small; axe finds no fault."""
    if lang == "en":
        phone.locator(".tab.more").tap()
        phone.get_by_role("button", name="English").tap()
        unlocked(phone)
        phone.locator(".tab.today").tap()
        expect(phone.locator("#ready.ok")).to_have_text(re.compile("ready offline 09:00"))
    found = []
    views: dict[str, Callable[[], None]] = {
        "list": lambda: phone.locator("#stop-3 .stop-head").tap(),
        "map": lambda: phone.locator("[data-view=map]").tap(),
        "month": lambda: phone.locator(".tab.month").tap(),
        "more": lambda: phone.locator(".tab.more").tap(),
    }
    for name, opened in views.items():
        opened()
        phone.wait_for_timeout(200)
        found += [
            f"{name}: {one}" for place in ("main", "#bar", "#nav", "#lines") for one in faults(phone, place)
        ]
        found += [f"{name}: {fault}" for fault in accessibility_faults(phone)]
    phone.locator(".tab.today").tap()
    phone.locator("[data-view=list]").tap()
    for target in (
        "#help",
        ".outing button",
        ".stop.next .navigate",
        ".stop.next .actions button:last-child",
    ):
        phone.locator(target).first.tap()
        phone.wait_for_timeout(200)
        found += [f"{target}: {one}" for one in faults(phone, "dialog[open]")]
        found += [f"{target}: {fault}" for fault in accessibility_faults(phone)]
        phone.locator("dialog[open] .close").tap()
    assert found == []
