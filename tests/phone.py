"""A phone signed in as a person does it: the code, the PIN, the wait until it works offline."""

from __future__ import annotations

from playwright.sync_api import Page, expect

from fieldmap.store import Store

__all__ = ["PIN", "enter", "invitation", "signed_in", "unlocked"]

PIN = "246810"
"""What the people of the tests choose."""


def invitation(store: Store, login: str) -> str:
    """Return the address that the head's QR code leads to."""
    account = next(account for account in store.accounts.all() if account.login == login)
    return f"/phone#bind={store.accounts.invite(account.id)}"


def enter(page: Page, pin: str) -> None:
    """Press six keys, as a thumb does."""
    for digit in pin:
        page.locator(f".pin-key[data-key='{digit}']").click()


def signed_in(page: Page, store: Store, login: str, pin: str = PIN, at: str = "") -> None:
    """Open the code's address, choose the PIN and wait until the phone says that it is ready offline.

    ``at`` is the station's address where the page knows none.
    """
    page.goto(at + invitation(store, login))
    page.locator(".keypad").wait_for()
    enter(page, pin)
    expect(page.get_by_role("heading", level=2)).to_have_text("再输一次开锁密码")
    enter(page, pin)
    page.locator("#ready.ok").wait_for(timeout=60_000)  # the whole shell is fetched and checked


def unlocked(page: Page, pin: str = PIN) -> None:
    """Enter the PIN of a phone that was opened again."""
    page.locator(".keypad").wait_for()
    enter(page, pin)
    page.locator(".keypad").wait_for(state="detached")
