"""What the phone works out by itself, in its own browser, against the same worked out here."""

from __future__ import annotations

import itertools
import random
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import asdict, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, Route

from fieldmap.retry import LADDER, next_try

pytestmark = pytest.mark.browser

type Module = Callable[..., Any]

START = "start"
STAY_S = 1500


PHONE = Path(__file__).parent.parent.parent / "web" / "static" / "phone"
EMPTY = '<html lang="en"><script type="application/json" id="words-en">{}</script>'


def serve(route: Route) -> None:
    """Give a browser a module as it lies in the folder, or an empty page."""
    name = route.request.url.rpartition("/")[2]
    if name:
        route.fulfill(body=(PHONE / name).read_text(encoding="utf-8"), content_type="text/javascript")
    else:
        route.fulfill(body=EMPTY, content_type="text/html")


@pytest.fixture(scope="module")
def module(browser: Browser) -> Iterator[Module]:
    """Return a function: name of a module, name in it, arguments → what it returns, in a browser."""
    page = browser.new_page()
    page.route("https://phone.test/**", serve)
    page.goto("https://phone.test/")

    def call(name: str, what: str, *arguments: Any) -> Any:
        return page.evaluate(
            "([name, what, all]) => import(`/${name}.js`).then(found => found[what](...all))",
            [name, what, list(arguments)],
        )

    yield call
    page.close()


def task(points: Mapping[str, tuple[int, int]], **more: Any) -> dict[str, Any]:
    """Return what is to be ordered: places on a plane, ten seconds for each unit between two."""
    ids = list(points)
    seconds = [
        [
            round(10 * ((points[a][0] - points[b][0]) ** 2 + (points[a][1] - points[b][1]) ** 2) ** 0.5)
            for b in ids
        ]
        for a in ids
    ]
    plain: dict[str, Any] = {
        "matrix": {"ids": ids, "seconds": seconds},
        "from": START,
        "to": START,
        "start_s": 9 * 3600,
        "stays": dict.fromkeys(ids, STAY_S),
        "windows": {},
        "not_before": {},
    }
    return plain | more


LINE = {START: (0, 0), "a": (10, 0), "b": (20, 0), "c": (30, 0)}
"""Three doors along a road."""


def cost(order: Sequence[str], of: Mapping[str, Any]) -> list[float]:
    """Return what an order costs: late, too early again, on the way."""
    ids, seconds = of["matrix"]["ids"], of["matrix"]["seconds"]
    at, clock, total = of["from"], of["start_s"], [0, 0, 0]
    for stop in order:
        leg = seconds[ids.index(at)][ids.index(stop)]
        total[2] += leg
        clock += leg
        if stop in of["windows"]:
            opens, closes = of["windows"][stop]
            clock = max(clock, opens)
            total[0] += max(0, clock - closes)
        total[1] += max(0, of["not_before"].get(stop, 0) - clock)
        clock += STAY_S
        at = stop
    total[2] += seconds[ids.index(at)][ids.index(of["to"])]
    return [float(part) for part in total]


def some_task(seed: int) -> dict[str, Any]:
    """Return a made task of six doors, one with a promised time and one that was tried already."""
    rng = random.Random(seed)
    points = {START: (0, 0)} | {name: (rng.randint(-99, 99), rng.randint(-99, 99)) for name in "abcdef"}
    opens = 9 * 3600 + rng.randint(0, 6) * 1800
    made = task(points, windows={"a": [opens, opens + 1800]}, not_before={"f": 11 * 3600})
    return made if seed % 2 else made | {"windows": {}, "not_before": {}}


def test_a_detour_is_straightened(module: Module) -> None:
    """Doors along a road are taken one after the other, and back."""
    found = module("reorder", "bestOrder", ["b", "a", "c"], task(LINE))
    assert found == {"order": ["a", "b", "c"], "cost": [0, 0, 600]}


def test_a_promised_time_comes_before_a_shorter_way(module: Module) -> None:
    """Whoever was promised nine o'clock is first, however far out."""
    promised = task(LINE, windows={"c": [9 * 3600, 9 * 3600 + 600]})
    assert module("reorder", "bestOrder", ["a", "b", "c"], promised)["order"][0] == "c"


