"""Ledgers: ten people by hand, the dirt one kind at a time, a whole made township."""

from __future__ import annotations

import csv
import json
import tomllib
from collections import Counter
from datetime import date
from importlib import resources
from pathlib import Path
from typing import Any

import openpyxl
import pytest
import shapely
from hypothesis import given
from hypothesis import strategies as st

from fieldmap.datum import Datum, from_wgs84
from fieldmap.errors import InputError
from fieldmap.models import Channel, ExclusionReason, IdStatus, Position, Residence, Sex
from fieldmap.readers import (
    LedgerBatch,
    LedgerKind,
    LedgerRow,
    Sheet,
    read_ledger,
    read_places,
    refuse_wrong_datum,
)
from fieldmap.readers.headings import Headings
from fieldmap.readers.layout import find_tables
from fieldmap.readers.person import read_person
from tests.data.make_ten import identity_of, made

TODAY = date(2026, 3, 20)
DATA = Path(__file__).parents[2] / "data"
TOWNSHIP = Path(__file__).parents[3] / "sample_data" / "township"
TRUTH: dict[str, Any] = json.loads((TOWNSHIP / "truth.json").read_text(encoding="utf-8"))
LEDGERS = sorted(TRUTH["ledgers"])
SYNONYMS = tomllib.loads((resources.files("fieldmap.readers") / "headings.toml").read_text(encoding="utf-8"))[
    "fields"
]

GOOD = {
    "姓名": "安一",
    "身份证号": identity_of("A"),
    "性别": "女",
    "年龄": "82",
    "村": "安家村",
    "地址": "安家村1号",
}


def written(folder: Path, *rows: dict[str, str], name: str = "台账.csv") -> Path:
    """Write rows as a CSV ledger whose headings are those of all the rows."""
    headings = list(dict.fromkeys(heading for row in rows for heading in row))
    path = folder / name
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, headings)
        writer.writeheader()
        writer.writerows(rows)
    return path


def read_one(folder: Path, **cells: str) -> tuple[LedgerRow, set[str]]:
    """Read the good row with some cells changed; return it and the codes of its issues."""
    batch = read_ledger(written(folder, GOOD | cells), today=TODAY)
    (row,) = batch.rows
    return row, {issue.code for issue in batch.issues}


@pytest.fixture(scope="module")
def ten() -> LedgerBatch:
    """Return the ten people."""
    return read_ledger(DATA / "ten.xlsx", today=TODAY)


def test_ten_is_what_the_script_makes() -> None:
    """The committed workbook is byte for byte what its script makes."""
    assert (DATA / "ten.xlsx").read_bytes() == made()


def test_ten_people_one_subtotal(ten: LedgerBatch) -> None:
    """Ten rows are people, the subtotal is skipped, nothing is refused."""
    assert [row.row for row in ten.rows] == list(range(3, 13))
    assert [(s.row, s.reason, s.text) for s in ten.skipped] == [(13, "subtotal", "小计 10")]
    assert ten.refused == 0
    assert ten.unknown == ()


def test_ten_only_the_float_is_to_be_verified(ten: LedgerBatch) -> None:
    """I is kept and marked to be verified, with the birth date that is certain."""
    (issue,) = ten.issues
    assert (issue.row, issue.field, issue.code, issue.kept) == (11, "身份证号", "identity.float", True)
    statuses = [row.identity.status for row in ten.rows]
    assert statuses == [IdStatus.OK] * 8 + [IdStatus.UNVERIFIED, IdStatus.OK]
    assert ten.rows[8].birth_date == date(1953, 12, 9)


def test_ten_tags(ten: LedgerBatch) -> None:
    """Each has the tags the ledger says, and J's 低保边缘 is not 低保."""
    tags = [["=".join(filter(None, mark)) for mark in row.tags] for row in ten.rows]
    assert tags == [
        ["独居"],
        ["空巢"],
        ["留守"],
        ["留守"],
        ["失能"],
        ["残疾=1", "残疾类别=肢体"],
        ["困境儿童"],
        ["独居"],
        ["独居"],
        ["低保边缘"],
    ]


def test_ten_contacts_and_states(ten: LedgerBatch) -> None:
    """What the ledger remembers comes out as contacts by channel and dated reasons."""
    contacts = [[(f"{c.day:%m-%d}", str(c.channel)) for c in row.contacts] for row in ten.rows]
    assert contacts == [
        [("03-18", "door")],
        [("02-10", "door"), ("03-10", "phone")],
        [("02-20", "door")],
        [("02-20", "door")],
        [],
        [],
        [("02-25", "door")],
        [],
        [("02-01", "door"), ("03-03", "phone")],
        [],
    ]
    states = {row.name: (row.state.reason, row.state.day) for row in ten.rows if row.state.reason}
    assert states == {
        "安五": (ExclusionReason.HOSPITAL, date(2026, 3, 2)),
        "安八": (ExclusionReason.REFUSED, date(2026, 1, 15)),
    }


