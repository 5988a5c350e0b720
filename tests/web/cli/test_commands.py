"""The commands as a person runs them: help, backups, undo, roll-up, accounts, both languages."""

from __future__ import annotations

import json
import os
import re
import signal
import subprocess
import sys
import time
from contextlib import closing
from datetime import date
from pathlib import Path

import click
import pytest

from fieldmap.store import Store
from tests.source import ROOT
from tests.web.cli.county import COUNTY, PASSWORD, TEN, TOWN, VILLAGE, Station, found_county, found_ten
from web.cli import cli

KEY = "5a" * 32


def figures(station: Station) -> list[object]:
    """Return what the county file says, as the commands print it."""
    return [
        station.done("map", "--json").record,
        station.done("due", "--json", "--all").records,
        station.done("rollup", "--exact").table,
    ]


@pytest.mark.parametrize("key", ["", KEY, "a passphrase of several words"])
def test_a_backup_brings_the_same_figures_back(tmp_path: Path, key: str) -> None:
    """Backup, delete, restore: the figures are the same, with a key and without."""
    station = found_ten(tmp_path, FIELDMAP_KEY=key)
    before = figures(station)
    saved = tmp_path / "saved" / "march.db"
    station.done("backup", saved)
    content = saved.read_bytes()
    assert content.startswith(b"SQLite format 3") is (key == "")
    station.db.unlink()
    assert station.run("due").code == 5
    assert "10 persons" in station.done("restore", saved).out
    assert figures(station) == before
    assert saved.read_bytes() == content
    assert [p.name for p in saved.parent.iterdir()] == ["march.db"]


def test_a_backup_on_a_disk_that_cannot_be_written_is_restored(tmp_path: Path) -> None:
    """Restoring only reads the backup."""
    station = found_ten(tmp_path)
    before = figures(station)
    saved = tmp_path / "locked" / "march.db"
    station.done("backup", saved)
    station.db.unlink()
    saved.chmod(0o444)
    saved.parent.chmod(0o555)
    try:
        station.done("restore", saved)
    finally:
        saved.parent.chmod(0o755)
    assert figures(station) == before


@pytest.mark.parametrize("key", ["", KEY])
def test_a_damaged_county_file_says_so(tmp_path: Path, key: str) -> None:
    """A file torn in its tables ends with 5 and names the backup as the way out."""
    station = found_ten(tmp_path, FIELDMAP_KEY=key)
    content = bytearray(station.db.read_bytes())
    half = len(content) // 2 // 4096 * 4096
    content[half:] = b"\xff" * (len(content) - half)
    station.db.write_bytes(content)
    ran = station.run("due")
    assert ran.code == 5
    assert "The county file is damaged" in ran.err
    assert "fieldmap restore" in ran.err


def test_an_import_is_taken_back_by_what_the_table_prints(tmp_path: Path) -> None:
    """The batch in the table undoes the import, once; the figures are those of before."""
    station = found_county(tmp_path)
    empty = figures(station)
    printed = station.done("import", TEN).out
    batch = re.findall(r"\b[0-9a-f]{8}\b", printed)[-1]
    assert station.done("map", "--json").record["people"] == 10
    assert "Took back" in station.done("import", "--undo", batch).out
    assert figures(station) == empty
    assert station.run("import", "--undo", batch).code == 5
    station.done("import", TEN)
    assert station.done("map", "--json").record["rate"] == "3/7 = 42.9 %"


def test_due_can_be_narrowed_to_a_division(tmp_path: Path) -> None:
    """Without a division everybody is listed; with one, those in it; the table holds as many as asked."""
    station = found_ten(tmp_path)
    everybody = station.done("due", "--json").records
    assert len(everybody) == 5
    assert station.done("due", "--json", "--division", COUNTY).records == everybody
    assert station.done("due", "--json", "--division", VILLAGE).records == everybody
    assert station.done("due", "--json", "--division", "990101100202").records == []
    assert "… and 3 more" in station.done("due", "--most", "2").out


def test_another_day_is_another_list(tmp_path: Path) -> None:
    """--today, or the setting, is the day the list is made for."""
    station = found_ten(tmp_path)
    later = station.done("due", "--json", "--today", "2026-03-26").records
    assert [d["overdue_days"] for d in later if d["name"] == "安一"] == [1]
    assert station.done("due", "--json", FIELDMAP_TODAY="2026-03-26").records == later


def test_the_published_roll_up_withholds_and_says_so(tmp_path: Path) -> None:
    """Three of seven are withheld with what they follow from; the exact table and the counts stay."""
    station = found_ten(tmp_path)
    heads, *rows = station.done("rollup").table
    county = dict(zip(heads, rows[0], strict=True))
    assert (county["persons contacted"], county["contact rate"]) == ("*", "")
    assert (county["persons on the ledgers"], county["household-times"]) == ("10", "3")
    out = tmp_path / "march.json"
    station.done("rollup", "--out", out)
    written = json.loads(out.read_text(encoding="utf-8"))
    assert written["withheld_below"] == 5
    assert [row["contacted"] for row in written["rows"]] == [None] * 3
    station.done("rollup", "--out", tmp_path / "march.csv", FIELDMAP_LANG="zh-CN")
    assert (tmp_path / "march.csv").read_bytes().startswith(b"\xef\xbb\xbf")  # for Excel


