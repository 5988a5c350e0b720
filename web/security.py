"""What keeps the pages safe: headers, the form's token, a brake on guessing.

Everything that changes something needs a token that only our own pages know:
the session's where somebody is signed in, else that of a cookie set with the
sign-in page.
"""

from __future__ import annotations

import hmac
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from threading import BoundedSemaphore, Lock

from fastapi import Request
from starlette.datastructures import MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from fieldmap.errors import AccessError, language
from web.i18n import LANGUAGES

__all__ = [
    "CSP",
    "FORM_COOKIE",
    "HEADERS",
    "KEPT",
    "LANGUAGE_COOKIE",
    "SESSION_COOKIE",
    "Headers",
    "Throttle",
    "bearer_of",
    "check_form",
    "frame_csp",
]

SESSION_COOKIE = "session"
"""Holds the token of a sign-in; scripts cannot read it."""

FORM_COOKIE = "form"
"""Pairs with the token in a form, for those who are not signed in yet."""

LANGUAGE_COOKIE = "lang"
"""Holds the language somebody chose."""

CSP = (
    "default-src 'self'; img-src 'self' data:; object-src 'none'; base-uri 'none'; "
    "form-action 'self'; frame-ancestors 'self'"
)
"""The content policy of every page; a route may set its own (the map's frame does)."""

HEADERS = {
    "content-security-policy": CSP,
    "referrer-policy": "no-referrer",
    "x-content-type-options": "nosniff",
    "x-frame-options": "SAMEORIGIN",
    "permissions-policy": "geolocation=(self), camera=(), microphone=(), payment=()",
    "cache-control": "no-store",
}
"""Sent with every answer."""

KEPT = "public, max-age=3600"
"""How long a browser keeps scripts and styles: nobody's data is in them."""


class Headers:
    """ASGI middleware: the language of the request in, the safety headers out."""

    def __init__(self, app: ASGIApp, default_language: str) -> None:
        self._app = app
        self._default = default_language

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass a request on."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        wanted = Request(scope).cookies.get(LANGUAGE_COOKIE, "")
        language.set(wanted if wanted in LANGUAGES else self._default)

        async def with_headers(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                for name, value in HEADERS.items():
                    headers.setdefault(name, value)
            await send(message)

        await self._app(scope, receive, with_headers)


def frame_csp(tiles: str = "") -> str:
    """Return the content policy of the map's frame.

    Folium writes the map as a script in its page; no other page may.

    Parameters
    ----------
    tiles
        The one other host whose pictures it may show
        (:attr:`web.basemap.Base.origin`); by default none.
    """
    pictures = " ".join(part for part in ("img-src 'self' data:", tiles) if part)
    return (
        "default-src 'self'; script-src 'self' 'unsafe-inline'; style-src 'self' 'unsafe-inline'; "
        f"{pictures}; object-src 'none'; base-uri 'none'; form-action 'none'; frame-ancestors 'self'"
    )


def bearer_of(request: Request) -> str:
    """Return the token that the app on a phone sends, or nothing.

    Only the hash of a token is looked up, so that a wrong one takes no longer
    the nearer it is to a right one.
    """
    kind, _, token = request.headers.get("authorization", "").partition(" ")
    return token.strip() if kind.lower() == "bearer" else ""


async def check_form(request: Request, expected: str) -> None:
    """Refuse a change whose token is not the one of our own page.

    The token comes in the header ``X-CSRF`` or in the form field ``csrf``.

    Raises
    ------
    AccessError
        ``access.form``: no token, or another one.
    """
    given = request.headers.get("x-csrf", "")
    if not given and "form" in request.headers.get("content-type", ""):
        field = (await request.form()).get("csrf", "")
        given = field if isinstance(field, str) else ""
    if not expected or not hmac.compare_digest(given.encode(), expected.encode()):
        raise AccessError("access.form")


class Throttle:
    """Counts wrong passwords per login and locks it for a while.

    Parameters
    ----------
    clock
        Returns the present instant.
    tries
        Wrong passwords before the lock.
    minutes
        Length of the lock, counted from the last wrong password.
    at_once
        Passwords looked at at the same time: each costs memory and a processor.
    """

    def __init__(
        self, clock: Callable[[], datetime], *, tries: int = 5, minutes: int = 15, at_once: int = 2
    ) -> None:
        self._clock = clock
        self._tries = tries
        self._length = timedelta(minutes=minutes)
        self._tried: dict[str, list[datetime]] = {}
        self._lock = Lock()
        self._looking = BoundedSemaphore(at_once)

    @contextmanager
    def trying(self, login: str) -> Iterator[None]:
        """Look at a password inside this; whatever is raised there makes it a wrong one.

        The try counts before the look, so that guesses sent together lock the
        login as those sent one by one do; a right password clears them all.

        Raises
        ------
        AccessError
            ``access.locked``: too many wrong passwords.
        """
        with self._lock:
            self._forget()
            if len(self._tried.get(login, ())) >= self._tries:
                raise AccessError("access.locked", login, minutes=int(self._length.total_seconds() // 60))
            self._tried.setdefault(login, []).append(self._clock())
        with self._looking:
            yield
        with self._lock:
            self._tried.pop(login, None)

    def _forget(self) -> None:
        since = self._clock() - self._length
        self._tried = {login: times for login, times in self._tried.items() if times[-1] > since}
