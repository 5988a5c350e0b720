"""What the rules ask for in one period, worked out once for all who stand under the same ones.

A rule falls due in a period unless a contact that it counts lies in a certain
stretch of days before it (its *grace*):

- a rule of a month, or of 31 days or fewer, falls due in every period of 28
  days or more: it has no grace;
- an interval rule has the days from which last contact + interval reaches
  beyond the period's end;
- a rule of a month, quarter or year falls due where such a month, quarter or
  year ends in the period; its grace is the last one's part before the period.

So a campaign of ten days asks for a monthly contact only where the month ends
in it and nobody has been there before in that month, and a quarter asks for
one contact by a monthly rule.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from fieldmap.models import Visit
from fieldmap.obligations import Casebook, Reading
from fieldmap.periods import Period
from fieldmap.rules import Rule

__all__ = ["Asked", "Term", "Terms", "grace_from"]

_ALWAYS_DUE_GAP_DAYS = 31
_MONTH_DAYS = 28


@dataclass(frozen=True, slots=True)
class Term:
    """One rule in a period.

    Attributes
    ----------
    bit
        The rule among all rules, as a number with one bit set.
    grace_from
        First day of the grace, which ends where the period begins: none is
        left where it is that day or later. None where the rule does not fall
        due at all.
    """

    bit: int
    gap_days: int
    grace_from: date | None


@dataclass(frozen=True, slots=True)
class Asked:
    """What is asked for by the rules that apply to somebody, shortest gap first.

    Attributes
    ----------
    tags
        The person's.
    bits
        All the rules.
    always
        The rules with the shortest gap, as bits, where all of them fall due
        whatever was before the period; else 0.
    """

    tags: tuple[str, ...]
    terms: tuple[Term, ...]
    bits: int
    always: int


class Terms:
    """The rules of a casebook in one period."""

    def __init__(self, casebook: Casebook, period: Period) -> None:
        self._casebook = casebook
        self._start = period.start
        self._terms = {
            rule_id: Term(bit, casebook.rules[rule_id].gap_days, grace_from(casebook.rules[rule_id], period))
            for rule_id, bit in casebook.bits.items()
        }
        self._asked: dict[Reading, Asked] = {}

    def asked(self, reading: Reading) -> Asked:
        """Return what is asked for by the rules that apply."""
        found = self._asked.get(reading)
        if found is None:
            terms = tuple([self._terms[match.rule.id] for match in reading.matches])
            found = Asked(reading.tags, terms, sum(term.bit for term in terms), self._always(terms))
            self._asked[reading] = found
        return found

    def _always(self, terms: Sequence[Term]) -> int:
        """Return the rules with the shortest gap as bits where none of them has a grace, else 0."""
        first = [term for term in terms if term.gap_days == terms[0].gap_days]
        without = all(term.grace_from is not None and term.grace_from >= self._start for term in first)
        return sum(term.bit for term in first) if without else 0

    def winning(self, asked: Asked, contacts: Sequence[Visit]) -> int:
        """Return the rules with the shortest gap among those that fall due, as bits; 0 where none does."""
        if asked.always:
            return asked.always
        gap, found = 0, 0
        for term in asked.terms:
            if found and term.gap_days > gap:
                break
            if self._falls_due(term, contacts):
                gap, found = term.gap_days, found | term.bit
        return found

    def _falls_due(self, term: Term, contacts: Sequence[Visit]) -> bool:
        """Return whether no counted contact lies in the grace."""
        first, start, counting = term.grace_from, self._start, self._casebook.counting
        if first is None:
            return False
        return not any(
            [first <= v.day < start and counting[v.channel, v.actor_roles] & term.bit for v in contacts]
        )

    def counted(self, winning: int, contacts: Sequence[Visit]) -> tuple[Visit, ...]:
        """Return the contacts in the period that any of the rules counts.

        Parameters
        ----------
        contacts
            By day; none lies after the period.
        """
        start, counting = self._start, self._casebook.counting
        if not winning or not contacts or contacts[-1].day < start:
            return ()
        return tuple([v for v in contacts if v.day >= start and counting[v.channel, v.actor_roles] & winning])

    def overdue_days(self, asked: Asked, contacts: Sequence[Visit], today: date) -> int:
        """Return by how many days a rolling gap is exceeded.

        As :func:`fieldmap.obligations.rolling_overdue_days`: the worst rule,
        each from the last contact that it counts; 0 for whoever no contact
        counts.
        """
        worst, left, counting = 0, asked.bits, self._casebook.counting
        for contact in reversed(contacts):
            found = counting[contact.channel, contact.actor_roles] & left
            if found:
                # of the rules whose last contact this is, the one with the shortest gap
                gap = asked.terms[0].gap_days if found == asked.bits else _shortest(asked.terms, found)
                worst = max(worst, (today - contact.day).days - gap)
                left ^= found
                if not left:
                    break
        return worst


def _shortest(terms: Sequence[Term], bits: int) -> int:
    return next(term.gap_days for term in terms if term.bit & bits)


def grace_from(rule: Rule, period: Period) -> date | None:
    """Return the first day of a rule's grace before a period; None where it does not fall due."""
    if rule.gap_days <= _ALWAYS_DUE_GAP_DAYS and period.days >= _MONTH_DAYS:
        return period.start
    if rule.calendar is None:
        return period.end - timedelta(days=rule.interval_days - 1)
    first, part = None, Period.of(rule.calendar, period.start)
    while part.end <= period.end:
        first, part = part.start, Period.of(rule.calendar, part.next_start)
    return first
