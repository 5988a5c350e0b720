"""What was selected on the map: how it is read, and whom it means."""

from __future__ import annotations

from datetime import date

import pytest

from fieldmap.forms import FormError
from fieldmap.grids import Assignment
from fieldmap.models import Snapshot
from fieldmap.rules import load
from fieldmap.schedule import schedule
from tests.web.village import (
    CLIENTS,
    EXCLUSIONS,
    GRID_A,
    GRID_B,
    GRID_C,
    GRIDS,
    HOUSEHOLDS,
    LAT,
    LON,
    OTHER_TOWN,
    TAGS,
    TODAY,
    TOWN,
    VISITS,
)
from web.selection import MOST_DOORS, MOST_POINTS, Chosen, Selection, Span, chosen, read_selection

VIEW = Snapshot(
    grids={grid.code: grid for grid in GRIDS},
    households={house.id: house for house in HOUSEHOLDS},
    clients={client.id: client for client in CLIENTS},
    tags=TAGS,
    exclusions=EXCLUSIONS,
    visits=VISITS,
)
PLACES = {house.id: house.grid_code for house in HOUSEHOLDS} | {"h2": None}
ASSIGNMENT = Assignment(PLACES, {}, ())
CORNERS = tuple((LON + east, LAT + north) for east, north in ((0, 0), (0.01, 0), (0.01, 0.005), (0, 0.005)))
SQUARE = ";".join(f"{lon},{lat}" for lon, lat in CORNERS)


def _chosen(selection: Selection) -> Chosen:
    return chosen(selection, VIEW, ASSIGNMENT, schedule(VIEW, load(), selection.last_day(TODAY)))


def test_grids_and_an_area_are_read_and_written_the_same() -> None:
    """What was read comes back as the fields of a form and the query of an address."""
    read = read_selection(Span.WEEK, [GRID_A, "outside", GRID_A], f"{SQUARE};", VIEW)
    assert read.grids == (GRID_A, "outside")
    assert read.area == CORNERS
    names = dict(read.fields)
    assert read_selection(Span.WEEK, read.grids, names["area"], VIEW) == read
    assert read.query(TODAY).startswith(f"day=2026-03-20&span=week&grid={GRID_A}&grid=outside&area=107.5")


def test_single_households_are_read_once_each() -> None:
    """Two of them are a selection of their own, and come back as they were."""
    read = read_selection(Span.DAY, [], "", VIEW, ["h6", "h1", "h6"])
    assert read.doors == ("h6", "h1")
    assert read.query(TODAY).endswith("&household=h6&household=h1")


@pytest.mark.parametrize("doors", [["h1", "of-another-station"], [f"h{n}" for n in range(MOST_DOORS + 1)]])
def test_households_that_are_not_known_or_too_many_are_refused(doors: list[str]) -> None:
    """The mistake stands by its field, beside those of the others."""
    many = Snapshot(households={f"h{n}": HOUSEHOLDS[0] for n in range(MOST_DOORS + 1)})
    with pytest.raises(FormError) as refused:
        read_selection(Span.DAY, ["x"], "", many, doors)
    assert [(issue.field, issue.code) for issue in refused.value.issues] == [
        ("grid", "plan.grid"),
        ("household", "plan.household"),
    ]


def test_nothing_selected_is_nothing() -> None:
    """Without grid and area there is no selection, whatever the span."""
    assert not read_selection(Span.WEEK, [], "", VIEW)
    assert read_selection(Span.DAY, ["outside"], "", VIEW)


@pytest.mark.parametrize(
    ("area", "code"),
    [
        ("107.5,26.7;107.6,26.7", "plan.area"),
        (";".join(["107.5,26.7"] * (MOST_POINTS + 1)), "plan.area"),
        ("107.5,26.7;107.6,26.7;107.6", "plan.area"),
        ("107.5,26.7;107.6,26.7;nan,26.8", "plan.area"),
        ("107.5,26.7;207.6,26.7;107.6,26.8", "plan.area"),
        ("26.7,107.5;26.7,107.6;26.8,107.6", "plan.area"),
        ("here;there;everywhere", "plan.area"),
        ("0,0;1,1;1,0;0,1", "plan.area-crossing"),
        ("0,0;1,1;2,2", "plan.area-crossing"),
    ],
)
def test_an_area_that_is_none_is_refused_with_the_grids_that_are_none(area: str, code: str) -> None:
    """Both mistakes are named at once, each by its field; longitude comes first."""
    with pytest.raises(FormError) as refused:
        read_selection(Span.DAY, [GRID_A, "990101002201001x", "x"], area, VIEW)
    assert [(issue.field, issue.code) for issue in refused.value.issues] == [
        ("grid", "plan.grid"),
        ("area", code),
    ]
    assert "990101002201001x, x" in refused.value.issues[0].value


@pytest.mark.parametrize(
    ("selection", "households"),
    [
        (Selection(grids=(GRID_A,)), {"h1", "h3"}),
        (Selection(grids=("outside",)), {"h2"}),
        (Selection(grids=(GRID_B, "outside")), {"h2", "h4", "h5", "h6"}),
        (Selection(area=CORNERS), {"h1", "h2"}),
        (Selection(grids=(GRID_C,), area=CORNERS), {"h1", "h2", "h7", "h8"}),
        (Selection(grids=("outside",), doors=("h6", "gone")), {"h2", "h6"}),
    ],
)
def test_a_selection_means_the_households_there(selection: Selection, households: set[str]) -> None:
    """A grid means who is placed in it, an area whose door lies in it, a household itself."""
    assert selection.households(VIEW, ASSIGNMENT) == households


def test_who_is_meant_and_who_is_not_add_up_to_all_who_live_there() -> None:
    """Everybody in the selection is due, due later, excluded or without a rule."""
    found = _chosen(Selection(grids=(GRID_B, GRID_C)))
    listed = [d.client_id for door in found.doors for d in door.dues]
    assert listed == ["p5"]
    assert [(door.household.id, door.placed, door.callable) for door in found.doors] == [("h4", False, False)]
    assert found.unplaced == found.doors
    assert [item.client_id for item in found.later] == ["p7", "p9"]
    assert {item.client_id for item in found.excluded} == {"p6", "p8"}
    lives = [c for c in CLIENTS if c.household_id in found.households]
    assert len(lives) == found.people + len(found.later) + len(found.excluded) + found.without_rule == 6


def test_a_week_means_who_becomes_due_in_it() -> None:
    """Somebody seen on the 18th who is seen every week is not of the 20th's day, but of its week."""
    today, week = (_chosen(Selection(span, (GRID_B,))) for span in (Span.DAY, Span.WEEK))
    assert [door.household.id for door in today.doors] == ["h4"]
    assert [door.household.id for door in week.doors] == ["h4", "h6"]
    assert week.households == today.households
    assert week.within(TOWN.code)
    assert not week.within(OTHER_TOWN.code)
    assert today.selection.for_week.last_day(TODAY) == date(2026, 3, 26)
