"""A base map of somebody else's: an address with gaps, a key, a datum and an approval number.

Off by default. The law asks for the approval number (审图号) beside every
public map, and a map in another datum than it says lies half a kilometre off:
so a source is used only where all of that is given and can be used.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from fieldmap.datum import Datum
from fieldmap.errors import InputError

if TYPE_CHECKING:
    from fieldmap.settings import Settings

__all__ = ["MATRICES", "TILE_DATUMS", "TileSource"]

TILE_DATUMS = (Datum.WGS84, Datum.CGCS2000, Datum.GCJ02)
"""The datums a source may have; BD-09 comes in a tiling of its own, which no XYZ address describes."""

MATRICES = ("w", "c")
"""The tilings, by the letters of 天地图: web Mercator, or longitude and latitude."""

_ORIGIN = re.compile(r"https?://[a-z0-9](?:[a-z0-9.-]*[a-z0-9])?(?::\d{1,5})?(?=/)")
_UNSAFE = re.compile(r"[^!-~]|[\"'<>\\`^|]")
_GAP = re.compile(r"\{([^{}]*)\}")
_NEEDED = frozenset("zxy")
_ZOOMS = range(1, 23)


@dataclass(frozen=True, slots=True)
class TileSource:
    """Where tiles come from.

    Attributes
    ----------
    templates
        Addresses with ``{z}``, ``{x}`` and ``{y}``, the key filled in, the
        lowest layer first; all of one host.
    origin
        Scheme and host of all of them: what a page must be allowed to ask.
    datum
        One of :data:`TILE_DATUMS`.
    matrix
        One of :data:`MATRICES`.
    approval
        The approval number (审图号), shown on the map.
    attribution
        Whose map it is, shown on the map; may be empty.
    max_zoom
        The finest level the source has; beyond it the tiles are enlarged.
    """

    templates: tuple[str, ...]
    origin: str
    datum: Datum
    matrix: str
    approval: str
    attribution: str
    max_zoom: int

    @classmethod
    def of(cls, settings: Settings) -> TileSource | None:
        """Return the source of the settings; None where no address is set.

        Raises
        ------
        InputError
            ``tiles.*``: an address, the datum, the tiling, the approval number
            or the finest level is missing or cannot be used.
        """
        templates = tuple(settings.tile_url.split())
        if not templates:
            return None
        origin = _origin_of(templates)
        for template in templates:
            _check_gaps(template, settings.tile_key)
        if not settings.tile_approval.strip():
            raise InputError("tiles.approval", origin)
        if settings.tile_max_zoom not in _ZOOMS:
            raise InputError("tiles.zoom", settings.tile_max_zoom)
        return cls(
            tuple(template.replace("{key}", settings.tile_key) for template in templates),
            origin,
            _datum_of(settings.tile_datum, settings.tile_matrix),
            settings.tile_matrix,
            settings.tile_approval.strip(),
            settings.tile_attribution.strip(),
            settings.tile_max_zoom,
        )


def _origin_of(templates: Iterable[str]) -> str:
    """Return the one host of all addresses; pages are allowed to ask no other."""
    origins: set[str] = set()
    for template in templates:
        found = _ORIGIN.match(template)
        if found is None or _UNSAFE.search(template):
            raise InputError("tiles.url", template)
        origins.add(found[0])
    if len(origins) > 1:
        raise InputError("tiles.hosts", ", ".join(sorted(origins)))
    return origins.pop()


def _check_gaps(template: str, key: str) -> None:
    gaps = _GAP.findall(template)
    if set(gaps) - {"key"} != _NEEDED or "{" in _GAP.sub("", template) or "}" in _GAP.sub("", template):
        raise InputError("tiles.url", template)
    if ("key" in gaps) != bool(key):
        raise InputError("tiles.key", template)
    if key and (_UNSAFE.search(key) or _GAP.search(key)):
        raise InputError("tiles.key", template)


def _datum_of(text: str, matrix: str) -> Datum:
    if matrix not in MATRICES:
        raise InputError("tiles.matrix", matrix)
    datum = Datum.parse(text)
    if datum not in TILE_DATUMS or (datum is Datum.GCJ02 and matrix != "w"):
        raise InputError("tiles.datum", text)
    return datum
