"""What the phones sent that a person has to look at: one page for the head of a place."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from functools import cache

from fieldmap.access import Account, Right
from fieldmap.conditions import is_child
from fieldmap.incoming import Disagreement, Doorway, Pin, Received, ReceivedState, Report
from fieldmap.models import Client, Household, Position, Snapshot, Visit, VisitKind
from fieldmap.store import Store
from fieldmap.surveys import FORM_KEY, Context, form, suggestions
from routing.travel import haversine_m
from web._inbox_words import door_of, said_words, sayer
from web.deps import Services
from web.manage import accounts_in_scope
from web.masking import mask_name

__all__ = [
    "Bounds",
    "Counts",
    "Inbox",
    "Proposal",
    "Said",
    "Settled",
    "ShownDispute",
    "ShownPin",
    "bounds_of",
    "counts_of",
    "has_child",
    "inbox_of",
    "old_point",
    "sees",
    "sees_dispute",
]

_PROPOSED = ("reassess", "urgent", "review", "case", "report")
_DAYS = 60
_SETTLED = 50


@dataclass(frozen=True, slots=True)
class Bounds:
    """What somebody at the desk may see of what came in.

    Attributes
    ----------
    whole
        The record without bounds: tells a household of another place from
        one that does not exist.
    senders
        Returns the accounts that somebody looks after; asked only where
        nothing else tells whose a thing is.
    """

    view: Snapshot
    whole: Snapshot
    senders: Callable[[], Collection[str]]

    def covers(self, household_id: str, grid_code: str = "", account_id: str = "") -> bool:
        """Return whether something lies inside: by its household, else its grid, else who sent it."""
        if household_id in self.whole.households:
            return household_id in self.view.households
        if grid_code in self.whole.grids:
            return grid_code in self.view.grids
        return account_id in self.senders()


def bounds_of(services: Services, account: Account) -> Bounds:
    """Return what somebody at the desk may see of what came in."""

    @cache
    def senders() -> frozenset[str]:
        return frozenset(one.id for one in accounts_in_scope(services.store, account))

    return Bounds(services.view(account, Right.DESK), services.store.snapshot(), senders)


@dataclass(frozen=True, slots=True)
class Said:
    """One side of a disagreement: what, who, when."""

    words: str
    who: str
    at: datetime | None


@dataclass(frozen=True, slots=True)
class ShownDispute:
    """A disagreement with both sides in words."""

    item: Disagreement
    door: str
    person: str
    kept: Said
    losing: Said


@dataclass(frozen=True, slots=True)
class ShownPin:
    """A proposed point beside the one that is known.

    Attributes
    ----------
    moved_m
        Metres between the two; None where there was none.
    """

    item: Pin
    household: Household
    door: str
    old: Position | None
    moved_m: int | None


@dataclass(frozen=True, slots=True)
class Proposal:
    """What the answers of a visit suggest, until somebody was assessed."""

    visit: Visit
    client: Client
    words: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Settled:
    """Something that somebody at the desk has done with."""

    item: Received | Disagreement | Report | Pin
    at: datetime
    by: str
    remark: str
    door: str


@dataclass(frozen=True, slots=True)
class Inbox:
    """Everything that waits, the newest first, and what was settled lately."""

    reports: tuple[Report, ...]
    disputes: tuple[ShownDispute, ...]
    refused: tuple[Received, ...]
    pins: tuple[ShownPin, ...]
    proposals: tuple[Proposal, ...]
    settled: tuple[Settled, ...]


@dataclass(frozen=True, slots=True)
class Counts:
    """How much waits, and how many of these are mandatory reports."""

    waiting: int = 0
    reports: int = 0


def inbox_of(store: Store, bounds: Bounds, names: Mapping[str, str], today: date) -> Inbox:
    """Return what waits for somebody at the desk.

    Parameters
    ----------
    names
        Account id → name.
    """
    reports, disputes, refused, pins = _open(store, bounds)
    return Inbox(
        reports=tuple(reversed(reports)),
        disputes=tuple(_dispute(item, bounds.view) for item in reversed(disputes)),
        refused=tuple(reversed(refused)),
        pins=tuple(_pin(item, bounds.view) for item in reversed(pins)),
        proposals=tuple(_proposals(bounds.view, today)),
        settled=_settled(store, bounds, names),
    )


def counts_of(services: Services, account: Account) -> Counts:
    """Return how much waits for somebody at the desk; proposals end by themselves and are not counted.

    It is asked every few seconds by every page of every desk: the record is
    read only where other things are open than when it was asked last.
    """
    everything = _everything_open(services.store)
    if not any(everything):
        return Counts()
    key = ("inbox", account.hats_with(Right.DESK))
    version = tuple(item.id for part in everything for item in part)
    held = services.kept.get(key)
    if held is None or held[0] != version:
        parts = _open(services.store, bounds_of(services, account))
        held = services.kept[key] = (version, Counts(sum(len(part) for part in parts), len(parts[0])))
    found: Counts = held[1]
    return found


type _Open = tuple[tuple[Report, ...], tuple[Disagreement, ...], tuple[Received, ...], tuple[Pin, ...]]


def _everything_open(store: Store) -> _Open:
    incoming = store.incoming
    return (
        incoming.reports.open(),
        incoming.disagreements.open(),
        incoming.received.open(state=ReceivedState.REJECTED),
        incoming.pins.open(),
    )


def _open(store: Store, bounds: Bounds) -> _Open:
    """Return what is open inside of some bounds, the oldest first."""
    reports, disputes, refused, pins = _everything_open(store)
    return (
        tuple(report for report in reports if report.client_id in bounds.view.clients),
        tuple(item for item in disputes if sees_dispute(store, bounds, item)),
        tuple(item for item in refused if sees(bounds, item)),
        tuple(pin for pin in pins if pin.household_id in bounds.view.households),
    )


def sees(bounds: Bounds, item: Received) -> bool:
    """Return whether somebody may see an envelope."""
    return bounds.covers(item.household_id, item.grid_code, item.account_id)


def sees_dispute(store: Store, bounds: Bounds, item: Disagreement) -> bool:
    """Return whether somebody may see a disagreement: by its household, else as the envelope behind it."""
    if item.household_id:
        return bounds.covers(item.household_id)
    received = store.incoming.received.get(item.received_id)
    return received is not None and sees(bounds, received)


def _dispute(item: Disagreement, view: Snapshot) -> ShownDispute:
    client = view.clients.get(item.client_id)
    return ShownDispute(
        item=item,
        door=door_of(view, item.household_id),
        person=mask_name(client.name) if client else "",
        kept=Said(said_words(item, item.kept, view), sayer(item.kept_from, view), item.kept_at),
        losing=Said(said_words(item, item.losing, view), sayer(item.losing_from, view), item.losing_at),
    )


def old_point(household: Household, which: Doorway) -> Position | None:
    """Return the point of a household that a pin is to replace."""
    return household.door if which is Doorway.DOOR else household.entry


def _pin(item: Pin, view: Snapshot) -> ShownPin:
    household = view.households[item.household_id]
    old = old_point(household, item.which)
    moved = round(float(haversine_m([old, item.position])[0, 1])) if old else None
    return ShownPin(item, household, door_of(view, household.id), old, moved)


def _proposals(view: Snapshot, today: date) -> Iterator[Proposal]:
    """Yield what lately given answers suggest, the newest visit first, once a person."""
    told: set[str] = set()
    for visit in reversed(view.visits):
        if visit.day < today - timedelta(days=_DAYS):
            return
        for client_id, given in visit.answers.items():
            client = view.clients.get(client_id)
            if client is None or client_id in told or _assessed(view, client_id, visit.day):
                continue
            told.add(client_id)
            if words := _suggested(visit, given):
                yield Proposal(visit, client, words)


def _suggested(visit: Visit, given: Mapping[str, object]) -> tuple[str, ...]:
    made = form(str(given.get(FORM_KEY, "")))
    if made is None:
        return ()
    facts = {"channel": visit.channel.value, "place": visit.place.value}
    found = suggestions({k: v for k, v in given.items() if k != FORM_KEY}, made, Context(visit.day, facts))
    return tuple(s.label.text() for s in made.suggestions if s.code in found and s.code in _PROPOSED)


def _assessed(view: Snapshot, client_id: str, since: date) -> bool:
    return any(
        visit.kind is VisitKind.ASSESSMENT and client_id in visit.client_ids and visit.day >= since
        for visit in view.visits
    )


def _settled(store: Store, bounds: Bounds, names: Mapping[str, str]) -> tuple[Settled, ...]:
    """Return what was settled last, the newest first."""
    incoming, view = store.incoming, bounds.view
    done: list[tuple[Received | Disagreement | Report | Pin, str]] = []
    done += [
        (item, item.household_id)
        for item in incoming.received.all(state=ReceivedState.REJECTED)
        if sees(bounds, item)
    ]
    done += [
        (item, item.household_id)
        for item in incoming.disagreements.all()
        if sees_dispute(store, bounds, item)
    ]
    done += [
        (item, view.clients[item.client_id].household_id)
        for item in incoming.reports.all()
        if item.client_id in view.clients
    ]
    done += [
        (item, item.household_id) for item in incoming.pins.all() if item.household_id in view.households
    ]
    rows = [
        Settled(item, item.settled_at, names.get(item.settled_by, ""), item.remark, door_of(view, door))
        for item, door in done
        if item.settled_at is not None
    ]
    return tuple(sorted(rows, key=lambda row: row.at, reverse=True)[:_SETTLED])


def has_child(view: Snapshot, household_id: str, today: date) -> bool:
    """Return whether a child lives behind a door: reading about it is written down."""
    people = (client for client in view.clients.values() if client.household_id == household_id)
    return any(is_child(client, view.tags, today) for client in people)
