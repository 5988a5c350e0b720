"""Measures: who was to be seen, who was, and who never is; one definition each.

Every measure is one function over the rows of :mod:`fieldmap.states`, with its
definition, formula and source, and is used for the total and for every part.
What the figures are made of is in :mod:`fieldmap.counts`.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable, Hashable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from fieldmap.counts import Base, Figures, Persons, Rate, activity
from fieldmap.errors import Issue
from fieldmap.grids import Assignment, assign
from fieldmap.models import ExclusionReason, Snapshot, Visit
from fieldmap.periods import Period
from fieldmap.rules import RuleSet
from fieldmap.states import OpenNeed, State, open_needs, states

__all__ = [
    "Counted",
    "Coverage",
    "GridRow",
    "contact_rate",
    "contacted_persons",
    "count",
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

OPEN_NEED_DAYS = 30


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
        The same split by the division's kind.
    load
        Expected persons per responsible actor.
    rows
        Everybody counted, one row each.
    issues
        What was noticed about grids and doors.
    """

    period: Period
    today: date
    total: Figures
    grids: tuple[GridRow, ...]
    urban: Figures
    rural: Figures
    load: Mapping[str, Persons]
    rows: tuple[State, ...] = field(repr=False)
    assignment: Assignment = field(repr=False)

    @property
    def issues(self) -> tuple[Issue, ...]:
        """Return what was noticed about grids and doors."""
        return self.assignment.issues


def _count(rows: Iterable[State], test: Callable[[State], bool]) -> Persons:
    return Persons(sum(1 for row in rows if test(row)))


def people(rows: Sequence[State]) -> Persons:
    """在册人数. Everybody on a ledger in the period, under a rule or not.

    Formula: number of rows. Source: ledgers; includes who left after a contact.
    """
    return Persons(len(rows))


def expected_persons(rows: Iterable[State]) -> Persons:
    """在管人数. Under a standing rule and not excluded on the day of the figures.

    Formula: count of ``expected``. Source: ours; the people whom the gaps are about.
    """
    return _count(rows, lambda row: row.expected)


def due_persons(rows: Iterable[State]) -> Persons:
    """应访人数. A contact falls due in the period, and no dated reason takes them out.

    Formula: count of ``due``. Source: 2022 ten-department guidance, monthly
    visits; quarter rules counted in the month of their deadline (ours).
    """
    return _count(rows, lambda row: row.due)


def contacted_persons(rows: Iterable[State]) -> Persons:
    """已访人数. Due, and reached in the period by a contact that the rule counts.

    Formula: count of ``due and contacted``. Source: as :func:`due_persons`.
    """
    return _count(rows, lambda row: row.due and row.contacted)


def in_person_persons(rows: Iterable[State]) -> Persons:
    """入户(见面)人数. Contacted by at least one meeting in person.

    Formula: count of ``due and contacted and in_person``. Source: ours.
    """
    return _count(rows, lambda row: row.due and row.contacted and row.in_person)


def excluded_persons(rows: Iterable[State]) -> Mapping[ExclusionReason, Persons]:
    """不计入应访人数, by reason. Would be due, but for a dated reason in force.

    Formula: count of ``excluded`` by reason; only who was not contacted before
    the reason's first day. Source: ``domain.md`` §2.2, interpretation rule 4.
    """
    found = Counter(row.excluded for row in rows if row.excluded is not None)
    return {reason: Persons(found[reason]) for reason in ExclusionReason if found[reason]}


def contact_rate(rows: Sequence[State]) -> Rate:
    """月探访率. Persons contacted ÷ persons due, in the calendar period.

    Formula: :func:`contacted_persons` ÷ :func:`due_persons`. Source: national
    target of 100 % a month by the end of 2025.
    """
    return Rate(contacted_persons(rows), due_persons(rows), excluded_persons(rows))


def in_person_share(rows: Sequence[State]) -> Rate:
    """入户率. Of those contacted, who was met in person.

    Formula: :func:`in_person_persons` ÷ :func:`contacted_persons`. Source: ours.
    """
    return Rate(in_person_persons(rows), contacted_persons(rows), excluded_persons(rows), of=Base.CONTACTED)


def without_rule_persons(rows: Iterable[State]) -> Persons:
    """无走访规则人数. On a ledger, and no standing rule applies.

    Formula: count of ``not under_rule``. Source: ours; shown so that a gap in
    the rules is seen.
    """
    return _count(rows, lambda row: not row.under_rule)


def never_contacted_persons(rows: Iterable[State]) -> Persons:
    """从未接触人数. Expected, and never reached by anybody through any channel.

    Formula: count of ``never_contacted``. Source: Qingpu 2020, "沉默少数".
    """
    return _count(rows, lambda row: row.never_contacted)


def no_coordinates_persons(rows: Iterable[State]) -> Persons:
    """无坐标人数. Expected, and the household has neither door nor entry point.

    Formula: count of ``no_coordinates``. Source: ours.
    """
    return _count(rows, lambda row: row.no_coordinates)


def no_owner_persons(rows: Iterable[State]) -> Persons:
    """无责任人人数. Expected, and nobody by name answers for them.

    Formula: count of ``no_owner``. Source: Shaanxi 2022, responsibility lists.
    """
    return _count(rows, lambda row: row.no_owner)