def test_a_second_try_comes_last_and_not_too_soon(module: Module) -> None:
    """Where nobody opened at nine, nobody knocks before eleven as long as there is something else."""
    tried = task(LINE, not_before={"a": 11 * 3600}, **{"from": "a"})
    assert module("reorder", "bestOrder", ["a", "b", "c"], tried)["order"][-1] == "a"


def test_the_phone_finds_the_best_of_all_orders(module: Module) -> None:
    """For made days of six doors the order costs as much as the best of all 720, or hardly more."""
    tasks = [some_task(seed) for seed in range(20)]
    for made in tasks:
        found = module("reorder", "bestOrder", list("abcdef"), made)
        assert found["cost"] == cost(found["order"], made)
        best = min(cost(order, made) for order in itertools.permutations("abcdef"))
        assert found["cost"][0] == best[0]
        assert found["cost"][1] == best[1]
        assert found["cost"][2] <= 1.1 * best[2]


def test_an_order_keeps_calls_where_they_are(module: Module) -> None:
    """Only the places of the doors are filled anew."""
    assert module("reorder", "placed", ["a", "call", "b", "c"], ["c", "a", "b"]) == ["c", "call", "a", "b"]


def test_only_the_route_s_stops_are_ordered_at_the_station(module: Module) -> None:
    """Whoever has a route and a list tells the route's new order alone: the station knows no other."""
    both = [{"id": "s1", "planned": True}, {"id": "h9", "planned": False}, {"id": "s2", "planned": True}]
    assert module("later", "onRoute", {"stops": both}, ["s2", "h9", "s1"]) == ["s2", "s1"]


@pytest.mark.parametrize("tries", [1, 2, 3, 4])
@pytest.mark.parametrize("hour", [1, 7, 8, 15])
def test_the_retry_ladder_is_the_station_s(module: Module, tries: int, hour: int) -> None:
    """The phone says the same next try as the station, in the morning and when it gets late."""
    now = datetime(2026, 3, 20, hour, 20, tzinfo=UTC)
    plain = {**asdict(LADDER), "latest": LADDER.latest.isoformat("minutes")}
    page_says = module("retry", "nextTry", tries, now.isoformat(), plain)
    step = next_try(tries, now)
    china = (step.at + timedelta(hours=8)).strftime("%H:%M") if step.at and step.what == "later_today" else ""
    assert page_says == {"what": step.what.value, "time": china}


@pytest.mark.parametrize(
    ("day", "now", "today"),
    [
        ("2026-03-20", "2026-03-20T01:00:00Z", "2026-03-20"),
        ("2026-03-20", "2026-03-20T15:59:00Z", "2026-03-20"),
        ("2026-03-20", "2026-03-20T16:01:00Z", "2026-03-21"),
        ("2026-03-20", "2026-03-23T01:00:00Z", "2026-03-23"),
        ("2025-12-30", "2026-03-22T01:00:00Z", "2026-01-01"),
    ],
    ids=["at once", "before midnight in China", "after it", "three days later", "a station on another day"],
)
def test_today_goes_on_from_the_packet_s_day(module: Module, day: str, now: str, today: str) -> None:
    """A packet that grows old does not hold the calendar; one of another day keeps its own."""
    made = {"day": day, "made_at": "2026-03-20T00:10:00Z"}
    assert module("days", "todayOf", made, now) == today


@pytest.mark.parametrize(
    ("told", "photos", "mark", "lines"),
    [
        ((0, 0), (0, 0), "ok", []),
        ((12, 12), (3, 3), "ok", ["app.held_all"]),
        ((12, 11), (3, 3), "wait", ["app.held_some"]),
        ((12, 12), (3, 2), "wait", ["app.held_all", "app.held_photos"]),
        ((0, 0), (1, 0), "wait", ["app.held_photos"]),
    ],
    ids=["nothing", "all", "a record waits", "a photo waits", "yesterday's photo waits"],
)
def test_all_is_held_when_the_photos_are(
    module: Module, told: tuple[int, int], photos: tuple[int, int], mark: str, lines: list[str]
) -> None:
    """The line turns green only when the station holds every record and every photo."""
    records = {"all": told[0], "held": told[1], "time": "17:42"}
    found = module("held", "heldLines", records, {"all": photos[0], "held": photos[1]})
    assert (found["mark"], [key for key, _ in found["lines"]]) == (mark, lines)
    said = dict(found["lines"])
    assert said.get("app.held_photos", {"all": photos[0], "held": photos[1]}) == {
        "all": photos[0],
        "held": photos[1],
    }


