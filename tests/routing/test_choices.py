"""What a plan chooses where a visit may be made in several ways, by both engines."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given, settings

from routing import Budget, Params, Plan, Problem, Seat, Visit, plan, violations
from routing.models import Venue
from routing.params import Engine
from routing.results import Stop
from tests.routing.problems import problems
from tests.routing.village import BOTH, EARLY, FREE, HOUR, LI, WANG, at, between, village

QUICK = Budget(seconds=5, solutions=100)
DEFAULT = Params()
ENGINES: tuple[Engine, ...] = ("search", "ortools")
either = pytest.mark.parametrize("engine", ENGINES)

HOME = Visit("child", 5, 1800, mandatory=True)
SCHOOL = Venue(1, 1200, (between(9, 11.5),), name="school")
PUPIL = replace(HOME, elsewhere=(SCHOOL,))


def made(problem: Problem, engine: Engine, params: Params = DEFAULT) -> Plan:
    """Return a plan that the check has nothing against."""
    found = plan(problem, QUICK, params=replace(params, engine=engine))
    assert violations(problem, found) == []
    return found


def stops(found: Plan, visit: str) -> dict[str, Stop]:
    """Return the stops at a visit by worker."""
    return {r.worker_id: s for r in found.routes for s in r.stops if s.visit_id == visit}


@either
def test_a_child_is_seen_at_school_where_that_is_nearer(engine: Engine) -> None:
    """The school ten minutes away is chosen before the home at the end of the street, with its service."""
    found = made(village([PUPIL], [LI]), engine)
    stop = stops(found, "child")["li"]
    assert (stop.venue, stop.depart - stop.start) == (1, 1200)
    assert at(9) <= stop.start <= at(11.5)
    assert found.cost.total == 2 * 600


@either
def test_a_child_is_seen_at_home_where_school_is_over(engine: Engine) -> None:
    """Somebody who begins in the afternoon finds the school closed and goes home."""
    found = made(village([PUPIL], [replace(LI, hours=between(13, 17.5), lunch=None)]), engine)
    assert stops(found, "child")["li"].venue == 0
    assert found.cost.total == 10 * 600


@either
def test_a_dear_venue_is_chosen_only_where_it_saves_more(engine: Engine) -> None:
    """Going to school saves eighty minutes: it is worth a price of 79 and not one of 81."""
    for minutes, venue in ((79, 1), (81, 0)):
        dear = replace(HOME, elsewhere=(replace(SCHOOL, price_s=minutes * 60),))
        found = made(village([dear], [LI]), engine)
        assert stops(found, "child")["li"].venue == venue
        assert found.cost.elsewhere == venue * minutes * 60


@either
def test_several_children_of_a_school_are_one_way_there(engine: Engine) -> None:
    """Twelve pupils from twelve doors are seen on one way to the school and back."""
    pupils = [replace(PUPIL, id=f"child{i}", location=2 + i % 4, service_s=600) for i in range(6)]
    found = made(village([replace(p, elsewhere=(replace(SCHOOL, service_s=600),)) for p in pupils]), engine)
    assert {s.venue for r in found.routes for s in r.stops} == {1}
    assert found.cost.total == 2 * 600


@either
def test_a_wish_is_kept_where_that_costs_nothing(engine: Engine) -> None:
    """With the day before them, an afternoon wish is kept though the morning is free."""
    found = made(village([replace(FREE, wished=(between(15, 16),))], [LI]), engine)
    assert at(15) <= stops(found, "free")["li"].start <= at(16)
    assert found.cost.wishes == 0


@either
def test_a_wish_is_broken_where_keeping_it_costs_more(engine: Engine) -> None:
    """Half an hour of work left after three: the wish is kept for its price or broken for a second way."""
    # the early visit lies at the same door, but must be made before ten
    short = replace(LI, hours=between(8.5, 10.5), lunch=None)
    wish = replace(FREE, location=1, wished=(between(14, 15),), preferred_worker="li")
    later = replace(WANG, hours=between(13, 17.5), lunch=None)
    for price, wishes in ((1000, 1000), (1600, 0)):
        params = Params(wish_s=price, continuity_s=300)
        found = made(village([replace(EARLY, location=1), wish], [short, later]), engine, params)
        assert found.cost.wishes == wishes
        # alone Wang would go ten minutes there and back, and is not the household's own
        assert found.cost.total == 1200 + min(price, 1200 + 300)


@either
def test_a_wish_that_cannot_be_kept_leaves_the_visit_in_the_plan(engine: Engine) -> None:
    """A wish outside the hours of work is a price, no window."""
    found = made(village([replace(FREE, wished=(between(19, 20),))], [LI]), engine)
    assert (found.visit_ids, found.cost.wishes) == (("free",), Params().wish_s)


@either
def test_the_second_comes_after_the_first_by_the_gap(engine: Engine) -> None:
    """Two people two to three hours apart: the second begins then, lunch may lie between, both stay."""
    found = made(village([replace(BOTH, gap_s=(2 * HOUR, 3 * HOUR))]), engine)
    there = stops(found, "both")
    (order,) = {stop.worker_ids for stop in there.values()}
    first, second = (there[who] for who in order)
    assert 2 * HOUR <= second.start - first.start <= 3 * HOUR
    assert [stop.depart - stop.start for stop in (first, second)] == [2400, 2400]


@either
def test_who_comes_first_is_whom_the_first_seat_names(engine: Engine) -> None:
    """Where the first seat is a volunteer's the volunteer is there first, on paper too."""
    crew = (Seat(roles=frozenset({"volunteer"})), Seat())
    later = replace(BOTH, crews=(crew,), gap_s=(HOUR, HOUR), windows=(between(11, 12), between(14, 15)))
    there = stops(made(village([later]), engine), "both")
    assert there["wang"].worker_ids == there["li"].worker_ids == ("wang", "li")
    assert there["li"].start - there["wang"].start == HOUR


