"""A grid manager's map: whom her head counts in her grid, and nothing that tells of a class of people."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import date
from typing import Any

import pytest
from starlette.testclient import TestClient

from fieldmap.access import AccountRole, Hat
from fieldmap.models import Client, Position, Sex, Tag
from fieldmap.store import Store
from tests.web.conftest import As
from tests.web.village import (
    GRID_A,
    GRID_B,
    GRID_OTHER,
    HOUSEHOLDS,
    LAT,
    LON,
    OTHER_VILLAGE,
    PASSWORD,
    SOUTH,
    TOWN,
    VISITS,
)
from web.security import SESSION_COOKIE

H1, H4 = HOUSEHOLDS[0], HOUSEHOLDS[3]


def figures_of(client: TestClient, query: str = "") -> dict[str, Any]:
    """Return what the frame of a page is given."""
    found: dict[str, Any] = client.get(f"/map/figures?{query}").json()
    return found


@pytest.fixture
def moved(store: Store) -> Store:
    """Return the village where h1, of her list, lives in the next grid, and h4, of no list, lives in hers."""
    far, near = Position(LON + 0.012, LAT + 0.002), Position(LON + 0.002, LAT + 0.008)
    store.facts.record([replace(H1, door=far), replace(H4, grid_code=None, door=near)])
    return store


def test_her_page_is_her_heads_row(moved: Store, signed_in: As) -> None:
    """Where the door and the ledger name different grids, both count whoever lives in hers, nobody else."""
    manager, head = figures_of(signed_in("grid_manager")), figures_of(signed_in("head"))
    row = next(cell for cell in head["cells"] if cell["code"] == GRID_A)
    assert manager["total"]["text"] == row["text"]
    assert [(cell["code"], cell["text"]) for cell in manager["cells"]] == [(GRID_A, row["text"])]


def test_her_list_names_who_lives_in_her_grid(moved: Store, signed_in: As) -> None:
    """A household that moved into her grid is on her list of gaps; one that lives in the next is not."""
    text = signed_in("grid_manager").get("/map/gaps").text
    assert "孙*" in text
    assert "王*" not in text
    assert GRID_B not in text


def test_who_heads_a_township_and_walks_another_grid_has_the_heads_map(store: Store, signed_in: As) -> None:
    """With both hats the map is the head's to the last figure; the other township's grid is on the phone."""
    hats = (Hat(AccountRole.HEAD, TOWN.code), Hat(AccountRole.GRID_MANAGER, OTHER_VILLAGE.code, GRID_OTHER))
    store.accounts.add("both", "许宁", PASSWORD, hats)
    both, head = signed_in(""), signed_in("head")
    both.cookies.set(SESSION_COOKIE, store.accounts.sign_in("both", PASSWORD, hours=1))
    told, page = figures_of(both), both.get("/map").text
    assert told["total"] == figures_of(head)["total"]
    assert GRID_OTHER not in {cell["code"] for cell in told["cells"]}
    assert "何*" not in page
    assert "/people/h9" not in page


def test_a_grid_manager_of_a_whole_division_is_no_head(store: Store, signed_in: As) -> None:
    """A grid manager's hat without a grid shows the division's grids, as a grid manager sees hers."""
    store.accounts.add("all", "许宁", PASSWORD, (Hat(AccountRole.GRID_MANAGER, TOWN.code),))
    client = signed_in("")
    client.cookies.set(SESSION_COOKIE, store.accounts.sign_in("all", PASSWORD, hours=1))
    page = client.get("/map").text
    assert GRID_B in page
    assert not re.search(r"/people|/plans|超期|无责任|周敏", page)
    assert client.get("/map?by=owner").status_code == 422
    assert client.get("/map/evidence").status_code == 403


PAGES = ("/map", "/map/gaps", "/map/figures", "/map/frame", "/map/trend", "/map/print")
EVERY_LAYER = "chosen=1&layer=never&layer=overdue&layer=unseen&layer=no_coordinates&layer=flags"


@pytest.fixture
def fortnightly(store: Store) -> Store:
    """Return the village with a man in her grid under a restricted rule of 14 days, seen on the 1st."""
    place = Position(LON + 0.003, LAT + 0.007)
    store.facts.record(
        [
            replace(H1, id="h10", head_name="褚大成", address="北坡村10号", door=place),
            Client("p12", "h10", "褚大成", Sex.MALE, date(1985, 4, 4)),
            Tag("t-x", "p12", "精神障碍", "3", "2026年台账", date(2025, 1, 1)),
            replace(VISITS[0], id="seen", day=date(2026, 3, 1), household_id="h10", client_ids=("p12",)),
        ]
    )
    return store


def test_no_page_of_hers_tells_an_interval(fortnightly: Store, signed_in: As) -> None:
    """Whom somebody contacted this month is no gap to a grid manager; nowhere is "overdue" or its days."""
    manager, head = signed_in("grid_manager"), signed_in("head")
    assert "褚*" in head.get("/map/gaps").text
    for path in PAGES:
        text = manager.get(f"{path}?{EVERY_LAYER}").text
        assert "褚*" not in text, path
        assert "超期" not in text, path
        assert not re.search(r"\d 天", text.replace("超过 30 天", "")), path
    assert "赵*" in manager.get("/map/gaps").text


def test_her_map_has_no_period_that_only_short_intervals_fall_in(fortnightly: Store, signed_in: As) -> None:
    """In 14 days nothing falls due but what is asked for that often: she has months, quarters and years."""
    manager = signed_in("grid_manager")
    manager.headers["accept"] = "application/json"
    answer = manager.get("/map?period=2026-03-01..2026-03-14")
    assert (answer.status_code, answer.json()["code"]) == (422, "map.own-grid")
    assert manager.get("/map?period=2026-Q1").status_code == 200
    manager.headers["accept"] = "text/html"
    assert 'value="days"' not in manager.get("/map").text


def test_a_grid_manager_is_not_sent_to_a_page_of_the_stations(fortnightly: Store, signed_in: As) -> None:
    """What her figures leave out is said without an advice that she cannot follow."""
    fortnightly.facts.record([replace(H1, door=None)])
    text = signed_in("grid_manager").get("/map").text
    assert "坐标" in text
    assert "网格核对" not in text


def test_the_sheet_for_the_wall_tells_of_no_group_and_no_single_grid(signed_in: As) -> None:
    """Narrowed to a tag, a grid or an owner it is printed whole; reasons stand in the whole only."""
    head = signed_in("head")
    whole = head.get("/map/print").text
    assert "拒访" in whole
    for query in ("tag=独居", f"grid={GRID_A}", "owner=w1", "measure=load"):
        sheet = head.get(f"/map/print?{query}").text
        assert re.findall(r"<td.*?</td>", sheet) == re.findall(r"<td.*?</td>", whole)
        assert "打印版不按" in sheet
    assert "拒访" not in head.get(f"/map/print?village={SOUTH.code}").text
