"""``basemap``, and ``network`` which does it too."""

from __future__ import annotations

from pathlib import Path

from routing.tiles import Tiles
from tests.routing.test_clip import drawn
from tests.routing.test_tiles import folder
from tests.web.cli.county import Station

DRAWN = {
    "county": "level 8-10, {} kB, water, roads",
    "town": "level 11-13, {} kB, water, roads, names",
    "street": "level 14, {} kB, roads, water, buildings, names",
}


def test_the_base_map_is_made_and_said(tmp_path: Path) -> None:
    """Where it is, and of each file the levels, the size and what is drawn; a second run says the same."""
    network = folder(tmp_path / "home", drawn())
    station = Station(tmp_path)
    ran = station.done("basemap", "--network", network)
    said = [line.strip() for line in ran.out.splitlines()]
    made = Tiles.open(network)
    assert made is not None
    assert said[0] == f"The base map is in {made.folder}"
    assert said[1:] == [
        f"{path.name}: {DRAWN[sheet.name].format(round(path.stat().st_size / 1000))}"
        for sheet, path in made.sheets()
    ]
    assert len(said) == 4
    assert station.done("basemap", FIELDMAP_NETWORK=str(network)).out == ran.out
    assert "第 11-13 级" in station.done("basemap", "--network", network, FIELDMAP_LANG="zh-CN").out


def test_a_network_brings_its_base_map(tmp_path: Path) -> None:
    """Whoever builds the graphs has the tiles of the same file beside them."""
    station = Station(tmp_path)
    ran = station.done("network", station.write("village.osm", drawn()), "--quick")
    made = Tiles.open(tmp_path / "network")
    assert made is not None
    assert [sheet.name for sheet, _ in made.sheets()] == ["county", "town", "street"]
    assert f"The base map is in {made.folder}" in ran.out


def test_without_graphs_there_is_nothing_to_draw(tmp_path: Path) -> None:
    """It ends with the road network's exit code and says which command comes first."""
    ran = Station(tmp_path).run("basemap")
    assert ran.code == 8
    assert "fieldmap network" in ran.err
    assert not (tmp_path / "network").exists()
