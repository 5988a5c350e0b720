"""Close-out: version 1 stays as it was, and what is known later says why it differs."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest

from fieldmap.closings import Closing, Revision, Whole, close, parts_of, revision
from fieldmap.errors import InputError
from fieldmap.models import Exclusion, ExclusionReason, Position, RuleChange, Visit
from fieldmap.periods import Period, china_day, known_instant
from fieldmap.reasons import Kind, Known, Reason
from fieldmap.rulebook import rules_in_force
from fieldmap.rules import load
from fieldmap.store import Store
from tests.fieldmap.ten import TEN, TODAY
from tests.twentytwo import G1, G2, LATE, QUARTER, WRITTEN, contact, facts, house
from tests.web.village import COUNTY, NORTH, SOUTH, TOWN

FIRST_OF_APRIL = datetime(2026, 4, 1, 1, 0, tzinfo=UTC)
THIRD_OF_APRIL = datetime(2026, 4, 3, 1, 0, tzinfo=UTC)


class Station:
    """The twenty-two in a county file, with a clock that is set forward."""

    def __init__(self, path: Path) -> None:
        self.at = WRITTEN
        self.store = Store.create(path, county=COUNTY, salt="closings", clock=lambda: self.at)
        self.store.facts.record(facts())

    def known(self, at: datetime | None = None) -> Known:
        """Return what is known at an instant, or now."""
        return Known(self.store.snapshot(known_at=at), rules_in_force(self.store, known_at=at), at or self.at)

    def frozen(self, last: Closing | None = None, revised: Revision | None = None) -> Closing:
        """Freeze the quarter and keep it."""
        number = last.version + 1 if last else 1
        made = close(
            f"c{number}",
            TOWN.code,
            self.known(),
            QUARTER,
            today=china_day(self.at),
            by="head",
            revised=revised,
            last=last,
        )
        self.store.closings.add(made)
        return made

    def revised(self, last: Closing) -> Revision | None:
        """Return how the record now differs from a version."""
        return revision(
            last,
            self.known(),
            lambda: (self.known(last.known_at), self.store.facts.written(last.known_at)),
        )


@pytest.fixture
def station(tmp_path: Path) -> Iterator[Station]:
    made = Station(tmp_path / "county.db")
    made.at = FIRST_OF_APRIL
    yield made
    made.store.close()


def test_a_late_visit_leaves_version_1_and_makes_version_2_with_the_reason(station: Station) -> None:
    """Closed at 16 of 22; the visit of 30 March that arrives on 3 April makes 17 of 22, and says so."""
    first = station.frozen()
    assert first.total.rate == (16, 22)
    station.at = THIRD_OF_APRIL
    station.store.visits.record(LATE, by="a")
    revised = station.revised(first)
    assert revised is not None
    assert revised.total.rate == (17, 22)
    assert [reason.text("en") for reason in revised.reasons] == ["1 visit of 30 March, received on 3 April"]
    assert [reason.text() for reason in revised.reasons] == ["3 月 30 日的走访 1 次,4 月 3 日 收到"]
    second = station.frozen(first, revised)
    assert (second.version, second.total.rate, second.reasons) == (2, (17, 22), revised.reasons)
    assert station.store.closings.of(TOWN.code, QUARTER) == (first, second)
    assert station.revised(second) is None


def test_the_difference_names_the_count_and_the_grid(station: Station) -> None:
    """Contacted and met, 16 to 17 in all, 9 to 10 in G1; G2 is not in it."""
    first = station.frozen()
    station.at = THIRD_OF_APRIL
    station.store.visits.record(LATE, by="a")
    revised = station.revised(first)
    assert revised is not None
    contacted = [d for d in revised.differences if d.measure == "contacted"]
    assert [(d.kind, d.code, d.before, d.after) for d in contacted] == [
        (Whole.TOTAL, "", 16, 17),
        (Whole.GRID, G1, 9, 10),
        (Whole.VILLAGE, NORTH.code, 9, 10),
    ]
    assert {d.measure for d in revised.differences} >= {"in_person", "household_times"}


def test_rows_of_grids_and_villages_add_up_to_the_whole(station: Station) -> None:
    """Each count of persons is the sum of the grids' and of the villages'; G2 has a row without polygon."""
    first = station.frozen()
    for kind in (Whole.GRID, Whole.VILLAGE):
        rows = [part for part in first.parts if part.kind is kind]
        for measure in ("people", "due", "contacted", "in_person", "never_contacted", "no_owner"):
            assert sum(part.counts[measure] for part in rows) == first.total.counts[measure]
    by_code = {part.code: part.rate for part in first.parts if part.kind is Whole.GRID}
    assert by_code[G2] == (0, 4)
    assert by_code[""] == (1, 2)
    assert {part.code for part in first.parts if part.kind is Whole.VILLAGE} == {NORTH.code, SOUTH.code}


def test_figures_as_known_then_can_be_counted_again(station: Station) -> None:
    """What is known now of 1 April gives the frozen figures, although the record went on."""
    first = station.frozen()
    station.at = THIRD_OF_APRIL
    station.store.visits.record(LATE, by="a")
    assert parts_of(station.known(first.known_at), QUARTER) == first.parts
    assert parts_of(station.known(known_instant(date(2026, 4, 2))), QUARTER) == first.parts
    assert parts_of(station.known(known_instant(date(2026, 4, 3))), QUARTER) != first.parts


def test_a_period_that_is_not_over_cannot_be_closed(station: Station) -> None:
    """On its last day the answer names the first day on which it can; a minute into that day it is done."""
    station.at = datetime(2026, 3, 31, 15, 59, tzinfo=UTC)
    with pytest.raises(InputError) as refused:
        station.frozen()
    assert (refused.value.code, refused.value.details["first"]) == ("closing.open", date(2026, 4, 1))
    station.at += timedelta(minutes=1)
    with pytest.raises(InputError):
        close("c", TOWN.code, station.known(), QUARTER, today=date(2026, 3, 31), by="head")
    assert station.frozen().version == 1


def test_closing_again_with_nothing_changed_is_refused(station: Station) -> None:
    """A visit of April changes nothing of the quarter: there is no revision and no version 2."""
    first = station.frozen()
    station.at = THIRD_OF_APRIL
    station.store.visits.record(contact(14, date(2026, 4, 2)), by="a")
    assert station.revised(first) is None
    with pytest.raises(InputError) as refused:
        station.frozen(first, station.revised(first))
    assert refused.value.code == "closing.same"


def test_a_quarter_without_anybody_has_no_figures_to_freeze(station: Station) -> None:
    """An empty record is named, not frozen as 0 of 0."""
    nothing = Known(type(TEN)(), load(), FIRST_OF_APRIL)
    with pytest.raises(InputError) as refused:
        close("c", TOWN.code, nothing, QUARTER, today=date(2026, 4, 1), by="head")
    assert refused.value.code == "closing.empty"


type Learn = Callable[[Store], object]


@pytest.mark.parametrize(
    ("learn", "kind", "text"),
    [
        (
            lambda store: store.visits.withdraw("late"),
            Kind.VISIT_GONE,
            "1 visit of 30 March, taken back on 3 April",
        ),
        (
            lambda store: store.facts.record([replace(LATE, day=date(2026, 4, 1))]),
            Kind.VISIT_GONE,
            "1 visit of 30 March, taken back on 3 April",
        ),
        (
            lambda store: store.facts.record(
                [replace(store.snapshot().clients["p9"], valid_to=date(2026, 1, 15))]
            ),
            Kind.CLIENT_OTHER,
            "ledger data of 1 person (days, birth date, household) corrected on 3 April",
        ),
        (
            lambda store: store.facts.record(
                [Exclusion("e", "p14", ExclusionReason.HOSPITAL, date(2026, 3, 2))]
            ),
            Kind.EXCLUSION,
            "1 reason not to visit recorded or changed on 3 April",
        ),
        (
            lambda store: store.facts.record(
                [replace(tag, valid_to=date(2026, 2, 1)) for tag in store.snapshot().tags if tag.id == "t14"]
            ),
            Kind.TAG,
            "1 class of people changed on 3 April",
        ),
        (
            lambda store: store.facts.record(
                [replace(store.snapshot().households["h11"], grid_code=G1, door=house(1).position)]
            ),
            Kind.HOUSEHOLD,
            "village, grid or place of 1 household corrected on 3 April",
        ),
        (
            lambda store: store.facts.record([RuleChange("E2", '{"id": "E2", "preset": "off"}')]),
            Kind.RULE,
            "the visit rules changed",
        ),
    ],
)
def test_every_thing_the_record_learns_is_said(learn: Learn, kind: Kind, text: str, station: Station) -> None:
    """A visit taken back or moved to April, a person gone, an exclusion, a class, a door, a rule."""
    station.store.visits.record(LATE, by="a")
    first = station.frozen()
    station.at = THIRD_OF_APRIL
    learn(station.store)
    revised = station.revised(first)
    assert revised is not None
    assert [reason.kind for reason in revised.reasons] == [kind]
    assert [reason.text("en") for reason in revised.reasons] == [text]


def test_a_door_marked_after_the_close_changes_nothing(station: Station) -> None:
    """Where somebody lives carries no day: who had no coordinates in March stays as it was frozen."""
    there = station.store.snapshot().households["h11"]
    station.store.facts.record([replace(there, door=None)])
    first = station.frozen()
    station.at = THIRD_OF_APRIL
    station.store.facts.record([there])
    assert first.total.counts["no_coordinates"] == 1
    assert station.revised(first) is None


def test_what_does_not_matter_is_not_given_as_a_reason(station: Station) -> None:
    """A phone number and a grid's new owner come with the late visit: only the visit is named."""
    first = station.frozen()
    station.at = THIRD_OF_APRIL
    then = station.store.snapshot()
    station.store.facts.record(
        [
            replace(then.clients["p1"], phone="13800001111"),
            replace(then.households["h2"], door=Position(116.9311, 33.3111)),
            replace(then.grids[G1], owner_id="w2"),
        ]
    )
    station.store.visits.record(LATE, by="a")
    revised = station.revised(first)
    assert revised is not None
    assert [reason.kind for reason in revised.reasons] == [Kind.VISIT_NEW]


