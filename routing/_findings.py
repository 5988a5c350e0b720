"""What is wrong with a benchmark file: every fault with its line and field, told all at once."""

from __future__ import annotations

from fieldmap.errors import InputError, explain, language

__all__ = ["MOST", "Findings"]

MOST = 10_000_000
"""Longest way, time and prize of a file in its own unit: ten times so much, twice, is below 2^30."""

SHOWN, LONGEST = 100, 60
"""Faults that are told one by one, and characters of a value."""


class Findings:
    """The faults of one file, in the order they were found."""

    def __init__(self, file: str) -> None:
        self._file = file
        self._told: list[str] = []

    def add(self, code: str, value: object = "", line: int = 0, field: str = "", **details: object) -> None:
        """Keep a fault: a code of the catalogue, the value received, where it stands.

        Parameters
        ----------
        line
            From 1; 0 is the whole file.
        """
        place = " ".join(filter(None, (f"{self._file}:{line}" if line else self._file, field)))
        said = explain(code, "", **details)
        short = "" if value is None else str(value)[:LONGEST]
        self._told.append(
            f"{place}: {said.what}: {short} ({said.allowed})"
            if language.get() == "en"
            else f"{place} {said.what}:{short}({said.allowed})"
        )

    def number(
        self,
        value: object,
        line: int = 0,
        field: str = "",
        least: float = 0,
        most: float = MOST,
        whole: bool = False,
    ) -> float | None:
        """Return the number that `value` says, or keep the fault and return nothing."""
        found = _number(value)
        if found is None:
            self.add("instance.number", value, line, field)
        elif not least <= found <= most:  # nor is "nan"
            low, high = (f"{end:,.0f}" if abs(end) < 1e12 else f"{end:g}" for end in (least, most))
            self.add("instance.range", value, line, field, least=low, most=high)
        elif whole and found != int(found):
            self.add("instance.whole", value, line, field)
        else:
            return found
        return None

    def end(self) -> None:
        """Tell what was found.

        Raises
        ------
        InputError
            Something was.
        """
        if self._told:
            more = len(self._told) - SHOWN
            told = [*self._told[:SHOWN], *([f"… + {more:,}"] if more > 0 else [])]
            value = "".join(f"\n  {one}" for one in told)
            raise InputError("instance.inconsistent", value, count=f"{len(self._told):,}")


def _number(value: object) -> float | None:
    """Return what a word of a text or a value of JSON says; ``1_0`` and ``true`` are no numbers."""
    if isinstance(value, bool) or not isinstance(value, int | float | str) or "_" in str(value)[:LONGEST]:
        return None
    try:
        return float(value)
    except (ValueError, OverflowError):
        return None
