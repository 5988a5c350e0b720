"""Every issue with the grids has a repair on offer, which does what it says."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import numpy as np
import pytest
import shapely

from fieldmap.counts import Households
from fieldmap.datum import Datum, from_wgs84
from fieldmap.grids import assign
from fieldmap.models import Grid, Household, Position, Snapshot
from fieldmap.repairs import Finding, Move, Repair, RepairKind, findings

VILLAGE = "990101100201"
WEST, EAST, LISTED = f"{VILLAGE}001", f"{VILLAGE}002", f"{VILLAGE}003"
SQUARE = shapely.box(116.92, 33.30, 116.94, 33.32)
HOLE = shapely.box(116.925, 33.305, 116.930, 33.310)
GRIDS = {
    WEST: Grid(WEST, "西格", VILLAGE, SQUARE.wkb),
    EAST: Grid(EAST, "东格", VILLAGE, shapely.box(116.94, 33.30, 116.96, 33.32).wkb),
    LISTED: Grid(LISTED, "名册格", VILLAGE),
}
IN_WEST, IN_EAST, IN_HOLE = Position(116.922, 33.302), Position(116.95, 33.31), Position(116.928, 33.307)
# 0.0005 degrees north of the boundary are 56 m
BEYOND, FAR = Position(116.93, 33.3205), Position(117.3, 33.6)


def town(polygons: Mapping[str, Any], doors: Mapping[str, tuple[str | None, Position | None]]) -> Snapshot:
    """Return the three grids, some with other polygons, and households by id."""
    drawn = {
        code: replace(GRIDS[code], polygon_wkb=shapely.to_wkb(shape)) for code, shape in polygons.items()
    }
    houses = {key: Household(key, VILLAGE, key, "", grid, door) for key, (grid, door) in doors.items()}
    return Snapshot(grids={**GRIDS, **drawn}, households=houses)


def repaired(snapshot: Snapshot, repair: Repair) -> Snapshot:
    """Return the record after a repair."""
    grids = {fact.code: fact for fact in repair.facts if isinstance(fact, Grid)}
    houses = {fact.id: fact for fact in repair.facts if isinstance(fact, Household)}
    return replace(snapshot, grids={**snapshot.grids, **grids}, households={**snapshot.households, **houses})


def only(snapshot: Snapshot) -> Finding:
    """Return the one thing that is amiss."""
    found = findings(snapshot)
    assert len(found) == 1, [finding.issue.code for finding in found]
    return found[0]


def check(snapshot: Snapshot, finding: Finding) -> None:
    """Every repair ends its finding, and moves exactly the households that it says."""
    for repair in finding.repairs:
        after = repaired(snapshot, repair)
        assert finding.issue.code not in [f.issue.code for f in findings(after)], repair.kind
        was, now = assign(snapshot).grid_of, assign(after).grid_of
        moved = [(was[key], now[key]) for key in was if was[key] != now[key]]
        assert sorted(map(str, moved)) == sorted(
            str((m.source, m.target)) for m in repair.moves for _ in range(m.households)
        )


def test_nothing_amiss_nothing_offered() -> None:
    """Sound grids with their doors inside have no finding."""
    assert findings(town({}, {"a": (WEST, IN_WEST), "b": (LISTED, FAR), "c": (EAST, None)})) == ()


def test_a_grid_in_gcj02_is_shifted_back() -> None:
    """The corrected polygon is recorded with its datum; the figures count by it already."""
    small = shapely.box(116.92, 33.30, 116.93, 33.31)
    shifted = shapely.transform(
        small, lambda xy: np.column_stack(from_wgs84(xy[:, 0], xy[:, 1], Datum.GCJ02))
    )
    random = np.random.default_rng(1)
    at = zip(random.uniform(116.9201, 116.9299, 12), random.uniform(33.3001, 33.3099, 12), strict=True)
    doors = {f"h{n}": (WEST, Position(float(x), float(y))) for n, (x, y) in enumerate(at)}
    snapshot = town({WEST: shifted}, doors)
    finding = only(snapshot)
    assert (finding.issue.code, finding.issue.details["kilometres"]) == ("grid.gcj02", "0.5")
    (shift,) = finding.repairs
    assert (shift.kind, shift.grid, shift.moves) == (RepairKind.SHIFT, WEST, ())
    assert (
        shift.astray == sum(not shapely.intersects_xy(shifted, d.lon, d.lat) for _, d in doors.values()) > 3
    )
    assert shapely.equals_exact(shift.before, shifted)
    assert shapely.hausdorff_distance(shift.after, small) < 1e-6
    assert [fact.datum_claimed for fact in shift.facts if isinstance(fact, Grid)] == ["GCJ-02"]
    check(snapshot, finding)


def test_a_polygon_that_crosses_itself_is_mended() -> None:
    """A bow tie is shown as it is and as it becomes."""
    bow = shapely.Polygon([(116.92, 33.30), (116.94, 33.32), (116.94, 33.30), (116.92, 33.32)])
    snapshot = town({WEST: bow}, {"a": (WEST, Position(116.938, 33.31))})
    finding = only(snapshot)
    (mend,) = finding.repairs
    assert (mend.kind, mend.before.is_valid, mend.after.is_valid) == (RepairKind.MEND, False, True)
    assert mend.astray == 0
    check(snapshot, finding)


def test_what_cannot_be_read_is_done_without() -> None:
    """Junk is taken out of the record: the grid is a list of doors, as it was counted all along."""
    junk = {WEST: replace(GRIDS[WEST], polygon_wkb=b"junk")}
    snapshot = replace(town({}, {"a": (WEST, IN_WEST)}), grids=junk)
    finding = only(snapshot)
    assert (finding.issue.code, finding.grids) == ("grid.unreadable", (WEST,))
    (drop,) = finding.repairs
    assert (drop.kind, drop.grid, drop.moves, drop.after) == (RepairKind.DROP, WEST, (), None)
    check(snapshot, finding)


def test_of_two_grids_drawn_alike_one_does_without() -> None:
    """Nothing can be cut out of either: one keeps the boundary, the other its list."""
    snapshot = town({EAST: SQUARE}, {"a": (WEST, IN_WEST), "b": (EAST, IN_WEST), "c": (None, IN_WEST)})
    finding = only(snapshot)
    assert [(r.kind, r.grid) for r in finding.repairs] == [(RepairKind.DROP, WEST), (RepairKind.DROP, EAST)]
    assert [r.moves for r in finding.repairs] == [(Move(WEST, EAST, Households(1)),), ()]
    check(snapshot, finding)


def test_the_only_grid_of_a_village_can_adopt() -> None:
    """A door outside it goes by the ledger until its point is taken again."""
    snapshot = town({}, {"a": (None, FAR), "b": (WEST, FAR)})
    snapshot = replace(snapshot, grids={WEST: snapshot.grids[WEST]})
    found = {finding.households: finding for finding in findings(snapshot)}
    (adopt,) = found["a",].repairs
    assert (adopt.kind, adopt.grid) == (RepairKind.ADOPT, WEST)
    assert adopt.moves == (Move(None, WEST, Households(1)),)
    assert repaired(snapshot, adopt).households["a"].place is None
    assert [r.kind for r in found["b",].repairs] == [RepairKind.SET_ASIDE]


def test_an_overlap_goes_to_either_grid() -> None:
    """The overlap is cut out of one grid or of the other; doors in it go with it."""
    wide = shapely.box(116.935, 33.30, 116.96, 33.32)
    snapshot = town({EAST: wide}, {"a": (WEST, Position(116.937, 33.31)), "b": (EAST, IN_EAST)})
    finding = only(snapshot)
    assert [(r.kind, r.grid, r.other) for r in finding.repairs] == [
        (RepairKind.CUT, WEST, EAST),
        (RepairKind.CUT, EAST, WEST),
    ]
    assert [r.moves for r in finding.repairs] == [(Move(WEST, EAST, Households(1)),), ()]
    after = repaired(snapshot, finding.repairs[0])
    assert [f.issue.code for f in findings(after)] == ["grid.other"]


def test_a_grid_within_another_is_not_cut_away() -> None:
    """Of two grids one of which covers the other, only the larger one can give way."""
    finding = only(town({EAST: SQUARE.buffer(0.001)}, {}))
    assert [(r.grid, r.other) for r in finding.repairs] == [(EAST, WEST)]


def test_a_hole_goes_to_its_neighbour_or_to_a_grid_without_boundary() -> None:
    """The doors in it come from outside into the grid that takes it."""
    snapshot = town({WEST: SQUARE.difference(HOLE)}, {"a": (WEST, IN_WEST), "b": (None, IN_HOLE)})
    found = {f.issue.code: f for f in findings(snapshot)}
    assert found.keys() == {"grid.hole", "grid.outside"}
    to_west, to_listed = found["grid.hole"].repairs
    assert (to_west.grid, to_west.moves) == (WEST, (Move(None, WEST, Households(1)),))
    assert shapely.hausdorff_distance(to_west.after, SQUARE) < 1e-6
    assert (to_listed.grid, to_listed.before) == (LISTED, None)
    assert to_listed.moves == (Move(None, LISTED, Households(1)),)
    check(snapshot, found["grid.hole"])


def test_doors_just_outside_are_taken_in() -> None:
    """A boundary is drawn wider for doors within 100 m; one that is farther is set aside or left."""
    snapshot = town({}, {"a": (WEST, BEYOND), "b": (None, Position(116.9305, 33.3203))})
    found = findings(snapshot)
    assert {(f.issue.code, f.households) for f in found} == {
        ("grid.outside", ("a",)),
        ("grid.outside", ("b",)),
    }
    by_house = {f.households[0]: f for f in found}
    assert [r.kind for r in by_house["b"].repairs] == [RepairKind.EXTEND, RepairKind.ENTER]
    extend, listed, aside = by_house["a"].repairs
    assert (extend.kind, extend.grid, aside.kind) == (RepairKind.EXTEND, WEST, RepairKind.SET_ASIDE)
    assert (listed.kind, listed.grid) == (RepairKind.ENTER, LISTED)
    assert assign(repaired(snapshot, listed)).grid_of["a"] == LISTED
    for repair in (extend, aside):
        assert assign(repaired(snapshot, repair)).grid_of["a"] == WEST
    assert shapely.intersects_xy(extend.after, BEYOND.lon, BEYOND.lat)
    assert extend.after.area < SQUARE.area * 1.01
    lost = only(town({}, {"a": (WEST, FAR)}))
    assert [r.kind for r in lost.repairs] == [RepairKind.ENTER, RepairKind.SET_ASIDE]
    check(town({}, {"a": (WEST, FAR)}), lost)


def test_a_wider_boundary_takes_nothing_from_a_neighbour() -> None:
    """Where the way to the door leads along another grid, that grid keeps its ground."""
    snapshot = town({}, {"a": (WEST, Position(116.93999, 33.3203))})
    extend = only(snapshot).repairs[0]
    east = shapely.from_wkb(GRIDS[EAST].polygon_wkb)
    assert extend.grid == WEST
    assert shapely.intersection(extend.after, east).area < 1e-12
    check(snapshot, only(snapshot))


def test_a_wider_boundary_keeps_what_it_had() -> None:
    """A grid that overlaps another is not cut because a door beyond it is taken in."""
    snapshot = town({EAST: shapely.box(116.935, 33.30, 116.96, 33.32)}, {"a": (WEST, BEYOND)})
    found = next(f for f in findings(snapshot) if f.issue.code == "grid.outside")
    assert found.repairs[0].moves == (Move(None, WEST, Households(1)),)
    assert shapely.difference(SQUARE, found.repairs[0].after).area < 1e-12


def test_point_and_ledger_that_differ() -> None:
    """Doors of one pair of grids stand together: the ledger follows the point, or the point goes."""
    snapshot = town({}, {"a": (WEST, IN_EAST), "b": (WEST, IN_EAST), "c": (EAST, IN_EAST)})
    finding = only(snapshot)
    assert (finding.issue.code, finding.households) == ("grid.other", ("a", "b"))
    take, aside = finding.repairs
    assert (take.kind, take.grid, take.other, take.moves) == (RepairKind.TAKE, EAST, WEST, ())
    assert (aside.kind, aside.grid) == (RepairKind.SET_ASIDE, WEST)
    assert aside.moves == (Move(EAST, WEST, Households(2)),)
    check(snapshot, finding)


def test_a_grid_that_nobody_knows() -> None:
    """The ledger takes the grid the door lies in; where it lies in none, any grid of the village."""
    snapshot = town({}, {"a": ("gone", IN_EAST)})
    check(snapshot, only(snapshot))
    assert [r.kind for r in only(snapshot).repairs] == [RepairKind.TAKE]
    snapshot = town({}, {"a": ("gone", None), "b": ("gone", FAR)})
    finding = only(snapshot)
    assert [(r.kind, r.grid) for r in finding.repairs] == [
        (RepairKind.ADOPT, WEST),
        (RepairKind.ADOPT, EAST),
        (RepairKind.ENTER, LISTED),
    ]
    check(snapshot, finding)


def test_households_that_are_nowhere() -> None:
    """Without a point and without a grid in the ledger: any grid of the village can take them."""
    snapshot = town({}, {"a": (None, None), "b": (None, None), "c": (WEST, None)})
    finding = only(snapshot)
    assert (finding.issue.code, finding.households) == ("grids.none", ("a", "b"))
    assert "2 户" in str(finding.issue)
    assert [(r.kind, r.grid) for r in finding.repairs] == [
        (RepairKind.ENTER, c) for c in (WEST, EAST, LISTED)
    ]
    assert finding.repairs[1].moves == (Move(None, EAST, Households(2)),)
    check(snapshot, finding)
    assert findings(replace(snapshot, grids={}))[0].issue.code == "grid.unknown"


@pytest.mark.parametrize("moved", [IN_WEST, FAR])
def test_a_key_fits_what_was_looked_at(moved: Position) -> None:
    """The same record has the same key; a household that was moved since has another."""
    snapshot = town({}, {"a": (WEST, IN_EAST)})
    key = only(snapshot).repairs[0].key
    assert only(town({}, {"a": (WEST, IN_EAST)})).repairs[0].key == key
    later = findings(town({}, {"a": (WEST, moved)}))
    assert key not in [repair.key for finding in later for repair in finding.repairs]
