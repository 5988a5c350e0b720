"""The text of a PDF as Chromium writes it, page by page; enough to see what was printed."""

from __future__ import annotations

import re
import unicodedata
import zlib
from dataclasses import dataclass

__all__ = ["PdfPage", "pages_of"]

_OBJECT = re.compile(rb"^(\d+) 0 obj\n(.*?)\nendobj", re.DOTALL | re.MULTILINE)
_PAGE = re.compile(rb"/Type /Page\b")
_FONT = re.compile(rb"/(F\d+) (\d+) 0 R")
_SHOWN = re.compile(rb"/(F\d+) [\d.]+ Tf|<([0-9A-F]+)> Tj")
# a font gives a radical and the character of its shape one glyph; of some the PDF then names the radical
_RADICALS = str.maketrans("⻅⻔⻚⻘⻋⻓", "见门页青车长")
_HEX = re.compile(rb"<([0-9A-F]+)>")


@dataclass(frozen=True)
class PdfPage:
    """One page: width and height in points, and its text without blanks, in the order it was drawn."""

    size: tuple[int, int]
    text: str


def pages_of(pdf: bytes) -> list[PdfPage]:
    """Return the pages of a PDF that Chromium printed."""
    objects = {int(number): body for number, body in _OBJECT.findall(pdf)}
    return [_page(body, objects) for body in objects.values() if _PAGE.search(body)]


def _page(body: bytes, objects: dict[int, bytes]) -> PdfPage:
    fonts = {name: _letters(objects[int(number)], objects) for name, number in _FONT.findall(body)}
    box = re.search(rb"/MediaBox \[0 0 ([\d.]+) ([\d.]+)\]", body)
    assert box is not None
    text, letters = "", {}
    for font, codes in _SHOWN.findall(_stream(body, rb"/Contents", objects)):
        if font:
            letters = fonts[font]
        width = len(next(iter(letters), b"00"))
        text += "".join(letters.get(codes[i : i + width], "") for i in range(0, len(codes), width))
    plain = unicodedata.normalize("NFKC", text).translate(_RADICALS)
    return PdfPage((round(float(box[1])), round(float(box[2]))), "".join(plain.split()))


def _letters(font: bytes, objects: dict[int, bytes]) -> dict[bytes, str]:
    """Return code → text of a font."""
    made: dict[bytes, str] = {}
    table = _stream(font, rb"/ToUnicode", objects)
    for ranges, body in re.findall(rb"beginbf(char|range)\n(.*?)endbf", table, re.DOTALL):
        for line in body.splitlines():
            first, *rest = _HEX.findall(line)
            last = rest[0] if ranges == b"range" else first
            start = bytes.fromhex(rest[-1].decode()).decode("utf-16-be")
            for step in range(int(last, 16) - int(first, 16) + 1):
                code = b"%0*X" % (len(first), int(first, 16) + step)
                made[code] = start[:-1] + chr(ord(start[-1]) + step)
    return made


def _stream(body: bytes, key: bytes, objects: dict[int, bytes]) -> bytes:
    found = re.search(key + rb" (\d+) 0 R", body)
    if found is None:
        return b""
    content = objects[int(found[1])]
    return zlib.decompressobj().decompress(content[content.index(b"stream\n") + 7 :])
