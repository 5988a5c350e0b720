"""What figures leave out, or count otherwise than one would think: named sentences.

They stand beside the figures; each has its text, what is allowed and what to
do in ``problems/omissions.toml``. None names a person or a household.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date

from fieldmap.coverage import Coverage
from fieldmap.errors import Issue
from fieldmap.parts import EVERYBODY
from fieldmap.terms import MONTH_DAYS

__all__ = ["left_out"]

_CORRECTED = frozenset({"grid.gcj02", "grid.repaired"})


def left_out(coverage: Coverage, known: date | None = None) -> tuple[Issue, ...]:
    """Return what the figures of a period leave out, the weightiest first.

    A period that has not begun, nobody due (and why), grids that cannot be
    read, people outside all grids, grids that count by a corrected boundary,
    people without coordinates, grids without a boundary. Nothing to say is an
    empty answer.

    Parameters
    ----------
    known
        The day as of whose end the record was read; None is now.
    """
    codes = {code: [i.value for i in coverage.issues if i.code == code] for code in _codes(coverage)}
    unreadable = codes.get("grid.unreadable", [])
    corrected = [value for code in sorted(_CORRECTED) for value in codes.get(code, [])]
    undrawn = [
        row.code for row in coverage.grids if row.code and not row.drawn and row.code not in unreadable
    ]
    found = [_not_begun(coverage), _nobody_due(coverage, known)]
    found += [_grids("figures.unreadable", coverage, unreadable), _outside(coverage)]
    found += [_grids("figures.corrected", coverage, corrected), _no_coordinates(coverage)]
    found.append(_grids("figures.undrawn", coverage, undrawn))
    return tuple(issue for issue in found if issue is not None)


def _codes(coverage: Coverage) -> frozenset[str]:
    return frozenset(issue.code for issue in coverage.issues)


def _not_begun(coverage: Coverage) -> Issue | None:
    if coverage.begun:
        return None
    first, day = coverage.period.start, coverage.today
    return _issue("figures.not-begun", period=str(coverage.period), first=first, day=day)


def _nobody_due(coverage: Coverage, known: date | None) -> Issue | None:
    total = coverage.total
    if total.due:
        return None
    if not total.people and coverage.narrow != EVERYBODY:
        code = "figures.nobody-fits"
    elif not total.people:
        code = "figures.empty-then" if known else "figures.empty-ledger"
    elif total.excluded_total:
        code = "figures.all-excluded"
    elif total.without_rule == total.people:
        code = "figures.no-rule"
    else:
        code = "figures.none-due" if coverage.period.days >= MONTH_DAYS else "figures.part-of-month"
    details = {
        "period": str(coverage.period),
        "people": total.people,
        "excluded": total.excluded_total,
        "day": known,
    }
    return _issue(code, **details)


def _outside(coverage: Coverage) -> Issue | None:
    row = next((row for row in coverage.grids if row.code is None), None)
    if row is None or not row.figures.people:
        return None
    return _issue("figures.outside", due=row.figures.due, people=row.figures.people)


def _no_coordinates(coverage: Coverage) -> Issue | None:
    people = coverage.total.no_coordinates
    return _issue("figures.no-coordinates", people=people) if people else None


def _grids(code: str, coverage: Coverage, grids: Iterable[str]) -> Issue | None:
    names = {row.code: row.name or row.code for row in coverage.grids}
    named = [f"{names[grid]} ({grid[-3:]})" for grid in grids if grid in names]
    return _issue(code, grids=", ".join(named)) if named else None


def _issue(code: str, **details: object) -> Issue:
    return Issue(0, "", "", code, kept=True, details=details)
