"""A county file of an older program is brought up to date, and nothing in it is lost."""

from __future__ import annotations

import sqlite3
from dataclasses import replace
from pathlib import Path

from fieldmap.store import Store
from tests.fieldmap.store.conftest import COUNTY, ELDER, FACTS, WORKER, Clock

ADDED = {"client": "school", "actor": "desk_days", "stop": "site_id"}


def aged(path: Path) -> None:
    """Turn a new file into one that the step before had made."""
    db = sqlite3.connect(path)
    for table, column in ADDED.items():
        db.execute(f"ALTER TABLE {table} DROP COLUMN {column}")
    db.execute("DELETE FROM _sqlite_migrations WHERE name = 'm007_where_and_on_duty'")
    db.commit()
    db.close()


def test_an_older_file_reads_as_before_and_learns_the_new_columns(tmp_path: Path, clock: Clock) -> None:
    """Facts of an older file come back unchanged; a school and a day at the desk can then be kept."""
    path = tmp_path / "county.db"
    Store.create(path, county=COUNTY, clock=clock).close()
    store = Store.open(path, clock=clock)
    store.facts.record(FACTS)
    store.close()
    aged(path)
    store = Store.open(path, clock=clock)
    assert store.snapshot().clients["elder"] == ELDER
    assert store.snapshot().actors["worker"] == WORKER
    taught = replace(ELDER, school="中心小学")
    seated = replace(WORKER, desk_days=WORKER.off_days)
    clock.forward(hours=1)
    store.facts.record([taught, seated])
    assert store.snapshot().clients["elder"].school == "中心小学"
    assert store.snapshot().actors["worker"].desk_days == WORKER.off_days
    store.close()
