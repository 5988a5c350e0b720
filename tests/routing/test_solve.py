"""``python -m routing solve``: what it prints, what it writes, what it refuses."""

from __future__ import annotations

from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from routing.__main__ import main
from tests.routing.test_instances import PRIZES, SOLOMON


def run(folder: Path, text: str, *more: str) -> Result:
    """Solve a text for a moment; the solution goes to ``out.sol``."""
    file = folder / "file.txt"
    file.write_text(text, encoding="utf-8")
    args = ["solve", str(file), "--seconds", "0.1", "--out", str(folder / "out.sol"), *more]
    return CliRunner().invoke(main, args)


def test_the_command_writes_a_solution_and_prints_its_cost(tmp_path: Path) -> None:
    """``solve`` prints the cost of the routes that lie in the file it wrote, and where the time went."""
    ran = run(tmp_path, SOLOMON)
    assert (ran.exit_code, ran.stdout) == (0, "cost 80.0\n")
    assert (tmp_path / "out.sol").read_text(encoding="utf-8").endswith("Cost 80\n")
    assert [path.name for path in tmp_path.iterdir() if path.name.startswith(".")] == []
    for part in ("imports", "reading", "warming up", "search"):
        assert f"{part} " in ran.stderr


def test_a_client_left_out_is_named_and_the_command_fails(tmp_path: Path) -> None:
    """Three loads of 6 do not fit into two vehicles of 10, though 20 is more than 18."""
    text = PRIZES.replace("VEHICLES : 1", "VEHICLES : 2").replace("3 21\n4 50", "3 0\n4 0")
    for client in "234":
        text = text.replace(f"{client} 1\n", f"{client} 6\n")
    ran = run(tmp_path, text)
    assert (ran.exit_code, ran.stdout) == (1, "cost inf\n")
    written = (tmp_path / "out.sol").read_text(encoding="utf-8")
    seen = {word for line in written.splitlines() if line.startswith("Route") for word in line.split()[2:]}
    (left,) = {"1", "2", "3"} - seen
    assert ran.stderr.splitlines()[-1].split("。")[0].endswith(f":{left}")


def test_what_cannot_be_solved_is_an_error_of_the_input(tmp_path: Path) -> None:
    """A faulty file and one that is not there end with the code of the input, and nothing is written."""
    ran = run(tmp_path, SOLOMON.replace("  3         20", "  3         5"))
    assert (ran.exit_code, ran.stdout) == (4, "")
    assert "file.txt:11 #1" in ran.stderr
    missing = CliRunner().invoke(main, ["solve", str(tmp_path / "no"), "--out", str(tmp_path / "out.sol")])
    assert missing.exit_code == 4
    assert not (tmp_path / "out.sol").exists()


def test_a_folder_that_is_not_there_is_told_before_the_search(tmp_path: Path) -> None:
    """A solution that could not be kept is not searched for."""
    ran = run(tmp_path, SOLOMON, "--out", str(tmp_path / "none" / "out.sol"))
    assert ran.exit_code == 4
    assert "out.sol" in ran.stderr
    assert "search" not in ran.stderr
    assert run(tmp_path, SOLOMON, "--out", str(tmp_path)).exit_code == 4


@pytest.mark.parametrize(
    "wrong",
    [
        ("--seconds", "nan"),
        ("--seconds", "inf"),
        ("--seconds", "-1"),
        ("--seed", "-3"),
        ("--seed", "2147483648"),
    ],
)
def test_a_limit_that_is_none_is_refused(tmp_path: Path, wrong: tuple[str, str]) -> None:
    """Seconds without an end and seeds that would be another seed are refused by name."""
    ran = run(tmp_path, SOLOMON, *wrong)
    assert ran.exit_code == 2
    assert wrong[0] in ran.stderr


def test_a_file_of_the_depot_alone_costs_nothing(tmp_path: Path) -> None:
    """Nobody to visit is a solution without a route."""
    ran = run(tmp_path, SOLOMON.split("    1 ")[0])
    assert (ran.exit_code, ran.stdout) == (0, "cost 0.0\n")
    assert (tmp_path / "out.sol").read_text(encoding="utf-8") == "Cost 0\n"


def test_messages_are_english_where_the_environment_says_so(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """``FIELDMAP_LANG=en`` is heeded as it is by the other program."""
    monkeypatch.setenv("FIELDMAP_LANG", "en")
    ran = run(tmp_path, SOLOMON.replace("  3         20", "  3         x"))
    assert "Not a number: x" in ran.stderr
