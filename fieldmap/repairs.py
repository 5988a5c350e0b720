"""What can be done about grids: for every issue the repairs that are on offer.

A repair is a set of facts, the same ones that a person would record by hand:
another polygon for a grid, another grid for a household. Recorded in one batch
it can be taken back in one. Nothing here changes what is stored.
"""

from __future__ import annotations

import hashlib
from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from enum import StrEnum
from typing import Any

import numpy as np
import shapely

from fieldmap.counts import Households
from fieldmap.datum import Datum
from fieldmap.errors import Issue
from fieldmap.grids import Assignment, Hole, assign, holes, overlaps, problems, repair
from fieldmap.models import Grid, Household, Position, Snapshot

__all__ = ["NEAR_M", "Finding", "Move", "Repair", "RepairKind", "findings"]

NEAR_M = 100
"""Metres beyond a boundary within which a door may be taken in; ours."""

_ROOM_M = 15
_NONE = Households(0)
_METRES_PER_DEGREE = 111_320.0
_MILLIMETRE = 1e-8
_HAIR = 1e-7


class RepairKind(StrEnum):
    """What a repair does."""

    SHIFT = "shift"
    MEND = "mend"
    CUT = "cut"
    FILL = "fill"
    EXTEND = "extend"
    TAKE = "take"
    ENTER = "enter"
    SET_ASIDE = "set_aside"
    ADOPT = "adopt"
    DROP = "drop"


@dataclass(frozen=True, slots=True)
class Move:
    """Households that count elsewhere afterwards; None is outside all grids."""

    source: str | None
    target: str | None
    households: Households


@dataclass(frozen=True, slots=True)
class Repair:
    """One thing that can be done.

    Attributes
    ----------
    grid
        The grid whose boundary changes, or into which households go by the ledger.
    other
        The grid that keeps the overlap, or that the ledger names now; may be empty.
    facts
        What is recorded.
    before, after
        The grid's polygon, None where it has none (before) or is not touched.
    moves
        What it changes in the figures: none where they count by ``after`` already.
    astray
        Then: the households that lie outside ``before``, the boundary as it came.
    """

    kind: RepairKind
    grid: str
    other: str
    facts: tuple[Grid | Household, ...]
    before: Any = None
    after: Any = None
    moves: tuple[Move, ...] = ()
    astray: Households = _NONE

    @property
    def key(self) -> str:
        """Return a name made from what would be recorded: it fits no longer when something changed."""
        return hashlib.sha256(repr((self.kind.value, self.facts)).encode()).hexdigest()[:24]


@dataclass(frozen=True, slots=True)
class Finding:
    """An issue with the grids and the households it concerns, and what can be done.

    Attributes
    ----------
    repairs
        Empty where only a person can say: the issue tells what to do.
    """

    issue: Issue
    grids: tuple[str, ...] = ()
    households: tuple[str, ...] = ()
    repairs: tuple[Repair, ...] = field(default=())


def findings(snapshot: Snapshot, assignment: Assignment | None = None) -> tuple[Finding, ...]:
    """Return everything that is amiss with the grids, with the repairs on offer.

    Parameters
    ----------
    assignment
        Which grid each household is in, where it is at hand already.
    """
    return _Workshop(snapshot, assignment or assign(snapshot)).findings()


