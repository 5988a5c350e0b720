"""What a rule asks for one person on one day: from when, by when, and why.

A *cause* is one rule applied to one person. The causes of a person make two
obligations, a contact and a meeting in person, which run beside each other:
somebody phoned last week may still be due at the door.

How a cause is dated:

- an interval rule is due on the last counted contact + the interval, and
  opens on that day;
- a calendar rule opens on the first day of the period, unless a counted
  contact lies in it (then the next period's first day), and is due on the
  period's last;
- meetings in person run like an interval on the counted meetings. Whoever was
  reached but never met is due so many days after the earlier of the tag's
  start and the first contact;
- whoever was never reached is due now; by when is counted from the tag's
  start where that is known, but not from before the record of visits begins;
- an event is due within its hours (whole days, rounded up); a second contact
  opens three days before it is due.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from operator import attrgetter
from typing import Protocol

from fieldmap.conditions import Facts, age_on, facts_of
from fieldmap.models import Client, Event, Exclusion, Outcome, Snapshot, Tag, Visit
from fieldmap.periods import Period
from fieldmap.rules import Match, Rule, RuleSet

__all__ = [
    "Casebook",
    "Cause",
    "Obligation",
    "Reading",
    "contact_cause",
    "event_causes",
    "in_force",
    "in_person_cause",
    "rolling_overdue_days",
]

_AGAIN_OPENS_DAYS = 3
_LONGEST_WAIT_DAYS = 366
_SEEN = Outcome.SEEN


class _Dated(Protocol):
    @property
    def valid_from(self) -> date: ...
    @property
    def valid_to(self) -> date | None: ...


def in_force(fact: _Dated, day: date) -> bool:
    """Return whether a dated fact is true on a day; ``valid_to`` is its last day."""
    return fact.valid_from <= day and (fact.valid_to is None or day <= fact.valid_to)


@dataclass(frozen=True, slots=True)
class Cause:
    """One rule applied to one person.

    Attributes
    ----------
    tags
        The person's tags that make the rule apply.
    opens, deadline
        The first day on which a contact fulfils it, and the last.
    in_person
        Only a meeting fulfils it.
    """

    rule: Rule
    tags: tuple[str, ...]
    opens: date
    deadline: date
    in_person: bool = False


@dataclass(frozen=True, slots=True)
class Obligation:
    """All causes of one kind, the earliest deadline first."""

    causes: tuple[Cause, ...]

    @property
    def opens(self) -> date:
        """Return the first day on which a contact fulfils one of the causes."""
        return min(cause.opens for cause in self.causes)

    @property
    def deadline(self) -> date:
        """Return the earliest deadline: the shortest interval wins."""
        return self.causes[0].deadline

    def overdue_days(self, today: date) -> int:
        """Return the days since the deadline, 0 before it."""
        return max(0, (today - self.deadline).days)

    @classmethod
    def of(cls, causes: Iterable[Cause]) -> Obligation | None:
        """Return the obligation that some causes make, None without any."""
        found = tuple(sorted(causes, key=lambda c: (c.deadline, c.opens, c.rule.gap_days, c.rule.id)))
        return cls(found) if found else None


@dataclass(frozen=True, slots=True, eq=False)
class Reading:
    """What the rules make of all the people of whom the same is known.

    Attributes
    ----------
    tags
        Names of the tags in force.
    matches
        The standing rules that apply, shortest gap first.
    """

    tags: tuple[str, ...]
    matches: tuple[Match, ...]


class Casebook:
    """A snapshot indexed by person, with the rules read over it.

    Built once, in one pass over each table; a rule is tried once for all
    people of whom the same is known. It may be kept as long as the snapshot
    and read for any number of days and periods.

    Parameters
    ----------
    snapshot
        The county file's facts.
    rules
        The rules in force.

    Attributes
    ----------
    bits
        Id of a standing rule → a number with one bit set.
    counting
        Channel and roles of a contact → the rules that count it, as bits;
        nothing else about a contact decides it.
    """

    def __init__(self, snapshot: Snapshot, rules: RuleSet) -> None:
        self.snapshot = snapshot
        self.rules = rules
        self._ages = sorted({age for rule in rules.rules if rule.when for age in rule.when.ages})
        self._matches: dict[tuple[object, ...], tuple[Match, ...]] = {}
        self._readings: dict[tuple[object, ...], Reading] = {}
        self._tags: defaultdict[str, list[Tag]] = defaultdict(list)
        self._contacts: defaultdict[str, list[Visit]] = defaultdict(list)
        self._exclusions: defaultdict[str, list[Exclusion]] = defaultdict(list)
        self._events: defaultdict[str, list[Event]] = defaultdict(list)
        for tag in snapshot.tags:
            self._tags[tag.client_id].append(tag)
        contacts = [visit for visit in snapshot.visits if visit.outcome is _SEEN]
        contacts.sort(key=attrgetter("day"))
        for visit in contacts:
            for client_id in visit.client_ids:
                self._contacts[client_id].append(visit)
        standing = [rule for rule in rules.rules if not rule.on]
        self.bits = {rule.id: 1 << number for number, rule in enumerate(standing)}
        self.counting = {
            kind: sum(self.bits[rule.id] for rule in standing if rule.counts(contact))
            for kind, contact in {(v.channel, v.actor_roles): v for v in contacts}.items()
        }
        # a ledger's "last contact" names no visitor and reaches back before the record
        self._record_begins = min((v.day for v in snapshot.visits if v.actor_ids), default=date.min)
        for exclusion in snapshot.exclusions:
            self._exclusions[exclusion.client_id].append(exclusion)
        for event in snapshot.events:
            self._events[event.client_id].append(event)

    def tags(self, client_id: str, day: date) -> list[Tag]:
        """Return the tags in force on a day."""
        return [tag for tag in self._tags.get(client_id, ()) if in_force(tag, day)]

    def facts(self, client: Client, day: date) -> Facts:
        """Return what a condition can ask about a person on a day."""
        values: dict[str, tuple[str, ...]] = {}
        listed = False
        for tag in self.tags(client.id, day):
            values[tag.name] = (*values.get(tag.name, ()), tag.value)
            listed = listed or _of_elders(tag.ledger)
        return facts_of(client.birth_date, values, listed, day)

    def reading(self, client: Client, day: date) -> Reading:
        """Return what the rules make of a person on a day, tried once for all who are alike."""
        held = [
            (tag.name, tag.value, tag.ledger)
            for tag in self._tags.get(client.id, ())
            if tag.valid_from <= day and (tag.valid_to is None or day <= tag.valid_to)
        ]
        key = (self._age_class(age_on(client.birth_date, day)), *held)
        found = self._readings.get(key)
        if found is None:
            facts = self.facts(client, day)
            found = self._readings[key] = Reading(tuple(facts.tags), self.matches(facts))
        return found

    def _age_class(self, age: int | None) -> int:
        """Return the same number for ages that are the same to every rule."""
        return -1 if age is None else bisect_left(self._ages, age) + bisect_right(self._ages, age)

    def matches(self, facts: Facts) -> tuple[Match, ...]:
        """Return the standing rules that apply to a person, shortest gap first."""
        key = (self._age_class(facts.age), facts.listed, *facts.tags.items())
        if key not in self._matches:
            self._matches[key] = self.rules.matching(facts)
        return self._matches[key]

    def contacts(self, client_id: str, until: date) -> Sequence[Visit]:
        """Return the visits up to a day at which the person was reached, by day."""
        found = self._contacts.get(client_id, ())
        if not found or found[-1].day <= until:
            return found
        return [visit for visit in found if visit.day <= until]

    def exclusion(self, client_id: str, day: date) -> Exclusion | None:
        """Return the exclusion in force on a day, the latest where there are several."""
        if client_id not in self._exclusions:
            return None
        found = [e for e in self._exclusions[client_id] if in_force(e, day)]
        return max(found, key=lambda e: (e.valid_from, e.id), default=None)

    def events(self, client_id: str, until: date) -> list[Event]:
        """Return what happened to a person up to a day."""
        return [event for event in self._events.get(client_id, ()) if event.day <= until]

    def since(self, client: Client, tags: Sequence[str], day: date) -> date | None:
        """Return from when somebody is known to wait, None where that is not recorded.

        That is the first day of any of the tags (or on the ledger at all), but
        not before the record of visits begins, nor more than a year back:
        nobody knows who was seen before somebody wrote it down.
        """
        begun = [tag.valid_from for tag in self.tags(client.id, day) if tag.name in tags or not tags]
        first = min(begun, default=date.min)
        first = first if first != date.min else client.valid_from
        if first == date.min:
            return None
        return max(first, self._record_begins, day - timedelta(days=_LONGEST_WAIT_DAYS))

    def causes(self, client: Client, facts: Facts, today: date) -> list[Cause]:
        """Return everything that rules and events ask for a person."""
        contacts = self.contacts(client.id, today)
        found: list[Cause] = []
        for match in self.matches(facts):
            since = self.since(client, match.tags, today)
            found.append(contact_cause(match, contacts, since, today))
            meeting = in_person_cause(match, contacts, since, today)
            found.extend([meeting] if meeting else [])
        for event in self.events(client.id, today):
            for match in self.rules.on_event(event.kind, facts):
                found.extend(event_causes(match, event, contacts))
        return found


def _of_elders(ledger: str) -> bool:
    return ledger == "elder" or "老年" in ledger


def contact_cause(match: Match, contacts: Sequence[Visit], since: date | None, today: date) -> Cause:
    """Return what a standing rule asks by way of contact.

    Parameters
    ----------
    contacts
        Visits up to today at which the person was reached, by day.
    since
        From when the rule is known to apply; None where that is not recorded.
    """
    rule = match.rule
    last = next((v.day for v in reversed(contacts) if rule.counts(v)), None)
    if rule.interval_days:
        opens, deadline = _after(last, since, rule.interval_days, today)
    else:
        opens, deadline = _in_calendar(rule, last, since, today)
    return Cause(rule, match.tags, opens, deadline, in_person=rule.in_person_only)


def _after(last: date | None, since: date | None, days: int, today: date) -> tuple[date, date]:
    if last is not None:
        due = last + timedelta(days=days)
        return due, due
    return (since, since + timedelta(days=days)) if since else (today, today)


def _in_calendar(rule: Rule, last: date | None, since: date | None, today: date) -> tuple[date, date]:
    assert rule.calendar is not None, rule.id
    period = Period.of(rule.calendar, today)
    if last is not None and last in period:
        period = Period.of(rule.calendar, period.next_start)
        return period.start, period.end
    return max(period.start, since or period.start), period.end


def in_person_cause(match: Match, contacts: Sequence[Visit], since: date | None, today: date) -> Cause | None:
    """Return what a standing rule asks by way of meetings, None where it asks for none."""
    rule = match.rule
    if not rule.in_person_days:
        return None
    counted = [v for v in contacts if rule.counts(v)]
    met = next((v.day for v in reversed(counted) if v.in_person), None)
    if met is None and counted:
        met = min(counted[0].day, since or counted[0].day)
    opens, deadline = _after(met, since, rule.in_person_days, today)
    return Cause(rule, match.tags, opens, deadline, in_person=True)


def event_causes(match: Match, event: Event, contacts: Sequence[Visit]) -> list[Cause]:
    """Return what an event still asks for: the first contact, then the second."""
    rule = match.rule
    days = [v.day for v in contacts if rule.counts(v)]
    first = event.day + timedelta(days=-(-rule.within_hours // 24))
    found: list[tuple[date, date]] = []
    if not any(day >= event.day for day in days):
        found.append((event.day, first))
    if rule.again_days:
        second = event.day + timedelta(days=rule.again_days)
        opens = max(first + timedelta(days=1), second - timedelta(days=_AGAIN_OPENS_DAYS))
        if not any(day >= opens for day in days):
            found.append((opens, second))
    return [Cause(rule, match.tags, opens, deadline, rule.in_person_only) for opens, deadline in found]


def rolling_overdue_days(matches: Iterable[Match], contacts: Sequence[Visit], today: date) -> int:
    """Return by how many days the rolling gap of any rule is exceeded.

    The rolling gap is the interval of a rule, or the longest such calendar
    period (31, 92, 366 days), counted from the last contact that the rule
    counts; the worst rule is taken. Whoever no contact counts for gives 0
    here: never contacted is a measure of its own.
    """
    worst = 0
    for match in matches:
        last = next((v.day for v in reversed(contacts) if match.rule.counts(v)), None)
        if last is not None:
            worst = max(worst, (today - last).days - match.rule.gap_days)
    return worst
