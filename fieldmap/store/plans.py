"""Plans in the county file."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import replace
from datetime import date
from typing import Any

from fieldmap.errors import StoreError
from fieldmap.models import TravelMode
from fieldmap.plans import DayPlan, PlannedRoute, PlannedStop, PlanState, Turn, Unplanned
from fieldmap.store.codec import decode, encode, instant, parse_instant
from fieldmap.store.connection import Clock, Connections
from fieldmap.store.flags import Flags

__all__ = ["Plans"]


class Plans:
    """Drafts and published plans."""

    def __init__(self, connections: Connections, clock: Clock, flags: Flags) -> None:
        self._connections = connections
        self._clock = clock
        self._flags = flags

    def save(self, plan: DayPlan) -> None:
        """Keep a new plan as a draft; earlier drafts of that station and day are replaced."""
        with self._connections.write() as db:
            self._replace(plan.division_code, plan.day, PlanState.DRAFT)
            row = {k: v for k, v in encode(_head(plan)).items() if k not in ("routes", "unplanned")}
            db.table("plan").insert(row)
            for route in plan.routes:
                db.table("route").insert(_route_row(plan.id, route))
                db.table("stop").insert_all({**encode(stop), "route_id": route.id} for stop in route.stops)
            db.table("unplanned").insert_all({**encode(u), "plan_id": plan.id} for u in plan.unplanned)

    def publish(self, plan_id: str, by: str) -> DayPlan:
        """Make a draft the plan of its day; the one published before is replaced.

        The flags about doors of either plan go along in the same transaction.

        Raises
        ------
        StoreError
            There is no such plan.
        """
        with self._connections.write() as db:
            plan = self.get(plan_id)
            self._replace(plan.division_code, plan.day, PlanState.PUBLISHED)
            db.execute(
                "UPDATE plan SET state = ?, published_at = ?, published_by = ? WHERE id = ?",
                [PlanState.PUBLISHED, instant(self._clock()), by, plan_id],
            )
            self._flags.follow(by, self._doors(plan.division_code, plan.day))
        return self.get(plan_id)

    def _doors(self, division_code: str, day: date) -> list[str]:
        """Return the households of every plan of a station and day that ever was published."""
        rows = self._connections.db().execute(
            "SELECT DISTINCT s.household_id FROM plan p JOIN route r ON r.plan_id = p.id"
            " JOIN stop s ON s.route_id = r.id"
            " WHERE p.division_code = ? AND p.day = ? AND p.published_at IS NOT NULL",
            [division_code, day.isoformat()],
        )
        return [row["household_id"] for row in rows.fetchall()]

    def _replace(self, division_code: str, day: date, state: PlanState) -> None:
        self._connections.db().execute(
            "UPDATE plan SET state = ? WHERE division_code = ? AND day = ? AND state = ?",
            [PlanState.REPLACED, division_code, day.isoformat(), state],
        )

    def get(self, plan_id: str) -> DayPlan:
        """Return one plan with its routes and stops.

        Raises
        ------
        StoreError
            There is no such plan.
        """
        row = self._connections.db().execute("SELECT * FROM plan WHERE id = ?", [plan_id]).fetchone()
        if row is None:
            raise StoreError("store.unknown", plan_id, noun="plan")
        return self._read(row)

    def of_day(self, day: date, *, state: PlanState | None = None) -> tuple[DayPlan, ...]:
        """Return the plans of a day that are not replaced, the newest first."""
        wanted = [state] if state else [PlanState.DRAFT, PlanState.PUBLISHED]
        rows = self._connections.db().execute(
            f"SELECT * FROM plan WHERE day = ? AND state IN ({','.join('?' * len(wanted))})"
            " ORDER BY created_at DESC, id",
            [day.isoformat(), *wanted],
        )
        return tuple(self._read(row) for row in rows.fetchall())

    def _read(self, row: Mapping[str, Any]) -> DayPlan:
        db = self._connections.db()
        routes = db.execute("SELECT * FROM route WHERE plan_id = ? ORDER BY rowid", [row["id"]]).fetchall()
        left = db.execute("SELECT * FROM unplanned WHERE plan_id = ? ORDER BY rowid", [row["id"]]).fetchall()
        return DayPlan(
            id=row["id"],
            day=date.fromisoformat(row["day"]),
            division_code=row["division_code"],
            state=PlanState(row["state"]),
            created_at=parse_instant(row["created_at"]),
            created_by=row["created_by"] or "",
            engine=row["engine"] or "",
            travel_source=row["travel_source"] or "",
            seed=row["seed"] or 0,
            routes=tuple(self._route(r) for r in routes),
            unplanned=tuple(decode(Unplanned, u) for u in left),
            published_at=parse_instant(row["published_at"]) if row["published_at"] else None,
            published_by=row["published_by"],
        )

    def _route(self, row: Mapping[str, Any]) -> PlannedRoute:
        stops = self._connections.db().execute(
            "SELECT * FROM stop WHERE route_id = ? ORDER BY seq", [row["id"]]
        )
        return PlannedRoute(
            id=row["id"],
            actor_id=row["actor_id"],
            mode=TravelMode(row["mode"]),
            distance_m=row["distance_m"],
            travel_s=row["travel_s"],
            start_s=row["start_s"],
            end_s=row["end_s"],
            shape=tuple((lon, lat) for lon, lat in json.loads(row["shape"])),
            stops=tuple(decode(PlannedStop, s) for s in stops.fetchall()),
            turns=tuple(decode(Turn, turn) for turn in json.loads(row["turns"])),
            seconds=tuple(tuple(line) for line in json.loads(row["seconds"])),
        )


def _head(plan: DayPlan) -> DayPlan:
    return replace(plan, routes=(), unplanned=(), state=PlanState.DRAFT)


def _route_row(plan_id: str, route: PlannedRoute) -> dict[str, Any]:
    return {
        "id": route.id,
        "plan_id": plan_id,
        "actor_id": route.actor_id,
        "mode": route.mode.value,
        "distance_m": route.distance_m,
        "travel_s": route.travel_s,
        "start_s": route.start_s,
        "end_s": route.end_s,
        "shape": json.dumps(route.shape),
        "turns": json.dumps([encode(turn) for turn in route.turns], ensure_ascii=False),
        "seconds": json.dumps(route.seconds),
    }
