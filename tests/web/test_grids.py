"""The head's page of the grids: what is amiss, a repair, and taking it back."""

from __future__ import annotations

import html
import re
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import shapely
from starlette.testclient import TestClient

from fieldmap.datum import Datum, from_wgs84
from fieldmap.errors import catalogue
from fieldmap.grids import assign
from fieldmap.models import Grid, Household, Position, Snapshot
from fieldmap.store import Store
from tests import twentytwo
from tests.web.conftest import As
from tests.web.village import (
    COUNTY,
    GRID_A,
    GRID_B,
    GRID_C,
    GRID_OTHER,
    GRIDS,
    HOUSEHOLDS,
    LAT,
    LON,
    NORTH,
    SOUTH,
    TODAY,
)
from web.grid_repairs import kinds

KEY = re.compile(r'name="key" value="([0-9a-f]+)"')
CHANGE = re.compile(r'name="change" value="([^"]+)"')
_CORNERS = [(0, 0), (100, 0), (100, 100), (5, 100), (0, 95), (5, 95), (0, 100)]
BOW = shapely.Polygon([(LON + x / 10_000, LAT + y / 10_000) for x, y in _CORNERS])
"""The square of the first grid, which crosses itself in a corner where nobody lives."""
WIDE = shapely.box(LON + 0.005, LAT, LON + 0.02, LAT + 0.01)


def drawn(store: Store, code: str, shape: shapely.Polygon) -> None:
    """Give a grid another polygon."""
    grid = next(grid for grid in GRIDS if grid.code == code)
    store.facts.record([replace(grid, polygon_wkb=bytes(shapely.to_wkb(shape)))])


def text_of(client: TestClient) -> str:
    """Return what the page says."""
    return html.unescape(client.get("/grids").text)


def polygon(store: Store, code: str) -> Any:
    """Return the polygon that is recorded."""
    return shapely.from_wkb(store.snapshot().grids[code].polygon_wkb, on_invalid="ignore")


def test_sound_grids_have_nothing_to_repair(signed_in: As) -> None:
    """The page says that nothing is amiss, and offers nothing."""
    said = text_of(signed_in("head"))
    assert "网格没有发现问题" in said
    assert KEY.findall(said) == []


def test_a_bow_tie_is_mended_and_taken_back(signed_in: As, store: Store) -> None:
    """One tap records the repaired polygon, another the one before; both stand in the audit trail."""
    drawn(store, GRID_A, BOW)
    head = signed_in("head")
    said = text_of(head)
    assert "网格 北坡一网格 的边界自相交或未闭合,已修复" in said
    assert said.count("<svg") > 4  # one beside the legend's four
    (key,) = KEY.findall(said)
    assert head.post("/grids/repair", data={"key": key}).headers["location"] == "/grids"
    assert polygon(store, GRID_A).is_valid
    (change,) = CHANGE.findall(text_of(head))
    assert "采用 001 北坡一网格 修复后的边界" in text_of(head)
    assert head.post("/grids/undo", data={"change": change}).status_code == 303
    assert shapely.equals_exact(polygon(store, GRID_A), BOW)
    assert CHANGE.findall(text_of(head)) == []
    assert [line.action for line in store.audit.lines()][:2] == ["undo grid repair", "repair grid"]
    assert head.post("/grids/undo", data={"change": change}).status_code == 422


def test_what_a_repair_moves_is_said(signed_in: As, store: Store) -> None:
    """Of an overlap both ways are on offer, each with the households it moves."""
    drawn(store, GRID_B, WIDE)
    said = text_of(signed_in("head"))
    assert "网格 北坡一网格 与 北坡二网格 重叠" in said
    assert "1 户从 001 北坡一网格 移到 002 北坡二网格" in said
    first, _ = KEY.findall(said)
    signed_in("head").post("/grids/repair", data={"key": first})
    # the door of h3 lies in what was cut away
    assert assign(store.snapshot()).grid_of["h3"] == GRID_B
    assert "户的坐标在网格 990101001201002 内" in text_of(signed_in("head"))


