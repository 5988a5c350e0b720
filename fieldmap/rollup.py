"""The figure that goes upward: counts by village, town, county and calendar period.

No name, no id, no coordinate. The exact table stays in the county's file; the
published one withholds counts of 1 to 4 persons with everything they could be
worked out from (:mod:`fieldmap.suppression`). Totals come from exact counts,
and what was done (household-times, person-times) is published as it is.

Two tables of overlapping days can be laid side by side, so that only months
and quarters are published (:data:`RELEASED`), and a quarter against its months:

- A count that one of the quarter's months withholds is withheld in the quarter.
  Persons due in a quarter are not the sum of those due in its months (whoever
  is due in each counts once), but the two are close, and some counts are the
  same: who was never contacted is read on the last day of both.
- A count that differs from the same one of a month by 1 to 4 is withheld: the
  difference is so many persons, whom only the other months reached.
- The months are published first and as if there were no quarter.

A count that the quarter withholds for its months' sake may follow from all four
tables; no count of a month does, and none of 1 to 4 persons. Two months are
tables of other days, of mostly the same people: a reader who takes for granted
that nobody came or went can guess, which no table keeps anybody from.
"""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date

from fieldmap.counts import Figures
from fieldmap.coverage import count, split
from fieldmap.errors import InputError
from fieldmap.models import Channel, Division, Domain, ExclusionReason, Snapshot, Society
from fieldmap.periods import Calendar, Period
from fieldmap.rules import RuleSet
from fieldmap.standards.labels import label
from fieldmap.suppression import Relation, suppress

__all__ = [
    "ACTIVITY",
    "PERSONS",
    "RELEASED",
    "Rollup",
    "Row",
    "beside",
    "headings",
    "linear",
    "published",
    "records",
    "released",
    "roll_up",
    "to_csv",
    "to_json",
]

_REASONS = tuple(f"excluded_{reason}" for reason in ExclusionReason)
_GAPS = ("without_rule", "never_contacted", "no_coordinates", "no_owner", "overdue")

PERSONS = ("people", "due", "contacted", "in_person", "excluded", *_REASONS, *_GAPS)
"""Columns that count persons: small cells are withheld."""

ACTIVITY = (
    "household_times",
    "person_times",
    "attempts",
    *(f"channel_{code}" for code in Channel),
    *(f"domain_{code}" for code in Domain),
    *(f"society_{code}" for code in Society),
)
"""Columns that count what was done: published as they are."""

RELEASED = (Calendar.MONTH, Calendar.QUARTER)
"""The periods of which a table is published."""

WITHHELD = "*"

_HEADINGS = {
    "period": ("时段", "period"),
    "code": ("区划代码", "division code"),
    "name": ("区划", "division"),
    "level": ("级别", "level"),
    "people": ("在册人数", "persons on the ledgers"),
    "due": ("应访人数", "persons due"),
    "contacted": ("已访人数", "persons contacted"),
    "rate": ("探访率", "contact rate"),
    "in_person": ("入户人数", "persons met in person"),
    "excluded": ("不计入人数", "persons excluded"),
    "without_rule": ("无规则人数", "persons without a rule"),
    "never_contacted": ("从未接触人数", "persons never contacted"),
    "no_coordinates": ("无坐标人数", "persons without coordinates"),
    "no_owner": ("无责任人人数", "persons without an owner"),
    "overdue": ("超期人数", "persons overdue"),
    "household_times": ("服务户次", "household-times"),
    "person_times": ("服务人次", "person-times"),
    "attempts": ("未遇户次", "attempts"),
}
_COMPOSED = {"excluded": ExclusionReason, "channel": Channel, "domain": Domain, "society": Society}
_PREFIXES = {
    "excluded": ("不计入:", "excluded: "),
    "channel": ("户次:", "household-times: "),
    "domain": ("户次:", "household-times: "),
    "society": ("户次:", "household-times: "),
}


@dataclass(frozen=True, slots=True)
class Row:
    """One division in one period.

    Attributes
    ----------
    level
        1 city, 2 county, 3 township, 4 village; one more than its parent for
        households that are placed in no village.
    persons
        Column of :data:`PERSONS` → count, None where withheld.
    activity
        Column of :data:`ACTIVITY` → count.
    """

    code: str
    parent_code: str | None
    name: str
    level: int
    persons: Mapping[str, int | None]
    activity: Mapping[str, int]

    @property
    def rate(self) -> float | None:
        """Return contacted ÷ due; None where nobody is due or one of the two is withheld."""
        due, contacted = self.persons["due"], self.persons["contacted"]
        return contacted / due if due and contacted is not None else None


