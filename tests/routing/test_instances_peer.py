"""PyVRP reads the same files in its own way: ours says the same of each."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from routing import instances

pyvrp = pytest.importorskip("pyvrp")

PLACES = "NODE_COORD_SECTION\n1 0.5 0\n2 10 0.25\n3 7 7\n4 100 -3\n"
LOADS = "DEMAND_SECTION\n1 0\n2 1\n3 4\n4 5\n"
PRIZES = "PRIZE_SECTION\n1 0\n2 0\n3 21.25\n4 5e1\n"
WINDOWS = "TIME_WINDOW_SECTION\n1 0 1000\n2 5.5 90\n3 0 80.25\n4 300 400\n"
STAYS = "SERVICE_TIME_SECTION\n1 0\n2 1.5\n3 2\n4 3\n"
MATRIX = "EDGE_WEIGHT_SECTION\n0 1.26 2 3\n4 0 5.5 6\n7 8 0 9\n1 2.75 3 0\n"
LOWER = "EDGE_WEIGHT_SECTION\n1.26\n2 3.5\n4 5 6\n"
HEAD = "NAME : made\nDIMENSION : 4\nVEHICLES : 2\nCAPACITY : 10\n"
STRAIGHT = f"{HEAD}EDGE_WEIGHT_TYPE : EUC_2D\n"
EXPLICIT = f"{HEAD}EDGE_WEIGHT_TYPE : EXPLICIT\nEDGE_WEIGHT_FORMAT : "

FILES = {
    "prizes": f"{STRAIGHT}{PLACES}{LOADS}{PRIZES}DEPOT_SECTION\n1\n-1\nEOF\n",
    "windows": f"{STRAIGHT}{PLACES}{LOADS}{WINDOWS}{STAYS}",
    "all": f"{STRAIGHT}{PLACES}{LOADS}{PRIZES}{WINDOWS}{STAYS}EOF\nwhatever\n",
    "uniform service": f"{HEAD}EDGE_WEIGHT_TYPE: EUC_2D\nSERVICE_TIME : 2.5\n{PLACES}{LOADS}{PRIZES}",
    "rounded": f"# a remark\n{STRAIGHT}{PLACES}{LOADS}",
    "no loads": f"{STRAIGHT}{PLACES}{PRIZES}",
    "half loads": f"{STRAIGHT}{PLACES}{LOADS.replace('2 1', '2 1.55')}{PRIZES}",
    "ceiling": f"{HEAD}EDGE_WEIGHT_TYPE : CEIL_2D\n{PLACES}{LOADS}{PRIZES}",
    "floor": f"{HEAD}EDGE_WEIGHT_TYPE : FLOOR_2D\n{PLACES}{LOADS}",
    "exact": f"{HEAD}EDGE_WEIGHT_TYPE : EXACT_2D\n{PLACES}{LOADS}",
    "matrix": f"{EXPLICIT}FULL_MATRIX\n{MATRIX}{LOADS}{PRIZES}",
    "lower": f"{EXPLICIT}LOWER_ROW\n{LOWER}{LOADS}{WINDOWS}",
    "no fleet": STRAIGHT.replace("VEHICLES : 2\n", "").replace("CAPACITY : 10\n", "") + PLACES + LOADS,
}


@pytest.mark.parametrize("name", FILES)
def test_a_vrplib_file_says_the_same_to_pyvrp(tmp_path: Path, name: str) -> None:
    """Ways, loads, windows, service, prizes and fleet are those that PyVRP reads, in its rounding."""
    file = tmp_path / "made.vrp"
    file.write_text(FILES[name], encoding="utf-8")
    ours = instances.read(file)
    theirs = pyvrp.read(file, round_func="dimacs" if ours.scale == 10 else "round")
    assert np.array_equal(ours.metres, theirs.distance_matrix(0))
    fleet = theirs.vehicle_type(0)
    clients = [theirs.client(i) for i in range(theirs.num_clients)]
    assert len(ours.demand) == 1 + len(clients)
    assert ours.vehicles == fleet.num_available
    assert ours.opens[1:].tolist() == [c.tw_early for c in clients]
    limit = instances.UNBOUNDED
    assert ours.closes[1:].tolist() == [min(limit, c.tw_late) for c in clients]
    assert (ours.opens[0], ours.closes[0]) == (fleet.tw_early, min(limit, fleet.tw_late))
    assert ours.service[1:].tolist() == [c.service_duration for c in clients]
    assert ours.prize[1:].tolist() == [c.prize for c in clients]
    assert [not p for p in ours.prize[1:]] == [c.required for c in clients]
    load, room = np.array([c.delivery[0] for c in clients]), fleet.capacity[0]
    for chosen in np.ndindex(2, 2, 2):  # PyVRP scales loads too: the same clients fit
        some = np.array(chosen, np.bool_)
        assert (ours.demand[1:][some].sum() <= ours.capacity) == (load[some].sum() <= room)
