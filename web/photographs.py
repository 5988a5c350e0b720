"""Photos from the phones: in parts, from where the last one ended; only what an envelope announced."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from fieldmap.conditions import is_child
from fieldmap.errors import FieldmapError, InputError, Issue
from fieldmap.incoming import (
    EnvelopeKind,
    Photo,
    PhotoDue,
    PhotoKind,
    Received,
    ReceivedState,
    problems_text,
)
from fieldmap.intake import payload_of, read_json
from fieldmap.pictures import picture_type
from fieldmap.sealing import unseal
from fieldmap.visiting import members
from web.deps import Services
from web.receiving import sender_of

__all__ = ["MOST_BYTES", "Progress", "take_part"]

MOST_BYTES = 400_000
"""Of one sealed photo."""

_LENGTH = 4


@dataclass(frozen=True, slots=True)
class Progress:
    """How far a photo has come.

    Attributes
    ----------
    at
        From which byte to go on.
    sha256
        Of the picture, once it is held.
    """

    at: int
    held: bool
    sha256: str = ""


@dataclass(frozen=True, slots=True)
class _Picture:
    header: Mapping[str, Any]
    content: bytes


def take_part(services: Services, photo_id: str, at: int, total: int, part: bytes) -> Progress:
    """Keep a part of a photo; the last one makes it whole.

    Raises
    ------
    InputError
        ``phone.photo-unknown``: no envelope announced it. ``phone.photo-size``,
        ``phone.photo-content``, ``phone.photo-child``, ``phone.unreadable``,
        ``phone.revoked``: it is not taken, and sending it again changes nothing.
    """
    photos, due = services.store.incoming.photos, _announced(services, photo_id)
    held = photos.get(due.id)
    if held is not None:
        return Progress(total, True, held.sha256)
    if not 0 < total <= MOST_BYTES:
        raise InputError("phone.photo-size", total, most=MOST_BYTES)
    here = photos.add_part(due.id, at, total, part)
    if here < total:
        return Progress(here, False)
    return _whole(services, due, total)


def _announced(services: Services, photo_id: str) -> PhotoDue:
    incoming = services.store.incoming
    try:
        due = incoming.due_photos.get(str(UUID(photo_id)))
    except ValueError:
        due = None
    if due is None:
        raise InputError("phone.photo-unknown", photo_id[:36])
    refused = incoming.received.get(due.id)
    if refused is not None and refused.issues:
        issue = refused.issues[0]
        raise InputError(issue.code, issue.value, **issue.details)
    return due


def _whole(services: Services, due: PhotoDue, total: int) -> Progress:
    """Open a photo, and keep it or the reason why not."""
    store, incoming = services.store, services.store.incoming
    sealed = incoming.photos.joined(due.id)
    header: Mapping[str, Any] = {}
    try:
        plain = unseal(store.accounts.county_keys().station, sealed, due.id)
        picture = _read(plain)
        header = picture.header
        photo = _judged(services, due, picture)
    except FieldmapError as refused:
        _refuse(services, due, header, refused)
        raise
    with store.write():
        incoming.photos.add(photo, content=picture.content)
        incoming.photos.drop_parts(due.id)
    return Progress(total, True, photo.sha256)


def _read(plain: bytes) -> _Picture:
    length = int.from_bytes(plain[:_LENGTH], "big")
    try:
        header = read_json(plain[_LENGTH : _LENGTH + length])
    except ValueError:
        header = None
    if not isinstance(header, dict):
        raise InputError("phone.photo-content")
    return _Picture(header, plain[_LENGTH + length :])


def _judged(services: Services, due: PhotoDue, picture: _Picture) -> Photo:
    header = picture.header
    sender = sender_of(services.store, str(header.get("warrant", "")))
    if sender is None or sender.account_id != due.account_id or header.get("of") != due.of_id:
        raise InputError("phone.warrant", due.id)
    if sender.barred:
        raise InputError("phone.revoked")
    kind = PhotoKind.SIGNATURE if header.get("kind") == PhotoKind.SIGNATURE else PhotoKind.PHOTO
    if kind is PhotoKind.PHOTO and not services.settings.child_photos and _of_child(services, due, header):
        raise InputError("phone.photo-child")
    return Photo(
        due.id,
        due.of_id,
        kind,
        picture_type(picture.content),
        len(picture.content),
        hashlib.sha256(picture.content).hexdigest(),
        due.account_id,
        services.clock(),
    )


def _of_child(services: Services, due: PhotoDue, header: Mapping[str, Any]) -> bool:
    """Return whether a child is among those it is about: by the photo, its visit, or the door of its flag."""
    snapshot, today = services.store.snapshot(), services.today()
    envelope = services.store.incoming.received.get(due.of_id)
    body = envelope.content.get("body") if envelope else None
    named = [header.get("client_ids"), body.get("client_ids") if isinstance(body, Mapping) else None]
    ids = {str(one) for whom in named if isinstance(whom, list) for one in whom}
    people = [snapshot.clients[key] for key in ids if key in snapshot.clients]
    if envelope is not None and envelope.kind is EnvelopeKind.FLAG:
        people += members(snapshot, envelope.household_id, today)
    return any(is_child(client, snapshot.tags, today) for client in people)


def _refuse(services: Services, due: PhotoDue, header: Mapping[str, Any], refused: FieldmapError) -> None:
    """Keep what the photo said of itself and why it was refused; its bytes are not kept."""
    incoming, now = services.store.incoming, services.clock()
    about = incoming.received.get(due.of_id)
    payload, _ = payload_of(header)
    issue = Issue(0, "", str(refused.value), refused.code, details=refused.details)
    entry = Received(
        due.id,
        EnvelopeKind.PHOTO,
        ReceivedState.REJECTED,
        due.account_id,
        about.device_id if about else "",
        about.actor_id if about else "",
        now,
        now,
        hashlib.sha256(payload.encode()).hexdigest(),
        payload,
        household_id=about.household_id if about else "",
        grid_code=about.grid_code if about else "",
        problems=problems_text([issue]),
    )
    with services.store.write():
        incoming.received.add(entry)
        incoming.photos.drop_parts(due.id)
