"""Headings of ledgers → fields, by a table of synonyms and a remembered mapping."""

from __future__ import annotations

import re
import tomllib
import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from importlib import resources

from fieldmap.errors import InputError

__all__ = ["FIELDS", "Headings", "heading_key"]

_NOISE = re.compile(r"[\s*::★☆]+")
_BRACKETS = re.compile(r"\(.*?\)|\[.*?\]|【.*?】")


def heading_key(text: str) -> str:
    """Return a heading without what typing adds: blanks, line breaks, stars.

    Examples
    --------
    >>> heading_key("* 村 （社区）:")
    '村(社区)'
    """
    return _NOISE.sub("", unicodedata.normalize("NFKC", text)).upper()


@cache
def _table() -> tuple[Mapping[str, str], frozenset[str], tuple[str, ...]]:
    file = resources.files("fieldmap.readers") / "headings.toml"
    facts = tomllib.loads(file.read_text(encoding="utf-8"))
    fields = {heading_key(word): field for field, words in facts["fields"].items() for word in words}
    return fields, frozenset(map(heading_key, facts["others"]["words"])), tuple(facts["fields"])


FIELDS: tuple[str, ...] = _table()[2]
"""Every field that a column can be mapped to; "" keeps a column aside."""


@dataclass(frozen=True, slots=True)
class Headings:
    """Knows a heading: first as this station said it, then by the table.

    Attributes
    ----------
    said
        Heading → field as remembered from an earlier import; "" means that
        the column is nothing the product knows.
    """

    said: Mapping[str, str]

    @classmethod
    def remembering(cls, mapping: Mapping[str, str] | None) -> Headings:
        """Take a remembered mapping.

        Raises
        ------
        InputError
            It names a field that does not exist.
        """
        unknown = sorted({field for field in (mapping or {}).values() if field and field not in FIELDS})
        if unknown:
            raise InputError("ledger.mapping", "、".join(unknown), known=" ".join(FIELDS))
        return cls({heading_key(heading): field for heading, field in (mapping or {}).items()})

    def field(self, texts: Sequence[str]) -> str | None:
        """Return the field of a column, or None where nobody knows it.

        Parameters
        ----------
        texts
            What stands in the header above the column, from top to bottom.
        """
        keys = list(dict.fromkeys(key for key in map(heading_key, texts) if key))
        if not keys:
            return None
        joined = "".join(keys)
        if joined in self.said:
            return self.said[joined] or None
        whole = self._known(joined)
        if whole or len(keys) == 1:
            return whole
        if self.of_somebody_else(keys):
            return None  # 父亲 above 姓名 is not the name of the child
        return self._known(keys[-1]) or self._known(keys[0])

    def of_somebody_else(self, texts: Sequence[str]) -> bool:
        """Tell whether a column stands under a word for another person than the row's."""
        keys = list(dict.fromkeys(key for key in map(heading_key, texts) if key))
        return any(key in _table()[1] for key in keys[:-1])

    def is_name(self, text: object) -> bool:
        """Tell whether a cell alone is the heading of the name column."""
        return isinstance(text, str) and self.field([text]) == "name"

    def _known(self, key: str) -> str | None:
        if key in self.said:
            return self.said[key] or None
        table = _table()[0]
        bare = _BRACKETS.sub("", key)
        tries = (key, bare, *bare.split("/"))
        return next((table[text] for text in tries if text in table), None)
