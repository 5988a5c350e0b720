"""The same way on real roads: made people in the export box of a real county."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from datetime import date
from itertools import pairwise
from pathlib import Path

import pytest
import shapely
from shapely.affinity import affine_transform

import sample_data
from fieldmap.models import Channel, Position, Snapshot, TravelMode
from fieldmap.plans import DayPlan, place_of
from fieldmap.store import Store
from routing.network import Network
from tests.web.cli.county import Ran, Station

pytestmark = pytest.mark.real

TODAY = date(2026, 3, 20)
TOWNSHIP = Path(sample_data.__file__).parent / "township"
PLACES = ("divisions.csv", "actors.csv", "grids.geojson", "sites.geojson")
LEDGERS = (
    "老年人信息台账.xlsx",
    "困境儿童台账.xlsx",
    "残疾人台账.xlsx",
    "残疾人台账.csv",
    "低保特困台账.xlsx",
)
HISTORY = ("responsibilities.csv", "exclusions.csv", "visits.csv")

type Box = tuple[float, float, float, float]

PUYANG: Box = (114.9702, 35.4981, 115.0921, 35.5627)
JINAN: Box = (117.00, 36.63, 117.06, 36.68)


@contextmanager
def opened(station: Station) -> Iterator[Store]:
    store = Store.open(station.db)
    try:
        yield store
    finally:
        store.close()


class Shift:
    """Takes the made township into a box of the real world."""

    def __init__(self, snapshot: Snapshot, box: Box) -> None:
        doors = [h.door for h in snapshot.households.values() if h.door is not None]
        west, east = min(d.lon for d in doors), max(d.lon for d in doors)
        south, north = min(d.lat for d in doors), max(d.lat for d in doors)
        self._x, self._y = (box[2] - box[0]) / (east - west), (box[3] - box[1]) / (north - south)
        self._east, self._north = box[0] - west * self._x, box[1] - south * self._y

    def point(self, place: Position | None) -> Position | None:
        """Return where a point comes to lie."""
        if place is None:
            return None
        return Position(self._east + place.lon * self._x, self._north + place.lat * self._y)

    def shape(self, polygon: bytes | None) -> bytes | None:
        """Return where a polygon comes to lie."""
        if polygon is None:
            return None
        matrix = (self._x, 0, 0, self._y, self._east, self._north)
        return bytes(shapely.to_wkb(affine_transform(shapely.from_wkb(polygon), matrix)))


def moved(snapshot: Snapshot, box: Box) -> list[object]:
    """Return every fact with a place, in the box."""
    to = Shift(snapshot, box)
    return [
        *(replace(h, door=to.point(h.door), entry=to.point(h.entry)) for h in snapshot.households.values()),
        *(replace(g, polygon_wkb=to.shape(g.polygon_wkb)) for g in snapshot.grids.values()),
        *(replace(s, position=to.point(s.position)) for s in snapshot.sites.values()),
        *(replace(a, home=to.point(a.home)) for a in snapshot.actors.values()),
    ]


def settled(folder: Path, box: Box, files: Sequence[str]) -> Station:
    """Make a county of the made people by the command line, and move it into the box."""
    station = Station(folder, {"FIELDMAP_PLAN_SECONDS": "3"})
    station.done("init", "--county", "990101000000", "--name", "澄禾县")
    station.done("import", *(TOWNSHIP / name for name in files))
    with opened(station) as store:
        store.facts.record(moved(store.snapshot(), box))
    return station


def check_routes(plan: DayPlan, snapshot: Snapshot, roads: Network) -> None:
    """Nobody is at a door before the roads let them be, or outside working hours."""
    assert plan.travel_source.startswith("OpenStreetMap")
    assert sum(len(route.stops) for route in plan.routes) > 0
    for route in plan.routes:
        actor = snapshot.actors[route.actor_id]
        begin, end = (t.hour * 3600 + t.minute * 60 for t in actor.hours)
        assert begin <= route.start_s <= route.end_s <= end
        met = [s for s in route.stops if s.channel is Channel.DOOR]
        doors = [place for s in met if (place := place_of(s, snapshot))]
        assert len(doors) == len(met)
        times = roads.table(TravelMode(route.mode), doors).duration_s
        for i, (before, after) in enumerate(pairwise(met)):
            assert after.arrive_s - before.depart_s >= times[i, i + 1] - 1
        if met:
            assert len(route.shape) > 2  # a line along streets


def check_figures(station: Station, plan: DayPlan) -> None:
    """Everybody open today is on a route or left out; the roll-up and the map say the same."""
    listed = station.done("due", "--json").records
    planned = {c for route in plan.routes for s in route.stops for c in s.client_ids}
    left = {c for u in plan.unplanned for c in u.client_ids}
    assert planned | left == {d["client_id"] for d in listed}
    assert planned.isdisjoint(left)
    figures = station.done("map", "--json", "--out", station.folder / "map.html").record
    heads, *rows = station.done("rollup", "--exact").table
    county = next(dict(zip(heads, r, strict=True)) for r in rows if r[3] == "2")
    assert county["persons due"] == str(figures["due"])
    assert county["persons contacted"] == str(figures["contacted"])
    assert county["persons overdue"] == str(figures["overdue"])
    assert 0 < figures["contacted"] < figures["due"] < figures["people"]
    assert (station.folder / "map.html").stat().st_size > 100_000


def the_whole_way(station: Station, network: Sequence[object]) -> Ran:
    """Network, plan, map and roll-up; return what `network` said."""
    built = station.done("network", *network)
    station.done("plan", "--publish")
    with opened(station) as store:
        (plan,) = store.plans.of_day(TODAY)
        snapshot = store.snapshot()
    check_routes(plan, snapshot, Network.open(station.folder / "network"))
    check_figures(station, plan)
    return built


@pytest.mark.slow
def test_the_whole_way_in_puyang(roads: Path, tmp_path: Path) -> None:
    """A township of 1,245 people on the roads of Puyang: a plan along streets, figures that agree."""
    station = settled(tmp_path, PUYANG, (*PLACES, *LEDGERS, *HISTORY))
    built = the_whole_way(station, (roads / "puyang.osm.pbf",))
    assert "Built the road graphs" in built.out
    # made doors lie anywhere: some are far from every road, and said so
    assert "Too far from the nearest road" in built.out


@pytest.mark.slow
def test_the_whole_way_in_jinan(roads: Path, tmp_path: Path) -> None:
    """Elders in a part of Jinan, the graphs built quickly."""
    station = settled(tmp_path, JINAN, (*PLACES, LEDGERS[0], *HISTORY[2:]))
    west, south, east, north = JINAN
    box = f"{west - 0.02},{south - 0.02},{east + 0.02},{north + 0.02}"
    the_whole_way(station, (roads / "jinan.osm.pbf", "--quick", "--bbox", box))


def test_the_roads_of_another_county_are_refused(roads: Path, tmp_path: Path) -> None:
    """People in Puyang, roads of Jinan: nothing is built."""
    station = settled(tmp_path, PUYANG, (*PLACES, LEDGERS[1]))
    ran = station.run("network", roads / "jinan.osm.pbf")
    assert ran.code == 8
    assert "does not cover the households" in ran.err
    assert not (tmp_path / "network").exists()
