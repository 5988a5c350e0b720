"""Random small problems, with every rule in play."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from hypothesis import strategies as st

from fieldmap.models import Channel, Sex, TravelMode
from routing import UNREACHABLE, Crew, Lunch, Problem, Seat, TravelTimes, Venue, Visit, Worker, crews_for
from routing.models import Window
from tests.routing.village import HOUR, at, between

# Most people may make most visits: a problem in which nobody may go tests little.
ROLES = ("social_worker", "social_worker", "volunteer")
SKILLS = st.sampled_from((frozenset[str](), frozenset[str](), frozenset({"sign"})))


def tables(places: int, seed: int, holes: bool) -> dict[TravelMode, TravelTimes]:
    """Return three tables over random points; the last place may be off every road."""
    rng = np.random.default_rng(seed)
    points = rng.integers(0, 6000, (places, 2))
    metres = np.hypot(*np.moveaxis(points[:, None] - points[None], 2, 0)).astype(np.int32)
    snaps = np.zeros(places, np.int32)
    if holes:
        metres[-1, :-1] = metres[:-1, -1] = UNREACHABLE
        snaps[places // 2] = 400
    found = {}
    for mode, seconds_per_km in ((TravelMode.WALK, 800), (TravelMode.EBIKE, 200), (TravelMode.CAR, 120)):
        seconds = np.where(
            metres >= UNREACHABLE, UNREACHABLE, metres.astype(np.int64) * seconds_per_km // 1000
        )
        found[mode] = TravelTimes(seconds.astype(np.int32), metres, snaps, mode, "random points")
    return found


@st.composite
def windows(draw: st.DrawFn) -> tuple[Window, ...]:
    found = []
    for _ in range(draw(st.sampled_from((0, 0, 0, 1, 1, 2)))):
        begin = draw(st.integers(at(8), at(17)))
        found.append((begin, begin + draw(st.sampled_from((0, HOUR, HOUR, 3 * HOUR)))))
    return tuple(found)


@st.composite
def crews(draw: st.DrawFn) -> tuple[Crew, ...]:
    lead = draw(st.sampled_from((Seat(), Seat(), Seat(roles=frozenset({ROLES[0]})))))
    named = draw(st.sampled_from((frozenset[str](),) * 6 + (frozenset({"w0", "w1"}), frozenset({"w2"}))))
    lead = replace(lead, workers=named)
    lead = replace(lead, skills=draw(st.sampled_from((frozenset[str](),) * 5 + (frozenset({"sign"}),))))
    companion = draw(st.sampled_from((None, None, None, Sex.FEMALE, Sex.MALE)))
    return crews_for(draw(st.sampled_from((1, 1, 2))), lead, companion, draw(st.booleans()))


@st.composite
def workers(draw: st.DrawFn, number: int, places: int = 1) -> Worker:
    """Return a worker; the day begins and ends at the station, at other places, or nowhere."""
    base = st.sampled_from((0, 0, 0, None, None, *range(places)))
    lunch = Lunch(at(11.5), draw(st.sampled_from((at(12.5), at(14)))), HOUR)
    return Worker(
        id=f"w{number}",
        start=draw(base),
        end=draw(base),
        sex=draw(st.sampled_from((Sex.FEMALE, Sex.MALE))),
        role=draw(st.sampled_from(ROLES)),
        skills=draw(SKILLS),
        hours=draw(st.sampled_from((between(8.5, 17.5), between(8.5, 12), between(13, 17.5)))),
        lunch=draw(st.sampled_from((None, lunch))),
        mode=draw(st.sampled_from(tuple(TravelMode))),
        max_walk_m=draw(st.sampled_from((None, 4000))),
        slack_s=draw(st.sampled_from((0, 2 * HOUR))),
        at_desk=draw(st.sampled_from((False,) * 7 + (True,))),
    )


@st.composite
def called(draw: st.DrawFn, visit: Visit) -> Visit:
    """Return the visit, or a call in its place."""
    channel = draw(st.sampled_from((Channel.DOOR, Channel.PHONE, Channel.VIDEO)))
    if channel is Channel.DOOR:
        return visit
    lead = draw(crews().filter(lambda found: len(found[0]) == 1))[0]
    return replace(visit, channel=channel, location=None, crews=(lead, *draw(st.sampled_from(((), (lead,))))))


@st.composite
def made_in_ways(draw: st.DrawFn, visit: Visit, places: int) -> Visit:
    """Return the visit with other venues, wished hours, or two who come one after the other."""
    venue = Venue(
        draw(st.sampled_from((None, *range(places)))),
        draw(st.sampled_from((600, 1800))),
        draw(windows()),
        draw(st.sampled_from((0, 600))),
    )
    return replace(
        visit,
        elsewhere=draw(st.sampled_from(((), (), (venue,)))) if not visit.is_call else (),
        wished=draw(windows()),
        gap_s=draw(st.sampled_from((None, (0, 0), (0, 7200), (1800, 3600)))) if not visit.is_call else None,
    )


@st.composite
def problems(
    draw: st.DrawFn,
    most_visits: int = 12,
    most_workers: int = 3,
    *,
    calls: bool = False,
    ways: bool = False,
    least_visits: int = 0,
    least_workers: int = 0,
) -> Problem:
    """Return a problem of up to `most_visits` visits and `most_workers` workers, mostly with as many workers.

    With `calls` some visits are calls; with `ways` there are other venues,
    wishes and pairs one after the other.
    """
    n = draw(st.integers(least_visits, most_visits))
    crowd = draw(st.sampled_from((most_workers, most_workers, *range(least_workers, most_workers + 1))))
    people = tuple(draw(workers(i, n + 1)) for i in range(crowd))
    visits = [
        Visit(
            id=f"v{i}",
            location=draw(st.sampled_from((*(i + 1,) * 9, None))),
            service_s=draw(st.sampled_from((0, 900, 2400))),
            windows=draw(windows()),
            mandatory=draw(st.booleans()),
            urgency=draw(st.integers(0, 50)),
            crews=draw(crews()),
            preferred_worker=draw(st.sampled_from((None, "w0", "somebody on leave"))),
        )
        for i in range(n)
    ]
    if calls:
        visits = [draw(called(visit)) for visit in visits]
    if ways:
        visits = [draw(made_in_ways(visit, n + 1)) for visit in visits]
    return Problem(
        tuple(visits),
        people,
        tables(n + 1, draw(st.integers(0, 99)), holes=draw(st.sampled_from((False, False, True)))),
    )
