"""The gaps of a coverage as numbered households: who was not seen, and where they are.

A household has one number, on the map and in the list beside it; the number
says nothing about anybody. What is counted is what :mod:`fieldmap.coverage`
counted: each layer's persons are the measure's.

A grid manager (``owners=False``) is told who is due in the period and was not
contacted, in no order that says how long anybody has waited: from when
somebody is overdue, beside the last contact, one reads the interval of the
rule, and from that a restricted class.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from fieldmap.coverage import Coverage
from fieldmap.models import Position, Snapshot
from fieldmap.standards import is_restricted
from fieldmap.states import State
from web._map_values import Layer, Mark
from web.i18n import gettext

__all__ = ["Gap", "gap_layers", "gaps"]


@dataclass(frozen=True, slots=True)
class Gap:
    """A household with somebody who was not seen, has no owner, or has no place.

    Attributes
    ----------
    number
        Its place in the list: never contacted first, then the longest overdue.
    overdue, never, no_owner, no_coordinates
        Persons, as the measures count them.
    overdue_days
        Of the person who has waited longest.
    unseen
        Persons due in the period, not contacted in it, but ever before.
    """

    number: int
    household_id: str
    grid_code: str | None
    overdue: int
    overdue_days: int
    never: int
    no_owner: int
    no_coordinates: int
    unseen: int
    position: Position | None

    @property
    def reasons(self) -> tuple[str, ...]:
        """Return what is wrong, in words."""
        return self.reasons_for(owners=True)

    def reasons_for(self, *, owners: bool) -> tuple[str, ...]:
        """Return what is wrong, in words; without ``owners`` nothing of owners and intervals."""
        found = []
        if self.never:
            found.append(gettext("从未接触 {n} 人", n=self.never))
        if not owners and self.unseen:
            found.append(gettext("应访未访 {n} 人", n=self.unseen))
        if owners and self.overdue:
            days = self.overdue_days
            found.append(gettext("超期 {days} 天", days=days) if days else gettext("超期"))
        if owners and self.no_owner:
            found.append(gettext("无责任人 {n} 人", n=self.no_owner))
        if self.no_coordinates:
            found.append(gettext("没有坐标"))
        return tuple(found)


@dataclass(slots=True)
class _Tally:
    """The persons of one household, counted up row by row."""

    grid_code: str | None
    overdue: int = 0
    overdue_days: int = 0
    never: int = 0
    no_owner: int = 0
    no_coordinates: int = 0
    unseen: int = 0

    def add(self, row: State) -> None:
        """Count a person; those of a county are many, so in one go."""
        days = row.rolling_overdue_days
        self.overdue += days > 0
        if days and not any(map(is_restricted, row.tags)):  # the days would tell its interval
            self.overdue_days = max(self.overdue_days, days)
        self.never += row.never_contacted
        self.no_owner += row.no_owner
        self.no_coordinates += row.no_coordinates
        self.unseen += row.unseen

    def waited(self, *, owners: bool) -> tuple[bool, int]:
        """Return by what households are put in order; without ``owners`` nothing of days."""
        return not self.never, -self.overdue_days if owners else 0


def _is_gap(row: State) -> bool:
    return bool(row.never_contacted or row.rolling_overdue_days or row.no_owner or row.no_coordinates)


def _is_own_gap(row: State) -> bool:
    return row.never_contacted or row.no_coordinates or row.unseen


def gaps(coverage: Coverage, snapshot: Snapshot, *, owners: bool = True) -> tuple[Gap, ...]:
    """Return the households with a gap, the most urgent first, numbered from 1.

    Parameters
    ----------
    owners
        False for a grid manager: nobody's owner, nobody's interval.
    """
    counts = _is_gap if owners else _is_own_gap
    tallies: dict[str, _Tally] = {}
    for row in coverage.rows:
        if counts(row):
            tally = tallies.get(row.household_id)
            if tally is None:
                tally = tallies[row.household_id] = _Tally(row.grid_code)
            tally.add(row)
    order = sorted(tallies, key=lambda key: (tallies[key].waited(owners=owners), key))
    return tuple(_gap(number, key, tallies[key], snapshot) for number, key in enumerate(order, 1))


def _gap(number: int, household_id: str, tally: _Tally, snapshot: Snapshot) -> Gap:
    household = snapshot.households.get(household_id)
    return Gap(
        number,
        household_id,
        tally.grid_code,
        tally.overdue,
        tally.overdue_days,
        tally.never,
        tally.no_owner,
        tally.no_coordinates,
        tally.unseen,
        household.place if household else None,
    )


def gap_layers(
    found: tuple[Gap, ...],
    centres: Mapping[str, Position],
    labels: Mapping[str | None, str],
    *,
    owners: bool = True,
) -> tuple[Layer, ...]:
    """Return the layers of the gaps.

    Parameters
    ----------
    centres
        A point inside each grid that has a polygon: who has no coordinates is
        counted there.
    labels
        What each grid is called.
    owners
        Whether it is said who has nobody responsible, and who is overdue.
    """
    kinds: list[tuple[str, str, Callable[[Gap], int]]] = [
        ("never", gettext("从未接触"), lambda gap: gap.never),
    ]
    if owners:
        kinds.append(("overdue", gettext("超期"), lambda gap: gap.overdue))
        kinds.append(("no_owner", gettext("无责任人"), lambda gap: gap.no_owner))
    else:
        kinds.append(("unseen", gettext("应访未访"), lambda gap: gap.unseen))
    points = (_points(key, found, name, count, owners) for key, name, count in kinds)
    return (*points, _without_place(found, centres, labels))


def _points(key: str, found: tuple[Gap, ...], name: str, count: Callable[[Gap], int], owners: bool) -> Layer:
    of_layer = [gap for gap in found if count(gap)]
    marks = tuple(_mark(gap, gap.position, key, owners) for gap in of_layer if gap.position is not None)
    persons, missing = sum(map(count, of_layer)), sum(count(gap) for gap in of_layer if gap.position is None)
    rest = _persons(name, missing) if missing else ""
    return Layer(key, _persons(name, persons), marks, rest=rest, lead=gettext("第 {n} 户"))


def _mark(gap: Gap, position: Position, style: str, owners: bool) -> Mark:
    text = " · ".join(gap.reasons_for(owners=owners))
    return Mark(position.lon, position.lat, str(gap.number), text, style, f"/people/{gap.household_id}")


def _without_place(
    found: tuple[Gap, ...], centres: Mapping[str, Position], labels: Mapping[str | None, str]
) -> Layer:
    """Count at the grid's centre who has no point of their own."""
    persons: defaultdict[str | None, int] = defaultdict(int)
    for gap in found:
        if gap.no_coordinates:
            persons[gap.grid_code] += gap.no_coordinates
    marks = tuple(
        Mark(centre.lon, centre.lat, str(n), _no_place(labels.get(code, ""), n), "no_coordinates")
        for code, n in sorted(persons.items(), key=lambda item: item[0] or "")
        if code and (centre := centres.get(code))
    )
    missing = sum(n for code, n in persons.items() if not code or code not in centres)
    name, rest = gettext("无坐标"), gettext("无坐标且网格无边界")
    title = _persons(name, sum(persons.values()))
    return Layer("no_coordinates", title, marks, rest=_persons(rest, missing) if missing else "")


def _persons(name: str, number: int) -> str:
    return gettext("{layer} {n} 人", layer=name, n=number)


def _no_place(grid: str, persons: int) -> str:
    return gettext("{grid}:{n} 人没有坐标,画在网格中间", grid=grid, n=persons)
