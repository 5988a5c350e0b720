"""A road file as a graph, read without the engine that the product uses."""

from __future__ import annotations

import heapq
from collections.abc import Sequence
from itertools import pairwise
from math import cos, hypot, radians
from pathlib import Path

import numpy as np
import osmium

type Position = tuple[float, float]

CLOSED = {
    "foot": frozenset[str](),
    "bicycle": frozenset({"steps"}),
    "car": frozenset({"footway", "path", "steps", "track", "ferry"}),
}
"""What nobody of a mode may use."""


class Network:
    """Nodes, and what each is linked with, in metres."""

    def __init__(self, path: Path, mode: str) -> None:
        """Read the ways open to a mode; streets for one direction only are rare and open both ways."""
        self.places: dict[int, Position] = {}
        self.links: dict[int, list[tuple[int, float]]] = {}
        for way in osmium.FileProcessor(str(path)).with_locations():
            if not isinstance(way, osmium.osm.Way):
                continue
            kind = way.tags.get("highway") or ("ferry" if way.tags.get("route") == "ferry" else "")
            if kind and kind not in CLOSED[mode]:
                self._add([(n.ref, (n.location.lon, n.location.lat)) for n in way.nodes])
        self._ids = list(self.places)
        self._xy = np.array([self._metres(self.places[i]) for i in self._ids])

    def _add(self, nodes: list[tuple[int, Position]]) -> None:
        for (a, at), (b, bt) in pairwise(nodes):
            self.places[a], self.places[b] = at, bt
            metres = gap(at, bt)
            self.links.setdefault(a, []).append((b, metres))
            self.links.setdefault(b, []).append((a, metres))

    @staticmethod
    def _metres(place: Position) -> Position:
        return place[0] * 111_320 * cos(radians(34)), place[1] * 110_900

    def nearest(self, place: Position) -> tuple[int, float]:
        """Return the node nearest to a position and how far it is."""
        x, y = self._metres(place)
        far = np.hypot(self._xy[:, 0] - x, self._xy[:, 1] - y)
        k = int(far.argmin())
        return self._ids[k], float(far[k])

    def reach(self, start: int) -> dict[int, float]:
        """Return metres along the roads to every node that can be reached (Dijkstra)."""
        done: dict[int, float] = {}
        queue = [(0.0, start)]
        while queue:
            metres, node = heapq.heappop(queue)
            if node in done:
                continue
            done[node] = metres
            for other, length in self.links[node]:
                if other not in done:
                    heapq.heappush(queue, (metres + length, other))
        return done

    def detour(self, doors: Sequence[Position]) -> float:
        """Return the mean of road length ÷ straight line between doors over 500 m apart, each near a road."""
        snaps = [(door, *self.nearest(door)) for door in doors]
        near = [(door, node) for door, node, far in snaps if far < 250]
        ratios = []
        for door, node in near[: len(near) // 2]:
            reached = self.reach(node)
            pairs = [(gap(door, other), reached.get(end)) for other, end in near]
            ratios += [road / line for line, road in pairs if line > 500 and road is not None]
        return float(np.mean(ratios))


def gap(a: Position, b: Position) -> float:
    """Return metres between two positions (plane, a few kilometres)."""
    return hypot((a[0] - b[0]) * 111_320 * cos(radians(a[1])), (a[1] - b[1]) * 110_900)
