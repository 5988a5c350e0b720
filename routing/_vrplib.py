"""VRPLIB files with prizes and windows, as PyVRP reads them.

Unlike its reader this one goes by the number of a row and not by its place,
and refuses what it does not know of a rule instead of overlooking it.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

import numpy as np

from routing._findings import MOST, Findings
from routing._rows import MOST_PLACES, Field, Floats, Line, Rows, distances, numbered
from routing._table import ENDLESS, LIGHT, Table

__all__ = ["recognised", "table"]

_COLUMNS = {
    "NODE_COORD": (Field("X", -1e9, 1e9), Field("Y", -1e9, 1e9)),
    "DEMAND": (Field("DEMAND", most=LIGHT),),
    "PRIZE": (Field("PRIZE"),),
    "TIME_WINDOW": (Field("OPENS"), Field("CLOSES", most=ENDLESS, rising=True)),
    "SERVICE_TIME": (Field("SERVICE_TIME"),),
}
_SECTIONS = (*_COLUMNS, "EDGE_WEIGHT", "DEPOT")

_WORDS = (
    "NAME",
    "TYPE",
    "COMMENT",
    "DIMENSION",
    "VEHICLES",
    "CAPACITY",
    "SERVICE_TIME",
    "EDGE_WEIGHT_TYPE",
    "EDGE_WEIGHT_FORMAT",
)
_RULES = ("DISTANCE", "DURATION", "GVRP_SETS", "RELEASE_TIME")
"""Words before the sections that ask for more than this model can say; so do those with ``VEHICLES_``."""

_STRAIGHT: dict[str, Callable[[Floats], Floats]] = {
    "EUC_2D": lambda ways: ways,
    "CEIL_2D": np.ceil,
    "FLOOR_2D": np.floor,
    "EXACT_2D": lambda ways: np.round(1000 * ways),
}
_FORMATS = ("FULL_MATRIX", "LOWER_ROW")


class _Fact(NamedTuple):
    line: int
    value: str


@dataclass(slots=True)
class _File:
    """The parts of a file: words with a value, and sections, each with the line it stands in."""

    facts: dict[str, _Fact] = field(default_factory=dict)
    sections: dict[str, list[Line]] = field(default_factory=dict)
    headings: dict[str, int] = field(default_factory=dict)


def recognised(lines: Sequence[Line]) -> bool:
    """Return whether the file is of this format."""
    return any(_section(line) or line.words[0].rstrip(":").upper() == "DIMENSION" for line in lines)


def table(lines: Sequence[Line], found: Findings) -> Table:
    """Return what the file says.

    Raises
    ------
    InputError
        It is not consistent, or asks for more than the model can say.
    """
    file = _parts(lines, found)
    _refuse_more(file, found)
    n = _dimension(file, found)
    columns = {
        name: numbered(found, file.sections[name], fields, range(1, n + 1), f"{name}_SECTION")
        for name, fields in _COLUMNS.items()
        if name in file.sections
    }
    ways = _ways(file, columns.get("NODE_COORD"), n, found)
    uniform = _fact(file, found, "SERVICE_TIME", 0)
    vehicles = _fact(file, found, "VEHICLES", n - 1, least=1, whole=True)
    capacity = _fact(file, found, "CAPACITY", ENDLESS, most=ENDLESS)
    found.end()

    def single(name: str, default: float) -> Floats:
        return columns[name].values[:, 0] if name in columns else np.full(n, default)

    window, demand = columns.get("TIME_WINDOW"), columns.get("DEMAND")
    return Table(
        name=file.facts["NAME"].value if "NAME" in file.facts else "",
        ways=ways,
        demand=Rows(single("DEMAND", 0), demand.lines if demand else np.zeros(n, np.int64)),
        window=window,
        service=np.where(np.arange(n) > 0, single("SERVICE_TIME", uniform), 0.0),
        prize=single("PRIZE", 0),
        vehicles=int(vehicles),
        capacity=capacity,
        tenths=window is not None or "PRIZE" in columns,
        first=1,
    )


def _parts(lines: Sequence[Line], found: Findings) -> _File:
    file, section = _File(), ""
    for line in lines:
        text = " ".join(line.words)
        if text.upper() == "EOF":
            break
        if name := _section(line):
            section = name
            if name in file.sections:
                found.add("instance.twice", text, line.number, f"{name}_SECTION")
            file.sections[name], file.headings[name] = [], line.number
        elif ":" in text:
            key, _, value = text.partition(":")
            _keep(file, key.strip().upper(), _Fact(line.number, value.strip()), found)
        elif section:
            file.sections[section].append(line)
        else:
            found.add("instance.missing", text, line.number, allowed="NAME : …, …_SECTION")
    return file


def _section(line: Line) -> str:
    """Return the name of the section that a line begins, or nothing."""
    word = " ".join(line.words).upper().rstrip(" :")
    return word.removesuffix("_SECTION") if word.endswith("_SECTION") and " " not in word else ""


def _keep(file: _File, key: str, fact: _Fact, found: Findings) -> None:
    if key in file.facts and key != "COMMENT":
        found.add("instance.twice", fact.value, fact.line, key)
    file.facts[key] = fact


def _refuse_more(file: _File, found: Findings) -> None:
    """Refuse what this model cannot say, rather than solve another problem."""
    allowed = ", ".join(f"{name}_SECTION" for name in _SECTIONS)
    for name, line in file.headings.items():
        if name not in _SECTIONS:
            found.add("instance.unsupported", f"{name}_SECTION", line, allowed=allowed)
    for name, fact in file.facts.items():
        if name in _RULES or name.startswith("VEHICLES_"):
            found.add("instance.unsupported", fact.value, fact.line, name, allowed=", ".join(_WORDS))
        if name in file.sections:
            found.add("instance.twice", fact.value, fact.line, name)
    depots = [word for line in file.sections.get("DEPOT", []) for word in line.words]
    if "DEPOT" in file.sections and depots not in (["1"], ["1", "-1"]):
        found.add(
            "instance.unsupported", " ".join(depots), file.headings["DEPOT"], "DEPOT_SECTION", allowed="1"
        )


def _dimension(file: _File, found: Findings) -> int:
    """Return the number of places, or tell at once that there is none."""
    line, value = file.facts.get("DIMENSION", _Fact(0, ""))
    if not line:
        found.add("instance.missing", field="DIMENSION", allowed=f"1 … {MOST_PLACES:,}")
    n = found.number(value, line, "DIMENSION", 1, ENDLESS, whole=True) if line else None
    if n is not None and n > MOST_PLACES:
        found.add("instance.size", value, line, "DIMENSION", most=f"{MOST_PLACES:,}")
    if n is None or n > MOST_PLACES:
        found.end()
    return int(n or 0)


def _fact(
    file: _File,
    found: Findings,
    name: str,
    default: float,
    least: float = 0,
    most: float = MOST,
    whole: bool = False,
) -> float:
    """Return the number after a word, `default` where the word is not there or the number wrong."""
    if name not in file.facts:
        return default
    line, value = file.facts[name]
    number = found.number(value, line, name, least, most, whole)
    return default if number is None else number


def _ways(file: _File, places: Rows | None, n: int, found: Findings) -> Floats:
    """Return the ways as the file gives them, or straight from place to place."""
    line, kind = file.facts.get("EDGE_WEIGHT_TYPE", _Fact(0, "EUC_2D"))
    if kind == "EXPLICIT":
        return _matrix(file, n, found)
    if kind not in _STRAIGHT:
        found.add(
            "instance.unsupported",
            kind,
            line,
            "EDGE_WEIGHT_TYPE",
            allowed=", ".join([*_STRAIGHT, "EXPLICIT"]),
        )
    if "EDGE_WEIGHT" in file.sections:
        found.add("instance.unsupported", kind, line, "EDGE_WEIGHT_TYPE", allowed="EXPLICIT")
    if places is None:
        found.add("instance.missing", field="NODE_COORD_SECTION", allowed=f"1 … {n:,}")
        return np.zeros((n, n))
    return _STRAIGHT.get(kind, _STRAIGHT["EUC_2D"])(distances(places.values))


def _matrix(file: _File, n: int, found: Findings) -> Floats:
    line, kind = file.facts.get("EDGE_WEIGHT_FORMAT", _Fact(0, ""))
    heading = file.headings.get("EDGE_WEIGHT", 0)
    if kind not in _FORMATS:
        found.add("instance.unsupported", kind, line, "EDGE_WEIGHT_FORMAT", allowed=", ".join(_FORMATS))
    if not heading:
        found.add("instance.missing", field="EDGE_WEIGHT_SECTION", allowed=", ".join(_FORMATS))
    if kind not in _FORMATS or not heading:
        return np.zeros((n, n))
    ways, cells = np.zeros((n, n)), np.ones((n, n), np.bool_)
    if kind == "LOWER_ROW":
        cells = np.tri(n, k=-1, dtype=np.bool_)
    words = [(word, line.number) for line in file.sections["EDGE_WEIGHT"] for word in line.words]
    if len(words) != cells.sum():
        found.add(
            "instance.count", f"{len(words):,}", heading, "EDGE_WEIGHT_SECTION", count=f"{cells.sum():,}"
        )
        return ways
    ways[cells] = [found.number(word, line, "EDGE_WEIGHT_SECTION") or 0 for word, line in words]
    return ways if kind == "FULL_MATRIX" else ways + ways.T
