"""Benchmark files of vehicle routing: Solomon, Homberger, and VRPLIB with prizes.

Distances are whole tenths, cut off (the DIMACS convention: 1.49 is 14 tenths),
wherever an instance has windows or prizes; elsewhere whole units, rounded, as
VRPLIB says. Costs are printed in the file's own unit.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from fieldmap.errors import InputError

__all__ = ["Instance", "read", "solution"]

_SECTIONS = {"NODE_COORD", "EDGE_WEIGHT", "DEMAND", "PRIZE", "TIME_WINDOW", "SERVICE_TIME", "DEPOT"}

REQUIRED = 100_000_000
"""Price of leaving out a client that must be visited."""


@dataclass(frozen=True, eq=False)
class Instance:
    """One depot (row 0), clients, equal vehicles.

    Attributes
    ----------
    metres
        int32, shape (n, n), in units of ``1 / scale``; also the time it takes.
    demand, opens, closes, service
        int64, shape (n,); times in the same units.
    prize
        int64, shape (n,): what leaving a client out costs; 0 means that it must
        be visited.
    """

    name: str
    metres: NDArray[np.int32]
    demand: NDArray[np.int64]
    opens: NDArray[np.int64]
    closes: NDArray[np.int64]
    service: NDArray[np.int64]
    prize: NDArray[np.int64]
    vehicles: int
    capacity: int
    scale: int

    def cost(self, routes: Sequence[Sequence[int]]) -> float:
        """Return distance and uncollected prizes of `routes`, in the file's unit."""
        done = {v for route in routes for v in route}
        length = 0
        for route in routes:
            stops = np.array([0, *route, 0])
            length += int(self.metres[stops[:-1], stops[1:]].sum())
        missed = sum(int(self.prize[v]) or REQUIRED for v in range(1, len(self.demand)) if v not in done)
        return (length + missed) / self.scale


def read(path: Path) -> Instance:
    """Read a Solomon, Homberger or VRPLIB file.

    Raises
    ------
    InputError
        It is none of these.
    """
    try:
        lines = path.read_text(encoding="utf-8").splitlines()
        head = [line.strip().upper() for line in lines[:12]]
        return _solomon(lines) if "CUSTOMER" in head else _vrplib(lines)
    except (OSError, ValueError, KeyError, IndexError) as error:
        raise InputError("instance.unreadable", path.name, why=str(error)) from None


def solution(instance: Instance, routes: Sequence[Sequence[int]]) -> str:
    """Return `routes` in VRPLIB's solution format."""
    full = [route for route in routes if route]
    lines = [f"Route #{i}: {' '.join(map(str, route))}" for i, route in enumerate(full, 1)]
    return "\n".join([*lines, f"Cost {_number(instance.cost(routes))}", ""])


def _number(cost: float) -> str:
    return str(int(cost)) if cost == int(cost) else f"{cost:.1f}"


def _solomon(lines: Sequence[str]) -> Instance:
    rows = [[float(word) for word in line.split()] for line in lines if _is_numbers(line)]
    (vehicles, capacity), table = rows[0], np.array(rows[1:], np.float64)
    demand, opens, closes, service = table[:, 3:7].T
    return Instance(
        lines[0].strip(),
        _tenths(_distances(table[:, 1:3])).astype(np.int32),
        demand.astype(np.int64),
        _tenths(opens),
        _tenths(closes),
        _tenths(service),
        np.zeros(len(table), np.int64),
        int(vehicles),
        int(capacity),
        10,
    )


def _is_numbers(line: str) -> bool:
    words = line.split()
    return bool(words) and all(word.replace(".", "", 1).lstrip("-").isdigit() for word in words)


def _distances(points: NDArray[np.float64]) -> NDArray[np.float64]:
    return np.asarray(np.hypot(*np.moveaxis(points[:, None] - points[None], 2, 0)), np.float64)


def _tenths(values: NDArray[np.float64]) -> NDArray[np.int64]:
    return np.asarray((10 * values).astype(np.int64))


def _vrplib(lines: Sequence[str]) -> Instance:
    facts, sections = _sections(lines)
    _refuse_more(facts, sections)
    n = int(facts["DIMENSION"])
    cut = "PRIZE" in sections or "TIME_WINDOW" in sections
    whole = _tenths if cut else _rounded
    unit = 10 if cut else 1
    windows = _column(sections, "TIME_WINDOW", n, (0.0, 1e7), 2)
    service = _column(sections, "SERVICE_TIME", n, (float(facts.get("SERVICE_TIME", 0)),), 1)[:, 0]
    service[0] = 0
    prize = whole(_column(sections, "PRIZE", n, (0.0,), 1)[:, 0])
    metres = whole(_edges(facts, sections, n)).astype(np.int32)
    # PyVRP scales loads and capacity alike; whole loads stay whole without it
    demand = np.rint(_column(sections, "DEMAND", n, (0.0,), 1)[:, 0]).astype(np.int64)
    vehicles = min(n - 1, int(facts.get("VEHICLES", n - 1)))
    opens, closes = whole(windows[:, 0]), whole(windows[:, 1])
    capacity = int(float(facts.get("CAPACITY", 1 << 40)))
    name = facts.get("NAME", "")
    return Instance(name, metres, demand, opens, closes, whole(service), prize, vehicles, capacity, unit)


def _rounded(values: NDArray[np.float64]) -> NDArray[np.int64]:
    return np.asarray(np.rint(values).astype(np.int64))


def _sections(lines: Sequence[str]) -> tuple[dict[str, str], dict[str, list[list[float]]]]:
    facts, sections, name = dict[str, str](), dict[str, list[list[float]]](), ""
    for line in (line.strip() for line in lines):
        if line.endswith("_SECTION"):
            name = line.removesuffix("_SECTION")
            sections[name] = []
        elif ":" in line:
            key, _, value = line.partition(":")
            facts[key.strip()] = value.strip()
        elif name and _is_numbers(line):
            sections[name].append([float(word) for word in line.split()])
    return facts, sections


def _refuse_more(facts: dict[str, str], sections: dict[str, list[list[float]]]) -> None:
    """Refuse what this model cannot say, rather than solve another problem."""
    strange = [f"{name}_SECTION" for name in sections if name not in _SECTIONS]
    strange += [name for name in facts if name.startswith("VEHICLES_")]
    if [row[0] for row in sections.get("DEPOT", [[1.0]]) if row[0] > 0] != [1.0]:
        strange.append("DEPOT_SECTION")
    if strange:
        raise ValueError(", ".join(strange))


def _column(
    sections: dict[str, list[list[float]]], name: str, n: int, default: tuple[float, ...], width: int
) -> NDArray[np.float64]:
    """Return a section's values by client; VRPLIB numbers them from 1."""
    values = np.tile(np.array(default, np.float64), (n, 1))
    for row in sections.get(name, []):
        values[int(row[0]) - 1] = row[1 : 1 + width]
    return values


def _edges(facts: dict[str, str], sections: dict[str, list[list[float]]], n: int) -> NDArray[np.float64]:
    if facts.get("EDGE_WEIGHT_TYPE", "EUC_2D") == "EXPLICIT":
        if facts.get("EDGE_WEIGHT_FORMAT") != "FULL_MATRIX":
            raise ValueError("EDGE_WEIGHT_FORMAT: FULL_MATRIX")
        numbers = [value for row in sections["EDGE_WEIGHT"] for value in row]
        return np.array(numbers, np.float64).reshape(n, n)
    return _distances(_column(sections, "NODE_COORD", n, (0.0, 0.0), 2))
