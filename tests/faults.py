"""What befalls a phone on the way, by chance and by seed: every visit it called saved arrives exactly once.

The app itself in a browser, its station in a process that is killed, a line
that breaks at any byte. After each run the network is good again; then the
station's rows are counted against what the page had said.
"""

from __future__ import annotations

import contextlib
import multiprocessing
import os
import socket
import time
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from multiprocessing.context import ForkServerProcess
from pathlib import Path
from random import Random

from playwright.sync_api import BrowserType, Error, Page

from fieldmap.settings import Settings
from fieldmap.store import Store
from tests import twelve
from tests.handset import Handset
from tests.phone import PIN, signed_in
from tests.wire import Break, How, Wire, wired
from web.cli.server import run_server
from web.pages import CHINA

__all__ = ["PRESS", "Fault", "Field", "Run", "the_field"]

_PATIENCE_S = 60


class Fault(StrEnum):
    """What befalls a run besides."""

    CUT_UP = "request cut at any byte"
    CUT_DOWN = "answer cut at any byte"
    LOST = "answer lost"
    TWICE = "same request repeated"
    TOGETHER = "same request twice at once"
    SERVER = "server killed"
    PAGE = "page killed after saving"
    AMID = "page killed amid saving"
    BROWSER = "browser killed"
    TABS = "two tabs"
    FULL = "storage full"


_ON_THE_LINE = {
    Fault.CUT_UP: (How.CUT_UP,),
    Fault.CUT_DOWN: (How.CUT_DOWN,),
    Fault.LOST: (How.LOST,),
    Fault.TWICE: (How.TWICE,),
    Fault.TOGETHER: (How.TOGETHER,),
    Fault.SERVER: (How.KILLED_UP, How.KILLED_DOWN),
}


@dataclass(frozen=True)
class Run:
    """What came of one run.

    Attributes
    ----------
    said
        Note of a visit → what the page said last: "saved", "refused", or ""
        where it died before it said anything.
    refused
        How often it said that nothing was saved.
    rows
        Note → how often the station has it.
    hit
        What befell its requests.
    broken
        Why the run could not be ended, as where the browser opens its own
        database no more. The field is of no use afterwards.
    """

    seed: int
    fault: Fault
    said: dict[str, str]
    refused: int
    rows: Counter[str]
    hit: Counter[How]
    broken: str = ""

    @property
    def saved(self) -> list[str]:
        """Return what the page had called saved."""
        return [note for note, word in self.said.items() if word == "saved"]

    @property
    def lost(self) -> list[str]:
        """Return what the page had called saved and the station does not have."""
        return [note for note in self.saved if not self.rows[note]]

    @property
    def doubled(self) -> list[str]:
        """Return what the station has more than once."""
        return [note for note, count in self.rows.items() if count > 1]

    @property
    def unasked(self) -> list[str]:
        """Return what arrived though the page had said that it was not saved, or never began."""
        return [note for note in self.rows if self.said.get(note, "refused") == "refused"]


def _serve(db: Path, port: int) -> None:
    """Serve in this process, which somebody will kill."""
    silent = os.open(os.devnull, os.O_WRONLY)
    os.dup2(silent, 1)
    os.dup2(silent, 2)
    run_server(Settings(db=db, network=db.parent / "network"), "127.0.0.1", port)


@dataclass
class Station:
    """``fieldmap serve`` in a process that is killed and started again."""

    db: Path
    port: int
    process: ForkServerProcess | None = None

    def start(self) -> None:
        """Start it; returns when it listens."""
        context = multiprocessing.get_context("forkserver")
        context.set_forkserver_preload(["web.app", "web.cli.server"])
        self.process = context.Process(target=_serve, args=(self.db, self.port))
        self.process.start()
        until = time.monotonic() + _PATIENCE_S
        while time.monotonic() < until:
            with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", self.port), 1):
                return
            assert self.process.is_alive(), "the station ended before it listened"
            time.sleep(0.02)
        raise AssertionError("the station does not listen")

    def kill(self) -> None:
        """Kill it at once."""
        if self.process is not None:
            self.process.kill()
            self.process.join()


PRESS = """(pin) => {
  for (const digit of pin) document.querySelector(`.pin-key[data-key="${digit}"]`).click();
}"""
"""Enters six digits."""

FILL_IN = """([number, note]) => {
  const row = () => document.getElementById(`stop-${number}`);
  if (!row().querySelector(".record")) row().querySelector(".stop-head").click();
  row().querySelector(".record").click();
  const sheet = document.querySelector("dialog.record");
  sheet.querySelector("[data-way=well]").click();
  sheet.querySelector("[name=note]").value = note;
}"""

