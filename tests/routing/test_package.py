"""The door of the package: what it offers, and what it does not load."""

from __future__ import annotations

import subprocess
import sys

import pytest

import routing


def test_every_public_name_is_there() -> None:
    """What the package lists it has, the planner included."""
    assert [name for name in routing.__all__ if not hasattr(routing, name)] == []
    assert routing.plan.__module__ == "routing.day"


def test_a_name_that_is_not_there_is_an_error() -> None:
    """The late loading of the planner does not make up other names."""
    with pytest.raises(AttributeError, match="no attribute 'planner'"):
        routing.planner  # noqa: B018


def test_the_check_rests_on_no_engine() -> None:
    """Checking a plan loads neither OR-Tools nor OSRM nor any part of the search."""
    code = "import sys, routing.check; print('\\n'.join(sys.modules))"
    loaded = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    modules = set(loaded.stdout.split())
    assert "routing.models" in modules
    engines = {"ortools", "osrm", "numba", "routing._construct", "routing._tour", "routing._ortools"}
    assert modules & engines == set()
