"""What every test may ask for, and what a skipped test means."""

from __future__ import annotations

import os
import shutil
from collections.abc import Generator, Iterator
from pathlib import Path

import hypothesis
import pytest
from playwright.sync_api import Browser

from tests.browser import launched
from tests.web.cli.county import Ran, Station

ROOT = Path(__file__).parent.parent
ROADS = ROOT.parent / "shared" / "data"

# The same examples on every machine; new ones with --hypothesis-profile=search.
hypothesis.settings.register_profile("house", deadline=None, derandomize=True, database=None)
hypothesis.settings.register_profile("search", deadline=None, max_examples=2000)
hypothesis.settings.load_profile("house")


@pytest.fixture(scope="session")
def roads() -> Path:
    """Return the folder of the real road files."""
    if not (ROADS / "puyang.osm.pbf").is_file():
        pytest.skip("no road files in ../shared/data")
    return ROADS


@pytest.fixture(scope="session")
def chromium() -> str:
    """Return the path of the browser for tests that drive one."""
    for name in (os.environ.get("FIELDMAP_CHROMIUM", ""), "chromium", "chromium-browser", "google-chrome"):
        if name and (path := shutil.which(name)):
            return path
    pytest.skip("no browser: install Chromium or set FIELDMAP_CHROMIUM")


@pytest.fixture(scope="session")
def browser(chromium: str) -> Iterator[Browser]:
    """Return one Chromium for all tests."""
    with launched(chromium) as found:
        yield found


@pytest.fixture(scope="session")
def demo_ran(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Ran]:
    """Go the demo's way once, in English; return its folder, to be copied, and what it said."""
    station = Station(tmp_path_factory.mktemp("demo"))
    out = station.folder / "out"
    return out, station.done("demo", "--no-serve", "--out", out, "--seconds", "2")


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(
    item: pytest.Item, call: pytest.CallInfo[None]
) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """Make a skipped browser or road test a failure where FIELDMAP_NO_SKIP is set."""
    report = yield
    wanted = any(item.get_closest_marker(name) for name in ("browser", "real"))
    if report.skipped and wanted and os.environ.get("FIELDMAP_NO_SKIP") and not hasattr(report, "wasxfail"):
        report.outcome = "failed"
        report.longrepr = f"skipped, which FIELDMAP_NO_SKIP forbids: {report.longreprtext}"
    return report


@pytest.hookimpl(wrapper=True)
def pytest_make_collect_report(
    collector: pytest.Collector,
) -> Generator[None, pytest.CollectReport, pytest.CollectReport]:
    """Make a whole module that skips itself a failure where FIELDMAP_NO_SKIP is set."""
    report = yield
    if report.skipped and os.environ.get("FIELDMAP_NO_SKIP"):
        report.outcome = "failed"
        report.longrepr = f"skipped, which FIELDMAP_NO_SKIP forbids: {report.longreprtext}"
    return report
