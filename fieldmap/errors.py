"""What can go wrong, said so that a reader knows what to do.

Every problem has a code and lives in a catalogue beside this module
(``problems/*.toml``) with its text in Chinese and in English, each in three
parts: what is wrong, what is allowed, what to do. The value received is the
fourth part. An exception and an issue about one row of a file use the same
catalogue, so that the command line, the pages and the phone say the same.

The tree::

    FieldmapError          1
    ├── InputError         4   a file or a value that a person gave
    ├── StoreError         5   the county file: path, key, content
    ├── AccessError        6   somebody may not do this
    ├── PlanError          7   a plan that breaks a rule
    ├── RoadError          8   the road network
    └── ServeError         9   the server cannot start

The number is the exit code of the command line.
"""

from __future__ import annotations

import dataclasses
import tomllib
from collections.abc import Mapping
from contextvars import ContextVar
from dataclasses import dataclass
from functools import cache
from importlib import resources
from typing import ClassVar

__all__ = [
    "AccessError",
    "FieldmapError",
    "InputError",
    "Issue",
    "PlanError",
    "RoadError",
    "ServeError",
    "StoreError",
    "catalogue",
    "explain",
    "language",
]

language: ContextVar[str] = ContextVar("language", default="zh-CN")
"""The language messages are written in: ``zh-CN`` or ``en``."""


@dataclass(frozen=True, slots=True)
class Explanation:
    """A problem in one language, in its four parts."""

    what: str
    value: str
    allowed: str
    todo: str
    lang: str = "zh-CN"

    def __str__(self) -> str:
        colon, stop = (": ", ". ") if self.lang == "en" else (":", "。")
        head = f"{self.what}{colon}{self.value}" if self.value else self.what
        return (
            stop.join(part.rstrip("。. ") for part in (head, self.allowed, self.todo) if part) + stop.strip()
        )


@cache
def catalogue() -> Mapping[str, Mapping[str, tuple[str, str, str]]]:
    """Return every problem: code → language → (what, allowed, what to do)."""
    found: dict[str, dict[str, tuple[str, str, str]]] = {}
    folder = resources.files("fieldmap") / "problems"
    for file in sorted(folder.iterdir(), key=lambda f: f.name):
        if file.name.endswith(".toml"):
            for code, texts in tomllib.loads(file.read_text(encoding="utf-8")).items():
                zh, en = texts["zh"], texts["en"]
                found[code] = {"zh-CN": (zh[0], zh[1], zh[2]), "en": (en[0], en[1], en[2])}
    return found


def explain(code: str, value: object = "", **details: object) -> Explanation:
    """Say what is wrong in the current language.

    Parameters
    ----------
    code
        A key of the catalogue, such as ``"ledger.no-header"``.
    value
        The value received, printed as it is.
    details
        Fills the ``{names}`` in the catalogue's text.

    Raises
    ------
    KeyError
        The code is not in the catalogue.
    """
    texts = catalogue()[code]
    what, allowed, todo = texts.get(language.get(), texts["zh-CN"])
    return Explanation(
        what=what.format(**details),
        value=str(value),
        allowed=allowed.format(**details),
        todo=todo.format(**details),
        lang=language.get(),
    )


class FieldmapError(Exception):
    """Something a person can mend; ``str()`` says it in the current language."""

    exit_code: ClassVar[int] = 1

    def __init__(self, code: str, value: object = "", **details: object) -> None:
        super().__init__(code, value)
        explain(code, value, **details)  # an unknown code or detail fails here, not when printed
        self.code = code
        self.value = value
        self.details = details

    def __str__(self) -> str:
        return str(self.explanation())

    def explanation(self) -> Explanation:
        """Return the four parts in the current language."""
        return explain(self.code, self.value, **self.details)


class InputError(FieldmapError):
    """A file or a value that a person gave cannot be used."""

    exit_code = 4


class StoreError(FieldmapError):
    """The county file is missing, locked with another key, or not ours."""

    exit_code = 5


class AccessError(FieldmapError):
    """Somebody may not do this."""

    exit_code = 6


class PlanError(FieldmapError):
    """A plan breaks a rule, or none can be made."""

    exit_code = 7


class RoadError(FieldmapError):
    """The road network cannot be built or does not cover the points."""

    exit_code = 8


class ServeError(FieldmapError):
    """The server cannot start."""

    exit_code = 9


@dataclass(frozen=True, slots=True)
class Issue:
    """One problem in one cell of an input; the row itself may have been kept.

    Attributes
    ----------
    row
        Row number as the person sees it in the file, from 1; 0 is the file.
    field
        Column heading or field name; empty where the whole row is meant.
    kept
        True where the row was kept all the same (the value was not used, or
        was used and marked to be verified).
    """

    row: int
    field: str
    value: str
    code: str
    kept: bool = False
    sheet: str = ""
    details: Mapping[str, object] = dataclasses.field(default_factory=dict)

    def explanation(self) -> Explanation:
        """Return the four parts in the current language."""
        return explain(self.code, self.value, **self.details)

    def __str__(self) -> str:
        place = " ".join(p for p in (self.sheet, f"#{self.row}" if self.row else "", self.field) if p)
        return f"{place} {self.explanation()}".strip()
