"""The day sheet: what stands on paper, what never does, and how it prints."""

from __future__ import annotations

import re
from dataclasses import replace

import pytest

from fieldmap.models import Channel, Responsibility, Site, SiteFunction, Snapshot
from fieldmap.plans import DayPlan, PlannedStop, Unplanned
from fieldmap.rulebook import rules_in_force
from fieldmap.schedule import Due, due
from fieldmap.settings import Settings
from fieldmap.store import Store
from tests.pdf import PdfPage, pages_of
from tests.web.conftest import As, NewPage
from tests.web.phone_plan import PLAN, publish
from tests.web.village import STATION, TODAY, TOWN
from web.qr import qr_svg
from web.sheets import CALLS_EACH, CALLS_STATION, Sheet, day_sheets

ROUTE = PLAN.routes[0]
LEFT = Unplanned("h2", ("p2", "p3"), "no_room", "今天排满了", "No room today")
OUT = replace(PLAN, routes=(replace(ROUTE, stops=ROUTE.stops[::2]),), unplanned=(LEFT,))
"""The plan without the door of p2 and p3, who may be called."""


@pytest.fixture
def view(store: Store) -> Snapshot:
    """Return the village, p2 and p3 with telephones."""
    return _with_phones(store.snapshot(), p2="13900000002", p3="13900000003")


@pytest.fixture
def dues(view: Snapshot, store: Store) -> list[Due]:
    """Return who is due in the village."""
    return due(view, rules_in_force(store), TODAY)


def _with_phones(view: Snapshot, **phones: str) -> Snapshot:
    told = {key: replace(view.clients[key], phone=number) for key, number in phones.items()}
    return replace(view, clients={**view.clients, **told})


def _only(plan: DayPlan, view: Snapshot, dues: list[Due]) -> Sheet:
    made = day_sheets(plan, view, dues)
    assert made.uncalled == 0
    (sheet,) = made.sheets
    return sheet


def _with_stop(stop: PlannedStop) -> DayPlan:
    return replace(PLAN, routes=(replace(ROUTE, stops=(stop,)),))


def test_a_worker_reads_doors_in_order_with_surnames_and_dates(view: Snapshot, dues: list[Due]) -> None:
    """Number, time, surname, door, who comes along, and dates as the only reason."""
    sheet = _only(PLAN, view, dues)
    assert (sheet.worker, sheet.mode, sheet.start, sheet.back) == ("周敏", "电动车", "09:00", "11:00")
    assert sheet.partners == ("刘强",)
    assert [(d.number, d.time, d.name, d.address) for d in sheet.doors] == [
        (1, "09:05", "赵*", "北坡村3号"),
        (2, "09:45", "李*", "北坡村2号"),
        (3, "10:20", "王*", "北坡村1号"),
    ]
    assert [d.people for d in sheet.doors] == [(), ("李*", "张*"), ()]
    assert [d.partners for d in sheet.doors] == [("刘强",), (), ()]
    assert {d.reason for d in sheet.doors} == {"上次见到 2 月 20 日,3 月 31 日前应访。"}
    assert sheet.calls == ()


def test_a_door_that_opens_later_says_when(view: Snapshot, dues: list[Due]) -> None:
    """Who arrives in the noon rest reads when to knock; who need not wait reads one time."""
    stop = replace(ROUTE.stops[0], arrive_s=12 * 3600 + 3540, start_s=14 * 3600)
    times = [(d.time, d.opens) for plan in (_with_stop(stop), PLAN) for d in _only(plan, view, dues).doors]
    assert times == [("12:59", "14:00"), ("09:05", ""), ("09:45", ""), ("10:20", "")]


def test_the_code_of_a_stop_is_its_id_and_nothing_else(view: Snapshot, dues: list[Due]) -> None:
    """Who scans a lost sheet learns no name and no address."""
    codes = [door.code for door in _only(PLAN, view, dues).doors]
    assert codes == [qr_svg(f"fieldmap:stop:{stop.id}") for stop in ROUTE.stops]
    assert len(set(codes)) == 3


def test_who_is_left_out_and_may_be_called_is_on_the_sheet_of_who_answers(
    view: Snapshot, dues: list[Due]
) -> None:
    """p2 and p3 are w1's, who is on the road; she calls them."""
    sheet = _only(OUT, view, dues)
    assert [d.number for d in sheet.doors] == [1, 3]
    assert [c.number for c in sheet.calls] == [4, 5]  # as in the rows in which they are entered
    assert [(c.name, c.phone, c.address, c.time, c.code) for c in sheet.calls] == [
        ("李*", "13900000002", "北坡村2号", "", ""),
        ("张*", "13900000003", "北坡村2号", "", ""),
    ]
    assert {c.reason for c in sheet.calls} == {"上次见到 2 月 20 日,3 月 31 日前应访。"}


