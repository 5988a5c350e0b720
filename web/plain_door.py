"""The door without TLS: where a phone that does not trust the station yet finds out how to.

It shows what needs no secret — the page about trust, the authority's
certificate, styles — and sends everybody else to https. What a form posts
here is dropped: it has already gone over the air in the clear once.
"""

from __future__ import annotations

from starlette.requests import Request
from starlette.responses import RedirectResponse
from starlette.types import ASGIApp, Receive, Scope, Send

from web.reach import HOME, Reach

__all__ = ["OPEN", "PlainDoor"]

OPEN = frozenset({"/trust", "/trust/fieldmap-ca.crt", "/language"})
"""The paths that are answered without TLS, beside ``/static/``."""

_HTTPS = 443


class PlainDoor:
    """ASGI app: a few pages of another app, and the way to https for the rest.

    Parameters
    ----------
    app
        The app that https serves; its lifespan has begun.
    reach
        The hosts the certificate is good for.
    port
        Where https listens.
    """

    def __init__(self, app: ASGIApp, reach: Reach, port: int) -> None:
        self._app = app
        self._reach = reach
        self._port = "" if port == _HTTPS else f":{port}"

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer a request, or send it on."""
        path = str(scope["path"])
        if path in OPEN or path.startswith("/static/"):
            await self._app(scope, receive, send)
            return
        answer = RedirectResponse(self._secure(scope), 303, {"cache-control": "no-store"})
        await answer(scope, receive, send)

    def _secure(self, scope: Scope) -> str:
        """Return the same address over https, at a host that the certificate is good for."""
        asked = Request(scope).url.hostname or ""
        host = asked if asked in HOME[:2] else self._reach.host_for(asked)
        path = bytes(scope["raw_path"]).decode("latin-1")
        query = bytes(scope["query_string"]).decode("latin-1")
        return f"https://{host}{self._port}{path}" + (f"?{query}" if query else "")
