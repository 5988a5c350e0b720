"""What a visitor did in a month, for her own eyes."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

from fieldmap.models import Visit

__all__ = ["Month", "month_of"]


@dataclass(frozen=True, slots=True)
class Month:
    """Visits, people and time of one visitor.

    Attributes
    ----------
    visits
        All that were recorded, attempts too.
    reached
        Visits at which somebody was seen or spoken to.
    persons
        Different people who were reached.
    minutes
        Whole minutes between beginning and end; what overlaps counts once.
    untimed
        Visits without a beginning and an end: they add no minutes.
    """

    visits: int
    reached: int
    persons: int
    minutes: int
    untimed: int

    @property
    def hours(self) -> float:
        """Return the hours to one decimal."""
        return round(self.minutes / 60, 1)


def month_of(visits: Iterable[Visit]) -> Month:
    """Add up the visits of one visitor."""
    found = tuple(visits)
    spans = [(v.started_at, v.ended_at) for v in found if v.started_at and v.ended_at]
    reached = [visit for visit in found if visit.contact]
    return Month(
        visits=len(found),
        reached=len(reached),
        persons=len({client for visit in reached for client in visit.client_ids}),
        minutes=int(_covered(spans).total_seconds() // 60),
        untimed=len(found) - len(spans),
    )


def _covered(spans: Iterable[tuple[datetime, datetime]]) -> timedelta:
    """Return how long some spans last, what they share counted once."""
    total, until = timedelta(), None
    for start, end in sorted(spans):
        begin = start if until is None else max(start, until)
        if end > begin:
            total += end - begin
            until = end
    return total
