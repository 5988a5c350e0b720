"""Entering a ticked sheet at the desk: fast, harmless twice, and no row lost for another's sake."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, date, datetime, time

import pytest
from playwright.sync_api import Page, expect

from fieldmap.forms import FormError
from fieldmap.incoming import EnvelopeKind
from fieldmap.models import Channel, Outcome, Place, Responsibility, Site, SiteFunction, Snapshot, Visit
from fieldmap.plans import DayPlan, PlanState, Unplanned
from fieldmap.rulebook import rules_in_force
from fieldmap.store import Store
from tests.web.conftest import As, NewPage
from tests.web.phone_plan import PLAN, publish
from tests.web.village import TODAY, TOWN, VISITS, Village
from web._paper_texts import clock, day_after, needs_of
from web.paper import Entry, Line, piles, read_entry, record_id, with_calls

ROUTE = PLAN.routes[0]
CHILD, COUPLE, WIDOW = ROUTE.stops
SEEN = Entry(outcome="seen", client_ids=("p1",), time="10:20")
BY_PHONE = replace(
    VISITS[0], id="0195b1a2-0000-7000-8000-000000000001", day=TODAY, stop_id=WIDOW.id, actor_ids=("w1",)
)
"""The widow's stop, as her worker's phone has sent it."""


@pytest.fixture
def view(store: Store) -> Snapshot:
    """Return the village."""
    return store.snapshot()


def _line(view: Snapshot, plan: DayPlan = PLAN, at: int = 2) -> Line:
    return piles(plan, view)[0].lines[at]


def _visit(view: Snapshot, entry: Entry, plan: DayPlan = PLAN, at: int = 2) -> Visit:
    return read_entry(plan, _line(view, plan, at), entry, view, TODAY).visit


def test_the_rows_are_those_of_the_sheet(view: Snapshot) -> None:
    """Numbers, masked doors, people and planned times in the order of the paper."""
    (pile,) = piles(PLAN, view)
    assert pile.worker == "周敏"
    assert [(line.stop.seq, line.name, line.address) for line in pile.lines] == [
        (1, "赵*", "北坡村3号"),
        (2, "李*", "北坡村2号"),
        (3, "王*", "北坡村1号"),
    ]
    assert [line.people for line in pile.lines][1] == (("p2", "李*"), ("p3", "张*"))
    assert Entry.blank(pile.lines[2]) == Entry(client_ids=("p1",), time="10:20")


def test_a_pair_has_one_row_that_both_codes_lead_to(view: Snapshot) -> None:
    """What two workers have on two sheets is one visit, so that it is entered once."""
    second = replace(
        ROUTE, id="r2", actor_id="w2", stops=(replace(CHILD, id="s1-too", partner_ids=("w1",)), WIDOW)
    )
    made = piles(replace(PLAN, routes=(replace(ROUTE, stops=(CHILD,)), second)), view)
    assert [[line.codes for line in pile.lines] for pile in made] == [[("s1", "s1-too")], [("s3",)]]


def test_a_row_becomes_a_visit_of_the_worker(view: Snapshot) -> None:
    """Day of the plan, time as written, needs by number or name, the next day of that name."""
    visit = _visit(view, replace(SEEN, time="1105", needs="1 陪诊", note="膝盖痛", next_day="4-15"))
    assert (visit.id, visit.stop_id) == (record_id(PLAN.id, WIDOW.id), WIDOW.id)
    assert (visit.actor_ids, visit.client_ids, visit.day) == (("w1",), ("p1",), TODAY)
    assert visit.started_at == datetime(2026, 3, 20, 3, 5, tzinfo=UTC)
    assert (visit.needs, visit.note, visit.next_day) == (("meals", "clinic"), "膝盖痛", date(2026, 4, 15))
    assert _visit(view, replace(SEEN, client_ids=("p4",)), at=0).actor_ids == ("w1", "w2")


def test_a_call_and_a_school_are_kept_as_what_they_were(view: Snapshot) -> None:
    """A stop made by phone is a call; one made at school is at school."""
    call = replace(PLAN, routes=(replace(ROUTE, stops=(replace(WIDOW, channel=Channel.PHONE),)),))
    assert _visit(view, SEEN, call, at=0).channel is Channel.PHONE
    assert Outcome.VACANT not in _line(view, call, at=0).outcomes
    school = Site("school", "青石小学", (SiteFunction.SCHOOL,), TOWN.code)
    there = replace(PLAN, routes=(replace(ROUTE, stops=(replace(WIDOW, site_id="school"),)),))
    assert _visit(replace(view, sites={"school": school}), SEEN, there, at=0).place is Place.SCHOOL


def test_every_mistake_of_a_row_is_said_at_once(view: Snapshot) -> None:
    """Time, needs, next date, outcome and people are all named in one answer."""
    wrong = Entry(outcome="asleep", client_ids=("p9",), time="2570", needs="飞机", next_day="13-1")
    with pytest.raises(FormError) as caught:
        _visit(view, wrong)
    assert {(issue.field, issue.code) for issue in caught.value.issues} == {
        ("time", "paper.time"),
        ("needs", "paper.needs"),
        ("next_day", "paper.next"),
        ("outcome", "visit.choice"),
        ("client_ids", "visit.clients"),
    }


@pytest.mark.parametrize(
    ("text", "read"),
    [("905", time(9, 5)), ("0905", time(9, 5)), ("14:30", time(14, 30)), ("2570", None), ("9", None)],
)
def test_a_time_is_read_as_people_write_it(text: str, read: time | None) -> None:
    """Three or four digits, with a colon or without; what is no time of the day is none."""
    assert clock(text) == read


@pytest.mark.parametrize(
    ("text", "read"),
    [
        ("4-15", date(2026, 4, 15)),
        ("4月5日", date(2026, 4, 5)),
        ("0110", date(2027, 1, 10)),
        ("2026-12-01", date(2026, 12, 1)),
        ("3-20", TODAY),
        ("2-30", None),
        ("soon", None),
    ],
)
def test_a_day_without_a_year_is_the_next_one(text: str, read: date | None) -> None:
    """January in March is next year's."""
    assert day_after(text, TODAY) == read


