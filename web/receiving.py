"""The station's side of the outbox: opens what the phones sealed, judges it, keeps all of it.

A batch is one transaction: after the answer the disk has every envelope of it,
and a phone that did not get the answer may send the same again.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from functools import cache, partial
from typing import Any
from uuid import UUID

from fieldmap.access import Account
from fieldmap.errors import FieldmapError, Issue, StoreError, explain
from fieldmap.flagging import Mover
from fieldmap.incoming import (
    Building,
    EnvelopeKind,
    OutingStep,
    PhotoDue,
    Pin,
    Received,
    ReceivedState,
    Report,
    RouteOrder,
    SweepResult,
    problems_text,
)
from fieldmap.intake import (
    Accepted,
    Content,
    Rejected,
    Scene,
    after,
    issues_of,
    judge,
    may_withdraw,
    payload_of,
    place_of,
    read_content,
    read_json,
    same_id,
    told_of,
    visit_day,
)
from fieldmap.models import Client, Flag, FlagState, Snapshot
from fieldmap.plans import DayPlan, PlanState
from fieldmap.sealing import SealError, StationKey, from_base64url, read_warrant, unseal
from fieldmap.store import Store, TornError
from fieldmap.visiting import Recording
from web.deps import Services
from web.stops import planned_households

__all__ = ["UNREADABLE", "Answer", "Batch", "Sealed", "Sender", "note_health", "receive", "sender_of"]

_log = logging.getLogger(__name__)

UNREADABLE = "unreadable"
"""State of an envelope that the station could not open, and did not keep."""


@dataclass(frozen=True, slots=True)
class Sealed:
    """An envelope on the wire; ``sealed`` is base64url."""

    id: str
    sealed: str


@dataclass(frozen=True, slots=True)
class Batch:
    """What a phone sends at once, and how it stands: envelopes waiting, sendings that failed."""

    envelopes: tuple[Sealed, ...]
    app: str = ""
    waiting: int = 0
    failures: int = 0


@dataclass(frozen=True, slots=True)
class Answer:
    """What the phone is told about one envelope; ``received`` is None where nothing is kept."""

    id: str
    state: str
    received: Received | None
    new: bool
    issues: tuple[Issue, ...] = ()

    @property
    def code(self) -> str:
        """Return the first reason's code, empty where all is well."""
        return self.issues[0].code if self.issues else ""

    @property
    def message(self) -> str:
        """Return every reason, in the language of the request, without what was typed."""
        return "\n".join(dict.fromkeys(said for _, said in self.reasons))

    @property
    def reasons(self) -> tuple[tuple[str, str], ...]:
        """Return every reason with the field that it is about."""
        return tuple((issue.field, str(explain(issue.code, **issue.details))) for issue in self.issues)


@dataclass(frozen=True, slots=True)
class Sender:
    """Whose phone it is, by the warrant inside the envelope.

    Attributes
    ----------
    account
        None where this county file knows no such account.
    barred
        True where the account is closed or the phone locked.
    """

    account_id: str
    device_id: str
    account: Account | None
    barred: bool


@dataclass(frozen=True, slots=True)
class _Opened:
    """An envelope that opened and carries a warrant of ours."""

    id: str
    raw: Mapping[str, Any]
    sender: Sender


def receive(services: Services, batch: Batch) -> list[Answer]:
    """Keep a batch of envelopes; return what the phone is told of each."""
    store = services.store
    opened = _opened(store, batch.envelopes)
    if not any(isinstance(item, _Opened) for item in opened):
        return [item for item in opened if isinstance(item, Answer)]  # nothing to write: nobody waits for it
    # read before the lock is held; read again under it only if somebody wrote in between
    change, snapshot = store.change, store.snapshot()
    with store.write():
        desk = _Desk(services, snapshot if store.change == change else store.snapshot())
        answers = [item if isinstance(item, Answer) else desk.take(item) for item in opened]
        for device_id, skew_s in desk.skews.items():
            note_health(services, device_id, batch, skew_s)
    return answers


def _opened(store: Store, envelopes: Sequence[Sealed]) -> list[_Opened | Answer]:
    """Return the contents with their sender, or why one cannot be read: such a one is not kept here."""
    station = store.accounts.county_keys().station
    sender = cache(partial(sender_of, store))
    return [_open(station, sender, envelope) for envelope in envelopes]


def _open(
    station: StationKey, sender_by: Callable[[str], Sender | None], envelope: Sealed
) -> _Opened | Answer:
    try:
        key = str(UUID(envelope.id))
        raw = read_json(unseal(station, from_base64url(envelope.sealed), envelope.id))
    except (SealError, ValueError):
        return _unreadable(envelope.id, "phone.unreadable")
    text = raw.get("warrant") if isinstance(raw, dict) else None
    sender = sender_by(text) if isinstance(text, str) else None
    return _unreadable(key, "phone.warrant") if sender is None else _Opened(key, raw, sender)


