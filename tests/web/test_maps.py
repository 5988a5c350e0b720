"""The coverage map as values and as a page: figures, layers, legend, no other host."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, date, datetime
from pathlib import Path

import pytest
import shapely

from fieldmap.counts import Households
from fieldmap.coverage import Coverage, measures
from fieldmap.errors import InputError, ServeError, language
from fieldmap.estimates import Estimate, Unregistered
from fieldmap.models import (
    Channel,
    Flag,
    FlagState,
    Outcome,
    Position,
    Responsibility,
    Site,
    SiteFunction,
    Snapshot,
    TravelMode,
)
from fieldmap.periods import Period
from fieldmap.plans import DayPlan, PlannedRoute, PlannedStop, PlanState
from fieldmap.rules import load
from routing.travel import StraightLine
from tests.fieldmap.ten import GRID_1, GRID_2, TEN, TODAY, TOWN, VILLAGE, visit, with_visits
from tests.web.conftest import As
from tests.web.village import GRID_A, GRID_B, GRIDS, HOUSEHOLDS
from web._map_gaps import gaps
from web._map_measures import MEASURES, measure_of
from web._map_picture import Scene, coverage_picture, table
from web._map_reach import doors_of, reach_of, sites_of
from web._map_scales import AMOUNT, LOAD, MET, MINUTES, NEUTRAL, RATE, rate_shade
from web._map_values import Layer, Mark, Picture, Scale
from web.basemap import Base, BaseKind, BaseLayer
from web.labels import label
from web.maps import Assets, coverage_map, figures, save

RULES = load()
MARCH = Period.month(TODAY)
STATION = Site("s1", "安镇社工站", (SiteFunction.STATION, SiteFunction.ROOM), TOWN, Position(116.93, 33.31))
CLINIC = Site("s2", "安家村卫生室", (SiteFunction.CLINIC,), VILLAGE, Position(116.94, 33.31))
WITH_SITES = replace(TEN, sites={STATION.id: STATION, CLINIC.id: CLINIC})
MORNING = datetime(2026, 3, 19, 1, tzinfo=UTC)


@pytest.fixture
def english() -> Iterator[None]:
    """Speak English for one test."""
    token = language.set("en")
    yield
    language.reset(token)


def coverage_of(snapshot: Snapshot) -> Coverage:
    return measures(snapshot, RULES, MARCH, TODAY)


def scene_of(snapshot: Snapshot = TEN, *plans: DayPlan) -> Scene:
    return Scene(coverage_of(snapshot), snapshot, plans)


def layer_of(picture: Picture, key: str) -> Layer:
    return next(layer for layer in picture.layers if layer.key == key)


def plan_of(*households: str, source: str = "straight line × 1.4") -> DayPlan:
    stops = tuple(
        PlannedStop(
            f"stop-{key}", n, key, (), (), Channel.DOOR, 32400, 32400, 34200, 300, 900, "上次联系", "Last"
        )
        for n, key in enumerate(households, 1)
    )
    route = PlannedRoute("r1", "w1", TravelMode.EBIKE, 900, 300, 32400, 36000, (), stops)
    return DayPlan(
        "plan", TODAY, TOWN, PlanState.PUBLISHED, MORNING, "head", "ortools", source, 1, routes=(route,)
    )


def test_the_map_prints_the_measures_of_the_ten_people() -> None:
    """The rate of the walking example stands on the map with its denominator and exclusions."""
    picture = coverage_picture(scene_of())
    assert picture.title == "月探访率 · 2026-03"
    assert picture.caption == "3/7 = 42.9 % · 不计 2 人(住院 1、拒访 1)"
    assert [(c.label, c.text, c.shade.key) for c in picture.cells] == [
        ("001 一网格", "3/5 = 60.0 %", "r50"),
        ("002 二网格", "0/2 = 0.0 %", "low"),
    ]


@pytest.mark.usefixtures("english")
def test_the_map_speaks_english() -> None:
    """In English the same figures stand with English words."""
    picture = coverage_picture(scene_of())
    assert picture.title == "Contact rate · 2026-03"
    assert picture.caption == "3/7 = 42.9 % · 2 not counted (in hospital 1, refused 1)"
    assert '<html lang="en">' in coverage_map(picture)


def test_a_visit_changes_the_map_by_exactly_that_contact() -> None:
    """One door visit to C and D makes 5/7 of 3/7."""
    after = coverage_picture(scene_of(with_visits(visit("CD", TODAY))))
    assert after.total.text == "5/7 = 71.4 %"
    assert after.cells[0].text == "5/5 = 100.0 %"
    assert after.cells[0].shade.key == "full"


@pytest.mark.parametrize("key", [m.key for m in MEASURES if m.key not in ("load", "excluded")])
def test_the_cells_add_up_to_the_total(key: str) -> None:
    """Whatever is shown, grids with and without polygon and the outside add up to the whole."""
    moved = replace(TEN.households["h-A"], door=Position(116.99, 33.31))
    picture = coverage_picture(scene_of(replace(TEN, households={**TEN.households, "h-A": moved})), key)
    assert [cell.label for cell in picture.cells] == ["001 一网格", "002 二网格", "网格外"]

    def leading(text: str) -> int:
        found = re.match(r"\d+", text)
        return int(found[0]) if found else 0

    assert sum(leading(cell.text) for cell in picture.cells) == leading(picture.total.text)


@pytest.mark.parametrize(
    ("numerator", "denominator", "key"),
    [
        (10, 10, "full"),
        (9999, 10000, "r90"),
        (90, 100, "r90"),
        (8999, 10000, "r75"),
        (3, 4, "r75"),
        (7499, 10000, "r50"),
        (1, 2, "r50"),
        (4999, 10000, "low"),
        (0, 3, "low"),
        (0, 0, "none"),
    ],
)
def test_rates_have_fixed_breaks(numerator: int, denominator: int, key: str) -> None:
    """The breaks are 100, 90, 75 and 50; nobody due is no rate."""
    assert rate_shade(numerator, denominator).key == key


@pytest.mark.parametrize(
    ("value", "key"), [(0, "n0"), (1, "n1"), (2, "n2"), (4, "n2"), (5, "n5"), (10, "n10")]
)
def test_counts_have_fixed_breaks(value: int, key: str) -> None:
    """Numbers of persons change their class at 1, 2, 5 and 10."""
    assert AMOUNT.shade(value).key == NEUTRAL.shade(value).key == key


def test_loads_and_minutes_belong_to_the_class_they_fill() -> None:
    """Twelve persons are still "up to 12", and a quarter of an hour still "up to 15"."""
    assert [LOAD.shade(n).key for n in (8, 8.1, 12, 20, 20.5)] == ["l1", "l8", "l8", "l12", "l20"]
    assert [MINUTES.shade(n).key for n in (0, 15, 15.1, 60, 61)] == ["m0", "m0", "m15", "m30", "m60"]


@pytest.mark.parametrize("scale", [RATE, MET, AMOUNT, NEUTRAL, LOAD, MINUTES])
def test_every_class_has_its_own_colour_and_words(scale: Scale) -> None:
    """No two classes of a legend look alike or are called alike."""
    assert len({shade.fill for shade in scale.all}) == len(scale.all)
    assert len({shade.words for shade in scale.all}) == len(scale.all)


def test_the_legend_says_every_class_and_how_many_grids_it_has() -> None:
    """The legend is in words, with 0 due called by its name."""
    legend = figures(coverage_picture(scene_of()))["legend"]
    assert [(shade["words"], shade["n"]) for shade in legend] == [
        ("100 %", 0),
        ("90 % 以上", 0),
        ("75 % 以上", 0),
        ("50 % 以上", 1),
        ("不足 50 %", 1),
        ("无应访对象", 0),
    ]


def test_nobody_due_is_not_a_full_rate() -> None:
    """A grid with nobody due is hatched and says so."""
    empty = replace(TEN.grids[GRID_1], code=f"{VILLAGE}003", name="三网格")
    picture = coverage_picture(scene_of(replace(TEN, grids={**TEN.grids, empty.code: empty})))
    assert [(c.text, c.short, c.shade.key) for c in picture.cells[2:]] == [
        ("无应访对象", "无应访对象", "none")
    ]


def test_a_grid_without_polygon_stands_beside_the_map() -> None:
    """Who is in no polygon is never dropped: the strip has the grid and those outside all grids."""
    moved = replace(TEN.households["h-A"], door=Position(116.99, 33.31))
    scene = scene_of(replace(TEN, households={**TEN.households, "h-A": moved}))
    picture = coverage_picture(scene)
    assert [cell.label for cell in picture.drawn] == ["001 一网格"]
    assert [cell.label for cell in picture.beside] == ["002 二网格", "网格外"]
    sent = figures(picture)
    texts = {cell["code"]: (cell["label"], cell["text"]) for cell in sent["cells"]}
    assert [texts[code] for code in sent["strip"]] == [
        ("002 二网格", "0/2 = 0.0 %"),
        ("网格外", "1/1 = 100.0 %"),
    ]


def test_the_table_has_the_largest_gap_first() -> None:
    """Sorted by who is missing; a tie goes by code."""
    picture = coverage_picture(scene_of())
    rows = table(scene_of(), picture)
    assert [(cell.label, cell.gap, figures.due) for cell, figures in rows] == [
        ("001 一网格", 2, 5),
        ("002 二网格", 2, 2),
    ]


def test_without_any_polygon_there_is_still_a_page() -> None:
    """A station that has no boundaries yet gets its points and the strip."""
    grids = {code: replace(grid, polygon_wkb=None) for code, grid in TEN.grids.items()}
    picture = coverage_picture(scene_of(replace(TEN, grids=grids)))
    assert figures(picture)["strip"] == [GRID_1, GRID_2]
    assert "fitBounds" in coverage_map(picture)


def test_an_empty_station_gets_an_empty_map() -> None:
    """Without grids, people and sites nothing is drawn and nothing fails."""
    picture = coverage_picture(scene_of(Snapshot()))
    assert picture.cells == ()
    assert "fm-legend" in coverage_map(picture, assets=Assets.INLINE)


def test_an_unknown_measure_is_an_error_that_names_the_others() -> None:
    """Somebody who mistypes a measure is told which there are."""
    with pytest.raises(InputError) as error:
        coverage_picture(scene_of(), "contact-rate")
    assert error.value.code == "map.measure"
    assert "contact_rate" in str(error.value)


def test_load_per_owner_names_the_heaviest() -> None:
    """Persons with an owner, divided by owners; the heaviest is named in number only."""
    owners = {name: Responsibility(name, "w1" if name in "ABC" else "w2") for name in "ABCD"}
    picture = coverage_picture(scene_of(replace(TEN, responsibilities=owners)), "load")
    assert (picture.total.text, picture.total.beside) == ("4 人 / 2 名 = 2.0", "最多的一名共负责 3 人")
    assert [cell.shade.key for cell in picture.cells] == ["l1", "none"]


# Layers


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


# The page


@pytest.mark.parametrize("assets", list(Assets))
def test_the_page_asks_no_other_host(assets: Assets) -> None:
    """Every address in the page is our own, and the inline page has none at all."""
    html = coverage_map(coverage_picture(scene_of(WITH_SITES, plan_of("h-B"))), assets=assets)
    loaded = re.findall(r'<(?:script|link|img|iframe)[^>]*(?:src|href)="([^"]*)"', html)
    ours = [
        "/static/css/coverage-map.css",
        "/static/js/coverage-map-dots.js",
        "/static/js/coverage-map-draw.js",
        "/static/js/coverage-map-marks.js",
        "/static/js/coverage-map-png.js",
        "/static/js/coverage-map.js",
        "/vendor/leaflet/leaflet.css",
        "/vendor/leaflet/leaflet.js",
    ]
    assert sorted(loaded) == (ours if assets is Assets.SERVER else [])
    assert "jquery" not in html.lower()
    assert "bootstrap" not in html.lower()


@pytest.mark.parametrize(
    "planted",
    ["https://cdn.example/x.js", "http://tiles.example/1.png", "//cdn.example/x.js", "ws://live.example/"],
)
def test_an_outside_address_is_refused(planted: str) -> None:
    """A page with an address of another host is not handed out."""
    layer = Layer("overdue", "超期", (Mark(116.93, 33.31, "1", "第 1 户", "overdue", planted),))
    with pytest.raises(ServeError) as error:
        coverage_map(replace(coverage_picture(scene_of()), layers=(layer,)))
    assert error.value.code == "map.foreign"
    assert planted in str(error.value)


def test_somebodys_text_is_no_address() -> None:
    """A clinic with its home page in its name is drawn, and the address is broken."""
    clinic = replace(CLINIC, name="卫生室 https://clinic.example")
    grid = replace(TEN.grids[GRID_2], name="https://grid.example")
    snapshot = replace(TEN, sites={"s2": clinic}, grids={**TEN.grids, GRID_2: grid})
    html = coverage_map(coverage_picture(scene_of(snapshot)))
    assert "https:/ /clinic.example" in html
    assert "https:/ /grid.example" in html


def test_a_grid_may_be_called_anything() -> None:
    """Markup in a name stays text: in the page, in the strip, in the script."""
    nasty = "</script><img src=x onerror=alert(1)>{{7*7}}`${1}"
    grids = {code: replace(grid, name=nasty) for code, grid in TEN.grids.items()}
    html = coverage_map(coverage_picture(scene_of(replace(TEN, grids=grids))), assets=Assets.INLINE)
    assert "<img src=x" not in html
    assert "{{7*7}}" in html


def test_a_reader_may_enlarge_the_page() -> None:
    """Folium's ban on zooming with two fingers is not taken over."""
    html = coverage_map(coverage_picture(scene_of()))
    assert re.findall(r'<meta name="viewport"[^>]*>', html) == [
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
    ]