def test_a_repair_that_fits_no_longer_is_refused_whole(signed_in: As, store: Store) -> None:
    """Where somebody was faster nothing is recorded, of several repairs none."""
    drawn(store, GRID_A, BOW)
    drawn(store, GRID_B, shapely.transform(BOW, lambda xy: xy + np.array([0.01, 0.0])))
    head = signed_in("head")
    keys = KEY.findall(text_of(head))
    assert len(set(keys)) == 2
    assert len(keys) == 4  # each alone, and both at once
    assert head.post("/grids/repair", data={"key": [keys[0], "gone"]}).status_code == 422
    assert not polygon(store, GRID_A).is_valid
    assert head.post("/grids/repair", data={"key": keys[:2]}).status_code == 303
    assert polygon(store, GRID_A).is_valid
    assert polygon(store, GRID_B).is_valid
    assert head.post("/grids/repair", data={"key": keys[0]}).status_code == 422


def test_households_outside_are_listed_masked(signed_in: As, store: Store) -> None:
    """A door outside all grids stands on the page with a masked name and a link to its file."""
    house = next(h for h in HOUSEHOLDS if h.id == "h1")
    assert house.door is not None
    store.facts.record([replace(house, door=replace(house.door, lat=LAT - 0.0005))])
    head = signed_in("head")
    said = text_of(head)
    assert 'href="/people/h1"' in said
    assert house.head_name not in said
    assert "1 户从 网格外 移到 001 北坡一网格" in said
    extend, aside = KEY.findall(said)
    head.post("/grids/repair", data={"key": aside})
    assert store.snapshot().households["h1"].door is None
    (change,) = CHANGE.findall(text_of(head))
    head.post("/grids/undo", data={"change": change})
    head.post("/grids/repair", data={"key": extend})
    assert assign(store.snapshot()).grid_of["h1"] == GRID_A


def test_other_areas_are_neither_shown_nor_repaired(signed_in: As, store: Store) -> None:
    """A grid of another township is no business of this head, nor is a change made there."""
    drawn(store, GRID_OTHER, BOW)
    assert KEY.findall(text_of(signed_in("head"))) == []
    store.facts.record([Household("x", NORTH.code, "1号", "新人")], batch_id="repair:x")
    store.audit.log("other", "repair grid", "repair:x", f"grid.repaired mend {GRID_OTHER}")
    assert signed_in("head").post("/grids/undo", data={"change": "repair:x"}).status_code == 422
    assert "x" in store.snapshot().households


def test_households_of_a_grid_without_boundary_are_written_into_it(signed_in: As, store: Store) -> None:
    """Outside all grids and in nobody's list: the village's grid without boundary can take the household."""
    stray = Household("x", SOUTH.code, "南塘村99号", "新人", None, Position(LON + 0.2, LAT))
    store.facts.record([stray])
    head = signed_in("head")
    (key,) = KEY.findall(text_of(head))
    head.post("/grids/repair", data={"key": key})
    assert assign(store.snapshot()).grid_of["x"] == GRID_C
    assert text_of(head).count("这些户归 001 南塘网格:写进台账") == 1


def test_some_of_the_households_can_be_chosen(signed_in: As, store: Store) -> None:
    """Only those that are ticked are written into a grid; with none ticked nothing is."""
    strays = [Household(key, NORTH.code, f"北坡村{key}号", "新人") for key in ("x", "y")]
    store.facts.record(strays)
    head = signed_in("head")
    said = text_of(head)
    assert "北坡村有 2 户既没有坐标,台账也没写网格" in said
    assert said.count('name="only" value="y" checked') == 2  # in each of the two grids on offer
    first, second = KEY.findall(said)
    assert head.post("/grids/repair", data={"key": second, "only": [""]}).status_code == 422
    assert head.post("/grids/repair", data={"key": second, "only": ["", "y"]}).status_code == 303
    assert {k: store.snapshot().households[k].grid_code for k in "xy"} == {"x": None, "y": GRID_B}
    assert head.post("/grids/repair", data={"key": first, "only": ["", "x"]}).status_code == 422
    (one, _) = KEY.findall(text_of(head))
    assert head.post("/grids/repair", data={"key": one}).status_code == 303
    assert store.snapshot().households["x"].grid_code == GRID_A


def test_no_other_record_can_be_taken_back_here(signed_in: As, store: Store) -> None:
    """The id of a visit is none of a repair."""
    assert signed_in("head").post("/grids/undo", data={"change": "v1"}).status_code == 422
    assert "v1" in {visit.id for visit in store.snapshot().visits}


