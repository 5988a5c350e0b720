"""What open pages hear of: that something was written, and nothing about what.

One look at the county file every 300 ms serves all pages that are open; with
none there is no look. A page hears a *mark*, not a count: two equal marks are
the same record on the same day, and nothing else can be read from them. It
ends with the sign-in it was opened with, and prolongs none.
"""

from __future__ import annotations

import asyncio
import contextlib
import hashlib
import logging
import secrets
from collections.abc import AsyncIterator, Callable, Iterator
from datetime import date

from fieldmap.errors import ServeError
from fieldmap.store.watch import Watch

__all__ = ["LOOK_S", "MOST_OF_ACCOUNT", "MOST_STREAMS", "PING_S", "Live", "Stream"]

_log = logging.getLogger("fieldmap.web")

LOOK_S = 0.3
"""Seconds between two looks at the county file."""

PING_S = 15.0
"""Seconds after which a stream at the latest asks whether its sign-in still holds."""

MOST_STREAMS = 200
"""How many pages may listen to one server."""

MOST_OF_ACCOUNT = 60
"""How many pages of one account may: with more, the oldest of them gives its place."""


class Stream:
    """One open page of an account: what it was told last, and whether there is something new."""

    def __init__(self, account_id: str = "") -> None:
        self.account_id = account_id
        self.told = ""
        self.over = False
        self._woken = asyncio.Event()

    def wake(self, *, over: bool = False) -> None:
        """Let it look; nothing more comes where it is over."""
        self.over |= over
        self._woken.set()

    async def wait(self, seconds: float) -> None:
        """Wait until it is woken, or so many seconds."""
        await _either(self._woken, seconds)
        self._woken.clear()


class Live:
    """Tells the open pages of one server that the record was written to, or that a day has begun.

    All of it but :meth:`mark` belongs to the loop of the server.

    Parameters
    ----------
    watch
        Looks at the county file.
    today
        Returns the day to work on.
    most
        How many pages may listen.
    """

    def __init__(self, watch: Watch, today: Callable[[], date], *, most: int = MOST_STREAMS) -> None:
        self._watch = watch
        self._today = today
        self._most = most
        self._salt = secrets.token_bytes(16)
        self._streams: dict[Stream, None] = {}  # the oldest first
        self._mark = ""
        self._looking: asyncio.Task[None] | None = None
        self._ended = asyncio.Event()

    def __len__(self) -> int:
        return len(self._streams)

    def mark(self, change: str) -> str:
        """Return the mark of a state of the record (:attr:`fieldmap.store.Store.change`) today."""
        text = f"{change} {self._today().isoformat()}"
        return hashlib.blake2b(text.encode(), key=self._salt, digest_size=8).hexdigest()

    @contextlib.contextmanager
    def listening(self, account_id: str = "") -> Iterator[Stream]:
        """Keep a place for a page of an account as long as it listens.

        Raises
        ------
        ServeError
            ``live.full``: as many pages listen as may.
        """
        own = [stream for stream in self._streams if stream.account_id == account_id and not stream.over]
        if len(own) >= MOST_OF_ACCOUNT:
            own[0].wake(over=True)
        elif len(self._streams) >= self._most:
            raise ServeError("live.full", len(self._streams), most=self._most)
        stream = Stream(account_id)
        self._streams[stream] = None
        try:
            yield stream
        finally:
            self._streams.pop(stream, None)

    async def marks(self, stream: Stream, signed_in: Callable[[], bool]) -> AsyncIterator[str]:
        """Yield the mark of now, then every other one, until the sign-in or the server ends.

        Parameters
        ----------
        signed_in
            Asked before every mark and every :data:`PING_S` seconds, on a
            thread.
        """
        if self._looking is None or self._looking.done():
            self._looking = asyncio.create_task(self._look())
        while not stream.over and await asyncio.to_thread(signed_in):
            if self._mark and stream.told != self._mark:
                stream.told = self._mark
                yield stream.told
            await stream.wait(PING_S)

    def end(self) -> None:
        """End all streams: the server stops, and waits for nobody."""
        self._ended.set()
        self._wake(over=True)

    async def close(self) -> None:
        """End all streams and the look at the county file, which can be closed then."""
        self.end()
        if self._looking is not None:
            await asyncio.gather(self._looking, return_exceptions=True)

    async def _look(self) -> None:
        """Look again and again while anybody listens; where that fails the pages come anew."""
        try:
            while self._streams and not self._ended.is_set():
                change = await asyncio.to_thread(self._watch.change)
                mark = self.mark(change)
                if mark != self._mark:
                    self._mark = mark
                    self._wake()
                await _either(self._ended, LOOK_S)
        except Exception:
            _log.exception("the county file could not be looked at")
        finally:
            self._mark = ""
            self._wake(over=True)

    def _wake(self, *, over: bool = False) -> None:
        for stream in self._streams:
            stream.wake(over=over)


async def _either(event: asyncio.Event, seconds: float) -> None:
    """Wait for an event, or so many seconds."""
    with contextlib.suppress(TimeoutError):
        await asyncio.wait_for(event.wait(), seconds)
