"""What the phones sent, in the county file: kept as it came, settled, never deleted."""

from __future__ import annotations

import json
from collections.abc import Collection
from datetime import date, datetime
from typing import Any

from fieldmap.errors import StoreError
from fieldmap.incoming import (
    Building,
    Disagreement,
    Health,
    Outing,
    OutingStep,
    Photo,
    PhotoDue,
    Pin,
    Received,
    Report,
    RouteOrder,
    StateChange,
    SweepResult,
    outing_of,
)
from fieldmap.store.codec import decode, encode, instant
from fieldmap.store.connection import Clock, Connections

__all__ = ["Incoming", "Photos", "Rows", "Settled"]


class Rows[T]:
    """The rows of one noun; ``order`` is the column that tells their time."""

    def __init__(self, connections: Connections, table: str, model: type[T], order: str) -> None:
        self._connections = connections
        self._table = table
        self._model = model
        self._order = order

    def add(self, noun: T, **more: Any) -> bool:
        """Keep a new one; an id that is there already changes nothing and returns False."""
        return self._insert({**encode(noun), **more}, "NOTHING")

    def put(self, noun: T) -> None:
        """Keep one in the place of what its id had."""
        row = encode(noun)
        names = ", ".join(f"{name} = excluded.{name}" for name in row if name != "id")
        self._insert(row, f"UPDATE SET {names}")

    def _insert(self, row: dict[str, Any], otherwise: str) -> bool:
        marks = ", ".join("?" * len(row))
        with self._connections.write() as db:
            done = db.execute(
                f"INSERT INTO {self._table} ({', '.join(row)}) VALUES ({marks})"
                f" ON CONFLICT (id) DO {otherwise}",
                list(row.values()),
            )
        return bool(done.rowcount == 1)

    def get(self, noun_id: str) -> T | None:
        """Return one, or None."""
        found = self.all(id=noun_id)
        return found[0] if found else None

    def all(self, **where: Any) -> tuple[T, ...]:
        """Return those whose columns have some values (None: empty), the oldest first."""
        tests = " AND ".join(f"{name} IS ?" for name in where) or "1"
        rows = self._connections.db().execute(
            f"SELECT * FROM {self._table} WHERE {tests} ORDER BY {self._order}, id", list(where.values())
        )
        return tuple(decode(self._model, row) for row in rows.fetchall())


class Settled[T](Rows[T]):
    """Rows that somebody at the desk has to look at once."""

    def __init__(
        self, connections: Connections, table: str, model: type[T], order: str, clock: Clock
    ) -> None:
        super().__init__(connections, table, model, order)
        self._clock = clock

    def open(self, **where: Any) -> tuple[T, ...]:
        """Return those that nobody has settled, the oldest first."""
        return self.all(**where, settled_at=None)

    def settle(self, noun_id: str, by: str, remark: str = "", **more: Any) -> None:
        """Note who has done with it, and a word on it; nothing is deleted.

        Parameters
        ----------
        more
            Further columns that change with it, such as the ``state`` of a pin.

        Raises
        ------
        StoreError
            There is none, or it is settled already.
        """
        row = {"settled_at": instant(self._clock()), "settled_by": by, "remark": remark, **more}
        names = ", ".join(f"{name} = ?" for name in row)
        with self._connections.write() as db:
            done = db.execute(
                f"UPDATE {self._table} SET {names} WHERE id = ? AND settled_at IS NULL",
                [*row.values(), noun_id],
            )
            if done.rowcount != 1:
                raise StoreError("store.unknown", noun_id, noun=self._table)


class Photos(Rows[Photo]):
    """Photos with their bytes, and the parts of those that are still coming."""

    def content(self, photo_id: str) -> bytes:
        """Return the bytes of a photo.

        Raises
        ------
        StoreError
            There is no such photo.
        """
        row = self._one("SELECT content FROM photo WHERE id = ?", photo_id)
        if row is None:
            raise StoreError("store.unknown", photo_id, noun="photo")
        return bytes(row[0])

    def received(self, photo_id: str) -> int:
        """Return how many bytes of a photo are here without a gap."""
        row = self._one(
            "SELECT coalesce(max(at + length(content)), 0) FROM photo_part WHERE id = ?", photo_id
        )
        return 0 if row is None else int(row[0])

    def add_part(self, photo_id: str, at: int, total: int, content: bytes) -> int:
        """Keep the next part and return how many bytes are here; one that does not fit changes nothing."""
        with self._connections.write(quiet=True) as db:
            if at == self.received(photo_id) and content and at + len(content) <= total:
                db.execute("INSERT INTO photo_part VALUES (?, ?, ?, ?)", [photo_id, at, total, content])
            return self.received(photo_id)

    def joined(self, photo_id: str) -> bytes:
        """Return the parts, one after the other."""
        rows = self._connections.db().execute(
            "SELECT content FROM photo_part WHERE id = ? ORDER BY at", [photo_id]
        )
        return b"".join(bytes(row[0]) for row in rows.fetchall())

    def drop_parts(self, photo_id: str) -> None:
        """Forget the parts: the photo is whole, or cannot be used."""
        with self._connections.write(quiet=True) as db:
            db.execute("DELETE FROM photo_part WHERE id = ?", [photo_id])

    def _one(self, query: str, photo_id: str) -> Any:
        return self._connections.db().execute(query, [photo_id]).fetchone()


