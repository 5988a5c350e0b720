"""Ways of breaking the times of a plan, its ways and its sums; see :mod:`tests.routing.breaks`."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import fields, replace
from typing import Any

from hypothesis import strategies as st

from fieldmap.models import Channel, TravelMode
from routing import UNREACHABLE, Call, LeftOut, Lunch, Route, Seat, Stop, Visit, Worker
from routing.models import DAY_S, Window
from tests.routing.breaks import BREAKS, GHOSTS, MORE, OFF, breaks
from tests.routing.changes import (
    At,
    Calling,
    Meal,
    anywhere,
    busy,
    calls,
    contacts,
    contacts_of,
    done,
    eaten,
    idle,
    left,
    left_before,
    meals,
    places,
    routes,
    shifted,
    stops,
    visit_of,
    ways,
    with_call,
    with_route,
    with_stop,
    with_table,
    with_venue,
    with_visit,
    with_worker,
    worker_of,
)
from tests.routing.handmade import Case

__all__ = ["BREAKS"]


def outside(draw: st.DrawFn, moment: int) -> Window:
    """Return a window that does not hold a moment."""
    sides = [s for s, room in ((0, moment > 0), (1, moment < DAY_S)) if room]
    low, high = ((0, moment - 1), (moment + 1, DAY_S))[draw(st.sampled_from(sides))]
    first, second = (draw(st.integers(low, high)) for _ in range(2))
    return min(first, second), max(first, second)


@breaks("window", contacts)
def another_window(draw: st.DrawFn, case: Case, contact: tuple[Visit, int, Window]) -> Case:
    visit, number, (start, _) = contact
    found = tuple(outside(draw, start) for _ in range(draw(st.integers(1, 2))))
    return with_venue(case, visit, number, windows=found)


def closed(case: Case, contact: Stop | Call) -> tuple[Window, ...]:
    number = contact.venue if isinstance(contact, Stop) else 0
    return visit_of(case, contact).venues[number].windows


@breaks("window", lambda case: [at for at in stops(case) if closed(case, at[1])])
def at_a_closed_door(draw: st.DrawFn, case: Case, at: At) -> Case:
    return with_stop(case, at, **shifted(at[1], beyond(draw, closed(case, at[1]))))


@breaks("window", lambda case: [at for at in calls(case) if closed(case, at[1])])
def at_a_bad_hour(draw: st.DrawFn, case: Case, at: Calling) -> Case:
    return with_call(case, at, **shifted(at[1], beyond(draw, closed(case, at[1]))))


def beyond(draw: st.DrawFn, windows: Sequence[Window]) -> int:
    """Return a moment in none of `windows`."""
    first, last = min(a for a, _ in windows), max(b for _, b in windows)
    return draw(st.sampled_from([first - draw(MORE), last + draw(MORE)]))


@breaks("service", stops)
def cut_short(draw: st.DrawFn, case: Case, at: At) -> Case:
    return with_stop(case, at, depart=at[1].depart + draw(OFF))


@breaks("service", calls)
def hung_up(draw: st.DrawFn, case: Case, at: Calling) -> Case:
    return with_call(case, at, end=at[1].end + draw(OFF))


@breaks("service", contacts)
def another_length(draw: st.DrawFn, case: Case, contact: tuple[Visit, int, Window]) -> Case:
    visit, number, (start, end) = contact
    other = st.integers(0, DAY_S).filter(lambda seconds: seconds != end - start)
    return with_venue(case, visit, number, service_s=draw(other))


@breaks("hours", routes)
def out_too_early(draw: st.DrawFn, case: Case, route: Route) -> Case:
    return with_route(case, route, depart=worker_of(case, route).hours[0] - draw(MORE))


@breaks("hours", routes)
def back_too_late(draw: st.DrawFn, case: Case, route: Route) -> Case:
    return with_route(case, route, arrive=worker_of(case, route).hours[1] + draw(MORE))


@breaks("hours", routes)
def back_before_leaving(draw: st.DrawFn, case: Case, route: Route) -> Case:
    return with_route(case, route, arrive=route.depart - draw(MORE))


@breaks("hours", routes)
def shorter_hours(draw: st.DrawFn, case: Case, route: Route) -> Case:
    begin, end = worker_of(case, route).hours
    late, early = min(route.depart + draw(MORE), DAY_S), route.arrive - draw(MORE)
    hours = draw(st.sampled_from([(late, max(late, end)), (min(begin, early), early)]))
    return with_worker(case, worker_of(case, route), hours=hours)


@breaks("lunch", meals)
def no_lunch(_: st.DrawFn, case: Case, meal: Meal) -> Case:
    return with_route(case, meal[0], lunch=None)


@breaks("lunch", meals)
def another_lunch(draw: st.DrawFn, case: Case, meal: Meal) -> Case:
    return with_route(case, meal[0], lunch=(meal[2][0], meal[2][1] + draw(OFF)))


@breaks("lunch", meals)
def at_another_time(draw: st.DrawFn, case: Case, meal: Meal) -> Case:
    route, rule, _ = meal
    begin = draw(st.sampled_from([rule.from_s - draw(MORE), rule.to_s - rule.seconds + draw(MORE)]))
    return with_route(case, route, lunch=(begin, begin + rule.seconds))


@breaks("lunch", lambda case: [meal for meal in meals(case) if meal[0].stops])
def over_something_else(draw: st.DrawFn, case: Case, meal: Meal) -> Case:
    """Move lunch over the moment of leaving, of being at a door, or of a visit's begin or end."""
    route, rule, _ = meal
    moments = [m for stop in route.stops for m in (stop.arrive, stop.start, stop.depart)]
    moment = draw(st.sampled_from([route.depart, *moments, route.arrive]))
    begin = draw(st.integers(moment - rule.seconds + 1, moment - 1))
    end = begin + rule.seconds
    moved = with_route(case, route, lunch=(begin, end))
    allowed = Lunch(min(begin, rule.from_s), max(end, rule.to_s), rule.seconds)
    return with_worker(moved, worker_of(case, route), lunch=allowed)