@pytest.mark.parametrize(
    ("kind", "now", "mark", "line"),
    [
        ("route", "2026-03-20T09:00:00Z", "ok", ["app.ready", {"count": 1, "time": "07:42"}]),
        ("list", "2026-03-20T09:00:00Z", "ok", ["app.ready", {"count": 1, "time": "07:42"}]),
        (
            "list",
            "2026-03-23T01:00:00Z",
            "ok",
            ["app.old_list", {"day": "3月20日", "until": "3月27日", "time": "07:40"}],
        ),
        ("route", "2026-03-21T01:00:00Z", "wait", ["app.old_packet", {"day": "3月20日"}]),
    ],
    ids=["a route of today", "a list of today", "a list in its week", "yesterday's route"],
)
def test_a_list_is_good_all_week_and_a_route_for_its_day(
    module: Module, kind: str, now: str, mark: str, line: list[Any]
) -> None:
    """An older list says calmly from when it is and until when it holds; an older route waits for another."""
    held = {"kind": kind, "lang": "zh-CN", "made_at": "2026-03-19T23:42:00Z", "stops": [{}]}
    found = module("held", "packetLine", held, now, "2026-03-26T23:40:00Z")
    assert found == {"mark": mark, "line": line}


STOP = {"id": "s1", "household_id": "h1", "done": None}
DONE = {"outcome": "seen", "label": "已见到", "at": "09:00", "visit_id": "v1", "local": True}


def packet(*stops: dict[str, Any], **more: Any) -> dict[str, Any]:
    """Return a packet with what carryOver looks at."""
    return {"day": "2026-03-20", "account": {"id": "a1"}, "stops": list(stops), "neighbours": [], **more}


@pytest.mark.parametrize(
    ("state", "kept"),
    [("waiting", True), ("rejected", True), ("held", True), ("withdrawn", False), ("gone", False)],
)
def test_a_newer_packet_keeps_what_was_recorded(module: Module, state: str, kept: bool) -> None:
    """What this phone recorded stays ticked off, also where it arrived behind the packet's back."""
    entries = [{"id": "v1" if state != "gone" else "v2", "kind": "visit", "state": state}]
    fresh = module("packet", "carryOver", packet({**STOP, "done": DONE}), packet(STOP), entries)
    assert (fresh["stops"][0]["done"] is not None) == kept


@pytest.mark.parametrize(
    ("state", "ms", "kept"), [("waiting", 0, True), ("held", 1, True), ("held", -2, False)]
)
def test_a_packet_does_not_undo_an_outing(module: Module, state: str, ms: int, kept: bool) -> None:
    """What is told while the packet is made stands; of what came before, the station knows."""
    made = datetime(2026, 3, 20, 1, tzinfo=UTC)
    receipt = {"ms": (made + timedelta(minutes=ms)).timestamp() * 1000}
    entries = [{"id": "o1", "kind": "outing", "state": state, "receipt": receipt}]
    old = packet(STOP, outing={"id": "o"})
    fresh = module("packet", "carryOver", old, packet(STOP, outing=None, made_at=made.isoformat()), entries)
    assert (fresh["outing"] is not None) == kept


def test_a_packet_of_another_day_or_person_keeps_nothing(module: Module) -> None:
    """A new day and a new person begin with what the station says."""
    old = packet({**STOP, "done": DONE}, order=["s1"])
    entries = [{"id": "v1", "kind": "visit", "state": "waiting"}]
    for changed in ({"day": "2026-03-21"}, {"account": {"id": "a2"}}):
        fresh = module("packet", "carryOver", old, packet(STOP) | changed, entries)
        assert fresh["stops"][0]["done"] is None
        assert "order" not in fresh


def test_doors_stand_by_village_and_building(module: Module) -> None:
    """Neighbouring stops of one building share its heading; the order of the route is kept."""
    stops = [
        {"id": key, "village": village, "building": building}
        for key, village, building in (
            ("1", "甲", "3号楼"),
            ("2", "甲", "3号楼"),
            ("3", "甲", ""),
            ("4", "乙", ""),
        )
    ]
    found = module("packet", "grouped", stops)
    told = [(v["name"], [(b["name"], [s["id"] for s in b["stops"]]) for b in v["buildings"]]) for v in found]
    assert told == [("甲", [("3号楼", ["1", "2"]), ("", ["3"])]), ("乙", [("", ["4"])])]


