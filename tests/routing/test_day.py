"""A day's plan keeps every rule, whatever it is asked for."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from itertools import count

import numpy as np
import pytest
from hypothesis import given, settings

from fieldmap.errors import PlanError
from fieldmap.models import Position, Sex, TravelMode
from fieldmap.settings import Settings
from routing import (
    Budget,
    Lunch,
    Params,
    Plan,
    Problem,
    StraightLine,
    Visit,
    Worker,
    crews_for,
    plan,
    violations,
)
from routing._construct import construct
from routing._day import Day
from routing._search import improve
from routing.day import MOST_VISITS
from tests.routing.problems import problems
from tests.routing.village import BOTH, EARLY, FREE, HOUR, LATE, LI, WANG, at, between, village

QUICK = Budget(seconds=5, solutions=100)


def reasons(made: Plan) -> dict[str, str]:
    return {left.visit_id: left.reason for left in made.left_out}


def order(made: Plan, worker: str) -> list[str]:
    route = next(route for route in made.routes if route.worker_id == worker)
    return [stop.visit_id for stop in route.stops]


def test_the_village_is_visited_by_hand() -> None:
    """Everybody in the street is seen, the pair together, each within a window, for 100 minutes of travel."""
    problem = village()
    made = plan(problem, QUICK)
    assert violations(problem, made) == []
    assert made.visit_ids == ("both", "early", "free", "late")
    pair = [stop for route in made.routes for stop in route.stops if stop.visit_id == "both"]
    assert [sorted(stop.worker_ids) for stop in pair] == [["li", "wang"]] * 2
    # somebody walks the street to its end (4 legs) and back, the partner to the third door and back
    assert (made.cost.travel, made.cost.left_out, made.cost.continuity) == (14 * 600, 0, 0)


def test_whoever_waits_is_told_how_far_the_search_is() -> None:
    """The share grows from 0 to 1, and asking does not change the plan."""
    said = list[float]()
    made = plan(village(), Budget(seconds=60, solutions=1000), report=said.append)
    assert (said[0], said[-1]) == (0.0, 1.0)
    assert said == sorted(said)
    assert made == plan(village(), Budget(seconds=60, solutions=1000))


def test_a_long_search_says_in_between_how_far_it_is() -> None:
    """By a clock that gains a second whenever it is read, a search of 40 seconds speaks several times."""
    said, seconds = list[float](), count()
    board = construct(Day(village(), Params()), 0, starts=1)
    improve(board, 40, 10**9, 0, clock=lambda: float(next(seconds)), report=said.append)
    assert len(said) > 5
    assert said == sorted(set(said))
    assert 0 < said[0] < said[-1] == 1


def test_a_search_is_given_up_by_whoever_is_told() -> None:
    """What the listener raises ends the search and passes through."""

    class EnoughError(Exception):
        pass

    def stop(share: float) -> None:
        if share > 0:
            raise EnoughError

    with pytest.raises(EnoughError):
        plan(village(), Budget(seconds=60), report=stop)


def test_ten_rows_by_hand() -> None:
    """With one worker on duty B and the house of C and D are visited; G needs two people, F has no place."""
    visits = (
        Visit("B", 1, 1200, ("B",), mandatory=True, urgency=9),
        Visit("C+D", 2, 1800, ("C", "D"), urgency=3),
        Visit("F", None, 1200, ("F",), urgency=30),
        Visit("G", 3, 1800, ("G",), windows=(between(16, 18),), crews=crews_for(2)),
    )
    problem = village(visits, [LI])
    made = plan(problem, QUICK)
    assert made.visit_ids == ("B", "C+D")
    assert reasons(made) == {"F": "no_coordinates", "G": "needs_two_people"}
    assert violations(problem, made) == []


@settings(max_examples=60)
@given(problems())
def test_no_random_problem_gets_a_plan_that_breaks_a_rule(problem: Problem) -> None:
    """Whatever windows, crews, lunches, limits and holes there are, the check finds nothing."""
    for budget in (Budget(0), Budget(seconds=2, solutions=30)):
        made = plan(problem, budget)
        assert violations(problem, made) == []


def test_the_same_seed_and_solutions_give_the_same_plan() -> None:
    """A plan that ends by the limit on solutions can be made again."""
    problem = township(30, 3, seed=5)
    budget = Budget(seconds=60, solutions=60)
    assert plan(problem, budget, seed=7) == plan(problem, budget, seed=7)


def test_polishing_never_makes_a_plan_dearer() -> None:
    """OR-Tools starts from the first plan and is kept only where it is not worse."""
    problem = township(40, 4, seed=2)
    first, polished = plan(problem, Budget(0)), plan(problem, Budget(seconds=20, solutions=300))
    assert (first.engine, polished.engine) == ("insertion", "ortools")
    assert polished.cost.total < first.cost.total


def test_zero_seconds_give_the_first_plan() -> None:
    """Without time to search there is a plan all the same, and it says that nobody polished it."""
    made = plan(village(), Budget(seconds=0))
    assert made.engine == "insertion"
    assert violations(village(), made) == []


@pytest.mark.parametrize(
    ("visits", "workers"),
    [([], [LI]), ([], []), ([EARLY, BOTH, FREE], [])],
)
def test_an_empty_day_is_a_plan(visits: Sequence[Visit], workers: Sequence[Worker]) -> None:
    """No visits or no workers is no error: everybody is left out with the reason."""
    problem = village(visits, workers)
    made = plan(problem, QUICK)
    assert reasons(made) == {visit.id: "no_workers" for visit in visits}
    assert [route.stops for route in made.routes] == [()] * len(workers)
    assert violations(problem, made) == []


def test_nobody_on_duty_and_no_table_is_a_plan_too() -> None:
    """A day without workers needs no travel times."""
    problem = Problem((EARLY,), (), {})
    assert reasons(plan(problem, QUICK)) == {"early": "no_workers"}


def test_too_many_visits_are_refused_with_what_to_do() -> None:
    """Ten thousand visits are no day: the message says how many are and what to do."""
    many = [replace(FREE, id=str(i)) for i in range(10_000)]
    with pytest.raises(PlanError) as caught:
        plan(village(many), QUICK)
    assert caught.value.code == "plan.too-many"
    assert str(MOST_VISITS) in str(caught.value)
    assert "10000" in str(caught.value)


def test_lunch_is_eaten_by_everybody_who_goes() -> None:
    """A full day has an hour of lunch between half past eleven and two, and none during a visit."""
    visits = [Visit(f"v{i}", 1 + i % 5, 2400) for i in range(14)]
    problem = village(visits, [LI])
    made = plan(problem, QUICK)
    assert made.routes[0].lunch is not None
    begin, end = made.routes[0].lunch
    assert at(11.5) <= begin == end - HOUR
    assert end <= at(14)
    assert all(stop.depart <= begin or stop.start >= end for stop in made.routes[0].stops)
    assert violations(problem, made) == []


def test_lunch_moves_a_visit_that_would_fall_into_it() -> None:
    """Where lunch leaves no room at noon, the visit of noon is left out and the others are done."""
    noon = Visit("noon", 1, 2400, windows=(between(12, 12.5),))
    worker = replace(LI, lunch=Lunch(at(11.75), at(13), HOUR))
    problem = village([EARLY, noon], [worker])
    assert reasons(plan(problem, QUICK)) == {"noon": "too_far"}
    assert reasons(plan(village([EARLY, noon], [replace(LI, lunch=None)]), QUICK)) == {}


def test_lunch_may_wait_until_the_morning_is_over() -> None:
    """Somebody who works until noon eats after coming back, where there is no time for it before."""
    last = Visit("last", 1, 900, windows=((at(11.25), at(11.25)),))
    problem = village([last], [replace(LI, hours=between(8.5, 12))])
    made = plan(problem, QUICK)
    assert made.routes[0].arrive == at(11.5) + 600
    assert made.routes[0].lunch == (at(11.5) + 600, at(12.5) + 600)
    assert violations(problem, made) == []


def test_the_second_window_is_used_where_the_first_is_taken() -> None:
    """A visit with two windows moves to the afternoon when the morning belongs to another."""
    first = Visit("first", 1, HOUR, windows=(between(9, 9.25),), mandatory=True)
    made = plan(village([first, LATE], [LI]), QUICK)
    late = next(stop for stop in made.routes[0].stops if stop.visit_id == "late")
    assert at(15) <= late.start <= at(16)


def test_the_day_may_begin_and_end_anywhere() -> None:
    """Without a start or an end place the way to the first door and from the last costs nothing."""
    far = [replace(FREE, id="a", location=4), replace(FREE, id="b", location=5)]
    made = plan(village(far, [replace(LI, start=None, end=None)]), QUICK)
    assert made.cost.travel == 600
    assert made.routes[0].depart == made.routes[0].stops[0].start
    home = plan(village(far, [replace(LI, start=None, end=4)]), QUICK)
    assert order(home, "li") == ["b", "a"]


def test_slack_keeps_time_free() -> None:
    """With slack for emergencies travel and visits fill no more than the rest of the day."""
    visits = [Visit(f"v{i}", 1, HOUR) for i in range(9)]
    full, slack = (plan(village(visits, [replace(LI, slack_s=seconds)]), QUICK) for seconds in (0, 2 * HOUR))
    assert (len(full.visit_ids), len(slack.visit_ids)) == (7, 5)
    assert set(reasons(slack).values()) == {"day_full"}


def test_somebody_on_foot_walks_no_farther_than_allowed() -> None:
    """The walking limit binds on foot and does not on an e-bike."""
    doors = [replace(FREE, id=str(i), location=i) for i in (1, 5)]
    walker = replace(LI, mode=TravelMode.WALK, max_walk_m=3000)
    assert plan(village(doors, [walker]), QUICK).visit_ids == ("1",)
    assert plan(village(doors, [replace(walker, mode=TravelMode.EBIKE)]), QUICK).visit_ids == ("1", "5")


def test_a_household_keeps_its_own_worker_where_that_costs_little() -> None:
    """The household's own worker goes, unless somebody else saves more than the price of continuity."""
    own = [replace(FREE, id="hers", location=1), replace(FREE, id="his", location=2, preferred_worker="wang")]
    dear = plan(village(own), QUICK, params=Params(continuity_s=HOUR))
    assert (order(dear, "li"), order(dear, "wang"), dear.cost.continuity) == (["hers"], ["his"], 0)
    cheap = plan(village(own), QUICK, params=Params(continuity_s=60))
    assert (cheap.cost.travel, cheap.cost.continuity) == (4 * 600, 60)


