"""Benchmark files are read, solved and written in their own formats."""

from __future__ import annotations

import time
from pathlib import Path

import pytest
from click.testing import CliRunner

from fieldmap.errors import InputError
from routing import instances
from routing.__main__ import main
from routing._fleet import solve

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


def test_the_same_seed_and_steps_give_the_same_routes(tmp_path: Path) -> None:
    """A search that ends by its steps can be made again."""
    instance = instances.read(written(tmp_path, SOLOMON))
    one, two = (solve(instance, 60, 5, time.monotonic, steps=50) for _ in range(2))
    assert one == two


@pytest.mark.parametrize("text", ["", "nothing of the kind", "NAME : x\nDIMENSION : many\n"])
def test_another_file_is_refused(tmp_path: Path, text: str) -> None:
    """A file that is no instance is named with what is wrong."""
    with pytest.raises(InputError) as caught:
        instances.read(written(tmp_path, text))
    assert caught.value.code == "instance.unreadable"


def test_the_command_writes_a_solution_and_prints_its_cost(tmp_path: Path) -> None:
    """``solve`` prints the cost of the routes that lie in the file it wrote."""
    out = tmp_path / "out.sol"
    ran = CliRunner().invoke(
        main, ["solve", str(written(tmp_path, SOLOMON)), "--seconds", "0.2", "--out", str(out)]
    )
    assert (ran.exit_code, ran.stdout) == (0, "cost 80.0\n")
    assert out.read_text(encoding="utf-8").endswith("Cost 80\n")
    missing = CliRunner().invoke(main, ["solve", str(tmp_path / "no"), "--out", str(out)])
    assert missing.exit_code == 1


def test_warming_up_compiles_every_search() -> None:
    """``warm`` runs each of the searches once and says nothing."""
    ran = CliRunner().invoke(main, ["warm"])
    assert (ran.exit_code, ran.output) == (0, "")
