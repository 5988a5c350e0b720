"""The facts as they stand now: the same as read anew, whatever was written in between."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import date

import pytest

from fieldmap.models import Division, Exclusion, ExclusionReason, Tag
from fieldmap.store import Store
from fieldmap.store.connection import Connections
from fieldmap.store.current import Current
from fieldmap.store.facts import NOUNS
from tests.fieldmap.store.conftest import ELDER, HOUSE, VISIT, WORKER

_TAG = Tag("t1", ELDER.id, "独居", "", "2026年台账", date(2025, 1, 1))
_EXCLUDED = Exclusion("e1", ELDER.id, ExclusionReason.HOSPITAL, date(2026, 3, 2))
_TOWN = Division("990101002000", "白沙镇", 3, "990101000000")

WRITES: Sequence[Callable[[Store], object]] = (
    lambda store: store.visits.record(VISIT, by="a"),
    lambda store: store.facts.record([replace(HOUSE, address="3 组 6 号")]),
    lambda store: store.facts.record([replace(HOUSE, address="3 组 7 号"), _TOWN], batch_id="b1"),
    lambda store: store.facts.record([_TAG, _EXCLUDED]),
    lambda store: store.facts.record([replace(_EXCLUDED, valid_to=date(2026, 3, 9))]),
    lambda store: store.facts.record([replace(WORKER, name="周明")], since=date(2026, 3, 1)),
    lambda store: store.facts.withdraw("b1"),
    lambda store: store.visits.record(replace(VISIT, id="another", note="x"), by="a"),
)


def _read(current: Current) -> dict[str, list[object]]:
    return {name: list(current.read(model)) for model, name in NOUNS.items()}


def _anew(store: Store) -> dict[str, list[object]]:
    return {name: list(store.facts.read(model)) for model, name in NOUNS.items()}


def test_what_is_kept_is_what_would_be_read_anew(store: Store) -> None:
    """After every kind of write, also one taken back, each noun is as a reader without memory has it."""
    connections = Connections(store.path, "")
    current = Current(connections)
    assert _read(current) == _anew(store)
    for number, write in enumerate(WRITES):
        before = _anew(store)
        write(store)
        assert _read(current) == _anew(store) != before, number
    connections.close()


def test_a_row_is_read_once(store: Store) -> None:
    """After a visit the people are the very same values, and so are the visits before."""
    store.visits.record(VISIT, by="a")
    before = store.snapshot()
    store.visits.record(replace(VISIT, id="another"), by="a")
    after = store.snapshot()
    assert len(after.visits) == len(before.visits) + 1
    assert after.clients[ELDER.id] is before.clients[ELDER.id]
    assert next(v for v in after.visits if v.id == VISIT.id) is before.visits[0]


def test_a_write_that_is_not_committed_is_seen_by_its_own_thread_alone(store: Store) -> None:
    """Inside a transaction that is rolled back the snapshot shows it; afterwards nothing of it is left."""
    before = store.snapshot()
    with pytest.raises(ZeroDivisionError):
        _write_and_fail(store)
    store.facts.record([_TOWN])
    assert store.snapshot().visits == before.visits


def _write_and_fail(store: Store) -> None:
    with store.write():
        store.visits.record(VISIT, by="a")
        assert len(store.snapshot().visits) == 1
        raise ZeroDivisionError