SAVE = """async () => {
  const sheet = document.querySelector("dialog.record");
  sheet.querySelector(".said").hidden = true;
  sheet.querySelector(".save").click();
  for (const until = performance.now() + 30000; performance.now() < until;) {
    if (!sheet.isConnected) return "saved";
    if (!sheet.querySelector(".said").hidden) return "refused";
    await new Promise((next) => setTimeout(next, 5));
  }
  throw new Error("the sheet says nothing");
}"""

_ROOM = 4_000_000
"""Bytes that a phone has left for the app before it is filled up."""

_USED = """async () => {
  await new Promise((done, failed) => {
    const asked = indexedDB.deleteDatabase("filler");
    asked.onsuccess = done;
    asked.onerror = () => failed(asked.error);
    asked.onblocked = () => failed(new Error("blocked"));
  });
  await indexedDB.databases();
  return (await navigator.storage.estimate()).usage;
}"""

_FILL_UP = """async () => {
  const answered = (request) => new Promise((done, failed) => {
    request.onsuccess = () => done(request.result);
    request.onerror = () => failed(request.error);
  });
  const asked = indexedDB.open("filler");
  asked.onupgradeneeded = () => asked.result.createObjectStore("filler", {autoIncrement: true});
  const db = await answered(asked);
  const put = (size) => new Promise((done, failed) => {
    const transaction = db.transaction("filler", "readwrite");
    transaction.objectStore("filler").put(new Uint8Array(size).map(() => Math.random() * 256));
    transaction.oncomplete = done;
    transaction.onabort = () => failed(transaction.error);
  });
  for (let size = 262144; size >= 64;) {
    try {
      await put(size);
    } catch (error) {
      if (error.name !== "QuotaExceededError") throw error;
      size /= 4;
    }
  }
  db.close();
}"""

STATES = """async () => {
  const answered = (request) => new Promise((done, failed) => {
    request.onsuccess = () => done(request.result);
    request.onerror = () => failed(request.error);
  });
  const db = await answered(indexedDB.open("fieldmap"));
  const found = await answered(db.transaction("outbox").objectStore("outbox").getAll());
  db.close();
  return found.map((record) => record.state);
}"""

_WAKE = "dispatchEvent(new Event('online')); null"


@dataclass
class Field:
    """A phone, its station and the line between them, for one run after the other."""

    phone: Handset
    station: Station
    wire: Wire
    store: Store
    runs: list[Run] = field(default_factory=list)

    def kill_station(self) -> None:
        """Kill the station; another takes its place."""
        self.station.kill()
        self.station.start()

    def sign_in(self) -> None:
        """Bind the phone and wait until it works offline."""
        signed_in(self.phone.page, self.store, "worker", at=self.wire.url)

    def unlocked(self, page: Page | None = None) -> Page:
        """Return a page of the app that is open for recording."""
        page = page or self.phone.page
        if "/phone" not in page.url:
            page.goto(f"{self.wire.url}/phone")
        page.locator(".keypad, .stop-title").first.wait_for()
        if page.locator(".keypad").count():
            page.evaluate(PRESS, PIN)
            page.locator(".keypad").wait_for(state="detached")
        page.locator(".stop-title").first.wait_for()
        return page

    @contextlib.contextmanager
    def full(self) -> Iterator[Page]:
        """Start the browser anew, open the app and leave it no room; there is room again at the end."""
        self.wire.down = False
        self.phone.close()  # a browser believes for half a minute what it last heard of the room it has
        page = self.phone.start()
        page.goto(f"{self.wire.url}/health")
        used: int = page.evaluate(_USED)
        session = page.context.new_cdp_session(page)

        def leave(room: int) -> None:
            given = {"origin": self.wire.url, "quotaSize": used + room}
            session.send("Storage.overrideQuotaForOrigin", given)

        leave(_ROOM)
        page.goto(f"{self.wire.url}/phone")
        self.unlocked(page)
        page.evaluate(_FILL_UP)
        yield page
        leave(1000 * _ROOM)

    def run(self, seed: int, fault: Fault | None = None) -> Run:
        """Save some visits while something befalls them, then let everything arrive."""
        rng = Random(seed)
        made = _Course(self, seed, fault or list(Fault)[seed % len(Fault)], rng)
        before = len(self.wire.carried)
        broken = ""
        try:
            made.go()
            self.settled()
        except Error as error:
            broken = error.message
        hit: Counter[How] = Counter(one.how for one in self.wire.carried[before:])
        del hit[How.FINE]
        kept = Counter(visit.note for visit in self.store.snapshot().visits)
        rows: Counter[str] = Counter({note: n for note, n in kept.items() if note.startswith(f"{seed} ")})
        self.runs.append(Run(seed, made.fault, made.said, made.refused, rows, hit, broken))
        return self.runs[-1]

    def settled(self) -> None:
        """Let everything arrive; a browser that opens its page no more is closed and opened once."""
        try:
            self.settle()
        except Error:
            self.phone.close()
            self.phone.start()
            self.settle()

    def settle(self) -> None:
        """Let the network be good again; return when nothing waits on the phone."""
        self.wire.down = False
        page = self.phone.page
        if "/phone" not in page.url:
            page.goto(f"{self.wire.url}/phone")
        until = time.monotonic() + _PATIENCE_S
        while time.monotonic() < until:
            page.evaluate(_WAKE)
            states: list[str] = page.evaluate(STATES)
            if "waiting" not in states:
                self.wire.breaks.clear()
                return
            page.wait_for_timeout(60)
        raise AssertionError(f"not everything went: {states}")


