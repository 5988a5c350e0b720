"""The base map beside the graphs, the clip of a day, and the turn list on whole networks."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import shapely

import sample_data
from fieldmap.models import Position, TravelMode
from routing._index import Box
from routing.basemap import LAYERS, BaseMap
from routing.clip import MOST_BYTES, Clip, clip, packed
from routing.network import Network, build
from routing.roadfile import features
from routing.turns import turn_list
from tests.routing.test_network import DIKE, EAST, HILL, NODES, QUAY, WEST, random_places, xml

WALK = TravelMode.WALK
RIVER = {20: (115.011, 35.490), 21: (115.011, 35.498), 22: (115.011, 35.512), 23: (115.011, 35.560)}
HOUSE = {30: (115.0200, 35.5005), 31: (115.0202, 35.5005), 32: (115.0202, 35.5007), 33: (115.0200, 35.5007)}
POND = {40: (115.0060, 35.5004), 41: (115.0070, 35.5004), 42: (115.0070, 35.5010), 43: (115.0060, 35.5010)}
SHED = {50: (115.0300, 35.5015), 51: (115.0302, 35.5015), 52: (115.0302, 35.5017), 53: (115.0300, 35.5017)}
VILLAGE, SHOP, COUNTY = (115.005, 35.501), (115.030, 35.5003), (115.010, 35.500)


def drawn() -> str:
    """Return the village of the network's tests with a river, a pond, two houses and names."""
    nodes = {**NODES, **RIVER, **HOUSE, **POND, **SHED}
    lines = [f'<node id="{i}" lon="{lon}" lat="{lat}" version="1"/>' for i, (lon, lat) in nodes.items()]
    points = [
        (60, VILLAGE, {"place": "village", "name": "李庄"}),
        (61, SHOP, {"shop": "yes", "name": "李庄超市"}),
        (62, COUNTY, {"place": "county", "name": "濮阳县"}),
    ]
    for number, (lon, lat), tags in points:
        keys = "".join(f'<tag k="{k}" v="{v}"/>' for k, v in tags.items())
        lines.append(f'<node id="{number}" lon="{lon}" lat="{lat}" version="1">{keys}</node>')
    areas = [
        (tuple(ring), tags)
        for ring, tags in (
            ([*HOUSE, 30], {"building": "yes", "name": "李庄小学"}),
            ([*SHED, 50], {"building": "yes"}),
            ([*POND, 40], {"natural": "water", "name": "荷塘"}),
        )
    ]
    more = [
        (tuple(RIVER), {"waterway": "river", "name": "马颊河"}),
        *areas,
        ((1, 6), {"highway": "proposed"}),
    ]
    ways = xml(more, first=200).splitlines()
    return "\n".join(
        [
            '<osm version="0.6">',
            *lines,
            *(line for line in xml().splitlines() if "<way" in line),
            *(line for line in ways if "<way" in line),
            "</osm>",
        ]
    )


@pytest.fixture(scope="module")
def file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("map") / "village.osm"
    path.write_text(drawn(), encoding="utf-8")
    return path


@pytest.fixture(scope="module")
def network(file: Path) -> Network:
    return build(file, file.parent / "network", [WALK], quick=True)


def cut(network: Network, *stops: Position, most_bytes: int = MOST_BYTES) -> Clip:
    """Return the clip of a walk through some places."""
    made = clip(network.folder, network.way(WALK, stops).geometry, stops, most_bytes=most_bytes)
    assert made is not None
    return made


def places(made: Clip, line: list[int]) -> list[tuple[float, float]]:
    """Return a line of a clip as (longitude, latitude), read as its description says."""
    lat, lon = made["origin"]
    steps = np.array(line).reshape(-1, 2).cumsum(axis=0) * made["unit"]
    return [(lon + x, lat + y) for y, x in steps]


def test_the_base_map_has_four_layers(network: Network) -> None:
    """Roads people use, water as line and area, houses, and the names of villages and places."""
    base = BaseMap.open(network.folder)
    assert base is not None
    found = {layer: base.layer(layer, (114, 35, 116, 36)) for layer in LAYERS}
    assert sorted(found["roads"].kind) == sorted(["residential"] * 5 + ["steps", "path", "track", "ferry"])
    assert dict(zip(found["water"].name, found["water"].kind, strict=True)) == {
        "马颊河": "line",
        "荷塘": "area",
    }
    assert sorted(found["buildings"].name) == ["", "李庄小学"]
    assert dict(zip(found["names"].name, found["names"].kind, strict=True)) == {
        "李庄": "village",
        "李庄超市": "place",
    }
    assert sorted(found["roads"].over) == [""] * 7 + ["bridge", "dike"]


