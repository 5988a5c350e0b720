"""The app's files as they travel to a phone: scripts without their comments, all packed.

A phone on a slow network fetches some fifty small files once. Comments and
indentation are a fifth of them and are left out line by line; nothing else of
a script is touched, so that what fails on a phone can be found in the file.
"""

from __future__ import annotations

import gzip
import re
from dataclasses import dataclass
from functools import cache
from hashlib import sha256
from pathlib import Path

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response

from web.security import KEPT

__all__ = ["FOLDER", "PhoneFile", "lean", "packed_answer", "phone_asset", "phone_file"]

FOLDER = Path(__file__).parent / "static" / "phone"
"""Where the app's modules, styles and icons lie; one level."""

_TYPES = {".js": "text/javascript", ".css": "text/css", ".png": "image/png"}
_BLOCK = re.compile(r"^[ \t]*/\*.*?\*/[ \t]*\n", re.DOTALL | re.MULTILINE)
_LINE = re.compile(r"^[ \t]*//[^\n]*\n|^[ \t]+|^\n", re.MULTILINE)


@dataclass(frozen=True)
class PhoneFile:
    """One file of the app.

    Attributes
    ----------
    content
        What the browser reads.
    media_type
        Its kind.
    """

    content: bytes
    media_type: str

    @property
    def sum(self) -> str:
        """Return the SHA-256 of the content in hexadecimal digits."""
        return sha256(self.content).hexdigest()


def lean(script: str) -> str:
    r"""Return a script without comments that fill lines, empty lines and indentation.

    The scripts of the phone hold no text over several lines; a test compares
    the syntax trees.

    >>> lean("/* Says so. */\nif (a) {\n  // because\n  b();\n}\n")
    'if (a) {\nb();\n}\n'
    """
    return _LINE.sub("", _BLOCK.sub("", script))


@cache
def phone_file(name: str) -> PhoneFile | None:
    """Return a file of the app by its name, or None where there is none; read once."""
    path = FOLDER / name
    if path.parent != FOLDER or not path.is_file():
        return None
    content = path.read_bytes()
    if path.suffix == ".js":
        content = lean(content.decode()).encode()
    return PhoneFile(content, _TYPES.get(path.suffix, "application/octet-stream"))


@cache
def _packed(content: bytes) -> bytes:
    return gzip.compress(content, mtime=0)


def packed_answer(
    request: Request, file: PhoneFile, headers: dict[str, str], packed: bytes | None = None
) -> Response:
    """Return a file, packed for who can unpack it; never a page with a form's token.

    Parameters
    ----------
    packed
        The packed content of what is not the same for everybody; without it
        the content is packed and kept as long as the process lives.
    """
    told = {**headers, "vary": "accept-encoding"}
    if file.media_type == "image/png" or "gzip" not in request.headers.get("accept-encoding", ""):
        return Response(file.content, media_type=file.media_type, headers=told)
    told["content-encoding"] = "gzip"
    return Response(
        _packed(file.content) if packed is None else packed, media_type=file.media_type, headers=told
    )


async def phone_asset(request: Request) -> Response:
    """Serve ``/static/phone/NAME``."""
    file = phone_file(request.path_params["name"])
    if file is None:
        raise HTTPException(404)
    return packed_answer(request, file, {"cache-control": KEPT})
