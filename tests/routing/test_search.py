"""The machinery of the search: where a visit fits is known without trying, OR-Tools takes the plan."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from routing import Budget, Params, Problem, plan
from routing._construct import Board, construct
from routing._day import NEVER, Day
from routing._ortools import polish
from routing._tour import Tour
from tests.routing.problems import problems
from tests.routing.village import BOTH, LI, WANG, between, village


def filled(day: Day) -> Board:
    """Return the first starting plan."""
    return construct(day, seed=0, starts=1)


@settings(max_examples=80)
@given(problems(most_workers=2, ways=True))
def test_where_a_visit_fits_is_where_it_can_be_put(problem: Problem) -> None:
    """At every position of every tour, "it fits" is true exactly when the longer tour keeps every rule."""
    day = Day(problem, Params())
    board = filled(day)
    missing = np.array([node for v in board.missing() for node in day.nodes(v)], np.int64)
    assume(len(missing))
    for tour in board.tours:
        fits = tour.fits(missing)
        costs = fits.singles(day.opens[missing], day.closes[missing])
        for row, node in enumerate(missing):
            for position in range(len(tour.stops) + 1):
                longer = Tour(day, tour.worker)
                longer.stops, longer.fixed = list(tour.stops), dict(tour.fixed)
                longer.insert(int(node), position)
                assert (costs[row, position] < NEVER) == longer.feasible
                if longer.feasible:
                    before = sum(tour.legs) if tour.stops else 0
                    assert costs[row, position] == sum(longer.legs) - before


@settings(max_examples=100)
@given(problems(most_visits=5, most_workers=2, ways=True), st.data())
def test_a_feasible_tour_is_one_that_can_be_written(problem: Problem, data: st.DataObject) -> None:
    """In any order of stops, the two earliest times know what simulating every place for lunch finds."""
    day = Day(problem, Params())
    assume(day.visits)
    for worker in range(len(day.workers)):
        tour = Tour(day, worker)
        order = data.draw(st.permutations(range(len(day.owner))))
        tour.stops = list(order[: data.draw(st.integers(1, 4))])
        tour.refresh()
        legs = range(-1, len(tour.legs)) if tour.who.lunch else (None,)
        sheets = [sheet for leg in legs if (sheet := tour._sheet(leg, {}))]
        within = tour.busy <= tour.who.busy_limit_s and (
            not day.on_foot(worker) or tour.metres <= (tour.who.max_walk_m or 0)
        )
        assert tour.feasible == (bool(sheets) and within)


@settings(max_examples=40)
@given(problems(ways=True))
def test_ortools_accepts_every_starting_plan(problem: Problem) -> None:
    """Closed on the starting plan, the full model finds a plan that is not dearer and keeps every tour."""
    board = filled(Day(problem, Params()))
    assume(board.people)
    better = polish(board, seconds=2, solutions=20, seed=0)
    assert better is not None
    assert better.cost <= board.cost
    assert all(tour.feasible for tour in better.tours)


def test_ortools_is_not_asked_without_a_plan_or_time() -> None:
    """Nothing on the board, no seconds or no solutions: there is nothing to polish."""
    empty = Board(Day(village(), Params()))
    assert polish(empty, 1, 1, 0) is None
    full = filled(Day(village(), Params()))
    assert polish(full, 0, 1, 0) is None
    assert polish(full, 1, 0, 0) is None


def test_the_starting_plan_does_not_depend_on_the_seed_alone() -> None:
    """The first start is the same for every seed, and more starts are never worse."""
    day = Day(village(), Params())
    assert construct(day, 1, 1).people == construct(day, 2, 1).people
    assert construct(day, 1, 8).cost <= construct(day, 1, 1).cost
    assert construct(day, 1, 8).people == construct(day, 1, 8).people


def test_a_pair_agrees_on_the_first_hour_that_suits_both() -> None:
    """Two people whose days differ meet in the first window in which both can come."""
    late_wang = replace(WANG, hours=between(13, 17.5), lunch=None)
    pair = replace(BOTH, windows=(between(9, 12), between(14, 16)))
    made = plan(village([pair], [LI, late_wang]), Budget(0))
    starts = {stop.start for route in made.routes for stop in route.stops}
    assert starts == {between(14, 16)[0]}
