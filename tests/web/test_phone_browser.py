"""The phone in a browser of 360 × 640 with the network cut: taps, the sketch, no signal, the flag."""

from __future__ import annotations

import json
import re
from datetime import date

import pytest
from playwright.sync_api import Locator, Page, Route, expect

from fieldmap.models import Channel, Exclusion, ExclusionReason, Outcome
from fieldmap.store import Store
from tests.browser import accessibility_faults
from tests.web.conftest import NewPage, Served
from tests.web.phone_plan import publish
from tests.web.village import GRID_A, TODAY, VISITS

pytestmark = pytest.mark.browser

KNOWN = {visit.id for visit in VISITS}


@pytest.fixture
def phone(new_page: NewPage, store: Store) -> Page:
    """Return the worker's phone on today's stops."""
    publish(store)
    page = new_page("worker", width=360, height=640)
    page.goto("/today")
    return page


class Taps:
    """Taps and counts them."""

    def __init__(self) -> None:
        self.count = 0

    def __call__(self, target: Locator) -> None:
        """Tap as a thumb does."""
        target.tap()
        self.count += 1


def stop(page: Page, number: int) -> Locator:
    """Return one stop of the list."""
    return page.locator(f"#stop-{number}")


def record_well(page: Page, number: int, tap: Taps) -> None:
    """Open a stop, record it as at home and well, save."""
    tap(stop(page, number).locator(".stop-head"))
    tap(stop(page, number).locator(".record"))
    tap(page.get_by_text("在家,一切都好"))
    tap(page.locator("#record").get_by_role("button", name="保存"))


def test_at_home_all_well_takes_four_taps(phone: Page, store: Store) -> None:
    """From the list to held by the station: stop, record, at home all well, save."""
    tap = Taps()
    record_well(phone, 2, tap)
    expect(phone.locator("#held")).to_have_text("今天记了 1 次,站里已收到 1 次 · 最近一次 09:00")
    expect(stop(phone, 2).locator("[data-done]")).to_have_text("✓ 已见到 · 站里 09:00 已收到")
    assert tap.count <= 6
    assert tap.count == 4
    (visit,) = [v for v in store.snapshot().visits if v.id not in KNOWN]
    assert (visit.household_id, visit.client_ids, visit.stop_id) == ("h2", ("p2", "p3"), "s2")
    assert (visit.outcome, visit.channel, visit.day) == (Outcome.SEEN, Channel.DOOR, TODAY)


def test_the_next_stop_is_the_big_card(phone: Page) -> None:
    """The first stop without a record is opened; recording it opens the one after."""
    expect(phone.locator(".stop.next .stop-title")).to_have_text("赵建国")
    tap = Taps()
    tap(phone.locator(".stop.next .record"))
    tap(phone.get_by_text("在家,一切都好"))
    tap(phone.locator("#record").get_by_role("button", name="保存"))
    expect(phone.locator(".stop.next .stop-title")).to_have_text("李大山")
    assert tap.count == 3


def test_hospital_with_a_pause(phone: Page, store: Store) -> None:
    """An outcome that keeps somebody away offers a dated pause; the rest of the form stays away."""
    phone.locator(".stop.next .record").tap()
    sheet = phone.locator("#record")
    expect(sheet.get_by_text("从这天起暂不走访")).to_be_hidden()
    sheet.get_by_text("住院", exact=True).tap()
    sheet.get_by_text("从这天起暂不走访").tap()
    sheet.locator("[name=until]").fill("2026-04-05")
    sheet.get_by_role("button", name="保存").tap()
    expect(phone.locator("#held")).to_contain_text("站里已收到 1 次")
    made = [e for e in store.facts.read(Exclusion) if e.client_id == "p4"]
    assert [(e.reason, e.valid_to) for e in made] == [(ExclusionReason.HOSPITAL, date(2026, 4, 5))]