class Incoming:
    """What came in from the phones of one county.

    Attributes
    ----------
    received, disagreements, reports, pins
        What somebody at the desk has to settle.
    outings, steps, photos, due_photos, buildings, sweeps, orders
        The others; ``steps`` make the outings (:meth:`step`).
    """

    def __init__(self, connections: Connections, clock: Clock) -> None:
        self._connections = connections
        self._clock = clock
        self.received = Settled(connections, "received", Received, "received_at", clock)
        self.disagreements = Settled(connections, "disagreement", Disagreement, "at", clock)
        self.reports = Settled(connections, "report", Report, "received_at", clock)
        self.pins = Settled(connections, "pin", Pin, "at", clock)
        self.outings = Rows(connections, "outing", Outing, "out_at")
        self.steps = Rows(connections, "outing_step", OutingStep, "at")
        self.photos = Photos(connections, "photo", Photo, "at")
        self.due_photos = Rows(connections, "photo_due", PhotoDue, "id")
        self.buildings = Rows(connections, "building", Building, "name")
        self.sweeps = Rows(connections, "sweep", SweepResult, "at")
        self.orders = Rows(connections, "route_order", RouteOrder, "at")

    def step(self, step: OutingStep, day: date) -> Outing:
        """Keep a step of an outing and return how the outing stands now."""
        with self._connections.write():
            self.steps.add(step)
            held = self.outings.get(step.outing_id)
            outing = outing_of(self.steps.all(outing_id=step.outing_id), held.day if held else day)
            self.outings.put(outing)
        return outing

    def missing(self, ids: tuple[str, ...]) -> tuple[str, ...]:
        """Return those of some ids of envelopes and photos that the station does not hold."""
        rows = self._connections.db().execute(
            "WITH asked AS (SELECT value AS id FROM json_each(?))"
            " SELECT id FROM received WHERE id IN asked UNION SELECT id FROM photo WHERE id IN asked",
            [json.dumps(ids)],
        )
        known = {row["id"] for row in rows.fetchall()}
        return tuple(key for key in ids if key not in known)

    def state_changes(self, client_ids: Collection[str], since: datetime) -> tuple[StateChange, ...]:
        """Return the reasons not to visit some persons that were recorded after an instant."""
        marks = ", ".join("?" * len(client_ids))
        rows = self._connections.db().execute(
            "SELECT e.client_id, e.reason AS value, e.valid_from AS first, e.valid_to AS last,"
            " e.recorded_at AS at, coalesce(nullif(r.actor_id, ''), 'desk') AS said_by"
            " FROM exclusion e LEFT JOIN received r ON r.id = e.batch_id"
            f" WHERE e.superseded_at IS NULL AND e.recorded_at > ? AND e.client_id IN ({marks})"
            " ORDER BY e.recorded_at",
            [instant(since), *client_ids],
        )
        return tuple(decode(StateChange, row) for row in rows.fetchall())

    def checked_in(
        self,
        device_id: str,
        at: datetime,
        *,
        waiting: int,
        failures: int,
        app: str,
        skew_s: int | None = None,
    ) -> None:
        """Note how a phone stands; without a skew the one known before stays."""
        with self._connections.write(quiet=True) as db:
            db.execute(
                "UPDATE device SET last_sync_at = ?, waiting = ?, failures = ?, app = ?,"
                " skew_s = coalesce(?, skew_s) WHERE id = ?",
                [instant(at), waiting, failures, app, skew_s, device_id],
            )

    def health(self) -> tuple[Health, ...]:
        """Return how every phone stands, by account and the day it was bound."""
        rows = self._connections.db().execute(
            "SELECT *, id AS device_id, coalesce(label, '') AS label FROM device"
            " ORDER BY account_id, bound_at"
        )
        return tuple(decode(Health, dict(row)) for row in rows.fetchall())
