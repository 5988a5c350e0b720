"""Who may do what, and to whom: roles, rights and scope, refused by default.

One account may wear several hats; a hat is a role with a scope, a division
(with everything below it) or one grid. A right is held where *one* hat gives
it and that hat's scope covers the thing asked for.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum

from fieldmap.errors import AccessError
from fieldmap.models import Grid, Household

__all__ = [
    "RIGHTS",
    "Account",
    "AccountRole",
    "Hat",
    "Right",
    "covers",
    "require",
    "sees_grid",
    "sees_household",
    "widened",
    "without_narrow",
]

_TOWNSHIP = 9


class AccountRole(StrEnum):
    """The hats."""

    WORKER = "worker"
    CONTACT = "contact"
    VOLUNTEER = "volunteer"
    HEAD = "head"
    DEPUTY = "deputy"
    GRID_MANAGER = "grid_manager"
    COUNTY = "county"
    AUDITOR = "auditor"
    ADMIN = "admin"


class Right(StrEnum):
    """What a hat allows."""

    TODAY = "today"
    RECORD = "record"
    DESK = "desk"
    PLAN = "plan"
    PUBLISH = "publish"
    MAP = "map"
    GRID = "grid"
    FLAG = "flag"
    REVIEW_FLAG = "review_flag"
    INVITE = "invite"
    ROLLUP = "rollup"
    AUDIT = "audit"
    ACCOUNTS = "accounts"


_HEAD = frozenset(
    {
        Right.TODAY,
        Right.RECORD,
        Right.DESK,
        Right.PLAN,
        Right.PUBLISH,
        Right.MAP,
        Right.REVIEW_FLAG,
        Right.FLAG,
        Right.INVITE,
        Right.ROLLUP,
    }
)

RIGHTS: Mapping[AccountRole, frozenset[Right]] = {
    AccountRole.WORKER: frozenset({Right.TODAY, Right.RECORD}),
    AccountRole.CONTACT: frozenset({Right.TODAY, Right.RECORD}),
    AccountRole.VOLUNTEER: frozenset({Right.TODAY, Right.RECORD}),
    AccountRole.HEAD: _HEAD,
    AccountRole.DEPUTY: _HEAD,
    AccountRole.GRID_MANAGER: frozenset({Right.GRID, Right.FLAG, Right.MAP}),
    AccountRole.COUNTY: frozenset({Right.ROLLUP}),
    AccountRole.AUDITOR: frozenset({Right.AUDIT, Right.ROLLUP}),
    AccountRole.ADMIN: frozenset({Right.ACCOUNTS, Right.INVITE}),
}
"""The rights of each role; what is not here is refused."""


@dataclass(frozen=True, slots=True)
class Hat:
    """A role with its scope; an empty ``grid_code`` is the whole division."""

    role: AccountRole
    division_code: str
    grid_code: str = ""

    @property
    def narrow(self) -> bool:
        """Return whether it is for walking grids, not for heading an area."""
        return bool(self.grid_code) or self.role is AccountRole.GRID_MANAGER


@dataclass(frozen=True, slots=True)
class Account:
    """Somebody who may sign in."""

    id: str
    login: str
    name: str
    hats: tuple[Hat, ...]
    actor_id: str | None = None
    created_at: datetime | None = None
    disabled_at: datetime | None = None

    def rights(self) -> frozenset[Right]:
        """Return the rights that some hat gives, somewhere."""
        return frozenset(right for hat in self.hats for right in RIGHTS[hat.role])

    def hats_with(self, right: Right) -> tuple[Hat, ...]:
        """Return the hats that give a right."""
        return tuple(hat for hat in self.hats if right in RIGHTS[hat.role])


def widened(hats: Iterable[Hat]) -> tuple[Hat, ...]:
    """Return the hats with those for one grid made as wide as its township's head's.

    Which grid a door is in is found out among the grids around it, so that a
    grid manager counts in her grid whom her head counts there.
    """
    heads = (
        Hat(AccountRole.HEAD, f"{hat.division_code[:_TOWNSHIP]}000") if hat.grid_code else hat for hat in hats
    )
    return tuple(dict.fromkeys(heads))


def covers(scope_code: str, code: str) -> bool:
    """Return whether a division lies in another one or is it.

    Both are 12-digit codes (2 province + 2 city + 2 county + 3 township + 3
    village); the scope ends before its trailing zeros.

    >>> covers("990101001000", "990101001203")
    True
    >>> covers("990101001000", "990101002203")
    False
    """
    for length in (2, 4, 6, 9, 12):
        if set(scope_code[length:]) <= {"0"}:
            return code[:length] == scope_code[:length]
    return False


def require(account: Account | None, right: Right, division_code: str | None = None) -> Account:
    """Return the account if it has the right (there), else refuse.

    Raises
    ------
    AccessError
        Nobody is signed in, or no hat gives the right in that division.
    """
    if account is None:
        raise AccessError("access.sign-in")
    hats = account.hats_with(right)
    if division_code is not None:
        hats = tuple(h for h in hats if covers(h.division_code, division_code))
    if not hats or account.disabled_at is not None:
        raise AccessError("access.refused", right)
    return account


def without_narrow(account: Account, right: Right) -> Account:
    """Return an account with its hats for walking grids taken off, where another one gives the right.

    Who heads a township and walks a grid of the next one heads the township:
    figures and lists of both under one total would be nobody's.
    """
    hats = account.hats_with(right)
    narrow = {hat for hat in hats if hat.narrow}
    if len(narrow) in (0, len(hats)):
        return account
    return replace(account, hats=tuple(hat for hat in account.hats if hat not in narrow))


def sees_household(
    hats: Iterable[Hat], household: Household, grid_of: Mapping[str, str | None] | None = None
) -> bool:
    """Return whether one of the hats covers the household by grid or division.

    Parameters
    ----------
    grid_of
        Household id → the grid its door is in, where figures are to agree;
        without it the ledger's.
    """
    grid_code = household.grid_code if grid_of is None else grid_of.get(household.id)
    return any(
        grid_code == hat.grid_code if hat.grid_code else covers(hat.division_code, household.division_code)
        for hat in hats
    )


def sees_grid(hats: Iterable[Hat], grid: Grid) -> bool:
    """Return whether one of the hats covers the grid."""
    return any(
        grid.code == hat.grid_code if hat.grid_code else covers(hat.division_code, grid.division_code)
        for hat in hats
    )
