"""How fast the phone's app is on a slow phone: in one run, against a page of the same text and style sheet.

``python -m tests.benchmarks.bench_phone --markdown``

Chromium with its processor slowed down four times and 400 ms, 1.6 Mb/s for
every request (40 visits are sent at 1 Mb/s), on the made township with a route
of twenty doors, turn list and map. "First button" is the time from navigation
until the first stop's button has answered a tap with its sheet on the screen;
the six digits are entered at once. The bare page holds the same text and the
same style sheets, gzipped, and one button. A phone opens the app itself from
what it keeps, so that only the first morning loads it.
"""

from __future__ import annotations

import contextlib
import gzip
import json
import threading
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory

import click
from playwright.sync_api import BrowserContext, CDPSession, Page, sync_playwright

from fieldmap.navigation import Phone
from fieldmap.plans import DayPlan, PlannedRoute
from fieldmap.rulebook import rules_in_force
from fieldmap.settings import Settings
from fieldmap.store import Store
from tests.benchmarks.tables import Table
from tests.browser import serving
from tests.faults import FILL_IN, SAVE, STATES
from tests.handset import Handset
from tests.phone import PIN, invitation
from tests.web.cli.county import Station
from web.app import create_app
from web.cli.demonstration import DEMO_DAY
from web.packets import Records, packet_of
from web.pages import CHINA

DOORS = 20
VISITS = 40
RUNS = 5
MORNING = datetime(DEMO_DAY.year, DEMO_DAY.month, DEMO_DAY.day, 7, 42, tzinfo=CHINA)
STYLES = ("css/base.css", "phone/phone.css", "phone/lock.css", "phone/record.css", "phone/grid.css")
STATIC = Path(__file__).parent.parent.parent / "web" / "static"

_WATCH = """(() => {
  if (location.protocol !== "http:") return;
  let pad = null;
  window.answered = null;
  const look = () => {
    const found = document.querySelector(".keypad");
    if (found && found !== pad) {
      pad = found;
      for (const digit of "PIN") found.querySelector(`[data-key="${digit}"]`).click();
    }
    const button = document.querySelector(".stop.next .record");
    if (button) button.click();
    if (document.querySelector("dialog[open]")) {
      clearInterval(timer);
      requestAnimationFrame(() => requestAnimationFrame(() => { window.answered = performance.now(); }));
    }
  };
  const timer = setInterval(look, 5);
})();""".replace("PIN", PIN)
"""Enters the PIN, taps the first stop's button as soon as it is there, notes when its sheet was drawn."""

_FORGET_PACKET = """() => new Promise((done) => {
  indexedDB.open("fieldmap").onsuccess = (event) => {
    const change = event.target.result.transaction("vault", "readwrite");
    change.objectStore("vault").delete("packet");
    change.oncomplete = () => { event.target.result.close(); done(); };
  };
})"""

_SAVE_TIME = f"""async () => {{
  const from = performance.now();
  const word = await ({SAVE})();
  if (word !== "saved") throw new Error(word);
  return performance.now() - from;
}}"""

_SYNC_TIME = f"""async () => {{
  const states = {STATES};
  const from = performance.now();
  dispatchEvent(new Event("online"));
  while ((await states()).includes("waiting")) await new Promise((next) => setTimeout(next, 50));
  return performance.now() - from;
}}"""


def long_route(plan: DayPlan, actor_id: str) -> DayPlan:
    """Return the plan with one route of twenty doors, taken from all routes, for one worker."""
    own = sorted(plan.routes, key=lambda route: route.actor_id != actor_id)
    stops = [stop for route in own for stop in route.stops][:DOORS]
    numbered = tuple(replace(stop, id=f"b{n}", seq=n, partner_ids=()) for n, stop in enumerate(stops, 1))
    times = tuple(tuple(abs(a - b) * 120 for b in range(len(stops) + 1)) for a in range(len(stops) + 1))
    shape = tuple(point for route in own for point in route.shape)
    turns = tuple(turn for route in own for turn in route.turns)
    first: PlannedRoute = own[0]
    made = replace(
        first, id="bench", actor_id=actor_id, shape=shape, stops=numbered, turns=turns, seconds=times
    )
    return replace(plan, id="bench", routes=(made,), unplanned=())


