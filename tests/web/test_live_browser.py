"""In a browser: a page that listens asks anew after a write, and says where it hears nothing."""

from __future__ import annotations

from dataclasses import replace

import pytest
from playwright.sync_api import Page, expect

from fieldmap.store import Store
from tests.web.conftest import NewPage, Served
from tests.web.village import TODAY, VISITS

pytestmark = pytest.mark.browser

_LISTEN = """async () => {
  const { onChange } = await import("/static/js/live.js");
  window.told = 0;
  onChange(() => new Promise((done) => { window.told += 1; window.done = done; }));
}"""
_STATE = "() => document.documentElement.dataset.live"


def _listening(page: Page) -> None:
    """Open a page that listens to nothing by itself, let it listen, and wait until it does."""
    page.goto("/phones", wait_until="networkidle")
    page.evaluate(_LISTEN)
    page.wait_for_function(f"{_STATE} === 'on'")


def test_a_page_is_told_once_for_each_write_and_not_while_it_asks(
    new_page: NewPage, served_app: Served, store: Store
) -> None:
    """A visit tells the page; the next one waits until the page has its answer; a lost sign-in shows."""
    page = new_page("head")
    _listening(page)
    assert page.evaluate("window.told") == 0
    expect(page.locator("#live-off")).to_be_hidden()
    for key in ("v8", "v9"):
        store.visits.record(replace(VISITS[0], id=key, day=TODAY), by="w1")
        page.wait_for_function("() => window.told === 1")
        page.wait_for_timeout(1000)  # in which the second would have come
    assert page.evaluate("window.told") == 1
    page.evaluate("window.done()")
    page.wait_for_function("() => window.told === 2")
    page.evaluate("window.done()")
    store.accounts.sign_out(served_app.village.tokens["head"])
    store.visits.record(replace(VISITS[0], id="v10", day=TODAY), by="w1")
    page.wait_for_function(f"{_STATE} === 'off'")
    assert page.evaluate("window.told") == 2
    expect(page.locator("#live-off")).to_be_visible()


def test_what_was_written_before_a_page_listens_is_not_missed(new_page: NewPage, store: Store) -> None:
    """A visit saved after the page was made and before its stream opens tells it as well."""
    page = new_page("head")
    page.goto("/phones", wait_until="networkidle")
    store.visits.record(replace(VISITS[0], id="v8", day=TODAY), by="w1")
    page.evaluate(_LISTEN)
    page.wait_for_function("() => window.told === 1")


def test_a_page_that_listens_comes_to_rest(new_page: NewPage) -> None:
    """The open stream counts as no traffic: a page that listens is idle like any other."""
    page = new_page("head")
    page.goto("/map", wait_until="networkidle")
    page.wait_for_function(f"{_STATE} === 'on'")
    page.reload(wait_until="networkidle")
