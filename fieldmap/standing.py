"""How everybody stands to the rules in a period, for a whole county at once.

The definitions are those of :mod:`fieldmap.states`; here they are taken for
all people together, as arrays of one element or one row for each client.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

import numpy as np
from numpy.typing import NDArray

from fieldmap.contacts import Contacts
from fieldmap.models import ExclusionReason, Visit
from fieldmap.obligations import Casebook, Reading
from fieldmap.periods import Period
from fieldmap.terms import Terms

__all__ = ["Standing"]

type Flags = NDArray[np.bool_]
type Whole = NDArray[np.int64]

_NEVER = 1 << 40
"""A day, or a number of days, beyond all others."""


@dataclass(frozen=True, slots=True, eq=False)
class Standing:
    """Everybody in one period, in the order of the snapshot's clients.

    Attributes
    ----------
    left
        Left the ledger before the day of the figures.
    reached
        Any contact, whatever rules count, up to the day of the figures or the
        last one on the ledger.
    overdue_days
        By how many days a rolling gap is exceeded, of the expected; see
        :func:`fieldmap.obligations.rolling_overdue_days`.
    contacts
        The contacts in the period that count, by day.
    """

    left: Flags
    under_rule: Flags
    expected: Flags
    due: Flags
    contacted: Flags
    in_person: Flags
    reached: Flags
    overdue_days: Whole
    excluded: list[ExclusionReason | None]
    contacts: list[tuple[Visit, ...]]

    @classmethod
    def of(cls, casebook: Casebook, readings: Sequence[Reading], period: Period, as_of: date) -> Standing:
        """Say how everybody stands.

        Parameters
        ----------
        readings
            Of ``casebook`` on ``as_of``.
        """
        seen, terms = casebook.reached, Terms.of(casebook.standing, period)
        clients = casebook.snapshot.clients.values()
        ends = [as_of.toordinal() if c.valid_to is None else c.valid_to.toordinal() for c in clients]
        until = np.minimum(np.array(ends, dtype=np.int64), as_of.toordinal())
        known = seen.day <= until[seen.person]
        asked = _asked(casebook, readings)
        winning = _winning(asked, _in_grace(seen, known, terms, asked.shape), terms)
        counted = known & (seen.day >= terms.start)
        counted[counted] = (seen.table[seen.kind[counted]] & winning[seen.person[counted]]).any(axis=1)
        first = np.full(len(until), _NEVER)
        np.minimum.at(first, seen.person[counted], seen.day[counted])
        away, excluded = _excluded(casebook, until, winning.any(axis=1), first)
        out = np.array([reason is not None for reason in excluded], dtype=bool)
        counted &= ~out[seen.person]
        left = until < as_of.toordinal()
        expected = asked.any(axis=1) & ~left & ~away
        return cls(
            left=left,
            under_rule=asked.any(axis=1),
            expected=expected,
            due=winning.any(axis=1) & ~out,
            contacted=_whoever(seen, counted, len(until)),
            in_person=_whoever(seen, counted & seen.door, len(until)),
            reached=_whoever(seen, known, len(until)),
            overdue_days=np.where(expected, _overdue_days(seen, known, asked, terms, until), 0),
            excluded=excluded,
            contacts=_visits(seen, counted, len(until)),
        )


def _asked(casebook: Casebook, readings: Sequence[Reading]) -> Flags:
    """Return people × rules: which apply."""
    number = {rule.id: n for n, rule in enumerate(casebook.standing)}
    distinct = {id(reading): reading for reading in readings}
    row = {key: n for n, key in enumerate(distinct)}
    table = np.zeros((len(distinct), len(number)), dtype=bool)
    for reading, applies in zip(distinct.values(), table, strict=True):
        applies[[number[match.rule.id] for match in reading.matches]] = True
    return table[np.array([row[id(reading)] for reading in readings], dtype=np.int64)]


def _in_grace(seen: Contacts, known: Flags, terms: Terms, shape: tuple[int, ...]) -> Flags:
    """Return people × rules: whether a contact that the rule counts lies in its grace."""
    found = np.zeros(shape, dtype=bool)
    before = known & (seen.day < terms.start)
    person, day, kind = seen.person[before], seen.day[before], seen.kind[before]
    for rule in np.flatnonzero(terms.grace < terms.start):
        found[person[seen.table[kind, rule] & (day >= terms.grace[rule])], rule] = True
    return found


def _winning(asked: Flags, in_grace: Flags, terms: Terms) -> Flags:
    """Return people × rules: those with the shortest gap among the ones that fall due."""
    due = asked & terms.falls & ~in_grace
    gaps = np.where(due, terms.gap_days, _NEVER)
    shortest: Flags = due & (gaps == gaps.min(axis=1, initial=_NEVER)[:, np.newaxis])
    return shortest


def _excluded(
    casebook: Casebook, until: Whole, falls_due: Flags, first: Whole
) -> tuple[Flags, list[ExclusionReason | None]]:
    """Return whom a dated reason takes out, and why those whom it takes out of the rate.

    Parameters
    ----------
    first
        Day of the first contact that counts: one before the reason's first
        day keeps a person in the rate.
    """
    away = np.zeros(len(until), dtype=bool)
    reasons: list[ExclusionReason | None] = [None] * len(until)
    concerned = {exclusion.client_id for exclusion in casebook.snapshot.exclusions}
    for person, client_id in enumerate(casebook.snapshot.clients):
        if client_id not in concerned:
            continue
        exclusion = casebook.exclusion(client_id, date.fromordinal(int(until[person])))
        if exclusion is not None:
            away[person] = True
            if falls_due[person] and first[person] >= exclusion.valid_from.toordinal():
                reasons[person] = exclusion.reason
    return away, reasons


def _overdue_days(seen: Contacts, known: Flags, asked: Flags, terms: Terms, until: Whole) -> Whole:
    """Return by how many days a rolling gap is exceeded, the worst rule for each person."""
    person, day, kind = seen.person[known], seen.day[known], seen.kind[known]
    worst = np.zeros(len(until), dtype=np.int64)
    # most rules count the same contacts
    ways, way_of = np.unique(seen.table, axis=1, return_inverse=True)
    for way, counts in enumerate(ways.T):
        last = np.full(len(until), _NEVER)
        counted = counts[kind]
        # entries are by day: of several for one person the last is kept
        last[person[counted]] = day[counted]
        mine = asked & (way_of.reshape(-1) == way)
        gap = np.where(mine, terms.gap_days, _NEVER).min(axis=1, initial=_NEVER)
        worst = np.maximum(worst, until - last - gap)
    return worst


def _whoever(seen: Contacts, entries: Flags, people: int) -> Flags:
    """Return who has any of some entries."""
    found = np.zeros(people, dtype=bool)
    found[seen.person[entries]] = True
    return found


def _visits(seen: Contacts, entries: Flags, people: int) -> list[tuple[Visit, ...]]:
    """Return for each person the visits of some entries."""
    found: list[tuple[Visit, ...]] = [()] * people
    for person, visit in zip(seen.person[entries].tolist(), seen.visit[entries].tolist(), strict=True):
        found[person] = (*found[person], seen.visits[visit])
    return found
