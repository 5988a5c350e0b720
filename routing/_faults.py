"""What does not fit together in a planning problem, all of it at once."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from routing.models import Lunch, Problem, Venue, Window

__all__ = ["faults"]

_DAY_S = 86_400
_NO_LIMIT = 1_000_000_000


def faults(problem: Problem) -> list[str]:
    """Return every fault, each as what is meant and the value received."""
    return [*_ids(problem), *_travel(problem), *_visits(problem), *_workers(problem)]


def _ids(problem: Problem) -> Iterable[str]:
    for noun, ids in (
        ("visit", [v.id for v in problem.visits]),
        ("worker", [w.id for w in problem.workers]),
    ):
        twice = sorted({i for i in ids if ids.count(i) > 1}) if len(set(ids)) < len(ids) else []
        yield from (f"{noun} {i!r} twice" for i in twice)


def _travel(problem: Problem) -> Iterable[str]:
    for mode in sorted({w.mode for w in problem.workers} - set(problem.travel)):
        yield f"no travel table for {mode.value}"
    if len({len(table) for table in problem.travel.values()}) > 1:
        yield "travel tables of different sizes"
    for mode, table in problem.travel.items():
        n = len(table)
        if table.duration_s.shape != (n, n) or table.distance_m.shape != (n, n) or table.snap_m.shape != (n,):
            yield f"travel table {mode.value} is not square"
        elif n and min(int(table.duration_s.min()), int(table.distance_m.min())) < 0:
            yield f"travel table {mode.value} holds a negative value"


def _visits(problem: Problem) -> Iterable[str]:
    places = min((len(table) for table in problem.travel.values()), default=_NO_LIMIT)
    for visit in problem.visits:
        for venue in visit.venues:
            yield from (f"visit {visit.id!r}: {fault}" for fault in _venue(venue, places))
        if not 0 <= visit.urgency <= 1_000_000:
            yield f"visit {visit.id!r}: urgency {visit.urgency}"
        if not visit.crews or any(len(crew) not in (1, 2) for crew in visit.crews):
            yield f"visit {visit.id!r}: a crew is one or two people"
        if visit.is_call and any(len(crew) != 1 for crew in visit.crews):
            yield f"visit {visit.id!r}: a call is made by one person"
        if visit.is_call and visit.elsewhere:
            yield f"visit {visit.id!r}: a call has no other venue"
        if visit.gap_s is not None and not _is_window(visit.gap_s):
            yield f"visit {visit.id!r}: gap {visit.gap_s}"
        yield from (f"visit {visit.id!r}: window {w}" for w in visit.wished if not _is_window(w))


def _venue(venue: Venue, places: int) -> Iterable[str]:
    if venue.location is not None and not 0 <= venue.location < places:
        yield f"location {venue.location} of {places}"
    if not 0 <= venue.service_s <= _DAY_S:
        yield f"service {venue.service_s} s"
    if not 0 <= venue.price_s <= _NO_LIMIT:
        yield f"price {venue.price_s} s"
    yield from (f"window {w}" for w in venue.windows if not _is_window(w))


def _workers(problem: Problem) -> Iterable[str]:
    places = min((len(table) for table in problem.travel.values()), default=_NO_LIMIT)
    for worker in problem.workers:
        for name, place in (("start", worker.start), ("end", worker.end)):
            if place is not None and not 0 <= place < places:
                yield f"worker {worker.id!r}: {name} {place} of {places}"
        if not _is_window(worker.hours):
            yield f"worker {worker.id!r}: hours {worker.hours}"
        if worker.lunch and not _is_lunch(worker.lunch):
            yield f"worker {worker.id!r}: lunch {worker.lunch}"
        if worker.slack_s < 0 or (worker.max_walk_m or 0) < 0:
            yield f"worker {worker.id!r}: a negative limit"


def _is_window(window: Window) -> bool:
    return 0 <= window[0] <= window[1] <= _DAY_S


def _is_lunch(lunch: Lunch) -> bool:
    return _is_window((lunch.from_s, lunch.to_s)) and 0 <= lunch.seconds <= lunch.to_s - lunch.from_s
