"""The facts as they stand now, each row read once.

A row never changes but for the instant at which another one takes its place.
So what was read of it stays right as long as it is there, and after a visit
only the visit is read: a county of 25,000 is on the open maps again at once.
"""

from __future__ import annotations

import threading
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from fieldmap.store.codec import decode_all
from fieldmap.store.connection import Connections
from fieldmap.store.facts import NOUNS

__all__ = ["Current"]

_CHUNK = 5000
_FEW = 500


@dataclass(frozen=True, slots=True)
class _Noun:
    """What was read of one table.

    ``state`` is its last current row and how many there are: whatever is
    written makes another one.
    """

    state: tuple[int, int]
    by_row: dict[int, Any]
    facts: tuple[Any, ...]


class Current:
    """Reads the facts that are in force, again and again."""

    def __init__(self, connections: Connections) -> None:
        self._connections = connections
        self._nouns: dict[type, _Noun] = {}
        self._lock = threading.Lock()

    def read[T](self, model: type[T]) -> Sequence[T]:
        """Return the facts of one noun, sorted by id: the same as :meth:`Facts.read` without conditions."""
        with self._lock:
            known = self._nouns.get(model)
            table = NOUNS[model]
            state = self._state(table)
            if known is None or known.state != state:
                known = self._nouns[model] = self._anew(model, table, state, known.by_row if known else {})
            return known.facts

    def _state(self, table: str) -> tuple[int, int]:
        query = f"SELECT ifnull(max(row), 0), count(*) FROM {table} WHERE superseded_at IS NULL"
        last, count = self._connections.db().execute(query).fetchone()
        return int(last), int(count)

    def _anew(self, model: type, table: str, state: tuple[int, int], before: dict[int, Any]) -> _Noun:
        listed = self._connections.db().execute(
            f"SELECT id, row FROM {table} WHERE superseded_at IS NULL ORDER BY id, valid_from"
        )
        last = dict(map(tuple, listed.fetchall()))  # of several versions the last is in force
        missing = [row for row in last.values() if row not in before]
        read = before | dict(self._rows(model, table, missing))
        by_row = {row: read[row] for row in last.values()}
        return _Noun(state, by_row, tuple(by_row.values()))

    def _rows(self, model: type, table: str, wanted: Sequence[int]) -> Iterator[tuple[int, Any]]:
        """Yield facts by their rows; where many are wanted the table is read from end to end."""
        db = self._connections.db()
        if len(wanted) > _FEW:
            yield from _decoded(model, db.execute(f"SELECT * FROM {table} WHERE superseded_at IS NULL"))
            return
        marks = ", ".join("?" * len(wanted))
        yield from _decoded(model, db.execute(f"SELECT * FROM {table} WHERE row IN ({marks})", wanted))


def _decoded(model: type, found: Any) -> Iterator[tuple[int, Any]]:
    names = [column[0] for column in found.description]
    number = names.index("row")
    while rows := found.fetchmany(_CHUNK):
        yield from zip((row[number] for row in rows), decode_all(model, names, rows), strict=True)
