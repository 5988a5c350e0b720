"""Take the pictures of the README: three users walk through a fresh demo.

``python -m scripts.screenshots`` writes ``docs/img/zh`` and ``docs/img/en``;
``python -m scripts.screenshots worker grid`` only what begins so. The demo is
made anew in a folder of its own, so that the pictures show what ``make demo``
shows; the clock stands at 09:42 of the demo's day.
"""

from __future__ import annotations

import base64
import contextlib
import os
import shutil
import struct
import sys
import tempfile
import threading
import time
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import numpy as np
import uvicorn
from numpy.typing import NDArray
from playwright.sync_api import Browser, Locator, Page, TimeoutError, sync_playwright

from fieldmap.settings import Settings
from web.app import create_app
from web.cli.demonstration import DEMO_DAY, PASSWORD, demo

OUT = Path(__file__).parent.parent / "docs" / "img"
LANGUAGES = {"zh": "zh-CN", "en": "en"}
NOW = datetime(2026, 3, 20, 1, 42, tzinfo=UTC)
DESK, PHONE = (1366, 768), (360, 640)
PIN = "246810"
NOTES = {"zh": "村东第三家,灯常亮,没见过人", "en": "Third house east of the village, light on, nobody seen"}
FLAGS = """--no-sandbox --disable-gpu --disable-quic --no-first-run --disable-background-networking
--disable-component-update --disable-sync"""


@dataclass(frozen=True)
class Camera:
    """A browser, the served demo, and the folder of one language."""

    browser: Browser
    url: str
    language: str
    wanted: tuple[str, ...] = ()

    @contextlib.contextmanager
    def window(self, size: tuple[int, int]) -> Iterator[Page]:
        """Yield a page of the demo; an answer that is an error fails at the end."""
        phone = size == PHONE
        context = self.browser.new_context(
            base_url=self.url,
            viewport={"width": size[0], "height": size[1]},
            locale=LANGUAGES[self.language],
            timezone_id="Asia/Shanghai",
            device_scale_factor=1.5 if phone else 1,
            has_touch=phone,
        )
        context.add_cookies([{"name": "lang", "value": LANGUAGES[self.language], "url": self.url}])
        page = context.new_page()
        failed: list[str] = []
        page.on("response", lambda answer: failed.append(answer.url) if answer.status >= 400 else None)
        yield page
        context.close()
        if failed:
            raise RuntimeError(f"not a page for the README: {', '.join(failed)}")

    @contextlib.contextmanager
    def signed_in(self, login: str, size: tuple[int, int] = DESK) -> Iterator[Page]:
        """Yield a page of the desk on which an account of the demo has signed in."""
        with self.window(size) as page:
            page.goto("/sign-in")
            page.fill("[name=login]", login)
            page.fill("[name=password]", PASSWORD)
            page.click("button.primary")
            page.wait_for_load_state("load")
            yield page

    @contextlib.contextmanager
    def on_phone(self, login: str) -> Iterator[Page]:
        """Yield the app of an account of the demo, ready offline."""
        with self.window(PHONE) as page:
            page.goto("/phone")
            page.locator(".lock-other summary").tap()
            page.fill("[name=login]", login)
            page.fill("[name=password]", PASSWORD)
            page.locator(".lock-form button").tap()
            for _ in range(2):  # chosen, and once more
                page.locator(".pin-dot.full").first.wait_for(state="detached")
                page.locator(".keypad").wait_for()
                for digit in PIN:
                    page.locator(f".pin-key[data-key='{digit}']").tap()
            page.locator("#ready.ok").wait_for()
            yield page

    def wants(self, name: str) -> bool:
        """Return whether a picture is to be taken."""
        return not self.wanted or name.startswith(self.wanted)

    def shoot(self, page: Page, name: str, place: Locator | None = None) -> None:
        """Write what the window shows, or one place of the page, whole."""
        if not self.wants(name):
            return
        with contextlib.suppress(TimeoutError):  # a page that hears of changes is never idle
            page.wait_for_load_state("networkidle", timeout=4000)
        path = OUT / self.language / f"{name}.png"
        path.parent.mkdir(parents=True, exist_ok=True)
        page.wait_for_timeout(400)  # the shade of the last tap fades
        shot = (place or page).screenshot(animations="disabled", caret="hide")
        path.write_bytes(indexed_png(pixels(self.browser, shot)))
        print(f"[img] {path.relative_to(OUT.parent.parent)} {path.stat().st_size // 1000} kB")