def test_a_program_that_counts_differently_says_so(station: Station) -> None:
    """Where the record then gives other figures than were frozen, the program is the reason."""
    first = station.frozen()
    other = replace(
        first, parts=tuple(replace(p, counts={**p.counts, "due": p.counts["due"] + 1}) for p in first.parts)
    )
    revised = station.revised(other)
    assert revised is not None
    assert [reason.kind for reason in revised.reasons] == [Kind.PROGRAM]
    fewer = replace(
        first,
        parts=tuple(
            replace(p, counts={m: n for m, n in p.counts.items() if m != "overdue"}) for p in first.parts
        ),
    )
    assert station.revised(fewer) is None


def test_several_visits_of_one_delivery_are_one_sentence() -> None:
    """Days from first to last; the year is said where it is another one."""
    day, known = date(2026, 3, 28), date(2026, 4, 3)
    several = Reason(Kind.VISIT_NEW, 3, day, date(2026, 3, 30), known)
    assert several.text("en") == "3 visits of 28 March – 30 March, received on 3 April"
    assert several.text() == "3 月 28 日至 3 月 30 日的走访 3 次,4 月 3 日 收到"
    older = Reason(Kind.VISIT_NEW, 1, date(2025, 12, 30), date(2025, 12, 30), known)
    assert older.text("en") == "1 visit of 30 December 2025, received on 3 April"


def test_no_reason_and_no_figure_names_anybody(station: Station) -> None:
    """What is kept and what is said has no name, no person's id and no coordinate."""
    first = station.frozen()
    station.at = THIRD_OF_APRIL
    station.store.visits.record(LATE, by="a")
    revised = station.revised(first)
    assert revised is not None
    said = f"{first} {revised}"
    for client in station.store.snapshot().clients.values():
        assert client.name not in said
        assert f"'{client.id}'" not in said
    assert "116.93" not in said


def test_ten_people_in_a_month() -> None:
    """The hand-counted ten: 3 of 7, one in hospital and one who refused beside it."""
    april = Known(TEN, load(), datetime(2026, 4, 1, tzinfo=UTC))
    total = parts_of(april, Period.month(TODAY))[0].counts
    assert (total["excluded_hospital"], total["excluded_refused"]) == (1, 1)


def test_a_visit_is_no_other_for_a_note(station: Station) -> None:
    """A note that is corrected is not a figure."""
    station.store.visits.record(LATE, by="a")
    first = station.frozen()
    station.at = THIRD_OF_APRIL
    noted: Visit = replace(LATE, note="门铃坏了")
    station.store.facts.record([noted])
    assert station.revised(first) is None