@breaks("lunch", eaten)
def at_the_door_during_lunch(draw: st.DrawFn, case: Case, meal: tuple[At, Window]) -> Case:
    at, (begin, end) = meal
    return with_stop(case, at, arrive=draw(st.integers(begin + 1, end - 1)))


@breaks("lunch", lambda case: [r for r in routes(case) if r.lunch is None])
def nobody_asked_for_lunch(draw: st.DrawFn, case: Case, route: Route) -> Case:
    return with_route(case, route, lunch=(0, draw(MORE)))


@breaks("travel", stops)
def another_way(draw: st.DrawFn, case: Case, at: At) -> Case:
    name = draw(st.sampled_from(["travel_s", "travel_m"]))
    return with_stop(case, at, **{name: getattr(at[1], name) + draw(OFF)})


@breaks("travel", routes)
def another_way_back(draw: st.DrawFn, case: Case, route: Route) -> Case:
    name = draw(st.sampled_from(["end_travel_s", "end_travel_m"]))
    return with_route(case, route, **{name: getattr(route, name) + draw(OFF)})


@breaks("travel", ways)
def another_road(draw: st.DrawFn, case: Case, way: tuple[Worker, tuple[int, int]]) -> Case:
    worker, where = way
    name = draw(st.sampled_from(["duration_s", "distance_m"]))
    longer = int(getattr(case[0].travel[worker.mode], name)[where]) + draw(MORE)
    return with_table(case, worker.mode, **{name: (where, longer)})


@breaks("travel", stops)
def there_too_early(draw: st.DrawFn, case: Case, at: At) -> Case:
    return with_stop(case, at, arrive=left_before(*at) + at[1].travel_s - draw(MORE))


@breaks("travel", stops)
def begun_before_arriving(draw: st.DrawFn, case: Case, at: At) -> Case:
    return with_stop(case, at, arrive=at[1].start + draw(MORE))


@breaks("travel", busy)
def back_too_early(draw: st.DrawFn, case: Case, route: Route) -> Case:
    return with_route(case, route, arrive=route.stops[-1].depart + route.end_travel_s - draw(MORE))


