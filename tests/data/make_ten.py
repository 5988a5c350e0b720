"""Make ``ten.xlsx``: ten people in nine houses, small enough to be counted by hand.

Today is 2026-03-20. The workbook has what a ledger has: a title, a header, a
village cell merged over all rows, a number kept as a float, a subtotal. Run
``python -m tests.data.make_ten``; a test holds the committed file to this.
"""

from __future__ import annotations

import io
import zipfile
from datetime import datetime
from pathlib import Path

from openpyxl import Workbook
from openpyxl.worksheet.worksheet import Worksheet
from stdnum.cn import ric

HEADER = (
    *(
        "序号",
        "村(社区)",
        "网格",
        "姓名",
        "身份证号",
        "性别",
        "年龄",
        "地址",
        "户主",
        "与户主关系",
        "联系电话",
    ),
    *("类别", "状态", "入户日期", "电访日期", "经度", "纬度", "坐标系"),
)
VILLAGE = "安家村"
_MADE = datetime(2026, 3, 20, 8, 0)

# letter, name, birth date + order code, house, head, relation, group, state, door, phone
PEOPLE = (
    ("A", "安一", "19430501002", 1, "安一", "户主", "独居", "在家", "2026-03-18", ""),
    ("B", "安二", "19440602001", 2, "安二", "户主", "空巢", "在家", "2026年2月10日", "2026.3.10"),
    ("C", "安三", "19550703001", 3, "安三", "户主", "留守", "在家", "2026/2/20", ""),
    ("D", "李四", "19570804002", 3, "安三", "配偶", "留守", "在家", "2026/2/20", ""),
    ("E", "安五", "19500905001", 4, "安五", "户主", "失能", "2026-03-02 住院", "", ""),
    ("F", "安六", "19591006001", 5, "安六", "户主", "肢体一级", "在家", "", ""),
    ("G", "安小七", "20151107003", 6, "安七", "孙子", "困境儿童", "在家", "20260225", ""),
    ("H", "安八", "19421208002", 7, "安八", "户主", "独居", "拒访 2026-01-15", "", ""),
    ("I", "安九", "19531209001", 8, "安九", "户主", "独居", "在家", "2026-02-01", "2026-03-03"),
    ("J", "安十", "19800410001", 9, "安十", "户主", "低保边缘", "在家", "", ""),
)
_AGES = (82, 81, 70, 68, 75, 66, 10, 83, 72, 45)


def identity_of(letter: str) -> str:
    """Return the number of one of the ten; the area 990101 was never assigned."""
    code = next(person[2] for person in PEOPLE if person[0] == letter)
    return f"990101{code}{ric.calc_check_digit(f'990101{code}0')}"


def fill(sheet: Worksheet) -> None:
    """Write the ledger onto a sheet."""
    sheet.append(["安镇重点人群走访台账(2026年3月)"])
    sheet.merge_cells(start_row=1, end_row=1, start_column=1, end_column=len(HEADER))
    sheet.append(HEADER)
    for number, (person, age) in enumerate(zip(PEOPLE, _AGES, strict=True), start=1):
        letter, name, _, house, head, relation, group, state, door, phone = person
        number_text = identity_of(letter)
        # What Excel leaves of a number that was typed as a number: 15 digits.
        identity = float(f"{number_text[:15]}000") if letter == "I" else number_text
        here = (116.931 + house * 0.0005, 33.311, "WGS-84") if letter != "F" else (None, None, None)
        grid = "二网格" if letter in "FG" else "一网格"
        sex = "女" if letter in "ADH" else "男"
        village = VILLAGE if number == 1 else None
        who = (number, village, grid, name, identity, sex, age, f"安家村{house}号", head, relation)
        sheet.append([*who, f"1990000{number:04d}", group, state, door or None, phone or None, *here])
    sheet.merge_cells(start_row=3, end_row=12, start_column=2, end_column=2)
    sheet.append(["小计", None, None, len(PEOPLE)])


def made() -> bytes:
    """Return the workbook, the same bytes every time."""
    book = Workbook()
    sheet = book.worksheets[0]
    sheet.title = "台账"
    fill(sheet)
    book.properties.creator = "fieldmap"
    book.properties.created = _MADE
    raw, settled = io.BytesIO(), io.BytesIO()
    book.save(raw)
    with zipfile.ZipFile(raw) as source, zipfile.ZipFile(settled, "w", zipfile.ZIP_STORED) as target:
        for name in sorted(source.namelist()):
            part = source.read(name)
            if name == "docProps/core.xml":  # saving stamps the time of now into it
                part = part.replace(_modified(part), _MADE.strftime("%Y-%m-%dT%H:%M:%SZ").encode())
            target.writestr(zipfile.ZipInfo(name, _MADE.timetuple()[:6]), part)
    return settled.getvalue()


def _modified(core: bytes) -> bytes:
    return core.split(b"</dcterms:modified>")[0].rsplit(b">", 1)[1]


if __name__ == "__main__":
    Path(__file__).with_name("ten.xlsx").write_bytes(made())
