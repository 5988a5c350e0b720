"""The made people: of an age, tagged, on ledgers, and nobody's."""

from __future__ import annotations

import re
from collections import Counter

import pytest
from stdnum.cn import ric
from stdnum.exceptions import InvalidComponent

from sample_data import Recipe
from sample_data.identity import check_digit, identity_number, old_number
from sample_data.people import Household, Person
from sample_data.places import lay_out
from sample_data.township import Station, found

START = Recipe().start


def people(station: Station) -> list[Person]:
    return [person for house in station.houses for person in house.members]


def share(part: int, whole: int) -> float:
    return part / whole


@pytest.mark.parametrize("number", ["11010519491231002X", "341102194506151232", "522702201509010013"])
def test_check_digit_is_that_of_the_standard(number: str) -> None:
    """The test vectors of GB 11643 give their own last character."""
    assert check_digit(number[:17]) == number[17]


def test_numbers_are_valid_and_nobodys(station: Station) -> None:
    """Every number has a right date and check digit, in an area that is not assigned."""
    for person in people(station):
        if person.id_number is None:
            continue
        assert person.id_number[:2] == "99"
        assert ric.calc_check_digit(person.id_number) == person.id_number[17]
        assert ric.get_birth_date(person.id_number) == person.birth
        assert int(person.id_number[16]) % 2 == person.male
        with pytest.raises(InvalidComponent):
            ric.get_birth_place(person.id_number)


def test_rounding_to_a_double_keeps_the_first_fourteen_digits(station: Station) -> None:
    """A number stored as a float is off by less than what would touch the date of birth."""
    digits = [p.id_number for p in people(station) if p.id_number and p.id_number.isdigit()]
    assert all(f"{float(n):.0f}"[:14] == n[:14] for n in digits)
    assert any(f"{float(n):.0f}" != n for n in digits)


def test_old_number_is_the_new_one_without_century_and_check_digit() -> None:
    """Fifteen digits: area, date with two digits for the year, order."""
    assert old_number("110105194912310021") == "110105491231002"


def test_people_are_found_by_name_birth_date_and_village(station: Station) -> None:
    """No two clients share name, date of birth and village, or an identity number."""
    keys = [(p.name, p.birth, h.door.division_code) for h in station.houses for p in h.members]
    numbers = [p.id_number for p in people(station) if p.id_number]
    assert len(set(keys)) == len(keys)
    assert len(set(numbers)) == len(numbers)


def test_size_is_that_of_the_recipe(station: Station) -> None:
    """Seven hundred and sixty doors with about 1,240 clients behind them."""
    assert len(station.houses) == 760
    assert len(people(station)) == pytest.approx(1_240, abs=40)


def test_shares_are_those_that_the_product_must_survive(station: Station) -> None:
    """Many have no coordinates, many stand on two ledgers, some children have no number."""
    everybody = people(station)
    off_map = sum(len(h.members) for h in station.houses if not h.on_map)
    assert share(off_map, len(everybody)) >= 0.15
    assert share(sum(len(p.ledgers) > 1 for p in everybody), len(everybody)) >= 0.05
    assert all(p.age(START) < 18 for p in everybody if p.id_number is None)
    assert any(p.id_number is None for p in everybody)


def test_everybody_is_on_a_ledger(station: Station) -> None:
    """A client without any ledger would never be read."""
    assert all(p.ledgers for p in people(station))


def test_ages_fit_the_tags(station: Station) -> None:
    """Elders are 60 or more, children under 18, the left-behind under 16; most people are elders."""
    for person in people(station):
        age = person.age(START)
        if "elder" in person.ledgers:
            assert age >= 60
        if "child" in person.ledgers:
            assert age < 18
        if person.has("农村留守儿童"):
            assert age < 16
        if person.has("高龄"):
            assert age >= 80
    ages = [p.age(START) for p in people(station)]
    assert 0.55 < share(sum(a >= 60 for a in ages), len(ages)) < 0.75
    assert 0.08 < share(sum(a < 18 for a in ages), len(ages)) < 0.2
    assert sum(a >= 80 for a in ages) > 100


def test_every_tag_is_there_and_dated_before_the_start(station: Station) -> None:
    """All the groups that a station visits are present, each tag from a day in the past."""
    tags = Counter(t.name for p in people(station) for t in p.tags)
    names = (
        "独居 空巢 留守 失能 计生特殊家庭 高龄 低保 低保边缘 特困 护理 残疾 残疾类别 困境儿童 农村留守儿童"
    )
    for name in [*names.split(), "孤儿", "事实无人抚养儿童"]:
        assert tags[name] > 0, name
    for person in people(station):
        assert all(person.birth < t.since < START for t in person.tags)


def test_names_hold_rare_characters_and_middle_dots(station: Station) -> None:
    """Some names do not fit the basic plane, some have a dot."""
    names = "".join(p.name for p in people(station))
    assert re.search(r"[\U00020000-\U0002FFFF]", names)
    assert "·" in names


def test_people_in_the_institution_live_at_one_place(station: Station) -> None:
    """Who is cared for in the home has the tag and the home's door; nobody else has."""

    def in_care(house: Household) -> bool:
        return any(p.value("特困") == "集中" for p in house.members)

    inside = [h for h in station.houses if h.door.institution]
    assert len(inside) == 11
    assert all(in_care(h) == h.door.institution for h in station.houses)
    assert len({h.door.at for h in inside}) == 1


def test_phones_are_of_a_block_that_is_nobodys(station: Station) -> None:
    """Every phone begins with 199 0000."""
    numbers = [p.phone for p in people(station) if p.phone]
    numbers += [a.phone for a in station.crew.everybody()]
    assert all(re.fullmatch(r"1990000\d{4}", n) for n in numbers)


def test_same_recipe_makes_the_same_people() -> None:
    """Two runs agree on every person; another seed makes others."""
    small = Recipe(households=40)
    first, second = (found(small, lay_out(small)[0]).houses for _ in range(2))
    assert first == second
    other = Recipe(households=40, seed=2)
    assert found(other, lay_out(other)[0]).houses != first


def test_identity_number_says_the_sex() -> None:
    """The seventeenth digit is odd for men and even for women."""
    rng = Recipe().random("test")
    for male in (True, False):
        number = identity_number(rng, "990101", START, male)
        assert int(number[16]) % 2 == male
