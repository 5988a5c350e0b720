"""The record sheet on a phone of 360 × 640: taps, forms, mistakes, photos, signature, the duty to report."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from typing import Any

import pytest
from playwright.sync_api import FilePayload, Geolocation, Locator, Page, expect

from fieldmap.incoming import Told
from fieldmap.models import Outcome, Visit
from fieldmap.pictures import picture_type
from fieldmap.store import Store
from fieldmap.surveys import form
from tests.browser import accessibility_faults
from tests.phone import signed_in
from tests.web.conftest import NewPage
from tests.web.phone_plan import publish
from tests.web.test_pictures_browser import made_jpeg
from tests.web.village import LAT, LON, VISITS

pytestmark = pytest.mark.browser

KNOWN = {visit.id for visit in VISITS}
AT_H3: Geolocation = {"latitude": LAT + 0.006, "longitude": LON + 0.006, "accuracy": 12}
FAR_AND_ROUGH: Geolocation = {"latitude": LAT + 0.03, "longitude": LON + 0.006, "accuracy": 140}


@pytest.fixture
def phone(new_page: NewPage, store: Store) -> Page:
    """Return the worker's phone on today's three doors."""
    publish(store)
    page = new_page(width=360, height=640)
    page.context.grant_permissions(["geolocation"])
    page.context.set_geolocation(AT_H3)
    signed_in(page, store, "worker")
    return page


def open_sheet(page: Page, number: int) -> Locator:
    """Open the record sheet of a stop, return it."""
    stop = page.locator(f"#stop-{number}")
    if not stop.locator(".record").is_visible():
        stop.locator(".stop-head").tap()
    stop.locator(".record").tap()
    return page.locator("dialog.record")


def choose(sheet: Locator, name: str, value: str) -> None:
    """Tap a choice."""
    sheet.locator(f'[name="{name}"][value="{value}"]').locator("..").tap()


def find(sheet: Locator, way: str) -> None:
    """Tap what was found."""
    sheet.locator(f'[data-way="{way}"]').locator("..").tap()


def save(sheet: Locator) -> None:
    """Tap save."""
    sheet.locator(".save").tap()


def arrived[T](page: Page, read: Callable[[], Sequence[T]]) -> T:
    """Wait until the station has one of something, return the first."""
    for _ in range(200):
        if found := read():
            return found[0]
        page.wait_for_timeout(50)
    raise AssertionError("nothing came in")


def recorded(store: Store) -> list[Visit]:
    """Return the visits that the tests' own data does not have."""
    return [visit for visit in store.snapshot().visits if visit.id not in KNOWN]


def too_small(page: Page) -> list[Any]:
    """Return the targets of the sheet under 44 px, the text under 16 px, and what scrolls sideways."""
    found: list[Any] = page.evaluate(
        """() => {
            const main = document.querySelector("dialog.record .dialog-main");
            const all = [...document.querySelectorAll("dialog.record *")];
            const shown = all.filter((e) => e.offsetParent && e.type !== "file");
            const target = (e) => e.closest("label.tick, label.big, label.line-tick") || e;
            const tapped = shown.filter((e) => e.matches("button, a, summary, input, select, textarea"));
            const boxes = tapped.map((e) => target(e).getBoundingClientRect());
            const small = boxes.filter((box) => box.width < 43.9 || box.height < 43.9);
            const tiny = shown.filter((e) => parseFloat(getComputedStyle(e).fontSize) < 16);
            const wide = main.scrollWidth > main.clientWidth ? ["sideways"] : [];
            return [...small.map((b) => [b.width, b.height]), ...tiny.map((e) => e.tagName), ...wide];
        }"""
    )
    return found


def test_all_well_asks_for_nothing_and_needs_are_answered(phone: Page, store: Store) -> None:
    """All well needs nothing more; with needs, mistakes stand beside their fields and no answer is lost."""
    all_well(phone, store)
    needs(phone, store)


def all_well(phone: Page, store: Store) -> None:
    """Save without a result, then with the first one: the visit that the station holds is whole."""
    sheet = open_sheet(phone, 3)
    save(sheet)
    expect(sheet.locator(".outcomes .field-said")).to_have_text("先选见到的情况")
    expect(sheet.locator('[data-part="rest"]')).to_be_hidden()
    find(sheet, "well")
    save(sheet)
    expect(sheet).to_have_count(0)
    visit = arrived(phone, lambda: recorded(store))
    assert (visit.outcome, visit.client_ids, visit.stop_id) == (Outcome.SEEN, ("p1",), "s3")
    assert (visit.answers, visit.needs, visit.check_in) == ({}, (), None)
    assert visit.started_at is not None
    assert visit.ended_at is not None
    assert visit.started_at <= visit.ended_at


