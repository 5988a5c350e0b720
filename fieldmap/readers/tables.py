"""A file of rows → sheets of plain cells, whatever program wrote it.

The kind of a file is told by its first bytes, not by its name: half of the
``.xls`` files that pass through chats are something else.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import date, datetime
from pathlib import Path
from typing import Any

import openpyxl
import xlrd
from openpyxl.cell.cell import ERROR_CODES

from fieldmap.errors import InputError

__all__ = ["Cell", "Sheet", "Span", "read_table"]

Cell = str | int | float | bool | date | None
"""What a cell of a workbook can hold."""

EXTENSIONS = (".xlsx", ".xlsm", ".xls", ".et", ".csv", ".txt")
_ZIP, _OLE = b"PK\x03\x04", b"\xd0\xcf\x11\xe0"
_ENCRYPTED = ("EncryptedPackage", "EncryptionInfo")


@dataclass(frozen=True, slots=True)
class Span:
    """A merged block: rows and columns from 1, both ends included."""

    top: int
    left: int
    bottom: int
    right: int


@dataclass(frozen=True, slots=True)
class Sheet:
    """One sheet as it stands: nothing is interpreted yet.

    Attributes
    ----------
    rows
        Every row from row 1 to the last that is filled, so that ``rows[n - 1]``
        is what the person sees as row *n*; each up to its last filled cell,
        an empty cell is None. A date is a ``date`` where the file says so.
    hidden_rows
        Numbers of the rows that are hidden or filtered away.
    """

    name: str
    rows: tuple[tuple[Cell, ...], ...]
    hidden: bool = False
    hidden_rows: frozenset[int] = frozenset()
    merged: tuple[Span, ...] = ()

    @property
    def empty(self) -> bool:
        """True where no cell holds anything."""
        return not any(cell is not None and str(cell).strip() for row in self.rows for cell in row)


def read_table(path: Path | str, sheet: str | None = None, encoding: str | None = None) -> list[Sheet]:
    """Read the sheets of a workbook or a CSV file.

    Parameters
    ----------
    path
        ``.xlsx``, ``.xls`` (also WPS ``.et``) or ``.csv``.
    sheet
        Only the sheet of this name.
    encoding
        Of a CSV file; without it UTF-8, UTF-16 with a mark, or GB18030.

    Raises
    ------
    InputError
        No such file, unknown kind, damaged, protected by a password, no such
        sheet, unknown encoding, or nothing in it.
    """
    path = Path(path)
    if not path.is_file():
        raise InputError("table.missing", path.name)
    if path.suffix.lower() not in EXTENSIONS:
        raise InputError("table.extension", path.name, known=" ".join(EXTENSIONS))
    sheets = _open(path, path.read_bytes(), encoding)
    if sheet is not None:
        named = [replace(s, hidden=False) for s in sheets if s.name == sheet]
        if not named:
            raise InputError("table.sheet", sheet, known="、".join(s.name for s in sheets))
        sheets = named
    if all(s.empty for s in sheets):
        raise InputError("table.empty", path.name)
    return sheets


def _open(path: Path, content: bytes, encoding: str | None) -> list[Sheet]:
    if content.startswith(_ZIP):
        return _open_xlsx(path, content)
    if content.startswith(_OLE):
        return _open_xls(path, content)
    if path.suffix.lower() in (".csv", ".txt"):
        return [_open_csv(path, content, encoding)]
    raise InputError("table.unreadable", path.name, known=path.suffix.lower())


def _rows(rows: Iterable[Iterable[Cell]]) -> tuple[tuple[Cell, ...], ...]:
    """Keep what is filled: formats alone can make a sheet a million rows long."""
    kept: list[tuple[Cell, ...]] = []
    filled = 0
    for row in rows:
        cells = [None if cell == "" else cell for cell in row]
        while cells and cells[-1] is None:
            cells.pop()
        kept.append(tuple(cells))
        filled = len(kept) if cells else filled
    return tuple(kept[:filled])


def _open_xlsx(path: Path, content: bytes) -> list[Sheet]:
    try:
        book = openpyxl.load_workbook(io.BytesIO(content), data_only=True)
    except Exception as error:  # a damaged file fails anywhere inside openpyxl, with anything
        raise InputError("table.unreadable", path.name, known=".xlsx") from error
    return [_xlsx_sheet(sheet) for sheet in book.worksheets]


def _xlsx_sheet(sheet: Any) -> Sheet:
    return Sheet(
        name=sheet.title,
        rows=_rows(map(_plain, row) for row in sheet.iter_rows(values_only=True)),
        hidden=sheet.sheet_state != "visible",
        hidden_rows=frozenset(n for n, row in sheet.row_dimensions.items() if row.hidden),
        merged=tuple(Span(r.min_row, r.min_col, r.max_row, r.max_col) for r in sheet.merged_cells.ranges),
    )


def _plain(value: Any) -> Cell:
    if isinstance(value, datetime):
        return value.date()
    if value in ERROR_CODES:
        return None  # "#N/A" is nothing anybody wrote
    if value is None or isinstance(value, (str, bool, int, float, date)):
        return value
    return str(value)


def _open_xls(path: Path, content: bytes) -> list[Sheet]:
    if any(name.encode("utf-16-le") in content for name in _ENCRYPTED):
        raise InputError("table.password", path.name)
    try:
        book = xlrd.open_workbook(file_contents=content, formatting_info=True, logfile=io.StringIO())
        return [_xls_sheet(sheet, book.datemode) for sheet in book.sheets()]
    except xlrd.XLRDError as error:
        code = "table.password" if "encrypted" in str(error) else "table.unreadable"
        raise InputError(code, path.name, known=".xls") from error
    except Exception as error:  # a damaged file fails anywhere inside xlrd, with anything
        raise InputError("table.unreadable", path.name, known=".xls") from error


def _xls_sheet(sheet: Any, datemode: int) -> Sheet:
    return Sheet(
        name=sheet.name,
        rows=_rows((_xls_cell(cell, datemode) for cell in sheet.row(r)) for r in range(sheet.nrows)),
        hidden=bool(sheet.visibility),
        hidden_rows=frozenset(r + 1 for r, info in sheet.rowinfo_map.items() if info.hidden),
        merged=tuple(Span(r0 + 1, c0 + 1, r1, c1) for r0, r1, c0, c1 in sheet.merged_cells),
    )


def _xls_cell(cell: Any, datemode: int) -> Cell:
    if cell.ctype in (xlrd.XL_CELL_EMPTY, xlrd.XL_CELL_BLANK, xlrd.XL_CELL_ERROR):
        return None
    if cell.ctype == xlrd.XL_CELL_BOOLEAN:
        return bool(cell.value)
    if cell.ctype == xlrd.XL_CELL_DATE:
        try:
            moment: datetime = xlrd.xldate_as_datetime(cell.value, datemode)
        except (ValueError, OverflowError):
            return float(cell.value)
        return moment.date()
    return float(cell.value) if cell.ctype == xlrd.XL_CELL_NUMBER else str(cell.value)


def _open_csv(path: Path, content: bytes, encoding: str | None) -> Sheet:
    text = _decode(path, content, encoding)
    delimiter = max(",\t;", key=text[:4096].count)
    try:
        rows = _rows(csv.reader(io.StringIO(text), delimiter=delimiter))
    except csv.Error as error:
        raise InputError("table.unreadable", path.name, known=".csv") from error
    return Sheet(name=path.stem, rows=rows)


def _decode(path: Path, content: bytes, encoding: str | None) -> str:
    marked = content.startswith((b"\xff\xfe", b"\xfe\xff"))
    tries = [encoding] if encoding else ["utf-16"] if marked else ["utf-8-sig", "gb18030"]
    for name in tries:
        try:
            text = content.decode(name)
        except (UnicodeDecodeError, LookupError):
            continue
        if "\x00" not in text:
            return text
    raise InputError("table.encoding", path.name)
