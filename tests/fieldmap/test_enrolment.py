"""Ledger rows → people, doors, tags: the good is kept and the order does not matter."""

from __future__ import annotations

import itertools
from collections.abc import Iterable
from dataclasses import replace
from datetime import date
from uuid import NAMESPACE_OID, uuid5

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fieldmap.enrolment import LISTED, Enrolment
from fieldmap.models import (
    Channel,
    Client,
    Division,
    Event,
    Exclusion,
    ExclusionReason,
    Household,
    IdStatus,
    Position,
    Sex,
    Snapshot,
    Tag,
    Visit,
)
from fieldmap.readers import LedgerRow
from fieldmap.readers.cells import Contact, State
from fieldmap.standards.identity import read_identity
from fieldmap.standards.tags import TagMark

COUNTY = Division("990101000000", "安县", 2)
TOWN = Division("990101100000", "安镇", 3, COUNTY.code)
VILLAGE = Division("990101100201", "安家村", 4, TOWN.code)
BOOK = Snapshot(divisions={d.code: d for d in (COUNTY, TOWN, VILLAGE)})
TODAY = date(2026, 3, 20)
BORN = date(1943, 5, 1)
NUMBER = "990101194305010023"

ROW = LedgerRow(
    row=3,
    sheet="台账",
    name="安一",
    identity=read_identity(None),
    birth_date=BORN,
    village="安家村",
    address="安家村1号",
    head="安一",
)
WITH_NUMBER = replace(ROW, identity=read_identity(NUMBER))
"""The same person with a number that can be trusted."""


def new_id(*parts: str) -> str:
    return str(uuid5(NAMESPACE_OID, "|".join(parts)))


def enrol(
    rows: Iterable[LedgerRow], book: Snapshot = BOOK, ledger: str = "elder", arrivals: date | None = None
) -> Enrolment:
    made = Enrolment(book, new_id, ledger, arrivals=arrivals)
    for row in rows:
        made.add(row)
    return made


def after(book: Snapshot, made: Enrolment) -> Snapshot:
    """Return the book with what was taken over, as the store would keep it."""
    facts = list(made.facts())

    def kept[T](kind: type[T], before: Iterable[T]) -> dict[str, T]:
        both = itertools.chain(before, (f for f in facts if isinstance(f, kind)))
        return {f.id: f for f in both}  # type: ignore[attr-defined]

    return replace(
        book,
        households=kept(Household, book.households.values()),
        clients=kept(Client, book.clients.values()),
        tags=tuple(kept(Tag, book.tags).values()),
        exclusions=tuple(kept(Exclusion, book.exclusions).values()),
        events=tuple(kept(Event, book.events).values()),
        visits=tuple(kept(Visit, book.visits).values()),
    )


def test_a_row_is_a_person_in_a_house_on_a_ledger() -> None:
    """The village's code, the address without its name, and the mark of being listed."""
    book = after(BOOK, enrol([ROW]))
    (household,), (client,) = book.households.values(), book.clients.values()
    assert (household.division_code, household.address, household.head_name) == (VILLAGE.code, "1号", "安一")
    assert (client.name, client.birth_date, client.household_id) == ("安一", BORN, household.id)
    assert [(t.name, t.value, t.ledger) for t in book.tags] == [(LISTED, "elder", "elder")]


def test_people_of_one_address_live_in_one_house() -> None:
    """However it is written; another number is another door."""
    rows = [
        ROW,
        replace(ROW, row=4, name="李四", birth_date=date(1945, 1, 1), address="安镇安家村 1 号"),
        replace(ROW, row=5, name="王五", birth_date=date(1950, 1, 1), address="11号", head="王五"),
    ]
    book = after(BOOK, enrol(rows))
    assert len(book.households) == 2
    assert len(book.clients) == 3


def test_a_blank_cell_takes_nothing_away() -> None:
    """A second ledger without phone, sex and number leaves them as they were."""
    full = replace(WITH_NUMBER, sex=Sex.FEMALE, phones=("19900000001",), position=Position(116.93, 33.31))
    first = after(BOOK, enrol([full]))
    second = after(first, enrol([ROW], first, "disabled"))
    assert second.clients == first.clients
    assert second.households == first.households
    assert {t.ledger for t in second.tags} == {"elder", "disabled"}


def test_the_newest_ledger_knows_the_school() -> None:
    """A pupil who has changed school is found at the new one; a ledger without the column forgets nothing."""
    pupil = replace(ROW, school="中心小学")
    book = after(BOOK, enrol([pupil]))
    (client,) = book.clients.values()
    assert client.school == "中心小学"
    moved = after(book, enrol([replace(ROW, school="初级中学")], book))
    assert [c.school for c in moved.clients.values()] == ["初级中学"]
    assert [c.school for c in after(moved, enrol([ROW], moved)).clients.values()] == ["初级中学"]