def needs(phone: Page, store: Store) -> None:
    """Take a suggestion, miss an answer, close by accident, go on, save."""
    sheet = open_sheet(phone, 2)
    find(sheet, "needs")
    mine = sheet.locator('.person-form[data-client="p2"]')
    mine.locator("summary").tap()
    for name, value in (("fell", "yes"), ("mood", "low"), ("home_risk", "none"), ("home_risk", "gas")):
        choose(mine, f"answers.p2.{name}", value)
    expect(mine.locator(".advice li")).to_have_count(3)
    mine.locator('[data-suggestion="comfort"] button').tap()
    sheet.locator(".quick").first.tap()
    sheet.locator('[name="note"]').fill("说话慢")
    assert too_small(phone) == []
    assert accessibility_faults(phone) == []
    save(sheet)
    expect(mine.locator(".field-said")).to_have_text("请选一下或填一下")
    choose(mine, "answers.p2.fall_harm", "none")
    sheet.locator(".close").tap()
    sheet = open_sheet(phone, 2)
    expect(sheet.locator('[data-part="kept"]')).to_contain_text("接着上次没保存的填")
    save(sheet)
    visit = arrived(phone, lambda: [visit for visit in recorded(store) if visit.household_id == "h2"])
    assert visit.answers == {
        "p2": {"_form": "elder/1", "fell": "yes", "fall_harm": "none", "mood": "low", "home_risk": ["gas"]}
    }
    assert (visit.needs, visit.note, str(visit.next_day)) == (("comfort",), "说话慢", "2026-03-27")


def test_a_childs_sheet_reports_harm_takes_no_photo_and_checks_in(phone: Page, store: Store) -> None:
    """The red button makes a report of its own; no photo is offered; a check-in always has a way on."""
    sheet = open_sheet(phone, 1)
    no_photo_but_a_report(phone, sheet)
    made = arrived(phone, store.incoming.reports.all)
    assert (made.client_id, made.told, made.number) == ("p4", Told.POLICE, "110-0320-7")
    assert recorded(store) == []
    check_in(phone, sheet)
    save(sheet)
    visit = arrived(phone, lambda: recorded(store))
    assert visit.check_in is not None
    assert visit.check_in_accuracy_m == 12
    pin = arrived(phone, store.incoming.pins.all)
    assert (pin.household_id, pin.which.value, pin.accuracy_m) == ("h3", "door", 12)
    expect_signature(phone, store, visit.id)


def no_photo_but_a_report(phone: Page, sheet: Locator) -> None:
    """Report harm: whom one told has to be said, the number may be."""
    find(sheet, "well")
    expect(sheet.locator("#photo")).to_be_hidden()
    sheet.locator("#report").tap()
    report = phone.locator("dialog.report")
    expect(report.locator('a[href="tel:110"]')).to_be_visible()
    expect(report).to_contain_text("应当立即报告")
    assert accessibility_faults(phone) == []
    report.get_by_role("button", name="记下这次报告").tap()
    expect(report.get_by_role("alert")).to_contain_text("还没报告的,先打电话")
    choose(report, "told", "police")
    report.locator('[name="number"]').fill("110-0320-7")
    report.get_by_role("button", name="记下这次报告").tap()
    expect(report).to_have_count(0)
    expect(sheet.locator("#report")).to_contain_text("已记下报告")


def check_in(phone: Page, sheet: Locator) -> None:
    """A rough, far point is kept or changed by choice; a good one improves the door."""
    phone.context.set_geolocation(FAR_AND_ROUGH)
    sheet.locator("#check-in").tap()
    panel = sheet.locator(".check")
    expect(panel).to_contain_text("位置不太准,误差约 140 米")
    expect(panel).to_contain_text("比较远")
    expect(panel.locator("[data-way]")).to_have_text(
        ["保留这个点", "换个点(再定位一次)", "人不在家里见的", "不签到"], use_inner_text=True
    )
    expect(panel.locator("[data-pin]")).to_have_count(0)
    phone.context.set_geolocation(AT_H3)
    panel.locator('[data-way="again"]').tap()
    expect(panel).to_contain_text("位置很准,误差约 12 米")
    panel.locator('[data-pin="door"]').tap()
    sheet.locator("#sign").tap()
    sign(phone)
    assert too_small(phone) == []


def sign(page: Page) -> None:
    """Write a wave into the box and take it."""
    box = page.locator(".pad").bounding_box()
    assert box is not None
    page.mouse.move(box["x"] + 20, box["y"] + 60)
    page.mouse.down()
    for step in range(12):
        page.mouse.move(box["x"] + 20 + step * 20, box["y"] + 40 + (step % 3) * 25)
    page.mouse.up()
    page.get_by_role("button", name="用这个签名").tap()


