r"""A safe part of regular expressions, matched without any engine.

Two engines differ in what ``\d`` or ``.`` is, and both can be made to run for
hours; here a pattern is a row of pieces (a class of characters, how often), and
matching keeps the set of places reached: time grows with text × pattern.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache

__all__ = ["LONGEST_MATCHED", "passes", "pattern_faults"]

LONGEST_MATCHED = 200
"""A longer text passes no pattern, in code points: patterns are for codes and numbers."""

_LONGEST_PATTERN = 100
_MOST = 200
_SIGNS = frozenset(".[]{}()?*+|^$\\")
_ESCAPED = _SIGNS | {"-"}


@dataclass(frozen=True, slots=True)
class _Piece:
    """One class of characters and how often it may stand there."""

    ranges: tuple[tuple[str, str], ...]
    negated: bool
    least: int = 1
    most: int = 1

    def takes(self, char: str) -> bool:
        return any(low <= char <= high for low, high in self.ranges) != self.negated


class _Fault(Exception):
    """The pattern is not of this part."""


def pattern_faults(pattern: str) -> Iterator[str]:
    """Yield the pattern where it is not of the safe part."""
    try:
        _pieces(pattern)
    except _Fault:
        yield pattern


def passes(text: str, pattern: str) -> bool:
    r"""Return whether a pattern stands for the whole of a text.

    Examples
    --------
    >>> passes("13800005678", r"1\d{10}"), passes("1380000567x", r"1\d{10}")
    (True, False)
    """
    if len(text) > LONGEST_MATCHED:
        return False
    reached = {0}
    for piece in _pieces(pattern):
        reached = {place for start in reached for place in _places(piece, text, start)}
    return len(text) in reached


def _places(piece: _Piece, text: str, start: int) -> Iterator[int]:
    """Yield where a piece may end that begins at a place."""
    if piece.least == 0:
        yield start
    for times, place in enumerate(range(start, min(len(text), start + piece.most)), start=1):
        if not piece.takes(text[place]):
            return
        if times >= piece.least:
            yield place + 1


@lru_cache(maxsize=256)
def _pieces(pattern: str) -> tuple[_Piece, ...]:
    if len(pattern) > _LONGEST_PATTERN:
        raise _Fault
    found, at = [], 0
    while at < len(pattern):
        ranges, negated, at = _class(pattern, at)
        least, most, at = _times(pattern, at)
        found.append(_Piece(ranges, negated, least, most))
    return tuple(found)


def _class(pattern: str, at: int) -> tuple[tuple[tuple[str, str], ...], bool, int]:
    """Return a class of characters, whether it is meant negated, and where it ends."""
    if pattern[at] == ".":
        return (), True, at + 1
    if pattern[at] != "[":
        low, high, end = _one(pattern, at)
        return ((low, high),), False, end
    at += 1
    negated = pattern[at : at + 1] == "^"
    at += negated
    ranges = []
    while pattern[at : at + 1] != "]":
        low, high, at = _one(pattern, at)
        if low == high and pattern[at : at + 1] == "-":
            _, high, at = _one(pattern, at + 1)
        ranges.append((low, high))
    if not ranges:
        raise _Fault
    return tuple(ranges), negated, at + 1


def _one(pattern: str, at: int) -> tuple[str, str, int]:
    r"""Return the range of one character, escaped or not; ``\d`` is the only one that is wide."""
    sign = pattern[at : at + 1]
    if sign == "\\":
        escaped = pattern[at + 1 : at + 2]
        if escaped == "d":
            return "0", "9", at + 2
        if escaped in _ESCAPED:
            return escaped, escaped, at + 2
        raise _Fault
    if not sign or sign in _SIGNS:
        raise _Fault
    return sign, sign, at + 1


def _times(pattern: str, at: int) -> tuple[int, int, int]:
    """Return how often, at least and at most, and where that ends."""
    sign = pattern[at : at + 1]
    if sign and sign in "?*+":
        return int(sign == "+"), 1 if sign == "?" else LONGEST_MATCHED, at + 1
    if sign != "{":
        return 1, 1, at
    end = pattern.find("}", at)
    least, comma, most = pattern[at + 1 : max(end, at + 1)].partition(",")
    if not (least.isascii() and least.isdigit()) or (comma and not (most.isascii() and most.isdigit())):
        raise _Fault
    low, high = int(least), int(most) if comma else int(least)
    if not low <= high <= _MOST:
        raise _Fault
    return low, high, end + 1
