"""Bitemporal facts: record, supersede, read as known at any moment."""

from __future__ import annotations

import itertools
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from fieldmap.models import (
    Actor,
    Client,
    Division,
    Event,
    Exclusion,
    Grid,
    Household,
    Responsibility,
    RuleChange,
    Site,
    Tag,
    Visit,
)
from fieldmap.store.codec import decode, encode, instant, parse_instant
from fieldmap.store.connection import Clock, Connections

__all__ = ["Facts", "Recorded"]


NOUNS: Mapping[type, str] = {
    Division: "division",
    Grid: "grid",
    Site: "site",
    Actor: "actor",
    Household: "household",
    Client: "client",
    Tag: "tag",
    Exclusion: "exclusion",
    Responsibility: "responsibility",
    Event: "event",
    RuleChange: "rule",
    Visit: "visit",
}

_BOOKKEEPING = {"recorded_by", "received_at"}
_CHUNK = 500


@dataclass(frozen=True, slots=True)
class Recorded:
    """What a call wrote: rows that are new, changed, and already there."""

    new: int = 0
    changed: int = 0
    same: int = 0

    def __add__(self, other: Recorded) -> Recorded:
        return Recorded(self.new + other.new, self.changed + other.changed, self.same + other.same)


def fact_id(fact: object) -> str:
    """Return the id a fact is kept under."""
    if isinstance(fact, (Division, Grid)):
        return f"{NOUNS[type(fact)]}:{fact.code}"
    if isinstance(fact, Responsibility):
        return f"responsibility:{fact.client_id}"
    return str(fact.id)  # type: ignore[attr-defined]


