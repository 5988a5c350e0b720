"""What was imported, from which file, with which issues; how it is taken back."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass

from fieldmap.errors import StoreError
from fieldmap.store.codec import decode, encode, instant
from fieldmap.store.connection import Clock, Connections
from fieldmap.store.facts import Facts
from fieldmap.store.flags import Flags

__all__ = ["Batch", "Batches"]


@dataclass(frozen=True, slots=True)
class Batch:
    """One import of one file; ``issues`` and ``mapping`` are JSON text."""

    id: str
    file_name: str
    sha256: str
    ledger: str
    imported_at: str
    imported_by: str = ""
    rows_read: int = 0
    rows_kept: int = 0
    rows_refused: int = 0
    rows_skipped: int = 0
    issues: str = "[]"
    mapping: str = "{}"
    undone_at: str | None = None


class Batches:
    """The imports of one county file."""

    def __init__(self, connections: Connections, clock: Clock, facts: Facts, flags: Flags) -> None:
        self._connections = connections
        self._clock = clock
        self._facts = facts
        self._flags = flags

    def add(self, batch: Batch) -> None:
        """Keep what was imported; the visits among it take flags along."""
        with self._connections.write() as db:
            db.table("import_batch").insert(encode(batch))
            self._flags.follow(batch.imported_by)

    def all(self) -> tuple[Batch, ...]:
        """Return every import, the newest first."""
        rows = self._connections.db().execute(
            "SELECT * FROM import_batch ORDER BY imported_at DESC, rowid DESC"
        )
        return tuple(decode(Batch, row) for row in rows.fetchall())

    def mapping_for(self, ledger: str) -> Mapping[str, str]:
        """Return the column mapping remembered from the last import of this ledger."""
        row = (
            self._connections.db()
            .execute(
                "SELECT mapping FROM import_batch WHERE ledger = ?"
                " ORDER BY imported_at DESC, rowid DESC LIMIT 1",
                [ledger],
            )
            .fetchone()
        )
        return {} if row is None else json.loads(row["mapping"])

    def undo(self, batch_id: str) -> int:
        """Take an import back; return the number of facts taken back.

        Raises
        ------
        StoreError
            There is no such import, or it was taken back already.
        """
        with self._connections.write() as db:
            done = db.execute(
                "UPDATE import_batch SET undone_at = ? WHERE id = ? AND undone_at IS NULL",
                [instant(self._clock()), batch_id],
            )
            if done.rowcount != 1:
                raise StoreError("store.unknown", batch_id, noun="import")
            count = self._facts.withdraw(batch_id)
            self._flags.follow("")
        return count
