"""The line between a phone and its station: it breaks where it is told to, and says what it carried."""

from __future__ import annotations

import contextlib
import json
import socket
import threading
from collections import deque
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from enum import StrEnum

__all__ = ["OUTBOX", "Break", "Carried", "How", "Wire", "wired"]

OUTBOX = "/phone/outbox"
"""Where phones send their envelopes."""

_ENOUGH_S = 30
_BYTES = 65536


class How(StrEnum):
    """How a request fares."""

    FINE = "carried"
    CUT_UP = "request cut"
    CUT_DOWN = "answer cut"
    LOST = "answer lost"
    TWICE = "sent twice"
    TOGETHER = "sent twice at once"
    KILLED_UP = "server killed before the request was whole"
    KILLED_DOWN = "server killed before its answer"


@dataclass(frozen=True, slots=True)
class Break:
    """What befalls the next request of the outbox that brings envelopes.

    Attributes
    ----------
    share
        Where: 0 before the first byte of the request or the answer, 1 after
        the last; of a server killed before its answer, how much of
        :data:`WORK_S` it had.
    """

    how: How
    share: float = 0.0


WORK_S = 0.04
"""About how long the station works on a request."""


@dataclass(slots=True)
class Carried:
    """A request that came through, as far as it did."""

    path: str
    body: bytes
    how: How = How.FINE
    answer: bytes = b""

    @property
    def envelopes(self) -> int:
        """Return how many envelopes it brought."""
        return len(json.loads(self.body)["envelopes"]) if self.path == OUTBOX else 0


@dataclass
class Wire:
    """A door of TCP before a station; each request goes over a connection of its own.

    Attributes
    ----------
    target
        Port of the station; it may change when that is started again.
    down
        True where nothing gets through.
    breaks
        What befalls the next requests, in turn; afterwards all are carried.
    kill
        Kills the station.
    """

    target: int
    listener: socket.socket
    kill: Callable[[], None] = lambda: None
    down: bool = False
    breaks: deque[Break] = field(default_factory=deque)
    carried: list[Carried] = field(default_factory=list)
    _turn: threading.Lock = field(default_factory=threading.Lock)

    @property
    def url(self) -> str:
        """Return where a phone finds the station, without a slash at the end."""
        return f"http://127.0.0.1:{self.listener.getsockname()[1]}"

    @property
    def sendings(self) -> list[tuple[int, How]]:
        """Return how many envelopes each sending of the outbox brought, and how it fared."""
        return [(one.envelopes, one.how) for one in self.carried if one.path == OUTBOX]

    def serve(self) -> None:
        """Carry until the listener is closed."""
        with contextlib.suppress(OSError):
            while True:
                client = self.listener.accept()[0]
                threading.Thread(target=self._carry, args=(client,), daemon=True).start()

    def _carry(self, client: socket.socket) -> None:
        with client, contextlib.suppress(OSError, EOFError):
            client.settimeout(_ENOUGH_S)
            head, body = _request(client)
            if self.down:
                return
            path = head.split(b" ", 2)[1].partition(b"?")[0].decode()
            with self._turn:
                told = Carried(path, body)
                broken = self.breaks.popleft() if self.breaks and told.envelopes else Break(How.FINE)
                told.how = broken.how
                self.carried.append(told)
            told.answer = self._fare(head + body, broken)
            if not self.down:
                client.sendall(told.answer)

    def _fare(self, sent: bytes, broken: Break) -> bytes:
        """Return what reaches the phone."""
        how, share = broken.how, broken.share
        if how in (How.CUT_UP, How.KILLED_UP):
            with self._reach(sent[: round(share * (len(sent) - 1))]):
                if how is How.KILLED_UP:
                    self.kill()
            return b""
        if how is How.KILLED_DOWN:
            with self._reach(sent):
                threading.Event().wait(share * WORK_S)
                self.kill()
            return b""
        if how is How.TOGETHER:
            other = threading.Thread(target=self._answer, args=(sent,))
            other.start()
            answer = self._answer(sent)
            other.join()
            return answer
        answer = self._answer(sent)
        if how is How.TWICE:
            return self._answer(sent)
        kept = {How.LOST: 0, How.CUT_DOWN: round(share * (len(answer) - 1))}
        return answer[: kept.get(how, len(answer))]

    def _reach(self, sent: bytes) -> socket.socket:
        """Send to the station; return the connection."""
        station = socket.create_connection(("127.0.0.1", self.target), timeout=_ENOUGH_S)
        station.sendall(sent)
        return station

    def _answer(self, sent: bytes) -> bytes:
        found = bytearray()
        with contextlib.suppress(OSError), self._reach(sent) as station:
            while part := station.recv(_BYTES):
                found += part
        return bytes(found)


def _request(client: socket.socket) -> tuple[bytes, bytes]:
    """Read a request; ask the station to close the connection after its answer."""
    found = bytearray()
    while b"\r\n\r\n" not in found:
        found += _more(client)
    head, _, body = bytes(found).partition(b"\r\n\r\n")
    lines = [line for line in head.split(b"\r\n") if not line.lower().startswith(b"connection:")]
    said = dict(line.lower().split(b": ", 1) for line in lines[1:] if b": " in line)
    missing = int(said.get(b"content-length", b"0")) - len(body)
    while missing > 0:
        part = _more(client)
        body, missing = body + part, missing - len(part)
    return b"\r\n".join([*lines, b"Connection: close"]) + b"\r\n\r\n", body


def _more(client: socket.socket) -> bytes:
    part = client.recv(_BYTES)
    if not part:
        raise EOFError
    return part


@contextlib.contextmanager
def wired(target: int) -> Iterator[Wire]:
    """Lay a line to a station that listens at a port of this machine."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        wire = Wire(target, listener)
        thread = threading.Thread(target=wire.serve, daemon=True)
        thread.start()
        try:
            yield wire
        finally:
            listener.shutdown(socket.SHUT_RDWR)
    thread.join(timeout=10)
