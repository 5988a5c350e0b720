"""Home care with interdependent services (HHCRSP): read an instance, solve it, write the solution.

The JSON of Ceschia, Di Gaspero, Rosati and Schaerf (2024): patients with one or
two services, two at the same time or one within some minutes after the other;
windows hard at the beginning and soft at the end. The cost is a third of
distance + total lateness + greatest lateness.
"""

from __future__ import annotations

import json
import time
from collections.abc import Mapping
from dataclasses import dataclass
from functools import partial
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from fieldmap.errors import InputError
from routing import _care
from routing._care import Care, Floats, Rounds
from routing._cooling import Clock, Cooling
from routing._day import Ints
from routing._findings import Findings
from routing._homes import look
from routing._jit import stream

__all__ = ["Home", "Plan", "Service", "read", "solve", "warm"]

HOT, WARM, COLD = 120.0, 30.0, 0.3
"""Three times the cost that a step may add (odds 1 : e): at first, in the second part, at the end."""

NEIGHBOURS, WAIT = 25, 0.2

STARTS, FEW, SHARE = 2, 100, 0.6
"""Up to `FEW` patients so many searches share the time, as some end in a bad valley; the best goes on."""


@dataclass(frozen=True, slots=True)
class Service:
    """One service of the plan."""

    patient: int
    name: str
    start: float
    end: float


@dataclass(frozen=True, eq=False)
class Home:
    """An instance as it stands in the file, and as arrays."""

    content: Mapping[str, Any]
    care: Care

    @property
    def patients(self) -> list[Mapping[str, Any]]:
        """Patients in the order of the file."""
        return list(self.content["patients"])


@dataclass(frozen=True, eq=False)
class Plan:
    """The rounds of every caregiver, and the order in which patients are served."""

    home: Home
    order: tuple[int, ...]
    rounds: tuple[tuple[Service, ...], ...]

    @property
    def cost(self) -> float:
        """A third of distance, total lateness and greatest lateness."""
        far = self.home.care.far
        way = 0.0
        for found in self.rounds:
            stops = [0, *(service.patient + 1 for service in found), 0]
            way += sum(float(far[a, b]) for a, b in pairwise(stops))
        closes = [float(patient["time_window"][1]) for patient in self.home.patients]
        late = [max(0.0, s.start - closes[s.patient]) for found in self.rounds for s in found]
        return (way + sum(late) + max(late, default=0.0)) / 3

    def text(self) -> str:
        """Return the solution as the set's own JSON."""
        ids = [patient["id"] for patient in self.home.patients]
        routes = [
            {
                "caregiver_id": caregiver["id"],
                "locations": [
                    {
                        "arrival_time": round(service.start, 6),
                        "departure_time": round(service.end, 6),
                        "patient": ids[service.patient],
                        "service": service.name,
                    }
                    for service in found
                ],
            }
            for caregiver, found in zip(self.home.content["caregivers"], self.rounds, strict=True)
        ]
        return json.dumps({"global_ordering": [ids[p] for p in self.order], "routes": routes}, indent=1)


def read(path: Path) -> Home:
    """Read an instance.

    Raises
    ------
    InputError
        It is none, it is not consistent (with every fault by its field), or a
        service has nobody who is able.
    """
    try:
        content = json.loads(path.read_text(encoding="utf-8-sig"))
    except OSError as error:
        raise InputError("instance.unreadable", path.name, why=error.strerror) from None
    except (ValueError, RecursionError) as error:
        raise InputError("instance.unreadable", path.name, why=f"JSON: {error}") from None
    found = Findings(path.name)
    look(content, found)
    found.end()
    return Home(content, _arrays(content))


def _arrays(content: Mapping[str, Any]) -> Care:
    patients, caregivers = content["patients"], content["caregivers"]
    far = np.array(content["distances"], np.float64)
    rows = np.array([_row(patient) for patient in patients], np.float64).reshape(len(patients), 7)
    able = np.zeros((len(patients), 2, len(caregivers)), np.bool_)
    for p, patient in enumerate(patients):
        for seat, wanted in enumerate(patient["required_caregivers"]):
            able[p, seat] = [wanted["service"] in caregiver["abilities"] for caregiver in caregivers]
    return Care(far, rows, able, _crew(able), _near(far, rows, able))


def _crews(care: Care, p: int) -> list[tuple[int, ...]]:
    """Return everybody, or every two different people, who are able to serve `p`."""
    first, second = (np.flatnonzero(care.able[p, seat]).tolist() for seat in range(2))
    if not care.patient[p, 4]:
        return [(k,) for k in first]
    return [(a, b) for a in first for b in second if a != b]


def _crew(able: NDArray[np.bool_]) -> Ints:
    """Return by service (two for each patient) how many are able, and who."""
    found = np.zeros((2 * len(able), able.shape[2] + 1), np.int64)
    for s, row in enumerate(able.reshape(-1, able.shape[2])):
        who = np.flatnonzero(row)
        found[s, 0], found[s, 1 : 1 + len(who)] = len(who), who
    return found


