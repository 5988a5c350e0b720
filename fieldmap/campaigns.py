"""Campaigns: a named stretch of days for which figures are looked at, such as the visits before a festival.

The days are a :class:`~fieldmap.periods.Period` like any other; what a
campaign adds is its name and for whom it is.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from fieldmap.access import covers
from fieldmap.errors import InputError
from fieldmap.periods import Period

__all__ = ["Campaign", "announce", "seen_from"]

_NAME_LENGTH = 40
_LONGEST_DAYS = 366


@dataclass(frozen=True, slots=True)
class Campaign:
    """A named period of a division and everything below it."""

    id: str
    name: str
    period: Period
    division_code: str
    created_at: datetime
    created_by: str


def announce(wanted: Campaign, others: Iterable[Campaign]) -> Campaign:
    """Return a campaign as it may be kept: its name trimmed.

    Parameters
    ----------
    others
        The campaigns there are.

    Raises
    ------
    InputError
        ``campaign.name``, ``campaign.long``; ``campaign.taken``: one that the
        same people see is called so.
    """
    name = " ".join(wanted.name.split())
    if not 0 < len(name) <= _NAME_LENGTH:
        raise InputError("campaign.name", wanted.name)
    if wanted.period.days > _LONGEST_DAYS:
        raise InputError("campaign.long", wanted.period)
    if name in {other.name for other in seen_from(others, [wanted.division_code])}:
        raise InputError("campaign.taken", name)
    return Campaign(
        wanted.id, name, wanted.period, wanted.division_code, wanted.created_at, wanted.created_by
    )


def seen_from(campaigns: Iterable[Campaign], scopes: Iterable[str]) -> tuple[Campaign, ...]:
    """Return the campaigns of some divisions, of what lies in them and of those they lie in; latest first."""
    codes = tuple(scopes)
    found = [
        one
        for one in campaigns
        if any(covers(one.division_code, code) or covers(code, one.division_code) for code in codes)
    ]
    return tuple(sorted(found, key=lambda one: (one.period.start, one.name), reverse=True))