def expect_signature(page: Page, store: Store, visit_id: str) -> None:
    """Wait until the station has the signature of a visit: a small PNG."""
    photo = arrived(page, lambda: store.incoming.photos.all(of_id=visit_id))
    content = store.incoming.photos.content(photo.id)
    assert photo.kind.value == "signature"
    assert picture_type(content) == "image/png"
    assert len(content) <= 40_000


# The sheet by itself, on packets made here: what it shows follows from the packet alone.

PACKET = {
    "day": "2026-03-20",
    "made_at": "2026-03-20T00:00:00Z",
    "may_pause": True,
    "photos": {"child": False},
    "codes": {
        "outcomes": [["seen", "已见到"], ["nobody", "无人"], ["moved", "迁出"], ["vacant", "空置"]],
        "channels": [["door", "上门"], ["phone", "电话"]],
        "domains": [["elderly", "养老服务"]],
        "kinds": [["contact", "探访"]],
        "places": [["home", "家中"], ["school", "学校"]],
        "societies": [["social_worker", "社会工作者"]],
        "needs": [["clinic", "陪诊取药"], ["comfort", "心理慰藉"]],
    },
}
GRANNY = {"id": "p1", "name": "王秀英", "about": "女", "phone": "", "group": "elder", "child": False}
BOY = {"id": "p2", "name": "王小", "about": "", "phone": "", "group": "child", "child": True}
STOP = {
    "id": "s1",
    "planned": True,
    "number": 1,
    "title": "王秀英",
    "household_id": "h1",
    "people": [GRANNY],
    "due_ids": ["p1"],
    "partners": [],
    "channel": "door",
    "societies": ["social_worker"],
    "position": None,
    "last_answers": {},
}

OPEN = """async ({ packet, stop, options }) => {
    const { openRecord } = await import("/static/phone/record.js");
    window.saved = [];
    window.made = window.made || 0;
    const now = () => new Date(window.clock || "2026-03-20T01:00:00Z");
    const own = { now, uuid7: () => `id-${(window.made += 1)}` };
    const vault = (window.vault = Object.assign(new EventTarget(), own));
    const add = async (kind, body, { about, photos = [] }) => {
        if (kind === "pin") throw new Error("no room");
        return window.saved.push({ kind, body, about, photos });
    };
    window.closed = openRecord({ packet, vault, outbox: { add } }, stop, options || {});
}"""


@pytest.fixture
def shell(new_page: NewPage) -> Page:
    """Return the app's page; nobody is signed in."""
    page = new_page(width=360, height=640)
    page.goto("/phone")
    return page


def show(page: Page, stop: dict[str, Any], packet: dict[str, Any] | None = None, **options: Any) -> Locator:
    """Open the sheet of a stop of one's own making."""
    forms = [made.plain("zh-CN") for name in ("elder", "child", "relief") if (made := form(name))]
    given = {"packet": {**PACKET, "forms": forms, **(packet or {})}, "stop": stop, "options": options}
    page.evaluate(OPEN, given)
    return page.locator("dialog.record")


def test_the_sheet_follows_who_is_ticked_and_how(shell: Page) -> None:
    """Photos stop where a child is ticked unless allowed; by phone no home is asked about."""
    sheet = show(shell, {**STOP, "people": [GRANNY, BOY]})
    expect(sheet.locator("#report")).to_be_visible()
    find(sheet, "well")
    expect(sheet.locator("#photo")).to_be_visible()
    choose(sheet, "client_ids", "p2")
    expect(sheet.locator("#photo")).to_be_hidden()
    expect(sheet.locator(".person-form:visible")).to_have_count(2)
    choose(sheet, "client_ids", "p2")
    expect(sheet.locator("#photo")).to_be_visible()
    sheet.locator('.person-form[data-client="p1"] summary').tap()
    expect(
        sheet.locator('[name="answers.p1.home_risk"]').first.locator("xpath=ancestor::fieldset")
    ).to_be_visible()
    choose(sheet, "channel", "phone")
    expect(
        sheet.locator('[name="answers.p1.home_risk"]').first.locator("xpath=ancestor::fieldset")
    ).to_be_hidden()
    expect(sheet.locator(".big.well")).to_contain_text("联系上了,一切都好")
    find(sheet, "vacant")
    expect(sheet.locator(".person-form:visible")).to_have_count(0)
    save(sheet)
    expect(sheet.locator(".field-said")).to_contain_text("空置只能上门才看得出来")
    find(sheet, "moved")
    choose(sheet, "exclude", "yes")
    expect(sheet.locator("#until")).to_be_visible()
    save(sheet)
    (saved,) = shell.evaluate("window.saved")
    assert (saved["body"]["outcome"], saved["body"]["exclude"], saved["body"]["until"]) == ("moved", True, "")
    sheet = show(
        shell,
        {**STOP, "id": "s2", "people": [BOY], "due_ids": ["p2"]},
        {"may_pause": False, "photos": {"child": True}},
    )
    find(sheet, "moved")
    expect(sheet.locator("#pause")).to_be_hidden()
    expect(sheet.locator("#photo")).to_be_visible()


