"""Our own base map: files that a page reads by pieces."""

from __future__ import annotations

from fastapi import APIRouter, HTTPException
from fastapi.responses import FileResponse

from routing.tiles import Tiles
from web.deps import SettingsDep

__all__ = ["router"]

router = APIRouter()

_FOR_EVER = "private, max-age=31536000, immutable"


@router.get("/basemap/{edition}/{name}")
def sheet(edition: str, name: str, settings: SettingsDep) -> FileResponse:
    """Send a PMTiles file, or the piece that was asked for; another content has another edition."""
    tiles = Tiles.open(settings.network)
    path = tiles.file(name) if tiles is not None and tiles.edition == edition else None
    if path is None:
        raise HTTPException(404)
    return FileResponse(path, media_type="application/vnd.pmtiles", headers={"Cache-Control": _FOR_EVER})
