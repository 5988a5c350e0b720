"""How the visits of a county file came in."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime
from uuid import UUID

from fieldmap.evidence import Entry, Source
from fieldmap.incoming import EnvelopeKind, Received, ReceivedState
from fieldmap.store import Batch, Store
from tests.fieldmap.store.conftest import VISIT

NOON = datetime(2026, 3, 18, 4, tzinfo=UTC)


def test_the_store_knows_how_a_visit_came_in(store: Store) -> None:
    """One from a phone, one typed at the desk, one from a file; other days are left out."""
    day = date(2026, 3, 18)
    ids = [str(UUID(int=n)) for n in range(4)]
    envelope = Received(
        ids[0], EnvelopeKind.VISIT, ReceivedState.HELD, "a", "phone", "", NOON, NOON, "", "{}"
    )
    store.incoming.received.add(envelope)
    store.visits.record(replace(VISIT, id=ids[0]), by="a")
    store.visits.record(replace(VISIT, id=ids[1]), by="head")
    store.visits.record(replace(VISIT, id=ids[3], day=date(2026, 3, 17)), by="head")
    store.batches.add(Batch("b", "a.xlsx", "", "visits", "2026-03-18T04:00:00Z", "head", 1, 1, 0, 0, ""))
    store.facts.record([replace(VISIT, id=ids[2])], batch_id="b")
    assert store.visits.entries(day, day) == (
        Entry(ids[0], "a", Source.PHONE),
        Entry(ids[1], "head", Source.DESK),
        Entry(ids[2], "", Source.IMPORT),
    )
