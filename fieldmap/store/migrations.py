"""The schema of a county file, in ordered steps.

A *fact* table keeps two times for every row: ``valid_from``/``valid_to`` in
the world and ``recorded_at``/``superseded_at`` in the record. A row is never
changed but for its ``superseded_at``. Ids are stable and live in ``entity``,
so that every version of a household can be referred to by one id.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from sqlite_utils import Database, Migrations

__all__ = ["FACTS", "migrations"]

migrations = Migrations("fieldmap")

FACTS = (
    "division",
    "grid",
    "site",
    "actor",
    "household",
    "client",
    "tag",
    "exclusion",
    "responsibility",
    "event",
    "rule",
    "visit",
)
"""The bitemporal tables."""


def _fact(
    db: Database, name: str, columns: Mapping[str, Any], *, not_null: set[str], refers: set[str]
) -> None:
    table = db.table(name)
    table.create(
        {
            "row": int,
            "id": str,
            **columns,
            "valid_from": str,
            "valid_to": str,
            "recorded_at": str,
            "superseded_at": str,
            "batch_id": str,
        },
        pk="row",
        not_null={"id", "valid_from", "recorded_at", *not_null},
        foreign_keys=[(c, "entity", "id") for c in ("id", *sorted(refers))],
        strict=True,
    )
    db.execute(f"CREATE UNIQUE INDEX {name}_current ON {name} (id, valid_from) WHERE superseded_at IS NULL")
    db.execute(f"CREATE INDEX {name}_recorded ON {name} (recorded_at)")


@migrations()
def m001_record(db: Database) -> None:
    """Keep what the file itself is, its ids, its batches and its audit trail."""
    db.table("meta").create({"key": str, "value": str}, pk="key", strict=True)
    db.table("entity").create({"id": str, "noun": str}, pk="id", not_null={"noun"}, strict=True)
    db.table("import_batch").create(
        {
            "id": str,
            "file_name": str,
            "sha256": str,
            "ledger": str,
            "imported_at": str,
            "imported_by": str,
            "rows_read": int,
            "rows_kept": int,
            "rows_refused": int,
            "rows_skipped": int,
            "issues": str,
            "mapping": str,
            "undone_at": str,
        },
        pk="id",
        not_null={"file_name", "sha256", "ledger", "imported_at"},
        strict=True,
    )
    db.table("audit").create(
        {
            "seq": int,
            "at": str,
            "account_id": str,
            "action": str,
            "object": str,
            "detail": str,
            "previous": str,
            "hash": str,
        },
        pk="seq",
        not_null={"at", "action", "object", "previous", "hash"},
        strict=True,
    )


@migrations()
def m002_places(db: Database) -> None:
    """Divisions, grids, sites."""
    _fact(
        db,
        "division",
        {"code": str, "name": str, "level": int, "parent_code": str, "urban": int},
        not_null={"code", "name", "level"},
        refers=set(),
    )
    _fact(
        db,
        "grid",
        {
            "code": str,
            "name": str,
            "division_code": str,
            "polygon_wkb": bytes,
            "datum_claimed": str,
            "owner_id": str,
            "alias": str,
        },
        not_null={"code", "name", "division_code"},
        refers=set(),
    )
    _fact(
        db,
        "site",
        {
            "name": str,
            "functions": str,
            "division_code": str,
            "position_lon": float,
            "position_lat": float,
            "address": str,
        },
        not_null={"name", "functions", "division_code"},
        refers=set(),
    )


@migrations()
def m003_people(db: Database) -> None:
    """Actors, households, clients and what is known of them."""
    _fact(
        db,
        "actor",
        {
            "name": str,
            "role": str,
            "society": str,
            "sex": str,
            "division_code": str,
            "certificate": str,
            "skills": str,
            "hours": str,
            "travel_mode": str,
            "starts_at_home": int,
            "home_lon": float,
            "home_lat": float,
            "off_days": str,
            "phone": str,
        },
        not_null={"name", "role", "society", "sex", "division_code"},
        refers=set(),
    )
    _fact(
        db,
        "household",
        {
            "division_code": str,
            "address": str,
            "head_name": str,
            "grid_code": str,
            "door_lon": float,
            "door_lat": float,
            "entry_lon": float,
            "entry_lat": float,
            "coord_source": str,
            "datum_claimed": str,
            "accuracy_m": int,
            "residence": str,
        },
        not_null={"division_code", "address", "head_name", "residence"},
        refers=set(),
    )
    _fact(
        db,
        "client",
        {
            "household_id": str,
            "name": str,
            "sex": str,
            "birth_date": str,
            "id_number": str,
            "id_status": str,
            "phone": str,
        },
        not_null={"household_id", "name", "sex", "id_status"},
        refers={"household_id"},
    )
    _fact(
        db,
        "tag",
        {"client_id": str, "name": str, "value": str, "ledger": str},
        not_null={"client_id", "name"},
        refers={"client_id"},
    )
    _fact(
        db,
        "exclusion",
        {"client_id": str, "reason": str, "note": str},
        not_null={"client_id", "reason"},
        refers={"client_id"},
    )
    _fact(
        db,
        "responsibility",
        {"client_id": str, "actor_id": str, "deputy_id": str},
        not_null={"client_id", "actor_id"},
        refers={"client_id", "actor_id"},
    )
    _fact(
        db,
        "event",
        {"client_id": str, "kind": str, "day": str},
        not_null={"client_id", "kind", "day"},
        refers={"client_id"},
    )
    _fact(db, "rule", {"body": str}, not_null={"body"}, refers=set())


@migrations()
def m004_visits(db: Database) -> None:
    """Visits; a late one counts on its day, and is known from ``recorded_at``."""
    _fact(
        db,
        "visit",
        {
            "household_id": str,
            "client_ids": str,
            "day": str,
            "channel": str,
            "outcome": str,
            "domain": str,
            "societies": str,
            "actor_ids": str,
            "actor_roles": str,
            "kind": str,
            "place": str,
            "started_at": str,
            "ended_at": str,
            "stop_id": str,
            "needs": str,
            "note": str,
            "next_day": str,
            "check_in_lon": float,
            "check_in_lat": float,
            "check_in_accuracy_m": int,
            "received_at": str,
            "recorded_by": str,
        },
        not_null={"household_id", "client_ids", "day", "channel", "outcome", "domain", "societies"},
        refers={"household_id"},
    )
    db.execute("CREATE INDEX visit_day ON visit (day)")
    db.execute("CREATE INDEX visit_household ON visit (household_id)")


@migrations()
def m005_plans(db: Database) -> None:
    """Day plans with their routes, stops and those left out; flags from the ground."""
    db.table("plan").create(
        {
            "id": str,
            "day": str,
            "division_code": str,
            "state": str,
            "created_at": str,
            "created_by": str,
            "published_at": str,
            "published_by": str,
            "engine": str,
            "travel_source": str,
            "seed": int,
        },
        pk="id",
        not_null={"day", "division_code", "state", "created_at"},
        strict=True,
    )
    db.table("route").create(
        {
            "id": str,
            "plan_id": str,
            "actor_id": str,
            "mode": str,
            "distance_m": int,
            "travel_s": int,
            "start_s": int,
            "end_s": int,
            "shape": str,
        },
        pk="id",
        not_null={"plan_id", "actor_id", "mode"},
        foreign_keys=[("plan_id", "plan", "id"), ("actor_id", "entity", "id")],
        strict=True,
    )
    db.table("stop").create(
        {
            "id": str,
            "route_id": str,
            "seq": int,
            "household_id": str,
            "client_ids": str,
            "partner_ids": str,
            "channel": str,
            "arrive_s": int,
            "start_s": int,
            "depart_s": int,
            "travel_s": int,
            "travel_m": int,
            "reason_zh": str,
            "reason_en": str,
        },
        pk="id",
        not_null={"route_id", "seq", "household_id", "client_ids"},
        foreign_keys=[("route_id", "route", "id"), ("household_id", "entity", "id")],
        strict=True,
    )
    db.table("unplanned").create(
        {
            "plan_id": str,
            "household_id": str,
            "client_ids": str,
            "code": str,
            "reason_zh": str,
            "reason_en": str,
        },
        pk=("plan_id", "household_id", "client_ids"),
        foreign_keys=[("plan_id", "plan", "id"), ("household_id", "entity", "id")],
        strict=True,
    )
    db.table("flag").create(
        {
            "id": str,
            "grid_code": str,
            "note": str,
            "lon": float,
            "lat": float,
            "reported_by": str,
            "reported_at": str,
        },
        pk="id",
        not_null={"grid_code", "note", "reported_by", "reported_at"},
        strict=True,
    )
    db.table("flag_state").create(
        {"seq": int, "flag_id": str, "state": str, "at": str, "by": str, "reason": str},
        pk="seq",
        not_null={"flag_id", "state", "at", "by"},
        foreign_keys=[("flag_id", "flag", "id")],
        strict=True,
    )


@migrations()
def m006_accounts(db: Database) -> None:
    """Who may sign in, with which hats, on which phones."""
    db.table("account").create(
        {
            "id": str,
            "login": str,
            "name": str,
            "password_hash": str,
            "actor_id": str,
            "created_at": str,
            "disabled_at": str,
        },
        pk="id",
        not_null={"login", "name", "created_at"},
        strict=True,
    )
    db.table("account").create_index(["login"], unique=True)
    db.table("hat").create(
        {"account_id": str, "role": str, "division_code": str, "grid_code": str},
        pk=("account_id", "role", "division_code", "grid_code"),
        foreign_keys=[("account_id", "account", "id")],
        strict=True,
    )
    db.table("invitation").create(
        {"token_hash": str, "account_id": str, "created_at": str, "expires_at": str, "used_at": str},
        pk="token_hash",
        not_null={"account_id", "expires_at"},
        foreign_keys=[("account_id", "account", "id")],
        strict=True,
    )
    db.table("device").create(
        {
            "id": str,
            "account_id": str,
            "token_hash": str,
            "label": str,
            "bound_at": str,
            "expires_at": str,
            "revoked_at": str,
        },
        pk="id",
        not_null={"account_id", "token_hash", "bound_at", "expires_at"},
        foreign_keys=[("account_id", "account", "id")],
        strict=True,
    )
    db.table("session").create(
        {
            "token_hash": str,
            "account_id": str,
            "device_id": str,
            "csrf": str,
            "created_at": str,
            "expires_at": str,
            "revoked_at": str,
        },
        pk="token_hash",
        not_null={"account_id", "csrf", "created_at", "expires_at"},
        foreign_keys=[("account_id", "account", "id"), ("device_id", "device", "id")],
        strict=True,
    )
