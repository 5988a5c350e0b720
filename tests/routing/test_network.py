"""Road networks: built once, whole or not at all, and asked on foot, by e-bike and by car."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from fieldmap.errors import RoadError
from fieldmap.models import Position, TravelMode
from fieldmap.settings import Settings
from routing import UNREACHABLE, Budget, Problem, Visit, plan, violations
from routing.network import Network, build
from tests.routing.village import LI, WANG

# A street from west to east with a bridge in its middle; steps go up to a path
# in the west, a track on a dike and a ferry leave in the east; one lane lies on
# an island without any way there. One hundredth of a degree is 906 m.
NODES = {
    1: (115.000, 35.500),
    2: (115.010, 35.500),
    3: (115.012, 35.500),
    4: (115.030, 35.500),
    5: (115.010, 35.501),
    6: (115.010, 35.510),
    7: (115.030, 35.510),
    8: (115.034, 35.510),
    9: (115.040, 35.510),
    10: (115.080, 35.550),
    11: (115.081, 35.551),
}
WAYS: list[tuple[Sequence[int], dict[str, str]]] = [
    ((1, 2), {"highway": "residential", "name": "Nanjie"}),
    ((2, 3), {"highway": "residential", "bridge": "yes"}),
    ((3, 4), {"highway": "residential"}),
    ((2, 5), {"highway": "steps"}),
    ((5, 6), {"highway": "path"}),
    ((4, 7), {"highway": "track", "embankment": "dyke"}),
    ((7, 8), {"route": "ferry"}),
    ((8, 9), {"highway": "residential"}),
    ((10, 11), {"highway": "residential"}),
]
WEST, EAST, HILL, DIKE, QUAY = (Position(*NODES[n]) for n in (1, 4, 6, 7, 9))
ISLAND = Position(*NODES[10])
FIELD = Position(115.000, 35.503)
STREET = (WEST, EAST)


def xml(ways: Sequence[tuple[Sequence[int], dict[str, str]]] = WAYS, *, first: int = 100) -> str:
    """Return the village as OpenStreetMap XML, which OSRM and osmium read as they do .osm.pbf."""
    lines = ['<osm version="0.6">']
    lines += [f'<node id="{i}" lon="{lon}" lat="{lat}" version="1"/>' for i, (lon, lat) in NODES.items()]
    for number, (nodes, tags) in enumerate(ways, start=first):
        refs = "".join(f'<nd ref="{n}"/>' for n in nodes)
        keys = "".join(f'<tag k="{k}" v="{v}"/>' for k, v in tags.items())
        lines.append(f'<way id="{number}" version="1">{refs}{keys}</way>')
    return "\n".join([*lines, "</osm>"])


@pytest.fixture(scope="module")
def file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("roads") / "village.osm"
    path.write_text(xml(), encoding="utf-8")
    return path


@pytest.fixture(scope="module")
def network(file: Path) -> Network:
    return build(file, file.parent / "network")


def kmh(network: Network, mode: TravelMode, *positions: Position) -> float:
    route = network.route(mode, positions)
    return route.distance_m / route.duration_s * 3.6


def test_people_walk_and_ride_at_the_speed_of_the_settings(network: Network) -> None:
    """Along the street walking is 4.5 km/h and the e-bike 18; the car stays under its cap."""
    assert kmh(network, TravelMode.WALK, *STREET) == pytest.approx(4.5, rel=0.02)
    assert kmh(network, TravelMode.EBIKE, *STREET) == pytest.approx(18, rel=0.05)
    assert 15 < kmh(network, TravelMode.CAR, *STREET) <= 40


def test_another_speed_is_another_graph(file: Path, network: Network) -> None:
    """A changed setting changes the speed, and the graph of the old one stays beside the new one."""
    before = set(network.folder.iterdir())
    faster = build(file, network.folder, [TravelMode.EBIKE], settings=replace(Settings(), ebike_kmh=25.0))
    assert kmh(faster, TravelMode.EBIKE, *STREET) == pytest.approx(25, rel=0.05)
    assert before < set(network.folder.iterdir())
    assert "ebike 25 km/h" in faster.table(TravelMode.EBIKE, STREET).source
    build(file, network.folder)


@pytest.mark.parametrize(
    ("mode", "start", "end", "classes"),
    [
        (TravelMode.WALK, WEST, EAST, {"bridge"}),
        (TravelMode.EBIKE, WEST, EAST, {"bridge"}),
        (TravelMode.CAR, WEST, EAST, {"bridge"}),
        (TravelMode.WALK, WEST, HILL, {"steps"}),
        (TravelMode.WALK, EAST, DIKE, {"dike"}),
        (TravelMode.EBIKE, EAST, QUAY, {"dike", "ferry"}),
    ],
)
def test_the_turn_list_knows_bridge_steps_dike_and_ferry(
    network: Network, mode: TravelMode, start: Position, end: Position, classes: set[str]
) -> None:
    """What a way leads over stands in the turns of the route."""
    assert network.route(mode, [start, end]).classes == classes


def test_a_route_has_a_line_a_length_and_turns(network: Network) -> None:
    """A route of three places has two legs with named steps, and its line runs from first to last."""
    route = network.route(TravelMode.WALK, [WEST, EAST, DIKE])
    assert route.geometry[0] == pytest.approx((WEST.lon, WEST.lat), abs=1e-5)
    assert route.geometry[-1] == pytest.approx((DIKE.lon, DIKE.lat), abs=1e-5)
    assert route.distance_m == pytest.approx(0.03 * 90_520 + 1112, rel=0.01)
    assert len(route.legs) == 2
    assert route.legs[0][0].name == "Nanjie"
    assert (route.legs[0][0].kind, route.legs[-1][-1].kind) == ("depart", "arrive")
    assert route.snap_m == (0, 0, 0)
    assert network.way(TravelMode.WALK, [WEST, EAST, DIKE]).geometry == route.geometry


def test_a_table_agrees_with_its_routes(network: Network) -> None:
    """Seconds and metres are whole numbers, those of the routes; staying takes nothing."""
    places = [WEST, HILL, EAST]
    table = network.table(TravelMode.WALK, places)
    assert {array.dtype.name for array in (table.duration_s, table.distance_m)} == {"int32"}
    assert list(np.diag(table.duration_s)) == [0, 0, 0]
    route = network.route(TravelMode.WALK, [HILL, EAST])
    assert abs(int(table.duration_s[1, 2]) - route.duration_s) <= 1
    assert abs(int(table.distance_m[1, 2]) - route.distance_m) <= 1
    assert "village.osm" in table.source


@pytest.mark.parametrize("count", [0, 1])
def test_a_table_of_none_or_one_place_is_a_table(network: Network, count: int) -> None:
    """A day with only the station, or with nothing, needs no special case."""
    table = network.table(TravelMode.WALK, [WEST][:count])
    assert table.duration_s.tolist() == [[0]] * count
    assert table.snap_m.tolist() == [0] * count


def test_a_far_door_is_said_to_be_far(network: Network) -> None:
    """A door in the fields, 330 m from the street, is listed with its metres; those at the street are not."""
    table = network.table(TravelMode.WALK, [WEST, FIELD])
    assert table.far(250) == [1]
    assert int(table.snap_m[1]) == pytest.approx(333, abs=5)
    assert network.far([WEST, FIELD, EAST], 250) == [(1, int(table.snap_m[1]))]
    assert network.far([WEST, FIELD, EAST], 400) == []


def test_an_island_is_unreachable_and_its_visit_left_out(network: Network) -> None:
    """No way is no silent route: the pair is unreachable and the plan says off_road."""
    table = network.table(TravelMode.EBIKE, [WEST, EAST, ISLAND])
    assert table.duration_s[0, 2] == table.distance_m[2, 1] == UNREACHABLE
    assert table.duration_s[0, 1] < UNREACHABLE
    visits = (Visit("east", 1, 600), Visit("island", 2, 600))
    problem = Problem(visits, (LI, WANG), {TravelMode.EBIKE: table})
    made = plan(problem, Budget(seconds=2, solutions=20))
    assert made.visit_ids == ("east",)
    assert [item.reason for item in made.left_out] == ["off_road"]
    assert violations(problem, made) == []
    with pytest.raises(RoadError) as caught:
        network.route(TravelMode.EBIKE, [WEST, ISLAND])
    assert caught.value.code == "road.route"
    assert network.way(TravelMode.EBIKE, [WEST, ISLAND]).geometry == (
        (WEST.lon, WEST.lat),
        (ISLAND.lon, ISLAND.lat),
    )


@pytest.mark.parametrize("wrong", [Position(float("nan"), 35), Position(115, 95), Position(500, 35)])
def test_what_is_no_position_is_refused(network: Network, wrong: Position) -> None:
    """A coordinate outside the world, or none at all, is an error and not a route."""
    with pytest.raises(RoadError) as caught:
        network.table(TravelMode.WALK, [WEST, wrong])
    assert caught.value.code == "road.position"


def test_a_file_of_another_place_does_not_cover_the_clients(network: Network) -> None:
    """Half of the households outside the file's box is an error with both numbers; one stray is none."""
    far = Position(117.0, 36.7)
    network.covers([WEST, EAST, far])
    network.covers([])
    assert network.outside([WEST, far]) == [1]
    with pytest.raises(RoadError) as caught:
        network.covers([WEST, far])
    assert caught.value.code == "road.cover"
    assert "2 个位置中 1 个" in str(caught.value)


