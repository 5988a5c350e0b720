"""Accounts: who may sign in; phones; QR codes are printed from here."""

from __future__ import annotations

from typing import Annotated, Literal

from fastapi import APIRouter, Depends, Form, Request
from fastapi.responses import RedirectResponse, Response

from fieldmap.access import Account, AccountRole, Right
from fieldmap.errors import StoreError
from web.deps import ServicesDep, StoreDep, needs
from web.manage import accounts_in_scope, hats_from, managed, scopes
from web.pages import render

__all__ = ["router"]

router = APIRouter()

InviterDep = Annotated[Account, Depends(needs(Right.INVITE))]
AdminDep = Annotated[Account, Depends(needs(Right.ACCOUNTS))]


@router.get("/accounts")
def accounts(request: Request, services: ServicesDep, manager: InviterDep) -> Response:
    """List the accounts somebody looks after, with their phones."""
    store = services.store
    found = accounts_in_scope(store, manager)
    snapshot = store.snapshot()
    return render(
        request,
        "accounts.html",
        accounts=found,
        devices={a.id: store.accounts.devices(a.id) for a in found},
        names={d.code: d.name for d in snapshot.divisions.values()}
        | {g.code: g.name for g in snapshot.grids.values()},
        may_add=Right.ACCOUNTS in manager.rights(),
        roles=tuple(AccountRole),
        scopes=scopes(snapshot, manager),
        actors=sorted(snapshot.actors.values(), key=lambda a: a.id),
    )


@router.post("/accounts")
def add(
    services: ServicesDep,
    manager: AdminDep,
    login: Annotated[str, Form(max_length=64)],
    name: Annotated[str, Form(max_length=64)],
    role: Annotated[list[str], Form()],
    scope: Annotated[list[str], Form()],
    password: Annotated[str, Form(max_length=256)] = "",
    actor: Annotated[str, Form()] = "",
) -> Response:
    """Make an account; without a password it is entered by QR only."""
    store = services.store
    hats = hats_from(store.snapshot(), manager, login, name, role, scope)
    made = store.accounts.add(login.strip(), name.strip(), password or None, hats, actor_id=actor or None)
    store.audit.log(manager.id, "add account", made.id, ", ".join(hat.role for hat in hats))
    return RedirectResponse("/accounts", 303)


@router.post("/accounts/{account_id}/disable")
def disable(account_id: str, store: StoreDep, manager: AdminDep) -> Response:
    """Close an account and end its sessions and phones."""
    account = managed(store, manager, account_id, Right.ACCOUNTS)
    store.accounts.disable(account.id)
    store.audit.log(manager.id, "disable account", account.id)
    return RedirectResponse("/accounts", 303)


@router.post("/accounts/{account_id}/devices/{device_id}/revoke")
def revoke(
    account_id: str,
    device_id: str,
    store: StoreDep,
    manager: InviterDep,
    next: Annotated[Literal["/accounts", "/phones"], Form()] = "/accounts",
) -> Response:
    """Lock a lost phone out, and go back to the page it was seen on."""
    account = managed(store, manager, account_id, Right.INVITE)
    if device_id not in {d["id"] for d in store.accounts.devices(account.id)}:
        raise StoreError("store.unknown", device_id, noun="phone")
    store.accounts.revoke_device(device_id)
    store.audit.log(manager.id, "revoke phone", account.id, device_id)
    return RedirectResponse(next, 303)
