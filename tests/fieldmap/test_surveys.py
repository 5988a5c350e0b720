"""The forms of a visit: which one, what it asks, what its answers come to."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fieldmap.errors import InputError, language
from fieldmap.expressions import named
from fieldmap.models import Client, Tag
from fieldmap.standards import TAGS
from fieldmap.surveys import (
    Context,
    FieldType,
    Form,
    check,
    form,
    form_for,
    forms,
    read_answers,
    read_form,
    suggestions,
)
from fieldmap.visiting import needs_menu
from tests.fieldmap.test_expressions import TODAY, VECTORS

TRIAL = Form.of(VECTORS["form"], "trial", 1)
AT_HOME = Context(TODAY, {"channel": "door", "place": "home"})
GRANNY = Client("p1", "h1", "王秀英", birth_date=date(1944, 5, 1))
ADULT = replace(GRANNY, birth_date=date(1980, 4, 4))
CHILD = replace(GRANNY, birth_date=date(2015, 11, 20))
UNKNOWN = replace(GRANNY, birth_date=None)
ANSWERED = {"_form": "elder/1", "harder": ["walk"], "fell": "yes", "fall_harm": "hurt", "mood": "good"}


def newest(id_: str) -> Form:
    """Return a form that has to be there."""
    found = form(id_)
    assert found is not None
    return found


def tagged(*names: str, value: str = "") -> tuple[Tag, ...]:
    """Return tags of the person, in force."""
    return tuple(Tag(name, "p1", name, value) for name in names)


@pytest.mark.parametrize("case", VECTORS["forms"], ids=lambda case: str(case["name"]))
def test_answers_come_to_what_both_sides_agree_on(case: dict[str, Any]) -> None:
    """Every vector is read as the phone reads it: what is asked, kept, missing, wrong, suggested."""
    reading = read_form(TRIAL, case["answers"], Context(TODAY, case["facts"]))
    assert {
        "relevant": list(reading.relevant),
        "answers": dict(reading.answers),
        "missing": list(reading.missing),
        "wrong": dict(reading.wrong),
        "suggestions": list(reading.suggestions),
    } == case["reading"]


@pytest.mark.parametrize(
    ("client", "tags", "expected"),
    [
        (GRANNY, (), "elder"),
        (GRANNY, tagged("残疾", value="1"), "elder"),
        (CHILD, tagged("残疾", value="1"), "child"),
        (UNKNOWN, tagged("孤儿"), "child"),
        (UNKNOWN, tagged("独居"), "elder"),
        (UNKNOWN, (), "general"),
        (ADULT, tagged("残疾", "低保"), "disabled"),
        (ADULT, tagged("失能"), "disabled"),
        (ADULT, tagged("低保边缘"), "relief"),
        (ADULT, (), "general"),
        (ADULT, (Tag("t", "p2", "低保"),), "general"),
        (ADULT, (Tag("t", "p1", "低保", valid_to=date(2026, 3, 1)),), "general"),
        (ADULT, (Tag("t", "p1", "低保", valid_from=date(2026, 4, 1)),), "general"),
    ],
    ids=str,
)
def test_the_form_follows_from_age_and_tags(client: Client, tags: tuple[Tag, ...], expected: str) -> None:
    """Children come before the elderly, these before tags; tags of others and of other days do not count."""
    assert form_for(client, tags, TODAY) == expected


@pytest.mark.parametrize(
    ("name", "value"),
    [(kind.name, "") for kind in TAGS.values() if kind.restricted]
    + [(kind.name, value) for kind in TAGS.values() for value in kind.restricted_values],
)
@pytest.mark.parametrize("others", [(), ("低保",), ("残疾",)], ids=str)
@pytest.mark.parametrize("client", [GRANNY, ADULT, CHILD, UNKNOWN], ids=lambda c: str(c.birth_date))
def test_a_restricted_class_changes_no_form(
    client: Client, others: tuple[str, ...], name: str, value: str
) -> None:
    """Nobody can tell a mental disorder or a jailed parent from the form that is shown."""
    plain = tagged(*others)
    assert form_for(client, plain + tagged(name, value=value), TODAY) == form_for(client, plain, TODAY)


@pytest.mark.parametrize("made", forms(), ids=lambda made: made.key)
def test_a_form_is_whole_in_both_languages(made: Form) -> None:
    """Every text is there in Chinese and English, and nothing is asked that one sheet has no room for."""
    texts = [made.title, *(field.label for field in made.fields), *(s.label for s in made.suggestions)]
    texts += [choice.label for field in made.fields for choice in field.choices]
    assert [text for text in texts if not text.zh.strip() or not text.en.strip()] == []
    assert len(made.fields) <= 12
    assert made.plain("en")["title"] == made.title.en
    assert made.plain("zh-CN")["fields"][0]["label"] == made.fields[0].label.zh
    needed = [field.name for field in made.fields if field.required is True and field.relevant is True]
    assert needed == [], "a record with one answer must be possible"


@pytest.mark.parametrize("made", forms(), ids=lambda made: made.key)
def test_a_suggestion_proposes_what_the_menu_of_needs_has(made: Form) -> None:
    """A need that is proposed can be ticked on the same sheet."""
    assert {s.need for s in made.suggestions if s.need} <= set(needs_menu())


def test_the_fields_that_the_notices_name_are_asked() -> None:
    """The elders' ledger has four fields, the visit to disabled people four and five rehabilitations."""
    elder = {field.name for field in newest("elder").fields if field.carry}
    assert elder >= {"income", "lives_with", "health", "care"}
    disabled = {field.name: field for field in newest("disabled").fields}
    assert disabled.keys() >= {"ability", "livelihood", "body", "support"}
    assert [choice.label.zh for choice in disabled["rehabilitation"].choices] == [
        "医学",
        "教育",
        "职业",
        "社会",
        "技术",
    ]


