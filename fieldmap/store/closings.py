"""Frozen figures and campaigns: both are only added to."""

from __future__ import annotations

import json
from collections.abc import Iterable
from datetime import date
from typing import Any

import sqlcipher3.dbapi2 as sqlite

from fieldmap.campaigns import Campaign
from fieldmap.closings import Closing, Part, Whole
from fieldmap.errors import InputError, StoreError
from fieldmap.periods import Period
from fieldmap.reasons import Kind, Reason
from fieldmap.store.codec import instant, parse_instant
from fieldmap.store.connection import Clock, Connections

__all__ = ["Campaigns", "Closings"]


class Closings:
    """The versions of closed periods; the file itself refuses to change or delete one."""

    def __init__(self, connections: Connections) -> None:
        self._connections = connections

    def add(self, closing: Closing) -> None:
        """Keep a version.

        Raises
        ------
        InputError
            ``closing.taken``: there is this version already.
        """
        row = {
            "id": closing.id,
            "division_code": closing.division_code,
            **_days(closing.period),
            "version": closing.version,
            "known_at": instant(closing.known_at),
            "closed_at": instant(closing.closed_at),
            "closed_by": closing.closed_by,
            "reason": json.dumps([_written(reason) for reason in closing.reasons]),
            "body": _body(closing.parts),
        }
        with self._connections.write(quiet=True) as db:
            try:
                db.table("closing").insert(row)
            except sqlite.IntegrityError:
                raise InputError("closing.taken", closing.period, version=closing.version) from None

    def all(self) -> tuple[Closing, ...]:
        """Return every version, the latest period first, of a period the first version first."""
        return self._found("1")

    def of(self, division_code: str, period: Period) -> tuple[Closing, ...]:
        """Return the versions of one division and period, the first first."""
        where = "division_code = ? AND period_start = ? AND period_end = ?"
        return self._found(where, division_code, *_days(period).values())

    def _found(self, where: str, *values: str) -> tuple[Closing, ...]:
        rows = self._connections.db().execute(
            f"SELECT * FROM closing WHERE {where}"
            " ORDER BY period_end DESC, period_start, division_code, version",
            values,
        )
        return tuple(_closing(row) for row in rows.fetchall())


class Campaigns:
    """The campaigns of a county; one that was ended is no longer offered."""

    def __init__(self, connections: Connections, clock: Clock) -> None:
        self._connections = connections
        self._clock = clock

    def add(self, campaign: Campaign) -> None:
        """Keep a campaign."""
        with self._connections.write(quiet=True) as db:
            db.table("campaign").insert(
                {
                    "id": campaign.id,
                    "name": campaign.name,
                    **_days(campaign.period),
                    "division_code": campaign.division_code,
                    "created_at": instant(campaign.created_at),
                    "created_by": campaign.created_by,
                }
            )

    def end(self, campaign_id: str, by: str) -> None:
        """Offer a campaign no longer; the second time changes nothing.

        Raises
        ------
        StoreError
            There is no such campaign.
        """
        with self._connections.write(quiet=True) as db:
            if not db.execute("SELECT 1 FROM campaign WHERE id = ?", [campaign_id]).fetchone():
                raise StoreError("store.unknown", campaign_id, noun="campaign")
            db.execute(
                "INSERT OR IGNORE INTO campaign_end VALUES (?, ?, ?)",
                [campaign_id, instant(self._clock()), by],
            )

    def all(self) -> tuple[Campaign, ...]:
        """Return the campaigns on offer, the latest first."""
        rows = self._connections.db().execute(
            "SELECT * FROM campaign WHERE id NOT IN (SELECT campaign_id FROM campaign_end)"
            " ORDER BY period_start DESC, name"
        )
        return tuple(
            Campaign(
                row["id"],
                row["name"],
                _period(row),
                row["division_code"],
                parse_instant(row["created_at"]),
                row["created_by"],
            )
            for row in rows.fetchall()
        )


def _days(period: Period) -> dict[str, str]:
    return {"period_start": period.start.isoformat(), "period_end": period.end.isoformat()}


def _period(row: Any) -> Period:
    return Period(date.fromisoformat(row["period_start"]), date.fromisoformat(row["period_end"]))


def _closing(row: Any) -> Closing:
    parts = tuple(
        Part(Whole(part["kind"]), part["code"], part["name"], part["counts"])
        for part in json.loads(row["body"])
    )
    return Closing(
        id=row["id"],
        division_code=row["division_code"],
        period=_period(row),
        version=row["version"],
        known_at=parse_instant(row["known_at"]),
        closed_at=parse_instant(row["closed_at"]),
        closed_by=row["closed_by"],
        reasons=tuple(_reason(told) for told in json.loads(row["reason"])),
        parts=parts,
    )


def _body(parts: Iterable[Part]) -> str:
    told = [
        {"kind": part.kind, "code": part.code, "name": part.name, "counts": dict(part.counts)}
        for part in parts
    ]
    return json.dumps(told, ensure_ascii=False)


def _written(reason: Reason) -> dict[str, object]:
    days = {"first": reason.first, "last": reason.last, "known_on": reason.known_on}
    return {
        "kind": reason.kind,
        "count": reason.count,
        **{name: day.isoformat() for name, day in days.items() if day is not None},
    }


def _reason(told: dict[str, Any]) -> Reason:
    days = {n: date.fromisoformat(told[n]) for n in ("first", "last", "known_on") if n in told}
    return Reason(Kind(told["kind"]), told["count"], **days)