@contextlib.contextmanager
def bare(text: str) -> Iterator[str]:
    """Serve a page of the same text and style sheets, with one button that answers a tap."""
    styles = "".join((STATIC / name).read_text() for name in STYLES if (STATIC / name).is_file())
    lines = "".join(f"<p>{line}</p>" for line in text.splitlines())
    page = (
        '<!doctype html><meta charset="utf-8"><link rel="stylesheet" href="/style.css">'
        '<ol><li class="stop next"><button class="record">+</button></li></ol>'
        f"{lines}<dialog>+</dialog><script>document.querySelector('button').onclick = "
        "() => document.querySelector('dialog').showModal();</script>"
    )
    files = {"/": ("text/html", page), "/style.css": ("text/css", styles)}

    class Answer(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_GET(self) -> None:
            kind, content = files.get(self.path, ("text/plain", ""))
            zipped = gzip.compress(content.encode())
            self.send_response(200)
            for name, value in (
                ("Content-Type", kind),
                ("Content-Encoding", "gzip"),
                ("Content-Length", len(zipped)),
            ):
                self.send_header(name, str(value))
            self.end_headers()
            self.wfile.write(zipped)

        def log_message(self, format: str, *args: object) -> None:
            """Say nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Answer)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield f"http://127.0.0.1:{server.server_address[1]}/"
    finally:
        server.shutdown()


@dataclass
class Slow:
    """A phone with a slow processor on a slow line."""

    context: BrowserContext

    def page(
        self, latency_ms: int = 400, megabits: float = 1.6, offline: bool = False
    ) -> tuple[Page, CDPSession]:
        """Return an empty page with the session that slows it down."""
        page = self.context.new_page()
        page.set_default_timeout(120_000)
        session = self.context.new_cdp_session(page)
        session.send("Network.enable")
        session.send("Emulation.setCPUThrottlingRate", {"rate": 4})
        self.slow_down(session, latency_ms, megabits, offline)
        return page, session

    @staticmethod
    def slow_down(session: CDPSession, latency_ms: int, megabits: float, offline: bool = False) -> None:
        """Make a page's line slow, or cut it."""
        speed = megabits * 1_000_000 / 8
        line = {
            "offline": offline,
            "latency": latency_ms,
            "downloadThroughput": speed,
            "uploadThroughput": speed,
        }
        session.send("Network.emulateNetworkConditions", line)

    def first_button(self, address: str, *, forget: bool = False, offline: bool = False) -> float:
        """Return how many milliseconds after navigation the first button answered; the page is closed."""
        page, session = self.page(offline=offline)
        if forget:
            session.send("Network.clearBrowserCache")
        page.goto(address, wait_until="commit")
        page.wait_for_function("() => window.answered")
        found: float = page.evaluate("window.answered")
        page.close()
        return found


@dataclass
class Bench:
    """The township with its phone."""

    store: Store
    url: str
    phone: Handset
    network: Path

    def first_morning(self) -> float:
        """Sign in by the head's code on a browser that has never seen the app."""
        slow = Slow(self.phone.context)
        page, session = slow.page()
        session.send("Storage.clearDataForOrigin", {"origin": self.url, "storageTypes": "all"})
        page.close()
        return slow.first_button(self.url + invitation(self.store, "worker"), forget=True)

    def kept(self) -> None:
        """Wait until the app lies on the phone."""
        page = self.phone.open()
        page.locator("#ready.ok").wait_for(timeout=120_000)
        page.close()

    def forget_packet(self) -> None:
        """Leave the phone as it is in the morning before today's packet has come."""
        page = self.phone.open("/health")
        page.evaluate(_FORGET_PACKET)
        page.close()

    def text(self) -> str:
        """Return what the day's page says."""
        page = self.phone.open()
        page.locator("dialog[open]").wait_for()
        page.evaluate("document.querySelector('dialog[open]').close()")
        text = page.locator("body").inner_text()
        page.close()
        return text

    def saving(self) -> tuple[list[float], float]:
        """Save forty visits without a signal, then send them; return the milliseconds of each and of that."""
        page, session = Slow(self.phone.context).page()
        page.goto(f"{self.url}/phone")
        page.locator("dialog[open]").wait_for()
        page.evaluate("document.querySelector('dialog[open]').close()")
        Slow.slow_down(session, 400, 1.6, offline=True)
        times = []
        for n in range(VISITS):
            page.evaluate(FILL_IN, [1 + n % DOORS, f"bench {n}"])
            times.append(page.evaluate(_SAVE_TIME))
        Slow.slow_down(session, 400, 1.0)
        sent: float = page.evaluate(_SYNC_TIME)
        page.close()
        return times, sent

    def packet(self) -> int:
        """Return the bytes of the packet, gzipped."""
        account = next(account for account in self.store.accounts.all() if account.login == "worker")
        records, rules = Records(self.store.snapshot()), rules_in_force(self.store)
        settings = Settings(network=self.network)
        told = packet_of(account, self.store, records, rules, settings, today=DEMO_DAY, phone=Phone.ANDROID)
        return len(gzip.compress(json.dumps(told, ensure_ascii=False, separators=(",", ":")).encode(), 6))


@contextlib.contextmanager
def township(chromium: str) -> Iterator[Bench]:
    """Make the township, publish the long route, serve it, switch the phone on."""
    with TemporaryDirectory() as name, contextlib.ExitStack() as stack:
        folder = Path(name)
        out = folder / "out"
        Station(folder).done("demo", "--no-serve", "--out", out, "--seconds", "2")
        store = Store.open(out / "county.db", clock=lambda: MORNING.astimezone(UTC))
        stack.callback(store.close)
        worker = next(account for account in store.accounts.all() if account.login == "worker")
        (draft,) = store.plans.of_day(DEMO_DAY)
        store.plans.save(long_route(draft, str(worker.actor_id)))
        store.plans.publish("bench", "head")
        settings = Settings(db=out / "county.db", network=out / "network")
        url = stack.enter_context(serving(create_app(settings, clock=lambda: MORNING.astimezone(UTC))))
        kind = stack.enter_context(sync_playwright()).chromium
        phone = Handset(kind, chromium, folder / "profile", url)
        stack.callback(phone.off)
        phone.start()
        phone.context.add_init_script(_WATCH)
        yield Bench(store, url, phone, out / "network")


def _print(rows: dict[str, list[float]], markdown: bool) -> None:
    """Print the times of the first button with their ratios to the bare page."""
    table = Table(
        ("first button after navigation", "ms, median", "least to most", "to the bare page", "wanted")
    )
    wanted = {"first morning": "", "every morning": "≤ 2", "opened again": "≤ 2", "without a signal": "≤ 1.5"}
    peer = median(rows["bare page"])
    for name, times in rows.items():
        ratio = f"{median(times) / peer:.2f}"
        table.add(
            name, f"{median(times):,.0f}", f"{min(times):,.0f}–{max(times):,.0f}", ratio, wanted.get(name, "")
        )
    table.print(markdown)


@click.command()
@click.option("--chromium", default="/usr/bin/chromium", envvar="FIELDMAP_CHROMIUM")
@click.option("--runs", default=RUNS)
@click.option("--markdown", is_flag=True)
def main(chromium: str, runs: int, markdown: bool) -> None:
    """Print the tables."""
    with township(chromium) as bench:
        rows: dict[str, list[float]] = {"bare page": [], "first morning": []}
        rows["first morning"] += [bench.first_morning() for _ in range(runs)]
        bench.kept()
        slow, phone = Slow(bench.phone.context), f"{bench.url}/phone"
        with bare(bench.text()) as peer:
            rows |= {"every morning": [], "opened again": [], "without a signal": []}
            for _ in range(runs):  # in turn, so that a busy machine slows all of them
                rows["bare page"].append(slow.first_button(peer, forget=True))
                bench.forget_packet()
                rows["every morning"].append(slow.first_button(phone))
                rows["opened again"].append(slow.first_button(phone))
                rows["without a signal"].append(slow.first_button(phone, offline=True))
        packet = bench.packet()
        times, sent = bench.saving()
    _print(rows, markdown)
    click.echo(f"saving: median {median(times):.0f} ms, most {max(times):.0f} ms (wanted: ≤ 200)")
    click.echo(f"packet of {DOORS} doors: {packet / 1000:.1f} kB gz (wanted: ≤ 300)")
    click.echo(f"{VISITS} visits sent at 1 Mb/s: {sent / 1000:.1f} s (wanted: ≤ 10)")


if __name__ == "__main__":
    main()
