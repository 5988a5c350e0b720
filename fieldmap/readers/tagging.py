"""The tags of a row, gathered from yes/no columns, graded columns and free text."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator
from datetime import date
from typing import Any, Protocol

from fieldmap.readers.cells import read_yes_no, text_of
from fieldmap.readers.dates import NONE_WORDS
from fieldmap.readers.headings import FIELDS
from fieldmap.readers.tables import Cell
from fieldmap.standards import (
    CLASSES,
    Disability,
    IdentityNumber,
    TagMark,
    disability_marks,
    merge_marks,
    parse_tags,
    read_disability,
    read_identity,
)

__all__ = ["CellsOfRow", "read_marks"]

_FLAGS = tuple(field for field in FIELDS if field.startswith("tag."))
_ABLE = re.compile(r"能力完好|完好|自理|全自理|基本自理|能自理|正常|健康|否|0|0级|无失能|未失能|不失能")
_LEVEL = re.compile(r"(?:(?P<word>轻|中|重|完|全)(?:度|全)?(?:失能|丧失|受损)?|(?P<digit>[1-4])级?)")
_LEVELS = {"轻": "1", "中": "2", "重": "3", "完": "4", "全": "4"}
_SOMEHOW_DISABLED = ("半失能", "失能", "部分失能", "是", "部分丧失", "半自理", "不能自理")
_RELIEF_CLASS = re.compile(r"([ABC])类?")
_SEGMENT = re.compile(r"[,,、;;。.\s/|]+")
_CHILD_AGE = 16  # left-behind children are under 16


class CellsOfRow(Protocol):
    """What this module asks of a row: its cells by field, and a place for issues."""

    today: date

    def given(self, name: str) -> Iterator[tuple[str, Cell]]:
        """Yield heading and cell of every filled column of a field."""
        ...

    def report(self, heading: str, value: Any, code: str, **details: object) -> None:
        """Note what is wrong with a cell."""
        ...


def read_marks(
    row: CellsOfRow, identity: IdentityNumber, born: date | None, kind: str
) -> tuple[TagMark, ...]:
    """Return the tags of a row, each once, in the order of the columns' meaning."""
    marks = [
        *_flags(row),
        *_disabled_level(row),
        *_disability(row, identity),
        *_choices(row, "relief_class", {"A": "低保", "B": "低保", "C": "低保"}),
        *_choices(row, "support", {"分散": "分散供养", "集中": "集中供养"}),
        *_choices(row, "care", {}),
        *_risk(row, "mental_risk", "精神障碍", r"([0-5])级?"),
        *_risk(row, "child_risk", "儿童风险", r"([红黄蓝绿])色?(?:风险|预警)?"),
        *_groups(row, kind),
        *_notes(row),
    ]
    merged = merge_marks(_of_age(mark, born, row.today) for mark in marks)
    _report_conflicts(row, merged)
    return merged


def _of_age(mark: TagMark, born: date | None, today: date) -> TagMark:
    """Turn 留守 of a child into the tag that the rules for children know."""
    if mark.name == "留守" and born and (today - born).days < _CHILD_AGE * 365.25:
        return TagMark("农村留守儿童")
    return mark


def _report_conflicts(row: CellsOfRow, marks: tuple[TagMark, ...]) -> None:
    for name in ("低保", "失能", "护理"):
        values = [mark.value for mark in marks if mark.name == name]
        if len(values) > 1:
            row.report(name, "、".join(values), "tag.conflict")


def _flags(row: CellsOfRow) -> Iterator[TagMark]:
    for field in _FLAGS:
        name = field.removeprefix("tag.")
        for heading, cell in row.given(field):
            yes, problem = read_yes_no(cell)
            said = (
                [mark for mark in parse_tags(f"{name}{_plain(cell)}").marks if mark.name == name]
                if problem
                else []
            )
            if yes:
                yield TagMark(name)
            elif any(mark.value for mark in said) or name in _plain(cell):
                yield from said  # "A类" or "独居" in a yes/no column says yes and more
            elif problem:
                row.report(heading, cell, problem)


def _disabled_level(row: CellsOfRow) -> Iterator[TagMark]:
    for heading, cell in row.given("disabled_level"):
        text = _plain(cell)
        level = _LEVEL.fullmatch(text)
        if text in NONE_WORDS or _ABLE.fullmatch(text):
            continue
        if level:
            yield TagMark("失能", level["digit"] or _LEVELS[level["word"]])
        elif text in _SOMEHOW_DISABLED:
            yield TagMark("失能")
        else:
            yield from _free(row, heading, cell)


def _disability(row: CellsOfRow, identity: IdentityNumber) -> Iterator[TagMark]:
    kind, grade = identity.disability_class, identity.disability_grade
    for _, cell in row.given("disability_card"):
        card = read_identity(cell)
        kind, grade = card.disability_class or kind, card.disability_grade or grade
    for field in ("disability", "disability_class", "disability_grade"):
        for heading, cell in row.given(field):
            text = _plain(cell)
            found = read_disability(text)
            if found:
                kind, grade = found.kind or kind, found.grade or grade
            elif read_yes_no(text)[0]:
                yield TagMark("残疾")
            elif text not in NONE_WORDS and read_yes_no(text)[1]:
                row.report(heading, cell, "disability.unclear")
    if kind or grade:
        yield from disability_marks(Disability(kind, grade))


def _choices(row: CellsOfRow, field: str, words: dict[str, str]) -> Iterator[TagMark]:
    for heading, cell in row.given(field):
        text = _plain(cell)
        relief = _RELIEF_CLASS.fullmatch(text.upper())
        if relief and relief[1] in words:
            yield TagMark(words[relief[1]], relief[1])
        elif text in words:
            yield TagMark(words[text])
        else:
            yield from _free(row, heading, cell)


def _risk(row: CellsOfRow, field: str, name: str, pattern: str) -> Iterator[TagMark]:
    for heading, cell in row.given(field):
        found = re.fullmatch(pattern, _plain(cell))
        if found:
            yield TagMark(name, found[1])
        elif _plain(cell) not in NONE_WORDS:
            row.report(heading, cell, "tag.unclear")


def _groups(row: CellsOfRow, kind: str) -> Iterator[TagMark]:
    for field in ("relief", "groups"):
        for heading, cell in row.given(field):
            text = _plain(cell)
            relief = _RELIEF_CLASS.fullmatch(text.upper())
            if relief and kind == "relief":
                yield TagMark("低保", relief[1])
            elif kind == "disabled" and text.removesuffix("残疾") in {zh for zh, _ in CLASSES.values()}:
                yield from disability_marks(read_disability(text))
            else:
                yield from _free(row, heading, cell)


def _notes(row: CellsOfRow) -> Iterator[TagMark]:
    """Read only those parts of a note that are tags and nothing else."""
    for _, cell in row.given("note"):
        for segment in _SEGMENT.split(_plain(cell)):
            parsed = parse_tags(segment)
            if not parsed.rest:
                yield from parsed.marks


def _free(row: CellsOfRow, heading: str, cell: Cell) -> Iterator[TagMark]:
    parsed = parse_tags(_plain(cell))
    yield from parsed.marks
    if parsed.rest and parsed.rest not in NONE_WORDS and not (parsed.marks or parsed.denied):
        row.report(heading, cell, "tag.unclear")


def _plain(cell: Cell) -> str:
    return unicodedata.normalize("NFKC", text_of(cell)).strip()
