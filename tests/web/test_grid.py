"""The grid manager's part of the packet; flags and sweeps from the phone to the head and back."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Any

import pytest
import shapely
from starlette.testclient import TestClient

from fieldmap.incoming import Photo, PhotoKind
from fieldmap.models import FlagKind, FlagState, Household, Position
from fieldmap.store import Store
from routing.clip import BUFFER_M
from tests.web.conftest import As
from tests.web.phone_plan import publish
from tests.web.sending import Envelope, Phone, numbered, phone_of
from tests.web.village import GRID_A, GRID_B, GRIDS, HOUSEHOLDS, LAT, LON, NORTH, NOW, TODAY, VISITS, Village
from web.grid_packets import CLOSED_DAYS
from web.sketch import across

FLAG = numbered(40)
BODY: Mapping[str, Any] = {
    "grid_code": GRID_A,
    "kind": "uncovered",
    "note": "村东第三家,老人一个人住",
    "position": {"lon": 107.503, "lat": 26.703},
    "household_id": "",
}
FLATS = tuple(
    Household(f"f{door}", NORTH.code, f"北坡村5号楼{door}", "丁阿婆", GRID_A) for door in (101, 102, 201)
)
"""Three known flats of one building of grid A."""


@dataclass(frozen=True)
class Manager:
    """The manager of grid A with her phone."""

    client: TestClient
    phone: Phone

    def part(self) -> dict[str, Any]:
        """Return the grid part of her packet."""
        found: dict[str, Any] = self.client.get("/phone/packet").json()["grid"]
        return found

    def grid(self) -> dict[str, Any]:
        """Return her grid."""
        (found,) = self.part()["grids"]
        return dict(found)

    def report(self, **changes: Any) -> dict[str, Any]:
        """Report a door; return the receipt."""
        return self.phone.receipt(Envelope(FLAG, "flag", {**BODY, **changes}))

    def sweep(self, number: int, building_id: str, door: str, result: str) -> dict[str, Any]:
        """Tap one result; return the receipt."""
        body = {
            "building_id": building_id,
            "grid_code": GRID_A,
            "door": door,
            "result": result,
            "day": "2026-03-20",
        }
        return self.phone.receipt(Envelope(numbered(number), "sweep", body))


@pytest.fixture
def manager(signed_in: As, store: Store, village: Village) -> Manager:
    """Return the manager of grid A."""
    return Manager(signed_in("grid_manager"), phone_of(store, village, signed_in(""), "grid_manager"))


def test_she_reads_how_her_grid_stands(manager: Manager) -> None:
    """The rate with its denominator, the gaps, and whom nobody saw: surname, door and dates, no more."""
    grid = manager.grid()
    assert (grid["name"], grid["village"], grid["rate_text"]) == ("北坡一网格", "北坡村", "1/4 = 25.0 %")
    assert grid["figures"] == {"unseen": 3, "never": 0, "no_coordinates": 0, "no_owner": 0}
    assert [(d["title"], d["address"], d["unseen"], d["never"]) for d in grid["doors"]] == [
        ("李*", "北坡村2号", True, False),
        ("赵*", "北坡村3号", True, False),
    ]
    assert grid["doors"][0]["words"] == "上次见到 2 月 20 日,3 月 31 日前应访。"
    assert "1号" not in json.dumps(grid["doors"], ensure_ascii=False), (
        "reached this month, by whatever interval"
    )


@pytest.mark.parametrize("hidden", ["王秀英", "郑", "空巢", "困境", "overdue_days", "h4", "13800005678"])
def test_what_is_not_hers_to_read_is_not_there(manager: Manager, hidden: str) -> None:
    """No full name, tag, number or day count, and nobody of another grid."""
    assert hidden not in json.dumps(manager.part(), ensure_ascii=False)


@pytest.mark.parametrize("login", ["worker", "contact", "head"])
def test_who_has_no_grid_has_no_part(signed_in: As, login: str) -> None:
    """The part is the grid manager's alone."""
    assert signed_in(login).get("/phone/packet").json()["grid"] is None


def test_a_grid_without_polygon_has_its_doors_alone(manager: Manager, store: Store) -> None:
    """Where the grid was never drawn there are dots and no outline; a dot says nothing."""
    store.facts.record([replace(GRIDS[0], polygon_wkb=None)])
    grid = manager.grid()
    assert grid["outlines"] == []
    assert [26.702, 107.502] in grid["points"]


def test_a_door_outside_the_grid_is_said_beside_the_figures(manager: Manager, store: Store) -> None:
    """Who has a position outside the grid is not counted there, and the phone says how many."""
    store.facts.record([replace(HOUSEHOLDS[0], door=Position(107.6, 26.9))])
    assert "另有 1 人的坐标落在网格外" in manager.grid()["outside"]


