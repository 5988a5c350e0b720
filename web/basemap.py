"""The base map under the coverage map: our own tiles, another host's, or none.

Our own come of the road file (``fieldmap basemap``) and are served by
ourselves. Another host is asked only where the settings name one, by the
map's frame alone, and the map then shows the approval number.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, replace
from enum import StrEnum

from fieldmap.datum import Datum
from fieldmap.settings import Settings
from fieldmap.tilesource import TileSource
from routing.tiles import Tiles
from web.i18n import gettext

__all__ = ["FINEST", "Base", "BaseKind", "BaseLayer", "base_of"]

FINEST = 22
"""The finest level a page's map may have."""

_SCRIPT = "/static/js/base-map.js"
_DRAWING = ("/vendor/protomaps-leaflet/protomaps-leaflet.js", "/static/js/base-map-style.js")


class BaseKind(StrEnum):
    """How a base map comes."""

    PMTILES = "pmtiles"
    TILES = "tiles"


@dataclass(frozen=True, slots=True)
class BaseLayer:
    """One layer of a base map.

    Attributes
    ----------
    url
        A PMTiles file of ours, or an address with ``{z}``, ``{x}``, ``{y}``.
    first, last
        The levels of the page's map at which it is drawn; between two files
        of ours no level is drawn twice, layers of another host lie one over
        the other.
    finest
        The finest level of its tiles; beyond it they are enlarged.
    """

    url: str
    first: int
    last: int
    finest: int


@dataclass(frozen=True, slots=True)
class Base:
    """A base map, as the map's frame needs it.

    Attributes
    ----------
    layers
        The lowest first.
    approval
        The approval number (审图号) of another's map.
    origin
        The one other host that is asked, as a content policy names it; empty
        for our own tiles.
    crs
        What Leaflet calls the map's projection, ``L.CRS.…``: ``EPSG3857``,
        ``EPSG4326``, or ``GCJ02``, which base-map.js defines. Everything put
        on such a map and everything taken from it stays in WGS-84.
    zoom_offset
        Added to Leaflet's level for the ``{z}`` of the address.
    """

    kind: BaseKind
    layers: tuple[BaseLayer, ...]
    attribution: str
    approval: str = ""
    origin: str = ""
    crs: str = "EPSG3857"
    zoom_offset: int = 0

    @property
    def script(self) -> str:
        """Return the address of the script that defines ``fieldmapBase``; it goes before the map is made."""
        return _SCRIPT

    def words(self) -> str:
        """Return whose map it is and its approval number, for a corner of the map."""
        number = gettext("审图号:{number}", number=self.approval) if self.approval else ""
        return " · ".join(part for part in (self.attribution, number) if part)

    def value(self) -> Mapping[str, object]:
        """Return what ``fieldmapBase.add(map, base)`` takes, as JSON has it."""
        return {
            "kind": self.kind.value,
            "layers": [asdict(layer) for layer in self.layers],
            "words": self.words(),
            "zoomOffset": self.zoom_offset,
            "scripts": _DRAWING if self.kind is BaseKind.PMTILES else (),
            "word": gettext("底图"),
        }


def base_of(settings: Settings) -> Base | None:
    """Return the base map of the settings: the source they name, else our own tiles, else None."""
    if settings.tiles is not None:
        return _of_source(settings.tiles)
    tiles = Tiles.open(settings.network)
    return None if tiles is None else _of_tiles(tiles)


def _of_tiles(tiles: Tiles) -> Base:
    """Return our own tiles; a tile is drawn over 512 pixels, so at the level after its own."""
    layers = [
        BaseLayer(f"/basemap/{tiles.edition}/{sheet.file}", sheet.first + 1, sheet.last + 1, sheet.last)
        for sheet, _ in tiles.sheets()
    ]
    if layers:
        layers[-1] = replace(layers[-1], last=FINEST)
    return Base(BaseKind.PMTILES, tuple(layers), gettext("地图数据 © OpenStreetMap 贡献者"))


def _of_source(source: TileSource) -> Base:
    degrees = source.matrix == "c"
    return Base(
        BaseKind.TILES,
        tuple(BaseLayer(url, 0, FINEST, source.max_zoom) for url in source.templates),
        source.attribution,
        source.approval,
        source.origin,
        "EPSG4326" if degrees else "GCJ02" if source.datum is Datum.GCJ02 else "EPSG3857",
        # Level 1 of a tiling by degrees has two tiles, where Leaflet has its level 0.
        zoom_offset=1 if degrees else 0,
    )
