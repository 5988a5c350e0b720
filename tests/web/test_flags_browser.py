"""A flag registered at the desk, on a narrow screen, in a browser with the network cut."""

from __future__ import annotations

import pytest
from playwright.sync_api import expect

from fieldmap.models import Flag, FlagState, Position
from fieldmap.store import Store
from tests.browser import accessibility_faults
from tests.web.conftest import NewPage
from tests.web.village import GRID_A, LAT, LON, NOW, Village

pytestmark = pytest.mark.browser


def test_the_head_registers_a_flag_as_a_new_household(
    new_page: NewPage, store: Store, village: Village
) -> None:
    """From the list to the form, a mistake named at its field, then the household: on a narrow screen."""
    place = Position(LON + 0.0041, LAT + 0.0031)
    store.flags.report(Flag("f1", GRID_A, "村东第三家", place, village.ids["grid_manager"], NOW))
    page = new_page("head", width=360, height=640)
    page.goto("/flags")
    assert page.evaluate("document.documentElement.scrollWidth") <= 360
    page.get_by_role("link", name="登记…").click()
    expect(page.get_by_text("相距 15 米")).to_be_visible()
    form = page.locator("#new")
    expect(form.get_by_label("经度")).to_have_value("107.504100")
    form.get_by_label("姓名 必填").fill("何大山")
    form.get_by_label("出生日期").first.fill("1941-02-03")
    form.locator("summary").first.click()
    form.get_by_label("独居").first.check()
    page.get_by_role("button", name="登记这一户").click()
    expect(page.get_by_role("alert")).to_contain_text("没有住址")
    assert accessibility_faults(page) == []
    assert page.evaluate("document.documentElement.scrollWidth") <= 360
    expect(form.get_by_label("独居").first).to_be_checked()
    form.get_by_label("住址").fill("村东第三家")
    page.get_by_role("button", name="登记这一户").click()
    expect(page.get_by_role("link", name="排进计划")).to_be_visible()
    flag = store.flags.get("f1")
    assert flag.state is FlagState.REGISTERED
    assert store.snapshot().households[flag.household_id].door == place