def test_ten_places(ten: LedgerBatch) -> None:
    """All live in the merged village; C and D share a house; F has no coordinates."""
    assert {row.village for row in ten.rows} == {"安家村"}
    c, d = ten.rows[2], ten.rows[3]
    assert (c.address, c.head, c.position) == (d.address, d.head, d.position)
    assert [row.name for row in ten.rows if row.position is None] == ["安六"]
    assert ten.rows[0].position == Position(116.9315, 33.311)
    assert {row.datum for row in ten.rows} == {Datum.WGS84, None}


def test_clean_row(tmp_path: Path) -> None:
    """A good row gives a person and no issue."""
    row, codes = read_one(tmp_path)
    assert codes == set()
    assert (row.name, row.sex, row.birth_date) == ("安一", Sex.FEMALE, date(1943, 5, 1))
    assert row.identity.text == identity_of("A")


@pytest.mark.parametrize(
    ("cells", "codes"),
    [
        ({"身份证号": ""}, {"birth.missing"}),
        ({"身份证号": identity_of("A")[:-1] + "9"}, {"identity.check"}),
        ({"身份证号": "9.90101E+17"}, {"identity.float", "birth.missing"}),
        ({"身份证号": identity_of("A") + "41"}, {"identity.card"}),
        ({"性别": "男"}, {"identity.differs"}),
        ({"出生日期": "1943-05-02"}, {"identity.differs"}),
        ({"年龄": "79"}, {"age.differs"}),
        ({"年龄": "81"}, set()),
        ({"年龄": "老"}, {"age.unclear"}),
        ({"性别": "不男"}, {"sex.unclear"}),
        ({"联系电话": "没有装"}, {"phone.unclear"}),
        ({"联系电话": "无"}, set()),
        ({"是否独居": "大概"}, {"yesno.unclear"}),
        ({"失能等级": "很差"}, {"tag.unclear"}),
        ({"类别": "爱下棋"}, {"tag.unclear"}),
        ({"低保类别": "A", "救助类别": "低保B"}, {"tag.conflict"}),
        ({"残疾类别及等级": "很重"}, {"disability.unclear"}),
        ({"人户状态": "不好说"}, {"residence.unclear"}),
        ({"状态": "住院"}, {"status.no-date"}),
        ({"首次登记日期": "3月底"}, {"date.vague"}),
        ({"首次登记日期": "2026-12-31"}, {"date.future"}),
        ({"末次联系时间": "2026-03-10上门无人"}, {"contact.missed"}),
        ({"入户日期": "2027-01-01"}, {"date.future"}),
        ({"经度": "116.93", "坐标系": "WGS-84"}, {"coordinate.half"}),
        ({"经度": "东边", "纬度": "33.3", "坐标系": "WGS-84"}, {"coordinate.unclear"}),
        ({"经度": "11.6", "纬度": "33.3", "坐标系": "WGS-84"}, {"coordinate.range"}),
        ({"经度": "33.31", "纬度": "116.93", "坐标系": "WGS-84"}, {"coordinate.swapped"}),
        ({"经度": "116.93", "纬度": "33.31", "坐标系": "北京54"}, {"datum.unknown"}),
        ({"经度": "116.93", "纬度": "33.31"}, {"datum.unsaid"}),
        ({"经纬度": "116.93,33.31", "坐标系": "WGS-84"}, set()),
        ({"坐标": "村口", "坐标系": "WGS-84"}, {"coordinate.unclear"}),
    ],
)
def test_dirty_cell(tmp_path: Path, cells: dict[str, str], codes: set[str]) -> None:
    """A cell that does not fit is reported in its field, and the person is kept."""
    row, found = read_one(tmp_path, **cells)
    assert row.name == "安一"
    assert found == codes


