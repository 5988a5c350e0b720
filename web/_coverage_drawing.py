"""Small drawings of the coverage page: the line of 12 months, the map for the wall. No point, no name."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from html import escape

from shapely.geometry.base import BaseGeometry

from fieldmap.trends import Month
from web._map_values import Cell

__all__ = ["Line", "line_of", "wall_map"]

_WIDTH, _HEIGHT, _EDGE = 220, 56, 5
_WALL_WIDTH, _WALL_HEIGHT = 1000, 620
_LETTER = 11.0  # least size of a label on the wall, in the drawing's units
_LETTERS_ACROSS = 3.2  # widths of a letter that a figure such as 57.0 % takes
_SMALLEST = 8.0
_NAME = 0.62  # size of a village's name to that of the figure


@dataclass(frozen=True, slots=True)
class Line:
    """A line of months: its parts between months without anybody due, and a point for each month.

    Attributes
    ----------
    paths
        Points of an SVG polyline; 100 % is above, 0 % below.
    dots
        x, y and the month.
    """

    paths: tuple[str, ...]
    dots: tuple[tuple[float, float, Month], ...]
    width: int = _WIDTH
    height: int = _HEIGHT


def line_of(months: Sequence[Month]) -> Line:
    """Return the rates of months as a line; a month with nobody due leaves a gap."""
    step = (_WIDTH - 2 * _EDGE) / max(len(months) - 1, 1)
    paths: list[list[str]] = [[]]
    dots: list[tuple[float, float, Month]] = []
    for number, month in enumerate(months):
        share = month.figures.contact_rate.share
        if share is None:
            paths.append([])
            continue
        x, y = round(_EDGE + number * step, 1), round(_HEIGHT - _EDGE - share * (_HEIGHT - 2 * _EDGE), 1)
        paths[-1].append(f"{x},{y}")
        dots.append((x, y, month))
    return Line(tuple(" ".join(path) for path in paths if len(path) > 1), tuple(dots))


def wall_map(cells: Iterable[Cell]) -> str:
    """Draw grids with their figures as an SVG for paper; empty where none has a polygon.

    Every grid bears its last three digits and its figure: the colour is not
    alone. There is nothing else on it.
    """
    drawn = [cell for cell in cells if cell.geometry is not None]
    if not drawn:
        return ""
    view = _View.of([cell.geometry for cell in drawn])
    shapes = "".join(_shape(cell, view) for cell in drawn)
    labels = "".join(_label(cell, view) for cell in drawn)
    box = f"-2 -2 {view.width + 4:.0f} {view.height + 4:.0f}"
    return f'<svg class="wall-map" viewBox="{box}" aria-hidden="true">{shapes}{labels}</svg>'


@dataclass(frozen=True, slots=True)
class _View:
    """From degrees to the drawing: a local plane, north above."""

    west: float
    north: float
    scale_x: float
    scale_y: float
    width: float
    height: float

    @classmethod
    def of(cls, shapes: Sequence[BaseGeometry | None]) -> _View:
        boxes = [shape.bounds for shape in shapes if shape is not None]
        west, south = min(b[0] for b in boxes), min(b[1] for b in boxes)
        east, north = max(b[2] for b in boxes), max(b[3] for b in boxes)
        narrow = math.cos(math.radians((south + north) / 2))
        wide, high = max((east - west) * narrow, 1e-9), max(north - south, 1e-9)
        scale = min(_WALL_WIDTH / wide, _WALL_HEIGHT / high)
        return cls(west, north, scale * narrow, scale, wide * scale, high * scale)

    def place(self, lon: float, lat: float) -> tuple[float, float]:
        return (lon - self.west) * self.scale_x, (self.north - lat) * self.scale_y


def _shape(cell: Cell, view: _View) -> str:
    geometry = cell.geometry
    parts = getattr(geometry, "geoms", [geometry])
    rings = [ring for part in parts for ring in (part.exterior, *part.interiors)]
    path = "".join(_ring(ring.coords, view) for ring in rings)
    fill = escape(cell.shade.fill)
    return f'<path d="{path}" fill="{fill}" fill-rule="evenodd" stroke="#3c4a47" stroke-width="1.5"/>'


def _ring(coordinates: Iterable[Sequence[float]], view: _View) -> str:
    points = ("{:.1f} {:.1f}".format(*view.place(point[0], point[1])) for point in coordinates)
    return "M" + "L".join(points) + "Z"


def _label(cell: Cell, view: _View) -> str:
    """Write a grid's figure into it, upright where there is no room across."""
    assert cell.geometry is not None
    point = cell.geometry.representative_point()
    x, y = view.place(point.x, point.y)
    west, south, east, north = cell.geometry.bounds
    wide, high = (east - west) * view.scale_x, (north - south) * view.scale_y
    size = min(max(min(wide / 5, high / 3), _LETTER), 26.0)
    if wide < size * _LETTERS_ACROSS < high:
        text, size = f"{cell.digits} {cell.short}", max(wide * 0.7, _LETTER)
        return _text(x, y, size, [(text, 1.0)], f' transform="rotate(-90 {x:.1f} {y:.1f})"')
    place = f"{cell.village} {cell.digits}".strip()
    whole = size * _NAME > _SMALLEST and wide > size * _NAME * len(place)
    return _text(x, y, size, [(place if whole else cell.digits, _NAME if whole else 1.0), (cell.short, 1.0)])


def _text(x: float, y: float, size: float, lines: Sequence[tuple[str, float]], turned: str = "") -> str:
    spans = "".join(
        f'<tspan x="{x:.1f}" dy="{0 if number == 0 else size * 1.15:.1f}" font-size="{size * share:.1f}">'
        f"{escape(text)}</tspan>"
        for number, (text, share) in enumerate(lines)
    )
    return f'<text x="{x:.1f}" y="{y:.1f}" text-anchor="middle"{turned}>{spans}</text>'
