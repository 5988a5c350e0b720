"""Roles, rights and scope."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from fieldmap.access import RIGHTS, Account, AccountRole, Hat, Right, covers, require, sees_household
from fieldmap.errors import AccessError
from fieldmap.models import Household

NAMES = {Right.DESK, Right.TODAY, Right.RECORD, Right.GRID, Right.MAP}


def account(*hats: Hat) -> Account:
    """Return an account with these hats."""
    return Account("a", "a", "甲", hats)


@pytest.mark.parametrize("role", [AccountRole.COUNTY, AccountRole.AUDITOR, AccountRole.ADMIN])
def test_those_above_and_beside_the_station_have_no_right_that_shows_a_name(role: AccountRole) -> None:
    """County, auditor and administrator see figures, lines and accounts."""
    assert not RIGHTS[role] & NAMES


def test_every_role_has_rights_and_nobody_has_all() -> None:
    """The table is complete, and refused by default."""
    assert set(RIGHTS) == set(AccountRole)
    assert all(rights and rights != set(Right) for rights in RIGHTS.values())


def test_several_hats_add_up_but_each_in_its_own_place() -> None:
    """A head who is grid manager elsewhere may flag there and not plan there."""
    both = account(
        Hat(AccountRole.HEAD, "990101001000"),
        Hat(AccountRole.GRID_MANAGER, "990101002201", "990101002201001"),
    )
    require(both, Right.PLAN, "990101001203")
    require(both, Right.FLAG, "990101002201")
    with pytest.raises(AccessError):
        require(both, Right.PLAN, "990101002201")


def test_nobody_and_a_closed_account_are_refused() -> None:
    """No account at all asks for a sign-in; a closed one is refused outright."""
    with pytest.raises(AccessError) as caught:
        require(None, Right.TODAY)
    assert caught.value.code == "access.sign-in"
    hat = Hat(AccountRole.HEAD, "990101001000")
    closed = Account("a", "a", "甲", (hat,), disabled_at=datetime(2026, 3, 1, tzinfo=UTC))
    with pytest.raises(AccessError):
        require(closed, Right.DESK)


@pytest.mark.parametrize(
    ("scope", "code", "inside"),
    [
        ("990101000000", "990101001201", True),
        ("990101001000", "990101001201", True),
        ("990101001201", "990101001202", False),
        ("990101001000", "990101010201", False),
        ("990100000000", "990101001201", True),
    ],
)
def test_a_scope_holds_what_lies_below_it(scope: str, code: str, inside: bool) -> None:
    """Codes nest by their digits; 001 is not the beginning of 010."""
    assert covers(scope, code) is inside


def test_a_grid_manager_sees_her_grid_only() -> None:
    """Neither the next grid of the village nor a house without a grid."""
    house = Household("h", "990101001201", "", "", grid_code="990101001201001")
    hats = [Hat(AccountRole.GRID_MANAGER, "990101001201", "990101001201001")]
    assert sees_household(hats, house)
    assert not sees_household(hats, Household("h", "990101001201", "", "", grid_code="990101001201002"))
    assert not sees_household(hats, Household("h", "990101001201", "", ""))
