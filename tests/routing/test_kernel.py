"""The compiled search: the same rules as the tours, never dearer, the same plan for the same seed."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import assume, given, settings

from fieldmap.errors import InputError
from routing import Budget, Params, Problem, plan, violations
from routing._construct import Board, construct
from routing._day import Day
from routing._fit import BEST, IDLE, SEND, places
from routing._jit import below, stream, unit
from routing._kernel import begin, cost, run
from routing._search import _board, improve, packed
from tests.benchmarks.days import Recipe, make
from tests.routing.problems import problems
from tests.routing.village import village

SMALL = Recipe(visits=40, workers=4, pairs=0.2)


def start(problem: Problem) -> Board:
    return construct(Day(problem, Params()), seed=0, starts=1)


@settings(max_examples=60)
@given(problems(most_workers=2, ways=True))
def test_the_compiled_tours_know_what_the_tours_know(problem: Problem) -> None:
    """Where a visit fits, what it adds and when it may start is the same in compiled code."""
    board = start(problem)
    missing = np.array([node for v in board.missing() for node in board.day.nodes(v)], np.int64)
    assume(len(missing))
    given_, state = packed(board)
    begin(given_, state)
    for w, tour in enumerate(board.tours):
        fits = tour.fits(missing)
        costs = fits.singles(board.day.opens[missing], board.day.closes[missing])
        for row, node in enumerate(missing):
            n = places(given_, state, w, int(node), True, w)
            found = {int(p[0]): int(p[1]) for p in state.places[w, :n]}
            assert found == {i: int(c) for i, c in enumerate(costs[row]) if c < 1 << 40}


@settings(max_examples=60)
@given(problems(ways=True))
def test_the_search_keeps_every_tour_and_is_never_dearer(problem: Problem) -> None:
    """After any search the tours keep the rules of the day and the board costs no more than before."""
    before = construct(Day(problem, Params(balance_percent=30)), seed=0, starts=1)
    after = improve(before, seconds=5, steps=300, seed=3, by_steps=True)
    assert after.cost <= before.cost
    if after.people:
        given_, state = packed(after)
        begin(given_, state)
        assert cost(given_, state) == after.cost
    assert all(tour.feasible for tour in after.tours)
    seated = sorted((v, w) for v, people in after.people.items() for w in people)
    assert seated == sorted((v, tour.worker) for tour in after.tours for v in after.day.owner[tour.stops])


def test_the_search_counts_its_cost_as_the_board_does() -> None:
    """Travel, continuity and prices add up to the same sum on both sides."""
    for pairs in (0.0, 0.3):
        board = improve(start(make(1, Recipe(visits=30, workers=3, pairs=pairs))), 5, 200, 0, by_steps=True)
        given_, state = packed(board)
        begin(given_, state)
        assert cost(given_, state) == board.cost


@settings(max_examples=60)
@given(problems(ways=True))
def test_two_people_keep_their_gap_and_their_windows(problem: Problem) -> None:
    """Who come together begin together, who come apart keep the gap, each within a window of the way."""
    after = improve(start(problem), seconds=5, steps=300, seed=3, by_steps=True)
    for v, team in after.teams.items():
        assert len(after.people[v]) == len(set(after.people[v])) == len(team.seats)
        assert all(w in seat for w, seat in zip(after.people[v], team.seats, strict=True))
        if len(team.nodes) == 2:
            seats = list(zip(team.nodes, after.people[v], strict=True))
            first, second = (after.tours[w].fixed[node] for node, w in seats)
            assert team.gap[0] <= second - first <= team.gap[1]
            for node, begin_ in zip(team.nodes, (first, second), strict=True):
                assert any(a <= begin_ <= b for a, b in after.day.windows[node])


def test_who_is_sent_elsewhere_keeps_every_rule() -> None:
    """Steps that do nothing but give somebody a new tour keep the rules and count as the board does."""
    for pairs in (0.0, 0.3):
        board = start(make(2, Recipe(visits=40, workers=4, pairs=pairs)))
        given_, state = packed(board)
        state.tune[SEND] = 1.0
        begin(given_, state)
        run(given_, state, stream(1), 500, 20_000.0, 300.0)
        found = _board(board.day, state)
        assert found.cost == state.counts[BEST] < board.cost
        assert all(tour.feasible for tour in found.tours)


def test_a_second_saved_is_worth_something_only_where_visits_are_left_out() -> None:
    """With room for everybody the walk goes by the cost alone."""
    crowded = start(make(1, Recipe(visits=60, workers=2, planted=0.2)))
    roomy = start(replace(make(1, SMALL), visits=crowded.day.problem.visits[:1]))
    assert roomy.missing() == []
    assert packed(roomy)[1].tune[IDLE] == 0 < packed(crowded)[1].tune[IDLE]


def test_the_same_seed_and_steps_give_the_same_board() -> None:
    """A search that ends by its steps can be made again; another seed goes another way."""
    boards = [improve(start(make(4, SMALL)), 60, 400, seed, by_steps=True) for seed in (1, 1, 2)]
    tours = [[tour.stops for tour in board.tours] for board in boards]
    assert tours[0] == tours[1] != tours[2]


def test_what_must_be_done_is_found_where_a_plan_is_planted() -> None:
    """On days with a hidden plan that does all that must be done, the search does it too, pairs as well."""
    for seed in (1, 2, 3):
        problem = make(seed, SMALL)
        board = improve(start(problem), 60, 4000, seed=1, by_steps=True)
        assert [v for v in board.missing() if board.day.visits[v].mandatory] == []


def test_a_searched_plan_passes_the_check_and_is_cheaper() -> None:
    """Search and OR-Tools together leave a plan without a violation that costs less than OR-Tools alone."""
    problem, budget = make(5, SMALL), Budget(seconds=30, solutions=600)
    searched, alone = (plan(problem, budget, params=Params(engine=e)) for e in ("search", "ortools"))
    assert (violations(problem, searched), violations(problem, alone)) == ([], [])
    assert searched.cost.total < alone.cost.total


def test_an_engine_nobody_knows_is_refused() -> None:
    """The message names the engines there are."""
    with pytest.raises(InputError) as caught:
        Params(engine="magic")  # type: ignore[arg-type]
    assert caught.value.code == "params.engine"
    assert "ortools" in str(caught.value)


def test_nothing_to_search_gives_the_board_back() -> None:
    """Without time, steps, visits or workers the board stays as it is."""
    board = start(village())
    assert improve(board, 0, 10, 0) is board
    assert improve(board, 10, 0, 0) is board
    empty = Board(Day(village([]), Params()))
    assert improve(empty, 1, 10, 0) is empty


def test_a_random_stream_is_a_value() -> None:
    """The same seed draws the same numbers, all in their range; no seed stands still."""
    one, two = stream(0), stream(0)
    drawn = [unit(one) for _ in range(2000)]
    assert drawn == [unit(two) for _ in range(2000)]
    assert 0 <= min(drawn) < 0.01 < 0.99 < max(drawn) < 1
    assert {below(one, 3) for _ in range(100)} == {0, 1, 2}
