"""Who sees what: nothing outside of the hat's division or grid."""

from __future__ import annotations

from dataclasses import replace

import pytest

from fieldmap.access import AccountRole, Hat, Right
from fieldmap.errors import AccessError
from fieldmap.models import Flag
from fieldmap.store import Store
from tests.web.conftest import As
from tests.web.village import GRID_A, NORTH, NOW, OTHER_TOWN, TOWN, Village
from web.manage import managed
from web.scope import scoped, visible

_NAMES = ("王秀英", "李大山", "赵小雨", "孙福来", "冯长顺")
_DOORS = ("北坡村1号", "北坡村2号", "南塘村7号")


def test_a_hat_for_a_township_sees_that_township(store: Store) -> None:
    """Households, people, grids, visits and staff of the other township are not there."""
    seen = scoped(store.snapshot(), [Hat(AccountRole.HEAD, TOWN.code)])
    assert set(seen.households) == {f"h{n}" for n in range(1, 9)}
    assert "p11" not in seen.clients
    assert len(seen.grids) == 3
    assert set(seen.actors) == {"w1", "w2", "c1"}
    assert OTHER_TOWN.code not in seen.divisions
    assert {t.client_id for t in seen.tags} <= set(seen.clients)


def test_a_hat_for_a_grid_sees_that_grid(store: Store) -> None:
    """A grid manager sees the doors of her grid, no other grid of the same village, and no staff list."""
    seen = scoped(store.snapshot(), [Hat(AccountRole.GRID_MANAGER, NORTH.code, GRID_A)])
    assert set(seen.households) == {"h1", "h2", "h3"}
    assert set(seen.grids) == {GRID_A}
    assert seen.actors == {}
    assert {v.household_id for v in seen.visits} == {"h1", "h2", "h3"}


def test_a_flag_outlives_its_grid(store: Store) -> None:
    """Whose grid is no longer on the record, that flag is still the town's, and no other grid's or town's."""
    flag = Flag("f", f"{NORTH.code}099", "村东第三家", None, "grid", NOW)
    record = replace(store.snapshot(), flags=(flag,))
    hats = {
        "town": Hat(AccountRole.HEAD, TOWN.code),
        "other town": Hat(AccountRole.HEAD, OTHER_TOWN.code),
        "grid": Hat(AccountRole.GRID_MANAGER, NORTH.code, GRID_A),
    }
    assert [name for name, hat in hats.items() if scoped(record, [hat]).flags] == ["town"]


def test_no_hat_sees_nothing(store: Store) -> None:
    """Refused by default: without a hat that gives the right the record is empty."""
    auditor = next(a for a in store.accounts.all() if a.login == "auditor")
    seen = visible(store.snapshot(), auditor, Right.DESK)
    assert (seen.households, seen.clients, seen.visits, seen.grids) == ({}, {}, (), {})


@pytest.mark.parametrize("path", ["/desk", "/people", "/plans", "/rollup"])
def test_the_head_of_another_township_sees_nothing_of_this_one(path: str, signed_in: As) -> None:
    """No name, no address and no village of one township is on the pages of another."""
    page = signed_in("other_head").get(path)
    assert page.status_code == 200
    assert [text for text in (*_NAMES, *_DOORS, "北坡", "南塘", "周敏") if text in page.text] == []


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("GET", "/people/h1"),
        ("POST", "/people/h1/reveal"),
        ("POST", "/people/h5/exclusions/e1/end"),
    ],
)
def test_a_household_of_another_township_reads_like_one_that_never_was(
    method: str, path: str, signed_in: As
) -> None:
    """The answer does not tell that the household exists, and gives nothing of it."""
    client = signed_in("other_head")
    answer = client.request(method, path)
    never = client.request(method, path.replace("h1", "h999").replace("h5", "h999"))
    assert answer.status_code == never.status_code == 404
    assert not any(text in answer.text for text in (*_NAMES, *_DOORS))


def test_a_plan_for_another_township_is_refused(signed_in: As) -> None:
    """A head cannot make a plan outside of her division, whatever the form says."""
    form = {"day": "2026-03-20", "division": TOWN.code, "actors": ["w1"]}
    assert signed_in("other_head").post("/plans", data=form).status_code == 403


def test_a_search_does_not_reach_into_another_township(signed_in: As) -> None:
    """A name of another township is not found."""
    page = signed_in("other_head").post("/people", data={"text": "王"})
    assert "没有符合条件的人" in page.text


@pytest.mark.parametrize(
    ("manager", "login", "allowed"),
    [
        ("head", "worker", True),
        ("head", "grid_manager", True),
        ("head", "deputy", False),
        ("head", "admin", False),
        ("head", "other_grid", False),
        ("other_head", "worker", False),
        ("admin", "head", True),
    ],
)
def test_a_qr_code_is_printed_for_ones_own_people_only(
    manager: str, login: str, allowed: bool, village: Village, store: Store
) -> None:
    """A head signs in the phones of her field staff, and nobody above or beside her."""
    account = store.accounts.get(village.ids[manager])
    if allowed:
        assert managed(store, account, village.ids[login], Right.INVITE).login == login
    else:
        with pytest.raises(AccessError):
            managed(store, account, village.ids[login], Right.INVITE)


def test_an_account_that_reaches_beyond_the_scope_is_not_managed(village: Village, store: Store) -> None:
    """One hat outside of the manager's division is enough to refuse."""
    head = store.accounts.get(village.ids["head"])
    hats = (Hat(AccountRole.WORKER, TOWN.code), Hat(AccountRole.WORKER, OTHER_TOWN.code))
    both = store.accounts.add("both", "两处跑", None, hats)
    with pytest.raises(AccessError):
        managed(store, head, both.id, Right.INVITE)
    admin = replace(head, hats=(Hat(AccountRole.ADMIN, "990101000000"),))
    assert managed(store, admin, both.id, Right.INVITE).id == both.id
