"""Travel: how long it takes from every place to every other, and on what ground.

A planner sees travel only as a :class:`TravelTimes` value, whole seconds and
metres with its source in words. Roads (:mod:`routing.network`) are one source;
:class:`StraightLine` is the one for a station without a road file, and its
plans say so.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from fieldmap.models import Position, TravelMode
from fieldmap.settings import Settings
from routing.shapes import RouteShape

__all__ = [
    "EARTH_RADIUS_M",
    "UNREACHABLE",
    "StraightLine",
    "Travel",
    "TravelTimes",
    "haversine_m",
]

EARTH_RADIUS_M = 6_371_009.0
"""Mean radius of the Earth in metres (IUGG: 6,371,008.8)."""

UNREACHABLE = 1_000_000_000
"""Seconds and metres of a pair without a way: 32 years, longer than any day."""


@dataclass(frozen=True, slots=True, eq=False)
class TravelTimes:
    """Travel between n places by one mode.

    Attributes
    ----------
    duration_s, distance_m
        int32, shape (n, n), row = from, column = to; :data:`UNREACHABLE`
        where there is no way.
    snap_m
        int32, shape (n,): how far each place lies from the road it was put
        on; zeros where the source has no roads.
    source
        What the figures rest on, for people to read.
    """

    duration_s: NDArray[np.int32]
    distance_m: NDArray[np.int32]
    snap_m: NDArray[np.int32]
    mode: TravelMode
    source: str

    def __len__(self) -> int:
        """Return the number of places."""
        return int(self.duration_s.shape[0])

    def far(self, limit_m: int) -> list[int]:
        """Return the places whose snap is longer than `limit_m` metres."""
        return [int(i) for i in np.flatnonzero(self.snap_m > limit_m)]


class Travel(Protocol):
    """A source of travel times: roads, or a guess that says that it is one."""

    def table(self, mode: TravelMode, positions: Sequence[Position]) -> TravelTimes:
        """Return the travel times between all `positions` by `mode`."""
        ...

    def way(self, mode: TravelMode, positions: Sequence[Position]) -> RouteShape:
        """Return the way through `positions` in their order, to be drawn and told."""
        ...


@dataclass(frozen=True, slots=True)
class StraightLine:
    """Great-circle distance times a factor, at one speed per mode.

    Parameters
    ----------
    factor
        Length of the way on roads ÷ straight line; 1.4 was measured on
        Puyang's village roads.
    speeds_kmh
        Speed per mode in kilometres per hour.
    """

    factor: float
    speeds_kmh: Mapping[TravelMode, float]

    @classmethod
    def of(cls, settings: Settings) -> StraightLine:
        """Return the source that the settings describe."""
        return cls(
            settings.detour_factor,
            {
                TravelMode.WALK: settings.walk_kmh,
                TravelMode.EBIKE: settings.ebike_kmh,
                TravelMode.CAR: settings.car_cap_kmh,
            },
        )

    def table(self, mode: TravelMode, positions: Sequence[Position]) -> TravelTimes:
        """Return the travel times between all `positions` by `mode`."""
        metres = haversine_m(positions) * self.factor
        seconds = metres * 3.6 / self.speeds_kmh[mode]
        return TravelTimes(
            duration_s=np.rint(seconds).astype(np.int32),
            distance_m=np.rint(metres).astype(np.int32),
            snap_m=np.zeros(len(positions), np.int32),
            mode=mode,
            source=f"straight line × {self.factor:g}",
        )

    def way(self, mode: TravelMode, positions: Sequence[Position]) -> RouteShape:
        """Return straight lines from door to door, without steps."""
        return RouteShape.straight(positions)


def haversine_m(positions: Sequence[Position]) -> NDArray[np.float64]:
    """Return the great-circle distances in metres between all positions, shape (n, n).

    References
    ----------
    R. W. Sinnott, "Virtues of the Haversine", Sky and Telescope 68 (1984) 159.
    """
    degrees = np.array([(p.lon, p.lat) for p in positions], np.float64).reshape(-1, 2)
    lon, lat = np.radians(degrees).T
    half_lat = np.sin((lat[:, None] - lat[None, :]) / 2) ** 2
    half_lon = np.sin((lon[:, None] - lon[None, :]) / 2) ** 2
    chord = half_lat + np.cos(lat)[:, None] * np.cos(lat)[None, :] * half_lon
    return np.asarray(2 * EARTH_RADIUS_M * np.arcsin(np.sqrt(np.clip(chord, 0.0, 1.0))))
