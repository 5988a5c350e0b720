"""The village, an app on it, a server, and a browser that knows no other host."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path

import pytest
from fastapi import FastAPI
from playwright.sync_api import Browser, Page
from starlette.testclient import TestClient

from fieldmap.settings import Settings
from fieldmap.store import Store
from tests.browser import Windows, serving
from tests.web.village import NOW, TODAY, Village, build
from web.app import create_app
from web.security import SESSION_COOKIE


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


@pytest.fixture
def served_app(app: FastAPI, village: Village) -> Iterator[Served]:
    """Return the village's app, listening."""
    with serving(app) as url:
        yield Served(url, app, village)


@pytest.fixture
def windows(browser: Browser, served_app: Served) -> Iterator[Windows]:
    """Return windows on the village's app; the test fails where one asks another host or a script fails."""
    opened = Windows(browser, served_app.url)
    yield opened
    opened.close()
    assert opened.foreign == [], "a page asked another host"
    assert opened.errors == [], "a script failed"


type NewPage = Callable[..., Page]


@pytest.fixture
def new_page(windows: Windows, served_app: Served) -> NewPage:
    """Return a function that opens a page, signed in: see :class:`tests.browser.Windows`.

    ``new_page(login="", lang="zh-CN", width=1366, height=768)``.
    """

    def open_page(login: str = "", *, lang: str = "zh-CN", width: int = 1366, height: int = 768) -> Page:
        session = served_app.village.tokens[login] if login else ""
        return windows.open((width, height), lang=lang, session=session)

    return open_page
