"""A browser that trusts the station's authority, and one that does not."""

from __future__ import annotations

import contextlib
import os
import socket
import ssl
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Error, Page

from tests.browser import PHONE, Windows, accessibility_faults
from tests.https import HttpsStation, https_station, trust_in
from tests.web.test_certificates import forged
from tests.web.village import Village
from web.certificates import authority_in

pytestmark = pytest.mark.browser

REGISTER = "navigator.serviceWorker.register('/phone/sw.js').then(r => r.scope, e => String(e))"


@pytest.fixture
def station(village: Village) -> Iterator[HttpsStation]:
    """Return the village's station, serving https."""
    with https_station(village.path) as serving:
        yield serving


@contextlib.contextmanager
def launched_at(home: Path, like: Browser, chromium: str) -> Iterator[Browser]:
    """Start another Chromium, of a user with a home of their own."""
    arguments = ["--no-sandbox", "--disable-gpu", "--host-resolver-rules=MAP bank.example.cn 127.0.0.1"]
    environment: dict[str, str | float | bool] = {**os.environ, "HOME": str(home)}
    started = like.browser_type.launch(executable_path=chromium, args=arguments, env=environment)
    yield started
    started.close()


@contextlib.contextmanager
def passing_for(certificate: Path) -> Iterator[int]:
    """Answer TLS on a free port with a certificate, as somebody on the way would."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate)
    listener = socket.create_server(("127.0.0.1", 0))

    def answer() -> None:
        with contextlib.suppress(OSError):  # the listener is closed, or the browser refused
            while True:
                taken = listener.accept()[0]
                with contextlib.suppress(OSError), context.wrap_socket(taken, server_side=True) as held:
                    held.recv(1000)
                    held.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 4\r\nConnection: close\r\n\r\nbank")

    thread = threading.Thread(target=answer, daemon=True)
    thread.start()
    yield listener.getsockname()[1]
    listener.shutdown(socket.SHUT_RDWR)
    listener.close()
    thread.join(timeout=10)


def refusal(page: Page, address: str) -> str:
    """Return with which error a browser refuses an address; "" where it does not."""
    try:
        page.goto(address)
    except Error as error:
        return error.message.split(" at ")[0].removeprefix("Page.goto: ")
    return ""


def test_a_browser_that_trusts_the_authority_can_hold_the_app(
    station: HttpsStation, browser: Browser, chromium: str, tmp_path: Path
) -> None:
    """With the authority added as a phone's user adds it: no warning, and the service worker registers.

    The same authority passes for no bank, and a browser that was told nothing refuses the station.
    """
    authority = authority_in(station.certificates)
    assert authority is not None
    if not trust_in(tmp_path / "told", authority.der):
        pytest.skip("no NSS library: Chromium brings it on Linux")
    at = f"https://127.0.0.1:{station.port}/"
    with launched_at(tmp_path / "told", browser, chromium) as trusting:
        page = trusting.new_page()
        assert refusal(page, at + "trust") == ""
        assert page.evaluate("isSecureContext")
        assert page.evaluate(REGISTER).startswith(at)
        with passing_for(forged(station.certificates, "localhost")) as port:
            assert refusal(page, f"https://localhost:{port}/") == ""
        with passing_for(forged(station.certificates, "bank.example.cn")) as port:
            assert refusal(page, f"https://bank.example.cn:{port}/") == "net::ERR_CERT_INVALID"
    with launched_at(tmp_path / "untold", browser, chromium) as stranger:
        assert refusal(stranger.new_page(), at) == "net::ERR_CERT_AUTHORITY_INVALID"


def test_the_page_about_trust_is_readable_on_a_small_phone(station: HttpsStation, browser: Browser) -> None:
    """In both languages, opened up and at twice the text size: nothing too wide, small or faint."""
    windows = Windows(browser, f"http://127.0.0.1:{station.door}")
    for lang in ("zh-CN", "en"):
        page = windows.open(PHONE, lang=lang)
        page.goto("/trust")
        page.evaluate("document.querySelectorAll('details.phone-steps').forEach(d => { d.open = true; })")
        assert accessibility_faults(page) == []
        small = (
            "[...document.querySelectorAll('main a, main summary')].filter(e => e.offsetHeight < 44).length"
        )
        assert page.evaluate(small) == 0
        for zoom in (1, 2):
            page.set_viewport_size({"width": PHONE[0] // zoom, "height": PHONE[1] // zoom})
            assert page.evaluate("document.documentElement.scrollWidth") <= PHONE[0] // zoom
    windows.close()
    assert (windows.complaints, windows.errors, windows.foreign) == ([], [], [])
