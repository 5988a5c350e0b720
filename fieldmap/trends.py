"""A trend: the same measures month by month, up to a month."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta

from fieldmap.counts import Figures
from fieldmap.grids import Assignment, assign
from fieldmap.models import Snapshot
from fieldmap.obligations import Casebook
from fieldmap.parts import EVERYBODY, Narrow, count, narrowed
from fieldmap.periods import Period
from fieldmap.rules import RuleSet

__all__ = ["Month", "trend"]


@dataclass(frozen=True, slots=True)
class Month:
    """The figures of one calendar month."""

    period: Period
    figures: Figures


def trend(
    snapshot: Snapshot,
    rules: RuleSet,
    month: Period,
    today: date,
    months: int = 12,
    narrow: Narrow = EVERYBODY,
    assignment: Assignment | None = None,
) -> tuple[Month, ...]:
    """Return the months up to a month, or up to today's where that is earlier; oldest first.

    Each is read as it stood at its end (or today), by today's rules and grids.
    Months that ended before the record of visits begins are left out: nobody
    knows who was seen then, which is not 0 %.

    Parameters
    ----------
    month
        The last month, or any period: the month of its last day is taken.
    months
        How many at most.
    assignment
        Which grid each household is in, where it is at hand already.
    """
    grid_of = (assignment or assign(snapshot)).grid_of
    casebook = Casebook(snapshot, rules)
    begins = min((visit.day for visit in snapshot.visits if visit.actor_ids), default=None)
    found: list[Month] = []
    # a month that has not begun is not one of 0 %
    period = Period.month(min(month.end, today))
    for _ in range(months):
        if found and (begins is None or period.end < begins):
            break
        counted = narrowed(count(snapshot, rules, period, today, grid_of, casebook), narrow)
        found.append(Month(period, counted.figures()))
        period = Period.month(period.start - timedelta(days=1))
    return tuple(reversed(found))
