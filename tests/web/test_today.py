"""GET /today: the stops of the published plan, each reader with what the role may read."""

from __future__ import annotations

import json
import re
from dataclasses import replace
from typing import Any
from urllib.parse import quote

import pytest
from starlette.testclient import TestClient

from fieldmap.models import Channel, Client, Position, Responsibility, Site, SiteFunction
from fieldmap.store import Store
from tests.web.conftest import As
from tests.web.phone_plan import PLAN, publish
from tests.web.village import CLIENTS, HOUSEHOLDS, LAT, LON, TOWN

ANDROID = "Mozilla/5.0 (Linux; Android 10; K) Chrome/137"


def packet(client: TestClient) -> dict[str, Any]:
    """Return what the page gives its script."""
    found = re.search(r'id="packet">(.*?)</script>', client.get("/today").text)
    assert found is not None
    read: dict[str, Any] = json.loads(found[1])
    return read


def test_a_worker_reads_the_route_in_order(signed_in: As, store: Store) -> None:
    """Times, full names, address, why today, the colleague: in the order of the route."""
    publish(store)
    page = signed_in("worker").get("/today").text
    places = [page.index(text) for text in ("赵建国", "09:05", "李大山", "09:45", "王秀英", "10:20")]
    assert places == sorted(places)
    for text in ("北坡村3号", "上次见到 2 月 20 日", "与 刘强 同去", "张桂兰", "82", "电动车", "11:00"):
        assert text in page


def test_an_address_without_its_village_gets_it(signed_in: As, store: Store) -> None:
    """Where the ledger wrote the house only, the village stands before it, and never twice."""
    publish(store)
    store.facts.record([replace(HOUSEHOLDS[0], address="4组39号")])
    page = signed_in("worker").get("/today").text
    assert "北坡村 4组39号" in page
    assert "北坡村 北坡村" not in page


def test_overdue_is_said_in_words(signed_in: As, store: Store) -> None:
    """The overdue stop says by how many days; one in time says nothing."""
    publish(store)
    page = signed_in("worker").get("/today").text
    assert page.count("超期") == 1
    assert page.index("超期 8 天") > page.index("王秀英")


def test_links_carry_a_number_and_no_name(signed_in: As, store: Store) -> None:
    """Every map app is offered with the neutral label of the stop, and no referrer."""
    publish(store)
    client = signed_in("worker")
    client.headers["user-agent"] = ANDROID
    page = client.get("/today").text
    hrefs = re.findall(r'<a class="button" rel="noreferrer"[^>]*href="([^"]*)"', page)
    assert [h.split(":")[0] for h in hrefs[:4]] == ["https", "bdapp", "qqmap", "geo"]
    assert len(hrefs) == 12
    assert all(quote(f"走访点 {1 + i // 4}") in href for i, href in enumerate(hrefs))


def test_a_stop_at_school_and_a_call_lead_to_no_door(signed_in: As, store: Store) -> None:
    """The child is met at the school, where the map leads; a call has a number and no way."""
    school = Site("s9", "青石镇小学", (SiteFunction.SCHOOL,), TOWN.code, Position(LON + 0.05, LAT), "镇东")
    store.facts.record([school])
    (route,) = PLAN.routes
    child, couple, alone = route.stops
    stops = (replace(child, site_id="s9"), couple, replace(alone, channel=Channel.PHONE, travel_s=0))
    store.plans.save(replace(PLAN, routes=(replace(route, stops=stops),)))
    store.plans.publish(PLAN.id, "head")
    client = signed_in("worker")
    first, second, third = packet(client)["stops"]
    assert first["position"] == [LAT, LON + 0.05]
    assert second["position"] != first["position"]
    page = client.get("/today").text
    assert "青石镇小学 镇东" in page
    assert 'href="tel:13800005678"' in page
    assert third["channel"] == "phone"
    assert "走访点 3" not in page


def test_the_phone_number_can_be_called(signed_in: As, store: Store) -> None:
    """A known number is a tel: link."""
    publish(store)
    assert 'href="tel:13800005678"' in signed_in("worker").get("/today").text