def test_the_deputy_calls_and_else_the_station(view: Snapshot, dues: list[Due]) -> None:
    """Where the responsible person is not on the road the deputy calls; without both the station does."""
    duties = {"p2": Responsibility("p2", "c1", "w1"), "p3": Responsibility("p3", "c1")}
    made = day_sheets(OUT, replace(view, responsibilities=duties), dues)
    assert [(s.worker, [c.name for c in s.calls]) for s in made.sheets] == [("周敏", ["李*"]), ("", ["张*"])]


@pytest.mark.parametrize(
    ("household", "clients"), [("h1", ("p1",)), ("h6", ("p7",))], ids=["must be met", "not due"]
)
def test_who_must_be_met_or_is_not_due_is_not_called(
    household: str, clients: tuple[str, ...], view: Snapshot, dues: list[Due]
) -> None:
    """A call fulfils nothing for somebody to be met, or for whom nothing is open."""
    plan = replace(PLAN, unplanned=(replace(LEFT, household_id=household, client_ids=clients),))
    phones = _with_phones(view, p1="13900000001", p7="13900000007")
    assert _only(plan, phones, dues).calls == ()


def test_nobody_falls_off_the_lists_unsaid(view: Snapshot, dues: list[Due]) -> None:
    """A worker gets few calls, the station a page; how many more could be called is said."""
    (like,) = (item for item in dues if item.client_id == "p2")
    ids = tuple(f"q{n}" for n in range(60))
    clients = {key: replace(view.clients["p2"], id=key, phone=f"139{key}") for key in ids}
    duties = {key: Responsibility(key, "w1") for key in ids}
    many = replace(view, clients={**view.clients, **clients}, responsibilities=duties)
    made = day_sheets(
        replace(PLAN, unplanned=(replace(LEFT, client_ids=ids),)),
        many,
        [replace(like, client_id=key) for key in ids],
    )
    own, station = ([call.phone for call in sheet.calls] for sheet in made.sheets)
    assert own + station == [f"139q{n}" for n in range(CALLS_EACH + CALLS_STATION)]
    assert made.uncalled == 60 - CALLS_EACH - CALLS_STATION


def test_who_has_no_number_is_counted_and_not_listed(store: Store, dues: list[Due]) -> None:
    """Nobody can be called without a number; the sheet says how many those are."""
    made = day_sheets(OUT, store.snapshot(), dues)
    assert [sheet.calls for sheet in made.sheets] == [()]
    assert made.uncalled == 2


def test_a_call_of_the_plan_has_its_time_and_code(view: Snapshot, dues: list[Due]) -> None:
    """A stop by phone is a line of the calls, not a door."""
    stop = replace(ROUTE.stops[1], channel=Channel.PHONE)
    sheet = _only(_with_stop(stop), view, dues)
    assert (sheet.doors, sheet.start, sheet.back) == ((), "", "")
    (call,) = sheet.calls
    assert call.number == stop.seq
    assert (call.name, call.phone, call.time) == ("李*、张*", "13900000002 / 13900000003", "09:45")
    assert call.code == qr_svg(f"fieldmap:stop:{stop.id}")


def test_a_visit_at_school_names_the_school(view: Snapshot, dues: list[Due]) -> None:
    """Where somebody is met elsewhere the paper leads there and not home."""
    school = Site("school", "青石小学", (SiteFunction.SCHOOL,), TOWN.code, address="青石街9号")
    stop = replace(ROUTE.stops[0], site_id=school.id)
    (door,) = _only(_with_stop(stop), replace(view, sites={school.id: school}), dues).doors
    assert (door.name, door.address, door.people) == ("青石小学", "青石街9号", ("赵*",))


def test_a_worker_without_anything_gets_no_paper(view: Snapshot, dues: list[Due]) -> None:
    """Neither a door nor a call, no sheet."""
    made = day_sheets(replace(PLAN, routes=(replace(ROUTE, stops=()),)), view, dues)
    assert (made.sheets, made.uncalled) == ((), 0)


def _text(page: str) -> str:
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", page))


def test_no_tag_name_or_point_goes_to_paper(signed_in: As, store: Store) -> None:
    """The page has no full name of a client, number, tag, rule, class or coordinate."""
    publish(store)
    page = signed_in("head").get(f"/plans/{PLAN.id}/sheet").text
    view = store.snapshot()
    told = {client.name for client in view.clients.values()} | {tag.name for tag in view.tags}
    told |= {client.id_number for client in view.clients.values() if client.id_number}
    told |= {rule.zh for rule in rules_in_force(store).rules} | {"超期", "leaflet", "107.50", "26.70"}
    assert {word for word in told if word in page} == set()
    assert "上次见到 2 月 20 日,3 月 31 日前应访" in page
    assert STATION.name in page


