"""``serve --https``: the words of the call, and a station that answers over TLS."""

from __future__ import annotations

import http.client
import json
import socket
import ssl
from pathlib import Path

import pytest

from tests.https import https_station
from tests.web.cli.county import Station
from tests.web.village import Village


def test_the_station_answers_over_tls_and_shows_the_way_without(village: Village) -> None:
    """Who trusts the authority reads /health, the door sends on, Ctrl-C ends both."""
    with https_station(village.path, "--name", "station.lan") as station:
        assert f"https://station.lan:{station.port}/" in station.said
        assert f"http://station.lan:{station.door}/trust" in station.said
        trusting = ssl.create_default_context(cafile=str(station.certificates / "authority.crt"))
        secure = http.client.HTTPSConnection("127.0.0.1", station.port, context=trusting, timeout=30)
        secure.request("GET", "/health")
        assert json.load(secure.getresponse()) == {"status": "ok"}
        door = http.client.HTTPConnection("127.0.0.1", station.door, timeout=30)
        door.request("GET", "/health")
        assert door.getresponse().headers["location"] == f"https://127.0.0.1:{station.port}/health"
        stranger = http.client.HTTPSConnection("127.0.0.1", station.port, timeout=30)
        with pytest.raises(ssl.SSLCertVerificationError):
            stranger.request("GET", "/health")
        for opened in (secure, door, stranger):
            opened.close()
        ended = station.stop()
        for port in (station.port, station.door):
            with pytest.raises(ConnectionRefusedError):
                socket.create_connection(("127.0.0.1", port), timeout=5)
    assert ended == 130


@pytest.mark.parametrize(
    "words", [("--name", "station.lan"), ("--address", "192.168.1.20"), ("--http-port", "8320")]
)
def test_the_words_of_https_need_it(tmp_path: Path, words: tuple[str, str]) -> None:
    """A name, an address or the door's port without --https is a mistake in the call, not ignored."""
    ran = Station(tmp_path).run("serve", *words)
    assert ran.code == 2
    assert "--https" in ran.err


@pytest.mark.parametrize(
    ("words", "code", "said"),
    [
        (("--name", "http://station"), 4, "http://station"),
        (("--address", "192.168.1.300"), 4, "192.168.1.300"),
    ],
)
def test_a_name_that_is_none_is_said(
    village: Village, tmp_path: Path, words: tuple[str, str], code: int, said: str
) -> None:
    """What was typed is named, and nothing was made."""
    ran = Station(tmp_path).run("serve", "--https", *words, FIELDMAP_DB=str(village.path))
    assert ran.code == code
    assert said in ran.err
    assert not (village.path.parent / "certificates").exists()


def test_a_taken_port_of_the_door_is_said(village: Village, tmp_path: Path) -> None:
    """The port without TLS is asked for as loudly as the other."""
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen(1)
        port = taken.getsockname()[1]
        ran = Station(tmp_path).run(
            *("serve", "--https", "--host", "127.0.0.1", "--port", "0", "--http-port", port),
            FIELDMAP_DB=str(village.path),
        )
    assert ran.code == 9
    assert f"127.0.0.1:{port}" in ran.err
