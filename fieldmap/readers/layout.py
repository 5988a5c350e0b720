"""Where on a sheet the people stand: headers, merged cells, rows that are nobody.

A ledger is made for the eye: titles above, a header of up to three rows,
village names merged over a dozen rows, subtotals between, notes below, a
second table underneath. This module finds the rows that are people and says
of every other row why it was left out.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from fieldmap.readers.cells import text_of
from fieldmap.readers.headings import Headings
from fieldmap.readers.tables import Cell, Sheet

__all__ = ["Column", "Line", "Skipped", "Table", "find_tables"]

_LEAST_FIELDS = 3
_HEADER_ROWS = 3
_LONG_TEXT = 30
_SUBTOTAL = re.compile(r"\S{0,12}(?:小计|合计|总计|共计|累计|总数|合\s+计|小\s+计|总\s+计):?\s*\S{0,12}")
_NOTE = re.compile(
    r"(?:备注|注|说明|填表|制表|填报|审核|审批|负责人|联系人|经办|单位|日期|统计|注意|※|\*)\S{0,10}?\s*:"
)
_BLOCK_FIELDS = ("village", "grid")


@dataclass(frozen=True, slots=True)
class Column:
    """A column of a table: where it is, what stands above it, what it is."""

    index: int
    heading: str
    field: str | None


@dataclass(frozen=True, slots=True)
class Line:
    """A row of a table with merged cells filled down; ``number`` as seen, from 1."""

    number: int
    cells: tuple[Cell, ...]

    def cell(self, column: Column) -> Cell:
        """Return what stands in a column."""
        return self.cells[column.index] if column.index < len(self.cells) else None


@dataclass(frozen=True, slots=True)
class Skipped:
    """A row (0: a whole sheet) that is nobody, and why.

    ``reason`` is one of ``subtotal``, ``note``, ``title``, ``header``,
    ``blank`` (a line numbered in advance), ``copy``, ``hidden``, ``no-header``.
    """

    sheet: str
    row: int
    reason: str
    text: str


@dataclass(frozen=True, slots=True)
class Table:
    """One table of a sheet: its columns, the rows that are people, the rest."""

    sheet: str
    columns: tuple[Column, ...]
    lines: tuple[Line, ...]
    skipped: tuple[Skipped, ...]

    def columns_of(self, field: str) -> tuple[Column, ...]:
        """Return the columns that hold a field; often none, sometimes two."""
        return tuple(c for c in self.columns if c.field == field)


@dataclass(frozen=True, slots=True)
class _Header:
    top: int  # index of the first row of the header
    bottom: int
    columns: tuple[Column, ...]
    others: int  # columns that stand under a word for somebody else

    @property
    def fields(self) -> frozenset[str]:
        return frozenset(c.field for c in self.columns if c.field)


def find_tables(sheet: Sheet, headings: Headings) -> list[Table]:
    """Find the tables of a sheet, from top to bottom; none where no header is found."""
    filled = _filled(sheet)
    headers = list(_headers(filled, headings))
    if not headers:
        return []
    ends = [header.top for header in headers[1:]] + [len(filled)]
    return [_table(sheet, filled, header, end) for header, end in zip(headers, ends, strict=True)]


def _filled(sheet: Sheet) -> list[list[Cell]]:
    """Give every cell of a merged block what stands in its first cell."""
    width = max((len(row) for row in sheet.rows), default=0)
    rows = [[*row, *([None] * (width - len(row)))] for row in sheet.rows]
    for span in sheet.merged:
        if span.top > len(rows) or span.left > width:
            continue
        value = rows[span.top - 1][span.left - 1]
        for r in range(span.top - 1, min(span.bottom, len(rows))):
            for c in range(span.left - 1, min(span.right, width)):
                rows[r][c] = value
    return rows


def _headers(rows: list[list[Cell]], headings: Headings) -> Iterator[_Header]:
    r = 0
    last: tuple[str, ...] = ()
    while r < len(rows):
        header = _header_at(rows, r, headings) if any(map(headings.is_name, rows[r])) else None
        if header is None:
            r += 1
            continue
        texts = tuple(column.heading for column in header.columns)
        if texts != last:  # the same header again stands at the top of a printed page
            yield header
        last = texts
        r = header.bottom + 1


def _header_at(rows: list[list[Cell]], r: int, headings: Headings) -> _Header | None:
    """Return the header around the row with the name heading: most understood, fewest rows."""
    tries = [
        _header(rows, top, bottom, headings)
        for top in range(r, max(r - _HEADER_ROWS, -1), -1)
        for bottom in range(r, min(r + _HEADER_ROWS, top + _HEADER_ROWS, len(rows)))
        if _is_header_down_to(rows, r, bottom, headings)
    ]
    best = max(tries, key=lambda h: (h.others, len(h.fields), h.top - h.bottom))
    return best if "name" in best.fields and len(best.fields) >= _LEAST_FIELDS else None


def _is_header_down_to(rows: list[list[Cell]], r: int, bottom: int, headings: Headings) -> bool:
    """Tell whether no row below the name heading is a person: nobody's name stands there."""
    columns = [c for c, cell in enumerate(rows[r]) if headings.is_name(cell)]
    below = [rows[i][columns[0]] for i in range(r + 1, bottom + 1)]
    return all(not text_of(cell) or headings.is_name(cell) for cell in below)


