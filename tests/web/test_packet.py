"""GET /phone/packet: the day of the account, each reader with what the role may read."""

from __future__ import annotations

import gzip
import json
from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pytest

from fieldmap.access import AccountRole, Hat
from fieldmap.errors import language
from fieldmap.incoming import OutingStep, OutingWhat
from fieldmap.models import (
    Actor,
    Channel,
    Client,
    Household,
    Outcome,
    Position,
    Responsibility,
    Role,
    Sex,
    Site,
    SiteFunction,
    Society,
    Tag,
    Visit,
)
from fieldmap.navigation import Phone
from fieldmap.rulebook import rules_in_force
from fieldmap.settings import Settings
from fieldmap.store import Store
from tests.web.conftest import As
from tests.web.phone_plan import PLAN, publish
from tests.web.village import (
    ACTORS,
    CLIENTS,
    GRID_A,
    HOUSEHOLDS,
    LAT,
    LON,
    NORTH,
    NOW,
    PASSWORD,
    SOUTH,
    TODAY,
    TOWN,
    VISITS,
)
from web.packets import Records, packet_of

ANDROID = "Mozilla/5.0 (Linux; Android 10; K) Chrome/137"
(ROUTE,) = PLAN.routes


def packet(store: Store, login: str, *, today: date = TODAY, phone: Phone = Phone.OTHER) -> dict[str, Any]:
    """Return the packet of an account as JSON brings it to the phone."""
    account = next(account for account in store.accounts.all() if account.login == login)
    records, settings = Records(store.snapshot()), Settings(network=Path("no roads"))
    made = packet_of(account, store, records, rules_in_force(store), settings, today=today, phone=phone)
    read: dict[str, Any] = json.loads(json.dumps(made))
    return read


def beside(door: Position, metres: float) -> Position:
    """Return a point north of a door."""
    return Position(door.lon, door.lat + metres / 111_195)


def elder(number: int, village: str, place: Position | None, **changed: Any) -> tuple[Household, Client, Tag]:
    """Return a household with a woman of 80 in an empty nest, never contacted."""
    house = Household(f"n{number}", village, f"4组{number}号", f"邻居{number}", GRID_A, place)
    person = Client(f"q{number}", house.id, f"邻居{number}", Sex.FEMALE, date(1946, 1, 1))
    return house, replace(person, **changed), Tag(f"t-q{number}", person.id, "空巢")


def test_a_worker_gets_the_route_in_order(store: Store) -> None:
    """Times, full names, ages, addresses, the colleague, and when the day ends."""
    publish(store)
    got = packet(store, "worker")
    assert (got["kind"], got["message"], got["may_pause"]) == ("route", "", True)
    assert [(s["time"], s["title"], s["address"]) for s in got["stops"]] == [
        ("09:05", "赵建国", "北坡村3号"),
        ("09:45", "李大山", "北坡村2号"),
        ("10:20", "王秀英", "北坡村1号"),
    ]
    route = got["route"]
    assert (route["start"], route["back"], route["expected_back"]) == ("09:00", "11:00", "11:30")
    assert (route["mode_label"], route["plan_id"]) == ("电动车", PLAN.id)
    assert route["partners"] == [{"id": "w2", "name": "刘强", "phone": ""}]
    last = got["stops"][2]
    assert last["people"][0] == {
        "id": "p1",
        "name": "王秀英",
        "about": "女 · 81 岁",
        "phone": "13800005678",
        "phones": ["13800005678"],
        "group": "elder",
        "child": False,
    }
    assert (last["overdue_days"], last["last_seen_days"], last["due_words"]) == (
        8,
        38,
        "38 天前见过,超期 8 天",
    )
    assert last["reason"] == "上次见到 2 月 20 日,3 月 31 日前应访。"


