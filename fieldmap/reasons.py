"""Why figures of a past period changed: what the record learnt since, without a name.

Two states of the record are compared noun by noun, as far as it bears on the
period. A noun is named where it alone changes the figures; where only several
together do, all of them are.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime
from enum import StrEnum
from typing import Any

from fieldmap.models import Snapshot, Visit
from fieldmap.periods import Period, china_day
from fieldmap.rules import RuleSet

__all__ = ["Kind", "Known", "Reason", "reasons"]


class Kind(StrEnum):
    """What the record learnt."""

    VISIT_NEW = "visit_new"
    VISIT_GONE = "visit_gone"
    VISIT_OTHER = "visit_other"
    CLIENT_NEW = "client_new"
    CLIENT_GONE = "client_gone"
    CLIENT_OTHER = "client_other"
    TAG = "tag"
    EXCLUSION = "exclusion"
    HOUSEHOLD = "household"
    GRID = "grid"
    DIVISION = "division"
    RULE = "rule"
    PROGRAM = "program"


_TEXTS: Mapping[Kind, tuple[str, str]] = {
    Kind.VISIT_NEW: (
        "{days}的走访 {count} 次,{known} 收到",
        "{count} {visit} of {days}, received on {known}",
    ),
    Kind.VISIT_GONE: (
        "{days}的走访 {count} 次,{known} 撤回",
        "{count} {visit} of {days}, taken back on {known}",
    ),
    Kind.VISIT_OTHER: (
        "{days}的走访 {count} 次,{known} 更正",
        "{count} {visit} of {days}, corrected on {known}",
    ),
    Kind.CLIENT_NEW: ("{count} 人 {known} 补录在册", "{count} {person} added to the ledger on {known}"),
    Kind.CLIENT_GONE: ("{count} 人 {known} 撤出名册", "{count} {person} taken off the ledger on {known}"),
    Kind.CLIENT_OTHER: (
        "{count} 人的在册资料(起止日、出生日期、所在户)于 {known} 更正",
        "ledger data of {count} {person} (days, birth date, household) corrected on {known}",
    ),
    Kind.TAG: ("{count} 条人群类别于 {known} 变动", "{count} {class} of people changed on {known}"),
    Kind.EXCLUSION: (
        "{count} 条“暂不走访”的原因于 {known} 登记或变动",
        "{count} {reason} not to visit recorded or changed on {known}",
    ),
    Kind.HOUSEHOLD: (
        "{count} 户的村、网格或位置于 {known} 更正",
        "village, grid or place of {count} {household} corrected on {known}",
    ),
    Kind.GRID: ("{count} 个网格于 {known} 变动", "{count} {grid} changed on {known}"),
    Kind.DIVISION: ("{count} 个区划于 {known} 变动", "{count} {division} changed on {known}"),
    Kind.RULE: ("走访规则有变动", "the visit rules changed"),
    Kind.PROGRAM: ("记录没有变,是程序的算法变了", "not the record but the program counts differently"),
}
_PLURALS = {
    "visit": "visits",
    "person": "persons",
    "class": "classes",
    "reason": "reasons",
    "household": "households",
    "grid": "grids",
    "division": "divisions",
}


@dataclass(frozen=True, slots=True)
class Known:
    """The record at an instant: what was known, and the rules in force."""

    snapshot: Snapshot
    rules: RuleSet
    at: datetime


@dataclass(frozen=True, slots=True)
class Reason:
    """One thing that the record learnt.

    Attributes
    ----------
    count
        How many visits, persons, …; 0 where there is nothing to count.
    first, last
        The days of the visits.
    known_on
        The day on which the station learnt it, in China.
    """

    kind: Kind
    count: int = 0
    first: date | None = None
    last: date | None = None
    known_on: date | None = None

    def text(self, lang: str = "zh-CN") -> str:
        """Return it as a sentence, without its full stop.

        >>> day = date(2026, 3, 30)
        >>> Reason(Kind.VISIT_NEW, 1, day, day, date(2026, 4, 3)).text("en")
        '1 visit of 30 March, received on 3 April'
        """
        english = lang == "en"
        words = {one: one if self.count == 1 else many for one, many in _PLURALS.items()}
        return _TEXTS[self.kind][1 if english else 0].format(
            count=self.count, days=self._days(english), known=_day(self.known_on, english), **words
        )

    def _days(self, english: bool) -> str:
        here = self.known_on.year if self.known_on else 0
        first, last = _day(self.first, english, here), _day(self.last, english, here)
        if first == last:
            return first
        return f"{first} – {last}" if english else f"{first}至 {last}"


def _day(day: date | None, english: bool, here: int = 0) -> str:
    """Write a day, with its year where that is not ``here``; 0 leaves the year out."""
    if day is None:
        return "–"
    text = f"{day.day} {day:%B}" if english else f"{day.month} 月 {day.day} 日"
    if here in (0, day.year):
        return text
    return f"{text} {day.year}" if english else f"{day.year} 年 {text}"


type Changed = tuple[Kind, str, date | None]
"""What changed, the id of the fact, and the day of a visit."""


def reasons(
    then: Known,
    now: Known,
    period: Period,
    written: Mapping[str, datetime],
    counted: Callable[[Known], object],
) -> tuple[Reason, ...]:
    """Return what the record learnt between two instants that changes the figures of a period.

    Parameters
    ----------
    written
        Fact id → when it was first written, changed or taken back since then.
    counted
        The figures of the period as of a state of the record, to compare.
    """
    changed = {noun: found for noun, of in _NOUNS.items() if (found := list(of(then, now, period)))}
    telling = [noun for noun in changed if len(changed) > 1 and _tells(noun, then, now, counted)]
    grouped: defaultdict[tuple[Kind, date | None], list[date]] = defaultdict(list)
    for noun in telling or changed:
        for kind, key, day in changed[noun]:
            grouped[kind, china_day(written[key]) if key in written else None].append(day or period.end)
    return tuple(
        Reason(kind, len(days), min(days), max(days), known_on)
        for (kind, known_on), days in sorted(grouped.items(), key=_order)
    )


def _order(entry: tuple[tuple[Kind, date | None], object]) -> tuple[int, date]:
    (kind, known_on), _ = entry
    return list(Kind).index(kind), known_on or date.min


def _tells(noun: str, then: Known, now: Known, counted: Callable[[Known], object]) -> bool:
    """Return whether a noun alone changes the figures."""
    if noun == "rules":
        return counted(replace(then, rules=now.rules)) != counted(then)
    learnt: dict[str, Any] = {noun: getattr(now.snapshot, noun)}
    return counted(replace(then, snapshot=replace(then.snapshot, **learnt))) != counted(then)


def _visits(then: Known, now: Known, period: Period) -> Iterator[Changed]:
    old, new = ({v.id: v for v in k.snapshot.visits if v.day <= period.end} for k in (then, now))
    for key in new.keys() - old.keys():
        yield Kind.VISIT_NEW, key, new[key].day
    for key in old.keys() - new.keys():
        yield Kind.VISIT_GONE, key, old[key].day
    for key in old.keys() & new.keys():
        if _said(old[key]) != _said(new[key]):
            yield Kind.VISIT_OTHER, key, new[key].day


def _said(visit: Visit) -> object:
    """Return what of a visit figures are made of."""
    return (
        visit.household_id,
        visit.client_ids,
        visit.day,
        visit.channel,
        visit.outcome,
        visit.domain,
        visit.societies,
        visit.actor_roles,
        visit.needs,
    )


def _clients(then: Known, now: Known, period: Period) -> Iterator[Changed]:
    old, new = (
        {c.id: c for c in known.snapshot.clients.values() if c.valid_from <= period.end}
        for known in (then, now)
    )
    for key in new.keys() - old.keys():
        yield Kind.CLIENT_NEW, key, None
    for key in old.keys() - new.keys():
        yield Kind.CLIENT_GONE, key, None
    for key in old.keys() & new.keys():
        one, other = ((c.household_id, c.birth_date, c.valid_from, c.valid_to) for c in (old[key], new[key]))
        if one != other:
            yield Kind.CLIENT_OTHER, key, None


def _dated(noun: str, kind: Kind) -> Callable[[Known, Known, Period], Iterator[Changed]]:
    """Return what compares facts with a first and a last day."""

    def found(then: Known, now: Known, period: Period) -> Iterator[Changed]:
        old, new = (
            {fact.id: fact for fact in getattr(known.snapshot, noun) if fact.valid_from <= period.end}
            for known in (then, now)
        )
        for key in sorted(old.keys() | new.keys()):
            if old.get(key) != new.get(key):
                yield kind, key, None

    return found


def _placed(noun: str, kind: Kind, of: Callable[[Any], object]) -> Callable[..., Iterator[Changed]]:
    """Return what compares facts by what of them bears on figures; ids as the record has them."""

    def found(then: Known, now: Known, period: Period) -> Iterator[Changed]:
        old, new = (
            {key: of(fact) for key, fact in getattr(known.snapshot, noun).items()} for known in (then, now)
        )
        prefix = "" if kind is Kind.HOUSEHOLD else f"{kind}:"
        for key in sorted(old.keys() | new.keys()):
            if old.get(key) != new.get(key):
                yield kind, f"{prefix}{key}", None

    return found


def _rules(then: Known, now: Known, period: Period) -> Iterator[Changed]:
    if then.rules != now.rules:
        yield Kind.RULE, "", None


_NOUNS: Mapping[str, Callable[[Known, Known, Period], Iterator[Changed]]] = {
    "visits": _visits,
    "clients": _clients,
    "tags": _dated("tags", Kind.TAG),
    "exclusions": _dated("exclusions", Kind.EXCLUSION),
    "households": _placed("households", Kind.HOUSEHOLD, lambda h: (h.division_code, h.grid_code, h.place)),
    "grids": _placed("grids", Kind.GRID, lambda g: (g.division_code, g.polygon_wkb)),
    "divisions": _placed("divisions", Kind.DIVISION, lambda d: (d.level, d.parent_code)),
    "rules": _rules,
}
"""Field of the snapshot → what changed in it."""
