"""Calls in the gaps: contacts by phone or video in the free time of a day of door visits.

A call needs no way, so the search knows nothing of it. Where calls must be
made, :func:`reserved` keeps room for them before the search; :func:`fill` puts
all calls into the finished day.

Free is a worker at the desk before leaving and after coming back, and at a
door before it opens. A lunch that is eaten at the desk makes room for a call.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from itertools import chain

from routing._construct import construct
from routing._day import Day, balance, opening
from routing.explain import call_reason, reasons, within
from routing.models import Lunch, Problem, Visit, Window, Worker
from routing.params import Params
from routing.results import Call, Cost, Plan, Route

__all__ = ["fill", "reserved"]

_ROUNDS = 4
"""How often the mandatory calls that found no room go first and everything is put in again."""


def fill(problem: Problem, plan: Plan) -> Plan:
    """Put the calls of `problem` into a plan of its door visits.

    Mandatory calls go first, then those whose leaving out costs most for their
    seconds. Of those who may call it is the household's own worker, else who
    has least to do; at the first door that is still closed, else at the desk.

    Parameters
    ----------
    plan
        Made of the doors of `problem`, perhaps in the hours of :func:`reserved`.

    Returns
    -------
    Plan
        With every call in a route or left out with its reason; `plan` itself
        where there are no calls.
    """
    calls = [visit for visit in problem.visits if visit.is_call]
    if not calls:
        return plan
    must = sorted((v for v in calls if v.mandatory), key=lambda v: _pressing(problem, v))
    rota = _with_mandatory(problem, plan, must)
    may = [v for v in calls if not v.mandatory]
    for visit in sorted(may, key=lambda v: _worth(v, plan.params)):
        rota.put(visit)
    left = [call_reason(problem, visit) for visit in calls if visit.id not in rota.made]
    doors = within(_doors(problem), plan.params, plan.left_out)
    number = {visit.id: i for i, visit in enumerate(problem.visits)}
    routes = tuple(agenda.written() for agenda in rota.agendas)
    left_out = tuple(sorted((*doors, *left), key=lambda item: number[item.visit_id]))
    return replace(
        plan, routes=routes, left_out=left_out, cost=_cost(problem, replace(plan, left_out=left_out), routes)
    )


def _cost(problem: Problem, plan: Plan, routes: Sequence[Route]) -> Cost:
    """Return the cost of the door plan with the calls of `routes` and what `plan` now leaves out."""
    params, visits = plan.params, problem.visit_by_id
    made = [(visits[call.visit_id], call.start, route) for route in routes for call in route.calls]
    strange = sum(v.preferred_worker not in (None, route.worker_id) for v, _, route in made)
    unwished = sum(bool(v.wished) and not _inside(v.wished, start) for v, start, _ in made)
    work = [route.work_s for route in routes]
    return replace(
        plan.cost,
        left_out=sum(params.price(visits[item.visit_id]) for item in plan.left_out),
        continuity=plan.cost.continuity + params.continuity_s * strange,
        wishes=plan.cost.wishes + params.wish_s * unwished,
        balance=balance(work, params.balance_percent),
    )


def _with_mandatory(problem: Problem, plan: Plan, must: Sequence[Visit]) -> _Rota:
    """Return the day with as many mandatory calls as can be; those without room get the first pick."""
    order, best = list(must), _Rota(problem, plan)
    for _ in range(_ROUNDS):
        rota = _Rota(problem, plan)
        missed = [visit for visit in order if not rota.put(visit)]
        if len(rota.made) > len(best.made):
            best = rota
        if not missed:
            break
        order = [*missed, *(visit for visit in order if visit not in missed)]
    return best


class _Rota:
    """Everybody's day while calls are put in."""

    def __init__(self, problem: Problem, plan: Plan) -> None:
        self.agendas = [_Agenda(problem.worker_by_id[route.worker_id], route) for route in plan.routes]
        self.made: set[str] = set()

    def put(self, visit: Visit) -> bool:
        """Make a call if somebody has time for it, within the wished hours if possible."""
        times = [opening(visit)]
        if visit.wished:
            wished = [(max(a, c), min(b, d)) for a, b in times[0] for c, d in visit.wished]
            times.insert(0, sorted(window for window in wished if window[0] <= window[1]))
        for windows in times:
            if any(agenda.put(visit, windows) for agenda in self._callers(visit)):
                self.made.add(visit.id)
                return True
        return False

    def _callers(self, visit: Visit) -> Iterator[_Agenda]:
        """Yield who may call: crew by crew, the household's own worker first, then who has least to do."""
        for (seat,) in visit.crews:
            found = [agenda for agenda in self.agendas if agenda.worker.may_take(seat)]
            yield from sorted(found, key=lambda a: (a.worker.id != visit.preferred_worker, a.work_s))


