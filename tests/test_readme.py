"""The READMEs: every command printed is run, in order, and the quoted lines must occur."""

from __future__ import annotations

import os
import re
import shlex
import socket
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

import click
import pytest

from tests.source import ROOT
from web.cli import cli

READMES = ("README.md", "README.zh-CN.md")
DOCUMENTS = (*READMES, *(f"docs/{name}.md" for name in ("concepts", "cookbook", "tutorial")))
PRINTED_PORT = "8321"

SERVE = """\
{command} > {log} 2>&1 & server=$!
answered=0
for _ in $(seq 100); do
    if "$READER" -c 'import sys, urllib.request as u; u.urlopen(sys.argv[1]).read()' "$ADDRESS" 2> /dev/null
    then answered=1; break; fi
    sleep 0.2
done
kill "$server"; wait "$server" || true
cat {log}
test "$answered" = 1
"""
"""Starts the server, reads its first page, stops it and shows what it said."""


@dataclass(frozen=True)
class Step:
    """A command as printed, and the output quoted below it."""

    command: str
    quoted: tuple[str, ...]


def steps(text: str) -> list[Step]:
    """Return the commands of a document's console blocks, in order."""
    found: list[Step] = []
    for block in re.findall(r"^```console\n(.*?)^```$", text, re.MULTILINE | re.DOTALL):
        for part in re.split(r"^\$ ", block, flags=re.MULTILINE)[1:]:
            command, _, output = re.sub(r"\\\n\s*", "", part).partition("\n")
            found.append(Step(command, tuple(line for line in output.splitlines() if line.strip())))
    return found


def document(name: str) -> str:
    return (ROOT / name).read_text(encoding="utf-8")


def occurs(quoted: str, output: str) -> bool:
    """Return whether a line of the output is the quoted one; blanks count once, ``…`` is anything."""
    pattern = ".*".join(r"\s+".join(map(re.escape, part.split())) for part in quoted.split("…"))
    return any(re.fullmatch(rf"\s*{pattern}\s*", line) for line in output.splitlines())


def free_port() -> int:
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return int(listener.getsockname()[1])


def session(found: list[Step], log: Path) -> str:
    """Return one shell program that runs the steps, a numbered line before each."""
    lines = ["set -e"]
    for number, step in enumerate(found):
        lines.append(f"echo '@@ {number}'")
        serve = step.command.startswith("fieldmap serve")
        lines.append(SERVE.format(command=step.command, log=shlex.quote(str(log))) if serve else step.command)
    return "\n".join(lines)


def unknown_words(call: str) -> list[str]:
    """Return the commands and options of a call of fieldmap that do not exist."""
    command: click.Command = cli
    unknown = []
    for word in call.split()[1:]:
        if isinstance(command, click.Group):
            found = command.commands.get(word)
            if found is None:
                return [word]
            command = found
        elif word.startswith("--"):
            known = {option for parameter in command.params for option in parameter.opts}
            unknown += [] if word in known else [word]
    return unknown


def targets() -> set[str]:
    """Return the makefile's targets; with a goal that is nowhere, make runs nothing."""
    shown = subprocess.run(
        ["make", "--print-data-base", "--question", "no-such-goal"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    return set(re.findall(r"^([a-z]+):(?!=)", shown.stdout, re.MULTILINE))


def test_both_readmes_hold_the_same_commands() -> None:
    """The Chinese and the English README print the same commands but for the language."""
    english, chinese = (
        [re.sub("FIELDMAP_LANG=[A-Za-z-]+", "", s.command) for s in steps(document(name))] for name in READMES
    )
    assert english == chinese
    assert len(english) > 15


@pytest.mark.parametrize("name", READMES)
def test_the_makefile_has_every_target_named(name: str) -> None:
    """A `make` line of a README names a target of the makefile."""
    named = [s.command.split()[1] for s in steps(document(name)) if s.command.startswith("make ")]
    assert {"demo", "test", "setup"} <= set(named)
    assert set(named) <= targets()


@pytest.mark.slow
@pytest.mark.parametrize("name", READMES)
def test_every_command_runs_and_says_what_is_quoted(name: str, tmp_path: Path) -> None:
    """The commands of a README, run in order in one shell, end well and print the lines quoted."""
    found = [step for step in steps(document(name)) if not step.command.startswith("make ")]
    port = str(free_port())
    kept = {key: value for key, value in os.environ.items() if not key.startswith("FIELDMAP_")}
    environment = {
        **kept,
        "PATH": f"{Path(sys.executable).parent}:{os.environ['PATH']}",
        "COLUMNS": "120",
        "TMPDIR": str(tmp_path),
        "FIELDMAP_PORT": port,
        "READER": sys.executable,
        "FIELDMAP_PLAN_SECONDS": "1",
        "ADDRESS": f"http://127.0.0.1:{port}/sign-in",
        "no_proxy": "127.0.0.1",
    }
    ran = subprocess.run(
        ["bash", "-c", session(found, tmp_path / "serve.log")],
        cwd=ROOT,
        env=environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        check=False,
    )
    said = re.split(r"^@@ \d+\n", ran.stdout, flags=re.MULTILINE)[1:]
    assert ran.returncode == 0, f"{found[len(said) - 1].command}\n{said[-1]}"
    missing = [
        (step.command, line)
        for step, output in zip(found, said, strict=True)
        for line in step.quoted
        if not occurs(line.replace(PRINTED_PORT, port), output)
    ]
    assert missing == []


@pytest.mark.parametrize("name", DOCUMENTS)
def test_every_command_named_exists(name: str) -> None:
    """A call of fieldmap in a sentence names a command and options that there are."""
    calls = re.findall(r"`(fieldmap [a-z][^`]*)`", document(name).replace("\n", " "))
    assert [(call, words) for call in calls if (words := unknown_words(call))] == []


def test_an_unknown_option_is_found() -> None:
    """A command or an option that is not there is named."""
    assert unknown_words("fieldmap due --json --loud") == ["--loud"]
    assert unknown_words("fieldmap account fly") == ["fly"]


@pytest.mark.parametrize("name", DOCUMENTS)
def test_every_link_and_picture_is_there(name: str) -> None:
    """What a document points to inside the repository exists."""
    pointed = re.findall(r"\]\(([^)#:]+)(?:#[^)]*)?\)", document(name))
    assert pointed
    assert [path for path in pointed if not ((ROOT / name).parent / path).exists()] == []


def test_a_line_that_was_not_printed_is_missed() -> None:
    """Blanks do not matter and … stands for anything; other words do."""
    output = "  grids.geojson   grids   18  18   7be32820  \nMade it\n"
    assert occurs("grids.geojson grids 18 18 …", output)
    assert occurs("Made it", output)
    assert not occurs("grids.geojson grids 17 …", output)
    assert not occurs("Made", output)


def test_a_command_may_run_over_two_lines() -> None:
    """A backslash joins lines; output lines belong to the command above them."""
    text = "```console\n$ a \\\n    b\nsaid\n$ c\n```\n"
    assert steps(text) == [Step("a b", ("said",)), Step("c", ())]
