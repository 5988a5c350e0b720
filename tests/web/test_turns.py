"""The words of the turn list, Chinese and English."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from itertools import product
from pathlib import Path

import pytest

from fieldmap.errors import language
from fieldmap.models import Position, TravelMode
from fieldmap.plans import Turn
from routing.network import build
from routing.turns import turn_list
from tests.routing.test_clip import day_of
from tests.web.phone_plan import PLAN
from web.turns import BACK, far, turn_lists, words

DIKE = Turn("s1", "dike", "", 296, "", ("bridge",), "left", 0, "", Position(115.0, 35.5))
STREET = replace(DIKE, way="road", name="南街", over=(), distance_m=1249)


@contextmanager
def english() -> Iterator[None]:
    token = language.set("en")
    try:
        yield
    finally:
        language.reset(token)


@pytest.mark.parametrize(
    ("turn", "chinese", "in_english"),
    [
        (DIKE, "沿河堤走 300 米,过桥左转", "Follow the dike path for 300 m, over the bridge, then left"),
        (STREET, "沿南街走 1.2 公里,左转", "Follow 南街 for 1.2 km, then left"),
        (
            replace(DIKE, heading="ne", landmark="卫生室"),
            "向东北沿河堤走 300 米,过桥,到卫生室左转",
            "Head north-east along the dike path for 300 m, over the bridge, then left at 卫生室",
        ),
        (
            replace(DIKE, way="path", over=("bridge", "steps"), then="arrive right"),
            "沿小路走 300 米,过桥、走台阶就到了,在右手边",
            "Follow the path for 300 m, over the bridge, by the steps, and you are there, on the right",
        ),
        (
            replace(STREET, then="roundabout", exit=2),
            "沿南街走 1.2 公里,在环岛走第 2 个出口",
            "Follow 南街 for 1.2 km, at the roundabout take exit 2",
        ),
        (
            replace(STREET, then="roundabout"),
            "沿南街走 1.2 公里,过环岛",
            "Follow 南街 for 1.2 km, across the roundabout",
        ),
        (replace(STREET, then="back"), "沿南街走 1.2 公里,掉头", "Follow 南街 for 1.2 km, then turn round"),
        (replace(STREET, then=""), "沿南街走 1.2 公里", "Follow 南街 for 1.2 km"),
        (replace(DIKE, then=""), "沿河堤走 300 米,过桥", "Follow the dike path for 300 m, over the bridge"),
        (
            replace(DIKE, way="ferry", over=(), distance_m=118, then="straight"),
            "坐渡船过去(100 米),一直走",
            "Take the ferry across (100 m), then straight on",
        ),
        (
            replace(DIKE, way="steps", over=(), distance_m=14),
            "走台阶 10 米,左转",
            "Take the steps for 10 m, then left",
        ),
        (
            replace(DIKE, way="off", over=(), distance_m=83, then="arrive left"),
            "往左离开路,再走约 80 米到门口",
            "Leave the road to the left: about 80 m to the door",
        ),
        (replace(DIKE, way="here", over=(), then="arrive"), "就在旁边", "It is right here"),
    ],
)
def test_a_line_reads_as_a_person_says_it(turn: Turn, chinese: str, in_english: str) -> None:
    """Along what, how far, over what, and then; nameless ways by their kind."""
    assert words(turn) == chinese
    with english():
        assert words(turn) == in_english


def test_every_code_has_words() -> None:
    """No way, crossing, direction or landmark leaves a hole, in either language; English has no Chinese."""
    ways = ("main", "road", "lane", "track", "path", "steps", "dike", "ferry")
    turns = ("left", "right", "slight left", "slight right", "sharp left", "sharp right", "straight", "back")
    ends = (*turns, "arrive", "arrive left", "arrive right", "roundabout", "")
    overs = ((), ("bridge",), ("bridge", "steps", "ferry"))
    every = [
        replace(DIKE, way=way, then=then, over=over, landmark=place, heading=heading)
        for way, then, over, place, heading in product(ways, ends, overs, ("", "X"), ("", "sw"))
        if then or not place
    ]
    assert all(re.search("[\u4e00-\u9fff]", words(turn)) for turn in every)
    with english():
        assert not [words(turn) for turn in every if re.search("[\u4e00-\u9fff]|,,|, *$|  ", words(turn))]


def test_a_distance_is_one_that_a_person_can_use() -> None:
    """Ten metres near by, fifty to a kilometre, then a hundred; never nothing."""
    assert [far(metres) for metres in (0, 14, 86, 94, 95, 120, 974, 975, 1049, 12_360)] == [
        "10 米", "10 米", "90 米", "90 米", "100 米", "100 米", "950 米", "1 公里", "1 公里", "12.4 公里",
    ]  # fmt: skip


def test_lines_are_listed_by_the_stop_they_lead_to() -> None:
    """In their order, with the place where each ends, latitude first; the way back has its own key."""
    back = replace(STREET, stop_id="")
    route = replace(PLAN.routes[0], turns=(STREET, DIKE, back))
    found = turn_lists(route)
    assert list(found) == ["s1", BACK]
    assert [line["text"] for line in found["s1"]] == ["沿南街走 1.2 公里,左转", "沿河堤走 300 米,过桥左转"]
    assert found[BACK] == [{"text": "沿南街走 1.2 公里,左转", "metres": 1249, "at": [35.5, 115.0]}]
    assert turn_lists(PLAN.routes[0]) == {}


@pytest.mark.real
def test_no_line_of_a_real_day_is_empty(roads: Path, tmp_path: Path) -> None:
    """Twenty stops in Puyang: every stop has its lines, and nameless ways are called by their kind."""
    network = build(roads / "puyang.osm.pbf", tmp_path / "n", [TravelMode.EBIKE], quick=True)
    day = day_of(network, (114.9702, 35.4981, 115.0921, 35.5627), seed=5)
    ids = [f"s{k}" for k in range(1, 21)]
    way = network.way(TravelMode.EBIKE, day)
    found = turn_lists(replace(PLAN.routes[0], turns=turn_list(way, [*ids, ""])))
    assert list(found) == [*ids, BACK]
    said = [line["text"] for lines in found.values() for line in lines]
    assert all(said)
    assert {kind for kind in ("大路", "村路", "巷子") if any(kind in text for text in said)} == {
        "大路",
        "村路",
        "巷子",
    }
    assert all("就到了" in lines[-1]["text"] or "到门口" in lines[-1]["text"] for lines in found.values())