DECODE = """async ([data]) => {
  const image = await createImageBitmap(await (await fetch("data:image/png;base64," + data)).blob());
  const canvas = Object.assign(document.createElement("canvas"), {width: image.width, height: image.height});
  const ink = canvas.getContext("2d");
  ink.drawImage(image, 0, 0);
  const bytes = ink.getImageData(0, 0, image.width, image.height).data;
  let text = "";
  const step = 32768;
  for (let at = 0; at < bytes.length; at += step) text += String.fromCharCode(...bytes.slice(at, at + step));
  return [image.width, image.height, btoa(text)];
}"""


def pixels(browser: Browser, png: bytes) -> NDArray[np.uint8]:
    """Return a picture as an array (height, width, 3); the browser decodes it."""
    page = browser.new_page()
    width, height, data = page.evaluate(DECODE, [base64.b64encode(png).decode()])
    page.close()
    return np.frombuffer(base64.b64decode(data), np.uint8).reshape(height, width, 4)[:, :, :3]


def indexed_png(picture: NDArray[np.uint8]) -> bytes:
    """Return a PNG of at most 256 colours: a third of the size, hardly another look.

    The most frequent colours are kept as they are; every other becomes the nearest of them.
    """
    height, width, _ = picture.shape
    flat = picture.reshape(-1, 3).astype(np.int32)
    colours, place, count = np.unique(flat @ (65536, 256, 1), return_inverse=True, return_counts=True)
    channels = np.stack([colours >> 16, colours >> 8 & 255, colours & 255], axis=1)
    kept = channels[np.argsort(-count, kind="stable")[:256]]
    nearest = np.array([np.argmin(((kept - colour) ** 2).sum(axis=1)) for colour in channels], np.uint8)
    rows = np.zeros((height, width + 1), np.uint8)  # each row begins with its filter: none
    rows[:, 1:] = nearest[place].reshape(height, width)
    return b"\x89PNG\r\n\x1a\n" + b"".join(
        struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))
        for kind, body in (
            (b"IHDR", struct.pack(">IIBBBBB", width, height, 8, 3, 0, 0, 0)),
            (b"PLTE", kept.astype(np.uint8).tobytes()),
            (b"IDAT", zlib.compress(rows.tobytes(), 9)),
            (b"IEND", b""),
        )
    )


def make_demo(folder: Path) -> None:
    """Go the demo's way once, without serving."""
    demo.main(["--out", str(folder), "--no-serve"], standalone_mode=False)


@contextlib.contextmanager
def serving(folder: Path, language: str) -> Iterator[str]:
    """Serve a demo on a thread and a free port."""
    settings = Settings(
        db=folder / "county.db", network=folder / "network", lang=LANGUAGES[language], today=DEMO_DAY
    )
    app = create_app(settings, clock=lambda: NOW)
    server = uvicorn.Server(uvicorn.Config(app, host="127.0.0.1", port=0, log_level="error"))
    thread = threading.Thread(target=server.run, daemon=True)
    thread.start()
    while not server.started:
        time.sleep(0.02)
    yield f"http://127.0.0.1:{server.servers[0].sockets[0].getsockname()[1]}"
    server.should_exit = True
    thread.join(timeout=10)


def head_publishes(camera: Camera) -> None:
    """Show the morning, the people and the draft; publish it; show its paper."""
    with camera.signed_in("head") as page:
        page.goto("/desk")
        camera.shoot(page, "head-desk")
        page.goto("/people?gap=never")
        camera.shoot(page, "head-people")
        page.goto("/desk")
        page.click(".plan-line")
        camera.shoot(page, "head-plan")
        page.click("form[action$='/publish'] button")
        page.wait_for_load_state("networkidle")
        page.click("a[href$='/sheet']")
        camera.shoot(page, "head-sheet", page.locator(".paper").first)


def head_closes_gaps(camera: Camera) -> None:
    """Show the map, two gaps chosen for a plan, the sheet for the wall, the closings and the grids."""
    with camera.signed_in("head") as page:
        if camera.wants("map"):
            _coverage(page)  # the first look sets the travel times to the sites going
            page.wait_for_timeout(10_000)
        _coverage(page)
        camera.shoot(page, "map-head")
        for chip in page.locator("#coverage-strip button").all()[:2]:
            chip.click()
        camera.shoot(page, "map-chosen")
        page.locator("#plan-form button[value=day]").click()
        page.wait_for_load_state("load")
        camera.shoot(page, "map-plan")
        for name, path in (("print", "/map/print"), ("closings", "/closings"), ("grids", "/grids")):
            page.goto(path)
            camera.shoot(page, f"map-{name}")
    for login, name in (("head", "map-narrow"), ("grid", "map-grid")):
        with camera.signed_in(login, PHONE) as page:
            _coverage(page)
            camera.shoot(page, name)


