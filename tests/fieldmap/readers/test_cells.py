"""Single cells: yes and no, sex, age, telephones, degrees, states, contacts."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fieldmap.errors import catalogue
from fieldmap.models import Channel, ExclusionReason, Residence, Sex
from fieldmap.readers import cells
from fieldmap.readers.cells import Contact, State

TODAY = date(2026, 3, 20)


@pytest.mark.parametrize(
    ("cell", "answer"),
    [
        *((yes, True) for yes in ("是", "√", "✓", 1, 1.0, "1", "有", "Y", True)),
        *((no, False) for no in ("否", "×", 0, "0", "无", "N", "不是", False)),
        *((blank, None) for blank in ("", None, "不详", "  ")),
    ],
)
def test_yes_no(cell: object, answer: bool | None) -> None:
    """Yes and no have many spellings; a blank is neither."""
    assert cells.read_yes_no(cell) == (answer, "")


def test_sex_and_age() -> None:
    """Sex and age are read in words or as codes; anything else is reported."""
    assert cells.read_sex("女") == cells.read_sex(2) == (Sex.FEMALE, "")
    assert cells.read_sex("未说明") == (Sex.UNKNOWN, "sex.unclear")
    assert cells.read_sex(None) == (Sex.UNKNOWN, "")
    assert cells.read_age("82岁") == cells.read_age(82.0) == (82, "")
    assert cells.read_age("八十二") == cells.read_age(820) == (None, "age.unclear")


@pytest.mark.parametrize(
    ("cell", "numbers", "problem"),
    [
        (19900001234, ("19900001234",), ""),
        (19900001234.0, ("19900001234",), ""),
        ("19900001234/19900005678", ("19900001234", "19900005678"), ""),
        ("１９９００００１２３４", ("19900001234",), ""),
        ("+86 199 0000 1234", ("19900001234",), ""),
        ("儿子19900001234", ("19900001234",), ""),
        ("(0557)3051234", ("0557-3051234",), ""),
        ("3051234", ("3051234",), "phone.no-area"),
        ("1990000123", (), "phone.unclear"),
        ("19900001234、1990000", ("19900001234",), "phone.unclear"),
        ("没装", (), "phone.unclear"),
        ("无", (), ""),
    ],
)
def test_phones(cell: object, numbers: tuple[str, ...], problem: str) -> None:
    """Every number of a cell is read; what is no number is reported."""
    assert cells.read_phones(cell) == (numbers, problem)


@pytest.mark.parametrize(
    ("cell", "name"),
    [
        ("王 秀", "王秀"),
        ("王\u3000秀", "王秀"),
        ("阿依古丽•买买提", "阿依古丽·买买提"),
        ("阿依古丽.买买提", "阿依古丽·买买提"),
        ("𠅤小明\n", "𠅤小明"),
        ("John Smith", "John Smith"),
    ],
)
def test_names(cell: str, name: str) -> None:
    """Blanks typed for width go, middle dots become one, rare characters stay."""
    assert cells.read_name(cell) == name


@pytest.mark.parametrize(
    ("cell", "residence", "problem"),
    [
        ("户在人在", Residence.HERE, ""),
        (0, Residence.HERE, ""),
        ("户在人不在", Residence.REGISTERED_NOT_LIVING, ""),
        ("户不在人在", Residence.LIVING_NOT_REGISTERED, ""),
        (2.0, Residence.LIVING_NOT_REGISTERED, ""),
        ("", None, ""),
        ("看情况", None, "residence.unclear"),
    ],
)
def test_residence(cell: object, residence: Residence | None, problem: str) -> None:
    """Register against residence is read in words and as the codes 0, 1, 2."""
    assert cells.read_residence(cell) == (residence, problem)


@pytest.mark.parametrize(
    ("cell", "state", "problem"),
    [
        ("在家", State(), ""),
        ("", State(), ""),
        ("2026-03-02 住院", State(ExclusionReason.HOSPITAL, date(2026, 3, 2)), ""),
        ("拒访(2026.1.15)", State(ExclusionReason.REFUSED, date(2026, 1, 15)), ""),
        ("2月1日外出务工", State(ExclusionReason.AWAY, date(2026, 2, 1)), "date.no-year"),
        ("2025年12月迁出", State(), "status.no-date"),
        ("迁出 2025年12月3日", State(ExclusionReason.MOVED, date(2025, 12, 3)), ""),
        ("2026-02-11去世", State(None, date(2026, 2, 11), died=True), ""),
        ("住院", State(), "status.no-date"),
        ("住院 2026-04-01", State(), "date.future"),
        ("蓝色", State(), "status.unclear"),
    ],
)
def test_state(cell: str, state: State, problem: str) -> None:
    """A reason counts with its day only; without one nobody is excused."""
    assert cells.read_state(cell, TODAY) == (state, problem)


@pytest.mark.parametrize(
    ("cell", "contacts", "problems"),
    [
        ("2026.3.5电话", [(date(2026, 3, 5), Channel.PHONE)], ()),
        ("2026.3.5入户", [(date(2026, 3, 5), Channel.DOOR)], ()),
        ("2026.3.5微信视频", [(date(2026, 3, 5), Channel.VIDEO)], ()),
        ("2026.3.5", [(date(2026, 3, 5), Channel.PHONE)], ()),
        (
            "2026.2.1上门、2026.3.3电话",
            [(date(2026, 2, 1), Channel.DOOR), (date(2026, 3, 3), Channel.PHONE)],
            (),
        ),
        ("2026.3.5上门无人", [], ("contact.missed",)),
        ("2026.4.5上门", [], ("date.future",)),
        ("3月5日上门", [(date(2026, 3, 5), Channel.DOOR)], ("date.no-year",)),
        ("3月底", [], ("date.vague",)),
        ("", [], ()),
    ],
)
def test_contacts(cell: str, contacts: list[Contact], problems: tuple[str, ...]) -> None:
    """Free text gives the days and how; unsaid is a call, and an attempt is no contact."""
    assert cells.read_contacts(cell, TODAY) == (tuple(contacts), problems)


def test_column_decides_the_channel() -> None:
    """In a column of door visits every day is one."""
    assert cells.read_contacts("2026.3.5", TODAY, Channel.DOOR)[0] == (
        Contact(date(2026, 3, 5), Channel.DOOR),
    )


READERS: list[Callable[[Any], Any]] = [
    cells.read_yes_no,
    cells.read_sex,
    cells.read_age,
    cells.read_phones,
    cells.read_degrees,
    cells.read_residence,
    lambda cell: cells.read_state(cell, TODAY),
]


@given(
    st.sampled_from(READERS),
    st.one_of(st.none(), st.booleans(), st.integers(), st.floats(), st.text(), st.dates()),
)
def test_total(read: Callable[[Any], Any], cell: object) -> None:
    """No cell breaks a reader, and every complaint is in the catalogue."""
    problem = read(cell)[1]
    assert problem == "" or problem in catalogue()