def test_every_opening_is_written_down(signed_in: As, store: Store) -> None:
    """Who put which day on paper stands in the audit trail; another station's head is refused."""
    publish(store)
    path = f"/plans/{PLAN.id}/sheet"
    assert signed_in("head").get(path).status_code == 200
    assert signed_in("other_head").get(path).status_code == 403
    lines = [(line.action, line.object, line.detail) for line in store.audit.lines()]
    assert lines == [("print plan", PLAN.id, "2026-03-20")]
    assert "打印走访单" in signed_in("auditor").get("/audit").text


def test_a_draft_says_so_across(signed_in: As, store: Store) -> None:
    """What is not the plan of the day cannot be taken for it: a draft, or one that was replaced."""
    across = re.compile(r'<p class="across"[^>]*>([^<]+)<')
    head, path = signed_in("head"), f"/plans/{PLAN.id}/sheet"
    store.plans.save(PLAN)
    assert across.findall(head.get(path).text) == ["草稿"]
    store.plans.publish(PLAN.id, "head")
    assert across.findall(head.get(path).text) == []
    again = replace(PLAN, id="plan-2", routes=())
    store.plans.save(again)
    store.plans.publish(again.id, "head")
    assert across.findall(head.get(path).text) == ["已替换"]


def test_the_plan_leads_to_its_sheets(signed_in: As, store: Store) -> None:
    """From the plan's page one button opens the paper; a plan with nobody on it says there is none."""
    store.plans.save(PLAN)
    assert f'href="/plans/{PLAN.id}/sheet"' in signed_in("head").get(f"/plans/{PLAN.id}").text
    store.plans.save(replace(PLAN, id="plan-2", routes=()))
    empty = _text(signed_in("head").get("/plans/plan-2/sheet").text)
    assert "没有要去的户" in empty
    assert "也可以打电话,没有列出" not in empty
    store.plans.save(replace(PLAN, id="plan-3", routes=(), unplanned=(LEFT,)))
    assert "还有 2 人没有排进路线" in signed_in("head").get("/plans/plan-3/sheet").text


class TestNumbers:
    """The telephones come from the settings."""

    @pytest.fixture
    def settings(self, settings: Settings) -> Settings:
        """Return settings with telephones."""
        return replace(settings, station_phone="0857-6620110", emergency_phone="110")

    def test_the_telephones_of_the_settings_are_printed(self, signed_in: As, store: Store) -> None:
        """Whoever is in trouble at a door has the numbers on the paper, and the day on the phone."""
        publish(store)
        page = signed_in("head").get(f"/plans/{PLAN.id}/sheet").text
        assert "站里 0857-6620110 · 紧急 110 · 回收销毁" in _text(page)
        assert qr_svg("http://testserver/phone") in page


def _printed(new_page: NewPage, plan: DayPlan, lang: str = "zh-CN") -> list[PdfPage]:
    page = new_page("head", lang=lang)
    page.goto(f"/plans/{plan.id}/sheet", wait_until="networkidle")
    return pages_of(page.pdf(prefer_css_page_size=True))


# of many lines, so that a page ends within a door where nothing holds it together
LONG = tuple(
    replace(
        ROUTE.stops[n % 3],
        id=f"long-{n}",
        seq=n,
        reason_zh=f"上次见到 {2000 + n} 年 2 月 20 日,3 月 31 日前应访。" * 6,
        reason_en=f"Last seen 20 Feb {2000 + n}, due by 31 Mar. " * 6,
    )
    for n in range(1, 31)
)
WORDS = {
    "zh-CN": (
        "周敏",
        "预计11:00回来",
        "与刘强同去",
        "李*北坡村2号",
        "上次见到2月20日,3月31日前应访。",
        "9陪诊取药",
    ),
    "en": ("周敏", "backby11:00", "with刘强", "李*北坡村2号", "Lastseen20Feb,dueby31Mar.", "9clinic"),
}
FOOT = {"zh-CN": ("回收销毁", "第{}页,共{}页"), "en": ("Handbackandshred", "Page{}of{}")}
AGAIN = {"zh-CN": "上门走访周敏·2026-03-20", "en": "Visits周敏·2026-03-20"}


@pytest.mark.browser
@pytest.mark.parametrize("lang", ["zh-CN", "en"])
def test_a_worker_is_one_a4_page(lang: str, new_page: NewPage, store: Store) -> None:
    """A day of three doors prints on one page, upright, with its words, its foot and nothing of the menu."""
    publish(store)
    (page,) = _printed(new_page, PLAN, lang)
    assert page.size == (595, 842)
    foot, count = FOOT[lang]
    missing = [word for word in (*WORDS[lang], foot, count.format(1, 1)) if word not in page.text]
    assert missing == []
    assert "English" not in page.text
    assert "中文" not in page.text


