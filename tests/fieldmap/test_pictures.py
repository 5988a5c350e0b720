"""A picture is known by its bytes, and tells no place."""

from __future__ import annotations

import pytest

from fieldmap.errors import InputError
from fieldmap.pictures import picture_type


def segment(marker: int, content: bytes) -> bytes:
    """Return a JPEG segment."""
    return bytes([0xFF, marker]) + (len(content) + 2).to_bytes(2, "big") + content


def chunk(name: bytes, content: bytes, order: str) -> bytes:
    """Return a chunk of a PNG (``big``) or of a WebP (``little``)."""
    if order == "big":
        return len(content).to_bytes(4, "big") + name + content + bytes(4)
    return name + len(content).to_bytes(4, "little") + content + bytes(len(content) % 2)


SCAN = b"\xff\xda\x00\x02" + b"Exif" * 9
JPEG = b"\xff\xd8" + segment(0xE0, b"JFIF\0") + segment(0xDB, bytes(65)) + SCAN
PNG = b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", bytes(13), "big") + chunk(b"IDAT", b"eXIf", "big")
WEBP = b"RIFF\0\0\0\0WEBP" + chunk(b"VP8 ", b"EXI", "little")


@pytest.mark.parametrize(
    ("content", "kind"), [(JPEG, "image/jpeg"), (PNG, "image/png"), (WEBP, "image/webp")]
)
def test_a_picture_is_known_by_its_bytes(content: bytes, kind: str) -> None:
    """The three formats that a browser writes; the word EXIF inside the picture itself is no matter."""
    assert picture_type(content) == kind


@pytest.mark.parametrize(
    "content",
    [
        JPEG.replace(SCAN, segment(0xE1, b"Exif\0\0MM\0*") + SCAN),
        JPEG.replace(SCAN, segment(0xE1, b"http://ns.adobe.com/xap/1.0/\0<x/>") + SCAN),
        JPEG.replace(SCAN, b"\xff" + segment(0xED, b"Photoshop 3.0\0") + SCAN),  # a fill byte before it
        PNG + chunk(b"eXIf", b"MM\0*", "big"),
        PNG + chunk(b"iTXt", b"XML:com.adobe.xmp", "big"),
        WEBP + chunk(b"EXIF", b"MM\0*", "little"),
        WEBP + chunk(b"XMP ", b"<x/>", "little"),
    ],
)
def test_a_picture_that_tells_more_is_refused(content: bytes) -> None:
    """EXIF, XMP and Photoshop's block hold the place, the time, the camera."""
    with pytest.raises(InputError) as refused:
        picture_type(content)
    assert (refused.value.code, refused.value.value) == ("phone.photo-content", "EXIF, XMP")


@pytest.mark.parametrize(
    "content",
    [b"", b"GIF89a", b"\xff\xd8\xff", JPEG[:30], JPEG.replace(SCAN, b"\xff\xe0\x00\x01"), b"<svg/>", b"RIFF"],
)
def test_what_is_no_picture_is_refused(content: bytes) -> None:
    """Another format, or one that is torn before its picture begins."""
    with pytest.raises(InputError):
        picture_type(content)
