"""Plain registers: each row a fact or an issue by row and field."""

from __future__ import annotations

from datetime import date, time
from pathlib import Path

import pytest

from fieldmap.errors import InputError
from fieldmap.models import (
    Actor,
    Channel,
    Client,
    Division,
    Exclusion,
    ExclusionReason,
    Household,
    IdStatus,
    Position,
    Responsibility,
    Role,
    Sex,
    Snapshot,
    Society,
    TravelMode,
    Visit,
    VisitKind,
)
from fieldmap.registers import REGISTERS, Register, read_register, register_kind
from fieldmap.roster import Roster

TOWN, VILLAGE = "990101100000", "990101100201"
NUMBER = "990101194305010029"
BOOK = Snapshot(
    households={"h1": Household("h1", VILLAGE, "1号", "安一")},
    clients={
        "c1": Client("c1", "h1", "安一", Sex.FEMALE, date(1943, 5, 1), NUMBER, IdStatus.OK),
        "c2": Client("c2", "h1", "李四", Sex.MALE, date(1942, 8, 4)),
    },
)
KEY = f"李四|1942-08-04|{VILLAGE}"


def read(folder: Path, kind: str, *rows: dict[str, str], actors: tuple[str, ...] = ("w1", "w2")) -> Register:
    heads = list(dict.fromkeys([*sorted(REGISTERS[kind]), *(key for row in rows for key in row)]))
    lines = [",".join(heads), *(",".join(row.get(head, "") for head in heads) for row in rows)]
    path = folder / f"{kind}.csv"
    path.write_text("\n".join(lines), encoding="utf-8-sig")
    return read_register(path, kind, Roster(BOOK), actors)


ACTOR = {
    "id": "w1",
    "name": "周敏",
    "role": "social_worker",
    "society": "social_worker",
    "sex": "female",
    "division_code": TOWN,
}
VISIT = {
    "id": "v1",
    "day": "2026-03-05",
    "channel": "door",
    "outcome": "seen",
    "domain": "elderly",
    "societies": "social_worker;volunteer",
    "person_names": "安一;李四",
    "person_keys": f"{NUMBER};{KEY}",
}
OWNER = {"person_key": NUMBER, "name": "安一", "actor_id": "w1"}
PAUSE = {"id": "x1", "person_key": KEY, "name": "", "reason": "hospital", "valid_from": "2026-03-02"}
PLACE = {"code": VILLAGE, "name": "安家村", "level": "4", "parent_code": TOWN}


def test_a_division_knows_its_level_and_parent(tmp_path: Path) -> None:
    """A village of a town; urban is said by 1."""
    found = read(tmp_path, "divisions", PLACE, {**PLACE, "urban": "1"})
    assert found.facts[0] == Division(VILLAGE, "安家村", 4, TOWN)
    assert isinstance(found.facts[1], Division)
    assert found.facts[1].urban


def test_a_visitor_has_hours_skills_and_days_off(tmp_path: Path) -> None:
    """What is not said has the usual value."""
    more = {
        "skills": "手语;儿童",
        "hours_from": "09:00",
        "hours_to": "16:30",
        "travel_mode": "walk",
        "starts_at_home": "1",
        "lon": "116.9",
        "lat": "33.3",
        "off_days": "2026-03-23;2026-03-24",
        "desk_days": "2026-03-25",
    }
    plain, full = read(tmp_path, "actors", ACTOR, {**ACTOR, "id": "w2", **more}).facts
    assert plain == Actor(
        "w1",
        "周敏",
        Role.SOCIAL_WORKER,
        Society.SOCIAL_WORKER,
        Sex.FEMALE,
        TOWN,
        travel_mode=TravelMode.EBIKE,
    )
    assert isinstance(full, Actor)
    assert (full.skills, full.hours) == (("手语", "儿童"), (time(9), time(16, 30)))
    assert (full.travel_mode, full.starts_at_home) == (TravelMode.WALK, True)
    assert full.home == Position(116.9, 33.3)
    assert full.off_days == {date(2026, 3, 23), date(2026, 3, 24)}
    assert full.desk_days == {date(2026, 3, 25)}


