"""Rules: the condition language, the default set, a county's overrides."""

from __future__ import annotations

import pickle
from dataclasses import replace
from datetime import date
from typing import Any

import pytest

from fieldmap.conditions import Condition, Facts, age_on
from fieldmap.errors import InputError, explain, language
from fieldmap.models import Channel, Outcome, Role
from fieldmap.periods import Calendar
from fieldmap.rules import Preset, load
from fieldmap.standards.tags import TAGS
from tests.fieldmap.ten import TODAY, visit

ELDER = Facts(age=81, tags={"空巢": ("",), "低保": ("A",), "残疾": ("3", "2")}, listed=True)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("age >= 80", True),
        ("80 <= age < 82", True),
        ("age >= 80 and any(独居, 留守)", False),
        ("any(独居, 空巢) and not child", True),
        ("all(空巢, 低保, listed)", True),
        ('低保 == "A"', True),
        ('低保 != "A"', False),
        ('低保 in ("B", "C")', False),
        ('低保 not in ("B", "C")', True),
        ("残疾 <= 2", True),
        ("grade == 2", True),
        ("重残", True),
        ("1 <= 精神障碍 <= 2", False),
        ("精神障碍 and not 精神障碍 >= 1", False),
    ],
)
def test_condition(text: str, expected: bool) -> None:
    """A condition is true exactly for the people its words say."""
    assert Condition(text)(ELDER) is expected


@pytest.mark.parametrize(
    "text",
    [
        "",
        "age",
        "age >=",
        "age >= 80.5",
        "__import__('os').system('true')",
        "(lambda: 1)()",
        "独居.values",
        "[独居 for 独居 in range(9)]",
        "max(独居, 空巢)",
        "age >= 残疾",
        "child == 1",
        "低保 < 'A'",
        "any()",
        "低保 in [1, x]",
        "1 < 2",
        "独居 + 空巢",
        "(" * 400 + "独居" + ")" * 400,
    ],
)
def test_condition_refuses(text: str) -> None:
    """Whatever is not of the language is refused by name and never run."""
    with pytest.raises(InputError) as caught:
        Condition(text)
    assert caught.value.code == "rule.condition"


def test_what_is_unknown_passes_no_comparison() -> None:
    """Without a birth date no age comparison holds; a child's tag stands in for the age."""
    nobody_knows = Facts(age=None, tags={"困境儿童": ("",)})
    assert not Condition("age >= 60")(nobody_knows)
    assert not Condition("age < 60")(nobody_knows)
    assert Condition("child")(nobody_knows)
    assert not Condition("child")(replace(nobody_knows, age=19))


def test_age_turns_on_the_birthday() -> None:
    """Somebody born on 29 February turns a year older on 1 March."""
    assert age_on(date(1944, 3, 20), TODAY) == 82
    assert age_on(date(1944, 3, 21), TODAY) == 81
    assert age_on(date(2008, 2, 29), date(2026, 2, 28)) == 17
    assert age_on(date(2008, 2, 29), date(2026, 3, 1)) == 18


def test_causing_tags() -> None:
    """The tags that make a rule apply are those of the person that its condition names."""
    assert Condition("any(独居, 空巢) and 低保").because(ELDER) == ("空巢", "低保")
    assert Condition("重残").because(ELDER) == ("残疾",)


def test_default_rules_name_only_known_tags_and_give_a_source() -> None:
    """Every default rule says where it comes from, how sure that is, and names the vocabulary's tags."""
    for rule in load(preset=Preset.STRICT).rules:
        assert rule.source, rule.id
        assert rule.certainty in ("found", "recalled", "mixed", "practice", "proposal"), rule.id
        assert rule.when is None or rule.when.tags <= TAGS.keys(), rule.id
        assert rule.gap_days or rule.on, rule.id


@pytest.mark.parametrize(
    ("facts", "expected"),
    [
        (Facts(82, {"独居": ("",)}), ["E1", "E2"]),
        (Facts(72, {"独居": ("",)}), ["E2"]),
        (Facts(59, {"独居": ("",)}), []),
        (Facts(66, {"残疾": ("1",)}), ["E2", "D1"]),
        (Facts(45, {"残疾": ("3",)}), []),
        (Facts(45, {"低保边缘": ("",)}), []),
        (Facts(45, {"低保": ("",)}), ["P3"]),
        (Facts(70, {}, listed=True), ["E4"]),
        (Facts(70, {"特困": ("",), "集中供养": ("",)}), []),
        (Facts(70, {"特困": ("",), "分散供养": ("",), "护理": ("全护理",)}), ["T1"]),
        (Facts(10, {"困境儿童": ("",)}), ["C2"]),
        (Facts(18, {"困境儿童": ("",)}), []),
        (Facts(15, {"农村留守儿童": ("重点",)}), ["C4K", "C4"]),
        (Facts(16, {"农村留守儿童": ("",)}), []),
        (Facts(10, {"儿童风险": ("红",), "孤儿": ("",)}), ["C1", "C2"]),
        (Facts(40, {"精神障碍": ("4",)}), ["M1"]),
        (Facts(40, {"精神障碍": ("2",)}), ["M2"]),
        (Facts(40, {"精神障碍": ("",)}), ["M3"]),
    ],
)
def test_default_rules(facts: Facts, expected: list[str]) -> None:
    """The default rules apply to the groups of the notices, the shortest interval first."""
    assert [match.rule.id for match in load().matching(facts)] == expected