def test_needs_are_ticked_and_all_of_the_form_arrives(phone: Page, store: Store) -> None:
    """Needs, channel, note, next date, domain and societies reach the record as chosen."""
    phone.locator(".stop.next .record").tap()
    sheet = phone.locator("#record")
    sheet.get_by_text("在家,有需要").tap()
    sheet.get_by_text("助餐送餐").tap()
    sheet.get_by_text("电话", exact=True).tap()
    sheet.locator("[name=note]").fill("想吃热饭")
    sheet.locator("[name=next_day]").fill("2026-03-27")
    sheet.get_by_text("更多:日期、领域、五社、签到").tap()
    sheet.locator("[name=domain]").select_option("safety")
    sheet.get_by_text("社会慈善资源").tap()
    sheet.get_by_role("button", name="保存").tap()
    expect(phone.locator("#held")).to_contain_text("站里已收到 1 次")
    (visit,) = [v for v in store.snapshot().visits if v.id not in KNOWN]
    assert (visit.needs, visit.channel.value, visit.note) == (("meals",), "phone", "想吃热饭")
    assert (visit.next_day, visit.domain.value) == (date(2026, 3, 27), "safety")
    assert {society.value for society in visit.societies} == {"social_worker", "charity"}
    assert visit.actor_ids == ("w1", "w2")


def test_without_a_choice_nothing_is_sent(phone: Page) -> None:
    """Saving an empty sheet asks for the outcome and keeps the sheet open."""
    phone.locator(".stop.next .record").tap()
    phone.locator("#record").get_by_role("button", name="保存").tap()
    expect(phone.locator("#visit-said")).to_have_text("先点选这次见到的情况")
    expect(phone.locator("#held")).to_be_hidden()


def test_without_a_signal_it_waits_in_sight_and_goes_by_itself(phone: Page, store: Store) -> None:
    """A visit saved without a signal is shown as unsent, and goes when the signal is back."""
    phone.context.set_offline(True)
    record_well(phone, 2, Taps())
    expect(phone.locator("#outbox")).to_contain_text("没有信号")
    expect(phone.locator("#held")).to_have_text("今天记了 1 次,站里已收到 0 次")
    phone.context.set_offline(False)
    expect(phone.locator("#held")).to_contain_text("站里已收到 1 次")
    expect(phone.locator("#outbox li")).to_have_count(0)
    assert len(store.snapshot().visits) == len(KNOWN) + 1


def test_an_answer_lost_on_the_way_makes_no_second_visit(phone: Page, store: Store) -> None:
    """Where the station held it and the phone never heard, the resend is answered as a repeat."""
    lost: list[int] = []

    def lose_once(route: Route) -> None:
        answer = route.fetch()
        lost.append(answer.status)
        if len(lost) == 1:
            route.abort()
        else:
            route.fulfill(response=answer)

    phone.route("**/visits", lose_once)
    record_well(phone, 2, Taps())
    expect(phone.locator("#outbox")).to_contain_text("没有信号")
    phone.evaluate("dispatchEvent(new Event('online'))")
    expect(phone.locator("#held")).to_contain_text("站里已收到 1 次")
    assert lost == [201, 200]
    assert len(store.snapshot().visits) == len(KNOWN) + 1


def test_a_refused_visit_is_kept_and_can_be_mended(phone: Page, store: Store) -> None:
    """What the station refuses stays in sight with the reason; corrected, it goes under the same id."""
    phone.locator(".stop.next .record").tap()
    sheet = phone.locator("#record")
    sheet.get_by_text("在家,一切都好").tap()
    sheet.locator("[name=note]").fill("门口有狗")
    sheet.get_by_text("更多:日期、领域、五社、签到").tap()
    sheet.locator("[name=day]").fill("2026-03-21")
    sheet.get_by_role("button", name="保存").tap()
    refused = phone.locator("#outbox li.refused")
    expect(refused).to_contain_text("走访日期不对")
    refused.get_by_role("button", name="改一改再送").tap()
    expect(sheet.locator("[name=note]")).to_have_value("门口有狗")
    expect(sheet.locator("[name=day]")).to_have_attribute("aria-invalid", "true")
    expect(sheet.locator(".field-said")).to_be_in_viewport()
    expect(sheet.locator(".field-said")).to_contain_text("走访日期不对")
    sheet.locator("[name=day]").evaluate("(box) => { box.value = '2026-03-20' }")
    sheet.get_by_role("button", name="保存").tap()
    expect(phone.locator("#held")).to_contain_text("站里已收到 1 次")
    (visit,) = [v for v in store.snapshot().visits if v.id not in KNOWN]
    assert (visit.day, visit.note) == (TODAY, "门口有狗")


