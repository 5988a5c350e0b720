"""The published table in a browser: what is written elsewhere appears on the open page."""

from __future__ import annotations

from dataclasses import replace

import pytest
from playwright.sync_api import expect

from fieldmap.store import Store
from tests.browser import Windows
from tests.web.conftest import NewPage
from tests.web.village import TODAY, VISITS

pytestmark = pytest.mark.browser


def test_a_visit_saved_elsewhere_is_in_the_open_table(
    windows: Windows, new_page: NewPage, store: Store
) -> None:
    """Another process writes a visit: 3 household-times become 4, nothing is pressed."""
    page = new_page("county")
    page.goto("/rollup?period=2026-03")
    county = page.locator("#figures tr.level-2 td").nth(-3)
    expect(county).to_have_text("3")
    store.visits.record(replace(VISITS[0], id="fresh", day=TODAY), by="a")
    expect(county).to_have_text("4", timeout=10_000)