def test_a_companion_goes_alone_if_possible_and_in_a_pair_if_not() -> None:
    """A man living alone is visited by Wang; where Wang may not take the lead, both go."""
    man = replace(FREE, crews=crews_for(companion=Sex.MALE, or_pair=True))
    assert order(plan(village([man]), QUICK), "wang") == ["free"]
    worker_only = crews_for(
        lead=replace(BOTH.crews[0][0], roles=frozenset({"social_worker"})), companion=Sex.MALE, or_pair=True
    )
    both = plan(village([replace(man, crews=worker_only)]), QUICK)
    assert (order(both, "li"), order(both, "wang")) == (["free"], ["free"])
    alone = plan(village([replace(man, crews=worker_only)], [LI]), QUICK)
    assert reasons(alone) == {"free": "companion"}


def test_urgent_visits_come_first_where_the_day_is_short() -> None:
    """With room for one visit the more urgent is made, and a mandatory one before any other."""
    short = [replace(LI, hours=between(8.5, 9.5), lunch=None)]
    calm, urgent = Visit("calm", 1, 1800, urgency=1), Visit("urgent", 1, 1800, urgency=80)
    assert plan(village([calm, urgent], short), QUICK).visit_ids == ("urgent",)
    must = replace(calm, id="must", mandatory=True)
    assert plan(village([must, urgent], short), QUICK).visit_ids == ("must",)


