"""What a person reads for a code: one label in Chinese, one in English."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from enum import StrEnum
from functools import cache
from importlib import resources

from fieldmap.errors import language
from fieldmap.standards.tags import TAGS

__all__ = ["label", "tag_label"]


def label(code: StrEnum, lang: str | None = None) -> str:
    """Return the label of a code of :mod:`fieldmap.models`.

    Parameters
    ----------
    code
        The member itself, not its text: ``community`` is one thing as a
        domain and another as a society.
    lang
        ``zh-CN`` or ``en``; without it the current language.

    Raises
    ------
    KeyError
        The code has no label.

    Examples
    --------
    >>> from fieldmap.models import Domain, Society
    >>> label(Domain.COMMUNITY, "zh-CN"), label(Society.COMMUNITY, "zh-CN")
    ('社区治理', '社区')
    """
    chinese, english = _labels()[type(code).__name__][code.value]
    return english if _english(lang) else chinese


def tag_label(name: str, value: str = "", lang: str | None = None) -> str:
    """Return what a person reads for a tag with its value.

    Examples
    --------
    >>> tag_label("低保", "A", "zh-CN"), tag_label("残疾", "2", "en")
    ('低保 A', 'disability 2')
    """
    kind = TAGS.get(name)
    head = kind.en if kind and _english(lang) else name
    return f"{head} {value}".strip()


def _english(lang: str | None) -> bool:
    return (lang or language.get()) == "en"


@cache
def _labels() -> Mapping[str, Mapping[str, tuple[str, str]]]:
    file = resources.files("fieldmap.standards") / "labels.toml"
    return {
        noun: {code: (texts[0], texts[1]) for code, texts in codes.items()}
        for noun, codes in tomllib.loads(file.read_text(encoding="utf-8")).items()
    }
