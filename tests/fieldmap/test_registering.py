"""A flag becomes a household of the ledger: the same checks as a ledger's row, all or nothing."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import date
from types import MappingProxyType

import pytest

from fieldmap.errors import InputError, Issue
from fieldmap.forms import FormError
from fieldmap.models import (
    Channel,
    Client,
    Division,
    Domain,
    Exclusion,
    ExclusionReason,
    Flag,
    FlagKind,
    FlagState,
    Grid,
    Household,
    IdStatus,
    Outcome,
    Position,
    Sex,
    Snapshot,
    Society,
    Visit,
)
from fieldmap.registering import (
    DIED,
    FLAGGED,
    read_departures,
    read_registration,
    register_departures,
    register_known,
    register_new,
    take,
)
from fieldmap.rulebook import rules_in_force
from fieldmap.schedule import schedule
from fieldmap.store import Store
from tests.fieldmap.store.conftest import ELDER, HOUSE, clock, county_path, store

__all__ = ["clock", "county_path", "store"]

TODAY = date(2026, 3, 20)
VILLAGE = Division("990101001201", "北坡村", 4, "990101001000")
GRID = Grid("990101001201001", "北坡一网格", VILLAGE.code)
PIN = Position(116.935, 33.312)
FLAG_ID = "f"
FORM: Mapping[str, object] = {
    "grid": GRID.code,
    "address": "3组12号",
    "head": "何大山",
    "lon": "116.935",
    "lat": "33.312",
    "name-0": "何大山",
    "sex-0": "男",
    "birth-0": "1941-02-03",
    "phones-0": "13900001234",
    "tags-0": ["独居", "低保=A"],
    "name-2": "何秀兰",
    "identity-2": "990101194502010022",
}
"""Two people of one house, typed into the first and the third place of the form."""


@pytest.fixture
def county(store: Store) -> Store:
    """Return a county with one house, a grid, and a flag from the ground."""
    store.facts.record([VILLAGE, GRID])
    store.flags.report(Flag(FLAG_ID, GRID.code, "村东第三家", PIN, "grid", store.clock()))
    return store


def flag_of(store: Store) -> Flag:
    """Return the flag."""
    return store.flags.get(FLAG_ID)


def enrol(
    store: Store, changes: Mapping[str, object] = MappingProxyType({}), view: Snapshot | None = None
) -> str:
    """Register the form with something changed; return the household's id."""
    form = read_registration({**FORM, **changes}, {GRID.code}, TODAY)
    return register_new(store, flag_of(store), form, view or store.snapshot(), today=TODAY, by="head")


def faults(**changes: object) -> list[tuple[str, str]]:
    """Return field and code of what is wrong with the form with something changed."""
    with pytest.raises(FormError) as refused:
        read_registration({**FORM, **changes}, {GRID.code}, TODAY)
    return [(issue.field, issue.code) for issue in refused.value.issues]


def test_a_new_household_stands_on_the_ledger_with_its_people(county: Store) -> None:
    """Door, people, tags and where they came from are recorded, and the flag is about that household."""
    door = enrol(county)
    view = county.snapshot()
    house = view.households[door]
    assert (house.address, house.head_name, house.grid_code, house.door) == (
        "3组12号",
        "何大山",
        GRID.code,
        PIN,
    )
    assert house.coord_source == f"ledger:{FLAGGED}"
    people = {c.name: c for c in view.clients.values() if c.household_id == door}
    assert (people["何大山"].birth_date, people["何大山"].phone) == (date(1941, 2, 3), "13900001234")
    assert (people["何秀兰"].sex, people["何秀兰"].id_status) == (Sex.FEMALE, IdStatus.OK)
    tags = {(t.name, t.value, t.ledger) for t in view.tags if t.client_id == people["何大山"].id}
    assert tags == {("在册", FLAGGED, FLAGGED), ("独居", "", FLAGGED), ("低保", "A", FLAGGED)}
    assert {event.kind for event in view.events} == {"new_on_ledger"}
    assert (flag_of(county).state, flag_of(county).household_id) == (FlagState.REGISTERED, door)
    (batch,) = county.batches.all()
    assert (batch.ledger, batch.imported_by, batch.rows_kept) == (FLAGGED, "head", 2)


