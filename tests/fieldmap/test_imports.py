"""Files into the county file: the same person once, the same file twice, and the way back."""

from __future__ import annotations

import csv
from collections.abc import Iterator
from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest
import shapely
from stdnum.cn import ric

from fieldmap.counts import Figures
from fieldmap.coverage import measures
from fieldmap.datum import Datum, from_wgs84
from fieldmap.errors import InputError
from fieldmap.imports import FileKind, ImportReport, file_kind, import_file
from fieldmap.models import Channel, Division, IdStatus, Snapshot
from fieldmap.periods import Period
from fieldmap.rulebook import rules_in_force
from fieldmap.schedule import schedule, to_visit
from fieldmap.store import Store
from tests.web.cli.county import (
    ACTORS,
    COUNTY,
    DIVISIONS,
    GRID_1,
    GRIDS,
    SITES,
    TEN,
    TOWN,
    VILLAGE,
    collection,
    feature,
)

TODAY = date(2026, 3, 20)
HEADS = ("姓名", "身份证号", "性别", "村(社区)", "地址", "户主")

Row = dict[str, str]


def number(birth: str, order: str = "001") -> str:
    """Return an identity number of an area that was never assigned."""
    stem = f"990101{birth}{order}"
    return stem + ric.calc_check_digit(f"{stem}0")


ELDER = number("19430501", "002")
PERSON: Row = {
    "姓名": "安一",
    "身份证号": ELDER,
    "性别": "女",
    "村(社区)": "安家村",
    "地址": "安家村1号",
    "户主": "安一",
}

NEIGHBOUR: Row = {
    **PERSON,
    "姓名": "安二",
    "身份证号": number("19500602", "002"),
    "地址": "安家村2号",
    "户主": "安二",
}


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    """Return a county file with its places and a worker."""
    made = Store.create(tmp_path / "county.db", county=Division(COUNTY, "安县", 2), salt="test")
    files = {
        "divisions.csv": DIVISIONS,
        "actors.csv": ACTORS,
        "grids.geojson": GRIDS,
        "sites.geojson": SITES,
    }
    for name, content in files.items():
        path = tmp_path / name
        path.write_text(content, encoding="utf-8")
        import_file(made, path, today=TODAY)
    yield made
    made.close()


def ledger(folder: Path, name: str, *rows: Row, **columns: str) -> Path:
    """Write a ledger; ``columns`` are the same in every row."""
    path = folder / name
    whole = [{**row, **columns} for row in rows]
    with path.open("w", encoding="utf-8", newline="") as file:
        out = csv.DictWriter(file, list(dict.fromkeys(key for row in whole for key in row)))
        out.writeheader()
        out.writerows(whole)
    return path


def taken(store: Store, path: Path, **options: object) -> ImportReport:
    return import_file(store, path, today=TODAY, **options)  # type: ignore[arg-type]


def march(store: Store) -> Figures:
    return measures(store.snapshot(), rules_in_force(store), Period.month(TODAY), TODAY).total


def tags(snapshot: Snapshot) -> set[tuple[str, str, str]]:
    return {(t.name, t.value, t.ledger) for t in snapshot.tags if t.name != "在册"}


def test_the_same_person_on_four_ledgers_is_one_client(store: Store, tmp_path: Path) -> None:
    """Four offices know her: one client in one house, with the tags of all four."""
    files = {
        "老年人台账.csv": {"独居": "是"},
        "残疾人台账.csv": {"残疾类别": "肢体", "残疾等级": "二级"},
        "低保台账.csv": {"类别": "低保A类"},
        "特困台账.csv": {"类别": "特困"},
    }
    reports = [taken(store, ledger(tmp_path, name, PERSON, **more)) for name, more in files.items()]
    snapshot = store.snapshot()
    assert [(r.persons_new, r.persons_known) for r in reports] == [(1, 0), (0, 1), (0, 1), (0, 1)]
    assert len(snapshot.clients) == len(snapshot.households) == 1
    assert {t.name for t in snapshot.tags} >= {"独居", "残疾", "低保", "特困"}
    assert {t.ledger for t in snapshot.tags} == {"elder", "disabled", "relief"}


