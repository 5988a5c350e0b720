"""Visit rules: who is to be contacted how often, by whom and through which channel.

The default set is data with its sources (``standards/rules.toml``); a county
overrides fields of a rule, switches rules off, or adds its own. A standing
rule asks for a contact in every calendar period or after so many days; an
event rule asks for one within so many hours after something happened. Where
several rules apply the shortest interval wins and all causes are kept.
"""

from __future__ import annotations

import tomllib
from collections.abc import Collection, Iterable, Mapping
from dataclasses import MISSING, dataclass, fields
from enum import StrEnum
from functools import cache
from importlib import resources
from typing import Any

from fieldmap.conditions import Condition, Facts
from fieldmap.errors import InputError, Issue
from fieldmap.models import Channel, Role, Visit
from fieldmap.periods import Calendar
from fieldmap.standards.tags import TAGS

__all__ = ["Match", "Preset", "Rule", "RuleSet", "load"]

_ANY_CHANNEL = tuple(Channel)


class Preset(StrEnum):
    """Which rules are taken: ``strict`` adds to the default ones."""

    DEFAULT = "default"
    STRICT = "strict"
    OFF = "off"


@dataclass(frozen=True, slots=True)
class Rule:
    """One rule, standing (``when``) or of an event (``on``).

    Attributes
    ----------
    zh, en
        The group the rule is for, as a person reads it.
    when
        Whom it is for; an event rule without one is for everybody.
    calendar
        At least one contact in every such period.
    interval_days
        The longest gap between two contacts, in days.
    in_person_days
        The longest gap between two meetings in person, in days.
    channels, roles
        Whose contact counts, and through what; no roles is all of them.
    pair
        Two visitors are needed.
    mandatory
        Once it is open the planner may not leave it out.
    restricted
        That the rule applies tells of a restricted class: its name, tags and
        interval are not for everybody.
    risk
        Weight of a day overdue.
    on, within_hours, again_days
        Kind of the event; hours until the first contact; days after the
        event until a second one, 0 for none.
    review_days, window, festivals, joint
        Stored and shown; not computed yet.
    source, certainty
        Where it comes from and how sure that is.
    """

    id: str
    zh: str
    en: str
    when: Condition | None = None
    calendar: Calendar | None = None
    interval_days: int = 0
    in_person_days: int = 0
    channels: tuple[Channel, ...] = _ANY_CHANNEL
    roles: tuple[Role, ...] = ()
    pair: bool = False
    mandatory: bool = False
    restricted: bool = False
    risk: int = 1
    on: str = ""
    within_hours: int = 0
    again_days: int = 0
    review_days: int = 0
    window: str = ""
    festivals: tuple[str, ...] = ()
    joint: tuple[str, ...] = ()
    preset: Preset = Preset.DEFAULT
    source: str = ""
    certainty: str = ""

    @property
    def gap_days(self) -> int:
        """Return the rolling gap in days: the interval, or the longest such calendar period."""
        return self.interval_days or (self.calendar.gap_days if self.calendar else 0)

    @property
    def in_person_only(self) -> bool:
        """Return True where only a meeting counts."""
        return self.channels == (Channel.DOOR,)

    def counts(self, visit: Visit) -> bool:
        """Return whether a visit is a contact in the sense of this rule.

        An attempt is none. A contact whose visitor is not recorded (taken
        over from a ledger's "last contact") counts for every role.
        """
        if not visit.contact or visit.channel not in self.channels:
            return False
        return not (self.roles and visit.actor_roles) or not set(self.roles).isdisjoint(visit.actor_roles)

    def name(self, lang: str) -> str:
        """Return the group in a language, ``zh-CN`` or ``en``."""
        return self.en if lang == "en" else self.zh


