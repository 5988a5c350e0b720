"""GET /grid, POST /flags, GET /flags: a door nobody covers, from the ground to the head and back."""

from __future__ import annotations

from dataclasses import replace

import pytest
from starlette.testclient import TestClient

from fieldmap.models import FlagState, Position
from fieldmap.store import Store
from tests.web.conftest import As
from tests.web.village import GRID_A, GRID_B, GRID_C, GRIDS, HOUSEHOLDS

FLAG = "6f1e6c9a-8d1e-4c57-9f40-2b7f6a0d5c22"
FORM: dict[str, object] = {
    "id": FLAG,
    "grid_code": GRID_A,
    "note": "村东第三家,老人一个人住",
    "position": {"lon": 107.503, "lat": 26.703},
}


@pytest.fixture
def manager(signed_in: As) -> TestClient:
    """Return the phone of the manager of grid A."""
    return signed_in("grid_manager")


def test_she_sees_how_her_grid_stands(manager: TestClient) -> None:
    """The rate with its denominator, the gaps, and whom nobody saw: surname and door, no more."""
    page = manager.get("/grid").text
    assert "1/4 = 25.0 %" in page
    assert "王*" in page
    assert "北坡村1号" in page
    for hidden in ("王秀英", "郑玉梅", "郑*", "空巢", "困境"):
        assert hidden not in page


def test_another_grid_is_refused(manager: TestClient) -> None:
    """Asking for a grid that is not hers is refused, as is one that does not exist."""
    assert [manager.get(f"/grid?grid={code}").status_code for code in (GRID_A, GRID_B, "1")] == [
        200,
        403,
        403,
    ]


def test_a_grid_without_polygon_is_centred_on_its_doors(signed_in: As, store: Store) -> None:
    """Where the grid was never drawn the sketch has its doors and no outline."""
    store.facts.record([replace(GRIDS[0], polygon_wkb=None)])
    page = signed_in("grid_manager").get("/grid").text
    assert '"outlines": []' in page
    assert "26.702" in page


def test_a_grid_with_nothing_to_draw_has_no_sketch(signed_in: As, store: Store) -> None:
    """Without a polygon and without a door on record the flag goes without the sketch."""
    store.facts.record([replace(GRIDS[0], polygon_wkb=None)])
    store.facts.record([replace(h, door=None) for h in HOUSEHOLDS if h.grid_code == GRID_A])
    page = signed_in("grid_manager").get("/grid").text
    assert 'id="pin-map"' not in page
    assert 'id="pin-here"' in page


def test_a_door_outside_the_grid_is_said_beside_the_figures(signed_in: As, store: Store) -> None:
    """Who has a position outside the grid is not counted there, and the page says how many."""
    store.facts.record([replace(HOUSEHOLDS[0], door=Position(107.6, 26.9))])
    assert "另有 1 人的坐标落在网格外" in signed_in("grid_manager").get("/grid").text


def test_a_flag_is_kept_once(manager: TestClient, store: Store) -> None:
    """A flag is new, then a repeat; it stands on her page with its history."""
    first, again = (manager.post("/flags", json=FORM) for _ in range(2))
    assert (first.status_code, again.status_code) == (201, 200)
    assert (first.json()["new"], again.json()["new"]) == (True, False)
    (flag,) = store.flags.all()
    assert (flag.id, flag.note, flag.position) == (FLAG, FORM["note"], Position(107.503, 26.703))
    page = manager.get("/grid").text
    assert f'data-flag="{FLAG}"' in page
    assert "村东第三家" in page
    assert "03-20 09:00" in page


def test_a_wrong_flag_is_said_whole(manager: TestClient, store: Store) -> None:
    """Another's grid and no note are both in the answer, and nothing is kept."""
    manager.headers["accept"] = "application/json"
    answer = manager.post("/flags", json={"id": FLAG, "grid_code": GRID_C, "note": ""})
    assert (answer.status_code, answer.json()["code"]) == (422, "flag.invalid")
    assert "2 处" in answer.json()["message"]
    assert store.flags.all() == ()


def test_the_head_takes_a_flag_further(signed_in: As, manager: TestClient, store: Store) -> None:
    """The head reads who reported what, moves it, and the grid manager sees the state."""
    manager.post("/flags", json=FORM)
    head = signed_in("head")
    listed = head.get("/flags").text
    assert "村东第三家" in listed
    assert "网格员马丽" in listed
    assert head.post(f"/flags/{FLAG}/move", data={"state": "registered"}).status_code == 303
    assert store.flags.all()[0].state is FlagState.REGISTERED
    assert "已登记" in manager.get("/grid").text


def test_a_refusal_needs_a_reason_that_the_reporter_reads(
    signed_in: As, manager: TestClient, store: Store
) -> None:
    """Without a reason a refusal is not taken; with one it reaches the page of the grid manager."""
    manager.post("/flags", json=FORM)
    head = signed_in("head")
    assert head.post(f"/flags/{FLAG}/move", data={"state": "refused", "reason": " "}).status_code == 422
    assert (
        head.post(f"/flags/{FLAG}/move", data={"state": "refused", "reason": "已在名单"}).status_code == 303
    )
    assert store.flags.all()[0].state is FlagState.REFUSED
    assert "已在名单" in manager.get("/grid").text


@pytest.mark.parametrize("state", ["visited", "lost", ""])
def test_a_flag_goes_only_where_it_may(signed_in: As, manager: TestClient, store: Store, state: str) -> None:
    """A step that is none of the next ones is refused and changes nothing."""
    manager.post("/flags", json=FORM)
    assert signed_in("head").post(f"/flags/{FLAG}/move", data={"state": state}).status_code == 422
    assert len(store.flags.history(FLAG)) == 1


def test_the_head_of_another_town_has_no_part_in_it(signed_in: As, manager: TestClient, store: Store) -> None:
    """She neither reads the flag nor moves it; to her it does not exist."""
    manager.post("/flags", json=FORM)
    other = signed_in("other_head")
    assert "村东第三家" not in other.get("/flags").text
    assert other.post(f"/flags/{FLAG}/move", data={"state": "checked"}).status_code == 404
    assert store.flags.all()[0].state is FlagState.REPORTED


def test_every_step_is_in_the_audit(signed_in: As, manager: TestClient, store: Store) -> None:
    """Who moved a flag where is on record."""
    manager.post("/flags", json=FORM)
    signed_in("head").post(f"/flags/{FLAG}/move", data={"state": "checked"})
    assert [(line.action, line.object, line.detail) for line in store.audit.lines(limit=1)] == [
        ("flag", FLAG, "checked")
    ]