def test_a_number_kept_as_a_float_is_the_same_person(store: Store, tmp_path: Path) -> None:
    """The last three digits are lost, name and birth date are not; the whole number stays."""
    taken(store, ledger(tmp_path, "老年人台账.csv", PERSON, 独居="是"))
    broken = {**PERSON, "身份证号": f"{float(ELDER[:15] + '000'):.14E}"}
    report = taken(store, ledger(tmp_path, "残疾人台账.csv", broken, 残疾等级="二级"))
    (client,) = store.snapshot().clients.values()
    assert (report.persons_new, report.persons_known) == (0, 1)
    assert (client.id_number, client.id_status) == (ELDER, IdStatus.OK)


def test_a_trusted_number_takes_the_place_of_an_untrusted_one(store: Store, tmp_path: Path) -> None:
    """First the float, then the card: the client keeps her id and gets the number."""
    broken = {**PERSON, "身份证号": f"{ELDER[:15]}000"}
    taken(store, ledger(tmp_path, "老年人台账.csv", broken))
    (before,) = store.snapshot().clients.values()
    assert before.id_status is IdStatus.UNVERIFIED
    taken(store, ledger(tmp_path, "残疾人台账.csv", PERSON))
    (after,) = store.snapshot().clients.values()
    assert after == replace(before, id_number=ELDER, id_status=IdStatus.OK)


def test_two_people_of_one_name_stay_two(store: Store, tmp_path: Path) -> None:
    """Another number is another person, in the same village and the same house."""
    other = {**PERSON, "身份证号": number("19430501", "004")}
    report = taken(store, ledger(tmp_path, "老年人台账.csv", PERSON, other))
    assert report.persons_new == 2
    assert len(store.snapshot().clients) == 2
    assert len(store.snapshot().households) == 1


def test_the_same_file_again_changes_nothing(store: Store) -> None:
    """Nothing new, nothing changed, and the county's change is only the new batch."""
    first = taken(store, TEN)
    before = store.snapshot()
    again = taken(store, TEN)
    assert (first.recorded.changed, again.recorded.new, again.recorded.changed) == (0, 0, 0)
    assert again.recorded.same == first.recorded.new
    assert (again.persons_new, again.persons_known) == (0, 10)
    assert store.snapshot() == before


def test_an_import_is_taken_back_whole(store: Store) -> None:
    """After undo the county says what it said before, and can take the file again."""
    before, figures = store.snapshot(), march(store)
    report = taken(store, TEN)
    assert march(store) != figures
    assert store.batches.undo(report.batch_id) >= report.recorded.new
    assert store.snapshot() == before
    assert march(store) == figures
    taken(store, TEN)
    assert (march(store).contacted, march(store).due) == (3, 7)


def test_taking_a_second_ledger_back_leaves_the_first_as_it_was(store: Store, tmp_path: Path) -> None:
    """The second brought a door, a grid, a number and a tag to somebody known."""
    bare = {**PERSON, "身份证号": f"{ELDER[:15]}000"}
    taken(store, ledger(tmp_path, "老年人台账.csv", bare, 独居="是"))
    before, figures = store.snapshot(), march(store)
    more = {"残疾等级": "一级", "经度": "116.931", "纬度": "33.311", "坐标系": "WGS-84"}
    report = taken(store, ledger(tmp_path, "残疾人台账.csv", PERSON, **more))
    (household,) = store.snapshot().households.values()
    assert household.door is not None
    assert household.grid_code == GRID_1
    store.batches.undo(report.batch_id)
    assert store.snapshot() == before
    assert march(store) == figures


