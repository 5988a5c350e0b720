"""Whatever is wrong with a benchmark file is told by line and field, all of it at once."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from fieldmap.errors import InputError
from routing import care, instances
from tests.routing.test_care import SMALL
from tests.routing.test_instances import PRIZES, SOLOMON

WINDOWS = "TIME_WINDOW_SECTION\n1 0 100\n2 0 50\n3 10 60\n4 0 90\nDEPOT_SECTION"
EXPLICIT = """DIMENSION : 3
EDGE_WEIGHT_TYPE : EXPLICIT
EDGE_WEIGHT_FORMAT : FULL_MATRIX
EDGE_WEIGHT_SECTION
0 1 2
1 0 3
2 3 0
"""


def told(read: Callable[[Path], object], folder: Path, text: str, name: str = "f.txt") -> str:
    """Return what is said of a file that cannot be used."""
    file = folder / name
    file.write_text(text, encoding="utf-8")
    with pytest.raises(InputError) as caught:
        read(file)
    return str(caught.value)


def test_every_fault_of_a_file_is_told_at_once(tmp_path: Path) -> None:
    """A word, a missing column, a number twice and a reversed window are four lines, each with its place."""
    text = SOLOMON.replace("10        0         10 ", "1e1       ten       10 ")
    text = text.replace("    2      20        1   ", "    2      20   ")
    text = text.replace("    3      -10", "    1      -10").replace(
        "0        900         10\n    4", "900  800  10\n    4"
    )
    said = told(instances.read, tmp_path, text)
    for place in ("f.txt:11 YCOORD", "f.txt:12 CUST NO.", "f.txt:13 CUST NO.", "f.txt:13 DUE DATE"):
        assert place in said
    assert "ten" in said
    assert "900 > 800" in said


@pytest.mark.parametrize(
    ("old", "new", "code", "place"),
    [
        ("  3         20", "  0         20", "range", ":5 NUMBER"),
        ("  3         20", "  2.5       20", "whole", ":5 NUMBER"),
        ("  3         20", "  3        -20", "range", ":5 CAPACITY"),
        ("  3         20", "  3", "missing", ":5 VEHICLE"),
        ("10        0         10 ", "10        0        -10 ", "range", ":11 DEMAND"),
        ("10        0         10 ", "nan       0         10 ", "range", ":11 XCOORD"),
        ("10        0         10 ", "1e20      0         10 ", "range", ":11 XCOORD"),
        ("10        0         10 ", "1_0       0         10 ", "number", ":11 XCOORD"),
        ("10        0         10 ", "2e7       0         10 ", "range", "EUC_2D"),
        ("    4      -20", "    7      -20", "absent", "CUST NO."),
    ],
)
def test_a_fault_of_a_solomon_file_is_told_where_it_stands(
    tmp_path: Path, old: str, new: str, code: str, place: str
) -> None:
    """Nothing is dropped, renumbered or read as something else."""
    assert old in SOLOMON
    said = told(instances.read, tmp_path, SOLOMON.replace(old, new, 1))
    assert place in said
    assert what(code) in said


def what(code: str) -> str:
    """Return what the catalogue says of a code."""
    return (
        InputError(f"instance.{code}", least="", most="", count="", first="", last="", allowed="")
        .explanation()
        .what
    )


@pytest.mark.parametrize(
    ("old", "new", "code", "place"),
    [
        ("DIMENSION : 4", "DIMENSION : 9", "absent", "PRIZE_SECTION"),
        ("DIMENSION : 4", "DIMENSION : 2", "range", ":15 DEMAND_SECTION"),
        ("DIMENSION : 4", "DIMENSION : many", "number", ":4 DIMENSION"),
        ("DIMENSION : 4", "DIMENSION : 10000000", "size", ":4 DIMENSION"),
        ("DIMENSION : 4\n", "", "missing", "DIMENSION"),
        ("VEHICLES : 1", "VEHICLES : -3", "range", ":3 VEHICLES"),
        ("4 100 0\n", "", "absent", "NODE_COORD_SECTION"),
        ("4 100 0\n", "3 100 0\n", "ids", ":11 NODE_COORD_SECTION"),
        ("4 100 0\n", "0 100 0\n", "range", ":11 NODE_COORD_SECTION"),
        ("4 100 0\n", "4 100\n", "columns", ":11 NODE_COORD_SECTION"),
        ("3 21\n", "3 -21\n", "range", ":20 PRIZE"),
        ("3 21\n", "", "absent", "PRIZE_SECTION"),
        ("EUC_2D", "GEO", "unsupported", ":6 EDGE_WEIGHT_TYPE"),
        ("CAPACITY : 10", "DISTANCE : 10", "unsupported", ":5 DISTANCE"),
        ("CAPACITY : 10", "VEHICLES_MAX_DISTANCE : 10", "unsupported", ":5 VEHICLES_MAX_DISTANCE"),
        ("CAPACITY : 10", "VEHICLES : 10", "twice", ":5 VEHICLES"),
        ("DEPOT_SECTION\n1\n", "DEPOT_SECTION\n1\n2\n", "unsupported", ":22 DEPOT_SECTION"),
        ("DEPOT_SECTION", "BACKHAUL_SECTION\n1 0\nDEPOT_SECTION", "unsupported", "BACKHAUL_SECTION"),
        ("DEPOT_SECTION", WINDOWS.replace("10 60", "60 10"), "window", ":25 CLOSES"),
        ("DEMAND_SECTION\n", "PRIZE_SECTION\n", "twice", "PRIZE_SECTION"),
    ],
)
def test_a_fault_of_a_vrplib_file_is_told_where_it_stands(
    tmp_path: Path, old: str, new: str, code: str, place: str
) -> None:
    """What a file asks for is read as it stands there, or named."""
    assert old in PRIZES
    said = told(instances.read, tmp_path, PRIZES.replace(old, new, 1))
    assert place in said
    assert what(code) in said


@pytest.mark.parametrize(
    ("old", "new", "code"),
    [
        ("2 3 0\n", "2 3\n", "count"),
        ("2 3 0\n", "2 x 0\n", "number"),
        ("FULL_MATRIX", "UPPER_ROW", "unsupported"),
        ("EXPLICIT", "EUC_2D", "unsupported"),
        ("EDGE_WEIGHT_SECTION\n0 1 2\n1 0 3\n2 3 0\n", "", "missing"),
    ],
)
def test_a_fault_of_a_table_of_ways_is_told(tmp_path: Path, old: str, new: str, code: str) -> None:
    """A table of ways that is not whole is not filled up."""
    assert what(code) in told(instances.read, tmp_path, EXPLICIT.replace(old, new, 1))


@pytest.mark.parametrize(
    ("text", "old", "new", "code", "place"),
    [
        (SOLOMON, "10        0         10 ", "10        0         21 ", "load", ":11 #1"),
        (SOLOMON, "50         60", "10         15", "late", ":12 #2"),
        (SOLOMON, "0       1000          0", "0         49          0", "home", ":14 #4"),
        (SOLOMON, "  3         20", "  1         20", "fleet", "CAPACITY"),
        (PRIZES, "DEPOT_SECTION", WINDOWS.replace("2 0 50", "2 0 9"), "late", ":24 #2"),
    ],
)
def test_a_client_that_cannot_be_visited_is_named_before_the_search(
    tmp_path: Path, text: str, old: str, new: str, code: str, place: str
) -> None:
    """A client that must be visited but is too heavy or out of reach is an error with its line."""
    assert old in text
    said = told(instances.read, tmp_path, text.replace(old, new, 1))
    assert place in said
    assert what(code) in said


def test_a_way_round_that_is_shorter_is_no_fault(tmp_path: Path) -> None:
    """Where the straight way is longer than the one by somebody else, a client is in reach by it."""
    text = EXPLICIT.replace("0 1 2\n1 0 3", "0 1 9\n1 0 3") + "TIME_WINDOW_SECTION\n1 0 99\n2 0 99\n3 0 4\n"
    file = tmp_path / "round.vrp"
    file.write_text(text, encoding="utf-8")
    assert instances.read(file).closes.tolist() == [990, 990, 40]
    assert what("late") in told(instances.read, tmp_path, text.replace("3 0 4", "3 0 3"))


def test_a_file_without_windows_sets_no_limit_to_a_route(tmp_path: Path) -> None:
    """A way of fifteen million units there and back is no fault."""
    file = tmp_path / "far.vrp"
    file.write_text(PRIZES.replace("2 10 0", "2 7500000 0"), encoding="utf-8")
    assert instances.read(file).cost([[1]]) == 15_000_000 + 21 + 50


@pytest.mark.parametrize("text", ["", "nothing of the kind", "{}"])
def test_another_format_is_refused(tmp_path: Path, text: str) -> None:
    """A file that is no instance is answered with what each format begins with."""
    assert "CUSTOMER" in told(instances.read, tmp_path, text)


def test_bytes_that_are_no_text_are_refused(tmp_path: Path) -> None:
    """A picture is not read as an instance, nor is a file that is not there."""
    file = tmp_path / "picture.txt"
    file.write_bytes(bytes(range(256)))
    for read in (instances.read, care.read):
        for path in (file, tmp_path / "none"):
            with pytest.raises(InputError) as caught:
                read(path)
            assert caught.value.code == "instance.unreadable"


def test_a_very_large_file_is_refused_before_it_is_built(tmp_path: Path) -> None:
    """Ten thousand clients are named as too many, in every format."""
    head, rows = SOLOMON.split("    0 "), "\n".join(f"{i} 0 0 1 0 9 1" for i in range(10_000))
    assert "10,000" in told(instances.read, tmp_path, head[0] + rows)
    many = {**SMALL, "patients": [{"id": i} for i in range(10_000)]}
    assert "10,000" in told(care.read, tmp_path, json.dumps(many), "f.json")


def test_more_faults_than_anybody_reads_are_counted(tmp_path: Path) -> None:
    """Of a thousand faults a hundred are told and the rest are counted."""
    head = SOLOMON.split("    0 ")[0]
    said = told(instances.read, tmp_path, head + "\n".join(f"{i} x 0 1 0 9 1" for i in range(1000)))
    assert "1,000" in said
    assert "+ 900" in said


def changed(path: str, value: object) -> dict[str, Any]:
    """Return the small instance with another value at a place such as ``patients.0.id``."""
    content: dict[str, Any] = json.loads(json.dumps(SMALL))
    *way, last = (int(word) if word.isdigit() else word for word in path.split("."))
    at: Any = content
    for word in way:
        at = at[word]
    at[last] = value
    return content


@pytest.mark.parametrize(
    ("path", "value", "code"),
    [
        ("patients", None, "missing"),
        ("patients", {"a": 1}, "missing"),
        ("patients.0", 7, "missing"),
        ("patients.0.id", None, "missing"),
        ("patients.0.id", "p2", "twice"),
        ("caregivers.0.id", None, "missing"),
        ("caregivers.0.abilities", None, "missing"),
        ("caregivers", [], "unable"),
        ("caregivers.0.working_shift", [0, 9], "unsupported"),
        ("patients.0.time_window", [5], "count"),
        ("patients.0.time_window", [500, 100], "window"),
        ("patients.0.required_caregivers", [], "count"),
        ("patients.0.required_caregivers.0.duration", -5, "range"),
        ("patients.0.required_caregivers.0.duration", "abc", "number"),
        ("patients.0.required_caregivers.0.duration", True, "number"),
        ("patients.0.required_caregivers.0.service", "s9", "unable"),
        ("patients.1.synchronization", None, "unsupported"),
        ("patients.1.synchronization.type", "other", "unsupported"),
        ("patients.2.synchronization.distance", [60, 10], "window"),
        ("distances", [[0]], "count"),
        ("distances.1", [0, 1], "columns"),
        ("distances.0.1", None, "number"),
        ("distances.0.1", -5, "range"),
        ("distances.0.1", float("nan"), "range"),
        ("distances.0.1", 10**400, "number"),
    ],
)
def test_a_fault_of_a_home_care_file_is_told_by_its_field(
    tmp_path: Path, path: str, value: object, code: str
) -> None:
    """A hole in the ways, a reversed gap, an id twice: the field is named before anything is searched."""
    said = told(care.read, tmp_path, json.dumps(changed(path, value)), "f.json")
    assert what(code) in said
    assert code == "unable" or path.split(".")[0] in said


def test_json_nested_beyond_measure_is_refused(tmp_path: Path) -> None:
    """A file of a hundred thousand brackets, an empty one and a list are refused like any other."""
    for text in ("[" * 100_000, "", "[1, 2]"):
        assert "f.json" in told(care.read, tmp_path, text, "f.json")
