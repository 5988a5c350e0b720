"""A flag from the ground: as somebody fills it in, which way it goes, and for whom it waits.

A door that nobody covers: reported → checked → registered (or refused, with a
reason) → planned → visited. *Registered* means that the household is on the
ledger, *planned* that a published plan has a stop at its door, *visited* that
somebody was met at that door. The last two are the record's to say, nobody's:
:func:`follow` reads them off the plans and the visits, and back again where a
plan was replaced or a visit withdrawn. The other kinds go a part of that way:

========= =============================================================
uncovered the whole way
visit_now as the household is on the ledger, planned and visited follow at
          once; without one it is registered first
moved     ends as registered: that they moved is in the record
vacant    ends as registered: that nobody lives there is in the record
========= =============================================================

A step is added, never taken away; a refusal, a wrong registration or a plan
that led nowhere is looked at again by a further step, with its reason.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum

from fieldmap.doors import metres
from fieldmap.errors import InputError
from fieldmap.forms import FormReader
from fieldmap.models import Flag, FlagCause, FlagKind, FlagState
from fieldmap.periods import china_day

__all__ = [
    "FLAG_DAYS",
    "NOTE_LENGTH",
    "URGENT_DAYS",
    "FlagCounts",
    "FlagOwner",
    "FlagStep",
    "Move",
    "Mover",
    "Reached",
    "Trip",
    "Wait",
    "age_days",
    "check_step",
    "earlier",
    "flag_counts",
    "follow",
    "is_open",
    "needs_household",
    "needs_reason",
    "next_states",
    "read_flag",
    "wait_of",
]

NOTE_LENGTH = 300
"""Longest note, in characters."""

FLAG_DAYS = 7
"""Days that a flag may wait for the next step: a weekly meeting of the station sees every one."""

URGENT_DAYS = 1
"""Days where a visit is asked for now: by the day after tomorrow it is late."""

_LEAST = 2
_SAME_DOOR_M = 30
_BY_HAND = (FlagState.REPORTED, FlagState.CHECKED, FlagState.REGISTERED)
_ENDS_ON_PAPER = frozenset({FlagKind.MOVED, FlagKind.VACANT})


class Mover(StrEnum):
    """Who takes a flag further: the station's head or deputy, its reporter, or the record itself."""

    STATION = "station"
    REPORTER = "reporter"
    RECORD = "record"


class FlagOwner(StrEnum):
    """Who has to act next."""

    STATION = "station"
    WORKER = "worker"
    NOBODY = "nobody"


@dataclass(frozen=True, slots=True)
class FlagStep:
    """One step of a flag; nothing disappears.

    Attributes
    ----------
    by
        The account that did it, or whose plan or visit did.
    source_id
        The plan or visit that it follows from; empty where a person did it.
    household_id
        The household of the ledger that it is about since this step; empty
        for the one that was reported, if any.
    """

    state: FlagState
    at: datetime
    by: str
    reason: str = ""
    cause: FlagCause = FlagCause.PERSON
    source_id: str = ""
    household_id: str = ""


@dataclass(frozen=True, slots=True)
class Move:
    """A step before somebody takes it."""

    state: FlagState
    cause: FlagCause = FlagCause.PERSON
    reason: str = ""
    source_id: str = ""
    household_id: str = ""


@dataclass(frozen=True, slots=True)
class Trip:
    """A stop at the household's door in a plan that was published; ``in_force`` until it is replaced."""

    plan_id: str
    day: date
    actor_id: str
    in_force: bool = True


@dataclass(frozen=True, slots=True)
class Reached:
    """A visit at which somebody of the household was met in person.

    ``at`` is when, or, where nobody wrote it down, when the station learnt it.
    """

    visit_id: str
    day: date
    at: datetime


@dataclass(frozen=True, slots=True)
class Wait:
    """For whom a flag waits, for how many days, and whether that is too long.

    ``actor_id`` and ``until`` are the worker and the day of the plan it is in.
    """

    owner: FlagOwner
    actor_id: str
    days: int
    overdue: bool
    until: date | None = None


@dataclass(frozen=True, slots=True)
class FlagCounts:
    """How many flags stand where.

    Attributes
    ----------
    states
        State → number, every state.
    grids
        Grid code → state → number.
    waiting
        Those not done with.
    """

    states: Mapping[FlagState, int]
    grids: Mapping[str, Mapping[FlagState, int]]
    waiting: int


