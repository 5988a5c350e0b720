"""What the station said it holds survives the death of the server."""

from __future__ import annotations

import contextlib
import json
import os
import re
import resource
import signal
import socket
import subprocess
import sys
import threading
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import httpx2
import pytest

from fieldmap.models import Visit
from fieldmap.store import Store
from tests.web.sending import Envelope, Sealer, sealer_of
from tests.web.village import TODAY, Village

ROOT = Path(__file__).parent.parent.parent
FIRST, SECOND = "6f1e6c9a-8d1e-4c57-9f40-2b7f6a0d5c31", "6f1e6c9a-8d1e-4c57-9f40-2b7f6a0d5c32"
START_S = 120
FULL_BYTES = 4096
"""No file of the server may grow beyond this: its disk is full."""


@contextlib.contextmanager
def served(path: Path) -> Iterator[tuple[subprocess.Popen[str], str]]:
    """Serve a county file in a process of its own, on a free port; kill it at the end."""
    environment = {**os.environ, "FIELDMAP_DB": str(path), "FIELDMAP_TODAY": TODAY.isoformat()}
    environment |= {"FIELDMAP_KEY": "", "PYTHONUNBUFFERED": "1"}
    command = [sys.executable, "-m", "web.cli", "serve", "--host", "127.0.0.1", "--port", "0"]
    with subprocess.Popen(
        command, cwd=ROOT, env=environment, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
    ) as server:
        watch = threading.Timer(START_S, server.kill)
        watch.start()
        try:
            yield server, _address(server)
        finally:
            watch.cancel()
            server.kill()


def _address(server: subprocess.Popen[str]) -> str:
    """Return where the server listens, from what it prints; its line ends with the process."""
    assert server.stdout is not None
    said = []
    for line in server.stdout:
        said.append(line)
        if found := re.search(r"http://127\.0\.0\.1:\d+", line):
            return found[0]
    raise AssertionError("".join(said))


@pytest.fixture
def phone(village: Village) -> Sealer:
    """Return the worker's phone, bound by today's real clock."""
    store = Store.open(village.path)
    made = sealer_of(store, store.accounts.get(village.ids["worker"]))
    store.close()
    return made


def batch(phone: Sealer, visit_id: str, client: str) -> dict[str, object]:
    """Return what the phone sends of one visit, made just now."""
    now = datetime.now(UTC)
    body = {"household_id": "h2", "client_ids": [client], "outcome": "seen"}
    envelope = Envelope(visit_id, "visit", body, made_at=now, packet_at=now)
    return {"envelopes": [phone.sealed(envelope)]}


def send(address: str, body: dict[str, object]) -> tuple[str, bool]:
    """Send a batch of one; return state and whether it was new."""
    with httpx2.Client(base_url=address, timeout=30) as connected:
        assert connected.get("/health").json()["status"] == "ok"
        answer = connected.post("/phone/outbox", json=body)
        assert answer.status_code == 200, answer.text
        (receipt,) = answer.json()["receipts"]
        return receipt["state"], receipt["new"]


def held(village: Village) -> dict[str, tuple[str, ...]]:
    """Return the visits of this module that the county file has."""
    store = Store.open(village.path)
    found = {v.id: v.client_ids for v in store.facts.read(Visit) if v.id in (FIRST, SECOND)}
    store.close()
    return found


def test_kill_9_between_two_visits_loses_neither(village: Village, phone: Sealer) -> None:
    """The first visit is acknowledged, the server is killed, another takes the second: both are held."""
    first, second = batch(phone, FIRST, "p2"), batch(phone, SECOND, "p3")
    with served(village.path) as (server, address):
        assert send(address, first) == ("held", True)
        server.send_signal(signal.SIGKILL)
        server.wait()
    with served(village.path) as (server, address):
        assert send(address, first) == ("held", False)
        assert send(address, second) == ("held", True)
        server.send_signal(signal.SIGKILL)
        server.wait()
    assert held(village) == {FIRST: ("p2",), SECOND: ("p3",)}


def test_half_a_request_and_a_full_disk_leave_nothing_half(village: Village, phone: Sealer) -> None:
    """What breaks off or finds no room is not acknowledged and not kept; sent again, it is held once."""
    first = batch(phone, FIRST, "p2")
    with served(village.path) as (server, address):
        assert httpx2.get(f"{address}/health", timeout=30).json()["status"] == "ok"
        _send_half(address, first)
        assert held(village) == {}
        _, most = resource.prlimit(server.pid, resource.RLIMIT_FSIZE)
        resource.prlimit(server.pid, resource.RLIMIT_FSIZE, (FULL_BYTES, most))
        assert httpx2.post(f"{address}/phone/outbox", json=first, timeout=30).status_code == 500
        assert held(village) == {}
        resource.prlimit(server.pid, resource.RLIMIT_FSIZE, (most, most))
        assert send(address, first) == ("held", True)
        assert send(address, first) == ("held", False)
    assert held(village) == {FIRST: ("p2",)}


def _send_half(address: str, body: dict[str, object]) -> None:
    """Announce a whole batch, send the half of it, and hang up."""
    content = json.dumps(body).encode()
    host, port = address.removeprefix("http://").split(":")
    head = f"POST /phone/outbox HTTP/1.1\r\nHost: {host}\r\nContent-Length: {len(content)}\r\n\r\n"
    with socket.create_connection((host, int(port)), timeout=30) as line:
        line.sendall(head.encode() + content[: len(content) // 2])
