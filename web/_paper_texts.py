"""What people type fast from handwriting: a clock time, a day without a year, needs of the menu."""

from __future__ import annotations

import re
from datetime import date, time

from fieldmap.visiting import needs_menu

__all__ = ["clock", "day_after", "needs_of"]

_CLOCK = re.compile(r"(\d{1,2})[:：.]?(\d{2})")
_DAY = re.compile(r"(?:(\d{4})[-/.])?(\d{1,2})[-/.月]?(\d{2}|(?<=[-/.月])\d)日?")
_BETWEEN = re.compile(r"[\s,，、;；]+")


def clock(text: str) -> time | None:
    """Return a clock time as somebody writes it, None where it is none.

    Examples
    --------
    >>> clock("905"), clock("14:30"), clock("2570")
    (datetime.time(9, 5), datetime.time(14, 30), None)
    """
    found = _CLOCK.fullmatch(text)
    try:
        return time(int(found[1]), int(found[2])) if found else None
    except ValueError:
        return None


def day_after(text: str, day: date) -> date | None:
    """Return the next day of that name from a day on, None where there is none.

    Examples
    --------
    >>> day_after("4-15", date(2026, 3, 20)), day_after("0110", date(2026, 3, 20))
    (datetime.date(2026, 4, 15), datetime.date(2027, 1, 10))
    >>> day_after("13-1", date(2026, 3, 20)) is None
    True
    """
    found = _DAY.fullmatch(text)
    if found is None:
        return None
    try:
        if found[1]:
            return date(int(found[1]), int(found[2]), int(found[3]))
        this = date(day.year, int(found[2]), int(found[3]))
        return this if this >= day else this.replace(year=day.year + 1)
    except ValueError:
        return None


def needs_of(text: str) -> tuple[str, ...] | None:
    """Return the needs that a text names, by number, name or how the name begins; None where one is unknown.

    Examples
    --------
    >>> needs_of("1 陪诊"), needs_of("clinic"), needs_of("外出购物、99")
    (('meals', 'clinic'), ('clinic',), None)
    """
    named = [word for word in _BETWEEN.split(text) if word]
    found = [_need(word.casefold()) for word in named]
    return None if None in found else tuple(dict.fromkeys(code for code in found if code))


def _need(word: str) -> str | None:
    menu = needs_menu()
    if word.isdecimal():
        codes = list(menu)
        return codes[int(word) - 1] if 0 < int(word) <= len(codes) else None
    names = [(code, name.casefold()) for lang in ("zh-CN", "en") for code, name in needs_menu(lang).items()]
    fitting = {code for code, name in names if name.startswith(word)}
    exact = {code for code, name in names if name == word}
    return next(iter(exact or fitting)) if len(exact or fitting) == 1 else None
