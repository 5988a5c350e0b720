"""Map files: the three formats, their datum, and shapes that need mending."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import geopandas as gpd
import pytest
from shapely.geometry import Polygon, box

from fieldmap.datum import Datum, from_wgs84
from fieldmap.errors import InputError
from fieldmap.readers import read_places

GRID = box(116.93, 33.30, 116.94, 33.31)
FRAME = gpd.GeoDataFrame(
    {"code": ["990101100201001"], "name": ["安家一网格"]}, geometry=[GRID], crs="EPSG:4326"
)


def feature(shape: Any, **properties: str) -> dict[str, Any]:
    geometry = None if shape is None else shape.__geo_interface__
    return {"type": "Feature", "properties": {"name": "网格", **properties}, "geometry": geometry}


def geojson(path: Path, *features: dict[str, Any]) -> Path:
    path.write_text(json.dumps({"type": "FeatureCollection", "features": features}), encoding="utf-8")
    return path


@pytest.mark.parametrize(
    ("name", "crs", "datum"),
    [
        ("grids.geojson", "EPSG:4326", Datum.WGS84),
        *((f"grids.{kind}", "EPSG:4326", Datum.WGS84) for kind in ("shp", "gpkg")),
        *((f"grids.{kind}", "EPSG:4490", Datum.CGCS2000) for kind in ("shp", "gpkg")),
        *((f"grids.{kind}", "EPSG:4527", Datum.CGCS2000) for kind in ("shp", "gpkg")),
    ],
)
def test_formats(tmp_path: Path, name: str, crs: str, datum: Datum) -> None:
    """Each format gives the same polygon in degrees, in whatever true system it was saved."""
    FRAME.to_crs(crs).to_file(tmp_path / name)
    places = read_places(tmp_path / name)
    assert (places.datum, places.issues) == (datum, ())
    assert places.frame.crs.to_epsg() == 4326
    assert places.frame["name"].tolist() == ["安家一网格"]
    assert places.frame.geometry[0].bounds == pytest.approx(GRID.bounds, abs=1e-7)


@pytest.mark.parametrize("datum", [Datum.GCJ02, Datum.BD09])
def test_declared_datum(tmp_path: Path, datum: Datum) -> None:
    """A file in a shifted datum is brought back when the datum is declared, or named per feature."""
    shifted = Polygon([tuple(map(float, from_wgs84(x, y, datum))) for x, y in GRID.exterior.coords])
    declared = read_places(geojson(tmp_path / "a.geojson", feature(shifted)), datum)
    named = read_places(
        geojson(tmp_path / "b.geojson", feature(shifted, 坐标系=datum), feature(GRID, 坐标系=""))
    )
    for shape in (declared.frame.geometry[0], *named.frame.geometry):
        assert shape.bounds == pytest.approx(GRID.bounds, abs=1e-8)
    assert named.frame["datum_claimed"].tolist() == [datum, "WGS-84"]


def test_missing_and_broken_shapes(tmp_path: Path) -> None:
    """A grid may have no polygon; one that crosses itself is mended; both are reported."""
    bow = Polygon([(116.93, 33.30), (116.94, 33.31), (116.94, 33.30), (116.93, 33.31)])
    places = read_places(geojson(tmp_path / "a.geojson", feature(GRID), feature(None), feature(bow)))
    assert [(i.row, i.code, i.kept) for i in places.issues] == [
        (2, "places.no-geometry", True),
        (3, "places.invalid", True),
    ]
    assert places.frame.geometry[1] is None
    assert places.frame.geometry[2].is_valid
    assert places.frame.geometry[2].area == pytest.approx(bow.buffer(0).area * 2, rel=0.01)


def test_unknown_datum_of_a_feature(tmp_path: Path) -> None:
    """A datum that nobody knows is reported, and the file's own is taken."""
    places = read_places(geojson(tmp_path / "a.geojson", feature(GRID, datum="北京54")))
    assert [(i.row, i.field, i.value, i.code) for i in places.issues] == [
        (1, "datum", "北京54", "places.datum-unknown")
    ]


def test_shapefile_without_system(tmp_path: Path) -> None:
    """A Shapefile without its .prj is taken as WGS-84, and the guess is reported."""
    FRAME.to_file(tmp_path / "a.shp")
    (tmp_path / "a.prj").unlink()
    assert [i.code for i in read_places(tmp_path / "a.shp").issues] == ["datum.unsaid"]


@pytest.mark.parametrize(
    ("name", "content", "code"),
    [
        ("a.geojson", None, "table.missing"),
        ("a.kml", "<kml/>", "table.extension"),
        ("a.geojson", "{", "places.unreadable"),
        ("a.gpkg", "no database", "places.unreadable"),
        ("a.shp", "no shapes", "places.unreadable"),
        ("a.geojson", '{"type": "FeatureCollection", "features": []}', "table.empty"),
    ],
)
def test_unreadable(tmp_path: Path, name: str, content: str | None, code: str) -> None:
    """What cannot be read is an error with its own code."""
    if content is not None:
        (tmp_path / name).write_text(content, encoding="utf-8")
    with pytest.raises(InputError) as error:
        read_places(tmp_path / name)
    assert error.value.code == code


def test_swapped_axes(tmp_path: Path) -> None:
    """A file whose latitude comes first lies outside China and is refused with its bounds."""
    with pytest.raises(InputError, match=r"33\.3000, 116\.9300") as error:
        read_places(geojson(tmp_path / "a.geojson", feature(box(33.30, 116.93, 33.31, 116.94))))
    assert error.value.code == "places.range"