def test_the_short_screen_carries_nothing_over() -> None:
    """What decides on a new assessment is asked anew each time."""
    for made in forms():
        asked = frozenset().union(*(named(s.when) for s in made.suggestions if s.code == "reassess"))
        assert [field.name for field in made.fields if field.name in asked and field.carry] == []


@pytest.mark.parametrize(
    ("id_", "answers", "expected"),
    [
        ("elder", {"harder": ["none"], "fell": "no", "oriented": "yes", "mood": "good"}, ()),
        ("elder", {"harder": ["walk"]}, ("reassess",)),
        ("elder", {"fell": "yes", "fall_harm": "none"}, ("reassess",)),
        ("elder", {"oriented": "partly"}, ("reassess",)),
        ("elder", {"mood": "grave"}, ("reassess", "urgent")),
        ("elder", {"mood": "low"}, ("comfort",)),
        ("disabled", {"aid": "broken"}, ("aids",)),
        ("child", {"harm": "unsure"}, ("report",)),
        ("child", {"guardian": "nobody"}, ("report",)),
        ("child", {"guardian": "father", "guardian_can": "cannot"}, ("case",)),
        ("relief", {"paid": "no"}, ("review", "policy")),
        ("general", {"health": "good"}, ()),
    ],
    ids=str,
)
def test_answers_suggest_what_is_to_be_done(
    id_: str, answers: dict[str, Any], expected: tuple[str, ...]
) -> None:
    """A change in the six items, a fall, orientation or mood proposes a new assessment; harm a report."""
    assert suggestions(answers, newest(id_), AT_HOME) == expected


def test_every_mistake_is_told_at_once_by_field() -> None:
    """An issue names the person's field, the question and what may be answered."""
    answers = {"fell": "yes", "mood": "blue", "harder": ["none", "eat"], "shoe": "44"}
    found = check(answers, newest("elder"), AT_HOME, "p1")
    assert [(issue.field, issue.code) for issue in found] == [
        ("answers.p1.harder", "answer.constraint"),
        ("answers.p1.mood", "answer.choice"),
        ("answers.p1.fall_harm", "answer.required"),
        ("answers.p1.shoe", "answer.field"),
    ]
    assert "「没有变化」不能和别的一起选" in str(found[0])


def test_a_mistake_is_told_in_the_readers_language() -> None:
    """The question and its choices come in the language of whoever asked."""
    token = language.set("en")
    try:
        (found,) = check({"mood": "blue"}, newest("elder"), AT_HOME)
        assert "“Mood in the last two weeks”: blue. all right / often low / spoke of dying" in str(found)
    finally:
        language.reset(token)