class _Workshop:
    """The grids as doors are placed by them, and what a change of them would move."""

    def __init__(self, snapshot: Snapshot, assignment: Assignment) -> None:
        self.snapshot = snapshot
        self.assignment = assignment
        self.shapes = assignment.polygons
        drawn = {code: replace(grid, polygon_wkb=None) for code, grid in snapshot.grids.items()}
        drawn |= {code: self._drawn(code, shape) for code, shape in self.shapes.items()}
        self.counted = replace(snapshot, grids=drawn)
        self._villages = Counter(grid.division_code for grid in snapshot.grids.values())
        self.beside: defaultdict[str | None, dict[str, Household]] = defaultdict(dict)
        for key, house in snapshot.households.items():
            for code in {assignment.grid_of[key], house.grid_code}:
                self.beside[code][key] = house

    def findings(self) -> tuple[Finding, ...]:
        issues = self.assignment.issues
        found = [self._boundary(i) for i in issues if i.value in self.snapshot.grids and i.code in _BOUNDARY]
        pairs = overlaps(self.shapes)
        shaped = problems(self.snapshot, self.assignment)
        for (a, b), issue in zip(pairs, shaped[: len(pairs)], strict=True):
            cuts = tuple(cut for cut in (self._cut(a, b), self._cut(b, a)) if cut is not None)
            # of two drawn alike nothing is left to cut out
            ways = cuts or (self._dropped(a), self._dropped(b))
            found.append(Finding(issue, (a, b), repairs=ways))
        for hole, issue in zip(holes(self.shapes, self.snapshot.grids), shaped[len(pairs) :], strict=True):
            found.append(Finding(issue, repairs=tuple(self._fill(hole))))
        return (*found, *self._astray(), *self._absent(), *self._nowhere())

    def _boundary(self, issue: Issue) -> Finding:
        """Return what to do about a boundary that the figures count by a corrected one of."""
        code = issue.value
        grid, shape = self.snapshot.grids[code], self.shapes.get(code)
        if shape is None:
            return Finding(issue, (code,), repairs=(self._dropped(code),))
        shifted = issue.code == "grid.gcj02"
        fact = replace(grid, polygon_wkb=bytes(shapely.to_wkb(shape)))
        if shifted:
            fact = replace(fact, datum_claimed=str(Datum.GCJ02))
        kind = RepairKind.SHIFT if shifted else RepairKind.MEND
        raw = _raw(grid)
        made = Repair(kind, code, "", (fact,), raw, shape, astray=self._astray_of(code, raw))
        return Finding(issue, (code,), repairs=(made,))

    def _astray_of(self, code: str, raw: Any) -> Households:
        """Return how many households of a grid lie outside a polygon of it."""
        houses, grid_of = self.snapshot.households.values(), self.assignment.grid_of
        doors = [house.place for house in houses if house.place and grid_of[house.id] == code]
        inside = shapely.intersects_xy(repair(raw), [d.lon for d in doors], [d.lat for d in doors])
        return Households(len(doors) - int(inside.sum()))

    def _cut(self, code: str, other: str) -> Repair | None:
        left = repair(shapely.difference(self.shapes[code], self.shapes[other], grid_size=_MILLIMETRE))
        return None if left is None else self._redrawn(RepairKind.CUT, code, other, left)

    def _fill(self, hole: Hole) -> Iterable[Repair]:
        """Offer the hole to the neighbour with the longest common border, and to grids without a polygon."""
        grids = self.snapshot.grids.values()
        village = sorted(grid.code for grid in grids if grid.division_code == hole.division_code)
        rim = hole.shape.exterior
        beside = {
            c: rim.intersection(self.shapes[c].buffer(_HAIR)).length for c in village if c in self.shapes
        }
        most = max(beside, key=lambda code: (beside[code], code))
        joined = repair(shapely.union(self.shapes[most], hole.shape, grid_size=_MILLIMETRE))
        yield self._redrawn(RepairKind.FILL, most, "", joined)
        for code in village:
            if code not in self.shapes:
                yield self._redrawn(RepairKind.FILL, code, "", hole.shape)

    def _astray(self) -> Iterable[Finding]:
        """Return the doors that are not where the ledger says, those with the same answer together."""
        alike: defaultdict[tuple[str, str, str], list[Issue]] = defaultdict(list)
        for issue in self.assignment.issues:
            if issue.value in self.snapshot.households:
                found = self.assignment.grid_of[issue.value] or ""
                alike[issue.code, str(issue.details.get("declared", "")), found].append(issue)
        for (code, declared, found), issues in sorted(alike.items()):
            houses = [self.snapshot.households[issue.value] for issue in issues]
            repairs: list[Repair] = []
            if code == "grid.outside":
                repairs += [*self._extensions(houses), *self._listed(houses), *self._adopted(houses)]
            elif found:
                repairs.append(self._changed(RepairKind.TAKE, found, declared, _taken(houses, found)))
            else:
                repairs += self._entered(houses)
            if declared in self.snapshot.grids:
                repairs.append(self._changed(RepairKind.SET_ASIDE, declared, found, _set_aside(houses)))
            named = tuple(c for c in (declared, found) if c in self.snapshot.grids)
            yield Finding(issues[0], named, tuple(house.id for house in houses), tuple(repairs))

    def _absent(self) -> Iterable[Finding]:
        """Return that there is no grid at all, where no ledger names one either."""
        houses = self.snapshot.households.values()
        bare = sum(house.grid_code is None for house in houses)
        if bare and not self.snapshot.grids:
            details = {"number": bare}
            yield Finding(Issue(0, "grid", "", "grids.absent", kept=True, details=details))

    def _nowhere(self) -> Iterable[Finding]:
        """Return, by village, the households of which nobody knows in which grid they are."""
        grids, villages = self.snapshot.grids, defaultdict(list)
        for house in self.snapshot.households.values():
            if grids and house.grid_code is None and house.place is None:
                villages[house.division_code].append(house)
        for code, houses in sorted(villages.items()):
            division = self.snapshot.divisions.get(code)
            details = {"village": division.name if division else code, "number": len(houses)}
            repairs = tuple(self._entered(houses))
            issue = Issue(0, "grid", code, "grids.none", kept=True, details=details)
            yield Finding(issue, (), tuple(house.id for house in houses), repairs)

    def _extensions(self, houses: Iterable[Household]) -> Iterable[Repair]:
        """Offer to draw boundaries wider, each for the doors that lie just beyond it."""
        near: defaultdict[str, list[Position]] = defaultdict(list)
        for house in houses:
            code = self._nearest(house)
            if code is not None and house.place is not None:
                near[code].append(house.place)
        for code, doors in sorted(near.items()):
            plane = _Plane(doors[0].lat)
            shape = plane.flat(self.shapes[code])
            ways = [shapely.shortest_line(shape, plane.point(door)).buffer(_ROOM_M) for door in doors]
            others = shapely.union_all([other for key, other in self.shapes.items() if key != code])
            more = shapely.difference(plane.round(shapely.union_all(ways)), others)
            wider = repair(shapely.union(self.shapes[code], more, grid_size=_MILLIMETRE))
            yield self._redrawn(RepairKind.EXTEND, code, "", wider)

    def _listed(self, houses: Sequence[Household]) -> Iterable[Repair]:
        """Offer the grids of the same village that have no boundary: there the ledger decides."""
        for code, own in self._of_villages(houses):
            if code not in self.shapes:
                yield self._changed(RepairKind.ENTER, code, "", _taken(own, code))

    def _adopted(self, houses: Sequence[Household]) -> Iterable[Repair]:
        """Offer the village's only grid, if it is drawn: by the ledger, until the point is taken again."""
        for code, own in self._of_villages(houses):
            if code in self.shapes and self._villages[self.snapshot.grids[code].division_code] == 1:
                strangers = [house for house in own if house.grid_code != code]
                if strangers:
                    facts = _set_aside(_taken(strangers, code))
                    yield self._changed(RepairKind.ADOPT, code, "", facts)

    def _entered(self, houses: Sequence[Household]) -> Iterable[Repair]:
        """Offer every grid of the village; a point that lies in none of them is set aside for a drawn one."""
        for code, own in self._of_villages(houses):
            facts = _taken(own, code)
            if code in self.shapes and any(house.place for house in own):
                yield self._changed(RepairKind.ADOPT, code, "", _set_aside(facts))
            else:
                yield self._changed(RepairKind.ENTER, code, "", facts)

    def _of_villages(self, houses: Sequence[Household]) -> Iterable[tuple[str, list[Household]]]:
        """Return the grids of the households' villages, each with the households of its own."""
        for code, grid in sorted(self.snapshot.grids.items()):
            own = [house for house in houses if house.division_code == grid.division_code]
            if own:
                yield code, own

    def _nearest(self, house: Household) -> str | None:
        """Return the grid of the household's village that is near enough, the ledger's first."""
        place, grids = house.place, self.snapshot.grids
        if place is None:
            return None
        plane = _Plane(place.lat)
        away = {
            code: float(plane.flat(shape).distance(plane.point(place)))
            for code, shape in self.shapes.items()
            if grids[code].division_code == house.division_code
        }
        near = [code for code in away if away[code] <= NEAR_M]
        return min(near, key=lambda code: (code != house.grid_code, away[code], code), default=None)

    def _dropped(self, code: str) -> Repair:
        fact = replace(self.snapshot.grids[code], polygon_wkb=None)
        made = Repair(RepairKind.DROP, code, "", (fact,), self.shapes.get(code))
        return replace(made, moves=self._moves(made.facts, (code,)))

    def _redrawn(self, kind: RepairKind, code: str, other: str, shape: Any) -> Repair:
        fact = self._drawn(code, shape)
        made = Repair(kind, code, other, (fact,), self.shapes.get(code), shape)
        return replace(made, moves=self._moves(made.facts, (code, other)))

    def _changed(self, kind: RepairKind, code: str, other: str, houses: tuple[Household, ...]) -> Repair:
        return Repair(kind, code, other, houses, moves=self._moves(houses, (code, other)))

    def _drawn(self, code: str, shape: Any) -> Grid:
        return replace(self.snapshot.grids[code], polygon_wkb=bytes(shapely.to_wkb(shape)))

    def _moves(self, facts: Iterable[Grid | Household], codes: Sequence[str]) -> tuple[Move, ...]:
        """Return what facts would move; only households in or beside the grids concerned can."""
        grid_of, grids = self.assignment.grid_of, dict(self.counted.grids)
        houses = {key: house for code in (None, *codes) for key, house in self.beside[code].items()}
        for fact in facts:
            if isinstance(fact, Grid):
                grids[fact.code] = fact
            else:
                houses[fact.id] = fact
        then = assign(replace(self.counted, grids=grids, households=houses)).grid_of
        found = Counter((grid_of[key], then[key]) for key in houses if grid_of[key] != then[key])
        ordered = sorted(found.items(), key=lambda item: (-item[1], str(item[0])))
        return tuple(Move(source, target, Households(number)) for (source, target), number in ordered)


