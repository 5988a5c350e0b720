"""Days as people write them in ledgers.

Every function here is total: whatever stands in the cell, it gives the days
that are certain and, where there are none, the code of what is wrong.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator
from datetime import date, datetime, timedelta
from typing import NamedTuple

__all__ = ["DayFound", "find_days", "read_day"]

NONE_WORDS = frozenset(["", "-", "--", "/", "无", "没有", "不详", "未知", "空", "暂无", "none", "nan"])

_FULL = re.compile(
    r"(?<!\d)(?P<y>(?:19|20)\d{2})\s*[-./年\\]\s*(?P<m>\d{1,2})\s*[-./月\\]\s*(?P<d>\d{1,2})(?!\d)\s*[日号]?"
)
_COMPACT = re.compile(r"(?<!\d)(?P<y>(?:19|20)\d{2})(?P<m>\d{2})(?P<d>\d{2})(?!\d)")
_NO_YEAR = re.compile(r"(?<![\d年.\-/])(?P<m>\d{1,2})\s*月\s*(?P<d>\d{1,2})(?!\d)\s*[日号]?")
_VAGUE = re.compile(r"月|旬|周|星期|去年|今年|前年|年底|年初|春节|节前|节后|昨|前天|最近|近期|上次|左右")
_YEAR_MONTH = re.compile(r"(?:19|20)\d{2}\s*[-./年]\s*\d{0,2}\s*年?")
_SERIAL = re.compile(r"[2-7]\d{4}(?:\.0+)?")
_SERIAL_START = date(1899, 12, 30)  # day 1 of the 1900 system, with its invented 29 February 1900


class DayFound(NamedTuple):
    """A day in a text, with the words beside it that belong to it."""

    day: date
    said: str
    has_year: bool


def find_days(cell: object, today: date) -> tuple[tuple[DayFound, ...], str]:
    """Find the days in a cell.

    Parameters
    ----------
    cell
        What stands in the cell.
    today
        A day without a year is taken to be the latest such day up to today.

    Returns
    -------
    tuple
        The days in the order written, and the code of what is wrong where
        there are none (empty for a blank cell).

    Examples
    --------
    >>> [str(f.day) for f in find_days("2023.3.5电话、3月8日上门", date(2023, 3, 20))[0]]
    ['2023-03-05', '2023-03-08']
    >>> find_days("3月底", date(2023, 4, 2))
    ((), 'date.vague')
    """
    if isinstance(cell, date):
        return (DayFound(cell.date() if isinstance(cell, datetime) else cell, "", True),), ""
    if isinstance(cell, bool):
        return (), "date.unclear"
    text = _plain(cell)
    if text.lower() in NONE_WORDS:
        return (), ""
    if _SERIAL.fullmatch(text):
        return (DayFound(_SERIAL_START + timedelta(days=int(text[:5])), "", True),), ""
    found = tuple(_scan(text, today))
    if found:
        return found, ""
    return (), "date.vague" if _VAGUE.search(text) or _YEAR_MONTH.fullmatch(text) else "date.unclear"


def read_day(cell: object, today: date) -> tuple[date | None, str]:
    """Read the one day of a cell, and the code of what is wrong with it.

    A day without a year is read and reported all the same.
    """
    found, problem = find_days(cell, today)
    if len({f.day for f in found}) > 1:
        return None, "date.several"
    if not found:
        return None, problem
    return found[0].day, "" if found[0].has_year else "date.no-year"


def _plain(cell: object) -> str:
    if cell is None:
        return ""
    if isinstance(cell, float) and cell.is_integer():
        cell = int(cell)
    return unicodedata.normalize("NFKC", str(cell)).strip().strip("'")


class _Hit(NamedTuple):
    start: int
    end: int
    day: date
    has_year: bool


def _scan(text: str, today: date) -> Iterator[DayFound]:
    hits = _hits(text, today)
    # "电话3月5日、上门3月8日" says how before the day, "3月5日电话、3月8日上门" after it.
    said_before = bool(hits) and any(c.isalpha() for c in text[: hits[0].start])
    for i, hit in enumerate(hits):
        before = text[hits[i - 1].end if i else 0 : hit.start]
        after = text[hit.end : hits[i + 1].start if i + 1 < len(hits) else len(text)]
        said = before + after if len(hits) == 1 else before if said_before else after
        yield DayFound(hit.day, said, hit.has_year)


def _hits(text: str, today: date) -> list[_Hit]:
    found = sorted(
        _Hit(m.start(), m.end(), day, pattern is not _NO_YEAR)
        for pattern in (_FULL, _COMPACT, _NO_YEAR)
        for m in pattern.finditer(text)
        if (day := _day(m, today)) is not None
    )
    hits: list[_Hit] = []
    for hit in found:
        if not hits or hit.start >= hits[-1].end:
            hits.append(hit)
    return hits


def _day(found: re.Match[str], today: date) -> date | None:
    parts = found.groupdict()
    month, day = int(parts["m"]), int(parts["d"])
    years = [int(parts["y"])] if "y" in parts else [today.year, today.year - 1]
    for year in years:
        try:
            when = date(year, month, day)
        except ValueError:
            continue
        if "y" in parts or when <= today:
            return when
    return None
