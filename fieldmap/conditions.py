"""The condition of a rule: one line that says whom the rule is for.

A tiny language with the syntax of Python, so that Chinese tag names are plain
identifiers::

    age >= 80 and any(独居, 空巢, 留守)
    低保 == "A"
    护理 in ("半护理", "全护理")
    1 <= 精神障碍 <= 2

Names: ``age`` (completed years), ``grade`` (best disability grade, 1 is the
most severe), ``child`` (under 18; without a birth date, on a children's
ledger), ``listed`` (on a ledger of the elderly), and every tag. A tag by
itself is true where the person carries it; compared, it is true where one of
its values passes. What is unknown passes no comparison. The line is parsed
into a tree of allowed nodes and never run as Python.
"""

from __future__ import annotations

import ast
import operator
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date

from fieldmap.errors import InputError
from fieldmap.models import Client, Tag

__all__ = ["CHILD_TAGS", "Condition", "Facts", "age_on", "facts_of", "is_child"]

CHILD_TAGS = frozenset({"困境儿童", "孤儿", "事实无人抚养儿童", "农村留守儿童"})
"""Tags that only a child carries: they stand in for an unknown birth date."""

_ADULT_AGE = 18
_SEVERE_GRADE = 2
_LONGEST = 500
_NUMBERS = ("age", "grade")
_WORDS = ("child", "listed")

_ORDERED: dict[type[ast.cmpop], Callable[[int, int], bool]] = {
    ast.Lt: operator.lt,
    ast.LtE: operator.le,
    ast.Gt: operator.gt,
    ast.GtE: operator.ge,
    ast.Eq: operator.eq,
    ast.NotEq: operator.ne,
}


@dataclass(frozen=True, slots=True)
class Facts:
    """What a condition can ask about one person on one day.

    Attributes
    ----------
    age
        Completed years, or None where the birth date is unknown.
    tags
        Tag name → its values in force (``""`` where it has none).
    listed
        True where the person is on a ledger of the elderly.
    """

    age: int | None = None
    tags: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    listed: bool = False

    @property
    def grade(self) -> int | None:
        """Return the most severe disability grade (1…4), or None."""
        grades = [g for value in self.tags.get("残疾", ()) if (g := _number(value)) is not None]
        return min(grades, default=None)

    @property
    def child(self) -> bool:
        """Return True under 18; without a birth date, with a children's tag."""
        return self.age < _ADULT_AGE if self.age is not None else not CHILD_TAGS.isdisjoint(self.tags)

    def has(self, name: str) -> bool:
        """Return True where the person carries a tag; 重残 follows from the grade too."""
        if name in self.tags:
            return True
        return name == "重残" and (self.grade or _SEVERE_GRADE + 1) <= _SEVERE_GRADE


_Test = Callable[[Facts], bool]


class Condition:
    """A condition read from its text; call it with the facts of a person.

    Attributes
    ----------
    tags
        Names of the tags it asks about.
    ages
        The ages at which its answer may change: people who stand alike to each
        of them (below, at, above) are all the same to it.

    Raises
    ------
    InputError
        ``rule.condition``: the text is not of this language.

    Examples
    --------
    >>> elder = Condition("age >= 80 and any(独居, 空巢, 留守)")
    >>> elder(Facts(age=81, tags={"空巢": ("",)}))
    True
    >>> sorted(elder.tags)
    ['独居', '留守', '空巢']
    """

    __slots__ = ("_test", "ages", "tags", "text")

    def __init__(self, text: str) -> None:
        self.text = text
        names: set[str] = set()
        tree = _parse(text)
        self._test = _test(tree, text, names)
        self.tags = frozenset(names)
        self.ages = frozenset(_ages(tree))

    def __call__(self, facts: Facts) -> bool:
        """Return whether the condition holds for a person."""
        return self._test(facts)

    def __reduce__(self) -> tuple[type[Condition], tuple[str]]:
        return Condition, (self.text,)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Condition) and other.text == self.text

    def __hash__(self) -> int:
        return hash(self.text)

    def __repr__(self) -> str:
        return f"Condition({self.text!r})"

    def because(self, facts: Facts) -> tuple[str, ...]:
        """Return the tags of the person that the condition asks about, in the ledger's order."""
        wanted = self.tags | ({"残疾"} if "重残" in self.tags else set())
        return tuple(name for name in facts.tags if name in wanted)


def age_on(birth_date: date | None, day: date) -> int | None:
    """Return the completed years on a day; born on 29 February, on 1 March."""
    if birth_date is None:
        return None
    return day.year - birth_date.year - ((day.month, day.day) < (birth_date.month, birth_date.day))


def facts_of(birth_date: date | None, tags: Mapping[str, tuple[str, ...]], listed: bool, day: date) -> Facts:
    """Return the facts about a person on a day."""
    return Facts(age_on(birth_date, day), tags, listed)


def is_child(client: Client, tags: Iterable[Tag], day: date) -> bool:
    """Return whether somebody counts as a child on a day, as :attr:`Facts.child` does.

    Parameters
    ----------
    tags
        The person's own, or those of many.
    """
    age = age_on(client.birth_date, day)
    if age is not None:
        return Facts(age).child
    own = (tag for tag in tags if tag.client_id == client.id and tag.valid_from <= day)
    return Facts(tags={t.name: () for t in own if t.valid_to is None or day <= t.valid_to}).child