@breaks("travel", lambda case: [meal for meal in eaten(case) if meal[1][1] < ready(meal)])
def eaten_while_driving(draw: st.DrawFn, case: Case, meal: tuple[At, Window]) -> Case:
    return with_stop(case, meal[0], arrive=draw(st.integers(meal[1][1], ready(meal) - 1)))


def ready(meal: tuple[At, Window]) -> int:
    """Return when one is there who has had lunch on the way."""
    at, (begin, end) = meal
    return left_before(*at) + at[1].travel_s + end - begin


@breaks("travel", lambda case: [route for route in busy(case) if home_by(route)])
def eaten_while_driving_home(draw: st.DrawFn, case: Case, route: Route) -> Case:
    _, end = route.lunch or (0, 0)
    return with_route(case, route, arrive=draw(st.integers(end, home_by(route) - 1)))


def home_by(route: Route) -> int:
    """Return when one is back who has had lunch on the way, 0 where it was not had there."""
    (begin, end), leave = route.lunch or (0, 0), route.stops[-1].depart
    home = leave + route.end_travel_s + end - begin
    return home if leave <= begin and end < home else 0


@breaks("travel", idle)
def out_to_nobody(draw: st.DrawFn, case: Case, route: Route) -> Case:
    return with_route(case, route, arrive=route.arrive + draw(OFF))


@breaks("road", lambda case: [(r, p) for r in busy(case) for p in places(case, r) if p is not None])
def far_from_roads(draw: st.DrawFn, case: Case, at: tuple[Route, int]) -> Case:
    far = case[0].snap_limit_m + draw(MORE)
    return with_table(case, worker_of(case, at[0]).mode, snap_m=(at[1], far))


@breaks("road", ways)
def no_such_way(draw: st.DrawFn, case: Case, way: tuple[Worker, tuple[int, int]]) -> Case:
    names = draw(st.sampled_from([["duration_s"], ["distance_m"], ["duration_s", "distance_m"]]))
    return with_table(case, way[0].mode, **dict.fromkeys(names, (way[1], UNREACHABLE)))


@breaks("road", stops)
def nobody_knows_where(_: st.DrawFn, case: Case, at: At) -> Case:
    return with_venue(case, visit_of(case, at[1]), at[1].venue, location=None)


@breaks("channel", stops)
def visited_in_place_of_a_call(draw: st.DrawFn, case: Case, at: At) -> Case:
    channel = draw(st.sampled_from([Channel.PHONE, Channel.VIDEO]))
    visit = visit_of(case, at[1])
    return with_visit(case, visit, channel=channel, crews=((Seat(),),), elsewhere=())


@breaks("channel", calls)
def called_in_place_of_a_visit(_: st.DrawFn, case: Case, at: Calling) -> Case:
    return with_visit(case, visit_of(case, at[1]), channel=Channel.DOOR)


@breaks("channel", stops)
def rung_up_at_the_door(_: st.DrawFn, case: Case, at: At) -> Case:
    route, stop = at
    rest = tuple(s for s in route.stops if s is not stop)
    return with_route(case, route, stops=rest, calls=(Call(stop.visit_id, stop.start, stop.depart),))


@breaks("channel", calls)
def gone_to_the_telephone(_: st.DrawFn, case: Case, at: Calling) -> Case:
    route, call = at
    stop = Stop(call.visit_id, (route.worker_id,), call.start, call.start, call.end, 0, 0, 0)
    rest = tuple(c for c in route.calls if c is not call)
    return with_route(case, route, stops=(*route.stops, stop), calls=rest)


@breaks("call", lambda case: [at for at in calls(case) if at[1].end > at[1].start])
def over_other_work(draw: st.DrawFn, case: Case, at: Calling) -> Case:
    route, call = at
    begin, end = worker_of(case, route).hours
    leaves = [route.depart, *(stop.depart for stop in route.stops)]
    on_way = zip(leaves, [*(stop.arrive for stop in route.stops), route.arrive], strict=True)
    visits = [(stop.start, stop.depart) for stop in route.stops]
    others = [(other.start, other.end) for other in route.calls if other is not call]
    taken = [(begin - 3600, begin), (end, end + 3600), *on_way, *visits, *others]
    first, last = draw(st.sampled_from([(a, b) for a, b in taken if a < b]))
    start = draw(st.integers(first - (call.end - call.start) + 1, last - 1))
    return with_call(case, at, **shifted(call, start))


