"""The check knows the rules by itself: a good plan passes, each broken rule is noticed."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from fieldmap.models import Channel, TravelMode
from routing import (
    RULES,
    UNREACHABLE,
    Budget,
    Cost,
    LeftOut,
    Lunch,
    Route,
    Seat,
    Venue,
    Violation,
    plan,
    violations,
)
from tests.routing.handmade import Case, desk_day, full_day, noon_day
from tests.routing.problems import problems
from tests.routing.village import HOUR, at, between, village

PROBLEM = village([*village().visits, replace(village().visits[3], id="lost", location=None)])
GOOD = plan(PROBLEM, Budget(0))

STREET: Case = (PROBLEM, GOOD)


def routed(change: Callable[[Route], Route], worker: str = "li", of: Case = STREET) -> Case:
    """Return a good plan with one worker's route changed."""
    routes = tuple(change(r) if r.worker_id == worker else r for r in of[1].routes)
    return of[0], replace(of[1], routes=routes)


def stopped(visit: str, worker: str = "li", of: Case = STREET, **changes: Any) -> Case:
    """Return a good plan with one stop changed."""

    def change(route: Route) -> Route:
        stops = tuple(replace(s, **changes) if s.visit_id == visit else s for s in route.stops)
        return replace(route, stops=stops)

    return routed(change, worker, of)


def called(visit: str, worker: str = "li", **changes: Any) -> Case:
    """Return the full day with one call changed."""

    def change(route: Route) -> Route:
        calls = tuple(replace(c, **changes) if c.visit_id == visit else c for c in route.calls)
        return replace(route, calls=calls)

    return routed(change, worker, FULL)


def dropped(visit: str, worker: str = "li") -> Case:
    return routed(lambda r: replace(r, stops=tuple(s for s in r.stops if s.visit_id != visit)), worker)


def ruled(visit: str, of: Case = STREET, **changes: Any) -> Case:
    """Return a good plan under another rule of one visit."""
    visits = tuple(replace(v, **changes) if v.id == visit else v for v in of[0].visits)
    return replace(of[0], visits=visits), of[1]


def staffed(worker: str, of: Case = STREET, **changes: Any) -> Case:
    """Return a good plan under another rule of one worker."""
    people = tuple(replace(w, **changes) if w.id == worker else w for w in of[0].workers)
    return replace(of[0], workers=people), of[1]


def priced(**changes: Any) -> Case:
    """Return the full day with another cost."""
    return FULL[0], replace(FULL[1], cost=replace(FULL[1].cost, **changes))


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

