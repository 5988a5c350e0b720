"""A visit that came in: what is kept of it, and what does not fit with what the station knew."""

from __future__ import annotations

import uuid
from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from fieldmap._intake_content import Content
from fieldmap.access import Account
from fieldmap.errors import AccessError
from fieldmap.incoming import Disagreement, DisagreementKind, Outing, Received, StateChange
from fieldmap.models import Actor, Client, Outcome, Snapshot, Visit
from fieldmap.plans import DayPlan, PlannedStop, PlanState
from fieldmap.visiting import EXCLUDES, Recording, may_pause, of_staff, read_visit, require_reach

__all__ = ["Scene", "clock_disagreement", "disagreement", "judge_visit", "visit_day", "visitor_of"]

_LEFT = "left"


@dataclass(frozen=True, slots=True)
class Scene:
    """What the station knows when an envelope comes in.

    Attributes
    ----------
    account
        Whose phone it is; None where this file knows no such account.
    barred
        True where the account is closed or the phone locked.
    plans
        The plans of the visit's day that were ever published.
    planned
        Households that those plans gave to the account's actor.
    was
        Persons of the envelope as the record stood when the packet was made.
    changes
        Reasons not to visit them that were recorded since then.
    target
        The envelope that is taken back; None where it has not come in.
    outing
        The outing that a step belongs to.
    """

    snapshot: Snapshot
    account: Account | None
    barred: bool = False
    plans: tuple[DayPlan, ...] = ()
    planned: frozenset[str] = frozenset()
    was: Mapping[str, Client] | None = None
    changes: tuple[StateChange, ...] = ()
    target: Received | None = None
    outing: Outing | None = None


def disagreement(envelope_id: str, now: datetime, kind: DisagreementKind, **more: Any) -> Disagreement:
    """Return a disagreement that an envelope brings up; its id follows from what it is about."""
    named = {"household_id": "", "client_id": "", "field": "", **more}
    about = "/".join((kind, named["field"], named["client_id"], named["losing"]))
    key = str(uuid.uuid5(uuid.UUID(envelope_id), about))
    return Disagreement(id=key, kind=kind, received_id=envelope_id, at=now, **named)


def clock_disagreement(content: Content, household_id: str = "") -> tuple[Disagreement, ...]:
    """Return what the phone's clock said where that cannot be, and what is taken instead."""
    if not content.clock_wrong:
        return ()
    return (
        disagreement(
            content.id,
            content.now,
            DisagreementKind.CLOCK,
            household_id=household_id,
            field="made_at",
            kept=content.at.isoformat(),
            kept_from="station",
            losing=content.said_at.isoformat(),
            losing_from="phone",
        ),
    )


def visitor_of(scene: Scene) -> Actor:
    """Return the visitor behind the account.

    Raises
    ------
    AccessError
        ``visit.actor``.
    """
    actor = scene.snapshot.actors.get(scene.account.actor_id or "") if scene.account else None
    if actor is None:
        raise AccessError("visit.actor")
    return actor


def visit_day(content: Content) -> str:
    """Return the day of a visit as ISO text: of the moment it was made, or an earlier one that was chosen.

    A day that merely repeats a wrong clock is not a choice.
    """
    made = content.day.isoformat()
    given = content.body.get("day")
    if not isinstance(given, str) or not given.strip():
        return made
    return made if content.clock_wrong and given == content.day_of(content.said_at).isoformat() else given


def judge_visit(content: Content, scene: Scene) -> tuple[Recording, tuple[Disagreement, ...]]:
    """Return what a visit comes to.

    Raises
    ------
    AccessError
        The household is not the account's to visit, or it has no visitor.
    FormError
        With every mistake.
    """
    visitor = visitor_of(scene)
    household_id = str(content.body.get("household_id", ""))
    assert scene.account is not None
    require_reach(scene.account, household_id, scene.snapshot, scene.planned)
    form = {**content.body, **_times(content), "id": content.id, "day": visit_day(content)}
    partners = None if of_staff(scene.account) else _sent_to(scene.plans, household_id)
    recording = read_visit(form, _as_known(scene, household_id), visitor, content.today, partners)
    recording = replace(recording, visit=_at_its_stop(recording.visit, scene.plans))
    visit = recording.visit
    standing = _standing(visit, scene, visitor)
    found = (
        *clock_disagreement(content, household_id),
        *_changed(content, visit, standing, visitor),
        *_outcomes(content, visit, scene.snapshot),
        *_replanned(content, visit, scene.plans, visitor),
    )
    return _allowed(recording, scene.account, standing.keys()), found


def _sent_to(plans: Iterable[DayPlan], household_id: str) -> frozenset[str]:
    """Return the actors whom the plans of the day send to a household."""
    return frozenset(
        who
        for plan in plans
        for actor_id, stop in _stops(plan)
        if stop.household_id == household_id
        for who in (actor_id, *stop.partner_ids)
    )


def _at_its_stop(visit: Visit, plans: Iterable[DayPlan]) -> Visit:
    """Return the visit without a stop that the plans have at another household."""
    doors = {stop.id: stop.household_id for plan in plans for _, stop in _stops(plan)}
    elsewhere = doors.get(visit.stop_id or "", visit.household_id) != visit.household_id
    return replace(visit, stop_id=None) if elsewhere else visit


