"""The programs of the tables, on days small enough for a test."""

from __future__ import annotations

import json
import re
import time
from collections.abc import Iterator
from dataclasses import dataclass, replace
from importlib import import_module
from itertools import pairwise
from pathlib import Path

import pytest
from _pytest.mark import ParameterSet
from click.testing import CliRunner

from fieldmap.models import TravelMode
from routing import Budget, Params, Problem, instances, plan, violations
from routing._construct import construct
from routing._day import Day
from routing._fleet import solve
from tests.benchmarks import (
    bench_day,
    bench_long,
    bench_proof,
    bench_sets,
    bench_station,
    bench_thousand,
    bench_walkers,
)
from tests.benchmarks.apart import Apart
from tests.benchmarks.bench_station import Mandatory, hopeless
from tests.benchmarks.days import Recipe, make
from tests.benchmarks.fleets import ortools_cost, pyvrp_cost, pyvrp_data, pyvrp_read
from tests.benchmarks.peers import cold, pyvrp_orders, scored, started, vroom_orders
from tests.benchmarks.tables import Table, gap, seeds_of, spread
from tests.conftest import ROOT

SMALL = Recipe(visits=20, workers=3, lunch=False)

HOME = {
    "distances": [[0, 15, 15], [15, 0, 0], [15, 0, 0]],
    "caregivers": [{"id": "c1", "abilities": ["s1"]}],
    "patients": [
        {
            "id": f"p{number}",
            "time_window": [0, 100],
            "required_caregivers": [{"service": "s1", "duration": 10}],
        }
        for number in (1, 2)
    ],
}

SOLOMON = """C109

VEHICLE
NUMBER     CAPACITY
  2         10

CUSTOMER
CUST NO.  XCOORD.  YCOORD.  DEMAND  READY TIME  DUE DATE  SERVICE TIME

    0      0     0     0     0   1000     0
    1     10     0     5     0    100    10
    2      0    10     5    30    200    10
"""
"""East of the depot and north of it."""


@pytest.fixture
def day() -> Day:
    """Return a small made day that every peer knows everything about."""
    problem = make(1, SMALL)
    visits = tuple(replace(visit, preferred_worker=None) for visit in problem.visits)
    workers = tuple(replace(worker, max_walk_m=None) for worker in problem.workers)
    return Day(Problem(visits, workers, problem.travel), Params())


def test_a_made_day_is_the_same_for_the_same_seed() -> None:
    """The seed alone decides the day; another seed is another day."""
    assert make(3, SMALL).visits == make(3, SMALL).visits
    assert make(3, SMALL).visits != make(4, SMALL).visits


def test_a_made_day_has_workers_of_the_modes_asked_for() -> None:
    """Modes are dealt in turn, over and over."""
    walk, bike = TravelMode.WALK, TravelMode.EBIKE
    found = make(1, replace(SMALL, modes=(walk, bike)))
    assert [worker.mode for worker in found.workers] == [walk, bike, walk]


@pytest.mark.parametrize("recipe", [SMALL, replace(SMALL, lunch=True), replace(SMALL, pairs=0.3)])
def test_what_must_be_done_in_a_made_day_can_be_done(recipe: Recipe) -> None:
    """The planted plan does every mandatory visit, so a plan after some search does too."""
    problem = make(2, recipe)
    found = plan(problem, Budget(20, solutions=3000))
    must = {visit.id for visit in problem.visits if visit.mandatory}
    assert must
    assert must <= set(found.visit_ids)


def test_every_peer_returns_a_plan_that_our_rules_allow(day: Day) -> None:
    """Every engine of the table makes a plan that is feasible by our rules and better than none."""
    boards = [
        scored(day, vroom_orders(day)[0]),
        scored(day, pyvrp_orders(day, 0.2, 1)[0]),
        started(day, 0.2, 1)[0],
        cold(day, 0.2, 1)[0],
        bench_day.ours(day, 0.3, 1)[0],
    ]
    for board in boards:
        assert len(board.people) > 5
        assert board.cost < int(day.price.sum())


def test_orders_that_break_a_rule_are_refused(day: Day) -> None:
    """Nobody can make every visit of a day alone."""
    with pytest.raises(ValueError, match="worker 0"):
        scored(day, [list(range(len(day.visits)))])


def test_the_proof_of_a_day_with_pairs_says_yes() -> None:
    """A day with pairs passes the check and CP-SAT, and no longer does when nobody has the hours for it."""
    problem = make(5, replace(SMALL, pairs=0.3))
    board = construct(Day(problem, Params()), 0, 1)
    assert any(len(who) == 2 for who in board.people.values())
    assert bench_day.proven(board, problem, 0) == "yes"
    early = tuple(replace(worker, hours=(0, 3600)) for worker in problem.workers)
    assert "CP-SAT infeasible" in bench_day.proven(board, replace(problem, workers=early), 0)