@either
def test_a_gap_that_no_window_allows_leaves_the_visit_out(engine: Engine) -> None:
    """Six hours apart do not fit into a window of one: the visit is left out, the others are done."""
    never = replace(BOTH, gap_s=(6 * HOUR, 7 * HOUR), windows=(between(9, 10),))
    found = made(village([never, FREE]), engine)
    assert (found.visit_ids, [left.visit_id for left in found.left_out]) == (("free",), ["both"])


@either
def test_days_are_evened_only_when_asked(engine: Engine) -> None:
    """Four visits at one door are one way for one person; asked for balance, two people share them."""
    four = [Visit(f"v{i}", 1, HOUR) for i in range(4)]
    plain = made(village(four), engine)
    assert (plain.cost.travel, plain.cost.balance) == (1200, 0)
    assert [len(route.stops) for route in plain.routes] in ([4, 0], [0, 4])
    even = made(village(four), engine, Params(balance_percent=50))
    assert (even.cost.travel, even.cost.balance) == (2400, 0)
    assert [len(route.stops) for route in even.routes] == [2, 2]


@either
def test_the_named_person_goes(engine: Engine) -> None:
    """Where the seat names Wang, Wang goes, though Li passes the door anyway."""
    his = replace(FREE, location=1, crews=((Seat(workers=frozenset({"wang"})),),))
    problem = village([replace(EARLY, crews=((Seat(workers=frozenset({"li"})),),)), his])
    found = made(problem, engine)
    assert set(stops(found, "free")) == {"wang"}
    assert set(stops(found, "early")) == {"li"}


@either
@settings(max_examples=40)
@given(problem=problems(ways=True, calls=True))
def test_no_random_problem_gets_a_plan_that_breaks_a_rule(engine: Engine, problem: Problem) -> None:
    """With venues, wishes, gaps, named workers and balance in play the check finds nothing."""
    for percent in (0, 40):
        params = Params(engine=engine, balance_percent=percent)
        assert violations(problem, plan(problem, Budget(2, 30), params=params)) == []