def test_needs_are_read_by_number_name_or_beginning() -> None:
    """A number beyond the menu and a beginning of two names are not guessed."""
    assert needs_of("2、理发") == ("repair", "haircut")
    assert needs_of("") == ()
    assert [needs_of(text) for text in ("15", "0", "助", "上网")] == [None] * 4


def test_the_calls_of_the_sheets_are_rows_too(view: Snapshot, store: Store) -> None:
    """Who is left out and was to be called is below the worker's stops, else with the station."""
    phones = {key: replace(view.clients[key], phone="13900000000") for key in ("p2", "p3")}
    duties = {"p2": Responsibility("p2", "w1"), "p3": Responsibility("p3", "c1")}
    left = Unplanned("h2", ("p2", "p3"), "no_room", "今天排满了", "No room today")
    plan = replace(PLAN, routes=(replace(ROUTE, stops=(CHILD, WIDOW)),), unplanned=(left,))
    called = replace(view, clients={**view.clients, **phones}, responsibilities=duties)
    made = with_calls(plan, called, rules_in_force(store), "w2")
    own, station = piles(made, called)
    assert [(line.stop.seq, line.name) for line in own.lines] == [(1, "赵*"), (3, "王*"), (4, "李*")]
    assert (station.worker, [(line.name, line.people) for line in station.lines]) == (
        "",
        [("张*", (("p3", "张*"),))],
    )
    assert Entry.blank(own.lines[2]).time == ""
    visit = read_entry(made, station.lines[0], Entry("seen", ("p3",)), called, TODAY).visit
    assert (visit.channel, visit.actor_ids, visit.started_at) == (Channel.PHONE, ("w2",), None)
    # once it is held the row stays where it was and is done
    after = replace(called, visits=(*called.visits, visit))
    again = piles(with_calls(plan, after, rules_in_force(store), "w1"), after)
    assert [line.done for line in again[1].lines] == [visit]


def _form(*stops: str, **fields: str) -> dict[str, str]:
    """Return a page on which these stops are ticked as seen, with further fields."""
    ticked = {f"outcome.{stop}": "seen" for stop in stops}
    return {**ticked, **{name.replace("__", "."): value for name, value in fields.items()}}


