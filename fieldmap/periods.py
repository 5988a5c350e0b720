"""Periods of the calendar: month, quarter, year, or any two days.

A rate belongs to a period, and a calendar rule asks for one contact in each.
"""

from __future__ import annotations

import calendar
import re
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta, timezone
from enum import StrEnum

from fieldmap.errors import InputError

__all__ = ["CHINA", "FIRST_YEAR", "LAST_YEAR", "Calendar", "Period", "china_day", "in_reach", "known_instant"]

CHINA = timezone(timedelta(hours=8))
"""The one clock of the country; it has no summer time."""

FIRST_YEAR = 2000
"""The first year that a period or a day may be asked for in."""

LAST_YEAR = 2100
"""The last one."""

_MONTHS = {"month": 1, "quarter": 3, "year": 12}
_LONGEST_DAYS = {"month": 31, "quarter": 92, "year": 366}


def china_day(moment: datetime) -> date:
    """Return the calendar day in China at an instant.

    >>> china_day(datetime.fromisoformat("2026-03-19T17:00:00Z"))
    datetime.date(2026, 3, 20)
    """
    return moment.astimezone(CHINA).date()


def known_instant(day: date) -> datetime:
    """Return the last instant of a day in China, in UTC: "as known on that day".

    >>> known_instant(date(2026, 4, 1)).isoformat()
    '2026-04-01T15:59:59.999999+00:00'
    """
    return datetime.combine(day, time.max, CHINA).astimezone(UTC)


def in_reach(day: date) -> bool:
    """Return whether a day lies in a year that may be asked for.

    At the ends of the calendar the day before, or after, cannot be told.
    """
    return FIRST_YEAR <= day.year <= LAST_YEAR


class Calendar(StrEnum):
    """A period that rules and reports go by."""

    MONTH = "month"
    QUARTER = "quarter"
    YEAR = "year"

    @property
    def gap_days(self) -> int:
        """Return the longest such period in days: the rolling gap it stands for."""
        return _LONGEST_DAYS[self.value]


@dataclass(frozen=True, slots=True, order=True)
class Period:
    """The days from ``start`` to ``end``, both included.

    Raises
    ------
    InputError
        ``period.order``: the end lies before the start.
    """

    start: date
    end: date

    def __post_init__(self) -> None:
        if self.end < self.start:
            raise InputError("period.order", f"{self.start} … {self.end}")

    def __contains__(self, day: object) -> bool:
        return isinstance(day, date) and self.start <= day <= self.end

    def __str__(self) -> str:
        first, last = self.start, self.end
        if self == Period.of(Calendar.MONTH, first):
            return f"{first:%Y-%m}"
        if self == Period.of(Calendar.QUARTER, first):
            return f"{first.year}-Q{(first.month + 2) // 3}"
        return f"{first.year}" if self == Period.of(Calendar.YEAR, first) else f"{first}..{last}"

    @property
    def kind(self) -> Calendar | None:
        """Return which period of the calendar it is, None for any other two days."""
        return next((kind for kind in Calendar if self == Period.of(kind, self.start)), None)

    @property
    def months(self) -> tuple[Period, ...]:
        """Return the calendar months that begin in it."""
        found = []
        month = Period.of(Calendar.MONTH, self.start)
        while month.start <= self.end:
            found.append(month)
            month = Period.of(Calendar.MONTH, month.next_start)
        return tuple(one for one in found if one.start >= self.start)

    @property
    def days(self) -> int:
        """Return the number of days."""
        return (self.end - self.start).days + 1

    @property
    def next_start(self) -> date:
        """Return the day after the last."""
        return self.end + timedelta(days=1)

    @classmethod
    def of(cls, kind: Calendar, day: date) -> Period:
        """Return the month, quarter or year in which a day lies.

        Examples
        --------
        >>> str(Period.of(Calendar.QUARTER, date(2026, 3, 20)))
        '2026-Q1'
        """
        months = _MONTHS[kind.value]
        first = (day.month - 1) // months * months + 1
        last = first + months - 1
        return cls(date(day.year, first, 1), date(day.year, last, calendar.monthrange(day.year, last)[1]))

    @classmethod
    def month(cls, day: date) -> Period:
        """Return the calendar month of a day."""
        return cls.of(Calendar.MONTH, day)

    @classmethod
    def quarter(cls, day: date) -> Period:
        """Return the calendar quarter of a day."""
        return cls.of(Calendar.QUARTER, day)

    @classmethod
    def parse(cls, text: str) -> Period:
        """Read ``2026-03``, ``2026-Q1``, ``2026`` or ``2026-03-01..2026-03-15``.

        Raises
        ------
        InputError
            ``period.text``: it is none of these. ``period.years``: it reaches
            beyond :data:`FIRST_YEAR` or :data:`LAST_YEAR`.
        """
        found = cls._read(text.strip())
        if found is None:
            raise InputError("period.text", text)
        if not (in_reach(found.start) and in_reach(found.end)):
            raise InputError("period.years", text, first=FIRST_YEAR, last=LAST_YEAR)
        return found

    @classmethod
    def _read(cls, plain: str) -> Period | None:
        try:
            if ".." in plain:
                first, last = plain.split("..")
                return cls(date.fromisoformat(first.strip()), date.fromisoformat(last.strip()))
            if match := re.fullmatch(r"(\d{4})-?[Qq]([1-4])", plain):
                return cls.of(Calendar.QUARTER, date(int(match[1]), int(match[2]) * 3, 1))
            if match := re.fullmatch(r"(\d{4})-(\d{1,2})", plain):
                return cls.of(Calendar.MONTH, date(int(match[1]), int(match[2]), 1))
            if re.fullmatch(r"\d{4}", plain):
                return cls.of(Calendar.YEAR, date(int(plain), 1, 1))
        except ValueError:
            pass
        return None
