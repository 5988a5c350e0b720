"""The habits of the repository: sizes, cycles, lock files, what must not be in it."""

from __future__ import annotations

import ast
import graphlib
import json
import re
import shutil
import subprocess
import sys
import tomllib
import zipfile
from collections.abc import Iterable, Iterator
from pathlib import Path

import pytest

from tests.source import PACKAGES, ROOT, Module, load, ours, tracked

MODULE_LINES = 400
FUNCTION_LINES = 40
"""Without the docstring: saying what a function does must not cost it lines."""

PYTHON_LOCKS = ("requirements.lock", "tools.lock", "node.lock")

ADDRESS = re.compile(r"://|\bindex-url\b|\bfind-links\b|\btrusted-host\b|\"resolved\"|(?<=\s)@(?=\s)")

MACHINE_PATH = re.compile(r"(?<![\w.:/$}~-])/(?:home|root|work|opt|Users)/\w|\b[A-Z]:\\\\?[A-Z]\w+")
"""A path that exists on somebody's machine only."""

Function = ast.FunctionDef | ast.AsyncFunctionDef


def functions(tree: ast.AST) -> Iterator[Function]:
    for node in ast.walk(tree):
        if isinstance(node, Function):
            yield node


def length(function: Function) -> int:
    """Return the lines of a function from its ``def``, without its docstring."""
    lines = (function.end_lineno or function.lineno) - function.lineno + 1
    if ast.get_docstring(function, clean=False) is not None:
        text = function.body[0]
        lines -= (text.end_lineno or text.lineno) - text.lineno + 1
    return lines


def too_long(modules: Iterable[Module]) -> list[str]:
    """Return the modules and functions over the limit."""
    found = []
    for module in modules:
        if (lines := len(module.text.splitlines())) > MODULE_LINES:
            found.append(f"{module.name}: {lines} lines")
        found += [
            f"{module.name}:{function.lineno} {function.name}: {length(function)} lines"
            for function in functions(module.tree)
            if length(function) > FUNCTION_LINES
        ]
    return found


def cycle(modules: Iterable[Module]) -> list[str]:
    """Return a circle of imports made at import time, or nothing."""
    by_name = {module.name: module for module in modules}
    graph: dict[str, set[str]] = {name: set() for name in by_name}
    for name, module in by_name.items():
        for found in module.imports():
            # a name that is no module was taken out of the module before the dot
            needed = found.name if found.name in by_name else found.name.rpartition(".")[0]
            if needed in by_name and needed != name and not found.late:
                graph[name].add(needed)
    try:
        graphlib.TopologicalSorter(graph).prepare()
    except graphlib.CycleError as error:
        return list(error.args[1])
    return []


def texts() -> Iterator[tuple[str, str]]:
    """Yield the name and text of each tracked text file."""
    for path in tracked():
        content = path.read_bytes()
        if b"\0" not in content[:8000]:
            yield path.relative_to(ROOT).as_posix(), content.decode("utf-8", errors="replace")


def test_modules_and_functions_stay_short() -> None:
    """A module over 400 lines or a function over 40 hides a noun that wants its own file."""
    assert too_long((*ours(), *load("scripts"))) == []


def test_a_long_module_and_a_long_function_are_found() -> None:
    """The measure counts code and comments, and leaves the docstring out."""
    body = "    x = 1\n" * FUNCTION_LINES
    assert too_long([Module("m", f"def f():\n{body}")]) == ["m:1 f: 41 lines"]
    assert too_long([Module("m", 'def f():\n    """One.\n\n    Two.\n    """\n' + body[10:])]) == []
    assert too_long([Module("m", "\n" * 401)]) == ["m: 401 lines"]


def test_there_are_no_import_cycles() -> None:
    """Every module can be imported first."""
    assert cycle(ours()) == []


def test_an_import_cycle_is_found() -> None:
    """A circle over three modules is caught; a late import does not close one."""
    one = Module("a.one", "from a import two")
    two = Module("a.two", "import a.three")
    assert cycle([one, two, Module("a.three", "from a.one import x")]) != []
    assert cycle([one, two, Module("a.three", "def f():\n    from a.one import x")]) == []


def test_every_test_opens_with_its_expectation() -> None:
    """A test's docstring is one sentence that says what should happen."""
    silent = [
        f"{module.name}:{function.lineno} {function.name}"
        for module in load("tests")
        for function in functions(module.tree)
        if function.name.startswith("test_")
        and not (ast.get_docstring(function) or "").strip().endswith((".", "。"))
    ]
    assert silent == []


