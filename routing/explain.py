"""Why a visit is not in today's plan: the rule that binds.

Codes, in the order in which they are asked; the first that holds is the
reason (the first of them is given by :mod:`routing.dispatch`, before there is a
problem). The texts stand in the problem catalogue under ``left.<code>``.

================== ================================================================
not_today          more are due than a day's problem takes, and others are more urgent
no_coordinates     nobody knows where the door is
no_workers         nobody is on duty in the field
not_on_duty        the named person who answers for it is not on duty
no_allowed_role    nobody on duty has a role that may do it
no_skill           nobody with such a role has the skill or certificate
companion          nobody of the companion's sex
needs_two_people   a pair must go, and no two people may go together
off_road           the door is too far from a road, or no way leads there
base_off_road      the same of the place where the day of those who may do it begins or ends
no_time_window     it may not start at any time at which somebody works
no_hours           it takes longer than lunch and slack leave of anybody's day
too_far            the way and the visit do not fit into an empty day
day_full           it fits into an empty day, but not beside today's visits
detour             it fits, but the way costs more than its urgency weighs
no_gap             a call: nobody who may make it has free time when it may be made
================== ================================================================
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from itertools import product

import numpy as np

from fieldmap.errors import Explanation, explain
from routing._construct import Board
from routing._day import Day
from routing._ways import near_base
from routing.crews import Crew, Seat
from routing.models import DAY_S, Problem, Venue, Visit, Window, Worker
from routing.params import Params
from routing.results import LeftOut
from routing.travel import UNREACHABLE

__all__ = ["call_reason", "reasons", "text", "within"]


def text(left: LeftOut) -> Explanation:
    """Return the reason in the current language: what, what is allowed, what to do."""
    return explain(f"left.{left.reason}", **left.details)


def reasons(board: Board) -> tuple[LeftOut, ...]:
    """Return the binding reason of every visit of the problem that is not on `board`.

    That there is no time is found by trying: into an empty day of everybody
    who may go, then into today's tours.
    """
    day = board.day
    number = {visit.id: i for i, visit in enumerate(day.visits)}
    missing = board.missing()
    empty, today = Board(day).prices(missing), board.prices(missing)
    left = [v for v in day.problem.visits if number.get(v.id) not in board.people]
    return tuple(
        _rule(day.problem, visit, number.get(visit.id)) or _room(visit, number[visit.id], day, empty, today)
        for visit in left
    )


def call_reason(problem: Problem, visit: Visit) -> LeftOut:
    """Return why a call that found no free time is left out."""
    code, details = _people(problem, visit)
    return LeftOut(
        visit.id, code or ("no_gap" if _somebody_works(problem, visit) else "no_time_window"), details
    )


def within(problem: Problem, params: Params, left: tuple[LeftOut, ...]) -> tuple[LeftOut, ...]:
    """Return the reasons of a plan made in shorter hours, as they are in the hours of `problem`.

    What would fit into an empty day of the true hours is left out because the
    day is full.
    """
    asked = [item.visit_id for item in left if item.reason in ("no_time_window", "no_hours", "too_far")]
    if not asked:
        return left
    day = Day(problem, params)
    number = {visit.id: i for i, visit in enumerate(day.visits)}
    empty = Board(day).prices([number[visit_id] for visit_id in asked])
    found: dict[str, LeftOut] = {}
    for visit_id in asked:
        never = empty[number[visit_id]] is None
        visit = problem.visit_by_id[visit_id]
        found[visit_id] = _never(problem, visit) if never else LeftOut(visit_id, "day_full")
    return tuple(found.get(item.visit_id, item) for item in left)


def _rule(problem: Problem, visit: Visit, number: int | None) -> LeftOut | None:
    """Return the rule about people or roads that nobody on duty can keep."""
    code, details = _people(problem, visit)
    if not code and (number is None or _no_way(problem, visit)):
        code, details = _no_road(problem, visit)
    return LeftOut(visit.id, code, details) if code else None


type _Prices = dict[int, int | None]


def _room(visit: Visit, number: int, day: Day, empty: _Prices, today: _Prices) -> LeftOut:
    """Return why there is no room, by what it would cost in an empty day and in today's."""
    if empty[number] is None:
        return _never(day.problem, visit)
    cost = today[number]
    if cost is None:
        return LeftOut(visit.id, "day_full")
    return LeftOut(visit.id, "detour", {"minutes": round(cost / 60)})


def _never(problem: Problem, visit: Visit) -> LeftOut:
    """Return why a visit does not fit into an empty day."""
    if not _somebody_works(problem, visit):
        return LeftOut(visit.id, "no_time_window")
    return LeftOut(visit.id, "too_far" if _has_hours(problem, visit) else "no_hours")


def _people(problem: Problem, visit: Visit) -> tuple[str, dict[str, object]]:
    """Return what is wrong with the people for every crew; the first crew is what the rule wants."""
    if not visit.is_call and not _places(visit):
        return "no_coordinates", {}
    workers = _staff(problem, visit)
    if not workers:
        return "no_workers", {}
    faults = [_fault(workers, crew) for crew in visit.crews]
    if "" in faults:
        return "", {}
    return faults[0], {"available": len(workers)} if faults[0] == "needs_two_people" else {}


