"""The made ledgers: every kind of dirt is there, and the truth says how much."""

from __future__ import annotations

import csv
import re
from collections.abc import Iterator
from datetime import date, datetime
from pathlib import Path
from random import Random
from typing import Any

import openpyxl
import pytest
from openpyxl.worksheet.worksheet import Worksheet

from sample_data.dirt import Dirt
from sample_data.ledgers import CHILD, DISABLED, ELDER, RELIEF
from sample_data.township import Station

COLUMNS = {
    "老年人信息台账.xlsx": ELDER,
    "困境儿童台账.xlsx": CHILD,
    "残疾人台账.xlsx": DISABLED,
    "低保特困台账.xlsx": RELIEF,
}
CSV = "残疾人台账.csv"

DIRT = {
    *("id_float", "id_float_15_digits", "id_lower_x", "id_cyrillic_x", "id_full_width", "id_apostrophe"),
    *("id_blank", "id_15_digits", "id_is_card", "id_missing"),
    *("date_dots", "date_slashes", "date_chinese", "date_digits", "date_iso", "date_serial", "date_cell"),
    *("date_vague", "date_two", "yes_no_variant", "age_stale", "last_contact"),
    *("phone_none", "phone_two", "phone_full_width", "phone_landline"),
    *("name_blank", "name_dot", "name_rare", "tag_in_text", "household_second_head"),
    *("address_beside", "address_short", "address_full_width", "address_old_name"),
    *("coordinates_missing", "coordinates_gcj02", "grid_missing", "grid_by_code"),
    *("hidden_rows", "village_filled_down"),
}

ID = "990101195003120218"


def plain(heading: object) -> str:
    """Return a heading without blanks, line breaks and full-width signs."""
    return re.sub(r"\s", "", str(heading or "")).replace("（", "(").replace("）", ")")


def sheets(township: Path, file: str) -> list[Worksheet]:
    return [s for s in openpyxl.load_workbook(township / file).worksheets if isinstance(s, Worksheet)]


def people_rows(sheet: Worksheet) -> Iterator[tuple[Any, ...]]:
    """Yield rows that begin with a number and hold a name: persons, by the plainest of rules."""
    rows = list(sheet.iter_rows(values_only=True))
    column = 0
    for row in rows:
        headings = [plain(c) for c in row]
        if "姓名" in headings:
            column = headings.index("姓名")
        elif column and isinstance(row[0], int) and row[column]:
            yield row


@pytest.mark.parametrize("file", list(COLUMNS))
def test_headings_are_those_that_the_readme_promises(township: Path, file: str) -> None:
    """Every column is there in its order; in the elder ledger over two rows."""
    sheet = sheets(township, file)[0]
    rows = [[plain(c) for c in row] for row in sheet.iter_rows(min_row=2, max_row=4, values_only=True)]
    if file.startswith("老年人"):
        top, low = rows[1], rows[2]
        headings = [b or a for a, b in zip(top, low, strict=True)]
        assert {"基本信息", "特殊情形", "坐标"} <= set(top)
    else:
        headings = rows[0]
    assert tuple(headings[: len(COLUMNS[file])]) == COLUMNS[file]


@pytest.mark.parametrize("file", list(COLUMNS))
def test_rows_are_as_many_as_the_truth_says(township: Path, truth: dict[str, Any], file: str) -> None:
    """Each sheet holds the persons that were written, copies and hidden sheets included."""
    counts = {c["sheet"]: c["people"] for c in truth["ledgers"][file]["sheets"]}
    assert {s.title: len(list(people_rows(s))) for s in sheets(township, file)} == counts


def test_every_client_is_on_the_ledgers_as_often_as_told(station: Station, truth: dict[str, Any]) -> None:
    """The people of each ledger, copies apart, are those who have a reason to be on it."""
    on = truth["clients_by_ledger"]
    written: dict[str, int] = {}
    for ledger in truth["ledgers"].values():
        written[ledger["kind"]] = written.get(ledger["kind"], 0) + ledger["people"]
    assert written == on
    assert on["elder"] == sum("elder" in p.ledgers for h in station.houses for p in h.members)


def test_elder_ledger_looks_like_those_of_a_station(township: Path, truth: dict[str, Any]) -> None:
    """A sheet for each village, one copy, one hidden; merged villages, subtotals, notes."""
    found = {s.title: s for s in sheets(township, "老年人信息台账.xlsx")}
    told = {c["sheet"]: c for c in truth["ledgers"]["老年人信息台账.xlsx"]["sheets"]}
    assert len(found) == 11
    assert [n for n, s in found.items() if s.sheet_state == "hidden"] == ["旧版"]
    assert [n for n in found if "副本" in n] == [
        n for n, c in told.items() if c["copy_of"] and not c["hidden"]
    ]
    first = next(iter(found.values()))
    texts = [str(row[0]) for row in first.iter_rows(values_only=True) if isinstance(row[0], str)]
    assert texts[0].startswith("青渡镇老年人信息台账")
    assert texts.count("小计") == told[first.title]["subtotals"] == 2
    assert sum(t.startswith(("备注", "填表人")) for t in texts) == told[first.title]["notes"] == 2
    assert any(area.min_col == area.max_col == 2 for area in first.merged_cells.ranges)


