"""The tiles of a base map: what is in them, against the layers they are made of."""

from __future__ import annotations

from collections import Counter
from pathlib import Path
from typing import Any

import numpy as np
import pyogrio
import pytest
import shapely
from numpy.typing import NDArray
from pyproj import Transformer

from fieldmap.errors import RoadError
from routing._index import Box, Index
from routing.basemap import BaseMap, Layer, draw
from routing.shapes import way_kind
from routing.tiles import SHEETS, TILE_LAYER, Tiles, make_tiles
from tests.routing.test_clip import drawn
from tests.routing.test_network import xml

DIGEST = "0123456789abcdef"
WORLD: Box = (-180, -85, 180, 85)
ROUNDED_M = 2.5
"""A tile of level 14 has 4,096 steps of 0.6 m; a corner moves by less than this."""

type Drawn = tuple[NDArray[np.object_], dict[str, NDArray[Any]]]


def folder(home: Path, osm: str) -> Path:
    """Write a road file and its base map; no graphs, which tiles do not need."""
    home.mkdir(exist_ok=True)
    (home / "village.osm").write_text(osm, encoding="utf-8")
    network = home / "network"
    network.mkdir()
    draw(home / "village.osm", network, DIGEST)
    Index("village.osm", DIGEST, (115.0, 35.4, 115.1, 35.6), {}).write(network)
    return network


@pytest.fixture(scope="module")
def network(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return folder(tmp_path_factory.mktemp("tiles"), drawn())


def read(tiles: Tiles, level: int) -> Drawn:
    """Return what the tiles of a level show: geometries in web Mercator metres, and their fields."""
    sheet = next(sheet for sheet in SHEETS if sheet.first <= level <= sheet.last)
    meta, _, wkb, columns = pyogrio.raw.read(tiles.folder / sheet.file, layer=TILE_LAYER, ZOOM_LEVEL=level)
    return shapely.from_wkb(wkb), dict(zip(meta["fields"], columns, strict=True))


def base_layer(network: Path, name: str) -> Layer:
    base = BaseMap.open(network)
    assert base is not None
    return base.layer(name, WORLD)


def in_metres(layer: Layer) -> Any:
    """Return the shapes of a layer as one, in web Mercator metres."""
    to = Transformer.from_crs("EPSG:4326", "EPSG:3857", always_xy=True)
    return shapely.union_all(
        shapely.transform(layer.geometry, lambda c: np.column_stack(to.transform(c[:, 0], c[:, 1])))
    )


def test_no_level_is_in_two_files() -> None:
    """From level 8 to 14 every level has one file."""
    levels = [level for sheet in SHEETS for level in range(sheet.first, sheet.last + 1)]
    assert levels == list(range(8, 15))


def test_the_finest_level_shows_everything(network: Path) -> None:
    """Roads by what people call them, water, houses, names: as many as the layers have."""
    _, fields = read(make_tiles(network), 14)
    pairs = set(zip(fields["layer"], fields["kind"], strict=True))
    assert pairs == {
        *(("roads", way_kind(kind)) for kind in base_layer(network, "roads").kind),
        ("water", "line"),
        ("water", "area"),
        ("buildings", "building"),
        ("names", "village"),
        ("names", "place"),
    }
    assert set(fields["name"]) - {None, ""} >= {"李庄", "李庄超市", "李庄小学", "马颊河", "荷塘"}
    assert {"bridge", "dike"} <= set(fields["over"])


@pytest.mark.parametrize("name", ["roads", "water", "buildings", "names"])
def test_a_shape_lies_where_the_layer_has_it(network: Path, name: str) -> None:
    """Every layer read back from the finest level lies within the rounding of a tile."""
    shapes, fields = read(make_tiles(network), 14)
    found = shapely.union_all(shapes[fields["layer"] == name])
    assert shapely.hausdorff_distance(found, in_metres(base_layer(network, name))) < ROUNDED_M


def test_from_afar_there_are_fewer_things(network: Path) -> None:
    """A town's level has no houses, a county's no lane: of this village's ways the ferry is left."""
    tiles = make_tiles(network)
    town, county = read(tiles, 12)[1], read(tiles, 9)[1]
    assert Counter(town["layer"])["buildings"] == 0
    assert set(town["kind"][town["layer"] == "roads"]) > {"lane", "ferry"}
    assert list(county["kind"][county["layer"] == "roads"]) == ["ferry"]
    assert set(county["layer"]) == {"water", "roads"}


def test_tiles_are_made_once(network: Path) -> None:
    """The second call finds them; they are named by the digest of the road file."""
    first = make_tiles(network)
    written = {path: path.stat().st_mtime_ns for _, path in first.sheets()}
    again = make_tiles(network)
    assert again == first == Tiles.open(network)
    assert again.edition == "tiles-0123456789ab-2"
    assert {path: path.stat().st_mtime_ns for _, path in again.sheets()} == written
    assert again.file("town.pmtiles") in written
    assert again.file("../network.json") is None


def test_a_level_without_anything_has_no_file(tmp_path: Path) -> None:
    """A hamlet with nothing but a lane is not to be seen from afar."""
    hamlet = f'<osm version="0.6">{"".join(line for line in xml().splitlines() if "<node" in line)}'
    lane = '<way id="1" version="1"><nd ref="1"/><nd ref="2"/><tag k="highway" v="residential"/></way></osm>'
    tiles = make_tiles(folder(tmp_path / "hamlet", hamlet + lane))
    assert [sheet.name for sheet, _ in tiles.sheets()] == ["town", "street"]


def test_without_roads_there_are_no_tiles(tmp_path: Path) -> None:
    """No folder, no graphs in it, no base map beside them: each is said, and nothing is left behind."""
    assert Tiles.open(tmp_path / "nowhere") is None
    with pytest.raises(RoadError, match="fieldmap network") as nothing:
        make_tiles(tmp_path / "nowhere")
    Index("old.osm", DIGEST, (0, 0, 1, 1), {}).write(tmp_path)
    with pytest.raises(RoadError, match="fieldmap network") as old:
        make_tiles(tmp_path)
    assert (nothing.value.code, old.value.code) == ("road.none", "tiles.map")
    assert [path.name for path in tmp_path.iterdir()] == ["network.json"]


def test_tiles_that_cannot_be_put_in_place_leave_nothing(tmp_path: Path) -> None:
    """Where something else has their name the command says so; no half a folder stays."""
    network = folder(tmp_path / "village", drawn())
    (network / "tiles-0123456789ab-2").write_text("in the way", encoding="utf-8")
    before = sorted(path.name for path in network.iterdir())
    with pytest.raises(RoadError) as refused:
        make_tiles(network)
    assert refused.value.code == "tiles.write"
    assert sorted(path.name for path in network.iterdir()) == before
