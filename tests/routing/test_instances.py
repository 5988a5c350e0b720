"""Benchmark files are read, solved and written in their own formats."""

from __future__ import annotations

import time
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest
from click.testing import CliRunner

from routing import _fleet, _vrp, instances
from routing.__main__ import main
from routing._fleet import solve
from routing._jit import compiled_before, stream
from routing.instances import Instance

SOLOMON = """small

VEHICLE
NUMBER     CAPACITY
  3         20

CUSTOMER
CUST NO.  XCOORD.   YCOORD.    DEMAND   READY TIME  DUE DATE   SERVICE   TIME

    0      0         0          0          0       1000          0
    1      10        0         10          0        900         10
    2      20        1         10         50         60         10
    3      -10       0         10          0        900         10
    4      -20       0         10          0        900         10
"""

PRIZES = """NAME : prizes
TYPE : PCVRP
VEHICLES : 1
DIMENSION : 4
CAPACITY : 10
EDGE_WEIGHT_TYPE : EUC_2D
NODE_COORD_SECTION
1 0 0
2 10 0
3 20 0
4 100 0
DEMAND_SECTION
1 0
2 1
3 1
4 1
PRIZE_SECTION
1 0
2 0
3 21
4 50
DEPOT_SECTION
1
-1
EOF
"""


def written(folder: Path, text: str) -> Path:
    file = folder / "file.txt"
    file.write_text(text, encoding="utf-8")
    return file


def test_a_solomon_file_is_read_in_cut_tenths(tmp_path: Path) -> None:
    """Distances are whole tenths, cut off and not rounded; times are in the same unit."""
    instance = instances.read(written(tmp_path, SOLOMON))
    assert (instance.vehicles, instance.capacity, instance.scale) == (3, 20, 10)
    assert instance.metres[0, 2] == 200  # 20.02 is 200 tenths
    assert (instance.opens[2], instance.closes[2], instance.service[2]) == (500, 600, 100)


def test_the_best_routes_of_four_clients_are_found(tmp_path: Path) -> None:
    """Two vehicles of 20 take the two sides and meet the early window: 40.0 and 40.0 by hand."""
    instance = instances.read(written(tmp_path, SOLOMON))
    routes = solve(instance, 60, 1, time.monotonic, steps=200)
    assert {frozenset(route) for route in routes} == {frozenset({1, 2}), frozenset({3, 4})}
    assert instance.cost(routes) == 80.0
    assert instances.solution(instance, [[3, 4], [1, 2]]) == "Route #1: 3 4\nRoute #2: 1 2\nCost 80\n"


def test_a_prize_is_left_where_the_way_costs_more(tmp_path: Path) -> None:
    """A zero prize must be visited, 21 is worth a detour of 20, 50 is not worth one of 160."""
    instance = instances.read(written(tmp_path, PRIZES))
    routes = solve(instance, 60, 1, time.monotonic, steps=200)
    assert sorted(v for route in routes for v in route) == [1, 2]
    assert instance.cost(routes) == 90.0


def test_no_time_is_enough_for_some_plan(tmp_path: Path) -> None:
    """Without a second to search, everybody is put into a route once and nobody is dropped."""
    instance = instances.read(written(tmp_path, SOLOMON))
    routes = solve(instance, 0, 1, time.monotonic)
    assert sorted(v for route in routes for v in route) == [1, 2, 3, 4]


def test_the_same_seed_and_steps_give_the_same_routes(tmp_path: Path) -> None:
    """A search that ends by its steps can be made again."""
    instance = instances.read(written(tmp_path, SOLOMON))
    one, two = (solve(instance, 60, 5, time.monotonic, steps=50) for _ in range(2))
    assert one == two


def made(clients: int, seed: int) -> Instance:
    """Return a small instance with windows, loads, a limited fleet and a prize for every third client."""
    rng = np.random.default_rng(seed)
    x, y = rng.integers(0, 100, (2, clients + 1))
    metres = (10 * np.hypot(x[:, None] - x, y[:, None] - y)).astype(np.int32)
    opens = rng.integers(0, 3000, clients + 1)
    opens[0] = 0
    closes = opens + 1500
    closes[0] = 6000
    demand, service = rng.integers(1, 9, clients + 1), np.full(clients + 1, 50)
    demand[0] = service[0] = 0
    prize = np.where(np.arange(clients + 1) % 3, 0, rng.integers(100, 900, clients + 1))
    return Instance("", metres, demand, opens, closes, service, prize, clients // 4, 40, 10)


def late_or_full(instance: Instance, route: list[int]) -> bool:
    """Follow a route by the clock and the scales."""
    at, stops = int(instance.opens[0]), [0, *route, 0]
    for a, b in pairwise(stops):
        at = max(at + int(instance.service[a]) * (a > 0) + int(instance.metres[a, b]), int(instance.opens[b]))
        if at > instance.closes[b]:
            return True
    return bool(instance.demand[route].sum() > instance.capacity)


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_routes_keep_windows_loads_and_fleet(seed: int) -> None:
    """Every route is in time and not overloaded, nobody is seen twice, whoever has no prize is seen."""
    instance = made(60, seed)
    routes = solve(instance, 60, seed, time.monotonic, steps=3000)
    seen = [v for route in routes for v in route]
    assert len(routes) <= instance.vehicles
    assert not [route for route in routes if late_or_full(instance, route)]
    assert len(seen) == len(set(seen))
    assert {v for v in range(1, 61) if not instance.prize[v]} <= set(seen)


def test_what_a_step_carries_along_is_what_it_comes_to() -> None:
    """After thousands of steps and undone steps the cost kept is that of the routes themselves."""
    instance = made(60, 4)
    fleet = _fleet.given(instance)
    routes = _fleet.empty(instance, fleet)
    _vrp.run(fleet, routes, stream(1), 5000, 300.0, 10.0)
    now = [list(map(int, t["stop"][1 : n + 1])) for t, n in zip(routes.tour, routes.route[:, 0], strict=True)]
    assert instance.missed(now) == []
    carried = routes.counts[_vrp.LENGTH] + routes.counts[_vrp.APART]
    assert instance.cost(now) * instance.scale == carried
    for r, route in enumerate(now):
        assert [int(routes.of[v]) for v in route] == [r] * len(route)
        assert not late_or_full(instance, route)


def test_routes_without_a_client_that_must_be_visited_are_no_solution(tmp_path: Path) -> None:
    """Such routes cost more than any number, and who is missing can be named."""
    instance = instances.read(written(tmp_path, PRIZES))
    assert (instance.missed([[2, 3]]), instance.cost([[2, 3]])) == ([1], float("inf"))
    assert (instance.missed([[1]]), instance.cost([[1]])) == ([], 20 + 21 + 50)


def test_warming_up_compiles_every_search() -> None:
    """``warm`` runs each of the searches once and says nothing."""
    ran = CliRunner().invoke(main, ["warm"])
    assert (ran.exit_code, ran.output) == (0, "")
    assert all(compiled_before(module) for module in ("_kernel", "_vrp", "_care"))
    assert not compiled_before("_nothing")
