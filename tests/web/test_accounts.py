"""Accounts: made, closed, and given no more than the manager has."""

from __future__ import annotations

import pytest
from starlette.testclient import TestClient

from fieldmap.access import Account, AccountRole, Hat
from fieldmap.store import Store
from tests.web.conftest import As
from tests.web.village import GRID_A, NORTH, TOWN, Village

JSON = {"accept": "application/json"}


def _add(client: TestClient, **form: object) -> tuple[int, str]:
    given = {"login": "xiaolin", "name": "林小雨", "role": "worker", "scope": TOWN.code, **form}
    answer = client.post("/accounts", data=given, headers=JSON)
    return answer.status_code, "" if answer.status_code == 303 else answer.json()["code"]


def _account(store: Store, login: str) -> Account:
    return next(a for a in store.accounts.all() if a.login == login)


def test_an_account_wears_several_hats(signed_in: As, store: Store) -> None:
    """One account is made with two roles, one of them for a single grid, and an actor."""
    form = {"role": ["worker", "grid_manager"], "scope": [TOWN.code, GRID_A], "actor": "w2"}
    assert _add(signed_in("admin"), **form) == (303, "")
    made = _account(store, "xiaolin")
    assert made.hats == (
        Hat(AccountRole.WORKER, TOWN.code),
        Hat(AccountRole.GRID_MANAGER, NORTH.code, GRID_A),
    )
    assert made.actor_id == "w2"
    assert store.audit.lines()[0].action == "add account"


@pytest.mark.parametrize(
    ("form", "status", "code"),
    [
        ({"login": "head"}, 409, "access.login-taken"),
        ({"login": " "}, 422, "account.empty"),
        ({"role": ""}, 422, "account.empty"),
        ({"role": "emperor"}, 422, "access.role"),
        ({"scope": "110000000000"}, 422, "account.scope"),
        ({"password": "short"}, 422, "access.password-weak"),
    ],
)
def test_a_wrong_account_is_refused(
    form: dict[str, str], status: int, code: str, signed_in: As, store: Store
) -> None:
    """What is wrong is said and no account is made."""
    before = store.accounts.all()
    assert _add(signed_in("admin"), **form) == (status, code)
    assert store.accounts.all() == before


def test_a_closed_account_is_out_at_once(signed_in: As, village: Village) -> None:
    """After an account is closed its open session ends."""
    assert signed_in("deputy").get("/desk").status_code == 200
    assert signed_in("admin").post(f"/accounts/{village.ids['deputy']}/disable").status_code == 303
    assert signed_in("deputy").get("/desk").headers["location"].startswith("/sign-in")


def test_a_head_sees_her_own_people_and_cannot_add(signed_in: As) -> None:
    """The list of a head has her field staff, no account above her, and no form."""
    page = signed_in("head").get("/accounts").text
    assert "周敏" in page
    assert "白沙网格员" not in page
    assert "副站长许宁" not in page
    assert 'action="/accounts"' not in page
