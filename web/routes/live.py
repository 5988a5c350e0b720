"""The stream that tells an open page to look again."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Annotated

from fastapi import APIRouter, Depends, Request
from fastapi.sse import EventSourceResponse, ServerSentEvent

from fieldmap.access import Account, Right
from fieldmap.errors import AccessError
from web.deps import ServicesDep, SessionDep
from web.live import Stream
from web.security import SESSION_COOKIE

__all__ = ["router"]

router = APIRouter()

_RIGHTS = frozenset({Right.MAP, Right.ROLLUP, Right.DESK})


def _listener(session: SessionDep) -> Account:
    """Refuse an account that has no page with figures."""
    account = session.account
    if not account.rights() & _RIGHTS:
        raise AccessError("access.refused", "/".join(sorted(_RIGHTS)))
    return account


async def _place(
    services: ServicesDep, account: Annotated[Account, Depends(_listener)]
) -> AsyncIterator[Stream]:
    """Keep a place before the answer begins: a refusal is an answer of its own."""
    with services.live.listening(account.id) as stream:
        yield stream


@router.get("/events", response_class=EventSourceResponse)
async def events(
    request: Request, services: ServicesDep, stream: Annotated[Stream, Depends(_place)]
) -> AsyncIterator[ServerSentEvent]:
    """Send the mark of the record now, and another one whenever it was written to."""
    token = request.cookies.get(SESSION_COOKIE, "")
    sessions = services.store.accounts
    async for mark in services.live.marks(stream, lambda: sessions.session(token) is not None):
        yield ServerSentEvent(event="change", raw_data=mark)
