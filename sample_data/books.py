"""How the ledgers look: titles, merged headers, filled-down villages, subtotals, copies."""

from __future__ import annotations

import csv
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date
from itertools import groupby
from pathlib import Path
from random import Random

from sample_data.dirt import Cell
from sample_data.ledgers import ELDER, Entry, Ledger
from sample_data.workbook import Sheet

__all__ = ["Book", "Count", "child_book", "disabled_book", "elder_book", "relief_book", "write_csv"]

# The first row of the elder ledger's header: group, and the columns it spans.
_ELDER_GROUPS = (("基本信息", 3, 12), ("特殊情形", 13, 19), ("坐标", 20, 22))
_VILLAGE = 1


@dataclass
class Count:
    """What the rows of one sheet are."""

    sheet: str
    people: int = 0
    subtotals: int = 0
    notes: int = 0
    nameless: int = 0
    hidden_rows: int = 0
    hidden: bool = False
    copy_of: str = ""
    tables: int = 1


@dataclass
class Book:
    """The sheets of a workbook and the count of each."""

    sheets: list[Sheet] = field(default_factory=list)
    counts: list[Count] = field(default_factory=list)

    def new(self, name: str) -> tuple[Sheet, Count]:
        """Add a sheet."""
        self.sheets.append(Sheet(name))
        self.counts.append(Count(name))
        return self.sheets[-1], self.counts[-1]


def elder_book(ledger: Ledger, people: list[Entry], rng: Random) -> Book:
    """Return a sheet for each village, one more that is a copy, and an old one that is hidden."""
    book = Book()
    villages = [(code, list(group)) for code, group in groupby(people, lambda e: e.house.door.division_code)]
    for k, (_, group) in enumerate(villages):
        ending = ("", "新版", "-更新中", "")[k % 4]
        sheet, count = book.new(f"{group[0].house.door.village}{ending}")
        _elder_head(sheet, group[0], len(ELDER))
        _village_rows(sheet, count, ledger, group, merge_by=lambda e: e.house.door.grid_code)
        _notes(
            sheet,
            count,
            "备注：1.本表由村（社区）填报，按月更新；2.“是/否”栏空白表示不掌握。",
            "填表人：              审核人：",
        )
        if k == 2:
            _copy(book, sheet, count, rng)
    if book.sheets:
        _old_version(book)
    return book


def _elder_head(sheet: Sheet, first: Entry, width: int) -> None:
    sheet.add([f"{first.house.door.address[:3]}老年人信息台账（2026年）"], bold=True)
    sheet.merge(1, 1, 1, width)
    sheet.add([f"填报单位：{first.house.door.village}", *[""] * 9, "填报日期：2026年3月"])
    top: list[Cell] = list(_headings(ELDER))
    low: list[Cell] = [""] * width
    for name, left, right in _ELDER_GROUPS:
        low[left - 1 : right] = top[left - 1 : right]
        top[left - 1 : right] = [name, *[""] * (right - left)]
        sheet.merge(3, left, 3, right)
    for column in range(1, width + 1):
        if not low[column - 1]:
            sheet.merge(3, column, 4, column)
    sheet.add(top, bold=True)
    sheet.add(low, bold=True)


def _headings(columns: Sequence[str]) -> Iterator[str]:
    """Yield the headings as people type them: a line break here, blanks there."""
    odd = {
        "姓名": "姓 名",
        "身份证号": "身份证\n号",
        "村(社区)": "村（社区）",
        "是否计划生育特殊家庭": "是否计划生育\n特殊家庭",
    }
    for column in columns:
        yield odd.get(column, column)


def _village_rows(
    sheet: Sheet,
    count: Count,
    ledger: Ledger,
    group: list[Entry],
    merge_by: Callable[[Entry], str],
    name_column: int = 3,
) -> None:
    """Write groups of rows whose village cell is merged, each with its subtotal."""
    number = 0
    for _, some in groupby(group, merge_by):
        top = len(sheet.rows) + 1
        size = 0
        for entry in some:
            number, size = number + 1, size + 1
            cells = ledger.row(number, entry)
            if size > 1:
                cells[_VILLAGE] = ""
            sheet.add(cells)
        sheet.merge(top, _VILLAGE + 1, len(sheet.rows), _VILLAGE + 1)
        ledger.dirt.count["village_filled_down"] += size - 1
        count.people += size
        total: list[Cell] = ["小计", "", "", f"{size}人"] if name_column == 3 else ["小计", size]
        sheet.add(total, bold=True)
        count.subtotals += 1


def _notes(sheet: Sheet, count: Count, *texts: str) -> None:
    sheet.add([])
    for text in texts:
        sheet.add([text])
        count.notes += 1


def _copy(book: Book, sheet: Sheet, count: Count, rng: Random) -> None:
    """Add the sheet somebody copied before editing: the same people, twice in the file."""
    copy = Sheet(
        f"{sheet.name}副本",
        [list(r) for r in sheet.rows],
        list(sheet.merges),
        [],
        bold_rows=set(sheet.bold_rows),
    )
    copy.rows[0] = [f"{copy.rows[0][0]}副本{rng.randint(1, 3)}"]
    book.sheets.append(copy)
    book.counts.append(Count(copy.name, count.people, count.subtotals, count.notes, copy_of=sheet.name))