def test_a_child_is_marked_and_has_her_own_form(store: Store) -> None:
    """No photo by default, the child's form; a child without a birth date is one by her ledger."""
    publish(store)
    store.facts.record([replace(c, birth_date=None) for c in CLIENTS if c.id == "p4"])
    got = packet(store, "worker")
    child = got["stops"][0]["people"][0]
    assert (child["child"], child["group"], child["about"]) == (True, "child", "女")
    assert got["photos"] == {"child": False}
    assert [form["id"] for form in got["forms"]] == ["child", "elder"]


def test_doors_are_grouped_by_village_and_building(store: Store) -> None:
    """The village stands before an address that lacks it; the group of houses is told."""
    publish(store)
    store.facts.record([replace(HOUSEHOLDS[0], address="4组39号")])
    got = packet(store, "worker")["stops"]
    assert (got[2]["address"], got[2]["village"], got[2]["building"]) == ("北坡村 4组39号", "北坡村", "4组")
    assert (got[1]["address"], got[1]["building"]) == ("北坡村2号", "")


def test_links_carry_a_number_and_no_name(store: Store) -> None:
    """The map apps of this kind of phone, with the neutral label; WeChat gets the scheme of no app."""
    publish(store)
    for number, stop in enumerate(packet(store, "worker", phone=Phone.ANDROID)["stops"], start=1):
        assert [link["app"] for link in stop["links"]] == ["amap", "baidu", "tencent", "geo"]
        assert all(quote(f"走访点 {number}") in link["url"] for link in stop["links"])
    wechat = packet(store, "worker", phone=Phone.WECHAT)["stops"][0]["links"]
    assert [link["app"] for link in wechat] == ["amap", "tencent", "geo"]


def test_coordinates_to_paste_are_those_of_the_chinese_maps(store: Store) -> None:
    """The point lies on our map in WGS-84, and is given in GCJ-02 beside it, at the way in."""
    publish(store)
    way_in = Position(LON + 0.003, LAT + 0.002)
    store.facts.record([replace(HOUSEHOLDS[0], entry=way_in)])
    stop = packet(store, "worker")["stops"][2]
    assert stop["position"] == [26.702, 107.502]
    lat, lon = map(float, stop["coordinates"].split(","))
    assert 0.002 < way_in.lat - lat < 0.005
    assert 0.003 < lon - way_in.lon < 0.006


def test_a_stop_at_school_and_a_call_lead_to_no_door(store: Store) -> None:
    """The child is met at the school, where the map leads; a call has a number and no way."""
    school = Site("s9", "青石镇小学", (SiteFunction.SCHOOL,), TOWN.code, Position(LON + 0.05, LAT), "镇东")
    store.facts.record([school])
    child, couple, alone = ROUTE.stops
    stops = (replace(child, site_id="s9"), couple, replace(alone, channel=Channel.PHONE, travel_s=0))
    publish(store, replace(PLAN, routes=(replace(ROUTE, stops=stops),)))
    got = packet(store, "worker")
    first, _, third = got["stops"]
    assert (first["address"], first["position"]) == ("青石镇小学 镇东", [LAT, LON + 0.05])
    assert (third["channel"], third["links"], third["coordinates"]) == ("phone", [], "")
    assert third["people"][0]["phone"] == "13800005678"
    assert got["matrix"]["ids"] == ["start", "s1", "s2"]


def test_a_call_before_leaving_comes_first(store: Store) -> None:
    """The day is in the order of its times, whatever the numbers are: calls are numbered after the doors."""
    child, couple, alone = ROUTE.stops
    early = replace(alone, seq=9, channel=Channel.PHONE, start_s=child.start_s - 1800)
    publish(store, replace(PLAN, routes=(replace(ROUTE, stops=(child, couple, early)),)))
    assert [stop["number"] for stop in packet(store, "worker")["stops"]] == [9, 1, 2]


def test_two_numbers_in_one_cell_can_both_be_called(store: Store) -> None:
    """The first is called by one tap, all are listed; a word is no number."""
    publish(store)
    numbers = {"p1": "13800005678 / 0851-1234567", "p4": "无"}
    store.facts.record([replace(c, phone=numbers[c.id]) for c in CLIENTS if c.id in numbers])
    got = [stop["people"][0] for stop in packet(store, "worker")["stops"]]
    assert (got[2]["phone"], got[2]["phones"]) == ("13800005678", ["13800005678", "0851-1234567"])
    assert (got[0]["phone"], got[0]["phones"]) == ("", [])


