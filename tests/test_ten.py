"""Ten rows by hand: the same figures on the command line, the desk, the map and the roll-up.

Today is 2026-03-20. Who the ten are and what is expected of them stands in
``tests/data/make_ten.py``; every number here was counted by hand.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, date, datetime
from html import unescape
from pathlib import Path
from uuid import uuid4

import pytest
from starlette.testclient import TestClient

from fieldmap.errors import language
from fieldmap.imports import import_file
from fieldmap.models import Channel, IdStatus
from fieldmap.periods import Period
from fieldmap.plans import DayPlan
from fieldmap.rollup import published, roll_up
from fieldmap.rulebook import rules_in_force
from fieldmap.schedule import schedule
from fieldmap.settings import load
from fieldmap.store import Store
from tests.data.make_ten import PEOPLE
from tests.web.cli.county import PASSWORD, TEN, TOWN, VILLAGE, WORKER, Station, found_county, found_ten
from tests.web.sending import Envelope, bound
from web.app import create_app

TODAY = date(2026, 3, 20)
NOW = datetime(2026, 3, 20, 1, 0, tzinfo=UTC)
MARCH = Period.month(TODAY)
LETTER = {person[1]: person[0] for person in PEOPLE}


@dataclass(frozen=True)
class Figures:
    """What four places must say of March."""

    contacted: int
    in_person: int
    rate: str
    in_person_share: str
    households: int
    persons: int
    person_times: int
    grids: tuple[str, str]


BEFORE = Figures(3, 1, "3/7 = 42.9 %", "1/3 = 33.3 %", 3, 3, 3, ("3/5 = 60.0 %", "0/2 = 0.0 %"))
AFTER = Figures(5, 3, "5/7 = 71.4 %", "3/5 = 60.0 %", 4, 5, 5, ("5/5 = 100.0 %", "0/2 = 0.0 %"))


@pytest.fixture
def station(tmp_path: Path) -> Station:
    """Return the county of the ten, with a head and a worker who may sign in."""
    made = found_ten(tmp_path)
    for login, hat, more in (
        ("head", f"head:{TOWN}", ()),
        ("worker", f"worker:{TOWN}", ("--actor", WORKER)),
    ):
        made.done("account", "add", login, "--name", login, "--hat", hat, "--password", PASSWORD, *more)
    return made


@contextmanager
def opened(station: Station) -> Iterator[Store]:
    store = Store.open(station.db)
    try:
        yield store
    finally:
        store.close()


def letters(names: list[str]) -> str:
    return "".join(sorted(LETTER[name] for name in names))


def text_of(html: str) -> str:
    """Return what a person reads on a page, on one line."""
    plain = re.sub(r"<(script|style|head)\b.*?</\1>", " ", html, flags=re.DOTALL)
    return re.sub(r"\s+", " ", unescape(re.sub(r"<[^>]+>", " ", plain)))


class Pages:
    """The pages as somebody signed in sees them."""

    def __init__(self, client: TestClient, login: str) -> None:
        self._client = client
        token = self._token("/sign-in", r'name="csrf" value="([^"]+)"')
        answer = client.post("/sign-in", data={"login": login, "password": PASSWORD, "csrf": token})
        assert answer.status_code == 200, answer.text
        client.cookies.set("lang", "en")

    def _token(self, path: str, pattern: str) -> str:
        found = re.search(pattern, self._client.get(path, headers={"accept": "text/html"}).text)
        assert found, path
        return found[1]

    def html(self, path: str) -> str:
        """Return a page."""
        answer = self._client.get(path, headers={"accept": "text/html"})
        assert answer.status_code == 200, answer.text
        return answer.text


@contextmanager
def serving(station: Station) -> Iterator[TestClient]:
    settings = load(station.environment())
    app = create_app(settings, today=lambda: TODAY, clock=lambda: NOW)
    with TestClient(app) as client:
        yield client


@contextmanager
def pages(station: Station, login: str) -> Iterator[Pages]:
    with serving(station) as client:
        yield Pages(client, login)


def check_command_line(station: Station, wanted: Figures) -> None:
    """`fieldmap map --json` and the exact roll-up."""
    found = station.done("map", "--json").record
    assert (found["people"], found["due"], found["contacted"]) == (10, 7, wanted.contacted)
    assert found["rate"] == wanted.rate
    assert (found["in_person"], found["in_person_share"]) == (wanted.in_person, wanted.in_person_share)
    assert found["excluded"] == {"hospital": 1, "refused": 1}
    assert (found["without_rule"], found["never_contacted"], found["no_coordinates"]) == (1, 1, 1)
    done = (found["household_times"], found["persons"], found["person_times"])
    assert done == (wanted.households, wanted.persons, wanted.person_times)
    assert [grid in station.done("map").out for grid in wanted.grids] == [True, True]

    heads, *rows = station.done("rollup", "--exact").table
    county = dict(zip(heads, rows[0], strict=True))
    assert (county["persons due"], county["persons contacted"]) == ("7", str(wanted.contacted))
    assert county["contact rate"] == str(round(wanted.contacted / 7, 4))
    assert county["persons met in person"] == str(wanted.in_person)
    assert (county["excluded: in hospital"], county["excluded: refused"]) == ("1", "1")
    assert county["household-times"] == str(wanted.households)
    assert county["person-times"] == str(wanted.person_times)
    assert [row[4:] for row in rows] == [rows[0][4:]] * 3  # county, town and village are one


def check_pages(station: Station, wanted: Figures) -> None:
    """The desk, the map's page and the map itself."""
    with pages(station, "head") as head:
        desk = text_of(head.html("/desk"))
        assert wanted.rate in desk
        assert wanted.in_person_share in desk
        assert "in hospital 1" in desk
        assert "refused 1" in desk
        whole = text_of(head.html("/map"))
        assert wanted.rate in whole
        assert "in hospital 1" in whole
        assert wanted.in_person_share in text_of(head.html("/map?measure=in_person_share"))
        drawn = unescape(head.html("/map/frame"))
        assert [grid in drawn for grid in wanted.grids] == [True, True]
        assert [grid in whole for grid in wanted.grids] == [True, True]


