"""Calls lie in the gaps of a day, and those that must be made find room."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import pytest
from hypothesis import given, settings

from fieldmap.models import Channel
from routing import Budget, Params, Plan, Problem, Seat, Visit, Worker, plan, violations
from routing._calls import fill, reserved
from tests.routing.problems import problems
from tests.routing.village import EARLY, FREE, HOUR, LATE, LI, WANG, at, between, village

FIRST, QUICK = Budget(0), Budget(seconds=5, solutions=50)
USUAL = Params()
RING = Visit("ring", None, 600, channel=Channel.PHONE)
MUST = replace(RING, mandatory=True)
NO_LUNCH = replace(LI, lunch=None)
LONG = [Visit(f"d{i}", 1, HOUR) for i in range(9)]


def made(visits: Sequence[Visit], workers: Sequence[Worker] = (LI,), params: Params = USUAL) -> Plan:
    """Return the first plan of a village, which keeps every rule."""
    problem = village(visits, workers)
    found = plan(problem, FIRST, params=params)
    assert violations(problem, found) == []
    return found


def calls(found: Plan) -> dict[str, tuple[str, int]]:
    """Return who makes each call, and when it begins."""
    return {call.visit_id: (r.worker_id, call.start) for r in found.routes for call in r.calls}


def left(found: Plan) -> dict[str, str]:
    return {item.visit_id: item.reason for item in found.left_out}


def without_calls(problem: Problem) -> Problem:
    return replace(problem, visits=tuple(v for v in problem.visits if not v.is_call))


def test_a_day_without_calls_is_left_alone() -> None:
    """Where nobody is to be called, the problem and the plan stay the very same."""
    problem = village()
    found = plan(problem, QUICK, seed=3)
    assert reserved(problem) is problem
    assert fill(problem, found) is found


def test_calls_that_may_be_made_do_not_change_the_doors() -> None:
    """Optional calls go into the plan that is made without them."""
    problem = village([EARLY, LATE, FREE, RING])
    none = Params(call_percent=0)
    doors, both = plan(without_calls(problem), QUICK, params=none), plan(problem, QUICK, params=none)
    assert [r.stops for r in both.routes] == [r.stops for r in doors.routes]
    assert "ring" in calls(both)


def test_a_part_of_the_hours_is_kept_for_calls() -> None:
    """Doors would fill the day: with room kept there are calls in place of one, and the plan is better."""
    ring = replace(RING, service_s=HOUR // 2, urgency=1)
    day = [*(replace(door, urgency=1) for door in LONG), *(replace(ring, id=f"r{i}") for i in range(3))]
    kept, none = (made(day, [NO_LUNCH], Params(call_percent=percent)) for percent in (15, 0))
    assert len(calls(kept)) == 3
    assert len(calls(none)) < 2
    assert kept.cost.total < none.cost.total


def test_somebody_without_doors_calls_from_the_desk_and_has_lunch() -> None:
    """A day of nothing but calls begins with the hours and keeps its break."""
    found = made([replace(RING, id=str(i), service_s=5400) for i in range(4)])
    (route,) = found.routes
    assert [(c.start, c.end) for c in route.calls] == [
        between(8.5, 10),
        between(10, 11.5),
        between(12.5, 14),
        between(14, 15.5),
    ]
    assert (route.lunch, route.depart, route.arrive) == (between(11.5, 12.5), at(8.5), at(8.5))
    assert (found.cost.total, found.visit_ids) == (0, ("0", "1", "2", "3"))


def test_waiting_before_a_door_holds_several_calls() -> None:
    """From arriving at ten to ten until the door opens at half past, calls are made one after the other."""
    door = replace(LATE, windows=(between(10.5, 11),))
    found = made([EARLY, door, *(replace(RING, id=i) for i in "abcdefg")])
    arrive = found.routes[0].stops[1].arrive
    at_the_door = [start for _, start in calls(found).values() if start >= arrive][:5]
    assert sorted(at_the_door) == [arrive + 600 * i for i in range(5)]
    assert arrive + 5 * 600 == at(10.5)
    before = [start for _, start in calls(found).values() if start < arrive]
    assert before == [at(8.5), at(8.5) + 600]  # the desk is left at ten to nine


@pytest.mark.parametrize(
    ("change", "who"),
    [
        ({"preferred_worker": "li"}, "li"),
        ({"preferred_worker": "wang"}, "wang"),
        ({}, "wang"),
        ({"crews": ((Seat(roles=frozenset({"social_worker"})),),)}, "li"),
        ({"crews": ((Seat(workers=frozenset({"li"})),), (Seat(),))}, "li"),
        ({"preferred_worker": "li", "crews": ((Seat(workers=frozenset({"wang"})),),)}, "wang"),
    ],
)
def test_the_own_worker_calls_or_who_has_least_to_do(change: dict[str, object], who: str) -> None:
    """Li has a visit, Wang has none: Wang calls, unless the household or the rule names Li."""
    early = replace(EARLY, crews=((Seat(workers=frozenset({"li"})),),))
    found = made([early, replace(RING, **change)], [LI, WANG])  # type: ignore[arg-type]
    assert calls(found)["ring"][0] == who


def test_a_strange_caller_and_a_call_left_out_have_their_price() -> None:
    """Continuity and leaving out are weighed for calls as for visits, and calls count as work."""
    own = replace(RING, preferred_worker="zhao")
    evening = replace(RING, id="evening", urgency=3, windows=(between(20, 21),))
    found = made([own, evening], [LI, WANG], Params(balance_percent=100))
    assert (found.cost.continuity, found.cost.left_out) == (300, 14_400 + 3 * 600)
    assert found.cost.balance == 300
    assert left(found) == {"evening": "no_time_window"}


def test_a_wished_hour_is_kept_where_there_is_time_and_priced_where_not() -> None:
    """A call wished for at three is made at three; a wish outside working hours costs its price."""
    found = made([replace(RING, wished=(between(15, 16),))])
    assert (calls(found)["ring"][1], found.cost.wishes) == (at(15), 0)
    found = made([replace(RING, wished=(between(20, 21),))])
    assert (calls(found)["ring"][1], found.cost.wishes) == (at(8.5), 1800)


def test_calls_end_where_the_busy_limit_does() -> None:
    """Slack for emergencies is not filled with calls; what is left out is what weighs least."""
    found = made(
        [replace(RING, id=str(i), urgency=i) for i in range(5)], [replace(LI, slack_s=8 * HOUR - 1200)]
    )
    assert (set(calls(found)), left(found)) == ({"3", "4"}, dict.fromkeys("012", "no_gap"))


def test_lunch_at_the_desk_makes_room_for_a_call() -> None:
    """Where a call has no other time than half past eleven, lunch waits."""
    found = made([replace(RING, windows=(between(11.5, 11.6),))])
    assert (calls(found)["ring"][1], found.routes[0].lunch) == (at(11.5), between(13, 14))
    half = made(
        [EARLY, replace(MUST, windows=(between(11.5, 11.75),))], [replace(LI, hours=between(8.5, 12))]
    )
    assert calls(half)["ring"] == ("li", at(11.5))


@pytest.mark.parametrize("windows", [(), (between(8.5, 8.75),), (between(17, 18),), (between(9, 12),)])
def test_a_call_that_must_be_made_finds_room_beside_a_full_day(windows: tuple[tuple[int, int], ...]) -> None:
    """Optional visits that would fill the day leave room for a mandatory call, whenever it may be."""
    found = made([*LONG, replace(MUST, windows=windows)], [NO_LUNCH])
    assert "ring" in calls(found)
    assert len(found.visit_ids) > 5
    assert set(left(found).values()) == {"day_full"}


def test_mandatory_calls_are_shared_among_those_who_may_make_them() -> None:
    """Of eight calls the three that only Li may make are hers, and Wang makes the others."""
    hers = Seat(workers=frozenset({"li"}))
    ring = [
        replace(MUST, id=f"c{i}", service_s=HOUR, crews=((hers if i < 3 else Seat(),),)) for i in range(8)
    ]
    found = made([*LONG, *ring], [replace(p, lunch=None, hours=between(8.5, 12.6)) for p in (LI, WANG)])
    assert {i: who for i, (who, _) in calls(found).items() if i in ("c0", "c1", "c2")} == dict.fromkeys(
        ("c0", "c1", "c2"), "li"
    )
    assert len(calls(found)) == 8


def test_visits_that_must_be_made_go_before_calls_that_must() -> None:
    """Mandatory doors that need the whole day are all done, and the call says that nobody has time."""
    doors = [replace(v, mandatory=True) for v in LONG[:3]]
    short = replace(NO_LUNCH, hours=between(8.5, 8.5 + 3 + 1 / 3))
    found = made([*doors, MUST], [short])
    assert (left(found), set(found.visit_ids)) == ({"ring": "no_gap"}, {"d0", "d1", "d2"})
    longer = made([*doors, MUST], [replace(short, hours=between(8.5, 12))])
    assert left(longer) == {}


def test_a_mandatory_visit_that_nobody_can_make_keeps_no_call_out() -> None:
    """Room is kept for calls although a mandatory door has no coordinates."""
    found = made([*LONG, replace(EARLY, location=None), MUST], [NO_LUNCH])
    assert "ring" in calls(found)
    assert left(found)["early"] == "no_coordinates"


def test_an_hour_that_calls_took_makes_the_day_full() -> None:
    """A visit that only fits into the hours kept for calls is left out because the day is full."""
    late = replace(FREE, location=1, windows=(between(16.7, 16.75),))
    ring = [replace(MUST, id=f"c{i}", service_s=HOUR) for i in range(8)]
    found = made([late, *ring])
    assert (left(found), len(calls(found))) == ({"free": "day_full"}, 8)


def test_whoever_keeps_the_office_calls() -> None:
    """Somebody on office duty goes to no door and makes the calls, first those that must be made."""
    found = made([EARLY, RING, replace(MUST, id="must")], [LI, replace(WANG, at_desk=True)])
    assert calls(found) == {"must": ("wang", at(8.5)), "ring": ("wang", at(8.5) + 600)}
    assert [stop.visit_id for route in found.routes for stop in route.stops] == ["early"]


@pytest.mark.parametrize(
    ("call", "workers", "reason"),
    [
        (RING, [], "no_workers"),
        (replace(RING, crews=((Seat(workers=frozenset({"zhao"})),),)), [LI, WANG], "not_on_duty"),
        (replace(RING, crews=((Seat(roles=frozenset({"carer"})),),)), [LI, WANG], "no_allowed_role"),
        (replace(RING, crews=((Seat(skills=frozenset({"sign"})),),)), [WANG], "no_skill"),
        (replace(RING, windows=(between(18, 19),)), [LI], "no_time_window"),
        (replace(RING, service_s=10 * HOUR), [LI], "no_time_window"),
        (replace(RING, service_s=8 * HOUR + 1), [LI], "no_gap"),
        (RING, [replace(LI, slack_s=8 * HOUR)], "no_gap"),
    ],
)
@pytest.mark.parametrize("mandatory", [False, True])
def test_a_call_left_out_says_why(call: Visit, workers: list[Worker], reason: str, mandatory: bool) -> None:
    """The reason is the first rule about people or hours that binds; it needs no coordinates."""
    assert left(made([replace(call, mandatory=mandatory)], workers)) == {"ring": reason}


@settings(max_examples=60)
@given(problems(calls=True, ways=True))
def test_no_random_day_with_calls_breaks_a_rule(problem: Problem) -> None:
    """Whatever calls there are, the plan keeps every rule and loses no mandatory door to a call."""
    found = plan(problem, FIRST)
    assert violations(problem, found) == []
    doors = plan(without_calls(problem), FIRST)
    must = {v.id for v in problem.visits if v.mandatory and not v.is_call}
    assert len(must & set(left(found))) <= len(must & set(left(doors)))


@settings(max_examples=100)
@given(problems(calls=True, ways=True))
def test_optional_visits_keep_no_mandatory_call_out(problem: Problem) -> None:
    """A call that can be made on an empty day is made beside any number of optional visits."""
    calls_only = [replace(v, mandatory=True) for v in problem.visits if v.is_call][:1]
    doors = [replace(v, mandatory=False) for v in problem.visits if not v.is_call]
    alone = plan(replace(problem, visits=tuple(calls_only)), FIRST)
    beside = plan(replace(problem, visits=(*doors, *calls_only)), FIRST)
    assert calls(beside).keys() == calls(alone).keys()