def test_a_time_to_be_kept_is_told(store: Store) -> None:
    """Two meet at a time; a school opens at one; any other door has none."""
    child, couple, alone = ROUTE.stops
    later = replace(couple, start_s=couple.arrive_s + 900, depart_s=couple.arrive_s + 2700)
    publish(store, replace(PLAN, routes=(replace(ROUTE, stops=(child, later, alone)),)))
    got = packet(store, "worker")["stops"]
    assert [stop["window"] for stop in got] == ["09:05–09:20", "10:00–17:30", ""]
    assert [stop["stay_s"] for stop in got] == [1800, 1800, 1800]


@pytest.mark.parametrize(
    ("state", "login", "message"),
    [
        ("draft", "worker", "今天的计划还没有发布"),
        ("another's", "worker", "今天的计划没有派给您走访点"),
        ("published", "volunteer", "这个账号没有对应到走访人员"),
        ("published", "grid_manager", ""),
        ("published", "contact", "您负责的人近期都联系过了"),
    ],
)
def test_without_stops_it_says_why(store: Store, state: str, login: str, message: str) -> None:
    """A draft is nobody's plan; what to do stands beside it."""
    plan = replace(PLAN, routes=(replace(ROUTE, actor_id="w2"),)) if state == "another's" else PLAN
    if state == "draft":
        store.plans.save(plan)
    else:
        publish(store, plan)
    got = packet(store, login)
    assert (got["stops"], got["message"], bool(got["advice"])) == ([], message, bool(message))


@pytest.fixture
def listed(store: Store) -> Store:
    """Return a store where contact c1 answers for somebody who is due."""
    store.facts.record([Responsibility("p9", "w1", "c1"), Responsibility("p1", "c1")])
    store.facts.record([replace(c, phone="13900001111") for c in CLIENTS if c.id == "p1"])
    return store


def test_a_contact_gets_her_list(listed: Store) -> None:
    """Those due she answers for: surname, door, dates, number; no days counted, no age, no tag."""
    got = packet(listed, "contact")
    assert (got["kind"], got["message"], got["route"], got["matrix"], got["clip"]) == (
        "list",
        "您负责、近期要联系的人",
        None,
        None,
        None,
    )
    (stop,) = got["stops"]  # p9 was contacted this month
    assert (stop["title"], stop["address"]) == ("王*", "北坡村1号")
    assert stop["reason"] == "上次见到 2 月 10 日,上次联系 3 月 10 日,3 月 31 日前应访。"
    assert (stop["due_words"], stop["overdue_days"], stop["last_seen_days"], stop["never"]) == (
        "3 月 31 日前应访",
        0,
        None,
        False,
    )
    assert [(p["name"], p["about"], p["phone"]) for p in stop["people"]] == [("王*", "女", "13900001111")]


def test_a_list_tells_nobody_of_others_behind_the_door(store: Store) -> None:
    """Who is not due is not there for a contact, while staff read the whole household."""
    store.facts.record([Responsibility("p2", "c1"), Responsibility("p3", "w1")])
    (stop,) = packet(store, "contact")["stops"]
    assert [person["id"] for person in stop["people"]] == ["p2"]
    publish(store)
    assert [p["id"] for p in packet(store, "worker")["stops"][1]["people"]] == ["p2", "p3"]


def test_a_list_has_twelve_people_and_counts_the_rest(store: Store) -> None:
    """Fifteen are due: twelve are listed, three are counted."""
    for number in range(15):
        house, person, tag = elder(number, SOUTH.code, None)
        store.facts.record([house, person, tag, Responsibility(person.id, "c1")])
    got = packet(store, "contact")
    assert (len(got["stops"]), got["advice"]) == (12, "还有 3 人,之后再看")
    assert [stop["number"] for stop in got["stops"]] == list(range(1, 13))