def _send(signed_in: As, form: Mapping[str, str | list[str]], login: str = "head") -> str:
    answer = signed_in(login).post(f"/plans/{PLAN.id}/paper", data=dict(form))
    assert answer.status_code == 200
    return re.sub(r"<[^>]+>|\s+", "", answer.text)


def test_good_rows_are_kept_beside_wrong_ones(signed_in: As, store: Store) -> None:
    """One held, one there, one with a problem: the page says so, and the wrong row keeps what was typed."""
    publish(store)
    store.visits.record(BY_PHONE, by="worker")
    form = {**_form("s1", "s2", "s3"), "clients.s2": ["p2", "p3"], "needs.s1": "飞机", "note.s1": "门口有狗"}
    page = signed_in("head").post(f"/plans/{PLAN.id}/paper", data=form).text
    assert "已保存 1 行" in page
    assert "站里已有 1 行" in page
    assert "1 行有问题" in page
    assert "需求清单里没有这一项" in page
    assert 'value="门口有狗"' in page
    made = [v for v in store.snapshot().visits if v.day == TODAY]
    assert [(v.household_id, v.client_ids) for v in made if v.id != BY_PHONE.id] == [("h2", ("p2", "p3"))]


def test_the_same_sheet_twice_is_one_visit(signed_in: As, store: Store) -> None:
    """A second entry finds every row there and adds nothing."""
    publish(store)
    assert "已保存1行,站里已有0行" in _send(signed_in, _form("s3"))
    before = store.snapshot().visits
    assert "已保存0行,站里已有1行" in _send(signed_in, _form("s3"), login="deputy")
    assert store.snapshot().visits == before


def test_it_is_known_that_it_came_on_paper_and_who_typed_it(
    signed_in: As, store: Store, village: Village
) -> None:
    """The visit is the worker's; beside it stands that the head entered it from paper."""
    publish(store)
    assert "纸质单补录" in _send(signed_in, _form("s3", note__s3="膝盖痛"))
    (held,) = store.incoming.received.all(kind=EnvelopeKind.PAPER)
    assert (held.id, held.household_id) == (record_id(PLAN.id, "s3"), "h1")
    assert (held.account_id, held.actor_id, held.content["note"]) == (village.ids["head"], "w1", "膝盖痛")


def test_a_row_of_the_phone_is_left_alone_unless_ticked_as_well(signed_in: As, store: Store) -> None:
    """The phone's visit stays the only one until the helper asks for the paper's too."""
    publish(store)
    store.visits.record(BY_PHONE, by="worker")
    assert "站里已有1行" in _send(signed_in, _form("s3", note__s3="x"))
    assert store.visits.get(record_id(PLAN.id, "s3")) is None
    assert "已保存1行" in _send(signed_in, _form("s3", also__s3="1"))
    assert store.visits.get(record_id(PLAN.id, "s3")) is not None


def test_what_takes_somebody_off_the_list_leads_to_the_file(signed_in: As, store: Store) -> None:
    """Paper has no box for a pause: after "moved out" the row leads to where the head records it."""
    publish(store)
    form = {"outcome.s1": "seen", "outcome.s3": "moved"}
    page = signed_in("head").post(f"/plans/{PLAN.id}/paper", data=form).text
    assert re.findall(r'href="/people/(\w+)">去登记暂不走访', page) == ["h1"]
    assert not [pause for pause in store.snapshot().exclusions if pause.client_id == "p1"]


def test_a_row_without_a_result_is_not_kept(signed_in: As, store: Store) -> None:
    """A note alone is no visit; the page counts the row as not filled in."""
    publish(store)
    assert "3行没有填" in _send(signed_in, {"note.s1": "明天再去"})
    assert all(visit.day != TODAY for visit in store.snapshot().visits)