def test_undoing_takes_the_household_back(county: Store) -> None:
    """It was recorded as one batch: what came with the flag can be taken back as an import can."""
    door = enrol(county)
    (batch,) = county.batches.all()
    county.batches.undo(batch.id)
    assert door not in county.snapshot().households


@pytest.mark.parametrize(
    ("changes", "found"),
    [
        ({"grid": "990101001201009"}, [("grid", "flag.grid")]),
        ({"address": " "}, [("address", "flag.address")]),
        ({"identity-2": "990101194502010021"}, [("identity-2", "identity.check")]),
        ({"birth-0": "2027-01-01"}, [("birth-0", "date.future")]),
        ({"birth-2": "1945-02-02"}, [("birth-2", "identity.differs")]),
        ({"sex-2": "男"}, [("sex-2", "identity.differs")]),
        ({"phones-0": "139"}, [("phones-0", "phone.unclear")]),
        ({"lat": ""}, [("lon", "coordinate.half")]),
        ({"lon": "16.9"}, [("lon", "coordinate.range")]),
        ({"tags-0": ["没有这个"]}, [("tags-0", "flag.tag")]),
        ({"tags-0": ["低保=D"]}, [("tags-0", "flag.tag")]),
        ({"name-2": ""}, [("name-2", "row.no-name")]),
        ({"identity-0": "990101194502010022", "birth-0": "", "sex-0": ""}, [("identity-2", "row.duplicate")]),
        ({"address": "", "phones-0": "1"}, [("address", "flag.address"), ("phones-0", "phone.unclear")]),
    ],
)
def test_every_mistake_is_named_by_its_field(
    changes: dict[str, object], found: list[tuple[str, str]]
) -> None:
    """What an import would keep and report goes back to the form, all of it at once."""
    assert faults(**changes) == found


def test_a_household_has_somebody() -> None:
    """A form without a person registers nobody."""
    assert faults(**dict.fromkeys(FORM.keys() - {"grid", "address", "head", "lon", "lat"}, "")) == [
        ("name-0", "flag.nobody")
    ]


def test_who_has_no_birth_date_is_registered_and_remembered(county: Store) -> None:
    """Found alone without a paper, a person still comes on the ledger; the batch says what is missing."""
    door = enrol(county, {"birth-0": ""})
    assert door in county.snapshot().households
    (batch,) = county.batches.all()
    assert "birth.missing" in batch.issues


def refused(
    store: Store, changes: Mapping[str, object] = MappingProxyType({}), view: Snapshot | None = None
) -> list[Issue]:
    """Return what a registration was refused for, after a look that nothing of it stayed."""
    before = store.snapshot()
    with pytest.raises(FormError) as caught:
        enrol(store, changes, view)
    assert store.snapshot() == before
    return list(caught.value.issues)


def test_who_is_on_a_ledger_is_not_registered_again(county: Store) -> None:
    """The form says so at that person; nothing of the household is recorded."""
    (issue,) = refused(county, {"name-2": ELDER.name, "identity-2": "", "birth-2": "1944-01-05"})
    assert (issue.field, issue.code) == ("name-2", "flag.listed")


def test_who_is_on_a_ledger_elsewhere_is_refused_without_where(county: Store) -> None:
    """Somebody of a house that the head does not see: neither its place nor its people are told."""
    far = Household("far", "990101002201", "沙湾1号", "何秀兰")
    known = Client("far", "far", "何秀兰", id_number="990101194502010022", id_status=IdStatus.OK)
    county.facts.record([far, known])
    whole = county.snapshot()
    view = replace(whole, households={k: h for k, h in whole.households.items() if k != "far"})
    (issue,) = refused(county, view=view)
    assert (issue.field, issue.code) == ("identity-2", "flag.elsewhere")
    assert "沙湾" not in str(issue)


def test_a_flag_that_cannot_be_registered_leaves_no_household(county: Store) -> None:
    """All or nothing: the flag was refused meanwhile, so nobody comes on the ledger by it."""
    county.flags.move(FLAG_ID, FlagState.REFUSED, "head", "重复")
    before = county.snapshot()
    with pytest.raises(InputError):
        enrol(county)
    assert county.snapshot() == before