@dataclass
class _Course:
    """One run as it goes."""

    ground: Field
    seed: int
    fault: Fault
    rng: Random
    said: dict[str, str] = field(default_factory=dict)
    refused: int = 0

    def go(self) -> None:
        """Go through it up to where the network is good again."""
        rng, wire = self.rng, self.ground.wire
        pages = [self.ground.unlocked()]
        if self.fault is Fault.TABS:
            pages.append(self.ground.unlocked(self.ground.phone.open()))
        wire.breaks.extend(self.breaks())
        wire.down = self.fault in (Fault.PAGE, Fault.AMID, Fault.BROWSER) or rng.random() < 0.5
        for _ in range(rng.randint(1, 3)):
            self.save(rng.choice(pages))
        special: dict[Fault, Callable[[], None]] = {
            Fault.PAGE: self.kill_page,
            Fault.AMID: self.kill_amid,
            Fault.BROWSER: self.kill_browser,
            Fault.TABS: lambda: self.wake_both(pages),
            Fault.FULL: self.fill,
        }
        special.get(self.fault, lambda: None)()

    def breaks(self) -> Iterator[Break]:
        """Return what befalls the requests: what the run is about, and now and then something more."""
        rng = self.rng
        if ways := _ON_THE_LINE.get(self.fault):
            yield Break(rng.choice(ways), rng.random())
        while rng.random() < 0.3:
            yield Break(rng.choice([How.CUT_UP, How.CUT_DOWN, How.LOST, How.TWICE]), rng.random())

    def fill_in(self, page: Page) -> str:
        """Fill in a sheet; return its note, which no other visit has."""
        note = f"{self.seed} {len(self.said) + 1}"
        self.said[note] = ""
        page.evaluate(FILL_IN, [self.rng.choice(twelve.ROUTE), note])
        return note

    def save(self, page: Page) -> None:
        """Record a visit and note what the page says."""
        self.press(page, self.fill_in(page))

    def press(self, page: Page, note: str) -> None:
        """Press "save" on the open sheet."""
        self.said[note] = page.evaluate(SAVE)
        self.refused += self.said[note] == "refused"

    def kill_page(self) -> None:
        """Kill the page, right after it said "saved"."""
        self.ground.phone.crash()

    def kill_amid(self) -> None:
        """Kill the page while it saves one more."""
        page = self.ground.phone.page
        self.fill_in(page)
        page.evaluate("document.querySelector('dialog.record .save').click()")
        time.sleep(self.rng.random() * 0.06)
        self.ground.phone.crash()

    def kill_browser(self) -> None:
        """Kill every process of the browser, right after it said "saved"."""
        self.ground.phone.kill()
        self.ground.phone.start()

    def wake_both(self, pages: Sequence[Page]) -> None:
        """Let both tabs send at the same moment, and close one of them before everything has gone."""
        self.ground.wire.down = False
        for page in pages:
            page.evaluate(_WAKE)
        pages[-1].close()

    def fill(self) -> None:
        """Save one more where the phone has no room, and the same sheet again where there is room."""
        with self.ground.full() as page:
            note = self.fill_in(page)
            self.press(page, note)
        if self.said[note] == "refused":
            self.press(page, note)


def _free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as found:
        port: int = found.getsockname()[1]
        return port


@contextlib.contextmanager
def the_field(kind: BrowserType, chromium: str, folder: Path, now: datetime) -> Iterator[Field]:
    """Set up a station with today's route of twelve, a line and a phone; take them down at the end."""
    db = folder / "county.db"
    twelve.build(db, now.astimezone(UTC) - timedelta(days=30))
    store = Store.open(db)
    twelve.publish(store, now.astimezone(CHINA).date())
    station = Station(db, _free_port())
    with contextlib.ExitStack() as stack:
        stack.callback(store.close)
        stack.callback(station.kill)
        station.start()
        wire = stack.enter_context(wired(station.port))
        phone = Handset(kind, chromium, folder / "profile", wire.url)
        stack.callback(phone.off)
        phone.start()
        made = Field(phone, station, wire, store)
        wire.kill = made.kill_station
        made.sign_in()
        yield made