def _times(content: Content) -> dict[str, str]:
    """Return start and end moved by as much as the clock was wrong."""
    moved = {}
    for name in ("started_at", "ended_at"):
        text = content.body.get(name)
        if content.clock_wrong and isinstance(text, str):
            try:
                moved[name] = content.corrected(datetime.fromisoformat(text)).isoformat()
            except (ValueError, OverflowError):
                continue  # read_visit names the mistake
    return moved


def _as_known(scene: Scene, household_id: str) -> Snapshot:
    """Return the record with those of the household who left it after the packet was made."""
    left = {
        key: client
        for key, client in (scene.was or {}).items()
        if client.household_id == household_id and _left(client, scene.snapshot.clients.get(key))
    }
    return replace(scene.snapshot, clients={**scene.snapshot.clients, **left}) if left else scene.snapshot


def _left(was: Client, now: Client | None) -> bool:
    return now is None or now.household_id != was.household_id or now.valid_to != was.valid_to


@dataclass(frozen=True, slots=True)
class _Word:
    """What somebody else has said of a person since the packet was made."""

    value: str
    said_by: str
    at: datetime | None


def _standing(visit: Visit, scene: Scene, visitor: Actor) -> dict[str, _Word]:
    """Return for the persons of a visit what others have said of them since, the last word on each."""
    found = {
        change.client_id: _Word(change.value, change.said_by, change.at)
        for change in scene.changes
        if change.client_id in visit.client_ids
        and change.said_by != visitor.id
        and (change.last is None or change.last >= visit.day)
    }
    return found | {c: _Word(_LEFT, "desk", None) for c in visit.client_ids if _has_left(c, scene)}


def _changed(
    content: Content, visit: Visit, standing: Mapping[str, _Word], visitor: Actor
) -> Iterator[Disagreement]:
    """Yield one entry for each person of whom others say something else than the visit does."""
    reason = EXCLUDES.get(visit.outcome)
    agrees = _LEFT if visit.outcome is Outcome.DIED else reason.value if reason else ""
    for client_id, word in standing.items():
        if word.value != agrees:
            yield disagreement(
                content.id,
                content.now,
                DisagreementKind.STATE,
                household_id=visit.household_id,
                client_id=client_id,
                field="state",
                kept=word.value,
                kept_from=word.said_by,
                kept_at=word.at,
                losing=visit.outcome.value,
                losing_from=visitor.id,
                losing_at=content.at,
            )


def _has_left(client_id: str, scene: Scene) -> bool:
    was, now = (scene.was or {}).get(client_id), scene.snapshot.clients.get(client_id)
    return was is not None and _left(was, now)


def _outcomes(content: Content, visit: Visit, snapshot: Snapshot) -> Iterator[Disagreement]:
    """Yield one entry for each visit of somebody else that day with another outcome."""
    for other in snapshot.visits:
        both = [c for c in visit.client_ids if c in other.client_ids]
        if (
            other.day != visit.day
            or not both
            or other.outcome is visit.outcome
            or not set(other.actor_ids).isdisjoint(visit.actor_ids)
        ):
            continue
        kept, losing = (other, visit) if other.contact else (visit, other)
        yield disagreement(
            content.id,
            content.now,
            DisagreementKind.OUTCOME,
            household_id=visit.household_id,
            client_id=both[0],
            field="outcome",
            kept=kept.outcome.value,
            kept_from=_who(kept),
            kept_at=kept.started_at,
            losing=losing.outcome.value,
            losing_from=_who(losing),
            losing_at=losing.started_at,
        )


def _who(visit: Visit) -> str:
    return visit.actor_ids[0] if visit.actor_ids else "desk"


def _replanned(
    content: Content, visit: Visit, plans: Iterable[DayPlan], visitor: Actor
) -> Iterator[Disagreement]:
    """Yield an entry where a stop was given to somebody else after the phone had its packet."""
    plans = tuple(plans)
    old = [
        p for p in plans if p.state is PlanState.REPLACED and visit.stop_id in {s.id for _, s in _stops(p)}
    ]
    given = [
        (actor_id, plan.published_at)
        for plan in plans
        if plan.state is PlanState.PUBLISHED
        for actor_id, stop in _stops(plan)
        if stop.household_id == visit.household_id
    ]
    if not old or not given or visitor.id in {actor_id for actor_id, _ in given}:
        return
    actor_id, at = given[0]
    yield disagreement(
        content.id,
        content.now,
        DisagreementKind.PLAN,
        household_id=visit.household_id,
        field="actor",
        kept=visitor.id,
        kept_from="phone",
        kept_at=content.at,
        losing=actor_id,
        losing_from="plan",
        losing_at=at,
    )


def _stops(plan: DayPlan) -> Iterator[tuple[str, PlannedStop]]:
    return ((route.actor_id, stop) for route in plan.routes for stop in route.stops)


def _allowed(recording: Recording, account: Account, settled: Collection[str]) -> Recording:
    """Return the visit with what may follow from it: the desk's word on a person stands."""
    if not may_pause(account):
        return Recording(recording.visit)
    return replace(
        recording,
        exclusions=tuple(e for e in recording.exclusions if e.client_id not in settled),
        ended=tuple(c for c in recording.ended if c.id not in settled),
    )
