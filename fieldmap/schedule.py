"""Who is due today, and why: rules and past visits → due contacts.

Two obligations run beside each other for each person: to be contacted, and to
be met. The person's reason is one sentence with the rules and tags; the
public reason, for a volunteer or a slip of paper, has dates only: of past
contacts, and the end of the month by which one is due, so that no restricted
class can be read out of an interval.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date

from fieldmap.conditions import Facts
from fieldmap.models import Channel, Client, Exclusion, Role, Sex, Snapshot
from fieldmap.obligations import Casebook, Cause, Obligation, rolling_overdue_days
from fieldmap.periods import Period
from fieldmap.rules import RuleSet
from fieldmap.standards.labels import tag_label
from fieldmap.standards.tags import is_restricted

__all__ = ["Due", "Excluded", "Schedule", "due", "schedule", "to_visit"]

_ALONE = "独居"
_MENTAL = "精神障碍"
_MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")


@dataclass(frozen=True, slots=True)
class Due:
    """One person's due contact and due meeting, as of ``today``.

    Attributes
    ----------
    contact
        To be reached, by whatever the rules count; None where every cause is
        a meeting asked for by an interval of its own.
    in_person
        To be met; None where no rule asks for it.
    channels, roles
        What fulfils all that is open today, or all that opens next; no roles
        is anybody.
    pair_required
        Two visitors: a rule says so, or it is a child, or a person of a
        restricted class, or somebody living alone whose sex is not known.
    companion
        A visitor of this sex must be there, or a pair (somebody living
        alone); None where anybody may go.
    mandatory
        Something is open today that a plan may not leave out.
    restricted
        The reason tells of a restricted class: show the public one.
    risk
        Weight of the heaviest rule.
    rolling_overdue_days
        By how many days a rolling gap is exceeded, whatever the calendar says.
    never_overdue_days
        For somebody never reached: days since the first contact should have
        been, or one whole interval where the start is not known. A weight
        for the planner, not a measure.
    """

    client_id: str
    household_id: str
    today: date
    contact: Obligation | None
    in_person: Obligation | None
    channels: tuple[Channel, ...]
    roles: tuple[Role, ...]
    pair_required: bool
    companion: Sex | None
    mandatory: bool
    restricted: bool
    risk: int
    last_contact: date | None
    last_in_person: date | None
    rolling_overdue_days: int = 0
    never_overdue_days: int = 0

    @property
    def causes(self) -> tuple[Cause, ...]:
        """Return every cause, the earliest deadline first, a contact before a meeting."""
        parts = (self.contact, self.in_person)
        found = {cause: None for part in parts if part is not None for cause in part.causes}
        return tuple(sorted(found, key=lambda c: (c.deadline, c.in_person)))

    @property
    def rule_ids(self) -> tuple[str, ...]:
        """Return the rules that apply, in the order of their deadlines."""
        return tuple(dict.fromkeys(cause.rule.id for cause in self.causes))

    @property
    def tags(self) -> tuple[str, ...]:
        """Return the tags that make the rules apply."""
        return tuple(dict.fromkeys(tag for cause in self.causes for tag in cause.tags))

    @property
    def opens(self) -> date:
        """Return the first day on which a visit fulfils something."""
        return min(part.opens for part in (self.contact, self.in_person) if part is not None)

    @property
    def deadline(self) -> date:
        """Return the earliest deadline of contact and meeting."""
        return min(part.deadline for part in (self.contact, self.in_person) if part is not None)

    @property
    def open(self) -> bool:
        """Return True where a visit today fulfils something."""
        return self.opens <= self.today

    @property
    def overdue_days(self) -> int:
        """Return the days since the contact was due, 0 before its deadline."""
        return self.contact.overdue_days(self.today) if self.contact else 0

    @property
    def in_person_overdue_days(self) -> int:
        """Return the days since the meeting was due, 0 before its deadline."""
        return self.in_person.overdue_days(self.today) if self.in_person else 0

    @property
    def in_person_required(self) -> bool:
        """Return True where a phone call today would not do."""
        return self.in_person is not None and self.in_person.opens <= self.today

    @property
    def phone_will_do(self) -> bool:
        """Return True where a phone call fulfils all that is open."""
        return Channel.PHONE in self.channels and not self.in_person_required

    @property
    def never_contacted(self) -> bool:
        """Return True where nobody ever reached the person."""
        return self.last_contact is None

    @property
    def urgency(self) -> int:
        """Return overdue days × risk; the worst of the ways to be overdue counts."""
        overdue = (
            self.overdue_days,
            self.in_person_overdue_days,
            self.rolling_overdue_days,
            self.never_overdue_days,
        )
        return max(overdue) * self.risk

    def reason(self, lang: str = "zh-CN") -> str:
        """Return why today in one sentence, with rule and tags."""
        return _reason_en(self) if lang == "en" else _reason_zh(self)

    @property
    def public_deadline(self) -> date | None:
        """Return by when, as paper and a volunteer may read it; None where nothing is open today.

        The end of a month, for everybody, and of this month where it is overdue:
        no interval can be read out of it. Causes that tell of a restricted class
        do not move it, so that the date is one of somebody seen every month.
        """
        if not self.open:
            return None
        told = (c.deadline for c in self.causes if c.opens <= self.today and not _restricted(c))
        return Period.month(max(self.today, min(told, default=self.today))).end

    def public_reason(self, lang: str = "zh-CN") -> str:
        """Return a reason of dates only: last seen, last reached since then, due by."""
        return _public_en(self) if lang == "en" else _public_zh(self)


@dataclass(frozen=True, slots=True)
class Excluded:
    """A person under a rule whom a dated reason takes out today."""

    client_id: str
    household_id: str
    exclusion: Exclusion


@dataclass(frozen=True, slots=True)
class Schedule:
    """Everybody on the ledgers, in one of three lists."""

    today: date
    due: tuple[Due, ...]
    excluded: tuple[Excluded, ...]
    without_rule: tuple[str, ...]


def schedule(snapshot: Snapshot, rules: RuleSet, today: date) -> Schedule:
    """Date the next contact of everybody on the ledgers.

    Returns
    -------
    Schedule
        ``due``: a person under a rule, most urgent first, whether or not the
        contact is open today (see :func:`to_visit`); ``excluded``: under a
        rule, with an exclusion in force today; ``without_rule``: ids of the
        others. A person with an event alone is due.
    """
    casebook = Casebook(snapshot, rules)
    found: list[Due] = []
    excluded: list[Excluded] = []
    without: list[str] = []
    for client in snapshot.clients.values():
        if not (client.valid_from <= today and (client.valid_to is None or today <= client.valid_to)):
            continue
        facts = casebook.facts(client, today)
        causes = casebook.causes(client, facts, today)
        exclusion = casebook.exclusion(client.id, today)
        if not causes:
            without.append(client.id)
        elif exclusion is not None:
            excluded.append(Excluded(client.id, client.household_id, exclusion))
        else:
            found.append(_due(casebook, client, facts, causes, today))
    found.sort(key=lambda d: (-d.urgency, d.deadline, d.client_id))
    return Schedule(today, tuple(found), tuple(excluded), tuple(without))


def due(snapshot: Snapshot, rules: RuleSet, today: date) -> list[Due]:
    """Return each person's due contact, most urgent first; see :func:`schedule`."""
    return list(schedule(snapshot, rules, today).due)


