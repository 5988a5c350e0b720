"""Datums: the test vectors, the way back, and a batch in the wrong one."""

from __future__ import annotations

import coord_convert.transform as oracle
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from shapely.geometry import box

from fieldmap.datum import Datum, from_wgs84, offset_suspicion, to_wgs84

# lon, lat in WGS-84, GCJ-02 and BD-09 (domain brief §4.1)
VECTORS = [
    ((118.317, 32.302), (118.322401, 32.299993), (118.328821, 32.306350)),
    ((104.066, 30.572), (104.068504, 30.569545), (104.074978, 30.575564)),
    ((107.520, 26.686), (107.524196, 26.682445), (107.530633, 26.688763)),
]
METRE = 1 / 111_320

inland_lon = st.floats(75.0, 134.0)
inland_lat = st.floats(18.5, 53.0)


@pytest.mark.parametrize(("wgs", "gcj", "bd"), VECTORS)
def test_vectors(wgs: tuple[float, float], gcj: tuple[float, float], bd: tuple[float, float]) -> None:
    """The published points come out to the sixth decimal."""
    assert from_wgs84(*wgs, Datum.GCJ02) == pytest.approx(gcj, abs=6e-7)
    assert from_wgs84(*wgs, Datum.BD09) == pytest.approx(bd, abs=6e-7)
    assert to_wgs84(*bd, Datum.BD09) == pytest.approx(wgs, abs=1.5e-6)


@given(inland_lon, inland_lat, st.sampled_from(Datum))
def test_round_trip(lon: float, lat: float, datum: Datum) -> None:
    """There and back again ends within 0.2 mm."""
    back = to_wgs84(*from_wgs84(lon, lat, datum), datum)
    assert back == pytest.approx((lon, lat), abs=2e-4 * METRE)


@given(inland_lon, inland_lat)
def test_oracle(lon: float, lat: float) -> None:
    """An independent package says the same, one point at a time."""
    assert from_wgs84(lon, lat, Datum.GCJ02) == pytest.approx(oracle.wgs2gcj(lon, lat), abs=1e-9)
    assert from_wgs84(lon, lat, Datum.BD09) == pytest.approx(oracle.wgs2bd(lon, lat), abs=1e-9)
    assert to_wgs84(lon, lat, Datum.GCJ02) == pytest.approx(oracle.gcj2wgs(lon, lat), abs=2e-9)


def test_arrays_keep_shape_and_holes() -> None:
    """Whole columns are turned at once; what has no coordinates stays without."""
    lon, lat = from_wgs84([118.317, np.nan], [32.302, np.nan], Datum.GCJ02)
    assert lon.shape == (2,)
    assert lon[0] == pytest.approx(118.322401, abs=6e-7)
    assert np.isnan(lon[1])
    assert np.isnan(lat[1])


def test_outside_china_nothing_is_shifted() -> None:
    """Abroad the shifted datums are the same as WGS-84."""
    assert from_wgs84(2.35, 48.85, Datum.BD09) == pytest.approx((2.35, 48.85), abs=0)


@pytest.mark.parametrize(
    ("text", "datum"),
    [
        ("WGS84", Datum.WGS84),
        ("wgs-84", Datum.WGS84),
        ("国家2000", Datum.CGCS2000),
        ("CGCS2000坐标系", Datum.CGCS2000),
        ("高德", Datum.GCJ02),
        ("火星坐标系", Datum.GCJ02),
        ("GCJ-02", Datum.GCJ02),
        ("bd09ll", Datum.BD09),
        ("百度坐标", Datum.BD09),
        ("北京54", None),
        ("", None),
    ],
)
def test_names(text: str, datum: Datum | None) -> None:
    """A datum is known by each of its usual names, and by no other."""
    assert Datum.parse(text) is datum


GRIDS = [box(116.90 + i * 0.01, 33.30, 116.91 + i * 0.01, 33.31) for i in range(4)]
EAST, NORTH = np.linspace(116.9005, 116.9395, 24), np.linspace(33.3005, 33.3095, 10)
LON, LAT = (axis.ravel() for axis in np.meshgrid(EAST, NORTH))
HOME = [int((x - 116.90) // 0.01) for x in LON]


@pytest.mark.parametrize("belongs", [None, HOME])
@pytest.mark.parametrize("datum", [Datum.GCJ02, Datum.BD09])
def test_wrong_datum_is_noticed(datum: Datum, belongs: list[int] | None) -> None:
    """A batch in GCJ-02 or BD-09 that claims WGS-84 is recognised, with its vector."""
    suspicion = offset_suspicion(*from_wgs84(LON, LAT, datum), GRIDS, belongs=belongs)
    assert suspicion is not None
    assert (suspicion.datum, suspicion.areas) == (datum, False)
    assert suspicion.share_suspected == 1.0
    assert 300 < suspicion.distance_m < (700 if datum is Datum.GCJ02 else 1700)


def test_wrong_areas_are_noticed() -> None:
    """Grids drawn in GCJ-02 are suspected, not the points."""
    west, south = map(float, from_wgs84(116.90, 33.30, Datum.GCJ02))
    grids = [box(west + i * 0.01, south, west + i * 0.01 + 0.01, south + 0.01) for i in range(4)]
    suspicion = offset_suspicion(LON, LAT, grids, belongs=HOME)
    assert suspicion is not None
    assert (suspicion.datum, suspicion.areas) == (Datum.GCJ02, True)


def test_right_datum_is_left_alone() -> None:
    """Points where they belong, too few points, or no areas raise no suspicion."""
    assert offset_suspicion(LON, LAT, GRIDS, belongs=HOME) is None
    assert offset_suspicion(*from_wgs84(LON[:5], LAT[:5], Datum.GCJ02), GRIDS) is None
    assert offset_suspicion(LON, LAT, []) is None