def test_hopeless_visits_come_back_with_their_reasons() -> None:
    """Three mandatory visits that nobody can make are left out, each for a reason of its own."""
    problem = hopeless(make(1, SMALL))
    found = plan(problem, Budget(0))
    must = Mandatory.of(problem, found)
    assert must.out.keys() >= {"no_coordinates", "no_skill", "no_time_window"}
    assert must.silent == 0
    assert not violations(problem, found)
    silent = Mandatory.of(problem, replace(found, left_out=()))
    assert silent.silent == must.out.total()
    assert silent.done == must.done


def test_two_walkers_are_as_good_as_the_better_of_them() -> None:
    """What several walkers return is the cheapest of their plans, never dearer than the start."""
    first = construct(Day(make(1, SMALL), Params()), 0, 1)
    found = bench_walkers.walk(first, 2, 0.1, 1)
    start = bench_day.Score.of(first, 0)
    assert (found.best.must, found.best.cost) <= (start.must, start.cost)
    assert found.cores > 0


def test_gaps_and_spreads_are_printed_with_their_errors() -> None:
    """A gap is the mean over the runs, with the standard error of that mean."""
    assert gap([90, 110], [100, 100]) == "+0.00 ± 10.00 %"
    assert gap([97], [100]) == "−3.00 %"
    assert spread([1000, 3000]) == "2,000 ± 1,414"
    assert seeds_of("31-33,40") == [31, 32, 33, 40]


def test_a_table_prints_in_markdown(capsys: pytest.CaptureFixture[str]) -> None:
    """A table can be pasted into the documents."""
    table = Table(("seed", "ours"))
    table.add("31", "5")
    capsys.readouterr()
    table.print(True)
    assert capsys.readouterr().out == "| seed | ours |\n| --- | --- |\n| 31 | 5 |\n"


def test_what_is_no_part_of_a_search_is_told_apart() -> None:
    """Imports, the compiled code and reading have a figure each, and what is read is handed on."""
    apart = Apart(imports=1.5)
    apart.warm(lambda: sum(range(10**6)))
    assert apart.read(lambda: "a day") == "a day"
    assert 0 < apart.compiled < 10
    assert str(apart).startswith("CPU seconds beside the search: imports 1.50, compiled code ")


@pytest.fixture
def sets(tmp_path: Path) -> Path:
    """Return a folder as the published sets lie in it: five homes, and one instance with windows."""
    (tmp_path / "homes").mkdir()
    (tmp_path / "windows").mkdir()
    homes = {f"Home_1_{number}.json" for number in (1, 3, 5, 7, 9)}
    for name in homes:
        (tmp_path / "homes" / name).write_text(json.dumps(HOME), encoding="utf-8")
    (tmp_path / "windows" / "c109.txt").write_text(SOLOMON, encoding="utf-8")
    known = {"hhcrsp": {name: {"cost": 10.0} for name in homes}, "vrptw": {"C109": 20.0}}
    (tmp_path / "best-known.json").write_text(json.dumps(known), encoding="utf-8")
    return tmp_path


def test_every_peer_solves_an_instance_with_windows(sets: Path) -> None:
    """East first and then north, within the windows: 10 + 14.1 + 10, as all find."""
    instance = instances.read(sets / "windows" / "c109.txt")
    assert ortools_cost(instance, 0.1, 1) == pytest.approx(34.1)
    assert pyvrp_cost(pyvrp_data(instance), instance.scale, 0.1, 1) == pytest.approx(34.1)


@pytest.mark.filterwarnings(r"ignore:\s*A penalty parameter")  # PyVRP tells how hard it tried
def test_a_peer_without_a_plan_says_so(sets: Path) -> None:
    """A client that asks for more than a vehicle holds leaves no plan, and the cell says that."""
    instance = instances.read(sets / "windows" / "c109.txt")
    heavy = replace(instance, demand=instance.demand * 100)
    assert ortools_cost(heavy, 0.1, 1) is None
    assert pyvrp_cost(pyvrp_data(heavy), heavy.scale, 0.1, 1) is None
    row = bench_sets.Row("heavy", 2, (20.0, None), 10.0)
    assert row.gaps == (100.0, None)
    other = bench_sets.Row("light", 2, (10.0, 10.0), 10.0)
    assert bench_sets._means([row, other]) == ["50.00 %", "0.00 % (1 of 2)"]


def test_the_peers_pay_for_prizes_left_behind(tmp_path: Path) -> None:
    """Of an instance with prizes both leave out what is not worth its way, at its price, as ours does."""
    file = tmp_path / "prizes.vrp"
    file.write_text(bench_sets.with_prizes(16, 1), encoding="utf-8")
    instance = instances.read(file)
    costs = [
        instance.cost(solve(instance, 0.2, 1, time.thread_time)),
        pyvrp_cost(pyvrp_read(file), instance.scale, 0.2, 1),
        ortools_cost(instance, 0.2, 1),
    ]
    assert costs[1:] == [pytest.approx(costs[0], rel=0.02)] * 2


