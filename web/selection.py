"""What was selected to be planned: grids, an area, single doors, and who is meant there."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from enum import StrEnum
from urllib.parse import urlencode

import shapely

from fieldmap.access import covers
from fieldmap.forms import FormReader
from fieldmap.grids import Assignment
from fieldmap.models import Household, Snapshot
from fieldmap.parts import OUTSIDE
from fieldmap.schedule import Due, Excluded, Schedule
from routing.errands import may_call
from routing.week import working_days

__all__ = [
    "MOST_DOORS",
    "MOST_POINTS",
    "NOTHING",
    "Chosen",
    "ChosenDoor",
    "Selection",
    "Span",
    "chosen",
    "read_selection",
]

MOST_POINTS = 100
"""How many corners a drawn area may have."""

MOST_DOORS = 50
"""How many households may be selected one by one."""


class Span(StrEnum):
    """For how long is planned."""

    DAY = "day"
    WEEK = "week"


@dataclass(frozen=True, slots=True)
class Selection:
    """Grids, an area and single households; with none of them, nothing was selected.

    Attributes
    ----------
    grids
        Codes, or :data:`fieldmap.parts.OUTSIDE`.
    area
        Corners as (lon, lat), WGS-84.
    doors
        Ids of households.
    """

    span: Span = Span.DAY
    grids: tuple[str, ...] = ()
    area: tuple[tuple[float, float], ...] = ()
    doors: tuple[str, ...] = ()

    def __bool__(self) -> bool:
        return bool(self.grids or self.area or self.doors)

    @property
    def fields(self) -> tuple[tuple[str, str], ...]:
        """Return the fields of a form that say the same, but for the span."""
        corners = ";".join(f"{lon:.6f},{lat:.6f}" for lon, lat in self.area)
        return (
            *(("grid", code) for code in self.grids),
            *([("area", corners)] if corners else []),
            *(("household", key) for key in self.doors),
        )

    def query(self, day: date) -> str:
        """Return the query of the planner's page for a day."""
        return urlencode([("day", day.isoformat()), ("span", self.span), *self.fields])

    @property
    def for_week(self) -> Selection:
        """Return the same for a week."""
        return replace(self, span=Span.WEEK)

    def last_day(self, first: date) -> date:
        """Return the last day that is planned."""
        return working_days(first)[-1] if self.span is Span.WEEK else first

    def households(self, view: Snapshot, assignment: Assignment) -> frozenset[str]:
        """Return the households in one of the grids, with a door in the area, or named."""
        wanted = {None if code == OUTSIDE else code for code in self.grids}
        found = {key for key in view.households if assignment.grid_of.get(key) in wanted}
        found |= view.households.keys() & set(self.doors)
        if self.area:
            found |= _inside(shapely.Polygon(self.area), view.households)
        return frozenset(found)


NOTHING = Selection()
"""Nothing was selected: a day of everybody due."""


def _inside(area: shapely.Polygon, households: Mapping[str, Household]) -> set[str]:
    shapely.prepare(area)
    places = ((key, house.place) for key, house in households.items())
    return {key for key, at in places if at and area.intersects(shapely.Point(at.lon, at.lat))}


def read_selection(
    span: Span, grids: Sequence[str], area: str, view: Snapshot, doors: Sequence[str] = ()
) -> Selection:
    """Read what the map, or a list, says was selected.

    Parameters
    ----------
    area
        ``lon,lat;lon,lat;…``; empty is none.
    view
        What is within the account's scope.
    doors
        Ids of households; at most :data:`MOST_DOORS`.

    Raises
    ------
    FormError
        ``plan.chosen`` with every mistake: ``plan.grid``, ``plan.area``,
        ``plan.area-crossing``, ``plan.household``.
    """
    codes, houses = tuple(dict.fromkeys(grids)), tuple(dict.fromkeys(doors))
    strange = [code for code in codes if code != OUTSIDE and code not in view.grids]
    unknown = [key for key in houses if key not in view.households]
    form = FormReader({"grid": ", ".join(strange), "area": area, "household": ", ".join(unknown)})
    if strange:
        form.problem("grid", "plan.grid")
    corners = _corners(area)
    if corners is None:
        form.problem("area", "plan.area", most=MOST_POINTS)
    elif corners and not shapely.Polygon(corners).is_valid:
        form.problem("area", "plan.area-crossing")
    if unknown or len(houses) > MOST_DOORS:
        form.problem("household", "plan.household", most=MOST_DOORS)
    form.done("plan.chosen")
    return Selection(span, codes, corners or (), houses)