@pytest.mark.parametrize(
    ("cells", "tags"),
    [
        ({"是否独居": "√", "是否空巢": "否", "是否留守": ""}, {"独居"}),
        ({"是否独居": "独居"}, {"独居"}),
        ({"是否低保": "A类"}, {"低保=A"}),
        ({"是否低保": "是", "低保类别": "B"}, {"低保=B"}),
        ({"救助类别": "低保C"}, {"低保=C"}),
        ({"救助类别": "低保边缘"}, {"低保边缘"}),
        ({"救助类别": "特困", "供养方式": "分散", "护理档次": "半护理"}, {"特困", "分散供养", "护理=半护理"}),
        ({"失能等级": "中度失能"}, {"失能=2"}),
        ({"失能等级": "3"}, {"失能=3"}),
        ({"失能等级": "半失能"}, {"失能"}),
        ({"失能等级": "能力完好"}, set()),
        ({"失能等级": "否"}, set()),
        ({"残疾类别及等级": "视力二级"}, {"残疾=2", "残疾类别=视力"}),
        ({"残疾类别": "听力", "残疾等级": "三级"}, {"残疾=3", "残疾类别=听力"}),
        ({"残疾人证号": identity_of("A") + "61"}, {"残疾=1", "残疾类别=精神"}),
        ({"困境类型": "事实无人抚养儿童、留守儿童"}, {"事实无人抚养儿童", "农村留守儿童"}),
        ({"备注": "低保独居"}, {"低保", "独居"}),
        ({"备注": "儿子是低保专干,独居"}, {"独居"}),
        ({"备注": "非独居"}, set()),
        ({"危险性等级": "3级"}, {"精神障碍=3"}),
        ({"风险等级": "红色"}, {"儿童风险=红"}),
        ({"是否留守": "是", "身份证号": identity_of("G"), "性别": "男", "年龄": "10"}, {"农村留守儿童"}),
    ],
)
def test_tags_of_columns(tmp_path: Path, cells: dict[str, str], tags: set[str]) -> None:
    """Yes/no columns, graded columns, card numbers and free text all lead to the vocabulary."""
    row, codes = read_one(tmp_path, **cells)
    assert {"=".join(filter(None, mark)) for mark in row.tags} == tags
    assert codes == set()


def test_bare_group_in_its_ledger(tmp_path: Path) -> None:
    """A bare 类别 means what the ledger is about: a class of allowance, or of disability."""
    relief = read_ledger(written(tmp_path, GOOD | {"类别": "A"}, name="低保台账.csv"), today=TODAY)
    disabled = read_ledger(
        written(tmp_path, GOOD | {"类别": "肢体", "等级": "2"}, name="残疾.csv"), today=TODAY
    )
    assert [tuple(mark) for mark in relief.rows[0].tags] == [("低保", "A")]
    assert {tuple(mark) for mark in disabled.rows[0].tags} == {("残疾", "2"), ("残疾类别", "肢体")}


def test_contradicted_number_is_not_trusted(tmp_path: Path) -> None:
    """A number that the row contradicts is to be verified; the sex is the column's."""
    row, _ = read_one(tmp_path, 性别="男")
    assert (row.identity.status, row.identity.eighteen, row.sex) == (IdStatus.UNVERIFIED, None, Sex.MALE)


def test_the_rest_of_a_row(tmp_path: Path) -> None:
    """Household, guardian, school, telephones, residence and unknown columns come along."""
    row, codes = read_one(
        tmp_path,
        户主="安 一",
        与户主关系="户主",
        监护人="李四",
        学校="安家小学",
        联系电话="19900000001/19900000002",
        人户状态="户在人不在",
        户籍地址="李村2组",
        首次登记日期="45015",
        末次联系时间="2026.3.1电话",
        血型="A",
    )
    assert codes == set()
    assert (row.head, row.relation, row.guardian, row.school) == ("安一", "户主", "李四", "安家小学")
    assert row.phones == ("19900000001", "19900000002")
    assert row.residence is Residence.REGISTERED_NOT_LIVING
    assert row.registered_address == "李村2组"
    assert row.registered_on == date(2023, 3, 30)
    assert row.contacts == ((date(2026, 3, 1), Channel.PHONE),)
    assert row.extra == {"血型": "A"}


def test_datum_of_the_row_and_of_the_file(tmp_path: Path) -> None:
    """A row's own datum counts; where it says none, the one declared for the file does."""
    lon, lat = (f"{float(x):.7f}" for x in from_wgs84(116.93, 33.31, Datum.GCJ02))
    rows = [GOOD | {"经度": lon, "纬度": lat, "坐标系": said} for said in ("高德", "")]
    batch = read_ledger(written(tmp_path, *rows), today=TODAY, datum=Datum.GCJ02)
    for row in batch.rows:
        assert row.datum is Datum.GCJ02
        assert row.position is not None
        assert (row.position.lon, row.position.lat) == pytest.approx((116.93, 33.31), abs=2e-7)


