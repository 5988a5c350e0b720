"""What does not fit together in a planning problem, all of it at once."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from routing.travel import UNREACHABLE

if TYPE_CHECKING:
    from routing.models import Lunch, Problem, Venue, Worker
    from routing.travel import TravelTimes

__all__ = ["faults", "is_whole"]

_DAY_S = 86_400
_NO_LIMIT = 1_000_000_000
_URGENCY = 1_000_000


def faults(problem: Problem) -> list[str]:
    """Return every fault, each as what is meant and the value received."""
    travel = list(_travel(problem))
    places = (
        _NO_LIMIT if travel else min((len(table) for table in problem.travel.values()), default=_NO_LIMIT)
    )
    return [*_ids(problem), *travel, *_visits(problem, places), *_workers(problem, places)]


def is_whole(value: object, least: int, most: int) -> bool:
    """Return whether `value` is an ``int`` from `least` to `most`; 9.0, NaN and NumPy's numbers are none."""
    return isinstance(value, int) and least <= value <= most


def _ids(problem: Problem) -> Iterable[str]:
    for noun, ids in (
        ("visit", [v.id for v in problem.visits]),
        ("worker", [w.id for w in problem.workers]),
    ):
        twice = sorted({i for i in ids if ids.count(i) > 1}) if len(set(ids)) < len(ids) else []
        yield from (f"{noun} {i!r} twice" for i in twice)


def _travel(problem: Problem) -> Iterable[str]:
    if not is_whole(problem.snap_limit_m, 0, _NO_LIMIT):
        yield f"snap limit {problem.snap_limit_m} m"
    for mode in sorted({w.mode for w in problem.workers} - set(problem.travel)):
        yield f"no travel table for {mode.value}"
    wrong = False
    for mode, table in problem.travel.items():
        for fault in _table(table):
            wrong = True
            yield f"travel table {mode.value}{fault}"
    if not wrong and len({len(table) for table in problem.travel.values()}) > 1:
        yield "travel tables of different sizes"


def _table(table: TravelTimes) -> Iterable[str]:
    columns = {"duration_s": table.duration_s, "distance_m": table.distance_m, "snap_m": table.snap_m}
    for name, array in columns.items():
        if not isinstance(array, np.ndarray) or array.dtype.kind not in "iu":
            yield f": {name} is {getattr(array, 'dtype', type(array).__name__)}, not int32"
            return
    n = len(table.snap_m) if table.snap_m.ndim == 1 else -1
    if table.duration_s.shape != (n, n) or table.distance_m.shape != (n, n):
        yield " is not square"
        return
    for name, array in columns.items():
        yield from _cells(name, array, (array < 0) | (array > UNREACHABLE))


def _cells(name: str, array: NDArray[Any], wrong: NDArray[np.bool_]) -> Iterable[str]:
    """Yield the first of the cells that are wrong, and how many more are."""
    at = np.argwhere(wrong)
    if len(at):
        more = f" and {len(at) - 1} more" if len(at) > 1 else ""
        yield f": {name}{at[0].tolist()} = {array[tuple(at[0])]}{more}"


def _visits(problem: Problem, places: int) -> Iterable[str]:
    for visit in problem.visits:
        for venue in visit.venues:
            yield from (f"visit {visit.id!r}: {fault}" for fault in _venue(venue, places))
        if not is_whole(visit.urgency, 0, _URGENCY):
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
    if venue.location is not None and not is_whole(venue.location, 0, places - 1):
        yield f"location {venue.location} of {places}"
    if not is_whole(venue.service_s, 0, _DAY_S):
        yield f"service {venue.service_s} s"
    if not is_whole(venue.price_s, 0, _NO_LIMIT):
        yield f"price {venue.price_s} s"
    yield from (f"window {w}" for w in venue.windows if not _is_window(w))


def _workers(problem: Problem, places: int) -> Iterable[str]:
    for worker in problem.workers:
        for name, place in (("start", worker.start), ("end", worker.end)):
            if place is not None and not is_whole(place, 0, places - 1):
                yield f"worker {worker.id!r}: {name} {place} of {places}"
        if not _is_window(worker.hours):
            yield f"worker {worker.id!r}: hours {worker.hours}"
        if worker.lunch and not _is_lunch(worker.lunch):
            yield f"worker {worker.id!r}: lunch {worker.lunch}"
        yield from (f"worker {worker.id!r}: {fault}" for fault in _limits(worker))


def _limits(worker: Worker) -> Iterable[str]:
    if not is_whole(worker.slack_s, 0, _NO_LIMIT):
        yield f"slack {worker.slack_s} s"
    if worker.max_walk_m is not None and not is_whole(worker.max_walk_m, 0, _NO_LIMIT):
        yield f"walking limit {worker.max_walk_m} m"


def _is_window(window: object) -> bool:
    if not isinstance(window, Sequence) or len(window) != 2:
        return False
    begin, end = window
    return is_whole(end, 0, _DAY_S) and is_whole(begin, 0, int(end))


def _is_lunch(lunch: Lunch) -> bool:
    return _is_window((lunch.from_s, lunch.to_s)) and is_whole(lunch.seconds, 0, lunch.to_s - lunch.from_s)
