"""The check against plans of random days, broken in every rule at random."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from routing import RULES, Budget, plan, prove, violations
from tests.routing.breaks import Way, breakable, broken
from tests.routing.breaks_of_times import BREAKS
from tests.routing.changes import calls, meals, routes, shifted, stops, with_route, with_stop
from tests.routing.handmade import Case, full_day, noon_day
from tests.routing.problems import problems
from tests.routing.village import BOTH, FREE, LATE, LI, WANG, village

FULL = full_day()
DESK = replace(WANG, id="zhao", at_desk=True)
LOST = replace(FREE, id="lost", location=None)
PAIR = village([LATE, BOTH, FREE, LOST], [LI, WANG, DESK])
BY_HAND: tuple[Case, ...] = (FULL, noon_day(), (PAIR, plan(PAIR, Budget(0))))

WAYS = [(code, way) for code, ways in BREAKS.items() for way in ways]


def planned() -> st.SearchStrategy[Case]:
    """Return random problems with their first plans."""
    found = problems(most_visits=8, calls=True, ways=True, least_visits=3, least_workers=2)
    return found.map(lambda problem: (problem, plan(problem, Budget(0))))


def codes(case: Case) -> set[str]:
    return {violation.code for violation in violations(*case)}


def test_there_are_ways_to_break_every_rule() -> None:
    """No rule of the check is without a way of breaking it at random."""
    assert set(BREAKS) == set(RULES)


@pytest.mark.parametrize(("code", "way"), WAYS, ids=[f"{code}: {way.name}" for code, way in WAYS])
@settings(max_examples=15)
@given(data=st.data())
def test_every_way_of_breaking_a_plan_is_noticed(code: str, way: Way, data: st.DataObject) -> None:
    """Each way can be gone in a plan by hand, and the check names the rule that it breaks."""
    case = data.draw(st.sampled_from([case for case in BY_HAND if way.spots(case)]))
    assert codes(case) == set()
    assert code in codes(data.draw(broken(way, case)))


@settings(max_examples=80)
@given(planned(), st.data())
def test_any_plan_broken_in_any_rule_is_refused(case: Case, data: st.DataObject) -> None:
    """Every rule that the plan of a random day can break is broken in a drawn way and named by the check."""
    assert codes(case) == set()
    for code in RULES:
        ways = breakable(code, case)
        if ways:
            way = data.draw(st.sampled_from(ways))
            assert code in codes(data.draw(broken(way, case))), way.name


@st.composite
def retimed(draw: st.DrawFn, case: Case) -> Case:
    """Return the plan with one time shifted: of a way, a visit, a call or lunch."""
    by = draw(st.sampled_from((-3600, -1800, -600, -1, 1, 600, 1800, 3600)))
    kinds: dict[str, list[Any]] = {
        "route": routes(case),
        "stop": stops(case),
        "call": calls(case),
        "meal": meals(case),
    }
    kind = draw(st.sampled_from([name for name, found in kinds.items() if found]))
    spot = draw(st.sampled_from(kinds[kind]))
    if kind == "route":
        name = draw(st.sampled_from(("depart", "arrive")))
        return with_route(case, spot, **{name: getattr(spot, name) + by})
    if kind == "call":
        moved = replace(spot[1], **shifted(spot[1], spot[1].start + by))
        found = [moved if call is spot[1] else call for call in spot[0].calls]
        return with_route(case, spot[0], calls=tuple(sorted(found, key=lambda call: call.start)))
    if kind == "meal":
        return with_route(case, spot[0], lunch=(spot[2][0] + by, spot[2][1] + by))
    if draw(st.booleans()):
        return with_stop(case, spot, arrive=spot[1].arrive + by)
    return with_stop(case, spot, **shifted(spot[1], spot[1].start + by))


@settings(max_examples=60)
@given(st.one_of(st.sampled_from(BY_HAND), planned()), st.data())
def test_the_check_and_the_proof_agree_on_shifted_times(case: Case, data: st.DataObject) -> None:
    """A shifted time is a violation exactly where CP-SAT says that the plan's own times do not work.

    Waiting and the cost are what the sheet says of the times: the proof does not read them.
    """
    for _ in range(data.draw(st.integers(1, 2))):
        case = data.draw(retimed(case))
    assert (codes(case) <= {"waiting", "totals"}) == prove(*case).own_times
