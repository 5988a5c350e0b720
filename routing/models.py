"""The nouns of planning: visits, workers, a problem, a plan.

Frozen values in whole seconds and metres; times of day are seconds since
midnight. Nothing here knows a solver, a road file or the store, so that
:mod:`routing.check` can rest on this module alone.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Literal, get_args

from fieldmap.errors import InputError
from fieldmap.models import Sex, TravelMode
from routing._faults import faults
from routing.crews import Crew, Seat
from routing.travel import TravelTimes

__all__ = [
    "DAY_S",
    "Budget",
    "Cost",
    "Engine",
    "LeftOut",
    "Lunch",
    "Params",
    "Plan",
    "Problem",
    "Route",
    "Stop",
    "Visit",
    "Window",
    "Worker",
]

DAY_S = 86_400
"""Seconds of a day."""

type Engine = Literal["search", "ortools"]
"""Who looks for the plan; see :class:`Params`."""

type Window = tuple[int, int]
"""From and to, seconds since midnight, both included."""


@dataclass(frozen=True, slots=True)
class Visit:
    """One stop to be planned: one household, one or more clients.

    Attributes
    ----------
    location
        Row of the travel tables, or None where nobody knows where it is.
    service_s
        Seconds from the start of the visit to leaving.
    windows
        The start of the visit lies in one of these; empty: any time.
    mandatory
        Left out only if it cannot be done; an optional visit is weighed by
        its urgency.
    urgency
        Overdue days × risk of the rule, from 0.
    crews
        The allowed crews, the best first; one of them goes.
    preferred_worker
        The household's own worker (continuity).
    causes
        Why it is due; handed through, never looked into.
    """

    id: str
    location: int | None
    service_s: int
    client_ids: tuple[str, ...] = ()
    windows: tuple[Window, ...] = ()
    mandatory: bool = False
    urgency: int = 0
    crews: tuple[Crew, ...] = ((Seat(),),)
    preferred_worker: str | None = None
    causes: tuple[str, ...] = ()

    @property
    def workers_needed(self) -> int:
        """Return how many people must go at least."""
        return min(len(crew) for crew in self.crews)


@dataclass(frozen=True, slots=True)
class Lunch:
    """A break of `seconds` that lies wholly between `from_s` and `to_s`.

    It may lie before leaving, between two visits, on the way, or after
    coming back; it never interrupts a visit.
    """

    from_s: int
    to_s: int
    seconds: int


@dataclass(frozen=True, slots=True)
class Worker:
    """Somebody on duty in the field today.

    Attributes
    ----------
    hours
        Leaves the start place not before, is at the end place not after.
    lunch
        None where the day has no break.
    start, end
        Rows of the travel tables; None: the day begins at the first door or
        ends at the last.
    max_walk_m
        Metres of a day for somebody on foot; None without limit. Other modes
        are not bound by it.
    slack_s
        Seconds of the hours that stay free for emergencies.
    """

    id: str
    start: int | None
    end: int | None
    sex: Sex = Sex.UNKNOWN
    role: str = ""
    skills: frozenset[str] = frozenset()
    certificates: frozenset[str] = frozenset()
    hours: Window = (8 * 3600 + 1800, 17 * 3600 + 1800)
    lunch: Lunch | None = None
    mode: TravelMode = TravelMode.EBIKE
    max_walk_m: int | None = None
    slack_s: int = 0

    @property
    def busy_limit_s(self) -> int:
        """Return the seconds that travel and visits may fill: hours less lunch and slack."""
        lunch = self.lunch
        overlap = 0
        if lunch:
            overlap = max(0, min(self.hours[1], lunch.to_s) - max(self.hours[0], lunch.from_s))
            overlap = min(overlap, lunch.seconds)
        return max(0, self.hours[1] - self.hours[0] - overlap - self.slack_s)

    def may_take(self, seat: Seat) -> bool:
        """Return whether this worker may take that seat."""
        return (
            (not seat.roles or self.role in seat.roles)
            and seat.skills <= self.skills
            and seat.certificates <= self.certificates
            and seat.sex in (None, self.sex)
        )


@dataclass(frozen=True, eq=False)
class Problem:
    """One day to be planned.

    Attributes
    ----------
    travel
        One table per mode that a worker uses, all over the same places.
    travel_source
        What the travel times rest on; empty: as the tables say.
    snap_limit_m
        A place farther than this from the road counts as unreachable.

    Raises
    ------
    InputError
        The parts do not fit together; all faults at once.
    """

    visits: tuple[Visit, ...]
    workers: tuple[Worker, ...]
    travel: Mapping[TravelMode, TravelTimes]
    travel_source: str = ""
    snap_limit_m: int = 250

    def __post_init__(self) -> None:
        found = faults(self)
        if found:
            raise InputError("problem.inconsistent", "; ".join(found))

    @cached_property
    def visit_by_id(self) -> Mapping[str, Visit]:
        """Visits by id."""
        return {visit.id: visit for visit in self.visits}

    @cached_property
    def worker_by_id(self) -> Mapping[str, Worker]:
        """Workers by id."""
        return {worker.id: worker for worker in self.workers}

    @property
    def source(self) -> str:
        """What the travel times rest on, for people to read."""
        return self.travel_source or "; ".join(sorted({table.source for table in self.travel.values()}))


@dataclass(frozen=True, slots=True)
class Stop:
    """One visitor's stop at one visit.

    Attributes
    ----------
    worker_ids
        Everybody who is at the visit, this route's worker among them.
    arrive, start, depart
        At the door, begin and end of the visit, seconds since midnight.
    travel_s, travel_m
        The way from the stop before, or from the start place.
    waiting_s
        Time between leaving the stop before and `start` that is neither
        travel nor lunch.
    """

    visit_id: str
    worker_ids: tuple[str, ...]
    arrive: int
    start: int
    depart: int
    travel_s: int
    travel_m: int
    waiting_s: int


@dataclass(frozen=True, slots=True)
class Route:
    """One worker's day.

    Attributes
    ----------
    depart, arrive
        Leaving the start place and reaching the end place.
    lunch
        From and to; None where the worker has no break.
    end_travel_s, end_travel_m
        The way from the last stop to the end place.
    """

    worker_id: str
    stops: tuple[Stop, ...]
    depart: int
    arrive: int
    lunch: Window | None = None
    end_travel_s: int = 0
    end_travel_m: int = 0

    @property
    def travel_s(self) -> int:
        """Seconds on the way."""
        return sum(stop.travel_s for stop in self.stops) + self.end_travel_s

    @property
    def travel_m(self) -> int:
        """Metres on the way."""
        return sum(stop.travel_m for stop in self.stops) + self.end_travel_m

    @property
    def service_s(self) -> int:
        """Seconds at visits."""
        return sum(stop.depart - stop.start for stop in self.stops)

    @property
    def waiting_s(self) -> int:
        """Seconds before closed doors."""
        return sum(stop.waiting_s for stop in self.stops)


@dataclass(frozen=True, slots=True)
class LeftOut:
    """A visit that is not in the plan, with the rule that binds.

    ``reason`` is a code of :mod:`routing.explain`; the text stands in the
    problem catalogue under ``left.<reason>``.
    """

    visit_id: str
    reason: str
    details: Mapping[str, object] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Cost:
    """What a plan costs, in seconds of travel or their equivalent."""

    travel: int
    left_out: int
    continuity: int

    @property
    def total(self) -> int:
        """The sum, which the planner minimises."""
        return self.travel + self.left_out + self.continuity


@dataclass(frozen=True, slots=True)
class Params:
    """How seconds of travel are weighed against everything else.

    Attributes
    ----------
    left_out_s
        Price of an optional visit left out, whatever its urgency.
    urgency_s
        Price of each unit of urgency on top.
    mandatory_s
        Price of a mandatory visit left out, on top of the two above.
    continuity_s
        Price of a visit by somebody other than the household's own worker.
    engine
        ``search``: ruin and recreate makes the plan that OR-Tools then takes
        and polishes; ``ortools``: OR-Tools alone, from the first plan.
    """

    left_out_s: int = 14_400
    urgency_s: int = 600
    mandatory_s: int = 100_000_000
    continuity_s: int = 300
    engine: Engine = "search"

    def __post_init__(self) -> None:
        if self.engine not in get_args(Engine.__value__):
            raise InputError("params.engine", self.engine, name="engine")
        for name in ("left_out_s", "urgency_s", "mandatory_s", "continuity_s"):
            value = getattr(self, name)
            if not 0 <= value <= 1_000_000_000:
                raise InputError("params.range", value, name=name)

    def price(self, visit: Visit) -> int:
        """Return what it costs to leave `visit` out."""
        return self.left_out_s + self.urgency_s * visit.urgency + self.mandatory_s * visit.mandatory


@dataclass(frozen=True, slots=True)
class Budget:
    """How long the planner may search.

    Attributes
    ----------
    seconds
        Wall-clock limit of the search; 0 returns the first plan.
    solutions
        Limit on the solutions looked at, by the search and again by OR-Tools.
        A plan that ends by this limit is the same on every machine; one that
        ends by `seconds` may not be. None: limits that grow with the number
        of visits.
    """

    seconds: float = 5.0
    solutions: int | None = None

    def __post_init__(self) -> None:
        if not 0 <= self.seconds <= DAY_S:
            raise InputError("params.range", self.seconds, name="seconds")
        if self.solutions is not None and self.solutions < 0:
            raise InputError("params.range", self.solutions, name="solutions")


@dataclass(frozen=True, slots=True)
class Plan:
    """A plan for one day: who goes where and when, and who is left out.

    Attributes
    ----------
    routes
        One for each worker, in the order of the problem; some without stops.
    engine
        ``ortools`` where OR-Tools' full model took the plan it was given and
        improved it or found nothing better; ``search`` or ``insertion`` where
        it was not asked or did not take the plan that those had made.
    bound
        A proven lower bound of the total cost, where there is one.
    """

    routes: tuple[Route, ...]
    left_out: tuple[LeftOut, ...]
    cost: Cost
    engine: str
    travel_source: str
    seed: int
    params: Params = Params()
    bound: int | None = None

    @property
    def visit_ids(self) -> tuple[str, ...]:
        """Ids of the visits that are done, each once, sorted."""
        return tuple(sorted({stop.visit_id for route in self.routes for stop in route.stops}))
