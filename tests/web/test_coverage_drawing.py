"""The line of months and the map for the wall."""

from __future__ import annotations

from dataclasses import replace

import shapely

from fieldmap.counts import Persons
from fieldmap.figures import figures
from fieldmap.periods import Period
from fieldmap.trends import Month
from tests.web.village import TODAY
from web._coverage_drawing import line_of, wall_map
from web._map_scales import RATE
from web._map_values import Cell

NOBODY = figures([], [], [], TODAY)
SQUARE = Cell(
    "990101001201001",
    "001 一网格",
    RATE.shades[0],
    "9/10 = 90.0 %",
    "90.0 %",
    village="北坡村",
    geometry=shapely.box(107.5, 26.7, 107.51, 26.71),
)


def month(number: int, contacted: int, due: int) -> Month:
    """Return a month of 2026 with a rate."""
    return Month(
        Period.parse(f"2026-{number:02}"), replace(NOBODY, contacted=Persons(contacted), due=Persons(due))
    )


def test_a_month_with_nobody_due_is_a_gap_and_not_zero() -> None:
    """The line breaks there; 100 % is above 50 %, 0 % below."""
    drawn = line_of([month(1, 5, 10), month(2, 10, 10), month(3, 0, 0), month(4, 0, 10), month(5, 1, 10)])
    assert [path.count(",") for path in drawn.paths] == [2, 2]
    half, whole, nothing, _ = (y for _, y, _ in drawn.dots)
    assert whole < half < nothing


def test_a_single_month_is_a_point() -> None:
    """One month makes no line and stands nevertheless."""
    drawn = line_of([month(3, 5, 10)])
    assert drawn.paths == ()
    assert len(drawn.dots) == 1


def test_every_grid_on_the_wall_bears_its_figure() -> None:
    """Village, last digits and figure; upright in a narrow grid; nothing where no grid has a polygon."""
    narrow = replace(SQUARE, code="990101001201002", geometry=shapely.box(107.51, 26.7, 107.5103, 26.71))
    drawing = wall_map([SQUARE, narrow, replace(SQUARE, geometry=None)])
    assert drawing.count("<path") == drawing.count("<text") == 2
    assert "北坡村 001" in drawing
    assert "002 90.0 %" in drawing
    assert drawing.count("rotate(-90") == 1
    assert wall_map([replace(SQUARE, geometry=None)]) == ""


def test_a_village_full_of_markup_is_written_as_it_is() -> None:
    """Whatever a place is called, nothing of it becomes a part of the drawing."""
    drawing = wall_map([replace(SQUARE, village="<b>")])
    assert "<b>" not in drawing
    assert "&lt;b&gt;" in drawing