_BOUNDARY = frozenset({"grid.gcj02", "grid.repaired", "grid.unreadable"})


class _Plane:
    """A local plane in metres about a latitude."""

    def __init__(self, lat: float) -> None:
        self._scale = np.array([np.cos(np.radians(lat)), 1.0]) * _METRES_PER_DEGREE

    def point(self, position: Position) -> Any:
        return self.flat(shapely.Point(position.lon, position.lat))

    def flat(self, shape: Any) -> Any:
        return shapely.transform(shape, lambda xy: xy * self._scale)

    def round(self, shape: Any) -> Any:
        return shapely.transform(shape, lambda xy: xy / self._scale)


def _raw(grid: Grid) -> Any:
    """Return a polygon as it is stored, as well as it can be drawn."""
    raw = shapely.from_wkb(grid.polygon_wkb, on_invalid="ignore")
    return raw if raw is not None else shapely.from_wkb(grid.polygon_wkb, on_invalid="fix")


def _taken(houses: Iterable[Household], code: str) -> tuple[Household, ...]:
    return tuple(replace(house, grid_code=code) for house in houses)


def _set_aside(houses: Iterable[Household]) -> tuple[Household, ...]:
    """Return households without their point, so that it is taken again at the door."""
    return tuple(replace(house, door=None, entry=None, coord_source="", accuracy_m=None) for house in houses)
