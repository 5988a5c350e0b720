"""What the station said it holds survives the death of the server."""

from __future__ import annotations

import contextlib
import os
import re
import signal
import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path

import httpx2
import pytest

from fieldmap.models import Visit
from fieldmap.store import Store
from tests.web.village import TODAY, Village
from web.security import SESSION_COOKIE

ROOT = Path(__file__).parent.parent.parent
FIRST, SECOND = "6f1e6c9a-8d1e-4c57-9f40-2b7f6a0d5c31", "6f1e6c9a-8d1e-4c57-9f40-2b7f6a0d5c32"
START_S = 120


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
def phone(village: Village) -> dict[str, dict[str, str]]:
    """Return cookies and headers of the worker, signed in by today's real clock."""
    store = Store.open(village.path)
    token = store.accounts.sign_in("worker", "password-1", hours=1)
    session = store.accounts.session(token)
    assert session is not None
    store.close()
    return {"cookies": {SESSION_COOKIE: token}, "headers": {"x-csrf": session.csrf}}


def _record(address: str, phone: dict[str, dict[str, str]], visit_id: str, client: str) -> int:
    form = {"id": visit_id, "household_id": "h2", "client_ids": [client], "outcome": "seen"}
    with httpx2.Client(base_url=address, timeout=30, **phone) as connected:  # type: ignore[arg-type]
        assert connected.get("/health").json()["status"] == "ok"
        return connected.post("/visits", json=form).status_code


def test_kill_9_between_two_visits_loses_neither(village: Village, phone: dict[str, dict[str, str]]) -> None:
    """The first visit is acknowledged, the server is killed, another takes the second: both are held."""
    with served(village.path) as (server, address):
        assert _record(address, phone, FIRST, "p2") == 201
        server.send_signal(signal.SIGKILL)
        server.wait()
    with served(village.path) as (server, address):
        assert _record(address, phone, FIRST, "p2") == 200
        assert _record(address, phone, SECOND, "p3") == 201
        server.send_signal(signal.SIGKILL)
        server.wait()
    store = Store.open(village.path)
    held = {v.id: v.client_ids for v in store.facts.read(Visit) if v.id in (FIRST, SECOND)}
    store.close()
    assert held == {FIRST: ("p2",), SECOND: ("p3",)}