@pytest.mark.browser
@pytest.mark.parametrize("lang", ["zh-CN", "en"])
def test_a_long_day_goes_on_with_its_head(lang: str, new_page: NewPage, store: Store) -> None:
    """Thirty doors take more pages: each says whose it is, and no door is torn in two."""
    plan = replace(PLAN, routes=(replace(ROUTE, stops=LONG),))
    store.plans.save(plan)
    pages = _printed(new_page, plan, lang)
    assert len(pages) >= 2
    for number, page in enumerate(pages, start=1):
        foot, count = FOOT[lang]
        assert AGAIN[lang] in page.text
        assert foot in page.text
        assert count.format(number, len(pages)) in page.text
    reasons = ["".join((s.reason_en if lang == "en" else s.reason_zh).split()) for s in LONG]
    assert [sum(reason in page.text for page in pages) for reason in reasons] == [1] * 30


EIGHT = tuple(f"q{n}" for n in range(1, 9))
REACHED = replace(
    ROUTE.stops[2],
    channel=Channel.PHONE,
    reason_zh="上次见到 2 月 20 日,上次联系 3 月 10 日,3 月 31 日前应访。",
    reason_en="Last seen 20 Feb, last reached 10 Mar, due by 31 Mar.",
)


def _record_eight(store: Store) -> None:
    """Record eight who are like p2, each at home, with a number and w1 to answer for them."""
    book = store.snapshot()
    (seen,) = (visit for visit in book.visits if "p2" in visit.client_ids)
    (tag,) = (tag for tag in book.tags if tag.client_id == "p2")
    for n, key in enumerate(EIGHT):
        phoned = replace(book.clients["p2"], id=key, household_id=f"h-{key}", phone=f"1390000000{n}")
        home = replace(book.households["h2"], id=f"h-{key}")
        known = replace(seen, id=f"v-{key}", household_id=home.id, client_ids=(key,))
        store.facts.record(
            [home, phoned, replace(tag, id=f"t-{key}", client_id=key), Responsibility(key, "w1"), known]
        )


@pytest.mark.browser
@pytest.mark.parametrize("lang", ["zh-CN", "en"])
@pytest.mark.parametrize("planned", [True, False], ids=["calls of the plan", "calls of those left out"])
def test_eight_doors_and_eight_calls_are_one_page(
    planned: bool, lang: str, new_page: NewPage, store: Store
) -> None:
    """A usual day is one sheet of paper, numbered from the first door to the last call."""
    _record_eight(store)
    doors = [replace(ROUTE.stops[n % 3], id=f"door-{n}", seq=n) for n in range(1, 9)]
    calls = [
        replace(REACHED, id=f"call-{n}", seq=8 + n, household_id=f"h-{key}", client_ids=(key,))
        for n, key in enumerate(EIGHT, start=1)
    ]
    left = tuple(replace(LEFT, household_id=f"h-{key}", client_ids=(key,)) for key in EIGHT)
    route = replace(ROUTE, stops=(*doors, *calls) if planned else tuple(doors))
    plan = replace(PLAN, routes=(route,), unplanned=() if planned else left)
    store.plans.save(plan)
    (page,) = _printed(new_page, plan, lang)
    assert page.size == (595, 842)
    order = [page.text.find(f"1390000000{n}") for n in range(8)]
    assert order[0] > -1
    assert order == sorted(order)


@pytest.mark.browser
def test_two_workers_are_two_pages(new_page: NewPage, store: Store) -> None:
    """Each worker's paper begins on a page of its own."""
    second = replace(ROUTE, id="r2", actor_id="w2", stops=(replace(ROUTE.stops[2], id="s9", seq=1),))
    plan = replace(PLAN, routes=(ROUTE, second))
    store.plans.save(plan)
    assert [AGAIN["zh-CN"] in page.text for page in _printed(new_page, plan)] == [True, False]


@pytest.mark.browser
def test_everything_on_paper_can_be_read(new_page: NewPage, store: Store) -> None:
    """No text is smaller than 10 pt or of another colour than black; every code is 15 mm or wider."""
    publish(store)
    page = new_page("head")
    page.goto(f"/plans/{PLAN.id}/sheet")
    page.emulate_media(media="print")
    texts = page.eval_on_selector_all(
        ".paper *",
        """all => all.filter(one => [...one.childNodes].some(n => n.nodeType === 3 && n.data.trim()))
        .map(one => [parseFloat(getComputedStyle(one).fontSize), getComputedStyle(one).color])""",
    )
    assert len(texts) > 30
    assert min(size for size, _ in texts) >= 13.33  # CSS pixels: 10 pt
    assert {colour for _, colour in texts} == {"rgb(0, 0, 0)"}
    widths = page.eval_on_selector_all(
        ".paper svg", "all => all.map(one => one.getBoundingClientRect().width)"
    )
    assert len(widths) == 4
    assert min(widths) >= 15 * 96 / 25.4
