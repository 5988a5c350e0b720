"""A phone ready offline, the line to its station, and what desk and colleagues do meanwhile."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from typing import Any

import httpx2
from playwright.sync_api import Page, expect

from fieldmap.access import AccountRole, Hat
from fieldmap.models import Visit
from fieldmap.settings import Settings
from fieldmap.store import Store
from tests.browser import Windows
from tests.phone import signed_in
from tests.web.sending import Envelope, sealer_of
from tests.web.village import NOW, PASSWORD, TODAY, TOWN, VISITS
from tests.wire import OUTBOX, How, Wire

__all__ = ["OTHER_WINDOW", "Trial"]

REACH = """async () => {
  const { Outbox } = await import("/static/phone/outbox.js");
  const held = Outbox.prototype.held;
  Outbox.prototype.held = function () { window.outbox = this; return held.call(this); };
  dispatchEvent(new Event("hashchange"));
  Outbox.prototype.held = held;
}"""
"""Find the outbox of the app that is open."""

SETTLED = "() => window.outbox.entries().every((entry) => entry.state !== 'waiting')"

SEAL = """async ([id, told]) => {
  const { seal } = await import("/static/phone/seal.js");
  const { utf8 } = await import("/static/phone/bytes.js");
  const { outbox } = window;
  const { warrant, station } = outbox.vault.credentials();
  const made = await outbox.made("visit", {}, {});
  const key = id || made.record.id;
  const at = outbox.vault.now().toISOString();
  const content = { v: 1, kind: "visit", id: key, warrant, made_at: at, packet_at: at, ...told };
  const sealed = { id: key, bytes: await seal(station, key, utf8(JSON.stringify(content))) };
  await outbox.saved((hand) => outbox.shelve(hand, { ...made, record: { ...made.record, id: key }, sealed }));
  await outbox.changed();
  return key;
}"""
"""Seal a content that the app of today does not write, and lay it into the outbox; return its id."""


OTHER_WINDOW = """() => new Promise((held) => {
  navigator.locks.request("fieldmap-outbox", () => {
    held();
    return new Promise((done) => { window.done = done; });
  });
})"""
"""Another window of the phone is sending: this one keeps what is saved until ``done``."""


@dataclass
class Trial:
    """One phone, the line to its station, and one clock for both of them until the phone's is turned."""

    store: Store
    settings: Settings
    wire: Wire
    windows: Windows
    page: Page
    moment: list[datetime] = field(default_factory=lambda: [NOW])

    def go(self, hour: int, minute: int = 0, day: date = TODAY) -> None:
        """Let it be a time of China, at the station and on the phone."""
        moment = datetime(day.year, day.month, day.day, hour, minute, tzinfo=UTC) - timedelta(hours=8)
        self.moment[0] = moment
        self.page.clock.set_fixed_time(moment)

    def turn_clock(self, days: int) -> None:
        """Turn the phone's own clock away from the true time."""
        self.page.clock.set_fixed_time(self.moment[0] + timedelta(days=days))

    def enter(self, login: str) -> None:
        """Sign in, wait until everything is ready offline, cut the network."""
        self.go(9)
        signed_in(self.page, self.store, login)
        self.page.evaluate(REACH)
        self.cut()

    def cut(self, down: bool = True) -> None:
        """Cut the network, or give it back."""
        self.page.context.set_offline(down)

    def sent(self) -> None:
        """Give the network back and wait until the station has answered for everything."""
        self.cut(False)
        self.page.wait_for_function(SETTLED)

    def add(self, kind: str, body: Mapping[str, Any], **options: Any) -> str:
        """Save something as the app's own views do; return its id."""
        asked = [kind, dict(body), {"undo": True, **options}]
        made: str = self.page.evaluate("(given) => window.outbox.add(...given)", asked)
        return made

    def visit(self, house: str, clients: str, outcome: str = "seen", **more: Any) -> str:
        """Save a visit."""
        body = {"household_id": house, "client_ids": clients.split(), "outcome": outcome, **more}
        return self.add("visit", body, about=house)

    def take_back(self, envelope: str) -> Any:
        """Take something back on the phone; return what was in the form, None where it is too late."""
        return self.page.evaluate("(id) => window.outbox.undo(id)", envelope)

    def sealed(self, envelope: str = "", **told: Any) -> str:
        """Lay an envelope of another making into the outbox; return its id."""
        made: str = self.page.evaluate(SEAL, [envelope, told])
        return made

    def flushed(self) -> None:
        """Send now what waits, after what is on its way."""
        self.page.evaluate(
            "() => Promise.resolve(window.outbox.courier.running).then(() => window.outbox.flush())"
        )

    def entry(self, envelope: str) -> tuple[str, str]:
        """Return what the phone knows of an envelope: state and code."""
        found = self.page.evaluate("() => window.outbox.entries()")
        return next((one["state"], one["code"]) for one in found if one["id"] == envelope)

    def held(self, count: int, time: str) -> None:
        """Expect the phone to say that the station holds everything."""
        expect(self.page.locator("#held.ok")).to_have_text(f"{count} 条中 {count} 条已在站里 · {time}")

    def lost(self) -> bytes:
        """Wait until envelopes have stayed on the way; return the request."""
        for _ in range(200):
            if found := [one.body for one in self.wire.carried if one.how is How.CUT_UP]:
                return found[0]
            self.page.wait_for_timeout(50)
        raise AssertionError("nothing was sent")

    def post(self, body: bytes) -> list[str]:
        """Bring a request to the station by another way; return the states it answers."""
        station = f"http://127.0.0.1:{self.wire.target}{OUTBOX}"
        answer = httpx2.post(station, content=body, headers={"content-type": "application/json"}, timeout=30)
        return [receipt["state"] for receipt in answer.json()["receipts"]]

    def colleague(self, *envelopes: Envelope) -> None:
        """Send what a colleague recorded on her own phone."""
        known = [account for account in self.store.accounts.all() if account.login == "colleague"]
        hats = (Hat(AccountRole.WORKER, TOWN.code),)
        account = (
            known[0] if known else self.store.accounts.add("colleague", "刘强", None, hats, actor_id="w2")
        )
        sealer = sealer_of(self.store, account)
        told = {
            "app": "test",
            "waiting": 0,
            "failures": 0,
            "envelopes": [sealer.sealed(e) for e in envelopes],
        }
        assert self.post(json.dumps(told).encode()) == ["held"] * len(envelopes)

    def came(self) -> list[Visit]:
        """Return the visits that came in, by id."""
        known = {visit.id for visit in VISITS}
        return sorted((v for v in self.store.snapshot().visits if v.id not in known), key=lambda v: v.id)

    def desk(self, part: str, login: str = "head") -> list[list[str]]:
        """Return the rows of a part of the head's inbox, without the times and the buttons."""
        token = self.store.accounts.sign_in(login, PASSWORD, hours=12)
        page = self.windows.open(session=token)
        page.goto("/inbox")
        rows = page.locator(f"#{part} tbody tr").all()
        found = [row.locator("td").all_inner_texts()[1:-1] for row in rows]
        page.context.close()
        return [[" ".join(cell.split()) for cell in row] for row in found]