def test_a_graph_that_is_there_is_not_built_again(file: Path, network: Network) -> None:
    """The second build of the same file and speeds writes no graph and reports no step of OSRM."""
    stamps = {path: path.stat().st_mtime_ns for path in network.folder.rglob("*.osrm.*")}
    steps: list[str] = []
    build(file, network.folder, progress=lambda step, share: steps.append(step))
    assert {path: path.stat().st_mtime_ns for path in network.folder.rglob("*.osrm.*")} == stamps
    assert steps == ["read village.osm", "ready"]


def test_progress_goes_from_nothing_to_done(file: Path, tmp_path: Path) -> None:
    """Every step of every mode is reported, with shares that rise to one."""
    seen: list[tuple[str, float]] = []
    build(
        file,
        tmp_path / "n",
        [TravelMode.WALK, TravelMode.CAR],
        quick=True,
        progress=lambda step, share: seen.append((step, share)),
    )
    assert [step for step, _ in seen] == [
        "read village.osm",
        *(f"{mode}: {step}" for mode in ("walk", "car") for step in ("extract", "partition", "customize")),
        "ready",
    ]
    shares = [share for _, share in seen]
    assert shares == sorted(shares)
    assert (shares[0], shares[-1]) == (0, 1)


def test_the_quick_network_answers_as_the_slow_one(file: Path, network: Network, tmp_path: Path) -> None:
    """Built quickly, the table is the same; a mode built later joins the ones that are there."""
    quick = build(file, tmp_path / "n", [TravelMode.WALK], quick=True)
    places = [WEST, HILL, EAST, DIKE]
    fast, slow = (n.table(TravelMode.WALK, places).duration_s for n in (quick, network))
    assert np.abs(fast - slow).max() <= 1
    both = build(file, tmp_path / "n", [TravelMode.CAR], quick=True)
    assert both.modes == (TravelMode.WALK, TravelMode.CAR)
    with pytest.raises(RoadError) as caught:
        both.table(TravelMode.EBIKE, places)
    assert (caught.value.code, "walk, car" in str(caught.value)) == ("road.mode", True)


