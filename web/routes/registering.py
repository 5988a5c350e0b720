"""A flag taken on the ledger: a household that is there, a new one, or what became of one that left."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated

from fastapi import APIRouter, Depends, Form, Request
from fastapi.responses import RedirectResponse, Response

from fieldmap.access import Account, Right
from fieldmap.errors import InputError, StoreError
from fieldmap.flagging import needs_household, next_states
from fieldmap.forms import FormError
from fieldmap.models import ExclusionReason, Flag, FlagState
from fieldmap.periods import china_day
from fieldmap.registering import (
    DIED,
    MOST_PEOPLE,
    read_departures,
    read_registration,
    register_departures,
    register_known,
    register_new,
)
from web._flag_form import SEXES, candidates, faults_of, headings, living, sent, tag_fields
from web._flag_rows import flag_row
from web.deps import Services, ServicesDep
from web.pages import render
from web.routes.flags import ReviewDep, flag_of

__all__ = ["router"]

router = APIRouter()


async def _sent(request: Request) -> dict[str, object]:
    return sent(await request.form())


SentDep = Annotated[dict[str, object], Depends(_sent)]


@router.get("/flags/{flag_id}/register")
def register_page(request: Request, flag_id: str, services: ServicesDep, account: ReviewDep) -> Response:
    """Show what a flag can be registered as."""
    return _page(request, services, account, _registrable(services, account, flag_id))


@router.post("/flags/{flag_id}/find")
def find(
    request: Request,
    flag_id: str,
    services: ServicesDep,
    account: ReviewDep,
    text: Annotated[str, Form(max_length=40)] = "",
) -> Response:
    """Look for a household by a part of a name or an address, which does not go into an address line."""
    flag = _registrable(services, account, flag_id)
    return _page(request, services, account, flag, text=text.strip())


@router.post("/flags/{flag_id}/known")
def known(
    flag_id: str,
    services: ServicesDep,
    account: ReviewDep,
    household: Annotated[str, Form(max_length=64)] = "",
    pin: Annotated[bool, Form()] = False,
) -> Response:
    """Register a flag as a household that is on the ledger."""
    flag = _registrable(services, account, flag_id)
    if not household:
        raise InputError("flag.unregistered")
    found = services.view(account, Right.REVIEW_FLAG).households.get(household)
    if found is None:
        raise StoreError("store.unknown", household, noun="household")
    register_known(services.store, flag, found, today=services.today(), by=account.id, pin=pin)
    return _done(services, account, flag, found.id)


@router.post("/flags/{flag_id}/new")
def new(request: Request, flag_id: str, services: ServicesDep, account: ReviewDep, form: SentDep) -> Response:
    """Register a flag as a new household; with a mistake the form comes back as it was."""
    flag, view, today = (
        _registrable(services, account, flag_id),
        services.view(account, Right.REVIEW_FLAG),
        services.today(),
    )
    try:
        read = read_registration(form, view.grids, today, headings())
        door = register_new(services.store, flag, read, view, today=today, by=account.id)
    except FormError as error:
        return _page(request, services, account, flag, form=form, error=error)
    return _done(services, account, flag, door)


@router.post("/flags/{flag_id}/left")
def left(
    request: Request, flag_id: str, services: ServicesDep, account: ReviewDep, form: SentDep
) -> Response:
    """Write down what became of the people of a door that was left."""
    flag, today = _registrable(services, account, flag_id), services.today()
    people = living(services.view(account, Right.REVIEW_FLAG), flag.household_id, today)
    try:
        facts = read_departures(form, people, china_day(flag.reported_at), today)
        register_departures(services.store, flag, facts, by=account.id)
    except FormError as error:
        return _page(request, services, account, flag, form=form, error=error)
    return _done(services, account, flag, flag.household_id)


def _registrable(services: Services, account: Account, flag_id: str) -> Flag:
    """Return a flag of the area that can be registered now.

    Raises
    ------
    StoreError
        There is none.
    InputError
        It is past that, or was refused.
    """
    flag = flag_of(services, account, flag_id)
    allowed = next_states(flag)
    if FlagState.REGISTERED not in allowed:
        raise InputError("flag.state", FlagState.REGISTERED, allowed=", ".join(allowed) or "–")
    return flag


def _done(services: Services, account: Account, flag: Flag, household_id: str) -> Response:
    services.store.audit.log(account.id, "register flag", flag.id, household_id)
    return RedirectResponse(f"/flags#flag-{flag.id}", 303)


def _page(
    request: Request,
    services: Services,
    account: Account,
    flag: Flag,
    *,
    text: str = "",
    form: Mapping[str, object] | None = None,
    error: FormError | None = None,
) -> Response:
    view, today = services.view(account, Right.REVIEW_FLAG), services.today()
    names = {member.id: member.name for member in services.store.accounts.all()}
    place = flag.position
    blank = {
        "grid": flag.grid_code,
        "lon": f"{place.lon:.6f}" if place else "",
        "lat": f"{place.lat:.6f}" if place else "",
    }
    return render(
        request,
        "flag_register.html",
        422 if error else 200,
        row=flag_row(services.store, flag, view, names, today),
        view=view,
        on_ledger=needs_household(flag),
        found=candidates(view, flag, text) if needs_household(flag) else (),
        text=text,
        form=form or blank,
        faults=faults_of(error) if error else {},
        numbers=range(MOST_PEOPLE),
        sexes=SEXES,
        tag_fields=tag_fields(),
        people=living(view, flag.household_id, today),
        reasons=tuple(ExclusionReason),
        died=DIED,
        since=china_day(flag.reported_at),
    )
