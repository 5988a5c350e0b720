"""A program that listens to a station's stream of changes."""

from __future__ import annotations

import http.client
from types import TracebackType
from typing import Self
from urllib.parse import urlsplit

from web.security import SESSION_COOKIE

__all__ = ["Ear"]


class Ear:
    """Listens at ``/events`` with the session of a desk.

    Parameters
    ----------
    url
        Of the server.
    patience_s
        After so long a silence it fails.
    """

    def __init__(self, url: str, token: str, *, patience_s: float = 30) -> None:
        self._connection = http.client.HTTPConnection(urlsplit(url).netloc, timeout=patience_s)
        self._connection.request("GET", "/events", headers={"Cookie": f"{SESSION_COOKIE}={token}"})
        self.answer = self._connection.getresponse()

    def mark(self) -> str:
        """Wait for the next mark; empty where the stream has ended as it should."""
        while line := self.answer.readline():
            name, _, value = line.decode().strip().partition(": ")
            if name == "data":
                return value
        return ""

    def close(self) -> None:
        """Go away."""
        self.answer.close()
        self._connection.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, fault: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()
