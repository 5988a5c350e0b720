"""The schema of a county file, in ordered steps.

A *fact* table keeps two times for every row: ``valid_from``/``valid_to`` in
the world and ``recorded_at``/``superseded_at`` in the record. A row is never
changed but for its ``superseded_at``. Ids are stable and live in ``entity``,
so that every version of a household can be referred to by one id.
"""

from __future__ import annotations

from sqlite_utils import Database, Migrations

from fieldmap.store.schema import FACT_TABLES, TABLES, columns

__all__ = ["migrations"]

migrations = Migrations("fieldmap")
"""Every step; one transaction each."""

_TIMES = "valid_from valid_to? recorded_at superseded_at? batch_id?"


def _facts(db: Database, step: str) -> None:
    for name, text in FACT_TABLES[step].items():
        found = columns(f"id> {text} {_TIMES}")
        db.table(name).create(
            {"row": int, **found.types},
            pk="row",
            not_null=found.not_null,
            foreign_keys=found.refers,
            strict=True,
        )
        db.execute(
            f"CREATE UNIQUE INDEX {name}_current ON {name} (id, valid_from) WHERE superseded_at IS NULL"
        )
        db.execute(f"CREATE INDEX {name}_recorded ON {name} (recorded_at)")


def _tables(db: Database, step: str) -> None:
    for name, (key, text) in TABLES[step].items():
        keys = tuple(key.split())
        found = columns(text)
        db.table(name).create(
            found.types,
            pk=keys[0] if len(keys) == 1 else keys,
            not_null=found.not_null - set(keys),
            foreign_keys=found.refers,
            strict=True,
        )


@migrations()
def m001_record(db: Database) -> None:
    """Keep what the file itself is, its ids, its batches and its audit trail."""
    _tables(db, "record")


@migrations()
def m002_places(db: Database) -> None:
    """Keep divisions, grids, sites."""
    _facts(db, "places")


@migrations()
def m003_people(db: Database) -> None:
    """Keep actors, households, clients and what is known of them."""
    _facts(db, "people")


@migrations()
def m004_visits(db: Database) -> None:
    """Keep visits; a late one counts on its day, and is known from ``recorded_at``."""
    _facts(db, "visits")
    db.execute("CREATE INDEX visit_day ON visit (day)")
    db.execute("CREATE INDEX visit_household ON visit (household_id)")


@migrations()
def m005_plans(db: Database) -> None:
    """Keep day plans with their routes, stops and those left out; flags from the ground."""
    _tables(db, "plans")


@migrations()
def m006_accounts(db: Database) -> None:
    """Keep who may sign in, with which hats, on which phones."""
    _tables(db, "accounts")
    db.table("account").create_index(["login"], unique=True)


@migrations()
def m007_where_and_on_duty(db: Database) -> None:
    """Keep pupils' schools, days of office duty, and stops that are not at home."""
    for table, column, empty in (
        ("client", "school", ""),
        ("actor", "desk_days", "[]"),
        ("stop", "site_id", ""),
    ):
        db.table(table).add_column(column, str, not_null_default=empty)


@migrations()
def m008_phones(db: Database) -> None:
    """Keep what the phones send, what they said of themselves, and more of visits, routes and flags."""
    _tables(db, "incoming")
    for table, column in (("received", "of_id"), ("sweep", "building_id"), ("outing_step", "outing_id")):
        db.execute(f"CREATE INDEX {table}_{column} ON {table} ({column})")
    for table, column, empty in (
        ("visit", "answers", "{}"),
        ("route", "turns", "[]"),
        ("route", "seconds", "[]"),
        ("flag", "kind", "uncovered"),
        ("flag", "household_id", ""),
    ):
        db.table(table).add_column(column, str, not_null_default=empty)
    for column, kind in (
        ("last_sync_at", str),
        ("waiting", int),
        ("failures", int),
        ("app", str),
        ("skew_s", int),
    ):
        db.table("device").add_column(column, kind)


@migrations()
def m009_closings(db: Database) -> None:
    """Keep figures that were frozen, and campaigns; what was frozen can be neither changed nor deleted."""
    _tables(db, "closings")
    db.execute(
        "CREATE UNIQUE INDEX closing_version ON closing (division_code, period_start, period_end, version)"
    )
    for verb in ("UPDATE", "DELETE"):
        db.execute(
            f"CREATE TRIGGER closing_no_{verb.lower()} BEFORE {verb} ON closing"
            " BEGIN SELECT RAISE(ABORT, 'a closing is never changed'); END"
        )


@migrations()
def m010_flags(db: Database) -> None:
    """Keep of a flag's step what it followed from, and the household that was registered for it."""
    for column, empty in (("cause", "person"), ("source_id", ""), ("household_id", "")):
        db.table("flag_state").add_column(column, str, not_null_default=empty)
    db.execute("CREATE INDEX flag_state_flag ON flag_state (flag_id)")
    db.execute("CREATE INDEX stop_household ON stop (household_id)")