def test_the_page_speaks_english(signed_in: As, store: Store) -> None:
    """What is amiss, what a repair does and the headings are in English."""
    lost = Grid(GRID_A, "北坡一网格", NORTH.code, b"junk")
    store.facts.record([lost])
    drawn(store, GRID_B, BOW)
    head = signed_in("head")
    head.cookies.set("lang", "en")
    said = text_of(head)
    assert "The boundary of grid 北坡一网格 cannot be read" in said
    assert "Take the repaired boundary of 002 北坡二网格" in said
    assert "Boundaries that cannot be read" in said
    assert "Repair it this way" in said


ONE, TWO, NONE = "990101001301", "990101001302", "990101001303"
BOX = shapely.box(LON, LAT, LON + 0.01, LAT + 0.01)
FAR = Position(LON + 0.5, LAT)


def amiss() -> Snapshot:
    """Return a view in which everything is amiss that has a name, as badly as can be."""
    east = shapely.transform(BOX, lambda xy: xy + np.array([0.1, 0.0]))
    hole = shapely.box(LON + 0.103, LAT + 0.003, LON + 0.106, LAT + 0.006)
    shifted = shapely.transform(
        shapely.transform(BOX, lambda xy: xy + np.array([0.2, 0.0])),
        lambda xy: np.column_stack(from_wgs84(xy[:, 0], xy[:, 1], Datum.GCJ02)),
    )
    shapes = {
        f"{ONE}001": BOX,
        f"{ONE}002": BOX,
        f"{TWO}001": east.difference(hole),
        f"{TWO}002": shapely.transform(BOW, lambda xy: xy + np.array([0.3, 0.0])),
        f"{TWO}003": shifted,
    }
    grids = {code: Grid(code, code[-3:], code[:12], bytes(shape.wkb)) for code, shape in shapes.items()}
    grids[f"{TWO}004"] = Grid(f"{TWO}004", "004", TWO, b"junk")
    doors = [Position(LON + 0.2 + n / 1000, LAT + n / 1000) for n in range(1, 10)]
    houses = [
        Household("outside", ONE, "", "甲", None, FAR),
        Household("other", ONE, "", "乙", f"{ONE}001", Position(LON + 0.101, LAT + 0.001)),
        Household("unknown", NONE, "", "丙", "gone"),
        Household("nowhere", NONE, "", "丁"),
        *(Household(f"d{n}", TWO, "", "戊", f"{TWO}003", door) for n, door in enumerate(doors)),
    ]
    return Snapshot(grids=grids, households={house.id: house for house in houses})


def test_every_issue_has_something_to_do() -> None:
    """Whatever is amiss with grids, a repair or a place of the desk is one tap away."""
    view = amiss()
    bare = Snapshot(households={"nowhere": view.households["nowhere"]})
    found = (*kinds(view, assign(view), TODAY), *kinds(bare, assign(bare), TODAY))
    assert {kind.code for kind in found} == {c for c in catalogue() if c.startswith(("grid.", "grids."))}
    assert [row.what for kind in found for row in kind.rows if not (row.offers or row.ways)] == []


def test_doors_outside_all_grids_can_be_planned_and_adopted(tmp_path: Path) -> None:
    """The two of the twenty-two: a visit that takes the point, and the only grid of their village."""
    store = Store.create(tmp_path / "22.db", county=COUNTY, salt="22", clock=lambda: twentytwo.WRITTEN)
    store.facts.record(twentytwo.facts())
    view = store.snapshot()
    store.close()
    found = {kind.code: kind for kind in kinds(view, assign(view), twentytwo.LAST_DAY)}
    (row,) = found["grid.outside"].rows
    assert [house.id for house in row.households] == ["h21", "h22"]
    assert row.ways[0][0] == "/plans?day=2026-03-31&span=day&household=h21&household=h22"
    (adopt,) = row.offers
    assert adopt.changes == ("2 户从 网格外 移到 001 南塘网格",)


def test_no_grid_at_all_is_not_no_problem() -> None:
    """A file without grids says that everybody counts as outside, and leads to the list; empty, nothing."""
    houses = {house.id: replace(house, grid_code=None) for house in HOUSEHOLDS}
    bare = Snapshot(divisions={NORTH.code: NORTH}, households=houses)
    (only,) = kinds(bare, assign(bare), TODAY)
    (row,) = only.rows
    assert row.what == f"还没有一个网格:{len(houses)} 户都计入网格外"
    assert row.ways == (("/people", "看名单"),)
    nobody = replace(bare, households={})
    assert kinds(nobody, assign(nobody), TODAY) == ()
