"""``network``: road graphs from an OpenStreetMap file; ``basemap``: what is drawn under the coverage map."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import click

from fieldmap.errors import InputError, Issue
from fieldmap.models import Household, Position
from fieldmap.settings import Settings, load
from routing.network import Network, build
from routing.tiles import Tiles, make_tiles
from web.cli.output import issues_list, opened, progress, say

__all__ = ["COMMANDS"]

_LAYERS = {"roads": "道路", "water": "水系", "buildings": "房屋", "names": "地名"}


@click.command(short_help="路网 · Build the road graphs from an OpenStreetMap file.")
@click.argument("file", metavar="FILE.osm.pbf", type=click.Path(path_type=Path))
@click.option("--bbox", default=None, metavar="W,S,E,N", help="Only this box, degrees in WGS-84.")
@click.option("--quick", is_flag=True, help="A first answer sooner: multi-level instead of contraction.")
def network(file: Path, bbox: str | None, quick: bool) -> None:
    """路网。Build the walk, e-bike and car graphs of FILE.osm.pbf into FIELDMAP_NETWORK.

    The base map of the coverage map is made of the same file, as by `fieldmap basemap`.
    Where there is a county file, a road file of another place is refused and
    doors farther than FIELDMAP_SNAP_LIMIT_M from a road are listed as issues.
    """
    settings = load()
    placed = _placed(settings) if settings.db.is_file() else []
    doors = [h.door for h in placed if h.door is not None]
    with progress("network") as step:
        made = build(
            file,
            settings.network,
            bbox=_box(bbox) if bbox else None,
            quick=quick,
            doors=doors,
            settings=settings,
            progress=lambda what, share: step(share, 1.0, what),
        )
    say(f"路网已建在 {settings.network}", f"Built the road graphs in {settings.network}")
    _say_tiles(make_tiles(settings.network))
    issues_list(file.name, far_doors(placed, made, settings.snap_limit_m))


@click.command(short_help="底图 · Make the base map of the coverage map.")
@click.option(
    "--network",
    "folder",
    default=None,
    type=click.Path(path_type=Path),
    help="The folder of the road graphs (FIELDMAP_NETWORK).",
)
def basemap(folder: Path | None) -> None:
    """底图。Make the base map under the coverage map, of the file the graphs are of.

    Roads, water, buildings and names, as vector tiles (PMTiles) in a folder
    beside the graphs in FIELDMAP_NETWORK; `fieldmap network` does it too.
    Tiles of the same file that are there already are left as they are.
    """
    _say_tiles(make_tiles(folder or load().network))


def _say_tiles(tiles: Tiles) -> None:
    """Say which files a base map has."""
    say(f"底图在 {tiles.folder}", f"The base map is in {tiles.folder}")
    for sheet, path in tiles.sheets():
        size = f"{path.stat().st_size / 1000:,.0f} kB"
        levels = f"{sheet.first}" if sheet.first == sheet.last else f"{sheet.first}-{sheet.last}"
        drawn = "、".join(_LAYERS[layer] for layer in sheet.layers)
        say(
            f"  {path.name}:第 {levels} 级,{size},{drawn}",
            f"  {path.name}: level {levels}, {size}, {', '.join(sheet.layers)}",
        )


def _placed(settings: Settings) -> list[Household]:
    """Return the households whose door is known."""
    with opened(settings) as store:
        return [h for h in store.snapshot().households.values() if h.door is not None]


def far_doors(placed: Sequence[Household], roads: Network, limit_m: int) -> list[Issue]:
    """Return an issue for every household whose door lies too far from a road."""
    doors: list[Position] = [h.door for h in placed if h.door is not None]
    return [
        Issue(0, placed[i].address, f"{metres} m", "road.snap", kept=True, details={"limit": limit_m})
        for i, metres in roads.far(doors, limit_m)
    ]


def _box(text: str) -> tuple[float, float, float, float]:
    try:
        west, south, east, north = (float(part) for part in text.split(","))
    except ValueError:
        raise InputError("network.bbox", text) from None
    if not (west < east and south < north):
        raise InputError("network.bbox", text)
    return west, south, east, north


COMMANDS = (network, basemap)