def test_arrivals_call_for_a_first_visit(store: Store, tmp_path: Path) -> None:
    """Newly listed people are visited within 15 days (N1); the first stock is not, nor who was known."""
    taken(store, ledger(tmp_path, "老年人台账.csv", PERSON))
    assert store.snapshot().events == ()
    taken(store, ledger(tmp_path, "老年人台账.csv", PERSON, NEIGHBOUR), arrivals=True)
    (event,) = store.snapshot().events
    assert (event.kind, event.day) == ("new_on_ledger", TODAY)
    assert store.snapshot().clients[event.client_id].name == "安二"
    listed = schedule(store.snapshot(), rules_in_force(store), TODAY)
    due = next(d for d in listed.due if d.client_id == event.client_id)
    assert "N1" in due.rule_ids
    assert due in to_visit(listed.due)


def test_ledgers_that_remember_the_same_visit_make_one(store: Store, tmp_path: Path) -> None:
    """A couple on two ledgers was met on one day: one visit to two persons, each kept."""
    husband = {**PERSON, "姓名": "李四", "身份证号": number("19420804", "003"), "性别": "男"}
    seen = {"入户日期": "2026-03-05"}
    taken(store, ledger(tmp_path, "老年人台账.csv", PERSON, 独居="是", **seen))
    taken(store, ledger(tmp_path, "残疾人台账.csv", husband, 残疾等级="二级", **seen))
    (visit,) = store.snapshot().visits
    assert sorted(visit.client_ids) == sorted(store.snapshot().clients)
    assert (march(store).activity.household_times, march(store).activity.person_times) == (1, 2)
    taken(store, ledger(tmp_path, "老年人台账.csv", PERSON, 独居="是", **seen))
    assert store.snapshot().visits == (visit,)


def test_a_recorded_visit_is_not_told_again_by_a_ledger(store: Store, tmp_path: Path) -> None:
    """What a worker recorded counts once, and whoever only the ledger knows is added."""
    husband = {**PERSON, "姓名": "李四", "身份证号": number("19420804", "003"), "性别": "男"}
    taken(store, ledger(tmp_path, "老年人台账.csv", PERSON, husband))
    (house,) = store.snapshot().households
    hers = next(c for c in store.snapshot().clients.values() if c.name == "安一").id
    register = tmp_path / "visits.csv"
    register.write_text(
        "id,day,channel,outcome,domain,societies,actor_ids,person_names,person_keys\n"
        f"v1,2026-03-05,door,seen,elderly,social_worker,w1,安一,{ELDER}\n",
        encoding="utf-8",
    )
    assert taken(store, register).kind is FileKind.VISITS
    taken(store, ledger(tmp_path, "老年人台账.csv", PERSON, husband, 入户日期="2026-03-05"))
    told = {v.client_ids: v.channel for v in store.snapshot().visits}
    his = next(c for c in store.snapshot().clients.values() if c.name == "李四").id
    assert told == {(hers,): Channel.DOOR, (his,): Channel.DOOR}
    assert {v.household_id for v in store.snapshot().visits} == {house}
    assert march(store).activity.person_times == 2


def test_two_ledgers_that_disagree_are_an_issue(store: Store, tmp_path: Path) -> None:
    """The first birth date and door stand; the other values are named with what stands."""
    here = {"经度": "116.931", "纬度": "33.311"}
    plain = {k: v for k, v in PERSON.items() if k != "身份证号"}
    taken(store, ledger(tmp_path, "老年人台账.csv", PERSON, **here))
    there = {"经度": "116.941", "纬度": "33.311"}
    report = taken(store, ledger(tmp_path, "残疾人台账.csv", plain, 出生日期="1943-05-01", **there))
    assert [i.code for i in report.issues if i.code.startswith("enrolment")] == ["enrolment.position"]
    (household,) = store.snapshot().households.values()
    assert household.door is not None
    assert household.door.lon == pytest.approx(116.931, abs=1e-6)


