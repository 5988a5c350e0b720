"""What comes of an envelope: taken with what does not fit, or rejected with every reason.

Pure: the content and what the station knows go in, a verdict comes out. The
phone checks a visit by the same rules (:func:`fieldmap.visiting.read_visit`,
:mod:`fieldmap.surveys`); what it could not know is decided here, and the table
of ``docs/sync.md`` says how. Nothing is ever dropped: what is rejected is kept
with its reasons, and where two values stand against each other the losing one
is kept as a :class:`~fieldmap.incoming.Disagreement`.
"""

from __future__ import annotations

import hashlib
import json
import logging
import traceback
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from fieldmap._intake_content import MOST_PHOTOS, VERSION, Content, read_content, read_json
from fieldmap._intake_kinds import (
    UNDO,
    judge_building,
    judge_flag,
    judge_order,
    judge_outing,
    judge_pin,
    judge_report,
    judge_sweep,
    judge_withdrawal,
    may_withdraw,
)
from fieldmap._intake_visit import Scene, disagreement, judge_visit, visit_day
from fieldmap.errors import FieldmapError, Issue
from fieldmap.forms import FormError
from fieldmap.incoming import Disagreement, DisagreementKind, EnvelopeKind, Received
from fieldmap.models import Flag, Snapshot
from fieldmap.visiting import Recording

__all__ = [
    "MOST_PHOTOS",
    "UNDO",
    "VERSION",
    "Accepted",
    "Content",
    "Rejected",
    "Scene",
    "after",
    "issues_of",
    "judge",
    "may_withdraw",
    "payload_of",
    "place_of",
    "read_content",
    "read_json",
    "same_id",
    "told_of",
    "visit_day",
]

_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Accepted:
    """What an envelope comes to.

    Attributes
    ----------
    thing
        The noun to keep; for a withdrawal the id of what it takes back.
    disagreements
        What does not fit with what the station knew.
    """

    thing: Any
    disagreements: tuple[Disagreement, ...] = ()


@dataclass(frozen=True, slots=True)
class Rejected:
    """Why an envelope does not count; it is kept all the same."""

    issues: tuple[Issue, ...]


_JUDGES: Mapping[EnvelopeKind, Callable[[Content, Scene], tuple[object, tuple[Disagreement, ...]]]] = {
    EnvelopeKind.VISIT: judge_visit,
    EnvelopeKind.WITHDRAW: judge_withdrawal,
    EnvelopeKind.FLAG: judge_flag,
    EnvelopeKind.BUILDING: judge_building,
    EnvelopeKind.SWEEP: judge_sweep,
    EnvelopeKind.OUTING: judge_outing,
    EnvelopeKind.REPORT: judge_report,
    EnvelopeKind.PIN: judge_pin,
    EnvelopeKind.ORDER: judge_order,
}


def judge(content: Content, scene: Scene) -> Accepted | Rejected:
    """Return what comes of an envelope, with all its problems at once."""
    if scene.account is None or scene.barred:
        return Rejected((Issue(0, "", "", "phone.revoked"),))
    try:
        return Accepted(*_JUDGES[content.kind](content, scene))
    except FieldmapError as refused:
        return Rejected(issues_of(refused))
    except Exception as mistake:  # of ours: it must not hold back the rest of the batch, nor lose this one
        _log.error("envelope %s could not be judged: %s", content.id, told_of(mistake))
        return Rejected((Issue(0, "", "", "phone.failed"),))


def told_of(mistake: BaseException) -> str:
    """Return the kind of an exception and where it came from; its text may hold what was typed."""
    trail = traceback.extract_tb(mistake.__traceback__)
    return " ← ".join([type(mistake).__name__, *(f"{f.name}:{f.lineno}" for f in reversed(trail))])


def issues_of(refused: FieldmapError) -> tuple[Issue, ...]:
    """Return what an exception says, by field where it knows them."""
    if isinstance(refused, FormError):
        return refused.issues
    return (Issue(0, "", str(refused.value), refused.code, details=refused.details),)


def payload_of(raw: Mapping[str, Any]) -> tuple[str, str]:
    """Return a content as it is kept, without its warrant, and the SHA-256 of that."""
    kept = {name: value for name, value in raw.items() if name != "warrant"}
    text = json.dumps(kept, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
    return text, hashlib.sha256(text.encode()).hexdigest()


def place_of(body: Mapping[str, Any], snapshot: Snapshot) -> tuple[str, str]:
    """Return the household and the grid that an envelope is about; empty where it says none we know."""
    client = snapshot.clients.get(str(body.get("client_id", "")))
    household_id = client.household_id if client else str(body.get("household_id", ""))
    household = snapshot.households.get(household_id)
    grid_code = str(body.get("grid_code", "")) or (household.grid_code if household else "") or ""
    return household.id if household else "", grid_code if grid_code in snapshot.grids else ""


def same_id(held: Received, raw: Mapping[str, Any], now: datetime) -> Disagreement:
    """Return the fields in which another content under the same id differs: the first one is kept."""
    first, second = _flat(held.content), _flat(raw)
    differing = sorted(name for name in {*first, *second} if first.get(name) != second.get(name))

    def said(content: Mapping[str, Any]) -> str:
        part = {name: content[name] for name in differing if name in content}
        return json.dumps(part, ensure_ascii=False, sort_keys=True)

    return disagreement(
        held.id,
        now,
        DisagreementKind.CONTENT,
        household_id=held.household_id,
        field=" ".join(differing),
        kept=said(first),
        kept_from=held.actor_id or "phone",
        kept_at=held.made_at,
        losing=said(second),
        losing_from="phone",
    )


def _flat(raw: Mapping[str, Any]) -> dict[str, Any]:
    body = raw.get("body")
    rest = {name: value for name, value in raw.items() if name not in ("body", "warrant")}
    return {**rest, **(body if isinstance(body, Mapping) else {})}


def after(snapshot: Snapshot, thing: object) -> Snapshot:
    """Return the record as the next envelope of the same batch finds it."""
    if isinstance(thing, Recording):
        ended = {client.id: client for client in thing.ended}
        return replace(
            snapshot,
            visits=(*snapshot.visits, thing.visit),
            exclusions=(*snapshot.exclusions, *thing.exclusions),
            clients={**snapshot.clients, **ended} if ended else snapshot.clients,
        )
    if isinstance(thing, Flag):
        return replace(snapshot, flags=(*snapshot.flags, thing))
    if isinstance(thing, str):
        return replace(
            snapshot,
            visits=tuple(visit for visit in snapshot.visits if visit.id != thing),
            flags=tuple(flag for flag in snapshot.flags if flag.id != thing),
        )
    return snapshot