def test_the_answers_of_a_visit_are_kept_with_their_form() -> None:
    """What is kept says which form it answers, without what was not asked and who was left blank."""
    given = {
        "p1": {**ANSWERED, "home_risk": ["gas"], "health": " "},
        "p2": {"_form": "general/1", "mood": ""},
    }
    kept, issues = read_answers(given, ("p1", "p2"), Context(TODAY, {"channel": "phone"}))
    assert issues == ()
    assert kept == {"p1": ANSWERED}


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        ("yes", [("answers", "answer.shape")]),
        ({"p9": ANSWERED}, [("answers.p9", "answer.shape")]),
        ({"p1": ["yes"]}, [("answers.p1", "answer.shape")]),
        ({"p1": {"fell": "no"}}, [("answers.p1", "answer.form")]),
        ({"p1": {"_form": "elder/99", "fell": "no"}}, [("answers.p1", "answer.form")]),
        ({"p1": {"_form": ["elder/1"]}}, [("answers.p1", "answer.form")]),
        (None, []),
        ({}, []),
    ],
    ids=str,
)
def test_answers_that_cannot_be_read_are_refused(given: object, expected: list[tuple[str, str]]) -> None:
    """Whatever comes over the wire, the answer is an issue with its place and never a failure."""
    kept, issues = read_answers(given, ("p1",), AT_HOME)
    assert kept == {}
    assert [(issue.field, issue.code) for issue in issues] == expected
    assert all(str(issue) for issue in issues)


BROKEN = VECTORS["form"]["field"][0]


@pytest.mark.parametrize(
    "change",
    [
        {"relevant": ["value", "later"]},
        {"relevant": ["="]},
        {"required": ["."]},
        {"constraint": ["value", "later"]},
        {"name": "_form"},
        {"name": "constructor"},
        {"choices": {}},
        {"type": "note"},
    ],
    ids=str,
)
def test_a_form_that_the_phone_could_not_evaluate_is_refused(change: dict[str, Any]) -> None:
    """A form's file fails when it is read, not on somebody's phone."""
    later = {"name": "later", "type": "text", "label": ["后", "later"]}
    data = {"rank": 1, "title": ["试", "trial"], "field": [{**BROKEN, **change}, later]}
    with pytest.raises(InputError) as caught:
        Form.of(data, "trial", 1)
    assert caught.value.code == "survey.form"


def answers_to(made: Form) -> st.SearchStrategy[dict[str, Any]]:
    """Return answers of every kind to a form: right, wrong, blank, not asked."""
    junk: st.SearchStrategy[Any] = st.one_of(
        st.none(), st.booleans(), st.integers(-5, 40), st.text(max_size=6), st.just([])
    )
    return st.fixed_dictionaries(
        {},
        optional={
            field.name: st.one_of(_right(field.type, [c.code for c in field.choices]), junk)
            for field in made.fields
        },
    )


def _right(kind: FieldType, codes: list[str]) -> st.SearchStrategy[Any]:
    match kind:
        case FieldType.SELECT_ONE:
            return st.sampled_from(codes)
        case FieldType.SELECT_MULTIPLE:
            return st.lists(st.sampled_from(codes), max_size=3)
        case FieldType.INTEGER:
            return st.integers(-2, 40).map(str)
        case FieldType.DATE:
            return st.dates(date(2025, 1, 1), date(2026, 12, 31)).map(date.isoformat)
        case _:
            return st.text(max_size=8)


EVERY = (TRIAL, *forms())


@given(data=st.data(), made=st.sampled_from(EVERY))
def test_what_is_kept_reads_the_same_again(data: st.DataObject, made: Form) -> None:
    """Kept answers are asked for, right and complete in themselves: the station reads what the phone read."""
    given_answers = data.draw(answers_to(made))
    first = read_form(made, given_answers, AT_HOME)
    again = read_form(made, first.answers, AT_HOME)
    assert again.answers == first.answers
    assert again.wrong == {}
    assert (again.relevant, again.suggestions) == (first.relevant, first.suggestions) or not first.answers
    assert set(first.answers) | set(first.wrong) | set(first.missing) <= set(first.relevant)


@given(data=st.data(), made=st.sampled_from(EVERY))
def test_reading_never_fails_and_every_mistake_has_words(data: st.DataObject, made: Form) -> None:
    """No answer makes the reading fail, and each mistake can be said."""
    for issue in check(data.draw(answers_to(made)), made, AT_HOME, "p1"):
        assert str(issue)
