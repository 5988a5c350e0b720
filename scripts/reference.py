"""Write docs/reference.md and docs/errors.md from the code.

``python -m scripts.reference`` writes both; a test compares them with what this
program would write, so that they cannot rot. Everything in them is the first
line of a docstring, the help of a command, a setting or a problem's text: to
change the document, change the code.
"""

from __future__ import annotations

import ast
import importlib
import inspect
import itertools
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType

import click

from fieldmap.errors import catalogue
from fieldmap.settings import SETTINGS

ROOT = Path(__file__).parent.parent
PACKAGES = ("fieldmap", "routing", "web")

NOTICE = "<!-- 由 make docs 从代码生成,请勿手改 · Written by make docs from the code; do not edit. -->"


def public_modules() -> list[str]:
    """Return the dotted names of the modules that other code may import."""
    names = []
    for package in PACKAGES:
        for path in sorted((ROOT / package).rglob("*.py")):
            parts = path.relative_to(ROOT).with_suffix("").parts
            if not any(part.startswith("_") and part != "__init__" for part in parts):
                names.append(".".join(parts[:-1] if parts[-1] == "__init__" else parts))
    return sorted(names)


def first_line(text: str | None) -> str:
    """Return the first sentence line of a docstring."""
    return (inspect.cleandoc(text).splitlines() or [""])[0] if text else ""


def notes_of(module: ModuleType) -> dict[str, str]:
    """Return what the source says beside names that carry no docstring.

    A constant has a string below its assignment; a name taken from another
    module of ours points there.
    """
    notes: dict[str, str] = {}
    body = ast.parse(inspect.getsource(module)).body
    for statement, after in itertools.pairwise([*body, ast.Pass()]):
        if isinstance(statement, ast.ImportFrom):
            home = statement.module or ""
            if home.partition(".")[0] in PACKAGES:
                notes |= {alias.asname or alias.name: f"→ `{home}`" for alias in statement.names}
        elif isinstance(after, ast.Expr) and isinstance(after.value, ast.Constant):
            notes |= dict.fromkeys(assigned(statement), first_line(str(after.value.value)))
    return notes


def assigned(statement: ast.stmt) -> list[str]:
    """Return the names that an assignment binds."""
    if isinstance(statement, ast.Assign):
        return [target.id for target in statement.targets if isinstance(target, ast.Name)]
    if isinstance(statement, ast.AnnAssign | ast.TypeAlias):
        target = statement.target if isinstance(statement, ast.AnnAssign) else statement.name
        return [target.id] if isinstance(target, ast.Name) else []
    return []


def describe(thing: object) -> str:
    """Return the first line of what a thing says of itself; of a router or a group what it holds."""
    if isinstance(thing, click.Command):
        return first_line(thing.help)
    if isinstance(thing, tuple) and thing and all(isinstance(one, click.Command) for one in thing):
        return f"命令 commands: {', '.join(f'`{one.name}`' for one in thing)}"
    if isinstance(routes := getattr(thing, "routes", None), list):
        return f"地址 addresses: {', '.join(dict.fromkeys(f'`{route.path}`' for route in routes))}"
    tells = inspect.isclass(thing) or inspect.isroutine(thing) or inspect.ismodule(thing)
    return first_line(thing.__doc__) if tells or hasattr(thing, "__wrapped__") else ""


def name_lines() -> Iterator[str]:
    """Yield the section of public names, module by module."""
    for dotted in public_modules():
        module = importlib.import_module(dotted)
        names = sorted(getattr(module, "__all__", []))
        yield from ("", f"### `{dotted}`", "", first_line(module.__doc__))
        if names:
            notes = notes_of(module)
            yield ""
            yield from (
                f"- `{name}` {notes.get(name) or describe(getattr(module, name))}".rstrip() for name in names
            )


def walk_commands(command: click.Command, path: str) -> Iterator[tuple[str, click.Command]]:
    """Yield each command below one, with the words that call it."""
    yield path, command
    if isinstance(command, click.Group):
        for name in sorted(command.commands):
            yield from walk_commands(command.commands[name], f"{path} {name}")


def command_lines() -> Iterator[str]:
    """Yield the section of commands with their options."""
    root: click.Command = importlib.import_module("web.cli").cli
    for path, command in walk_commands(root, "fieldmap"):
        context = click.Context(command, info_name=path)
        usage = " ".join([path, *command.collect_usage_pieces(context)])
        yield from ("", f"### `{path}`", "", inspect.cleandoc(command.help or ""), "", f"    {usage}", "")
        for parameter in command.get_params(context):
            record = parameter.get_help_record(context)
            if record and "--help" not in record[0]:
                yield f"- `{record[0]}` {record[1]}".rstrip()


def setting_lines() -> Iterator[str]:
    """Yield the table of settings."""
    yield from ("", "| 环境变量 variable | 默认 default | 单位 unit | 用途 what for |", "|---|---|---|---|")
    for setting in SETTINGS:
        default = "" if setting.default in (None, "") else f"`{setting.default}`"
        yield f"| `{setting.variable}` | {default} | {cell(setting.unit)} | {cell(setting.help)} |"


def cell(text: str) -> str:
    """Return a text that does not break a table."""
    return text.replace("|", "\\|").replace("\n", " ")


def reference() -> str:
    """Return docs/reference.md."""
    lines = [
        "# 参考 · Reference",
        "",
        NOTICE,
        "",
        "问题代码另见 [errors.md](errors.md)。 Problem codes are in [errors.md](errors.md).",
        "",
        "## 命令 · Commands",
        *command_lines(),
        "",
        "## 设置 · Settings",
        *setting_lines(),
        "",
        "## 公开的名字 · Public names",
        *name_lines(),
    ]
    return tidy(lines)


def errors() -> str:
    """Return docs/errors.md."""
    lines = ["# 问题代码 · Problems", "", NOTICE, ""]
    lines += [
        "每个问题:是什么 · 允许什么 · 怎么办。 Each problem: what is wrong · what is allowed · what to do."
    ]
    for code, texts in sorted(catalogue().items()):
        lines += ["", f"## `{code}`", ""]
        lines += [f"- {language}: {' · '.join(parts)}" for language, parts in texts.items()]
    return tidy(lines)


def tidy(lines: list[str]) -> str:
    """Join lines without double blank ones or trailing blanks."""
    kept = [line.rstrip() for line in "\n".join(lines).splitlines()]
    return "\n".join(line for i, line in enumerate(kept) if line or (i and kept[i - 1])) + "\n"


DOCUMENTS = {"reference.md": reference, "errors.md": errors}
"""Each generated document and what writes it."""


def main() -> None:
    """Write the documents that changed."""
    for name, write in DOCUMENTS.items():
        path = ROOT / "docs" / name
        text = write()
        if not path.is_file() or path.read_text(encoding="utf-8") != text:
            path.write_text(text, encoding="utf-8")
            print(f"[docs] docs/{name}")


if __name__ == "__main__":
    main()
