"""``network``: road graphs from an OpenStreetMap file."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import click

from fieldmap.errors import InputError, Issue
from fieldmap.models import Household, Position
from fieldmap.settings import Settings, load
from routing.network import Network, build
from web.cli.output import issues_list, opened, progress, say

__all__ = ["COMMANDS"]


@click.command(short_help="路网 · Build the road graphs from an OpenStreetMap file.")
@click.argument("file", metavar="FILE.osm.pbf", type=click.Path(path_type=Path))
@click.option("--bbox", default=None, metavar="W,S,E,N", help="Only this box, degrees in WGS-84.")
@click.option("--quick", is_flag=True, help="A first answer sooner: multi-level instead of contraction.")
def network(file: Path, bbox: str | None, quick: bool) -> None:
    """路网。Build the walk, e-bike and car graphs of FILE.osm.pbf into FIELDMAP_NETWORK.

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
    issues_list(file.name, far_doors(placed, made, settings.snap_limit_m))


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


COMMANDS = (network,)
