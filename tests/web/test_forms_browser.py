"""The phone evaluates a form as the station does: the shared vectors and answers made at random."""

from __future__ import annotations

import random
from typing import Any

import pytest
from playwright.sync_api import Page

from fieldmap.forms import FormError
from fieldmap.models import Outcome
from fieldmap.store import Store
from fieldmap.surveys import Context, Field, FieldType, Form, form, forms, read_form
from fieldmap.visiting import read_visit
from tests.fieldmap.test_expressions import TODAY, VECTORS
from tests.web.conftest import NewPage
from tests.web.village import ACTORS

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


VISIT: dict[str, Any] = {
    "id": "01987a10-0000-7000-8000-000000000001",
    "household_id": "h1",
    "client_ids": ["p1"],
    "outcome": "seen",
    "channel": "door",
    "place": "home",
    "day": "2026-03-20",
    "next_day": "",
    "until": "",
    "note": "",
    "answers": {},
}

CHANGES: tuple[dict[str, Any], ...] = (
    {},
    {"outcome": ""},
    {"client_ids": []},
    {"client_ids": [], "outcome": "vacant"},
    {"outcome": "vacant", "channel": "phone"},
    {"day": ""},
    {"day": "2026-01-17"},
    {"day": "2026-01-16", "next_day": "2026-02-01"},
    {"day": "2026-03-21"},
    {"day": "2026-03-10", "next_day": "2026-03-10"},
    {"day": "2026-03-10", "next_day": "2026-03-09"},
    {"next_day": "2027-03-21"},
    {"next_day": "2027-03-22"},
    {"until": "2026-03-19"},
    {"until": "2030-01-01"},
    {"note": "走" * 500},
    {"note": "𠮷" * 501},
    {"answers": {"p1": {"_form": "elder/1", "fell": "yes", "mood": "blue", "harder": ["none", "eat"]}}},
    {"answers": {"p1": {"_form": "elder/1", "home_risk": ["gas", "none"]}}, "channel": "phone"},
    {"outcome": "", "client_ids": [], "next_day": "2026-03-01", "note": "走" * 501},
)

FAULTS = """async ({ bodies, today, forms }) => {
    const { faultsOf } = await import("/static/phone/record_rules.js");
    return bodies.map((body) => faultsOf(body, today, forms).map((fault) => fault.field));
}"""


def refused(store: Store, body: dict[str, Any]) -> list[str]:
    """Return the fields that the station refuses."""
    try:
        read_visit(body, store.snapshot(), ACTORS[0], TODAY)
    except FormError as error:
        return sorted(issue.field for issue in error.issues)
    return []


def test_the_phone_refuses_a_visit_for_the_stations_reasons(phone: Page, store: Store) -> None:
    """Whatever is wrong with a visit, the phone says it about the same fields before it saves."""
    bodies = [{**VISIT, **change} for change in CHANGES]
    elder = form("elder")
    assert elder is not None
    given = {"bodies": bodies, "today": TODAY.isoformat(), "forms": {"p1": elder.plain("zh-CN")}}
    found = [sorted(fields) for fields in phone.evaluate(FAULTS, given)]
    assert found == [refused(store, body) for body in bodies]
    assert sum(bool(fields) for fields in found) >= 10
    assert set(Outcome) >= {body["outcome"] for body in bodies} - {""}