def test_a_grade_of_next_month_replaces_this_months(store: Store, tmp_path: Path) -> None:
    """A and B in one ledger are both kept; a later ledger with one of them leaves no second A."""
    taken(store, ledger(tmp_path, "低保台账.csv", PERSON, 类别="低保A类"))
    taken(store, ledger(tmp_path, "低保台账.csv", PERSON, 类别="低保B类"))
    assert tags(store.snapshot()) == {("低保", "B", "relief")}
    twice = ledger(tmp_path, "低保台账.csv", {**PERSON, "类别": "低保A类"}, {**PERSON, "类别": "低保B类"})
    taken(store, twice)
    assert tags(store.snapshot()) == {("低保", "A", "relief"), ("低保", "B", "relief")}


def test_a_state_without_a_day_is_said_and_not_used(store: Store, tmp_path: Path) -> None:
    """Nobody is taken off the list for a reason without a date, dead or in hospital."""
    path = ledger(tmp_path, "老年人台账.csv", {**PERSON, "状态": "去世"}, {**NEIGHBOUR, "状态": "住院"})
    report = taken(store, path)
    assert [(i.row, i.code) for i in report.issues] == [(2, "status.no-date"), (3, "status.no-date")]
    assert [c.valid_to for c in store.snapshot().clients.values()] == [None, None]
    assert store.snapshot().exclusions == ()


def test_rules_are_taken_back_too(store: Store, tmp_path: Path) -> None:
    """A county's rules come in a batch like everything else."""
    path = tmp_path / "rules.toml"
    path.write_text('[[rule]]\nid = "E1"\ninterval_days = 20\n', encoding="utf-8")
    report = taken(store, path)
    assert (report.kind, report.kept) == (FileKind.RULES, 1)
    assert rules_in_force(store)["E1"].interval_days == 20
    store.batches.undo(report.batch_id)
    assert rules_in_force(store)["E1"].interval_days == 7


def test_an_unknown_village_is_kept_under_the_county(store: Store, tmp_path: Path) -> None:
    """The person is not lost; the issue says which name was not known."""
    report = taken(store, ledger(tmp_path, "老年人台账.csv", {**PERSON, "村(社区)": "李家村"}))
    assert [(i.code, i.value) for i in report.issues] == [("enrolment.village", "李家村")]
    (household,) = store.snapshot().households.values()
    assert household.division_code == COUNTY


DOORS = [(116.9472 + n * 0.0002, 33.312) for n in range(10)]


def doors(folder: Path, datum: Datum, said: str = "") -> Path:
    """Write ten people near the east rim of the first grid, in a datum."""
    rows = []
    for n, (lon, lat) in enumerate(DOORS):
        x, y = from_wgs84(lon, lat, datum)
        who = {"姓名": f"王{n}", "身份证号": number("19500101", f"{n:03d}"), "地址": f"{50 + n}号"}
        where = {"村(社区)": "安家村", "网格": "一网格", "经度": f"{float(x):.6f}", "纬度": f"{float(y):.6f}"}
        rows.append({**who, **where, **({"坐标系": said} if said else {})})
    return ledger(folder, "老年人台账.csv", *rows)


def test_a_ledger_in_the_wrong_datum_is_refused_whole(store: Store, tmp_path: Path) -> None:
    """Doors 500 m off by one shift are no WGS-84; nothing is written, and the message says the datum."""
    before = store.change
    with pytest.raises(InputError) as refused:
        taken(store, doors(tmp_path, Datum.GCJ02))
    assert refused.value.code == "places.datum"
    assert refused.value.details["datum"] is Datum.GCJ02
    assert store.change == before
    assert store.snapshot().clients == {}


