r"""A tiny language of forms: when a question is asked, and which answers pass.

An expression is JSON: a literal (text, whole number, true, false, null) or an
array whose first element names an operation and whose others are expressions::

    ["and", ["=", ["value", "fell"], "yes"], ["!=", ["fact", "channel"], "phone"]]

The phone (``web/static/phone/forms.js``) evaluates the same arrays; both sides
are held to ``tests/data/form_vectors.json``. An XLSForm compiles to it::

    ${a}                 ["value", "a"]           an earlier answer
    .                    ["."]                    the answer a constraint is about
    = != < <= > >=       ["=", x, y] …
    + - *                ["+", x, y] …            whole numbers
    and or not()         ["and", x, …] ["or", x, …] ["not", x]
    selected(${a}, 'x')  ["selected", ["value", "a"], "x"]
    count-selected(${a}) ["count-selected", ["value", "a"]]
    string-length(${a})  ["length", ["value", "a"]]      code points
    regex(., 'p')        ["matches", ["."], "p"]         anchored, see below
    if(x, a, b)          ["if", x, a, b]
    coalesce(a, b)       ["coalesce", a, b]
    today()              ["today"]                the day of the visit
                         ["age", x]               completed years from a date to today
                         ["days-since", x]        days from a date to today
                         ["count", x, …]          how many of them hold
                         ["is-empty", x]
                         ["fact", "channel"]      of the visit: see :data:`FACTS`

Nothing fails while it is evaluated. What was not answered, was answered
wrongly or is not asked is **empty** (null, ``""``, no choice). As in ODK an
empty value equals an empty value only, is neither more nor less than anything,
and does not hold; sums, ages and days of an empty value are empty. ``and``,
``or``, ``not`` know two truths only: empty, 0 and false do not hold,
everything else does. A number and a text are compared as numbers; two texts as
they are written; ``<`` and its kin also compare two dates. Several choices
compare as their codes with blanks between.

Patterns are a safe part of regular expressions that two engines read alike:
literal characters, ``.``, ``\d``, ``\`` before a sign, classes ``[a-z_]`` and
``[^0-9]``, and ``? * + {m} {m,n}`` behind one of them. A pattern stands for the
whole text; a text longer than 200 characters never passes.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from types import MappingProxyType
from typing import Any

from fieldmap._patterns import passes, pattern_faults
from fieldmap.conditions import age_on

__all__ = [
    "FACTS",
    "Scope",
    "as_day",
    "as_number",
    "evaluate",
    "faults",
    "holds",
    "named",
    "plain_text",
]

type Value = bool | int | str | tuple[str, ...] | None

FACTS = frozenset({"channel", "place"})
"""What an expression may ask about the visit itself."""

_BLANKS = "\t\n\v\f\r \u00a0\u1680\u2000-\u200a\u2028\u2029\u202f\u205f\u3000\ufeff"
_EDGES = re.compile(rf"\A[{_BLANKS}]+|[{_BLANKS}]+\Z")
_WIDE = {0xFEE0 + ord(sign): sign for sign in "0123456789+-"}
_WHOLE = re.compile(r"[+-]?[0-9]{1,15}")
_DAY = re.compile(r"([0-9]{4})-([0-9]{2})-([0-9]{2})")
_YEARS = range(1900, 2101)
_LARGEST = 2**53 - 1
_DEEPEST = 20


@dataclass(frozen=True, slots=True)
class Scope:
    """What an expression can ask.

    Attributes
    ----------
    today
        The day of the visit.
    answers
        Field → its answer as read; fields not asked are missing.
    facts
        About the visit, by the names of :data:`FACTS`.
    own
        The answer a constraint is about.
    """

    today: date
    answers: Mapping[str, Value] = field(default_factory=lambda: MappingProxyType({}))
    facts: Mapping[str, str] = field(default_factory=lambda: MappingProxyType({}))
    own: Value = None


def plain_text(text: str) -> str:
    """Return a text without blanks around it, full-width ones too."""
    return _EDGES.sub("", text)


def as_number(value: Value) -> int | None:
    """Return a value as a whole number, None where it is none.

    Examples
    --------
    >>> as_number(" 12 "), as_number("1.5"), as_number(True)
    (12, None, 1)
    """
    if isinstance(value, int):
        return int(value)
    if not isinstance(value, str):
        return None
    narrow = plain_text(value).translate(_WIDE)
    return int(narrow) if _WHOLE.fullmatch(narrow) else None


def as_day(value: Value) -> date | None:
    """Return a text ``2026-03-20`` as a day from 1900 to 2100, None where it is none.

    Examples
    --------
    >>> as_day("2026-02-29") is None, as_day("2024-02-29")
    (True, datetime.date(2024, 2, 29))
    """
    found = _DAY.fullmatch(plain_text(value).translate(_WIDE)) if isinstance(value, str) else None
    if found is None or int(found[1]) not in _YEARS:
        return None
    try:
        return date(int(found[1]), int(found[2]), int(found[3]))
    except ValueError:
        return None


def holds(expression: Any, scope: Scope) -> bool:
    """Return whether an expression holds; see :func:`evaluate`."""
    return _truth(evaluate(expression, scope))


def evaluate(expression: Any, scope: Scope) -> Value:
    """Return the value of an expression without :func:`faults`.

    Parameters
    ----------
    expression
        A literal or an array, as it was read from JSON.

    Examples
    --------
    >>> scope = Scope(date(2026, 3, 20), {"fell": "yes"})
    >>> evaluate(["=", ["value", "fell"], "yes"], scope)
    True
    >>> evaluate(["<", ["value", "times"], 3], scope)
    False
    """
    if not isinstance(expression, list):
        return _filled(expression)
    name, *rest = expression
    if name in _READS:
        return _READS[name](scope, *rest)
    if name in _DATED:
        return _DATED[name](scope, as_day(evaluate(rest[0], scope)))
    if name == "if":
        return evaluate(rest[1] if holds(rest[0], scope) else rest[2], scope)
    return _OPERATIONS[name].run([evaluate(part, scope) for part in rest])


def named(expression: Any) -> frozenset[str]:
    """Return the fields that an expression asks; its own answer is ``"."``."""
    if not isinstance(expression, list) or not expression:
        return frozenset()
    if expression[0] == "value":
        return frozenset(str(part) for part in expression[1:])
    if expression[0] == ".":
        return frozenset({"."})
    return frozenset().union(*map(named, expression[1:]))


def faults(expression: Any, depth: int = 0) -> tuple[str, ...]:
    """Return what is not of the language, each part as it was written."""
    if not isinstance(expression, list):
        return () if _is_literal(expression) else (repr(expression),)
    name = expression[0] if expression else None
    if depth > _DEEPEST or not isinstance(name, str) or not _fits(name, expression[1:]):
        return (repr(expression),)
    if name in _READS:
        return ()
    return tuple(_below(expression, depth))


def _below(expression: Sequence[Any], depth: int) -> Iterator[str]:
    for part in expression[1:]:
        yield from faults(part, depth + 1)
    if expression[0] == "matches" and isinstance(expression[2], str):
        yield from pattern_faults(expression[2])


def _fits(name: str, rest: Sequence[Any]) -> bool:
    """Return whether an operation exists and takes these arguments."""
    if name == "value":
        return len(rest) == 1 and isinstance(rest[0], str)
    if name == "fact":
        return len(rest) == 1 and isinstance(rest[0], str) and rest[0] in FACTS
    if name in _READS:
        return not rest
    if name in _DATED or name == "if":
        return len(rest) == (1 if name in _DATED else 3)
    if name == "matches" and not (len(rest) == 2 and isinstance(rest[1], str)):
        return False
    return name in _OPERATIONS and _OPERATIONS[name].least <= len(rest) <= _OPERATIONS[name].most


def _is_literal(value: Any) -> bool:
    if isinstance(value, bool) or value is None or isinstance(value, str):
        return True
    return isinstance(value, int) and abs(value) < 10**15


def _filled(value: Value) -> Value:
    """Return a value, None for every kind of empty."""
    return None if value in ("", ()) else value


def _truth(value: Value) -> bool:
    return bool(value)


def _text(value: Value) -> str:
    if value is None:
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    return " ".join(value) if isinstance(value, tuple) else str(value)


def _same(one: Value, other: Value) -> bool:
    if one is None or other is None:
        return one is other
    if isinstance(one, bool) or isinstance(other, bool):
        return _truth(one) == _truth(other)
    if isinstance(one, int) or isinstance(other, int):
        return as_number(one) == as_number(other)
    return _text(one) == _text(other)


def _pair(one: Value, other: Value) -> tuple[int, int] | None:
    """Return two values as numbers that can be ordered: of days, or as they are."""
    days = as_day(one), as_day(other)
    if days[0] is not None and days[1] is not None:
        return days[0].toordinal(), days[1].toordinal()
    numbers = as_number(one), as_number(other)
    if numbers[0] is not None and numbers[1] is not None:
        return numbers[0], numbers[1]
    return None


def _ordered(passes_when: Callable[[int, int], bool]) -> Callable[[list[Value]], Value]:
    def run(values: list[Value]) -> Value:
        pair = _pair(*values)
        return pair is not None and passes_when(*pair)

    return run


def _sum(add: Callable[[int, int], int]) -> Callable[[list[Value]], Value]:
    def run(values: list[Value]) -> Value:
        one, *others = (as_number(value) for value in values)
        for other in others:
            if one is None or other is None:
                return None
            one = add(one, other)
            # beyond it a phone would round
            one = one if abs(one) <= _LARGEST else None
        return one

    return run


def _selected(values: list[Value]) -> Value:
    one, code = values
    if isinstance(one, tuple):
        return _text(code) in one
    return one is not None and _text(one) == _text(code)


def _count_selected(values: list[Value]) -> Value:
    one = values[0]
    return len(one) if isinstance(one, tuple) else int(one is not None)


def _days(scope: Scope, day: date | None) -> int | None:
    return None if day is None else (scope.today - day).days


@dataclass(frozen=True, slots=True)
class _Operation:
    """What an operation does with its values, and how many it takes."""

    run: Callable[[list[Value]], Value]
    least: int
    most: int


_READS: Mapping[str, Callable[..., Value]] = MappingProxyType(
    {
        "value": lambda scope, name: _filled(scope.answers.get(name)),
        ".": lambda scope: _filled(scope.own),
        "fact": lambda scope, name: _filled(scope.facts.get(name)),
        "today": lambda scope: scope.today.isoformat(),
    }
)

_DATED: Mapping[str, Callable[[Scope, date | None], Value]] = MappingProxyType(
    {"age": lambda scope, day: age_on(day, scope.today), "days-since": _days}
)

_OPERATIONS: Mapping[str, _Operation] = MappingProxyType(
    {
        "=": _Operation(lambda v: _same(*v), 2, 2),
        "!=": _Operation(lambda v: not _same(*v), 2, 2),
        "<": _Operation(_ordered(lambda a, b: a < b), 2, 2),
        "<=": _Operation(_ordered(lambda a, b: a <= b), 2, 2),
        ">": _Operation(_ordered(lambda a, b: a > b), 2, 2),
        ">=": _Operation(_ordered(lambda a, b: a >= b), 2, 2),
        "+": _Operation(_sum(lambda a, b: a + b), 2, 20),
        "-": _Operation(_sum(lambda a, b: a - b), 2, 2),
        "*": _Operation(_sum(lambda a, b: a * b), 2, 2),
        "and": _Operation(lambda v: all(map(_truth, v)), 1, 20),
        "or": _Operation(lambda v: any(map(_truth, v)), 1, 20),
        "not": _Operation(lambda v: not _truth(v[0]), 1, 1),
        "count": _Operation(lambda v: sum(map(_truth, v)), 1, 20),
        "selected": _Operation(_selected, 2, 2),
        "count-selected": _Operation(_count_selected, 1, 1),
        "length": _Operation(lambda v: len(_text(v[0])), 1, 1),
        "matches": _Operation(lambda v: v[0] is not None and passes(_text(v[0]), _text(v[1])), 2, 2),
        "coalesce": _Operation(lambda v: next((x for x in v if x is not None), None), 1, 20),
        "is-empty": _Operation(lambda v: v[0] is None, 1, 1),
    }
)
