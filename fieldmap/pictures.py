"""Pictures from phones: what they are by their own bytes, and that they tell no place.

A phone draws a photo anew, so that nothing of the camera's file is left. The
station does not rely on it: it looks for the segments in which EXIF and XMP
lie (JPEG: APP1 and APP13, ITU-T T.81 annex B; PNG: ``eXIf`` and texts, W3C PNG
11.3; WebP: ``EXIF`` and ``XMP``, RFC 9649).
"""

from __future__ import annotations

from collections.abc import Iterator

from fieldmap.errors import InputError

__all__ = ["picture_type"]

_PNG = b"\x89PNG\r\n\x1a\n"
_TELLING_PNG = frozenset({b"eXIf", b"iTXt", b"tEXt", b"zTXt"})
_TELLING_WEBP = frozenset({b"EXIF", b"XMP "})
_TELLING_JPEG = frozenset({0xE1, 0xED})
_START_OF_SCAN = 0xDA


def picture_type(content: bytes) -> str:
    """Return the media type of a picture.

    Raises
    ------
    InputError
        ``phone.photo-content``: no JPEG, PNG or WebP, a torn one, or one with
        EXIF or XMP in it.

    Examples
    --------
    >>> picture_type(bytes.fromhex("ffd8ffe00002ffda"))
    'image/jpeg'
    """
    try:
        if content.startswith(b"\xff\xd8\xff"):
            found, telling = "image/jpeg", not _TELLING_JPEG.isdisjoint(_jpeg_markers(content))
        elif content.startswith(_PNG):
            found, telling = "image/png", not _TELLING_PNG.isdisjoint(_png_chunks(content))
        elif content.startswith(b"RIFF") and content[8:12] == b"WEBP":
            found, telling = "image/webp", not _TELLING_WEBP.isdisjoint(_webp_chunks(content))
        else:
            raise InputError("phone.photo-content")
    except IndexError:
        raise InputError("phone.photo-content") from None
    if telling:
        raise InputError("phone.photo-content", "EXIF, XMP")
    return found


def _jpeg_markers(content: bytes) -> Iterator[int]:
    """Yield the markers before the picture itself begins."""
    at = 2
    while True:
        while content[at] == 0xFF and content[at + 1] == 0xFF:  # fill bytes
            at += 1
        if content[at] != 0xFF:
            raise IndexError
        marker = content[at + 1]
        if marker == _START_OF_SCAN:
            return
        yield marker
        length = content[at + 2] << 8 | content[at + 3]
        if length < 2:
            raise IndexError
        at += 2 + length


def _png_chunks(content: bytes) -> Iterator[bytes]:
    at = len(_PNG)
    while at + 8 <= len(content):
        yield content[at + 4 : at + 8]
        at += 12 + int.from_bytes(content[at : at + 4], "big")


def _webp_chunks(content: bytes) -> Iterator[bytes]:
    at = 12
    while at + 8 <= len(content):
        yield content[at : at + 4]
        size = int.from_bytes(content[at + 4 : at + 8], "little")
        at += 8 + size + size % 2
