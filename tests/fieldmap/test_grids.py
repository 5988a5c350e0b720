"""Grids: polygons that can be trusted, and which one a door is in."""

from __future__ import annotations

import struct
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

import numpy as np
import shapely
from hypothesis import given
from hypothesis import strategies as st

from fieldmap.datum import Datum, from_wgs84
from fieldmap.errors import catalogue, language
from fieldmap.grids import assign, looks_like_gcj02, problems, read_polygons, repair
from fieldmap.models import Grid, Household, Position, Snapshot

VILLAGE = "990101100201"
WEST, EAST, LISTED = "W", "E", "L"
SQUARE = shapely.box(116.92, 33.30, 116.94, 33.32)
GRIDS = {
    WEST: Grid(WEST, "西格", VILLAGE, SQUARE.wkb),
    EAST: Grid(EAST, "东格", VILLAGE, shapely.box(116.94, 33.30, 116.96, 33.32).wkb),
    LISTED: Grid(LISTED, "名册格", VILLAGE),
}
INSIDE_WEST, INSIDE_EAST, FAR = Position(116.93, 33.31), Position(116.95, 33.31), Position(117.3, 33.6)


def with_door(grid_code: str | None, door: Position | None) -> Snapshot:
    """Return the two grids and one household."""
    household = Household("h", VILLAGE, "1 号", "户主", grid_code, door)
    return Snapshot(grids=GRIDS, households={"h": household})


def placed(grid_code: str | None, door: Position | None) -> tuple[str | None, list[str]]:
    """Return where one household ends up, and the codes of its issues."""
    found = assign(with_door(grid_code, door))
    return found.grid_of["h"], [issue.code for issue in found.issues]


def test_every_issue_speaks_both_languages() -> None:
    """What is wrong with a grid or a door is said with its value, in Chinese and in English."""
    ring = SQUARE.difference(shapely.box(116.925, 33.305, 116.930, 33.310))
    bow = shapely.Polygon([(0, 0), (2, 2), (2, 0), (0, 2)])
    grids = {
        WEST: replace(GRIDS[WEST], polygon_wkb=ring.wkb),
        "X": Grid("X", "重叠格", VILLAGE, SQUARE.buffer(0.001).wkb),
        "Y": Grid("Y", "坏格", VILLAGE, b"junk"),
        "Z": Grid("Z", "蝴蝶结", "990101100202", bow.wkb),
    }
    found = [*problems(Snapshot(grids={k: v for k, v in grids.items() if k != "X"}))]
    found += problems(Snapshot(grids=grids))
    for declared, door in ((WEST, FAR), ("gone", INSIDE_EAST), (WEST, INSIDE_EAST)):
        found += assign(with_door(declared, door)).issues
    found += [*assign(Snapshot(grids=grids)).issues, *assign(_in_small(_doors(12), _shifted(SMALL))).issues]
    assert {issue.code for issue in found} == {code for code in catalogue() if code.startswith("grid.")}
    for lang in ("zh-CN", "en"):
        token = language.set(lang)
        try:
            mute = [t for t in map(str, found) if "{" in t or t[-1] not in "。."]
            assert mute == []
        finally:
            language.reset(token)


def test_point_and_ledger_agree() -> None:
    """A door in the ledger's grid stays there without an issue."""
    assert placed(WEST, INSIDE_WEST) == (WEST, [])


def test_ledger_holds_where_there_is_nothing_to_check() -> None:
    """A grid without polygon and a household without point keep the ledger's grid."""
    assert placed(LISTED, INSIDE_WEST) == (LISTED, [])
    assert placed(WEST, None) == (WEST, [])
    assert placed(None, None) == (None, [])


def test_point_decides_against_the_ledger() -> None:
    """A door in another grid counts there, one outside all grids counts outside, both with an issue."""
    assert placed(WEST, INSIDE_EAST) == (EAST, ["grid.other"])
    assert placed(WEST, FAR) == (None, ["grid.outside"])
    assert placed(None, FAR) == (None, ["grid.outside"])
    assert placed(None, INSIDE_EAST) == (EAST, [])
    assert placed("gone", INSIDE_EAST) == (EAST, ["grid.unknown"])


def test_entry_stands_in_for_the_door() -> None:
    """A household of which only the way in is known is placed by it."""
    snapshot = with_door(None, None)
    household = replace(snapshot.households["h"], entry=INSIDE_EAST)
    assert assign(replace(snapshot, households={"h": household})).grid_of == {"h": EAST}


def test_without_any_polygon_nobody_is_outside() -> None:
    """A station without polygons has its lists and no issue."""
    bare = replace(with_door(None, FAR), grids={LISTED: GRIDS[LISTED]})
    assert assign(bare).grid_of == {"h": None}
    assert assign(bare).issues == ()


def test_in_an_overlap_the_ledger_decides() -> None:
    """A door in two grids counts in the ledger's, else in the first by code."""
    grids = {**GRIDS, "X": Grid("X", "重叠格", VILLAGE, shapely.box(116.91, 33.29, 116.935, 33.33).wkb)}
    for declared, expected in (("X", "X"), (WEST, WEST), (None, WEST)):
        assert assign(replace(with_door(declared, INSIDE_WEST), grids=grids)).grid_of["h"] == expected
    found = problems(replace(with_door(None, None), grids=grids))
    assert [(issue.code, dict(issue.details)) for issue in found] == [
        ("grid.overlap", {"grid": "西格", "other": "重叠格"})
    ]


