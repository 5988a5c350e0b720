"""A benchmark of vehicle routing as it stands in a file, in the file's own unit."""

from __future__ import annotations

from dataclasses import dataclass

from routing._rows import Floats, Rows

__all__ = ["ENDLESS", "LIGHT", "Table"]

ENDLESS = 1e18
"""A number that files write for "no limit"."""

LIGHT = 1e9
"""The heaviest load of a client."""


@dataclass(frozen=True, eq=False)
class Table:
    """What a Solomon and a VRPLIB file have in common.

    Attributes
    ----------
    ways
        Shape (n, n), the depot first.
    window
        Nothing where the file has none.
    prize
        0 where a client must be visited.
    tenths
        Whether numbers are cut off at the first decimal (else rounded to whole ones).
    first
        The file's number of the depot.
    """

    name: str
    ways: Floats
    demand: Rows
    window: Rows | None
    service: Floats
    prize: Floats
    vehicles: int
    capacity: float
    tenths: bool
    first: int
