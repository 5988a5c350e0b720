"""The phone evaluates a form as the station does: the shared vectors and answers made at random."""

from __future__ import annotations

import random
from typing import Any

import pytest
from playwright.sync_api import Page

from fieldmap.surveys import Context, Field, FieldType, Form, forms, read_form
from tests.fieldmap.test_expressions import TODAY, VECTORS
from tests.web.conftest import NewPage

pytestmark = pytest.mark.browser

TRIAL = Form.of(VECTORS["form"], "trial", 1)
MADE = 400

JUNK: tuple[Any, ...] = (
    None,
    "",
    "　",
    [],
    0,
    7,
    -3,
    1.5,
    3.0,
    1e12,
    True,
    "12",
    "３",
    "no",
    "𠮷野",
    ["none"],
    ["x"],
    {"a": 1},
)

EVALUATE = """async (cases) => {
    const { evaluate } = await import("/static/phone/forms.js");
    return cases.map(({ form, answers, context }) => evaluate(form, answers, context));
}"""

EXPRESSIONS = """async ({ cases, today }) => {
    const { evaluate } = await import("/static/phone/expressions.js");
    const scope = ({ answers, facts, own }) => ({
        today, answers: answers || {}, facts: facts || {}, own: own === undefined ? null : own,
    });
    return cases.map((one) => evaluate(one.expression, scope(one)));
}"""


@pytest.fixture
def phone(new_page: NewPage) -> Page:
    """Return a window on the shell of the phone's app; nobody is signed in."""
    page = new_page(width=360, height=640)
    page.goto("/phone")
    return page


def reading(form: Form, answers: dict[str, Any], facts: dict[str, str]) -> dict[str, Any]:
    """Return what the station makes of answers, as JSON."""
    found = read_form(form, answers, Context(TODAY, facts))
    return {
        "relevant": list(found.relevant),
        "answers": dict(found.answers),
        "missing": list(found.missing),
        "wrong": dict(found.wrong),
        "suggestions": list(found.suggestions),
    }


def case(form: Form, answers: dict[str, Any], facts: dict[str, str]) -> dict[str, Any]:
    """Return what the phone's evaluator is asked."""
    return {
        "form": form.plain("zh-CN"),
        "answers": answers,
        "context": {"today": TODAY.isoformat(), "facts": facts},
    }


def answer_to(field: Field, chance: random.Random) -> Any:
    """Return an answer to a field: mostly of its kind, now and then anything."""
    codes = [choice.code for choice in field.choices] + ["other-code"]
    if chance.random() < 0.15:
        return chance.choice(JUNK)
    match field.type:
        case FieldType.SELECT_ONE:
            return chance.choice(codes)
        case FieldType.SELECT_MULTIPLE:
            return chance.sample(codes, chance.randint(0, min(3, len(codes))))
        case FieldType.INTEGER:
            return chance.choice(["1", "２", "30", "31", "3.0", 2, 4.0])
        case FieldType.DATE:
            return f"202{chance.randint(4, 6)}-{chance.randint(1, 13):02}-{chance.randint(1, 31):02}"
        case _:
            return chance.choice(["难", " 难　", "北坡村一号家", "走" * 201, "𠮷野家村口", "a"])


def test_the_phone_agrees_on_every_vector(phone: Page) -> None:
    """Every expression and every form of the shared file has on the phone the value written beside it."""
    cases = VECTORS["expressions"]
    found = phone.evaluate(EXPRESSIONS, {"cases": cases, "today": VECTORS["today"]})
    assert {c["name"]: value for c, value in zip(cases, found, strict=True)} == {
        c["name"]: c["value"] for c in cases
    }
    cases = VECTORS["forms"]
    found = phone.evaluate(EVALUATE, [case(TRIAL, c["answers"], c["facts"]) for c in cases])
    assert {c["name"]: value for c, value in zip(cases, found, strict=True)} == {
        c["name"]: c["reading"] for c in cases
    }


def test_the_phone_reads_random_answers_as_the_station_does(phone: Page) -> None:
    """Four hundred made sets of answers, wrong ones among them, come to the same on both sides."""
    chance = random.Random(4)
    asked: list[tuple[Form, dict[str, Any], dict[str, str]]] = []
    for _ in range(MADE):
        form = chance.choice((TRIAL, *forms()))
        answers = {f.name: answer_to(f, chance) for f in form.fields if chance.random() < 0.8}
        facts = {"channel": chance.choice(["door", "phone"]), "place": chance.choice(["", "home", "school"])}
        asked.append((form, answers, facts))
    found = phone.evaluate(EVALUATE, [case(*one) for one in asked])
    expected = [reading(*one) for one in asked]
    assert [pair for pair in zip(asked, found, expected, strict=True) if pair[1] != pair[2]] == []
    wrong = {fault for one in expected for fault in one["wrong"].values()}
    assert wrong == {"type", "choice", "long", "constraint"}, "the made answers are too tame"
    assert sum(bool(one["suggestions"]) for one in expected) > MADE / 4
