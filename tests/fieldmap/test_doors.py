"""One household, however its address is written; two households never one."""

from __future__ import annotations

import pytest

from fieldmap.doors import Doors, building_of, plain_address
from fieldmap.models import Household

VILLAGE = "990101001201"
EXACT = Household("exact", VILLAGE, "3组12号", "王大山")
OTHER = Household("other", VILLAGE, "3组14号", "李四")


@pytest.mark.parametrize(
    ("address", "head", "found"),
    [
        ("3组 12号", "王大山", "exact"),
        ("3组12号", "王小妹", "exact"),  # the other spouse is named as head
        ("3组老王家旁", "王大山", "exact"),
        ("", "王大山", None),  # no group: nobody guesses
        ("4组老王家旁", "王大山", None),
        ("3组12-1号", "王大山", None),
        ("3组15号", "王大山", None),  # two exact addresses are two doors, also of one name
    ],
)
def test_an_address_means_one_door_or_none(address: str, head: str, found: str | None) -> None:
    """Spelling does not count, a vague address is found by head and group, an exact one stands for itself."""
    door = Doors([EXACT, OTHER]).find(VILLAGE, address, head)
    assert (door.id if door else None) == found


def test_of_two_heads_of_one_name_in_one_group_nobody_is_guessed() -> None:
    """A vague address with two answers has none."""
    twin = Household("twin", VILLAGE, "3组20号", "王大山")
    assert Doors([EXACT, twin]).find(VILLAGE, "3组老王家旁", "王大山") is None


def test_an_exact_address_takes_the_place_of_a_vague_one() -> None:
    """The household stays the same; its address gets better."""
    doors = Doors([Household("vague", VILLAGE, "3组老王家旁", "王大山")])
    found = doors.find(VILLAGE, "3组12号", "王大山")
    assert found is not None
    assert doors.add(found, "3组12号").address == "3组12号"
    again = doors.find(VILLAGE, "3组12号", "王大山")
    assert again is not None
    assert again.id == "vague"


def test_the_same_address_in_another_village_is_another_door() -> None:
    """Groups and numbers begin anew in every village."""
    assert Doors([EXACT]).find("990101001202", "3组12号", "王大山") is None


def test_numbers_next_to_each_other_keep_their_mark() -> None:
    """Building 1 flat 12 is not building 11 flat 2, whatever dash stands between."""
    assert plain_address("1-12") == plain_address("1—12")
    assert plain_address("1-12") != plain_address("11-2")


@pytest.mark.parametrize(
    ("address", "building"),
    [
        ("东街社区 望云街４０号２单元２０２", "望云街40号"),
        ("东街社区3号楼1单元501", "3号楼"),
        ("104楼2层", "104楼"),
        ("6-1-302", "6号楼"),
        ("阳光小区5栋302", "阳光小区5栋"),
        ("殷家寨村 4组27号", "4组"),
        ("殷家寨村4组", ""),  # the group is all there is: it names no door
        ("北坡村12号", ""),
        ("北坡村后山", ""),
        ("2楼层板房", ""),
        ("", ""),
    ],
)
def test_a_building_is_read_out_of_an_address(address: str, building: str) -> None:
    """A flat's building or a village house's group, whatever the digits; nothing where there is none."""
    village = next((name for name in ("东街社区", "殷家寨村", "北坡村") if name in address), "")
    assert building_of(address, village) == building
