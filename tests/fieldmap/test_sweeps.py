"""A sweep: the buildings of a grid, their doors, what was found last, how far it has come."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import pytest

from fieldmap.incoming import Building, DoorResult, SweepResult
from fieldmap.models import Household
from fieldmap.sweeps import COUNTS_DAYS, Progress, SweptBuilding, progress_of, sweep_of

GRID, OTHER = "990101001201001", "990101001201002"
VILLAGE = "北坡村"
TODAY = date(2026, 3, 20)
NOW = datetime(2026, 3, 20, 1, 0, tzinfo=UTC)

HOME = Household("h1", "990101001201", "5号楼201", "王秀英", GRID)
HOUSEHOLDS = (
    HOME,
    replace(HOME, id="h2", address="北坡村5号楼102"),
    replace(HOME, id="h3", address="北坡村12号"),
    replace(HOME, id="h4", address="北坡村3组老王家旁"),
    replace(HOME, id="h5", address="5号楼301", grid_code=OTHER),
    replace(HOME, id="h6", address=""),
)
ADDED = Building("b1", GRID, "7 号楼", 3, "grid", NOW)
FOUND = SweepResult("r1", "b1", GRID, "2", DoorResult.NO_NEED, TODAY, "grid", NOW, NOW)


def swept(
    *results: SweepResult, buildings: tuple[Building, ...] = (ADDED,), today: date = TODAY
) -> dict[str, SweptBuilding]:
    """Return the buildings of the grid by name."""
    made = sweep_of(GRID, VILLAGE, HOUSEHOLDS, buildings, results, today)
    return {building.name: building for building in made}


def labels(building: SweptBuilding) -> list[str]:
    """Return the labels of a building's doors."""
    return [door.label for door in building.doors]


def test_known_addresses_give_the_first_buildings() -> None:
    """Every address of the grid that says which door has its door; houses without a building come last."""
    found = swept()
    assert list(found) == ["3组", "5号楼", "7 号楼", ""]
    assert labels(found["5号楼"]) == ["102", "201"]
    assert [door.household_id for door in found["5号楼"].doors] == ["h2", "h1"]
    assert labels(found["3组"]) == ["老王家旁"]
    assert labels(found[""]) == ["12号"]


def test_an_added_building_has_numbered_doors() -> None:
    """Who adds a building says how many doors it has; they are numbered and nobody is known behind them."""
    building = swept()["7 号楼"]
    assert labels(building) == ["1", "2", "3"]
    assert {door.household_id for door in building.doors} == {""}
    assert building.ids == ("b1",)


def test_of_one_name_there_is_one_building() -> None:
    """Added again, or known from addresses: it says anew how many doors there are, known ones among them."""
    again = replace(ADDED, id="b2", name="7号楼", doors=2, at=NOW + timedelta(hours=1))
    known = replace(ADDED, id="b3", name="5号楼", doors=4)
    found = swept(FOUND, replace(FOUND, id="r2", building_id="b2", door="1"), buildings=(again, ADDED, known))
    assert labels(found["7号楼"]) == ["1", "2"]
    assert [bool(door.result) for door in found["7号楼"].doors] == [True, True]
    assert set(found["7号楼"].ids) == {"b1", "b2"}
    assert labels(found["5号楼"]) == ["1", "2", "102", "201"]


def test_a_building_is_taken_back_with_no_doors() -> None:
    """One added by mistake is said again with 0 doors; where doors of it are known they stay."""
    gone = replace(ADDED, id="b2", doors=0, at=NOW + timedelta(hours=1))
    assert "7 号楼" not in swept(buildings=(ADDED, gone))
    assert labels(swept(FOUND, buildings=(ADDED, gone))["7 号楼"]) == ["2"]
    assert labels(swept(buildings=(replace(gone, name="5号楼"),))["5号楼"]) == ["102", "201"]


def test_ids_are_the_same_on_every_phone_and_say_nothing() -> None:
    """A result reaches the building by the id of the packet, as by the one it was added under."""
    building = swept()["7 号楼"]
    assert set(building.id) <= set("0123456789abcdef")
    later = replace(FOUND, id="r2", building_id=building.id, door="3")
    found = swept(FOUND, later)["7 号楼"]
    assert found.id == building.id
    assert [door.label for door in found.doors if door.result] == ["2", "3"]


def test_the_last_result_of_a_door_counts() -> None:
    """A correction made later wins, in whatever order the two came in."""
    wrong = replace(FOUND, id="r2", result=DoorResult.NEED, at=NOW - timedelta(minutes=1))
    for results in ((wrong, FOUND), (FOUND, wrong)):
        door = swept(*results)["7 号楼"].doors[1]
        assert door.result == FOUND


@pytest.mark.parametrize(("later", "counts"), [(COUNTS_DAYS, True), (COUNTS_DAYS + 1, False)])
def test_a_result_counts_for_half_a_year(later: int, counts: bool) -> None:
    """After that the door is to be swept again."""
    found = swept(FOUND, today=TODAY + timedelta(days=later))["7 号楼"]
    assert bool(found.doors[1].result) is counts


def test_a_door_that_nobody_counted_is_one_more() -> None:
    """A result at a door beyond the number that was said is kept: the building is larger."""
    assert labels(swept(replace(FOUND, door="9"))["7 号楼"]) == ["1", "2", "3", "9"]
    assert labels(swept(replace(FOUND, door="北屋"))["7 号楼"]) == ["1", "2", "3", "北屋"]


def test_another_grid_has_no_part_in_it() -> None:
    """Buildings and results of another grid are left out."""
    found = swept(replace(FOUND, grid_code=OTHER), buildings=(replace(ADDED, grid_code=OTHER),))
    assert "7 号楼" not in found
    assert progress_of(found.values()).known == 0


def test_progress_counts_doors_with_an_answer() -> None:
    """Where nobody opened there is no answer yet; it is told beside."""
    found = swept(
        FOUND,
        replace(FOUND, id="r2", door="1", result=DoorResult.NOBODY_HOME),
        replace(FOUND, id="r3", door="3", result=DoorResult.VACANT),
    )
    progress = progress_of(found.values())
    assert progress == Progress(doors=7, no_need=1, vacant=1, nobody_home=1)
    assert progress.known == 2
    assert progress_of([]) == Progress()
