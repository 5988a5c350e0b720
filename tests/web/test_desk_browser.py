"""The desk in a browser with the network cut."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import expect

from tests.phone import PIN, enter
from tests.web.conftest import NewPage
from tests.web.village import PASSWORD

pytestmark = pytest.mark.browser


def test_somebody_signs_in_changes_the_language_and_signs_out(new_page: NewPage) -> None:
    """A head signs in by password, reads the desk in English, and signs out."""
    page = new_page()
    page.goto("/desk")
    page.get_by_label("账号").fill("head")
    page.get_by_label("密码").fill(PASSWORD)
    page.get_by_role("button", name="登录").click()
    expect(page.locator("#rate")).to_have_text("3/7 = 42.9 %")
    page.get_by_role("button", name="English").click()
    expect(page.get_by_role("heading", name="Who is to be seen today")).to_be_visible()
    page.get_by_role("button", name="Sign out").click()
    expect(page.get_by_role("button", name="Sign in")).to_be_visible()


def test_the_head_plans_reviews_and_publishes(new_page: NewPage) -> None:
    """From the desk: choose who goes, wait, read the routes, take a door out, publish."""
    page = new_page("head")
    page.goto("/desk")
    page.get_by_role("button", name="开始排").click()
    expect(page.get_by_role("button", name="发布这份计划")).to_be_visible(timeout=90_000)
    expect(page.locator(".stop-number")).to_have_count(4)
    page.get_by_role("row", name=re.compile("北坡村2号")).get_by_role("button", name="移出").click()
    expect(page.get_by_text("该去但不在这份计划里")).to_be_visible(timeout=90_000)
    page.get_by_role("button", name="发布这份计划").click()
    expect(page.locator("h1 .chip")).to_have_text("已发布")
    page.goto("/desk")
    expect(page.locator(".plan-line")).to_contain_text("2 户")


def test_a_plan_is_cancelled_from_its_page(new_page: NewPage) -> None:
    """While the planner works the head sees how far it is, stops it, and can begin again."""
    page = new_page("head")
    page.goto("/plans")
    page.get_by_role("button", name="排这一天").click()
    expect(page.locator(".job-steps [data-at=now]")).to_have_count(1, timeout=30_000)
    page.get_by_role("button", name="取消").click()
    expect(page.get_by_role("heading", name="已取消")).to_be_visible(timeout=2_000)
    expect(page.get_by_text("没有留下新计划")).to_be_visible()
    expect(page.get_by_role("progressbar")).to_be_hidden()
    page.reload()
    expect(page.get_by_role("heading", name="已取消")).to_be_visible()
    page.get_by_role("link", name="再排一次").click()
    expect(page.get_by_role("button", name="排这一天")).to_be_visible()


def test_the_filters_of_the_desk_apply_at_once(new_page: NewPage) -> None:
    """Choosing a gap narrows the list without another button."""
    page = new_page("head")
    page.goto("/desk")
    expect(page.locator("tbody tr")).to_have_count(5)
    page.get_by_label("按缺口").select_option("never")
    expect(page.locator("tbody tr")).to_have_count(1)


def test_the_code_on_the_slip_binds_a_phone(new_page: NewPage) -> None:
    """The head prints a code; a phone that opens its link chooses a PIN and is signed in."""
    page = new_page("head")
    page.goto("/accounts")
    page.get_by_role("row", name=re.compile("陈桂英")).get_by_role("button", name="登录二维码").click()
    expect(page.locator(".code svg")).to_be_visible()
    phone = new_page(width=360, height=640)
    phone.goto(page.locator(".link-text").inner_text())
    phone.locator(".keypad").wait_for()
    enter(phone, PIN + PIN)
    phone.locator("#ready.ok").wait_for()
