"""Which accounts somebody looks after."""

from __future__ import annotations

from fieldmap.access import Account, AccountRole, Right, covers
from fieldmap.errors import AccessError
from fieldmap.store import Store

__all__ = ["accounts_in_scope", "managed"]

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