def test_a_flag_is_kept_once_and_comes_back(manager: Manager, store: Store) -> None:
    """The same envelope twice is one flag; it stands in her packet with its history."""
    first, again = manager.report(), manager.report()
    assert [(r["state"], r["new"]) for r in (first, again)] == [("held", True), ("held", False)]
    (flag,) = store.flags.all()
    assert (flag.id, flag.kind, flag.position) == (FLAG, FlagKind.UNCOVERED, Position(107.503, 26.703))
    (told,) = manager.part()["flags"]
    assert (told["note"], told["own"], told["open"], told["position"]) == (
        BODY["note"],
        True,
        True,
        [26.703, 107.503],
    )
    assert [(step["at"], step["reason"]) for step in told["steps"]] == [("03-20 09:00", "")]


def test_a_flag_about_a_door_of_the_list_needs_no_note(manager: Manager, signed_in: As) -> None:
    """She chose the door: the head reads which household it is, she reads surname and door."""
    assert manager.report(household_id="h1", kind="moved", note="")["state"] == "held"
    (told,) = manager.part()["flags"]
    assert (told["kind_label"], told["door"]) == ("搬走了", "王* 北坡村1号")
    listed = signed_in("head").get("/flags").text
    assert 'href="/people/h1"' in listed
    assert "搬走了" in listed


@pytest.mark.parametrize(
    ("changes", "state"),
    [
        ({"grid_code": GRID_B}, "rejected"),  # another's grid
        ({"note": ""}, "rejected"),  # no door and no words
        ({"household_id": "h5", "note": ""}, "rejected"),  # a door of another grid
        ({"position": None}, "held"),
    ],
)
def test_a_flag_is_of_her_own_grid(manager: Manager, changes: dict[str, Any], state: str) -> None:
    """A flag elsewhere, or one by which nobody finds the door, is refused and stays no flag."""
    assert manager.report(**changes)["state"] == state
    assert len(manager.part()["flags"]) == (state == "held")


def test_the_head_takes_a_flag_further(manager: Manager, signed_in: As, store: Store) -> None:
    """The head reads who reported what and moves it; the phone says how far it is."""
    manager.report()
    head = signed_in("head")
    listed = head.get("/flags").text
    assert "村东第三家" in listed
    assert "网格员马丽" in listed
    assert head.post(f"/flags/{FLAG}/move", data={"state": "checked"}).status_code == 303
    assert store.flags.all()[0].state is FlagState.CHECKED
    assert manager.part()["flags"][0]["state_label"] == "已核实"


def test_she_reads_what_became_of_her_flag(manager: Manager, signed_in: As, store: Store) -> None:
    """Registered, planned by a plan that was published, visited: each step with why, without who."""
    manager.report()
    signed_in("head").post(f"/flags/{FLAG}/known", data={"household": "h1"})
    publish(store)
    store.visits.record(replace(VISITS[0], id=numbered(41), household_id="h1", day=TODAY), by="worker")
    (told,) = manager.part()["flags"]
    assert [(step["state_label"], step["reason"]) for step in told["steps"]] == [
        ("已上报", ""),
        ("已登记", ""),
        ("已排访", "排进了已发布的计划"),
        ("已访", "入户见到人"),
    ]
    assert (told["open"], told["door"]) == (False, "王* 北坡村1号")


def test_a_refusal_needs_a_reason_that_the_reporter_reads(
    manager: Manager, signed_in: As, store: Store
) -> None:
    """Without a reason a refusal is not taken; with one it reaches the grid manager's phone."""
    manager.report()
    head, move = signed_in("head"), f"/flags/{FLAG}/move"
    assert head.post(move, data={"state": "refused", "reason": " "}).status_code == 422
    assert head.post(move, data={"state": "refused", "reason": "已在名单"}).status_code == 303
    assert store.flags.all()[0].state is FlagState.REFUSED
    (told,) = manager.part()["flags"]
    assert (told["open"], told["steps"][-1]["reason"]) == (False, "已在名单")


@pytest.mark.parametrize("state", ["visited", "lost", ""])
def test_a_flag_goes_only_where_it_may(manager: Manager, signed_in: As, store: Store, state: str) -> None:
    """A step that is none of the next ones is refused and changes nothing."""
    manager.report()
    assert signed_in("head").post(f"/flags/{FLAG}/move", data={"state": state}).status_code == 422
    assert len(store.flags.history(FLAG)) == 1


def test_the_head_of_another_town_has_no_part_in_it(manager: Manager, signed_in: As, store: Store) -> None:
    """She neither reads the flag nor moves it; to her it does not exist."""
    manager.report()
    other = signed_in("other_head")
    assert "村东第三家" not in other.get("/flags").text
    assert other.post(f"/flags/{FLAG}/move", data={"state": "checked"}).status_code == 404
    assert store.flags.all()[0].state is FlagState.REPORTED