def _old_version(book: Book) -> None:
    """Add last year's sheet of the first village, hidden."""
    sheet, count = book.sheets[0], book.counts[0]
    old = Sheet(
        "旧版",
        [list(r) for r in sheet.rows],
        list(sheet.merges),
        hidden=True,
        bold_rows=set(sheet.bold_rows),
    )
    book.sheets.append(old)
    book.counts.append(
        Count("旧版", count.people, count.subtotals, count.notes, hidden=True, copy_of=sheet.name)
    )


def child_book(ledger: Ledger, people: list[Entry]) -> Book:
    """Return one sheet; two rows of it are hidden, and they count all the same."""
    book = Book()
    sheet, count = book.new("困境儿童")
    sheet.add(["困境儿童、留守儿童信息登记表"], bold=True)
    sheet.merge(1, 1, 1, len(ledger.columns))
    sheet.add(list(_headings(ledger.columns)), bold=True)
    _village_rows(sheet, count, ledger, people, merge_by=lambda e: e.house.door.division_code)
    _hide(sheet, count, ledger)
    sheet.add(["合计", "", "", f"{count.people}人"], bold=True)
    count.subtotals += 1
    _notes(sheet, count, "注：监护人为实际照料人。")
    return book


def _hide(sheet: Sheet, count: Count, ledger: Ledger) -> None:
    people = [n for n, cells in enumerate(sheet.rows, start=1) if isinstance(cells and cells[0], int)]
    sheet.hidden_rows = people[5:7]
    count.hidden_rows = len(sheet.hidden_rows)
    ledger.dirt.count["hidden_rows"] += count.hidden_rows


def disabled_book(ledger: Ledger, people: list[Entry]) -> Book:
    """Return one sheet with a title and a single header row."""
    book = Book()
    sheet, count = book.new("Sheet1")
    sheet.add(["残疾人基本情况台账", "", "", "", "", "", "", "", "单位：人"], bold=True)
    sheet.add(list(_headings(ledger.columns)), bold=True)
    _village_rows(sheet, count, ledger, people, merge_by=lambda e: e.house.door.division_code)
    return book


def relief_book(ledger: Ledger, people: list[Entry]) -> Book:
    """Return a sheet for allowances and one with two tables for the destitute."""
    book = Book()
    sheet, count = book.new("低保")
    poor = [e for e in people if not e.person.has("特困")]
    _relief_table(sheet, count, ledger, poor, "城乡低保及低保边缘对象台账")
    _nameless(sheet, count, ledger)
    _notes(sheet, count, "说明：低保边缘不享受低保金。")
    sheet, count = book.new("特困")
    for way in ("分散", "集中"):
        some = [e for e in people if e.person.value("特困") == way]
        _relief_table(sheet, count, ledger, some, f"特困人员（{way}供养）台账")
        sheet.add([])
    count.tables = 2
    return book


def _relief_table(sheet: Sheet, count: Count, ledger: Ledger, people: list[Entry], title: str) -> None:
    number = sheet.add([title], bold=True)
    sheet.merge(number, 1, number, len(ledger.columns))
    sheet.add(list(_headings(ledger.columns)), bold=True)
    _village_rows(sheet, count, ledger, people, merge_by=lambda e: e.house.door.division_code, name_column=4)


def _nameless(sheet: Sheet, count: Count, ledger: Ledger) -> None:
    """Add two rows that hold a number and a village, but nobody."""
    village = next((str(c[_VILLAGE]) for c in sheet.rows[2:] if len(c) > 2 and c[_VILLAGE]), "")
    for k in range(2):
        cells: list[Cell] = [""] * len(ledger.columns)
        cells[0], cells[1], cells[ledger.columns.index("救助类别")] = count.people + k + 1, village, "低保B"
        cells[ledger.columns.index("现住地址")] = f"{village}（待核）"
        sheet.add(cells)
        count.nameless += 1


def write_csv(path: Path, ledger: Ledger, people: list[Entry]) -> Count:
    """Write a ledger as the chat sends it: GB18030, title and sum included."""
    count = Count(path.name)
    with path.open("w", encoding="gb18030", newline="") as file:
        out = csv.writer(file)
        out.writerow(["残疾人台账", *[""] * (len(ledger.columns) - 1)])
        out.writerow(ledger.columns)
        for number, entry in enumerate(people, start=1):
            out.writerow([_as_text(c) for c in ledger.row(number, entry)])
            count.people += 1
        out.writerow(["合计", count.people, *[""] * (len(ledger.columns) - 2)])
        count.subtotals += 1
    return count


def _as_text(cell: Cell) -> str:
    if isinstance(cell, date):
        return f"{cell.year}/{cell.month}/{cell.day}"
    if isinstance(cell, float) and cell > 1e15:
        return f"{cell:.0f}"
    return "" if cell is None else str(cell)
