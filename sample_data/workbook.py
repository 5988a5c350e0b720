"""Write workbooks that are the same bytes every time.

openpyxl stamps the time into ``docProps/core.xml`` and into the zip: both are
set to a fixed moment here. The parts are stored without compression, so that
the bytes do not depend on the machine's zlib.
"""

from __future__ import annotations

import zipfile
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from io import BytesIO
from pathlib import Path

from openpyxl import Workbook
from openpyxl.styles import Alignment, Font
from openpyxl.worksheet.worksheet import Worksheet
from openpyxl.xml.functions import tostring

from sample_data.dirt import Cell

__all__ = ["Sheet", "write_workbook"]

_MADE_AT = datetime(2026, 1, 5, 8, 30)
_BOLD = Font(bold=True)
_MIDDLE = Alignment(horizontal="center", vertical="center", wrap_text=True)


@dataclass(slots=True)
class Sheet:
    """Cells as they stand on a sheet.

    Attributes
    ----------
    merges
        Areas of merged cells: first row, first column, last row, last column,
        counted from 1; only the first cell holds a value.
    hidden_rows
        Rows that are hidden, counted from 1.
    """

    name: str
    rows: list[list[Cell]] = field(default_factory=list)
    merges: list[tuple[int, int, int, int]] = field(default_factory=list)
    hidden_rows: list[int] = field(default_factory=list)
    hidden: bool = False
    bold_rows: set[int] = field(default_factory=set)

    def add(self, cells: Sequence[Cell], bold: bool = False) -> int:
        """Append a row and return its number."""
        self.rows.append(list(cells))
        if bold:
            self.bold_rows.add(len(self.rows))
        return len(self.rows)

    def merge(self, top: int, left: int, bottom: int, right: int) -> None:
        """Merge an area of more than one cell."""
        if (top, left) != (bottom, right):
            self.merges.append((top, left, bottom, right))


def write_workbook(path: Path, sheets: Iterable[Sheet]) -> None:
    """Write the sheets in their order."""
    book = Workbook()
    book.remove(book.worksheets[0])
    for sheet in sheets:
        _fill(book.create_sheet(sheet.name), sheet)
    book.properties.creator = "sample_data"
    book.properties.created = book.properties.modified = _MADE_AT
    raw = BytesIO()
    book.save(raw)
    # Saving sets the moment of modification anew.
    book.properties.modified = _MADE_AT
    _settle(raw, path, {"docProps/core.xml": tostring(book.properties.to_tree())})


def _fill(target: Worksheet, sheet: Sheet) -> None:
    for number, cells in enumerate(sheet.rows, start=1):
        for column, value in enumerate(cells, start=1):
            if value is not None and value != "":
                _put(target, number, column, value, bold=number in sheet.bold_rows)
    for top, left, bottom, right in sheet.merges:
        target.merge_cells(start_row=top, start_column=left, end_row=bottom, end_column=right)
    for number in sheet.hidden_rows:
        target.row_dimensions[number].hidden = True
    if sheet.hidden:
        target.sheet_state = "hidden"


def _put(target: Worksheet, row: int, column: int, value: Cell, *, bold: bool) -> None:
    cell = target.cell(row, column, value)
    if bold:
        cell.font, cell.alignment = _BOLD, _MIDDLE
    if isinstance(value, float) and value > 1e15:
        cell.number_format = "0.00E+00"
    elif isinstance(value, date):
        cell.number_format = "yyyy/m/d"


def _settle(raw: BytesIO, path: Path, parts: dict[str, bytes]) -> None:
    with zipfile.ZipFile(raw) as source, zipfile.ZipFile(path, "w", zipfile.ZIP_STORED) as target:
        for name in sorted(source.namelist()):
            info = zipfile.ZipInfo(name, _MADE_AT.timetuple()[:6])
            target.writestr(info, parts.get(name, source.read(name)))
