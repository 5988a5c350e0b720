"""The shell of the phone's app: nobody's data, the files it names, the words of both languages."""

from __future__ import annotations

import json
import re
from hashlib import sha256
from pathlib import Path

import pytest
from starlette.testclient import TestClient

from tests.web.conftest import As
from tests.web.village import CLIENTS, HOUSEHOLDS
from web.i18n import LANGUAGES
from web.phone_shell import WordsError, read_words

PHONE = Path(__file__).parent.parent.parent / "web" / "static" / "phone"


def told(client: TestClient) -> tuple[str, dict[str, str]]:
    """Return the version and address → SHA-256 that the service worker is told."""
    first = client.get("/phone/sw.js").text.partition("\n")[0]
    shell = json.loads(first.removeprefix("const SHELL = ").removesuffix(";"))
    return shell["version"], dict(shell["files"])


def test_the_page_is_the_same_for_everybody(signed_in: As) -> None:
    """Nobody, a worker and a grid manager get the same bytes; no name or address is among them."""
    pages = {login: signed_in(login).get("/phone") for login in ("", "worker", "grid_manager")}
    assert len({page.content for page in pages.values()}) == 1
    text = pages["worker"].text
    assert [c.name for c in CLIENTS if c.name in text] + [
        h.address for h in HOUSEHOLDS if h.address in text
    ] == []
    assert "set-cookie" not in pages[""].headers


def test_no_script_stands_in_the_page(signed_in: As) -> None:
    """Scripts come from files; what stands in the page is data that no browser runs."""
    page = signed_in("").get("/phone")
    assert re.findall(r"<script(?![^>]*(?:src=|application/json))", page.text) == []
    assert "default-src 'self'" in page.headers["content-security-policy"]


def test_every_file_is_what_the_worker_was_told(signed_in: As) -> None:
    """Each address that a phone is to keep answers with the content of the told hash."""
    client = signed_in("")
    _, files = told(client)
    served = {address: sha256(client.get(address).content).hexdigest() for address in files}
    assert served == files


def test_every_module_and_style_of_the_app_is_kept(signed_in: As) -> None:
    """What lies in the app's folder is on the list, with the map's library; the worker itself is not."""
    _, files = told(signed_in(""))
    own = {f"/static/phone/{path.name}" for path in PHONE.iterdir()} - {"/static/phone/sw.js"}
    assert own < files.keys()
    assert {"/phone", "/vendor/leaflet/leaflet.js", "/vendor/leaflet/leaflet.css"} < files.keys()


def test_the_app_travels_packed(signed_in: As) -> None:
    """Page, modules and styles are packed for a browser that can unpack them; a lost name is not found."""
    client = signed_in("")
    for address in ("/phone", "/static/phone/app.js", "/static/phone/phone.css"):
        assert client.get(address).headers["content-encoding"] == "gzip"
        plain = client.get(address, headers={"accept-encoding": "identity"})
        assert "content-encoding" not in plain.headers
    assert client.get("/static/phone/nothing.js").status_code == 404


def test_the_worker_may_control_the_page(signed_in: As) -> None:
    """The worker's scope is the page and it is asked for anew each time."""
    headers = signed_in("").get("/phone/sw.js").headers
    assert headers["service-worker-allowed"] == "/phone"
    assert headers["cache-control"] == "no-cache"


@pytest.mark.parametrize(("lang", "name"), [("zh-CN", "走访图"), ("en", "Visit map")])
def test_the_app_can_be_installed(signed_in: As, lang: str, name: str) -> None:
    """The manifest names the app in the language of the request and its icons are served."""
    client = signed_in("")
    client.cookies.set("lang", lang)
    manifest = client.get("/phone/manifest.webmanifest").json()
    assert (manifest["name"], manifest["start_url"], manifest["scope"]) == (name, "/phone", "/phone")
    assert [client.get(icon["src"]).status_code for icon in manifest["icons"]] == [200, 200]


def test_the_old_addresses_lead_to_the_app(signed_in: As) -> None:
    """A bookmark of the former page opens the app."""
    client = signed_in("worker")
    assert client.get("/today").headers["location"] == "/phone"


def test_the_words_of_the_app_are_whole() -> None:
    """Every key has a text in each language and the Chinese ones are Chinese."""
    words = read_words()
    assert words.keys() == set(LANGUAGES)
    assert words["zh-CN"].keys() == words["en"].keys()
    assert [
        key
        for key, text in words["en"].items()
        if re.search("[\u3400-\u9fff]", text) and key != "app.language"
    ] == []


def test_every_word_that_a_script_says_is_there() -> None:
    """No script asks for a key that stands in no file."""
    known = read_words()["en"].keys()
    said = {
        (path.name, key)
        for path in PHONE.glob("*.js")
        for key in re.findall(r"""\bsay\(\s*"(\w+\.\w+)\"""", path.read_text(encoding="utf-8"))
    }
    assert len(said) > 100
    assert sorted((name, key) for name, key in said if key not in known) == []


@pytest.mark.parametrize(
    "line", ['a = ["甲"]', 'a = ["甲", ""]', 'a = "甲"', 'a = ["{n} 户", "doors"]', 'a = ["户", "{n} doors"]']
)
def test_half_a_word_is_refused(tmp_path: Path, line: str) -> None:
    """An entry without its other language, or with other names in it, is an error with its key."""
    (tmp_path / "area.toml").write_text(line, encoding="utf-8")
    with pytest.raises(WordsError, match=r"area\.a"):
        read_words(tmp_path)
