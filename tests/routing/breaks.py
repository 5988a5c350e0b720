"""Ways of breaking a plan at random, some for every rule of the check.

Each way names its rule, finds the spots of a plan where it applies, and breaks
the plan there by drawn amounts, or moves the rule away from under it.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Any

from hypothesis import strategies as st

from fieldmap.models import Sex
from routing import LeftOut, Route, Seat, Visit
from routing.models import DAY_S
from routing.results import REASONS
from tests.routing.changes import (
    At,
    Calling,
    anywhere,
    busy,
    calls,
    done,
    in_turns,
    left,
    pairs,
    routes,
    shifted,
    stops,
    undone,
    visit_of,
    with_call,
    with_left,
    with_route,
    with_stop,
    with_visit,
    with_worker,
    worker_of,
)
from tests.routing.handmade import Case

MORE = st.integers(1, 7200)
OFF = st.integers(-7200, 7200).filter(bool)
GHOSTS = st.text("xyz", min_size=1)

type Change[S] = Callable[[st.DrawFn, Case, S], Case]


@dataclass(frozen=True)
class Way:
    """One way of breaking a rule: where it applies, and what it does there."""

    name: str
    spots: Callable[[Case], Sequence[Any]]
    change: Change[Any]


BREAKS: dict[str, list[Way]] = {}


def breaks[S](code: str, spots: Callable[[Case], Sequence[S]]) -> Callable[[Change[S]], Change[S]]:
    """Register a way of breaking the rule `code`."""

    def registered(change: Change[S]) -> Change[S]:
        BREAKS.setdefault(code, []).append(Way(change.__name__, spots, change))
        return change

    return registered


def breakable(code: str, case: Case) -> list[Way]:
    """Return the ways in which this plan can break the rule `code`."""
    return [way for way in BREAKS[code] if way.spots(case)]


@st.composite
def broken(draw: st.DrawFn, way: Way, case: Case) -> Case:
    """Return the plan broken in one way, at a drawn spot."""
    return way.change(draw, case, draw(st.sampled_from(way.spots(case))))


@breaks("unknown", routes)
def by_a_stranger(draw: st.DrawFn, case: Case, route: Route) -> Case:
    return with_route(case, route, worker_id=draw(GHOSTS))


@breaks("unknown", stops)
def at_a_strange_door(draw: st.DrawFn, case: Case, at: At) -> Case:
    return with_stop(case, at, visit_id=draw(GHOSTS))


@breaks("unknown", calls)
def with_a_wrong_number(draw: st.DrawFn, case: Case, at: Calling) -> Case:
    return with_call(case, at, visit_id=draw(GHOSTS))


@breaks("unknown", anywhere)
def a_stranger_left_out(draw: st.DrawFn, case: Case, _: None) -> Case:
    return with_left(case, *case[1].left_out, LeftOut(draw(GHOSTS), draw(st.sampled_from(REASONS))))


@breaks("unknown", lambda case: list(case[0].visits))
def nobody_asked_for_it(_: st.DrawFn, case: Case, visit: Visit) -> Case:
    return replace(case[0], visits=tuple(v for v in case[0].visits if v is not visit)), case[1]


@breaks("route", routes)
def no_route(_: st.DrawFn, case: Case, route: Route) -> Case:
    return case[0], replace(case[1], routes=tuple(r for r in case[1].routes if r is not route))


@breaks("route", routes)
def two_routes(draw: st.DrawFn, case: Case, route: Route) -> Case:
    found = list(case[1].routes)
    found.insert(draw(st.integers(0, len(found))), route)
    return case[0], replace(case[1], routes=tuple(found))


@breaks("once", done)
def lost(_: st.DrawFn, case: Case, visit: Visit) -> Case:
    return undone(case, visit)


@breaks("once", done)
def done_and_left_out(draw: st.DrawFn, case: Case, visit: Visit) -> Case:
    return with_left(case, *case[1].left_out, LeftOut(visit.id, draw(st.sampled_from(REASONS))))


@breaks("once", left)
def forgotten(_: st.DrawFn, case: Case, item: LeftOut) -> Case:
    return with_left(case, *(other for other in case[1].left_out if other is not item))


@breaks("once", left)
def left_out_twice(_: st.DrawFn, case: Case, item: LeftOut) -> Case:
    return with_left(case, *case[1].left_out, item)


@breaks("once", calls)
def called_twice(draw: st.DrawFn, case: Case, at: Calling) -> Case:
    route = draw(st.sampled_from(case[1].routes))
    return with_route(case, route, calls=(*route.calls, at[1]))


@breaks("reason", left)
def no_such_reason(draw: st.DrawFn, case: Case, item: LeftOut) -> Case:
    reason = draw(st.text().filter(lambda text: text not in REASONS))
    return with_left(case, *(replace(o, reason=reason) if o is item else o for o in case[1].left_out))


@breaks("reason", done)
def left_out_for_no_reason(draw: st.DrawFn, case: Case, visit: Visit) -> Case:
    reason = draw(st.sampled_from(["", "day full", REASONS[0].upper()]))
    return with_left(undone(case, visit), *case[1].left_out, LeftOut(visit.id, reason))


@breaks("crew", done)
def nobody_there_may(draw: st.DrawFn, case: Case, visit: Visit) -> Case:
    what = frozenset({draw(GHOSTS)})
    never = [Seat(roles=what), Seat(skills=what), Seat(certificates=what), Seat(workers=what)]
    seat = draw(st.sampled_from([*never, Seat(sex=Sex.UNKNOWN)]))
    crews = [(seat,), *([(seat, Seat()), (Seat(), seat)] if not visit.is_call else [])]
    return with_visit(case, visit, crews=tuple(draw(st.lists(st.sampled_from(crews), min_size=1))))


@breaks("crew", stops)
def too_many_or_too_few(_: st.DrawFn, case: Case, at: At) -> Case:
    return with_visit(case, visit_of(case, at[1]), crews=((Seat(),) * (3 - len(at[1].worker_ids)),))


@breaks("crew", lambda case: [p for p in pairs(case) if visit_of(case, p[0][1]).workers_needed == 2])
def half_a_pair(draw: st.DrawFn, case: Case, pair: tuple[At, At]) -> Case:
    route, stop = pair[draw(st.integers(0, 1))]
    return with_route(case, route, stops=tuple(s for s in route.stops if s is not stop))


@breaks("crew", stops)
def the_same_person_twice(draw: st.DrawFn, case: Case, at: At) -> Case:
    found = list(at[0].stops)
    found.insert(draw(st.integers(0, len(found))), at[1])
    return with_route(case, at[0], stops=tuple(found))


@breaks("crew", in_turns)
def the_second_first(_: st.DrawFn, case: Case, pair: tuple[At, At]) -> Case:
    ids = pair[0][1].worker_ids
    crew = tuple(Seat(workers=frozenset({worker_id})) for worker_id in reversed(ids))
    return with_visit(case, visit_of(case, pair[0][1]), crews=(crew,))


@breaks("desk", busy)
def on_office_duty(_: st.DrawFn, case: Case, route: Route) -> Case:
    return with_worker(case, worker_of(case, route), at_desk=True)


@breaks("together", lambda case: [pair for pair in pairs(case) if pair not in in_turns(case)])
def at_two_times(draw: st.DrawFn, case: Case, pair: tuple[At, At]) -> Case:
    at = pair[draw(st.integers(0, 1))]
    return with_stop(case, at, **shifted(at[1], at[1].start + draw(OFF)))


@breaks("together", stops)
def other_names_on_the_sheet(draw: st.DrawFn, case: Case, at: At) -> Case:
    ids, ghost = at[1].worker_ids, draw(GHOSTS)
    wrong = [(*ids, ghost), (ghost, *ids[1:]), ids[1:], (*ids, ids[0])]
    return with_stop(case, at, worker_ids=draw(st.sampled_from(wrong)))


@breaks("together", in_turns)
def two_orders(draw: st.DrawFn, case: Case, pair: tuple[At, At]) -> Case:
    at = pair[draw(st.integers(0, 1))]
    return with_stop(case, at, worker_ids=at[1].worker_ids[::-1])


@breaks("together", lambda case: [p for p in in_turns(case) if p[0][1].start != p[1][1].start])
def no_turns_asked_for(draw: st.DrawFn, case: Case, pair: tuple[At, At]) -> Case:
    return with_visit(case, visit_of(case, pair[0][1]), gap_s=draw(st.sampled_from([None, (0, 0)])))


@breaks("gap", pairs)
def another_gap(draw: st.DrawFn, case: Case, pair: tuple[At, At]) -> Case:
    apart = pair[1][1].start - pair[0][1].start
    longer = st.tuples(st.integers(apart + 1, DAY_S), st.integers(apart + 1, DAY_S))
    shorter = st.tuples(st.integers(0, apart - 1), st.integers(1, apart - 1)) if apart > 1 else longer
    gap = draw(st.one_of(longer, shorter))
    return with_visit(case, visit_of(case, pair[0][1]), gap_s=(min(gap), max(gap)))


@breaks("gap", in_turns)
def too_soon_or_too_late(draw: st.DrawFn, case: Case, pair: tuple[At, At]) -> Case:
    (_, first), second = pair
    least, most = visit_of(case, first).gap_s or (0, 0)
    apart = draw(st.sampled_from([least - draw(MORE), most + draw(MORE)]))
    return with_stop(case, second, **shifted(second[1], first.start + apart))


@breaks("venue", stops)
def no_such_venue(draw: st.DrawFn, case: Case, at: At) -> Case:
    there = len(visit_of(case, at[1]).venues)
    wrong = st.one_of(st.integers(-9, -1), st.integers(there, there + 9))
    return with_stop(case, at, venue=draw(wrong))


@breaks("venue", pairs)
def at_two_venues(draw: st.DrawFn, case: Case, pair: tuple[At, At]) -> Case:
    at = pair[draw(st.integers(0, 1))]
    visit = visit_of(case, at[1])
    moved = with_stop(case, at, venue=len(visit.venues))
    return with_visit(moved, visit, elsewhere=(*visit.elsewhere, visit.venues[at[1].venue]))
