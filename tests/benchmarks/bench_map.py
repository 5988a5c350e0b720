"""How fast the coverage page is idle: in one run, against a plain Folium page of the same data.

``python -m tests.benchmarks.bench_map --markdown``

A station is the made township of the demo (760 households, 18 grids), a county
the made one of :mod:`tests.benchmarks.counties` (25,000 clients, 400 grids,
20 stations). "Idle" is the time
from navigation until for half a second no request was on its way and no long
task (over 50 ms) ran, in the page or its frame; that half second is not
counted, nor is the stream of changes, which stays open. "Work" is processor
time, of this process (the server) and of the window's: on a busy machine it
says more than the clock. Every run has an empty browser cache. "cold" asks an
app that was started this moment and has read nothing; "first" one that has
made what ``fieldmap serve`` makes when it starts (:mod:`web.warming`) and was
asked for no page yet; "again" the same app.

The plain page is what Folium's manual leads to: ``Choropleth`` and a
``Marker`` with popup for every household that our page lists as a gap. It is
read from the disk, so it pays for no server and no query. Of its assets
Leaflet and its pictures are local; every other address is answered at once
with an empty file, and the colour bar, which needs d3, is taken off. Its time
is that of a page whose assets weigh nothing.
"""

from __future__ import annotations

import contextlib
import gzip
import os
import tempfile
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from statistics import median

import click
import folium
import shapely
from playwright.sync_api import Browser, BrowserContext, Page, Response, Route

from fieldmap.access import AccountRole, Hat
from fieldmap.coverage import measures
from fieldmap.models import Snapshot
from fieldmap.periods import Period
from fieldmap.rulebook import rules_in_force
from fieldmap.settings import Settings
from fieldmap.store import Store
from tests.benchmarks.counties import COUNTY, TODAY, CountyRecipe, make_county
from tests.benchmarks.tables import Table
from tests.browser import DESK, launched, serving
from tests.web.cli.county import Station
from web._map_gaps import gaps
from web.app import create_app
from web.cli.demonstration import PASSWORD
from web.maps import Scene, coverage_map, coverage_picture
from web.security import LANGUAGE_COOKIE, SESSION_COOKIE
from web.vendor import vendor_file
from web.warming import warm_steps

RUNS = 5
HEAD = "head-bench"
QUIET_MS = 500
MORNING = datetime(TODAY.year, TODAY.month, TODAY.day, 0, 42, tzinfo=UTC)

_WATCH = """
window.busyUntil = 0;
new PerformanceObserver((list) => {
  for (const task of list.getEntries()) {
    window.busyUntil = Math.max(window.busyUntil, performance.timeOrigin + task.startTime + task.duration);
  }
}).observe({ type: "longtask", buffered: true });
"""
"""Notes in every document when its last long task ended, in milliseconds since the epoch."""

_ENDED = """() => {
  const entries = performance.getEntriesByType("resource").concat(performance.getEntriesByType("navigation"));
  const ends = entries.filter((e) => !e.name.endsWith("/events")).map((e) => e.responseEnd || e.startTime);
  return Math.max(window.busyUntil, performance.timeOrigin + Math.max(0, ...ends));
}"""
"""When the last answer came and the last long task ended."""


@dataclass
class Load:
    """One look at a page in a fresh browser window.

    Attributes
    ----------
    idle_ms
        From navigation until nothing was loaded or computed.
    server_s, window_s
        Processor time of this process and of the window's.
    sent, packed
        Bytes of all bodies as they came over the line, and gzipped each.
    requests
        How many there were.
    """

    idle_ms: float = 0.0
    server_s: float = 0.0
    window_s: float = 0.0
    sent: int = 0
    packed: int = 0
    requests: int = 0


@dataclass
class Side:
    """The loads of one page."""

    name: str
    loads: list[Load] = field(default_factory=list)

    @property
    def idle(self) -> float:
        """Return the median, in milliseconds."""
        return median(load.idle_ms for load in self.loads)


@dataclass(frozen=True)
class Place:
    """A county file and what is needed to look at it."""

    name: str
    settings: Settings
    now: datetime