def test_the_datum_that_was_said_is_undone(store: Store, tmp_path: Path) -> None:
    """Declared in the column or in the call, the doors come to lie where they are."""
    taken(store, doors(tmp_path, Datum.GCJ02), datum=Datum.GCJ02)
    first = {h.address: h.door for h in store.snapshot().households.values()}
    for n, (lon, lat) in enumerate(DOORS):
        door = first[f"{50 + n}号"]
        assert door is not None
        assert door.lon == pytest.approx(lon, abs=2e-6)
        assert door.lat == pytest.approx(lat, abs=2e-6)
    report = taken(store, doors(tmp_path, Datum.GCJ02, "GCJ-02"))
    assert [i for i in report.issues if i.code == "enrolment.position"] == []
    assert {h.grid_code for h in store.snapshot().households.values()} == {GRID_1}


def test_a_grid_drawn_in_gcj02_is_noticed(store: Store, tmp_path: Path) -> None:
    """When its people are there, importing the grid says that it lies beside them."""
    taken(store, doors(tmp_path, Datum.WGS84))
    corners = [(116.9465, 33.311), (116.9495, 33.311), (116.9495, 33.313), (116.9465, 33.313)]
    moved = [tuple(map(float, from_wgs84(x, y, Datum.GCJ02))) for x, y in corners]
    path = tmp_path / "grids.geojson"
    path.write_text(collection([feature(shapely.Polygon(moved), code=GRID_1, name="一网格")]))
    report = taken(store, path)
    assert "grid.gcj02" in {i.code for i in report.issues}


def test_a_door_inside_a_grid_gets_its_code(store: Store, tmp_path: Path) -> None:
    """Where the ledger names no grid, the point decides once; outside of all it stays open."""
    inside = {"经度": "116.931", "纬度": "33.311", "坐标系": "WGS-84"}
    outside = {"经度": "116.99", "纬度": "33.311", "坐标系": "WGS-84"}
    taken(store, ledger(tmp_path, "老年人台账.csv", {**PERSON, **inside}, {**NEIGHBOUR, **outside}))
    found = {h.address: h.grid_code for h in store.snapshot().households.values()}
    assert found == {"1号": GRID_1, "2号": None}


@pytest.mark.parametrize(
    ("name", "content", "kind"),
    [
        ("rules.toml", "", FileKind.RULES),
        ("grids.geojson", "", FileKind.GRIDS),
        ("网格.gpkg", "", FileKind.GRIDS),
        ("sites.shp", "", FileKind.SITES),
        ("a.csv", DIVISIONS, FileKind.DIVISIONS),
        ("b.csv", ACTORS, FileKind.ACTORS),
        ("老年人.csv", "姓名,地址\n", FileKind.LEDGER),
        ("老年人.xlsx", "", FileKind.LEDGER),
    ],
)
def test_what_a_file_holds_is_found(name: str, content: str, kind: FileKind, tmp_path: Path) -> None:
    """By its ending, its name or its header; a CSV that is no register is a ledger."""
    path = tmp_path / name
    path.write_text(content, encoding="utf-8")
    assert file_kind(path) is kind


def test_a_file_of_no_known_kind_is_refused(tmp_path: Path) -> None:
    """The message lists what files can hold."""
    path = tmp_path / "notes.docx"
    path.touch()
    with pytest.raises(InputError, match=r"ledger, divisions, grids"):
        file_kind(path)


def test_the_batch_remembers_what_became_of_the_file(store: Store) -> None:
    """Rows read, kept, refused, skipped, and the issues by row and field, for the desk's list."""
    report = taken(store, TEN, by="head")
    batch = store.batches.all()[0]
    assert (batch.id, batch.file_name, batch.ledger, batch.imported_by) == (
        report.batch_id,
        "ten.xlsx",
        "mixed",
        "head",
    )
    assert (batch.rows_read, batch.rows_kept, batch.rows_refused, batch.rows_skipped) == (10, 10, 0, 1)
    assert '"code": "identity.float"' in batch.issues
    assert {h.division_code for h in store.snapshot().households.values()} == {VILLAGE}
    assert TOWN in store.snapshot().divisions
