"""What a map shows beside ways and houses: the names of villages and sites, and the water of the river."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

from sample_data.frame import Point
from sample_data.places import Township
from sample_data.sites import Site

__all__ = ["Sight", "sights"]

_RIVER_M = 32.0
_TAGS = {
    "station": {"office": "government"},
    "room": {"amenity": "social_facility"},
    "care_institution": {"amenity": "nursing_home"},
    "clinic": {"amenity": "clinic"},
    "school": {"amenity": "school"},
}


@dataclass(frozen=True, slots=True)
class Sight:
    """A point, or a ring whose last point is its first, with the tags OpenStreetMap has for it."""

    points: tuple[Point, ...]
    tags: dict[str, str] = field(default_factory=dict)


def sights(town: Township, sites: Iterable[Site]) -> Iterator[Sight]:
    """Yield what there is to see in a township."""
    yield Sight((town.origin,), {"place": "town", "name": town.name})
    for village in town.villages:
        kind = "neighbourhood" if village.urban else "village"
        yield Sight((village.centre,), {"place": kind, "name": village.name})
    for site in sites:
        yield Sight((site.at,), {**_TAGS[site.functions[0]], "name": site.name})
    yield Sight(_banks(town), {"natural": "water", "water": "river", "name": "泾溪河"})


def _banks(town: Township) -> tuple[Point, ...]:
    """Return the edge of the water, some way inside of the dikes."""
    middle = [(x, y) for x, y, *_ in town.river.coords]
    north = [(x, round(y + _RIVER_M, 2)) for x, y in middle]
    south = [(x, round(y - _RIVER_M, 2)) for x, y in reversed(middle)]
    return (*north, *south, north[0])