def test_a_list_knows_the_next_seven_days(listed: Store) -> None:
    """Near the end of a month those of the next are in it, from its first day on."""
    got = packet(listed, "contact", today=date(2026, 3, 27))
    stops = {stop["household_id"]: stop for stop in got["stops"]}
    assert (stops["h8"]["since"], stops["h8"]["due_words"]) == ("2026-04-01", "4 月 30 日前应访")
    assert (stops["h1"]["since"], stops["h1"]["due_words"]) == (None, "3 月 31 日前应访")


def test_a_volunteer_on_a_route_reads_no_more_than_a_contact(store: Store) -> None:
    """Surname, door and dates; no number where the door is visited."""
    helper = Actor("v1", "小林", Role.VOLUNTEER, Society.VOLUNTEER, Sex.FEMALE, NORTH.code)
    store.facts.record([helper])
    account = store.accounts.add(
        "lin", "小林", PASSWORD, (Hat(AccountRole.VOLUNTEER, NORTH.code),), actor_id="v1"
    )
    publish(store, replace(PLAN, routes=(replace(ROUTE, actor_id="v1"),)))
    got = packet(store, "lin")
    assert (got["account"]["id"], got["kind"], got["may_pause"]) == (account.id, "route", False)
    assert [s["title"] for s in got["stops"]] == ["赵*", "李*", "王*"]
    assert {p["phone"] for s in got["stops"] for p in s["people"]} == {""}
    assert got["neighbours"] == []


def test_a_neighbour_who_is_due_is_offered(store: Store) -> None:
    """Somebody due 100 m from a stop, not one 300 m away, not one on another's route."""
    publish(store)
    door = HOUSEHOLDS[0].door
    assert door is not None
    near, far, taken = (elder(n, NORTH.code, beside(door, m)) for n, m in ((1, -100), (2, -300), (3, -50)))
    store.facts.record([*near, *far, *taken])
    got = packet(store, "worker")
    assert {stop["household_id"] for stop in got["neighbours"]} == {"n1", "n3"}
    other = replace(
        ROUTE, id="r2", actor_id="w2", stops=(replace(ROUTE.stops[0], id="s9", household_id="n3"),)
    )
    publish(store, replace(PLAN, id="plan-2", routes=(*_renamed(ROUTE), other)))
    (stop,) = packet(store, "worker")["neighbours"]
    assert (stop["household_id"], stop["planned"], stop["number"]) == ("n1", False, 4)
    assert (stop["title"], stop["never"]) == ("邻居1", True)


def _renamed(route: Any) -> tuple[Any, ...]:
    stops = tuple(replace(stop, id=f"again-{stop.id}") for stop in route.stops)
    return (replace(route, id="again", stops=stops),)


def test_nobody_is_sent_alone_where_two_should_go(store: Store) -> None:
    """A child next door is offered where the stop is visited by two, not where she is alone."""
    publish(store)
    alone, pair = HOUSEHOLDS[0].door, HOUSEHOLDS[2].door
    assert alone is not None
    assert pair is not None
    for number, door in ((1, alone), (2, pair)):
        house, person, _ = elder(number, NORTH.code, beside(door, 60))
        child = replace(person, birth_date=date(2015, 1, 1))
        store.facts.record([house, child, Tag(f"t{number}", child.id, "困境儿童")])
    assert [stop["household_id"] for stop in packet(store, "worker")["neighbours"]] == ["n2"]


def test_a_contact_has_no_neighbours(listed: Store) -> None:
    """A contact is not told who else is due beside her people; her own stand in the list or are counted."""
    door = HOUSEHOLDS[0].door
    assert door is not None
    listed.facts.record(elder(1, NORTH.code, beside(door, 50)))
    assert packet(listed, "contact")["neighbours"] == []