def test_a_sign_in_that_ended_loses_nothing(phone: Page, served_app: Served, store: Store) -> None:
    """After signing in again the waiting visit goes with the new token."""
    phone.context.clear_cookies(name="session")
    record_well(phone, 2, Taps())
    expect(phone.locator("#outbox")).to_contain_text("重新登录后自动再送")
    token = store.accounts.sign_in("worker", "password-1", hours=1)
    phone.context.add_cookies([{"name": "session", "value": token, "url": served_app.url}])
    phone.evaluate("dispatchEvent(new Event('online'))")
    expect(phone.locator("#held")).to_contain_text("站里已收到 1 次")
    assert len(store.snapshot().visits) == len(KNOWN) + 1


def test_somebody_else_s_sign_in_sends_nothing(phone: Page, served_app: Served, store: Store) -> None:
    """A phone that was handed on does not send one person's visit under another's name."""
    phone.context.clear_cookies(name="session")
    record_well(phone, 2, Taps())
    expect(phone.locator("#outbox")).to_contain_text("重新登录后自动再送")
    token = store.accounts.sign_in("head", "password-1", hours=1)
    phone.context.add_cookies([{"name": "session", "value": token, "url": served_app.url}])
    with phone.expect_response("**/today"):
        phone.evaluate("dispatchEvent(new Event('online'))")
    expect(phone.locator("#outbox")).to_contain_text("重新登录后自动再送")
    assert len(store.snapshot().visits) == len(KNOWN)


def test_nothing_is_left_on_the_phone(phone: Page) -> None:
    """Neither a name nor anything else is kept in the browser's storage."""
    record_well(phone, 2, Taps())
    expect(phone.locator("#held")).to_contain_text("站里已收到 1 次")
    kept = phone.evaluate(
        "async () => [localStorage.length, sessionStorage.length, (await indexedDB.databases()).length,"
        " (await caches.keys()).length]"
    )
    assert kept == [0, 0, 0, 0]


def test_the_sketch_draws_the_route_without_tiles(phone: Page) -> None:
    """The map shows three numbers on a canvas and no picture; a number leads back to its stop."""
    phone.get_by_role("button", name="地图").tap()
    expect(phone.locator("#map .pin")).to_have_text(["1", "2", "3"])
    assert phone.locator("#map canvas").count() == 1
    assert phone.locator("#map img").count() == 0
    phone.locator("#map .pin").nth(2).tap()
    expect(stop(phone, 3).locator(".record")).to_be_visible()
    phone.get_by_role("button", name="地图").tap()
    expect(phone.locator("#map .pin")).to_have_count(3)


def test_check_in_is_taken_when_tapped_and_never_before(phone: Page, store: Store) -> None:
    """The position is asked for once, by a tap, and goes with its accuracy."""
    phone.context.grant_permissions(["geolocation"])
    phone.context.set_geolocation({"longitude": 107.5061, "latitude": 26.7061, "accuracy": 12.0})
    phone.evaluate(
        "() => { window.asked = 0; const geo = navigator.geolocation;"
        " const own = geo.getCurrentPosition.bind(geo);"
        " geo.getCurrentPosition = (...a) => { window.asked += 1; own(...a); };"
        " geo.watchPosition = () => { window.asked += 100; }; }"
    )
    phone.locator(".stop.next .record").tap()
    sheet = phone.locator("#record")
    sheet.get_by_text("在家,一切都好").tap()
    assert phone.evaluate("window.asked") == 0
    sheet.get_by_text("更多:日期、领域、五社、签到").tap()
    sheet.get_by_role("button", name="签到:记下此刻的位置").tap()
    expect(phone.locator("#check-in-said")).to_have_text("已签到,误差约 12 米")
    sheet.get_by_role("button", name="保存").tap()
    expect(phone.locator("#held")).to_contain_text("站里已收到 1 次")
    (visit,) = [v for v in store.snapshot().visits if v.id not in KNOWN]
    assert visit.check_in is not None
    assert (visit.check_in.lon, visit.check_in_accuracy_m) == (107.5061, 12)
    assert phone.evaluate("window.asked") == 1


