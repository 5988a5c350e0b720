"""The made roads: one piece, like Puyang's, and awkward where roads are awkward."""

from __future__ import annotations

import json
import subprocess
import sys
from collections import Counter
from pathlib import Path
from random import Random

import osmium
import pytest
import shapely

from sample_data import Recipe
from sample_data.buildings import build_houses
from sample_data.frame import Frame
from sample_data.osm import write_osm
from sample_data.places import lay_out
from sample_data.roads import build_roads
from sample_data.township import Station
from tests.sample_data.network import Network, Position

PUYANG = {"foot": 1.335, "bicycle": 1.337, "car": 1.398}
"""Mean detour between 300 doors of Puyang's townships, in its complete box.

Measured with OSRM 26.10 and its own profiles; doors scattered by 150 m around
the 60 villages of the file, pairs over 500 m apart, snaps under 250 m.
"""
LIKE_PUYANG = 0.08

PUYANG_BOX = (114.9702, 35.4981, 115.0921, 35.5627)

ENGINE = """
import json, sys, osrm
root, doors = sys.argv[1], json.load(open(sys.argv[2]))
engine = osrm.OSRM(algorithm="CH", storage_config=root, use_shared_memory=False)
asked = osrm.TableParameters(coordinates=[tuple(d) for d in doors], annotations=["duration", "distance"])
table = engine.Table(asked)
rows = [list(row) for row in table["distances"]]
json.dump({"metres": rows, "snap": [s["distance"] for s in table["sources"]]}, sys.stdout)
"""


def doors_of(station: Station, count: int) -> list[Position]:
    doors = [Frame().degrees(h.door.at) for h in station.houses]
    return Random(3).sample(doors, count)


@pytest.mark.parametrize(("mode", "cut_off"), [("foot", 0), ("bicycle", 2), ("car", 0)])
def test_roads_are_one_piece(township: Path, mode: str, cut_off: int) -> None:
    """Every road can be reached from every other; only the footbridge's span has steps at both its ends."""
    network = Network(township / "township.osm.pbf", mode)
    assert len(network.links) - len(network.reach(next(iter(network.links)))) == cut_off


def test_roads_are_of_every_kind(township: Path) -> None:
    """There are streets, lanes, footpaths, steps, few bridges, a dike, a ferry, a river and houses."""
    kinds: Counter[str] = Counter()
    for way in osmium.FileProcessor(str(township / "township.osm.pbf"), osmium.osm.WAY):
        tags = dict(way.tags)
        kinds.update(f"{k}={v}" for k, v in tags.items() if k in {"highway", "waterway", "route", "building"})
        kinds.update(k for k in ("bridge", "name", "embankment") if k in tags)
    for kind in (
        "secondary",
        "tertiary",
        "unclassified",
        "residential",
        "service",
        "track",
        "path",
        "footway",
    ):
        assert kinds[f"highway={kind}"] > 0
    assert kinds["highway=steps"] == 2
    assert kinds["bridge"] == 3
    assert kinds["route=ferry"] == kinds["waterway=river"] == kinds["embankment"] == 1
    assert kinds["building=house"] > 1_200
    assert kinds["name"] < 15


def test_the_map_has_names_and_water(station: Station, township: Path) -> None:
    """Every village and site stands on the map by name, and the bridges cross the river's surface."""
    names, lines = set(), []
    for item in osmium.FileProcessor(str(township / "township.osm.pbf")).with_locations():
        if isinstance(item, osmium.osm.Node) and "name" in item.tags:
            names.add(item.tags["name"])
        elif isinstance(item, osmium.osm.Way):
            lines.append((dict(item.tags), [(n.location.lon, n.location.lat) for n in item.nodes]))
    villages, sites = ({place.name for place in some} for some in (station.town.villages, station.sites))
    assert names == villages | sites | {station.town.name}
    (water,) = [shapely.Polygon(points) for tags, points in lines if tags.get("natural") == "water"]
    bridges = [shapely.LineString(points) for tags, points in lines if "bridge" in tags]
    assert [bridge.crosses(water) for bridge in bridges] == [True] * 3


def test_only_bridges_and_the_ferry_cross_the_river(station: Station) -> None:
    """No road runs through the water."""
    across = [w for w in station.ways if "waterway" not in w.tags and w.line.crosses(station.town.river)]
    assert len(across) == 4
    assert all("bridge" in w.tags or w.tags.get("route") == "ferry" for w in across)


