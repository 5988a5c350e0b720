"""The watch hears every write of the record, by whatever process, and nothing else."""

from __future__ import annotations

import subprocess
import sys
from dataclasses import replace
from pathlib import Path

from fieldmap.access import AccountRole, Hat
from fieldmap.store import Store
from fieldmap.store.connection import Connections
from tests.fieldmap.store.conftest import COUNTY, HOUSE, VISIT

_ANOTHER_PROCESS = """
import sys
from pathlib import Path
from fieldmap.models import Division
from fieldmap.store import Store
store = Store.open(Path(sys.argv[1]))
store.facts.record([Division("990101200000", "乙镇", 3, "990101000000")])
store.close()
"""


def test_the_watch_hears_this_process_and_another(store: Store) -> None:
    """A visit saved here and a division recorded by another process are heard, each once."""
    watch = store.watch()
    at_first = watch.change()
    store.facts.record([replace(HOUSE, address="3 组 6 号")])
    here = watch.change()
    subprocess.run([sys.executable, "-c", _ANOTHER_PROCESS, str(store.path)], check=True, timeout=60)
    there = watch.change()
    assert len({at_first, here, there}) == 3
    assert watch.change() == there == store.change


def test_who_signs_in_and_what_is_logged_change_nothing_of_the_record(store: Store) -> None:
    """A sign-in, a phone bound and a line of the audit leave the number of changes as it is."""
    watch = store.watch()
    account = store.accounts.add("head", "李四", "password-1", (Hat(AccountRole.HEAD, COUNTY.code),))
    before = watch.change()
    store.accounts.sign_in("head", "password-1", hours=1)
    store.accounts.bind(store.accounts.invite(account.id), label="Redmi", days=7)
    store.audit.log(account.id, "look", "child")
    assert watch.change() == store.change == before


def test_a_quiet_write_around_a_loud_one_is_heard(store: Store) -> None:
    """A transaction counts as a change where any part of it does, whichever comes first."""
    connections = Connections(store.path, "")
    before = int(store.change)
    with store.write():
        store.audit.log(None, "enter", "visit")
        store.visits.record(VISIT, by="a")
    with connections.write(quiet=True), connections.write():
        pass
    with connections.write(quiet=True), connections.write(quiet=True):
        pass
    connections.close()
    assert int(store.change) == before + 2


def test_the_watch_ends_with_its_store(tmp_path: Path) -> None:
    """A closed store leaves no connection behind: the file can be taken away with nothing beside it."""
    store = Store.create(tmp_path / "county.db", county=COUNTY)
    store.watch().change()
    store.close()
    assert sorted(path.name for path in tmp_path.iterdir()) == ["county.db"]
