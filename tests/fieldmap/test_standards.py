"""Standards: identity numbers, disability, division codes, tags, labels."""

from __future__ import annotations

import inspect
from datetime import date
from enum import StrEnum

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fieldmap import incoming, models
from fieldmap.errors import catalogue
from fieldmap.models import IdStatus, Sex
from fieldmap.standards import (
    TAGS,
    Disability,
    area_assigned,
    is_division_code,
    is_grid_code,
    is_restricted,
    label,
    level_of,
    parent_of,
    parse_tags,
    read_disability,
    read_identity,
    tag_label,
    unit_kind,
    village_of,
    with_check_digit,
)
from fieldmap.standards.identity import normalise

# The number printed in GB 11643 as its example; it belongs to nobody.
GOOD = "11010519491231002X"
BORN = date(1949, 12, 31)
NOBODYS = with_check_digit("99010119440101001")


@pytest.mark.parametrize("number", [GOOD, "341102194506151232", "522702201509010013", NOBODYS])
def test_good_numbers(number: str) -> None:
    """A number with a real birth date and a fitting check digit is verified, in whatever area."""
    identity = read_identity(number)
    assert identity.status is IdStatus.OK
    assert identity.text == identity.eighteen == number
    assert identity.problem == ""


@pytest.mark.parametrize(
    "dirty",
    [
        "11010519491231002x",
        " 110105 19491231 002X ",
        "'11010519491231002X",
        "１１０１０５１９４９１２３１００２Ｘ",
        "11010519491231002Х",
        "110105-19491231-002X",
        "\u202011010519491231002X".replace("\u2020", "\u200b"),
    ],
)
def test_typing_is_taken_away(dirty: str) -> None:
    """Width, blanks, apostrophes, case and a Cyrillic Х do not matter."""
    assert read_identity(dirty).text == GOOD
    assert read_identity(dirty).sex is Sex.FEMALE


@given(st.text())
def test_normalise_is_idempotent(text: str) -> None:
    """Normalising twice changes nothing more, and no text breaks the reader."""
    assert normalise(normalise(text)) == normalise(text)
    assert read_identity(text).status in IdStatus


def made(born: date, order: int) -> str:
    return with_check_digit(f"990101{born:%Y%m%d}{order:03d}")


days = st.dates(date(1900, 1, 1), date(2026, 1, 1))


@given(days, st.integers(0, 999))
def test_excel_keeps_only_the_birth_date(born: date, order: int) -> None:
    """A number cut to 15 digits is never verified; its birth date stands, its sex does not."""
    number = made(born, order)
    identity = read_identity(float(f"{number[:15]}000"))
    assert (identity.status, identity.birth_date, identity.sex) == (IdStatus.UNVERIFIED, born, Sex.UNKNOWN)
    assert (identity.problem, identity.eighteen, identity.prefix) == ("identity.float", None, number[:14])


@given(days, st.integers(0, 986))
def test_rounded_float_never_gives_a_wrong_birth_date(born: date, order: int) -> None:
    """Where rounding to a float may have carried into the day, no birth date is read."""
    found = read_identity(float(made(born, order).replace("X", "0")))
    assert found.problem == "identity.float"
    assert found.birth_date == born or (order in range(13) and found.birth_date is None)


@pytest.mark.parametrize(
    ("cell", "problem", "born"),
    [
        ("110105194912310021", "identity.check", BORN),
        ("110105194913310021", "identity.birth", None),
        ("110105491231002", "identity.fifteen", BORN),
        (110105491231002.0, "identity.fifteen", BORN),
        ("1.10105E+17", "identity.float", None),
        ("1.10105194912310E+17", "identity.float", BORN),
        ("1101051949123", "identity.length", None),
        ("户口本在老家", "identity.format", None),
        ("ABC123456789012", "identity.foreign", None),
    ],
)
def test_doubtful_numbers(cell: object, problem: str, born: date | None) -> None:
    """What cannot be trusted is unverified, says why, and keeps what is certain."""
    identity = read_identity(cell)
    assert (identity.status, identity.problem, identity.birth_date) == (IdStatus.UNVERIFIED, problem, born)
    assert problem in catalogue()


@pytest.mark.parametrize("cell", [None, "", "无", "无身份证", "未办理", "-", float("nan"), 0, True])
def test_no_number(cell: object) -> None:
    """Somebody without a number is missing one, which is no problem of the row."""
    assert read_identity(cell).status is IdStatus.MISSING
    assert read_identity(cell).problem == ""


def test_old_number_matches_the_new_one() -> None:
    """A 15-digit number leads to the same 18 digits by rule, without a guess."""
    assert read_identity("110105491231002").eighteen == GOOD


@pytest.mark.parametrize("tail", ["41", "41B1"])
def test_disability_card(tail: str) -> None:
    """A card number gives the identity number, the class and the grade."""
    identity = read_identity(GOOD + tail)
    assert (identity.text, identity.status) == (GOOD, IdStatus.OK)
    assert (identity.disability_class, identity.disability_grade) == (4, 1)


def test_area() -> None:
    """Whether the area was ever assigned is a question of its own."""
    assert area_assigned(GOOD)
    assert not area_assigned(NOBODYS)


