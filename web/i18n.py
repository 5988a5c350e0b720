"""Two languages: the Chinese text is the key, the English one is looked up.

``_("今天")`` in a template or a module returns the text in the language of
the request. English stands in ``web/locale/en/*.po``, one file per area,
merged when the first text is asked for; where it is missing the Chinese text
is shown.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from functools import cache
from pathlib import Path
from typing import Any

from babel.dates import format_date
from babel.messages.pofile import read_po

from fieldmap.errors import language

__all__ = ["LANGUAGES", "N_", "english", "gettext", "long_day"]

LANGUAGES = ("zh-CN", "en")
"""The languages of the pages, the default one first."""

_LOCALE = Path(__file__).parent / "locale" / "en"


@cache
def english() -> Mapping[str, str]:
    """Return Chinese → English, from every catalogue."""
    texts: dict[str, str] = {}
    for path in sorted(_LOCALE.glob("*.po")):
        with path.open("rb") as file:
            for message in read_po(file, locale="en"):
                if isinstance(message.id, str) and message.id and isinstance(message.string, str):
                    texts[message.id] = message.string
    return texts


def gettext(text: str, **values: Any) -> str:
    """Return a text in the language of the request, its ``{names}`` filled.

    Parameters
    ----------
    text
        The Chinese text, with ``{names}`` for what changes.
    values
        What to fill in; without any the text is taken as it is.
    """
    found = text if language.get() == "zh-CN" else english().get(text) or text
    return found.format(**values) if values else found


def long_day(day: date) -> str:
    """Return a day with its weekday in the language of the request, without the year.

    >>> long_day(date(2026, 3, 20))
    '3月20日 星期五'
    """
    if language.get() == "en":
        return format_date(day, "EEEE d MMMM", locale="en")
    return format_date(day, "M月d日 EEEE", locale="zh_CN")


def N_(text: str) -> str:
    """Mark a text to be translated where it is shown, not here."""
    return text