def test_a_draft_is_nobody_s_plan(signed_in: As, store: Store) -> None:
    """Before the head publishes there is a clear word and no stop."""
    store.plans.save(PLAN)
    page = signed_in("worker").get("/today").text
    assert "今天的计划还没有发布" in page
    assert "王秀英" not in page


def test_without_a_route_in_the_plan_it_says_so(signed_in: As, store: Store) -> None:
    """A published plan that has nothing for somebody says so."""
    plan = replace(PLAN, routes=(replace(PLAN.routes[0], actor_id="w2"),))
    store.plans.save(plan)
    store.plans.publish(plan.id, "head")
    assert "今天的计划没有派给您走访点" in signed_in("worker").get("/today").text


def test_an_account_without_a_visitor_is_told_what_to_do(signed_in: As) -> None:
    """A volunteer's account that is linked to nobody says whom to ask."""
    assert "请站长把账号对应到您本人" in signed_in("volunteer").get("/today").text


@pytest.fixture
def listed(store: Store) -> Store:
    """Return a store where contact c1 answers for somebody who is due."""
    store.facts.record([Responsibility("p9", "w1", "c1"), Responsibility("p1", "c1")])
    store.facts.record([replace(c, phone="13900001111") for c in CLIENTS if c.id == "p1"])
    return store


def test_a_contact_gets_her_list(signed_in: As, listed: Store) -> None:
    """A village contact without a route gets those due she answers for: surname, door, dates."""
    page = signed_in("contact").get("/today").text
    assert "您负责、近期要联系的人" in page
    assert "王*" in page
    assert "上次见到 2 月 10 日,上次联系 3 月 10 日" in page
    assert "王秀英" not in page
    assert "沈" not in page  # contacted this month already
    assert "超期" not in page
    assert 'href="tel:13900001111"' in page


def test_what_was_recorded_today_is_marked(signed_in: As, store: Store) -> None:
    """A stop with a visit of today is done, in the list and for the script."""
    publish(store)
    client = signed_in("worker")
    assert [stop["done"] for stop in packet(client)["stops"]] == [False, False, False]
    form = {"id": "6f1e6c9a-8d1e-4c57-9f40-2b7f6a0d5c11", "household_id": "h2", "client_ids": ["p2", "p3"]}
    assert client.post("/visits", json=form | {"outcome": "seen", "stop_id": "s2"}).status_code == 201
    assert [stop["done"] for stop in packet(client)["stops"]] == [False, True, False]
    assert re.search(r"✓ +已见到", client.get("/today").text)


def test_the_sketch_has_the_route_and_the_grid(signed_in: As, store: Store) -> None:
    """The packet draws the route, the doors latitude first, and the outline of the grid; no tiles."""
    publish(store)
    drawn = packet(signed_in("worker"))
    assert drawn["stops"][2]["position"] == [26.702, 107.502]
    assert len(drawn["shape"]) == 5
    assert [len(ring) for ring in drawn["outlines"]] == [5]


def test_the_packet_has_no_more_than_the_page(signed_in: As, store: Store) -> None:
    """No identity number, birth date or tag goes to the phone."""
    publish(store)
    page = signed_in("worker").get("/today").text
    for secret in ("990101194405010025", "1944-05-01", "空巢", "困境儿童"):
        assert secret not in page


def test_a_person_who_left_is_not_behind_the_door(signed_in: As, store: Store) -> None:
    """Somebody whose time on the ledger has ended is no longer among the people to tick."""
    publish(store)
    left: list[Client] = [replace(c, valid_to=c.birth_date) for c in CLIENTS if c.id == "p2"]
    store.facts.record(left)
    assert [p["id"] for p in packet(signed_in("worker"))["stops"][1]["people"]] == ["p3"]


def test_another_town_sees_no_stop_of_this_one(signed_in: As, store: Store) -> None:
    """The head of another township has an empty day."""
    publish(store)
    assert "王" not in signed_in("other_head").get("/today").text