def test_neighbours_that_share_a_border_do_not_overlap() -> None:
    """Grids that touch are no problem."""
    assert problems(with_door(None, None)) == ()


def test_hole_between_grids() -> None:
    """A piece that no grid of a village covers is named with its size."""
    ring = SQUARE.difference(shapely.box(116.925, 33.305, 116.930, 33.310))
    found = problems(replace(with_door(None, None), grids={WEST: replace(GRIDS[WEST], polygon_wkb=ring.wkb)}))
    assert [issue.code for issue in found] == ["grid.hole"]
    # 0.005 degrees each way at 33.3 N: 465 m by 557 m
    assert abs(float(str(found[0].details["hectares"])) - 25.9) < 0.2


def test_self_crossing_polygon_is_repaired() -> None:
    """A bow tie becomes two triangles of the same area, and is named."""
    bow = shapely.Polygon([(0, 0), (2, 2), (2, 0), (0, 2)])
    read = read_polygons({WEST: replace(GRIDS[WEST], polygon_wkb=bow.wkb)})
    assert [issue.code for issue in read.issues] == ["grid.repaired"]
    assert read.shapes[WEST].is_valid
    assert read.shapes[WEST].area == 2.0


def test_open_ring_is_closed() -> None:
    """A ring whose last point is missing is closed, and is named."""
    corners = [(0.0, 0.0), (1.0, 0.0), (1.0, 1.0), (0.0, 1.0)]
    wkb = struct.pack("<BIII", 1, 3, 1, 4) + b"".join(struct.pack("<dd", *corner) for corner in corners)
    read = read_polygons({WEST: replace(GRIDS[WEST], polygon_wkb=wkb)})
    assert [issue.code for issue in read.issues] == ["grid.repaired"]
    assert read.shapes[WEST].equals(shapely.box(0, 0, 1, 1))


def test_what_is_no_area_is_left_out_and_named() -> None:
    """Junk, a line and an empty polygon count as a grid without polygon."""
    for wkb in (b"junk", shapely.LineString([(0, 0), (1, 1)]).wkb, shapely.Polygon().wkb):
        read = read_polygons({WEST: replace(GRIDS[WEST], polygon_wkb=wkb)})
        assert read.shapes == {}
        assert [issue.code for issue in read.issues] == ["grid.unreadable"]


def test_repair_drops_what_is_no_area() -> None:
    """Lines left over by a repair are dropped."""
    spike = shapely.Polygon([(0, 0), (1, 0), (1, 1), (1, 3), (1, 1), (0, 1)])
    assert repair(spike).equals(shapely.box(0, 0, 1, 1))


def _shifted(polygon: Any) -> Any:
    return shapely.transform(polygon, lambda xy: np.column_stack(from_wgs84(xy[:, 0], xy[:, 1], Datum.GCJ02)))


def _doors(number: int, seed: int = 1) -> list[Position]:
    random = np.random.default_rng(seed)
    lon, lat = random.uniform(116.9201, 116.9299, number), random.uniform(33.3001, 33.3099, number)
    return [Position(x, y) for x, y in zip(lon.tolist(), lat.tolist(), strict=True)]


SMALL = shapely.box(116.92, 33.30, 116.93, 33.31)


def _in_small(doors: Sequence[Position], polygon: Any, declared: str | None = WEST) -> Snapshot:
    households: Mapping[str, Household] = {
        f"h{number}": Household(f"h{number}", VILLAGE, "", "", declared, door)
        for number, door in enumerate(doors)
    }
    grid = replace(GRIDS[WEST], polygon_wkb=polygon.wkb)
    return Snapshot(grids={WEST: grid}, households=households)


def test_grid_drawn_in_gcj02_is_named_and_its_doors_stay() -> None:
    """A grid of 1 km drawn in GCJ-02 is named with its offset; all its doors count in it."""
    found = assign(_in_small(_doors(12), _shifted(SMALL)))
    assert set(found.grid_of.values()) == {WEST}
    assert [(issue.code, issue.details["kilometres"]) for issue in found.issues] == [("grid.gcj02", "0.5")]
    assert shapely.hausdorff_distance(found.polygons[WEST], SMALL) < 1e-6


def test_grid_drawn_in_wgs84_is_left_alone() -> None:
    """The same grid in WGS-84 is not suspected, nor is one that doors lie outside of here and there."""
    assert assign(_in_small(_doors(12), SMALL)).issues == ()
    astray = [*_doors(12), Position(116.94, 33.32), Position(116.91, 33.29)]
    assert {issue.code for issue in assign(_in_small(astray, SMALL)).issues} == {"grid.outside"}


def test_three_doors_prove_nothing() -> None:
    """With fewer than four doors a grid is not suspected."""
    doors = _doors(3)
    assert looks_like_gcj02([_shifted(SMALL)], doors, [0, 0, 0]) is None


@given(
    lon=st.floats(116.90, 116.98),
    lat=st.floats(33.28, 33.34),
    declared=st.sampled_from([None, *GRIDS, "gone"]),
)
def test_point_in_grid_agrees_with_shapely(lon: float, lat: float, declared: str | None) -> None:
    """Wherever a door is, the grid found either covers it or is the ledger's list."""
    found = assign(with_door(declared, Position(lon, lat)))
    code = found.grid_of["h"]
    covering = {c for c, shape in found.polygons.items() if shape.intersects(shapely.Point(lon, lat))}
    assert code in covering if code not in (None, LISTED) else declared == LISTED or not covering