ROUTE = {"expected_back": "11:30", "back": "11:00"}
OUT = {"time": "11:30"}


@pytest.mark.parametrize(
    ("what", "now", "proposed"),
    [
        ("out", "09:00:20", "11:30"),
        ("out", "13:10:20", "15:10"),
        ("later", "11:00:20", "11:30"),
        ("later", "11:50:20", "12:05"),
    ],
)
def test_nobody_is_expected_at_a_time_that_is_over(
    module: Module, what: str, now: str, proposed: str
) -> None:
    """Proposed is the route's time, or what was said; where that is over, two hours or a quarter more."""
    found = module("safety", "proposed", what, {"route": ROUTE, "outing": OUT}, f"2026-03-20T{now}+08:00")
    assert found == datetime.fromisoformat(f"2026-03-20T{proposed}:00+08:00")


@pytest.mark.parametrize(
    ("out_at", "found"),
    [("2026-03-21T01:00:00Z", True), ("2026-03-20T16:10:00Z", True), ("2026-03-20T09:00:00Z", False)],
    ids=["this morning", "after midnight in China", "yesterday"],
)
def test_an_outing_is_of_the_day_it_began(module: Module, out_at: str, found: bool) -> None:
    """Whoever sets out with yesterday's packet can come back; yesterday's outing is not today's."""
    held = {"made_at": "2026-03-20T00:00:00Z", "outing": {"id": "o1", "out_at": out_at}}
    assert (module("safety", "outingOf", held, "2026-03-21T02:00:00Z") is not None) == found


@pytest.mark.parametrize(
    ("agent", "link"), [("Linux; Android 10", "sms:139?body=a%20b"), ("iPhone; CPU", "sms:139&body=a%20b")]
)
def test_a_message_opens_on_either_kind_of_phone(module: Module, agent: str, link: str) -> None:
    """An iPhone wants another sign before the text."""
    assert module("safety", "smsLink", "139", "a b", agent) == link


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("110 / 120", ["110", "120"]),
        ("110、120", ["110", "120"]),
        ("110 120", ["110", "120"]),
        ("0857-6620110", ["08576620110"]),
        ("(0857) 662 0110", ["08576620110"]),
        ("139 0000 1111", ["13900001111"]),
        ("+86 139-0000-1111", ["+8613900001111"]),
        ("119 13900001111", ["119", "13900001111"]),
        ("400 800 1234", ["4008001234"]),
        ("12345", ["12345"]),
        ("刘站长 13900001111,值班 6620110", ["13900001111", "6620110"]),
        ("值班室 2 楼", []),
        ("", []),
    ],
)
def test_every_number_of_a_text_is_dialled_by_itself(module: Module, text: str, found: list[str]) -> None:
    """A setting may hold several numbers, in any writing; a link holds one."""
    assert module("safety", "numbersIn", text) == found


@pytest.mark.parametrize(
    ("head", "station", "emergency", "dialled", "written"),
    [
        ("", "", "110 / 120", ["110", "120"], ""),
        (
            "13900001111",
            "0857-6620110",
            "119",
            ["110", "120", "13900001111", "08576620110", "119"],
            "13900001111",
        ),
        ("", "0857-6620110", "110", ["110", "120", "08576620110"], ""),
        ("", "", "110 / 13900002222", ["110", "120", "13900002222"], "13900002222"),
        ("13900001111", "13900001111", "", ["110", "120", "13900001111"], "13900001111"),
    ],
    ids=["as set up", "all known", "a landline hears no message", "police and a person", "one for both"],
)
def test_help_reaches_somebody_or_asks_whom(
    module: Module, head: str, station: str, emergency: str, dialled: list[str], written: str
) -> None:
    """Each button dials one number, none twice; a message goes to a mobile, or to nobody yet."""
    safety = {"head_phone": head, "station_phone": station, "emergency_phone": emergency}
    assert [number for number, *_ in module("safety", "numbers", safety)] == dialled
    assert module("safety", "addressee", safety) == written


def route(done: Mapping[str, str], **more: Any) -> dict[str, Any]:
    """Return a packet of doors a, b, c and a call, some done by visits v-a … at a time, with turns."""
    stops = [
        {
            "id": key,
            "channel": "phone" if key == "call" else "door",
            "done": {"at": done[key], "visit_id": f"v-{key}"} if key in done else None,
        }
        for key in ("a", "call", "b", "c")
    ]
    turns = {key: [{"text": key}] for key in ("a", "b", "c", "back")}
    return {"stops": stops, "neighbours": [], "turns": turns, **more}


