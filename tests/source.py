"""Read our own source: the modules, what they import, how long they are."""

from __future__ import annotations

import ast
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache, cached_property
from pathlib import Path

ROOT = Path(__file__).parent.parent
PACKAGES = ("fieldmap", "routing", "web", "sample_data")


@dataclass(frozen=True)
class Import:
    """One thing that a line brings in, however it is written.

    Attributes
    ----------
    name
        ``package.module`` for both ``import package.module`` and ``from package
        import module``; the last part may also be a name inside a module.
    late
        True where it happens when a function runs, or for the types only.
    """

    name: str
    line: int
    late: bool


@dataclass(frozen=True)
class Module:
    """One source file under its dotted name."""

    name: str
    text: str
    is_package: bool = False

    @cached_property
    def tree(self) -> ast.Module:
        """Return the syntax tree."""
        return ast.parse(self.text, filename=self.name)

    @property
    def floor(self) -> str:
        """Return the top package."""
        return self.name.partition(".")[0]

    def imports(self) -> list[Import]:
        """Return every import: at the top, in a function, by name in a string."""
        return list(_walk(self, self.tree, late=False))

    def absolute(self, node: ast.ImportFrom) -> str:
        """Return the full name of the module a ``from … import`` names."""
        if not node.level:
            return node.module or ""
        parts = self.name.split(".")
        keep = len(parts) - node.level + (1 if self.is_package else 0)
        return ".".join([*parts[:keep], *([node.module] if node.module else [])])


def _walk(module: Module, node: ast.AST, late: bool) -> Iterator[Import]:
    for child in ast.iter_child_nodes(node):
        names: list[str] = []
        if isinstance(child, ast.Import):
            names = [alias.name for alias in child.names]
        elif isinstance(child, ast.ImportFrom):
            names = [f"{module.absolute(child)}.{alias.name}" for alias in child.names]
        elif isinstance(child, ast.Call):
            names = _named_in_call(child)
        yield from (Import(name, getattr(child, "lineno", 0), late) for name in names)
        deferred = isinstance(child, ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda)
        typing_only = isinstance(child, ast.If) and "TYPE_CHECKING" in ast.dump(child.test)
        yield from _walk(module, child, late or deferred or typing_only)


def _named_in_call(call: ast.Call) -> list[str]:
    called = call.func.attr if isinstance(call.func, ast.Attribute) else getattr(call.func, "id", "")
    if called not in ("import_module", "__import__", "importorskip", "run_module") or not call.args:
        return []
    first = call.args[0]
    return [first.value] if isinstance(first, ast.Constant) and isinstance(first.value, str) else []


def load(folder: str) -> list[Module]:
    """Return the modules below a folder of the repository."""
    found = []
    for path in sorted((ROOT / folder).rglob("*.py")):
        parts = path.relative_to(ROOT).with_suffix("").parts
        is_package = parts[-1] == "__init__"
        name = ".".join(parts[:-1] if is_package else parts)
        found.append(Module(name, path.read_text(encoding="utf-8"), is_package))
    return found


@cache
def ours() -> tuple[Module, ...]:
    """Return every module of the four packages."""
    return tuple(module for package in PACKAGES for module in load(package))


@cache
def tracked() -> tuple[Path, ...]:
    """Return the files that git holds or would take up, without the ignored ones."""
    listed = subprocess.run(
        ["git", "ls-files", "--cached", "--others", "--exclude-standard", "-z"],
        cwd=ROOT,
        check=True,
        capture_output=True,
        text=True,
    ).stdout
    return tuple(path for name in sorted(listed.split("\0")) if name and (path := ROOT / name).is_file())
