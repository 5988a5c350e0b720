"""The county file: made once, opened with its key, copied whole."""

from __future__ import annotations

import multiprocessing
from pathlib import Path

import pytest

from fieldmap.errors import StoreError
from fieldmap.store import Store
from tests.fieldmap.store.conftest import COUNTY, FACTS, VISIT, Clock

KEYS = {"plain": "", "passphrase": "春江花月夜", "raw": "0f" * 32}


@pytest.fixture(params=list(KEYS.values()), ids=list(KEYS))
def key(request: pytest.FixtureRequest) -> str:
    value: str = request.param
    return value


def test_a_file_opens_with_the_key_it_was_made_with(county_path: Path, key: str) -> None:
    """What was written is there after closing and opening again."""
    with_facts(county_path, key).close()
    store = Store.open(county_path, key)
    assert [c.name for c in store.snapshot().clients.values()] == ["安一"]
    assert store.county == COUNTY
    assert store.encrypted is bool(key)
    store.close()


def test_a_file_does_not_open_with_another_key_and_stays_as_it_is(county_path: Path, key: str) -> None:
    """A wrong key is an error that says so; not one byte changes."""
    with_facts(county_path, key).close()
    before = county_path.read_bytes()
    with pytest.raises(StoreError) as caught:
        Store.open(county_path, "another key")
    assert caught.value.code == "store.key"
    assert county_path.read_bytes() == before


def test_an_encrypted_file_shows_no_name(county_path: Path) -> None:
    """Neither the file nor its journal holds a name or an address in the clear."""
    store = with_facts(county_path, "0f" * 32)
    written = b"".join(p.read_bytes() for p in county_path.parent.iterdir())
    assert "安一".encode() not in written
    assert "3 组".encode() not in written
    assert b"SQLite format" not in written
    store.close()


@pytest.mark.parametrize("content", [None, b"", b"not a county file at all, but longer than a page" * 200])
def test_only_a_county_file_is_opened_and_none_is_made(county_path: Path, content: bytes | None) -> None:
    """Opening a wrong path is an error and leaves no new file behind."""
    if content is not None:
        county_path.write_bytes(content)
    with pytest.raises(StoreError):
        Store.open(county_path)
    after = {p.name: p.read_bytes() for p in county_path.parent.iterdir()}
    assert after == ({} if content is None else {county_path.name: content})


def test_a_county_file_is_never_overwritten(county_path: Path) -> None:
    """Making a file where one is, is an error."""
    with_facts(county_path, "").close()
    with pytest.raises(StoreError) as caught:
        Store.create(county_path, county=COUNTY)
    assert caught.value.code == "store.exists"


def test_a_backup_brings_back_every_fact_with_the_same_key(
    county_path: Path, key: str, tmp_path: Path
) -> None:
    """Backup, lose the file, restore: the snapshot is the same; the copy is encrypted as the file was."""
    store = with_facts(county_path, key)
    store.visits.record(VISIT, by="test")
    expected = store.snapshot()
    store.backup(tmp_path / "copy" / "backup.db")
    store.close()
    county_path.unlink()
    restored = Store.restore(tmp_path / "copy" / "backup.db", county_path, key)
    assert restored.snapshot() == expected
    assert restored.encrypted is bool(key)
    restored.close()


def test_a_damaged_backup_is_refused_and_writes_nothing(county_path: Path, tmp_path: Path) -> None:
    """A backup with a torn page is not brought back, not even in part."""
    store = with_facts(county_path, "")
    store.backup(tmp_path / "backup.db")
    store.close()
    county_path.unlink()
    torn = bytearray((tmp_path / "backup.db").read_bytes())
    torn[4096 * 8 : 4096 * 20] = b"\xff" * (4096 * 12)
    (tmp_path / "backup.db").write_bytes(torn)
    with pytest.raises(StoreError):
        Store.restore(tmp_path / "backup.db", county_path)
    assert not county_path.exists()


def test_ids_are_stable_within_a_county_and_unlike_those_of_another(tmp_path: Path) -> None:
    """The same content gets the same id again, but nobody can compute it without the county's salt."""
    one = Store.create(tmp_path / "1.db", county=COUNTY, salt="a")
    two = Store.create(tmp_path / "2.db", county=COUNTY, salt="b")
    assert one.new_id("client", "x") == one.new_id("client", "x")
    assert one.new_id("client", "x") != two.new_id("client", "x")
    one.close()
    two.close()


def test_processes_that_write_at_once_wait_for_each_other(county_path: Path) -> None:
    """Four processes record 25 visits each; none meets a locked file and none is lost."""
    with_facts(county_path, "").close()
    spawn = multiprocessing.get_context("spawn")
    with spawn.Pool(4) as pool:
        results = pool.starmap(_record_visits, [(county_path, n) for n in range(4)])
    store = Store.open(county_path)
    assert results == [25] * 4
    assert len(store.snapshot().visits) == 100
    store.close()


def with_facts(path: Path, key: str) -> Store:
    """Make a county file with the small facts."""
    store = Store.create(path, key, county=COUNTY, salt="test", clock=Clock())
    store.facts.record(FACTS)
    return store


def _record_visits(path: Path, process: int) -> int:
    from dataclasses import replace

    store = Store.open(path)
    new = sum(store.visits.record(replace(VISIT, id=f"{process}-{n}"), by="test").new for n in range(25))
    store.close()
    return new
