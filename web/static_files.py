"""Scripts, styles and pictures as they lie in ``web/static``, packed for who can unpack them."""

from __future__ import annotations

import gzip
import os
from functools import lru_cache
from pathlib import Path
from typing import Any

from starlette.datastructures import Headers
from starlette.responses import FileResponse, Response
from starlette.staticfiles import StaticFiles
from starlette.types import Scope

from web.security import KEPT

__all__ = ["Static"]

_PACKED = frozenset({".js", ".css", ".svg", ".json", ".webmanifest"})
_FILES = 256


class Static(StaticFiles):
    """Static files that a browser keeps for a while; one that is not there is not kept."""

    def file_response(
        self, full_path: Any, stat_result: os.stat_result, scope: Scope, status_code: int = 200
    ) -> Response:
        """Return a file, or that it has not changed."""
        found = super().file_response(full_path, stat_result, scope, status_code)
        found.headers["cache-control"] = KEPT
        if Path(full_path).suffix not in _PACKED:
            return found
        found.headers["vary"] = "accept-encoding"
        wanted = Headers(scope=scope).get("accept-encoding", "")
        if not isinstance(found, FileResponse) or "gzip" not in wanted or scope["method"] != "GET":
            return found
        told = {name: found.headers[name] for name in ("cache-control", "vary", "last-modified")}
        # other bytes that say the same: a weak mark
        told |= {"content-encoding": "gzip", "etag": f"W/{found.headers['etag']}"}
        return Response(
            _packed(str(full_path), stat_result.st_mtime_ns), media_type=found.media_type, headers=told
        )


@lru_cache(_FILES)
def _packed(path: str, changed: int) -> bytes:
    """Return a file packed; read again where it has changed."""
    return gzip.compress(Path(path).read_bytes(), mtime=0)
