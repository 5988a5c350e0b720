"""Signing in and out, QR codes, the brake on guessing, the headers."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from fastapi import FastAPI
from starlette.testclient import TestClient

from fieldmap.errors import AccessError
from fieldmap.settings import Settings
from fieldmap.store import Store
from tests.web.conftest import As
from tests.web.village import NOW, PASSWORD, TODAY, Village
from web.app import create_app
from web.security import FORM_COOKIE, KEPT, SESSION_COOKIE, Throttle


def _form_token(client: TestClient, path: str = "/sign-in") -> str:
    found = re.search(r'name="csrf" value="([^"]+)"', client.get(path).text)
    assert found is not None
    return found[1]


def _sign_in(client: TestClient, login: str, password: str = PASSWORD, next_page: str = "/") -> int:
    form = {"login": login, "password": password, "next": next_page, "csrf": _form_token(client)}
    return client.post("/sign-in", data=form).status_code


HOMES = {
    "head": "/desk",
    "deputy": "/desk",
    "worker": "/phone",
    "contact": "/phone",
    "volunteer": "/phone",
    "grid_manager": "/phone#grid",
    "county": "/rollup",
    "auditor": "/audit",
    "admin": "/accounts",
}


@pytest.mark.parametrize("login", HOMES)
def test_everybody_begins_with_the_page_of_the_role(login: str, signed_in: As) -> None:
    """The start page sends each role to the page it works with."""
    assert signed_in(login).get("/").headers["location"] == HOMES[login]


def test_a_password_opens_a_session_that_a_script_cannot_read(signed_in: As) -> None:
    """Signing in sets a cookie that is http-only and is not sent with a form of another site."""
    client = signed_in("")
    token = _form_token(client)
    form = {"login": "head", "password": PASSWORD, "next": "/desk?gap=never", "csrf": token}
    answer = client.post("/sign-in", data=form)
    assert (answer.status_code, answer.headers["location"]) == (303, "/desk?gap=never")
    cookie = next(c for c in answer.headers.get_list("set-cookie") if c.startswith(SESSION_COOKIE))
    assert "HttpOnly" in cookie
    assert "SameSite=lax" in cookie
    assert client.get("/desk").status_code == 200


@pytest.mark.parametrize("address", ["//evil.example", "https://evil.example", "/\\evil.example"])
def test_signing_in_never_leads_to_another_host(address: str, signed_in: As) -> None:
    """An address of another host in the link is replaced by the start page."""
    client = signed_in("")
    form = {"login": "head", "password": PASSWORD, "next": address, "csrf": _form_token(client)}
    assert client.post("/sign-in", data=form).headers["location"] == "/"


def test_a_wrong_password_and_an_unknown_login_read_the_same(signed_in: As) -> None:
    """The page does not tell which logins there are."""
    client = signed_in("")
    token = _form_token(client)
    pages = []
    for login in ("head", "nobody"):
        form = {"login": login, "password": "wrong-one", "csrf": token}
        answer = client.post("/sign-in", data=form)
        assert answer.status_code == 401
        pages.append(answer.text.replace(f'value="{login}"', "").replace(f">{login}<", "><"))
    assert pages[0] == pages[1]


def test_guessing_locks_the_login_and_no_other(signed_in: As) -> None:
    """After five wrong passwords even the right one is refused; another account signs in."""
    client = signed_in("")
    assert [_sign_in(client, "head", f"wrong-{n}") for n in range(5)] == [401] * 5
    assert _sign_in(client, "head") == 429
    assert _sign_in(signed_in(""), "deputy") == 303


def test_the_lock_ends_by_itself() -> None:
    """A quarter of an hour after the last wrong password the login is open again."""
    now = NOW
    throttle = Throttle(lambda: now, tries=2, minutes=15)
    for code in ("access.password", "access.password", "access.locked"):
        with pytest.raises(AccessError) as refused, throttle.trying("head"):
            raise AccessError("access.password", "head")
        assert refused.value.code == code
    now += timedelta(minutes=15, seconds=1)
    with throttle.trying("head"):
        pass


def test_guesses_at_the_same_moment_count_too() -> None:
    """A guess that is still looked at counts already; a right password clears those before it."""
    throttle = Throttle(lambda: NOW, tries=2)
    with throttle.trying("head"):
        with throttle.trying("head"), pytest.raises(AccessError), throttle.trying("head"):
            pass
        with throttle.trying("head"):
            pass


def test_signing_out_ends_the_session_on_the_server(signed_in: As, village: Village) -> None:
    """A cookie that somebody kept is worth nothing after signing out."""
    client = signed_in("head")
    assert client.post("/sign-out").headers["location"] == "/sign-in"
    assert signed_in("head").get("/desk").headers["location"].startswith("/sign-in")


def test_a_session_ends_after_its_hours(settings: Settings, village: Village) -> None:
    """The next morning everybody signs in again."""
    later = NOW + timedelta(hours=12, seconds=1)
    with TestClient(create_app(settings, today=lambda: TODAY, clock=lambda: later)) as client:
        client.cookies.set(SESSION_COOKIE, village.tokens["head"])
        assert client.get("/desk", headers={"accept": "application/json"}).status_code == 401


def _code(page: str) -> str:
    found = re.search(r"/(?:phone#bind=|bind\?t=)([\w-]+)", page)
    assert found is not None
    return found[1]


def test_the_code_of_the_field_leads_to_the_app_and_of_the_office_to_the_desk(
    signed_in: As, village: Village
) -> None:
    """Who works on a phone gets the app's address, the token where no server sees it; others the desk's."""
    admin = signed_in("admin")
    for login, address in (
        ("contact", "/phone#bind="),
        ("grid_manager", "/phone#bind="),
        ("auditor", "/bind?t="),
    ):
        page = admin.post(f"/invite/{village.ids[login]}").text
        assert "<svg" in page
        assert address in page


def test_a_qr_code_binds_one_device_once(signed_in: As, village: Village, store: Store) -> None:
    """Opening the link uses nothing up, pressing the button binds, a second device is refused."""
    code = _code(signed_in("admin").post(f"/invite/{village.ids['auditor']}").text)
    preview, phone, second = signed_in(""), signed_in(""), signed_in("")
    link = f"/bind?t={code}"
    assert f"/phone#bind={code}" in preview.get(link).text
    assert phone.post("/bind", data={"token": code, "csrf": _form_token(phone, link)}).status_code == 303
    assert phone.get("/").headers["location"] == "/audit"
    refused = second.post("/bind", data={"token": code, "csrf": _form_token(second, link)})
    assert refused.status_code == 403
    assert len(store.accounts.devices(village.ids["auditor"])) == 1


def test_a_lost_device_is_locked_out(signed_in: As, village: Village, store: Store) -> None:
    """After the head locks a phone its next request asks for a sign-in."""
    contact = village.ids["contact"]
    code = _code(signed_in("head").post(f"/invite/{contact}").text)
    phone = signed_in("")
    phone.post("/bind", data={"token": code, "csrf": _form_token(phone, f"/bind?t={code}")})
    device = store.accounts.devices(contact)[0]["id"]
    assert signed_in("head").post(f"/accounts/{contact}/devices/{device}/revoke").status_code == 303
    assert phone.get("/").headers["location"].startswith("/sign-in")


def test_the_language_is_kept_in_a_cookie(signed_in: As) -> None:
    """The switch on every page changes the language and stays on the page."""
    client = signed_in("head")
    answer = client.post("/language", data={"lang": "en", "next": "/desk"})
    assert answer.headers["location"] == "/desk"
    page = client.get("/desk").text
    assert '<html lang="en">' in page
    assert "Contact rate this month" in page


def test_every_page_carries_the_headers(signed_in: As) -> None:
    """No page may load from another host, be framed elsewhere, be kept, or tell where it led."""
    for path in ("/desk", "/sign-in", "/nothing", "/static/css/base.css"):
        headers = signed_in("head").get(path).headers
        assert headers["content-security-policy"].startswith("default-src 'self'")
        assert headers["referrer-policy"] == "no-referrer"
        assert headers["x-frame-options"] == "SAMEORIGIN"
        assert headers["x-content-type-options"] == "nosniff"
        assert headers["cache-control"] == (KEPT if path.startswith("/static/") else "no-store")


def test_the_cookie_is_for_https_only_where_the_page_is(app: FastAPI) -> None:
    """Served by https, the session's cookie never goes over plain http."""
    with TestClient(app, base_url="https://testserver", follow_redirects=False) as client:
        client.headers["accept"] = "text/html"
        client.cookies.set(FORM_COOKIE, "t")
        form = {"login": "head", "password": PASSWORD, "csrf": "t"}
        cookies = client.post("/sign-in", data=form).headers.get_list("set-cookie")
    assert any(c.startswith(SESSION_COOKIE) and "Secure" in c for c in cookies)


def test_the_day_is_the_one_of_the_settings_or_the_clock_in_china(
    settings: Settings, village: Village
) -> None:
    """At 17:00 UTC it is already the next day in China; a day that is set stands above it."""
    evening = datetime(2026, 3, 20, 17, 0, tzinfo=UTC)
    for asked, day in ((settings, "2026-03-21"), (replace(settings, today=TODAY), "2026-03-20")):
        app = create_app(asked, clock=lambda: evening)
        with TestClient(app) as client:
            client.get("/health")
            assert app.state.services.today().isoformat() == day
