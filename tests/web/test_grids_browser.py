"""The page of the grids in a browser: repaired with one tap, taken back with another."""

from __future__ import annotations

from dataclasses import replace

import pytest
from playwright.sync_api import expect

from fieldmap.store import Store
from tests.browser import PHONE, accessibility_faults
from tests.web.conftest import NewPage
from tests.web.test_grids import BOW, WIDE, drawn
from tests.web.village import GRID_A, GRID_B, HOUSEHOLDS, LAT

pytestmark = pytest.mark.browser


def test_head_repairs_a_grid_and_takes_it_back(new_page: NewPage, store: Store) -> None:
    """Every kind of picture fits a desk and a phone, shuts nobody out, and each button does what it says."""
    drawn(store, GRID_A, BOW)
    drawn(store, GRID_B, WIDE)
    h1, h5 = (next(h for h in HOUSEHOLDS if h.id == key) for key in ("h1", "h5"))
    assert h1.door is not None
    store.facts.record([replace(h1, door=replace(h1.door, lat=LAT - 0.0005)), replace(h5, grid_code="gone")])
    page = new_page("head", lang="en")
    page.goto("/grids")
    expect(page.get_by_role("heading", level=2)).to_have_count(4)
    assert accessibility_faults(page) == []
    mended = page.get_by_role("button", name="Repair it this way").first
    mended.click()
    expect(page.get_by_role("heading", name="Repairs of late")).to_be_visible()
    page.get_by_role("button", name="Take back").click()
    expect(page.get_by_role("heading", name="Repairs of late")).to_have_count(0)
    phone = new_page("head", width=PHONE[0], height=PHONE[1])
    phone.goto("/grids")
    assert phone.evaluate("document.documentElement.scrollWidth") <= PHONE[0]
