"""The content of an envelope, read: what every kind has, in the present version."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Any

from fieldmap.errors import InputError
from fieldmap.forms import FormReader
from fieldmap.incoming import EnvelopeKind
from fieldmap.periods import china_day

__all__ = ["MOST_PHOTOS", "VERSION", "Content", "read_content", "read_json", "upgraded"]

VERSION = 1
"""Of the content that the present phone writes."""

MOST_PHOTOS = 6
"""Photos of one envelope."""

_TOLERANCE = timedelta(minutes=10)


@dataclass(frozen=True, slots=True)
class Content:
    """What an envelope says.

    Attributes
    ----------
    at
        When it was made, within what can be: after its packet, before now.
    said_at
        What the phone's clock said of that.
    packet_at
        The station's time of the packet that the phone had; ``said_at`` where
        it says none.
    photos
        Ids of the photos that will follow.
    """

    id: str
    kind: EnvelopeKind
    at: datetime
    said_at: datetime
    packet_at: datetime
    now: datetime
    today: date
    body: Mapping[str, Any]
    photos: tuple[str, ...] = ()
    skew_s: int | None = None

    @property
    def clock_wrong(self) -> bool:
        """Return whether the phone's clock cannot have been right."""
        return self.at != self.said_at

    def corrected(self, moment: datetime) -> datetime:
        """Return an instant of the phone's clock, moved by as much as that was wrong."""
        return moment + (self.at - self.said_at)

    def day_of(self, moment: datetime) -> date:
        """Return the station's day at an instant; a station may work on another day than the clock's."""
        return self.today + (china_day(moment) - china_day(self.now))

    @property
    def day(self) -> date:
        """Return the day it was made."""
        return min(self.today, self.day_of(self.at))


def read_json(text: bytes) -> Any:
    """Return what was sealed as JSON.

    Raises
    ------
    ValueError
        It is none, or none that can be kept.
    """
    try:
        found = json.loads(text)
        json.dumps(found, ensure_ascii=False).encode()  # half a surrogate pair cannot be kept
    except RecursionError as deep:
        raise ValueError from deep
    return found


def read_content(raw: Mapping[str, Any], envelope_id: str, now: datetime, today: date) -> Content:
    """Read what was sealed.

    Parameters
    ----------
    raw
        The JSON object of an envelope, of this version or an older one.
    now, today
        The instant it came in, and the station's day then.

    Raises
    ------
    FormError
        ``phone.content``, with every mistake by field.
    InputError
        ``phone.version``: of a newer version.
    """
    reader = FormReader(upgraded(raw))
    key = reader.uuid("id", "phone.id")
    if key and key != envelope_id:
        reader.problem("id", "phone.id")
    if reader.text("kind") not in _KINDS:
        reader.problem("kind", "phone.kind")
    said = _instant(reader, "made_at")
    packet_at = _instant(reader, "packet_at")
    body = reader.form.get("body")
    if not isinstance(body, Mapping):
        reader.problem("body", "phone.body")
    photos = reader.texts("photos")
    if len(photos) > MOST_PHOTOS:
        reader.problem("photos", "phone.photos", most=MOST_PHOTOS)
    reader.done("phone.content")
    assert isinstance(body, Mapping)
    skew = reader.form.get("skew_s")
    return Content(
        envelope_id,
        EnvelopeKind(reader.text("kind")),
        _possible(said, packet_at, now),
        said,
        min(packet_at, now),
        now,
        today,
        body,
        photos,
        round(skew) if isinstance(skew, int | float) and abs(skew) < _FARTHEST_S else None,
    )


_KINDS = frozenset(EnvelopeKind) - {EnvelopeKind.PHOTO, EnvelopeKind.PAPER}
_FARTHEST_S = 10 * 366 * 86_400
_NEVER = datetime(2000, 1, 1, tzinfo=UTC)


def _instant(reader: FormReader, name: str) -> datetime:
    before = len(reader.issues)
    found = reader.instant(name, "phone.time")
    if found is None and len(reader.issues) == before:
        reader.problem(name, "phone.time")
    return found or _NEVER  # never read: the mistake is named


def _possible(said: datetime, packet_at: datetime, now: datetime) -> datetime:
    """Return the instant nearest to what the phone said that can be true."""
    if said > now + _TOLERANCE:
        return now
    return packet_at if said < packet_at - _TOLERANCE and packet_at <= now else said


def upgraded(raw: Mapping[str, Any]) -> Mapping[str, Any]:
    """Return a content as the present version writes it.

    Version 0 called the body ``form`` and did not say when its packet was
    made; it knew no photos and no answers.

    Raises
    ------
    InputError
        ``phone.version``: of a version that this station does not know.
    """
    version = raw.get("v")
    if isinstance(version, bool) or version not in (0, VERSION):
        raise InputError("phone.version", version, known=VERSION)
    if version == VERSION:
        return raw
    rest = {name: value for name, value in raw.items() if name != "form"}
    return {**rest, "v": VERSION, "packet_at": raw.get("made_at"), "body": raw.get("form")}
