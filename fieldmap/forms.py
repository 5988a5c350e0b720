"""Read what somebody filled in: every mistake at once, by field.

A form comes over the wire as texts, numbers and lists. A reader turns each
field into a value and collects what is wrong; at the end the whole form is
taken or refused, never half.
"""

from __future__ import annotations

import math
import uuid
from collections.abc import Iterable, Mapping
from datetime import date, datetime
from enum import StrEnum

from fieldmap.errors import InputError, Issue
from fieldmap.models import Position

__all__ = ["FormError", "FormReader"]

_FARTHEST_M = 100_000
_YEARS = range(2000, 2200)


class FormError(InputError):
    """A form with mistakes; ``issues`` has all of them, by field."""

    def __init__(self, code: str, issues: Iterable[Issue]) -> None:
        self.issues = tuple(issues)
        lines = "\n".join(str(issue) for issue in self.issues)
        super().__init__(code, f"\n{lines}", count=len(self.issues))


class FormReader:
    """Reads the fields of a form and keeps every mistake.

    Parameters
    ----------
    form
        Field → value as it came over the wire: texts, numbers, lists of
        texts, or None. An empty text is no value.
    """

    def __init__(self, form: Mapping[str, object]) -> None:
        self.form = form
        self.issues: list[Issue] = []

    def problem(self, name: str, code: str, **details: object) -> None:
        """Add a mistake."""
        value = self.form.get(name)
        self.issues.append(Issue(0, name, "" if value is None else str(value), code, details=details))

    def text(self, name: str) -> str:
        """Return a text without blanks around it; nothing is an empty one."""
        value = self.form.get(name)
        return value.strip() if isinstance(value, str) else ""

    def texts(self, name: str) -> tuple[str, ...]:
        """Return a list of texts, each once."""
        value = self.form.get(name)
        if not isinstance(value, list | tuple):
            return ()
        return tuple(dict.fromkeys(v for v in value if isinstance(v, str)))

    def uuid(self, name: str, code: str) -> str:
        """Return a UUID in its usual form."""
        try:
            return str(uuid.UUID(self.text(name)))
        except ValueError:
            self.problem(name, code)
            return ""

    def choice[E: StrEnum](self, name: str, kind: type[E], default: E) -> E:
        """Return one code of an enumeration, the default where none is given."""
        text = self.text(name)
        if text and text not in set(kind):
            self.problem(name, "visit.choice", field=name, allowed=", ".join(kind))
            return default
        return kind(text) if text else default

    def day(self, name: str, code: str, first: date, last: date) -> date | None:
        """Return a day within bounds, None where there is no value or a wrong one."""
        text = self.text(name)
        if not text:
            return None
        try:
            found = date.fromisoformat(text)
        except ValueError:
            self.problem(name, code, first=first, last=last)
            return None
        if not first <= found <= last:
            self.problem(name, code, first=first, last=last)
            return None
        return found

    def instant(self, name: str, code: str) -> datetime | None:
        """Return an instant with a zone, of our days; None where there is no value or a wrong one."""
        text = self.text(name)
        try:
            found = datetime.fromisoformat(text) if text else None
        except ValueError:
            found = datetime.min
        if found is not None and (found.tzinfo is None or found.year not in _YEARS):
            self.problem(name, code)
            return None
        return found

    def position(self, name: str, code: str) -> tuple[Position | None, int | None]:
        """Return a point ``{lon, lat, accuracy_m}`` and its accuracy in metres."""
        value = self.form.get(name)
        if value is None:
            return None, None
        point = value if isinstance(value, Mapping) else {}
        lon, lat = _number(point.get("lon"), 180), _number(point.get("lat"), 90)
        accuracy = _number(point.get("accuracy_m", 0), _FARTHEST_M)
        if lon is None or lat is None or accuracy is None or accuracy < 0:
            self.problem(name, code)
            return None, None
        return Position(lon, lat), round(accuracy) if "accuracy_m" in point else None

    def done(self, code: str) -> None:
        """Refuse the form where there was any mistake.

        Raises
        ------
        FormError
            With every mistake.
        """
        if self.issues:
            raise FormError(code, self.issues)


def _number(value: object, most: float) -> float | None:
    if isinstance(value, bool) or not isinstance(value, int | float):
        return None
    return float(value) if math.isfinite(value) and abs(value) <= most else None