def test_people_are_found_by_number_or_by_name_birth_and_village(tmp_path: Path) -> None:
    """A past visit to two people of one house, one of them without a number."""
    (visit,) = read(tmp_path, "visits", VISIT).facts
    assert isinstance(visit, Visit)
    assert (visit.household_id, visit.client_ids) == ("h1", ("c1", "c2"))
    assert (visit.channel, visit.kind) == (Channel.DOOR, VisitKind.CONTACT)
    assert visit.societies == (Society.SOCIAL_WORKER, Society.VOLUNTEER)
    assert read(tmp_path, "responsibilities", OWNER).facts == (Responsibility("c1", "w1"),)
    assert read(tmp_path, "exclusions", PAUSE).facts == (
        Exclusion("x1", "c2", ExclusionReason.HOSPITAL, date(2026, 3, 2)),
    )


@pytest.mark.parametrize(
    ("kind", "row", "field"),
    [
        ("divisions", {**PLACE, "code": "9901"}, "code"),
        ("divisions", {**PLACE, "level": "four"}, "level"),
        ("actors", {**ACTOR, "role": "king"}, "role"),
        ("actors", {**ACTOR, "society": ""}, "society"),
        ("actors", {**ACTOR, "division_code": "town"}, "division_code"),
        ("actors", {**ACTOR, "hours_from": "half past"}, "hours_from"),
        ("actors", {**ACTOR, "hours_from": "17:00", "hours_to": "09:00"}, "hours_to"),
        ("actors", {**ACTOR, "off_days": "2026-03-23;soon"}, "off_days"),
        ("actors", {**ACTOR, "desk_days": "Monday"}, "desk_days"),
        ("actors", {**ACTOR, "lon": "116.9", "lat": ""}, "lat"),
        ("actors", {**ACTOR, "lon": "33.3", "lat": "116.9"}, "lon, lat"),
        ("responsibilities", {**OWNER, "person_key": "990101194305010045"}, "person_key"),
        ("responsibilities", {**OWNER, "actor_id": "w9"}, "actor_id"),
        ("responsibilities", {**OWNER, "deputy_id": "w9"}, "deputy_id"),
        ("visits", {**VISIT, "day": "5 March"}, "day"),
        ("visits", {**VISIT, "channel": "fax"}, "channel"),
        ("visits", {**VISIT, "societies": "church"}, "societies"),
        ("visits", {**VISIT, "person_names": "安一"}, "person_names"),
        ("visits", {**VISIT, "person_names": "", "person_keys": ""}, "person_names"),
        ("visits", {**VISIT, "person_keys": f"{NUMBER};a|b"}, "person_keys"),
        ("exclusions", {**PAUSE, "reason": "bored"}, "reason"),
        ("exclusions", {**PAUSE, "valid_to": "later"}, "valid_to"),
    ],
)
def test_a_bad_cell_costs_its_row_only(kind: str, row: dict[str, str], field: str, tmp_path: Path) -> None:
    """The issue has row, field and what is allowed; the good row before it is kept."""
    good = {"divisions": PLACE, "actors": ACTOR, "responsibilities": OWNER, "visits": VISIT}.get(kind, PAUSE)
    found = read(tmp_path, kind, good, row)
    assert (found.rows_read, len(found.facts)) == (2, 1)
    (issue,) = found.issues
    assert (issue.row, issue.field, issue.code, issue.kept) == (3, field, "register.cell", False)
    assert issue.explanation().allowed


def test_a_visitor_who_left_keeps_the_visits(tmp_path: Path) -> None:
    """A past visit by somebody no longer on the register stays a contact."""
    found = read(tmp_path, "visits", {**VISIT, "actor_ids": "w7"})
    assert found.issues == ()


def test_a_register_lacks_columns_or_cannot_be_read(tmp_path: Path) -> None:
    """Missing columns are all named; a file in another encoding says so."""
    path = tmp_path / "visits.csv"
    path.write_text("id,day\n", encoding="utf-8")
    with pytest.raises(InputError) as lacking:
        read_register(path, "visits", Roster(BOOK))
    assert lacking.value.value == "channel, domain, outcome, person_keys, societies"
    path.write_bytes("id,姓名\n".encode("gb18030"))
    with pytest.raises(InputError) as garbled:
        read_register(path, "visits", Roster(BOOK))
    assert garbled.value.code == "register.unreadable"


def test_a_register_is_known_by_its_header(tmp_path: Path) -> None:
    """More columns do no harm; a list of something else is no register."""
    for kind, columns in REGISTERS.items():
        path = tmp_path / f"{kind}-1.csv"
        path.write_text(",".join([*columns, "more"]), encoding="utf-8")
        assert register_kind(path) == kind
    path.write_text("姓名,地址", encoding="utf-8")
    assert register_kind(path) is None
    assert register_kind(tmp_path / "none.csv") is None
