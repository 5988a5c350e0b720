"""What came in from the phones and waits for the head: seen, settled with a word, never deleted."""

from __future__ import annotations

from dataclasses import replace
from enum import StrEnum
from typing import Annotated

from fastapi import APIRouter, Depends, Form, Request
from fastapi.responses import RedirectResponse, Response

from fieldmap.access import Account, Right
from fieldmap.errors import StoreError
from fieldmap.incoming import Disagreement, Doorway, Pin, PinState, Received, Report
from fieldmap.models import Household
from web._inbox_words import content_lines, door_of
from web.deps import Services, ServicesDep, needs
from web.inbox import bounds_of, has_child, inbox_of, sees, sees_dispute
from web.pages import render

__all__ = ["router"]

router = APIRouter()

DeskDep = Annotated[Account, Depends(needs(Right.DESK))]
RemarkForm = Annotated[str, Form(max_length=300)]


class Noun(StrEnum):
    """What can be settled with a word."""

    RECEIVED = "received"
    DISAGREEMENTS = "disagreements"
    REPORTS = "reports"


class Answer(StrEnum):
    """What becomes of a proposed point."""

    TAKE = "take"
    REFUSE = "refuse"


@router.get("/inbox")
def inbox(request: Request, services: ServicesDep, account: DeskDep) -> Response:
    """Show what waits: reports, disagreements, refused envelopes, points, proposals; and what was settled."""
    bounds, names = bounds_of(services, account), _names(services)
    return render(
        request,
        "inbox.html",
        inbox=inbox_of(services.store, bounds, names, services.today()),
        view=bounds.view,
        names=names,
        doorways=Doorway,
    )


@router.get("/inbox/received/{item_id}")
def received(request: Request, item_id: str, services: ServicesDep, account: DeskDep) -> Response:
    """Show a refused envelope as it came; about a child's house that is written to the audit trail."""
    item = _received(services, account, item_id)
    return _item(request, services, account, item, item.household_id)


@router.get("/inbox/reports/{item_id}")
def report(request: Request, item_id: str, services: ServicesDep, account: DeskDep) -> Response:
    """Show a mandatory report; always written to the audit trail."""
    item = _report(services, account, item_id)
    client = services.view(account, Right.DESK).clients[item.client_id]
    return _item(request, services, account, item, client.household_id)


def _item(
    request: Request, services: Services, account: Account, item: Received | Report, household_id: str
) -> Response:
    view = services.view(account, Right.DESK)
    if isinstance(item, Report) or has_child(view, household_id, services.today()):
        services.store.audit.log(account.id, "read child", household_id)
    return render(
        request,
        "inbox_item.html",
        item=item,
        noun=Noun.REPORTS if isinstance(item, Report) else Noun.RECEIVED,
        lines=content_lines(item, view) if isinstance(item, Received) else (),
        client=view.clients[item.client_id] if isinstance(item, Report) else None,
        household_id=household_id if household_id in view.households else "",
        door=door_of(view, household_id),
        names=_names(services),
    )


@router.post("/inbox/{noun}/{item_id}/settle")
def settle(
    noun: Noun, item_id: str, services: ServicesDep, account: DeskDep, remark: RemarkForm = ""
) -> Response:
    """Note that somebody has done with it, and a word on it."""
    find = {Noun.RECEIVED: _received, Noun.DISAGREEMENTS: _disagreement, Noun.REPORTS: _report}[noun]
    find(services, account, item_id)
    incoming = services.store.incoming
    settled = {
        Noun.RECEIVED: incoming.received.settle,
        Noun.DISAGREEMENTS: incoming.disagreements.settle,
        Noun.REPORTS: incoming.reports.settle,
    }[noun]
    with services.store.write():
        settled(item_id, account.id, remark.strip())
        services.store.audit.log(account.id, "settle", item_id, noun)
    return RedirectResponse("/inbox", 303)


@router.post("/inbox/pins/{item_id}/{answer}")
def judge_pin(
    item_id: str, answer: Answer, services: ServicesDep, account: DeskDep, remark: RemarkForm = ""
) -> Response:
    """Put a proposed point in the place of the known one, or leave that as it is."""
    pin = _pin(services, account, item_id)
    store = services.store
    state = PinState.TAKEN if answer is Answer.TAKE else PinState.REFUSED
    with store.write():
        store.incoming.pins.settle(pin.id, account.id, remark.strip(), state=state.value)
        if answer is Answer.TAKE:
            household = services.view(account, Right.DESK).households[pin.household_id]
            store.facts.record([moved(household, pin)])
        store.audit.log(account.id, f"{answer} pin", pin.household_id, pin.id)
    return RedirectResponse("/inbox#pins", 303)


def moved(household: Household, pin: Pin) -> Household:
    """Return a household with a proposed point in its place; accuracy and source are those of the door."""
    if pin.which is Doorway.ENTRY:
        return replace(household, entry=pin.position)
    return replace(
        household, door=pin.position, accuracy_m=pin.accuracy_m, coord_source="pin", datum_claimed="WGS-84"
    )


def _names(services: Services) -> dict[str, str]:
    return {account.id: account.name for account in services.store.accounts.all()}


def _received(services: Services, account: Account, item_id: str) -> Received:
    item = services.store.incoming.received.get(item_id)
    if item is None or not sees(bounds_of(services, account), item):
        raise StoreError("store.unknown", item_id, noun="envelope")
    return item


def _disagreement(services: Services, account: Account, item_id: str) -> Disagreement:
    item = services.store.incoming.disagreements.get(item_id)
    if item is None or not sees_dispute(services.store, bounds_of(services, account), item):
        raise StoreError("store.unknown", item_id, noun="disagreement")
    return item


def _report(services: Services, account: Account, item_id: str) -> Report:
    item = services.store.incoming.reports.get(item_id)
    if item is None or item.client_id not in services.view(account, Right.DESK).clients:
        raise StoreError("store.unknown", item_id, noun="report")
    return item


def _pin(services: Services, account: Account, item_id: str) -> Pin:
    item = services.store.incoming.pins.get(item_id)
    if item is None or item.household_id not in services.view(account, Right.DESK).households:
        raise StoreError("store.unknown", item_id, noun="pin")
    return item
