"""Files of rows: workbooks old and new, CSV in its encodings, and what cannot be read."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from pathlib import Path

import openpyxl
import pytest
import xlwt

from fieldmap.errors import InputError
from fieldmap.readers import read_table
from fieldmap.readers.tables import Span

ROWS: list[list[object]] = [
    ["姓名", "登记日期", "是否独居"],
    ["王𠅤", date(2026, 3, 5), 1],
    ["阿依·古丽", None, None],
]


def write_xlsx(path: Path) -> None:
    book = openpyxl.Workbook()
    sheet = book.worksheets[0]
    sheet.title = "名单"
    for row in ROWS:
        sheet.append(row)
    sheet.merge_cells("A4:B5")
    sheet["A4"] = "合"
    sheet.row_dimensions[3].hidden = True
    book.create_sheet("旧").sheet_state = "hidden"
    book.save(path)


def write_xls(path: Path) -> None:
    book = xlwt.Workbook()
    sheet = book.add_sheet("名单")
    day = xlwt.easyxf(num_format_str="yyyy/m/d")
    for r, row in enumerate(ROWS):
        for c, value in enumerate(row):
            if value is not None:
                sheet.write(r, c, value, day if isinstance(value, date) else xlwt.Style.default_style)
    sheet.write_merge(3, 4, 0, 1, "合")
    sheet.row(2).hidden = True
    book.add_sheet("旧").visibility = 1
    book.save(str(path))


@pytest.mark.parametrize(("name", "write"), [("a.xlsx", write_xlsx), ("a.xls", write_xls)])
def test_workbooks(tmp_path: Path, name: str, write: Callable[[Path], None]) -> None:
    """Old and new workbooks give the same: dates, merged cells, hidden rows and sheets."""
    write(tmp_path / name)
    sheet, old = read_table(tmp_path / name)
    assert (sheet.name, sheet.hidden, old.name, old.hidden) == ("名单", False, "旧", True)
    assert sheet.rows[1] == ("王𠅤", date(2026, 3, 5), 1)
    assert sheet.rows[2] == ("阿依·古丽",)
    assert sheet.hidden_rows == {3}
    assert sheet.merged == (Span(4, 1, 5, 2),)
    assert old.empty


def test_formats_alone_are_nothing(tmp_path: Path) -> None:
    """Cells that are only coloured, and errors of formulas, are empty."""
    book = openpyxl.Workbook()
    sheet = book.worksheets[0]
    sheet.append(["姓名", "#N/A", "年龄"])
    sheet["Z5000"].number_format = "0.00"
    book.save(tmp_path / "a.xlsx")
    assert read_table(tmp_path / "a.xlsx")[0].rows == (("姓名", None, "年龄"),)


def test_content_decides_not_the_name(tmp_path: Path) -> None:
    """A new workbook called .xls is read as what it is."""
    write_xlsx(tmp_path / "a.xlsx")
    (tmp_path / "a.xlsx").rename(tmp_path / "b.xls")
    assert read_table(tmp_path / "b.xls")[0].name == "名单"


def test_one_sheet(tmp_path: Path) -> None:
    """A sheet asked for by name comes alone, and is shown even if it was hidden."""
    write_xlsx(tmp_path / "a.xlsx")
    (sheet,) = read_table(tmp_path / "a.xlsx", sheet="名单")
    assert sheet.name == "名单"


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gb18030", "utf-16"])
@pytest.mark.parametrize("delimiter", [",", "\t", ";"])
def test_csv_encodings(tmp_path: Path, encoding: str, delimiter: str) -> None:
    """A CSV file is read in its encoding and with its delimiter, rare characters too."""
    text = f"姓名{delimiter}地址\n王𠅤{delimiter}3组老王家旁\n,{delimiter}\n"
    (tmp_path / "a.csv").write_bytes(text.encode(encoding))
    (sheet,) = read_table(tmp_path / "a.csv")
    assert sheet.rows[0] == ("姓名", "地址")
    assert sheet.rows[1] == ("王𠅤", "3组老王家旁")


def test_encoding_given(tmp_path: Path) -> None:
    """An encoding named by the person is the only one tried."""
    (tmp_path / "a.csv").write_bytes("姓名,王".encode("big5"))
    assert read_table(tmp_path / "a.csv", encoding="big5")[0].rows[0] == ("姓名", "王")
    with pytest.raises(InputError) as error:
        read_table(tmp_path / "a.csv", encoding="utf-8")
    assert error.value.code == "table.encoding"


def encrypted() -> bytes:
    """Return what begins and is named like a workbook behind a password."""
    return (
        b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(504) + "EncryptedPackage".encode("utf-16-le") + bytes(512)
    )


@pytest.mark.parametrize(
    ("name", "content", "code"),
    [
        ("a.xlsx", None, "table.missing"),
        ("a.pdf", b"%PDF", "table.extension"),
        ("a.xlsx", b"PK\x03\x04 and then nothing", "table.unreadable"),
        ("a.xlsx", b"", "table.unreadable"),
        ("a.xls", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(100), "table.unreadable"),
        ("a.xls", b"<html><table></table></html>", "table.unreadable"),
        ("a.xlsx", encrypted(), "table.password"),
        ("a.csv", b"\x81\x00\x00\xff", "table.encoding"),
        ("a.csv", b"", "table.empty"),
        ("a.csv", b" , ,\n,,\n", "table.empty"),
    ],
)
def test_unreadable(tmp_path: Path, name: str, content: bytes | None, code: str) -> None:
    """What cannot be read is an error with its own code, and all four parts of a message."""
    if content is not None:
        (tmp_path / name).write_bytes(content)
    with pytest.raises(InputError) as error:
        read_table(tmp_path / name)
    said = error.value.explanation()
    assert error.value.code == code
    assert all((said.what, said.value, said.allowed, said.todo))


def test_missing_sheet(tmp_path: Path) -> None:
    """A sheet that is not there is an error that names those that are."""
    write_xlsx(tmp_path / "a.xlsx")
    with pytest.raises(InputError, match="名单、旧") as error:
        read_table(tmp_path / "a.xlsx", sheet="新")
    assert error.value.code == "table.sheet"
