"""Every route × every role, from the tables in ``tests/web/access``."""

from __future__ import annotations

import tomllib
from pathlib import Path
from typing import Any, cast

import pytest
from fastapi import FastAPI
from fastapi.routing import APIRoute
from starlette.routing import Mount, Route
from starlette.testclient import TestClient

from fieldmap.settings import Settings
from tests.web.conftest import As
from tests.web.village import ROLES, Village
from web.app import create_app
from web.deps import SELF_PROVING
from web.routes import ROUTERS
from web.security import FORM_COOKIE


def _table() -> dict[str, dict[str, Any]]:
    lines: dict[str, dict[str, Any]] = {}
    for file in sorted((Path(__file__).parent / "access").glob("*.toml")):
        for route, line in tomllib.loads(file.read_text(encoding="utf-8")).items():
            assert route not in lines, f"{route} stands in two tables"
            lines[route] = line
    return lines


TABLE = _table()


def _routes() -> set[str]:
    return {
        f"{method} {route.path}"
        for router in ROUTERS
        for route in router.routes
        if isinstance(route, APIRoute)
        for method in route.methods or ()
        if method != "HEAD"
    }


def test_every_route_stands_in_the_table() -> None:
    """A route without a line about who may use it fails here."""
    routes = _routes()
    assert len(routes) >= 10
    assert routes - set(TABLE) == set(), "add a line to tests/web/access"
    assert set(TABLE) - routes == set(), "the table has lines of routes that are gone"


def test_the_app_has_no_other_routes() -> None:
    """Beside the routers of the list the app serves its static files and nothing else."""
    found = create_app(Settings()).routes
    files = [route.path for route in found if isinstance(route, Route | Mount)]
    assert files == ["/static/phone/{name}", "/static"]
    assert len(found) == len(ROUTERS) + len(files)


def _ask(client: TestClient, route: str, line: dict[str, Any], village: Village) -> int:
    method, template = route.split(" ", 1)
    path = str(line.get("path", template)).format_map({**village.ids})
    if line.get("endless"):
        cast("FastAPI", client.app).state.services.live.end()  # its answer would not end by itself
    return client.request(method, path, data=line.get("form"), json=line.get("json")).status_code


def _expected(line: dict[str, Any], role: str) -> int:
    allowed = ROLES if line["allow"] == "all" else line["allow"]
    return int(line.get("ok", 200)) if role in allowed else 403


@pytest.mark.parametrize("route", TABLE)
def test_a_role_gets_what_the_table_says(route: str, signed_in: As, village: Village) -> None:
    """Each role is let in or refused, and somebody who is not signed in is asked to."""
    line = TABLE[route]
    got = {role: _ask(signed_in(role), route, line, village) for role in ROLES}
    assert got == {role: _expected(line, role) for role in ROLES}
    nobody = signed_in("")
    if line.get("public"):
        nobody.cookies.set(FORM_COOKIE, "token")
        nobody.headers["x-csrf"] = "token"
        assert _ask(nobody, route, line, village) == line.get("nobody", line.get("ok", 200))
    else:
        assert _ask(nobody, route, line, village) == (303 if route.startswith("GET") else 401)


@pytest.mark.parametrize("route", [r for r in TABLE if not r.startswith("GET")])
def test_a_change_needs_the_token_of_our_own_page(route: str, signed_in: As, village: Village) -> None:
    """A form that another site sends with somebody's cookie is refused."""
    line = TABLE[route]
    if line.get("proves_itself"):
        assert route.split(" ", 1)[1] in SELF_PROVING
        return
    role = "head" if line["allow"] == "all" or not line["allow"] else line["allow"][0]
    client = signed_in(role)
    for token in ("", "another"):
        client.headers["x-csrf"] = token
        assert _ask(client, route, line, village) == 403
