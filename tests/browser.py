"""An app that listens, and windows of a browser that know no other host."""

from __future__ import annotations

import contextlib
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import uvicorn
from fastapi import FastAPI
from playwright.sync_api import Browser, BrowserContext, ConsoleMessage, Page, Request, sync_playwright

from web.security import LANGUAGE_COOKIE, SESSION_COOKIE

__all__ = ["ARGUMENTS", "DESK", "PHONE", "Windows", "accessibility_faults", "launched", "serving"]

DESK = (1366, 768)
"""The screen of a station, in CSS pixels."""

PHONE = (360, 640)
"""The screen of a cheap phone, in CSS pixels."""

_AXE = Path(__file__).parent.parent / "node_modules" / "axe-core" / "axe.min.js"

ARGUMENTS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]
"""With which a browser of the tests starts: it asks nobody but the pages' own server."""


@contextlib.contextmanager
def launched(chromium: str) -> Iterator[Browser]:
    """Start a Chromium and end it."""
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium, args=ARGUMENTS)
        yield browser
        browser.close()


@contextlib.contextmanager
def serving(app: FastAPI) -> Iterator[str]:
    """Serve an app on a thread and a free port."""
    server = uvicorn.Server(
        uvicorn.Config(app, host="127.0.0.1", port=0, log_level="error", timeout_graceful_shutdown=2)
    )
    thread = threading.Thread(target=server.run, daemon=True)
    thread.start()
    try:
        while not server.started:
            assert thread.is_alive(), "the server ended before it had started"
            time.sleep(0.02)
        port = server.servers[0].sockets[0].getsockname()[1]
        yield f"http://127.0.0.1:{port}"
    finally:
        server.should_exit = True
        thread.join(timeout=10)


class Windows:
    """Windows on one server: the network is cut for every other host.

    Parameters
    ----------
    url
        Of the server, without a slash at its end.

    Attributes
    ----------
    foreign
        Addresses of other hosts that a page asked; each got no answer.
    errors
        What scripts failed with.
    complaints
        Errors on the console: failed scripts, refused requests, broken policies.
    """

    def __init__(self, browser: Browser, url: str) -> None:
        self.foreign: list[str] = []
        self.errors: list[str] = []
        self.complaints: list[str] = []
        self._browser = browser
        self._url = url
        self._contexts: list[BrowserContext] = []

    def open(self, screen: tuple[int, int] = DESK, *, lang: str = "zh-CN", session: str = "") -> Page:
        """Open a window of its own, with its own cookies.

        Parameters
        ----------
        screen
            Width and height in CSS pixels; a narrow one is touched.
        session
            The token of a session; empty is nobody.
        """
        width, height = screen
        context = self._browser.new_context(
            base_url=self._url,
            viewport={"width": width, "height": height},
            locale=lang,
            timezone_id="Asia/Shanghai",
            has_touch=width < 600,
        )
        self._contexts.append(context)
        cookies = {LANGUAGE_COOKIE: lang, **({SESSION_COOKIE: session} if session else {})}
        context.add_cookies([{"name": n, "value": v, "url": self._url} for n, v in cookies.items()])
        context.on("request", self._watch)
        context.on("console", self._listen)
        # the network is cut: whatever is not the server gets no answer
        context.route(
            lambda url: not url.startswith((self._url, "data:", "blob:")), lambda route: route.abort()
        )
        page = context.new_page()
        page.on("pageerror", lambda error: self.errors.append(str(error)))
        page.set_default_timeout(15_000)
        return page

    def close(self) -> None:
        """Close them all."""
        for context in self._contexts:
            context.close()

    def _watch(self, request: Request) -> None:
        if not request.url.startswith((self._url, "data:", "blob:", "about:")):
            self.foreign.append(request.url)

    def _listen(self, message: ConsoleMessage) -> None:
        if message.type == "error":
            self.complaints.append(f"{message.location.get('url', '')}: {message.text}")


def accessibility_faults(page: Page) -> list[str]:
    """Return what axe-core finds on a page by WCAG 2.1 A and AA and its own good practice."""
    page.evaluate(_AXE.read_text(encoding="utf-8"))
    rules = "['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'best-practice']"
    found = page.evaluate(f"axe.run({{runOnly: {rules}}}).then(r => r.violations)")
    return [f"{fault['id']} {[node['target'] for node in fault['nodes']]}" for fault in found]
