"""Tuesday's visits on Friday: saved without a signal, carried in three days later, counted on Tuesday, once.

And the phone that is lost in between: what lies on its disk opens nothing.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import httpx2
import pytest
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from playwright.sync_api import Browser, Page, expect

from fieldmap.models import Outcome
from fieldmap.sealing import from_base64url, to_base64url, unseal
from fieldmap.settings import Settings
from fieldmap.store import Store
from tests import twelve
from tests.browser import serving
from tests.handset import Handset, text_of
from tests.phone import signed_in
from tests.web.village import PASSWORD
from tests.wire import OUTBOX, Break, How, Wire, wired
from web.app import create_app
from web.pages import CHINA
from web.security import SESSION_COOKIE

pytestmark = pytest.mark.browser

MORNING = datetime(2026, 3, 17, 7, 42, tzinfo=CHINA)
_LEAVE = """async (text) => {
  localStorage.setItem("control", text);
  await (await caches.open("control")).put("/control", new Response(text));
  await new Promise((done, failed) => {
    const asked = indexedDB.open("control");
    asked.onupgradeneeded = () => asked.result.createObjectStore("control").put({text}, 1);
    asked.onsuccess = () => { asked.result.close(); done(); };
    asked.onerror = () => failed(asked.error);
  });
}"""

VISITED = {n: MORNING.replace(hour=9 + n // 3, minute=20 * n % 60) for n in (1, 2, 3)}
"""Number of the stop → when it was recorded: 09:20, 09:40, 10:00."""
WEDNESDAY = MORNING.replace(day=18, hour=15)
FRIDAY = VISITED[3] + timedelta(hours=72)
NEW_PIN = "975310"
CONTROL = "对照文字甲乙丙"
"""Written into the same places unsealed, so that the search is known to find what is there."""


@dataclass
class Days:
    """The station, the line, the phone, and one clock for all of them."""

    store: Store
    wire: Wire
    phone: Handset
    moment: list[datetime] = field(default_factory=lambda: [MORNING])

    def go(self, moment: datetime) -> None:
        """Let time pass, at the station and on the phone."""
        self.moment[0] = moment
        self.phone.set_clock(moment)

    def cut(self, down: bool = True) -> None:
        """Cut the network, or give it back."""
        self.wire.down = down
        self.phone.context.set_offline(down)

    def head(self) -> httpx2.Client:
        """Return the head at the desk, signed in."""
        token = self.store.accounts.sign_in("head", PASSWORD, hours=12)
        session = self.store.accounts.session(token)
        assert session is not None
        headers = {"accept": "text/html", "x-csrf": session.csrf, "accept-language": "zh-CN"}
        station = f"http://127.0.0.1:{self.wire.target}"
        return httpx2.Client(base_url=station, headers=headers, cookies={SESSION_COOKIE: token}, timeout=30)

    def read(self, path: str) -> str:
        """Return what the head reads on a page, on one line."""
        with self.head() as head:
            answer = head.get(path)
        assert answer.status_code == 200, answer.text
        return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", answer.text))

    def rows(self) -> list[tuple[str, date, Outcome, str]]:
        """Return what the phone brought: household, day, outcome, clock at the end of the visit."""
        found = [visit for visit in self.store.snapshot().visits if not visit.id.startswith("seen-")]
        return sorted(
            (v.household_id, v.day, v.outcome, v.ended_at.astimezone(CHINA).strftime("%H:%M"))
            for v in found
            if v.ended_at is not None
        )


@pytest.fixture
def days(tmp_path: Path, browser: Browser, chromium: str) -> Iterator[Days]:
    """Return Tuesday morning before anything has happened."""
    db = tmp_path / "county.db"
    twelve.build(db)
    moment = [MORNING]

    def clock() -> datetime:
        return moment[0].astimezone(UTC)

    store = Store.open(db, clock=clock)
    twelve.publish(store)
    settings = Settings(db=db, network=tmp_path / "network")
    with ExitStack() as stack:
        stack.callback(store.close)
        url = stack.enter_context(serving(create_app(settings, clock=clock)))
        wire = stack.enter_context(wired(int(url.rpartition(":")[2])))
        phone = Handset(browser.browser_type, chromium, tmp_path / "profile", wire.url)
        phone.set_clock(MORNING)
        stack.callback(phone.off)
        phone.start()
        yield Days(store, wire, phone, moment)


def save(page: Page, number: int) -> None:
    """Record "at home, all well" at a stop."""
    row = page.locator(f"#stop-{number}")
    if not row.locator(".record").is_visible():
        row.locator(".stop-head").click()
    row.locator(".record").click()
    page.locator("dialog[open] [data-way=well]").locator("..").click()
    page.locator("dialog[open] .save").click()
    page.locator("dialog[open]").wait_for(state="detached")


def tuesday(days: Days) -> Page:
    """Sign in by the head's code, lose the signal, save three visits."""
    page = days.phone.page
    signed_in(page, days.store, "worker", at=days.wire.url)
    expect(page.locator("#ready")).to_have_text("已下载 12 户,可离线使用 07:42")
    days.cut()
    for number, at in VISITED.items():
        days.go(at)
        save(page, number)
    expect(page.locator("#held")).to_have_text("3 条中 0 条已在站里,其余等信号")
    page.evaluate(_LEAVE, CONTROL)
    return page


