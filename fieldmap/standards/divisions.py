"""Administrative division codes and grid codes.

Statistics codes have 12 digits: province 2, city 2, county 2, township 3,
village 3. A grid is its village's code and three digits more (``domain.md``
§3.3, §3.5). The list of divisions is imported, never built in: it changes
every year. The ranges below are recalled and only read, never enforced.
"""

from __future__ import annotations

import re
from itertools import pairwise
from typing import Literal

__all__ = ["is_division_code", "is_grid_code", "level_of", "parent_of", "unit_kind", "village_of"]

UnitKind = Literal[
    "street", "town", "rural_township", "quasi_township", "community", "village", "quasi_village", ""
]

_ENDS = (4, 6, 9, 12)  # city, county, township, village: levels 1 to 4
_TOWNSHIPS: tuple[tuple[int, int, UnitKind], ...] = (
    (1, 99, "street"),
    (100, 199, "town"),
    (200, 399, "rural_township"),
    (400, 599, "quasi_township"),
)
_VILLAGES: tuple[tuple[int, int, UnitKind], ...] = (
    (1, 199, "community"),
    (200, 399, "village"),
    (400, 499, "community"),
    (500, 599, "quasi_village"),
)


def is_division_code(code: str) -> bool:
    """Tell whether a text is a 12-digit statistics code of level 1 to 4.

    Examples
    --------
    >>> is_division_code("990101100201"), is_division_code("99010110020")
    (True, False)
    """
    return bool(re.fullmatch(r"\d{12}", code)) and not code.endswith("0" * 10)


def is_grid_code(code: str) -> bool:
    """Tell whether a text is a village's code with three digits more."""
    return bool(re.fullmatch(r"\d{15}", code)) and code[9:12] != "000" and code[12:] != "000"


def level_of(code: str) -> int:
    """Return 1 city, 2 county, 3 township, 4 village.

    Raises
    ------
    ValueError
        The text is no 12-digit code.

    Examples
    --------
    >>> [level_of(c) for c in ("990100000000", "990101000000", "990101100000", "990101100201")]
    [1, 2, 3, 4]
    """
    if not is_division_code(code):
        raise ValueError(f"no 12-digit division code: {code!r}")
    return 1 + sum(bool(code[a:b].strip("0")) for a, b in pairwise(_ENDS))


def parent_of(code: str) -> str | None:
    """Return the code one level up, or None for a city.

    Examples
    --------
    >>> parent_of("990101100201")
    '990101100000'
    """
    level = level_of(code)
    return code[: _ENDS[level - 2]].ljust(12, "0") if level > 1 else None


def village_of(grid_code: str) -> str:
    """Return the division that a 15-digit grid code belongs to."""
    if not is_grid_code(grid_code):
        raise ValueError(f"no 15-digit grid code: {grid_code!r}")
    return grid_code[:12]


def unit_kind(code: str) -> UnitKind:
    """Tell what kind of township or village a code is; empty where unknown."""
    level = level_of(code)
    if level < 3:
        return ""
    number = int(code[6:9] if level == 3 else code[9:])
    ranges = _TOWNSHIPS if level == 3 else _VILLAGES
    return next((kind for low, high, kind in ranges if low <= number <= high), "")
