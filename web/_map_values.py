"""What a coverage map shows, as values: cells, layers, legend; no drawing here.

Text is in the language of the request already. Positions are WGS-84 degrees,
longitude first.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass

from shapely.geometry.base import BaseGeometry

from web.basemap import Base

__all__ = ["Cell", "Layer", "Line", "Mark", "Picture", "Scale", "Shade"]


@dataclass(frozen=True, slots=True)
class Shade:
    """One class of the legend: a colour, and the words that say the same.

    Attributes
    ----------
    key
        Short name, also the last part of the CSS class.
    fill
        CSS colour, or ``url(#…)`` of a pattern.
    words
        Chinese text of the class, marked for translation.
    """

    key: str
    fill: str
    words: str


@dataclass(frozen=True, slots=True)
class Scale:
    """The classes of a measure, the best first, with fixed breaks.

    Attributes
    ----------
    limits
        Between one class and the next.
    nothing
        The class of what has no figure: nobody due, nobody to measure.
    from_limit
        True where a limit itself belongs to the class after it.
    """

    shades: tuple[Shade, ...]
    limits: tuple[int, ...]
    nothing: Shade | None = None
    from_limit: bool = False

    def shade(self, value: float) -> Shade:
        """Return the class of a figure."""
        passed = sum(value >= limit if self.from_limit else value > limit for limit in self.limits)
        return self.shades[passed]

    @property
    def all(self) -> tuple[Shade, ...]:
        """Return the classes of the legend, with that of nothing at the end."""
        return (*self.shades, self.nothing) if self.nothing else self.shades


@dataclass(frozen=True, slots=True)
class Cell:
    """One row of figures: a grid, or those outside all grids.

    Attributes
    ----------
    code
        15-digit grid code; empty for those outside all grids.
    label
        What people call it: the code's last three digits and the name.
    text
        The figure with its denominator.
    short
        The figure alone, where there is little room.
    village
        Name of the division the grid lies in.
    beside
        What belongs to the figure: who is not counted, how many days; may be
        empty.
    lines
        Name and value of every other figure of the row.
    gap
        How much is missing: persons due and not contacted, or the figure itself.
    geometry
        The grid's polygon, or None: it then stands beside the map.
    """

    code: str
    label: str
    shade: Shade
    text: str
    short: str
    village: str = ""
    beside: str = ""
    lines: tuple[tuple[str, str], ...] = ()
    gap: int = 0
    geometry: BaseGeometry | None = None

    @property
    def digits(self) -> str:
        """Return the last three digits of the code, empty outside all grids."""
        return self.code[-3:]

    @property
    def name(self) -> str:
        """Return the label without the digits."""
        return self.label.removeprefix(self.digits).strip()


@dataclass(frozen=True, slots=True)
class Mark:
    """Something at a point: its sign, what its popup says and links to.

    ``style`` is a CSS class of ``coverage-map.css`` without its prefix. A sign
    is a number or a letter, never a name.
    """

    lon: float
    lat: float
    sign: str
    text: str
    style: str
    href: str = ""


@dataclass(frozen=True, slots=True)
class Line:
    """A way on the map, (lon, lat) pairs; ``dash`` tells lines apart without colour."""

    path: tuple[tuple[float, float], ...]
    colour: str
    text: str
    dash: str = ""


@dataclass(frozen=True, slots=True)
class Layer:
    """Marks and lines that are switched on and off together.

    Attributes
    ----------
    rest
        What belongs here and has no point, in words; empty where there is none.
    lead
        What the popup of every mark begins with, ``{n}`` being its sign.
    """

    key: str
    name: str
    marks: tuple[Mark, ...] = ()
    lines: tuple[Line, ...] = ()
    shown: bool = False
    rest: str = ""
    lead: str = ""


@dataclass(frozen=True, slots=True)
class Picture:
    """Everything on one coverage map.

    Attributes
    ----------
    title, caption
        Measure and period; the totals in one sentence.
    cells
        Every row, those with a polygon and those without; they add up to
        ``total``.
    notes
        What the map leaves out, and whose data it draws on.
    base
        The base map under it all; None without one.
    """

    title: str
    caption: str
    scale: Scale
    cells: tuple[Cell, ...]
    total: Cell
    layers: tuple[Layer, ...] = ()
    notes: tuple[str, ...] = ()
    base: Base | None = None

    @property
    def drawn(self) -> tuple[Cell, ...]:
        """Return the cells with a polygon."""
        return tuple(cell for cell in self.cells if cell.geometry is not None)

    @property
    def beside(self) -> tuple[Cell, ...]:
        """Return the cells that no polygon can show, the largest gap first."""
        return tuple(sorted((c for c in self.cells if c.geometry is None), key=lambda c: (-c.gap, c.code)))

    def counts(self) -> Mapping[str, int]:
        """Return the number of cells of each shade, by key."""
        return Counter(cell.shade.key for cell in self.cells)