def test_the_same_picture_gives_the_same_bytes() -> None:
    """Folium's random ids are replaced: a map can be compared with the one before."""
    picture = coverage_picture(scene_of(WITH_SITES, plan_of("h-B")))
    assert coverage_map(picture) == coverage_map(picture)
    assert re.search(r"_[0-9a-f]{32}", coverage_map(picture)) is None


def test_links_to_files_of_people_are_for_the_server_only() -> None:
    """The page of the desk links to the household, the page that stands alone to nothing."""
    picture = coverage_picture(scene_of())
    assert "/people/h-B" in coverage_map(picture)
    assert "/people/" not in coverage_map(picture, assets=Assets.INLINE)


def test_the_page_that_stands_alone_has_a_heading() -> None:
    """Printed or mailed, the page says measure, month, rate and exclusions."""
    html = coverage_map(coverage_picture(scene_of()), assets=Assets.INLINE)
    assert "<h1>月探访率 · 2026-03</h1><p>3/7 = 42.9 % · 不计 2 人(住院 1、拒访 1)</p>" in html


def test_saving_is_whole_or_not_at_all(tmp_path: Path) -> None:
    """A file is written into a folder that is made; where it cannot be, nothing half stays."""
    save("<html></html>", tmp_path / "new" / "coverage.html")
    assert (tmp_path / "new" / "coverage.html").read_text() == "<html></html>"
    blocked = tmp_path / "taken"
    (blocked / "inside").mkdir(parents=True)
    with pytest.raises(InputError) as error:
        save("<html></html>", blocked)
    assert error.value.code == "map.write"
    assert sorted(path.name for path in tmp_path.iterdir()) == ["new", "taken"]