def _unreadable(envelope_id: str, code: str) -> Answer:
    return Answer(envelope_id, UNREADABLE, None, False, (Issue(0, "", envelope_id[:36], code),))


def sender_of(store: Store, warrant: str) -> Sender | None:
    """Return who a warrant speaks for, or None where this station never signed it."""
    said = read_warrant(store.accounts.county_keys().secret, warrant)
    if said is None:
        return None
    try:
        account = store.accounts.get(said.account_id)
    except StoreError:  # a file restored from before the account was made
        return Sender(said.account_id, said.device_id or "", None, True)
    phones = {phone["id"]: phone for phone in store.accounts.devices(account.id)}
    phone = phones.get(said.device_id)
    # signed by us and yet unknown: bound after the backup that this file was restored from
    locked = phone is not None and phone["revoked_at"] is not None
    return Sender(account.id, said.device_id or "", account, locked or account.disabled_at is not None)


class _Desk:
    """Takes the envelopes of a batch one after the other, inside its transaction."""

    def __init__(self, services: Services, snapshot: Snapshot) -> None:
        self._store = services.store
        self._now, self._today = services.clock(), services.today()
        self._snapshot = snapshot
        self._plans = cache(partial(_plans_of, services.store))
        self.skews: dict[str, int | None] = {}

    def take(self, item: _Opened) -> Answer:
        """Keep one envelope, or find it kept already."""
        self.skews.setdefault(item.sender.device_id, None)
        held = self._store.incoming.received.get(item.id)
        if held is not None:
            return self._again(item, held)
        try:
            content = read_content(item.raw, item.id, self._now, self._today)
        except FieldmapError as refused:
            return self._keep(item, None, Rejected(issues_of(refused)), ReceivedState.REJECTED)
        self.skews[item.sender.device_id] = content.skew_s
        verdict = judge(content, self._scene(content, item.sender))
        if isinstance(verdict, Rejected):
            return self._keep(item, content, verdict, ReceivedState.REJECTED)
        if self._withdrawn(content, item.sender):
            return self._keep(item, content, verdict, ReceivedState.WITHDRAWN)
        return self._written(item, content, verdict)

    def _written(self, item: _Opened, content: Content, verdict: Accepted) -> Answer:
        """Write what was accepted; where that fails, keep the envelope with the reason."""
        try:
            with self._store.attempt():
                self._write(content, verdict, item.sender)
        except TornError:  # the disk: nothing of the batch is acknowledged, and it comes again
            raise
        except Exception as mistake:  # of ours: it must not hold back the rest of the batch for ever
            _log.error("envelope %s could not be written: %s", item.id, told_of(mistake))
            failed = Rejected((Issue(0, "", "", "phone.failed"),))
            return self._keep(item, content, failed, ReceivedState.REJECTED)
        self._snapshot = after(self._snapshot, verdict.thing)
        return self._keep(item, content, verdict, ReceivedState.HELD)

    def _again(self, item: _Opened, held: Received) -> Answer:
        """Answer a repeat with what is held; her other content under its id is kept beside it."""
        if held.account_id != item.sender.account_id:
            taken = Issue(0, "id", item.id, "phone.id")
            return Answer(item.id, ReceivedState.REJECTED, None, False, (taken,))
        if payload_of(item.raw)[1] != held.sha256 and not item.sender.barred:
            self._store.incoming.disagreements.add(same_id(held, item.raw, self._now))
        return Answer(item.id, held.state, held, False, held.issues)

    def _scene(self, content: Content, sender: Sender) -> Scene:
        body, store = content.body, self._store
        whom = [c for c in _texts(body.get("client_ids")) if c in self._snapshot.clients]
        day = _date(visit_day(content))
        plans = self._plans(day)
        actor_id = sender.account.actor_id if sender.account else None
        was = store.facts.read(Client, known_at=content.packet_at, on=day, ids=whom)
        return Scene(
            self._snapshot,
            sender.account,
            sender.barred,
            plans=plans,
            planned=planned_households(plans, actor_id),
            was={client.id: client for client in was},
            changes=store.incoming.state_changes(whom, content.packet_at),
            target=store.incoming.received.get(str(body.get("of", ""))),
            outing=store.incoming.outings.get(str(body.get("outing_id", ""))),
        )

    def _withdrawn(self, content: Content, sender: Sender) -> bool:
        """Return whether the envelope was taken back before it came in."""
        return any(
            may_withdraw(content.kind, content.at, sender.account_id, undo.made_at, undo.account_id)
            for undo in self._store.incoming.received.all(of_id=content.id, state=ReceivedState.HELD.value)
        )

    def _keep(
        self, item: _Opened, content: Content | None, verdict: Accepted | Rejected, state: ReceivedState
    ) -> Answer:
        """Keep the envelope as it came, with what became of it."""
        payload, sha256 = payload_of(item.raw)
        issues = verdict.issues if isinstance(verdict, Rejected) else ()
        body = content.body if content else {}
        household_id, grid_code = place_of(body, self._snapshot)
        account = item.sender.account
        received = Received(
            item.id,
            content.kind if content else _kind(item.raw),
            state,
            item.sender.account_id,
            item.sender.device_id,
            (account.actor_id if account else None) or "",
            content.at if content else self._now,
            self._now,
            sha256,
            payload,
            of_id=str(body.get("of", "")) if content and content.kind is EnvelopeKind.WITHDRAW else "",
            household_id=household_id,
            grid_code=grid_code,
            problems=problems_text(issues),
        )
        self._store.incoming.received.add(received)
        for photo in content.photos if content and state is not ReceivedState.REJECTED else ():
            self._store.incoming.due_photos.add(PhotoDue(photo, item.id, item.sender.account_id))
        return Answer(item.id, state, received, True, issues)

    def _write(self, content: Content, verdict: Accepted, sender: Sender) -> None:
        """Write what an envelope came to, and what does not fit."""
        store, thing = self._store, verdict.thing
        if isinstance(thing, Recording):
            store.visits.record(thing.visit, by=sender.account_id)
            store.facts.record([*thing.ended, *thing.exclusions], batch_id=thing.visit.id)
        elif isinstance(thing, Flag):
            store.flags.report(thing)
        elif isinstance(thing, OutingStep):
            store.incoming.step(thing, content.day)
        elif isinstance(thing, str):
            self._take_back(thing, sender)
        else:
            _add(store, thing)
        for entry in verdict.disagreements:
            store.incoming.disagreements.add(entry)

    def _take_back(self, envelope_id: str, sender: Sender) -> None:
        incoming = self._store.incoming
        target = incoming.received.get(envelope_id)
        if target is None:
            return
        steps = self._store.flags.history(envelope_id)
        if steps and steps[-1].state is FlagState.REPORTED:
            reason = explain("phone.withdrawn").what
            who = sender.account_id
            self._store.flags.move(envelope_id, FlagState.REFUSED, who, reason, mover=Mover.REPORTER)
        self._store.visits.withdraw(envelope_id, by=sender.account_id)
        incoming.received.put(replace(target, state=ReceivedState.WITHDRAWN))
        for entry in incoming.disagreements.open(received_id=envelope_id):
            incoming.disagreements.settle(entry.id, sender.account_id)


