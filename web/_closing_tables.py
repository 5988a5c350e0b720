"""The versions of a closed period side by side, as a page shows them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from fieldmap.closings import Part, Whole
from fieldmap.counts import Persons, Rate
from fieldmap.models import ExclusionReason
from fieldmap.reasons import Reason
from web.closings import Ledger

__all__ = ["MEASURES", "Cell", "Column", "Line", "columns", "counts", "rates"]

MEASURES = (
    "people",
    "due",
    "contacted",
    "in_person",
    *(f"excluded_{reason}" for reason in ExclusionReason),
    "without_rule",
    "never_contacted",
    "overdue",
    "no_coordinates",
    "no_owner",
    "household_times",
    "person_times",
    "attempts",
)
"""Counts of the whole that are shown; names as in :func:`fieldmap.rollup.headings`."""


@dataclass(frozen=True)
class Column:
    """One version; ``frozen`` is False for what would be the next."""

    version: int
    at: datetime
    by: str
    frozen: bool
    reasons: tuple[Reason, ...]
    parts: Mapping[tuple[Whole, str], Part]


@dataclass(frozen=True)
class Cell:
    """What a version says, by how much more than the one before, and how many the rate leaves out."""

    text: str
    more: int = 0
    excluded: int = 0


@dataclass(frozen=True)
class Line:
    """One measure of the whole, or one part, through the versions."""

    kind: Whole
    code: str
    name: str
    cells: tuple[Cell, ...]


def columns(ledger: Ledger) -> tuple[Column, ...]:
    """Return the versions, the first first, and the revision where there is one."""
    found = [
        Column(one.version, one.known_at, one.closed_by, True, one.reasons, _by_part(one.parts))
        for one in ledger.versions
    ]
    if ledger.revised is not None:
        now = ledger.revised
        found.append(Column(now.version, now.known_at, "", False, now.reasons, _by_part(now.parts)))
    return tuple(found)


def counts(versions: tuple[Column, ...]) -> tuple[Line, ...]:
    """Return the counts of the whole; a reason nobody was excluded for has no line."""
    lines = []
    for measure in MEASURES:
        numbers = [column.parts[Whole.TOTAL, ""].counts.get(measure, 0) for column in versions]
        if any(numbers) or not measure.startswith("excluded_"):
            before = [numbers[0], *numbers]
            cells = tuple(Cell(str(n), n - was) for n, was in zip(numbers, before, strict=False))
            lines.append(Line(Whole.TOTAL, measure, measure, cells))
    return tuple(lines)


def rates(versions: tuple[Column, ...]) -> tuple[Line, ...]:
    """Return contacted ÷ due of the whole, of every grid and of every village."""
    names = {key: part.name for column in versions for key, part in column.parts.items()}
    return tuple(
        Line(kind, code, name, tuple(_rates(kind, code, versions))) for (kind, code), name in names.items()
    )


def _rates(kind: Whole, code: str, versions: tuple[Column, ...]) -> list[Cell]:
    found: list[Cell] = []
    before: int | None = None
    for column in versions:
        part = column.parts.get((kind, code))
        contacted, due = part.rate if part else (0, 0)
        text = Rate(Persons(contacted), Persons(due)).text()
        more = 0 if before is None else contacted - before
        found.append(Cell(text, more, part.excluded if part else 0))
        before = contacted
    return found


def _by_part(parts: tuple[Part, ...]) -> dict[tuple[Whole, str], Part]:
    return {(part.kind, part.code): part for part in parts}