def visit_of(store: Store, **changed: Any) -> Visit:
    """Record a visit of worker w1 to the couple, today."""
    base = replace(VISITS[2], id="6f1e6c9a-8d1e-4c57-9f40-2b7f6a0d5c11", day=TODAY, stop_id="s2")
    made = replace(base, **changed)
    store.visits.record(made, by="test")
    return made


def test_what_was_recorded_today_is_marked(store: Store) -> None:
    """A stop with a visit of today says its outcome and the time on a clock in China."""
    publish(store)
    assert [stop["done"] for stop in packet(store, "worker")["stops"]] == [None, None, None]
    made = visit_of(store, ended_at=datetime(2026, 3, 20, 2, 15, tzinfo=UTC))
    assert [stop["done"] for stop in packet(store, "worker")["stops"]] == [
        None,
        {"outcome": "seen", "label": "已见到", "at": "10:15", "visit_id": made.id},
        None,
    ]


def test_a_stop_that_a_colleague_made_is_done(store: Store) -> None:
    """Whoever met all of its people today settles it; half of a couple, or an attempt, does not."""
    publish(store)
    other = {"actor_ids": ("w2",), "stop_id": None}
    visit_of(store, id="6f1e6c9a-8d1e-4c57-9f40-2b7f6a0d5c41", client_ids=("p2",), **other)
    attempt = {"household_id": "h1", "client_ids": ("p1",), "outcome": Outcome.NOBODY}
    visit_of(store, id="6f1e6c9a-8d1e-4c57-9f40-2b7f6a0d5c42", **attempt, **other)
    assert [stop["done"] for stop in packet(store, "worker")["stops"]] == [None, None, None]
    made = visit_of(store, id="6f1e6c9a-8d1e-4c57-9f40-2b7f6a0d5c43", **other)
    assert packet(store, "worker")["stops"][1]["done"]["visit_id"] == made.id


def test_a_visit_elsewhere_does_not_settle_a_stop(store: Store) -> None:
    """A stop is done by a visit to its own door, whichever stop the visit says it was."""
    publish(store)
    visit_of(store, stop_id="s1", actor_ids=("w2",), client_ids=("p2",))
    assert [stop["done"] for stop in packet(store, "worker")["stops"]] == [None, None, None]


def test_a_head_who_visits_gets_her_route(store: Store) -> None:
    """The hat of a head with a visitor behind the account has a day like a worker's."""
    boss = store.accounts.add("boss", "站长", PASSWORD, (Hat(AccountRole.HEAD, TOWN.code),), actor_id="w1")
    publish(store)
    got = packet(store, "boss")
    assert (got["kind"], got["account"]["id"]) == ("route", boss.id)
    assert [stop["title"] for stop in got["stops"]] == ["赵建国", "李大山", "王秀英"]


def test_two_hats_have_both_parts(store: Store) -> None:
    """A worker who manages a grid, too, has her route and that grid; a worker alone has no grid."""
    hats = (Hat(AccountRole.WORKER, TOWN.code), Hat(AccountRole.GRID_MANAGER, NORTH.code, GRID_A))
    store.accounts.add("both", "周敏", PASSWORD, hats, actor_id="w1")
    publish(store)
    got = packet(store, "both")
    assert (got["kind"], len(got["stops"])) == ("route", 3)
    assert [grid["code"] for grid in got["grid"]["grids"]] == [GRID_A]
    assert packet(store, "worker")["grid"] is None


def test_last_answers_and_tries_come_with_the_stop(listed: Store) -> None:
    """Staff get what carries over and every try; a contact no answers and none but her own tries."""
    answers = {"p1": {"_form": "elder/1", "fell": "yes", "health": "good"}}
    at = datetime(2026, 3, 19, 2, 0, tzinfo=UTC)
    for number, (outcome, day) in enumerate(((Outcome.SEEN, 18), (Outcome.NOBODY, 19)), start=1):
        key = f"6f1e6c9a-8d1e-4c57-9f40-2b7f6a0d5c2{number}"
        visit_of(
            listed,
            id=key,
            household_id="h1",
            client_ids=("p1",),
            day=date(2026, 3, day),
            outcome=outcome,
            stop_id=None,
            ended_at=at if outcome is Outcome.NOBODY else None,
            answers=answers if outcome is Outcome.SEEN else {},
        )
    publish(listed)
    stop = packet(listed, "worker")["stops"][2]
    assert stop["last_answers"] == {"p1": {"_form": "elder/1", "health": "good"}}
    assert stop["tries"] == [at.isoformat()]


