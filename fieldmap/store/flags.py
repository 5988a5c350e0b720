"""Flags from the ground: a door that the station should know of, and what became of it."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import replace
from datetime import UTC, date, datetime
from typing import Any

from fieldmap.errors import StoreError
from fieldmap.flagging import FlagStep, Move, Mover, Reached, Trip, check_step, follow
from fieldmap.models import Channel, Flag, FlagCause, FlagKind, FlagState, Outcome, Position
from fieldmap.plans import PlanState
from fieldmap.store.codec import instant, parse_instant
from fieldmap.store.connection import Clock, Connections

__all__ = ["Flags"]


class Flags:
    """The flags of one county file."""

    def __init__(self, connections: Connections, clock: Clock) -> None:
        self._connections = connections
        self._clock = clock

    def report(self, flag: Flag) -> bool:
        """Keep a new flag; the same id sent again changes nothing and returns False."""
        row = {
            "id": flag.id,
            "grid_code": flag.grid_code,
            "note": flag.note,
            "lon": flag.position.lon if flag.position else None,
            "lat": flag.position.lat if flag.position else None,
            "reported_by": flag.reported_by,
            "reported_at": instant(flag.reported_at),
            "kind": flag.kind.value,
            "household_id": flag.household_id,
        }
        with self._connections.write() as db:
            if db.execute("SELECT 1 FROM flag WHERE id = ?", [flag.id]).fetchone():
                return False
            db.table("flag").insert(row)
            self._step(flag.id, Move(FlagState.REPORTED), flag.reported_by)
            self.follow(flag.reported_by, [flag.household_id])
        return True

    def move(
        self,
        flag_id: str,
        state: FlagState,
        by: str,
        reason: str = "",
        *,
        household_id: str = "",
        mover: Mover = Mover.STATION,
    ) -> None:
        """Take a flag to its next state; where its household is planned or visited already, further.

        Parameters
        ----------
        household_id
            The household of the ledger that was registered for it.

        Raises
        ------
        StoreError
            There is no such flag.
        InputError
            The flag cannot go there, or the step lacks a reason or a household.
        """
        move = Move(state, reason=reason, household_id=household_id)
        with self._connections.write():
            check_step(self.get(flag_id), move, mover)
            self._step(flag_id, move, by)
            self.follow(by, [self.get(flag_id).household_id])

    def follow(self, by: str, household_ids: Collection[str] | None = None) -> int:
        """Take the flags of some households (None: of all) where the plans and visits of the record say.

        Joins the transaction of what changed these. Returns the number of
        steps that were added.
        """
        count = 0
        with self._connections.write():
            for flag in self._of_households(household_ids):
                door = flag.household_id
                found = follow(flag, self.history(flag.id), self.trips(door), self._reached(door))
                if found is not None:
                    check_step(flag, found, Mover.RECORD)
                    self._step(flag.id, replace(found, household_id=door), by)
                    count += 1
        return count

    def _of_households(self, household_ids: Collection[str] | None) -> tuple[Flag, ...]:
        if household_ids is None:
            return tuple(flag for flag in self.all() if flag.household_id)
        wanted = sorted({key for key in household_ids if key})
        if not wanted:
            return ()
        marks = ", ".join("?" * len(wanted))
        where = (
            f"f.household_id IN ({marks}) OR EXISTS (SELECT 1 FROM flag_state h"
            f" WHERE h.flag_id = f.id AND h.household_id IN ({marks}))"
        )
        return tuple(flag for flag in self._read(where, wanted * 2) if flag.household_id in wanted)

    def trips(self, household_id: str) -> tuple[Trip, ...]:
        """Return the stops at a household's door in plans that were published, by day."""
        rows = self._connections.db().execute(
            "SELECT DISTINCT p.id, p.day, p.state, r.actor_id FROM stop s"
            " JOIN route r ON r.id = s.route_id JOIN plan p ON p.id = r.plan_id"
            " WHERE s.household_id = ? AND s.channel = ? AND p.published_at IS NOT NULL"
            " ORDER BY p.day, p.id, r.actor_id",
            [household_id, Channel.DOOR],
        )
        return tuple(
            Trip(
                row["id"],
                date.fromisoformat(row["day"]),
                row["actor_id"],
                row["state"] == PlanState.PUBLISHED,
            )
            for row in rows.fetchall()
        )

    def _reached(self, household_id: str) -> tuple[Reached, ...]:
        rows = self._connections.db().execute(
            "SELECT id, day, coalesce(ended_at, started_at, recorded_at) AS at FROM visit"
            " WHERE household_id = ? AND superseded_at IS NULL"
            " AND outcome = ? AND channel = ?",
            [household_id, Outcome.SEEN, Channel.DOOR],
        )
        return tuple(
            Reached(row["id"], date.fromisoformat(row["day"]), parse_instant(row["at"]))
            for row in rows.fetchall()
        )

    def _step(self, flag_id: str, move: Move, by: str) -> None:
        self._connections.db().execute(
            "INSERT INTO flag_state (flag_id, state, at, by, reason, cause, source_id, household_id)"
            " VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
            [
                flag_id,
                move.state,
                instant(self._clock()),
                by,
                move.reason,
                move.cause,
                move.source_id,
                move.household_id,
            ],
        )

    def history(self, flag_id: str) -> tuple[FlagStep, ...]:
        """Return the steps of a flag, the first first."""
        rows = self._connections.db().execute(
            "SELECT * FROM flag_state WHERE flag_id = ? ORDER BY seq", [flag_id]
        )
        return tuple(_read_step(row) for row in rows.fetchall())

    def get(self, flag_id: str) -> Flag:
        """Return one flag with its present state.

        Raises
        ------
        StoreError
            There is no such flag.
        """
        found = self._read("f.id = ?", [flag_id])
        if not found:
            raise StoreError("store.unknown", flag_id, noun="flag")
        return found[0]

    def all(self, *, known_at: datetime | None = None) -> tuple[Flag, ...]:
        """Return every flag with its state, the oldest first.

        Parameters
        ----------
        known_at
            As they stood at this instant, without those that the station had
            not received yet; None is now.
        """
        return self._read("1", [], known_at)

    def _read(self, where: str, args: Sequence[str], known_at: datetime | None = None) -> tuple[Flag, ...]:
        until = instant(known_at or datetime.max.replace(tzinfo=UTC))
        rows = self._connections.db().execute(
            "SELECT f.*, s.state, s.at, s.household_id AS registered FROM flag f"
            " JOIN flag_state s ON s.seq ="
            " (SELECT max(seq) FROM flag_state WHERE flag_id = f.id AND at <= ?)"
            f" WHERE {where} ORDER BY f.reported_at, f.id",
            [until, *args],
        )
        return tuple(_read_flag(row) for row in rows.fetchall())


def _read_step(row: Mapping[str, Any]) -> FlagStep:
    return FlagStep(
        state=FlagState(row["state"]),
        at=parse_instant(row["at"]),
        by=row["by"],
        reason=row["reason"] or "",
        cause=FlagCause(row["cause"]),
        source_id=row["source_id"],
        household_id=row["household_id"],
    )


def _read_flag(row: Mapping[str, Any]) -> Flag:
    return Flag(
        id=row["id"],
        grid_code=row["grid_code"],
        note=row["note"],
        position=None if row["lon"] is None else Position(row["lon"], row["lat"]),
        reported_by=row["reported_by"],
        reported_at=parse_instant(row["reported_at"]),
        state=FlagState(row["state"]),
        kind=FlagKind(row["kind"]),
        household_id=row["registered"] or row["household_id"],
        since=parse_instant(row["at"]),
    )