def test_pairs_that_cross_do_not_wait_for_each_other_for_ever() -> None:
    """Several pairs at fixed hours are all kept, by the same two people in the same order."""
    pairs = [replace(BOTH, id=f"p{i}", location=i, windows=(between(8 + i, 8.5 + i),)) for i in (1, 2, 3, 4)]
    problem = village(pairs, [LI, replace(WANG, start=5, end=5)])
    made = plan(problem, QUICK)
    assert order(made, "li") == order(made, "wang") == ["p1", "p2", "p3", "p4"]
    assert violations(problem, made) == []


def township(visits: int, workers: int, seed: int) -> Problem:
    """Return a day over random doors of 10 × 10 km, fuller than its workers can do."""
    rng = np.random.default_rng(seed)
    spots = [Position(115 + x, 35.5 + y) for x, y in rng.uniform(-0.05, 0.05, (visits + 1, 2))]
    roads = StraightLine.of(Settings())
    doors = []
    for i in range(visits):
        begin = at(int(rng.integers(8, 16)))
        doors.append(
            Visit(
                f"v{i}",
                i + 1,
                int(rng.choice((900, 1500, 2400))),
                windows=((begin, begin + 5400),) if rng.random() < 0.4 else (),
                mandatory=bool(rng.random() < 0.15),
                urgency=int(rng.integers(0, 40)),
                crews=crews_for(2) if rng.random() < 0.08 else crews_for(),
            )
        )
    people = tuple(
        replace(LI if w % 2 else WANG, id=f"w{w}", mode=TravelMode.WALK if w % 3 == 0 else TravelMode.EBIKE)
        for w in range(workers)
    )
    return Problem(tuple(doors), people, {mode: roads.table(mode, spots) for mode in TravelMode})


def test_a_full_day_of_a_station_is_planned_and_checked() -> None:
    """150 visits and 8 workers get a plan without a violation that does all that must be done."""
    problem = township(150, 8, seed=1)
    made = plan(problem, Budget(seconds=2))
    assert violations(problem, made) == []
    left = set(reasons(made))
    assert [visit.id for visit in problem.visits if visit.mandatory and visit.id in left] == []
    assert len(made.visit_ids) > 60
