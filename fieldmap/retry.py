"""Nobody opened: when to try again, and when to tell somebody.

Source: ``domain.md`` X4 (a proposal): the same day again after two hours, the
next day, then the grid worker, the family or the police, through the head.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta, timezone
from enum import StrEnum

from fieldmap.models import Outcome, Visit

__all__ = ["LADDER", "Ladder", "NextTry", "Step", "next_try", "tries_of"]

_CHINA = timezone(timedelta(hours=8))


class NextTry(StrEnum):
    """What to do after nobody opened."""

    LATER_TODAY = "later_today"
    TOMORROW = "tomorrow"
    TELL = "tell"


@dataclass(frozen=True, slots=True)
class Ladder:
    """How often to try, and how far apart.

    Attributes
    ----------
    again_h
        Hours until the second try of a day.
    latest
        No door is knocked at later than this, local time.
    tries
        After so many in a row the head is told.
    window_days
        A try longer ago than this is forgotten.
    """

    again_h: int = 2
    latest: time = time(17, 30)
    tries: int = 3
    window_days: int = 30


LADDER = Ladder()
"""The ladder of ``domain.md`` X4."""


@dataclass(frozen=True, slots=True)
class Step:
    """What to do next, and not before when (UTC); None where somebody is to be told."""

    what: NextTry
    at: datetime | None


def tries_of(visits: Iterable[Visit], today: date, ladder: Ladder = LADDER) -> tuple[Visit, ...]:
    """Return the visits to one household at which nobody opened, since somebody was last reached.

    Parameters
    ----------
    visits
        All to that household, sorted by day.
    """
    found: list[Visit] = []
    for visit in visits:
        if visit.outcome is not Outcome.NOBODY:
            found.clear()
        elif 0 <= (today - visit.day).days <= ladder.window_days:
            found.append(visit)
    return tuple(found)


def next_try(tries: int, now: datetime, ladder: Ladder = LADDER) -> Step:
    """Return what to do after nobody opened for the n-th time in a row.

    Parameters
    ----------
    tries
        How often so far, this one counted; at least 1.
    now
        When it was, with its zone.

    Examples
    --------
    >>> next_try(1, datetime(2026, 3, 20, 1, 0, tzinfo=UTC)).at.isoformat()
    '2026-03-20T03:00:00+00:00'
    """
    if tries >= ladder.tries:
        return Step(NextTry.TELL, None)
    later = now + timedelta(hours=ladder.again_h)
    local, then = now.astimezone(_CHINA), later.astimezone(_CHINA)
    if tries == 1 and then.date() == local.date() and then.time() <= ladder.latest:
        return Step(NextTry.LATER_TODAY, later.astimezone(UTC))
    tomorrow = datetime.combine(local.date() + timedelta(days=1), time(), _CHINA)
    return Step(NextTry.TOMORROW, tomorrow.astimezone(UTC))
