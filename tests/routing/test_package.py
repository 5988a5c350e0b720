"""The door of the package: what it offers, and what it does not load."""

from __future__ import annotations

import subprocess
import sys

import pytest

import routing
from tests.source import ROOT, ours


def test_every_public_name_is_there() -> None:
    """What the package lists it has, the planner included."""
    assert [name for name in routing.__all__ if not hasattr(routing, name)] == []
    assert routing.plan.__module__ == "routing.day"


def test_a_name_that_is_not_there_is_an_error() -> None:
    """The late loading of the planner does not make up other names."""
    with pytest.raises(AttributeError, match="no attribute 'planner'"):
        routing.planner  # noqa: B018


CHECKED = """
import sys
from routing.check import violations
from tests.routing.handmade import full_day
problem, made = full_day()
assert violations(problem, made) == []
assert violations(problem, replace(made, routes=made.routes[:1])) != []
print("\\n".join(sys.modules))
"""


def test_the_check_rests_on_no_engine() -> None:
    """Checking a plan, good or broken, loads neither an engine nor any part of the search."""
    code = "from dataclasses import replace" + CHECKED
    loaded = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True, cwd=ROOT
    )
    modules = set(loaded.stdout.split())
    assert "routing.check" in modules
    assert (
        modules & {"ortools", "osrm", "numba", "routing.day", "routing.explain", "routing.dispatch"} == set()
    )
    assert {name for name in modules if name.startswith("routing._")} == {"routing._faults"}


def test_the_check_imports_nothing_but_the_nouns() -> None:
    """Not even inside a function does the check name anything but problems, plans and travel tables."""
    (check,) = (module for module in ours() if module.name == "routing.check")
    rests_on = {
        found.name.rpartition(".")[0] for found in check.imports() if found.name.startswith("routing")
    }
    assert rests_on == {"routing.models", "routing.results", "routing.travel"}
