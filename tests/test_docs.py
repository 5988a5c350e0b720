"""Documents that cannot rot: what the code offers is what the documents say."""

from __future__ import annotations

import ast
import re
import string
import tomllib
from collections.abc import Iterator

import click
import pytest

from fieldmap.errors import catalogue
from fieldmap.settings import SETTINGS
from scripts import reference
from tests.source import ROOT, Module, ours
from web.cli import cli

CODE = re.compile(r"[a-z][a-z0-9_-]*\.[a-z0-9._-]+")

RAISED = {
    "FieldmapError": 0,
    "AccessError": 0,
    "InputError": 0,
    "PlanError": 0,
    "RoadError": 0,
    "ServeError": 0,
    "StoreError": 0,
    "explain": 0,
    "Issue": 3,
}
"""What takes a problem code, and the place of the code among its arguments."""


def document(name: str) -> str:
    return (ROOT / "docs" / name).read_text(encoding="utf-8")


def public(module: Module) -> list[str]:
    """Return the names in ``__all__``, read without importing the module."""
    for node in module.tree.body:
        targets = node.targets if isinstance(node, ast.Assign) else []
        if any(isinstance(target, ast.Name) and target.id == "__all__" for target in targets):
            assert isinstance(node, ast.Assign)
            return [str(name) for name in ast.literal_eval(node.value)]
    return []


def public_modules() -> list[Module]:
    """Return the modules of the three floors that other code may import."""
    return [
        module
        for module in ours()
        if module.floor != "sample_data" and not any(part.startswith("_") for part in module.name.split("."))
    ]


def sections(chapter: str) -> dict[str, str]:
    """Return the ``### `` sections of one chapter of the reference."""
    chapters = re.split(r"^## (.+)$", document("reference.md"), flags=re.MULTILINE)
    text = next(text for title, text in zip(chapters[1::2], chapters[2::2], strict=True) if chapter in title)
    parts = re.split(r"^### `(.+)`$", text, flags=re.MULTILINE)
    return dict(zip(parts[1::2], parts[2::2], strict=True))


def commands(command: click.Command, path: str) -> Iterator[tuple[str, click.Command]]:
    yield path, command
    for name, below in getattr(command, "commands", {}).items():
        yield from commands(below, f"{path} {name}")


def codes_used(module: Module) -> Iterator[tuple[int, str]]:
    """Yield the line and code of each problem that a module raises by its literal code."""
    for node in ast.walk(module.tree):
        if not isinstance(node, ast.Call):
            continue
        called = node.func.attr if isinstance(node.func, ast.Attribute) else getattr(node.func, "id", "")
        if called not in RAISED:
            continue
        at = RAISED[called]
        given = [*node.args[at : at + 1], *(word.value for word in node.keywords if word.arg == "code")]
        for argument in given:
            for part in ast.walk(argument):
                if (
                    isinstance(part, ast.Constant)
                    and isinstance(part.value, str)
                    and CODE.fullmatch(part.value)
                ):
                    yield node.lineno, part.value


@pytest.mark.parametrize("name", sorted(reference.DOCUMENTS))
def test_the_generated_documents_are_up_to_date(name: str) -> None:
    """A generated document says what the code says today; `make docs` writes it."""
    assert document(name) == reference.DOCUMENTS[name]()


def test_every_command_is_documented() -> None:
    """Each command has help and a section of its own that names every option."""
    written = sections("Commands")
    found = list(commands(cli, "fieldmap"))
    assert len(found) > 1
    assert [path for path, command in found if not command.help] == []
    missing = [
        f"{path} {option}"
        for path, command in found
        for parameter in command.params
        if isinstance(parameter, click.Option) and not parameter.hidden
        for option in parameter.opts
        if option not in written.get(path, "")
    ]
    assert [path for path, _ in found if path not in written] == []
    assert missing == []


