"""Who is who."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fieldmap.doors import plain_address
from fieldmap.models import Client, Household, IdStatus, Sex, Snapshot
from fieldmap.roster import Roster, plain_name

NUMBER, OTHER_NUMBER = "990101194305010029", "990101194305010045"
BORN = date(1943, 5, 1)
HERE, THERE = "990101100201", "990101100202"
HOUSE = Household("h1", HERE, "1号", "安一")
FAR = Household("h2", THERE, "1号", "安一")
ELDER = Client("c1", "h1", "安一", Sex.FEMALE, BORN, NUMBER, IdStatus.OK)
NAMESAKE = Client("c2", "h2", "安一", Sex.MALE, BORN)
BOOK = Snapshot(households={"h1": HOUSE, "h2": FAR}, clients={"c1": ELDER})


def test_a_trusted_number_is_enough() -> None:
    """With the number nothing else is asked: the name on another ledger may be misspelt."""
    assert Roster(BOOK).find(name="安益", id_number=NUMBER) == ELDER


def test_another_trusted_number_is_another_person() -> None:
    """Same name, birth date and village do not make two numbers one person."""
    found = Roster(BOOK).find(name="安一", id_number=OTHER_NUMBER, birth=BORN, village=HERE)
    assert found is None


def test_without_a_number_name_birth_and_village_decide() -> None:
    """A number kept as a float has lost three digits, and the birth date is still right."""
    roster = Roster(BOOK)
    assert roster.find(name="安 一", birth=BORN, village=HERE) == ELDER
    assert roster.find(name="安一", birth=date(1943, 5, 2), village=HERE) is None
    assert roster.find(name="安一", birth=BORN, village=THERE) is None
    assert roster.find(name="安一", village=HERE) == ELDER


def test_two_people_whom_nothing_tells_apart_are_not_merged() -> None:
    """Two of one name and birth date are told apart by the village, else not at all."""
    roster = Roster(replace(BOOK, clients={"c1": ELDER, "c2": NAMESAKE}))
    assert roster.find(name="安一", birth=BORN) is None
    assert roster.find(name="安一", birth=BORN, village=THERE) == NAMESAKE
    beside = replace(NAMESAKE, household_id="h1")
    assert (
        Roster(replace(BOOK, clients={"c1": ELDER, "c2": beside})).find(name="安一", birth=BORN, village=HERE)
        is None
    )


def test_somebody_completed_is_found_by_what_came_later() -> None:
    """A birth date or a number learnt from a second row is known to the third."""
    bare = replace(NAMESAKE, birth_date=None)
    roster = Roster(replace(BOOK, clients={"c2": bare}))
    assert roster.find(name="安一", birth=BORN) is None
    roster.add(NAMESAKE)
    assert roster.find(name="安一", birth=BORN) == NAMESAKE
    numbered = replace(NAMESAKE, id_number=OTHER_NUMBER, id_status=IdStatus.OK)
    roster.add(numbered)
    assert roster.find(name="x", id_number=OTHER_NUMBER) == numbered


@pytest.mark.parametrize(
    ("key", "name", "found"),
    [
        (NUMBER, "安一", True),
        (f"安一|1943-05-01|{HERE}", "", True),
        (f"安一||{HERE}", "", True),
        (f"安一|1943-05-01|{THERE}", "", False),
        ("安一|1943-05-01", "", False),
        ("a|b|c|d", "", False),
        ("12345", "安一", False),
        ("", "安一", False),
    ],
)
def test_a_register_names_people_by_key(key: str, name: str, found: bool) -> None:
    """A number, or name, birth date and village with strokes; anything else finds nobody."""
    assert (Roster(BOOK).find_key(key, name) == ELDER) is found


def test_a_number_that_only_fits_the_birth_date_finds_by_name() -> None:
    """A register's number whose owner is on file without one is found by name and birth date."""
    bare = replace(ELDER, id_number=None, id_status=IdStatus.MISSING)
    roster = Roster(replace(BOOK, clients={"c1": bare}))
    assert roster.find_key(NUMBER, "安一", HERE) == bare


@given(st.text(alphabet="安一李四·・ 12", max_size=8))
def test_plain_forms_are_stable(text: str) -> None:
    """A name or an address made plain is plain already."""
    assert plain_name(plain_name(text)) == plain_name(text)
    assert plain_address(plain_address(text)) == plain_address(text)


@given(st.integers(1, 99), st.integers(1, 99), st.integers(1, 99), st.integers(1, 99))
def test_house_numbers_are_never_run_together(a: int, b: int, c: int, d: int) -> None:
    """1-12 and 11-2 are two doors, however the stroke is written."""
    same = plain_address(f"{a}-{b}") == plain_address(f"{c}—{d}")
    assert same is ((a, b) == (c, d))