@breaks("call", lambda case: [at for at in calls(case) if at[0].lunch and at[1].end > at[1].start])
def over_lunch(draw: st.DrawFn, case: Case, at: Calling) -> Case:
    first, last = at[0].lunch or (0, 0)
    start = draw(st.integers(first - (at[1].end - at[1].start) + 1, last - 1))
    return with_call(case, at, **shifted(at[1], start))


@breaks("call", lambda case: [r for r in routes(case) if len({call.start for call in r.calls}) > 1])
def in_another_order(draw: st.DrawFn, case: Case, route: Route) -> Case:
    order = st.permutations(route.calls).filter(lambda found: found != sorted(found, key=begins))
    return with_route(case, route, calls=tuple(draw(order)))


def begins(call: Call) -> int:
    return call.start


@breaks("waiting", stops)
def another_wait(draw: st.DrawFn, case: Case, at: At) -> Case:
    return with_stop(case, at, waiting_s=at[1].waiting_s + draw(OFF))


@breaks("slack", lambda case: [route for route in routes(case) if route.work_s])
def more_slack(draw: st.DrawFn, case: Case, route: Route) -> Case:
    worker = worker_of(case, route)
    spare = worker.busy_limit_s - route.work_s
    return with_worker(case, worker, slack_s=worker.slack_s + spare + draw(MORE))


@breaks("walk", lambda case: [route for route in busy(case) if route.travel_m])
def on_foot(draw: st.DrawFn, case: Case, route: Route) -> Case:
    """Let somebody walk the same ways, farther than allowed."""
    worker, most = worker_of(case, route), draw(st.integers(0, route.travel_m - 1))
    table = replace(case[0].travel[worker.mode], mode=TravelMode.WALK)
    problem = replace(case[0], travel={**case[0].travel, TravelMode.WALK: table})
    return with_worker((problem, case[1]), worker, mode=TravelMode.WALK, max_walk_m=most)


@breaks("totals", anywhere)
def another_cost(draw: st.DrawFn, case: Case, _: None) -> Case:
    cost = case[1].cost
    name = draw(st.sampled_from([field.name for field in fields(cost)]))
    return case[0], replace(case[1], cost=replace(cost, **{name: getattr(cost, name) + draw(OFF)}))


@breaks("totals", left)
def more_urgent(draw: st.DrawFn, case: Case, item: LeftOut) -> Case:
    visit = case[0].visit_by_id[item.visit_id]
    weights: list[dict[str, Any]] = [
        {"urgency": visit.urgency + draw(MORE)},
        {"mandatory": not visit.mandatory},
    ]
    return with_visit(case, visit, **draw(st.sampled_from(weights)))


@breaks("totals", done)
def somebody_elses(draw: st.DrawFn, case: Case, visit: Visit) -> Case:
    own = [route.worker_id for route, _ in contacts_of(case, visit)]
    other = None if visit.preferred_worker not in (None, *own) else draw(GHOSTS)
    return with_visit(case, visit, preferred_worker=other)


@breaks("totals", lambda case: [at for at in stops(case) if at[1].venue])
def a_dearer_venue(draw: st.DrawFn, case: Case, at: At) -> Case:
    visit, number = visit_of(case, at[1]), at[1].venue
    return with_venue(case, visit, number, price_s=visit.venues[number].price_s + draw(MORE))


@breaks("totals", done)
def another_wish(draw: st.DrawFn, case: Case, visit: Visit) -> Case:
    """Wish for other hours where the wish was kept, and for nothing where it was not."""
    first = min(contact.start for _, contact in contacts_of(case, visit))
    kept = not visit.wished or any(a <= first <= b for a, b in visit.wished)
    return with_visit(case, visit, wished=(outside(draw, first),) if kept else ())
