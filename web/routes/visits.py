"""Recorded visits: sent once or often, held once."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Annotated, Any

from fastapi import APIRouter, Body, Depends
from fastapi.responses import JSONResponse

from fieldmap.access import Account, Right
from fieldmap.errors import AccessError
from fieldmap.models import Actor, Snapshot, Visit
from fieldmap.plans import PlanState
from fieldmap.store import Receipt, Store
from fieldmap.visiting import Recording, may_pause, read_visit, require_reach
from web.deps import StoreDep, TodayDep, needs
from web.labels import label
from web.pages import local_time
from web.stops import planned_households

__all__ = ["router"]

router = APIRouter()


@router.post("/visits")
def record_visit(
    form: Annotated[dict[str, Any], Body()],
    store: StoreDep,
    today: TodayDep,
    account: Annotated[Account, Depends(needs(Right.RECORD))],
) -> JSONResponse:
    """Keep a visit under the id its phone gave it; the same again changes nothing."""
    held = _held(store, form, account)
    if held is not None:
        return _receipt(store, store.visits.record(held, by=account.id))
    snapshot = store.snapshot()
    recording = read_visit(form, snapshot, _visitor(snapshot, account), today)
    visit = recording.visit
    require_reach(account, visit.household_id, snapshot, _planned(store, account, visit.day))
    return _receipt(store, _keep(store, recording, account))


def _held(store: Store, form: Mapping[str, Any], account: Account) -> Visit | None:
    """Return the visit that this visitor has sent already: it is not judged a second time."""
    visit = store.visits.get(str(form.get("id", "")))
    return visit if visit is not None and account.actor_id in visit.actor_ids else None


def _visitor(snapshot: Snapshot, account: Account) -> Actor:
    actor = snapshot.actors.get(account.actor_id or "")
    if actor is None:
        raise AccessError("visit.actor")
    return actor


def _planned(store: Store, account: Account, day: date) -> frozenset[str]:
    """Return the doors given to the account's actor that day, by plans replaced since then too."""
    plans = (
        *store.plans.of_day(day, state=PlanState.PUBLISHED),
        *store.plans.of_day(day, state=PlanState.REPLACED),
    )
    return planned_households(plans, account.actor_id)


def _keep(store: Store, recording: Recording, account: Account) -> Receipt:
    """Write the visit and what follows from it, all or nothing."""
    with store.write():
        receipt = store.visits.record(recording.visit, by=account.id)
        if receipt.new and may_pause(account):
            store.facts.record([*recording.ended, *recording.exclusions])
    return receipt


def _receipt(store: Store, receipt: Receipt) -> JSONResponse:
    held = store.visits.get(receipt.visit_id)
    assert held is not None, receipt.visit_id
    assert held.received_at is not None, receipt.visit_id
    body = {
        "id": receipt.visit_id,
        "sha256": receipt.sha256,
        "new": receipt.new,
        "received_at": held.received_at.isoformat(),
        "at": local_time(held.received_at, "%H:%M"),
        "outcome": label(held.outcome),
    }
    return JSONResponse(body, 201 if receipt.new else 200)