def test_no_test_replaces_our_code_by_a_mock() -> None:
    """The hard parts are functions of values and need none."""
    mocked = [
        f"{module.name}:{found.line}"
        for module in load("tests")
        for found in module.imports()
        if found.name.startswith(("unittest.mock", "pytest_mock")) or found.name == "mock"
    ]
    assert mocked == []


def test_the_package_list_names_every_folder() -> None:
    """What pyproject.toml installs is what lies in the four packages."""
    config = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    named = config["tool"]["setuptools"]["packages"]
    folders = {module.name for module in ours() if module.is_package}
    assert folders - set(named) == set(), "a package is missing in pyproject.toml"
    assert [name for name in named if not (ROOT / name.replace(".", "/")).is_dir()] == []


@pytest.mark.parametrize("name", PYTHON_LOCKS)
def test_a_python_lock_has_versions_and_hashes_only(name: str) -> None:
    """A lock file names no registry, and every line is a version with its hashes."""
    text = (ROOT / name).read_text(encoding="utf-8")
    assert ADDRESS.findall(text) == []
    entries = re.split(r"\n(?=[a-z])", re.sub(r"^#.*\n", "", text, flags=re.MULTILINE))
    assert [entry for entry in entries if "==" not in entry or "--hash=sha256:" not in entry] == []


def test_the_npm_lock_has_versions_and_hashes_only() -> None:
    """The npm lock names no registry, and every package has its integrity hash."""
    text = (ROOT / "package-lock.json").read_text(encoding="utf-8")
    assert ADDRESS.findall(text) == []
    packages = json.loads(text)["packages"]
    assert [name for name, entry in packages.items() if name and "integrity" not in entry] == []


def test_the_lock_covers_every_dependency_and_extra() -> None:
    """One lock holds the libraries, the tests, the oracles, the peers and the cluster."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    wanted = [
        *project["dependencies"],
        *(need for extra in project["optional-dependencies"].values() for need in extra),
    ]
    locked = set(
        re.findall(r"^([a-z0-9-]+)==", (ROOT / "requirements.lock").read_text(encoding="utf-8"), re.MULTILINE)
    )
    names = {re.split(r"[^A-Za-z0-9._-]", need)[0].lower() for need in wanted}
    assert names - locked == set()


def test_npm_keeps_addresses_out_of_its_lock() -> None:
    """The project's own npm settings hold on a machine that has none."""
    assert "omit-lockfile-registry-resolved=true" in (ROOT / ".npmrc").read_text(encoding="utf-8").split()


def test_no_path_of_somebodys_machine_is_in_the_repository() -> None:
    """A file of the repository means the same on every machine."""
    found = [
        f"{name}: {hit.group()}"
        for name, text in texts()
        for hit in MACHINE_PATH.finditer(text)
        if name != "LICENSE"
    ]
    assert found == []


def test_a_machines_path_is_told_from_a_route() -> None:
    """A folder of one machine is caught, a web route or a relative path is not."""
    assert MACHINE_PATH.search('open("' + "/".join(["", "home", "me", "x"]) + '")')
    assert MACHINE_PATH.search("/".join(["", "root", ".venv"])) is None
    assert not any(
        MACHINE_PATH.search(text) for text in ("../shared/data", "/api/work/3", "https://x/home/a")
    )


def test_no_other_projects_code_is_copied_in() -> None:
    """Third-party JavaScript comes from npm with a lock file and is never kept here."""
    bundled = re.compile(r"(^|/)(node_modules|vendor|bower_components)/|\.min\.(js|css)$")
    assert [path for path in tracked() if bundled.search(path.relative_to(ROOT).as_posix())] == []


def test_the_locks_are_found_where_the_makefile_reads_them() -> None:
    """Each lock file that the set-up names exists."""
    named = set(
        re.findall(r"[\w-]+\.lock\b|package-lock\.json", (ROOT / "Makefile").read_text(encoding="utf-8"))
    )
    assert [name for name in named if not Path(ROOT, name).is_file()] == []


def test_the_wheel_carries_every_file_of_the_packages(tmp_path: Path) -> None:
    """What is installed from a wheel has the texts, profiles, pages and catalogues beside the code."""
    for path in tracked():
        copy = tmp_path / "tree" / path.relative_to(ROOT)
        copy.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(path, copy)
    build = "import setuptools.build_meta as b; b.build_wheel('..')"
    subprocess.run([sys.executable, "-c", build], cwd=tmp_path / "tree", check=True, capture_output=True)
    (wheel,) = tmp_path.glob("*.whl")
    carried = set(zipfile.ZipFile(wheel).namelist())
    names = {path.relative_to(ROOT).as_posix() for path in tracked()}
    assert {name for name in names if name.partition("/")[0] in PACKAGES} - carried == set()