@dataclass(frozen=True, slots=True)
class Rollup:
    """The table of a period, divisions in the order of their codes.

    ``below`` is 0 for the exact table; else counts of 1 … ``below − 1``
    persons are withheld.
    """

    period: Period
    today: date
    rows: tuple[Row, ...]
    below: int = 0

    def __getitem__(self, code: str) -> Row:
        return {row.code: row for row in self.rows}[code]


def released(text: str, today: date) -> Period:
    """Read the period of a table that is published; empty is this month.

    Raises
    ------
    InputError
        ``period.text``: no period at all; ``rollup.period``: another one than
        :data:`RELEASED`; ``rollup.future``: one that has not begun.
    """
    period = Period.parse(text) if text else Period.month(today)
    if period.kind not in RELEASED:
        raise InputError("rollup.period", text)
    if period.start > today:
        raise InputError("rollup.future", text)
    return period


def beside(period: Period, today: date) -> tuple[Period, ...]:
    """Return the months against whose published tables that of a quarter is: those that have begun."""
    return () if period.kind is Calendar.MONTH else tuple(m for m in period.months if m.start <= today)


def roll_up(snapshot: Snapshot, rules: RuleSet, period: Period, today: date) -> Rollup:
    """Return the exact counts of every division in a period.

    A household that is placed at a town rather than a village gets a row of
    its own under the town, so that parts add up to every total; one whose
    division is not known gets a row beside the county's.
    """
    parents = {d.parent_code for d in snapshot.divisions.values()}

    def leaf(household_id: str) -> str:
        household = snapshot.households.get(household_id)
        code = household.division_code if household else ""
        if code not in snapshot.divisions:
            return "0"
        return f"{code}-0" if code in parents else code

    parts = split(count(snapshot, rules, period, today), leaf)
    counts = {code: _cells(part) for code, part in parts.items()}
    divisions = _tree(snapshot.divisions, counts)
    return Rollup(period, today, tuple(_row(d, totals) for d, totals in _totals(divisions, counts)))


def _cells(part: Figures) -> dict[str, int]:
    """Return the figures of a part as columns."""
    done = part.activity
    cells: dict[str, int] = {name: getattr(part, name) for name in PERSONS if hasattr(part, name)}
    cells["excluded"] = part.excluded_total
    for reason in ExclusionReason:
        cells[f"excluded_{reason}"] = part.excluded.get(reason, 0)
    cells["household_times"] = done.household_times
    cells["person_times"] = done.person_times
    cells["attempts"] = done.attempts
    cells |= {f"channel_{code}": done.by_channel.get(code, 0) for code in Channel}
    cells |= {f"domain_{code}": done.by_domain.get(code, 0) for code in Domain}
    cells |= {f"society_{code}": done.by_society.get(code, 0) for code in Society}
    return cells


def _tree(divisions: Mapping[str, Division], counts: Mapping[str, object]) -> list[Division]:
    """Return the divisions and the rows for households that are in none of the lowest."""
    found = list(divisions.values())
    for code in counts:
        if code == "0":
            found.append(Division("0", "区划不详", 4))
        elif code not in divisions:
            above = divisions[code.removesuffix("-0")]
            found.append(Division(code, f"{above.name}(未落到村)", above.level + 1, above.code))
    return sorted(found, key=lambda d: d.code)


def _totals(
    divisions: list[Division], counts: Mapping[str, Mapping[str, int]]
) -> Iterator[tuple[Division, dict[str, int]]]:
    """Yield every division with the sum of what lies in it."""
    totals = {d.code: dict.fromkeys((*PERSONS, *ACTIVITY), 0) for d in divisions}
    above = {d.code: d.parent_code for d in divisions}
    for code, cells in counts.items():
        place: str | None = code
        while place is not None and place in totals:
            for name, value in cells.items():
                totals[place][name] += value
            place = above[place]
    return ((d, totals[d.code]) for d in divisions)


def _row(division: Division, cells: Mapping[str, int]) -> Row:
    return Row(
        code=division.code,
        parent_code=division.parent_code,
        name=division.name,
        level=division.level,
        persons={name: cells[name] for name in PERSONS},
        activity={name: cells[name] for name in ACTIVITY},
    )


def published(table: Rollup, below: int = 5, months: Sequence[Rollup] = ()) -> Rollup:
    """Return the table as it may leave the county.

    Parameters
    ----------
    below
        Person counts from 1 to one less than this are withheld (None), and so
        are others from which they would follow: the rest of a total, the due
        who were not contacted, the other villages of a town. 0 is printed.
    months
        The published tables of :func:`beside`.
    """
    values, relations, hidden = linear(table)
    also = {cell for month in months for cell in _told(table, month, below)}
    withheld = suppress(values, relations, below=below, hidden=hidden, also=also)
    rows = tuple(
        replace(
            row,
            persons={n: None if (row.code, n) in withheld else value for n, value in row.persons.items()},
        )
        for row in table.rows
    )
    return replace(table, rows=rows, below=below)


