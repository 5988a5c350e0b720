"""A county file of an older program is brought up to date, and nothing in it is lost."""

from __future__ import annotations

import sqlite3
from dataclasses import replace
from pathlib import Path

import pytest

from fieldmap.access import AccountRole, Hat
from fieldmap.models import Flag
from fieldmap.store import Store
from fieldmap.store.schema import TABLES
from tests.fieldmap.store.conftest import COUNTY, ELDER, FACTS, VISIT, WORKER, Clock

ADDED: dict[str, dict[str, tuple[str, ...]]] = {
    "m010_flags": {"flag_state": ("cause", "source_id", "household_id")},
    "m009_closings": {},
    "m008_phones": {
        "visit": ("answers",),
        "route": ("turns", "seconds"),
        "flag": ("kind", "household_id"),
        "device": ("last_sync_at", "waiting", "failures", "app", "skew_s"),
    },
    "m007_where_and_on_duty": {"client": ("school",), "actor": ("desk_days",), "stop": ("site_id",)},
}
"""Step → table → columns it added, the last step first."""

_INDEXES = {"m010_flags": ("flag_state_flag", "stop_household")}
_MADE = {"m008_phones": "incoming", "m009_closings": "closings"}


def aged(path: Path, first_missing: str) -> None:
    """Turn a new file into one that the step before had made."""
    db = sqlite3.connect(path)
    for step, added in ADDED.items():
        for table, columns in added.items():
            for column in columns:
                db.execute(f"ALTER TABLE {table} DROP COLUMN {column}")
        for table in reversed(list(TABLES.get(_MADE.get(step, ""), {}))):
            db.execute(f"DROP TABLE {table}")
        for index in _INDEXES.get(step, ()):
            db.execute(f"DROP INDEX {index}")
        db.execute("DELETE FROM _sqlite_migrations WHERE name = ?", [step])
        if step == first_missing:
            break
    db.commit()
    db.close()


@pytest.fixture
def older(tmp_path: Path, clock: Clock) -> Path:
    """Return a county file with people, a visit, a flag and a phone, as this program writes it."""
    path = tmp_path / "county.db"
    store = Store.create(path, county=COUNTY, clock=clock)
    store.facts.record(FACTS)
    store.visits.record(VISIT, by="a")
    store.flags.report(Flag("f1", "990101001201001", "没有登记的一户", None, "a", clock()))
    account = store.accounts.add("worker", "李四", None, (Hat(AccountRole.WORKER, COUNTY.code),))
    store.accounts.bind(store.accounts.invite(account.id), label="phone", days=7)
    store.close()
    return path


@pytest.mark.parametrize("step", ADDED)
def test_an_older_file_reads_as_before(older: Path, clock: Clock, step: str) -> None:
    """Facts, visits, flags and phones of an older file come back as they were kept."""
    store = Store.open(older, clock=clock)
    before, phones = store.snapshot(), store.incoming.health()
    store.close()
    aged(older, step)
    store = Store.open(older, clock=clock)
    assert store.snapshot() == before
    assert [phone.label for phone in store.incoming.health()] == ["phone"]
    assert store.incoming.health() == phones
    assert store.incoming.received.all() == ()
    store.close()


def test_an_older_file_learns_the_new_columns(older: Path, clock: Clock) -> None:
    """A school, a day at the desk and the answers of a visit can then be kept."""
    aged(older, "m007_where_and_on_duty")
    store = Store.open(older, clock=clock)
    taught = replace(ELDER, school="中心小学")
    seated = replace(WORKER, desk_days=WORKER.off_days)
    asked = replace(VISIT, id=VISIT.id.replace("6", "7"), answers={"elder": {"fell": "no"}})
    clock.forward(hours=1)
    store.facts.record([taught, seated])
    store.visits.record(asked, by="a")
    assert store.snapshot().clients["elder"].school == "中心小学"
    assert store.snapshot().actors["worker"].desk_days == WORKER.off_days
    assert {v.id: v.answers for v in store.snapshot().visits}[asked.id] == {"elder": {"fell": "no"}}
    store.close()
