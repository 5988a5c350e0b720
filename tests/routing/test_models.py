"""Problems that do not fit together are refused; values survive the way to another process."""

from __future__ import annotations

import pickle
from collections.abc import Callable
from dataclasses import replace
from math import nan
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from fieldmap.errors import InputError
from fieldmap.models import Channel, TravelMode
from routing import Budget, Lunch, Params, Problem, Seat, Venue, Visit, plan, violations
from tests.routing.village import BOTH, EARLY, FREE, LI, WANG, at, between, street, village


def as_given(value: object) -> Any:
    """Return a value whose type nobody has looked at."""
    return value


def test_every_fault_of_a_problem_is_said_at_once() -> None:
    """One message names each visit and worker that does not fit, with the value received."""
    with pytest.raises(InputError) as caught:
        village(
            [replace(EARLY, location=9), replace(EARLY, service_s=-1)], [replace(LI, hours=between(17, 9))]
        )
    assert caught.value.code == "problem.inconsistent"
    said = str(caught.value)
    for part in ("'early' twice", "location 9 of 6", "service -1 s", "'li': hours"):
        assert part in said


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (lambda p: replace(p, travel={TravelMode.WALK: street(6)}), "no travel table for ebike"),
        (lambda p: replace(p, travel={**p.travel, TravelMode.CAR: street(5)}), "different sizes"),
        (lambda p: replace(p, visits=(replace(FREE, crews=()),)), "a crew is one or two people"),
        (
            lambda p: replace(p, visits=(replace(FREE, crews=((Seat(),) * 3,)),)),
            "a crew is one or two people",
        ),
        (lambda p: replace(p, visits=(replace(FREE, windows=(between(10, 9),)),)), "window (36000, 32400)"),
        (lambda p: replace(p, visits=(replace(FREE, urgency=-1),)), "urgency -1"),
        (lambda p: replace(p, visits=(replace(FREE, elsewhere=(Venue(6, 60),)),)), "location 6 of 6"),
        (lambda p: replace(p, visits=(replace(FREE, elsewhere=(Venue(5, -1),)),)), "service -1 s"),
        (lambda p: replace(p, visits=(replace(FREE, elsewhere=(Venue(5, 60, price_s=-5),)),)), "price -5 s"),
        (
            lambda p: replace(p, visits=(replace(FREE, elsewhere=(Venue(5, 60, ((9, 8),)),)),)),
            "window (9, 8)",
        ),
        (lambda p: replace(p, visits=(replace(FREE, wished=(between(10, 9),)),)), "window (36000, 32400)"),
        (lambda p: replace(p, visits=(replace(FREE, gap_s=(600, 0)),)), "gap (600, 0)"),
        (lambda p: replace(p, visits=(replace(BOTH, channel=Channel.PHONE),)), "made by one person"),
        (
            lambda p: replace(p, visits=(replace(FREE, channel=Channel.VIDEO, elsewhere=(Venue(5, 60),)),)),
            "a call has no other venue",
        ),
        (lambda p: replace(p, workers=(replace(LI, start=6),)), "start 6 of 6"),
        (lambda p: replace(p, workers=(replace(LI, lunch=Lunch(at(12), at(13), 4000)),)), "lunch"),
        (lambda p: replace(p, workers=(replace(LI, slack_s=-5),)), "slack -5 s"),
        (lambda p: replace(p, workers=(replace(LI, slack_s=as_given(nan)),)), "slack nan s"),
        (lambda p: replace(p, workers=(replace(LI, max_walk_m=-1),)), "walking limit -1 m"),
        (lambda p: replace(p, workers=(replace(LI, start=as_given(0.0)),)), "start 0.0 of 6"),
        (
            lambda p: replace(p, workers=(replace(LI, hours=as_given((34200.0, 61200))),)),
            "hours (34200.0, 61200)",
        ),
        (lambda p: replace(p, workers=(replace(LI, hours=as_given((34200,))),)), "hours (34200,)"),
        (
            lambda p: replace(p, workers=(replace(LI, lunch=Lunch(at(12), at(13), as_given(1800.5))),)),
            "lunch",
        ),
        (lambda p: replace(p, visits=(replace(FREE, location=as_given(1.0)),)), "location 1.0 of 6"),
        (lambda p: replace(p, visits=(replace(FREE, service_s=as_given(900.5)),)), "service 900.5 s"),
        (lambda p: replace(p, visits=(replace(FREE, service_s=as_given(np.int64(900))),)), "service 900 s"),
        (lambda p: replace(p, visits=(replace(FREE, urgency=as_given(1.5)),)), "urgency 1.5"),
        (
            lambda p: replace(p, visits=(replace(FREE, windows=as_given(((34200.0, 36000),))),)),
            "window (34200.0",
        ),
        (lambda p: replace(p, snap_limit_m=-1), "snap limit -1 m"),
    ],
)
def test_each_fault_of_a_problem_is_found(change: Callable[[Problem], Problem], said: str) -> None:
    """A problem with one part that does not fit is refused, and the message says which."""
    with pytest.raises(InputError) as caught:
        change(village())
    assert said in str(caught.value)