def is_open(flag: Flag) -> bool:
    """Return whether something is still to be done about a flag."""
    if flag.state is FlagState.REGISTERED:
        return flag.kind not in _ENDS_ON_PAPER
    return flag.state not in (FlagState.REFUSED, FlagState.VISITED)


def needs_household(flag: Flag) -> bool:
    """Return whether registering it takes a household of the ledger."""
    return flag.kind not in _ENDS_ON_PAPER


def needs_reason(flag: Flag, state: FlagState) -> bool:
    """Return whether a step takes a reason: a refusal, and whatever opens what was settled."""
    reopened = state is FlagState.CHECKED and flag.state is not FlagState.REPORTED
    return state is FlagState.REFUSED or reopened


def next_states(flag: Flag, mover: Mover = Mover.STATION) -> tuple[FlagState, ...]:
    """Return where somebody may take a flag from where it is; the usual way first."""
    if mover is Mover.RECORD:
        return _next_of_record(flag)
    if mover is Mover.REPORTER:
        return (FlagState.REFUSED,) if flag.state is FlagState.REPORTED else ()
    if flag.state in (FlagState.REFUSED, FlagState.REGISTERED, FlagState.PLANNED):
        return (FlagState.CHECKED,)
    if flag.state not in (FlagState.REPORTED, FlagState.CHECKED):
        return ()
    first = (FlagState.CHECKED,) if flag.state is FlagState.REPORTED else ()
    known = flag.kind is FlagKind.VISIT_NOW and flag.household_id
    return (*first, *(() if known else (FlagState.REGISTERED,)), FlagState.REFUSED)


def _next_of_record(flag: Flag) -> tuple[FlagState, ...]:
    if not _follows(flag) or flag.state is FlagState.REFUSED:
        return ()
    ahead = (FlagState.PLANNED, FlagState.VISITED)
    return ahead if flag.state in _BY_HAND else (*ahead, *_BY_HAND)


def _follows(flag: Flag) -> bool:
    return bool(flag.household_id) and flag.kind not in _ENDS_ON_PAPER


def check_step(flag: Flag, move: Move, mover: Mover = Mover.STATION) -> None:
    """Refuse a step that a flag may not take.

    Raises
    ------
    InputError
        ``flag.state``: it cannot go there; ``flag.reason``: it needs a
        reason; ``flag.unregistered``: no household is named.
    """
    allowed = next_states(flag, mover)
    if move.state not in allowed:
        raise InputError("flag.state", move.state, allowed=", ".join(allowed) or "–")
    if mover is Mover.RECORD:
        return
    if needs_reason(flag, move.state) and not move.reason.strip():
        raise InputError("flag.reason")
    if move.state is FlagState.REGISTERED and needs_household(flag) and not move.household_id:
        raise InputError("flag.unregistered")


def follow(
    flag: Flag, steps: Sequence[FlagStep], trips: Collection[Trip], reached: Collection[Reached]
) -> Move | None:
    """Return the step that the plans and visits of its household take a flag to; None where it stands right.

    Parameters
    ----------
    steps
        Its steps so far, the first first.
    trips, reached
        The published stops at the door of its household, and the meetings
        behind it. Meetings before the report are passed over, and stops
        before the day of the last step by hand.
    """
    by_hand = next((step for step in reversed(steps) if step.cause is FlagCause.PERSON), None)
    if not _follows(flag) or by_hand is None or by_hand.state is FlagState.REFUSED:
        return None
    if flag.kind is FlagKind.UNCOVERED and by_hand.state is not FlagState.REGISTERED:
        return None
    last, reported = steps[-1], china_day(flag.reported_at)
    met = [r for r in reached if r.day >= reported and r.at >= flag.reported_at]
    if met:
        return _seen(last, met)
    before = next((t for t in trips if t.plan_id == last.source_id), None)
    first = max(china_day(by_hand.at), before.day if before else date.min)
    ahead = max((t for t in trips if t.in_force and t.day >= first), key=_day_of, default=None)
    if ahead is not None:
        stands = before is not None and before.day == ahead.day
        return None if stands else Move(FlagState.PLANNED, FlagCause.PLAN_PUBLISHED, source_id=ahead.plan_id)
    if last.state is by_hand.state:
        return None
    visited = last.state is FlagState.VISITED
    return Move(by_hand.state, FlagCause.VISIT_WITHDRAWN if visited else FlagCause.PLAN_REPLACED)


