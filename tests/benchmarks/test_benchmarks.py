"""The programs of the tables, on days small enough for a test."""

from __future__ import annotations

from dataclasses import replace

import pytest
from click.testing import CliRunner

from fieldmap.models import TravelMode
from routing import Budget, Params, Problem, plan, violations
from routing._construct import construct
from routing._day import Day
from tests.benchmarks import bench_day, bench_long, bench_walkers
from tests.benchmarks.bench_station import Mandatory, hopeless
from tests.benchmarks.days import Recipe, make
from tests.benchmarks.peers import cold, pyvrp_orders, scored, started, vroom_orders
from tests.benchmarks.tables import Table, gap, seeds_of, spread

SMALL = Recipe(visits=20, workers=3, lunch=False)


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


@pytest.mark.parametrize("program", [bench_long.main, bench_walkers.main])
def test_a_program_prints_its_whole_table(program: object, monkeypatch: pytest.MonkeyPatch) -> None:
    """A run on small days ends with a row of means."""
    monkeypatch.setitem(bench_day.KINDS, "plain", SMALL)
    options = ["--kind", "plain", "--seconds", "0.1", "--seeds", "1-2", "--markdown"]
    more = ["--long", "0.2"] if program is bench_long.main else []
    ran = CliRunner().invoke(program, [*options, *more], catch_exceptions=False)  # type: ignore[arg-type]
    assert ran.exit_code == 0
    assert "| mean ± spread |" in ran.stdout