def test_a_plan_is_made_in_a_process_of_its_own() -> None:
    """The peak of memory is that of a new process: no other plan, and more than the interpreter alone."""
    found = bench_thousand.run(bench_day.ours, SMALL, 0.1, 1)
    assert 50 < found.peak_mb < 1500
    assert found.score.must == 0
    assert str(found).endswith(" s)")


@pytest.mark.parametrize("program", [bench_long.main, bench_walkers.main])
def test_a_program_prints_its_whole_table(program: object, monkeypatch: pytest.MonkeyPatch) -> None:
    """A run on small days ends with a row of means, and tells what is no part of the search."""
    monkeypatch.setitem(bench_day.KINDS, "plain", SMALL)
    options = ["--kind", "plain", "--seconds", "0.1", "--seeds", "1-2", "--markdown"]
    more = ["--long", "0.2"] if program is bench_long.main else []
    ran = CliRunner().invoke(program, [*options, *more], catch_exceptions=False)  # type: ignore[arg-type]
    assert ran.exit_code == 0
    assert "mean ± spread |" in ran.stdout
    assert "imports" in ran.stderr


@dataclass(frozen=True, slots=True)
class Documented:
    """Commands that stand together in the documents, and the heads of the tables below them."""

    commands: list[list[str]]
    heads: list[tuple[str, ...]]


def _heads(text: str) -> list[tuple[str, ...]]:
    """Return the heads of the tables, their numbers aside: a test has neither their seconds nor visits."""
    lines = [line.strip() for line in text.splitlines()]
    return [
        tuple(re.sub(r"\d[\d,.]*", "#", cell).strip() for cell in line.strip("|").split("|"))
        for line, below in pairwise(lines)
        if line.startswith("|") and below.startswith("| ---")
    ]


def _documented() -> Iterator[Documented]:
    """Yield the blocks of docs/planning.md that have a command of these programs."""
    text = (ROOT / "docs" / "planning.md").read_text(encoding="utf-8")
    for section in re.split(r"^#+ ", text, flags=re.MULTILINE):
        # a block ends where the next command stands below a table or a text
        for part in re.split(r"\n\n(?=    python -m tests\.)", section)[1:]:
            commands = re.findall(r"^    python -m tests\.benchmarks\.(.+)$", part, re.MULTILINE)
            yield Documented([command.split() for command in commands], _heads(part))


DOCUMENTED = list(_documented())
PROGRAMS = {
    "bench_day": "--seconds 0.1 --seeds 1",
    "bench_long": "--seconds 0.1 --long 0.2 --seeds 1",
    "bench_proof": "--seconds 0.1 --seeds 1 --bound-seconds 1 --small 0",
    "bench_sets": "--folder SETS --seconds 0.1 --only 1_1,1_3,1_5,1_7,1_9,c109,50-1",
    "bench_station": "--roads ROADS --folder BUILT --seconds 0.1 --seeds 1",
    "bench_thousand": "--seconds 0.1 --long 0.2 --visits 12 --workers 2 --seeds 1",
    "bench_walkers": "--seconds 0.1 --seeds 1",
}
"""The programs of the planner, and options that make each short; the last of an option counts."""


def _case(block: Documented) -> ParameterSet:
    """Return a block with what it needs and a name: its first program, and the set where that has several."""
    program, *options = block.commands[0]
    marks = {"bench_station": (pytest.mark.real,), "bench_thousand": (pytest.mark.slow,)}
    which = options[options.index("--set") + 1 :][:1] if "--set" in options else []
    return pytest.param(block, marks=marks.get(program, ()), id="-".join([program, *which]))


@pytest.mark.parametrize("block", [_case(block) for block in DOCUMENTED])
def test_a_documented_command_prints_the_documented_table(
    block: Documented,
    sets: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    request: pytest.FixtureRequest,
) -> None:
    """What stands in docs/planning.md is what its command prints: the same columns, in the same order."""
    for kind, recipe in bench_day.KINDS.items():
        monkeypatch.setitem(bench_day.KINDS, kind, replace(recipe, visits=20, workers=3))
    monkeypatch.setattr(bench_proof, "LARGE", replace(bench_proof.LARGE, visits=20, workers=3))
    monkeypatch.setattr(bench_station, "RECIPE", replace(bench_station.RECIPE, visits=20, workers=3))
    places = {"SETS": str(sets), "FOLDER": str(sets), "BUILT": str(tmp_path / "built")}
    if block.commands[0][0] == "bench_station":
        places["ROADS"] = str(request.getfixturevalue("roads") / "puyang.osm.pbf")
    printed: list[tuple[str, ...]] = []
    for program, *options in block.commands:
        words = [places.get(word, word) for word in (*options, *PROGRAMS[program].split())]
        main = import_module(f"tests.benchmarks.{program}").main
        ran = CliRunner().invoke(main, words, catch_exceptions=False)
        printed += _heads(ran.stdout)
    assert block.heads, "a command without a table"
    assert printed == block.heads


def test_every_program_of_the_planner_is_documented() -> None:
    """Each has its command, and so its table, in docs/planning.md."""
    assert {program for block in DOCUMENTED for program, *_ in block.commands} == set(PROGRAMS)