def test_nameless_row_is_refused(tmp_path: Path) -> None:
    """A row with a number and no name is refused, and the others are kept."""
    batch = read_ledger(written(tmp_path, GOOD, GOOD | {"姓名": ""}), today=TODAY)
    assert (len(batch.rows), batch.refused) == (1, 1)
    (issue,) = batch.issues
    assert (issue.row, issue.code, issue.kept) == (3, "row.no-name", False)


def test_same_person_twice(tmp_path: Path) -> None:
    """The same number twice in a file is kept twice and reported once."""
    batch = read_ledger(written(tmp_path, GOOD, GOOD | {"地址": "安家村2号"}), today=TODAY)
    assert len(batch.rows) == 2
    assert [(i.row, i.code, i.details) for i in batch.issues] == [(3, "row.duplicate", {"first": 2})]


def test_remembered_mapping(tmp_path: Path) -> None:
    """What a batch tells of its columns can be handed back; a person may say it differently."""
    path = written(tmp_path, GOOD | {"称呼": "安老太", "备注": "独居"})
    first = read_ledger(path, today=TODAY)
    assert first.unknown == ("称呼",)
    again = read_ledger(path, today=TODAY, mapping=first.mapping)
    assert again == first
    changed = read_ledger(
        path, today=TODAY, mapping={**first.mapping, "姓名": "", "称呼": "name", "备注": ""}
    )
    assert changed.rows[0].name == "安老太"
    assert changed.rows[0].tags == ()
    assert changed.rows[0].extra == {"姓名": "安一", "备注": "独居"}


anything = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(),
    st.floats(),
    st.dates(),
    st.text(),
    st.sampled_from(list(GOOD.values())),
)
COLUMNS = tuple(words[0] for field, words in SYNONYMS.items() if field != "name")


@given(st.lists(anything, min_size=len(COLUMNS), max_size=len(COLUMNS)))
def test_no_cell_breaks_a_row(cells: list[Any]) -> None:
    """Whatever stands in its other columns, a person with a name is read and every issue can be said."""
    sheet = Sheet("表", (("姓名", *COLUMNS), ("安一", *cells)))
    (table,) = find_tables(sheet, Headings.remembering(None))
    (line,) = table.lines
    row, issues = read_person(line, table, TODAY, None, "mixed")
    assert row.name == "安一"
    assert all(issue.kept and str(issue) for issue in issues)


def two_sheets(path: Path, *names: str, hide: str = "") -> Path:
    book = openpyxl.Workbook()
    book.remove(book.worksheets[0])
    for name in names:
        sheet = book.create_sheet(name)
        sheet.append(list(GOOD))
        sheet.append(list(GOOD.values()))
        sheet.sheet_state = "hidden" if name == hide else "visible"
    book.save(path)
    return path


@pytest.mark.parametrize(
    ("names", "read", "reason"),
    [
        (("105楼", "105楼副本"), "105楼", "copy"),
        (("105楼-更新中", "105楼-更新中副本"), "105楼-更新中", "copy"),
        (("105楼旧版", "105楼新版"), "105楼新版", "copy"),
        (("105楼(2)", "105楼"), "105楼(2)", ""),
        (("104楼新版", "105楼副本"), "104楼新版", ""),
    ],
)
def test_copies(tmp_path: Path, names: tuple[str, str], read: str, reason: str) -> None:
    """A copy is left out only where its original is in the same file; asked for, it is read."""
    path = two_sheets(tmp_path / "a.xlsx", *names)
    batch = read_ledger(path, today=TODAY)
    assert [s.reason for s in batch.skipped] == [reason] * bool(reason)
    assert batch.rows[0].sheet == read
    assert len(batch.rows) == (1 if reason else 2)
    other = next(name for name in names if name != read)
    assert [row.sheet for row in read_ledger(path, today=TODAY, sheet=other).rows] == [other]


def test_hidden_sheet(tmp_path: Path) -> None:
    """A hidden sheet is left out and said so."""
    batch = read_ledger(two_sheets(tmp_path / "a.xlsx", "甲", "乙", hide="乙"), today=TODAY)
    assert [(s.sheet, s.reason) for s in batch.skipped] == [("乙", "hidden")]
    assert [(i.sheet, i.code) for i in batch.issues] == [("乙", "sheet.hidden")]
    assert batch.refused == 0


