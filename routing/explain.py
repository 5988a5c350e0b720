"""Why a visit is not in today's plan: the rule that binds.

Codes, in the order in which they are asked; the first that holds is the
reason (the first of them is given by :mod:`routing.dispatch`, before there is a
problem). The texts stand in the problem catalogue under ``left.<code>``.

================== ================================================================
not_today          more are due than a day's problem takes, and others are more urgent
no_coordinates     nobody knows where the door is
no_workers         nobody is on duty in the field
no_allowed_role    nobody on duty has a role that may do it
no_skill           nobody with such a role has the skill or certificate
companion          nobody of the companion's sex
needs_two_people   a pair must go, and no two people may go together
off_road           the door is too far from a road, or no way leads there
no_time_window     it may not start at any time at which somebody works
too_far            the way and the visit do not fit into an empty day
day_full           it fits into an empty day, but not beside today's visits
detour             it fits, but the way costs more than its urgency weighs
================== ================================================================
"""

from __future__ import annotations

from collections.abc import Iterable

from fieldmap.errors import Explanation, explain
from routing._construct import Board
from routing._day import Day, opening
from routing.crews import Crew, Seat
from routing.models import Problem, Visit, Worker
from routing.results import LeftOut
from routing.travel import UNREACHABLE

__all__ = ["REASONS", "reasons", "text"]

REASONS: tuple[str, ...] = (
    "not_today",
    "no_coordinates",
    "no_workers",
    "no_allowed_role",
    "no_skill",
    "companion",
    "needs_two_people",
    "off_road",
    "no_time_window",
    "too_far",
    "day_full",
    "detour",
)
"""Every code, in the order in which they are asked."""


def text(left: LeftOut) -> Explanation:
    """Return the reason in the current language: what, what is allowed, what to do."""
    return explain(f"left.{left.reason}", **left.details)


def reasons(board: Board) -> tuple[LeftOut, ...]:
    """Return the binding reason of every visit of the problem that is not on `board`.

    The last four codes are found by trying: into an empty day of everybody who
    may go, then into today's tours.
    """
    day = board.day
    number = {visit.id: i for i, visit in enumerate(day.visits)}
    missing = board.missing()
    empty, today = Board(day).prices(missing), board.prices(missing)
    left = [v for v in day.problem.visits if number.get(v.id) not in board.people]
    return tuple(
        _rule(day, visit, number.get(visit.id)) or _room(visit, number[visit.id], day, empty, today)
        for visit in left
    )


def _rule(day: Day, visit: Visit, number: int | None) -> LeftOut | None:
    """Return the rule about people or roads that nobody on duty can keep."""
    code, details = _people(day.problem, visit)
    if not code and (number is None or _no_way(day, number)):
        code, details = "off_road", {"metres": _snap(day.problem, visit)}
    return LeftOut(visit.id, code, details) if code else None


type _Prices = dict[int, int | None]


def _room(visit: Visit, number: int, day: Day, empty: _Prices, today: _Prices) -> LeftOut:
    """Return why there is no room, by what it would cost in an empty day and in today's."""
    if empty[number] is None:
        return LeftOut(visit.id, "too_far" if _somebody_works(day, number) else "no_time_window")
    cost = today[number]
    if cost is None:
        return LeftOut(visit.id, "day_full")
    return LeftOut(visit.id, "detour", {"minutes": round(cost / 60)})


def _people(problem: Problem, visit: Visit) -> tuple[str, dict[str, object]]:
    """Return what is wrong with the people for every crew; the first crew is what the rule wants."""
    if visit.location is None:
        return "no_coordinates", {}
    if not problem.workers:
        return "no_workers", {}
    faults = [_fault(problem.workers, crew) for crew in visit.crews]
    if "" in faults:
        return "", {}
    return faults[0], {"available": len(problem.workers)} if faults[0] == "needs_two_people" else {}


def _fault(workers: tuple[Worker, ...], crew: Crew) -> str:
    sitting = [{w.id for w in workers if w.may_take(seat)} for seat in crew]
    for seat, who in zip(crew, sitting, strict=True):
        if not who:
            return _seat_fault(workers, seat)
    alone = len(crew) == 2 and len(sitting[0] | sitting[1]) < 2
    return "needs_two_people" if alone else ""


def _seat_fault(workers: Iterable[Worker], seat: Seat) -> str:
    role = [w for w in workers if not seat.roles or w.role in seat.roles]
    if not role:
        return "no_allowed_role"
    skill = [w for w in role if seat.skills <= w.skills and seat.certificates <= w.certificates]
    return "companion" if skill else "no_skill"


def _snap(problem: Problem, visit: Visit) -> int:
    """Return how far the door is from the nearest road of any mode, in metres."""
    place = visit.location or 0
    return min(int(problem.travel[w.mode].snap_m[place]) for w in problem.workers)


def _who(day: Day, number: int) -> list[tuple[int, ...]]:
    """Return every group of workers that may do the visit together."""
    groups: list[tuple[int, ...]] = []
    for team in day.teams[number]:
        groups += team.pairs() if len(team.seats) == 2 else [(w,) for w in team.seats[0]]
    return groups


def _no_way(day: Day, number: int) -> bool:
    return not any(all(_goes(day, w, number) for w in group) for group in _who(day, number))


def _goes(day: Day, worker: int, number: int) -> bool:
    door, times = int(day.place[number]), day.seconds[worker]
    return int(times[day.starts[worker], door]) < UNREACHABLE > int(times[door, day.ends[worker]])


def _somebody_works(day: Day, number: int) -> bool:
    """Return whether some group is at work, all of it, at a time when the visit may be."""
    visit = day.visits[number]
    for group in _who(day, number):
        begin = max(day.workers[w].hours[0] for w in group)
        end = min(day.workers[w].hours[1] for w in group) - visit.service_s
        if any(max(a, begin) <= min(b, end) for a, b in opening(visit)):
            return True
    return False