def check_roll_up(station: Station, wanted: Figures) -> None:
    """The exact table, and the one that leaves the county."""
    with opened(station) as store:
        exact = roll_up(store.snapshot(), rules_in_force(store), MARCH, TODAY)
    for row in exact.rows:
        assert (row.persons["due"], row.persons["contacted"]) == (7, wanted.contacted)
        assert row.persons["in_person"] == wanted.in_person
        assert row.activity["household_times"] == wanted.households
        assert row.activity["person_times"] == wanted.person_times
    for row in published(exact).rows:
        assert row.persons["people"] == 10
        # 3 of 7, or 2 of 7 left: a count under 5 and what it follows from
        assert {row.persons["contacted"], row.rate} == {None}
        assert row.activity == exact[row.code].activity


def check_to_visit(station: Station) -> None:
    """Who is open today, whose contact and whose door visit is late, and by how much."""
    everybody = {LETTER[d["name"]]: d for d in station.done("due", "--json", "--all").records}
    listed = station.done("due", "--json").records
    assert letters([d["name"] for d in listed]) == "BCDFG"
    assert {k: d["overdue_days"] for k, d in everybody.items() if d["overdue_days"]} == {"B": 3}
    assert everybody["B"]["in_person_overdue_days"] == 8
    assert everybody["A"]["opens"] == "2026-03-25"
    assert not everybody["A"]["open"]
    with opened(station) as store:
        listing = schedule(store.snapshot(), rules_in_force(store), TODAY)
        clients = store.snapshot().clients
    assert {LETTER[clients[e.client_id].name]: e.exclusion.reason.value for e in listing.excluded} == {
        "E": "hospital",
        "H": "refused",
    }
    assert letters([clients[c].name for c in listing.without_rule]) == "J"


