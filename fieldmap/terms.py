"""When a rule falls due in a period.

It does unless a contact that it counts lies in a certain stretch of days before
the period, its *grace*:

- a rule of a month, or of 31 days or fewer, has none in a period of 28 days or
  more: it falls due in every month;
- an interval rule has the days from which last contact + interval reaches
  beyond the period's end;
- a rule of a month, quarter or year falls due where one of these ends in the
  period; its grace is the part of the last of them that lies before it.

So a campaign of ten days asks for a monthly contact only where the month ends
in it and nobody has been there before in that month; a quarter asks for one
contact by a monthly rule, at least one in three months.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from fieldmap.periods import Period
from fieldmap.rules import Rule

__all__ = ["MONTH_DAYS", "Terms", "grace_from"]

_ALWAYS_DUE_GAP_DAYS = 31
MONTH_DAYS = 28
"""From how many days on a period counts as a month."""


@dataclass(frozen=True, slots=True, eq=False)
class Terms:
    """The standing rules in a period, each array by rule.

    Attributes
    ----------
    start
        First day of the period; days are proleptic ordinals.
    gap_days
        The rolling gap.
    falls
        Whether the rule falls due at all.
    grace
        First day of the grace; not before ``start`` where there is none.
    """

    start: int
    gap_days: NDArray[np.int64]
    falls: NDArray[np.bool_]
    grace: NDArray[np.int64]

    @classmethod
    def of(cls, rules: Sequence[Rule], period: Period) -> Terms:
        """Read the rules for a period."""
        start = period.start.toordinal()
        graces = [grace_from(rule, period) for rule in rules]
        return cls(
            start,
            np.array([rule.gap_days for rule in rules], dtype=np.int64),
            np.array([grace is not None for grace in graces], dtype=bool),
            np.array([start if grace is None else grace for grace in graces], dtype=np.int64),
        )


def grace_from(rule: Rule, period: Period) -> int | None:
    """Return the first day of a standing rule's grace, which ends where the period begins.

    Returns
    -------
    int or None
        A proleptic ordinal, the period's first day or later where there is no
        grace; None where the rule does not fall due in the period at all.
    """
    if rule.gap_days <= _ALWAYS_DUE_GAP_DAYS and period.days >= MONTH_DAYS:
        return period.start.toordinal()
    if rule.calendar is None:
        return period.end.toordinal() - rule.interval_days + 1
    first, part = None, Period.of(rule.calendar, period.start)
    while part.end <= period.end:
        first, part = part.start.toordinal(), Period.of(rule.calendar, part.next_start)
    return first
