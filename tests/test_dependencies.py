"""What the packages import is what the project says it needs."""

from __future__ import annotations

import re
import sys
import tomllib
from collections.abc import Iterable
from importlib.metadata import packages_distributions

from tests.source import PACKAGES, ROOT, Module, ours

BROUGHT = {"branca": "folium", "pydantic": "fastapi", "starlette": "fastapi"}
"""Part of the interface of a library that we declare: it could not come without it."""


def declared() -> set[str]:
    """Return the run-time dependencies, by the name of the distribution."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    return {re.split(r"[^a-z0-9-]", need)[0] for need in project["dependencies"]}


def undeclared(modules: Iterable[Module], needs: set[str]) -> set[str]:
    """Return the packages of others that are imported without being declared."""
    homes = packages_distributions()
    found = {one.name.partition(".")[0] for module in modules for one in module.imports()}
    others = found - set(PACKAGES) - set(sys.stdlib_module_names)
    return {
        name
        for name in others
        if BROUGHT.get(name) not in needs and needs.isdisjoint(home.lower() for home in homes.get(name, ()))
    }


def test_every_import_is_a_declared_dependency() -> None:
    """Whoever installs the package without the extras can run all of it."""
    assert undeclared(ours(), declared()) == set()


def test_an_undeclared_import_is_found() -> None:
    """A library that only an extra brings is noticed, late imports too."""
    planted = Module("fieldmap.planted", "def f() -> None:\n    import hypothesis\n    import numpy\n")
    assert undeclared([planted], declared()) == {"hypothesis"}
