"""The turn list: from OSRM's steps to the lines that a person is told, as codes."""

from __future__ import annotations

from dataclasses import replace

import pytest
import shapely

from fieldmap.models import Position, Site, SiteFunction
from fieldmap.plans import Turn
from routing.shapes import Landmark, RouteShape, Step, way_kind
from routing.turns import landmarks_of, turn_list
from tests.fieldmap.ten import TEN, TOWN

FIELD = Position(115.003, 35.501)
DOOR, CORNER, BRIDGE, GOAL = (Position(115.0 + k / 1000, 35.5) for k in range(4))
LANE = Step("depart", "", "", 120, 96, DOOR, highway="residential", heading=92)
DIKE = Step("turn", "left", "", 300, 240, CORNER, ("bridge", "dike"), highway="path")
STREET = Step("turn", "right", "南街", 450, 360, BRIDGE)
THERE = Step("arrive", "left", "南街", 0, 0, GOAL)


def lines(*steps: Step, off_m: int = 0, near: tuple[Landmark, ...] = ()) -> tuple[Turn, ...]:
    """Return the turn list of one leg."""
    return turn_list(replace(shaped(steps, snap_m=(0, off_m)), landmarks=near), ["stop"])


def shaped(*legs: tuple[Step, ...], snap_m: tuple[int, ...] = (0, 0, 0)) -> RouteShape:
    """Return a route of some legs."""
    line = ((DOOR.lon, DOOR.lat), (GOAL.lon, GOAL.lat))
    return RouteShape(line, legs=legs, places=(DOOR, FIELD, GOAL)[: len(legs) + 1], snap_m=snap_m)


def told(*steps: Step) -> list[tuple[str, int, str]]:
    """Return way or name, metres and what to do then."""
    return [(line.name or line.way, line.distance_m, line.then) for line in lines(*steps)]


def test_a_line_says_along_what_how_far_over_what_and_then() -> None:
    """Steps become lines that end with the turn of the step after them, the last one at the door."""
    first, second, last = lines(LANE, DIKE, STREET, THERE)
    assert (first.way, first.distance_m, first.then, first.at) == ("lane", 120, "left", CORNER)
    assert (second.way, second.over, second.then, second.at) == ("dike", ("bridge",), "right", BRIDGE)
    assert (last.name, last.then, last.at) == ("南街", "arrive left", GOAL)
    assert {line.stop_id for line in (first, second, last)} == {"stop"}


def test_only_the_first_line_says_where_to_set_out() -> None:
    """92 degrees is east; later lines follow the turns."""
    assert [line.heading for line in lines(LANE, DIKE, STREET, THERE)] == ["e", "", ""]


@pytest.mark.parametrize(
    ("highway", "way"),
    [
        ("primary", "main"),
        ("tertiary_link", "main"),
        ("unclassified", "road"),
        ("living_street", "lane"),
        ("track", "track"),
        ("footway", "path"),
        ("steps", "steps"),
        ("something new", "road"),
    ],
)
def test_a_way_without_a_name_goes_by_its_kind(highway: str, way: str) -> None:
    """OpenStreetMap's many kinds are a handful of words; what nobody foresaw is a road."""
    (line,) = lines(replace(LANE, highway=highway), THERE)
    assert (line.way, line.name) == (way, "")


def test_a_way_where_nobody_goes_has_no_kind() -> None:
    """What is only planned is neither drawn nor told."""
    assert (way_kind("proposed"), way_kind("construction")) == ("", "")


def test_a_step_too_short_to_notice_is_joined_to_the_line_before() -> None:
    """Left and at once left again is sharp about; left and at once right goes on."""
    jog = replace(DIKE, distance_m=8, classes=())
    assert told(LANE, jog, replace(STREET, modifier="left"), THERE) == [
        ("lane", 128, "back"),
        ("南街", 450, "arrive left"),
    ]
    assert told(LANE, jog, STREET, THERE)[0] == ("lane", 128, "straight")


def test_a_few_metres_at_the_door_are_no_line() -> None:
    """Out of the gate eastwards, eight metres and left: one sets out to the north."""
    gate = replace(LANE, distance_m=8)
    first, _ = lines(gate, replace(DIKE, classes=("dike",)), STREET, THERE)
    assert (first.heading, first.way, first.distance_m) == ("n", "dike", 308)


def test_the_last_turn_is_kept_however_short_the_way_behind_it() -> None:
    """Ten metres behind a turn to the left do not make the turn go away."""
    assert told(LANE, replace(DIKE, distance_m=10, classes=()), THERE) == [
        ("lane", 120, "left"),
        ("path", 10, "arrive left"),
    ]


