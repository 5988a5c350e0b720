"""The ways of making a visit: at which venue, and within the wished hours or not.

A way has a place, windows, a service time and a price. A visit with one venue
and no wish has one way. A team is a crew that makes the visit in one way.
"""

from __future__ import annotations

from dataclasses import dataclass

from routing.models import DAY_S, Problem, Venue, Visit, Window, Worker

__all__ = ["Team", "Way", "near_base", "opening", "teams", "ways"]


@dataclass(frozen=True, slots=True)
class Way:
    """One way of making a visit.

    Attributes
    ----------
    number
        Of the venue in ``Visit.venues``.
    place, service
        Row of the travel tables, seconds.
    windows
        Of the visit's start, merged; those of the first of two people.
    later
        Windows of the second of two people; no wish binds the second.
    price
        Of the venue, and of a wish not kept.
    """

    number: int
    place: int
    service: int
    windows: tuple[Window, ...]
    later: tuple[Window, ...]
    price: int


@dataclass(frozen=True, slots=True, eq=False)
class Team:
    """One crew making a visit in one way, with the workers on duty who may take each seat.

    Attributes
    ----------
    nodes
        Of :class:`routing._day.Day`, one for each seat.
    gap
        Seconds from the first's start to the second's, at least and at most.
    way
        Teams of one visit with the same number make it in the same way.
    """

    seats: tuple[tuple[int, ...], ...]
    nodes: tuple[int, ...] = (0, 0)
    gap: Window = (0, 0)
    way: int = 0

    @property
    def ordered(self) -> bool:
        """Whether it matters who is the first."""
        return self.gap != (0, 0)

    def pairs(self) -> list[tuple[int, int]]:
        """Return the pairs of different workers in the order of the seats.

        Where both begin together each pair stands there once, whichever of the
        two takes the first seat.
        """
        first, second = self.seats
        found: dict[tuple[int, int], tuple[int, int]] = {}
        for a in first:
            for b in second:
                if a != b:
                    found.setdefault((a, b) if self.ordered else (min(a, b), max(a, b)), (a, b))
        return [found[key] for key in sorted(found)]

    @property
    def staffed(self) -> bool:
        """Whether somebody can take every seat at once."""
        return bool(self.seats[0]) if len(self.seats) == 1 else bool(self.pairs())


def opening(visit: Visit | Venue) -> list[Window]:
    """Return the windows of a visit or a venue, sorted, those that touch merged."""
    return _merged(visit.windows or ((0, DAY_S),))


def _merged(windows: tuple[Window, ...]) -> list[Window]:
    merged: list[Window] = []
    for begin, end in sorted(windows):
        if merged and begin <= merged[-1][1]:
            merged[-1] = (merged[-1][0], max(end, merged[-1][1]))
        else:
            merged.append((begin, end))
    return merged


def _shared(some: list[Window], others: list[Window]) -> list[Window]:
    """Return what lies in both of two lists of merged windows."""
    both = [(max(a, c), min(b, d)) for a, b in some for c, d in others]
    return sorted((begin, end) for begin, end in both if begin <= end)


def ways(visit: Visit, wish_s: int) -> list[Way]:
    """Return the ways of making a visit: each venue, with the wish kept and without."""
    found: list[Way] = []
    for number, venue in enumerate(visit.venues):
        if venue.location is None:
            continue
        windows = opening(venue)
        wished = _shared(windows, _merged(visit.wished)) if visit.wished else windows
        kinds = [(wished, 0)] if wished else []
        kinds += [(windows, wish_s)] if wished != windows else []
        found += [
            Way(number, venue.location, venue.service_s, tuple(some), tuple(windows), venue.price_s + price)
            for some, price in kinds
        ]
    return found


def teams(problem: Problem, visit: Visit, way: Way) -> list[Team]:
    """Return a team per crew of `visit`; a worker whose road ends too far from door or base is in none."""
    reach = [_near_road(problem, way.place, w) for w in problem.workers]
    return [
        Team(
            tuple(
                tuple(i for i, w in enumerate(problem.workers) if w.may_take(seat) and reach[i])
                for seat in crew
            ),
            gap=visit.gap_s or (0, 0),
        )
        for crew in visit.crews
    ]


def _near_road(problem: Problem, place: int, worker: Worker) -> bool:
    """Return whether this worker goes out, and base and place lie near a road."""
    near = int(problem.travel[worker.mode].snap_m[place]) <= problem.snap_limit_m
    return near and not worker.at_desk and near_base(problem, worker)


def near_base(problem: Problem, worker: Worker) -> bool:
    """Return whether the day of this worker begins and ends near a road."""
    snaps = problem.travel[worker.mode].snap_m
    ends = (place for place in (worker.start, worker.end) if place is not None)
    return all(int(snaps[place]) <= problem.snap_limit_m for place in ends)