def test_marks_are_rounded_to_what_a_screen_shows() -> None:
    """A position goes out with six decimals, a decimetre."""
    picture = coverage_picture(scene_of())
    mark = Mark(116.930000049, 33.31, "1", "x", "overdue")
    html = coverage_map(replace(picture, layers=(Layer("overdue", "x", (mark,)),)))
    assert "116.930000049" not in html
    assert "[116.93,33.31," in html


def test_the_closed_month_is_as_it_was() -> None:
    """February is drawn with February's figures, and says until when it counts."""
    february = Period.month(date(2026, 2, 1))
    coverage = measures(TEN, RULES, february, TODAY)
    picture = coverage_picture(Scene(coverage, TEN))
    assert picture.title == "月探访率 · 2026-02"
    assert picture.total.text == coverage.total.contact_rate.text()
    assert "数字截至 2026-02-28" in picture.notes


# What a base map changes


def based(address: str, kind: BaseKind = BaseKind.TILES) -> Picture:
    origin = "https://t0.tiles.example" if kind is BaseKind.TILES else ""
    base = Base(kind, (BaseLayer(address, 0, 22, 18),), "某图", "GS(2024)0650号", origin)
    return replace(coverage_picture(scene_of()), base=base)


def test_a_base_map_of_ours_is_drawn_by_its_script_after_leaflet() -> None:
    """The page loads the script of the base map, after Leaflet, and asks nobody else."""
    html = coverage_map(based("/basemap/1/a.pmtiles", BaseKind.PMTILES))
    assert html.index("leaflet.js") < html.index("/static/js/base-map.js") < html.index("L.map(")
    assert "审图号:GS(2024)0650号" in html