class Facts:
    """The bitemporal tables of one county file."""

    def __init__(self, connections: Connections, clock: Clock) -> None:
        self._connections = connections
        self._clock = clock

    def record(
        self,
        facts: Iterable[object],
        *,
        since: date | None = None,
        batch_id: str | None = None,
        extra: Mapping[str, Any] | None = None,
    ) -> Recorded:
        """Write facts; what is there already with the same content is left alone.

        Parameters
        ----------
        facts
            Models of :mod:`fieldmap.models`; their order matters only where
            one refers to another (households before clients).
        since
            The day from which a changed fact is true. Without it a change is
            a correction: it replaces what was recorded for the same time.
        batch_id
            The import that brought them.
        extra
            Further columns of the table, such as ``recorded_by``.
        """
        done = Recorded()
        with self._connections.write():
            for noun, group in _by_noun(facts):
                for start in range(0, len(group), _CHUNK):
                    done += self._record(noun, group[start : start + _CHUNK], since, batch_id, extra or {})
        return done

    def _record(
        self,
        noun: str,
        facts: Sequence[object],
        since: date | None,
        batch_id: str | None,
        extra: Mapping[str, Any],
    ) -> Recorded:
        rows = {fact_id(f): {**encode(f), "id": fact_id(f), **extra} for f in facts}
        current = self._current(noun, list(rows))
        now = instant(self._clock())
        inserts: list[dict[str, Any]] = []
        superseded: list[int] = []
        for key, row in rows.items():
            old = current.get(key)
            if old is not None and _content(old, row) == _content(row, row):
                continue
            if old is not None:
                superseded.append(old["row"])
                if since is not None and old["valid_from"] < since.isoformat():
                    inserts.append(_closed(old, since, now, batch_id))
            if "valid_from" not in row:
                first = (
                    old["valid_from"]
                    if old is not None and since is None
                    else (since or date.min).isoformat()
                )
                row |= {"valid_from": first, "valid_to": None}
            inserts.append({**row, "recorded_at": now, "batch_id": batch_id})
        self._write(noun, list(rows), superseded, inserts, now)
        changed = len(superseded)
        new = sum(1 for key in rows if key not in current)
        return Recorded(new, changed, len(rows) - new - changed)

    def _current(self, noun: str, ids: Sequence[str]) -> dict[str, dict[str, Any]]:
        marks = ",".join("?" * len(ids))
        rows = self._connections.db().execute(
            f"SELECT * FROM {noun} WHERE superseded_at IS NULL AND id IN ({marks}) ORDER BY valid_from", ids
        )
        return {row["id"]: dict(row) for row in rows}

    def _write(
        self, noun: str, ids: Sequence[str], superseded: list[int], inserts: list[dict[str, Any]], now: str
    ) -> None:
        conn = self._connections.db().conn
        conn.executemany("INSERT OR IGNORE INTO entity VALUES (?, ?)", [(i, noun) for i in ids])
        conn.executemany(f"UPDATE {noun} SET superseded_at = ? WHERE row = ?", [(now, r) for r in superseded])
        for names, group in itertools.groupby(inserts, key=tuple):
            marks = ", ".join("?" * len(names))
            values = [list(row.values()) for row in group]
            conn.executemany(f"INSERT INTO {noun} ({', '.join(names)}) VALUES ({marks})", values)

    def read[T](
        self,
        model: type[T],
        *,
        known_at: datetime | None = None,
        on: date | None = None,
        ids: Collection[str] | None = None,
    ) -> Iterator[T]:
        """Yield the facts of one noun, sorted by id.

        Parameters
        ----------
        known_at
            As the record stood at this instant; None is now.
        on
            The day in the world for which one of several versions is taken
            (the last that began by then, else the first); None is the last.
        ids
            Only these; None is all of them.
        """
        noun = NOUNS[model]
        where, args = "superseded_at IS NULL", []
        if known_at is not None:
            where = "recorded_at <= ? AND (superseded_at IS NULL OR superseded_at > ?)"
            args = [instant(known_at)] * 2
        if ids is not None:
            where += f" AND id IN ({', '.join('?' * len(ids))})"
            args += ids
        rows = self._connections.db().execute(
            f"SELECT * FROM {noun} WHERE {where} ORDER BY id, valid_from", args
        )
        for row in _one_version(rows, on):
            yield decode(model, row)

    def written(self, since: datetime) -> dict[str, datetime]:
        """Return fact id → the first instant after ``since`` at which it was written or taken back."""
        after = instant(since)
        found: dict[str, str] = {}
        for noun in NOUNS.values():
            for column in ("recorded_at", "superseded_at"):
                rows = self._connections.db().execute(
                    f"SELECT id, min({column}) FROM {noun} WHERE {column} > ? GROUP BY id", [after]
                )
                for key, at in rows:
                    found[key] = min(at, found.get(key, at))
        return {key: parse_instant(at) for key, at in found.items()}

    def withdraw(self, batch_id: str) -> int:
        """Take back what an import brought: its rows are superseded, none is deleted.

        What the import had replaced is recorded again as it was. Returns the
        number of rows taken back.
        """
        now = instant(self._clock())
        count = 0
        with self._connections.write() as db:
            for noun in reversed(list(NOUNS.values())):
                rows = db.execute(
                    f"SELECT * FROM {noun} WHERE batch_id = ? AND superseded_at IS NULL", [batch_id]
                ).fetchall()
                for row in rows:
                    db.execute(f"UPDATE {noun} SET superseded_at = ? WHERE row = ?", [now, row["row"]])
                    self._revive(noun, dict(row), now)
                count += len(rows)
        return count

    def _revive(self, noun: str, row: Mapping[str, Any], now: str) -> None:
        db = self._connections.db()
        before = self._replaced(noun, row)
        while before is not None and before["batch_id"] == row["batch_id"]:
            before = self._replaced(noun, before)  # the import had changed its own row
        if before is not None:
            again = {k: v for k, v in dict(before).items() if k not in ("row", "superseded_at")}
            again["recorded_at"] = now
            marks = ", ".join("?" * len(again))
            # a change "since" left two rows behind: what they replaced comes back once
            db.conn.execute(
                f"INSERT OR IGNORE INTO {noun} ({', '.join(again)}) VALUES ({marks})", list(again.values())
            )

    def _replaced(self, noun: str, row: Mapping[str, Any]) -> Mapping[str, Any] | None:
        """Return the row that a row took the place of; one of another import, where there are two."""
        found: Mapping[str, Any] | None = (
            self._connections.db()
            .execute(
                f"SELECT * FROM {noun} WHERE id = ? AND superseded_at = ? AND row < ?"
                " ORDER BY ifnull(batch_id, '') = ?, row DESC",
                [row["id"], row["recorded_at"], row["row"], row["batch_id"]],
            )
            .fetchone()
        )
        return found


def _by_noun(facts: Iterable[object]) -> Iterator[tuple[str, list[object]]]:
    groups: dict[str, list[object]] = {}
    for fact in facts:
        groups.setdefault(NOUNS[type(fact)], []).append(fact)
    # references point to nouns that come earlier in NOUNS
    return ((noun, groups[noun]) for noun in NOUNS.values() if noun in groups)


def _content(row: Mapping[str, Any], like: Mapping[str, Any]) -> dict[str, Any]:
    """Return what a row says, in the columns of the new row; who and when do not count."""
    return {k: row.get(k) for k in like if k not in _BOOKKEEPING}


def _closed(old: Mapping[str, Any], since: date, now: str, batch_id: str | None) -> dict[str, Any]:
    """Return the old row as it was true until the day before."""
    kept = {k: v for k, v in old.items() if k not in ("row", "superseded_at")}
    until = (since - timedelta(days=1)).isoformat()
    return {**kept, "valid_to": until, "recorded_at": now, "batch_id": batch_id}


def _one_version(rows: Iterable[Any], on: date | None) -> Iterator[Any]:
    day = (on or date.max).isoformat()
    kept: Any = None
    for row in rows:
        if kept is not None and row["id"] != kept["id"]:
            yield kept
            kept = None
        if kept is None or row["valid_from"] <= day:
            kept = row
    if kept is not None:
        yield kept
