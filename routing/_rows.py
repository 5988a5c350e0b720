"""Tables of numbered rows in a text file, as Solomon's and VRPLIB's are."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from routing._findings import MOST, Findings

__all__ = ["MOST_PLACES", "Field", "Floats", "Line", "Rows", "distances", "lines_of", "numbered"]

type Floats = NDArray[np.float64]

MOST_PLACES = 2_001
"""A depot and 2,000 clients; the first plan of more takes longer than the seconds asked for."""


class Line(NamedTuple):
    """A line that says something: its number from 1, its words."""

    number: int
    words: list[str]


class Field(NamedTuple):
    """A column: its heading, the numbers that may stand in it, whether they follow those before it."""

    name: str
    least: float = 0
    most: float = MOST
    rising: bool = False


class Rows(NamedTuple):
    """Values by place, the depot first, and the line each stands in (0: in none)."""

    values: Floats
    lines: NDArray[np.int64]


def lines_of(text: Sequence[str]) -> list[Line]:
    """Return the lines that are neither empty nor a remark."""
    split = (Line(number, line.split()) for number, line in enumerate(text, 1))
    return [line for line in split if line.words and not line.words[0].startswith("#")]


def numbered(found: Findings, lines: Sequence[Line], fields: Sequence[Field], ids: range, name: str) -> Rows:
    """Return a table whose rows begin with the number of a place.

    Parameters
    ----------
    ids
        The numbers that must stand there, each once.
    name
        What the numbers are called where one is wrong.
    """
    rows = Rows(np.zeros((len(ids), len(fields))), np.zeros(len(ids), np.int64))
    for line, words in lines:
        if len(words) != 1 + len(fields):
            found.add("instance.columns", " ".join(words), line, name, count=1 + len(fields))
            continue
        number = found.number(words[0], line, name, ids[0], ids[-1], whole=True)
        at = ids.index(int(number)) if number is not None else -1
        if at >= 0 and rows.lines[at]:
            found.add("instance.ids", words[0], line, name, first=ids[0], last=ids[-1])
        values = _values(found, Line(line, words[1:]), fields)
        if at >= 0 and not rows.lines[at]:
            rows.lines[at], rows.values[at] = line, values
    missing = [str(ids[at]) for at in np.flatnonzero(rows.lines == 0)]
    if missing:
        found.add("instance.absent", ", ".join(missing), field=name, first=ids[0], last=ids[-1])
    return rows


def _values(found: Findings, line: Line, fields: Sequence[Field]) -> list[float]:
    """Return the numbers of a row, 0 for each that is wrong."""
    values = [
        found.number(word, line.number, field.name, field.least, field.most)
        for word, field in zip(line.words, fields, strict=True)
    ]
    for field, word, before, value in zip(fields[1:], line.words[1:], values, values[1:], strict=False):
        if field.rising and before is not None and value is not None and value < before:
            found.add("instance.window", f"{before:g} > {word}", line.number, field.name)
    return [0.0 if value is None else value for value in values]


def distances(points: Floats) -> Floats:
    """Return the straight ways between all places, shape (n, n)."""
    return np.asarray(np.hypot(*np.moveaxis(points[:, None] - points[None], 2, 0)), np.float64)
