"""Flags from the ground: a household that nobody covers, and what became of it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime

from fieldmap.errors import InputError, StoreError
from fieldmap.models import Flag, FlagKind, FlagState, Position
from fieldmap.store.codec import instant, parse_instant
from fieldmap.store.connection import Clock, Connections

__all__ = ["NEXT_STATES", "FlagStep", "Flags"]

NEXT_STATES: dict[FlagState, tuple[FlagState, ...]] = {
    FlagState.REPORTED: (FlagState.CHECKED, FlagState.REGISTERED, FlagState.REFUSED),
    FlagState.CHECKED: (FlagState.REGISTERED, FlagState.REFUSED),
    FlagState.REGISTERED: (FlagState.PLANNED, FlagState.VISITED),
    FlagState.PLANNED: (FlagState.VISITED,),
    FlagState.REFUSED: (),
    FlagState.VISITED: (),
}
"""Where a flag may go from each state."""


@dataclass(frozen=True, slots=True)
class FlagStep:
    """One step of a flag: nothing disappears."""

    state: FlagState
    at: datetime
    by: str
    reason: str


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
            self._step(flag.id, FlagState.REPORTED, flag.reported_by, "")
        return True

    def move(self, flag_id: str, state: FlagState, by: str, reason: str = "") -> None:
        """Take a flag to its next state.

        Raises
        ------
        StoreError
            There is no such flag.
        InputError
            The flag cannot go there, or a refusal has no reason.
        """
        with self._connections.write():
            steps = self.history(flag_id)
            if not steps:
                raise StoreError("store.unknown", flag_id, noun="flag")
            allowed = NEXT_STATES[steps[-1].state]
            if state not in allowed:
                raise InputError("flag.state", state, allowed=", ".join(allowed) or "–")
            if state is FlagState.REFUSED and not reason.strip():
                raise InputError("flag.reason")
            self._step(flag_id, state, by, reason)

    def _step(self, flag_id: str, state: FlagState, by: str, reason: str) -> None:
        self._connections.db().execute(
            "INSERT INTO flag_state (flag_id, state, at, by, reason) VALUES (?, ?, ?, ?, ?)",
            [flag_id, state, instant(self._clock()), by, reason],
        )

    def history(self, flag_id: str) -> tuple[FlagStep, ...]:
        """Return the steps of a flag, the first first."""
        rows = self._connections.db().execute(
            "SELECT * FROM flag_state WHERE flag_id = ? ORDER BY seq", [flag_id]
        )
        return tuple(
            FlagStep(FlagState(r["state"]), parse_instant(r["at"]), r["by"], r["reason"] or "")
            for r in rows.fetchall()
        )

    def all(self, *, known_at: datetime | None = None) -> tuple[Flag, ...]:
        """Return every flag with its state, the oldest first.

        Parameters
        ----------
        known_at
            As they stood at this instant, without those that the station had
            not received yet; None is now.
        """
        until = instant(known_at or datetime.max.replace(tzinfo=UTC))
        rows = self._connections.db().execute(
            "SELECT * FROM (SELECT f.*,"
            " (SELECT state FROM flag_state s WHERE s.flag_id = f.id AND s.at <= ?"
            " ORDER BY seq DESC LIMIT 1) AS state"
            " FROM flag f) WHERE state IS NOT NULL ORDER BY reported_at, id",
            [until],
        )
        return tuple(
            Flag(
                id=r["id"],
                grid_code=r["grid_code"],
                note=r["note"],
                position=None if r["lon"] is None else Position(r["lon"], r["lat"]),
                reported_by=r["reported_by"],
                reported_at=parse_instant(r["reported_at"]),
                state=FlagState(r["state"]),
                kind=FlagKind(r["kind"]),
                household_id=r["household_id"],
            )
            for r in rows.fetchall()
        )
