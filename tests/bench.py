"""The phone's own modules in a browser, without the app around them, beside the station's store."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from playwright.sync_api import Page

from fieldmap.store import Store
from tests.phone import PIN
from tests.web.village import VISITS, Village

__all__ = ["Bench"]

MODULES = ("vault", "outbox", "seal", "bytes", "keypad")

HELPERS = """
window.failed = (work) => work.then(() => null, (error) => ({
  reason: error.reason || error.code || error.name, left: error.left, message: error.message,
}));
null;
"""


@dataclass
class Bench:
    """The phone's own modules on its own page, without the app around them."""

    page: Page
    store: Store
    village: Village

    def start(self, *, outbox: bool = True) -> Bench:
        """Open the page, or open it again, and its vault."""
        self.page.route("**/static/phone/app.js", lambda route: route.fulfill(content_type="text/javascript"))
        self.page.goto("/phone")
        self.page.evaluate(HELPERS)
        loaded = ", ".join(f"import('/static/phone/{name}.js')" for name in MODULES)
        self.run(
            f"const [{', '.join(MODULES)}] = await Promise.all([{loaded}]);"
            "Object.assign(window, vault, seal, bytes, keypad);"
            "window.vault = await vault.openVault();"
            + (
                "window.outbox = new outbox.Outbox(window.vault); await window.outbox.ready;"
                if outbox
                else ""
            )
        )
        return self

    def run(self, script: str, value: Any = None) -> Any:
        """Run statements with ``given``; return what they return."""
        return self.page.evaluate(f"async (given) => {{ {script} }}", value)

    def keys(self, login: str = "worker", **changes: Any) -> dict[str, Any]:
        """Ask the station for a phone's keys, as a sign-in does."""
        code = self.store.accounts.invite(self.village.ids[login])
        answer: dict[str, Any] = self.run(
            "const headers = {'content-type': 'application/json'};"
            "const body = JSON.stringify({invitation: given});"
            "return (await fetch('/phone/sign-in', {method: 'POST', headers, body})).json()",
            code,
        )
        return {**answer, **changes}

    def sign_in(self, login: str = "worker", **changes: Any) -> dict[str, Any]:
        """Sign in and choose the PIN."""
        held = self.keys(login, **changes)
        self.run("await window.vault.signIn(given[0], given[1])", [held, PIN])
        # once opened it sends by itself: what a test does comes after that
        self.run("if (window.outbox) await window.outbox.courier.running;")
        return held

    def save(self, note: str = "", **options: Any) -> str:
        """Save a visit at the second household; return its id."""
        body = {
            "household_id": "h2",
            "client_ids": ["p2"],
            "outcome": "seen",
            "channel": "door",
            "note": note,
        }
        saved: str = self.run(
            "return window.outbox.add('visit', given[0], {undo: true, ...given[1]})", [body, options]
        )
        return saved

    def flush(self) -> bool:
        """Send what waits, after what is on its way already; return whether everything went."""
        went: bool = self.run("await window.outbox.courier.running; return window.outbox.flush()")
        return went

    def offline(self, cut: bool = True) -> None:
        """Cut the network or give it back, without waking anything."""
        self.page.context.set_offline(cut)

    def states(self) -> list[str]:
        """Return the states of everything on the phone, the oldest first."""
        found: list[str] = self.run("return window.outbox.entries().map((entry) => entry.state)")
        return found

    def stored(self) -> int:
        """Return how many visits the station has beside those of the village."""
        return len(self.store.snapshot().visits) - len(VISITS)
