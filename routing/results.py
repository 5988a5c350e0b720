"""What planning gives back: routes with stops and calls, who is left out, the cost.

Frozen values in whole seconds and metres; times of day are seconds since
midnight.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from routing.models import Window
from routing.params import Params

__all__ = ["REASONS", "Call", "Cost", "LeftOut", "Plan", "Route", "Stop"]

REASONS: tuple[str, ...] = (
    "not_today",
    "no_coordinates",
    "no_workers",
    "not_on_duty",
    "no_allowed_role",
    "no_skill",
    "companion",
    "needs_two_people",
    "off_road",
    "base_off_road",
    "no_time_window",
    "no_hours",
    "too_far",
    "day_full",
    "detour",
    "no_gap",
)
"""Every reason of a visit left out, in the order in which they are asked: see :mod:`routing.explain`."""


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
        travel nor lunch; calls lie in it.
    venue
        Number of the venue in ``Visit.venues``.
    """

    visit_id: str
    worker_ids: tuple[str, ...]
    arrive: int
    start: int
    depart: int
    travel_s: int
    travel_m: int
    waiting_s: int
    venue: int = 0


@dataclass(frozen=True, slots=True)
class Call:
    """One contact by phone or video; from and to, seconds since midnight."""

    visit_id: str
    start: int
    end: int


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
    calls
        Contacts by phone or video, in order of time: at the desk before
        leaving and after coming back, or at a door before it opens.
    """

    worker_id: str
    stops: tuple[Stop, ...]
    depart: int
    arrive: int
    lunch: Window | None = None
    end_travel_s: int = 0
    end_travel_m: int = 0
    calls: tuple[Call, ...] = ()

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
        """Seconds at visits and on calls."""
        calls = sum(call.end - call.start for call in self.calls)
        return sum(stop.depart - stop.start for stop in self.stops) + calls

    @property
    def work_s(self) -> int:
        """Seconds of work: the way, visits and calls."""
        return self.travel_s + self.service_s

    @property
    def waiting_s(self) -> int:
        """Seconds before closed doors."""
        return sum(stop.waiting_s for stop in self.stops)


@dataclass(frozen=True, slots=True)
class LeftOut:
    """A visit that is not in the plan, with the rule that binds.

    ``reason`` is one of :data:`REASONS`; the text stands in the problem
    catalogue under ``left.<reason>``.
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
    elsewhere: int = 0
    wishes: int = 0
    balance: int = 0

    @property
    def total(self) -> int:
        """The sum, which the planner minimises."""
        return self.travel + self.left_out + self.continuity + self.elsewhere + self.wishes + self.balance


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
        stops = {stop.visit_id for route in self.routes for stop in route.stops}
        return tuple(sorted(stops | {call.visit_id for route in self.routes for call in route.calls}))
