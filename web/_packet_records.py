"""A county's record by household and person, so that a packet reads its own part and no more."""

from __future__ import annotations

import math
from bisect import bisect_left
from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping
from dataclasses import replace
from datetime import date
from typing import Any

from fieldmap.models import Household, Position, Snapshot, Visit

__all__ = ["Records"]

_CELL_DEGREES = 0.005
_METRES_PER_DEGREE = 111_195.0


class Records:
    """One snapshot, to be asked for what hangs on a few households."""

    def __init__(self, snapshot: Snapshot) -> None:
        self.snapshot = snapshot
        self._clients = _grouped(snapshot.clients.values(), "household_id")
        self._visits = _grouped(snapshot.visits, "household_id")
        self._tags = _grouped(snapshot.tags, "client_id")
        self._exclusions = _grouped(snapshot.exclusions, "client_id")
        self._events = _grouped(snapshot.events, "client_id")
        self._cells: defaultdict[tuple[int, int], list[Household]] = defaultdict(list)
        for household in snapshot.households.values():
            if household.place is not None:
                self._cells[_cell(household.place)].append(household)

    def part(self, household_ids: Collection[str]) -> Snapshot:
        """Return the record of some households: who lives there, and what hangs on them.

        Divisions, grids, sites and actors are all there.
        """
        whole = self.snapshot
        households = {h: whole.households[h] for h in household_ids if h in whole.households}
        clients = {c.id: c for h in households for c in self._clients.get(h, ())}
        visits = (v for h in households for v in self._visits.get(h, ()))
        return replace(
            whole,
            households=households,
            clients=clients,
            tags=tuple(t for c in clients for t in self._tags.get(c, ())),
            exclusions=tuple(e for c in clients for e in self._exclusions.get(c, ())),
            responsibilities={c: r for c in clients if (r := whole.responsibilities.get(c))},
            events=tuple(e for c in clients for e in self._events.get(c, ())),
            visits=tuple(sorted(visits, key=lambda v: (v.day, v.id))),
            flags=(),
        )

    def answered_for(self, actor_id: str | None) -> set[str]:
        """Return the households with somebody whom an actor answers for."""
        clients = self.snapshot.clients
        return {
            clients[duty.client_id].household_id
            for duty in self.snapshot.responsibilities.values()
            if actor_id is not None
            and actor_id in (duty.actor_id, duty.deputy_id)
            and duty.client_id in clients
        }

    def visits_of(self, actor_id: str | None, first: date, last: date) -> tuple[Visit, ...]:
        """Return the visits of an actor in a span of days, both counted."""
        visits = self.snapshot.visits
        start = bisect_left(visits, first, key=lambda visit: visit.day)
        return tuple(v for v in visits[start:] if v.day <= last and actor_id in v.actor_ids)

    def near(self, places: Mapping[str, Position], metres: float) -> dict[str, str]:
        """Return the households near some places: household → the key of the nearest place."""
        found: dict[str, tuple[float, str]] = {}
        for key, place in places.items():
            for household in self._around(place):
                away = _metres(place, household.place or place)
                if away <= metres and away < found.get(household.id, (math.inf, ""))[0]:
                    found[household.id] = (away, key)
        return {household_id: key for household_id, (_, key) in found.items()}

    def _around(self, place: Position) -> Iterable[Household]:
        x, y = _cell(place)
        return (h for i in (-1, 0, 1) for j in (-1, 0, 1) for h in self._cells.get((x + i, y + j), ()))


def _grouped(facts: Iterable[Any], key: str) -> dict[str, list[Any]]:
    found: dict[str, list[Any]] = {}
    for fact in facts:
        found.setdefault(getattr(fact, key), []).append(fact)
    return found


def _cell(place: Position) -> tuple[int, int]:
    return math.floor(place.lon / _CELL_DEGREES), math.floor(place.lat / _CELL_DEGREES)


def _metres(a: Position, b: Position) -> float:
    """Return the distance of two points a few hundred metres apart."""
    east = (b.lon - a.lon) * math.cos(math.radians(a.lat))
    return math.hypot(east, b.lat - a.lat) * _METRES_PER_DEGREE
