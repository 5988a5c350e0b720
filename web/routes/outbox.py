"""The door through which everything from the phones comes in: sealed, by itself, without a sign-in."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Query, Request
from fastapi.exceptions import RequestValidationError
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from fieldmap.errors import InputError
from web.deps import MaybeSessionDep, ServicesDep
from web.pages import local_time
from web.photographs import MOST_BYTES as MOST_PHOTO_BYTES
from web.photographs import take_part
from web.receiving import Answer, Batch, Sealed, note_health, receive

__all__ = ["MOST_BYTES", "MOST_ENVELOPES", "router"]

router = APIRouter(prefix="/phone")

MOST_ENVELOPES = 20
"""Of one request."""

MOST_BYTES = 2_000_000
"""Of one request."""

_MOST_HELD = 10_000


class EnvelopeIn(BaseModel):
    """One sealed envelope; ``sealed`` is base64url."""

    model_config = ConfigDict(frozen=True)

    id: Annotated[str, Field(max_length=64)]
    sealed: str


class OutboxIn(BaseModel):
    """What a phone sends.

    Attributes
    ----------
    held
        Ids of which it has a receipt, to be asked whether the station still
        holds them.
    """

    model_config = ConfigDict(frozen=True)

    app: Annotated[str, Field(max_length=64)] = ""
    waiting: Annotated[int, Field(ge=0, le=1_000_000)] = 0
    failures: Annotated[int, Field(ge=0, le=1_000_000)] = 0
    envelopes: tuple[EnvelopeIn, ...] = ()
    held: Annotated[tuple[str, ...], Field(max_length=_MOST_HELD)] = ()


def limited(most: int) -> Callable[[Request], Awaitable[bytes]]:
    """Return a dependency that reads a body and stops where it is too long.

    Raises
    ------
    InputError
        ``phone.batch``.
    """

    async def body(request: Request) -> bytes:
        said = request.headers.get("content-length", "0")
        if not said.isdecimal() or int(said) > most:
            raise InputError("phone.batch", said, most=MOST_ENVELOPES, bytes=most)
        found = bytearray()
        async for part in request.stream():
            found += part
            if len(found) > most:
                raise InputError("phone.batch", len(found), most=MOST_ENVELOPES, bytes=most)
        return bytes(found)

    return body


@router.post("/outbox")
def take_outbox(
    body: Annotated[bytes, Depends(limited(MOST_BYTES))], services: ServicesDep, session: MaybeSessionDep
) -> dict[str, Any]:
    """Keep what a phone sends and give a receipt for each envelope."""
    sent = _read(body)
    if len(sent.envelopes) > MOST_ENVELOPES:
        raise InputError("phone.batch", len(sent.envelopes), most=MOST_ENVELOPES, bytes=MOST_BYTES)
    envelopes = tuple(Sealed(envelope.id, envelope.sealed) for envelope in sent.envelopes)
    batch = Batch(envelopes, sent.app, sent.waiting, sent.failures)
    answers = receive(services, batch)
    if session is not None and session.device_id is not None and not envelopes:
        note_health(services, session.device_id, batch)
    now = services.clock().isoformat()
    return {
        "now": now,
        "receipts": [_receipt(answer, now) for answer in answers],
        "missing": services.store.incoming.missing(sent.held),
    }


def _read(body: bytes) -> OutboxIn:
    try:
        return OutboxIn.model_validate_json(body)
    except ValidationError as wrong:
        found = [{**error, "loc": ("body", *error["loc"])} for error in wrong.errors(include_url=False)]
        raise RequestValidationError(found) from None


def _receipt(answer: Answer, now: str) -> dict[str, Any]:
    received = answer.received
    at = received.received_at.isoformat() if received else now
    return {
        "id": answer.id,
        "state": answer.state,
        "sha256": received.sha256 if received else "",
        "received_at": at,
        "at": local_time(at, "%H:%M"),
        "new": answer.new,
        "code": answer.code,
        "message": answer.message,
        "fields": [{"field": field, "message": said} for field, said in answer.reasons],
    }


@router.put("/photos/{photo_id}")
def take_photo(
    photo_id: str,
    body: Annotated[bytes, Depends(limited(MOST_PHOTO_BYTES))],
    services: ServicesDep,
    at: Annotated[int, Query(ge=0)],
    total: Annotated[int, Query(ge=1)],
) -> dict[str, Any]:
    """Keep the next part of a photo; the answer says where to go on."""
    progress = take_part(services, photo_id, at, total, body)
    return {"at": progress.at, "total": total, "held": progress.held, "sha256": progress.sha256}