def to_visit(dues: Iterable[Due]) -> list[Due]:
    """Return those for whom something is open today."""
    return [item for item in dues if item.open]


def _due(casebook: Casebook, client: Client, facts: Facts, causes: list[Cause], today: date) -> Due:
    contacts = casebook.contacts(client.id, today)
    first = max(today, min(cause.opens for cause in causes))
    pressing = [cause for cause in causes if cause.opens <= first]
    meeting_only = [c for c in causes if c.in_person and not c.rule.in_person_only]
    alone = facts.has(_ALONE) or facts.has(_MENTAL)
    return Due(
        client_id=client.id,
        household_id=client.household_id,
        today=today,
        contact=Obligation.of(c for c in causes if c not in meeting_only),
        in_person=Obligation.of(c for c in causes if c.in_person),
        channels=_channels(pressing),
        roles=_roles(pressing),
        pair_required=_pair(client, facts, causes),
        companion=client.sex if alone and client.sex is not Sex.UNKNOWN else None,
        mandatory=any(cause.rule.mandatory and cause.opens <= today for cause in causes),
        restricted=any(map(_restricted, causes)),
        risk=max(cause.rule.risk for cause in causes),
        last_contact=contacts[-1].day if contacts else None,
        last_in_person=next((v.day for v in reversed(contacts) if v.in_person), None),
        rolling_overdue_days=rolling_overdue_days(casebook.matches(facts), contacts, today),
        never_overdue_days=0 if contacts else _never(causes, today),
    )


def _restricted(cause: Cause) -> bool:
    """Return whether it tells of a restricted class that the rule applies."""
    return cause.rule.restricted or any(map(is_restricted, cause.tags))


def _channels(causes: list[Cause]) -> tuple[Channel, ...]:
    """Return the channels that fulfil all causes; a meeting fulfils any."""
    allowed = [{Channel.DOOR} if cause.in_person else set(cause.rule.channels) for cause in causes]
    common = set.intersection(*allowed)
    return tuple(channel for channel in Channel if channel in common) or (Channel.DOOR,)