def test_a_base_map_of_another_host_opens_the_page_for_that_host_only() -> None:
    """The host of the settings may be named, any other is refused still; a file to hand on has none."""
    assert "https://t0.tiles.example/{z}" in coverage_map(based("https://t0.tiles.example/{z}/{x}/{y}"))
    with pytest.raises(ServeError):
        coverage_map(based("https://t0.tiles.example.evil/{z}/{x}/{y}"))
    alone = coverage_map(based("https://t0.tiles.example/{z}/{x}/{y}"), assets=Assets.INLINE)
    assert "tiles.example" not in alone


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


# What goes to the frame


def test_the_figures_are_the_pictures() -> None:
    """Cells, total and layers say in JSON what the picture says; marks name text and style by place."""
    picture = coverage_picture(scene_of())
    sent = figures(picture)
    assert [(c["code"], c["text"], c["fill"]) for c in sent["cells"]] == [
        (c.code, c.text, c.shade.fill) for c in picture.cells
    ]
    assert sent["total"]["text"] == picture.total.text
    layer = next(layer for layer in sent["layers"] if layer["key"] == "overdue")
    (mark,) = layer_of(picture, "overdue").marks
    assert layer["marks"] == [[mark.lon, mark.lat, mark.sign, 0, 0, mark.href]]
    assert (layer["texts"], layer["styles"]) == ([mark.text], ["overdue"])
    assert figures(picture, links=False)["layers"][1]["marks"] == [[mark.lon, mark.lat, mark.sign, 0, 0]]


