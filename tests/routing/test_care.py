"""Home care: rules, cost and format of a small instance that can be counted by hand."""

from __future__ import annotations

import json
import math
import random
import time
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from click.testing import CliRunner

from fieldmap.errors import InputError
from routing import _care, care
from routing.__main__ import main
from routing._jit import stream


def patient(name: str, opens: float, *services: str, **tie: object) -> dict[str, Any]:
    found: dict[str, Any] = {
        "id": name,
        "time_window": [opens, opens + 60.0],
        "required_caregivers": [{"service": service, "duration": 10.0} for service in services],
    }
    return {**found, "synchronization": tie} if tie else found


SMALL = {
    "patients": [
        patient("p1", 0.0, "s1"),
        patient("p2", 100.0, "s1", "s2", type="simultaneous"),
        patient("p3", 200.0, "s1", "s2", type="sequential", distance=[30.0, 40.0]),
    ],
    "services": [{"id": "s1"}, {"id": "s2"}],
    "caregivers": [{"id": "c1", "abilities": ["s1"]}, {"id": "c2", "abilities": ["s1", "s2"]}],
    "central_offices": [{"id": "d"}],
    # a street: the office, then a patient every 10 minutes
    "distances": [[10.0 * abs(a - b) for a in range(4)] for b in range(4)],
}


