"""Days as people write them."""

from __future__ import annotations

from datetime import date, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fieldmap.errors import catalogue
from fieldmap.readers.dates import find_days, read_day

TODAY = date(2026, 3, 20)
DAY = date(2023, 3, 5)

cell_values = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(),
    st.floats(),
    st.text(),
    st.text(alphabet="0123456789年月日.-/、 底"),
    st.dates(),
    st.datetimes(),
)


@pytest.mark.parametrize(
    "cell",
    [
        "2023.3.5",
        "2023/3/5",
        "2023-03-05",
        "2023年3月5日",
        "2023年3月5号",
        "2023 年 3 月 5 日",
        "20230305",
        20230305,
        20230305.0,
        "２０２３．３．５",
        "'2023-3-5",
        "2023-03-05 14:30:00",
        "2023年3月5日左右",
        DAY,
        datetime(2023, 3, 5, 14, 30),
    ],
)
def test_one_day(cell: object) -> None:
    """Every usual spelling of a day gives that day, without complaint."""
    assert read_day(cell, TODAY) == (DAY, "")


@pytest.mark.parametrize("cell", [45015, 45015.0, "45015"])
def test_serial(cell: object) -> None:
    """A serial number of the 1900 system is the day Excel means."""
    assert read_day(cell, TODAY) == (date(2023, 3, 30), "")


@pytest.mark.parametrize(
    ("cell", "problem"),
    [
        ("3月底", "date.vague"),
        ("上周", "date.vague"),
        ("去年", "date.vague"),
        ("2023年3月", "date.vague"),
        ("2023.3", "date.vague"),
        (2023.3, "date.vague"),
        ("2023.3.5、2023.3.8", "date.several"),
        ("2023-02-30", "date.unclear"),
        ("2023.13.1", "date.unclear"),
        ("23.3.5", "date.unclear"),
        ("不记得", "date.unclear"),
        (3.5, "date.unclear"),
        (True, "date.unclear"),
    ],
)
def test_no_day(cell: object, problem: str) -> None:
    """What is not one day gives none, and says why."""
    assert read_day(cell, TODAY) == (None, problem)


@pytest.mark.parametrize("cell", [None, "", "  ", "无", "-", "/", "不详", float("nan")])
def test_blank(cell: object) -> None:
    """Nothing in the cell is no day and no problem."""
    assert read_day(cell, TODAY) == (None, "")


@pytest.mark.parametrize(
    ("cell", "day"),
    [
        ("3月5日", date(2026, 3, 5)),
        ("12月30日", date(2025, 12, 30)),
        ("3月20日", TODAY),
        ("3月21日", date(2025, 3, 21)),
    ],
)
def test_without_year(cell: str, day: date) -> None:
    """A day without its year is the latest such day up to today, and is reported."""
    assert read_day(cell, TODAY) == (day, "date.no-year")


@pytest.mark.parametrize(
    ("cell", "said"),
    [
        ("2026.3.5电话、3月8日上门", ["电话、", "上门"]),
        ("电话2026.3.5,上门3月8日", ["电话", ",上门"]),
        ("3月8日在家见面", ["在家见面"]),
        ("电访 2026-03-10 无人", ["电访 无人"]),
    ],
)
def test_words_beside_a_day(cell: str, said: list[str]) -> None:
    """The words that say how stand before the days or after them, and go with their day."""
    assert [found.said for found in find_days(cell, TODAY)[0]] == said


@given(cell_values, st.dates(date(1950, 1, 1), date(2100, 1, 1)))
def test_total(cell: object, today: date) -> None:
    """Whatever stands in a cell, the reader answers: a day or nothing, with a known code."""
    day, problem = read_day(cell, today)
    assert problem == "" or problem in catalogue()
    assert day is None or problem in ("", "date.no-year")


@given(st.dates(date(1900, 1, 1), date(2099, 12, 31)))
def test_written_days_come_back(day: date) -> None:
    """A day written out in any of the forms is read as itself."""
    forms = (
        f"{day.year}.{day.month}.{day.day}",
        f"{day:%Y%m%d}",
        f"{day.year}年{day.month}月{day.day}日",
        str(day),
    )
    assert {read_day(form, TODAY) for form in forms} == {(day, "")}
