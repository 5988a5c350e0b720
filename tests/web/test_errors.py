"""Errors as a script and as a browser read them."""

from __future__ import annotations

import pytest
from fastapi import FastAPI
from starlette.testclient import TestClient

from fieldmap.errors import AccessError, InputError, PlanError, RoadError, ServeError, StoreError
from fieldmap.forms import FormReader
from tests.web.conftest import As
from tests.web.village import TODAY
from web.errors import status_of

JSON = {"accept": "application/json"}


@pytest.mark.parametrize(
    ("error", "status"),
    [
        (AccessError("access.sign-in"), 401),
        (AccessError("access.refused"), 403),
        (AccessError("access.locked", "head", minutes=15), 429),
        (InputError("plan.nobody"), 422),
        (InputError("access.login-taken"), 409),
        (StoreError("store.unknown", "x", noun="plan"), 404),
        (StoreError("store.key"), 503),
        (PlanError("plan.nobody"), 409),
        (RoadError("plan.nobody"), 409),
        (ServeError("serve.vendor"), 503),
    ],
    ids=lambda value: value.code if hasattr(value, "code") else str(value),
)
def test_a_problem_has_one_status(error: AccessError, status: int) -> None:
    """Each problem of the catalogue becomes the status of the table."""
    assert status_of(error) == status


def test_a_script_gets_code_message_and_details(signed_in: As) -> None:
    """The body names the problem by its code and says what is allowed and what to do."""
    answer = signed_in("head").get("/plans/nothing", headers=JSON)
    body = answer.json()
    assert answer.status_code == 404
    assert set(body) == {"code", "message", "details"}
    assert body["code"] == "store.unknown"
    assert body["details"]["value"] == "nothing"
    assert body["details"]["todo"] in body["message"]


def test_a_browser_gets_a_page_in_its_language(signed_in: As) -> None:
    """The same problem is a page with the same words, in Chinese or in English."""
    client = signed_in("head")
    assert "没有这个页面" in client.get("/nothing").text
    client.cookies.set("lang", "en")
    assert "There is no such page" in client.get("/nothing").text


def test_a_wrong_field_is_named_and_its_value_not_sent_back(signed_in: As) -> None:
    """Bad input names every field; what was typed may be a name and is not repeated."""
    form = {"client": "p1", "reason": "away", "since": "王秀英"}
    answer = signed_in("head").post("/people/h1/exclusions", data=form, headers=JSON)
    assert answer.status_code == 422
    assert [f["field"] for f in answer.json()["details"]["fields"]] == ["since"]
    assert "王秀英" not in answer.text


def test_every_mistake_of_a_form_is_said_by_field(app: FastAPI, signed_in: As) -> None:
    """A refused form names each field with its code and what is allowed, without what was typed."""

    @app.get("/planted")
    def planted() -> None:
        reader = FormReader({"id": "王秀英", "day": "2026-03-21"})
        reader.uuid("id", "visit.id")
        reader.day("day", "visit.day", TODAY, TODAY)
        reader.done("visit.invalid")

    answer = signed_in("worker").get("/planted", headers=JSON)
    assert answer.status_code == 422
    fields = {f["field"]: f for f in answer.json()["details"]["fields"]}
    assert fields.keys() == {"id", "day"}
    assert fields["day"]["code"] == "visit.day"
    assert "走访日期不对" in fields["day"]["message"]
    assert not any("王秀英" in f["message"] for f in fields.values())


def test_scripts_and_styles_may_be_kept_and_pages_not(signed_in: As) -> None:
    """A browser keeps static files for an hour, changed or not; a page and a missing file it never keeps."""
    client = signed_in("head")
    first = client.get("/static/css/base.css")
    again = client.get("/static/css/base.css", headers={"if-none-match": first.headers["etag"]})
    assert (first.status_code, again.status_code) == (200, 304)
    for answer in (first, again, client.get("/vendor/leaflet/leaflet.js")):
        assert answer.headers["cache-control"] == "public, max-age=3600"
    for path in ("/desk", "/static/nothing.css", "/vendor/nothing.js"):
        assert client.get(path).headers["cache-control"] == "no-store"


def test_the_wrong_method_is_said(signed_in: As) -> None:
    """A DELETE on a page is refused as a method, not as a page."""
    assert signed_in("head").request("DELETE", "/desk", headers=JSON).json()["code"] == "web.method"


def test_a_bug_says_nothing_of_the_inside(app: FastAPI) -> None:
    """An error nobody foresaw is a page that says so, with the safety headers, and no traceback."""
    with TestClient(app, raise_server_exceptions=False) as client:
        client.cookies.set("session", "x")
        app.state.services.store.close()
        app.state.services.store.accounts.session = None  # a bug, planted
        answer = client.get("/desk", headers=JSON)
    assert answer.status_code == 500
    assert answer.json()["code"] == "web.internal"
    assert "Traceback" not in answer.text
    assert answer.headers["content-security-policy"].startswith("default-src 'self'")
