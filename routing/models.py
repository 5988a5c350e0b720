"""The nouns of planning: visits, workers, a problem.

Frozen values in whole seconds and metres; times of day are seconds since
midnight. Nothing here knows a solver, a road file or the store, so that
:mod:`routing.check` can rest on this module, :mod:`routing.params` and
:mod:`routing.results` alone.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property

from fieldmap.errors import InputError
from fieldmap.models import Channel, Sex, TravelMode
from routing._faults import faults
from routing.crews import Crew, Seat
from routing.travel import TravelTimes

__all__ = ["CALLS", "DAY_S", "Lunch", "Problem", "Venue", "Visit", "Window", "Worker"]

DAY_S = 86_400
"""Seconds of a day."""

CALLS = frozenset({Channel.PHONE, Channel.VIDEO})
"""Channels of a contact that needs no way to a door."""

type Window = tuple[int, int]
"""From and to, seconds since midnight, both included."""


@dataclass(frozen=True, slots=True)
class Venue:
    """Where a visit may be made: at home, at school, in an institution.

    Attributes
    ----------
    location
        Row of the travel tables, or None where nobody knows where it is.
    service_s
        Seconds from the start of the visit to leaving.
    windows
        The start of the visit lies in one of these; empty: any time.
    price_s
        What going there costs on top of the way, in seconds of travel.
    name
        Handed through, never looked into.
    """

    location: int | None
    service_s: int
    windows: tuple[Window, ...] = ()
    price_s: int = 0
    name: str = ""


@dataclass(frozen=True, slots=True)
class Visit:
    """One stop to be planned: one household, one or more clients.

    Attributes
    ----------
    location, service_s, windows
        The first venue: see :class:`Venue`.
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
    elsewhere
        Other venues: the visit is made at one of them, or at the first.
    wished
        Soft windows: a start outside them is allowed but has its price.
    gap_s
        For a crew of two who come one after the other: the second begins so
        many seconds after the first began, at least and at most. None: both
        begin together.
    channel
        ``door``, or a contact that needs no way (`CALLS`): made in a gap of
        the day or at the desk, by a crew of one.
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
    elsewhere: tuple[Venue, ...] = ()
    wished: tuple[Window, ...] = ()
    gap_s: Window | None = None
    channel: Channel = Channel.DOOR

    @property
    def workers_needed(self) -> int:
        """Return how many people must go at least."""
        return min(len(crew) for crew in self.crews)

    @property
    def venues(self) -> tuple[Venue, ...]:
        """Return every venue, the visit's own first; stops count them from 0."""
        return (Venue(self.location, self.service_s, self.windows), *self.elsewhere)

    @property
    def is_call(self) -> bool:
        """Return whether nobody goes to a door."""
        return self.channel in CALLS


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
    at_desk
        On office duty: makes calls, goes to no door.
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
    at_desk: bool = False

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
            (not seat.workers or self.id in seat.workers)
            and (not seat.roles or self.role in seat.roles)
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
