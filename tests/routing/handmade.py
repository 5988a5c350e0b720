"""A day written by hand that has every part of the model, and one with nothing but a call.

Li sees a child at school, is the first of two who take turns, and calls from
the desk, before the school opens and after coming back; Wang comes second.
"""

from __future__ import annotations

from fieldmap.models import Channel
from routing import Call, Cost, Params, Plan, Problem, Route, Seat, Stop, Venue, Visit
from tests.routing.village import LI, at, between, village

type Case = tuple[Problem, Plan]

CHILD = Visit(
    "child",
    5,
    1800,
    windows=(between(16, 17),),
    elsewhere=(Venue(2, 1200, (between(9.25, 11),), 300, "school"),),
    wished=(between(9, 9.2),),
)
TURNS = Visit(
    "turns",
    3,
    1200,
    wished=(between(9.5, 10),),
    crews=((Seat(workers=frozenset({"li"})), Seat()),),
    gap_s=(1800, 7200),
)
DESK = Visit("desk", None, 600, channel=Channel.PHONE, mandatory=True, windows=(between(8.5, 9),))
DOOR = Visit("door", None, 600, channel=Channel.VIDEO, preferred_worker="wang")
BACK = Visit("back", None, 600, channel=Channel.PHONE, wished=(between(16, 18),))
TOGETHER = ("li", "wang")
LUNCHES = between(11.5, 12.5)


def full_day() -> Case:
    """Return a day written by hand: a child at school, two who take turns, three calls of Li's."""
    li = Route(
        "li",
        (
            Stop("child", ("li",), at(9), at(9.25), at(9.25) + 1200, 1200, 2000, 900, venue=1),
            Stop("turns", TOGETHER, at(9.75), at(9.75), at(9.75) + 1200, 600, 1000, 0),
        ),
        depart=at(9) - 1200,
        arrive=at(9.75) + 3000,
        lunch=LUNCHES,
        end_travel_s=1800,
        end_travel_m=3000,
        calls=(
            Call("desk", at(8.5), at(8.5) + 600),
            Call("door", at(9), at(9) + 600),
            Call("back", at(17), at(17) + 600),
        ),
    )
    stop = Stop("turns", TOGETHER, at(10.5), at(10.5), at(10.5) + 1200, 1800, 3000, 0)
    wang = Route("wang", (stop,), at(10), at(10.5) + 3000, LUNCHES, 1800, 3000)
    # li works 3600 s on the way and 4200 s with people, wang 3600 s and 1200 s: 1500 s above the mean
    params = Params(balance_percent=50)
    cost = Cost(7200, 0, params.continuity_s, elsewhere=300, wishes=params.wish_s, balance=750)
    problem = village([CHILD, TURNS, DESK, DOOR, BACK])
    return problem, Plan((li, wang), (), cost, "by hand", "a street drawn by hand", 0, params)


def desk_day() -> Case:
    """Return a day with nothing but a call."""
    route = Route("li", (), at(9), at(9), LUNCHES, calls=(Call("back", at(10), at(10) + 600),))
    cost = Cost(0, 0, 0, wishes=Params().wish_s)
    return village([BACK], [LI]), Plan((route,), (), cost, "by hand", "a street drawn by hand", 0)


def noon_day(arrive: int = at(12.75)) -> Case:
    """Return a day with lunch on the way: Li's before a door that opens at one, Wang's on the way back.

    Li is at the door at `arrive`: she leaves at 11:15 and has half an hour to go.
    """
    doors = [Visit("one", 3, 1200, windows=(between(13, 13.5),)), Visit("two", 3, 1200)]
    one = Stop("one", ("li",), arrive, at(13), at(13) + 1200, 1800, 3000, 900)
    li = Route("li", (one,), at(11.25), at(13) + 3000, LUNCHES, 1800, 3000)
    two = Stop("two", ("wang",), at(10.75), at(10.75), at(10.75) + 1200, 1800, 3000, 0)
    wang = Route("wang", (two,), at(10.25), at(11.75) + 3000, LUNCHES, 1800, 3000)
    return village(doors), Plan((li, wang), (), Cost(7200, 0, 0), "by hand", "a street drawn by hand", 0)