def test_strict_preset_adds_the_weekly_visit() -> None:
    """The strict preset adds T2; what is off stays off."""
    facts = Facts(70, {"特困": ("",), "分散供养": ("",), "护理": ("全护理",), "残疾": ("3",)})
    assert [m.rule.id for m in load(preset=Preset.STRICT).matching(facts)] == ["T2", "T1"]


def test_event_rules() -> None:
    """An event fires its own rules for anybody, and no standing rule."""
    assert [m.rule.id for m in load().on_event("major_change", Facts(30))] == ["X2"]
    assert load().on_event("weather_alert", ELDER) == ()


def test_county_overrides() -> None:
    """A county changes one field, switches a rule off and adds its own, and the rest stays."""
    county = load(
        {
            "rule": [
                {"id": "E1", "interval_days": 10},
                {"id": "E4", "preset": "off"},
                {"id": "K1", "zh": "县里", "en": "ours", "when": "支出型困难", "calendar": "year"},
            ]
        }
    )
    assert county["E1"].interval_days == 10
    assert county["E1"].in_person_days == 30
    assert county["K1"].calendar is Calendar.YEAR
    assert "E4" not in {rule.id for rule in county.rules}


def test_calendar_and_interval_take_each_others_place() -> None:
    """A county that asks for E1 once a month no longer asks for it every 7 days."""
    assert load({"rule": [{"id": "E1", "calendar": "month"}]})["E1"].gap_days == 31
    assert load({"rule": [{"id": "E2", "interval_days": 20}]})["E2"].calendar is None


@pytest.mark.parametrize(
    ("override", "code", "field"),
    [
        ({"id": "E1", "interval_days": "7"}, "rule.value", "E1.interval_days"),
        ({"id": "E1", "interval_days": -7}, "rule.value", "E1.interval_days"),
        ({"id": "E1", "interval_days": True}, "rule.value", "E1.interval_days"),
        ({"id": "E1", "channels": "door"}, "rule.value", "E1.channels"),
        ({"id": "E1", "channels": []}, "rule.value", "E1.channels"),
        ({"id": "E1", "channels": ["letter"]}, "rule.value", "E1.channels"),
        ({"id": "E1", "roles": ["mayor"]}, "rule.value", "E1.roles"),
        ({"id": "E2", "calendar": "week"}, "rule.value", "E2.calendar"),
        ({"id": "E1", "colour": "red"}, "rule.field", "E1.colour"),
        ({"id": "E1", "when": "独居老人"}, "rule.tag", "E1.when"),
        ({"id": "E1", "when": "独居("}, "rule.condition", "E1.when"),
        ({"id": "K1", "zh": "", "en": "", "when": "独居"}, "rule.missing", "K1.calendar"),
        ({"id": "K1", "zh": "", "en": "", "calendar": "month"}, "rule.missing", "K1.when"),
        ({"id": "K1", "zh": "", "en": "", "on": "fire"}, "rule.missing", "K1.within_hours"),
        ({"id": "K1", "when": "独居", "calendar": "month"}, "rule.missing", "K1.zh"),
        ({"id": "E1", "calendar": "month", "interval_days": 7}, "rule.value", "E1.calendar"),
        ({"zh": "无编号"}, "rule.missing", "?.id"),
    ],
)
def test_a_bad_rule_is_named_by_rule_and_field(override: dict[str, Any], code: str, field: str) -> None:
    """A bad field is an error that names the rule, the field and what is allowed."""
    with pytest.raises(InputError) as caught:
        load({"rule": [override]})
    assert caught.value.code == "rules.invalid"
    assert field in str(caught.value)
    rule, _, name = field.partition(".")
    what = explain(code, rule=rule, field=name, allowed="", part="").what.split("{")[0]
    assert what.split(":")[0] in str(caught.value)


def test_all_mistakes_at_once() -> None:
    """Three mistakes in two rules and a wrong table are told together, in either language."""
    bad = {"rule": [{"id": "E1", "risk": "x", "colour": 1}, {"id": "E1"}], "rules": []}
    with pytest.raises(InputError) as caught:
        load(bad)
    assert caught.value.details["count"] == 4
    token = language.set("en")
    try:
        assert "The visit rules have 4 mistakes" in str(caught.value)
    finally:
        language.reset(token)


def test_whose_contact_counts() -> None:
    """A contact counts by outcome, channel and role; where the visitor is unknown any role will do."""
    rule = replace(load()["E1"], roles=(Role.VILLAGE_CADRE, Role.GRID_WORKER))
    seen = visit("A", TODAY, role=Role.GRID_WORKER)
    assert rule.counts(seen)
    assert not rule.counts(replace(seen, outcome=Outcome.NOBODY))
    assert not rule.counts(replace(seen, channel=Channel.SENSOR))
    assert not rule.counts(replace(seen, actor_roles=(Role.VOLUNTEER,)))
    assert rule.counts(replace(seen, actor_roles=(Role.VOLUNTEER, Role.VILLAGE_CADRE)))
    assert rule.counts(replace(seen, actor_roles=()))


def test_rules_travel_to_another_process() -> None:
    """A rule set comes back the same from pickle, so that a work process can have it."""
    assert pickle.loads(pickle.dumps(load())) == load()