def _parse(text: str) -> ast.expr:
    if len(text) > _LONGEST:
        raise InputError("rule.condition", f"{text[:40]}…", part=f"> {_LONGEST}")
    try:
        return ast.parse(text.strip(), mode="eval").body
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        raise InputError("rule.condition", text, part=text) from None


def _ages(tree: ast.expr) -> set[int]:
    """Return every number in a condition, and the age until which somebody is a child."""
    constants = (node.value for node in ast.walk(tree) if isinstance(node, ast.Constant))
    numbers = (_number(str(value)) for value in constants)
    return {_ADULT_AGE, *(number for number in numbers if number is not None)}


def _refuse(node: ast.AST, text: str) -> InputError:
    return InputError("rule.condition", text, part=ast.unparse(node))


def _test(node: ast.expr, text: str, names: set[str]) -> _Test:
    """Turn a node into a test of facts, collecting the tags it names."""
    if isinstance(node, ast.BoolOp):
        parts = [_test(n, text, names) for n in node.values]
        return _all(parts) if isinstance(node.op, ast.And) else _any(parts)
    if isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.Not):
        return _not(_test(node.operand, text, names))
    if isinstance(node, ast.Call):
        return _call(node, text, names)
    if isinstance(node, ast.Name) and node.id not in _NUMBERS:
        return _name(node.id, names)
    if isinstance(node, ast.Compare):
        return _compare(node, text, names)
    raise _refuse(node, text)


def _call(node: ast.Call, text: str, names: set[str]) -> _Test:
    known = isinstance(node.func, ast.Name) and node.func.id in ("any", "all")
    if not known or node.keywords or not node.args:
        raise _refuse(node, text)
    parts = [_test(n, text, names) for n in node.args]
    return _any(parts) if isinstance(node.func, ast.Name) and node.func.id == "any" else _all(parts)


def _name(name: str, names: set[str]) -> _Test:
    if name == "child":
        return lambda facts: facts.child
    if name == "listed":
        return lambda facts: facts.listed
    names.add(name)
    return lambda facts: facts.has(name)


def _all(parts: list[_Test]) -> _Test:
    return lambda facts: all(part(facts) for part in parts)


def _any(parts: list[_Test]) -> _Test:
    return lambda facts: any(part(facts) for part in parts)


def _not(part: _Test) -> _Test:
    return lambda facts: not part(facts)


def _compare(node: ast.Compare, text: str, names: set[str]) -> _Test:
    """One name, compared with constants on either side: each value must pass every part."""
    operands = [node.left, *node.comparators]
    subjects = [n.id for n in operands if isinstance(n, ast.Name)]
    if len(subjects) != 1 or subjects[0] in _WORDS:
        raise _refuse(node, text)
    name = subjects[0]
    if name not in _NUMBERS:
        names.add(name)
    checks = [
        _check(left, op, right, node, text)
        for left, op, right in zip(operands, node.ops, node.comparators, strict=False)
    ]
    return lambda facts: any(all(check(value) for check in checks) for value in _values(facts, name))


def _values(facts: Facts, name: str) -> tuple[str, ...]:
    if name in _NUMBERS:
        number = facts.age if name == "age" else facts.grade
        return () if number is None else (str(number),)
    return facts.tags.get(name, ())


def _check(left: ast.expr, op: ast.cmpop, right: ast.expr, node: ast.AST, text: str) -> Callable[[str], bool]:
    flipped = not isinstance(left, ast.Name)
    other = left if flipped else right
    if isinstance(op, ast.In | ast.NotIn) and not flipped and isinstance(other, ast.Tuple | ast.List):
        return _member(other, isinstance(op, ast.In), node, text)
    compare = _ORDERED.get(type(op))
    if compare is None or not isinstance(other, ast.Constant):
        raise _refuse(node, text)
    constant = other.value
    if isinstance(constant, str) and isinstance(op, ast.Eq | ast.NotEq):
        equal = isinstance(op, ast.Eq)
        return lambda value: (value == constant) is equal
    if type(constant) is not int:
        raise _refuse(node, text)
    return _numeric(compare, constant, flipped)


def _numeric(compare: Callable[[int, int], bool], constant: int, flipped: bool) -> Callable[[str], bool]:
    def passes(value: str) -> bool:
        number = _number(value)
        if number is None:
            return False
        return compare(constant, number) if flipped else compare(number, constant)

    return passes


def _member(choices: ast.Tuple | ast.List, inside: bool, node: ast.AST, text: str) -> Callable[[str], bool]:
    constants = [n.value for n in choices.elts if isinstance(n, ast.Constant)]
    allowed = frozenset(str(c) for c in constants if type(c) in (str, int))
    if len(constants) != len(choices.elts) or len(allowed) != len(constants):
        raise _refuse(node, text)
    return lambda value: (value in allowed) is inside


def _number(value: str) -> int | None:
    return int(value) if value.isascii() and value.isdigit() else None
