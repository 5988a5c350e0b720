"""The village, an app on it, a server, and a browser that knows no other host."""

from __future__ import annotations

import contextlib
import shutil
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path

import pytest
import uvicorn
from fastapi import FastAPI
from playwright.sync_api import Browser, Page, Request, sync_playwright
from starlette.testclient import TestClient

from fieldmap.settings import Settings
from fieldmap.store import Store
from tests.web.village import NOW, TODAY, Village, build
from web.app import create_app
from web.security import SESSION_COOKIE

_AXE = Path(__file__).parent.parent.parent / "node_modules" / "axe-core" / "axe.min.js"

_BROWSER_ARGUMENTS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]


@pytest.fixture(scope="session")
def built_village(tmp_path_factory: pytest.TempPathFactory) -> Village:
    """Return the village, written once; copied for each test."""
    return build(tmp_path_factory.mktemp("village") / "county.db")


@pytest.fixture
def village(built_village: Village, tmp_path: Path) -> Village:
    """Return this test's own copy of the village."""
    path = tmp_path / "county.db"
    shutil.copy(built_village.path, path)
    return replace(built_village, path=path)


@pytest.fixture
def settings(village: Village, tmp_path: Path) -> Settings:
    """Return settings for the village; no road network."""
    return Settings(db=village.path, network=tmp_path / "network", plan_seconds=1.0, memory_mb=4096)


@pytest.fixture
def app(settings: Settings) -> FastAPI:
    """Return the app of the village on 2026-03-20."""
    return create_app(settings, today=lambda: TODAY, clock=lambda: NOW)


@pytest.fixture
def store(village: Village) -> Iterator[Store]:
    """Return the village's store, to look at what the pages wrote."""
    opened = Store.open(village.path, clock=lambda: NOW)
    yield opened
    opened.close()


type As = Callable[[str], TestClient]


@pytest.fixture
def signed_in(app: FastAPI, village: Village) -> Iterator[As]:
    """Return a function: login → a client of the app with that session and its form token.

    ``""`` is nobody. Redirects are not followed.
    """
    with TestClient(app, base_url="http://testserver") as outer:

        def client(login: str) -> TestClient:
            made = TestClient(app, base_url="http://testserver", follow_redirects=False)
            made.portal = outer.portal  # one event loop and its threads for all of them
            made.headers["accept"] = "text/html"
            if login:
                made.cookies.set(SESSION_COOKIE, village.tokens[login])
                made.headers["x-csrf"] = village.csrf[login]
            return made

        assert outer.get("/health").json()["status"] == "ok"
        yield client


@dataclass(frozen=True)
class Served:
    """An app that listens; ``url`` has no slash at its end."""

    url: str
    app: FastAPI
    village: Village


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


@pytest.fixture
def served_app(app: FastAPI, village: Village) -> Iterator[Served]:
    """Return the village's app, listening."""
    with serving(app) as url:
        yield Served(url, app, village)


@pytest.fixture(scope="session")
def browser(chromium: str) -> Iterator[Browser]:
    """Return one Chromium for all tests."""
    with sync_playwright() as playwright:
        launched = playwright.chromium.launch(executable_path=chromium, args=_BROWSER_ARGUMENTS)
        yield launched
        launched.close()


def accessibility_faults(page: Page) -> list[str]:
    """Return what axe-core finds on a page by WCAG 2.1 A and AA and its own good practice."""
    page.evaluate(_AXE.read_text(encoding="utf-8"))
    rules = "['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'best-practice']"
    found = page.evaluate(f"axe.run({{runOnly: {rules}}}).then(r => r.violations)")
    return [f"{fault['id']} {[node['target'] for node in fault['nodes']]}" for fault in found]


type NewPage = Callable[..., Page]


@pytest.fixture
def new_page(browser: Browser, served_app: Served) -> Iterator[NewPage]:
    """Return a function that opens a page, signed in, with the network cut but for the server.

    ``new_page(login="", lang="zh-CN", width=1366, height=768)``. A request to
    another host is refused and fails the test; so does an error of a script.
    """
    foreign: list[str] = []
    errors: list[str] = []
    contexts = []

    def open_page(login: str = "", *, lang: str = "zh-CN", width: int = 1366, height: int = 768) -> Page:
        context = browser.new_context(
            base_url=served_app.url,
            viewport={"width": width, "height": height},
            locale=lang,
            timezone_id="Asia/Shanghai",
            has_touch=width < 600,
        )
        contexts.append(context)
        cookies = {"lang": lang}
        if login:
            cookies[SESSION_COOKIE] = served_app.village.tokens[login]
        context.add_cookies([{"name": n, "value": v, "url": served_app.url} for n, v in cookies.items()])

        def watch(request: Request) -> None:
            if not request.url.startswith((served_app.url, "data:", "blob:", "about:")):
                foreign.append(request.url)

        context.on("request", watch)
        # the network is cut: whatever is not the server gets no answer
        context.route(
            lambda url: not url.startswith((served_app.url, "data:", "blob:")),
            lambda route: route.abort(),
        )
        page = context.new_page()
        page.on("pageerror", lambda error: errors.append(str(error)))
        page.set_default_timeout(15_000)
        return page

    yield open_page
    for context in contexts:
        context.close()
    assert foreign == [], "a page asked another host"
    assert errors == [], "a script failed"
