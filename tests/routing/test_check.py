"""The check knows the rules by itself: a good plan passes, each broken rule is noticed."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from fieldmap.models import TravelMode
from routing import (
    RULES,
    UNREACHABLE,
    Budget,
    Cost,
    LeftOut,
    Lunch,
    Plan,
    Problem,
    Route,
    Seat,
    Violation,
    plan,
    violations,
)
from tests.routing.problems import problems
from tests.routing.village import HOUR, at, between, village

PROBLEM = village([*village().visits, replace(village().visits[3], id="lost", location=None)])
GOOD = plan(PROBLEM, Budget(0))

type Case = tuple[Problem, Plan]


def routed(change: Callable[[Route], Route], worker: str = "li") -> Case:
    """Return the good plan with one worker's route changed."""
    routes = tuple(change(r) if r.worker_id == worker else r for r in GOOD.routes)
    return PROBLEM, replace(GOOD, routes=routes)


def stopped(visit: str, worker: str = "li", **changes: Any) -> Case:
    """Return the good plan with one stop changed."""

    def change(route: Route) -> Route:
        stops = tuple(replace(s, **changes) if s.visit_id == visit else s for s in route.stops)
        return replace(route, stops=stops)

    return routed(change, worker)


def dropped(visit: str, worker: str = "li") -> Case:
    return routed(lambda r: replace(r, stops=tuple(s for s in r.stops if s.visit_id != visit)), worker)


def ruled(visit: str, **changes: Any) -> Case:
    """Return the good plan under another rule of one visit."""
    visits = tuple(replace(v, **changes) if v.id == visit else v for v in PROBLEM.visits)
    return replace(PROBLEM, visits=visits), GOOD


def staffed(worker: str, **changes: Any) -> Case:
    """Return the good plan under another rule of one worker."""
    people = tuple(replace(w, **changes) if w.id == worker else w for w in PROBLEM.workers)
    return replace(PROBLEM, workers=people), GOOD


def roads(change: Callable[[Any], Any]) -> Case:
    """Return the good plan on other roads."""
    return replace(PROBLEM, travel={mode: change(table) for mode, table in PROBLEM.travel.items()}), GOOD


def stop_of(visit: str, worker: str = "li") -> Any:
    route = next(r for r in GOOD.routes if r.worker_id == worker)
    return next(s for s in route.stops if s.visit_id == visit)


LI_ROUTE = next(r for r in GOOD.routes if r.worker_id == "li")
EARLY = stop_of("early")
BOTH = stop_of("both")
LUNCH = LI_ROUTE.lunch or (0, 0)

BROKEN: list[tuple[str, str, Callable[[], Case]]] = [
    ("unknown", "a visit that is not in the problem", lambda: stopped("early", visit_id="ghost")),
    (
        "unknown",
        "a worker who is not in the problem",
        lambda: routed(lambda r: replace(r, worker_id="ghost")),
    ),
    (
        "unknown",
        "a stranger left out",
        lambda: (PROBLEM, replace(GOOD, left_out=(*GOOD.left_out, LeftOut("ghost", "day_full")))),
    ),
    ("route", "a worker without a route", lambda: (PROBLEM, replace(GOOD, routes=GOOD.routes[:1]))),
    ("route", "a worker with two", lambda: (PROBLEM, replace(GOOD, routes=(*GOOD.routes, GOOD.routes[0])))),
    ("once", "a visit dropped without a word", lambda: dropped("early")),
    (
        "once",
        "a visit done and left out",
        lambda: (PROBLEM, replace(GOOD, left_out=(*GOOD.left_out, LeftOut("early", "day_full")))),
    ),
    ("once", "a visit left out twice", lambda: (PROBLEM, replace(GOOD, left_out=GOOD.left_out * 2))),
    ("once", "a visit forgotten", lambda: (PROBLEM, replace(GOOD, left_out=()))),
    ("reason", "no reason", lambda: (PROBLEM, replace(GOOD, left_out=(LeftOut("lost", ""),)))),
    ("crew", "half a pair", lambda: dropped("both")),
    (
        "crew",
        "a skill that is missing",
        lambda: ruled("early", crews=((Seat(skills=frozenset({"x"})),),)),
    ),
    ("crew", "a role that is missing", lambda: ruled("early", crews=((Seat(roles=frozenset({"x"})),),))),
    (
        "crew",
        "two for a visit of one",
        lambda: ruled("both", crews=((Seat(),),)),
    ),
    ("crew", "one for a visit of two", lambda: ruled("early", crews=((Seat(), Seat()),))),
    (
        "crew",
        "one person twice",
        lambda: routed(lambda r: replace(r, stops=(*r.stops, BOTH))),
    ),
    ("together", "a partner who is not there", lambda: stopped("both", worker_ids=("li", "ghost"))),
    ("together", "a partner who is not named", lambda: stopped("both", worker_ids=("li",))),
    (
        "together",
        "a pair at two times",
        lambda: stopped("both", start=BOTH.start + 60, depart=BOTH.depart + 60),
    ),
    ("window", "a window that has moved", lambda: ruled("early", windows=(between(16, 17),))),
    ("service", "a visit cut short", lambda: stopped("early", depart=EARLY.depart - 1)),
    ("service", "a visit that takes longer", lambda: ruled("early", service_s=1801)),
    ("hours", "leaving before work", lambda: routed(lambda r: replace(r, depart=at(8)))),
    ("hours", "coming back after work", lambda: staffed("li", hours=(at(8.5), LI_ROUTE.arrive - 1))),
    ("lunch", "no lunch", lambda: routed(lambda r: replace(r, lunch=None))),
    ("lunch", "a short lunch", lambda: routed(lambda r: replace(r, lunch=(LUNCH[0], LUNCH[1] - 1)))),
    ("lunch", "lunch too early", lambda: routed(lambda r: replace(r, lunch=(at(11), at(12))))),
    ("lunch", "lunch too late", lambda: routed(lambda r: replace(r, lunch=(at(13.5), at(14.5))))),
    (
        "lunch",
        "lunch during a visit",
        lambda: staffed("li", lunch=Lunch(EARLY.start, EARLY.start + HOUR, HOUR)),
    ),
    ("lunch", "lunch where there is none", lambda: staffed("li", lunch=None)),
    ("travel", "a way made shorter", lambda: stopped("early", travel_s=0)),
    ("travel", "metres made fewer", lambda: stopped("early", travel_m=1)),
    ("travel", "there before one can be", lambda: stopped("early", arrive=EARLY.arrive - 1)),
    ("travel", "begun before arriving", lambda: stopped("early", arrive=EARLY.start + 1)),
    ("travel", "back before one can be", lambda: routed(lambda r: replace(r, arrive=r.arrive - 1))),
    ("travel", "another end place", lambda: staffed("li", end=5)),
    ("travel", "another start place", lambda: staffed("li", start=5)),
    ("travel", "stops in another order", lambda: routed(lambda r: replace(r, stops=r.stops[::-1]))),
    ("road", "a door without coordinates", lambda: ruled("early", location=None)),
    (
        "road",
        "a way that does not exist",
        lambda: roads(
            lambda t: replace(t, duration_s=np.where(t.duration_s, UNREACHABLE, 0).astype(np.int32))
        ),
    ),
    ("road", "a door far from roads", lambda: roads(lambda t: replace(t, snap_m=t.snap_m + np.int32(251)))),
    ("waiting", "waiting that is not there", lambda: stopped("early", waiting_s=EARLY.waiting_s + 1)),
    ("slack", "no slack left", lambda: staffed("li", slack_s=8 * HOUR)),
    ("walk", "too far on foot", lambda: staffed("li", mode=TravelMode.WALK, max_walk_m=2000)),
    ("totals", "travel too cheap", lambda: (PROBLEM, replace(GOOD, cost=replace(GOOD.cost, travel=0)))),
    ("totals", "nobody left out", lambda: (PROBLEM, replace(GOOD, cost=replace(GOOD.cost, left_out=0)))),
    ("totals", "a stranger for nothing", lambda: ruled("early", preferred_worker="wang")),
    ("totals", "everything free", lambda: (PROBLEM, replace(GOOD, cost=Cost(0, 0, 0)))),
]