@dataclass(frozen=True, slots=True)
class Match:
    """A rule that applies to a person, and the tags that make it apply."""

    rule: Rule
    tags: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class RuleSet:
    """The rules in force in a county, in their order."""

    rules: tuple[Rule, ...]

    def __getitem__(self, rule_id: str) -> Rule:
        return {rule.id: rule for rule in self.rules}[rule_id]

    def matching(self, facts: Facts) -> tuple[Match, ...]:
        """Return the standing rules that apply to a person, shortest gap first."""
        found = [
            Match(rule, rule.when.because(facts))
            for rule in self.rules
            if not rule.on and rule.when is not None and rule.when(facts)
        ]
        return tuple(sorted(found, key=lambda match: match.rule.gap_days))

    def on_event(self, kind: str, facts: Facts) -> tuple[Match, ...]:
        """Return the event rules that fire for a person."""
        return tuple(
            Match(rule, rule.when.because(facts) if rule.when else ())
            for rule in self.rules
            if rule.on == kind and (rule.when is None or rule.when(facts))
        )


def load(
    county_overrides: Mapping[str, Any] | None = None,
    *,
    preset: Preset = Preset.DEFAULT,
    vocabulary: Collection[str] | None = None,
) -> RuleSet:
    """Return the default rules as changed by a county.

    Parameters
    ----------
    county_overrides
        As read from a TOML file of the same form: ``{"rule": [{"id": "E1",
        "interval_days": 10}, {"id": "C4", "preset": "off"}, …]}``. A known id
        changes the fields named; a new id is a rule of the county's own.
    preset
        ``default``, or ``strict`` for the strict rules besides.
    vocabulary
        Tag names a condition may use; None is the standard vocabulary.

    Raises
    ------
    InputError
        ``rules.invalid``, with every mistake, one a line.

    Examples
    --------
    >>> load({"rule": [{"id": "E1", "interval_days": 10}]})["E1"].interval_days
    10
    """
    issues: list[Issue] = []
    vocabulary = TAGS.keys() if vocabulary is None else vocabulary
    merged = _merge(_defaults(), _tables(county_overrides or {}, issues), issues)
    rules = [r for table in merged.values() if (r := _rule(table, issues, vocabulary)) is not None]
    if issues:
        raise InputError("rules.invalid", "\n" + "\n".join(str(i) for i in issues), count=len(issues))
    wanted = {Preset.DEFAULT, Preset(preset)} - {Preset.OFF}
    return RuleSet(tuple(rule for rule in rules if rule.preset in wanted))


@cache
def _defaults() -> tuple[Mapping[str, Any], ...]:
    text = (resources.files("fieldmap") / "standards" / "rules.toml").read_text(encoding="utf-8")
    return tuple(tomllib.loads(text)["rule"])


def _tables(overrides: Mapping[str, Any], issues: list[Issue]) -> list[Mapping[str, Any]]:
    for key in overrides.keys() - {"rule"}:
        issues.append(_issue("rule.field", key, rule="", field=key, allowed="[[rule]]"))
    tables = overrides.get("rule", [])
    if isinstance(tables, list) and all(isinstance(t, Mapping) for t in tables):
        return tables
    issues.append(_issue("rule.field", tables, rule="", field="rule", allowed="[[rule]]"))
    return []


def _merge(
    defaults: Iterable[Mapping[str, Any]], changes: Iterable[Mapping[str, Any]], issues: list[Issue]
) -> dict[str, dict[str, Any]]:
    merged = {table["id"]: dict(table) for table in defaults}
    seen: set[str] = set()
    for table in changes:
        rule_id = table.get("id")
        if not isinstance(rule_id, str) or not rule_id:
            issues.append(_issue("rule.missing", "", rule="?", field="id", allowed='id = "…"'))
        elif rule_id in seen:
            issues.append(_issue("rule.twice", rule_id, rule=rule_id, field="id"))
        else:
            seen.add(rule_id)
            # a county that counts by the calendar no longer counts by days, and the other way round
            other = {"calendar": "interval_days", "interval_days": "calendar"}
            dropped = {other[name] for name in table if name in other}
            kept = {name: value for name, value in merged.get(rule_id, {}).items() if name not in dropped}
            merged[rule_id] = {**kept, **table}
    return merged