def test_a_grid_manager_reads_nothing_of_owners() -> None:
    """Without owners neither layer nor words say that nobody is responsible for a household."""
    picture = coverage_picture(scene_of(), owners=False)
    assert "no_owner" not in {layer.key for layer in picture.layers}
    assert [mark.text for layer in picture.layers for mark in layer.marks if "无责任人" in mark.text] == []


@pytest.mark.parametrize("path", ["/map/frame", "/map/figures"])
def test_a_grid_managers_map_has_nothing_of_another_grid(path: str, signed_in: As) -> None:
    """Neither code nor name nor door nor number of another grid goes to her, whatever layers she asks for."""
    layers = "&".join(f"layer={key}" for key in ("never", "overdue", "no_owner", "no_coordinates", "flags"))
    text = signed_in("grid_manager").get(f"{path}?chosen=1&{layers}").text
    assert GRID_A in text
    others = [grid for grid in GRIDS if grid.code != GRID_A]
    houses = [house for house in HOUSEHOLDS if house.grid_code != GRID_A]
    doors = [f"[{house.door.lon},{house.door.lat}" for house in houses if house.door is not None]
    hidden = [*(grid.code for grid in others), *(grid.name for grid in others), *doors, "/people/"]
    assert [word for word in hidden if word in text] == []
    whole = signed_in("head").get(f"{path}?chosen=1&{layers}").text
    assert [word for word in (GRID_A, GRID_B, "/people/") if word not in whole] == []