def test_what_a_short_step_leads_over_is_not_lost() -> None:
    """Twelve metres of steps and the footbridge behind them stand in the lines that remain."""
    up = Step("turn", "straight", "", 12, 20, CORNER, ("steps",), highway="steps")
    span = Step("new name", "straight", "", 90, 70, CORNER, ("bridge",), highway="footway")
    first, second = lines(LANE, up, span, THERE)
    assert (first.distance_m, first.over) == (132, ("steps",))
    assert (second.way, second.over) == ("path", ("bridge",))


def test_going_straight_on_along_the_same_way_is_one_line() -> None:
    """A lane of three pieces is one lane; where it becomes a street a new line begins."""
    on = Step("new name", "slight left", "", 80, 64, CORNER, highway="service")
    street = replace(STREET, kind="new name", modifier="straight")
    assert told(LANE, on, on, street, THERE) == [("lane", 280, "straight"), ("南街", 450, "arrive left")]


def test_a_roundabout_is_one_turn() -> None:
    """The way around it belongs to neither line, and the exit has its number."""
    around = Step("roundabout", "right", "", 40, 20, CORNER, highway="tertiary", exit=3)
    out = Step("exit roundabout", "right", "南街", 450, 360, BRIDGE)
    first, last = lines(LANE, around, out, THERE)
    assert (first.distance_m, first.then, first.exit) == (120, "roundabout", 3)
    assert (last.name, last.distance_m, last.then) == ("南街", 490, "arrive left")


def test_a_ferry_is_a_way_of_its_own() -> None:
    """However short it is, one has to wait for it."""
    ferry = Step("notification", "straight", "", 12, 300, CORNER, ("ferry",), highway="ferry")
    assert told(LANE, ferry, replace(DIKE, classes=()), THERE) == [
        ("lane", 120, "straight"),
        ("ferry", 12, "left"),
        ("path", 300, "arrive left"),
    ]


def test_a_door_away_from_the_road_has_a_line_to_it() -> None:
    """Eighty metres off to the left are told; ten are not."""
    first, last = lines(LANE, THERE, off_m=80)
    assert (first.way, first.then) == ("lane", "")
    assert (last.way, last.distance_m, last.then, last.at) == ("off", 80, "arrive left", FIELD)
    assert len(lines(LANE, THERE, off_m=10)) == 1


def test_the_next_door_is_here() -> None:
    """Two stops at one place need no way and still have a line; so have doors off the end of one road."""
    still = replace(LANE, distance_m=0)
    (line,) = lines(still, THERE)
    assert (line.way, line.then, line.distance_m) == ("here", "arrive", 0)
    shape = shaped((still, THERE), (still, THERE), snap_m=(80, 80, 95))
    assert [(line.way, line.distance_m) for line in turn_list(shape, ["a", "b"])] == [
        ("here", 0),
        ("off", 95),
    ]


def test_a_turn_is_told_by_what_stands_there() -> None:
    """The nearest thing within 60 m has its name in the line, the same not twice running."""
    clinic = Landmark("卫生室", shapely.Point(CORNER.lon - 0.0005, CORNER.lat))
    river = Landmark("马颊河", shapely.LineString([(CORNER.lon + 0.0002, 35.4), (CORNER.lon + 0.0002, 35.6)]))
    far = Landmark("小学", shapely.Point(BRIDGE.lon, BRIDGE.lat + 0.001))

    def names(*near: Landmark) -> list[str]:
        return [line.landmark for line in lines(LANE, DIKE, STREET, THERE, near=near)]

    assert names(clinic, far) == ["卫生室", "", ""]
    assert names(clinic, far, river) == ["马颊河", "", ""]
    wide = Landmark("集市", shapely.box(CORNER.lon, 35.4999, BRIDGE.lon, 35.5001))
    assert names(wide) == ["集市", "", ""]


def test_a_site_of_the_county_is_a_landmark() -> None:
    """Sites with a place stand beside what the base map names; one without a place does not."""
    clinic = Site("s2", "卫生室", (SiteFunction.CLINIC,), TOWN, CORNER)
    book = replace(TEN, sites={"s2": clinic, "s3": replace(clinic, id="s3", position=None)})
    found = turn_list(shaped((LANE, DIKE, THERE)), ["stop"], landmarks_of(book))
    assert [line.landmark for line in found] == ["卫生室", ""]


def test_legs_belong_to_their_stops() -> None:
    """Each leg carries the stop at its end, the way back none; without roads there is no list."""
    leg = (LANE, THERE)
    assert [line.stop_id for line in turn_list(shaped(leg, leg), ["a", ""])] == ["a", ""]
    assert turn_list(RouteShape.straight([DOOR, GOAL]), ["a"]) == ()
