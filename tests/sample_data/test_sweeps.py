"""The sweeps of the made township: some doors of some grids, and the truth about them."""

from __future__ import annotations

import csv
from collections import Counter
from pathlib import Path
from typing import Any

from sample_data import Recipe
from sample_data.grids import grid_of
from sample_data.sweeps import sweeps
from sample_data.township import Station


def rows_of(township: Path) -> list[dict[str, str]]:
    """Return the rows of the file in the repository."""
    with (township / "sweeps.csv").open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def test_every_third_grid_is_swept_in_part(township: Path, truth: dict[str, Any]) -> None:
    """Of each some buildings were swept and some not; of the swept doors some did not open."""
    rows = rows_of(township)
    assert {row["grid_code"] for row in rows} == truth["sweeps"].keys()
    assert len(truth["sweeps"]) == 6
    assert {row["result"] for row in rows} == {"", "need", "no_need", "nobody_home", "vacant"}


def test_what_was_found_is_part_of_what_is_there(township: Path, truth: dict[str, Any]) -> None:
    """Unlisted doors are numbered; no more of them are in need than there are, and fewer were found."""
    found = Counter(
        row["grid_code"] for row in rows_of(township) if row["result"] == "need" and row["door"].isdigit()
    )
    for code, said in truth["sweeps"].items():
        assert found[code] == said["found"] <= said["in_need"] <= said["unlisted_dwellings"]
    assert sum(found.values()) < sum(said["in_need"] for said in truth["sweeps"].values())


def test_unlisted_dwellings_are_the_houses_left_over(station: Station) -> None:
    """Where no ledger names a house it is unlisted; a household of the ledger has one house or room."""
    houses = Counter(grid_of(station.grids, house).code for house in station.buildings)
    homes = Counter(house.door.grid_code for house in station.houses)
    for swept in sweeps(Recipe(), station):
        assert swept.dwellings == houses[swept.grid_code] - homes[swept.grid_code]


def test_a_door_is_tapped_once(township: Path) -> None:
    """No door of a building comes twice, and none beyond the number of its doors."""
    rows = [row for row in rows_of(township) if row["door"]]
    taps = Counter((row["grid_code"], row["building"], row["door"]) for row in rows)
    assert max(taps.values()) == 1
    for row in rows:
        assert not row["door"].isdigit() or int(row["door"]) <= int(row["doors"])
