"""Registers: plain CSV files with our own column names → facts.

Divisions, visitors, who answers for whom, past visits, exclusions. Ledgers,
the dirty Excel files, are another matter: see :mod:`fieldmap.readers`.
"""

from __future__ import annotations

import csv
from collections.abc import Callable, Collection, Iterator, Mapping
from dataclasses import dataclass
from datetime import date, time
from enum import StrEnum
from pathlib import Path

from fieldmap.errors import InputError, Issue
from fieldmap.models import (
    Actor,
    Channel,
    Division,
    Domain,
    Exclusion,
    ExclusionReason,
    Outcome,
    Place,
    Position,
    Responsibility,
    Role,
    Sex,
    Society,
    TravelMode,
    Visit,
    VisitKind,
)
from fieldmap.roster import Roster

__all__ = ["REGISTERS", "Register", "read_register", "register_kind"]

Row = Mapping[str, str]

_USUAL_HOURS = (time(8, 30), time(17, 30))

REGISTERS: Mapping[str, frozenset[str]] = {
    "divisions": frozenset({"code", "name", "level", "parent_code"}),
    "actors": frozenset({"id", "name", "role", "society", "sex", "division_code"}),
    "responsibilities": frozenset({"person_key", "name", "actor_id"}),
    "visits": frozenset({"id", "day", "channel", "outcome", "domain", "societies", "person_keys"}),
    "exclusions": frozenset({"id", "person_key", "name", "reason", "valid_from"}),
}
"""The columns that each kind of register must have."""


@dataclass(frozen=True, slots=True)
class Register:
    """What a register holds: facts of the good rows, an issue for each other one."""

    kind: str
    rows_read: int
    facts: tuple[object, ...]
    issues: tuple[Issue, ...]


class _CellError(Exception):
    """A cell that cannot be read; carries the issue without its row."""

    def __init__(self, field: str, value: str, allowed: str) -> None:
        super().__init__(field, value, allowed)
        self.field, self.value, self.allowed = field, value, allowed


def register_kind(path: Path) -> str | None:
    """Return what a CSV file holds by its header, or None."""
    try:
        with path.open(encoding="utf-8-sig", newline="") as file:
            heads = set(next(csv.reader(file), []))
    except (OSError, UnicodeDecodeError, csv.Error):
        return None
    return next((kind for kind, wanted in REGISTERS.items() if wanted <= heads), None)


def read_register(path: Path, kind: str, roster: Roster, actors: Collection[str] = ()) -> Register:
    """Read a register.

    Parameters
    ----------
    path
        UTF-8 CSV with the columns of :data:`REGISTERS`; lists are separated
        by semicolons, days are ISO 8601, codes are those of the models.
    roster
        The people known so far, for registers that name people.
    actors
        Ids of the visitors known so far, for registers that name visitors.

    Raises
    ------
    InputError
        The file cannot be read or lacks a column.
    """
    rows = list(_rows(path, kind))
    reader = _READERS[kind]
    facts: list[object] = []
    issues: list[Issue] = []
    for number, row in rows:
        try:
            facts.append(_known_visitors(reader(row, roster), actors))
        except _CellError as fault:
            issues.append(
                Issue(number, fault.field, fault.value, "register.cell", details={"allowed": fault.allowed})
            )
    return Register(kind, len(rows), tuple(facts), tuple(issues))


def _known_visitors(fact: object, actors: Collection[str]) -> object:
    """Return the fact; who answers for a client must be known, who visited once may have left."""
    if isinstance(fact, Responsibility):
        for field, actor in (("actor_id", fact.actor_id), ("deputy_id", fact.deputy_id)):
            if actor is not None and actor not in actors:
                raise _CellError(field, actor, "somebody of the register of visitors")
    return fact


def _rows(path: Path, kind: str) -> Iterator[tuple[int, Row]]:
    try:
        with path.open(encoding="utf-8-sig", newline="") as file:
            reader = csv.DictReader(file)
            missing = REGISTERS[kind] - set(reader.fieldnames or ())
            if missing:
                raise InputError("register.columns", ", ".join(sorted(missing)), kind=kind)
            for number, row in enumerate(reader, start=2):
                yield number, {key: (value or "").strip() for key, value in row.items() if key}
    except (OSError, UnicodeDecodeError, csv.Error) as fault:
        raise InputError("register.unreadable", path, reason=type(fault).__name__) from None


def _code[E: StrEnum](row: Row, field: str, kind: type[E], default: E | None = None) -> E:
    text = row.get(field, "")
    if not text and default is not None:
        return default
    try:
        return kind(text)
    except ValueError:
        raise _CellError(field, text, ", ".join(kind)) from None


def _codes[E: StrEnum](row: Row, field: str, kind: type[E]) -> tuple[E, ...]:
    return tuple(_code({field: part}, field, kind) for part in _parts(row, field))


