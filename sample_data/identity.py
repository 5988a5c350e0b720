"""Identity numbers and phones that are right in form and nobody's.

The area codes begin with 99, which is no province, so that a number with a
valid check digit still belongs to nobody.
"""

from __future__ import annotations

from datetime import date
from random import Random

__all__ = ["check_digit", "disability_card", "identity_number", "old_number", "phone"]

# GB 11643: weights of the 17 digits and the check characters by remainder.
_WEIGHTS = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)
_CHECKS = "10X98765432"


def check_digit(digits: str) -> str:
    """Return the check character of 17 digits (GB 11643).

    Examples
    --------
    >>> check_digit("11010519491231002")
    'X'
    """
    return _CHECKS[sum(w * int(d) for w, d in zip(_WEIGHTS, digits, strict=True)) % 11]


def identity_number(rng: Random, area: str, birth: date, male: bool) -> str:
    """Return an 18-digit number.

    The order number lies between 010 and 989: a double near 10^18 is a
    multiple of 128, and within these bounds rounding never reaches the date
    of birth, as it does not for real area codes either.
    """
    order = rng.randrange(10, 988) // 2 * 2 + male
    digits = f"{area}{birth:%Y%m%d}{order:03d}"
    return digits + check_digit(digits)


def old_number(number: str) -> str:
    """Return the 15-digit form used before 1999: no century, no check digit."""
    return number[:6] + number[8:17]


def disability_card(number: str, kind: int, grade: int) -> str:
    """Return the card number: identity number, class digit, grade digit."""
    return f"{number}{kind}{grade}"


def phone(rng: Random) -> str:
    """Return a mobile number of the block 199 0000, which no one is given here."""
    return f"1990000{rng.randrange(10_000):04d}"
