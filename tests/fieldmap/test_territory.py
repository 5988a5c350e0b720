"""Villages and grids as people write them."""

from __future__ import annotations

from dataclasses import replace

import pytest

from fieldmap.models import Division, Grid, Snapshot
from fieldmap.territory import Territory

COUNTY = Division("990101000000", "安县", 2)
TOWN = Division("990101100000", "青渡镇", 3, COUNTY.code)
OTHER = Division("990101101000", "白沙镇", 3, COUNTY.code)
WANG = Division("990101100201", "王庄村", 4, TOWN.code)
LITTLE_WANG = Division("990101100202", "小王庄村", 4, TOWN.code)
EAST = Division("990101100001", "东街社区", 4, TOWN.code)
EAST_VILLAGE = Division("990101100203", "东街村", 4, TOWN.code)
OTHER_WANG = Division("990101101201", "王庄村", 4, OTHER.code)
FIRST = Grid("990101100201001", "第一网格", WANG.code, alias="1号")
OTHER_FIRST = Grid("990101100202001", "第一网格", LITTLE_WANG.code)

PLACES = Snapshot(
    divisions={d.code: d for d in (COUNTY, TOWN, WANG, LITTLE_WANG, EAST, EAST_VILLAGE)},
    grids={g.code: g for g in (FIRST, OTHER_FIRST)},
)
TWO_TOWNS = replace(PLACES, divisions={**PLACES.divisions, OTHER.code: OTHER, OTHER_WANG.code: OTHER_WANG})


@pytest.mark.parametrize(
    ("written", "meant"),
    [
        ("王庄村", WANG),
        (" 王 庄村", WANG),
        ("青渡镇王庄村", WANG),
        ("安县青渡镇王庄村", WANG),
        ("王庄村委会", WANG),
        ("王庄村村民委员会", None),
        ("王庄村民委员会", WANG),
        ("小王庄村", LITTLE_WANG),
        ("青渡镇小王庄村", LITTLE_WANG),
        ("东街社区", EAST),
        ("东街社区居委会", EAST),
        ("东街居委会", EAST),
        ("东街社区居民委员会", EAST),
        ("青渡镇东街居民委员会", EAST),
        ("东街村", EAST_VILLAGE),
        ("李庄村", None),
        ("", None),
    ],
)
def test_a_village_is_found_by_what_people_write(written: str, meant: Division | None) -> None:
    """Township before it, blanks and the committee's name do not matter; an unknown one is None."""
    assert Territory(PLACES).village(written) == (meant.code if meant else None)


def test_two_villages_of_one_name_need_their_township() -> None:
    """Without the township nothing is guessed."""
    territory = Territory(TWO_TOWNS)
    assert territory.village("王庄村") is None
    assert territory.village("青渡镇王庄村") == WANG.code
    assert territory.village("白沙镇王庄村") == OTHER_WANG.code
    assert territory.village("王庄村", FIRST.code) == WANG.code


@pytest.mark.parametrize(
    ("written", "village", "meant"),
    [
        (FIRST.code, "", FIRST.code),
        ("第一网格", WANG.code, FIRST.code),
        (" 1 号 ", WANG.code, FIRST.code),
        ("第一网格", LITTLE_WANG.code, OTHER_FIRST.code),
        ("第一网格", EAST.code, None),
        ("第二网格", WANG.code, None),
        ("", WANG.code, None),
    ],
)
def test_a_grid_is_found_within_its_village(written: str, village: str, meant: str | None) -> None:
    """By its code anywhere, by name or other name only within the village."""
    assert Territory(PLACES).grid(written, village) == meant


def test_an_address_is_kept_without_its_township_and_village() -> None:
    """The door remains; an address of another village stays as it is."""
    territory = Territory(PLACES)
    assert territory.within_village("青渡镇王庄村3组12号", WANG.code) == "3组12号"
    assert territory.within_village("王庄村,3组12号", WANG.code) == "3组12号"
    assert territory.within_village("白沙镇5号", WANG.code) == "白沙镇5号"


def test_the_county_is_the_village_of_whoever_has_none() -> None:
    """The county's own code, and zeros where there is no county."""
    assert Territory(PLACES).county == COUNTY.code
    assert Territory(Snapshot()).county == "0" * 12
