"""An envelope as the station keeps it, and what does not fit with it; see :mod:`fieldmap.incoming`."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum
from typing import Any

from fieldmap.errors import Issue

__all__ = [
    "Disagreement",
    "DisagreementKind",
    "EnvelopeKind",
    "Received",
    "ReceivedState",
    "StateChange",
    "problems_text",
]


class EnvelopeKind(StrEnum):
    """What an envelope is about; ``paper`` is entered at the desk from a ticked sheet."""

    VISIT = "visit"
    WITHDRAW = "withdraw"
    FLAG = "flag"
    BUILDING = "building"
    SWEEP = "sweep"
    OUTING = "outing"
    REPORT = "report"
    PIN = "pin"
    ORDER = "order"
    PHOTO = "photo"
    PAPER = "paper"


class ReceivedState(StrEnum):
    """What became of an envelope: it counts, it does not and says why, or its maker took it back."""

    HELD = "held"
    REJECTED = "rejected"
    WITHDRAWN = "withdrawn"


@dataclass(frozen=True, slots=True)
class Received:
    """An envelope as it came, and what became of it; never deleted.

    Attributes
    ----------
    made_at
        When it was saved on the phone, by the phone's corrected clock.
    sha256
        Of ``payload``: what the receipt says.
    payload
        The content as JSON text, without the warrant.
    of_id
        The envelope that a withdrawal takes back; empty for the others.
    household_id, grid_code
        Whom or where it is about, as far as it says so: who may see it.
    problems
        Why it was rejected, as JSON; see :attr:`issues`.
    settled_at, settled_by, remark
        When the head had done with it, by which account, and a word on it.
    """

    id: str
    kind: EnvelopeKind
    state: ReceivedState
    account_id: str
    device_id: str
    actor_id: str
    made_at: datetime
    received_at: datetime
    sha256: str
    payload: str
    of_id: str = ""
    household_id: str = ""
    grid_code: str = ""
    problems: str = "[]"
    settled_at: datetime | None = None
    settled_by: str = ""
    remark: str = ""

    @property
    def content(self) -> Mapping[str, Any]:
        """Return the payload, read."""
        found = json.loads(self.payload)
        return found if isinstance(found, dict) else {}

    @property
    def issues(self) -> tuple[Issue, ...]:
        """Return why it was rejected."""
        return tuple(Issue(**item) for item in json.loads(self.problems))


def problems_text(issues: Iterable[Issue]) -> str:
    """Write issues as :attr:`Received.problems` keeps them."""
    plain = [
        {
            "row": issue.row,
            "field": issue.field,
            "value": issue.value,
            "code": issue.code,
            "details": {name: str(value) for name, value in issue.details.items()},
        }
        for issue in issues
    ]
    return json.dumps(plain, ensure_ascii=False)


class DisagreementKind(StrEnum):
    """Where two sayings do not fit; a row of ``docs/sync.md`` each."""

    STATE = "state"
    OUTCOME = "outcome"
    CONTENT = "content"
    PLAN = "plan"
    ORDER = "order"
    CLOCK = "clock"


@dataclass(frozen=True, slots=True)
class Disagreement:
    """Two values for one thing: which was kept, and which lost and is shown.

    Attributes
    ----------
    received_id
        The envelope that brought it up.
    kept, losing
        The values: a code, a day, an instant, an actor's id, or stop ids.
    kept_from, losing_from
        ``desk``, ``phone``, ``station`` (its clock), ``plan``, or an actor's id.
    kept_at, losing_at
        When each was said, as far as it is known.
    """

    id: str
    kind: DisagreementKind
    received_id: str
    household_id: str
    client_id: str
    field: str
    kept: str
    kept_from: str
    losing: str
    losing_from: str
    at: datetime
    kept_at: datetime | None = None
    losing_at: datetime | None = None
    settled_at: datetime | None = None
    settled_by: str = ""
    remark: str = ""


@dataclass(frozen=True, slots=True)
class StateChange:
    """A dated reason not to visit somebody, recorded lately.

    Attributes
    ----------
    value
        The reason's code.
    first, last
        The days it is for; ``last`` None is still in force.
    at
        When it was recorded.
    said_by
        ``desk``, or the actor whose phone said it.
    """

    client_id: str
    value: str
    first: date
    last: date | None
    at: datetime
    said_by: str
