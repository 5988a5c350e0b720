"""The coverage map as values: figures, classes, legend, table."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace

import pytest

from fieldmap.errors import InputError, language
from fieldmap.models import (
    Position,
    Responsibility,
    Snapshot,
)
from tests.fieldmap.ten import GRID_1, GRID_2, TEN, TODAY, VILLAGE, visit, with_visits
from tests.web.drawn import (
    scene_of,
)
from web._map_measures import MEASURES
from web._map_picture import coverage_picture, table
from web._map_scales import AMOUNT, LOAD, MET, MINUTES, NEUTRAL, RATE, rate_shade
from web._map_values import Scale
from web.maps import Assets, coverage_map, figures


@pytest.fixture
def english() -> Iterator[None]:
    """Speak English for one test."""
    token = language.set("en")
    yield
    language.reset(token)


def test_the_map_prints_the_measures_of_the_ten_people() -> None:
    """The rate of the walking example stands on the map with its denominator and exclusions."""
    picture = coverage_picture(scene_of())
    assert picture.title == "月探访率 · 2026-03"
    assert picture.caption == "3/7 = 42.9 % · 不计 2 人(住院 1、拒访 1)"
    assert [(c.label, c.text, c.shade.key) for c in picture.cells] == [
        ("001 一网格", "3/5 = 60.0 %", "r50"),
        ("002 二网格", "0/2 = 0.0 %", "low"),
    ]


@pytest.mark.usefixtures("english")
def test_the_map_speaks_english() -> None:
    """In English the same figures stand with English words."""
    picture = coverage_picture(scene_of())
    assert picture.title == "Contact rate · 2026-03"
    assert picture.caption == "3/7 = 42.9 % · 2 not counted (in hospital 1, refused 1)"
    assert '<html lang="en">' in coverage_map(picture)


def test_a_visit_changes_the_map_by_exactly_that_contact() -> None:
    """One door visit to C and D makes 5/7 of 3/7."""
    after = coverage_picture(scene_of(with_visits(visit("CD", TODAY))))
    assert after.total.text == "5/7 = 71.4 %"
    assert after.cells[0].text == "5/5 = 100.0 %"
    assert after.cells[0].shade.key == "full"


@pytest.mark.parametrize("key", [m.key for m in MEASURES if m.key not in ("load", "excluded")])
def test_the_cells_add_up_to_the_total(key: str) -> None:
    """Whatever is shown, grids with and without polygon and the outside add up to the whole."""
    moved = replace(TEN.households["h-A"], door=Position(116.99, 33.31))
    picture = coverage_picture(scene_of(replace(TEN, households={**TEN.households, "h-A": moved})), key)
    assert [cell.label for cell in picture.cells] == ["001 一网格", "002 二网格", "网格外"]

    def leading(text: str) -> int:
        found = re.match(r"\d+", text)
        return int(found[0]) if found else 0

    assert sum(leading(cell.text) for cell in picture.cells) == leading(picture.total.text)


@pytest.mark.parametrize(
    ("numerator", "denominator", "key"),
    [
        (10, 10, "full"),
        (9999, 10000, "r90"),
        (90, 100, "r90"),
        (8999, 10000, "r75"),
        (3, 4, "r75"),
        (7499, 10000, "r50"),
        (1, 2, "r50"),
        (4999, 10000, "low"),
        (0, 3, "low"),
        (0, 0, "none"),
    ],
)
def test_rates_have_fixed_breaks(numerator: int, denominator: int, key: str) -> None:
    """The breaks are 100, 90, 75 and 50; nobody due is no rate."""
    assert rate_shade(numerator, denominator).key == key


@pytest.mark.parametrize(
    ("value", "key"), [(0, "n0"), (1, "n1"), (2, "n2"), (4, "n2"), (5, "n5"), (10, "n10")]
)
def test_counts_have_fixed_breaks(value: int, key: str) -> None:
    """Numbers of persons change their class at 1, 2, 5 and 10."""
    assert AMOUNT.shade(value).key == NEUTRAL.shade(value).key == key


def test_loads_and_minutes_belong_to_the_class_they_fill() -> None:
    """Twelve persons are still "up to 12", and a quarter of an hour still "up to 15"."""
    assert [LOAD.shade(n).key for n in (8, 8.1, 12, 20, 20.5)] == ["l1", "l8", "l8", "l12", "l20"]
    assert [MINUTES.shade(n).key for n in (0, 15, 15.1, 60, 61)] == ["m0", "m0", "m15", "m30", "m60"]


@pytest.mark.parametrize("scale", [RATE, MET, AMOUNT, NEUTRAL, LOAD, MINUTES])
def test_every_class_has_its_own_colour_and_words(scale: Scale) -> None:
    """No two classes of a legend look alike or are called alike."""
    assert len({shade.fill for shade in scale.all}) == len(scale.all)
    assert len({shade.words for shade in scale.all}) == len(scale.all)


def test_the_legend_says_every_class_and_how_many_grids_it_has() -> None:
    """The legend is in words, with 0 due called by its name."""
    legend = figures(coverage_picture(scene_of()))["legend"]
    assert [(shade["words"], shade["n"]) for shade in legend] == [
        ("100 %", 0),
        ("90 % 以上", 0),
        ("75 % 以上", 0),
        ("50 % 以上", 1),
        ("不足 50 %", 1),
        ("无应访对象", 0),
    ]


def test_nobody_due_is_not_a_full_rate() -> None:
    """A grid with nobody due is hatched and says so."""
    empty = replace(TEN.grids[GRID_1], code=f"{VILLAGE}003", name="三网格")
    picture = coverage_picture(scene_of(replace(TEN, grids={**TEN.grids, empty.code: empty})))
    assert [(c.text, c.short, c.shade.key) for c in picture.cells[2:]] == [
        ("无应访对象", "无应访对象", "none")
    ]


def test_a_grid_without_polygon_stands_beside_the_map() -> None:
    """Who is in no polygon is never dropped: the strip has the grid and those outside all grids."""
    moved = replace(TEN.households["h-A"], door=Position(116.99, 33.31))
    scene = scene_of(replace(TEN, households={**TEN.households, "h-A": moved}))
    picture = coverage_picture(scene)
    assert [cell.label for cell in picture.drawn] == ["001 一网格"]
    assert [cell.label for cell in picture.beside] == ["002 二网格", "网格外"]
    sent = figures(picture)
    texts = {cell["code"]: (cell["label"], cell["text"]) for cell in sent["cells"]}
    assert [texts[code] for code in sent["strip"]] == [
        ("002 二网格", "0/2 = 0.0 %"),
        ("网格外", "1/1 = 100.0 %"),
    ]


def test_the_table_has_the_largest_gap_first() -> None:
    """Sorted by who is missing; a tie goes by code."""
    picture = coverage_picture(scene_of())
    rows = table(scene_of(), picture)
    assert [(cell.label, cell.gap, figures.due) for cell, figures in rows] == [
        ("001 一网格", 2, 5),
        ("002 二网格", 2, 2),
    ]


def test_without_any_polygon_there_is_still_a_page() -> None:
    """A station that has no boundaries yet gets its points and the strip."""
    grids = {code: replace(grid, polygon_wkb=None) for code, grid in TEN.grids.items()}
    picture = coverage_picture(scene_of(replace(TEN, grids=grids)))
    assert figures(picture)["strip"] == [GRID_1, GRID_2]
    assert "fitBounds" in coverage_map(picture)


def test_an_empty_station_gets_an_empty_map() -> None:
    """Without grids, people and sites nothing is drawn and nothing fails."""
    picture = coverage_picture(scene_of(Snapshot()))
    assert picture.cells == ()
    assert "fm-legend" in coverage_map(picture, assets=Assets.INLINE)


def test_an_unknown_measure_is_an_error_that_names_the_others() -> None:
    """Somebody who mistypes a measure is told which there are."""
    with pytest.raises(InputError) as error:
        coverage_picture(scene_of(), "contact-rate")
    assert error.value.code == "map.measure"
    assert "contact_rate" in str(error.value)


def test_load_per_owner_names_the_heaviest() -> None:
    """Persons with an owner, divided by owners; the heaviest is named in number only."""
    owners = {name: Responsibility(name, "w1" if name in "ABC" else "w2") for name in "ABCD"}
    picture = coverage_picture(scene_of(replace(TEN, responsibilities=owners)), "load")
    assert (picture.total.text, picture.total.beside) == ("4 人 / 2 名 = 2.0", "最多的一名共负责 3 人")
    assert [cell.shade.key for cell in picture.cells] == ["l1", "none"]
