"""Who is out longer than she said: the station calls (domain.md §7.3)."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from fieldmap.incoming import Outing

__all__ = ["Overdue", "overdue"]

_MINUTE_S = 60


@dataclass(frozen=True, slots=True)
class Overdue:
    """An outing whose return is overdue.

    Attributes
    ----------
    late_minutes
        Whole minutes since the return that was expected last.
    """

    outing: Outing
    late_minutes: int


def overdue(outings: Iterable[Outing], now: datetime, minutes: int) -> tuple[Overdue, ...]:
    """Return the outings that call for a telephone call, the latest first.

    Parameters
    ----------
    now
        The present instant.
    minutes
        How late somebody may be back before the desk is alarmed; from that
        minute on an outing without a return is overdue.
    """
    late = (
        Overdue(outing, int((now - outing.expected_back).total_seconds() // _MINUTE_S))
        for outing in outings
        if outing.back_at is None
    )
    return tuple(
        sorted(
            (one for one in late if one.late_minutes >= minutes),
            key=lambda one: (-one.late_minutes, one.outing.id),
        )
    )
