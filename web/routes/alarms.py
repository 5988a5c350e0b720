"""What rings on every page of the head and the deputy: who is not back, and a child reported."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import timedelta
from enum import StrEnum
from typing import Annotated
from uuid import uuid4

from fastapi import APIRouter, Depends, Form, Request
from fastapi.responses import JSONResponse, RedirectResponse, Response
from pydantic import BaseModel

from fieldmap.access import Account, Right
from fieldmap.errors import StoreError
from fieldmap.incoming import Outing, OutingStep, OutingWhat
from fieldmap.models import Actor
from fieldmap.outings import Overdue, overdue
from web.deps import Services, ServicesDep, needs
from web.i18n import gettext
from web.inbox import counts_of
from web.pages import local_time, wants_html

__all__ = ["router"]

router = APIRouter()

DeskDep = Annotated[Account, Depends(needs(Right.DESK))]

_MORE = timedelta(minutes=30)


class Heard(StrEnum):
    """What the desk has learnt about somebody who is overdue."""

    LATER = "later"
    BACK = "back"


class Late(BaseModel):
    """Somebody who is not back; ``words`` is the sentence of the banner."""

    id: str
    words: str
    phone: str
    late_minutes: int


class Alarms(BaseModel):
    """What rings now; without names of those who are visited.

    Attributes
    ----------
    waiting
        How much lies in the inbox, the reports among it.
    """

    overdue: list[Late]
    reports: int
    words: str
    waiting: int


@router.get("/alarms")
def alarms(services: ServicesDep, account: DeskDep) -> Alarms:
    """Say what rings in somebody's area."""
    out = services.store.incoming.outings.all(back_at=None)
    late = overdue(out, services.clock(), services.settings.overdue_minutes)
    counts = counts_of(services, account)
    told = gettext("有 {n} 条儿童强制报告还没有人看过", n=counts.reports) if counts.reports else ""
    return Alarms(
        overdue=_lines(services, account, late) if late else [],
        reports=counts.reports,
        words=told,
        waiting=counts.waiting,
    )


def _lines(services: Services, account: Account, late: Iterable[Overdue]) -> list[Late]:
    actors = services.view(account, Right.DESK).actors
    return [
        _late(services, actors[one.outing.actor_id], one) for one in late if one.outing.actor_id in actors
    ]


def _late(services: Services, actor: Actor, one: Overdue) -> Late:
    day = "" if one.outing.day == services.today() else f"{one.outing.day:%m-%d} "
    words = gettext(
        "{name} 还没回来:说好 {time} 回,已晚 {n} 分钟",
        name=actor.name,
        time=day + local_time(one.outing.expected_back, "%H:%M"),
        n=one.late_minutes,
    )
    return Late(id=one.outing.id, words=words, phone=actor.phone, late_minutes=one.late_minutes)


@router.post("/alarms/{outing_id}")
def heard(
    request: Request,
    outing_id: str,
    services: ServicesDep,
    account: DeskDep,
    what: Annotated[Heard, Form()],
    reason: Annotated[str, Form(max_length=200)] = "",
) -> Response:
    """Keep what the desk has learnt: she is back, or fine and half an hour later."""
    outing = _known(services, account, outing_id)
    now = services.clock()
    step = OutingStep(
        id=str(uuid4()),
        outing_id=outing.id,
        actor_id=outing.actor_id,
        what=OutingWhat(what),
        at=now,
        by=account.id,
        expected_back=now + _MORE if what is Heard.LATER else None,
        reason=reason.strip(),
    )
    services.store.incoming.step(step, outing.day)
    services.store.audit.log(account.id, f"outing {what}", outing.id)
    if wants_html(request):
        return RedirectResponse("/phones", 303)
    return JSONResponse(alarms(services, account).model_dump())


def _known(services: Services, account: Account, outing_id: str) -> Outing:
    """Return an outing of the account's area; another area's is answered as if there were none."""
    outing = services.store.incoming.outings.get(outing_id)
    if outing is None or outing.actor_id not in services.view(account, Right.DESK).actors:
        raise StoreError("store.unknown", outing_id, noun="outing")
    return outing