def town(count: int, seed: int) -> dict[str, Any]:
    """Return a made instance: every third patient wants two services, at once or one after the other."""
    rng = random.Random(seed)
    at = [(rng.uniform(0, 60), rng.uniform(0, 60)) for _ in range(count + 1)]
    ties: list[dict[str, object]] = [
        {"type": "simultaneous"},
        {"type": "sequential", "distance": [20.0, 45.0]},
    ]
    patients = []
    for i in range(count):
        services = ("s1", "s2") if i % 3 == 0 else (rng.choice(("s1", "s2")),)
        tie = ties[i // 3 % 2] if i % 3 == 0 else {}
        patients.append(patient(f"p{i + 1}", rng.uniform(0, 300), *services, **tie))
    able = [["s1"], ["s1", "s2"], ["s2"], ["s1", "s2"]]
    return {
        **SMALL,
        "patients": patients,
        "caregivers": [{"id": f"c{k}", "abilities": able[k]} for k in range(len(able))],
        "distances": [[round(math.dist(a, b), 3) for a in at] for b in at],
    }


def written(folder: Path, content: object) -> Path:
    file = folder / "small.json"
    file.write_text(json.dumps(content), encoding="utf-8")
    return file


def broken(content: Mapping[str, Any], text: str) -> Iterator[str]:
    """Yield every rule that a solution breaks, read from the two files alone."""
    made, number = json.loads(text), {p["id"]: i + 1 for i, p in enumerate(content["patients"])}
    able = {c["id"]: c["abilities"] for c in content["caregivers"]}
    starts: dict[tuple[str, str], float] = {}
    for route in made["routes"]:
        free, at = 0.0, 0
        for stop in route["locations"]:
            place, key = number[stop["patient"]], (stop["patient"], stop["service"])
            start = stop["arrival_time"]
            if start < free + content["distances"][at][place] - 1e-4:
                yield f"{key}: too soon"
            if stop["service"] not in able[route["caregiver_id"]]:
                yield f"{key}: not able"
            if key in starts:
                yield f"{key}: twice"
            starts[key], free, at = start, stop["departure_time"], place
    for wanted in content["patients"]:
        found = [starts.get((wanted["id"], s["service"])) for s in wanted["required_caregivers"]]
        if None in found or min(t for t in found if t is not None) < wanted["time_window"][0] - 1e-4:
            yield f"{wanted['id']}: {found}"
        elif len(found) == 2 and found[0] is not None and found[1] is not None:
            least, most = wanted["synchronization"].get("distance", (0.0, 0.0))
            if not least - 1e-4 <= found[1] - found[0] <= most + 1e-4:
                yield f"{wanted['id']}: {found}"


def test_a_small_street_is_planned_by_hand(tmp_path: Path) -> None:
    """One walks the street for p1, both serve p2 and p3, nobody is late: (60 + 60) / 3."""
    found = care.solve(care.read(written(tmp_path, SMALL)), 60, 1, time.monotonic, steps=300)
    assert found.cost == pytest.approx(40)
    assert list(broken(SMALL, found.text())) == []


def test_lateness_counts_by_service_and_once_more_at_its_worst(tmp_path: Path) -> None:
    """A window that closes before anybody can be there is paid as distance + lateness + greatest."""
    late = {**SMALL, "patients": [{**patient("p1", 0.0, "s2"), "time_window": [0.0, 4.0]}]}
    late["distances"] = [[0.0, 10.0], [10.0, 0.0]]
    found = care.solve(care.read(written(tmp_path, late)), 60, 1, time.monotonic, steps=50)
    assert found.cost == pytest.approx((20 + 6 + 6) / 3)


def test_the_same_seed_and_steps_give_the_same_plan(tmp_path: Path) -> None:
    """A search that ends by its steps can be made again."""
    home = care.read(written(tmp_path, SMALL))
    one, two = (care.solve(home, 60, 4, time.monotonic, steps=40) for _ in range(2))
    assert one.text() == two.text()


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_the_plan_kept_up_step_by_step_is_the_plan_read_as_a_whole(tmp_path: Path, seed: int) -> None:
    """After many steps taken and taken back, cost and times are those of the plan read once."""
    home = care.read(written(tmp_path, town(24, seed)))
    rounds = care._first(home.care)
    _care.begin(home.care, rounds)
    began = float(rounds.best[0])
    _care.run(home.care, rounds, stream(seed), 20_000, 60.0, 0.3)
    order, times = [int(p) for p in rounds.order], rounds.time.copy()
    found = care._plan(home, [int(p) for p in rounds.best_order], rounds.best_who)
    assert found.cost == pytest.approx(float(rounds.best[0]) / 3, abs=1e-6)
    assert found.cost < 0.7 * began / 3
    assert list(broken(town(24, seed), found.text())) == []
    rounds.best_order[:] = order
    rounds.best_who[:] = rounds.chain[:48, 0].reshape(24, 2)
    _care.begin(home.care, rounds)
    assert np.array_equal(times, rounds.time)


def test_nobody_to_visit_is_a_plan_of_empty_rounds(tmp_path: Path) -> None:
    """An instance without patients costs nothing."""
    empty = {**SMALL, "patients": [], "distances": [[0.0]]}
    found = care.solve(care.read(written(tmp_path, empty)), 60, 1, time.monotonic, steps=50)
    assert (found.cost, found.rounds) == (0, ((), ()))


def test_a_service_that_nobody_can_do_is_named(tmp_path: Path) -> None:
    """An instance in which nobody, or only one for two services, is able is refused with the patient."""
    for services in (("s7",), ("s2", "s2")):
        both = {"type": "simultaneous"} if len(services) == 2 else {}
        with pytest.raises(InputError) as caught:
            care.read(written(tmp_path, {**SMALL, "patients": [patient("p9", 0.0, *services, **both)]}))
        assert "p9" in str(caught.value)


def test_the_command_writes_the_set_s_own_solution(tmp_path: Path) -> None:
    """``solve`` reads the JSON, prints the cost to three decimals and writes the solution."""
    out = tmp_path / "out.json"
    ran = CliRunner().invoke(
        main, ["solve", str(written(tmp_path, SMALL)), "--seconds", "0.2", "--out", str(out)]
    )
    assert (ran.exit_code, ran.stdout) == (0, "cost 40.000\n")
    assert list(broken(SMALL, out.read_text(encoding="utf-8"))) == []


@pytest.mark.real
@pytest.mark.parametrize("size", ["10_1", "25_3", "50_5"])
def test_published_instances_are_solved_without_a_broken_rule(roads: Path, size: str) -> None:
    """On real instances the plan keeps every rule and comes near the best known cost."""
    benchmarks = roads / "benchmarks"
    file = benchmarks / "hhcrsp" / f"InstanzCPLEX_HCSRP_{size}.json"
    home = care.read(file)
    found = care.solve(home, 60, 1, time.monotonic, steps=600_000)
    known = json.loads((benchmarks / "best-known.json").read_text())["hhcrsp"][file.name]["cost"]
    assert list(broken(json.loads(file.read_text()), found.text())) == []
    assert found.cost < 1.02 * known