def test_only_the_box_is_read(network: Network) -> None:
    """What lies elsewhere stays in the file."""
    base = BaseMap.open(network.folder)
    assert base is not None
    assert list(base.layer("names", (115.004, 35.5, 115.006, 35.502)).name) == ["李庄"]
    assert len(base.layer("buildings", (0, 0, 1, 1))) == 0


def test_a_clip_holds_what_lies_around_the_way(network: Network) -> None:
    """From west to east: the street with its bridge, the river, the pond, the house, the names."""
    made = cut(network, WEST, EAST)
    assert {(kind, over) for kind, over, _, _ in made["roads"]} >= {("lane", ""), ("lane", "bridge")}
    assert [(kind, name) for kind, name, _ in made["water"]] == [("line", "马颊河"), ("area", "荷塘")]
    assert len(made["buildings"]) == 2
    assert {(kind, text) for kind, text, _, _ in made["names"]} == {
        ("village", "李庄"),
        ("place", "李庄超市"),
        ("place", "李庄小学"),
        ("water", "马颊河"),
        ("water", "荷塘"),
    }
    assert json.loads(json.dumps(made)) == made


def test_lines_are_where_they_were(network: Network) -> None:
    """Unpacked, the street, the house and the village lie within two metres of the file's."""
    made = cut(network, WEST, EAST)
    (street,) = [line for _, _, name, line in made["roads"] if name == "Nanjie"]
    assert places(made, street) == pytest.approx(np.array([NODES[1], NODES[2]]), abs=2e-5)
    house = shapely.Polygon(HOUSE.values())
    areas = [shapely.Polygon(places(made, ring)) for ring in made["buildings"]]
    assert min(area.symmetric_difference(house).area for area in areas) < 0.2 * house.area
    (village,) = [[y, x] for kind, _, y, x in made["names"] if kind == "village"]
    assert places(made, village) == [pytest.approx(VILLAGE, abs=1e-5)]


def test_what_is_far_from_the_way_is_not_in_the_clip(network: Network) -> None:
    """The river is cut 250 m from the street, the dike track is not there, the box is no larger."""
    made = cut(network, WEST, EAST)
    (river,) = [line for kind, _, line in made["water"] if kind == "line"]
    lats = [lat for _, lat in places(made, river)]
    assert max(lats) - min(lats) == pytest.approx(500 / 111_195, rel=0.02)
    west, south, east, north = made["box"]
    assert (north - south) * 111_195 == pytest.approx(500, abs=3)
    assert west < WEST.lon < EAST.lon < east
    assert ("track", "dike") not in {(kind, over) for kind, over, _, _ in cut(network, WEST, HILL)["roads"]}
    assert ("track", "dike") in {(kind, over) for kind, over, _, _ in cut(network, EAST, DIKE)["roads"]}


def test_important_roads_come_last(network: Network) -> None:
    """They are drawn over the others; the ferry over all."""
    kinds = [kind for kind, _, _, _ in cut(network, HILL, QUAY)["roads"]]
    order = ["path", "track", "steps", "lane", "road", "main", "ferry"]
    assert kinds == sorted(kinds, key=order.index)
    assert {"path", "track", "steps", "lane", "ferry"} == set(kinds)


def test_houses_give_way_where_a_clip_grows_too_heavy(network: Network) -> None:
    """First the farther house goes, then both; roads and names stay."""
    whole = cut(network, WEST, EAST)
    fewer = [cut(network, WEST, EAST, most_bytes=size) for size in (len(packed(whole)) - 1, 10)]
    assert [len(made["buildings"]) for made in (whole, *fewer)] == [2, 1, 0]
    assert all({**made, "buildings": []} == {**whole, "buildings": []} for made in fewer)


def test_stops_without_a_route_have_a_clip(network: Network) -> None:
    """A list has places and no line: there is a map around each."""
    made = clip(network.folder, (), [HILL])
    assert made is not None
    assert {kind for kind, _, _, _ in made["roads"]} == {"path"}


def test_no_base_map_no_clip(network: Network, tmp_path: Path) -> None:
    """A folder without graphs, one of an older version, and nowhere to go: None."""
    assert clip(tmp_path, (), [WEST]) is None
    old = tmp_path / "old"
    old.mkdir()
    network.index.write(old)
    assert clip(old, (), [WEST]) is None
    assert replace(network, folder=old).landmarks([(115.0, 35.5)]) == ()
    assert clip(network.folder, (), []) is None


def test_a_network_without_a_base_map_gets_one_when_it_is_built_again(file: Path, tmp_path: Path) -> None:
    """The graphs are left as they are, and the map is the same as at first."""
    made = build(file, tmp_path / "n", [WALK], quick=True)
    first = cut(made, WEST, EAST)
    (folder,) = tmp_path.glob("n/map-*")
    folder.rename(tmp_path / "gone")
    assert clip(made.folder, (), [WEST]) is None
    assert cut(build(file, made.folder, [WALK], quick=True), WEST, EAST) == first