def test_every_setting_is_documented() -> None:
    """Each setting stands in the reference with its variable and what it is for."""
    text = document("reference.md")
    assert [s.variable for s in SETTINGS if f"| `{s.variable}` |" not in text or not s.help] == []


def test_every_public_name_is_documented() -> None:
    """Each name in ``__all__`` stands under its module with a line that says what it is."""
    written = sections("Public names")
    silent = [
        f"{module.name}.{name}"
        for module in public_modules()
        for name in public(module)
        if not re.search(rf"^- `{name}` \S", written.get(module.name, ""), re.MULTILINE)
    ]
    assert silent == []


def test_every_public_module_says_what_it_offers() -> None:
    """A public module has a first line, and ``__all__`` where it defines public names."""
    silent = []
    for module in public_modules():
        defined = [
            node.name
            for node in module.tree.body
            if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef)
            and not node.name.startswith("_")
        ]
        if not ast.get_docstring(module.tree) or (defined and not public(module)):
            silent.append(module.name)
    assert silent == []


@pytest.mark.parametrize("code", sorted(catalogue()))
def test_every_problem_says_three_things_in_two_languages(code: str) -> None:
    """A problem says what is wrong, what is allowed and what to do, with the same details in both."""
    texts = catalogue()[code]
    assert CODE.fullmatch(code)
    assert set(texts) == {"zh-CN", "en"}
    assert all(part.strip() for parts in texts.values() for part in parts)
    assert re.search(r"[\u4e00-\u9fff]", texts["zh-CN"][0])
    assert not re.search(r"[\u4e00-\u9fff]", texts["en"][0])
    details = [
        {name for part in parts for _, name, _, _ in string.Formatter().parse(part)}
        for parts in texts.values()
    ]
    assert details[0] == details[1]


def test_every_problem_is_said_once() -> None:
    """No two files of the catalogue define the same code."""
    files = sorted((ROOT / "fieldmap" / "problems").glob("*.toml"))
    codes = [code for file in files for code in tomllib.loads(file.read_text(encoding="utf-8"))]
    assert sorted(codes) == sorted(catalogue())


def test_every_code_raised_is_in_the_catalogue() -> None:
    """A problem that the code raises has its text."""
    unknown = [
        f"{module.name}:{line} {code}"
        for module in ours()
        for line, code in codes_used(module)
        if code not in catalogue()
    ]
    assert unknown == []


def test_every_code_of_the_catalogue_is_raised() -> None:
    """A text that nothing raises any more is taken out."""
    written = "\n".join(module.text for module in ours())
    data = "\n".join(
        path.read_text(encoding="utf-8")
        for path in sorted((ROOT / "fieldmap").rglob("*.toml"))
        if path.parent.name != "problems"
    )
    # some are put together, as f"row.{reason}": the part before the brace counts
    stems = set(re.findall(r"f\"([a-z][a-z0-9_-]*\.[a-z0-9._-]*)\{", written))
    unused = [
        code
        for code in catalogue()
        if f'"{code}"' not in written + data and not any(code.startswith(stem) for stem in stems)
    ]
    assert unused == []


def test_a_planted_unknown_code_is_found() -> None:
    """A code is read whether it is the first argument, a choice of two, or a keyword."""
    first = 'raise InputError("a.b")\n'
    choice = 'raise errors.StoreError("a.c" if x else "a.d")\n'
    keyword = 'Issue(1, "f", "v", code="a.e")'
    module = Module("m", first + choice + keyword)
    assert [code for _, code in codes_used(module)] == ["a.b", "a.c", "a.d", "a.e"]


def test_opinions_has_a_paragraph_for_each_dependency() -> None:
    """Each run-time dependency is argued for, and nothing is that we do not use."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    wanted = {re.split(r"[^a-z0-9-]", need)[0] for need in project["dependencies"]}
    argued = set(re.findall(r"^\*\*([a-z0-9-]+)\*\*", document("opinions.md"), re.MULTILINE))
    assert argued == wanted