FULL, AT_THE_DESK = full_day(), desk_day()

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
    ("reason", "any reason", lambda: (PROBLEM, replace(GOOD, left_out=(LeftOut("lost", "because"),)))),
    ("crew", "half a pair", lambda: dropped("both")),
    ("desk", "somebody on office duty at a door", lambda: staffed("li", at_desk=True)),
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
    ("lunch", "lunch begun on the way and ended at the door", lambda: noon_day(arrive=at(12))),
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
    ("road", "metres that do not exist", lambda: holed()),
    ("road", "a day that begins far from roads", lambda: roads(lambda t: replace(t, snap_m=off(0)))),
    ("road", "a day that ends far from roads", lambda: home_off_road()),
    ("waiting", "waiting that is not there", lambda: stopped("early", waiting_s=EARLY.waiting_s + 1)),
    ("slack", "no slack left", lambda: staffed("li", slack_s=8 * HOUR)),
    ("walk", "too far on foot", lambda: staffed("li", mode=TravelMode.WALK, max_walk_m=2000)),
    ("totals", "travel too cheap", lambda: (PROBLEM, replace(GOOD, cost=replace(GOOD.cost, travel=0)))),
    ("totals", "nobody left out", lambda: (PROBLEM, replace(GOOD, cost=replace(GOOD.cost, left_out=0)))),
    ("totals", "a stranger for nothing", lambda: ruled("early", preferred_worker="wang")),
    ("totals", "everything free", lambda: (PROBLEM, replace(GOOD, cost=Cost(0, 0, 0)))),
    ("totals", "the school for nothing", lambda: priced(elsewhere=0)),
    ("totals", "the wish for nothing", lambda: priced(wishes=0)),
    ("totals", "the wish of the second of two", lambda: priced(wishes=3600)),
    ("totals", "uneven days for nothing", lambda: priced(balance=0)),
    ("totals", "a strange caller for nothing", lambda: priced(continuity=0)),
    ("totals", "a call outside its wish", lambda: ruled("back", FULL, wished=(between(8, 9),))),
    ("venue", "a venue that there is not", lambda: stopped("child", of=FULL, venue=2)),
    ("venue", "a venue before the first", lambda: stopped("child", of=FULL, venue=-1)),
    ("venue", "two at two venues", lambda: stopped("turns", of=elsewhere("turns"), venue=1)),
    ("window", "the window of home at school", lambda: stopped("child", of=FULL, venue=0)),
    ("service", "as long as at home", lambda: stopped("child", of=FULL, depart=at(9.25) + 1800)),
    ("travel", "the way home to school", lambda: stopped("child", of=FULL, venue=0)),
    ("road", "a school without coordinates", lambda: ruled("child", FULL, elsewhere=(Venue(None, 1200),))),
    ("gap", "the second too late", lambda: ruled("turns", FULL, gap_s=(1800, 2699))),
    ("gap", "the second too early", lambda: ruled("turns", FULL, gap_s=(2701, 3000))),
    ("together", "turns where both must be there", lambda: ruled("turns", FULL, gap_s=None)),
    ("together", "two orders of turns", lambda: stopped("turns", of=FULL, worker_ids=("wang", "li"))),
    (
        "crew",
        "the wrong one first",
        lambda: ruled("turns", FULL, crews=((Seat(), Seat(workers=frozenset({"li"}))),)),
    ),
    (
        "crew",
        "somebody who is not named",
        lambda: ruled("child", FULL, crews=((Seat(workers=frozenset({"wang"})),),)),
    ),
    (
        "crew",
        "a caller who is not named",
        lambda: ruled("desk", FULL, crews=((Seat(workers=frozenset({"wang"})),),)),
    ),
    ("channel", "a call at a door", lambda: ruled("child", FULL, channel=Channel.PHONE, elsewhere=())),
    ("channel", "a door on the phone", lambda: ruled("back", FULL, channel=Channel.DOOR)),
    ("unknown", "a call to nobody", lambda: called("desk", visit_id="ghost")),
    ("once", "a call forgotten", lambda: routed(lambda r: replace(r, calls=r.calls[1:]), of=FULL)),
    ("once", "a call made twice", lambda: called("back", visit_id="door")),
    ("window", "a call too late", lambda: ruled("desk", FULL, windows=(between(8, 8.4),))),
    ("service", "a call cut short", lambda: called("desk", end=at(8.5) + 599)),
    ("call", "a call on the way", lambda: called("desk", start=at(8.7), end=at(8.7) + 600)),
    ("call", "a call during a visit", lambda: called("door", start=at(9.2), end=at(9.2) + 600)),
    ("call", "a call at lunch", lambda: called("back", start=at(12.4), end=at(12.4) + 600)),
    ("call", "two calls at once", lambda: called("back", start=at(8.5), end=at(8.5) + 600)),
    ("call", "a call after work", lambda: called("back", start=at(17.4), end=at(17.4) + 600)),
    ("call", "a call before work", lambda: called("desk", start=at(8.4), end=at(8.4) + 600)),
    ("call", "calls out of order", lambda: routed(lambda r: replace(r, calls=r.calls[::-1]), of=FULL)),
    ("slack", "calls in the slack", lambda: staffed("li", FULL, slack_s=8 * HOUR - 7799)),
    ("lunch", "calls without lunch", lambda: routed(lambda r: replace(r, lunch=None), "li", AT_THE_DESK)),
    ("travel", "out to nobody", lambda: routed(lambda r: replace(r, arrive=r.arrive + 1), "li", AT_THE_DESK)),
]


def elsewhere(visit: str) -> Case:
    """Return the full day where `visit` may also be made next door."""
    return ruled(visit, FULL, elsewhere=(Venue(4, 1200),))


def off(place: int) -> Any:
    """Return the metres to the road of the village, with one place far away."""
    return np.where(np.arange(6) == place, 251, 0).astype(np.int32)


def home_off_road() -> Case:
    """Return the good plan where Li ends the day next door to the last stop, in the fields."""
    problem = staffed("li", end=5)[0]
    tables = {mode: replace(table, snap_m=off(5)) for mode, table in problem.travel.items()}
    return replace(problem, travel=tables), GOOD