def check_plan(station: Station) -> None:
    """One worker on duty: B, and C and D at one stop; G and F are left out with the reason."""
    said = station.done("plan", "--publish")
    assert "Needs two people" in said.out
    assert "No coordinates" in said.out
    assert "straight line × 1.4" in said.out
    with opened(station) as store:
        (plan,) = store.plans.of_day(TODAY)
        names = {c.id: c.name for c in store.snapshot().clients.values()}
    assert [route.actor_id for route in plan.routes] == [WORKER]
    stops = [letters([names[c] for c in s.client_ids]) for s in plan.routes[0].stops]
    assert sorted(stops) == ["B", "CD"]
    left = {letters([names[c] for c in u.client_ids]): u.code for u in plan.unplanned}
    assert left == {"G": "needs_two_people", "F": "no_coordinates"}


def record_visit(station: Station) -> None:
    """The worker saves one door visit to C and D on the phone, and sends it twice."""
    with opened(station) as store:
        plan: DayPlan = store.plans.of_day(TODAY)[0]
        names = {c.id: c.name for c in store.snapshot().clients.values()}
        worker = next(a for a in store.accounts.all() if a.login == "worker")
    couple = next(s for s in plan.routes[0].stops if len(s.client_ids) == 2)
    assert letters([names[c] for c in couple.client_ids]) == "CD"
    body = {
        "household_id": couple.household_id,
        "client_ids": list(couple.client_ids),
        "stop_id": couple.id,
        "day": TODAY.isoformat(),
        "channel": Channel.DOOR.value,
        "outcome": "seen",
    }
    visit = Envelope(str(uuid4()), "visit", body)
    with serving(station) as client, opened(station) as store:
        phone = bound(store, worker, client)
        first, again = phone.receipt(visit), phone.receipt(visit)
    assert (first["state"], first["new"]) == ("held", True)
    assert (again["state"], again["new"], again["sha256"]) == ("held", False, first["sha256"])


def test_ten_rows_by_hand(station: Station) -> None:
    """Four places print the same figures of the ten people, before and after one visit."""
    with opened(station) as store:
        batch = store.batches.all()[0]
        people = {LETTER[c.name]: c for c in store.snapshot().clients.values()}
        houses = store.snapshot().households
    assert (batch.file_name, batch.rows_kept, batch.rows_refused, batch.rows_skipped) == (
        "ten.xlsx",
        10,
        0,
        1,
    )
    assert sorted(people) == list("ABCDEFGHIJ")
    assert {k for k, c in people.items() if c.id_status is IdStatus.UNVERIFIED} == {"I"}
    assert {h.division_code for h in houses.values()} == {VILLAGE}
    assert len(houses) == 9

    check_to_visit(station)
    check_command_line(station, BEFORE)
    check_pages(station, BEFORE)
    check_roll_up(station, BEFORE)
    check_plan(station)
    record_visit(station)
    check_command_line(station, AFTER)
    check_pages(station, AFTER)
    check_roll_up(station, AFTER)
    assert letters([d["name"] for d in station.done("due", "--json").records]) == "BFG"


def test_the_subtotal_is_skipped_and_the_float_is_marked(tmp_path: Path) -> None:
    """One row is nobody, one number is to be verified and is not repaired."""
    made = found_county(tmp_path)
    with opened(made) as store:
        report = import_file(store, TEN, today=TODAY)
        nine = next(c for c in store.snapshot().clients.values() if LETTER[c.name] == "I")
    assert (report.read, report.kept, report.refused, report.skipped) == (10, 10, 0, 1)
    assert [(i.row, i.code, i.kept) for i in report.issues] == [(11, "identity.float", True)]
    assert (nine.id_number, nine.birth_date) == ("990101195312090000", date(1953, 12, 9))
    token = language.set("zh-CN")
    try:
        assert "待核实" in str(report.issues[0])
    finally:
        language.reset(token)


def test_chinese_says_the_same(station: Station) -> None:
    """In Chinese the command line has the same figures, and its excluded in words."""
    said = station.done("map", FIELDMAP_LANG="zh-CN").out
    assert "3/7 = 42.9 %" in said
    assert "住院 1" in said
    assert "拒访 1" in said
    assert "住院 1、拒访 1" in station.done("due", FIELDMAP_LANG="zh-CN").out
