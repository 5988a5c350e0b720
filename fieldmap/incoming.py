"""What comes in from the phones, as the station keeps it.

A phone sends *envelopes*; each is kept as :class:`Received` whatever becomes
of it. What it said is kept under a noun of its own, and where two sayings do
not fit, the losing one stays visible as a :class:`Disagreement`. Ids are made
on the phone. Instants are UTC, positions WGS-84.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum

from fieldmap._incoming_envelopes import (
    Disagreement,
    DisagreementKind,
    EnvelopeKind,
    Received,
    ReceivedState,
    StateChange,
    problems_text,
)
from fieldmap.models import Position

__all__ = [
    "Building",
    "Disagreement",
    "DisagreementKind",
    "DoorResult",
    "Doorway",
    "EnvelopeKind",
    "Health",
    "Outing",
    "OutingStep",
    "OutingWhat",
    "Photo",
    "PhotoDue",
    "PhotoKind",
    "Pin",
    "PinState",
    "Received",
    "ReceivedState",
    "Report",
    "RouteOrder",
    "StateChange",
    "SweepResult",
    "Told",
    "outing_of",
    "problems_text",
]


class OutingWhat(StrEnum):
    """A step of an outing: gone out, back later than said, back."""

    OUT = "out"
    LATER = "later"
    BACK = "back"


@dataclass(frozen=True, slots=True)
class OutingStep:
    """One step, said by the worker's phone or, with a reason, at the desk.

    Attributes
    ----------
    by
        The account.
    """

    id: str
    outing_id: str
    actor_id: str
    what: OutingWhat
    at: datetime
    by: str
    expected_back: datetime | None = None
    reason: str = ""


@dataclass(frozen=True, slots=True)
class Outing:
    """Somebody is out alone or in a pair; ``back_at`` None while she is."""

    id: str
    actor_id: str
    day: date
    out_at: datetime
    expected_back: datetime
    back_at: datetime | None = None


def outing_of(steps: Iterable[OutingStep], day: date) -> Outing:
    """Return how an outing stands, from its steps in whatever order they came.

    The return that is expected is the one said last; she is back as soon as
    anybody has said so, and stays back.

    Raises
    ------
    ValueError
        There is no step.
    """
    known = sorted(steps, key=lambda step: (step.at, step.id))
    if not known:
        raise ValueError("an outing without a step")
    out = next((step for step in known if step.what is OutingWhat.OUT), known[0])
    said = [step.expected_back for step in known if step.expected_back is not None]
    back = next((step.at for step in known if step.what is OutingWhat.BACK), None)
    return Outing(out.outing_id, out.actor_id, day, out.at, said[-1] if said else out.at, back)


class Told(StrEnum):
    """Whom a mandatory report was made to."""

    POLICE = "police"
    CIVIL_AFFAIRS = "civil_affairs"
    EDUCATION = "education"
    OTHER = "other"


@dataclass(frozen=True, slots=True)
class Report:
    """A mandatory report about a child (未成年人保护法 art. 11).

    Attributes
    ----------
    settled_at
        When the head had seen it: until then it rings.
    """

    id: str
    client_id: str
    by: str
    actor_id: str
    at: datetime
    told: Told
    number: str
    note: str
    received_at: datetime
    settled_at: datetime | None = None
    settled_by: str = ""
    remark: str = ""


class Doorway(StrEnum):
    """Which point of a household."""

    DOOR = "door"
    ENTRY = "entry"


class PinState(StrEnum):
    """What became of a proposed point."""

    PROPOSED = "proposed"
    TAKEN = "taken"
    REFUSED = "refused"
    WITHDRAWN = "withdrawn"


@dataclass(frozen=True, slots=True)
class Pin:
    """A better point for a household, for the head to take or refuse; accuracy in metres."""

    id: str
    household_id: str
    which: Doorway
    position: Position
    accuracy_m: int | None
    by: str
    at: datetime
    state: PinState = PinState.PROPOSED
    settled_at: datetime | None = None
    settled_by: str = ""
    remark: str = ""


class PhotoKind(StrEnum):
    """A picture or a signature."""

    PHOTO = "photo"
    SIGNATURE = "signature"


@dataclass(frozen=True, slots=True)
class PhotoDue:
    """A photo that an envelope announced: only such a one is taken in."""

    id: str
    of_id: str
    account_id: str


@dataclass(frozen=True, slots=True)
class Photo:
    """A picture of a visit or a flag; its bytes lie beside it.

    Attributes
    ----------
    of_id
        The visit or the flag.
    type
        ``image/jpeg``, ``image/png`` or ``image/webp``.
    size, sha256
        Of the bytes.
    """

    id: str
    of_id: str
    kind: PhotoKind
    type: str
    size: int
    sha256: str
    by: str
    at: datetime


@dataclass(frozen=True, slots=True)
class Building:
    """A building of a grid and how many doors it has, 0 where there is none of that name after all."""

    id: str
    grid_code: str
    name: str
    doors: int
    by: str
    at: datetime


class DoorResult(StrEnum):
    """What was found at a door, door by door."""

    NEED = "need"
    NO_NEED = "no_need"
    NOBODY_HOME = "nobody_home"
    VACANT = "vacant"


@dataclass(frozen=True, slots=True)
class SweepResult:
    """One door of a building, tapped once; the last by ``at`` counts."""

    id: str
    building_id: str
    grid_code: str
    door: str
    result: DoorResult
    day: date
    by: str
    at: datetime
    received_at: datetime


@dataclass(frozen=True, slots=True)
class RouteOrder:
    """What is left of a route, put in another order on the phone."""

    id: str
    route_id: str
    stop_ids: tuple[str, ...]
    by: str
    at: datetime
    received_at: datetime


@dataclass(frozen=True, slots=True)
class Health:
    """How a phone stands, as it said at its last contact.

    Attributes
    ----------
    waiting, failures
        Envelopes not yet held by the station; sendings that failed in a row.
    skew_s
        How far its clock was ahead of the station's, in seconds.
    """

    device_id: str
    account_id: str
    label: str
    bound_at: datetime
    expires_at: datetime
    revoked_at: datetime | None = None
    last_sync_at: datetime | None = None
    waiting: int | None = None
    failures: int | None = None
    app: str | None = None
    skew_s: int | None = None
