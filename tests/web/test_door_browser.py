"""At the door on a phone of 360 × 640: the way there in words and on the map, and what else is to do."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import pytest
from playwright.sync_api import Page, Route, expect

from fieldmap.models import Channel, Position
from fieldmap.plans import Turn
from fieldmap.store import Store
from tests.phone import signed_in
from tests.web.conftest import NewPage
from tests.web.phone_plan import PLAN, publish
from tests.web.village import LAT, LON

pytestmark = pytest.mark.browser

FIRST = Turn("s1", "dike", "", 300, "n", ("bridge",), "left", 0, "", Position(LON, LAT))
LEADING = (
    FIRST,
    replace(FIRST, way="path", distance_m=50, heading="", over=(), then="arrive"),
    replace(FIRST, stop_id="s2", way="lane", distance_m=120, over=(), then="arrive right"),
    replace(FIRST, stop_id="s3", way="here", distance_m=0, heading="", over=(), then="arrive"),
    replace(FIRST, stop_id="", way="road", distance_m=900, over=(), then="arrive"),
)
"""The way along a dike and over a bridge to stop 1, a lane to stop 2, next door to stop 3, and back."""

SQUARE = [300, 300, 0, 300, -300, 0, 0, -300]
CLIP: Mapping[str, Any] = {
    "v": 1,
    "unit": 1e-5,
    "origin": [LAT, LON],
    "box": [LON, LAT, LON + 0.01, LAT + 0.01],
    "roads": [["road", "bridge", "北坡路", [100, 0, 0, 1000]], ["path", "", "", [0, 500, 900, 0]]],
    "water": [["area", "月塘", SQUARE]],
    "buildings": [[450, 700, 0, 20, -20, 0, 0, -20]],
    "names": [["village", "北坡村", 500, 500], ["water", "月塘", 150, 450]],
}
"""A road over a bridge, a path, a pond, a house and two names around the route."""

WATER = """() => {
  const canvas = document.querySelector("#map canvas");
  const { data } = canvas.getContext("2d").getImageData(0, 0, canvas.width, canvas.height);
  const is = (at) => [169, 208, 230].every((part, which) => data[at + which] === part);
  let found = 0;
  for (let at = 0; at < data.length; at += 4) found += is(at);
  return found;
}"""
"""How many points of the map have the colour of water."""


def test_the_way_is_told_and_drawn(new_page: NewPage, store: Store) -> None:
    """The turns say where they begin; the map has water, names and whose roads they are."""
    (route,) = PLAN.routes
    publish(store, replace(PLAN, routes=(replace(route, turns=LEADING),)))
    page = new_page(width=360, height=640)

    def with_clip(asked: Route) -> None:
        answer = asked.fetch()
        asked.fulfill(response=answer, json={**answer.json(), "clip": CLIP})

    page.route("**/phone/packet", with_clip)
    signed_in(page, store, "worker")
    page.locator(".stop.next .turns").tap()
    sheet = page.locator("dialog.turn-list")
    expect(sheet.locator(".turns-from")).to_have_text("从出发的地方开始")
    expect(sheet.locator("li")).to_have_text(
        ["向北沿河堤走 300 米,过桥左转", "沿小路走 50 米,就到了", "到了:北坡村3号"]
    )
    sheet.locator(".close").tap()
    page.locator("#stop-2 .stop-head").tap()
    page.locator("#stop-2 .turns").tap()
    expect(sheet.locator(".turns-from")).to_have_text("从“赵建国”那里出发")
    sheet.locator(".close").tap()

    page.locator("[data-view=map]").tap()
    expect(page.locator("#map .leaflet-control-attribution")).to_have_text("道路 © OpenStreetMap 贡献者")
    expect(page.locator("#map .name.village")).to_have_text("北坡村")
    page.wait_for_function(f"() => ({WATER})() > 100")


def test_what_else_is_to_do_at_the_door_is_offered(new_page: NewPage, store: Store) -> None:
    """After one of two people was seen, the other is one tap away, and the call that is planned there."""
    (route,) = PLAN.routes
    first, second, third = route.stops
    call = replace(
        second, id="s4", seq=4, client_ids=("p3",), channel=Channel.PHONE, start_s=third.start_s + 3600
    )
    stops = (first, replace(second, client_ids=("p2",)), third, call)
    publish(store, replace(PLAN, routes=(replace(route, stops=stops),)))
    page = new_page(width=360, height=640)
    signed_in(page, store, "worker")
    record(page, "#stop-2 .stop-head", "#stop-2 .record")
    others = page.locator(".after > .line")
    expect(others).to_contain_text("这户还有:张桂兰")
    tasks = page.locator(".after .offer")
    expect(tasks).to_contain_text("这户还有别的事")
    expect(tasks.locator("li")).to_have_count(1)
    record(page, ".after > .line button")
    expect(page.locator("#held.ok")).to_contain_text("2 条中 2 条")
    assert {visit.client_ids for visit in store.snapshot().visits[-2:]} == {("p2",), ("p3",)}


def record(page: Page, *taps: str) -> None:
    """Open a sheet by some taps and save that all is well."""
    for target in taps:
        page.locator(target).tap()
    page.locator("dialog[open]").get_by_text("在家,一切都好").tap()
    page.locator("dialog[open] .save").tap()
    page.locator("dialog[open]").wait_for(state="detached")