class _Agenda:
    """One worker's day: the way, calls, lunch."""

    def __init__(self, worker: Worker, route: Route) -> None:
        self.worker, self.route = worker, route
        self.calls: list[Call] = []
        self.lunch = route.lunch
        if not route.stops and worker.lunch:  # eaten only by who has something to do
            self.lunch = (worker.lunch.from_s, worker.lunch.from_s + worker.lunch.seconds)

    @property
    def work_s(self) -> int:
        return self.route.work_s + sum(call.end - call.start for call in self.calls)

    def put(self, visit: Visit, windows: Sequence[Window]) -> bool:
        """Make a call that begins in one of `windows`, which are in order, as soon as there is time."""
        if self.work_s + visit.service_s > self.worker.busy_limit_s:
            return False
        for lunch in self._lunches():
            for begin, end in self._free(lunch):
                start = next((max(begin, a) for a, b in windows if begin <= b), end + 1)
                if start + visit.service_s <= end:
                    self.calls.append(Call(visit.id, start, start + visit.service_s))
                    self.lunch = lunch
                    return True
        return False

    def written(self) -> Route:
        """Return the route with the calls."""
        calls = tuple(sorted(self.calls, key=lambda call: (call.start, call.end)))
        if self.route.stops:
            return replace(self.route, calls=calls, lunch=self.lunch)
        begin = self.worker.hours[0]
        return Route(self.worker.id, (), begin, begin, self.lunch if calls else None, calls=calls)

    def _desk(self, hours: Window) -> list[Window]:
        """Return the times of `hours` at which the worker is not out."""
        out = self.route
        return [(hours[0], out.depart), (out.arrive, hours[1])] if out.stops else [hours]

    def _free(self, lunch: Window | None) -> list[Window]:
        """Return the free times: before closed doors, then at the desk."""
        doors = [(stop.arrive, stop.start) for stop in self.route.stops]
        busy = [(call.start, call.end) for call in self.calls]
        return _without([*doors, *self._desk(self.worker.hours)], [*busy, lunch] if lunch else busy)

    def _lunches(self) -> Iterator[Window | None]:
        """Yield where lunch is and, if it is eaten at the desk, where else it may be."""
        yield self.lunch
        rule, lunch = self.worker.lunch, self.lunch
        if rule is None or lunch is None:
            return
        desk = self._desk((0, rule.to_s))
        if any(a <= lunch[0] and lunch[1] <= b for a, b in desk):
            busy = [(call.start, call.end) for call in self.calls]
            for begin, end in _without(desk, busy):
                first, last = max(begin, rule.from_s), min(end, rule.to_s) - rule.seconds
                yield from ((at, at + rule.seconds) for at in (first, last) if first <= last)


def _without(free: Sequence[Window], busy: Sequence[Window]) -> list[Window]:
    """Return what is left of `free`, in its order."""
    left = list(free)
    for begin, end in busy:
        left = list(chain.from_iterable(((a, min(b, begin)), (max(a, end), b)) for a, b in left))
        left = [(a, b) for a, b in left if a <= b]
    return left


def _inside(windows: Sequence[Window], start: int) -> bool:
    return any(a <= start <= b for a, b in windows)


def reserved(problem: Problem, params: Params = Params()) -> Problem:
    """Return the door visits of `problem`, with room kept for calls.

    Room is kept for every call that must be made, and for the others, the
    dearest for their seconds first, in a part of the hours (``call_percent``).

    Room is a piece of somebody's hours, at the end of the day, or at its
    beginning where the windows of the call ask for it, and as much of what may
    fill the day. Mandatory door visits come first: no room is kept where they
    need it, found out by inserting them.

    Returns
    -------
    Problem
        `problem` itself where there are no calls.
    """
    doors = _doors(problem)
    if len(doors.visits) == len(problem.visits):
        return problem
    wanted = _to_keep(problem, params)
    if not wanted:
        return doors
    needed = replace(doors, visits=tuple(v for v in doors.visits if v.mandatory))
    first = construct(Day(needed, params), 0, starts=1)
    lost = reasons(first)
    if any(item.reason in ("day_full", "detour") for item in lost):
        return doors
    work = [tour.busy for tour in first.tours]
    few, many = 0, len(wanted)
    while few < many:  # room for as many as leave no mandatory door out
        half = (few + many + 1) // 2
        people = _shortened(needed, wanted[:half], work)
        board = construct(Day(replace(needed, workers=people), params), 0, starts=1)
        missing = len(needed.visits) - len(board.people)
        few, many = (half, many) if missing <= len(lost) else (few, half - 1)
    return replace(doors, workers=_shortened(doors, wanted[:few], work))