def test_hidden_rows_two_tables_and_rows_without_a_name(township: Path, truth: dict[str, Any]) -> None:
    """What a reader must not lose, must not merge, and must refuse."""
    children = sheets(township, "困境儿童台账.xlsx")[0]
    assert sum(d.hidden for d in children.row_dimensions.values()) == 2
    low, destitute = sheets(township, "低保特困台账.xlsx")
    headers = [row for row in destitute.iter_rows(values_only=True) if "姓名" in map(plain, row)]
    assert len(headers) == 2
    names = [row[4] for row in low.iter_rows(min_row=3, values_only=True) if isinstance(row[0], int)]
    assert sum(not n for n in names) == truth["ledgers"]["低保特困台账.xlsx"]["rows_nameless"] == 2


def test_one_in_eleven_numbers_is_a_float(township: Path, truth: dict[str, Any]) -> None:
    """At least eight of a hundred identity numbers are numbers, in every workbook."""
    for file, columns in COLUMNS.items():
        at = columns.index("身份证号")
        dirt = truth["ledgers"][file]["dirt"]
        fresh = [c["sheet"] for c in truth["ledgers"][file]["sheets"] if not c["copy_of"]]
        cells = [row[at] for s in sheets(township, file) if s.title in fresh for row in people_rows(s)]
        floats = [c for c in cells if isinstance(c, int | float)]
        assert len(floats) == dirt["id_float"]
        assert len(floats) / dirt["id_rows"] >= 0.08


def test_every_kind_of_dirt_is_there(truth: dict[str, Any]) -> None:
    """Each kind that stations meet occurs somewhere."""
    kinds = {kind for ledger in truth["ledgers"].values() for kind, n in ledger["dirt"].items() if n}
    assert kinds >= DIRT


def test_text_table_is_gb18030_and_complete(township: Path, truth: dict[str, Any], station: Station) -> None:
    """Title, header, people, sum, in GB18030, of villages that are not in the workbook."""
    raw = (township / CSV).read_bytes()
    with pytest.raises(UnicodeDecodeError):
        raw.decode("utf-8")
    rows = list(csv.reader(raw.decode("gb18030").splitlines()))
    assert tuple(rows[1]) == DISABLED
    assert rows[-1][:2] == ["合计", str(len(rows) - 3)]
    assert truth["ledgers"][CSV]["people"] == len(rows) - 3
    last = {v.name for v in station.town.villages[-3:]}
    assert {row[1] for row in rows[2:-1]} <= last


def test_no_coordinates_where_the_household_is_not_on_the_map(township: Path, truth: dict[str, Any]) -> None:
    """Cells for longitude are empty as often as told."""
    for file, columns in COLUMNS.items():
        at = columns.index("经度")
        fresh = [c["sheet"] for c in truth["ledgers"][file]["sheets"] if not c["copy_of"]]
        cells = [row[at] for s in sheets(township, file) if s.title in fresh for row in people_rows(s)]
        assert cells.count(None) == truth["ledgers"][file]["dirt"]["coordinates_missing"]
        assert all(116.8 < c < 117 for c in cells if c is not None)


def test_dirt_keeps_what_can_be_read() -> None:
    """A float keeps fourteen digits, a date cell its day, a phone its digits."""
    dirt = Dirt(Random(1), floats=1)
    assert str(int(float(str(dirt.identity(ID)))))[:14] == ID[:14]
    day = date(2023, 3, 5)
    written = {dirt.day(day, certain=True) for _ in range(200)}
    assert written >= {day, 44990, "2023.3.5", "2023/3/5", "2023年3月5日", "20230305", "2023-03-05"}
    assert not any(isinstance(w, datetime) for w in written)
    assert {dirt.yes(True) for _ in range(100)} == {"是", "√", "1", "有"}
    assert {dirt.yes(False) for _ in range(100)} == {"否", "", "无", "0"}


def test_number_that_ends_in_x_is_never_a_float() -> None:
    """Excel keeps it as text; the next number of digits becomes the float instead."""
    dirt = Dirt(Random(1), floats=1)
    assert isinstance(dirt.identity("99010119510406001X"), str)
    assert not isinstance(dirt.identity(ID), str)
    assert dirt.count["id_float"] == 1
