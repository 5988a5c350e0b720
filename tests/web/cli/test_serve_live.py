"""``serve`` with fifty open pages: it hears another program's write, and ends at once."""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path

from fieldmap.store import Store
from tests.ears import Ear
from tests.source import ROOT
from tests.web.cli.county import DIVISIONS
from tests.web.village import PASSWORD, Village

_STREAMS = 50
_END_S = 3.0
"""In which the server has ended, whatever is open."""


@contextlib.contextmanager
def _serving(db: Path) -> Iterator[tuple[subprocess.Popen[str], str]]:
    """Run ``fieldmap serve`` on a free port; yield the process and its address."""
    environment = {**os.environ, "FIELDMAP_DB": str(db), "FIELDMAP_LANG": "en", "PYTHONUNBUFFERED": "1"}
    environment |= {"FIELDMAP_KEY": "", "FIELDMAP_TODAY": ""}
    command = [sys.executable, "-m", "web.cli", "serve", "--host", "127.0.0.1", "--port", "0"]
    with subprocess.Popen(
        command, cwd=ROOT, env=environment, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
    ) as process:
        watch = threading.Timer(120, process.kill)
        watch.start()
        try:
            assert process.stdout is not None
            line = next(line for line in process.stdout if "Ctrl+C" in line)
            yield process, next(word for word in line.split() if word.startswith("http"))
        finally:
            watch.cancel()
            process.kill()


def _import(db: Path, file: Path) -> None:
    """Run ``fieldmap import`` in a process of its own."""
    environment = {**os.environ, "FIELDMAP_DB": str(db), "FIELDMAP_KEY": "", "FIELDMAP_LANG": "en"}
    command = [sys.executable, "-m", "web.cli", "import", str(file)]
    subprocess.run(command, cwd=ROOT, env=environment, check=True, capture_output=True, timeout=120)


def test_fifty_pages_hear_another_program_and_hold_no_server_up(village: Village, tmp_path: Path) -> None:
    """An import by the command line is heard by all; asked to end, the server ends every stream in order."""
    store = Store.open(village.path)
    tokens = [store.accounts.sign_in(login, PASSWORD, hours=12) for login in ("head", "county")]
    store.close()
    divisions = tmp_path / "divisions.csv"
    divisions.write_text(DIVISIONS.replace("990101100", "990101009"), encoding="utf-8")
    with _serving(village.path) as (process, url), contextlib.ExitStack() as open_pages:
        ears = [open_pages.enter_context(Ear(url, tokens[n % 2])) for n in range(_STREAMS)]
        before = {ear.mark() for ear in ears}
        assert len(before) == 1
        _import(village.path, divisions)
        after = {ear.mark() for ear in ears}
        assert after.isdisjoint({"", *before})
        began = time.monotonic()
        process.send_signal(signal.SIGINT)
        process.wait(timeout=60)
        assert time.monotonic() - began < _END_S
        assert {ear.mark() for ear in ears} == {""}  # a stream that is cut raises
        assert process.stdout is not None
        assert process.stdout.read().strip() == ""  # no word of answers that had to be cancelled
