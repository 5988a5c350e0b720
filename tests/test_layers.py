"""Three floors, one direction; one door per engine."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterable

import pytest

from tests.source import Module, ours

BELOW = {
    "fieldmap": {"fieldmap"},
    "routing": {"routing", "fieldmap"},
    "web": {"web", "routing", "fieldmap", "sample_data"},
    "sample_data": {"sample_data"},
}
"""What each package may import of ours; nothing of ours imports tests or scripts."""

DOORS = {
    "sqlite_utils": r"fieldmap\.store(\..+)?",
    "sqlcipher3": r"fieldmap\.store(\..+)?",
    "sqlite3": r"fieldmap\.store(\..+)?",
    "osrm": r"routing\.network",
    "osmium": r"routing\.roadfile|sample_data(\..+)?",
    "ortools": r"routing\._.+",
    "numba": r"routing\._.+",
    "cryptography": r"fieldmap\.sealing|web\.certificates",
    "folium": r"web\.maps",
    "branca": r"web\.maps",
    "fastapi": r"web(\..+)?",
    "starlette": r"web(\..+)?",
    "uvicorn": r"web(\..+)?",
}
"""Each engine and the modules that may import it."""

HOUSE = {*BELOW, "tests", "scripts"}

SQL = re.compile(
    r"\s*(SELECT\s.+\sFROM\s|INSERT\s(OR\s\w+\s)?INTO\s|UPDATE\s\w+\sSET\s|DELETE\sFROM\s"
    r"|(CREATE|DROP|ALTER)\s(TABLE|INDEX|VIEW|TRIGGER|VIRTUAL)\s|PRAGMA\s|BEGIN\sIMMEDIATE)",
    re.DOTALL,
)


def upward(modules: Iterable[Module]) -> list[str]:
    """Return the imports that go up or sideways."""
    return [
        f"{module.name}:{found.line} imports {found.name}"
        for module in modules
        for found in module.imports()
        if (top := found.name.partition(".")[0]) in HOUSE and top not in BELOW[module.floor]
    ]


def past_the_store(modules: Iterable[Module]) -> list[str]:
    """Return the imports of the store by planning modules other than dispatch."""
    return [
        f"{module.name}:{found.line} imports {found.name}"
        for module in modules
        if module.floor == "routing" and module.name != "routing.dispatch"
        for found in module.imports()
        if found.name == "fieldmap.store" or found.name.startswith("fieldmap.store.")
    ]


def past_the_door(modules: Iterable[Module]) -> list[str]:
    """Return the imports of an engine outside its door."""
    return [
        f"{module.name}:{found.line} imports {found.name}"
        for module in modules
        for found in module.imports()
        if (door := DOORS.get(found.name.partition(".")[0])) and not re.fullmatch(door, module.name)
    ]


def sql_outside(modules: Iterable[Module]) -> list[str]:
    """Return the SQL statements outside the store."""
    return [
        f"{module.name}:{node.lineno} {node.value.strip().splitlines()[0]}"
        for module in modules
        if not re.fullmatch(DOORS["sqlite_utils"], module.name)
        for node in ast.walk(module.tree)
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and SQL.match(node.value)
    ]


def test_imports_go_down_only() -> None:
    """The web knows the plans and the facts, the plans know the facts, the facts know neither."""
    assert upward(ours()) == []


def test_only_dispatch_knows_the_store() -> None:
    """Of the planning modules only the dispatcher reads and writes the county file."""
    assert past_the_store(ours()) == []


def test_each_engine_has_one_door() -> None:
    """An engine can be replaced by rewriting the one place that imports it."""
    assert past_the_door(ours()) == []


def test_sql_stays_in_the_store() -> None:
    """No statement is written outside the store."""
    assert sql_outside(ours()) == []


def test_there_is_something_to_check() -> None:
    """The four packages are found, so that an empty answer means clean and not lost."""
    assert {module.floor for module in ours()} == set(BELOW)


@pytest.mark.parametrize(
    "planted",
    [
        Module("fieldmap.planted", "import routing.day"),
        Module("fieldmap.planted", "from web import maps"),
        Module(
            "fieldmap.store",
            "try:\n    from routing import day\nexcept ImportError:\n    pass",
            is_package=True,
        ),
        Module("routing.planted", "def late() -> None:\n    from web.app import create_app"),
        Module("sample_data.planted", "import importlib\nimportlib.import_module('fieldmap.models')"),
        Module("web.planted", "if True:\n    import tests.source"),
    ],
    ids=lambda module: module.text.splitlines()[-1].strip(),
)
def test_an_import_that_goes_up_is_found(planted: Module) -> None:
    """An upward import is caught however it is written: guarded, late, or by a string."""
    assert len(upward([planted])) >= 1


@pytest.mark.parametrize(
    "planted",
    [
        Module("web.planted", "import sqlite_utils"),
        Module("fieldmap.coverage", "async def f() -> None:\n    from sqlcipher3 import dbapi2"),
        Module("routing.travel", "import osrm.osrm_ext"),
        Module("fieldmap.readers.places", "osmium = __import__('osmium')"),
        Module("routing.day", "from ortools.sat.python import cp_model"),
        Module("routing.month", "import numpy, numba"),
        Module("web.routes.desk", "from folium import Map"),
        Module("fieldmap.rollup", "try:\n    import fastapi\nexcept ImportError:\n    pass"),
        Module("routing.dispatch", "from importlib import import_module\nimport_module('uvicorn')"),
        Module("web.receiving", "from cryptography.hazmat.primitives.hpke import Suite"),
    ],
    ids=lambda module: module.name,
)
def test_an_engine_past_its_door_is_found(planted: Module) -> None:
    """An engine imported elsewhere is caught, at the top, in a function or by a string."""
    assert len(past_the_door([planted])) >= 1


@pytest.mark.parametrize(
    "allowed",
    [
        Module("fieldmap.store.visits", "from sqlcipher3 import dbapi2"),
        Module("fieldmap.store", "import sqlite_utils", is_package=True),
        Module("routing.network", "import osrm"),
        Module("routing.roadfile", "import osmium"),
        Module("routing._ortools", "from ortools.constraint_solver import pywrapcp"),
        Module("sample_data.roads", "import osmium"),
        Module("web.maps", "import folium"),
        Module("web.cli.serve", "import uvicorn"),
        Module("fieldmap.sealing", "from cryptography.exceptions import InvalidTag"),
    ],
    ids=lambda module: module.name,
)
def test_the_door_itself_is_open(allowed: Module) -> None:
    """The module that is the door may import its engine."""
    assert past_the_door([allowed]) == []


def test_the_store_behind_the_planner_and_sql_outside_are_found() -> None:
    """A planner that opens the store and a statement in a page are both caught."""
    planner = Module("routing.day", "def plan() -> None:\n    from fieldmap import store")
    page = Module("web.desk", "QUERY = '''\n  SELECT id FROM client'''")
    assert past_the_store([planner]) == ["routing.day:2 imports fieldmap.store"]
    assert sql_outside([page, Module("fieldmap.store.people", page.text)]) == [
        "web.desk:1 SELECT id FROM client"
    ]
