"""The program that times the measures, on a county small enough for a test."""

from __future__ import annotations

from fieldmap.coverage import measures
from fieldmap.rules import load
from tests.benchmarks.bench_coverage import MARCH, disagreements, elsewhere, frames, joined
from tests.benchmarks.counties import TODAY, CountyRecipe, make_county

SMALL = CountyRecipe(stations=2, villages=3, clients=400)


def test_a_made_county_is_the_same_for_the_same_seed() -> None:
    """The seed alone decides the county, and it has what real files have."""
    county = make_county(3, SMALL)
    assert county == make_county(3, SMALL)
    assert county.visits != make_county(4, SMALL).visits
    assert len(county.clients) == 400
    assert any(grid.polygon_wkb is None for grid in county.grids.values())
    assert any(house.place is None for house in county.households.values())


def test_the_peer_counts_the_same_and_misses_the_listed_grids() -> None:
    """Persons and visits agree in all; a join of points and polygons loses whoever is in no polygon."""
    county = make_county(3, SMALL)
    ours = measures(county, load(), MARCH, TODAY)
    peer = joined(frames(county))
    assert disagreements(ours, county, peer) == []
    assert elsewhere(ours.assignment, peer) > 0
