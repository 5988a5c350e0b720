"""``fieldmap close``, and figures as they were known: what a station does when a month is over."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from fieldmap.store import Store
from tests.fieldmap.ten import TODAY, visit
from tests.web.cli.county import COUNTY, Station, found_ten

APRIL = "2026-04-01"


def _late(station: Station) -> None:
    """Let a visit of March come in: to the first person whom nobody reached in it."""
    store = Store.open(station.db)
    record = store.snapshot()
    reached = {
        client for seen in record.visits if seen.day.month == TODAY.month for client in seen.client_ids
    }
    missed = next(client for key, client in sorted(record.clients.items()) if key not in reached)
    made = replace(visit("C", TODAY), id="late", household_id=missed.household_id, client_ids=(missed.id,))
    store.visits.record(made, by="")
    store.close()


def test_a_month_is_closed_once_it_is_over(tmp_path: Path) -> None:
    """Before, the answer names the first day; then version 1; then nothing has changed; then version 2."""
    station = found_ten(tmp_path)
    early = station.run("close", "--period", "2026-03")
    assert (early.code, "2026-04-01" in early.err) == (4, True)
    assert "version 1" in station.run("close", "--period", "2026-03", FIELDMAP_TODAY=APRIL).out
    again = station.run("close", "--period", "2026-03", FIELDMAP_TODAY=APRIL)
    assert (again.code, "Nothing has changed since version 1" in again.err) == (4, True)
    _late(station)
    second = station.run("close", "--period", "2026-03", FIELDMAP_TODAY=APRIL).out
    assert "version 2" in second
    assert "1 visit of 20 March" in second
    store = Store.open(station.db)
    assert [(one.division_code, one.version) for one in store.closings.all()] == [(COUNTY, 1), (COUNTY, 2)]
    store.close()


def test_an_unknown_division_is_named(tmp_path: Path) -> None:
    """Nothing is closed for a code that the county does not have."""
    station = found_ten(tmp_path)
    ran = station.run("close", "--period", "2026-03", "--division", "110101000000", FIELDMAP_TODAY=APRIL)
    assert (ran.code, "110101000000" in ran.err) == (4, True)


def test_figures_as_known_before_anything_was_recorded(tmp_path: Path) -> None:
    """What was imported later was not known on 1 March; without the option it is."""
    station = found_ten(tmp_path)
    assert station.done("map", "--json", "--known-at", "2026-03-01").record["people"] == 0
    assert station.done("map", "--json").record["people"] == 10


def test_a_quarter_is_rolled_up(tmp_path: Path) -> None:
    """Its table says so; a year is published only as the exact table in the county's own hands."""
    station = found_ten(tmp_path)
    assert {row[0] for row in station.done("rollup", "--period", "2026-Q1").table[1:]} == {"2026-Q1"}
    assert station.run("rollup", "--period", "2026").code == 4
    assert {row[0] for row in station.done("rollup", "--period", "2026", "--exact").table[1:]} == {"2026"}