def _coverage(page: Page) -> None:
    page.goto("/map")
    page.frame_locator("iframe").locator(".leaflet-interactive").first.wait_for()
    page.wait_for_timeout(2500)  # the base map comes when the page is idle


def worker_records(camera: Camera) -> None:
    """Show the day, its map and turns, going out, a visit saved without a signal and held with one."""
    with camera.on_phone("worker") as page:
        camera.shoot(page, "worker-list")
        _map(camera, page)
        page.locator(".stop", has=page.locator(".stop-distance")).first.locator(".stop-head").tap()
        page.locator(".actions button:has-text('↱')").first.tap()
        camera.shoot(page, "worker-turns")
        page.locator("dialog[open] .close").tap()
        _to_top(page.locator("#bar"))
        page.locator(".outing button").tap()
        camera.shoot(page, "worker-out")
        page.locator("dialog[open] .primary").tap()
        page.locator("#help").tap()
        camera.shoot(page, "worker-help")
        page.locator("dialog[open] .close").tap()
        page.context.set_offline(True)
        page.locator(".stop.next .record").tap()
        page.locator("[data-way=well]").check(force=True)
        camera.shoot(page, "worker-record")
        page.locator("dialog[open] .save").tap()
        page.locator("#held.wait").wait_for()
        camera.shoot(page, "worker-offline")
        page.context.set_offline(False)
        page.locator("#held.ok").wait_for()
        _to_top(page.locator("#bar"))
        camera.shoot(page, "worker-saved")
        page.locator(".tab.month").tap()
        camera.shoot(page, "worker-month")


def _map(camera: Camera, page: Page) -> None:
    page.tap("[data-view=map]")
    page.locator("#map .pin").first.wait_for()
    page.wait_for_timeout(800)
    camera.shoot(page, "worker-map")
    box = page.locator("#map .pin").nth(8).bounding_box()
    assert box is not None
    page.mouse.move(box["x"] + box["width"] / 2, box["y"] + box["height"] / 2)
    for _ in range(4):
        page.mouse.wheel(0, -240)
        page.wait_for_timeout(500)
    camera.shoot(page, "worker-map-near")
    page.tap("[data-view=list]")


def grid_manager_reports(camera: Camera) -> None:
    """Show her grid, the form with a pin, report the door, and the sweep."""
    with camera.on_phone("grid") as page:
        camera.shoot(page, "grid-page")
        page.tap("#report-door")
        sheet = page.locator("dialog[open]")
        sheet.locator("[name=note]").fill(NOTES[camera.language])
        camera.shoot(page, "grid-flag")
        sheet.locator("[type=submit]").tap()
        page.locator("#held.ok").wait_for()
        page.tap("#sweep")
        page.wait_for_timeout(300)
        camera.shoot(page, "grid-sweep")


def those_above_look(camera: Camera) -> None:
    """Show the flag on the head's page, and the county's figure."""
    with camera.signed_in("head") as page:
        page.goto("/flags")
        camera.shoot(page, "head-flags")
    with camera.signed_in("county") as page:
        camera.shoot(page, "county-rollup")


def _to_top(place: Locator) -> None:
    place.evaluate("place => place.scrollIntoView({block: 'start'})")


def main() -> None:
    """Take every picture in both languages."""
    chromium = os.environ.get("FIELDMAP_CHROMIUM") or shutil.which("chromium")
    with tempfile.TemporaryDirectory() as made, sync_playwright() as playwright:
        fresh = Path(made) / "demo"
        make_demo(fresh)
        for language, locale in LANGUAGES.items():
            browser = playwright.chromium.launch(
                executable_path=chromium,
                args=FLAGS.split(),
                env={**os.environ, "LANGUAGE": locale.replace("-", "_")},
            )
            folder = Path(shutil.copytree(fresh, Path(made) / language))
            with serving(folder, language) as url:
                camera = Camera(browser, url, language, tuple(sys.argv[1:]))
                head_publishes(camera)
                worker_records(camera)
                grid_manager_reports(camera)
                head_closes_gaps(camera)
                those_above_look(camera)
            browser.close()


if __name__ == "__main__":
    main()
