"""The made grids: tiles of their villages, two without polygon, one in the wrong datum."""

from __future__ import annotations

import json
from collections.abc import Iterator
from itertools import combinations
from math import cos, hypot, radians
from pathlib import Path
from typing import Any

import pytest
import shapely
from shapely.geometry import shape
from shapely.geometry.base import BaseGeometry

from sample_data import Recipe
from sample_data.frame import Frame, gcj02
from sample_data.grids import cut_grids, grid_of
from sample_data.places import lay_out
from sample_data.township import Station

METRES = 111_320 * cos(radians(33.3)) * 110_922
"""Square metres of a square degree there."""


@pytest.fixture(scope="module")
def features(township: Path) -> list[dict[str, Any]]:
    """Return the features of the file."""
    found: list[dict[str, Any]] = json.loads((township / "grids.geojson").read_text(encoding="utf-8"))[
        "features"
    ]
    return found


@pytest.mark.parametrize(
    ("wgs", "gcj"),
    [
        ((118.317, 32.302), (118.322401, 32.299993)),
        ((104.066, 30.572), (104.068504, 30.569545)),
        ((107.52, 26.686), (107.524196, 26.682445)),
    ],
)
def test_shift_is_the_public_one(wgs: tuple[float, float], gcj: tuple[float, float]) -> None:
    """The formula gives the known positions to a tenth of a metre."""
    assert gcj02(*wgs) == pytest.approx(gcj, abs=1e-6)


def test_codes_are_village_codes_with_three_digits_more(
    features: list[dict[str, Any]], township: Path
) -> None:
    """Eighteen grids, each in a division that exists, numbered from 001 within it."""
    divisions = (township / "divisions.csv").read_text(encoding="utf-8").splitlines()[1:]
    villages = {line.split(",")[0] for line in divisions if line.split(",")[2] == "4"}
    codes = [f["properties"]["code"] for f in features]
    assert len(set(codes)) == 18
    assert {c[:12] for c in codes} == villages
    assert all(len(c) == 15 and c[:2] == "99" and c[12:] in {"001", "002"} for c in codes)


def test_two_have_no_polygon(features: list[dict[str, Any]], truth: dict[str, Any]) -> None:
    """Their geometry is null, and the truth names them."""
    without = [f["properties"]["code"] for f in features if f["geometry"] is None]
    assert len(without) == 2
    assert without == truth["grids_without_polygon"]


def test_one_is_drawn_in_gcj02_and_says_wgs84(station: Station, features: list[dict[str, Any]]) -> None:
    """It lies 300 to 700 m from its land, all corners by the same way; the others lie on theirs."""
    frame = Frame()
    moved = []
    for grid, feature in zip(station.grids, features, strict=True):
        assert feature["properties"]["datum"] == "WGS-84"
        if feature["geometry"] is None:
            continue
        drawn, land = shape(feature["geometry"]).centroid, grid.land.centroid
        lon, lat = frame.degrees((land.x, land.y))
        gap = hypot((drawn.x - lon) * 93_050, (drawn.y - lat) * 110_922)
        if gap > 5:
            moved.append((feature["properties"]["code"], gap))
    assert [code for code, _ in moved] == [g.code for g in station.grids if g.shifted]
    assert len(moved) == 1
    assert moved[0][1] == pytest.approx(500, abs=100)


def drawn(features: list[dict[str, Any]], station: Station) -> Iterator[BaseGeometry]:
    flawed = {g.code for g in station.grids if g.shifted}
    for feature in features:
        if feature["geometry"] and feature["properties"]["code"] not in flawed:
            yield shape(feature["geometry"])


def test_polygons_are_valid_and_do_not_overlap(features: list[dict[str, Any]], station: Station) -> None:
    """Apart from the shifted one, no two share more than a square metre."""
    polygons = list(drawn(features, station))
    assert len(polygons) == 15
    assert all(p.is_valid and p.area > 0 for p in polygons)
    overlaps = [a.intersection(b).area * METRES for a, b in combinations(polygons, 2)]
    assert max(overlaps) < 1


def test_grids_of_a_village_tile_it(station: Station) -> None:
    """The strips of a village together are its land."""
    for k, village in enumerate(station.town.villages):
        strips = shapely.union_all([g.land for g in station.grids if g.village == k])
        assert strips.symmetric_difference(village.land).area < 1


def test_villages_tile_the_township(station: Station) -> None:
    """The lands of the villages together are the whole square, once."""
    lands = [v.land for v in station.town.villages]
    assert sum(land.area for land in lands) == pytest.approx(8_000**2, rel=1e-6)
    assert shapely.union_all(lands).area == pytest.approx(8_000**2, rel=1e-6)


def test_every_household_lies_in_its_grid(station: Station) -> None:
    """The grid written beside a door is the one whose land the door stands on."""
    lands = {g.code: g.land for g in station.grids}
    assert all(lands[h.door.grid_code].covers(shapely.Point(h.door.at)) for h in station.houses)


def test_grids_hold_about_as_many_houses(station: Station) -> None:
    """The strips of a village divide its houses, they do not only divide its land."""
    counts: dict[str, int] = {}
    for house in station.buildings:
        code = grid_of(station.grids, house).code
        counts[code] = counts.get(code, 0) + 1
    for village in station.town.villages:
        first, second = (counts[f"{village.code}{n}"] for n in ("001", "002"))
        assert abs(first - second) <= 6


def test_a_rural_township_has_a_grid_for_each_village() -> None:
    """Fifty-four villages, one grid each, of which six have no polygon and three are shifted."""
    recipe = Recipe(preset="rural")
    town = lay_out(recipe)[0]
    grids = cut_grids(town, [], recipe.grids_of(0))
    assert len(town.villages) == len(grids) == 54
    assert sum(not g.drawn for g in grids) == 6
    assert sum(g.shifted for g in grids) == 3
    assert not any(g.shifted and not g.drawn for g in grids)
