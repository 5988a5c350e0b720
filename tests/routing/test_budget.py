"""Days that are odd or large: OR-Tools takes the plan all the same, and the time asked for is kept."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from fieldmap.models import TravelMode
from routing import UNREACHABLE, Budget, Lunch, Params, Problem, TravelTimes, Visit, Worker, plan, violations
from routing._construct import construct
from routing._day import Day
from routing._ortools import _FEW, _Model, polish
from tests.routing.test_day import township
from tests.routing.village import BOTH, EARLY, FREE, HOUR, LATE, LI, WANG, at, between, street, village


@pytest.mark.parametrize(
    "idle",
    [
        Worker("idle", 0, 5, hours=between(9, 9.5)),
        Worker("idle", 0, 5, slack_s=9 * HOUR),
        Worker("idle", 0, 5, mode=TravelMode.WALK, max_walk_m=100),
        Worker("idle", 0, 4, mode=TravelMode.CAR),
    ],
    ids=["longer than the hours", "over the slack", "over the walking limit", "no way"],
)
def test_who_stays_at_home_keeps_nobody_from_being_planned(idle: Worker) -> None:
    """A way from start to end that nobody could make does not matter where nobody makes it."""
    hole = np.array(street(6).duration_s)
    hole[0, 4] = UNREACHABLE
    tables = {
        TravelMode.EBIKE: street(6),
        TravelMode.WALK: street(6, TravelMode.WALK),
        TravelMode.CAR: replace(street(6, TravelMode.CAR), duration_s=hole),
    }
    doors = [replace(visit, windows=(between(11, 12),)) for visit in (EARLY, LATE)]
    problem = Problem((*doors,), (LI, idle), tables)
    made = plan(problem, Budget(5, solutions=20))
    assert (made.engine, made.visit_ids) == ("ortools", ("early", "late"))
    assert violations(problem, made) == []


def test_a_way_without_metres_is_no_way() -> None:
    """Where the seconds of a way are known and its metres are not, nobody goes."""
    table = street(6)
    metres = np.array(table.distance_m)
    metres[:4, 4] = metres[5:, 4] = UNREACHABLE
    problem = replace(village([FREE, LATE]), travel={TravelMode.EBIKE: replace(table, distance_m=metres)})
    made = plan(problem, Budget(0))
    assert made.visit_ids == ("late",)
    assert violations(problem, made) == []


def test_a_stop_that_takes_less_than_nothing_goes_first() -> None:
    """Where a stop shortens the way by more than its service there is a plan, with that stop."""
    ways = np.array([[0, 2000, 600], [2000, 0, 600], [600, 600, 0]], np.int32)
    table = TravelTimes(ways, ways, np.zeros(3, np.int32), TravelMode.EBIKE, "by hand")
    for service in (300, 740, 900):
        visits = (Visit("a", 1, 900, mandatory=True), Visit("b", 2, service))
        made = plan(Problem(visits, (Worker("w", 0, 0),), {TravelMode.EBIKE: table}), Budget(0))
        assert made.visit_ids == ("a", "b")


def test_a_large_day_is_taken_and_costs_in_ortools_what_it_costs_here() -> None:
    """With more nodes than have a matrix each, the price of continuity is still in what OR-Tools counts."""
    day = township(_FEW + 20, 6, seed=3)
    visits = [replace(v, crews=FREE.crews, preferred_worker=f"w{i % 6}") for i, v in enumerate(day.visits)]
    board = construct(Day(replace(day, visits=tuple(visits)), Params()), 0, 1)
    model = _Model(board, 0)
    found = model.solve(20, 2)
    better = model.board(found)
    assert better is not None
    assert found.ObjectiveValue() == better.cost <= board.cost
    assert better.strange > 0


def test_a_large_day_is_searched_from_what_must_be_done() -> None:
    """Over 400 visits the search puts the optional ones in, and what must be done is done."""
    problem = township(410, 12, seed=4)
    made = plan(problem, Budget(3))
    assert violations(problem, made) == []
    left = {item.visit_id for item in made.left_out}
    assert not [v.id for v in problem.visits if v.mandatory and v.id in left]
    assert any(not problem.visit_by_id[key].mandatory for key in made.visit_ids)


def test_ortools_is_not_asked_where_reading_would_take_the_time() -> None:
    """In a hundredth of a second no day of 400 visits is read; the plan stays as it is."""
    board = construct(Day(township(400, 3, seed=1), Params()), 0, 1, optional=False)
    assert polish(board, 0.01, 10, 0) is None


def test_polishing_is_given_up_by_whoever_is_told() -> None:
    """What the listener raises ends OR-Tools' search and passes through."""

    class EnoughError(Exception):
        pass

    def stop(share: float) -> None:
        assert 0 < share <= 1
        raise EnoughError

    board = construct(Day(township(60, 4, seed=2), Params()), 0, 1)
    with pytest.raises(EnoughError):
        polish(board, 60, 10**6, 0, stop)


def test_who_searched_nothing_says_insertion() -> None:
    """With seconds but no solutions allowed nobody searched, and the plan says so."""
    assert plan(village(), Budget(5, solutions=0)).engine == "insertion"


def test_lunch_and_pairs_do_not_mind_who_stays_at_home() -> None:
    """A pair is kept where a third worker's day has no room for anything."""
    third = Worker("zhao", 0, 5, hours=between(12, 12.1), lunch=Lunch(at(11.5), at(14), HOUR))
    made = plan(village([BOTH], [LI, WANG, third]), Budget(5, solutions=20))
    assert (made.engine, made.visit_ids) == ("ortools", ("both",))
