"""Made days with a planted plan: everything that must be done can be done.

A planted route per worker goes from village to village with service, travel
and lunch; the visits on it get windows around their planted start, most of them
are mandatory, some for two people (planted in two routes at the same time).
Optional visits come on top, more than anybody can do. The planted plan itself
is thrown away; only that it exists is used.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from fieldmap.models import Sex, TravelMode
from routing import Crew, Lunch, Problem, Seat, TravelTimes, Visit, Worker
from routing.models import Window

__all__ = ["Recipe", "make", "over"]

HOUR = 3600
HOURS = (8 * HOUR + 1800, 17 * HOUR + 1800)
LUNCH = Lunch(11 * HOUR + 1800, 14 * HOUR, HOUR)
KMH = {TravelMode.EBIKE: 18.0, TravelMode.WALK: 4.5}
DETOUR = 1.4
SERVICES = (900, 1200, 1800, 2400)


@dataclass(frozen=True, slots=True)
class Recipe:
    """What kind of day.

    Attributes
    ----------
    planted
        Share of the visits that lie on the planted routes.
    must
        Share of the planted visits that are mandatory.
    pairs
        Share of the planted visits that need two people.
    modes
        How the workers get about, one after the other and over again.
    """

    visits: int = 150
    workers: int = 8
    lunch: bool = True
    pairs: float = 0.0
    planted: float = 0.5
    must: float = 0.8
    side_m: int = 10_000
    modes: tuple[TravelMode, ...] = (*[TravelMode.EBIKE] * 3, TravelMode.WALK)


class _Making:
    """One worker's planted day, made stop by stop."""

    def __init__(self, worker: Worker, rng: np.random.Generator) -> None:
        self.worker, self.rng = worker, rng
        self.place, self.clock, self.eaten, self.busy = 0, HOURS[0], worker.lunch is None, 0

    def start(self, way: int, service: int, home: int, not_before: int = 0) -> int | None:
        """Return when a visit `way` seconds off begins, None where the day would not hold it."""
        clock = max(self.clock, not_before - way)
        if not self.eaten and clock + way + service > LUNCH.to_s - HOUR:
            clock = max(clock, LUNCH.from_s) + HOUR
        eaten = self.eaten or clock >= LUNCH.from_s + HOUR
        begin = max(clock + way, not_before)
        back = begin + service + home + (0 if eaten else HOUR)
        full = self.busy + way + service + home > self.worker.busy_limit_s
        return None if back > HOURS[1] - 600 or full else begin

    def go(self, place: int, begin: int, way: int, service: int) -> None:
        """Make that visit."""
        if not self.eaten and begin - way >= LUNCH.from_s + HOUR:
            self.eaten = True
        self.place, self.clock, self.busy = place, begin + service, self.busy + way + service


def make(seed: int, recipe: Recipe = Recipe()) -> Problem:
    """Return the made day of `seed`."""
    rng = np.random.default_rng((seed, 2020))
    points = _points(rng, recipe)
    return over({mode: _table(points, mode) for mode in KMH}, rng, recipe)


def over(tables: Mapping[TravelMode, TravelTimes], rng: np.random.Generator, recipe: Recipe) -> Problem:
    """Return a made day over these travel times: the station is place 0, the doors are the others."""
    workers = _workers(recipe)
    services = rng.choice(SERVICES, recipe.visits)
    planted = _plant(rng, recipe, workers, tables, services)
    visits = [
        _visit(i, int(services[i]), planted.get(i), rng, recipe, len(workers)) for i in range(recipe.visits)
    ]
    return Problem(tuple(visits), tuple(workers), tables)


