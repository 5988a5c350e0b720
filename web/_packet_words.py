"""What is said of somebody due, and what was answered last time."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from datetime import date
from functools import cache
from typing import Any

from babel.dates import format_date

from fieldmap.errors import language
from fieldmap.models import Visit
from fieldmap.schedule import Due
from fieldmap.surveys import FORM_KEY, form
from web.i18n import gettext

__all__ = ["carried", "due_words"]


def due_words(items: Sequence[Due], today: date, *, staff: bool) -> str:
    """Return in a few words since when and until when somebody is waiting.

    Parameters
    ----------
    items
        The people of one door; the one who has waited longest is told of.
    staff
        True: days are counted ("36 天前见过"). Else dates only, the end of a
        month, so that no interval can be read out of it.
    """
    if not items:
        return ""
    by = min((day for item in items if (day := item.public_deadline)), default=None)
    until = gettext("{day}前应访", day=_short(by, language.get())) if by else ""
    if not staff:
        return _begun(until)
    late = max(max(item.overdue_days, item.in_person_overdue_days) for item in items)
    if late:
        until = gettext("超期 {days} 天", days=late)
    return _begun(gettext(",").join(part for part in (_seen(items, today), until) if part))


def _begun(text: str) -> str:
    return text[:1].upper() + text[1:]


def _seen(items: Sequence[Due], today: date) -> str:
    """Return when the person was last met who has waited longest for it."""
    never = [item for item in items if item.last_in_person is None]
    if not never:
        days = max((today - item.last_in_person).days for item in items if item.last_in_person)
        return gettext("今天见过") if days == 0 else gettext("{days} 天前见过", days=days)
    reached = [(today - item.last_contact).days for item in never if item.last_contact]
    if len(reached) < len(never):
        return gettext("从未见到")
    return gettext("从未见到,{days} 天前联系过", days=max(reached))


@cache
def _short(day: date, lang: str) -> str:
    en = lang == "en"
    return format_date(day, "d MMM" if en else "M 月 d 日", locale="en" if en else "zh_CN")


def carried(client_ids: Collection[str], visits: Sequence[Visit]) -> dict[str, Mapping[str, Any]]:
    """Return client → field → answer of the newest visit with answers, as far as a form carries it over.

    Parameters
    ----------
    visits
        Sorted by day.
    """
    found: dict[str, Mapping[str, Any]] = {}
    for visit in visits:
        for client_id, answers in visit.answers.items():
            made = form(str(answers.get(FORM_KEY, "")))
            if client_id in client_ids and made is not None:
                kept = {f.name: answers[f.name] for f in made.fields if f.carry and f.name in answers}
                found[client_id] = {FORM_KEY: answers[FORM_KEY], **kept}
    return found