def test_a_box_cuts_the_base_map_too(file: Path, tmp_path: Path) -> None:
    """Names and water of the box are there although no road leads to them; what lies outside is not."""
    west = build(file, tmp_path / "n", [WALK], bbox=(114.99, 35.49, 115.011, 35.52), quick=True)
    made = clip(west.folder, (), [WEST, HILL, EAST], buffer_m=1000)
    assert made is not None
    assert {text for _, text, _, _ in made["names"]} == {"李庄", "荷塘", "马颊河"}


def test_what_stands_by_the_way_comes_with_the_route(network: Network) -> None:
    """The turn onto the track is told by the shop that stands there."""
    street, lane, dike = turn_list(network.way(WALK, [WEST, DIKE]), ["s"])
    assert (street.name, street.then) == ("Nanjie", "straight")
    assert (lane.way, lane.over, lane.then, lane.landmark) == ("lane", ("bridge",), "left", "李庄超市")
    assert (dike.way, dike.then) == ("dike", "arrive")


def test_a_street_name_is_not_stretched_over_nameless_ways(network: Network) -> None:
    """Nanjie ends before the bridge, 906 m from the west; what comes behind it goes by its kind."""
    first, *others, _ = network.route(WALK, [WEST, EAST]).legs[0]
    assert (first.name, first.highway) == ("Nanjie", "")
    assert first.distance_m == pytest.approx(906, abs=5)
    assert {(step.name, step.highway) for step in others} == {("", "residential")}


def test_a_way_over_the_river_of_the_made_township_says_so(tmp_path: Path) -> None:
    """From the middle of the town to the other bank: over the bridge; the map has houses, water and names."""
    folder = Path(sample_data.__file__).parent / "township"
    network = build(folder / "township.osm.pbf", tmp_path / "n", [WALK], quick=True)
    town, bank = Position(116.9, 33.3), Position(116.9, 33.288)
    way = network.way(WALK, [town, bank])
    lines = turn_list(way, ["s"])
    assert "bridge" in {over for line in lines for over in line.over}
    made = clip(network.folder, way.geometry, [town, bank])
    assert made is not None
    assert ("area", "泾溪河") in {(kind, name) for kind, name, _ in made["water"]}
    assert ("village", "青渡镇") in {(kind, text) for kind, text, _, _ in made["names"]}
    assert len(made["buildings"]) > 100


def day_of(network: Network, box: Box, seed: int) -> list[Position]:
    """Return twenty doors in the order of a day, from the nearest to the nearest, and the start again."""
    start, *left = random_places(box, 21, seed)
    day = [start]
    while left:
        here = day[-1]
        day.append(min(left, key=lambda p: (p.lon - here.lon) ** 2 + (p.lat - here.lat) ** 2))
        left.remove(day[-1])
    return [*day, start]


def test_what_is_torn_is_left_out(tmp_path: Path) -> None:
    """A house, a pond and a lane with a corner outside of the file are not drawn; the rest is."""
    path = tmp_path / "torn.osm"
    torn = [f'<node id="{number}"' for number in (32, 42, 11)]
    path.write_text(
        "\n".join(line for line in drawn().splitlines() if not line.startswith(tuple(torn))), "utf-8"
    )
    found = [(f.layer, f.kind, f.name) for f in features(path)]
    assert ("names", "village", "李庄") in found
    assert [name for layer, _, name in found if layer == "buildings"] == [""]
    assert [name for layer, _, name in found if layer == "water"] == ["马颊河"]
    assert sum(layer == "roads" for layer, _, _ in found) == 9


@pytest.mark.real
def test_a_day_of_twenty_stops_in_puyang(roads: Path, tmp_path: Path) -> None:
    """Nameless ways go by their kind, every leg has lines, and the clip is light."""
    network = build(roads / "puyang.osm.pbf", tmp_path / "n", [WALK], quick=True)
    day = day_of(network, (114.9702, 35.4981, 115.0921, 35.5627), seed=3)
    way = network.way(WALK, day)
    ids = [f"s{k}" for k in range(1, 21)]
    lines = turn_list(way, [*ids, ""])
    assert list(dict.fromkeys(line.stop_id for line in lines)) == [*ids, ""]
    assert {line.way for line in lines} >= {"main", "road", "lane"}
    assert any(line.landmark for line in lines)
    assert any("bridge" in line.over for line in lines)
    made = clip(network.folder, way.geometry, day)
    assert made is not None
    assert len(packed(made)) <= 120_000
    assert sum(line.distance_m for line in lines if line.way != "off") == pytest.approx(
        way.distance_m, abs=300
    )
