"""The sweeps of the made township: there is no file of the kind, phones send them."""

from __future__ import annotations

import csv
from datetime import UTC, date, datetime, time
from pathlib import Path

from fieldmap.incoming import Building, DoorResult, SweepResult
from fieldmap.store import Store

__all__ = ["keep_sweeps"]

_MORNING = time(2, tzinfo=UTC)


def keep_sweeps(store: Store, path: Path, *, today: date, by: str) -> None:
    """Keep what the phones of the made township's grid managers would have sent."""
    with path.open(encoding="utf-8", newline="") as file, store.write():
        for row in csv.DictReader(file):
            day = date.fromisoformat(row["day"]) if row["day"] else today
            at = datetime.combine(day, _MORNING)
            grid, name, door = row["grid_code"], row["building"], row["door"]
            building = store.new_id("sweep", grid, name)
            store.incoming.buildings.put(Building(building, grid, name, int(row["doors"]), by, at))
            if door:
                key = store.new_id("sweep", grid, name, door)
                result = DoorResult(row["result"])
                store.incoming.sweeps.add(SweepResult(key, building, grid, door, result, day, by, at, at))