def _issue(code: str, value: object, *, rule: str, field: str, **details: object) -> Issue:
    return Issue(0, f"{rule}.{field}", str(value), code, details={"rule": rule, "field": field, **details})


_KNOWN = {f.name: f for f in fields(Rule)}
_CHOICES: dict[str, type[StrEnum]] = {
    "calendar": Calendar,
    "channels": Channel,
    "roles": Role,
    "preset": Preset,
}


def _rule(table: Mapping[str, Any], issues: list[Issue], vocabulary: Collection[str]) -> Rule | None:
    """Read one rule; every mistake becomes an issue and the rule None."""
    before = len(issues)
    rule_id = table["id"]
    values: dict[str, Any] = {}
    for name, value in table.items():
        if name not in _KNOWN:
            allowed = ", ".join(_KNOWN)
            issues.append(_issue("rule.field", name, rule=rule_id, field=name, allowed=allowed))
        elif name == "when":
            values[name] = _condition(rule_id, value, issues, vocabulary)
        else:
            values[name] = _value(rule_id, name, value, issues)
    for name, known in _KNOWN.items():
        if known.default is MISSING and name not in table:
            issues.append(_issue("rule.missing", "", rule=rule_id, field=name, allowed=f"{name} = …"))
    _whole(table, issues)
    return Rule(**values) if len(issues) == before else None


def _condition(
    rule_id: str, text: object, issues: list[Issue], vocabulary: Collection[str]
) -> Condition | None:
    try:
        condition = Condition(str(text))
    except InputError as error:
        issues.append(_issue(error.code, error.value, rule=rule_id, field="when", **error.details))
        return None
    for tag in sorted(condition.tags.difference(vocabulary)):
        issues.append(_issue("rule.tag", tag, rule=rule_id, field="when"))
    return condition


def _value(rule_id: str, name: str, value: object, issues: list[Issue]) -> Any:
    """Return a field's value in its type, or None with an issue."""
    default = _KNOWN[name].default
    choices = _CHOICES.get(name)
    several = isinstance(default, tuple)
    kind: type = str if choices or default is MISSING else type(default)
    items = value if several and isinstance(value, list) else [value]
    if several and not isinstance(value, list):
        good = False
    elif choices is not None:
        good = all(isinstance(i, str) and i in set(choices) for i in items)
    elif several:
        good = all(isinstance(i, str) for i in items)
    else:
        good = type(value) is kind and (kind is not int or int(str(value)) >= 0)
    if not good:
        allowed = ", ".join(choices) if choices else "≥ 0" if kind is int else kind.__name__
        issues.append(_issue("rule.value", value, rule=rule_id, field=name, allowed=allowed))
        return None
    read = [choices(str(i)) if choices else i for i in items]
    return tuple(read) if several else read[0]


def _whole(table: Mapping[str, Any], issues: list[Issue]) -> None:
    """Check what one field alone cannot tell."""
    rule_id = table["id"]
    if table.get("on"):
        if not table.get("within_hours"):
            issues.append(_issue("rule.missing", "", rule=rule_id, field="within_hours", allowed="≥ 1"))
        return
    if "when" not in table:
        issues.append(_issue("rule.missing", "", rule=rule_id, field="when", allowed='when = "…"'))
    if not (table.get("calendar") or table.get("interval_days")):
        allowed = 'calendar = "month" / interval_days = 30'
        issues.append(_issue("rule.missing", "", rule=rule_id, field="calendar", allowed=allowed))
    if table.get("calendar") and table.get("interval_days"):
        value = f"{table['calendar']}, {table['interval_days']}"
        issues.append(
            _issue("rule.value", value, rule=rule_id, field="calendar", allowed="calendar | interval_days")
        )
    if table.get("channels") == []:
        allowed = ", ".join(Channel)
        issues.append(_issue("rule.value", "[]", rule=rule_id, field="channels", allowed=allowed))
