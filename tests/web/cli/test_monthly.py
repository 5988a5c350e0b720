"""``fieldmap month`` on the ten people: enough people, too few, and nobody who works."""

from __future__ import annotations

from pathlib import Path

from tests.web.cli.county import found_ten


def test_the_month_of_the_ten_says_who_fits_and_who_has_no_place(tmp_path: Path) -> None:
    """Every door that is due is in a slot, without coordinates, or left out; nothing is kept."""
    station = found_ten(tmp_path)
    before = station.db.read_bytes()
    said = station.done("month", "--first", "2026-03-20", "--last", "2026-03-31", "--seconds", "5").out
    assert "There is time for everybody" in said or "left out" in said
    assert "doors due" in said
    assert station.db.read_bytes() == before


def test_a_period_without_a_working_day_is_proved_to_be_too_short(tmp_path: Path) -> None:
    """From Saturday to Sunday nobody works: everybody due is left out, and that is proven."""
    station = found_ten(tmp_path)
    said = station.done("month", "--first", "2026-03-21", "--last", "2026-03-22", "--seconds", "1").out
    assert "Not enough people" in said


def test_another_town_than_those_of_the_county_is_refused(tmp_path: Path) -> None:
    """The message names the townships there are."""
    refused = found_ten(tmp_path).run("month", "--division", "990199000000")
    assert refused.code == 4
    assert "990101100000" in refused.err