def _header(rows: list[list[Cell]], top: int, bottom: int, headings: Headings) -> _Header:
    columns = []
    named = False
    others = 0
    for c in range(len(rows[top])):
        texts = list(dict.fromkeys(filter(None, (text_of(rows[r][c]) for r in range(top, bottom + 1)))))
        field = headings.field(texts)
        others += headings.of_somebody_else(texts)
        if field == "name":
            field, named = (None, True) if named else ("name", True)
        columns.append(Column(c, "".join("".join(texts).split()), field))
    return _Header(top, bottom, tuple(columns), others)


def _table(sheet: Sheet, filled: list[list[Cell]], header: _Header, end: int) -> Table:
    lines, skipped = [], []
    for r in range(header.bottom + 1, end):
        raw = sheet.rows[r]
        texts = [unicodedata.normalize("NFKC", text) for text in map(text_of, raw) if text]
        if not texts:
            continue
        line = Line(r + 1, tuple(filled[r]))
        alone = len(texts) == 1 and (r + 1 == end < len(filled) or _spans_columns(sheet, r + 1))
        reason = "title" if alone else _why_nobody(line, raw, texts, header)
        if reason:
            skipped.append(Skipped(sheet.name, r + 1, reason, " ".join(texts)[:60]))
        else:
            lines.append(line)
    return Table(sheet.name, header.columns, tuple(_fill_blocks(lines, header.columns)), tuple(skipped))


def _spans_columns(sheet: Sheet, number: int) -> bool:
    return any(span.top == number and span.right > span.left for span in sheet.merged)


def _why_nobody(line: Line, raw: Sequence[Cell], texts: list[str], header: _Header) -> str:
    own = {c.field: text_of(raw[c.index]) for c in reversed(header.columns) if c.field and c.index < len(raw)}
    name, identity = own.get("name", ""), own.get("identity", "")
    if sum(text_of(raw[c.index]) == c.heading != "" for c in header.columns if c.index < len(raw)) >= 2:
        return "header"
    if not identity and any(_SUBTOTAL.fullmatch(text) for text in (texts[0], name, own.get("village", ""))):
        return "subtotal"
    if not identity and _NOTE.match(texts[0]) and name in ("", texts[0]):
        return "note"
    if len(texts) == 1 and len(texts[0]) > _LONG_TEXT:
        return "note"
    if name:
        return ""
    if all(text in (own.get("order"), own.get("village"), own.get("grid")) for text in texts):
        return "blank" if own.get("order") else "title"
    return "title" if len(texts) == 1 and not identity else ""


def _fill_blocks(lines: list[Line], columns: tuple[Column, ...]) -> list[Line]:
    """Fill a village down over the blanks below it, where it stands once for many rows.

    Merged cells are filled already. This is for blocks written once without
    merging, and for CSV, which knows no merging. Where a name is repeated,
    a blank means that nobody knows, and stays blank.
    """
    blocks = {c.index for c in columns if c.field in _BLOCK_FIELDS and _stands_once(lines, c)}
    if not blocks:
        return lines
    current: dict[int, Cell] = {}
    filled = []
    for line in lines:
        current |= {i: line.cells[i] for i in blocks if text_of(line.cells[i])}
        filled.append(Line(line.number, _overlaid(line.cells, current)))
    return filled


def _stands_once(lines: list[Line], column: Column) -> bool:
    values = [text_of(line.cell(column)) for line in lines]
    given = [value for value in values if value]
    return bool(given) and bool(values[0]) and len(given) < len(values) and len(set(given)) == len(given)


def _overlaid(cells: tuple[Cell, ...], over: Mapping[int, Cell]) -> tuple[Cell, ...]:
    return tuple(over.get(i, cell) for i, cell in enumerate(cells))
