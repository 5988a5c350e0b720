"""How a phone comes to trust the station: the page, the certificate, the door without TLS."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import UTC, datetime

import pytest
from fastapi import FastAPI
from starlette.testclient import TestClient

from fieldmap.settings import Settings
from tests.web.village import ACCOUNTS, NOW, TODAY
from web.app import create_app
from web.certificates import Issued, folder_of, issue
from web.plain_door import PlainDoor
from web.reach import Reach
from web.security import LANGUAGE_COOKIE

ADDRESS = "192.168.1.20"

type Ask = Callable[[str], TestClient]


@pytest.fixture
def issued(settings: Settings) -> Issued:
    """Return the certificate of the village's station."""
    reach = Reach.parse(["station.lan"], [ADDRESS])
    return issue(folder_of(settings), reach, datetime.now(UTC))


@pytest.fixture
def app(settings: Settings) -> FastAPI:
    """Return the village's app as https serves it on port 8321, with the plain door on 8320."""
    return create_app(replace(settings, http_port=8320), today=lambda: TODAY, clock=lambda: NOW)


@pytest.fixture
def secure(app: FastAPI) -> Iterator[TestClient]:
    """Return a browser at the station over https."""
    with TestClient(app, base_url=f"https://{ADDRESS}:8321", follow_redirects=False) as client:
        client.headers["accept"] = "text/html"
        yield client


@pytest.fixture
def door(app: FastAPI, secure: TestClient, issued: Issued) -> TestClient:
    """Return a browser at the door without TLS; the app behind it runs."""
    made = TestClient(
        PlainDoor(app, issued.reach, 8321), base_url=f"http://{ADDRESS}:8320", follow_redirects=False
    )
    made.portal = secure.portal
    return made


def test_the_certificate_comes_in_the_form_phones_install(secure: TestClient, issued: Issued) -> None:
    """The download is the public half in DER, under the type that phones know, with no key in it."""
    answer = secure.get("/trust/fieldmap-ca.crt")
    assert answer.headers["content-type"] == "application/x-x509-ca-cert"
    assert answer.content == issued.authority.der


def test_without_an_authority_there_is_nothing_to_install(secure: TestClient) -> None:
    """A station with a public certificate, or none, says that phones need nothing."""
    assert "这里不用安装证书" in secure.get("/trust").text
    assert secure.get("/trust/fieldmap-ca.crt").status_code == 404


def test_the_sheet_for_the_wall_comes_over_https_only(
    secure: TestClient, door: TestClient, issued: Issued
) -> None:
    """The fingerprint stands on the encrypted page; a page that anybody may have forged has none."""
    sheet, forgeable = secure.get("/trust").text, door.get("/trust").text
    for line in issued.authority.fingerprint:
        assert line in sheet
        assert line not in forgeable
    assert f"http://{ADDRESS}:8320/trust" in sheet
    assert "这个页面没有加密" in forgeable


@pytest.mark.parametrize("host", ["localhost:8321", "127.0.0.1:8321"])
def test_the_sheet_printed_at_the_station_names_an_address_phones_reach(
    secure: TestClient, issued: Issued, host: str
) -> None:
    """Opened at the desk by what the computer calls itself, the code still leads phones there."""
    assert "http://station.lan:8320/trust" in secure.get("/trust", headers={"host": host}).text


@pytest.mark.parametrize("lang", ["zh-CN", "en"])
def test_the_page_names_nobody_and_each_kind_of_phone(door: TestClient, lang: str) -> None:
    """There are steps for every make in both languages, and no person's name."""
    door.cookies.set(LANGUAGE_COOKIE, lang)
    page = door.get("/trust").text
    assert page.count("<summary>") == 7
    for make in ("Chrome", "HarmonyOS", "MagicOS", "OPPO", "vivo", "iPhone"):
        assert make in page
    assert [name for name, _, _ in ACCOUNTS.values() if name in page] == []


@pytest.mark.parametrize(
    ("asked", "sent"),
    [
        (f"http://{ADDRESS}:8320/", f"https://{ADDRESS}:8321/"),
        (f"http://{ADDRESS}:8320/phone?a=1&b=%2F", f"https://{ADDRESS}:8321/phone?a=1&b=%2F"),
        (f"http://{ADDRESS}:8320/people/%E5%AE%89%3Fx", f"https://{ADDRESS}:8321/people/%E5%AE%89%3Fx"),
        ("http://station.lan:8320/desk", "https://station.lan:8321/desk"),
        ("http://localhost:8320/desk", "https://localhost:8321/desk"),
        ("http://elsewhere.example/sign-in", "https://station.lan:8321/sign-in"),
        (f"http://{ADDRESS}:8320//elsewhere.example/x", f"https://{ADDRESS}:8321//elsewhere.example/x"),
        (f"http://{ADDRESS}:8320/trust/../people", f"https://{ADDRESS}:8321/people"),
    ],
)
def test_everything_else_is_sent_to_https(door: TestClient, asked: str, sent: str) -> None:
    """The way goes to the same address over https, never to a host the certificate is not good for."""
    answer = door.get(asked)
    assert (answer.status_code, answer.headers["location"]) == (303, sent)


def test_the_usual_port_is_not_written(app: FastAPI, issued: Issued) -> None:
    """Behind port 443 the address is as people know it."""
    client = TestClient(PlainDoor(app, issued.reach, 443), follow_redirects=False)
    assert client.get("http://station.lan/x").headers["location"] == "https://station.lan/x"


def test_a_password_sent_in_the_clear_signs_nobody_in(door: TestClient) -> None:
    """A form posted to the door is dropped and not repeated over https."""
    form = {"login": "head", "password": "password-1"}
    answer = door.post("/sign-in", data=form)
    assert (answer.status_code, answer.headers["location"]) == (303, f"https://{ADDRESS}:8321/sign-in")
    assert "set-cookie" not in answer.headers


def test_the_door_has_the_page_s_style_and_language(door: TestClient) -> None:
    """What the page about trust is drawn with comes through the door too."""
    styles = re.findall(r'rel="stylesheet" href="([^"]+)"', door.get("/trust").text)
    assert len(styles) >= 3
    for style in styles:
        assert door.get(style).status_code == 200, style
    token = door.get("/trust").cookies["form"]
    changed = door.post("/language", data={"lang": "en", "next": "/trust", "csrf": token})
    assert changed.headers["location"] == "/trust"
    assert "Trust this station" in door.get("/trust").text