def test_a_contact_reads_her_own_tries_only(listed: Store) -> None:
    """When others found nobody is not told to her."""
    for number, actor in enumerate(("w1", "c1"), start=1):
        key = f"6f1e6c9a-8d1e-4c57-9f40-2b7f6a0d5c3{number}"
        changed = {"day": date(2026, 3, 10 + number), "actor_ids": (actor,), "outcome": Outcome.NOBODY}
        visit_of(listed, id=key, household_id="h1", client_ids=("p1",), stop_id=None, **changed)
    (stop,) = packet(listed, "contact")["stops"]
    assert (stop["tries"], stop["last_answers"]) == (["2026-03-12"], {})


def test_the_map_has_the_route_and_the_grid(store: Store) -> None:
    """Latitude first; without a road network there is no base map and no turn list."""
    publish(store)
    got = packet(store, "worker")
    assert len(got["route"]["shape"]) == 5
    assert [len(ring) for ring in got["outlines"]] == [5]
    assert (got["turns"], got["clip"]) == ({}, None)


def test_the_matrix_says_that_it_is_estimated(store: Store) -> None:
    """Without measured ways the seconds are the straight line with its detour, symmetric, and say so."""
    publish(store)
    matrix = packet(store, "worker")["matrix"]
    assert (matrix["ids"], matrix["estimated"]) == (["start", "s1", "s2", "s3"], True)
    seconds = matrix["seconds"]
    assert [seconds[i][i] for i in range(4)] == [0, 0, 0, 0]
    assert all(seconds[i][j] == seconds[j][i] > 0 for i in range(4) for j in range(i))


def test_the_matrix_is_the_measured_one_where_the_plan_has_it(store: Store) -> None:
    """Seconds on roads, kept with the plan; a pair without a way is -1."""
    seconds = ((0, 60, 90, 120), (61, 0, 30, -1), (91, 31, 0, 32), (121, 62, 33, 0))
    publish(store, replace(PLAN, routes=(replace(ROUTE, seconds=seconds),)))
    assert packet(store, "worker")["matrix"] == {
        "ids": ["start", "s1", "s2", "s3"],
        "seconds": [list(line) for line in seconds],
        "estimated": False,
    }


def test_the_month_is_the_visitor_s_own(store: Store) -> None:
    """Visits, people and hours since the first of the month."""
    start = datetime(2026, 3, 20, 1, 0, tzinfo=UTC)
    visit_of(store, started_at=start, ended_at=start + timedelta(minutes=50))
    assert packet(store, "worker")["month"] == {
        "visits": 4,  # v2, v5, v7 of the village and this one
        "reached": 4,
        "persons": 5,
        "minutes": 50,
        "hours": 0.8,
        "untimed": 3,
    }
    assert packet(store, "contact")["month"]["visits"] == 0


def test_whom_to_call_and_who_is_out(store: Store) -> None:
    """The head's number is that of the head's own visitor; an outing of today comes back to the phone."""
    head = next(account for account in store.accounts.all() if account.login == "deputy")
    store.facts.record([replace(ACTORS[1], phone="13700002222")])
    store.accounts.add("boss", "站长", PASSWORD, (Hat(AccountRole.HEAD, TOWN.code),), actor_id="w2")
    back = datetime(2026, 3, 20, 3, 30, tzinfo=UTC)
    store.incoming.step(OutingStep("o1-1", "o1", "w1", OutingWhat.OUT, NOW, head.id, back), TODAY)
    got = packet(store, "worker")
    assert got["safety"] == {
        "emergency_phone": "110 / 120",
        "station_phone": "",
        "head_phone": "13700002222",
        "overdue_minutes": 30,
    }
    assert (got["outing"]["id"], got["outing"]["time"], got["outing"]["back_at"]) == ("o1", "11:30", None)
    assert got["retry"] == {"again_h": 2, "latest": "17:30", "tries": 3, "window_days": 30}


