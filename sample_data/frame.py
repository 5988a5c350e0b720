"""From metres on a plane to degrees, and the shifted datum of Chinese maps."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from math import cos, pi, radians, sin, sqrt

__all__ = ["Frame", "Point", "gcj02"]

type Point = tuple[float, float]

_M_PER_DEGREE_LAT = 110_922.0
_M_PER_DEGREE_LON_EQUATOR = 111_320.0

# Krasovsky 1940, as used by the public GCJ-02 formulas.
_A = 6_378_245.0
_EE = 0.006_693_421_622_965_943


@dataclass(frozen=True, slots=True)
class Frame:
    """A plane in metres, x east and y north, laid on the plain of north Anhui.

    The place is real and empty of meaning; nothing that lies there is drawn.
    """

    lon0: float = 116.9
    lat0: float = 33.3

    def degrees(self, point: Point) -> Point:
        """Return WGS-84 longitude and latitude, seven decimals (1 cm)."""
        x, y = point
        scale = _M_PER_DEGREE_LON_EQUATOR * cos(radians(self.lat0))
        return round(self.lon0 + x / scale, 7), round(self.lat0 + y / _M_PER_DEGREE_LAT, 7)

    def ring(self, points: Iterable[Point]) -> list[list[float]]:
        """Return a GeoJSON ring."""
        return [list(self.degrees(p)) for p in points]


def gcj02(lon: float, lat: float) -> Point:
    """Shift a WGS-84 position as Chinese internet maps do.

    Examples
    --------
    >>> gcj02(118.317, 32.302)
    (118.322401, 32.299993)
    """
    x, y = lon - 105.0, lat - 35.0
    dlat = -100 + 2 * x + 3 * y + 0.2 * y * y + 0.1 * x * y + 0.2 * sqrt(abs(x)) + _waves(x, y)
    dlon = 300 + x + 2 * y + 0.1 * x * x + 0.1 * x * y + 0.1 * sqrt(abs(x)) + _waves_east(x)
    magic = 1 - _EE * sin(radians(lat)) ** 2
    dlat = dlat * 180 / (_A * (1 - _EE) / (magic * sqrt(magic)) * pi)
    dlon = dlon * 180 / (_A / sqrt(magic) * cos(radians(lat)) * pi)
    return round(lon + dlon, 6), round(lat + dlat, 6)


def _waves(x: float, y: float) -> float:
    ripple = (20 * sin(6 * x * pi) + 20 * sin(2 * x * pi)) * 2 / 3
    slow = (20 * sin(y * pi) + 40 * sin(y / 3 * pi)) * 2 / 3
    slower = (160 * sin(y / 12 * pi) + 320 * sin(y * pi / 30)) * 2 / 3
    return ripple + slow + slower


def _waves_east(x: float) -> float:
    ripple = (20 * sin(6 * x * pi) + 20 * sin(2 * x * pi)) * 2 / 3
    slow = (20 * sin(x * pi) + 40 * sin(x / 3 * pi)) * 2 / 3
    slower = (150 * sin(x / 12 * pi) + 300 * sin(x / 30 * pi)) * 2 / 3
    return ripple + slow + slower
