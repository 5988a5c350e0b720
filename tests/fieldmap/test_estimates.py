"""Dwellings in need that are on no ledger: what the sweeps say, and how sure that is."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime

import numpy as np
import pytest

from fieldmap.estimates import Estimate, estimated, on_ledger, unregistered
from fieldmap.incoming import Building, DoorResult, SweepResult
from fieldmap.models import Client, Division, Grid, Household, Snapshot
from fieldmap.sweeps import Door, SweptBuilding

DAY = date(2026, 3, 20)
AT = datetime(2026, 3, 19, 8, tzinfo=UTC)
VILLAGE, GRID, OTHER = "990101100201", "990101100201001", "990101100201002"


def result(what: DoorResult, door: str = "1", grid: str = GRID) -> SweepResult:
    """Return what was found at a door."""
    return SweepResult(f"{grid}{door}", "b", grid, door, what, AT.date(), "manager", AT, AT)


def building(need: int = 0, none: int = 0, unasked: int = 0, on_ledger: int = 0) -> SweptBuilding:
    """Return a building with so many doors of each kind."""
    known = [result(DoorResult.NEED)] * need + [result(DoorResult.NO_NEED)] * none
    doors = [Door(str(n), result=found) for n, found in enumerate([*known, *([None] * unasked)])]
    doors += [Door(f"r{n}", f"h{n}", result(DoorResult.NEED)) for n in range(on_ledger)]
    return SweptBuilding("b", "1号楼", tuple(doors))


def of_grid(*buildings: SweptBuilding) -> Estimate:
    """Return the estimate for one grid with two households on the ledger."""
    found = unregistered({GRID: buildings}, {"h0": GRID, "h1": GRID}).by_grid[GRID]
    assert found is not None
    return found


def test_where_every_door_has_an_answer_nothing_is_estimated() -> None:
    """A grid that is swept whole has its count and no interval; a door on the ledger is not unregistered."""
    found = of_grid(building(need=3, none=20, on_ledger=2))
    assert (found.value, found.low, found.high, found.found) == (3.0, 3, 3, 3)
    assert (found.doors_known, found.doors, found.registered) == (25, 25, 2)
    assert found.share == pytest.approx(2 / 5)
    assert found.share_interval == (2 / 5, 2 / 5)


def test_doors_without_an_answer_are_like_the_others() -> None:
    """Of 100 doors with 10 in need, 100 more would hold about 10 more; the interval says how sure."""
    found = of_grid(building(need=10, none=90, unasked=100))
    assert 18 < found.value < 24
    assert 10 <= found.low < found.value < found.high < 50
    assert found.share_interval is not None
    low, high = found.share_interval
    assert found.share is not None
    assert low < found.share < high


def test_nobody_home_is_no_answer_and_vacant_is_one() -> None:
    """A door that nobody opened stays unknown; an empty flat is known not to be in need."""
    doors = [Door(str(n), result=result(DoorResult.NO_NEED)) for n in range(8)]
    shut = SweptBuilding("b", "", (*doors, Door("9", result=result(DoorResult.NOBODY_HOME))))
    empty = SweptBuilding("b", "", (*doors, Door("9", result=result(DoorResult.VACANT))))
    assert (of_grid(shut).doors_known, of_grid(empty).doors_known) == (8, 9)
    assert (of_grid(shut).high, of_grid(empty).high) == (1, 0)


def test_without_a_source_it_is_unknown() -> None:
    """A grid where nobody asked at a door that is on no ledger has None, and is not in the total."""
    swept = {GRID: [building(need=1, none=9, unasked=5)], OTHER: [building(unasked=5, on_ledger=2)]}
    found = unregistered(swept, {"h0": OTHER, "h1": OTHER, "h9": "elsewhere", "h8": None})
    assert found.by_grid[OTHER] is None
    assert found.by_grid["elsewhere"] is None
    assert found.total is not None
    assert (found.total.grids, found.total.doors, found.total.registered) == (1, 15, 0)
    nothing = unregistered({}, {"h0": GRID})
    assert nothing.total is None
    assert nothing.by_grid == {GRID: None}


def test_the_same_question_has_the_same_answer() -> None:
    """The estimate does not change from call to call."""
    swept = {GRID: [building(2, 20, 30)], OTHER: [building(0, 5, 60)]}
    assert unregistered(swept, {}) == unregistered(swept, {})


def test_registered_by_nobody_and_nobody_in_need() -> None:
    """Where there is neither a household on the ledger nor one in need there is no share."""
    found = unregistered({GRID: [building(none=4)]}, {}).total
    assert found is not None
    assert (found.share, found.share_interval) == (None, None)


SNAPSHOT = Snapshot(
    divisions={VILLAGE: Division(VILLAGE, "张庄村", 4)},
    grids={GRID: Grid(GRID, "一格", VILLAGE), OTHER: Grid(OTHER, "二格", VILLAGE)},
    households={
        key: Household(key, VILLAGE, f"张庄村1号楼{key}室", "户主", GRID) for key in ("101", "102", "103")
    },
    clients={
        "a": Client("a", "101", "甲"),
        "b": Client("b", "102", "乙", valid_to=date(2026, 1, 31)),
    },
)


def test_on_the_ledger_are_doors_with_somebody_on_it_today() -> None:
    """A household whose people have left is not registered; the assignment says in which grid one is."""
    assert on_ledger(SNAPSHOT, DAY) == {"101": GRID}
    assert on_ledger(SNAPSHOT, date(2026, 1, 31)) == {"101": GRID, "102": GRID}
    assert on_ledger(SNAPSHOT, DAY, {"101": None}) == {"101": None}


def test_from_the_record_and_the_sweeps() -> None:
    """A door known by a household without anybody on a ledger counts when somebody there is in need."""
    listed = Building("b", GRID, "1号楼", 4, "manager", AT)
    results = [result(DoorResult.NEED, "102室"), result(DoorResult.NO_NEED, "103室")]
    elsewhere = replace(results[0], id="x", grid_code="unknown")
    found = estimated(SNAPSHOT, [listed], [*results, elsewhere], DAY)
    assert found.by_grid[OTHER] is None
    assert found.total is not None
    assert (found.total.found, found.total.doors, found.total.doors_known) == (1, 4, 3)
    assert found.total.registered == 1
    earlier = estimated(SNAPSHOT, [listed], results, date(2026, 3, 18))
    assert earlier.total is None


Town = tuple[dict[str, list[SweptBuilding]], int, int]


def made_town(seed: int) -> Town:
    """Return a made town: what its sweep says, the truth, and how many doors it has.

    4 to 20 grids of 3 to 20 buildings; 1 to 15 % of the doors in need, more or
    less so by grid and by building; of the grids 5 to 100 % swept, in odd towns
    building by building; nobody home at 10 to 30 % of the doors.
    """
    random = np.random.default_rng(seed)
    prevalence, share = random.uniform(0.01, 0.15), random.uniform(0.05, 1.0)
    alike = random.choice([5.0, 20.0, 80.0])
    town: dict[str, list[SweptBuilding]] = {}
    truth = 0
    for code in range(int(random.integers(4, 21))):
        here = random.beta(prevalence * alike, (1 - prevalence) * alike)
        away = random.uniform(0.1, 0.3)
        town[f"{code:03d}"] = []
        for _ in range(int(random.integers(3, 21))):
            number = int(random.integers(4, 40))
            need = random.random(number) < np.clip(here * random.uniform(0.5, 1.5), 0, 1)
            asked = np.full(number, random.random() < share) if seed % 2 else random.random(number) < share
            met = asked & (random.random(number) > away)
            known = building(int((need & met).sum()), int((~need & met).sum()), int((~met).sum()))
            town[f"{code:03d}"].append(known)
            truth += int(need.sum())
    return town, truth, sum(len(b.doors) for found in town.values() for b in found)


def truth_of_swept(town: Town) -> bool:
    """Return whether every grid has a source, so that the total is about the whole town."""
    return all(any(door.result for b in found for door in b.doors) for found in town[0].values())


def test_interval_holds_the_truth_of_100_made_towns() -> None:
    """In at least 93 of 100 towns the truth lies in the interval, which is far narrower than all doors."""
    towns = [town for seed in range(200) if truth_of_swept(town := made_town(seed))][:100]
    assert len(towns) == 100
    found = [unregistered(swept, {}).total for swept, _, _ in towns]
    held = [e.low <= truth <= e.high for e, (_, truth, _) in zip(found, towns, strict=True) if e is not None]
    assert len(held) == 100
    assert sum(held) >= 93
    widths = [
        (e.high - e.low) / doors for e, (_, _, doors) in zip(found, towns, strict=True) if e is not None
    ]
    assert np.median(widths) < 0.05
    assert max(widths) < 0.5
