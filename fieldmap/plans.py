"""A day's plan as it is kept and followed: routes of stops, and who was left out.

Plain values, so that the store and the pages need not know the planner.
Times are seconds since midnight, distances metres.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum

from fieldmap.models import Channel, Position, Snapshot, TravelMode

__all__ = [
    "DayPlan",
    "PlanState",
    "PlannedRoute",
    "PlannedStop",
    "Turn",
    "Unplanned",
    "clock_time",
    "place_of",
]


class PlanState(StrEnum):
    """A draft is the head's; a published plan is the workers'; an older one is replaced."""

    DRAFT = "draft"
    PUBLISHED = "published"
    REPLACED = "replaced"


@dataclass(frozen=True, slots=True)
class PlannedStop:
    """One door on a route.

    Attributes
    ----------
    partner_ids
        The other workers who are there at the same time.
    channel
        ``door``, or ``phone`` and ``video`` for a call: it has no way.
    site_id
        Where it is not made at home: the school or institution.
    reason_zh, reason_en
        Why today, with dates only: fit for a paper slip and a volunteer.
    """

    id: str
    seq: int
    household_id: str
    client_ids: tuple[str, ...]
    partner_ids: tuple[str, ...]
    channel: Channel
    arrive_s: int
    start_s: int
    depart_s: int
    travel_s: int
    travel_m: int
    reason_zh: str
    reason_en: str
    site_id: str = ""


@dataclass(frozen=True, slots=True)
class Turn:
    """One line of a turn list: along a way, over something, and what to do where it ends.

    Attributes
    ----------
    stop_id
        The planned stop that it leads to; empty on the way back.
    way
        ``main``, ``road``, ``lane``, ``track``, ``path``, ``steps``, ``dike``
        or ``ferry``; ``off`` from the road to a door away from it, ``here``
        where there is no way to go.
    name
        Of the way; empty where it has none.
    distance_m
        How long it is.
    heading
        Where one sets out: ``n``, ``ne`` … ``nw``; empty but for the first line
        to a stop.
    over
        Of ``bridge``, ``steps`` and ``ferry``, what it leads over.
    then
        ``left``, ``right``, ``slight left``, ``slight right``, ``sharp left``,
        ``sharp right``, ``straight``, ``back``, ``roundabout``; ``arrive``,
        ``arrive left``, ``arrive right``; empty where the next line says it.
    exit
        Which exit of a roundabout; 0 where it is none.
    landmark
        The name of what stands there; empty where nothing does.
    at
        Where it ends.
    """

    stop_id: str
    way: str
    name: str
    distance_m: int
    heading: str
    over: tuple[str, ...]
    then: str
    exit: int
    landmark: str
    at: Position


@dataclass(frozen=True, slots=True)
class PlannedRoute:
    """One worker's day; ``shape`` is GeoJSON coordinates (lon, lat) or empty.

    ``turns`` leads from stop to stop and back, in order; empty without roads.
    ``seconds`` is the travel time from each to each of the start and the stops
    at a door, in their order; -1 where there is no way.
    """

    id: str
    actor_id: str
    mode: TravelMode
    distance_m: int
    travel_s: int
    start_s: int
    end_s: int
    shape: tuple[tuple[float, float], ...]
    stops: tuple[PlannedStop, ...]
    turns: tuple[Turn, ...] = ()
    seconds: tuple[tuple[int, ...], ...] = ()


@dataclass(frozen=True, slots=True)
class Unplanned:
    """Somebody due who is not on a route, with the binding reason."""

    household_id: str
    client_ids: tuple[str, ...]
    code: str
    reason_zh: str
    reason_en: str


@dataclass(frozen=True, slots=True)
class DayPlan:
    """A plan of one station and one day."""

    id: str
    day: date
    division_code: str
    state: PlanState
    created_at: datetime
    created_by: str
    engine: str
    travel_source: str
    seed: int
    routes: tuple[PlannedRoute, ...] = ()
    unplanned: tuple[Unplanned, ...] = ()
    published_at: datetime | None = None
    published_by: str | None = None


def place_of(stop: PlannedStop, snapshot: Snapshot) -> Position | None:
    """Return where a stop is made: at the site or at the door; None for a call, or where nobody knows."""
    if stop.channel is not Channel.DOOR:
        return None
    site, household = snapshot.sites.get(stop.site_id), snapshot.households.get(stop.household_id)
    if site is not None:
        return site.position
    return household.place if household else None


def clock_time(seconds: int) -> str:
    """Write seconds since midnight as a clock does.

    >>> clock_time(9 * 3600 + 5 * 60)
    '09:05'
    """
    return f"{seconds // 3600:02d}:{seconds % 3600 // 60:02d}"
