"""The four ledgers of a station: which columns, which people, which cells.

Columns, in their order (headings may carry line breaks or blanks):

``老年人信息台账.xlsx`` (a sheet for each village; two-row header from row 3)
    序号, 村(社区), 网格, 姓名, 身份证号, 性别, 年龄, 现住地址, 户主, 与户主关系, 联系电话, 人户状态,
    是否独居, 是否空巢, 是否留守, 失能等级, 是否计划生育特殊家庭, 残疾类别及等级, 是否低保, 经度, 纬度,
    坐标系, 首次登记日期, 末次联系时间, 备注
``困境儿童台账.xlsx`` (one sheet)
    序号, 村(社区), 网格, 姓名, 身份证号, 出生日期, 性别, 年龄, 困境类型, 监护人, 联系电话, 学校, 现住地址,
    户主, 残疾类别及等级, 经度, 纬度, 坐标系, 首次登记日期, 备注
``残疾人台账.xlsx`` and ``残疾人台账.csv`` (GB18030; the last villages, sent by chat)
    序号, 村(社区), 网格, 姓名, 残疾人证号, 身份证号, 性别, 年龄, 残疾类别, 残疾等级, 监护人, 联系电话, 地址,
    户主, 经度, 纬度, 坐标系 (GCJ-02), 首次登记日期, 备注
``低保特困台账.xlsx`` (sheets 低保 and 特困; 特困 holds two tables)
    序号, 村(社区), 网格, 户主, 姓名, 与户主关系, 身份证号, 性别, 年龄, 救助类别, 供养方式, 护理档次,
    联系电话, 现住地址, 人户状态, 经度, 纬度, 坐标系, 首次登记日期, 备注
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from random import Random

from sample_data.dirt import Cell, Dirt
from sample_data.frame import Frame, gcj02
from sample_data.identity import phone
from sample_data.people import HARDSHIPS, Household, Person
from sample_data.recipe import PAST_DAYS

__all__ = ["CHILD", "DISABLED", "ELDER", "RELIEF", "Entry", "Ledger", "entries"]

ELDER = (
    "序号",
    "村(社区)",
    "网格",
    "姓名",
    "身份证号",
    "性别",
    "年龄",
    "现住地址",
    "户主",
    "与户主关系",
    "联系电话",
    "人户状态",
    "是否独居",
    "是否空巢",
    "是否留守",
    "失能等级",
    "是否计划生育特殊家庭",
    "残疾类别及等级",
    "是否低保",
    "经度",
    "纬度",
    "坐标系",
    "首次登记日期",
    "末次联系时间",
    "备注",
)
CHILD = (
    "序号",
    "村(社区)",
    "网格",
    "姓名",
    "身份证号",
    "出生日期",
    "性别",
    "年龄",
    "困境类型",
    "监护人",
    "联系电话",
    "学校",
    "现住地址",
    "户主",
    "残疾类别及等级",
    "经度",
    "纬度",
    "坐标系",
    "首次登记日期",
    "备注",
)
DISABLED = (
    "序号",
    "村(社区)",
    "网格",
    "姓名",
    "残疾人证号",
    "身份证号",
    "性别",
    "年龄",
    "残疾类别",
    "残疾等级",
    "监护人",
    "联系电话",
    "地址",
    "户主",
    "经度",
    "纬度",
    "坐标系",
    "首次登记日期",
    "备注",
)
RELIEF = (
    "序号",
    "村(社区)",
    "网格",
    "户主",
    "姓名",
    "与户主关系",
    "身份证号",
    "性别",
    "年龄",
    "救助类别",
    "供养方式",
    "护理档次",
    "联系电话",
    "现住地址",
    "人户状态",
    "经度",
    "纬度",
    "坐标系",
    "首次登记日期",
    "备注",
)

_RESIDENCE = (("户在人在", "0"), ("户在人不在", "1"), ("户不在人在", "2"))
_GRADES = ("一级", "二级", "三级", "四级")
_REMARKS = ("腿脚不便", "耳背", "养狗", "白天下地", "随女儿住过一段", "门牌掉了")


@dataclass(frozen=True, slots=True)
class Entry:
    """One person of one household, to be written on a ledger.

    ``keep_grid`` is True where the grid has no polygon: then the column is
    the only thing that says the grid.
    """

    house: Household
    person: Person
    grid_name: str
    keep_grid: bool


def entries(houses: list[Household], grid_names: dict[str, tuple[str, bool]], ledger: str) -> list[Entry]:
    """Return who is on a ledger, by village, grid and household."""
    found = [
        Entry(house, person, *grid_names[house.door.grid_code])
        for house in houses
        for person in house.members
        if ledger in person.ledgers
    ]
    return sorted(found, key=lambda e: (e.house.door.grid_code, e.house.key))


class Ledger:
    """Write persons as rows of one ledger, with its dirt."""

    def __init__(self, name: str, columns: tuple[str, ...], rng: Random, start: date, frame: Frame) -> None:
        """Take the ledger's own stream."""
        self.name = name
        self.columns = columns
        self.dirt = Dirt(rng)
        self._rng = rng
        self._start = start
        self._frame = frame
        self._two_heads = name in ("child", "relief")

    def row(self, number: int, entry: Entry) -> list[Cell]:
        """Return the cells of one person in the order of the columns."""
        cells = {"序号": number, **self._who(entry), **self._where(entry), **self._why(entry.person)}
        return [cells.get(column, "") for column in self.columns]

    def _who(self, entry: Entry) -> dict[str, Cell]:
        person, dirt = entry.person, self.dirt
        head, relation = self._head(entry)
        cells: dict[str, Cell] = {
            "姓名": dirt.name(person.name),
            "身份证号": dirt.identity(person.id_number, person.card),
            "残疾人证号": person.card,
            "性别": "男" if person.male else "女",
            "年龄": dirt.age(person.age(self._start)),
            "户主": head,
            "与户主关系": relation,
            "联系电话": dirt.phone(person.phone, phone(self._rng)),
            "监护人": person.guardian,
            "学校": person.school,
        }
        if self.name == "child":
            # Without a number the date of birth is what finds the child again.
            cells["出生日期"] = dirt.day(person.birth, certain=True)
        return cells

    def _head(self, entry: Entry) -> tuple[str, str]:
        """Return the head of household and the relation; two ledgers name the other spouse."""
        person, house = entry.person, entry.house
        if not (self._two_heads and house.second_head):
            return house.head_name, person.relation
        self.dirt.count["household_second_head"] += 1
        swapped = {house.head_name: "配偶", house.second_head: "户主"}
        return house.second_head, swapped.get(person.name, person.relation)

    def _where(self, entry: Entry) -> dict[str, Cell]:
        door = entry.house.door
        address = self.dirt.address(door.address, door.village, entry.house.head_name)
        cells: dict[str, Cell] = {
            "村(社区)": door.village,
            "网格": self._grid(entry),
            "现住地址": address,
            "地址": address,
            "人户状态": self._rng.choice(_RESIDENCE[entry.house.residence]),
        }
        if entry.house.on_map:
            return cells | self._coordinates(entry)
        self.dirt.count["coordinates_missing"] += 1
        return cells

    def _coordinates(self, entry: Entry) -> dict[str, Cell]:
        lon, lat = self._frame.degrees(entry.house.door.at)
        if self.name == "disabled":
            self.dirt.count["coordinates_gcj02"] += 1
            lon, lat = gcj02(lon, lat)
            return {"经度": lon, "纬度": lat, "坐标系": "GCJ-02"}
        datum = self._rng.choice(("WGS-84", "WGS84", "CGCS2000"))
        return {"经度": round(lon, 6), "纬度": round(lat, 6), "坐标系": datum}

    def _grid(self, entry: Entry) -> Cell:
        draw = self._rng.random()
        if draw < 0.1:
            self.dirt.count["grid_by_code"] += 1
            return entry.house.door.grid_code
        if draw < 0.25 and not entry.keep_grid:
            self.dirt.count["grid_missing"] += 1
            return ""
        return entry.grid_name

    def _why(self, person: Person) -> dict[str, Cell]:
        dirt, grade = self.dirt, person.value("残疾")
        grade_text = _GRADES[int(grade) - 1] if grade else ""
        since = min(t.since for t in person.tags)
        cells: dict[str, Cell] = {
            "失能等级": person.value("失能"),
            "残疾类别及等级": person.value("残疾类别") + grade_text,
            "残疾类别": person.value("残疾类别"),
            "残疾等级": self._rng.choice((grade_text, grade)),
            "困境类型": next((t.name for t in person.tags if t.name in HARDSHIPS), ""),
            "首次登记日期": dirt.day(since),
            **self._relief(person),
        }
        if self.name == "elder":
            cells["是否独居"] = dirt.yes(person.has("独居"))
            cells["是否空巢"] = dirt.yes(person.has("空巢"))
            cells["是否留守"] = dirt.yes(person.has("留守"))
            cells["是否计划生育特殊家庭"] = dirt.yes(person.has("计生特殊家庭"))
            cells["末次联系时间"] = self._last_contact(since)
        return cells

    def _relief(self, person: Person) -> dict[str, Cell]:
        """Return the columns of relief; an elder's is sometimes only a word among the remarks."""
        low, way = person.value("低保"), person.value("特困")
        remark = self._rng.choice(_REMARKS) if self._rng.random() < 0.08 else ""
        if self.name == "elder":
            yes, remark = self._in_words(person, bool(low), remark)
            return {"是否低保": yes, "备注": remark}
        kind = f"低保{low}" if low else "特困" if way else "低保边缘"
        return {
            "救助类别": kind,
            "供养方式": f"{way}供养" if way else "",
            "护理档次": person.value("护理"),
            "备注": remark,
        }

    def _in_words(self, person: Person, low: bool, remark: str) -> tuple[Cell, str]:
        text = "低保边缘户" if person.has("低保边缘") else "低保独居" if low and person.has("独居") else ""
        if not text or self._rng.random() < 0.4:
            return self.dirt.yes(low), remark
        self.dirt.count["tag_in_text"] += 1
        return "", "，".join(filter(None, (text, remark)))

    def _last_contact(self, since: date) -> Cell:
        """Return a last contact, always older than the visits that are recorded."""
        latest = self._start - timedelta(days=PAST_DAYS + 5)
        if self._rng.random() > 0.3 or since >= latest:
            return ""
        self.dirt.count["last_contact"] += 1
        day = max(since, latest - timedelta(days=self._rng.randrange(1, 200)))
        if self._rng.random() < 0.07:
            return "上周"
        how = self._rng.choice(("上门", "入户", "电话", "电话联系", ""))
        dotted = f"{day.year}.{day.month}.{day.day}{how}"
        return self._rng.choice((dotted, f"{day.year}年{day.month}月{day.day}日 {how}".strip()))
