"""Travel times without roads."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from fieldmap.models import Position, TravelMode
from fieldmap.settings import Settings
from routing import StraightLine
from routing.travel import haversine_m

STATION, NORTH, EAST = Position(115.0, 35.0), Position(115.0, 36.0), Position(116.0, 35.0)


def test_a_degree_is_as_long_as_it_should_be() -> None:
    """One degree of latitude is 111.195 km, one of longitude at 35° north shorter by its cosine."""
    metres = haversine_m([STATION, NORTH, EAST])
    assert metres[0, 1] == pytest.approx(111_195, rel=1e-5)
    assert metres[0, 2] == pytest.approx(111_195 * np.cos(np.radians(35)), rel=1e-4)


@given(
    st.lists(st.tuples(st.floats(-180, 180), st.floats(-90, 90)), max_size=6).map(
        lambda points: [Position(lon, lat) for lon, lat in points]
    )
)
def test_distances_are_symmetric_and_bounded(positions: list[Position]) -> None:
    """There and back are equally far, nothing is farther than half around the Earth, staying is free."""
    metres = haversine_m(positions)
    assert metres.shape == (len(positions), len(positions))
    assert np.allclose(metres, metres.T)
    assert np.all(np.diag(metres) == 0)
    assert np.all(metres <= 20_015_200)


@pytest.mark.parametrize(
    ("mode", "kmh"), [(TravelMode.WALK, 4.5), (TravelMode.EBIKE, 18), (TravelMode.CAR, 40)]
)
def test_the_straight_line_takes_factor_and_speed_from_the_settings(mode: TravelMode, kmh: float) -> None:
    """Metres are straight line × factor, seconds follow from the speed, and the source says so."""
    table = StraightLine.of(Settings()).table(mode, [STATION, NORTH])
    assert table.distance_m[0, 1] == round(111_195.08 * 1.4)
    assert table.duration_s[1, 0] == pytest.approx(table.distance_m[0, 1] * 3.6 / kmh, abs=1)
    assert (table.source, table.mode, table.far(0)) == ("straight line × 1.4", mode, [])


def test_the_shape_of_a_straight_line_goes_from_door_to_door() -> None:
    """Without roads the line on the map joins the positions."""
    line = StraightLine.of(Settings()).way(TravelMode.WALK, [STATION, EAST]).geometry
    assert line == ((115.0, 35.0), (116.0, 35.0))