@given(st.permutations(["number", "sex", "phone", "door"]))
def test_the_order_of_ledgers_does_not_matter(order: list[str]) -> None:
    """Four ledgers that each know one thing: in the end all four are known."""
    knows = {
        "number": WITH_NUMBER,
        "sex": replace(ROW, sex=Sex.FEMALE),
        "phone": replace(ROW, phones=("19900000001",)),
        "door": replace(ROW, position=Position(116.93, 33.31)),
    }
    book = BOOK
    for name in order:
        book = after(book, enrol([knows[name]], book, name))
    (client,), (household,) = book.clients.values(), book.households.values()
    assert (client.id_number, client.id_status) == (NUMBER, IdStatus.OK)
    assert (client.sex, client.phone) == (Sex.FEMALE, "19900000001")
    assert household.door == Position(116.93, 33.31)
    assert len(book.tags) == 4


@given(st.lists(st.sampled_from(["安一", "李四", "王五"]), min_size=1, max_size=6))
def test_taking_rows_over_twice_is_taking_them_over_once(names: list[str]) -> None:
    """Whatever stands twice in a file or comes again changes nothing."""
    rows = [replace(ROW, row=n, name=name) for n, name in enumerate(names, start=3)]
    once = after(BOOK, enrol(rows))
    twice = after(once, enrol(rows, once))
    assert twice == once
    assert len(once.clients) == len(set(names))


def test_a_death_ends_the_person_on_its_day() -> None:
    """With the day of the state; without one nobody ends, and the issue says so."""
    died = enrol([replace(ROW, state=State(day=date(2026, 3, 1), died=True))])
    assert [c.valid_to for c in after(BOOK, died).clients.values()] == [date(2026, 3, 1)]
    undated = enrol([replace(ROW, state=State(died=True))])
    assert [c.valid_to for c in after(BOOK, undated).clients.values()] == [None]
    assert [i.code for i in undated.issues] == ["enrolment.undated"]


def test_a_reason_not_to_visit_begins_on_its_day() -> None:
    """A dated stay in hospital is an exclusion; the same again is the same."""
    row = replace(ROW, state=State(reason=ExclusionReason.HOSPITAL, day=date(2026, 3, 2)))
    book = after(BOOK, enrol([row]))
    (pause,) = book.exclusions
    assert (pause.reason, pause.valid_from) == (ExclusionReason.HOSPITAL, date(2026, 3, 2))
    assert after(book, enrol([row], book)).exclusions == (pause,)


def test_members_of_a_house_met_on_one_day_make_one_visit() -> None:
    """One visit to two persons; on another day or by phone it is another one."""
    met = Contact(date(2026, 3, 5), Channel.DOOR)
    wife = replace(ROW, row=4, name="李四", birth_date=date(1945, 1, 1))
    rows = [
        replace(ROW, contacts=(met,)),
        replace(wife, contacts=(met, Contact(date(2026, 3, 9), Channel.PHONE))),
    ]
    visits = {v.channel: v for v in after(BOOK, enrol(rows)).visits}
    assert {channel: len(v.client_ids) for channel, v in visits.items()} == {
        Channel.DOOR: 2,
        Channel.PHONE: 1,
    }


@pytest.mark.parametrize("arrivals", [None, TODAY])
def test_only_arrivals_are_events(arrivals: date | None) -> None:
    """A new person on a ledger is an event when the ledger says who has newly come."""
    first = after(BOOK, enrol([ROW]))
    other = replace(ROW, row=4, name="李四", birth_date=date(1945, 1, 1))
    book = after(first, enrol([ROW, other], first, arrivals=arrivals))
    names = [book.clients[e.client_id].name for e in book.events]
    assert names == ([] if arrivals is None else ["李四"])


def test_a_grade_and_its_change() -> None:
    """Two values at once are both kept, in one order or the other; later ones replace them."""
    low, high = TagMark("低保", "A"), TagMark("低保", "B")
    both = after(BOOK, enrol([replace(ROW, tags=(low, high))], ledger="relief"))
    assert sorted(t.value for t in both.tags if t.name == "低保") == ["A", "B"]
    one = after(BOOK, enrol([replace(ROW, tags=(low,))], ledger="relief"))
    changed = after(one, enrol([replace(ROW, tags=(high,))], one, "relief"))
    assert [t.value for t in changed.tags if t.name == "低保"] == ["B"]
