"""Places of service: the station, rooms, a care institution, clinics, schools, meal points."""

from __future__ import annotations

from dataclasses import dataclass
from random import Random
from typing import Any

from sample_data.frame import Frame, Point
from sample_data.places import Township
from sample_data.recipe import Recipe

__all__ = ["Site", "place_sites", "site_feature"]


@dataclass(frozen=True, slots=True)
class Site:
    """A place with its functions (codes of the product) and where it is."""

    id: str
    name: str
    functions: tuple[str, ...]
    division_code: str
    at: Point
    address: str


def place_sites(recipe: Recipe, town: Township) -> list[Site]:
    """Return the sites of a township; the station is the first, the care institution the second."""
    rng = recipe.random("sites", town.index)
    west, east = town.villages[0], town.villages[1]
    plan: list[tuple[str, tuple[str, ...], int, Point]] = [
        # Three stations in one: social work, protection of minors, elder service.
        (
            f"{town.name}社会工作服务站(三站合一)",
            ("station", "room", "meal_point"),
            0,
            _near(rng, west.centre),
        ),
        (f"{town.name}敬老院", ("care_institution", "meal_point"), 1, _near(rng, east.centre, 450)),
        (f"{town.name}卫生院", ("clinic",), 1, _near(rng, east.centre)),
        (f"{town.name}中心小学", ("school",), 0, _near(rng, west.centre, 300)),
        (f"{town.name}初级中学", ("school",), 1, _near(rng, east.centre, 300)),
        (f"{east.name}社会工作服务室", ("room", "meal_point"), 1, _near(rng, east.centre)),
    ]
    for k, village in enumerate(town.villages):
        if village.urban:
            continue
        if k % 2 == 0:
            functions = ("room", "meal_point") if k % 4 == 0 else ("room",)
            plan.append((f"{village.name}社会工作服务室", functions, k, _near(rng, village.centre, 60)))
        if k % 3 != 1:
            plan.append((f"{village.name}卫生室", ("clinic",), k, _near(rng, village.centre, 90)))
        if k % 4 == 3:
            plan.append((f"{village.name}小学", ("school",), k, _near(rng, village.centre, 120)))
    return [
        Site(
            f"{town.code[:9]}-S{n:02d}",
            name,
            functions,
            town.villages[k].code,
            at,
            f"{town.name}{town.villages[k].name}",
        )
        for n, (name, functions, k, at) in enumerate(plan, start=1)
    ]


def _near(rng: Random, centre: Point, reach: float = 120) -> Point:
    return round(centre[0] + rng.uniform(-reach, reach), 2), round(centre[1] + rng.uniform(-reach, reach), 2)


def site_feature(site: Site, frame: Frame) -> dict[str, Any]:
    """Return a GeoJSON feature."""
    properties = {
        "id": site.id,
        "name": site.name,
        "functions": list(site.functions),
        "division_code": site.division_code,
        "address": site.address,
    }
    return {
        "type": "Feature",
        "properties": properties,
        "geometry": {"type": "Point", "coordinates": list(frame.degrees(site.at))},
    }