def test_the_good_plan_breaks_no_rule() -> None:
    """The plan that the cases below break is a good one, with a pair, two windows and lunch."""
    assert violations(PROBLEM, GOOD) == []
    assert GOOD.visit_ids == ("both", "early", "free", "late")
    assert LI_ROUTE.lunch is not None


@pytest.mark.parametrize(("code", "what", "case"), BROKEN, ids=[f"{c}: {w}" for c, w, _ in BROKEN])
def test_a_broken_rule_is_noticed(code: str, what: str, case: Callable[[], Case]) -> None:
    """A plan broken in one place is refused with the rule that it breaks."""
    problem, broken = case()
    assert code in {violation.code for violation in violations(problem, broken)}, what


def test_every_rule_is_broken_once_above() -> None:
    """No rule of the check is without a plan that breaks it."""
    assert {code for code, _, _ in BROKEN} == set(RULES)


def test_a_violation_says_rule_place_and_what_was_found() -> None:
    """A violation reads as the rule with the worker, the visit and the value."""
    said = str(Violation("window", "li", "early", "1 not in ((2, 3),)"))
    assert said == f"window [li early]: {RULES['window']}; found 1 not in ((2, 3),)"


@settings(max_examples=80)
@given(problems(most_visits=8), st.data())
def test_any_moved_time_is_noticed(problem: Problem, data: st.DataObject) -> None:
    """In the plan of a random problem no single time, way or name of a stop can be changed unseen."""
    made = plan(problem, Budget(0))
    busy = [route for route in made.routes if route.stops]
    assume(busy)
    route = data.draw(st.sampled_from(busy))
    number = data.draw(st.integers(0, len(route.stops) - 1))
    stop = route.stops[number]
    field = data.draw(st.sampled_from(("start", "depart", "travel_s", "travel_m", "waiting_s")))
    by = data.draw(st.sampled_from((-3600, -1, 1, 60)))
    changed = replace(stop, **{field: getattr(stop, field) + by})
    stops = (*route.stops[:number], changed, *route.stops[number + 1 :])
    routes = tuple(replace(r, stops=stops) if r is route else r for r in made.routes)
    assert violations(problem, replace(made, routes=routes)) != []


@settings(max_examples=80)
@given(problems(most_visits=8), st.data())
def test_any_lost_or_stolen_stop_is_noticed(problem: Problem, data: st.DataObject) -> None:
    """A stop taken out of a route, or moved to another worker's, is seen."""
    made = plan(problem, Budget(0))
    busy = [route for route in made.routes if route.stops]
    assume(busy)
    route = data.draw(st.sampled_from(busy))
    stop = data.draw(st.sampled_from(route.stops))
    without = replace(route, stops=tuple(s for s in route.stops if s is not stop))
    to = data.draw(st.sampled_from([None, *(r for r in made.routes if r is not route)]))
    moved = {route.worker_id: without}
    if to is not None:
        moved[to.worker_id] = replace(to, stops=(*to.stops, stop))
    routes = tuple(moved.get(r.worker_id, r) for r in made.routes)
    assert violations(problem, replace(made, routes=routes)) != []