def test_it_speaks_the_language_of_the_request(store: Store) -> None:
    """Code lists, words and forms are English where that was chosen."""
    publish(store)
    token = language.set("en")
    try:
        got = packet(store, "worker")
    finally:
        language.reset(token)
    assert got["lang"] == "en"
    assert got["codes"]["outcomes"][0] == ["seen", "seen"]
    assert got["stops"][2]["due_words"] == "Last seen 38 days ago, 8 days overdue"
    assert got["forms"][0]["title"] == "Child"
    told = json.dumps([got["codes"], got["forms"]], ensure_ascii=False)
    assert [letter for letter in told if "\u3400" <= letter <= "\u9fff"] == []


def test_a_person_who_left_is_not_behind_the_door(store: Store) -> None:
    """Somebody whose time on the ledger has ended is no longer among the people."""
    publish(store)
    store.facts.record([replace(c, valid_to=c.birth_date) for c in CLIENTS if c.id == "p2"])
    assert [p["id"] for p in packet(store, "worker")["stops"][1]["people"]] == ["p3"]


SECRETS = ("空巢", "留守", "困境", "残疾", "失能", "独居", "低保", "精神", "服刑", "空巢", "restricted")
"""Tags of the village and words of restricted classes."""

MAY_READ: dict[str, set[str]] = {
    "worker": {"h1", "h2", "h3"},
    "contact": {"h1"},
    "volunteer": set(),
    "head": set(),
    "deputy": set(),
    "grid_manager": {"h2", "h3"},
}
"""Login → the households that stand in the packet by their address."""

MASKED = ("contact", "grid_manager")
"""Who reads surnames only."""


@pytest.mark.parametrize("login", MAY_READ)
def test_a_packet_has_nobody_and_nothing_that_the_day_does_not_need(login: str, listed: Store) -> None:
    """No identity number, birth date or tag; no name or address of anybody else's."""
    marked = Tag("t-smd", "p1", "精神障碍", "3", "", date(2025, 1, 1))
    listed.facts.record([marked])
    publish(listed)
    got = packet(listed, login)
    told = json.dumps({**got, "codes": None, "forms": None}, ensure_ascii=False)
    for client in CLIENTS:
        assert client.id_number is None or client.id_number not in told
        assert str(client.birth_date) not in told
    assert [secret for secret in SECRETS if secret in told] == []
    allowed = MAY_READ[login]
    assert {h.id for h in HOUSEHOLDS if h.address in told} == allowed
    strangers = {c.name for c in CLIENTS if c.household_id not in allowed or login in MASKED}
    strangers |= {h.head_name for h in HOUSEHOLDS if h.id not in allowed or login in MASKED}
    assert [name for name in strangers if name in told] == []


def test_forms_are_the_same_for_a_restricted_class(store: Store) -> None:
    """A mental disorder changes nothing of the form, the words or the order of keys."""
    publish(store)
    before = packet(store, "worker")["forms"]
    store.facts.record([Tag("t-smd", "p1", "精神障碍", "3", "", date(2025, 1, 1))])
    assert packet(store, "worker")["forms"] == before


def test_an_unchanged_packet_costs_nothing(signed_in: As, store: Store) -> None:
    """The tag of the last one is answered 304 until something in it changes."""
    publish(store)
    client = signed_in("worker")
    first = client.get("/phone/packet")
    tag = {"if-none-match": first.json()["tag"]}
    again = client.get("/phone/packet", headers=tag)
    assert (again.status_code, again.content) == (304, b"")
    visit_of(store)
    changed = client.get("/phone/packet", headers=tag)
    assert changed.status_code == 200
    assert changed.headers["etag"] == changed.json()["tag"] != first.json()["tag"]


