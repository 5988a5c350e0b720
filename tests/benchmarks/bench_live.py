"""From a visit that another program writes to the figure on an open page, beside loading the page again.

``python -m tests.benchmarks.bench_live --markdown``

The township of :mod:`tests.twentytwo`. A second connection to the county file
writes a visit and takes it back, in turn; a page in Chromium is open all the
while. Seconds are by the clock on the wall, the middle of the rounds and the
worst in brackets: from before the write until the page shows the new figure.
The peer is a person who loads the page again: until the same figure stands there.
"""

from __future__ import annotations

import os
import shutil
import tempfile
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from statistics import median

import click
from playwright.sync_api import Page

from fieldmap.settings import Settings
from fieldmap.store import Store
from tests import twentytwo
from tests.benchmarks.tables import Table
from tests.browser import DESK, PHONE, Windows, launched, serving
from tests.twentytwo import LAST_DAY
from web.app import create_app

__all__ = ["PAGES", "Shown"]

NOW = datetime(2026, 3, 31, 1, 0, tzinfo=UTC)
_AGAIN = 3


@dataclass(frozen=True, slots=True)
class Shown:
    """A page, where its figure stands, and what it says without the visit and with it."""

    login: str
    path: str
    screen: tuple[int, int]
    place: str
    without: str
    with_it: str


PAGES = (
    Shown("head", "/map", DESK, ".coverage-total strong", "16/22", "17/22"),
    Shown("g2", "/map", PHONE, ".coverage-total strong", "0/4", "1/4"),
    Shown("county", "/rollup", DESK, "#figures", "72.7", "77.3"),
)
"""The pages that are timed."""


@contextmanager
def _station(folder: Path) -> Iterator[tuple[str, Store, dict[str, str]]]:
    """Serve the township; yield its address, a second connection and the sessions."""
    village = twentytwo.build(folder / "county.db")
    settings = Settings(db=village.path, network=folder / "network")
    with ExitStack() as stack:
        url = stack.enter_context(serving(create_app(settings, today=lambda: LAST_DAY, clock=lambda: NOW)))
        store = Store.open(village.path, clock=lambda: NOW)
        stack.callback(store.close)
        yield url, store, dict(village.tokens)


def _until(page: Page, shown: Shown, text: str) -> None:
    page.wait_for_function(
        "([place, text]) => (document.querySelector(place) || {textContent: ''}).textContent.includes(text)",
        arg=[shown.place, text],
        timeout=60_000,
    )


def _heard(page: Page, shown: Shown, store: Store, rounds: int) -> list[float]:
    """Return the seconds of each round: a visit is written, or taken back."""
    page.goto(shown.path)
    page.wait_for_function("() => document.documentElement.dataset.live === 'on'")
    _until(page, shown, shown.without)
    found = []
    for number in range(rounds):
        visit = replace(twentytwo.contact(11, LAST_DAY), id=f"live-{shown.login}-{number}")
        begun = time.perf_counter()
        store.visits.record(visit, by="worker")
        _until(page, shown, shown.with_it)
        found.append(time.perf_counter() - begun)
        begun = time.perf_counter()
        store.visits.withdraw(visit.id)
        _until(page, shown, shown.without)
        found.append(time.perf_counter() - begun)
    return found


def _loaded(page: Page, shown: Shown) -> list[float]:
    """Return the seconds of loading the page again."""
    found = []
    for _ in range(_AGAIN):
        begun = time.perf_counter()
        page.reload(wait_until="commit")
        _until(page, shown, shown.without)
        found.append(time.perf_counter() - begun)
    return found


def _seconds(values: list[float]) -> str:
    return f"{median(values):.2f} ({max(values):.2f})"


@click.command()
@click.option("--rounds", default=5, help="How many visits are written and taken back.")
@click.option("--markdown", is_flag=True)
def main(rounds: int, markdown: bool) -> None:
    """Time every page."""
    chromium = os.environ.get("FIELDMAP_CHROMIUM") or shutil.which("chromium") or "chromium"
    table = Table(("page", "from the write to the figure, s", "loading it again, s"))
    with (
        tempfile.TemporaryDirectory() as folder,
        launched(chromium) as browser,
        _station(Path(folder)) as (url, store, tokens),
    ):
        windows = Windows(browser, url)
        for shown in PAGES:
            page = windows.open(shown.screen, session=tokens[shown.login])
            live = _heard(page, shown, store, rounds)
            table.add(f"{shown.login}: {shown.path}", _seconds(live), _seconds(_loaded(page, shown)))
        windows.close()
    table.print(markdown)


if __name__ == "__main__":
    main()
