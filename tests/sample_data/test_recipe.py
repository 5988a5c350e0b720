"""The command: same bytes for the same recipe, and any size one asks for."""

from __future__ import annotations

import subprocess
import sys
from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest

from sample_data import Recipe, make
from sample_data.__main__ import main

FILES = {
    "township.osm.pbf",
    "divisions.csv",
    "grids.geojson",
    "sites.geojson",
    "actors.csv",
    "responsibilities.csv",
    "visits.csv",
    "exclusions.csv",
    "sweeps.csv",
    "truth.json",
    "老年人信息台账.xlsx",
    "困境儿童台账.xlsx",
    "残疾人台账.xlsx",
    "残疾人台账.csv",
    "低保特困台账.xlsx",
}
SMALL = Recipe(households=60)


def contents(folder: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in sorted(folder.iterdir())}


def test_repository_holds_what_the_command_writes(township: Path, tmp_path: Path) -> None:
    """Run in a process of its own, the default command writes the committed files byte for byte."""
    command = [sys.executable, "-m", "sample_data", "--out", str(tmp_path / "made")]
    subprocess.run(command, check=True, capture_output=True, cwd=township.parent.parent)
    made, held = contents(tmp_path / "made"), contents(township)
    assert made.keys() == held.keys() == FILES
    assert [name for name in FILES if made[name] != held[name]] == []


def test_committed_copy_is_small(township: Path) -> None:
    """Less than three megabytes."""
    assert sum(len(data) for data in contents(township).values()) < 3_000_000


def test_two_runs_write_the_same_bytes(tmp_path: Path) -> None:
    """The same recipe into two folders, once over an old copy, gives equal files."""
    make(SMALL, tmp_path / "a")
    make(replace(SMALL, seed=2), tmp_path / "b")
    assert contents(tmp_path / "a") != contents(tmp_path / "b")
    make(SMALL, tmp_path / "b")
    assert contents(tmp_path / "a") == contents(tmp_path / "b")


def test_start_moves_the_past(tmp_path: Path) -> None:
    """Visits end the day before the given day, and ages are counted on it."""
    truth = make(replace(SMALL, start=date(2027, 6, 1)), tmp_path)
    assert truth["visits"]["last_day"] < "2027-06-01"
    assert truth["visits"]["first_day"] >= "2027-02-01"


def test_county_has_as_many_as_asked(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Stations, grids and clients are those of the command line, and it says so."""
    options = ["--stations", "3", "--grids", "40", "--clients", "600"]
    assert main(["--out", str(tmp_path), *options]) == 0
    assert "40 grids" in capsys.readouterr().out
    rows = (tmp_path / "divisions.csv").read_text(encoding="utf-8").splitlines()
    assert sum(row.split(",")[2] == "3" for row in rows) == 3
    people = (tmp_path / "truth.json").read_text(encoding="utf-8")
    clients = int(people.partition('"clients": ')[2].partition(",")[0])
    assert clients == pytest.approx(600, rel=0.1)


def test_province_is_a_folder_for_each_county(tmp_path: Path) -> None:
    """Counties differ in their people, codes and place."""
    main(["--out", str(tmp_path), "--counties", "2", "--households", "40"])
    first, second = (contents(tmp_path / f"county-0{n}") for n in (1, 2))
    assert first.keys() == second.keys() == FILES
    assert b"990101" in first["divisions.csv"]
    assert b"990102" in second["divisions.csv"]
    assert first["visits.csv"] != second["visits.csv"]


@pytest.mark.parametrize(
    "wrong",
    [
        ["--households", "3"],
        ["--stations", "0"],
        ["--stations", "10", "--households", "100"],
        ["--households", "50", "--clients", "80"],
        ["--counties", "100"],
        ["--start", "tomorrow"],
    ],
)
def test_wrong_options_are_refused_before_anything_is_written(tmp_path: Path, wrong: list[str]) -> None:
    """The command ends with 2 and leaves no folder."""
    with pytest.raises(SystemExit) as end:
        main(["--out", str(tmp_path / "made"), *wrong])
    assert end.value.code == 2
    assert not (tmp_path / "made").exists()