def looked_at(context: BrowserContext, url: str) -> Load:
    """Load a page in a new window of a context; the window is closed again."""
    load, answers = Load(), list[Response]()
    page = context.new_page()
    page.set_default_timeout(120_000)
    page.on("response", lambda answer: answers.append(answer))
    session = context.new_cdp_session(page)
    session.send("Performance.enable")
    begun, worked = time.time() * 1000, time.process_time()
    page.goto(url, wait_until="load", timeout=120_000)
    page.frames[-1].wait_for_selector("path.leaflet-interactive", state="attached")
    load.idle_ms = _idle(page) - begun
    load.server_s = time.process_time() - worked
    metrics = session.send("Performance.getMetrics")["metrics"]
    load.window_s = next(m["value"] for m in metrics if m["name"] == "ProcessTime")
    for answer in answers:
        if answer.url.endswith("/events") or not answer.ok:
            continue
        body = answer.body()
        load.requests += 1
        load.packed += len(gzip.compress(body)) if not answer.url.endswith(".png") else len(body)
        load.sent += answer.request.sizes()["responseBodySize"]
    page.close()
    return load


def _idle(page: Page) -> float:
    """Return when the page and its frames had nothing to do any more, in milliseconds since the epoch."""
    while True:
        ended = max(float(frame.evaluate(_ENDED)) for frame in page.frames)
        rest = ended + QUIET_MS - time.time() * 1000
        if rest < 0:
            return ended
        page.wait_for_timeout(rest + 20)


@contextlib.contextmanager
def window(browser: Browser, cookies: dict[str, str], url: str) -> Iterator[BrowserContext]:
    """Return a browser window that has kept nothing."""
    context = browser.new_context(viewport={"width": DESK[0], "height": DESK[1]})
    context.add_init_script(_WATCH)
    context.add_cookies([{"name": n, "value": v, "url": url} for n, v in cookies.items()])
    yield context
    context.close()


def ours(browser: Browser, place: Place, cold: Side, first: Side, again: Side) -> None:
    """Look at our page: of an app that has read nothing, of one that has warmed up, and once more."""
    store = Store.open(place.settings.db, clock=lambda: place.now)
    cookies = {SESSION_COOKIE: store.accounts.sign_in(HEAD, PASSWORD, hours=12), LANGUAGE_COOKIE: "zh-CN"}
    store.close()
    for sides in ((cold,), (first, again)):
        app = create_app(place.settings, clock=lambda: place.now)
        with serving(app) as url:
            for _ in () if cold in sides else warm_steps(app.state.services, app.state.templates):
                pass
            for side in sides:
                with window(browser, cookies, url) as context:
                    side.loads.append(looked_at(context, f"{url}/map"))


def plain_page(scene: Scene, path: Path) -> float:
    """Write the same data as Folium's manual does; return the seconds it took."""
    begun = time.perf_counter()
    page = folium.Map(tiles=None, max_zoom=19)
    rates = {
        row.code: 100 * row.figures.contacted / row.figures.due
        for row in scene.coverage.grids
        if row.code and row.figures.due
    }
    shapes = scene.coverage.assignment.polygons.items()
    features = [
        {"type": "Feature", "id": code, "properties": {}, "geometry": shapely.geometry.mapping(shape)}
        for code, shape in shapes
    ]
    choropleth = folium.Choropleth(
        {"type": "FeatureCollection", "features": features},
        data=rates,
        key_on="feature.id",
        bins=[0, 50, 75, 90, 100],
        fill_color="BrBG",
    )
    for key in [key for key in choropleth._children if key.startswith("color_map")]:
        del choropleth._children[key]
    choropleth.add_to(page)
    for gap in gaps(scene.coverage, scene.snapshot):
        if gap.position is not None:
            at = (gap.position.lat, gap.position.lon)
            folium.Marker(at, popup=" · ".join((str(gap.number), *gap.reasons))).add_to(page)
    west, south, east, north = shapely.total_bounds(list(scene.coverage.assignment.polygons.values()))
    page.fit_bounds([[south, west], [north, east]])
    page.save(str(path))
    return time.perf_counter() - begun


def _asset(route: Route) -> None:
    """Answer a request of the plain page: Leaflet from the disk, everything else empty."""
    name = route.request.url.rsplit("/", 1)[-1]
    listed = f"leaflet/{'images/' if name.endswith('.png') else ''}{name}"
    found = vendor_file(listed)
    if found is not None:
        route.fulfill(path=found)
    else:
        route.fulfill(body="", content_type="text/css" if name.endswith(".css") else "text/javascript")


def theirs(browser: Browser, path: Path, side: Side) -> None:
    """Look at the plain page."""
    with window(browser, {}, "http://127.0.0.1") as context:
        context.route(lambda url: url.startswith("http"), _asset)
        side.loads.append(looked_at(context, path.as_uri()))


