"""Closing a period: what the page and the command line do alike."""

from __future__ import annotations

import uuid
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from fieldmap.access import AccountRole, Hat
from fieldmap.closings import Before, Closing, Revision, close, revision
from fieldmap.errors import InputError
from fieldmap.periods import Calendar, Period
from fieldmap.reasons import Known
from fieldmap.rulebook import rules_in_force
from fieldmap.store import Store
from web.scope import scoped

__all__ = ["Ledger", "closable", "close_period", "closed"]

_QUARTERS, _MONTHS = 4, 3
_DAY = timedelta(days=1)


@dataclass(frozen=True)
class Ledger:
    """The versions of one period of a division, and what would be the next."""

    division_code: str
    period: Period
    versions: tuple[Closing, ...]
    revised: Revision | None


def closed(store: Store, scopes: Iterable[str]) -> tuple[Ledger, ...]:
    """Return what some divisions have closed, the latest period first, each with its revision."""
    wanted = set(scopes)
    found: dict[tuple[str, Period], list[Closing]] = {}
    for closing in store.closings.all():
        if closing.division_code in wanted:
            found.setdefault((closing.division_code, closing.period), []).append(closing)
    known = {code: _known(store, code) for code, _ in found}
    return tuple(
        Ledger(code, period, tuple(versions), _revised(store, versions[-1], known[code]))
        for (code, period), versions in found.items()
    )


def close_period(store: Store, division_code: str, period: Period, *, today: date, by: str) -> Closing:
    """Freeze the figures of a period, or the next version of it, and write it to the audit trail.

    Parameters
    ----------
    today
        The day to work on.
    by
        Account id; empty for the command line.

    Raises
    ------
    InputError
        See :func:`fieldmap.closings.close`; ``closing.period``: no whole month,
        quarter or year.
    """
    if not whole_period(period):
        raise InputError("closing.period", period)
    # nothing else is written between looking and freezing
    with store.write():
        now = _known(store, division_code)
        versions = store.closings.of(division_code, period)
        last = versions[-1] if versions else None
        revised = _revised(store, last, now) if last else None
        made = close(
            str(uuid.uuid4()), division_code, now, period, today=today, by=by, revised=revised, last=last
        )
        store.closings.add(made)
        store.audit.log(by or None, "close", f"{division_code} {period}", f"v{made.version}")
    return made


def whole_period(period: Period) -> bool:
    """Return whether a period is one month, quarter or year of the calendar: only such a one is closed."""
    return period.kind is not None


def closable(today: date) -> tuple[Period, ...]:
    """Return the last periods that are over: quarters, then months, the latest first."""
    found = []
    for kind, number in ((Calendar.QUARTER, _QUARTERS), (Calendar.MONTH, _MONTHS)):
        period = Period.of(kind, today)
        for _ in range(number):
            period = Period.of(kind, period.start - _DAY)
            found.append(period)
    return tuple(found)


def _revised(store: Store, last: Closing, now: Known) -> Revision | None:
    def before() -> Before:
        return _known(store, last.division_code, last.known_at), store.facts.written(last.known_at)

    return revision(last, now, before)


def _known(store: Store, division_code: str, known_at: datetime | None = None) -> Known:
    """Return what is known of a division and everything below it, at an instant or now."""
    whole = (Hat(AccountRole.HEAD, division_code),)
    at = known_at or store.clock()
    return Known(
        scoped(store.snapshot(known_at=known_at), whole), rules_in_force(store, known_at=known_at), at
    )