def overdue_persons(rows: Iterable[State]) -> Persons:
    """超期人数. Expected, reached before, and a rolling gap is exceeded today.

    Formula: count of ``rolling_overdue_days > 0``; gaps are the rule's interval,
    or 31, 92, 366 days for a month, quarter, year. Source: ours; the calendar
    rate hides up to two months between two contacts.
    """
    return _count(rows, lambda row: row.rolling_overdue_days > 0)


def overdue_days(rows: Iterable[State]) -> int:
    """超期天数. The days by which rolling gaps are exceeded, over all persons.

    Formula: sum of ``rolling_overdue_days``, the worst rule for each person.
    """
    return sum(row.rolling_overdue_days for row in rows)


def load_per_owner(rows: Iterable[State]) -> Mapping[str, Persons]:
    """责任人负荷. Expected persons per responsible actor.

    Formula: count of ``expected`` by ``owner_id``; who has no owner is in
    :func:`no_owner_persons`. Source: ``domain.md`` §8, grid gap measures.
    """
    found = Counter(row.owner_id for row in rows if row.expected and row.owner_id is not None)
    return {owner: Persons(number) for owner, number in sorted(found.items())}


def open_needs_over(needs: Iterable[OpenNeed], as_of: date, days: int = OPEN_NEED_DAYS) -> int:
    """超期未解决需求. Needs (household × kind) open for more than so many days.

    Formula: count of ``as_of − since > days``; see :func:`fieldmap.states.open_needs`.
    """
    return sum(1 for need in needs if need.days(as_of) > days)


def figures(
    rows: Sequence[State], visits: Iterable[Visit], needs: Iterable[OpenNeed], as_of: date
) -> Figures:
    """Return all measures of some rows, the visits and the needs that belong to them."""
    return Figures(
        people=people(rows),
        expected=expected_persons(rows),
        due=due_persons(rows),
        contacted=contacted_persons(rows),
        in_person=in_person_persons(rows),
        excluded=excluded_persons(rows),
        without_rule=without_rule_persons(rows),
        never_contacted=never_contacted_persons(rows),
        no_coordinates=no_coordinates_persons(rows),
        no_owner=no_owner_persons(rows),
        overdue=overdue_persons(rows),
        overdue_days=overdue_days(rows),
        open_needs=open_needs_over(needs, as_of),
        activity=activity(visits),
    )


@dataclass(frozen=True, slots=True)
class Counted:
    """What is counted in a period: people, the visits made in it, the needs open at its end."""

    rows: tuple[State, ...]
    visits: tuple[Visit, ...]
    needs: tuple[OpenNeed, ...]
    as_of: date


def count(
    snapshot: Snapshot,
    rules: RuleSet,
    period: Period,
    today: date,
    grid_of: Mapping[str, str | None] | None = None,
) -> Counted:
    """Gather what is counted in a period; for the parameters see :func:`fieldmap.states.states`."""
    as_of = min(today, period.end)
    first = period.start
    return Counted(
        rows=states(snapshot, rules, period, today, grid_of),
        visits=tuple(visit for visit in snapshot.visits if first <= visit.day <= as_of),
        needs=open_needs(snapshot.visits, as_of),
        as_of=as_of,
    )


def split[Key: Hashable](counted: Counted, key: Callable[[str], Key]) -> dict[Key, Figures]:
    """Return the figures of every part, by a key of the household.

    Parameters
    ----------
    key
        Household id → the part it belongs to; parts without anything are not
        in the answer.
    """
    states_of: defaultdict[Key, list[State]] = defaultdict(list)
    visits_of: defaultdict[Key, list[Visit]] = defaultdict(list)
    needs_of: defaultdict[Key, list[OpenNeed]] = defaultdict(list)
    for row in counted.rows:
        states_of[key(row.household_id)].append(row)
    for visit in counted.visits:
        visits_of[key(visit.household_id)].append(visit)
    for need in counted.needs:
        needs_of[key(need.household_id)].append(need)
    parts = dict.fromkeys((*states_of, *visits_of, *needs_of))
    return {part: figures(states_of[part], visits_of[part], needs_of[part], counted.as_of) for part in parts}


def measures(
    snapshot: Snapshot,
    rules: RuleSet,
    period: Period,
    today: date,
    assignment: Assignment | None = None,
) -> Coverage:
    """Return every measure of a period: in all, per grid, urban and rural.

    Parameters
    ----------
    today
        What happened after it is not known yet.
    assignment
        Which grid each household is in, where it is at hand already.
    """
    assignment = assignment or assign(snapshot)
    counted = count(snapshot, rules, period, today, assignment.grid_of)
    nothing = figures([], [], [], today)
    by_grid = split(counted, assignment.grid_of.get)
    by_area = split(counted, lambda house: _urban(snapshot, house))
    grids = [
        GridRow(code, grid.name, code in assignment.polygons, by_grid.get(code, nothing))
        for code, grid in sorted(snapshot.grids.items())
    ]
    if None in by_grid:
        grids.append(GridRow(None, "", False, by_grid[None]))
    return Coverage(
        period=period,
        today=today,
        total=figures(counted.rows, counted.visits, counted.needs, counted.as_of),
        grids=tuple(grids),
        urban=by_area.get(True, nothing),
        rural=by_area.get(False, nothing),
        load=load_per_owner(counted.rows),
        rows=counted.rows,
        assignment=assignment,
    )


def _urban(snapshot: Snapshot, household_id: str) -> bool:
    household = snapshot.households.get(household_id)
    division = snapshot.divisions.get(household.division_code) if household else None
    return division is not None and division.urban


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