def moved_out(days: Days) -> None:
    """At the desk: client 2 moved out on Wednesday."""
    form = {"client": "p2", "reason": "moved", "since": WEDNESDAY.date().isoformat()}
    with days.head() as head:
        assert head.post("/people/h2/exclusions", data=form).status_code == 303


def on_disk(phone: Handset, words: list[str]) -> set[str]:
    """Return which words lie in the profile's files, in either way a browser writes text."""
    whole = b"".join(content for _, content in phone.files())
    return {word for word in words if word.encode() in whole or word.encode("utf-16-le") in whole}


def sealed(dump: dict[str, Any]) -> dict[str, bytes]:
    """Return what waits for the station: id → bytes."""
    return {
        one["id"]: bytes.fromhex(one["bytes"]["bytes"]) for one in dump["databases"]["fieldmap"]["sealed"]
    }


def opens(key: bytes, box: tuple[str, bytes, bytes]) -> bool:
    """Return whether a key opens what the phone keeps readable under a name."""
    name, iv, data = box
    try:
        AESGCM(key).decrypt(iv, data, name.encode())
    except InvalidTag:
        return False
    return True


def candidates(files: list[bytes]) -> Iterator[bytes]:
    """Return every string of 32 bytes, as it lies there and written as text, each once."""
    found = set()
    for content in files:
        found |= {content[at : at + 32] for at in range(len(content) - 31)}
        for text in re.findall(rb"[\w-]{43,}", content):
            found |= {from_base64url(text[at : at + 43].decode()) for at in range(len(text) - 42)}
    return iter(found)


def test_tuesdays_visits_on_friday(days: Days) -> None:
    """Three visits saved without a signal wait three days sealed, and count once, on Tuesday."""
    tuesday(days)
    assert "8/20 = 40.0 %" in days.read("/desk")
    days.phone.crash()
    days.phone.kill()

    days.go(WEDNESDAY)
    moved_out(days)
    assert "8/19 = 42.1 %" in days.read("/desk")

    days.go(FRIDAY)
    days.phone.start()
    days.cut()
    page = days.phone.open()
    expect(page.locator("main")).to_contain_text("过期")
    assert page.locator(".stop-title").count() == 0
    dump = days.phone.dump()
    assert [word for word in twelve.secrets() if word in text_of(dump)] == []
    assert CONTROL in text_of(dump)
    assert on_disk(days.phone, [CONTROL, *twelve.secrets()]) == {CONTROL}
    waiting = sealed(dump)
    assert len(waiting) == 3
    assert days.rows() == []

    sent = len(days.wire.sendings)
    days.wire.breaks.append(Break(How.LOST))
    days.cut(False)
    signed_in(page, days.store, "worker", NEW_PIN, at=days.wire.url)
    expect(page.locator("#held.ok")).to_have_text("3 条中 3 条已在站里 · 10:00")
    with_rows = [sending for sending in days.wire.sendings[sent:] if sending[0]]
    assert with_rows == [(3, How.LOST), (3, How.FINE)]
    assert days.rows() == [
        (f"h{n}", twelve.TUESDAY, Outcome.SEEN, at.strftime("%H:%M")) for n, at in VISITED.items()
    ]
    assert "11/20 = 55.0 %" in days.read("/desk")
    disputes = days.read("/inbox").partition("说法不一致")[2].partition("没有采用的记录")[0]
    assert "1 条" in disputes
    assert "柳荫塘102号" in disputes

    sent = len(days.wire.sendings)
    with page.expect_request_finished(lambda request: request.url.endswith(OUTBOX)):
        page.evaluate("dispatchEvent(new Event('online')); null")
    assert days.wire.sendings[sent:] == [(0, How.FINE)]
    assert len(days.rows()) == 3


def test_a_lost_phone(days: Days) -> None:
    """Stolen on Tuesday with the browser still open: its disk has no name, and no key that opens anything."""
    tuesday(days)
    answer = next(one.answer for one in days.wire.carried if b'"key":' in one.answer)
    key = from_base64url(re.findall(rb'"key":\s*"([\w-]+)"', answer)[-1].decode())
    boxes = [
        (
            f"about {one['id']}",
            bytes.fromhex(one["about"]["iv"]["bytes"]),
            bytes.fromhex(one["about"]["data"]["bytes"]),
        )
        for one in days.phone.dump()["databases"]["fieldmap"]["outbox"]
    ]
    assert [opens(key, box) for box in boxes] == [True] * 3
    waiting = sealed(days.phone.dump())
    days.phone.kill()

    assert on_disk(days.phone, [CONTROL, *twelve.secrets()]) == {CONTROL}
    station = days.store.accounts.county_keys().station
    for at, (name, envelope) in zip(VISITED.values(), waiting.items(), strict=True):
        content = json.loads(unseal(station, envelope, name))
        assert datetime.fromisoformat(content["made_at"]) == at
    kept = [content for path, content in days.phone.files() if "IndexedDB" in path.parts]
    assert sum(map(len, kept)) > 10_000
    assert key not in b"".join(kept)
    assert [found for found in candidates(kept) if opens(found, boxes[0])] == []
    assert key in set(candidates([b"before " + to_base64url(key).encode() + b" behind"]))