def _seen(last: FlagStep, met: Sequence[Reached]) -> Move | None:
    if last.state is FlagState.VISITED and last.source_id in {r.visit_id for r in met}:
        return None
    first = min(met, key=lambda r: (r.day, r.visit_id))
    return Move(FlagState.VISITED, FlagCause.VISIT_RECORDED, source_id=first.visit_id)


def _day_of(trip: Trip) -> tuple[date, str]:
    return trip.day, trip.plan_id


def age_days(flag: Flag, today: date) -> int:
    """Return the days since a flag was reported."""
    return max(0, (today - china_day(flag.reported_at)).days)


def wait_of(flag: Flag, trips: Collection[Trip], today: date) -> Wait:
    """Return for whom a flag waits.

    Planned, it waits for the worker of that route; from the day after, if
    nobody was met, for the station again.
    """
    if not is_open(flag):
        return Wait(FlagOwner.NOBODY, "", 0, False)
    since = china_day(flag.since or flag.reported_at)
    trip = max((t for t in trips if t.in_force), key=_day_of, default=None)
    if flag.state is FlagState.PLANNED and trip is not None:
        if trip.day >= today:
            days = max(0, (today - since).days)
            return Wait(FlagOwner.WORKER, trip.actor_id, days, False, trip.day)
        since = trip.day
    days = max(0, (today - since).days)
    most = URGENT_DAYS if flag.kind is FlagKind.VISIT_NOW else FLAG_DAYS
    return Wait(FlagOwner.STATION, "", days, days > most)


def earlier(flag: Flag, flags: Iterable[Flag]) -> Flag | None:
    """Return the last refused flag of the same kind about the same door, reported before this one."""
    found = [
        other
        for other in flags
        if other.state is FlagState.REFUSED
        and (other.reported_at, other.id) < (flag.reported_at, flag.id)
        and (other.grid_code, other.kind) == (flag.grid_code, flag.kind)
        and _same_door(flag, other)
    ]
    return max(found, key=lambda other: (other.reported_at, other.id), default=None)


def _same_door(a: Flag, b: Flag) -> bool:
    if a.household_id or b.household_id:
        return a.household_id == b.household_id
    return (
        a.position is not None and b.position is not None and metres(a.position, b.position) <= _SAME_DOOR_M
    )


def flag_counts(flags: Iterable[Flag]) -> FlagCounts:
    """Count flags by state and by grid."""
    kept = tuple(flags)
    states = Counter(flag.state for flag in kept)
    grids: dict[str, Counter[FlagState]] = {}
    for flag in kept:
        grids.setdefault(flag.grid_code, Counter())[flag.state] += 1
    return FlagCounts({s: states[s] for s in FlagState}, grids, sum(map(is_open, kept)))


def read_flag(
    form: Mapping[str, object],
    grids: Collection[str],
    by: str,
    at: datetime,
    households: Collection[str] = (),
) -> Flag:
    """Turn a form into a flag.

    Parameters
    ----------
    form
        ``id``, ``grid_code``, ``note`` and, if it is known, ``position``,
        ``kind``, ``household_id``. Without a household it needs a note by
        which the door can be found.
    grids
        Codes of the grids the reporter may report from; with one alone the
        form need not name it.
    by, at
        Account of the reporter, and the instant it was reported.
    households
        Ids of the households of the ledger that it may be about.

    Raises
    ------
    FormError
        ``flag.invalid``, with every mistake by field.
    """
    reader = FormReader(form)
    flag_id = reader.uuid("id", "flag.id")
    grid_code = reader.text("grid_code")
    if not grid_code and len(grids) == 1:
        grid_code = next(iter(grids))
    if grid_code not in grids:
        reader.problem("grid_code", "flag.grid")
    kind = reader.choice("kind", FlagKind, FlagKind.UNCOVERED)
    household_id = reader.text("household_id")
    if household_id and household_id not in households:
        reader.problem("household_id", "flag.household")
    note = reader.text("note")
    if len(note) > NOTE_LENGTH or (len(note) < _LEAST and not household_id):
        reader.problem("note", "flag.note", most=NOTE_LENGTH)
    position, _ = reader.position("position", "flag.position")
    reader.done("flag.invalid")
    return Flag(flag_id, grid_code, note, position, by, at, kind=kind, household_id=household_id)