def test_none_and_a_danger_do_not_stand_together(shell: Page) -> None:
    """The newest tick stays and takes away what it cannot stand with; what cannot pass is said."""
    sheet = show(shell, {**STOP, "people": [{**GRANNY, "group": "relief"}]})
    find(sheet, "well")
    sheet.locator(".person-form summary").tap()
    ticked = sheet.locator('[name="answers.p1.burden"]:checked')
    for value, left in (("illness", 1), ("school", 2), ("none", 1), ("house", 1)):
        choose(sheet, "answers.p1.burden", value)
        expect(ticked).to_have_count(left)
    expect(ticked).to_have_value("house")
    choose(sheet, "answers.p1.household_change", "yes")
    sheet.locator('[name="answers.p1.household_note"]').fill("走" * 61)
    save(sheet)
    expect(sheet.locator(".field-said")).to_have_text("60 字以内")


def test_same_as_last_time_fills_what_is_blank(shell: Page) -> None:
    """Carried answers are filled in by one tap, what was answered stays, and the short screen stays open."""
    last = {
        "_form": "elder/1",
        "health": "chronic",
        "care": ["spouse", "neighbour"],
        "fell": "yes",
        "income": ["gold"],
    }
    sheet = show(shell, {**STOP, "last_answers": {"p1": last}})
    find(sheet, "well")
    mine = sheet.locator(".person-form")
    expect(mine.locator("summary")).to_contain_text("可不填")
    mine.locator("summary").tap()
    choose(mine, "answers.p1.health", "worse")
    mine.locator(".same").tap()
    expect(mine.locator("summary")).to_contain_text("已填 2 项")
    choose(mine, "answers.p1.oriented", "no")
    choose(mine, "answers.p1.oriented", "no")
    save(sheet)
    (saved,) = shell.evaluate("window.saved")
    assert saved["body"]["answers"] == {
        "p1": {"_form": "elder/1", "health": "worse", "care": ["spouse", "neighbour"]}
    }


def test_a_half_filled_sheet_lasts_as_long_as_the_keys(shell: Page) -> None:
    """A lock closes the sheet and keeps it; where the keys are forgotten, what stood on it is, too."""
    sheet = show(shell, STOP)
    find(sheet, "well")
    sheet.locator('[name="note"]').fill("腿脚不便")
    sheet.locator("#sign").tap()
    shell.evaluate('window.dispatchEvent(new CustomEvent("phone:closed", { detail: {} }))')
    expect(shell.locator("dialog")).to_have_count(0)
    sheet = show(shell, STOP)
    expect(sheet.locator('[name="note"]')).to_have_value("腿脚不便")
    shell.evaluate('window.vault.dispatchEvent(new CustomEvent("forgotten"))')
    expect(shell.locator("dialog")).to_have_count(0)
    sheet = show(shell, STOP)
    expect(sheet.locator('[name="note"]')).to_have_value("")
    assert shell.evaluate("window.saved") == []


@pytest.mark.parametrize(
    ("chosen", "told"), [("", "2026-03-21"), ("2026-03-18", "2026-03-18")], ids=["as offered", "chosen"]
)
def test_a_sheet_taken_up_the_next_day_begins_then(shell: Page, chosen: str, told: str) -> None:
    """What was filled in stays, a chosen day too; the visit begins when the sheet is opened again."""
    sheet = show(shell, STOP)
    find(sheet, "well")
    if chosen:
        sheet.locator(".more-block summary").tap()
        sheet.locator('[name="day"]').fill(chosen)
    sheet.locator(".close").tap()
    shell.evaluate("window.clock = '2026-03-21T06:00:00Z'")
    sheet = show(shell, STOP)
    expect(sheet.locator('[data-way="well"]')).to_be_checked()
    save(sheet)
    (saved,) = shell.evaluate("window.saved")
    began = datetime.fromisoformat(saved["body"]["started_at"])
    assert (began, saved["body"]["day"]) == (datetime(2026, 3, 21, 6, tzinfo=UTC), told)


