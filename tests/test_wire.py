"""The line between a phone and its station: where it breaks, and what each side gets."""

from __future__ import annotations

import json
import socket
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field

import pytest

from tests.wire import Break, How, Wire, wired

ANSWER = b"HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nheld"
BODY = json.dumps({"envelopes": [1, 2]}).encode()
ASKED = b"POST /phone/outbox HTTP/1.1\r\nConnection: keep-alive\r\nContent-Length: %d\r\n\r\n%s" % (
    len(BODY),
    BODY,
)
CARRIED = ASKED.replace(b"Connection: keep-alive\r\n", b"").replace(
    b"\r\n\r\n", b"\r\nConnection: close\r\n\r\n"
)


@dataclass
class Station:
    """Answers whatever is as long as the request of the tests; keeps what came."""

    listener: socket.socket
    got: list[bytes] = field(default_factory=list)

    def serve(self) -> None:
        """Answer one after the other until the listener is closed."""
        while True:
            try:
                client = self.listener.accept()[0]
            except OSError:
                return
            with client:
                found = b""
                while len(found) < len(CARRIED) and (part := client.recv(1000)):
                    found += part
                if len(found) == len(CARRIED):
                    client.sendall(ANSWER)
                self.got.append(found)


@pytest.fixture
def station() -> Iterator[Station]:
    """Return a station that listens."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        made = Station(listener)
        thread = threading.Thread(target=made.serve, daemon=True)
        thread.start()
        yield made
        listener.shutdown(socket.SHUT_RDWR)
        thread.join(timeout=10)


@pytest.fixture
def wire(station: Station) -> Iterator[Wire]:
    """Return a line to it."""
    with wired(station.listener.getsockname()[1]) as made:
        yield made


def ask(wire: Wire, asked: bytes = ASKED) -> bytes:
    """Send a request; return what comes back until the connection ends."""
    with socket.create_connection(wire.listener.getsockname(), timeout=10) as client:
        client.sendall(asked)
        found = b""
        while part := client.recv(1000):
            found += part
        return found


@pytest.mark.parametrize(
    ("broken", "got", "answer"),
    [
        (Break(How.FINE), [CARRIED], ANSWER),
        (Break(How.CUT_UP, 0.5), [CARRIED[: round((len(CARRIED) - 1) / 2)]], b""),
        (Break(How.CUT_UP, 1.0), [CARRIED[:-1]], b""),
        (Break(How.CUT_DOWN, 0.5), [CARRIED], ANSWER[: round((len(ANSWER) - 1) / 2)]),
        (Break(How.CUT_DOWN, 1.0), [CARRIED], ANSWER[:-1]),
        (Break(How.LOST), [CARRIED], b""),
        (Break(How.TWICE), [CARRIED, CARRIED], ANSWER),
        (Break(How.TOGETHER), [CARRIED, CARRIED], ANSWER),
    ],
    ids=str,
)
def test_a_request_fares_as_it_is_told(
    wire: Wire, station: Station, broken: Break, got: list[bytes], answer: bytes
) -> None:
    """The station gets so many bytes, the phone so many of the answer; the next request is carried."""
    wire.breaks.append(broken)
    assert ask(wire) == answer
    assert ask(wire) == ANSWER
    assert station.got == [*got, CARRIED]
    assert wire.sendings == [(2, broken.how), (2, How.FINE)]


@pytest.mark.parametrize("how", [How.KILLED_UP, How.KILLED_DOWN])
def test_a_killed_station_answers_nothing(wire: Wire, how: How) -> None:
    """The station is killed while it has the request; the phone gets no byte."""
    killed: list[How] = []
    wire.kill = lambda: killed.append(how)
    wire.breaks.append(Break(how, 0.5))
    assert ask(wire) == b""
    assert killed == [how]


def test_a_line_that_is_down_carries_nothing(wire: Wire, station: Station) -> None:
    """Where it is down neither side hears anything, and what is to break waits."""
    wire.down = True
    wire.breaks.append(Break(How.LOST))
    assert ask(wire) == b""
    assert (station.got, wire.carried, len(wire.breaks)) == ([], [], 1)


def test_only_what_brings_envelopes_breaks(wire: Wire) -> None:
    """A question without envelopes, or for something else, is carried."""
    wire.breaks.append(Break(How.LOST))
    nothing = ASKED.replace(BODY, b'{"envelopes": []}'.ljust(len(BODY)))
    other = ASKED.replace(b"/phone/outbox", b"/phone/packet")
    assert [ask(wire, nothing), ask(wire, other)] == [ANSWER, ANSWER]
    assert len(wire.breaks) == 1