def _staff(problem: Problem, visit: Visit) -> tuple[Worker, ...]:
    """Return who is there for it: nobody on office duty goes to a door."""
    return tuple(worker for worker in problem.workers if visit.is_call or not worker.at_desk)


def _fault(workers: tuple[Worker, ...], crew: Crew) -> str:
    sitting = [{w.id for w in workers if w.may_take(seat)} for seat in crew]
    for seat, who in zip(crew, sitting, strict=True):
        if not who:
            return _seat_fault(workers, seat)
    alone = len(crew) == 2 and len(sitting[0] | sitting[1]) < 2
    return "needs_two_people" if alone else ""


def _seat_fault(workers: Iterable[Worker], seat: Seat) -> str:
    named = [w for w in workers if not seat.workers or w.id in seat.workers]
    if not named:
        return "not_on_duty"
    role = [w for w in named if not seat.roles or w.role in seat.roles]
    if not role:
        return "no_allowed_role"
    skill = [w for w in role if seat.skills <= w.skills and seat.certificates <= w.certificates]
    return "companion" if skill else "no_skill"


def _places(visit: Visit) -> list[int]:
    return [venue.location for venue in visit.venues if venue.location is not None]


def _snap(problem: Problem, visit: Visit) -> int:
    """Return how far the nearest venue is from the nearest road of any mode, in metres."""
    tables = [problem.travel[worker.mode] for worker in _staff(problem, visit)]
    return min(int(table.snap_m[place]) for table in tables for place in _places(visit))


def _groups(problem: Problem, visit: Visit) -> Iterator[tuple[Worker, ...]]:
    """Yield every group of workers that may do the visit together, in the order of the seats."""
    workers = _staff(problem, visit)
    for crew in visit.crews:
        sitting = [[w for w in workers if w.may_take(seat)] for seat in crew]
        yield from (group for group in product(*sitting) if len({w.id for w in group}) == len(group))


def _no_road(problem: Problem, visit: Visit) -> tuple[str, dict[str, object]]:
    """Return whether the door or the base is the reason that nobody can go there and back."""
    cut = {worker.id for worker in _staff(problem, visit) if _cut_off(problem, worker)}
    near = _snap(problem, visit) <= problem.snap_limit_m
    if near and all(any(worker.id in cut for worker in group) for group in _groups(problem, visit)):
        return "base_off_road", {"who": ", ".join(sorted(cut)), "metres": problem.snap_limit_m}
    return "off_road", {"metres": _snap(problem, visit)}


def _cut_off(problem: Problem, worker: Worker) -> bool:
    """Return whether a worker's day begins or ends where no road is, or no way but to itself."""
    ways = problem.travel[worker.mode].duration_s
    ends = [(worker.start, ways), (worker.end, ways.T)]
    return not near_base(problem, worker) or any(
        # of two places nobody can say which of them is cut off
        place is not None and len(table) > 2 and int(np.delete(table[place], place).min()) >= UNREACHABLE
        for place, table in ends
    )


def _no_way(problem: Problem, visit: Visit) -> bool:
    return not any(
        all(_goes(problem, worker, place) for worker in group)
        for group in _groups(problem, visit)
        for place in _places(visit)
    )


def _goes(problem: Problem, worker: Worker, place: int) -> bool:
    table = problem.travel[worker.mode]
    return (
        near_base(problem, worker)
        and int(table.snap_m[place]) <= problem.snap_limit_m
        and (worker.start is None or int(table.duration_s[worker.start, place]) < UNREACHABLE)
        and (worker.end is None or int(table.duration_s[place, worker.end]) < UNREACHABLE)
    )


def _somebody_works(problem: Problem, visit: Visit) -> bool:
    """Return whether some group is at work, all of it, at times when the visit may be."""
    least, most = visit.gap_s or (0, 0)
    for group, venue in product(_groups(problem, visit), visit.venues):
        first, *others = [_starts(worker, venue) for worker in group]
        second = others[0] if others else None
        if first and second is None:
            return True
        if any(c - b <= most and d - a >= least for (a, b), (c, d) in product(first, second or [])):
            return True
    return False


def _starts(worker: Worker, venue: Venue) -> list[Window]:
    """Return when somebody may begin a visit within the hours of work."""
    begin, end = worker.hours[0], worker.hours[1] - venue.service_s
    found = [(max(a, begin), min(b, end)) for a, b in venue.windows or ((0, DAY_S),)]
    return [(a, b) for a, b in found if a <= b]


def _has_hours(problem: Problem, visit: Visit) -> bool:
    """Return whether the visit is no longer than what lunch and slack leave of somebody's day."""
    longest = (min(worker.busy_limit_s for worker in group) for group in _groups(problem, visit))
    return max(longest, default=0) >= min(venue.service_s for venue in visit.venues)
