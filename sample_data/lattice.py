"""Crooked little street grids: the lanes of a village, the streets of a town."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from math import cos, sin
from random import Random

from sample_data.frame import Point

__all__ = ["Lattice", "Shape", "UnionFind"]


class UnionFind:
    """Which of n things are already connected."""

    def __init__(self, count: int) -> None:
        """Start with n separate things."""
        self._parent = list(range(count))

    def find(self, item: int) -> int:
        """Return the representative of the set an item is in."""
        while self._parent[item] != item:
            self._parent[item] = self._parent[self._parent[item]]
            item = self._parent[item]
        return item

    def join(self, a: int, b: int) -> bool:
        """Join two sets; False where they were one already."""
        a, b = self.find(a), self.find(b)
        self._parent[a] = b
        return a != b


@dataclass(frozen=True, slots=True)
class Shape:
    """Size of a lattice: columns and rows, their distance in metres, its turn in radians."""

    columns: int
    rows: int
    dx: float
    dy: float
    turn: float = 0.0
    jitter: float = 6.0
    keep: float = 0.6


@dataclass(frozen=True, slots=True)
class Lattice:
    """Crossings and the pieces of street between them.

    ``main`` are the pieces of the middle row and the middle column, which are
    always there; ``tree`` are pieces enough to reach every crossing, so that
    the others may be footpaths.
    """

    nodes: tuple[Point, ...]
    shape: Shape
    edges: tuple[tuple[int, int], ...]
    tree: frozenset[tuple[int, int]]

    @classmethod
    def grow(cls, rng: Random, centre: Point, shape: Shape) -> Lattice:
        """Return a lattice whose middle crossing lies exactly on the centre."""
        nodes = tuple(_nodes(rng, centre, shape))
        edges = list(_neighbours(shape))
        rng.shuffle(edges)
        edges.sort(key=lambda e: not _on_main(shape, e))
        sets = UnionFind(len(nodes))
        tree = frozenset(e for e in edges if sets.join(*e))
        kept = [e for e in edges if e in tree or _on_main(shape, e) or rng.random() < shape.keep]
        return cls(nodes, shape, tuple(kept), tree)

    def is_main(self, edge: tuple[int, int]) -> bool:
        """Return whether an edge belongs to the middle row or column."""
        return _on_main(self.shape, edge)

    def line(self, *, row: int | None = None, column: int | None = None) -> list[Point]:
        """Return the crossings of one row or one column, in order."""
        if row is not None:
            return [self.nodes[row * self.shape.columns + c] for c in range(self.shape.columns)]
        return [self.nodes[r * self.shape.columns + (column or 0)] for r in range(self.shape.rows)]


def _nodes(rng: Random, centre: Point, shape: Shape) -> Iterator[Point]:
    for r in range(shape.rows):
        for c in range(shape.columns):
            x, y = (c - shape.columns // 2) * shape.dx, (r - shape.rows // 2) * shape.dy
            if (x, y) != (0, 0):
                x, y = x + rng.uniform(-1, 1) * shape.jitter, y + rng.uniform(-1, 1) * shape.jitter
            east = centre[0] + x * cos(shape.turn) - y * sin(shape.turn)
            north = centre[1] + x * sin(shape.turn) + y * cos(shape.turn)
            yield round(east, 2), round(north, 2)


def _neighbours(shape: Shape) -> Iterator[tuple[int, int]]:
    for r in range(shape.rows):
        for c in range(shape.columns):
            here = r * shape.columns + c
            if c + 1 < shape.columns:
                yield here, here + 1
            if r + 1 < shape.rows:
                yield here, here + shape.columns


def _on_main(shape: Shape, edge: tuple[int, int]) -> bool:
    (r1, c1), (r2, c2) = divmod(edge[0], shape.columns), divmod(edge[1], shape.columns)
    return r1 == r2 == shape.rows // 2 or c1 == c2 == shape.columns // 2
