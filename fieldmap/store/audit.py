"""Who did what: a chain of hashes, so that a line taken out is seen."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Sequence
from dataclasses import dataclass

from fieldmap.store.codec import instant
from fieldmap.store.connection import Clock, Connections

__all__ = ["Audit", "AuditLine"]

_START = "0" * 64


@dataclass(frozen=True, slots=True)
class AuditLine:
    """One line; ``at`` is ISO 8601 in UTC."""

    seq: int
    at: str
    account_id: str | None
    action: str
    object: str
    detail: str


def _digest(previous: str, *parts: str | None) -> str:
    text = json.dumps([previous, *parts], ensure_ascii=False)
    return hashlib.sha256(text.encode()).hexdigest()


class Audit:
    """The audit trail of one county file."""

    def __init__(self, connections: Connections, clock: Clock) -> None:
        self._connections = connections
        self._clock = clock

    def log(self, account_id: str | None, action: str, target: str, detail: str = "") -> None:
        """Add a line."""
        with self._connections.write(quiet=True) as db:
            last = db.execute("SELECT hash FROM audit ORDER BY seq DESC LIMIT 1").fetchone()
            previous = last["hash"] if last is not None else _START
            at = instant(self._clock())
            parts = (at, account_id, action, target, detail)
            db.execute(
                "INSERT INTO audit (at, account_id, action, object, detail, previous, hash)"
                " VALUES (?, ?, ?, ?, ?, ?, ?)",
                [*parts, previous, _digest(previous, *parts)],
            )

    def lines(self, *, limit: int = 200, actions: Sequence[str] = ()) -> tuple[AuditLine, ...]:
        """Return the last lines, the newest first; only those of some actions where these are given."""
        where = f" WHERE action IN ({', '.join('?' * len(actions))})" if actions else ""
        rows = self._connections.db().execute(
            f"SELECT seq, at, account_id, action, object, detail FROM audit{where} ORDER BY seq DESC LIMIT ?",
            [*actions, limit],
        )
        return tuple(AuditLine(*tuple(row)) for row in rows.fetchall())

    def broken_at(self) -> int | None:
        """Return the first line that does not follow from the one before; None where the chain holds."""
        previous = _START
        for row in self._connections.db().execute("SELECT * FROM audit ORDER BY seq").fetchall():
            parts = (row["at"], row["account_id"], row["action"], row["object"], row["detail"])
            if row["previous"] != previous or row["hash"] != _digest(previous, *parts):
                return int(row["seq"])
            previous = row["hash"]
        return None