def test_no_header_found(tmp_path: Path) -> None:
    """A file in which no list is found is an error; a sheet beside a list is reported."""
    (tmp_path / "a.csv").write_text("走访小结\n本月走访顺利\n", encoding="utf-8")
    with pytest.raises(InputError) as error:
        read_ledger(tmp_path / "a.csv", today=TODAY)
    assert error.value.code == "ledger.no-header"
    path = two_sheets(tmp_path / "a.xlsx", "甲")
    book = openpyxl.load_workbook(path)
    book.create_sheet("小结").append(["本月走访顺利"])
    book.save(path)
    batch = read_ledger(path, today=TODAY)
    assert [(i.sheet, i.code) for i in batch.issues] == [("小结", "sheet.no-header")]


@pytest.fixture(scope="module")
def township() -> dict[str, LedgerBatch]:
    """Return the ledgers of the made township."""
    today = date.fromisoformat(TRUTH["recipe"]["start"])
    return {name: read_ledger(TOWNSHIP / name, today=today) for name in LEDGERS}


@pytest.mark.parametrize("name", LEDGERS)
def test_township_rows(township: dict[str, LedgerBatch], name: str) -> None:
    """Exactly the people made are read; subtotals, notes, copies and hidden sheets are not."""
    batch, truth = township[name], TRUTH["ledgers"][name]
    skipped = Counter(s.reason for s in batch.skipped)
    left_out = {s["sheet"] for s in truth["sheets"] if s["copy_of"] or s["hidden"]}
    assert batch.kind is LedgerKind(truth["kind"])
    assert len(batch.rows) == truth["people"]
    assert batch.refused == truth["rows_nameless"]
    assert (skipped["subtotal"], skipped["note"]) == (truth["rows_subtotal"], truth["rows_notes"])
    assert {s.sheet for s in batch.skipped if s.reason in ("copy", "hidden")} == left_out
    assert batch.unknown == ()


@pytest.mark.parametrize("name", LEDGERS)
def test_township_dirt(township: dict[str, LedgerBatch], name: str) -> None:
    """Each kind of dirt is noticed as often as it was made, and never guessed away."""
    batch, dirt = township[name], TRUTH["ledgers"][name]["dirt"]
    codes = Counter(issue.code for issue in batch.issues)
    if name.endswith(".xlsx"):  # a CSV holds the digits of the float as text
        assert codes["identity.float"] == dirt.get("id_float", 0)
    assert codes["identity.fifteen"] == dirt.get("id_15_digits", 0)
    assert codes["identity.card"] == dirt.get("id_is_card", 0)
    assert codes["row.hidden"] == dirt.get("hidden_rows", 0)
    assert codes["phone.no-area"] == dirt.get("phone_landline", 0)
    assert sum(row.position is None for row in batch.rows) == dirt["coordinates_missing"]
    assert sum(not row.identity.text for row in batch.rows) == dirt.get("id_missing", 0)
    assert all(row.village and row.name for row in batch.rows)
    assert not any(code.endswith("unclear") for code in codes)


def test_township_tags(township: dict[str, LedgerBatch]) -> None:
    """The relief and child ledgers give exactly the tags that the people were made with."""
    made_tags = TRUTH["clients_by_tag"]
    for name, tags in {
        "低保特困台账.xlsx": ("低保=A", "低保=B", "低保=C", "低保边缘", "特困", "护理=全护理"),
        "困境儿童台账.xlsx": ("困境儿童", "孤儿", "事实无人抚养儿童", "农村留守儿童"),
    }.items():
        found = Counter("=".join(filter(None, mark)) for row in township[name].rows for mark in row.tags)
        assert {tag: found[tag] for tag in tags} == {tag: made_tags[tag] for tag in tags}


@pytest.mark.parametrize("name", LEDGERS)
def test_township_wrong_datum(township: dict[str, LedgerBatch], name: str) -> None:
    """Each ledger fits the grids it names; shifted into another datum it is refused, and told which."""
    grids = read_places(TOWNSHIP / "grids.geojson").frame
    polygons: list[Any] = []
    number: dict[str, int] = {}
    for code, grid, shape in zip(grids["code"], grids["name"], grids.geometry, strict=True):
        if shapely.is_geometry(shape):
            number[code] = number[grid] = len(polygons)
            polygons.append(shape)
    doors = [(row.position, number.get(row.grid, -1)) for row in township[name].rows if row.position]
    lon, lat, belongs = zip(*((door.lon, door.lat, home) for door, home in doors), strict=True)
    refuse_wrong_datum(lon, lat, polygons, belongs=belongs)
    refuse_wrong_datum(lon, lat, polygons)
    for datum in (Datum.GCJ02, Datum.BD09):
        with pytest.raises(InputError, match=datum) as error:
            refuse_wrong_datum(*from_wgs84(lon, lat, datum), polygons, belongs=belongs)
        assert error.value.code == "places.datum"
