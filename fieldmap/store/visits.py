"""Visits in the county file: sent twice, stored once, with a receipt."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date
from typing import Any

from fieldmap.evidence import Entry, Source
from fieldmap.models import Visit
from fieldmap.store.codec import decode, encode
from fieldmap.store.connection import Clock, Connections
from fieldmap.store.facts import Facts
from fieldmap.store.flags import Flags

__all__ = ["Receipt", "Visits"]


@dataclass(frozen=True, slots=True)
class Receipt:
    """The station's answer: what it holds; ``new`` is False for a repeat."""

    visit_id: str
    sha256: str
    new: bool


class Visits:
    """Recorded visits."""

    def __init__(self, connections: Connections, clock: Clock, facts: Facts, flags: Flags) -> None:
        self._connections = connections
        self._clock = clock
        self._facts = facts
        self._flags = flags

    def record(self, visit: Visit, *, by: str) -> Receipt:
        """Keep a visit under the id that was made where it was recorded.

        The same id again, with whatever content, changes nothing: the receipt
        is of what is held. The answer comes after the disk has it.
        """
        with self._connections.write():
            held = self.get(visit.id)
            if held is None:
                held = replace(visit, received_at=self._clock())
                extra = {"recorded_by": by}
                self._facts.record([held], since=visit.day, batch_id=visit.id, extra=extra)
                self._flags.follow(by, [held.household_id])
                return Receipt(visit.id, _sha256(held), new=True)
        return Receipt(visit.id, _sha256(held), new=False)

    def withdraw(self, visit_id: str, *, by: str = "") -> int:
        """Take a visit back with what followed from it; return how many facts that were."""
        with self._connections.write():
            held = self.get(visit_id)
            count = self._facts.withdraw(visit_id)
            if held is not None:
                self._flags.follow(by, [held.household_id])
        return count

    def get(self, visit_id: str) -> Visit | None:
        """Return a visit, or None."""
        row = (
            self._connections.db()
            .execute("SELECT * FROM visit WHERE id = ? AND superseded_at IS NULL", [visit_id])
            .fetchone()
        )
        return None if row is None else decode(Visit, row)

    def entries(self, first: date, last: date) -> tuple[Entry, ...]:
        """Return how the visits of some days came in, and by which account."""
        rows = self._connections.db().execute(
            "SELECT v.id, coalesce(v.recorded_by, '') AS said_by, b.id IS NOT NULL AS imported,"
            " r.id IS NOT NULL AS of_phone FROM visit v LEFT JOIN import_batch b ON b.id = v.batch_id"
            " LEFT JOIN received r ON r.id = v.id"
            " WHERE v.superseded_at IS NULL AND v.day BETWEEN ? AND ? ORDER BY v.id",
            [first.isoformat(), last.isoformat()],
        )
        return tuple(_entry(row) for row in rows)


def _entry(row: Mapping[str, Any]) -> Entry:
    source = Source.IMPORT if row["imported"] else Source.PHONE if row["of_phone"] else Source.DESK
    return Entry(row["id"], row["said_by"], source)


def _sha256(visit: Visit) -> str:
    content = {k: v for k, v in encode(visit).items() if k != "received_at"}
    return hashlib.sha256(json.dumps(content, sort_keys=True, ensure_ascii=False).encode()).hexdigest()
