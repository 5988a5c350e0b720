"""A phone that can be killed: a Chromium with a profile of its own, and what lies in that on the disk."""

from __future__ import annotations

import contextlib
import json
import os
import signal
import subprocess
import time
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from typing import Any

from playwright.sync_api import Browser, BrowserContext, BrowserType, Error, Page

from tests.browser import ARGUMENTS, PHONE

__all__ = ["Handset", "text_of"]

_START_S = 120
_GIVE_UP_MS = 30_000
_TRIES = 50

_DUMP = """async () => {
  const hex = (byte) => byte.toString(16).padStart(2, "0");
  const told = (value) => {
    if (value instanceof ArrayBuffer) return told(new Uint8Array(value));
    if (ArrayBuffer.isView(value)) return {bytes: Array.from(value, hex).join("")};
    if (value instanceof Map || value instanceof Set) return told(Array.from(value));
    if (value instanceof CryptoKey) return {key: value.algorithm.name};
    if (Array.isArray(value)) return value.map(told);
    if (value && typeof value === "object")
      return Object.fromEntries(Object.entries(value).map(([name, one]) => [name, told(one)]));
    return value;
  };
  const answered = (request) => new Promise((done, failed) => {
    request.onsuccess = () => done(request.result);
    request.onerror = () => failed(request.error);
  });
  const found = {databases: {}, caches: {}, local: {...localStorage}, session: {...sessionStorage},
    cookies: document.cookie, page: document.body.innerText};
  for (const {name} of await indexedDB.databases()) {
    const db = await answered(indexedDB.open(name));
    found.databases[name] = {};
    for (const store of db.objectStoreNames)
      found.databases[name][store] = told(await answered(db.transaction(store).objectStore(store).getAll()));
    db.close();
  }
  for (const name of await caches.keys()) {
    const cache = await caches.open(name);
    found.caches[name] = {};
    for (const request of await cache.keys())
      found.caches[name][request.url] = await (await cache.match(request)).text();
  }
  return found;
}"""


class Handset:
    """One phone; its profile outlives the browser.

    Parameters
    ----------
    url
        Of the station, without a slash at its end.
    """

    def __init__(self, kind: BrowserType, chromium: str, profile: Path, url: str) -> None:
        self.profile, self.url = profile, url
        self._kind, self._chromium = kind, chromium
        self._process: subprocess.Popen[bytes] | None = None
        self._browser: Browser | None = None
        self._time: datetime | None = None

    @property
    def context(self) -> BrowserContext:
        """Return the browser's only context, that of the profile."""
        assert self._browser is not None, "the phone is off"
        return self._browser.contexts[0]

    @property
    def page(self) -> Page:
        """Return the page that was opened last."""
        return self.context.pages[-1]

    def start(self) -> Page:
        """Switch it on; return an empty page."""
        told = self.profile / "DevToolsActivePort"
        told.unlink(missing_ok=True)
        self.profile.mkdir(exist_ok=True)
        for lock in self.profile.glob("Singleton*"):  # a killed browser leaves them
            lock.unlink(missing_ok=True)
        size = f"--window-size={PHONE[0]},{PHONE[1]}"
        more = ["--headless=new", "--remote-debugging-port=0", f"--user-data-dir={self.profile}", size]
        self._process = subprocess.Popen(
            [self._chromium, *ARGUMENTS, *more, "about:blank"],
            env={**os.environ, "TZ": "Asia/Shanghai", "LANG": "zh_CN.UTF-8"},
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            start_new_session=True,
        )
        self._browser = self._kind.connect_over_cdp(f"http://127.0.0.1:{_port(told, self._process)}")
        if self._time is not None:
            self.context.clock.set_fixed_time(self._time)
        return self.open("")

    def open(self, path: str = "/phone") -> Page:
        """Open a window more."""
        page = self.context.new_page()
        page.set_default_timeout(_GIVE_UP_MS)
        page.set_viewport_size({"width": PHONE[0], "height": PHONE[1]})
        if path:
            page.goto(self.url + path)
        return page

    def set_clock(self, time: datetime) -> None:
        """Let its clock stand at an instant."""
        self._time = time
        if self._browser is not None:
            self.context.clock.set_fixed_time(time)

    def crash(self) -> Page:
        """Kill the process of every page, as a phone short of memory does; return an empty page."""
        assert self._browser is not None
        session = self._browser.new_browser_cdp_session()
        running = session.send("SystemInfo.getProcessInfo")["processInfo"]
        session.detach()
        for one in running:
            if one["type"] == "renderer":
                with contextlib.suppress(ProcessLookupError):
                    os.kill(one["id"], signal.SIGKILL)
        for _ in range(_TRIES):
            with contextlib.suppress(Error):  # the process that was kept for the next page is gone too
                return self.open("")
        raise AssertionError("the browser opens no page any more")

    def kill(self) -> None:
        """Kill every process of the browser, as an empty battery does."""
        assert self._process is not None
        assert self._browser is not None
        os.killpg(self._process.pid, signal.SIGKILL)
        self._process.wait()
        with contextlib.suppress(Error):
            self._browser.close()
        self._process = self._browser = None

    def close(self) -> None:
        """End the browser as a person does, who closes it."""
        assert self._process is not None
        assert self._browser is not None
        with contextlib.suppress(Error):
            self._browser.new_browser_cdp_session().send("Browser.close")
        self._process.wait(timeout=60)
        self._process = self._browser = None

    def off(self) -> None:
        """Kill it if it is on."""
        if self._process is not None:
            self.kill()

    def dump(self) -> dict[str, Any]:
        """Return all that a script of the site can read: databases, caches, storage, the page's text.

        Bytes come as ``{"bytes": hexadecimal digits}``.
        """
        found: dict[str, Any] = self.page.evaluate(_DUMP)
        return found

    def files(self) -> Iterator[tuple[Path, bytes]]:
        """Return every file of the profile, as it lies on the disk."""
        for path in sorted(self.profile.rglob("*")):
            if path.is_file() and not path.is_symlink():
                yield path, path.read_bytes()


def _port(told: Path, process: subprocess.Popen[bytes]) -> int:
    """Return the port that the browser chose, as soon as it says so."""
    until = time.monotonic() + _START_S
    while time.monotonic() < until:
        assert process.poll() is None, "the browser ended before it had started"
        with contextlib.suppress(OSError, ValueError, IndexError):
            return int(told.read_text().splitlines()[0])
        time.sleep(0.02)
    raise AssertionError("the browser did not start")


def text_of(dump: dict[str, Any]) -> str:
    """Return a dump as one text; bytes that are text stand in it as that."""

    def readable(value: Any) -> Any:
        if isinstance(value, dict) and set(value) == {"bytes"}:
            return bytes.fromhex(value["bytes"]).decode(errors="replace")
        if isinstance(value, dict):
            return {name: readable(one) for name, one in value.items()}
        return [readable(one) for one in value] if isinstance(value, list) else value

    return json.dumps(readable(dump), ensure_ascii=False)
