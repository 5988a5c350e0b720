"""The layers of the coverage map: gaps, flags, routes, sites, travel times, the estimate."""

from __future__ import annotations

from dataclasses import replace

import pytest
import shapely

from fieldmap.counts import Households
from fieldmap.errors import InputError
from fieldmap.estimates import Estimate, Unregistered
from fieldmap.models import (
    Channel,
    Flag,
    FlagState,
    Outcome,
    Position,
    Site,
    SiteFunction,
    TravelMode,
)
from routing.travel import StraightLine
from tests.fieldmap.ten import GRID_1, TEN, TODAY, TOWN, visit, with_visits
from tests.web.drawn import (
    CLINIC,
    MORNING,
    WITH_SITES,
    coverage_of,
    layer_of,
    plan_of,
    scene_of,
)
from web._map_gaps import gaps
from web._map_measures import measure_of
from web._map_picture import coverage_picture
from web._map_reach import doors_of, reach_of, sites_of
from web.labels import label
from web.maps import Assets, coverage_map


def test_gap_layers_count_whom_the_measures_count() -> None:
    """Points and those without a place add up to the measure, layer by layer."""
    total = coverage_of(TEN).total
    names = {layer.key: layer.name for layer in coverage_picture(scene_of()).layers}
    assert names["never"] == f"从未接触 {total.never_contacted} 人"
    assert names["overdue"] == f"超期 {total.overdue} 人"
    assert names["no_owner"] == f"无责任人 {total.no_owner} 人"
    assert names["no_coordinates"] == f"无坐标 {total.no_coordinates} 人"


def test_who_has_no_coordinates_is_named_in_words() -> None:
    """F, without a point in a grid without polygon, is neither drawn nor forgotten."""
    picture = coverage_picture(scene_of())
    assert layer_of(picture, "never").marks == ()
    assert layer_of(picture, "never").rest == "从未接触 1 人"
    assert layer_of(picture, "no_coordinates").rest == "无坐标且网格无边界 1 人"
    assert "没有位置、只在名单里:从未接触 1 人" in coverage_map(picture)


def test_no_coordinates_are_counted_at_the_centre_of_their_grid() -> None:
    """A grid with a polygon carries the number of those who have no point of their own."""
    house = replace(TEN.households["h-F"], grid_code=GRID_1)
    picture = coverage_picture(scene_of(replace(TEN, households={**TEN.households, "h-F": house})))
    (mark,) = layer_of(picture, "no_coordinates").marks
    assert (mark.sign, mark.text) == ("1", "001 一网格:1 人没有坐标,画在网格中间")
    shape = shapely.from_wkb(TEN.grids[GRID_1].polygon_wkb)
    assert shape is not None
    assert shape.contains(shapely.Point(mark.lon, mark.lat))


def test_a_household_has_one_number_on_the_map_and_in_the_list() -> None:
    """Never contacted first, then the longest overdue; the popup says number and days, no name."""
    found = gaps(coverage_of(TEN), TEN)
    assert [gap.household_id for gap in found][:2] == ["h-F", "h-B"]
    number = {f"/people/{gap.household_id}": str(gap.number) for gap in found}
    overdue = layer_of(coverage_picture(scene_of()), "overdue")
    assert [mark.href for mark in overdue.marks] == ["/people/h-B"]
    assert [mark.sign for mark in overdue.marks] == [number[mark.href] for mark in overdue.marks]
    text = next(mark.text for mark in overdue.marks if mark.href == "/people/h-B")
    assert (overdue.lead, text[:6]) == ("第 {n} 户", "超期 3 天")


def test_no_name_gets_onto_the_map() -> None:
    """Neither clients nor heads of households nor what somebody wrote in a flag stand in the page."""
    flag = Flag("f", GRID_1, "门口老人安大爷没人管", Position(116.93, 33.31), "马丽", MORNING)
    scene = scene_of(replace(TEN, flags=(flag,)), plan_of("h-B", "h-CD"))
    html = coverage_map(coverage_picture(scene))
    people = [client.name for client in TEN.clients.values()]
    heads = [household.head_name for household in TEN.households.values()]
    addresses = [household.address for household in TEN.households.values()]
    words = [*people, *heads, *addresses, flag.note, flag.reported_by]
    assert [word for word in words if word in html or word.encode("unicode_escape").decode() in html] == []


