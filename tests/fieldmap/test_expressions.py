"""The language of forms: the shared vectors, and what is not of the language."""

from __future__ import annotations

import json
from datetime import date, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fieldmap.expressions import Scope, Value, as_day, as_number, evaluate, faults, holds, named
from tests.source import ROOT

VECTORS = json.loads((ROOT / "tests" / "data" / "form_vectors.json").read_text(encoding="utf-8"))
TODAY = date.fromisoformat(VECTORS["today"])


def value_of(given: Any) -> Value:
    """Return an answer of a vector as a form reads it."""
    return tuple(given) if isinstance(given, list) else given


@pytest.mark.parametrize("case", VECTORS["expressions"], ids=lambda case: str(case["name"]))
def test_an_expression_has_the_value_both_sides_agree_on(case: dict[str, Any]) -> None:
    """Every vector is of the language and has the value that the phone computes too."""
    answers = {name: value_of(answer) for name, answer in case.get("answers", {}).items()}
    scope = Scope(TODAY, answers, case.get("facts", {}), case.get("own"))
    assert faults(case["expression"]) == ()
    found = evaluate(case["expression"], scope)
    assert (type(found), found) == (type(case["value"]), case["value"])


@pytest.mark.parametrize(
    "expression",
    [
        [],
        ["unknown", 1],
        ["="],
        ["=", 1],
        ["not", 1, 2],
        ["value"],
        ["value", 3],
        ["fact", "tag"],
        ["today", 1],
        ["if", 1, 2],
        ["age"],
        ["matches", ["."], ["value", "a"]],
        ["matches", ["."], "(a|b)"],
        ["matches", ["."], "a{2,1}"],
        ["matches", ["."], "a{300}"],
        ["matches", ["."], "[]"],
        ["matches", ["."], "[a"],
        ["matches", ["."], "*a"],
        ["matches", ["."], "\\w"],
        ["matches", ["."], "a" * 101],
        1.5,
        {"value": "a"},
        10**15,
        [["and"], 1],
    ],
    ids=str,
)
def test_what_is_not_of_the_language_is_found(expression: Any) -> None:
    """A form's file is checked whole before any phone reads it, wherever the fault hides."""
    assert faults(expression) != ()
    assert faults(["and", True, ["not", expression]]) != ()


def test_an_expression_that_is_too_deep_is_refused() -> None:
    """Thirty nested operations are no question that somebody wrote."""
    expression: Any = True
    for _ in range(30):
        expression = ["not", expression]
    assert faults(expression) != ()


def test_an_expression_names_the_fields_it_asks() -> None:
    """The fields are found at any depth, its own answer as a point; facts and texts are none."""
    expression = ["or", ["=", ["value", "fell"], "yes"], ["and", ["fact", "channel"], [">", ["."], 3]]]
    assert named(expression) == {"fell", "."}


NUMBERS = st.integers(min_value=-(10**9), max_value=10**9)


@given(one=NUMBERS, other=NUMBERS)
def test_numbers_as_text_behave_as_numbers(one: int, other: int) -> None:
    """Whatever two numbers are, typed wide or narrow, one of <, = and > holds, as for the numbers."""
    wide = "".join(chr(0xFEE0 + ord(sign)) for sign in str(one))
    scope = Scope(TODAY, {"a": wide, "b": str(other)})
    found = [holds([sign, ["value", "a"], ["value", "b"]], scope) for sign in ("<", ">")]
    assert found == [one < other, one > other]
    assert holds(["=", ["value", "a"], one], scope)


@given(one=st.dates(date(1900, 1, 1), date(2100, 12, 31)), days=st.integers(0, 30000))
def test_days_since_and_age_follow_the_calendar(one: date, days: int) -> None:
    """The days since a date are those between, and an age grows by one on each birthday."""
    try:
        today = one + timedelta(days=days)
    except OverflowError:
        return
    scope = Scope(today, {"born": one.isoformat()})
    assert evaluate(["days-since", ["value", "born"]], scope) == days
    years = evaluate(["age", ["value", "born"]], scope)
    assert isinstance(years, int)
    assert abs(years - days / 365.2425) < 1.1
    if (today.month, today.day) == (one.month, one.day):
        assert years == today.year - one.year


VALUES: st.SearchStrategy[Any] = st.one_of(
    st.none(),
    st.booleans(),
    NUMBERS,
    st.text(max_size=8),
    st.lists(st.sampled_from("abc"), max_size=3).map(tuple),
)


@given(one=VALUES, other=VALUES)
def test_nothing_fails_and_an_inequality_is_a_negation(one: Any, other: Any) -> None:
    """For any two answers every comparison has an answer, and != is the opposite of =."""
    scope = Scope(TODAY, {"a": one, "b": other})
    pair = [["value", "a"], ["value", "b"]]
    assert holds(["=", *pair], scope) != holds(["!=", *pair], scope)
    assert not (holds(["<", *pair], scope) and holds([">=", *pair], scope))
    for name in ("selected", "+", "-", "*", "coalesce", "count", "matches"):
        evaluate([name, *pair] if name != "matches" else [name, pair[0], "[a-c ]+"], scope)


@pytest.mark.parametrize("text", ["", " ", "1.0", "1e3", "٣", "1 2", "--1", "1" * 16, "0x1"])
def test_what_is_no_whole_number_is_none(text: str) -> None:
    """Only signs and digits of China and the West are a number; nothing is guessed."""
    assert as_number(text) is None


@pytest.mark.parametrize(
    "text", ["2026-3-1", "2026/03/01", "20260301", "2026-13-01", "2101-01-01", "2026-03-01T00"]
)
def test_what_is_no_day_is_none(text: str) -> None:
    """A day is written as ISO 8601 and lies between 1900 and 2100."""
    assert as_day(text) is None