def test_a_box_keeps_the_roads_that_touch_it(file: Path, tmp_path: Path) -> None:
    """Cut to the west, the street before the bridge is there and the dike is not."""
    west = build(file, tmp_path / "n", [TravelMode.WALK], bbox=(114.99, 35.49, 115.011, 35.52))
    assert west.box == (114.99, 35.49, 115.011, 35.52)
    assert west.table(TravelMode.WALK, [WEST, HILL]).far(250) == []
    assert west.table(TravelMode.WALK, [WEST, DIKE]).far(250) == [1]
    with pytest.raises(RoadError) as caught:
        build(file, tmp_path / "none", [TravelMode.WALK], bbox=(0, 0, 1, 1))
    assert caught.value.code == "road.empty"
    assert not (tmp_path / "none").exists()


@pytest.mark.parametrize(
    ("name", "content", "code"),
    [
        ("junk.osm.pbf", b"junk" * 500, "road.unreadable"),
        ("empty.osm.pbf", b"", "road.unreadable"),
        ("half.osm", xml().encode()[:900], "road.unreadable"),
        ("no-roads.osm", xml([((1, 2), {"building": "yes"})]).encode(), "road.empty"),
        ("no-way-in.osm", xml([((1, 2), {"highway": "proposed"})]).encode(), "road.build"),
        ("missing.osm.pbf", None, "road.missing"),
    ],
)
def test_a_bad_file_leaves_nothing_behind(
    tmp_path: Path, name: str, content: bytes | None, code: str
) -> None:
    """Junk, half a file or a file without roads is an error with its reason, and no folder appears."""
    if content is not None:
        (tmp_path / name).write_bytes(content)
    with pytest.raises(RoadError) as caught:
        build(tmp_path / name, tmp_path / "network")
    assert caught.value.code == code
    assert not (tmp_path / "network").exists()