def _to_keep(problem: Problem, params: Params) -> list[Visit]:
    """Return the calls for which room is kept, those that must be made first."""
    calls = [v for v in problem.visits if v.is_call]
    must = sorted((v for v in calls if v.mandatory), key=lambda v: _pressing(problem, v))
    hours = sum(w.hours[1] - w.hours[0] for w in problem.workers)
    left = hours * params.call_percent // 100
    may = list[Visit]()
    for visit in sorted((v for v in calls if not v.mandatory), key=lambda v: _worth(v, params)):
        left -= visit.service_s
        if left < 0:
            break
        may.append(visit)
    return [*must, *may] if problem.workers else []


def _worth(visit: Visit, params: Params) -> float:
    """Return what goes first: the dearest to leave out for its seconds."""
    return -params.price(visit) / (visit.service_s + 1)


def _doors(problem: Problem) -> Problem:
    return replace(problem, visits=tuple(v for v in problem.visits if not v.is_call))


def _pressing(problem: Problem, visit: Visit) -> tuple[int, int, int]:
    """Return what goes first: what few may do, in short windows, and is urgent."""
    callers = sum(any(w.may_take(seat) for (seat,) in visit.crews) for w in problem.workers)
    return callers, sum(b - a for a, b in opening(visit)), -visit.urgency


def _shortened(problem: Problem, calls: Sequence[Visit], work: Sequence[int]) -> tuple[Worker, ...]:
    """Return the workers with room kept for `calls`, shared out to who has least `work` at doors."""
    kept = [_Kept(worker, busy) for worker, busy in zip(problem.workers, work, strict=True)]
    for visit in calls:
        free = [k for k in kept if any(k.worker.may_take(seat) for (seat,) in visit.crews) and k.room(visit)]
        if free:
            own = visit.preferred_worker
            min(free, key=lambda k: (k.worker.id != own, k.busy)).keep(visit)
    return tuple(k.shortened() for k in kept)


class _Kept:
    """One worker's hours less the room kept for calls."""

    def __init__(self, worker: Worker, busy: int) -> None:
        self.worker, self.busy = worker, busy
        self.hours = worker.hours
        self.calls_s = 0

    def room(self, visit: Visit) -> Window | None:
        """Return the hours that are left with the call in the day, as many as can be."""
        if self.busy + visit.service_s > self.worker.busy_limit_s:
            return None
        begin, end = self.hours
        last = end - visit.service_s
        starts = [(max(a, begin), min(b, last)) for a, b in opening(visit)]
        starts = _without([(a, b) for a, b in starts if a <= b], self._at_lunch(visit.service_s))
        if not starts:
            return None
        evening, morning = (begin, starts[-1][1]), (starts[0][0] + visit.service_s, end)
        return max(evening, morning, key=lambda hours: hours[1] - hours[0])

    def _at_lunch(self, seconds: int) -> list[Window]:
        """Return when no call of `seconds` may begin, wherever in its window lunch lies."""
        lunch = self.worker.lunch
        if lunch is None or lunch.to_s - lunch.seconds >= lunch.from_s + lunch.seconds:
            return []
        return [(lunch.to_s - lunch.seconds - seconds, lunch.from_s + lunch.seconds)]

    def keep(self, visit: Visit) -> None:
        """Take the room for the call."""
        hours = self.room(visit)
        assert hours is not None
        self.hours = hours
        self.busy += visit.service_s
        self.calls_s += visit.service_s

    def shortened(self) -> Worker:
        """Return the worker with the hours and the busy limit that the calls leave."""
        if not self.calls_s:
            return self.worker
        short = replace(self.worker, hours=self.hours, lunch=self._lunch(), slack_s=0)
        most = max(0, self.worker.busy_limit_s - self.calls_s)
        return replace(short, slack_s=max(0, short.busy_limit_s - most))

    def _lunch(self) -> Lunch | None:
        """Return lunch within the shortened hours where it fits, so that it leaves the kept room free."""
        lunch, (begin, end) = self.worker.lunch, self.worker.hours
        if lunch is None:
            return None
        from_s = lunch.from_s if self.hours[0] == begin else max(lunch.from_s, self.hours[0])
        to_s = lunch.to_s if self.hours[1] == end else min(lunch.to_s, self.hours[1])
        return replace(lunch, from_s=from_s, to_s=to_s) if to_s - from_s >= lunch.seconds else lunch