@pytest.mark.parametrize(
    ("text", "disability"),
    [
        ("肢体一级", Disability(4, 1)),
        ("肢体残疾一级", Disability(4, 1)),
        ("视力 2级", Disability(1, 2)),
        ("听力/三级", Disability(2, 3)),
        ("精神残疾(二级)", Disability(6, 2)),
        ("4-1", Disability(4, 1)),
        ("多重", Disability(7, 0)),
        ("四级", Disability(0, 4)),
        ("2", Disability(0, 2)),
        ("否", None),
        ("", None),
    ],
)
def test_disability_spellings(text: str, disability: Disability | None) -> None:
    """Class and grade are read in any of the usual spellings."""
    assert read_disability(text) == disability


def test_severe() -> None:
    """Grades 1 and 2 are severe, and grade 3 of the intellectual and mental classes."""
    severe = {(k, g) for k in range(1, 8) for g in range(1, 5) if Disability(k, g).severe}
    assert severe == {(k, g) for k in range(1, 8) for g in (1, 2)} | {(5, 3), (6, 3)}


def test_divisions() -> None:
    """Levels and parents follow from the digits; a grid belongs to its village."""
    village = "990101100201"
    assert [level_of(c) for c in (village, "990101100000", "990101000000", "990100000000")] == [4, 3, 2, 1]
    assert parent_of("990100000000") is None
    assert parent_of("990101000000") == "990100000000"
    assert village_of(village + "003") == village
    assert unit_kind(village) == "village"
    assert unit_kind("990101100000") == "town"
    assert unit_kind("990101000000") == ""
    assert not is_grid_code(village)
    assert not is_division_code("99010110020X")
    with pytest.raises(ValueError, match="12-digit"):
        level_of("990101")
    with pytest.raises(ValueError, match="15-digit"):
        village_of(village)


@pytest.mark.parametrize(
    ("text", "tags"),
    [
        ("低保边缘", {("低保边缘", "")}),
        ("低保独居", {("低保", ""), ("独居", "")}),
        ("独居、低保边缘户", {("独居", ""), ("低保边缘", "")}),
        ("A类低保", {("低保", "A")}),
        ("低保(B类)", {("低保", "B")}),
        ("城市低保C", {("低保", "C")}),
        ("事实无人抚养儿童", {("事实无人抚养儿童", "")}),
        ("单身特困母亲", {("特困母亲", "")}),
        ("农村留守儿童", {("农村留守儿童", "")}),
        ("肢体一级 空巢", {("残疾", "1"), ("残疾类别", "肢体"), ("空巢", "")}),
        ("严重精神障碍3级", {("精神障碍", "3")}),
        ("特殊困难重度残疾人", {("重残", "")}),
        ("低保 无残疾", {("低保", "")}),
        ("非低保", set()),
        ("原低保,独居", {("独居", "")}),
        ("低保已取消", set()),
        ("低保:否", set()),
        ("儿子在残联工作", set()),
    ],
)
def test_tags_in_free_text(text: str, tags: set[tuple[str, str]]) -> None:
    """The longest word wins at every place, and what is denied gives no tag."""
    assert {tuple(mark) for mark in parse_tags(text).marks} == tags


def test_rest_is_what_was_not_understood() -> None:
    """Words outside the vocabulary are handed back; fillers are not."""
    assert parse_tags("独居老人、低保户").rest == ""
    assert parse_tags("独居,爱下棋").rest == "爱下棋"


@given(st.text(alphabet="低保边缘独居AB类非特困留守儿童残疾一级()、 "))
def test_tags_always_of_the_vocabulary(text: str) -> None:
    """Whatever is written, only tags of the vocabulary come out, with values it allows."""
    for mark in parse_tags(text).marks:
        assert mark.value == "" or mark.value in TAGS[mark.name].values


def test_every_word_leads_to_its_own_tag() -> None:
    """No word of the vocabulary is swallowed by another one."""
    for kind in TAGS.values():
        for word, value in kind.words.items():
            assert (kind.name, value) in [tuple(m) for m in parse_tags(word).marks], word


def test_restricted() -> None:
    """Mental disorder and a jailed parent are restricted, also as a class of disability."""
    assert is_restricted("精神障碍", "2")
    assert is_restricted("父母服刑")
    assert is_restricted("残疾类别", "精神")
    assert not is_restricted("残疾类别", "肢体")
    assert not is_restricted("独居")


NOUNS = [noun for part in (models, incoming) for _, noun in inspect.getmembers(part, inspect.isclass)]
ENUMS = [noun for noun in NOUNS if issubclass(noun, StrEnum) and noun is not StrEnum]


@pytest.mark.parametrize("noun", ENUMS)
def test_every_code_has_its_labels(noun: type[StrEnum]) -> None:
    """Each code has a Chinese and an English label, and no two codes of a noun share one."""
    for lang in ("zh-CN", "en"):
        assert len({label(code, lang) for code in noun}) == len(noun)


def test_tag_labels() -> None:
    """A tag reads in the language asked for; one that nobody knows reads as it is."""
    assert tag_label("独居", lang="en") == "living alone"
    assert tag_label("低保", "A", "zh-CN") == "低保 A"
    assert tag_label("别的", lang="en") == "别的"
