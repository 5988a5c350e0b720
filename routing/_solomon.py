"""The text format of Solomon and of Gehring and Homberger."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from routing._findings import Findings
from routing._rows import MOST_PLACES, Field, Line, Rows, distances, numbered
from routing._table import ENDLESS, LIGHT, Table

__all__ = ["recognised", "table"]

_PLACE = (Field("XCOORD", -1e9, 1e9), Field("YCOORD", -1e9, 1e9))
_CLIENT = (
    *_PLACE,
    Field("DEMAND", most=LIGHT),
    Field("READY TIME"),
    Field("DUE DATE", most=ENDLESS, rising=True),
    Field("SERVICE TIME"),
)


def recognised(lines: Sequence[Line]) -> bool:
    """Return whether the file is of this format."""
    return _heading(lines[:12], "CUSTOMER") is not None


def table(lines: Sequence[Line], found: Findings) -> Table:
    """Return what the file says.

    Raises
    ------
    InputError
        It is not consistent.
    """
    begin = _heading(lines, "CUSTOMER") or 0
    vehicles, capacity = _fleet(lines[:begin], found)
    rows = _body(lines[begin + 1 :])
    if not rows:
        found.add("instance.missing", field="CUSTOMER", allowed="CUST NO. XCOORD. …")
        found.end()
    if len(rows) > MOST_PLACES:
        found.add("instance.size", f"{len(rows):,}", field="CUSTOMER", most=f"{MOST_PLACES:,}")
        found.end()
    values, at = numbered(found, rows, _CLIENT, range(len(rows)), "CUST NO.")
    found.end()
    return Table(
        name=" ".join(lines[0].words),
        ways=distances(values[:, :2]),
        demand=Rows(values[:, 2], at),
        window=Rows(values[:, 3:5], at),
        service=values[:, 5],
        prize=np.zeros(len(values)),
        vehicles=vehicles,
        capacity=capacity,
        tenths=True,
        first=0,
    )


def _heading(lines: Sequence[Line], word: str) -> int | None:
    """Return which line is nothing but `word`."""
    return next((i for i, line in enumerate(lines) if [w.upper() for w in line.words] == [word]), None)


def _body(lines: Sequence[Line]) -> Sequence[Line]:
    """Return the lines below a heading that has no figure in it."""
    return lines[1:] if lines and not any(c.isdigit() for c in "".join(lines[0].words)) else lines


def _fleet(lines: Sequence[Line], found: Findings) -> tuple[int, float]:
    begin = _heading(lines, "VEHICLE")
    rows = _body(lines[begin + 1 :]) if begin is not None else []
    if len(rows) != 1 or len(rows[0].words) != 2:
        text, line = (" ".join(rows[0].words), rows[0].number) if rows else ("", 0)
        found.add("instance.missing", text, line, "VEHICLE", allowed="NUMBER CAPACITY")
        return 0, 0
    line, (number, capacity) = rows[0]
    vehicles = found.number(number, line, "NUMBER", 1, whole=True)
    return int(vehicles or 0), found.number(capacity, line, "CAPACITY", most=ENDLESS) or 0
