"""Every page, at its own size, in both languages, in a browser with the network cut.

A new route that renders a page fails here until it stands in :data:`PAGES`.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

import pytest
from fastapi.routing import APIRoute
from playwright.sync_api import Page

from fieldmap.models import Flag, Position, Snapshot
from fieldmap.store import Store
from tests.browser import DESK, PHONE, Windows, accessibility_faults
from tests.web.conftest import Served
from tests.web.phone_plan import PLAN, publish
from tests.web.village import ACCOUNTS, GRID_A, LAT, LON, NOW
from web.masking import mask_name
from web.routes import ROUTERS

pytestmark = pytest.mark.browser

LANGUAGES = ("zh-CN", "en")
FLAG_ID = "6f1e6c9a-8d1e-4c57-9f40-2b7f6a0d5c55"
CHINESE = re.compile(r"[\u3400-\u9fff]+")

PAGES: dict[str, tuple[str, str, tuple[int, int]]] = {
    "/sign-in": ("", "/sign-in", DESK),
    "/bind": ("", "/bind?t=code", PHONE),
    "/desk": ("head", "/desk", DESK),
    "/plans": ("head", "/plans", DESK),
    "/plans/week": ("head", f"/plans/week?plan={PLAN.id}", DESK),
    "/plans/{plan_id}": ("head", f"/plans/{PLAN.id}", DESK),
    "/plans/{plan_id}/sheet": ("head", f"/plans/{PLAN.id}/sheet", DESK),
    "/plans/{plan_id}/paper": ("head", f"/plans/{PLAN.id}/paper", DESK),
    "/people": ("head", "/people", DESK),
    "/people/{household_id}": ("head", "/people/h1", DESK),
    "/inbox": ("head", "/inbox", DESK),
    "/phones": ("head", "/phones", DESK),
    "/accounts": ("admin", "/accounts", DESK),
    "/map": ("head", "/map", DESK),
    "/map/frame": ("head", "/map/frame", DESK),
    "/map/gaps": ("grid_manager", "/map/gaps", PHONE),
    "/map/trend": ("head", "/map/trend", DESK),
    "/map/evidence": ("head", "/map/evidence", DESK),
    "/map/print": ("head", "/map/print", DESK),
    "/flags": ("head", "/flags", DESK),
    "/flags/{flag_id}/register": ("head", f"/flags/{FLAG_ID}/register", DESK),
    "/grids": ("head", "/grids", DESK),
    "/rollup": ("county", "/rollup", DESK),
    "/closings": ("head", "/closings", DESK),
    "/audit": ("auditor", "/audit", DESK),
    "/phone": ("", "/phone", PHONE),
    "/trust": ("", "/trust", PHONE),
}
"""Route → who looks, at what address, on which screen."""

NO_PAGES = {
    "/phone/packet": "data",
    "/": "sends on",
    "/health": "data",
    "/today": "sends on",
    "/grid": "sends on",
    "/flags/{flag_id}/photos/{photo_id}": "a picture, looked at in test_grid_browser",
    "/phone/sw.js": "a script",
    "/phone/manifest.webmanifest": "data",
    "/jobs/{job_id}": "data",
    "/alarms": "data",
    "/events": "a stream, listened to in test_live",
    "/basemap/{edition}/{name}": "a file",
    "/inbox/received/{item_id}": "read in test_inbox",
    "/inbox/reports/{item_id}": "read in test_inbox",
    "/rollup.csv": "a file",
    "/map/figures": "data",
    "/vendor/{name:path}": "files",
    "/plans/making/{job_id}": "walked in test_desk_browser",
    "/trust/fieldmap-ca.crt": "a file",
}
"""Routes that answer GET with something else."""


def test_every_page_stands_in_the_table() -> None:
    """Each route that is read stands in one of the two tables, and no other."""
    routes = [route for router in ROUTERS for route in router.routes if isinstance(route, APIRoute)]
    read = {route.path for route in routes if "GET" in (route.methods or ())}
    assert read == PAGES.keys() | NO_PAGES.keys()
    assert PAGES.keys().isdisjoint(NO_PAGES)


@dataclass(frozen=True)
class Visitor:
    """Opens pages in one language and says what is wrong with them."""

    windows: Windows
    tokens: dict[str, str]
    lang: str
    names: frozenset[str]

    def faults(self, login: str, address: str, screen: tuple[int, int]) -> list[str]:
        """Return what is wrong with a page: width, console, reach for everybody, language."""
        self.windows.complaints.clear()
        page = self.windows.open(screen, lang=self.lang, session=self.tokens.get(login, ""))
        answer = page.goto(address, wait_until="networkidle")
        found = [] if answer and answer.ok else ["not shown"]
        width = page.evaluate("document.documentElement.scrollWidth")
        found += [f"{width} px wide"] if width > screen[0] else []
        found += [f"in Chinese: {text}" for text in self._chinese(page)] if self.lang == "en" else []
        if address != "/map/frame":  # a part of /map
            found += accessibility_faults(page)
        page.context.close()
        return found + self.windows.complaints

    def _chinese(self, page: Page) -> list[str]:
        """Return the Chinese on a page that is nobody's name and no place's."""
        text = page.evaluate("document.documentElement.innerText")
        for name in sorted(self.names, key=len, reverse=True):
            text = text.replace(name, "")
        return CHINESE.findall(text)


def names_of(snapshot: Snapshot) -> frozenset[str]:
    """Return the names and addresses of the record, and surnames as a list masks them."""
    named = (snapshot.divisions, snapshot.grids, snapshot.sites, snapshot.actors, snapshot.clients)
    told = {one.name for nouns in named for one in nouns.values()}
    told |= {text for h in snapshot.households.values() for text in (h.address, h.head_name)}
    told |= {actor.certificate for actor in snapshot.actors.values()} | {
        name for name, _, _ in ACCOUNTS.values()
    }
    return frozenset(told | {mask_name(text) for text in told} | {"中文"})


@pytest.fixture(params=LANGUAGES)
def visitor(request: pytest.FixtureRequest, windows: Windows, served_app: Served, store: Store) -> Visitor:
    """Return somebody who looks at the village on a morning with a plan and a flag."""
    publish(store)
    place = Position(LON + 0.004, LAT + 0.004)
    by = served_app.village.ids["grid_manager"]
    store.flags.report(Flag(FLAG_ID, GRID_A, "third house", place, by, NOW))
    names = names_of(store.snapshot())
    return Visitor(windows, dict(served_app.village.tokens), request.param, names)


def test_every_page_fits_and_speaks_one_language(visitor: Visitor) -> None:
    """No page scrolls sideways, complains on the console, shuts somebody out or mixes languages."""
    faults = {path: visitor.faults(*where) for path, where in PAGES.items()}
    assert {path: found for path, found in faults.items() if found} == {}
