"""What lies in a folder of road graphs: one small file beside them."""

from __future__ import annotations

import json
import os
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path

from fieldmap.errors import RoadError
from fieldmap.models import TravelMode

__all__ = ["Box", "Graph", "Index", "inside"]

type Box = tuple[float, float, float, float]
"""West, south, east, north in degrees."""

_FILE = "network.json"


def inside(box: Box, lon: float, lat: float) -> bool:
    """Return whether a point lies in a box; NaN does not."""
    return box[0] <= lon <= box[2] and box[1] <= lat <= box[3]


@dataclass(frozen=True, slots=True)
class Graph:
    """One built graph: its folder, its kind (CH or MLD) and its speed in km/h."""

    folder: str
    algorithm: str
    kmh: float


@dataclass(frozen=True, slots=True)
class Index:
    """The graphs of one road file.

    Attributes
    ----------
    name
        Of the road file.
    digest
        Of the file's content and the box cut out of it.
    box
        Where there are roads.
    """

    name: str
    digest: str
    box: Box
    graphs: Mapping[TravelMode, Graph]

    @classmethod
    def read(cls, folder: Path) -> Index:
        """Read the index of `folder`.

        Raises
        ------
        RoadError
            There is none, or it is no index.
        """
        try:
            content = json.loads((folder / _FILE).read_text(encoding="utf-8"))
            graphs = {TravelMode(mode): Graph(**graph) for mode, graph in content["graphs"].items()}
            west, south, east, north = map(float, content["box"])
            return cls(str(content["name"]), str(content["digest"]), (west, south, east, north), graphs)
        except (OSError, ValueError, KeyError, TypeError, AttributeError):
            raise RoadError("road.none", folder) from None

    def write(self, folder: Path) -> None:
        """Write the index whole: a reader sees the old one or the new one."""
        content = {
            "name": self.name,
            "digest": self.digest,
            "box": self.box,
            "graphs": {mode.value: asdict(graph) for mode, graph in self.graphs.items()},
        }
        new = folder / f".{_FILE}.{os.getpid()}"
        new.write_text(json.dumps(content, indent=1), encoding="utf-8")
        new.replace(folder / _FILE)