def test_a_visit_from_an_older_list_is_of_its_own_day(shell: Page) -> None:
    """A list of three days ago offers today: as the day of the visit, its latest, and the first next date."""
    sheet = show(shell, STOP, {"day": "2026-03-17", "made_at": "2026-03-17T00:00:00Z"})
    find(sheet, "well")
    expect(sheet.locator('[name="day"]')).to_have_attribute("max", "2026-03-20")
    expect(sheet.locator('[name="next_day"]')).to_have_attribute("min", "2026-03-20")
    save(sheet)
    (saved,) = shell.evaluate("window.saved")
    assert saved["body"]["day"] == "2026-03-20"


def test_what_the_station_refused_is_marked_again(shell: Page) -> None:
    """A visit that comes back opens as it was filled in, each reason beside its field."""
    sheet = show(shell, STOP)
    find(sheet, "needs")
    choose(sheet, "needs", "clinic")
    save(sheet)
    (saved,) = shell.evaluate("window.saved")
    fields = [{"field": "next_day", "message": "下次日期不对"}, {"field": "stop_id", "message": "没有这一站"}]
    sheet = show(shell, STOP, draft=saved["body"], fields=fields)
    expect(sheet.locator(".next .field-said")).to_have_text("下次日期不对")
    expect(sheet.get_by_role("alert")).to_have_text("没有这一站")
    expect(sheet.locator('[name="needs"][value="clinic"]')).to_be_checked()
    save(sheet)
    again = shell.evaluate("window.saved")[-1]["body"]
    assert {**again, "ended_at": ""} == {**saved["body"], "ended_at": ""}


def test_a_visit_stands_without_its_better_point(shell: Page) -> None:
    """Where the phone cannot keep the point, the visit is saved and the loss of the point is said."""
    sheet = show(shell, STOP)
    find(sheet, "well")
    save(sheet)
    (saved,) = shell.evaluate("window.saved")
    point = {"check_in": {"lon": LON, "lat": LAT, "accuracy_m": 9}, "pins": ["door"]}
    sheet = show(shell, STOP, draft=saved["body"] | point)
    save(sheet)
    expect(sheet).to_have_count(0)
    expect(shell.locator("dialog[open]")).to_contain_text("没能存下您建议的位置点")
    assert [one["kind"] for one in shell.evaluate("window.saved")] == ["visit"]


def test_a_report_is_listed_under_the_child_it_is_about(shell: Page) -> None:
    """Of two children the one that was chosen is named on the phone, as at the station."""
    sheet = show(shell, {**STOP, "people": [BOY, {**BOY, "id": "p3", "name": "王小妹"}]})
    sheet.locator("#report").tap()
    report = shell.locator("dialog.report")
    choose(report, "client_id", "p3")
    choose(report, "told", "police")
    report.get_by_role("button", name="记下这次报告").tap()
    expect(report).to_have_count(0)
    (saved,) = shell.evaluate("window.saved")
    assert (saved["body"]["client_id"], saved["about"]) == ("p3", "报告:王小妹")


def test_a_photo_is_taken_shown_and_taken_away(shell: Page) -> None:
    """A photo is counted and shown, can be removed, and goes under an id of its own, another one again."""
    file: FilePayload = {"name": "a.jpg", "mimeType": "image/jpeg", "buffer": made_jpeg(shell, 640, 480)}
    sheet = show(shell, STOP)
    find(sheet, "well")
    picker = sheet.locator("input[type=file]")
    picker.set_input_files(file)
    expect(sheet.locator(".photos li")).to_have_count(1)
    picker.set_input_files(file)
    expect(sheet.locator(".photos li")).to_have_count(2)
    sheet.locator(".photos button").first.tap()
    expect(sheet.locator(".photos li")).to_have_count(1)
    picker.set_input_files(FilePayload(name="b.jpg", mimeType="image/jpeg", buffer=b"no picture"))
    expect(sheet).to_contain_text("这张照片读不了")
    assert too_small(shell) == []
    shell.set_viewport_size({"width": 180, "height": 320})
    assert too_small(shell) == [], "at 200 %"
    sheet.locator("#sign").tap()
    sign(shell)
    save(sheet)
    (saved,) = shell.evaluate("window.saved")
    assert [photo["kind"] for photo in saved["photos"]] == ["photo", "signature"]
    sheet = show(shell, STOP, draft=saved["body"])
    expect(sheet.locator(".photos li")).to_have_count(1)
    save(sheet)
    (again,) = shell.evaluate("window.saved")
    assert len({photo["id"] for photo in saved["photos"] + again["photos"]}) == 4