def _points(rng: np.random.Generator, recipe: Recipe) -> NDArray[np.float64]:
    villages = rng.uniform(0, recipe.side_m, (max(3, recipe.visits // 10), 2))
    doors = villages[rng.integers(0, len(villages), recipe.visits)]
    doors = doors + rng.normal(0, 350, doors.shape)
    return np.vstack([[[recipe.side_m / 2, recipe.side_m / 2]], doors])


def _table(points: NDArray[np.float64], mode: TravelMode) -> TravelTimes:
    metres = np.hypot(*np.moveaxis(points[:, None] - points[None], 2, 0)) * DETOUR
    return TravelTimes(
        np.rint(metres * 3.6 / KMH[mode]).astype(np.int32),
        np.rint(metres).astype(np.int32),
        np.zeros(len(points), np.int32),
        mode,
        "made",
    )


def _workers(recipe: Recipe) -> list[Worker]:
    found = []
    for w in range(recipe.workers):
        mode = recipe.modes[w % len(recipe.modes)]
        found.append(
            Worker(
                f"w{w}",
                0,
                0,
                sex=Sex.FEMALE if w % 2 else Sex.MALE,
                skills=frozenset({"sign"} if w % 3 == 0 else ()),
                hours=HOURS,
                lunch=LUNCH if recipe.lunch else None,
                mode=mode,
                max_walk_m=12_000 if mode is TravelMode.WALK else None,
            )
        )
    return found


@dataclass(frozen=True, slots=True)
class _Planted:
    begin: int
    workers: tuple[int, ...]


def _plant(
    rng: np.random.Generator,
    recipe: Recipe,
    workers: Sequence[Worker],
    tables: Mapping[TravelMode, TravelTimes],
    services: NDArray[np.int64],
) -> dict[int, _Planted]:
    days = [_Making(worker, rng) for worker in workers]
    free = set(range(1, recipe.visits + 1))
    planted: dict[int, _Planted] = {}
    wanted = round(recipe.planted * recipe.visits)
    while len(planted) < wanted and free:
        order = sorted(range(len(days)), key=lambda w: days[w].clock)
        one = days[order[0]]
        table = tables[one.worker.mode].duration_s
        near = sorted(free, key=lambda p: int(table[one.place, p]))[:6]
        place = int(rng.choice(near))
        crew = [order[0]] + ([order[1]] if rng.random() < recipe.pairs else [])
        begin = _begin(days, crew, place, int(services[place - 1]), tables)
        if begin is None:
            one.clock = one.clock + 900
            if one.clock > HOURS[1]:
                break
            continue
        for w in crew:
            way = int(tables[days[w].worker.mode].duration_s[days[w].place, place])
            days[w].go(place, begin, way, int(services[place - 1]))
        planted[place - 1] = _Planted(begin, tuple(crew))
        free.remove(place)
    return planted


def _begin(
    days: Sequence[_Making],
    crew: Sequence[int],
    place: int,
    service: int,
    tables: Mapping[TravelMode, TravelTimes],
) -> int | None:
    """Return the earliest common start of the crew there, None where there is none."""
    begin = 0
    for _ in range(4):  # each may push the other later
        for w in crew:
            table = tables[days[w].worker.mode]
            way, home = int(table.duration_s[days[w].place, place]), int(table.duration_s[place, 0])
            walk = days[w].worker.max_walk_m
            if walk is not None and int(table.distance_m[0, place]) > walk / 8:
                return None
            start = days[w].start(way, service, home, begin)
            if start is None:
                return None
            begin = max(begin, start)
    return begin


def _visit(
    i: int, service: int, planted: _Planted | None, rng: np.random.Generator, recipe: Recipe, workers: int
) -> Visit:
    own = f"w{rng.integers(workers)}" if rng.random() < 0.3 else None
    width = int(rng.choice((HOUR, 2 * HOUR, 4 * HOUR)))
    seat = Seat()
    if planted is None:
        begin = int(rng.integers(HOURS[0], HOURS[1] - HOUR))
        windows = _maybe((begin, begin + width), rng, 0.5)
        seat = replace(seat, skills=frozenset({"sign"} if rng.random() < 0.1 else ()))
        crews: tuple[Crew, ...] = ((seat, Seat()),) if rng.random() < recipe.pairs / 2 else ((seat,),)
        return _dated(
            Visit(f"v{i}", i + 1, service, windows=windows, crews=crews, preferred_worker=own), rng, False
        )
    begin = max(HOURS[0], planted.begin - int(rng.integers(0, width)))
    windows = _maybe((begin, begin + width), rng, 0.7)
    if windows and rng.random() < 0.3:  # a second window, as far from the first as the day allows
        other = HOURS[0] if begin > 13 * HOUR else 15 * HOUR
        windows = tuple(sorted({(other, other + HOUR), *windows}))
    if planted.workers[0] % 3 == 0 and rng.random() < 0.3:
        seat = replace(seat, skills=frozenset({"sign"}))
    crews = ((seat, Seat()),) if len(planted.workers) == 2 else ((seat,),)
    visit = Visit(f"v{i}", i + 1, service, windows=windows, crews=crews, preferred_worker=own)
    return _dated(visit, rng, rng.random() < recipe.must)


def _maybe(window: Window, rng: np.random.Generator, odds: float) -> tuple[Window, ...]:
    return (window,) if rng.random() < odds else ()


def _dated(visit: Visit, rng: np.random.Generator, must: bool) -> Visit:
    return replace(visit, mandatory=must, urgency=int(rng.integers(0, 40)))
