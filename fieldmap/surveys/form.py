"""The nouns of a form, and how its file is read."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from dataclasses import field as attribute
from datetime import date
from enum import StrEnum
from types import MappingProxyType
from typing import Any, NamedTuple

from fieldmap.conditions import Condition
from fieldmap.errors import InputError, language
from fieldmap.expressions import faults, named

__all__ = [
    "LONGEST_TEXT",
    "Choice",
    "Context",
    "Field",
    "FieldType",
    "Form",
    "Label",
    "Reading",
    "Suggestion",
]

LONGEST_TEXT = 200
"""The longest text of one answer, in code points."""


class FieldType(StrEnum):
    """What a field takes; the names are those of XLSForm."""

    SELECT_ONE = "select_one"
    SELECT_MULTIPLE = "select_multiple"
    TEXT = "text"
    INTEGER = "integer"
    DATE = "date"
    NOTE = "note"


class Label(NamedTuple):
    """A text in both languages."""

    zh: str
    en: str

    def text(self, lang: str = "") -> str:
        """Return the text in a language, without one in the current."""
        return self.en if (lang or language.get()).startswith("en") else self.zh


# no name that every object of a phone's script has anyway
_NAME = re.compile(r"(?!constructor$)[a-z][a-z0-9_]*")
_SILENT = Label("", "")


class Choice(NamedTuple):
    """One answer to choose."""

    code: str
    label: Label


@dataclass(frozen=True, slots=True)
class Context:
    """What a form may know besides its answers.

    Attributes
    ----------
    today
        The day of the visit.
    facts
        ``channel`` and ``place`` of the visit, by their codes.
    """

    today: date
    facts: Mapping[str, str] = attribute(default_factory=lambda: MappingProxyType({}))


@dataclass(frozen=True, slots=True)
class Reading:
    """What the answers to a form come to.

    Attributes
    ----------
    relevant
        The fields that are asked, in their order.
    answers
        Field → its answer as it is kept: text, whole number or list of codes.
    missing
        Fields that need an answer and have none.
    wrong
        Field → ``type``, ``choice``, ``long`` or ``constraint``.
    suggestions
        Codes of the suggestions that hold.
    """

    relevant: tuple[str, ...]
    answers: Mapping[str, Any]
    missing: tuple[str, ...]
    wrong: Mapping[str, str]
    suggestions: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Field:
    """One question.

    Attributes
    ----------
    relevant, required, constraint
        Expressions of :mod:`fieldmap.expressions`.
    message
        Said where the constraint does not hold.
    carry
        True where "same as last time" fills it in.
    appearance
        Empty (choices side by side), ``lines`` (one below the other) or ``long``
        (a text of several lines).
    """

    name: str
    type: FieldType
    label: Label
    choices: tuple[Choice, ...] = ()
    hint: Label = _SILENT
    relevant: Any = True
    required: Any = False
    constraint: Any = True
    message: Label = _SILENT
    carry: bool = False
    appearance: str = ""

    def allowed(self, lang: str = "") -> str:
        """Return in words what may be answered."""
        if self.message.zh:
            return self.message.text(lang)
        if self.choices:
            return " / ".join(choice.label.text(lang) for choice in self.choices)
        return _ALLOWED[self.type].text(lang)

    def plain(self, lang: str) -> dict[str, Any]:
        """Return the field as JSON in one language; what is as usual is left out."""
        found: dict[str, Any] = {"name": self.name, "type": self.type.value, "label": self.label.text(lang)}
        if self.choices:
            found["choices"] = [[choice.code, choice.label.text(lang)] for choice in self.choices]
        for name, text in (("hint", self.hint), ("message", self.message)):
            if text.zh:
                found[name] = text.text(lang)
        usual = {"relevant": True, "required": False, "constraint": True, "carry": False, "appearance": ""}
        return found | {key: value for key, base in usual.items() if (value := getattr(self, key)) != base}


@dataclass(frozen=True, slots=True)
class Suggestion:
    """Something to do that follows from answers; a person decides.

    Attributes
    ----------
    code
        ``reassess`` (a new assessment), ``report`` (the duty to report harm to
        a child), ``review`` (what relief somebody is entitled to), or ``need``.
    need
        A code of the menu of needs that it proposes to tick, or empty.
    """

    code: str
    label: Label
    when: Any
    need: str = ""

    def plain(self, lang: str) -> dict[str, Any]:
        """Return the suggestion as JSON in one language."""
        found = {"code": self.code, "label": self.label.text(lang), "when": self.when}
        return found | ({"need": self.need} if self.need else {})


@dataclass(frozen=True, slots=True)
class Form:
    """The questions for one group of people.

    Attributes
    ----------
    rank
        The order in which the forms' conditions are tried.
    whom
        For whom it is; None is for everybody else.
    """

    id: str
    version: int
    rank: int
    title: Label
    whom: Condition | None
    fields: tuple[Field, ...]
    suggestions: tuple[Suggestion, ...] = ()

    @property
    def key(self) -> str:
        """Return ``id/version``, what answers say they answer."""
        return f"{self.id}/{self.version}"

    def plain(self, lang: str = "") -> dict[str, Any]:
        """Return the form as JSON in one language, as the packet carries it."""
        lang = lang or language.get()
        return {
            "id": self.id,
            "key": self.key,
            "title": self.title.text(lang),
            "fields": [field.plain(lang) for field in self.fields],
            "suggestions": [suggestion.plain(lang) for suggestion in self.suggestions],
        }

    @classmethod
    def load(cls, text: str, name: str) -> Form:
        """Read a form from the text of its file.

        Parameters
        ----------
        name
            ``ID.VERSION.toml``.

        Raises
        ------
        InputError
            ``survey.form``: with everything in it that is not of the language.
        """
        id_, version, _ = name.split(".")
        return cls.of(tomllib.loads(text), id_, int(version))

    @classmethod
    def of(cls, data: Mapping[str, Any], id_: str, version: int) -> Form:
        """Make a form from what its file says.

        Raises
        ------
        InputError
            ``survey.form``.
        """
        made = cls(
            id=id_,
            version=version,
            rank=data["rank"],
            title=Label(*data["title"]),
            whom=Condition(data["whom"]) if "whom" in data else None,
            fields=tuple(_field(entry, data.get("lists", {})) for entry in data["field"]),
            suggestions=tuple(_suggestion(entry) for entry in data.get("suggest", ())),
        )
        if found := tuple(_faults(made)):
            raise InputError("survey.form", f"{made.key}: {'; '.join(found)}")
        return made


_ALLOWED: Mapping[FieldType, Label] = MappingProxyType(
    {
        FieldType.SELECT_ONE: Label("列出的一项", "one of those listed"),
        FieldType.SELECT_MULTIPLE: Label("列出的几项", "some of those listed"),
        FieldType.TEXT: Label(f"{LONGEST_TEXT} 字以内", f"at most {LONGEST_TEXT} characters"),
        FieldType.INTEGER: Label("整数", "a whole number"),
        FieldType.DATE: Label("1900 年以后的日期", "a date since 1900"),
        FieldType.NOTE: Label("不用填", "nothing"),
    }
)


def _field(entry: Mapping[str, Any], lists: Mapping[str, Mapping[str, Sequence[str]]]) -> Field:
    given = dict(entry)
    choices = given.pop("choices", {})
    for name in ("label", "hint", "message"):
        if name in given:
            given[name] = Label(*given[name])
    listed = lists[choices] if isinstance(choices, str) else choices
    made = tuple(Choice(code, Label(*texts)) for code, texts in listed.items())
    return Field(**(given | {"type": FieldType(given["type"]), "choices": made}))


def _suggestion(entry: Mapping[str, Any]) -> Suggestion:
    return Suggestion(entry["code"], Label(*entry["label"]), entry["when"], entry.get("need", ""))


def _faults(form: Form) -> Iterator[str]:
    """Yield what the evaluators would not understand, or would understand differently."""
    earlier: set[str] = set()
    for field in form.fields:
        if field.name in earlier or not _NAME.fullmatch(field.name):
            yield f"{field.name}: name"
        if bool(field.choices) != (field.type in (FieldType.SELECT_ONE, FieldType.SELECT_MULTIPLE)):
            yield f"{field.name}: choices"
        for part in ("relevant", "required", "constraint"):
            own = {field.name, "."} if part == "constraint" else set()
            yield from _unknown(f"{field.name}.{part}", getattr(field, part), earlier | own)
        earlier.add(field.name)
    for suggestion in form.suggestions:
        yield from _unknown(suggestion.code, suggestion.when, earlier)


def _unknown(place: str, expression: Any, known: set[str]) -> Iterator[str]:
    yield from (f"{place}: {fault}" for fault in faults(expression))
    yield from (f"{place}: {name}?" for name in sorted(named(expression) - known))