def _told(table: Rollup, month: Rollup, below: int) -> Iterator[Cell]:
    """Yield the cells that would tell of a withheld count of a month, or of few persons beside it."""
    held = {row.code: row.persons for row in month.rows}
    for row in table.rows:
        for name, value in row.persons.items():
            other = held[row.code][name] if row.code in held else 0
            if value is not None and (other is None or 0 < abs(value - other) < below):
                yield row.code, name


Cell = tuple[str, str]


def linear(table: Rollup) -> tuple[dict[Cell, int], list[Relation[Cell]], set[Cell]]:
    """Return what a reader of the published table knows to hold between its person counts.

    Returns
    -------
    values, relations, hidden
        Every cell (division code, column) with its exact count; which is the
        sum of which; and the cells that are never printed but follow where
        the others are known, such as due and not contacted.
    """
    values: dict[Cell, int] = {}
    relations: list[Relation[Cell]] = []
    hidden: set[Cell] = set()
    children: dict[str, list[str]] = {}
    for row in table.rows:
        exact = {name: value for name, value in row.persons.items() if value is not None}
        values |= {(row.code, name): value for name, value in exact.items()}
        if row.parent_code is not None:
            children.setdefault(row.parent_code, []).append(row.code)
        relations.append(_sum(row.code, "excluded", _REASONS))
        for total, *parts in (
            ("due", "contacted"),
            ("contacted", "in_person"),
            ("people", "due", "excluded", "without_rule"),
            *(("people", gap) for gap in _GAPS[1:]),
        ):
            rest = f"{total} - {' - '.join(parts)}"
            hidden.add((row.code, rest))
            values[row.code, rest] = exact[total] - sum(exact[part] for part in parts)
            relations.append(_sum(row.code, total, (*parts, rest)))
    codes = {row.code for row in table.rows}
    for parent in sorted(children.keys() & codes):
        for name in PERSONS:
            relations.append(Relation((parent, name), tuple((code, name) for code in children[parent])))
    return values, relations, hidden


def _sum(code: str, total: str, parts: Iterable[str]) -> Relation[Cell]:
    return Relation((code, total), tuple((code, part) for part in parts))


def headings(lang: str = "zh-CN") -> dict[str, str]:
    """Return column → heading, in the order of the table."""
    at = 1 if lang == "en" else 0
    names = ["period", "code", "name", "level", "people", "due", "contacted", "rate", *PERSONS[3:], *ACTIVITY]
    found: dict[str, str] = {}
    for name in names:
        prefix, _, code = name.partition("_")
        if name in _HEADINGS:
            found[name] = _HEADINGS[name][at]
        else:
            found[name] = _PREFIXES[prefix][at] + label(_COMPOSED[prefix](code), lang)
    return found


def records(table: Rollup) -> list[dict[str, str | int | float | None]]:
    """Return one flat record for each row, by column; None is withheld (``rate``: or nobody due)."""
    return [
        {
            "period": str(table.period),
            "code": row.code,
            "name": row.name,
            "level": row.level,
            "people": row.persons["people"],
            "due": row.persons["due"],
            "contacted": row.persons["contacted"],
            "rate": None if row.rate is None else round(row.rate, 4),
            **{name: row.persons[name] for name in PERSONS[3:]},
            **row.activity,
        }
        for row in table.rows
    ]


def to_csv(table: Rollup, lang: str = "zh-CN") -> str:
    """Return the table as CSV with headings; ``*`` is withheld, an empty rate is none."""
    out = io.StringIO()
    titles = headings(lang)
    writer = csv.writer(out, lineterminator="\r\n")
    writer.writerow(titles.values())
    for record in records(table):
        writer.writerow([_text(name, record[name]) for name in titles])
    return out.getvalue()


def _text(name: str, value: str | float | None) -> str | float:
    if value is None:
        return "" if name == "rate" else WITHHELD
    return value


def to_json(table: Rollup, lang: str = "zh-CN") -> str:
    """Return the table as JSON: the headings, what is withheld below, and the records."""
    whole = {
        "period": str(table.period),
        "today": table.today.isoformat(),
        "withheld_below": table.below,
        "headings": headings(lang),
        "rows": records(table),
    }
    return json.dumps(whole, ensure_ascii=False, indent=1)