def test_a_bad_file_does_not_harm_the_network_that_is_there(file: Path, tmp_path: Path) -> None:
    """After a failed build in the same folder the old network still answers."""
    made = build(file, tmp_path / "n", [TravelMode.WALK])
    listed = sorted(made.folder.rglob("*"))
    (tmp_path / "bad.osm").write_text(xml([((1, 2), {"highway": "proposed"})]), encoding="utf-8")
    with pytest.raises(RoadError):
        build(tmp_path / "bad.osm", tmp_path / "n", [TravelMode.WALK])
    assert sorted(made.folder.rglob("*")) == listed
    assert len(Network.open(tmp_path / "n").table(TravelMode.WALK, STREET)) == 2


@pytest.mark.parametrize("content", [None, "", "[]", '{"graphs": {}}', '{"graphs": {"plane": {}}}'])
def test_a_folder_without_a_network_is_an_error(tmp_path: Path, content: str | None) -> None:
    """No index, or something else under its name, says that there is no network here."""
    if content is not None:
        (tmp_path / "network.json").write_text(content, encoding="utf-8")
    with pytest.raises(RoadError) as caught:
        Network.open(tmp_path)
    assert caught.value.code == "road.none"


def test_a_graph_that_was_deleted_is_an_error(file: Path, tmp_path: Path) -> None:
    """An index whose graph is gone does not crash the planner; it says what to do."""
    made = build(file, tmp_path / "n", [TravelMode.WALK])
    for path in made.folder.rglob("*.osrm.*"):
        path.unlink()
    with pytest.raises(RoadError) as caught:
        Network.open(tmp_path / "n").table(TravelMode.WALK, STREET)
    assert caught.value.code == "road.none"


def test_a_route_needs_two_places(network: Network) -> None:
    """One place is no route."""
    with pytest.raises(RoadError):
        network.route(TravelMode.WALK, [WEST])


def random_places(box: tuple[float, float, float, float], count: int, seed: int) -> list[Position]:
    rng = np.random.default_rng(seed)
    west, south, east, north = box
    spots = zip(rng.uniform(west, east, count), rng.uniform(south, north, count), strict=True)
    return [Position(float(lon), float(lat)) for lon, lat in spots]


@pytest.mark.real
@pytest.mark.parametrize(
    ("name", "box", "quick"),
    [
        ("puyang.osm.pbf", (114.9702, 35.4981, 115.0921, 35.5627), False),
        ("jinan.osm.pbf", (116.95, 36.60, 117.10, 36.70), True),
    ],
)
def test_a_day_on_real_roads(
    roads: Path, tmp_path: Path, name: str, box: tuple[float, float, float, float], quick: bool
) -> None:
    """Sixty doors are planned on the county's roads without a violation, the far ones are left out."""
    modes = [TravelMode.WALK, TravelMode.EBIKE]
    network = build(roads / name, tmp_path / "network", modes, quick=quick)
    spots = random_places(box, 61, seed=3)
    network.covers(spots)
    tables = {mode: network.table(mode, spots) for mode in modes}
    walk, ebike = (
        t.distance_m.sum(dtype=np.int64) / t.duration_s.sum(dtype=np.int64) * 3.6 for t in tables.values()
    )
    assert walk == pytest.approx(4.5, rel=0.05)
    assert ebike == pytest.approx(18, rel=0.1)
    visits = tuple(Visit(f"v{i}", i, 1800, urgency=i) for i in range(1, 61))
    workers = (LI, WANG, replace(WANG, id="on foot", mode=TravelMode.WALK, max_walk_m=12_000))
    problem = Problem(visits, workers, tables)
    made = plan(problem, Budget(seconds=3))
    assert violations(problem, made) == []
    assert len(made.visit_ids) > 20
    assert [i for i, _ in network.far(spots, 250)] == tables[TravelMode.WALK].far(250)
    far = {f"v{i}" for i in tables[TravelMode.EBIKE].far(250) if i} & {
        f"v{i}" for i in tables[TravelMode.WALK].far(250)
    }
    assert {item.visit_id for item in made.left_out if item.reason == "off_road"} == far
    route = next(route for route in made.routes if route.worker_id == "li")
    stops = [spots[0], *(spots[int(stop.visit_id[1:])] for stop in route.stops), spots[0]]
    shape = network.route(TravelMode.EBIKE, stops)
    assert shape.distance_m == pytest.approx(route.travel_m, abs=len(stops))
