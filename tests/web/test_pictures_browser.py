"""Pictures as the phone keeps them: small, upright, with nothing of the camera's own data."""

from __future__ import annotations

import base64
import struct

import pytest
from playwright.sync_api import Page

from fieldmap.pictures import picture_type
from tests.web.conftest import NewPage

pytestmark = pytest.mark.browser


@pytest.fixture
def shell(new_page: NewPage) -> Page:
    """Return the app's page; nobody is signed in."""
    page = new_page(width=360, height=640)
    page.goto("/phone")
    return page


MAKE_JPEG = """async ([width, height, noisy]) => {
    const canvas = Object.assign(document.createElement("canvas"), { width, height });
    const pen = canvas.getContext("2d");
    pen.fillStyle = "#c03020";
    pen.fillRect(0, 0, width, height / 2);
    if (noisy) {
        const data = pen.createImageData(width, height);
        const words = new Uint32Array(data.data.buffer);
        let seed = 7;
        for (let at = 0; at < words.length; at += 1) {
            seed = (seed * 1664525 + 1013904223) >>> 0;
            words[at] = seed | 0xff000000;
        }
        pen.putImageData(data, 0, 0);
    }
    const blob = await new Promise((resolve) => canvas.toBlob(resolve, "image/jpeg", 0.95));
    const bytes = new Uint8Array(await blob.arrayBuffer());
    return btoa(Array.from(bytes, (byte) => String.fromCharCode(byte)).join(""));
}"""

SHRINK = """async (text) => {
    const { shrink } = await import("/static/phone/photos.js");
    const bytes = Uint8Array.from(atob(text), (char) => char.charCodeAt(0));
    const blob = await shrink(new File([bytes], "DCIM_0320.jpg", { type: "image/jpeg" }));
    const { width, height } = await createImageBitmap(blob);
    const made = new Uint8Array(await blob.arrayBuffer());
    return { width, height, text: btoa(Array.from(made, (byte) => String.fromCharCode(byte)).join("")) };
}"""


def made_jpeg(page: Page, width: int, height: int, *, noisy: bool = False) -> bytes:
    """Return a JPEG, its upper half red, or noise."""
    return base64.b64decode(page.evaluate(MAKE_JPEG, [width, height, noisy]))


def exif(make: bytes) -> bytes:
    """Return an APP1 segment: turned by a quarter (6), a make, a position in a GPS directory."""
    entry = struct.Struct(">HHII")
    after = 8 + 2 + 3 * 12 + 4
    gps = after + len(make)
    directory = struct.pack(">H", 3) + struct.pack(">HHIHH", 0x0112, 3, 1, 6, 0)
    directory += entry.pack(0x010F, 2, len(make), after) + entry.pack(0x8825, 4, 1, gps) + bytes(4)
    latitude = struct.pack(">6I", 26, 1, 42, 1, 9, 1)
    located = struct.pack(">H", 2) + struct.pack(">HHI4s", 1, 2, 2, b"N\0\0\0")
    located += entry.pack(2, 5, 3, gps + 2 + 2 * 12 + 4) + bytes(4) + latitude
    tiff = b"MM\0*" + struct.pack(">I", 8) + directory + make + located
    body = b"Exif\0\0" + tiff
    return b"\xff\xe1" + struct.pack(">H", len(body) + 2) + body


def shrunk(page: Page, jpeg: bytes) -> tuple[bytes, int, int]:
    """Return a photo as the phone keeps it, its width and height."""
    found = page.evaluate(SHRINK, base64.b64encode(jpeg).decode())
    return base64.b64decode(found["text"]), found["width"], found["height"]


def test_a_photo_loses_the_cameras_data_and_stands_upright(shell: Page) -> None:
    """EXIF with a position goes in; a JPEG turned upright comes out, with no byte of it."""
    plain = made_jpeg(shell, 800, 400)
    marked = plain[:2] + exif(b"FieldCam 26.7025N\0") + plain[2:]
    content, width, height = shrunk(shell, marked)
    assert (width, height) == (400, 800)
    assert picture_type(content) == "image/jpeg"
    assert b"Exif" not in content
    assert b"FieldCam" not in content
    assert b"\xff\xe1" not in content[:200]


def test_a_big_photo_is_shrunk(shell: Page) -> None:
    """The worst picture, noise all over, comes out at most 1600 px long and 300 kB."""
    big = made_jpeg(shell, 2000, 1500, noisy=True)
    assert len(big) > 2_000_000
    content, width, height = shrunk(shell, big)
    assert max(width, height) <= 1600
    assert abs(width / height - 4 / 3) < 0.01
    assert len(content) <= 300_000


def test_a_dense_signature_stays_small(shell: Page) -> None:
    """However much somebody scribbles, the signature is a PNG of at most 40 kB."""
    text = shell.evaluate(
        """async () => {
            const { signaturePng } = await import("/static/phone/signature.js");
            const canvas = Object.assign(document.createElement("canvas"), { width: 600, height: 240 });
            const pen = canvas.getContext("2d");
            const data = pen.createImageData(600, 240);
            data.data.forEach((_, at) => { data.data[at] = at % 4 === 3 ? 255 : (at * 7919) % 251; });
            pen.putImageData(data, 0, 0);
            const bytes = new Uint8Array(await (await signaturePng(canvas)).arrayBuffer());
            return btoa(Array.from(bytes, (byte) => String.fromCharCode(byte)).join(""));
        }"""
    )
    content = base64.b64decode(text)
    assert picture_type(content) == "image/png"
    assert len(content) <= 40_000