def test_a_phone_gets_it_by_its_own_sign_in(signed_in: As, store: Store) -> None:
    """The token of a phone opens the packet of its account, and without one nobody reads any."""
    publish(store)
    phone = signed_in("")
    phone.headers["accept"] = "application/json"
    keys = {"login": "worker", "password": PASSWORD, "app": "test"}
    token = phone.post("/phone/sign-in", json=keys).json()["token"]
    assert phone.get("/phone/packet").status_code == 401
    got = phone.get("/phone/packet", headers={"authorization": f"Bearer {token}"})
    assert (got.status_code, got.json()["account"]["name"]) == (200, "周敏")


def test_it_is_zipped_for_who_can_read_that(signed_in: As, store: Store) -> None:
    """The same content zipped and plain; it is kept by nobody on the way."""
    publish(store)
    client = signed_in("worker")
    zipped = client.get("/phone/packet", headers={"accept-encoding": "gzip"})
    plain = client.get("/phone/packet", headers={"accept-encoding": "identity"})
    assert (zipped.headers["content-encoding"], "content-encoding" in plain.headers) == ("gzip", False)
    assert zipped.json() == plain.json()
    assert int(zipped.headers["content-length"]) < len(plain.content) / 2
    assert zipped.headers["cache-control"] == "no-store"


def test_the_kind_of_phone_is_read_or_said(signed_in: As, store: Store) -> None:
    """The browser tells what it is, a query tells it better, nonsense is left aside."""
    publish(store)
    client = signed_in("worker")
    client.headers["user-agent"] = ANDROID

    def apps(phone: str) -> list[str]:
        answer = client.get("/phone/packet", params={"phone": phone} if phone else {}).json()
        return [link["app"] for link in answer["stops"][0]["links"]]

    assert apps("") == apps("fridge") == ["amap", "baidu", "tencent", "geo"]
    assert apps("wechat") == ["amap", "tencent", "geo"]


def test_twenty_stops_are_small(store: Store) -> None:
    """Twenty doors with their forms weigh under 40 kB, so that the map has room below 300 kB."""
    stops = []
    for number in range(20):
        house, person, tag = elder(number, NORTH.code, Position(LON + number / 5000, LAT))
        store.facts.record([house, person, tag])
        base = replace(ROUTE.stops[1], id=f"many-{number}", seq=number + 1, household_id=house.id)
        stops.append(replace(base, client_ids=(person.id,)))
    publish(store, replace(PLAN, routes=(replace(ROUTE, stops=tuple(stops)),)))
    got = packet(store, "worker", phone=Phone.ANDROID)
    assert len(got["stops"]) == 20
    assert len(gzip.compress(json.dumps(got, ensure_ascii=False).encode())) < 40_000


def test_another_town_sees_no_stop_of_this_one(store: Store) -> None:
    """The head of another township has an empty day."""
    publish(store)
    assert "王" not in json.dumps(packet(store, "other_head"), ensure_ascii=False)


def test_the_working_day_ends_a_window(store: Store) -> None:
    """Somebody who works longer may come later to a place that opens late."""
    store.facts.record([replace(ACTORS[0], hours=(time(8), time(19)))])
    child, couple, alone = ROUTE.stops
    later = replace(couple, start_s=couple.arrive_s + 900)
    publish(store, replace(PLAN, routes=(replace(ROUTE, stops=(child, later, alone)),)))
    assert packet(store, "worker")["stops"][1]["window"] == "10:00–19:00"


def test_a_child_s_door_on_a_phone_is_in_the_audit_trail(signed_in: As, store: Store) -> None:
    """Who took a child's door along is written down, once a day however often the phone asks."""
    publish(store)
    worker, contact = signed_in("worker"), signed_in("contact")
    for client in (worker, worker, contact):
        assert client.get("/phone/packet").status_code == 200
    read = [line for line in store.audit.lines() if line.action == "read child"]
    assert [(line.object, line.detail) for line in read] == [("h3", "packet")]