MINE = ["v-a", "v-b", "v-c", "v-call"]
PLANNED = {"a": "", "b": "a", "c": "b"}
"""Where the turns to each door begin."""


@pytest.mark.parametrize(
    ("packet_", "recorded", "led"),
    [
        (route({}), MINE, PLANNED),
        (route({"a": "09:00", "call": "09:20"}), MINE, {"b": "a", "c": "b"}),
        (route({"a": "09:00", "c": "09:30"}), MINE, {}),
        (route({"b": "09:00"}), MINE, {}),
        (route({}, order=["a", "call", "c", "b"]), MINE, {"a": ""}),
        (route({}, order=["a", "b", "call", "c"]), MINE, PLANNED),
        (route({"a": "09:00"}), [], {"c": "b"}),
        (route({"a": ""}), MINE, {"c": "b"}),
        (route({"b": "09:00", "a": "09:30"}), MINE, {}),
        (route({"a": "09:00"}) | {"turns": {}}, MINE, {}),
    ],
    ids=[
        "as planned",
        "one done, and a call",
        "a door was skipped",
        "the first was skipped",
        "another order",
        "a call was moved",
        "a colleague was there",
        "nobody knows when",
        "done the other way round",
        "no roads",
    ],
)
def test_turns_are_shown_only_where_they_begin(
    module: Module, packet_: dict[str, Any], recorded: list[str], led: dict[str, str]
) -> None:
    """Turns lead from the door before in the plan; after another door the phone shows none."""
    found = {key: module("guide", "waysTo", key, packet_, recorded) for key in "abc"}
    assert {key: way["from"] for key, way in found.items() if way} == led
    assert all(way["turns"] == [{"text": key}] for key, way in found.items() if way)


def test_turns_from_a_door_that_left_the_plan_are_not_shown(module: Module) -> None:
    """Where the door before was taken out of the packet, its turns on to the next lead from nowhere."""
    whole = route({})
    without = whole | {"stops": [stop for stop in whole["stops"] if stop["id"] != "b"]}
    assert module("guide", "waysTo", "c", without, MINE) is None
    assert module("guide", "waysTo", "a", without, MINE)["from"] == ""


def test_a_neighbour_s_door_is_a_door(module: Module) -> None:
    """Whoever was seen next door in between starts from there."""
    near = {"id": "n", "channel": "door", "done": {"at": "09:20", "visit_id": "v-n"}}
    beside = route({"a": "09:00"}) | {"neighbours": [near]}
    assert module("guide", "waysTo", "b", beside, [*MINE, "v-n"]) is None


@pytest.mark.parametrize(
    ("agent", "kept"),
    [
        ("Linux; Android 10; Chrome/86.0", ["https", "bdapp", "geo"]),
        ("Linux; Android 10; MicroMessenger/8.0", ["geo"]),
        ("iPhone; CPU; MicroMessenger/8.0", []),
    ],
)
def test_wechat_is_offered_no_link_that_fails_there(module: Module, agent: str, kept: list[str]) -> None:
    """Inside WeChat only geo: is tried, on an iPhone nothing; everywhere else all links stand."""
    links = [{"app": "", "url": f"{scheme}:1"} for scheme in ("https", "bdapp", "geo")]
    found = module("guide", "openable", links, agent)
    assert [link["url"].partition(":")[0] for link in found] == kept


def test_a_clip_s_line_is_read_as_points(module: Module) -> None:
    """Whole numbers from an origin become latitude and longitude."""
    clip = {"origin": [26.7, 107.5], "unit": 1e-5}
    points = module("sketch", "unpacked", [100, 200, -50, 0, 0, 25], clip)
    assert [[round(part, 5) for part in point] for point in points] == [
        [26.701, 107.502],
        [26.7005, 107.502],
        [26.7005, 107.50225],
    ]


def test_a_ladder_of_two_tries_is_followed(module: Module) -> None:
    """Another ladder of the station changes what the phone says."""
    plain = {**asdict(replace(LADDER, tries=2)), "latest": "17:30"}
    assert module("retry", "nextTry", 2, "2026-03-20T01:00:00Z", plain)["what"] == "tell"