def station(folder: Path) -> Place:
    """Make the township of the demo."""
    out = folder / "out"
    Station(folder).done("demo", "--no-serve", "--out", out, "--seconds", "2")
    settings = Settings(db=out / "county.db", network=out / "network")
    store = Store.open(settings.db, clock=lambda: MORNING)
    (draft,) = store.plans.of_day(TODAY)
    store.plans.publish(draft.id, "head")
    town = next(d.code for d in store.snapshot().divisions.values() if d.level == 3)
    store.accounts.add(HEAD, "bench", PASSWORD, (Hat(AccountRole.HEAD, town),))
    store.close()
    return Place("station", settings, MORNING)


def county(folder: Path, recipe: CountyRecipe | None = None) -> Place:
    """Write the made county into a file; a head of the whole of it looks."""
    made = make_county(1, recipe)
    settings = Settings(db=folder / "county.db", network=folder / "network")
    store = Store.create(settings.db, county=made.divisions[COUNTY], salt="bench", clock=lambda: MORNING)
    store.facts.record(_facts(made))
    store.accounts.add(HEAD, "bench", PASSWORD, (Hat(AccountRole.HEAD, COUNTY),))
    store.close()
    return Place("county", settings, MORNING)


def _facts(made: Snapshot) -> Iterator[object]:
    for noun in (made.divisions, made.grids, made.actors, made.households, made.clients):
        yield from noun.values()
    yield from (*made.tags, *made.exclusions, *made.responsibilities.values(), *made.visits)


def _scene(place: Place) -> Scene:
    store = Store.open(place.settings.db, clock=lambda: place.now)
    snapshot = store.snapshot()
    coverage = measures(snapshot, rules_in_force(store), Period.month(TODAY), TODAY)
    plans = tuple(store.plans.of_day(TODAY))
    store.close()
    return Scene(coverage, snapshot, plans)


def _built(scene: Scene) -> float:
    """Return the seconds in which our frame is written."""
    begun = time.perf_counter()
    coverage_map(coverage_picture(scene))
    return time.perf_counter() - begun


def measured(browser: Browser, place: Place, folder: Path, runs: int, table: Table) -> None:
    """Look at both pages, in turn, and add their rows."""
    scene = _scene(place)
    cold, first, again, plain = Side("cold"), Side("first"), Side("again"), Side("plain Folium")
    path = folder / "plain.html"
    page_s, frame_s = plain_page(scene, path), median(_built(scene) for _ in range(3))
    for _ in range(runs):  # in turn, so that a busy machine slows all of them
        ours(browser, place, cold, first, again)
        theirs(browser, path, plain)
    for side in (plain, cold, first, again):
        last = side.loads[-1]
        table.add(
            place.name,
            side.name,
            f"{side.idle / 1000:.2f}",
            "–".join(f"{end(load.idle_ms for load in side.loads) / 1000:.2f}" for end in (min, max)),
            f"{side.idle / plain.idle:.2f}",
            " + ".join(
                f"{median(work):.2f}"
                for work in ([x.server_s for x in side.loads], [x.window_s for x in side.loads])
            ),
            f"{last.packed / 1000:.0f}",
            f"{last.sent / 1000:.0f}",
            str(last.requests),
            f"{page_s if side is plain else frame_s:.2f}",
        )


@click.command()
@click.option("--chromium", default="/usr/bin/chromium", envvar="FIELDMAP_CHROMIUM")
@click.option("--runs", default=RUNS, show_default=True)
@click.option("--only", type=click.Choice(["station", "county"]), default=None)
@click.option("--markdown", is_flag=True)
def main(chromium: str, runs: int, only: str | None, markdown: bool) -> None:
    """Print the table."""
    table = Table(
        (
            "place",
            "page",
            "idle s, median",
            "least to most",
            "to plain",
            "work s, server + window",
            "kB gz",
            "kB sent",
            "requests",
            "written s",
        )
    )
    with launched(chromium) as browser:
        for make in (station, county):
            if only not in (None, make.__name__):
                continue
            with tempfile.TemporaryDirectory() as name:
                folder = Path(name)
                measured(browser, make(folder), folder, runs, table)
    table.print(markdown)
    click.echo(
        f"load of the machine in the last 15 minutes: {os.getloadavg()[2]:.1f} on {os.cpu_count()} cores"
    )


if __name__ == "__main__":
    main()
