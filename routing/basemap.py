"""A base map beside the road graphs: what stands and flows around the roads, by layer.

Four FlatGeobuf files (``roads``, ``water``, ``buildings``, ``names``) with a
spatial index each, made of the same file as the graphs and kept in a folder
named by its digest. A layer with nothing in it has no file.
"""

from __future__ import annotations

import tempfile
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pyogrio
import shapely
from numpy.typing import NDArray

from fieldmap.errors import RoadError
from routing._index import Box, Index
from routing.roadfile import Feature, features
from routing.shapes import Landmark, way_kind

__all__ = ["LAYERS", "BaseMap", "Layer", "draw"]

LAYERS = ("roads", "water", "buildings", "names")
"""The layers of a base map."""

_VERSION = "1"
_FIELDS = ("kind", "name", "over")


@dataclass(frozen=True, slots=True)
class Layer:
    """Some features of a layer; arrays of one length, text and shapely geometries in WGS-84 degrees."""

    kind: NDArray[np.object_]
    name: NDArray[np.object_]
    over: NDArray[np.object_]
    geometry: NDArray[np.object_]

    def __len__(self) -> int:
        """Return the number of features."""
        return len(self.geometry)

    def where(self, wanted: Any) -> Layer:
        """Return the features of a mask or of some numbers, in that order."""
        return Layer(self.kind[wanted], self.name[wanted], self.over[wanted], self.geometry[wanted])


@dataclass(frozen=True, slots=True)
class BaseMap:
    """A base map that was drawn; open it with :meth:`open`."""

    folder: Path

    @classmethod
    def open(cls, network: Path) -> BaseMap | None:
        """Open the base map beside the graphs in `network`; None where there is none."""
        try:
            folder = _folder(network, Index.read(network).digest)
        except RoadError:
            return None
        return cls(folder) if folder.is_dir() else None

    def layer(self, layer: str, box: Box) -> Layer:
        """Return the features of one of :data:`LAYERS` whose envelope touches `box`."""
        path = self.folder / f"{layer}.fgb"
        if not path.is_file():
            none = np.empty(0, np.object_)
            return Layer(none, none, none, none)
        _, _, wkb, columns = pyogrio.raw.read(path, columns=_FIELDS, bbox=box)
        kind, name, over = (np.asarray(column, np.object_) for column in columns)
        return Layer(kind, name, over, np.asarray(shapely.from_wkb(wkb)))

    def landmarks(self, box: Box) -> tuple[Landmark, ...]:
        """Return what has a name in `box` and is no road."""
        layers = [self.layer(name, box) for name in LAYERS if name != "roads"]
        return tuple(
            Landmark(name, geometry)
            for layer in layers
            for name, geometry in zip(layer.name, layer.geometry, strict=True)
            if name
        )


def draw(pbf: Path, network: Path, digest: str) -> None:
    """Draw the base map of a road file into a folder of graphs, unless it is there; whole or not at all.

    Parameters
    ----------
    pbf
        The file the graphs are made of.
    digest
        Of the file and the box, :attr:`routing._index.Index.digest`.
    """
    folder = _folder(network, digest)
    if folder.is_dir():
        return
    with tempfile.TemporaryDirectory(prefix=".new-", dir=network) as fresh:
        new = Path(fresh, "map")
        new.mkdir()
        found: dict[str, list[Feature]] = {layer: [] for layer in LAYERS}
        for feature in features(pbf):
            found[feature.layer].append(feature)
        for layer, several in found.items():
            _write(new / f"{layer}.fgb", [f for f in several if layer != "roads" or way_kind(f.kind)])
        new.rename(folder)


def _folder(network: Path, digest: str) -> Path:
    return network / f"map-{digest[:12]}-{_VERSION}"


def _write(path: Path, several: Iterable[Feature]) -> None:
    rows = list(several)
    if not rows:
        return
    columns = [[getattr(row, name) for row in rows] for name in _FIELDS]
    pyogrio.raw.write(
        path,
        np.array([row.wkb for row in rows], np.object_),
        [np.asarray(column, np.object_) for column in columns],
        fields=list(_FIELDS),
        geometry_type="Unknown",
        crs="EPSG:4326",
        driver="FlatGeobuf",
        SPATIAL_INDEX="YES",
    )