@pytest.mark.parametrize(("pin", "door"), [(True, PIN), (False, None)])
def test_a_household_of_the_ledger_is_chosen(county: Store, pin: bool, door: Position | None) -> None:
    """The flag is about it from now on; a door that nobody had placed is put at the flag's point if asked."""
    bare = replace(HOUSE, id="bare", door=None)
    county.facts.record([bare])
    register_known(county, flag_of(county), bare, today=TODAY, by="head", pin=pin)
    assert flag_of(county).household_id == "bare"
    assert county.snapshot().households["bare"].door == door


def asked_by(store: Store) -> tuple[str, ...]:
    """Return the rules by which the house's one person is due."""
    (due,) = schedule(store.snapshot(), rules_in_force(store), TODAY).due
    assert due.client_id == ELDER.id
    return due.rule_ids


def test_a_visit_asked_for_now_makes_the_people_due_until_it_is_refused(county: Store) -> None:
    """Confirmed by the head, the planner has somebody to go to; a refusal takes that back."""
    asked = Flag(
        "g", GRID.code, "", None, "grid", county.clock(), kind=FlagKind.VISIT_NOW, household_id=HOUSE.id
    )
    county.flags.report(asked)
    assert "F1" not in asked_by(county)
    take(county, asked, FlagState.CHECKED, today=TODAY, by="head")
    assert "F1" in asked_by(county)
    take(county, county.flags.get("g"), FlagState.REFUSED, today=TODAY, by="head", reason="家里有人")
    assert county.snapshot().events == ()


def left(store: Store, **form: str) -> tuple[Client | Exclusion, ...]:
    """Return what a form says became of the house's one person."""
    return read_departures(form, [ELDER], date(2026, 3, 18), TODAY)


def test_a_door_that_was_left_is_written_down(county: Store) -> None:
    """Moved since the day of the report: the person is excluded from then on, with the flag closed."""
    gone = Flag("g", GRID.code, "", None, "grid", county.clock(), kind=FlagKind.MOVED, household_id=HOUSE.id)
    county.flags.report(gone)
    facts = left(county, **{f"became-{ELDER.id}": "moved"})
    register_departures(county, gone, facts, by="head")
    (exclusion,) = county.snapshot().exclusions
    assert (exclusion.client_id, exclusion.reason, exclusion.valid_from) == (
        ELDER.id,
        ExclusionReason.MOVED,
        date(2026, 3, 18),
    )
    assert county.flags.get("g").state is FlagState.REGISTERED


def test_who_has_died_is_on_no_ledger_from_that_day(county: Store) -> None:
    """The day can be another than that of the report."""
    (fact,) = left(county, **{f"became-{ELDER.id}": DIED, f"day-{ELDER.id}": "2026-02-01"})
    assert fact == replace(ELDER, valid_to=date(2026, 2, 1))


@pytest.mark.parametrize(
    ("form", "found"),
    [
        ({}, [("became", "flag.unchanged")]),
        ({f"became-{ELDER.id}": "flown"}, [(f"became-{ELDER.id}", "exclusion.reason")]),
        (
            {f"became-{ELDER.id}": "moved", f"day-{ELDER.id}": "2026-03-21"},
            [(f"day-{ELDER.id}", "flag.day")],
        ),
    ],
)
def test_what_became_of_somebody_is_said_with_a_day(
    county: Store, form: dict[str, str], found: list[tuple[str, str]]
) -> None:
    """Nothing said, an unknown word, a day to come: each is named."""
    with pytest.raises(FormError) as caught:
        left(county, **form)
    assert [(issue.field, issue.code) for issue in caught.value.issues] == found


def test_a_flag_takes_nothing_back_but_what_it_asked_for(county: Store) -> None:
    """A flag with the id of a visit, refused, leaves the visit where it is."""
    county.facts.record([HOUSE, ELDER])
    visit = Visit(
        FLAG_ID,
        HOUSE.id,
        (ELDER.id,),
        TODAY,
        Channel.DOOR,
        Outcome.SEEN,
        Domain.ELDERLY,
        (Society.COMMUNITY,),
    )
    county.visits.record(visit, by="w1")
    take(county, flag_of(county), FlagState.REFUSED, today=TODAY, by="head", reason="已有人管")
    assert county.visits.get(FLAG_ID) is not None
