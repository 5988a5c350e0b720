"""The vocabulary of tags, and how it is read out of free text.

The longest word wins at every place, so that 低保边缘 is never counted as 低保
while 低保独居 is both. What is denied ("非低保", "原低保", "低保已取消") gives
no tag.
"""

from __future__ import annotations

import re
import tomllib
import unicodedata
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from importlib import resources
from types import MappingProxyType
from typing import Any, NamedTuple

from fieldmap.standards.disability import CLASSES, Disability, read_disability

__all__ = [
    "TAGS",
    "ParsedTags",
    "TagKind",
    "TagMark",
    "disability_marks",
    "is_restricted",
    "merge_marks",
    "parse_tags",
]


class TagMark(NamedTuple):
    """A tag before it belongs to anybody: its name and its value."""

    name: str
    value: str = ""


@dataclass(frozen=True, slots=True)
class TagKind:
    """One entry of the vocabulary.

    Attributes
    ----------
    values
        The values allowed besides none; empty where the tag has none.
    restricted
        True where nothing shown may let a person be told to carry the tag.
    words
        Word in free text → value.
    before, after
        Patterns whose first group is a value beside the word.
    """

    name: str
    en: str
    source: str
    certainty: str
    values: tuple[str, ...] = ()
    restricted: bool = False
    restricted_values: tuple[str, ...] = ()
    words: Mapping[str, str] = MappingProxyType({})
    before: str = ""
    after: str = ""


@dataclass(frozen=True, slots=True)
class ParsedTags:
    """What a text says: the tags, those denied, and what was not understood."""

    marks: tuple[TagMark, ...]
    denied: tuple[str, ...]
    rest: str


def _load() -> Mapping[str, TagKind]:
    file = resources.files("fieldmap.standards") / "tags.toml"
    entries = tomllib.loads(file.read_text(encoding="utf-8"))
    return {name: _kind(name, facts) for name, facts in entries.items()}


def _kind(name: str, facts: Mapping[str, Any]) -> TagKind:
    words = dict(word.split("=") if "=" in word else (word, "") for word in facts["words"])
    return TagKind(
        name=name,
        en=facts["en"],
        source=facts["source"],
        certainty=facts["certainty"],
        values=tuple(facts.get("values", ())),
        restricted=facts.get("restricted", False),
        restricted_values=tuple(facts.get("restricted_values", ())),
        words=words,
        before=facts.get("before", ""),
        after=facts.get("after", ""),
    )


TAGS: Mapping[str, TagKind] = MappingProxyType(_load())
"""Name of a tag → what is known of it."""

_WORDS = {word: TagMark(kind.name, value) for kind in TAGS.values() for word, value in kind.words.items()}
_WORD = re.compile("|".join(re.escape(w) for w in sorted(_WORDS, key=lambda w: (-len(w), w))))
_CLASS = "|".join(zh for zh, _ in CLASSES.values())
_DISABILITY = re.compile(rf"(?:{_CLASS})(?:残疾|残)?[\s,、/:(\-]{{0,2}}(?:[一二三四]|[1-4])级\)?")
_DENIED_BEFORE = re.compile(r"(?:不属于|不享受|不是|没有|已退出|退出|取消|停发|非|无|不|未|否|原|曾)$")
_DENIED_AFTER = re.compile(r"\s*(?:[:(]\s*(?:否|无)|[:(]?\s*已?(?:取消|退出|停发|注销))\)?")
_FILLER = re.compile(r"[\s,、;。./|+&():\-]+|老年人|老人|人员|儿童|家庭|对象|户|及|和|且|兼|系|属于|属|为|是")


def parse_tags(text: str) -> ParsedTags:
    """Read the tags in a text.

    Examples
    --------
    >>> parse_tags("低保独居").marks
    (TagMark(name='低保', value=''), TagMark(name='独居', value=''))
    >>> parse_tags("低保边缘").marks
    (TagMark(name='低保边缘', value=''),)
    >>> parse_tags("A类低保,肢体一级,非空巢").marks
    (TagMark(name='残疾', value='1'), TagMark(name='残疾类别', value='肢体'), TagMark(name='低保', value='A'))
    """
    plain = unicodedata.normalize("NFKC", text).strip()
    marks: list[TagMark] = []
    denied: list[str] = []
    for found in _DISABILITY.finditer(plain):
        marks += disability_marks(read_disability(found.group()))
    plain = _DISABILITY.sub(" ", plain)
    used: list[tuple[int, int]] = []
    for found in _WORD.finditer(plain):
        mark, start, end = _with_value(plain, found)
        before = _DENIED_BEFORE.search(plain[:start])
        after = _DENIED_AFTER.match(plain, end)
        if before or after:
            denied.append(mark.name)
            start = before.start() if before else start
            end = after.end() if after else end
        else:
            marks.append(mark)
        used.append((start, end))
    return ParsedTags(merge_marks(marks), tuple(denied), _rest(plain, used))


def disability_marks(disability: Disability | None) -> list[TagMark]:
    """Return the tags that a class and a grade of disability make."""
    if disability is None:
        return []
    marks = [TagMark("残疾", str(disability.grade) if disability.grade else "")]
    if disability.kind:
        marks.append(TagMark("残疾类别", disability.class_name))
    return marks


def merge_marks(marks: Iterable[TagMark]) -> tuple[TagMark, ...]:
    """Drop repeats, and a tag without value where the same stands there with one."""
    unique = tuple(dict.fromkeys(marks))
    valued = {mark.name for mark in unique if mark.value}
    return tuple(mark for mark in unique if mark.value or mark.name not in valued)


def is_restricted(name: str, value: str = "") -> bool:
    """Tell whether a tag belongs to a restricted class (``DESIGN.md`` §5)."""
    kind = TAGS.get(name)
    return kind is not None and (kind.restricted or value in kind.restricted_values)


def _with_value(plain: str, found: re.Match[str]) -> tuple[TagMark, int, int]:
    mark = _WORDS[found.group()]
    kind, start, end = TAGS[mark.name], found.start(), found.end()
    after = re.compile(kind.after).match(plain, end) if kind.after else None
    if after:
        return TagMark(mark.name, after[1]), start, after.end()
    before = re.search(f"{kind.before}$", plain[:start]) if kind.before else None
    if before:
        return TagMark(mark.name, before[1]), before.start(), end
    return mark, start, end


def _rest(plain: str, used: list[tuple[int, int]]) -> str:
    parts, at = [], 0
    for start, end in used:
        parts.append(plain[at : max(start, at)])
        at = max(at, end)
    return _FILLER.sub("", " ".join([*parts, plain[at:]])).strip()
