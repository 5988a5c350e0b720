"""Close-out: figures of a period that is over, frozen as they were known.

The first closing of a period is version 1 and is never changed. A visit that
arrives later counts on the day it was made, so that the present figures of a
closed period may differ from the frozen ones: the difference, with what the
record says about why (:mod:`fieldmap.reasons`), is a revision, and freezing it
makes the next version.

Frozen are all counts of :class:`fieldmap.counts.Figures`, in all, per grid and
per village. Two of them are only frozen and never make a revision: who had no
coordinates and no responsible person. Those facts carry no day of their own,
so that a door marked in April would change what March was.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, fields
from datetime import date, datetime
from enum import StrEnum

from fieldmap.counts import Figures
from fieldmap.errors import InputError
from fieldmap.figures import figures
from fieldmap.parts import Dimension, by, count
from fieldmap.periods import Period, china_day
from fieldmap.reasons import Kind, Known, Reason, reasons

__all__ = ["Before", "Closing", "Difference", "Part", "Revision", "Whole", "close", "parts_of", "revision"]

_AS_THEN = frozenset({"no_coordinates", "no_owner"})
_CODED = ("excluded_", "by_")


class Whole(StrEnum):
    """What a row of frozen figures is of."""

    TOTAL = "total"
    GRID = "grid"
    VILLAGE = "village"


@dataclass(frozen=True, slots=True)
class Part:
    """The counts of the whole area, of one grid or of one village.

    Attributes
    ----------
    code
        Of the grid or division; empty for the whole and for everybody outside
        all grids.
    counts
        Measure → count; the excluded by reason, what was done by channel,
        domain and society: ``excluded_hospital``, ``by_channel_door``.
    """

    kind: Whole
    code: str
    name: str
    counts: Mapping[str, int]

    @property
    def rate(self) -> tuple[int, int]:
        """Return contacted and due."""
        return self.counts["contacted"], self.counts["due"]

    @property
    def excluded(self) -> int:
        """Return the persons excluded for whatever reason; they stand beside the rate."""
        return sum(number for name, number in self.counts.items() if name.startswith("excluded_"))


@dataclass(frozen=True, slots=True)
class Closing:
    """One version of the figures of a period, as they were frozen.

    Attributes
    ----------
    known_at
        The figures are those of the record at this instant.
    closed_by
        Account id; empty where it was the command line.
    reasons
        Why it differs from the version before; empty for version 1.
    """

    id: str
    division_code: str
    period: Period
    version: int
    known_at: datetime
    closed_at: datetime
    closed_by: str
    reasons: tuple[Reason, ...]
    parts: tuple[Part, ...]

    @property
    def total(self) -> Part:
        """Return the figures of the whole area."""
        return next(part for part in self.parts if part.kind is Whole.TOTAL)


@dataclass(frozen=True, slots=True)
class Difference:
    """One count that is no longer what was frozen."""

    kind: Whole
    code: str
    name: str
    measure: str
    before: int
    after: int


@dataclass(frozen=True, slots=True)
class Revision:
    """What the record says now of a period that was closed, and why that differs."""

    version: int
    known_at: datetime
    parts: tuple[Part, ...]
    differences: tuple[Difference, ...]
    reasons: tuple[Reason, ...]

    @property
    def total(self) -> Part:
        """Return the present figures of the whole area."""
        return next(part for part in self.parts if part.kind is Whole.TOTAL)


type Before = tuple[Known, Mapping[str, datetime]]
"""The record of the division as it was known when the last version was frozen; and fact id → when
it was first written, changed or taken back since then (``store.facts.written(since)``)."""


def parts_of(known: Known, period: Period) -> tuple[Part, ...]:
    """Return the counts of a period in all, per grid and per village.

    Every grid has a row; those outside all grids have one where there is
    anybody. Grid rows add up to the whole, and village rows do.
    """
    from fieldmap.grids import assign  # with shapely: not for everybody who only reads what was frozen

    snapshot = known.snapshot
    counted = count(snapshot, known.rules, period, china_day(known.at), assign(snapshot).grid_of)
    by_grid, by_village = (by(counted, kind).parts for kind in (Dimension.GRID, Dimension.VILLAGE))
    grids = {code: grid.name for code, grid in sorted(snapshot.grids.items())}
    outside = {code: "" for code in by_grid if code not in grids}
    villages = {code: division.name for code, division in sorted(snapshot.divisions.items())}
    elsewhere = {code: "" for code in by_village if code not in villages}
    nothing = figures([], [], [], counted.as_of)
    return (
        Part(Whole.TOTAL, "", "", _flat(counted.figures())),
        *(
            Part(Whole.GRID, code, name, _flat(by_grid.get(code, nothing)))
            for code, name in (grids | outside).items()
        ),
        *(
            Part(Whole.VILLAGE, code, name, _flat(by_village[code]))
            for code, name in (villages | elsewhere).items()
            if code in by_village
        ),
    )


def _flat(part: Figures) -> dict[str, int]:
    """Return every count by its name; of reasons, channels, domains and societies those that occur."""
    found: dict[str, int] = {}
    for name, value in _fields(part):
        if isinstance(value, Mapping):
            found |= {f"{name}_{code}": number for code, number in value.items()}
        elif isinstance(value, int):
            found[name] = value
    return found


def _fields(part: Figures) -> Iterator[tuple[str, object]]:
    for group in (part, part.activity):
        for each in fields(group):
            yield each.name, getattr(group, each.name)


def close(
    closing_id: str,
    division_code: str,
    known: Known,
    period: Period,
    *,
    today: date,
    by: str,
    revised: Revision | None = None,
    last: Closing | None = None,
) -> Closing:
    """Freeze the figures of a period.

    Parameters
    ----------
    known
        The record of the division, now.
    today
        The day to work on: the period must lie before it.
    by
        Account id; empty for the command line.
    revised, last
        What :func:`revision` says of the last version, and that version; both
        None where nothing is frozen yet.

    Raises
    ------
    InputError
        ``closing.open``: the period is not over. ``closing.same``: nothing has
        changed since the last version. ``closing.empty``: nobody is on a ledger.
    """
    if min(today, china_day(known.at)) <= period.end:
        raise InputError("closing.open", period, first=period.next_start)
    if last is not None and revised is None:
        raise InputError("closing.same", period, version=last.version)
    parts = parts_of(known, period)
    if last is None and not parts[0].counts["people"]:
        raise InputError("closing.empty", period)
    return Closing(
        id=closing_id,
        division_code=division_code,
        period=period,
        version=last.version + 1 if last else 1,
        known_at=known.at,
        closed_at=known.at,
        closed_by=by,
        reasons=revised.reasons if revised else (),
        parts=parts,
    )


def revision(last: Closing, now: Known, before: Callable[[], Before]) -> Revision | None:
    """Return how the record now differs from what was frozen; None where it does not.

    Parameters
    ----------
    last
        The last version.
    now
        The record of the division.
    before
        Gives the record as it was frozen; asked only where figures differ.
    """
    parts = parts_of(now, last.period)
    differences = _differences(last.parts, parts)
    if not differences:
        return None
    then, written = before()
    found = list(reasons(then, now, last.period, written, lambda known: _plain(parts_of(known, last.period))))
    if _differences(last.parts, parts_of(then, last.period)):
        found.append(Reason(Kind.PROGRAM))
    return Revision(last.version + 1, now.at, parts, differences, tuple(found))


def _plain(parts: Iterable[Part]) -> object:
    """Return what two sets of figures are compared by."""
    return {(p.kind, p.code): {m: n for m, n in p.counts.items() if m not in _AS_THEN} for p in parts}


def _differences(before: Sequence[Part], after: Sequence[Part]) -> tuple[Difference, ...]:
    """Return the counts that differ, those of the whole first; a part that is new or gone had or has 0."""
    old, new = ({(part.kind, part.code): part for part in parts} for parts in (before, after))
    # a measure that the program learnt since makes no difference by that alone
    later = {m for m in after[0].counts if not m.startswith(_CODED)} - before[0].counts.keys()
    found = []
    for key in dict.fromkeys((*old, *new)):
        part = new.get(key) or old[key]
        was, is_now = (side[key].counts if key in side else {} for side in (old, new))
        for measure in dict.fromkeys((*was, *is_now)):
            one, other = was.get(measure, 0), is_now.get(measure, 0)
            if one != other and measure not in _AS_THEN and measure not in later:
                found.append(Difference(part.kind, part.code, part.name, measure, one, other))
    return tuple(found)
