"""The measures against oracles: SQL, pandas, and the record itself."""

from __future__ import annotations

from dataclasses import fields

import pytest

from fieldmap.counts import Figures
from fieldmap.models import Snapshot
from fieldmap.parts import Counted, Dimension, by, count
from fieldmap.periods import Period
from fieldmap.rules import load
from tests.benchmarks.counties import TODAY, CountyRecipe, make_county
from tests.fieldmap import oracle_sql
from tests.fieldmap.oracle_pandas import Tables

RULES = load()
PERIODS = ("2026-03", "2026-02", "2026-Q1")


@pytest.fixture(scope="module")
def county() -> Snapshot:
    """Return a made county of three stations."""
    return make_county(7, CountyRecipe(stations=3, villages=4, clients=1500, visits=5))


def counted(county: Snapshot, period: str) -> Counted:
    """Return what we count in a period, by the grids of the ledger."""
    return count(county, RULES, Period.parse(period), TODAY)


@pytest.mark.parametrize("period", PERIODS)
def test_everybody_stands_as_sql_says(county: Snapshot, period: str) -> None:
    """Each person is due, contacted, met, excluded, in a gap or overdue in SQL as in our rows."""
    ours = {
        row.client_id: (
            row.expected,
            row.under_rule,
            row.due,
            row.contacted,
            row.in_person,
            row.excluded and row.excluded.value,
            row.never_contacted,
            row.no_coordinates,
            row.no_owner,
            row.rolling_overdue_days,
            frozenset(row.channels),
        )
        for row in counted(county, period).rows
    }
    theirs = oracle_sql.people(county, Period.parse(period), TODAY)
    assert {c: (ours.get(c), theirs.get(c)) for c in ours | theirs if ours.get(c) != theirs.get(c)} == {}


def cells(part: Figures) -> dict[str, int]:
    """Return figures as the oracle names them, without the zeros."""
    names = [field.name for field in fields(Figures)]
    plain = {name: getattr(part, name) for name in names}
    done = plain.pop("activity")
    excluded = plain.pop("excluded")
    del plain["open_needs"]
    plain |= {f"excluded_{reason}": number for reason, number in excluded.items()}
    times = ("household_times", "households", "persons", "person_times", "attempts")
    plain |= {name: getattr(done, name) for name in times}
    return {name: int(number) for name, number in plain.items() if number}


@pytest.mark.parametrize("period", PERIODS)
def test_parts_are_as_pandas_groups_them(county: Snapshot, period: str) -> None:
    """By grid, village, owner and tag every measure is the same; by channel contacted and done are."""
    ours = counted(county, period)
    tables = Tables.of(county, Period.parse(period), TODAY)
    for dimension in (Dimension.GRID, Dimension.VILLAGE, Dimension.OWNER, Dimension.TAG):
        parts = {key: cells(part) for key, part in by(ours, dimension).parts.items()}
        assert any(part.get("contacted") for part in parts.values())
        assert {k: v for k, v in parts.items() if v} == {
            k: v for k, v in tables.parts(dimension).items() if v
        }
    for channel, part in by(ours, Dimension.CHANNEL).parts.items():
        through = tables.through(channel)
        assert {name: number for name, number in cells(part).items() if name in through} == through
