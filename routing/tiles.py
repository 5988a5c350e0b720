"""Vector tiles of a base map: one PMTiles file beside the road graphs, whole or not at all."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from fieldmap.errors import RoadError
from routing._index import Index

__all__ = ["Tiles"]

_VERSION = "1"


@dataclass(frozen=True, slots=True)
class Tiles:
    """Tiles that were made; open them with :meth:`open`.

    Attributes
    ----------
    path
        The PMTiles file, named by the digest of what it was made of.
    """

    path: Path

    @property
    def name(self) -> str:
        """Return the name of the file: another content has another one."""
        return self.path.name

    @classmethod
    def open(cls, network: Path) -> Tiles | None:
        """Open the tiles beside the graphs in `network`; None where there are none."""
        try:
            path = tiles_path(network, Index.read(network).digest)
        except RoadError:
            return None
        return cls(path) if path.is_file() else None


def tiles_path(network: Path, digest: str) -> Path:
    """Return where the tiles of a road file belong."""
    return network / f"tiles-{digest[:12]}-{_VERSION}.pmtiles"