@pytest.mark.parametrize("lang", ["zh-CN", "en"])
def test_everything_a_thumb_touches_is_big_enough(new_page: NewPage, store: Store, lang: str) -> None:
    """Buttons and links are at least 44 px high, text at least 14 px, nothing wider than the screen."""
    publish(store)
    page = new_page("worker", lang=lang, width=360, height=640)
    page.goto("/today")
    page.locator(".stop.next .navigate summary").tap()
    for opened in (False, True):
        if opened:
            page.locator(".stop.next .record").tap()
        small = page.evaluate(
            "() => [...document.querySelectorAll('button, a[href], summary, .tick, .big, select')]"
            ".filter((e) => e.offsetParent && e.getBoundingClientRect().height < 44 && !e.matches('.skip'))"
            ".map((e) => e.textContent.trim())"
        )
        assert small == []
        assert page.evaluate("document.documentElement.scrollWidth") <= 360
        tiny = page.evaluate(
            "() => [...document.querySelectorAll('main *')].filter((e) => e.offsetParent"
            " && e.childNodes.length && parseFloat(getComputedStyle(e).fontSize) < 14)"
            ".map((e) => e.className)"
        )
        assert tiny == []


def test_everybody_can_use_it(phone: Page, new_page: NewPage) -> None:
    """The list, the record sheet, the sketches and the flags have no fault that axe-core finds."""
    assert accessibility_faults(phone) == []
    phone.locator(".stop.next .record").tap()
    phone.locator("#record").get_by_text("住院", exact=True).tap()
    phone.get_by_text("更多:日期、领域、五社、签到").tap()
    assert accessibility_faults(phone) == []
    phone.get_by_role("button", name="返回列表").tap()
    phone.get_by_role("button", name="地图").tap()
    phone.locator("#map .pin").first.wait_for()
    assert accessibility_faults(phone) == []
    grid = new_page("grid_manager", width=360, height=640)
    grid.goto("/grid")
    grid.get_by_role("button", name="在图上点").tap()
    grid.locator("#map canvas").wait_for()
    assert accessibility_faults(grid) == []
    head = new_page("head")
    head.goto("/flags")
    assert accessibility_faults(head) == []


def test_a_worker_without_a_plan_reads_so(new_page: NewPage) -> None:
    """Before the plan is published the page says so in words and no script fails."""
    page = new_page("worker", width=360, height=640)
    page.goto("/today")
    expect(page.get_by_text("今天的计划还没有发布")).to_be_visible()


def test_a_door_nobody_covers_is_flagged_with_a_pin(new_page: NewPage, store: Store) -> None:
    """The grid manager writes a line, taps the sketch and sends; the head reads one more flag."""
    page = new_page("grid_manager", width=360, height=640)
    page.goto("/grid")
    page.locator("[name=note]").fill("村东第三家,老人一个人住")
    page.get_by_role("button", name="在图上点").tap()
    page.locator("#map canvas").wait_for()
    page.locator("#map").tap(position={"x": 150, "y": 120})
    expect(page.locator("#pin-said")).to_have_text("已在图上标点")
    page.get_by_role("button", name="报给站里").tap()
    expect(page.locator("#held")).to_have_text("站里 09:00 已收到")
    expect(page.locator("#flags")).to_contain_text("村东第三家")
    (flag,) = store.flags.all()
    assert flag.grid_code == GRID_A
    assert flag.position is not None
    assert 107.49 < flag.position.lon < 107.52
    assert 26.69 < flag.position.lat < 26.72
    head = new_page("head")
    head.goto("/flags")
    expect(head.locator(f"#flag-{flag.id}")).to_contain_text("村东第三家")


def test_a_flag_waits_without_a_signal(new_page: NewPage, store: Store) -> None:
    """A flag sent without a signal stays in sight and goes when it is back, once."""
    page = new_page("grid_manager", width=360, height=640)
    page.goto("/grid")
    page.context.set_offline(True)
    page.locator("[name=note]").fill("没人管的一户")
    page.get_by_role("button", name="报给站里").tap()
    expect(page.locator("#outbox")).to_contain_text("没有信号")
    page.context.set_offline(False)
    expect(page.locator("#held")).to_contain_text("已收到")
    assert [flag.note for flag in store.flags.all()] == ["没人管的一户"]


def test_the_packet_of_the_page_is_what_the_script_reads(phone: Page) -> None:
    """The page's data is one JSON island that no script of ours may run."""
    island = phone.locator("#packet").text_content() or ""
    assert [s["number"] for s in json.loads(island)["stops"]] == [1, 2, 3]
    assert re.search(r"<script(?![^>]*(src|application/json))", phone.content()) is None