def holed() -> Case:
    """Return the good plan on roads whose seconds are there and whose metres were lost later."""
    problem, made = roads(lambda t: replace(t, distance_m=t.distance_m.copy()))
    for table in problem.travel.values():
        table.distance_m[:] = UNREACHABLE
    return problem, made


def test_a_lunch_lies_whole_on_the_way() -> None:
    """Lunch on the way makes the way longer; who is at the door before it ends has not eaten on the way."""
    assert violations(*noon_day(arrive=at(12.75))) == []
    assert violations(*noon_day(arrive=at(13))) == []
    assert {v.code for v in violations(*noon_day(arrive=at(12.5) - 1))} == {"lunch"}


def test_a_day_with_every_part_of_the_model_breaks_no_rule() -> None:
    """School, wish, turns, balance and calls at the desk, at a door and after coming back are all right."""
    assert violations(*FULL) == []
    assert violations(*AT_THE_DESK) == []


def test_a_limit_that_is_just_kept_is_no_violation() -> None:
    """The gap, the slack and the window of a call may be used to the last second."""
    for problem, made in (
        ruled("turns", FULL, gap_s=(2700, 2700)),
        staffed("li", FULL, slack_s=8 * HOUR - 7800),
        ruled("desk", FULL, windows=(between(8.5, 8.5),)),
    ):
        assert violations(problem, made) == []


def planned() -> st.SearchStrategy[Case]:
    """Return random problems with their first plans."""
    found = problems(most_visits=8, calls=True, ways=True)
    return found.map(lambda problem: (problem, plan(problem, Budget(0))))


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


TIMES = ("start", "depart", "travel_s", "travel_m", "waiting_s", "venue")


@settings(max_examples=100)
@given(st.one_of(st.just(FULL), planned()), st.data())
def test_any_changed_part_of_a_stop_is_noticed(case: Case, data: st.DataObject) -> None:
    """In the plan of any problem no single time, way, venue or name of a stop can be changed unseen."""
    problem, made = case
    busy = [route for route in made.routes if route.stops]
    assume(busy)
    route = data.draw(st.sampled_from(busy))
    number = data.draw(st.integers(0, len(route.stops) - 1))
    stop = route.stops[number]
    field = data.draw(st.sampled_from((*TIMES, "visit_id", "worker_ids")))
    if field in TIMES:
        value: Any = getattr(stop, field) + data.draw(st.sampled_from((-3600, -1, 1, 60)))
    elif field == "visit_id":
        value = data.draw(st.sampled_from([v.id for v in problem.visits if v.id != stop.visit_id] or ["x"]))
    else:
        value = data.draw(st.sampled_from([(), (*stop.worker_ids, "x"), ("x", *stop.worker_ids[1:])]))
    changed = replace(stop, **{field: value})
    stops = (*route.stops[:number], changed, *route.stops[number + 1 :])
    routes = tuple(replace(r, stops=stops) if r is route else r for r in made.routes)
    assert violations(problem, replace(made, routes=routes)) != []


@settings(max_examples=100)
@given(st.one_of(st.just(FULL), planned()), st.data())
def test_any_changed_or_lost_call_is_noticed(case: Case, data: st.DataObject) -> None:
    """A call with another begin, end or name, a call left away or made twice is seen."""
    problem, made = case
    callers = [route for route in made.routes if route.calls]
    assume(callers)
    route = data.draw(st.sampled_from(callers))
    number = data.draw(st.integers(0, len(route.calls) - 1))
    call = route.calls[number]
    by = data.draw(st.sampled_from((-3600, -1, 1, 60)))
    others = [v.id for v in problem.visits if v.id != call.visit_id] or ["x"]
    instead = data.draw(
        st.sampled_from(
            [
                (),
                (call, call),
                (replace(call, start=call.start + by),),
                (replace(call, end=call.end + by),),
                (replace(call, visit_id=data.draw(st.sampled_from(others))),),
            ]
        )
    )
    calls = (*route.calls[:number], *instead, *route.calls[number + 1 :])
    routes = tuple(replace(r, calls=calls) if r is route else r for r in made.routes)
    assert violations(problem, replace(made, routes=routes)) != []


@settings(max_examples=80)
@given(st.one_of(st.just(FULL), planned()), st.data())
def test_any_lost_or_stolen_stop_is_noticed(case: Case, data: st.DataObject) -> None:
    """A stop taken out of a route, or moved to another worker's, is seen."""
    problem, made = case
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