def _with_cell(value: float, dtype: type) -> NDArray[Any]:
    ways: NDArray[Any] = street(6).duration_s.astype(dtype)
    ways[1, 2] = value
    return ways


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        ({"distance_m": street(6).distance_m[:, :5]}, "not square"),
        ({"snap_m": street(6).distance_m}, "not square"),
        ({"duration_s": street(6).duration_s - np.int32(700)}, "duration_s[0, 0] = -700 and 15 more"),
        ({"duration_s": _with_cell(-1, np.int32)}, "duration_s[1, 2] = -1"),
        ({"duration_s": _with_cell(1 << 31, np.int64)}, "duration_s[1, 2] = 2147483648"),
        ({"duration_s": _with_cell(nan, np.float64)}, "duration_s is float64, not int32"),
        ({"duration_s": street(6).duration_s.tolist()}, "duration_s is list, not int32"),
        ({"snap_m": np.full(6, -3, np.int32)}, "snap_m[0] = -3 and 5 more"),
    ],
)
def test_a_table_with_holes_of_its_own_kind_is_refused(wrong: dict[str, Any], said: str) -> None:
    """A travel table that is crooked, negative, too large or no whole numbers is refused, with the cell."""
    with pytest.raises(InputError) as caught:
        replace(village(), travel={TravelMode.EBIKE: replace(street(6), **wrong)})
    assert f"travel table ebike{'' if 'square' in said else ':'}" in str(caught.value)
    assert said in str(caught.value)


def test_numbers_of_a_table_may_be_of_any_width() -> None:
    """A table of int64 is one of whole numbers."""
    table = replace(street(6), duration_s=street(6).duration_s.astype(np.int64))
    made = plan(replace(village([FREE], [LI]), travel={TravelMode.EBIKE: table}), Budget(5, solutions=20))
    assert (made.visit_ids, made.engine) == (("free",), "ortools")


@pytest.mark.parametrize(
    ("make", "code", "most"),
    [
        (lambda: Params(left_out_s=-1), "params.whole", "1,000,000,000"),
        (lambda: Params(mandatory_s=2_000_000_000), "params.whole", "1,000,000,000"),
        (lambda: Params(wish_s=-1), "params.whole", "1,000,000,000"),
        (lambda: Params(urgency_s=as_given(0.5)), "params.whole", "1,000,000,000"),
        (lambda: Params(balance_percent=-1), "params.whole", "1,000,000,000"),
        (lambda: Params(call_percent=101), "params.whole", " 100"),
        (lambda: Budget(seconds=-1), "params.range", "86,400"),
        (lambda: Budget(seconds=nan), "params.range", "86,400"),
        (lambda: Budget(as_given("x")), "params.range", "86,400"),
        (lambda: Budget(as_given(None)), "params.range", "86,400"),
        (lambda: Budget(solutions=-1), "params.whole", "1,000,000,000"),
        (lambda: Budget(solutions=as_given(2.5)), "params.whole", "1,000,000,000"),
        (lambda: Budget(solutions=as_given(nan)), "params.whole", "1,000,000,000"),
        (lambda: plan(village(), Budget(0), seed=-1), "params.whole", "2,147,483,647"),
        (lambda: plan(village(), Budget(0), seed=1 << 31), "params.whole", "2,147,483,647"),
        (lambda: plan(village(), Budget(0), seed=as_given(0.5)), "params.whole", "2,147,483,647"),
    ],
)
def test_a_parameter_out_of_range_is_refused(make: Callable[[], object], code: str, most: str) -> None:
    """Weights, budgets and seeds out of range are errors that name the limit, not surprises later."""
    with pytest.raises(InputError) as caught:
        make()
    assert caught.value.code == code
    assert most in str(caught.value)


