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
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from functools import cached_property
from operator import attrgetter
from typing import Protocol

from fieldmap.conditions import Facts, age_on, facts_of
from fieldmap.contacts import Contacts
from fieldmap.models import Client, Event, Exclusion, Snapshot, Tag, Visit
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


@dataclass(frozen=True, slots=True)
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


type _Held = tuple[str, str, str]
"""Name, value and ledger of a tag."""


class Casebook:
    """A snapshot indexed by person, with the rules read over it.

    Every index is made when it is first asked for, in one pass over its table;
    a rule is tried once for all people of whom the same is known. It may be
    kept as long as the snapshot and read for any number of days and periods.

    Parameters
    ----------
    snapshot
        The county file's facts.
    rules
        The rules in force.
    """

    def __init__(self, snapshot: Snapshot, rules: RuleSet) -> None:
        self.snapshot = snapshot
        self.rules = rules
        self._ages = sorted({age for rule in rules.rules if rule.when for age in rule.when.ages})
        self._matches: dict[tuple[object, ...], tuple[Match, ...]] = {}

    @cached_property
    def standing(self) -> tuple[Rule, ...]:
        """Return the rules that are not of an event."""
        return tuple(rule for rule in self.rules.rules if not rule.on)

    @cached_property
    def reached(self) -> Contacts:
        """Return every contact of every person as arrays."""
        return Contacts.of(self.snapshot, self.standing)

    @cached_property
    def _tags(self) -> Mapping[str, list[Tag]]:
        found: defaultdict[str, list[Tag]] = defaultdict(list)
        for tag in self.snapshot.tags:
            found[tag.client_id].append(tag)
        return found

    @cached_property
    def _contacts(self) -> Mapping[str, list[Visit]]:
        found: defaultdict[str, list[Visit]] = defaultdict(list)
        for visit in sorted(self.snapshot.visits, key=attrgetter("day")):
            if visit.contact:
                for client_id in visit.client_ids:
                    found[client_id].append(visit)
        return found

    @cached_property
    def _exclusions(self) -> Mapping[str, list[Exclusion]]:
        found: defaultdict[str, list[Exclusion]] = defaultdict(list)
        for exclusion in self.snapshot.exclusions:
            found[exclusion.client_id].append(exclusion)
        return found

    @cached_property
    def _events(self) -> Mapping[str, list[Event]]:
        found: defaultdict[str, list[Event]] = defaultdict(list)
        for event in self.snapshot.events:
            found[event.client_id].append(event)
        return found

    @cached_property
    def _record_begins(self) -> date:
        # a ledger's "last contact" names no visitor and reaches back before the record
        return min((v.day for v in self.snapshot.visits if v.actor_ids), default=date.min)

    def tags(self, client_id: str, day: date) -> list[Tag]:
        """Return the tags in force on a day."""
        return [tag for tag in self._tags.get(client_id, ()) if in_force(tag, day)]

    def facts(self, client: Client, day: date) -> Facts:
        """Return what a condition can ask about a person on a day."""
        held = [(tag.name, tag.value, tag.ledger) for tag in self.tags(client.id, day)]
        return _facts(client.birth_date, held, day)

    def readings(self, as_of: date) -> tuple[Reading, ...]:
        """Return what the rules make of everybody, in the snapshot's order.

        Parameters
        ----------
        as_of
            The day; for who left the ledger before it, the last day on it.
        """
        clients = self.snapshot.clients.values()
        gone = {c.id: c.valid_to for c in clients if c.valid_to is not None and c.valid_to < as_of}
        held: dict[str, tuple[_Held, ...]] = {}
        for tag in self.snapshot.tags:
            day = gone.get(tag.client_id, as_of)
            if tag.valid_from <= day and (tag.valid_to is None or day <= tag.valid_to):
                held[tag.client_id] = (*held.get(tag.client_id, ()), (tag.name, tag.value, tag.ledger))
        known: dict[tuple[object, ...], Reading] = {}
        found: list[Reading] = []
        for client in clients:
            day, mine = gone.get(client.id, as_of), held.get(client.id, ())
            key = (self._age_class(age_on(client.birth_date, day)), mine)
            if key not in known:
                facts = _facts(client.birth_date, mine, day)
                known[key] = Reading(tuple(facts.tags), self.matches(facts))
            found.append(known[key])
        return tuple(found)

    def matches(self, facts: Facts) -> tuple[Match, ...]:
        """Return the standing rules that apply to a person, shortest gap first."""
        key = (self._age_class(facts.age), facts.listed, *facts.tags.items())
        if key not in self._matches:
            self._matches[key] = self.rules.matching(facts)
        return self._matches[key]

    def _age_class(self, age: int | None) -> int:
        """Return the same number for ages that are the same to every rule."""
        return -1 if age is None else bisect_left(self._ages, age) + bisect_right(self._ages, age)

    def contacts(self, client_id: str, until: date) -> list[Visit]:
        """Return the visits up to a day at which the person was reached."""
        return [visit for visit in self._contacts.get(client_id, ()) if visit.day <= until]

    def exclusion(self, client_id: str, day: date) -> Exclusion | None:
        """Return the exclusion in force on a day, the latest where there are several."""
        found = [e for e in self._exclusions.get(client_id, ()) if in_force(e, day)]
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


def _facts(birth_date: date | None, held: Iterable[_Held], day: date) -> Facts:
    values: dict[str, tuple[str, ...]] = {}
    listed = False
    for name, value, ledger in held:
        values[name] = (*values.get(name, ()), value)
        listed = listed or _of_elders(ledger)
    return facts_of(birth_date, values, listed, day)


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