def test_the_stations_own_calls_are_kept_for_who_made_them(signed_in: As, store: Store) -> None:
    """The helper says who was at the telephone, and the visit is that worker's."""
    phoned = replace(store.snapshot().clients["p3"], phone="13900000003")
    store.facts.record([phoned, Responsibility("p3", "c1")])
    left = Unplanned("h2", ("p2", "p3"), "no_room", "今天排满了", "No room today")
    plan = replace(
        PLAN, state=PlanState.PUBLISHED, routes=(replace(ROUTE, stops=(WIDOW,)),), unplanned=(left,)
    )
    store.plans.save(plan)
    page = signed_in("head").get(f"/plans/{plan.id}/paper").text
    (row,) = re.findall(r'name="outcome\.([\w-]{36})" value="seen"', page)
    assert "谁打的" in page
    assert "已保存1行" in _send(signed_in, _form(row, caller="w2"))
    visit = store.visits.get(record_id(plan.id, row))
    assert visit is not None
    assert (visit.actor_ids, visit.client_ids, visit.channel) == (("w2",), ("p3",), Channel.PHONE)


# -- in a browser

KEYS = "121111311141"
"""What is ticked on a sheet of twelve rows."""


def _long_plan() -> DayPlan:
    """Return a published day of twelve rows for one worker, the last two of them calls."""
    doors = (("h1", ("p1",)), ("h2", ("p2",)), ("h3", ("p4",)), ("h4", ("p5",)))
    stops = tuple(
        replace(
            WIDOW,
            id=f"0195b1a2-0000-4000-8000-{n:012d}",
            seq=n,
            household_id=doors[n % 4][0],
            client_ids=doors[n % 4][1],
            channel=Channel.PHONE if n > 10 else Channel.DOOR,
        )
        for n in range(1, 13)
    )
    return replace(PLAN, id="plan-12", state=PlanState.PUBLISHED, routes=(replace(ROUTE, stops=stops),))


class Keys:
    """A keyboard that counts."""

    def __init__(self, page: Page) -> None:
        self._page = page
        self.pressed = 0

    def press(self, *keys: str) -> None:
        """Press keys one after the other."""
        for key in keys:
            self._page.keyboard.press(key)
            self.pressed += 1


def _expect_at(page: Page, number: str) -> None:
    """Expect the keyboard in the row of that number, as soon as the page has put it there."""
    expect(page.locator("tr:focus-within .stop-number")).to_have_text(number)


@pytest.mark.browser
def test_a_sheet_is_entered_by_keyboard_alone(new_page: NewPage, store: Store) -> None:
    """A digit and Enter a row, Enter to save: 25 keys for twelve rows; what was ticked is shown as held."""
    store.plans.save(plan := _long_plan())
    page = new_page("head")
    page.goto(f"/plans/{plan.id}/paper")
    keys = Keys(page)
    for digit in KEYS:
        keys.press(digit, "Enter")
    keys.press("Enter")
    expect(page.locator(".outcome-said")).to_contain_text("已保存 12 行")
    assert keys.pressed == 25
    shown = [text.split()[2] for text in page.locator(".row-done").all_inner_texts()]
    assert shown == [{"1": "已见到", "2": "无人", "3": "拒访", "4": "迁出"}[digit] for digit in KEYS]


@pytest.mark.browser
def test_a_scanned_code_leads_to_its_row(new_page: NewPage, store: Store) -> None:
    """A scanner types the code and Enter, wherever the keyboard is; a wrong row opens first next time."""
    publish(store)
    store.visits.record(BY_PHONE, by="worker")
    page = new_page("head")
    page.goto(f"/plans/{PLAN.id}/paper?stop=s2")
    _expect_at(page, "2")
    page.keyboard.type("fieldmap:stop:s1\n")
    _expect_at(page, "1")
    page.keyboard.press("1")
    note = page.get_by_label("备注 1")
    note.fill("有狗 ")
    note.press_sequentially("fieldmap:stop:s2\n")
    _expect_at(page, "2")
    assert note.input_value() == "有狗"
    page.keyboard.type("fieldmap:stop:elsewhere\n")
    expect(page.get_by_text("这个补录码不在这份计划里")).to_be_visible()
    page.get_by_label("需求 1").fill("飞机")
    page.keyboard.press("Enter")
    page.keyboard.press("Enter")  # the widow's row is the phone's and is passed over
    page.keyboard.press("Enter")
    expect(page.locator(".outcome-said")).to_contain_text("1 行有问题")
    expect(page.get_by_label("需求 1")).to_have_attribute("aria-invalid", "true")
    _expect_at(page, "1")
