"""Grids and sites of a map file."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import shapely

from fieldmap.datum import Datum, from_wgs84
from fieldmap.errors import InputError
from fieldmap.models import SiteFunction
from fieldmap.places import read_grids, read_sites
from tests.web.cli.county import collection, feature

CODE = "990101100201001"
BOX = shapely.box(116.92, 33.30, 116.95, 33.32)
SITE: dict[str, object] = {
    "id": "s1",
    "name": "安镇社工站",
    "functions": ["station", "meal_point"],
    "division_code": "990101100000",
}
HERE = shapely.Point(116.931, 33.310)


def written(folder: Path, *features: dict[str, Any]) -> Path:
    path = folder / "places.geojson"
    path.write_text(collection(features), encoding="utf-8")
    return path


def test_a_grid_has_its_polygon_or_none(tmp_path: Path) -> None:
    """Both are grids; the one without says so and is kept."""
    path = written(
        tmp_path,
        feature(BOX, code=CODE, name="一网格", owner_id="w1", alias="1号"),
        feature(None, code="990101100201002", name=""),
    )
    (first, second), issues = read_grids(path)
    assert first.polygon_wkb is not None
    assert shapely.from_wkb(first.polygon_wkb).equals(BOX)
    assert (first.name, first.owner_id, first.alias) == ("一网格", "w1", "1号")
    assert (first.division_code, second.division_code) == (CODE[:12], CODE[:12])
    assert (second.polygon_wkb, second.name, second.owner_id) == (None, "990101100201002", None)
    assert [(i.row, i.code, i.kept) for i in issues] == [(2, "places.no-geometry", True)]


@pytest.mark.parametrize("heading", ["code", "grid_code", "网格编码", "网格代码", "编码"])
def test_the_code_may_stand_under_several_headings(heading: str, tmp_path: Path) -> None:
    """Whatever the county calls it, also as a number."""
    (text, whole), _ = read_grids(
        written(tmp_path, feature(BOX, **{heading: CODE}), feature(BOX, **{heading: CODE}))
    )
    assert text.code == whole.code == CODE


def test_a_grid_in_gcj02_comes_to_lie_where_it_is(tmp_path: Path) -> None:
    """The polygon is kept in WGS-84 with what the file was said to be in."""
    moved = shapely.transform(BOX, lambda xy: shapely.get_coordinates(_shifted(xy)))
    ((grid,), _) = read_grids(written(tmp_path, feature(moved, code=CODE)), Datum.GCJ02)
    assert grid.polygon_wkb is not None
    assert shapely.from_wkb(grid.polygon_wkb).hausdorff_distance(BOX) < 1e-6
    assert grid.datum_claimed == "GCJ-02"


def _shifted(xy: Any) -> Any:
    lon, lat = from_wgs84(xy[:, 0], xy[:, 1], Datum.GCJ02)
    return shapely.linestrings(lon, lat)


def test_a_site_carries_several_functions(tmp_path: Path) -> None:
    """A list, or words parted by semicolons, or a list in a text."""
    path = written(
        tmp_path,
        feature(HERE, **SITE),
        feature(HERE, **{**SITE, "id": "s2", "functions": "clinic; school"}),
        feature(None, **{**SITE, "id": "s3", "functions": '["room"]'}),
    )
    sites, issues = read_sites(path)
    assert [s.functions for s in sites] == [
        (SiteFunction.STATION, SiteFunction.MEAL_POINT),
        (SiteFunction.CLINIC, SiteFunction.SCHOOL),
        (SiteFunction.ROOM,),
    ]
    assert sites[0].position is not None
    assert (sites[0].position.lon, sites[2].position) == (116.931, None)
    assert [i.code for i in issues] == ["places.no-geometry"]


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"functions": ["temple"]}, "functions"),
        ({"functions": []}, "functions"),
        ({"functions": '["room"'}, None),
        ({"division_code": "12"}, "division_code"),
        ({"id": ""}, "id"),
    ],
)
def test_a_site_that_cannot_be_used_is_named(
    change: dict[str, object], field: str | None, tmp_path: Path
) -> None:
    """The other site of the file is kept."""
    path = written(tmp_path, feature(HERE, **SITE), feature(HERE, **{**SITE, "id": "s2", **change}))
    sites, issues = read_sites(path)
    assert len(sites) == (2 if field is None else 1)
    assert [(i.row, i.field, i.kept) for i in issues] == ([] if field is None else [(2, field, False)])


def test_a_wrong_code_costs_its_grid_only(tmp_path: Path) -> None:
    """The issue says what a grid code is."""
    (grid,), issues = read_grids(written(tmp_path, feature(BOX, code="12"), feature(BOX, code=CODE)))
    assert grid.code == CODE
    assert [(i.row, i.field, i.value) for i in issues] == [(1, "code", "12")]


@pytest.mark.parametrize(("read", "names"), [(read_grids, "网格编码"), (read_sites, "functions")])
def test_a_file_without_the_column_is_refused(read: Any, names: str, tmp_path: Path) -> None:
    """The message lists the headings that are looked for."""
    with pytest.raises(InputError, match=names):
        read(written(tmp_path, feature(BOX, x=1)))