def _add(store: Store, thing: object) -> None:
    """Keep a noun that is a row of its own and nothing else."""
    incoming = store.incoming
    if isinstance(thing, Building):
        incoming.buildings.put(thing)
    elif isinstance(thing, SweepResult):
        incoming.sweeps.add(thing)
    elif isinstance(thing, Report):
        incoming.reports.add(thing)
    elif isinstance(thing, Pin):
        incoming.pins.add(thing)
    elif isinstance(thing, RouteOrder):
        incoming.orders.add(thing)


def _plans_of(store: Store, day: date | None) -> tuple[DayPlan, ...]:
    """Return the plans of a day that were published, those replaced since then too."""
    if day is None:
        return ()
    found = (
        *store.plans.of_day(day, state=PlanState.PUBLISHED),
        *store.plans.of_day(day, state=PlanState.REPLACED),
    )
    return tuple(plan for plan in found if plan.published_at is not None)


def _date(text: str) -> date | None:
    try:
        return date.fromisoformat(text)
    except ValueError:
        return None


def _texts(value: object) -> list[str]:
    return [v for v in value if isinstance(v, str)] if isinstance(value, list) else []


def _kind(raw: Mapping[str, Any]) -> EnvelopeKind:
    """Return the kind that a content of whatever version says, a visit where it says none."""
    return EnvelopeKind(raw["kind"]) if raw.get("kind") in list(EnvelopeKind) else EnvelopeKind.VISIT


def note_health(services: Services, device_id: str, batch: Batch, skew_s: int | None = None) -> None:
    """Note how a phone stands."""
    services.store.incoming.checked_in(
        device_id,
        services.clock(),
        waiting=batch.waiting,
        failures=batch.failures,
        app=batch.app,
        skew_s=skew_s,
    )