@pytest.mark.parametrize("mode", ["foot", "bicycle", "car"])
def test_detours_are_like_those_of_puyang(station: Station, township: Path, mode: str) -> None:
    """A way between two doors is as much longer than the straight line as on Puyang's real roads."""
    network = Network(township / "township.osm.pbf", mode)
    assert network.detour(doors_of(station, 120)) == pytest.approx(PUYANG[mode], abs=LIKE_PUYANG)


@pytest.mark.real
def test_puyang_is_what_the_constants_say(roads: Path) -> None:
    """Measured in the same way as here, Puyang's own roads give the figure that this file compares with."""
    west, south, east, north = PUYANG_BOX
    features = json.loads((roads / "puyang-places.geojson").read_text(encoding="utf-8"))["features"]
    spots = [f["geometry"]["coordinates"] for f in features]
    villages = [p for p in spots if west < p[0] < east and south < p[1] < north]
    rng = Random(1)
    doors = []
    for _ in range(120):
        lon, lat = rng.choice(villages)
        doors.append((lon + rng.gauss(0, 150) / 90_600, lat + rng.gauss(0, 150) / 110_900))
    assert Network(roads / "puyang.osm.pbf", "foot").detour(doors) == pytest.approx(PUYANG["foot"], abs=0.05)


@pytest.mark.parametrize("mode", ["foot", "bicycle", "car"])
def test_engine_routes_between_all_doors(station: Station, township: Path, tmp_path: Path, mode: str) -> None:
    """OSRM with its own profiles finds a way between any two doors, with detours like Puyang's."""
    roads = tmp_path / "a.osm.pbf"
    roads.write_bytes((township / "township.osm.pbf").read_bytes())
    find = "import osrm, pathlib; print(pathlib.Path(osrm.__file__).parent / 'share' / 'profiles')"
    profiles = Path(run("-c", find).strip())
    run("-m", "osrm", "extract", "-p", str(profiles / f"{mode}.lua"), str(roads))
    run("-m", "osrm", "contract", str(tmp_path / "a.osrm"))
    doors = doors_of(station, 120)
    (tmp_path / "doors.json").write_text(json.dumps(doors))
    found = json.loads(run("-c", ENGINE, str(tmp_path / "a.osrm"), str(tmp_path / "doors.json")))
    assert all(metres is not None for row in found["metres"] for metres in row)
    ratios = [
        metres / line
        for i, row in enumerate(found["metres"])
        for j, metres in enumerate(row)
        if max(found["snap"][i], found["snap"][j]) < 250
        and (line := metres_between(doors[i], doors[j])) > 500
    ]
    assert sum(ratios) / len(ratios) == pytest.approx(PUYANG[mode], abs=LIKE_PUYANG)


def run(*arguments: str) -> str:
    done = subprocess.run([sys.executable, *arguments], capture_output=True, text=True, check=True)
    return done.stdout


def metres_between(a: Position, b: Position) -> float:
    east = (a[0] - b[0]) * 93_050
    north = (a[1] - b[1]) * 110_922
    return float((east**2 + north**2) ** 0.5)


def test_some_doors_are_far_from_any_road(station: Station, township: Path) -> None:
    """Six households lie farther than 250 m from every road; the others lie at one."""
    roads = shapely.STRtree([w.line for w in station.ways if "highway" in w.tags])
    doors = shapely.points([h.door.at for h in station.houses])
    _, gaps = roads.query_nearest(doors, return_distance=True, all_matches=False)
    assert (gaps > 250).sum() == 6
    assert [h.door.far for h in station.houses if h.door.far] == [True] * 6
    assert (gaps < 150).sum() == len(station.houses) - 6


def test_hamlet_behind_the_river_has_no_street(station: Station, township: Path) -> None:
    """Some households are a few steps from a path but far from where a car can drive."""
    walk, drive = (Network(township / "township.osm.pbf", mode) for mode in ("foot", "car"))
    doors = [Frame().degrees(h.door.at) for h in station.houses if not h.door.far]
    behind = [d for d in doors if walk.nearest(d)[1] < 60 and drive.nearest(d)[1] > 250]
    assert len(behind) >= 3


def test_townships_of_a_county_are_joined(tmp_path: Path) -> None:
    """The roads of two neighbouring townships meet at their common edge."""
    recipe = Recipe(stations=2, households=100)
    towns = [(town, build_roads(recipe, town)) for town in lay_out(recipe)]
    houses = [house for town, ways in towns for house in build_houses(recipe, town, ways)]
    write_osm(tmp_path / "two.osm.pbf", Frame(), [w for _, ways in towns for w in ways], houses)
    network = Network(tmp_path / "two.osm.pbf", "car")
    assert len(network.reach(next(iter(network.links)))) == len(network.links)
