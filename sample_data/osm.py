"""Write ways, houses and what else a map shows as an OpenStreetMap file, the same bytes every time."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

import osmium
from osmium.osm.mutable import Node
from osmium.osm.mutable import Way as OsmWay

from sample_data.buildings import Building
from sample_data.frame import Frame, Point
from sample_data.roads import Way
from sample_data.sights import Sight

__all__ = ["write_osm"]

# Above every identifier that OpenStreetMap has given so far.
_FIRST_ID = 900_000_000_000


def write_osm(
    path: Path,
    frame: Frame,
    ways: Iterable[Way],
    houses: Iterable[Building],
    sights: Iterable[Sight] = (),
) -> int:
    """Write nodes, then ways, each in the order of their identifiers; return the number of nodes.

    Same bytes for the same input need a header with nothing but the
    generator's name and coordinates of seven decimals.
    """
    lines = [(w.points, w.tags) for w in ways]
    lines += [(tuple(h.corners()), {"building": "house"}) for h in houses]
    seen = tuple(sights)
    lines += [(s.points, s.tags) for s in seen if len(s.points) > 1]
    tags_of = {s.points[0]: s.tags for s in seen if len(s.points) == 1}
    ids: dict[Point, int] = {}
    for points, _ in lines:
        for point in points:
            ids.setdefault(point, _FIRST_ID + len(ids))
    for point in tags_of:
        ids.setdefault(point, _FIRST_ID + len(ids))
    path.unlink(missing_ok=True)
    header = osmium.io.Header()
    header.set("generator", "sample_data")
    with osmium.SimpleWriter(str(path), header=header) as writer:
        for point, number in ids.items():
            tags = tags_of.get(point, {})
            writer.add_node(Node(id=number, version=1, location=frame.degrees(point), tags=tags))
        for k, (points, tags) in enumerate(lines):
            writer.add_way(OsmWay(id=_FIRST_ID + k, version=1, nodes=[ids[p] for p in points], tags=tags))
    return len(ids)