def test_settled_flags_leave_the_map() -> None:
    """Open flags have a sign, those without a place are counted, refused and visited ones are gone."""
    here = Position(116.93, 33.31)
    flags = tuple(
        Flag(str(n), GRID_1, "", place, "g", MORNING, state)
        for n, (place, state) in enumerate(
            [
                (here, FlagState.REPORTED),
                (None, FlagState.CHECKED),
                (here, FlagState.REFUSED),
                (here, FlagState.VISITED),
            ]
        )
    )
    layer = layer_of(coverage_picture(scene_of(replace(TEN, flags=flags))), "flags")
    assert (layer.name, layer.rest) == ("上报 2 条", "上报 1 条")
    assert [mark.text for mark in layer.marks] == ["网格员上报,2026-03-19,已上报,已 1 天"]


def test_stops_say_what_became_of_them() -> None:
    """Of three stops one is done, one was tried, one is still to come."""
    snapshot = with_visits(visit("CD", TODAY), visit("G", TODAY, outcome=Outcome.NOBODY))
    layer = layer_of(coverage_picture(scene_of(snapshot, plan_of("h-B", "h-CD", "h-G"))), "routes")
    assert layer.name == "今日路线 1 条,已走访 1/3 站"
    assert [(mark.sign, mark.style) for mark in layer.marks] == [
        ("1", "planned"),
        ("✓2", "done"),
        ("✗3", "tried"),
    ]
    assert layer.marks[0].text == "路线 1 第 1 站,09:00,待走访"
    assert len(layer.lines[0].path) == 3


def test_a_stop_at_school_lies_there_and_a_call_nowhere() -> None:
    """The map shows where people go: the school instead of the door, and no mark for a call."""
    school = Site("s9", "安镇小学", (SiteFunction.SCHOOL,), TOWN, Position(116.95, 33.32))
    plan = plan_of("h-B", "h-CD", "h-G")
    (route,) = plan.routes
    first, second, third = route.stops
    stops = (first, replace(second, channel=Channel.PHONE), replace(third, site_id="s9"))
    moved = replace(plan, routes=(replace(route, stops=stops),))
    layer = layer_of(coverage_picture(scene_of(replace(TEN, sites={"s9": school}), moved)), "routes")
    assert [mark.sign for mark in layer.marks] == ["1", "3"]
    assert (layer.marks[1].lon, layer.marks[1].lat) == (116.95, 33.32)
    assert layer.lines[0].path[-1] == (116.95, 33.32)


@pytest.mark.parametrize(
    ("source", "note"),
    [
        ("straight line × 1.4", "没有路网,路线按直线画"),
        ("OpenStreetMap x.osm.pbf (12345678), ebike 18 km/h", "道路 © OpenStreetMap 贡献者"),
    ],
)
def test_routes_say_what_they_rest_on(source: str, note: str) -> None:
    """A map with routes names the source of the roads, or says that there are none."""
    assert note in coverage_picture(scene_of(TEN, plan_of("h-B", source=source))).notes


def test_sites_have_a_layer_for_each_kind() -> None:
    """A place with two functions is in both layers, with the signs of both."""
    picture = coverage_picture(scene_of(WITH_SITES))
    sites = {layer.key: layer.name for layer in picture.layers if layer.key.startswith("site-")}
    assert list(sites) == ["site-station", "site-room", "site-clinic"]
    assert sites["site-clinic"] == f"{label(SiteFunction.CLINIC)} 1 处"
    assert layer_of(picture, "site-room").marks[0].sign == "站室"


def test_the_filter_bar_decides_what_is_shown() -> None:
    """A layer is switched on where it was ticked."""
    picture = coverage_picture(scene_of(WITH_SITES), shown={"overdue", "site-clinic"})
    assert {layer.key for layer in picture.layers if layer.shown} == {"overdue", "site-clinic"}


