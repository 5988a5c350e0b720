"""Where on a sheet the people stand."""

from __future__ import annotations

from dataclasses import replace

from fieldmap.readers.headings import Headings
from fieldmap.readers.layout import Table, find_tables
from fieldmap.readers.tables import Cell, Sheet, Span

PLAIN = Headings.remembering(None)
SHEET = Sheet(
    name="台账",
    rows=(
        ("安镇老年人台账", None, None, None, None, None),
        ("序号", "村", "姓名", "身份证号", "是否独居", "备注"),
        (1, "安家村", "安一", None, "是", None),
        (2, None, "安二", None, None, None),
        ("小计", None, 2, None, None, None),
        (3, "李村", "安三", None, None, "常出门"),
        (4, None, None, None, None, None),
        (None, None, None, None, None, None),
        ("合计", None, "3人", None, None, None),
        ("填表人:某某  审核人:某某", None, None, None, None, None),
    ),
    merged=(Span(1, 1, 1, 6), Span(3, 2, 4, 2)),
)


def one(sheet: Sheet) -> Table:
    (table,) = find_tables(sheet, PLAIN)
    return table


def column(table: Table, field: str) -> list[Cell]:
    (where,) = table.columns_of(field)
    return [line.cell(where) for line in table.lines]


def test_people_and_the_rest() -> None:
    """People are found below the header; every other row says why it is none."""
    table = one(SHEET)
    assert [line.number for line in table.lines] == [3, 4, 6]
    assert [(s.row, s.reason) for s in table.skipped] == [
        (5, "subtotal"),
        (7, "blank"),
        (9, "subtotal"),
        (10, "note"),
    ]


def test_merged_village_is_filled_down() -> None:
    """A village cell merged over its rows counts for each of them."""
    assert column(one(SHEET), "village") == ["安家村", "安家村", "李村"]


def test_village_written_once_is_filled_down() -> None:
    """Without merging, a village written once for its block counts for the block."""
    assert column(one(replace(SHEET, merged=())), "village") == ["安家村", "安家村", "李村"]


def test_repeated_village_leaves_blanks_alone() -> None:
    """Where every row names its village, a blank is unknown and stays blank."""
    rows = list(SHEET.rows)
    rows[5] = (3, "安家村", "安三", None, None, None)
    assert column(one(replace(SHEET, rows=tuple(rows), merged=())), "village") == ["安家村", None, "安家村"]


def test_header_of_two_rows() -> None:
    """A group above belongs to its columns; 姓名 under 监护人 is the guardian, not the child."""
    sheet = Sheet(
        name="儿童",
        rows=(
            ("登记表", None, None, None, None, None),
            ("序号", "儿童基本信息", None, "监护人", None, "学校"),
            (None, "姓名", "性别", "姓名", "电话", None),
            (1, "安小七", "男", "安七", "19900000007", "安家小学"),
        ),
        merged=(Span(2, 1, 3, 1), Span(2, 2, 2, 3), Span(2, 4, 2, 5), Span(2, 6, 3, 6)),
    )
    table = one(sheet)
    assert [c.field for c in table.columns] == ["order", "name", "sex", "guardian", None, "school"]
    assert column(table, "name") == ["安小七"]
    assert table.columns[4].heading == "监护人电话"


def test_header_whose_second_row_has_the_details() -> None:
    """A name heading merged over two rows takes the row below it into the header, in CSV too."""
    rows: tuple[tuple[Cell, ...], ...] = (
        ("姓名", "基本信息", None, None),
        (None, "性别", "年龄", "身份证号"),
        ("安一", "女", 82, None),
    )
    for merged in ((Span(1, 1, 2, 1), Span(1, 2, 1, 4)), ()):
        table = one(Sheet("表", rows, merged=merged))
        assert [c.field for c in table.columns] == ["name", "sex", "age", "identity"]
        assert [line.number for line in table.lines] == [3]


def test_several_tables() -> None:
    """Two tables on one sheet are read each with its own header; a repeated header is none."""
    rows: tuple[tuple[Cell, ...], ...] = (
        ("姓名", "性别", "年龄"),
        ("安一", "女", 82),
        ("姓名", "性别", "年龄"),
        ("安二", "男", 81),
        ("特困人员", None, None),
        ("供养方式", "姓名", "年龄"),
        ("分散", "安三", 70),
    )
    first, second = find_tables(Sheet("表", rows), PLAIN)
    assert column(first, "name") == ["安一", "安二"]
    assert [(s.row, s.reason) for s in first.skipped] == [(3, "header"), (5, "title")]
    assert column(second, "name") == ["安三"]


def test_no_header() -> None:
    """A sheet without a name heading, or with nothing known beside it, holds no table."""
    assert find_tables(Sheet("表", (("说明", "本表每月更新"),)), PLAIN) == []
    assert find_tables(Sheet("表", (("姓名", "星座", "血型"), ("安一", "白羊", "A"))), PLAIN) == []


def test_a_person_called_like_a_sum_has_a_number() -> None:
    """A row with an identity number is a person, whatever stands beside it."""
    rows = (*SHEET.rows[:3], ("合计", None, "安二", "990101194406020011", None, None))
    assert [line.number for line in one(replace(SHEET, rows=rows, merged=())).lines] == [3, 4]
