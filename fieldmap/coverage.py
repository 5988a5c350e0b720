"""Coverage: who was to be seen, who was, and who never is, in all and per grid.

The measures themselves are in :mod:`fieldmap.figures`, one definition each;
what they count is gathered, narrowed and split in :mod:`fieldmap.parts`.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from fieldmap.counts import Figures, Persons
from fieldmap.errors import Issue
from fieldmap.figures import (
    contact_rate,
    contacted_households,
    contacted_persons,
    due_households,
    due_persons,
    excluded_persons,
    expected_persons,
    figures,
    in_person_persons,
    in_person_share,
    load_per_owner,
    never_contacted_persons,
    no_coordinates_persons,
    no_owner_persons,
    open_needs_over,
    overdue_days,
    overdue_persons,
    people,
    without_rule_persons,
)
from fieldmap.grids import Assignment, assign
from fieldmap.models import ExclusionReason, Grid, Snapshot
from fieldmap.obligations import Casebook
from fieldmap.parts import EVERYBODY, Counted, Dimension, Narrow, Split, by, count, narrowed, split
from fieldmap.periods import Period
from fieldmap.rules import RuleSet
from fieldmap.states import State

__all__ = [
    "Counted",
    "Coverage",
    "GridRow",
    "Narrow",
    "contact_rate",
    "contacted_households",
    "contacted_persons",
    "count",
    "due_households",
    "due_persons",
    "excluded_persons",
    "expected_persons",
    "figures",
    "frame",
    "in_person_persons",
    "in_person_share",
    "load_per_owner",
    "measures",
    "never_contacted_persons",
    "no_coordinates_persons",
    "no_owner_persons",
    "open_needs_over",
    "overdue_days",
    "overdue_persons",
    "people",
    "split",
    "without_rule_persons",
]


@dataclass(frozen=True, slots=True)
class GridRow:
    """One grid's figures; ``code`` None is the row of everybody outside all grids."""

    code: str | None
    name: str
    drawn: bool
    figures: Figures


@dataclass(frozen=True, slots=True)
class Coverage:
    """The measures of a period; the rows of ``grids`` add up to ``total``.

    Attributes
    ----------
    grids
        Every grid by code, those without polygon too, and the row of those
        outside all grids last, where there is anybody.
    urban, rural
        The same by the kind of the division, worked out when asked for.
    load
        Expected persons per responsible actor.
    counted
        What was counted, to be split in other ways (:meth:`by`).
    rows
        Everybody counted, one row each.
    narrow
        Whom the figures were narrowed to; empty is everybody.
    towns
        Codes of the urban divisions.
    issues
        What was noticed about grids and doors.
    """

    period: Period
    today: date
    total: Figures
    grids: tuple[GridRow, ...]
    load: Mapping[str, Persons]
    counted: Counted = field(repr=False)
    assignment: Assignment = field(repr=False)
    narrow: Narrow = EVERYBODY
    towns: frozenset[str] = frozenset()

    @property
    def begun(self) -> bool:
        """Return whether the period has begun: before, a rate of it is none."""
        return self.counted.begun

    @property
    def urban(self) -> Figures:
        """Return the figures of the urban divisions."""
        return self._area(urban=True)

    @property
    def rural(self) -> Figures:
        """Return the figures of all other divisions."""
        return self._area(urban=False)

    def _area(self, *, urban: bool) -> Figures:
        village_of = self.counted.village_of
        parts = split(self.counted, lambda house: village_of.get(house, "") in self.towns)
        return parts[urban] if urban in parts else figures([], [], [], self.today)

    @property
    def rows(self) -> tuple[State, ...]:
        """Return everybody counted, one row each."""
        return self.counted.rows

    def by(self, dimension: Dimension) -> Split:
        """Return the figures by a dimension; see :func:`fieldmap.parts.by`."""
        return by(self.counted, dimension)

    @property
    def issues(self) -> tuple[Issue, ...]:
        """Return what was noticed about grids and doors."""
        return self.assignment.issues


def measures(
    snapshot: Snapshot,
    rules: RuleSet,
    period: Period,
    today: date,
    assignment: Assignment | None = None,
    narrow: Narrow = EVERYBODY,
    casebook: Casebook | None = None,
) -> Coverage:
    """Return every measure of a period, in all and per grid.

    Parameters
    ----------
    period
        Any days; see :mod:`fieldmap.states` for what a rule means in a period
        longer or shorter than its own.
    today
        What happened after it is not known yet.
    assignment
        Which grid each household is in, where it is at hand already.
    narrow
        Whom to count; only their grids have a row where it names a grid or a
        village.
    casebook
        Of this snapshot and these rules, where one is at hand already.
    """
    assignment = assignment or assign(snapshot)
    counted = narrowed(count(snapshot, rules, period, today, assignment.grid_of, casebook), narrow)
    return Coverage(
        period=period,
        today=today,
        total=counted.figures(),
        grids=_grid_rows(snapshot, counted, assignment, narrow),
        load=load_per_owner(counted.rows),
        counted=counted,
        assignment=assignment,
        narrow=narrow,
        towns=frozenset(code for code, division in snapshot.divisions.items() if division.urban),
    )


def _grid_rows(
    snapshot: Snapshot, counted: Counted, assignment: Assignment, narrow: Narrow
) -> tuple[GridRow, ...]:
    """Return every grid that is meant or has anybody, and those outside last."""
    nothing = figures([], [], [], counted.as_of, counted.begun)
    found = split(counted, assignment.grid_of.get)
    rows = [
        GridRow(code, grid.name, code in assignment.polygons, found.get(code, nothing))
        for code, grid in sorted(snapshot.grids.items())
        if code in found or _meant(grid, narrow)
    ]
    return (*rows, *([GridRow(None, "", False, found[None])] if None in found else []))


def _meant(grid: Grid, narrow: Narrow) -> bool:
    """Return whether a grid has its row even where nobody is in it."""
    return narrow.grid in ("", grid.code) and narrow.village in ("", grid.division_code)


def frame(coverage: Coverage) -> Any:
    """Return the grid rows as a GeoDataFrame in EPSG:4326, for maps and tables.

    Returns
    -------
    geopandas.GeoDataFrame
        One row for each row of ``coverage.grids``, indexed by position;
        ``geometry`` is None where a grid has no polygon. ``rate`` is NaN where
        nobody is due.
    """
    import geopandas

    records = [_record(row) for row in coverage.grids]
    shapes = [coverage.assignment.polygons.get(row.code) if row.code else None for row in coverage.grids]
    return geopandas.GeoDataFrame(records, geometry=shapes, crs="EPSG:4326")


def _record(row: GridRow) -> dict[str, Any]:
    part = row.figures
    share = part.contact_rate.share
    return {
        "grid": row.code or "",
        "name": row.name,
        "drawn": row.drawn,
        "people": part.people,
        "due": part.due,
        "contacted": part.contacted,
        "rate": float("nan") if share is None else share,
        "rate_text": part.contact_rate.text(),
        "in_person": part.in_person,
        "excluded": part.excluded_total,
        **{f"excluded_{reason}": part.excluded.get(reason, 0) for reason in ExclusionReason},
        "without_rule": part.without_rule,
        "never_contacted": part.never_contacted,
        "no_coordinates": part.no_coordinates,
        "no_owner": part.no_owner,
        "overdue": part.overdue,
        "overdue_days": part.overdue_days,
        "open_needs": part.open_needs,
        "household_times": part.activity.household_times,
        "person_times": part.activity.person_times,
    }