def test_what_leaves_the_station_has_no_doors() -> None:
    """Without points there are figures per grid and sites, no household and no route."""
    scene = scene_of(WITH_SITES, plan_of("h-B", "h-CD"))
    picture = coverage_picture(scene, points=False)
    assert [layer.key for layer in picture.layers] == ["site-station", "site-room", "site-clinic"]
    html = coverage_map(picture, assets=Assets.INLINE)
    doors = [f"[{h.door.lon},{h.door.lat}," for h in TEN.households.values() if h.door is not None]
    assert [door for door in doors if door in html] == []
    assert all(door in coverage_map(coverage_picture(scene)) for door in doors[:3])
    assert "3/5 = 60.0 %" in html


# Travel time to sites


def test_travel_time_is_to_the_nearest_site_of_a_kind() -> None:
    """Of two clinics the nearer one counts, in minutes on foot, with who could not be measured."""
    near = replace(CLINIC, id="s3", position=Position(116.9325, 33.311))
    snapshot = replace(TEN, sites={CLINIC.id: CLINIC, near.id: near})
    travel = StraightLine(1.0, {TravelMode.WALK: 4.5})
    reach = reach_of(travel, doors_of(snapshot), sites_of(snapshot), snap_limit_m=250)
    far = sites_of(replace(TEN, sites={CLINIC.id: CLINIC}))
    alone = reach_of(travel, doors_of(snapshot), far, snap_limit_m=250)[SiteFunction.CLINIC]
    both = reach[SiteFunction.CLINIC]
    assert both.keys() == alone.keys()
    assert all(both[key] < alone[key] for key in both)
    scene = replace(scene_of(snapshot), reach=reach)
    picture = coverage_picture(scene, "reach-clinic")
    assert picture.title.startswith(f"到最近{label(SiteFunction.CLINIC)}的路程")
    assert (picture.total.text, picture.total.beside) == ("中位数 1 分钟", "6 人可量,1 人不可量")


def test_travel_times_are_left_out_with_a_note_where_there_are_no_roads() -> None:
    """Without a network no travel time is offered, and the map says why; while measuring, that too."""
    with pytest.raises(InputError):
        measure_of("reach-clinic", {})
    assert "没有可用的路网,不显示到设施的路程" in coverage_picture(scene_of()).notes
    measuring = replace(scene_of(), reach={})
    assert "到设施的路程正在测量,稍后刷新可选" in coverage_picture(measuring).notes


# The estimate of who is on no ledger


def estimate(value: float) -> Estimate:
    return Estimate(value, 8, 17, 40, 60, Households(3), Households(20))


def test_the_estimate_stands_at_the_middle_of_each_grid() -> None:
    """A grid with a source has its number, interval and density, one without a question mark."""
    (code,) = coverage_of(TEN).assignment.polygons
    known = replace(scene_of(), unregistered=Unregistered(estimate(12.4), {code: estimate(12.4)}))
    layer = layer_of(coverage_picture(known), "unregistered")
    assert layer.name == "估计未登记 约 12 户"
    assert [(mark.sign, mark.style) for mark in layer.marks] == [("≈12", "estimate-1")]
    assert layer.marks[0].text == "001 一网格:估计约 12 户未登记(8–17),每平方公里 2.0 户"
    nowhere = replace(known, unregistered=Unregistered(estimate(12.4), {code: None}))
    (mark,) = layer_of(coverage_picture(nowhere), "unregistered").marks
    assert (mark.sign, mark.text) == ("?", "001 一网格:不知道有多少户未登记,没有摸排结果")


def test_without_sweeps_there_is_no_layer_of_estimates() -> None:
    """Where nobody has asked at a door, nothing is estimated and nothing drawn."""
    for unknown in (None, Unregistered(None, {})):
        picture = coverage_picture(replace(scene_of(), unregistered=unknown))
        assert "unregistered" not in {layer.key for layer in picture.layers}
