"""One village street, the small named problem of these tests.

The station is place 0; the doors stand in a row, ten minutes and one kilometre
apart: door i is place i. Times below are hours of the day.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from fieldmap.models import Sex, TravelMode
from routing import Lunch, Problem, Seat, TravelTimes, Visit, Worker
from routing.models import Window

LEG_S, LEG_M = 600, 1000
HOUR = 3600


def at(hour: float) -> int:
    """Return a time of day in seconds."""
    return round(hour * HOUR)


def between(begin: float, end: float) -> Window:
    return (at(begin), at(end))


def street(places: int, mode: TravelMode = TravelMode.EBIKE) -> TravelTimes:
    steps = np.abs(np.subtract.outer(np.arange(places), np.arange(places)))
    return TravelTimes(
        duration_s=(steps * LEG_S).astype(np.int32),
        distance_m=(steps * LEG_M).astype(np.int32),
        snap_m=np.zeros(places, np.int32),
        mode=mode,
        source="a street drawn by hand",
    )


LI = Worker(
    "li",
    start=0,
    end=0,
    sex=Sex.FEMALE,
    role="social_worker",
    skills=frozenset({"sign"}),
    certificates=frozenset({"card"}),
    hours=between(8.5, 17.5),
    lunch=Lunch(at(11.5), at(14), HOUR),
)
WANG = Worker(
    "wang", start=0, end=0, sex=Sex.MALE, role="volunteer", hours=between(8.5, 17.5), lunch=LI.lunch
)

EARLY = Visit("early", 1, 1800, windows=(between(9, 10),), mandatory=True)
LATE = Visit("late", 2, 1800, windows=(between(9, 9.5), between(15, 16)), urgency=5)
BOTH = Visit("both", 3, 2400, crews=((Seat(), Seat()),), mandatory=True)
FREE = Visit("free", 4, 1200, urgency=2, preferred_worker="li")


def village(
    visits: Sequence[Visit] = (EARLY, LATE, BOTH, FREE),
    workers: Sequence[Worker] = (LI, WANG),
    places: int = 6,
) -> Problem:
    """Return the village's day; the doors and the people may be others."""
    travel = {mode: street(places, mode) for mode in TravelMode}
    return Problem(tuple(visits), tuple(workers), travel)
