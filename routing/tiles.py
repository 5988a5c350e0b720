"""Vector tiles of a base map: PMTiles files beside the road graphs, made whole or not at all.

GDAL's writer takes one table of features for all levels of a file, so that a
far look would carry every lane and every house: each range of levels
(:data:`SHEETS`) is a file of its own with what is drawn there.

A tile has one layer, ``map``; its features carry ``layer`` and ``kind``
(of roads :func:`routing.shapes.way_kind`), ``name`` and ``over``.
"""

from __future__ import annotations

import tempfile
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pyogrio
import shapely

from fieldmap.errors import RoadError
from routing._index import Index
from routing.basemap import LAYERS, BaseMap, Layer
from routing.shapes import way_kind

__all__ = ["SHEETS", "TILE_LAYER", "Sheet", "Tiles", "make_tiles"]

TILE_LAYER = "map"
"""The one layer of every tile."""

_VERSION = "2"
_FIELDS = ("layer", "kind", "name", "over")
_WORLD = (-180.0, -85.0, 180.0, 85.0)


@dataclass(frozen=True, slots=True)
class Sheet:
    """A range of levels and what is drawn there.

    Attributes
    ----------
    first, last
        Levels of the tiling, both included.
    layers
        Of :data:`routing.basemap.LAYERS`.
    roads
        The kinds of way (:func:`routing.shapes.way_kind`); empty: all.
    """

    name: str
    first: int
    last: int
    layers: tuple[str, ...]
    roads: frozenset[str] = frozenset()

    @property
    def file(self) -> str:
        """Return the name of the sheet's file."""
        return f"{self.name}.pmtiles"


SHEETS = (
    Sheet("county", 8, 10, ("water", "roads"), frozenset({"main", "ferry"})),
    Sheet("town", 11, 13, ("water", "roads", "names")),
    Sheet("street", 14, 14, LAYERS),
)
"""The files of a base map, from afar to near; no level is in two of them."""


@dataclass(frozen=True, slots=True)
class Tiles:
    """Tiles that were made; open them with :meth:`open`.

    Attributes
    ----------
    folder
        Holds the files of :data:`SHEETS` that have anything in them.
    """

    folder: Path

    @classmethod
    def open(cls, network: Path) -> Tiles | None:
        """Open the tiles beside the graphs in `network`; None where there are none."""
        try:
            folder = _folder(network, Index.read(network).digest)
        except RoadError:
            return None
        return cls(folder) if folder.is_dir() else None

    @property
    def edition(self) -> str:
        """Return the name of the folder, of the digest of what the tiles were made of."""
        return self.folder.name

    def sheets(self) -> Iterator[tuple[Sheet, Path]]:
        """Yield the sheets that have anything in them, with their files."""
        for sheet in SHEETS:
            path = self.folder / sheet.file
            if path.is_file():
                yield sheet, path

    def file(self, name: str) -> Path | None:
        """Return one of the files by its name; None for any other name."""
        return next((path for sheet, path in self.sheets() if sheet.file == name), None)


def make_tiles(network: Path) -> Tiles:
    """Make the tiles of the base map beside the graphs in `network`, unless they are there.

    Raises
    ------
    RoadError
        ``road.none``: there are no graphs; ``tiles.map``: no base map lies
        beside them; ``tiles.write``: the files cannot be written. Nothing is
        left behind.
    """
    folder = _folder(network, Index.read(network).digest)
    if folder.is_dir():
        return Tiles(folder)
    base = BaseMap.open(network)
    if base is None:
        raise RoadError("tiles.map", network)
    try:
        _make(base, folder)
    except (OSError, RuntimeError) as error:
        raise RoadError("tiles.write", folder, why=error) from error
    return Tiles(folder)


def _folder(network: Path, digest: str) -> Path:
    return network / f"tiles-{digest[:12]}-{_VERSION}"


def _make(base: BaseMap, folder: Path) -> None:
    layers = {name: base.layer(name, _WORLD) for name in LAYERS}
    with tempfile.TemporaryDirectory(prefix=".new-", dir=folder.parent) as fresh:
        new = Path(fresh, "tiles")
        new.mkdir()
        for sheet in SHEETS:
            drawn = [(name, _kept(layers[name], name, sheet)) for name in sheet.layers]
            _write(new / sheet.file, sheet, drawn)
        new.rename(folder)


def _kept(layer: Layer, name: str, sheet: Sheet) -> Layer:
    """Return what a sheet draws of a layer, roads by what people call them."""
    if name != "roads":
        return layer
    kinds = np.array([way_kind(kind) for kind in layer.kind], np.object_)
    kept = np.isin(kinds, list(sheet.roads)) if sheet.roads else kinds != ""
    return Layer(kinds, layer.name, layer.over, layer.geometry).where(kept)


def _write(path: Path, sheet: Sheet, several: Sequence[tuple[str, Layer]]) -> None:
    """Write a sheet; one with nothing in it has no file."""
    columns = [
        np.concatenate([np.full(len(layer), name, np.object_) for name, layer in several]),
        *(np.concatenate([getattr(layer, field) for _, layer in several]) for field in _FIELDS[1:]),
    ]
    if not len(columns[0]):
        return
    pyogrio.raw.write(
        path,
        shapely.to_wkb(np.concatenate([layer.geometry for _, layer in several])),
        columns,
        fields=list(_FIELDS),
        geometry_type="Unknown",
        crs="EPSG:4326",
        driver="PMTiles",
        layer=TILE_LAYER,
        dataset_options={"MINZOOM": str(sheet.first), "MAXZOOM": str(sheet.last)},
    )