def _corners(text: str) -> tuple[tuple[float, float], ...] | None:
    """Return the corners of an area, () where there is none, None where it cannot be read."""
    if not text:
        return ()
    try:
        points = [tuple(map(float, point.split(","))) for point in text.strip(";").split(";")]
    except ValueError:
        return None
    if not 3 <= len(points) <= MOST_POINTS or any(len(point) != 2 for point in points):
        return None
    read = tuple((lon, lat) for lon, lat in points)
    return read if all(_on_earth(lon, lat) for lon, lat in read) else None


def _on_earth(lon: float, lat: float) -> bool:
    return math.isfinite(lon) and math.isfinite(lat) and abs(lon) <= 180 and abs(lat) <= 90


@dataclass(frozen=True, slots=True)
class ChosenDoor:
    """A door where somebody is to be visited.

    Attributes
    ----------
    grid
        The grid's name; empty outside all grids.
    placed
        False where there are no coordinates: no route leads there.
    callable
        Whether a call counts for everybody due there.
    """

    household: Household
    grid: str
    dues: tuple[Due, ...]
    placed: bool
    callable: bool


@dataclass(frozen=True, slots=True)
class Chosen:
    """Who is meant by a selection, and who lives there and is not.

    Attributes
    ----------
    doors
        Where somebody is due by the last day, the most urgent first.
    later
        Whose next contact opens after it, the earliest first.
    excluded
        Whom a dated reason takes out.
    without_rule
        How many no rule asks for.
    households
        Everybody's in the selection: who becomes due in its days is planned.
    """

    selection: Selection
    doors: tuple[ChosenDoor, ...]
    later: tuple[Due, ...]
    excluded: tuple[Excluded, ...]
    without_rule: int

    households: frozenset[str]

    def within(self, division_code: str) -> bool:
        """Return whether anybody of a division is to be visited."""
        return any(covers(division_code, door.household.division_code) for door in self.doors)

    @property
    def people(self) -> int:
        """Return how many persons are to be visited."""
        return sum(len(door.dues) for door in self.doors)

    @property
    def unplaced(self) -> tuple[ChosenDoor, ...]:
        """Return the doors without coordinates."""
        return tuple(door for door in self.doors if not door.placed)


def chosen(selection: Selection, view: Snapshot, assignment: Assignment, listed: Schedule) -> Chosen:
    """Return who is meant by a selection.

    Parameters
    ----------
    listed
        Everybody within the account's scope, as of the last day.
    """
    meant = selection.households(view, assignment)
    dues: dict[str, list[Due]] = {}
    later: list[Due] = []
    for item in listed.due:
        if item.household_id in meant:
            (dues.setdefault(item.household_id, []) if item.open else later).append(item)
    clients = view.clients
    return Chosen(
        selection,
        tuple(_door(view, assignment, key, tuple(items)) for key, items in dues.items()),
        tuple(sorted(later, key=lambda item: (item.opens, item.client_id))),
        tuple(item for item in listed.excluded if item.household_id in meant),
        sum(clients[key].household_id in meant for key in listed.without_rule),
        meant,
    )


def _door(view: Snapshot, assignment: Assignment, key: str, dues: tuple[Due, ...]) -> ChosenDoor:
    household, code = view.households[key], assignment.grid_of.get(key)
    grid = view.grids.get(code) if code else None
    name = grid.name if grid else ""
    return ChosenDoor(household, name, dues, household.place is not None, may_call(dues, view))
