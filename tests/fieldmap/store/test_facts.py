"""Facts are kept in two times and never overwritten."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import pytest

from fieldmap.models import Actor, Client, Household, Tag
from fieldmap.store import Recorded, Store
from tests.fieldmap.store.conftest import ELDER, FACTS, HOUSE, WORKER, Clock


def test_facts_come_back_as_they_were_written(store: Store) -> None:
    """Every field of every noun survives the file: positions, sets, times, enums."""
    assert list(store.facts.read(Household)) == [HOUSE]
    assert list(store.facts.read(Client)) == [ELDER]
    assert list(store.facts.read(Actor)) == [WORKER]


def test_the_same_facts_again_change_nothing(store: Store) -> None:
    """Importing one ledger twice leaves the record as it was."""
    before = store.change
    assert store.facts.record(FACTS) == Recorded(new=0, changed=0, same=len(FACTS))
    assert [t.name for t in store.facts.read(Tag)] == ["独居"]
    assert int(store.change) > int(before)


def test_a_correction_is_known_only_from_when_it_was_recorded(store: Store, clock: Clock) -> None:
    """As known yesterday the old address stands; as known now the new one, for all days."""
    yesterday = clock.forward(days=1)
    store.facts.record([replace(HOUSE, address="4 组 5 号")])
    assert [h.address for h in store.facts.read(Household)] == ["4 组 5 号"]
    assert [h.address for h in store.facts.read(Household, known_at=yesterday)] == ["3 组 5 号"]
    assert [h.address for h in store.facts.read(Household, on=date(2026, 1, 1))] == ["4 组 5 号"]


def test_a_change_in_the_world_leaves_the_past_as_it_was(store: Store, clock: Clock) -> None:
    """A household that moved on 1 March lived at the old address in February."""
    clock.forward(days=1)
    store.facts.record([replace(HOUSE, address="新村 1 号")], since=date(2026, 3, 1))
    assert [h.address for h in store.facts.read(Household, on=date(2026, 2, 28))] == ["3 组 5 号"]
    assert [h.address for h in store.facts.read(Household, on=date(2026, 3, 1))] == ["新村 1 号"]


def test_an_import_taken_back_leaves_what_was_before(store: Store, clock: Clock) -> None:
    """What the import brought is gone from now on, what it replaced is back, and both are still on record."""
    clock.forward(hours=1)
    person = replace(ELDER, id="new", name="安二")
    store.facts.record([replace(HOUSE, address="错"), person], batch_id="batch")
    wrong = clock.forward(hours=1)
    assert store.facts.withdraw("batch") == 2
    assert [h.address for h in store.facts.read(Household)] == ["3 组 5 号"]
    assert [c.id for c in store.facts.read(Client)] == ["elder"]
    assert [c.id for c in store.facts.read(Client, known_at=wrong)] == ["elder", "new"]


def test_a_client_without_a_household_is_refused_and_nothing_is_half_written(store: Store) -> None:
    """A broken reference fails the whole call: the good row before it is not kept either."""
    good, bad = replace(ELDER, id="good"), replace(ELDER, id="bad", household_id="nowhere")
    with pytest.raises(Exception, match="FOREIGN KEY"):
        store.facts.record([good, bad])
    assert [c.id for c in store.facts.read(Client)] == ["elder"]