def _near(far: Floats, rows: Floats, able: NDArray[np.bool_]) -> Ints:
    """Return by service those that one caregiver may do before or after it, the nearest first.

    Near in place and in time: the way, a fifth of the waiting and all of the
    lateness, whichever of the two comes first.
    """
    n = len(rows)
    opens, closes, takes = (np.repeat(rows[:, k], 2) for k in range(3))
    takes[1::2] = rows[:, 3]
    at = np.repeat(np.arange(1, n + 1), 2)
    way = far[np.ix_(at, at)]
    ready = (opens + takes)[:, None] + way
    apart = way + WAIT * np.maximum(0.0, opens - ready) + np.maximum(0.0, ready - closes)
    apart = np.minimum(apart, apart.T)
    who = able.reshape(2 * n, able.shape[2]).astype(np.int64)
    apart[(who @ who.T == 0) | (at[:, None] == at)] = np.inf
    count = max(1, min(NEIGHBOURS, 2 * n - 1))
    near = np.argsort(apart, axis=1, kind="stable")[:, :count]
    # where fewer are possible they come again
    for s, row in enumerate(near):
        some = max(1, int(np.isfinite(apart[s, row]).sum()))
        near[s] = row[np.arange(count) % some]
    return near.astype(np.int64)


def _row(patient: Mapping[str, Any]) -> list[float]:
    services, tie = patient["required_caregivers"], patient.get("synchronization", {})
    kind = {"simultaneous": 1.0, "sequential": 2.0}[tie["type"]] if len(services) == 2 else 0.0
    least, most = tie["distance"] if kind == 2 else (0.0, 0.0)
    takes = [float(service["duration"]) for service in services]
    return [*patient["time_window"], takes[0], takes[-1], kind, least, most]


def warm() -> None:
    """Load the compiled code, or compile it."""
    wanted = {"service": "s", "duration": 1.0}
    patient = {"id": "p", "time_window": [0.0, 1.0], "required_caregivers": [wanted]}
    caregiver = {"id": "c", "abilities": ["s"]}
    small = {"distances": [[0.0, 1.0], [1.0, 0.0]], "caregivers": [caregiver], "patients": [patient]}
    solve(Home(small, _arrays(small)), 1, 0, time.monotonic, steps=1)


def solve(home: Home, seconds: float, seed: int, clock: Clock, steps: int | None = None) -> Plan:
    """Return the best plan found.

    Parameters
    ----------
    seconds
        Limit by `clock`, without loading the compiled code.
    steps
        Limit on the plans looked at; a search that ends by it can be made again.
    """
    care, rng = home.care, stream(seed)
    if not len(care.patient):
        return _plan(home, [], np.empty((0, 2), np.int64))
    limit = steps if steps is not None else 1 << 60

    def cool(rounds: Rounds, hot: float, part: float) -> Rounds:
        _care.begin(care, rounds)
        _care.run(care, rounds, rng, 1, COLD, COLD)
        cooling = Cooling(hot, COLD, seconds * part, int(limit * part), steps is not None, clock)
        cooling.run(partial(_care.run, care, rounds, rng))
        return rounds

    starts = STARTS if len(care.patient) <= FEW else 1
    tries = [cool(_first(care), HOT, SHARE / starts) for _ in range(starts)]
    best = cool(min(tries, key=lambda found: float(found.best[0])), WARM, 1 - SHARE)
    return _plan(home, [int(p) for p in best.best_order], best.best_who)


def _first(care: Care) -> Rounds:
    """Return patients by the opening of their window, each service to who has fewest."""
    n, people = len(care.patient), care.able.shape[2]
    order = np.argsort(care.patient[:, 0], kind="stable").astype(np.int64)
    who, load = np.full((n, 2), -1, np.int64), np.zeros(people)
    for p in order:
        crew = min(_crews(care, int(p)), key=lambda found: sum(float(load[k]) for k in found))
        who[p, : len(crew)] = crew
        load[list(crew)] += 1
    nodes = 2 * n + people

    def ints(*shape: int) -> Ints:
        return np.zeros(shape, np.int64)

    return Rounds(
        order=ints(n), place=ints(n), chain=ints(nodes, 4), time=np.zeros((nodes, 2)), mark=ints(n),
        wanted=ints(nodes, 4), moved=ints(nodes, 4), changed=ints(nodes), old_time=np.zeros((nodes, 2)),
        tally=ints(6), sums=np.zeros(2), best_order=order, best_who=who, best=np.zeros(1),
    )  # fmt: skip


def _plan(home: Home, order: list[int], who: Ints) -> Plan:
    """Return the times of a plan, written once more in plain Python."""
    far, people = home.care.far, home.care.able.shape[2]
    rounds = [list[Service]() for _ in range(people)]
    free, at = [0.0] * people, [0] * people
    for p in order:
        services = home.patients[p]["required_caregivers"]
        crew = [int(k) for k in who[p][: len(services)]]
        ready = [free[k] + float(far[at[k], p + 1]) for k in crew]
        starts = _care.starts(home.care.patient, p, ready[0], ready[-1])
        for k, wanted, start in zip(crew, services, starts, strict=False):
            end = start + float(wanted["duration"])
            rounds[k].append(Service(p, wanted["service"], start, end))
            free[k], at[k] = end, p + 1
    return Plan(home, tuple(order), tuple(tuple(found) for found in rounds))