def _parts(row: Row, field: str) -> tuple[str, ...]:
    return tuple(part.strip() for part in row.get(field, "").split(";") if part.strip())


def _parsed[T](row: Row, field: str, parse: Callable[[str], T], allowed: str) -> T:
    text = row.get(field, "")
    try:
        return parse(text)
    except ValueError:
        raise _CellError(field, text, allowed) from None


def _day(row: Row, field: str) -> date:
    return _parsed(row, field, date.fromisoformat, "YYYY-MM-DD")


def _maybe_day(row: Row, field: str) -> date | None:
    return _day(row, field) if row.get(field) else None


def _division_code(row: Row, field: str = "division_code") -> str:
    code = row.get(field, "")
    if not (len(code) == 12 and code.isdigit()):
        raise _CellError(field, code, "12 digits")
    return code


def _position(row: Row) -> Position | None:
    if not row.get("lon"):
        return None
    lon = _parsed(row, "lon", float, "73 … 136")
    lat = _parsed(row, "lat", float, "3 … 54")
    if not (73 <= lon <= 136 and 3 <= lat <= 54):
        raise _CellError("lon, lat", f"{lon}, {lat}", "73 … 136, 3 … 54")
    return Position(lon, lat)


def _client_id(roster: Roster, key: str, name: str, row: Row, field: str) -> str:
    client = roster.find_key(key, name, row.get("division_code") or None)
    if client is None:
        raise _CellError(field, name or key, "somebody on a ledger imported before")
    return client.id


def _division(row: Row, _: Roster) -> Division:
    code = _division_code(row, "code")
    level = _parsed(row, "level", int, "1, 2, 3, 4")
    return Division(code, row["name"], level, row["parent_code"] or None, row.get("urban") == "1")


def _actor(row: Row, _: Roster) -> Actor:
    hours = ("hours_from", "hours_to")
    begin, end = (_parsed(row, f, time.fromisoformat, "HH:MM") if row.get(f) else None for f in hours)
    if begin and end and end <= begin:
        raise _CellError("hours_to", str(end), f"> {begin}")
    return Actor(
        id=row["id"],
        name=row["name"],
        role=_code(row, "role", Role),
        society=_code(row, "society", Society),
        sex=_code(row, "sex", Sex, Sex.UNKNOWN),
        division_code=_division_code(row),
        certificate=row.get("certificate", ""),
        skills=_parts(row, "skills"),
        hours=(begin, end) if begin and end else _USUAL_HOURS,
        travel_mode=_code(row, "travel_mode", TravelMode, TravelMode.EBIKE),
        starts_at_home=row.get("starts_at_home") in ("1", "true", "yes", "是"),
        home=_position(row),
        off_days=_days(row, "off_days"),
        phone=row.get("phone", ""),
        desk_days=_days(row, "desk_days"),
    )


def _days(row: Row, field: str) -> frozenset[date]:
    return frozenset(_day({field: part}, field) for part in _parts(row, field))


def _responsibility(row: Row, roster: Roster) -> Responsibility:
    client = _client_id(roster, row["person_key"], row["name"], row, "person_key")
    return Responsibility(client, row["actor_id"], row.get("deputy_id") or None)


def _exclusion(row: Row, roster: Roster) -> Exclusion:
    return Exclusion(
        id=row["id"],
        client_id=_client_id(roster, row["person_key"], row["name"], row, "person_key"),
        reason=_code(row, "reason", ExclusionReason),
        valid_from=_day(row, "valid_from"),
        valid_to=_maybe_day(row, "valid_to"),
        note=row.get("note", ""),
    )


def _visit(row: Row, roster: Roster) -> Visit:
    """Return a past visit; the visitors' roles are filled in from the store's actors."""
    names, keys = _parts(row, "person_names"), _parts(row, "person_keys")
    if len(names) != len(keys) or not keys:
        raise _CellError("person_names", row.get("person_names", ""), "as many names as keys, at least one")
    people = tuple(_client_id(roster, k, n, row, "person_keys") for k, n in zip(keys, names, strict=True))
    return Visit(
        id=row["id"],
        household_id=roster.clients[people[0]].household_id,
        client_ids=people,
        day=_day(row, "day"),
        channel=_code(row, "channel", Channel),
        outcome=_code(row, "outcome", Outcome),
        domain=_code(row, "domain", Domain),
        societies=_codes(row, "societies", Society),
        actor_ids=_parts(row, "actor_ids"),
        kind=_code(row, "kind", VisitKind, VisitKind.CONTACT),
        place=_code(row, "place", Place, Place.HOME),
        note=row.get("note", ""),
    )


_READERS: Mapping[str, Callable[[Row, Roster], object]] = {
    "divisions": _division,
    "actors": _actor,
    "responsibilities": _responsibility,
    "visits": _visit,
    "exclusions": _exclusion,
}
