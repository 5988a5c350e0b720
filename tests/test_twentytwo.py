"""The naive map says 93.8 %, the honest one 72.7 %: twenty-two people, counted by hand."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import geopandas
import pandas
import pytest
import shapely

from fieldmap.counts import Persons, Rate
from fieldmap.coverage import Coverage, measures
from fieldmap.errors import language
from fieldmap.periods import Period
from fieldmap.rollup import published, roll_up
from fieldmap.rules import load
from fieldmap.store import Store
from tests import twentytwo
from tests.twentytwo import G1, G2, G3, LAST_DAY, LATE, MARCH, QUARTER
from tests.web.village import COUNTY, NORTH, SOUTH, TOWN

ARRIVED = datetime(2026, 4, 3, 1, 0, tzinfo=UTC)


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    """Return the township of the twenty-two."""
    path = twentytwo.build(tmp_path / "county.db").path
    opened = Store.open(path, clock=lambda: ARRIVED)
    yield opened
    opened.close()


def honest(store: Store, period: Period = MARCH) -> Coverage:
    """Return the measures of a period as of its last day."""
    return measures(store.snapshot(), load(), period, LAST_DAY)


def rate(contacted: int, due: int) -> Rate:
    """Return a rate from which nobody is excluded."""
    return Rate(Persons(contacted), Persons(due))


def test_the_naive_map_says_938_percent(store: Store) -> None:
    """Who joins doors to polygons as drawn, or counts the drawn grids by their codes, finds hardly a gap."""
    view = store.snapshot()
    rows = pandas.DataFrame(
        {"grid": h.grid, "due": 1, "contacted": int(h.seen is not None and h.seen in MARCH)}
        for h in twentytwo.HOUSES
    )
    drawn = rows[rows.grid.isin([code for code, grid in view.grids.items() if grid.polygon_wkb])]
    assert f"{drawn.contacted.sum()}/{drawn.due.sum()}" == "15/16"
    assert f"{drawn.contacted.sum() / drawn.due.sum():.1%}" == "93.8%"
    points = geopandas.GeoSeries([shapely.Point(h.position.lon, h.position.lat) for h in twentytwo.HOUSES])
    third = shapely.from_wkb(view.grids[G3].polygon_wkb)
    assert points.within(third).sum() == 0, "drawn half a kilometre off, the grid holds none of its six"


@pytest.mark.parametrize("period", [MARCH, QUARTER], ids=str)
def test_the_honest_one_says_727_percent_and_its_rows_add_up(store: Store, period: Period) -> None:
    """Sixteen of twenty-two: the grid without polygon and those outside are rows like the others."""
    coverage = honest(store, period)
    assert str(coverage.total.contact_rate) == "16/22 = 72.7 %"
    rows = {row.code: row.figures.contact_rate for row in coverage.grids}
    assert rows == {G1: rate(9, 10), G2: rate(0, 4), G3: rate(6, 6), None: rate(1, 2)}
    assert sum(part.numerator for part in rows.values()) == 16
    assert sum(part.denominator for part in rows.values()) == 22
    never = {row.code: row.figures.never_contacted for row in coverage.grids}
    assert never == {G1: 0, G2: 3, G3: 0, None: 0}


def test_the_third_grid_is_named_with_its_offset(store: Store) -> None:
    """G3 looks like GCJ-02, about half a kilometre off; its six are counted in it all the same."""
    found = [issue for issue in honest(store).issues if issue.code == "grid.gcj02"]
    assert [issue.value for issue in found] == [G3]
    assert found[0].details["kilometres"] == "0.5"
    token = language.set("en")
    try:
        assert "looks like GCJ-02, offset about 0.5 km" in str(found[0])
    finally:
        language.reset(token)


def test_a_late_visit_is_absent_as_known_before_and_present_as_known_now(store: Store) -> None:
    """A visit of 30 March that is received on 3 April counts on 30 March, from 3 April on."""
    store.visits.record(LATE, by="worker")
    then = store.snapshot(known_at=datetime(2026, 4, 1, 15, 59, tzinfo=UTC))
    assert str(measures(then, load(), QUARTER, LAST_DAY).total.contact_rate) == "16/22 = 72.7 %"
    assert str(honest(store, QUARTER).total.contact_rate) == "17/22 = 77.3 %"


def test_what_goes_upward_has_the_same_total_and_withholds_small_villages(store: Store) -> None:
    """Town and county print 16 of 22; a village whose one unseen person would follow prints no contacts."""
    table = published(roll_up(store.snapshot(), load(), MARCH, LAST_DAY))
    for code in (TOWN.code, COUNTY.code):
        assert (table[code].persons["contacted"], table[code].persons["due"]) == (16, 22)
    for code in (NORTH.code, SOUTH.code):
        assert table[code].persons["contacted"] is None