def test_the_price_of_leaving_out_grows_with_urgency_and_duty() -> None:
    """A mandatory visit costs more than every optional one, an urgent one more than a calm one."""
    calm, urgent = replace(FREE, urgency=0), replace(FREE, urgency=90)
    assert Params().price(calm) < Params().price(urgent) < Params().price(replace(calm, mandatory=True))


@pytest.mark.parametrize(
    ("lunch", "free_s"),
    [
        (None, 9 * 3600),
        (Lunch(at(12), at(14), 3600), 8 * 3600),
        (Lunch(at(17), at(19), 3600), 9 * 3600 - 1800),
        (Lunch(at(18), at(19), 3600), 9 * 3600),
    ],
)
def test_lunch_takes_from_the_day_only_what_lies_in_the_hours(lunch: Lunch | None, free_s: int) -> None:
    """Hours less slack less the part of lunch that must lie in them is what visits may fill."""
    assert replace(LI, lunch=lunch).busy_limit_s == free_s
    assert replace(LI, lunch=lunch, slack_s=600).busy_limit_s == free_s - 600


def test_a_visit_counts_its_venues_from_its_own() -> None:
    """Number 0 is the visit's own place with its windows; the others follow with theirs."""
    school = Venue(5, 900, (between(9, 11),), 300, "school")
    assert replace(EARLY, elsewhere=(school,)).venues == (Venue(1, 1800, (between(9, 10),)), school)


@pytest.mark.parametrize(
    ("channel", "is_call"), [(Channel.DOOR, False), (Channel.PHONE, True), (Channel.VIDEO, True)]
)
def test_phone_and_video_need_no_way(channel: Channel, is_call: bool) -> None:
    """A contact by phone or by video is a call; whoever goes to a door makes a visit."""
    assert replace(FREE, channel=channel).is_call is is_call


def test_a_seat_may_name_who_takes_it() -> None:
    """A named seat is for one of the named, who must be able to do it like everybody else."""
    named = Seat(workers=frozenset({"li", "zhao"}))
    assert (LI.may_take(named), WANG.may_take(named)) == (True, False)
    assert not LI.may_take(replace(named, roles=frozenset({"volunteer"})))


def test_problem_and_plan_travel_to_another_process() -> None:
    """A pickled problem gives the same plan, and a pickled plan is equal to itself."""
    problem = village()
    made = plan(problem, Budget(0))
    again = pickle.loads(pickle.dumps(problem))
    assert plan(again, Budget(0)) == made == pickle.loads(pickle.dumps(made))
    assert violations(again, made) == []


def test_the_plan_says_what_its_travel_times_rest_on() -> None:
    """The source of the tables stands in the plan unless the problem names another."""
    assert plan(village(), Budget(0)).travel_source == "a street drawn by hand"
    named = replace(village(), travel_source="straight line × 1.4")
    assert plan(named, Budget(0)).travel_source == "straight line × 1.4"


def test_a_visit_needs_as_many_people_as_its_smallest_crew() -> None:
    """Where one person of the right sex or a pair may go, one person is needed."""
    alone_or_two = Visit("x", 1, 600, crews=((Seat(),), (Seat(), Seat())))
    assert (alone_or_two.workers_needed, WANG.may_take(Seat())) == (1, True)
