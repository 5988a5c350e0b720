"""The program that times the coverage page, on a county small enough for a test."""

from __future__ import annotations

from pathlib import Path

import pytest
from playwright.sync_api import Browser

from tests.benchmarks.bench_map import county, measured
from tests.benchmarks.counties import CountyRecipe
from tests.benchmarks.tables import Table

SMALL = CountyRecipe(stations=1, villages=2, clients=120)
_COLUMNS = ("place", "page", "idle", "spread", "to plain", "work", "gz", "sent", "requests", "written")


@pytest.mark.browser
def test_every_page_is_looked_at_and_has_its_row(browser: Browser, tmp_path: Path) -> None:
    """The plain page, a cold app, a warm one and the same again, each idle after a time of its own."""
    table = Table(_COLUMNS)
    measured(browser, county(tmp_path, SMALL), tmp_path, 1, table)
    assert [row[:2] for row in table.rows] == [
        ("county", "plain Folium"),
        ("county", "cold"),
        ("county", "first"),
        ("county", "again"),
    ]
    assert all(float(row[2]) > 0 and int(row[8]) > 1 for row in table.rows)