def test_every_step_is_in_the_audit(manager: Manager, signed_in: As, store: Store) -> None:
    """Who moved a flag where is on record."""
    manager.report()
    signed_in("head").post(f"/flags/{FLAG}/move", data={"state": "checked"})
    (line,) = store.audit.lines(limit=1)
    assert (line.action, line.object, line.detail) == ("flag", FLAG, "checked")


def test_what_is_long_done_with_leaves_the_phone(village: Village, manager: Manager) -> None:
    """A refused flag stays half a year on the phone; an open one until it is done with."""
    manager.report()
    long_ago = Store.open(village.path, clock=lambda: NOW - timedelta(days=CLOSED_DAYS + 1))
    long_ago.flags.move(FLAG, FlagState.CHECKED, "head")
    assert len(manager.part()["flags"]) == 1
    long_ago.flags.move(FLAG, FlagState.REFUSED, "head", "已在名单")
    long_ago.close()
    assert manager.part()["flags"] == []


def keep_photo(store: Store, of_id: str) -> str:
    """Keep a picture of a flag as the outbox does; return its id."""
    photo = Photo(numbered(60), of_id, PhotoKind.PHOTO, "image/jpeg", 4, "0", "grid", NOW)
    store.incoming.photos.add(photo, content=b"\xff\xd8\xff\xe0")
    return photo.id


def test_the_head_looks_at_the_photo(manager: Manager, signed_in: As, store: Store) -> None:
    """The photo stands with its flag; of a house with a child the look is on record; nobody else has it."""
    manager.report(household_id="h3", kind="moved")
    address = f"/flags/{FLAG}/photos/{keep_photo(store, FLAG)}"
    head = signed_in("head")
    assert f'src="{address}"' in head.get("/flags").text
    answer = head.get(address)
    assert (answer.status_code, answer.headers["content-type"]) == (200, "image/jpeg")
    assert answer.content == b"\xff\xd8\xff\xe0"
    (line,) = store.audit.lines(limit=1)
    assert (line.action, line.object) == ("read child", "h3")
    assert signed_in("other_head").get(address).status_code == 404
    assert head.get(f"/flags/{FLAG}/photos/{numbered(61)}").status_code == 404


def test_a_sweep_has_the_doors_of_known_addresses(manager: Manager, store: Store) -> None:
    """A building of the ledger's addresses, and the doors whose addresses name none."""
    store.facts.record(FLATS)
    doors = {b["name"]: [label for label, _ in b["doors"]] for b in manager.grid()["buildings"]}
    assert doors == {"5号楼": ["101", "102", "201"], "": ["1号", "2号", "3号"]}


def test_a_sweep_goes_to_the_station_and_comes_back(manager: Manager, signed_in: As, store: Store) -> None:
    """Taps reach the building of the packet, a later one corrects; the head reads figures only."""
    store.facts.record(FLATS)
    flats = manager.grid()["buildings"][0]["id"]
    for number, (door, result) in enumerate(
        [("101", "no_need"), ("102", "need"), ("102", "vacant"), ("201", "nobody_home")], start=50
    ):
        assert manager.sweep(number, flats, door, result)["state"] == "held"
    found = manager.grid()["buildings"][0]["results"]
    assert {door: result["result"] for door, result in found.items()} == {
        "101": "no_need",
        "102": "vacant",
        "201": "nobody_home",
    }
    page = signed_in("head").get("/flags").text
    row = page[page.index(f'data-grid="{GRID_A}"') :].partition("</tr>")[0]
    assert "2 / 6" in row
    assert "丁" not in row


def test_an_added_building_stands_in_the_packet(manager: Manager) -> None:
    """Its numbered doors are there for every phone of the grid, under the id the adding phone knows."""
    body = {"grid_code": GRID_A, "name": "7号楼", "doors": 2}
    assert manager.phone.receipt(Envelope(numbered(50), "building", body))["state"] == "held"
    assert manager.sweep(51, numbered(50), "2", "no_need")["state"] == "held"
    building = manager.grid()["buildings"][0]
    assert (building["name"], building["doors"]) == ("7号楼", [["1", ""], ["2", ""]])
    assert building["ids"] == [numbered(50)]
    assert building["results"]["2"]["result"] == "no_need"


@pytest.mark.parametrize(("width", "all_over"), [(0.01, True), (0.03, True), (0.2, False)])
def test_the_map_covers_the_whole_grid(width: float, all_over: bool) -> None:
    """No place of a grid is farther from the line than a clip reaches; a huge one has its edge alone."""
    box = shapely.box(LON, LAT, LON + width, LAT + width)
    line = shapely.LineString(across([[lat, lon] for lon, lat in box.exterior.coords]))
    assert line.buffer(BUFFER_M / 111_195).contains(box) is all_over


def test_the_former_page_leads_to_the_app(signed_in: As) -> None:
    """A bookmark of the grid's page opens the app at the grid."""
    answer = signed_in("grid_manager").get("/grid")
    assert (answer.status_code, answer.headers["location"]) == (303, "/phone#grid")
