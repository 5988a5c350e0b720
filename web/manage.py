"""Which accounts somebody looks after, and what they may be given."""

from __future__ import annotations

from collections.abc import Sequence

from fieldmap.access import Account, AccountRole, Hat, Right, covers
from fieldmap.errors import AccessError, InputError
from fieldmap.models import Snapshot
from fieldmap.store import Store

__all__ = ["accounts_in_scope", "hats_from", "managed", "scopes"]

_HANDED_OUT_BY_HEADS = frozenset(
    {AccountRole.WORKER, AccountRole.CONTACT, AccountRole.VOLUNTEER, AccountRole.GRID_MANAGER}
)


def _manages(manager: Account, right: Right, account: Account) -> bool:
    """Return whether every hat of the account lies in the manager's scope.

    A head signs in the phones of her own field staff; the accounts of heads,
    county, auditors and administrators are an administrator's.
    """
    for hat in account.hats:
        fits = any(
            covers(mine.division_code, hat.division_code)
            and (mine.role is AccountRole.ADMIN or hat.role in _HANDED_OUT_BY_HEADS)
            for mine in manager.hats_with(right)
        )
        if not fits:
            return False
    return bool(account.hats)


def accounts_in_scope(store: Store, manager: Account) -> tuple[Account, ...]:
    """Return the accounts somebody may see and invite."""
    return tuple(a for a in store.accounts.all() if _manages(manager, Right.INVITE, a))


def managed(store: Store, manager: Account, account_id: str, right: Right) -> Account:
    """Return one account that somebody looks after.

    Raises
    ------
    StoreError
        There is no such account.
    AccessError
        It lies outside the manager's scope.
    """
    account = store.accounts.get(account_id)
    if not _manages(manager, right, account):
        raise AccessError("access.refused", right)
    return account


def scopes(snapshot: Snapshot, manager: Account) -> list[tuple[str, str]]:
    """Return the divisions and grids an account may be given, code and name, each below its division."""
    hats = manager.hats_with(Right.ACCOUNTS)
    found: list[tuple[str, str]] = []
    for code, division in sorted(snapshot.divisions.items()):
        if any(covers(hat.division_code, code) for hat in hats):
            found.append((code, division.name))
            grids = (g for g in snapshot.grids.values() if g.division_code == code)
            found += [(g.code, f"{division.name} · {g.name}") for g in sorted(grids, key=lambda g: g.code)]
    return found


def hats_from(
    snapshot: Snapshot, manager: Account, login: str, name: str, roles: Sequence[str], places: Sequence[str]
) -> tuple[Hat, ...]:
    """Return the hats of a new account, from the form's lists of roles and scopes.

    Raises
    ------
    InputError
        No login or name, an unknown role, or a scope outside the manager's.
    """
    if not (login.strip() and name.strip() and any(roles)):
        raise InputError("account.empty")
    allowed = {code for code, _ in scopes(snapshot, manager)}
    hats: list[Hat] = []
    for role, place in zip(roles, places, strict=False):
        if not role:
            continue
        if role not in set(AccountRole):
            raise InputError("access.role", role, allowed=", ".join(AccountRole))
        if place not in allowed:
            raise InputError("account.scope", place)
        grid = snapshot.grids.get(place)
        hats.append(Hat(AccountRole(role), grid.division_code if grid else place, grid.code if grid else ""))
    return tuple(hats)
