"""The measures against oracles: SQL, pandas, and the record itself."""

from __future__ import annotations

from dataclasses import fields
from datetime import UTC, date, datetime
from pathlib import Path

import pytest

from fieldmap.counts import Figures
from fieldmap.models import Division, Snapshot
from fieldmap.parts import Counted, Dimension, by, count
from fieldmap.periods import Period
from fieldmap.rules import load
from fieldmap.schedule import schedule
from fieldmap.store import Store
from tests.benchmarks.counties import TODAY, CountyRecipe, make_county
from tests.fieldmap import oracle_sql
from tests.fieldmap.oracle_pandas import Tables
from tests.fieldmap.ten import COUNTY, TEN, visit

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
    del plain["open_needs"], plain["begun"]
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


def test_a_late_visit_is_absent_as_known_before_it_came(tmp_path: Path) -> None:
    """Made on 30 March, received on 3 April: 0/1 as known on 1 April, 1/1 as known now; SQL says so too."""
    now = [datetime(2026, 3, 20, tzinfo=UTC)]
    store = Store.create(tmp_path / "county.db", county=Division(COUNTY, "安县", 2), clock=lambda: now[0])
    alone = [tag for tag in TEN.tags if tag.client_id == "A"]
    store.facts.record([TEN.households["h-A"], TEN.clients["A"], *alone])
    now[0] = datetime(2026, 4, 3, 2, tzinfo=UTC)
    store.visits.record(visit("A", date(2026, 3, 30)), by="w1")
    march, known = Period.parse("2026-03"), {}
    for name, at, today in (
        ("on 1 April", datetime(2026, 4, 1, 15, 59, tzinfo=UTC), date(2026, 4, 1)),
        ("now", None, date(2026, 4, 3)),
    ):
        snapshot = store.snapshot(known_at=at)
        known[name] = str(count(snapshot, RULES, march, today).figures().contact_rate)
        (row,) = oracle_sql.people(snapshot, march, today).values()
        assert row[3] is (name == "now")
    store.close()
    assert known == {"on 1 April": "0/1 = 0.0 %", "now": "1/1 = 100.0 %"}


def test_the_page_and_the_planner_call_the_same_people_overdue(county: Snapshot) -> None:
    """What coverage reads for all at once is what the schedule works out person by person."""
    rows = {
        row.client_id: row.rolling_overdue_days for row in counted(county, "2026-03").rows if row.expected
    }
    dues = {due.client_id: due.rolling_overdue_days for due in schedule(county, RULES, TODAY).due}
    assert rows == dues
    assert sum(days > 0 for days in dues.values()) > 100
