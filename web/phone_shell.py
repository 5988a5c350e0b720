"""The shell of the phone's app: one page without anybody's data, its files, its words.

A phone keeps the shell and opens it without a signal. Which files belong to it,
and what each must hash to, is told to the phone's service worker, so that
"ready offline" can be checked and not only hoped for. Both languages are in the
page: somebody changes the language on a hill without a signal as well.
"""

from __future__ import annotations

import json
import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from hashlib import sha256
from pathlib import Path

from jinja2 import Environment

from web.i18n import LANGUAGES
from web.phone_files import FOLDER, phone_file
from web.vendor import vendor_file

__all__ = ["Shell", "WordsError", "read_words", "shell_of", "worker_script"]

_WEB = Path(__file__).parent
_TEMPLATE = "phone_shell.html"
_WORKER = "sw.js"
_VENDOR = ("leaflet/leaflet.js", "leaflet/leaflet.css")
_SHARED = ("css/base.css", "icon.svg")
_NAMED = re.compile(r"\{(\w+)\}")


class WordsError(ValueError):
    """A text of the phone is not a pair of texts with the same ``{names}``."""


@dataclass(frozen=True)
class Shell:
    """What a phone keeps to open the app without a signal.

    Attributes
    ----------
    version
        Changes with every byte of the shell; 12 hexadecimal digits.
    files
        Address → SHA-256 of its content in hexadecimal digits, the page among them.
    page
        The page at ``/phone``.
    names
        Language → the name under which the app is installed.
    """

    version: str
    files: Mapping[str, str]
    page: str
    names: Mapping[str, str]


def read_words(folder: Path = _WEB / "phone_words") -> dict[str, dict[str, str]]:
    """Return language → key → text, from ``AREA.toml`` of ``key = ["中文", "English"]``.

    Raises
    ------
    WordsError
        An entry is not a pair, a text is empty, or the two have other ``{names}``.
    """
    found: dict[str, dict[str, str]] = {lang: {} for lang in LANGUAGES}
    for path in sorted(folder.glob("*.toml")):
        for key, pair in tomllib.loads(path.read_text(encoding="utf-8")).items():
            name = f"{path.stem}.{key}"
            if not isinstance(pair, list) or len(pair) != len(LANGUAGES) or not all(pair):
                raise WordsError(f"{name}: {pair!r} is not a text in each of {LANGUAGES}")
            if len({frozenset(_NAMED.findall(text)) for text in pair}) > 1:
                raise WordsError(f"{name}: {pair!r} differ in their {{names}}")
            for lang, text in zip(LANGUAGES, pair, strict=True):
                found[lang][name] = text
    return found


@cache
def shell_of(templates: Environment, lang: str) -> Shell:
    """Return the shell of an app whose default language is ``lang``.

    Read once: new files are served after a restart, as new templates are.

    Raises
    ------
    ServeError
        ``serve.vendor``: the npm packages are not installed.
    """
    files = _files()
    words = read_words()
    template = templates.get_template(_TEMPLATE)
    # the page is told the version, so the version is of everything but the finished page
    source = (_WEB / "templates" / _TEMPLATE).read_bytes()
    told = json.dumps([files, words, lang], ensure_ascii=False).encode() + source
    version = sha256(told + (FOLDER / _WORKER).read_bytes()).hexdigest()[:12]
    page = template.render(
        lang=lang,
        version=version,
        words=words,
        modules=[address for address in files if address.startswith("/static/") and address.endswith(".js")],
        styles=[
            address for address in files if address.startswith("/static/phone/") and address.endswith(".css")
        ],
        files=len(files) + 1,
    )
    names = {language: texts["app.name"] for language, texts in words.items()}
    return Shell(version, {"/phone": sha256(page.encode()).hexdigest(), **files}, page, names)


def worker_script(shell: Shell) -> str:
    """Return the service worker, told what to keep."""
    told = json.dumps({"version": shell.version, "files": list(shell.files.items())})
    return f"const SHELL = {told};\n{(FOLDER / _WORKER).read_text(encoding='utf-8')}"


def _files() -> dict[str, str]:
    """Return address → SHA-256 of every file but the page."""
    names = sorted(path.name for path in FOLDER.iterdir() if path.name != _WORKER)
    own = {f"/static/phone/{name}": file.sum for name in names if (file := phone_file(name))}
    shared = {f"/static/{name}": _WEB / "static" / name for name in _SHARED}
    vendor = {f"/vendor/{name}": path for name in _VENDOR if (path := vendor_file(name))}
    others = {
        address: sha256(path.read_bytes()).hexdigest() for address, path in {**shared, **vendor}.items()
    }
    return {**own, **others}