def _roles(causes: list[Cause]) -> tuple[Role, ...]:
    """Return the roles whose contact counts for all causes, else for the most pressing one."""
    named = [set(c.rule.roles) for c in sorted(causes, key=lambda c: c.deadline) if c.rule.roles]
    if not named:
        return ()
    common = set.intersection(*named) or named[0]
    return tuple(role for role in Role if role in common)


def _pair(client: Client, facts: Facts, causes: list[Cause]) -> bool:
    unknown_alone = facts.has(_ALONE) and client.sex is Sex.UNKNOWN
    return facts.child or facts.has(_MENTAL) or unknown_alone or any(c.rule.pair for c in causes)


def _never(causes: list[Cause], today: date) -> int:
    """Return how long somebody has been waiting for a first contact, as a weight in days."""
    late = max((today - cause.deadline).days for cause in causes)
    gaps = [cause.rule.gap_days for cause in causes if cause.rule.gap_days]
    return max(late, min(gaps, default=1))


def _public_zh(item: Due) -> str:
    seen, reached, by = item.last_in_person, _reached_since(item), item.public_deadline
    parts = [f"上次见到 {_day_zh(seen, item.today)}" if seen else "从未见到"]
    parts += [f"上次联系 {_day_zh(reached, item.today)}"] if reached else []
    parts += [f"{_day_zh(by, item.today)}前应访"] if by else []
    return f"{','.join(parts)}。"


def _public_en(item: Due) -> str:
    seen, reached, by = item.last_in_person, _reached_since(item), item.public_deadline
    parts = [f"Last seen {_day_en(seen, item.today)}" if seen else "Never seen"]
    parts += [f"last reached {_day_en(reached, item.today)}"] if reached else []
    parts += [f"due by {_day_en(by, item.today)}"] if by else []
    return f"{', '.join(parts)}."


def _reached_since(item: Due) -> date | None:
    """Return the last contact where the person was not met at it."""
    return item.last_contact if item.last_contact != item.last_in_person else None


def _day_zh(day: date, today: date) -> str:
    year = f"{day.year} 年 " if day.year != today.year else ""
    return f"{year}{day.month} 月 {day.day} 日"


def _day_en(day: date, today: date) -> str:
    year = f" {day.year}" if day.year != today.year else ""
    return f"{day.day} {_MONTHS[day.month - 1]}{year}"


def _reason_zh(item: Due) -> str:
    parts: list[str] = []
    for label, duty, last in (
        ("联系", item.contact, item.last_contact),
        ("上门", item.in_person, item.last_in_person),
    ):
        if duty is None:
            continue
        late = duty.overdue_days(item.today)
        state = f"已超期 {late} 天" if late else f"应在 {duty.opens} 至 {duty.deadline} 之间"
        state = f"应在 {duty.deadline} 前,{state}" if late else state
        if not late and duty.opens == duty.deadline:
            state = f"应在 {duty.deadline}"
        parts.append(f"{label}:上次 {last},{state}" if last else f"{label}:从未,{state}")
    cause = item.causes[0]
    tags = f"({'、'.join(item.tags)})" if item.tags else ""
    return f"{cause.rule.zh}{tags},{_rhythm_zh(cause)};{';'.join(parts)}。"


def _rhythm_zh(cause: Cause) -> str:
    rule = cause.rule
    if rule.on:
        return f"{rule.within_hours} 小时内到位"
    if cause.in_person and rule.in_person_days:
        return f"每 {rule.in_person_days} 天至少上门一次"
    if rule.interval_days:
        return f"每 {rule.interval_days} 天至少一次"
    return {"month": "每月至少一次", "quarter": "每季至少一次"}.get(rule.calendar or "", "每年至少一次")


def _reason_en(item: Due) -> str:
    parts: list[str] = []
    for label, duty, last in (
        ("contact", item.contact, item.last_contact),
        ("visit in person", item.in_person, item.last_in_person),
    ):
        if duty is None:
            continue
        late = duty.overdue_days(item.today)
        state = f"between {duty.opens} and {duty.deadline}"
        if late:
            state = f"by {duty.deadline}, {late} day{'s' * (late > 1)} overdue"
        elif duty.opens == duty.deadline:
            state = f"on {duty.deadline}"
        parts.append(f"{label}: last {last or 'never'}, due {state}")
    cause = item.causes[0]
    group = cause.rule.en[:1].upper() + cause.rule.en[1:]
    group += f" ({', '.join(tag_label(tag, lang='en') for tag in item.tags)})" if item.tags else ""
    return f"{group}, {_rhythm_en(cause)}; {'; '.join(parts)}."


def _rhythm_en(cause: Cause) -> str:
    rule = cause.rule
    if rule.on:
        return f"within {rule.within_hours} hours"
    if cause.in_person and rule.in_person_days:
        return f"in person at least every {rule.in_person_days} days"
    if rule.interval_days:
        return f"at least every {rule.interval_days} days"
    return f"at least once a {rule.calendar}"