def test_a_map_is_one_page_that_asks_nobody(tmp_path: Path) -> None:
    """The map is written whole, with the figures, and loads nothing from elsewhere."""
    station = found_ten(tmp_path)
    out = tmp_path / "maps" / "march.html"
    out.parent.mkdir()
    station.done("map", "--out", out)
    page = out.read_text(encoding="utf-8")
    assert "3/5 = 60.0 %" in page
    assert re.findall(r'(?:src=|<link[^>]*href=)"https?://', page) == []


def test_a_map_file_shows_a_door_only_where_doors_were_asked_for(tmp_path: Path) -> None:
    """Without --doors the file has figures per grid; with it the households' coordinates are in it."""
    station = found_ten(tmp_path)
    store = Store.open(station.db)
    doors = [f"[{h.door.lon},{h.door.lat}," for h in store.snapshot().households.values() if h.door]
    store.close()
    pages = []
    for asked in ((), ("--doors",)):
        out = tmp_path / f"map{len(asked)}.html"
        station.done("map", "--out", out, *asked)
        pages.append(out.read_text(encoding="utf-8"))
    assert [any(door in page for door in doors) for page in pages] == [False, True]


def test_accounts_are_made_listed_invited_and_closed(tmp_path: Path) -> None:
    """An account is listed with its role in words; a closed one says so."""
    station = found_county(tmp_path)
    station.done(
        *("account", "add", "li", "--name", "李", "--password", PASSWORD),
        *("--hat", f"head:{TOWN}", "--hat", f"grid_manager:{VILLAGE}001"),
    )
    listed = " ".join(station.done("account", "list").out.split())
    assert f"grid manager {VILLAGE}001" in listed
    assert station.done("account", "invite", "li").out.startswith("/bind?t=")
    station.done("account", "close", "li")
    assert "closed" in station.done("account", "list").out
    assert "停用" in station.done("account", "list", FIELDMAP_LANG="zh-CN").out


def test_square_brackets_are_printed_as_they_are(tmp_path: Path) -> None:
    """A file name with brackets is no markup."""
    station = found_county(tmp_path)
    copied = station.write("[red]台账[1].xlsx", TEN.read_bytes())
    said = "".join(station.done("import", copied).out.split())
    assert "[red]台账[1].xlsx" in said
    assert "[none].xlsx" in station.run("import", "[none].xlsx").err


def commands(command: click.Command, path: tuple[str, ...] = ()) -> list[tuple[str, ...]]:
    below = getattr(command, "commands", {})
    return [path, *(found for name, sub in below.items() for found in commands(sub, (*path, name)))]


@pytest.mark.parametrize("path", commands(cli), ids=lambda path: " ".join(path) or "fieldmap")
def test_help_is_whole(path: tuple[str, ...], tmp_path: Path) -> None:
    """Every command explains itself: no cut-off line, no raw format, a word for every option."""
    said = Station(tmp_path).done(*path, "--help").out
    assert "..." not in said.replace("[ARGS]...", "").replace("[FILES]...", "")
    assert "%Y" not in said
    assert re.findall(r"^  (-\S.*\S)\s*$", said, re.MULTILINE)
    bare = [line for line in said.splitlines() if re.fullmatch(r"  --[\w-]+( [A-Z]+)?\s*", line)]
    assert bare == []
    assert max(len(line) for line in said.splitlines()) <= 80


@pytest.mark.parametrize("columns", [80, 120])
@pytest.mark.parametrize("lang", ["zh-CN", "en"])
def test_tables_fit_the_terminal(tmp_path: Path, lang: str, columns: int) -> None:
    """In 80 and in 120 columns no line is wider, and no code, rate or date is broken."""
    station = found_ten(tmp_path)
    environment = {**os.environ, **station.environment(FIELDMAP_LANG=lang, COLUMNS=str(columns))}
    environment["PYTHONPATH"] = str(ROOT)
    said = subprocess.run(
        [sys.executable, "-m", "web.cli", "map"],
        env=environment,
        capture_output=True,
        text=True,
        check=True,
    ).stdout
    assert "3/7 = 42.9 %" in said
    assert "100201001" in said
    wide = [line for line in said.splitlines() if sum(1 + (ord(c) > 0x2E80) for c in line) > columns]
    assert wide == []
    due = subprocess.run(
        [sys.executable, "-m", "web.cli", "due"],
        env=environment,
        capture_output=True,
        text=True,
        check=True,
    ).stdout
    assert "2026-03-12" in due
    assert ("住院 1" if lang == "zh-CN" else "in hospital 1") in due


def _children(pid: int) -> list[str]:
    """Return the processes that a process has started, on any of its threads."""
    lists = Path(f"/proc/{pid}/task").glob("*/children")
    return [child for found in lists for child in found.read_text().split()]


def test_a_plan_is_stopped_at_the_terminal(tmp_path: Path) -> None:
    """Ctrl-C ends the command with 130 and a word on it, whatever the work process does; nothing is kept."""
    station = found_ten(tmp_path)
    environment = {**os.environ, **station.environment(FIELDMAP_PLAN_SECONDS="600")}
    planning = subprocess.Popen(
        [sys.executable, "-m", "web.cli", "plan"],
        cwd=ROOT,
        env=environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,  # a terminal's Ctrl-C reaches every process of the group
    )
    while not _children(planning.pid):
        assert planning.poll() is None
        time.sleep(0.02)
    os.killpg(planning.pid, signal.SIGINT)
    _, err = planning.communicate(timeout=60)
    assert planning.returncode == 130, err
    assert "Cancelled; nothing was kept." in err
    assert "Traceback" not in err
    with closing(Store.open(station.db)) as store:
        assert store.plans.of_day(date(2026, 3, 20)) == ()
