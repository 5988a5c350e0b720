"""Identity numbers of people (GB 11643) as they really stand in ledgers.

A number is normalised and judged, never repaired: what cannot be trusted is
marked *unverified* and keeps what is certain in it, such as the birth date.
The check digit and the birth date are :mod:`stdnum`'s; the area code is judged
apart, because codes are withdrawn every year and because made-up people carry
an area that was never assigned.
"""

from __future__ import annotations

import math
import re
import unicodedata
from dataclasses import dataclass, replace
from datetime import date

from stdnum.cn import ric
from stdnum.exceptions import ValidationError

from fieldmap.models import IdStatus, Sex

__all__ = ["IdentityNumber", "area_assigned", "normalise", "read_identity", "with_check_digit"]

_NONE_WORDS = frozenset(
    [
        "",
        "-",
        "/",
        "无",
        "无身份证",
        "没有",
        "未办",
        "未办理",
        "无户口",
        "未上户",
        "未落户",
        "不详",
        "NONE",
        "NAN",
    ]
)
_CROSSES = str.maketrans({"Х": "X", "х": "X", "×": "X", "✕": "X", "χ": "X", "Χ": "X"})
_NOISE = re.compile(r"[\s'’‘`\"“”,,\-·\u200b\u200e\u200f\ufeff]+")
_EIGHTEEN = re.compile(r"\d{17}[\dX]")
_FIFTEEN = re.compile(r"\d{15}")
_CARD = re.compile(r"(\d{17}[\dX])([1-7])([1-4])(?:B\d{1,2})?")
_SCIENTIFIC = re.compile(r"\d(?:\.\d+)?E\+?(?:14|17|19)")
_FOREIGN = re.compile(r"[A-Z]{3}\d{12}")
_EARLIEST_YEAR = 1880


@dataclass(frozen=True, slots=True)
class IdentityNumber:
    """An identity number and what is known for certain from it.

    Attributes
    ----------
    text
        The number normalised; empty where there is none. Not corrected.
    status
        Whether it may be relied on.
    birth_date, sex
        What the digits say, where these digits can be trusted.
    problem
        Code of the catalogue that says why it is not ``ok``; empty otherwise.
    eighteen
        The 18-digit form where it is certain (a 15-digit number has one);
        None otherwise. Two ledgers are matched on it.
    disability_class, disability_grade
        Digits 19 and 20 where a disability card number was given, else 0.
    """

    text: str
    status: IdStatus
    birth_date: date | None = None
    sex: Sex = Sex.UNKNOWN
    problem: str = ""
    eighteen: str | None = None
    disability_class: int = 0
    disability_grade: int = 0

    @property
    def prefix(self) -> str:
        """Return the first 14 digits, right even in a number kept as a float."""
        return (self.eighteen or self.text)[:14] if self.birth_date else ""


def normalise(text: str) -> str:
    """Take away what typing adds: width, blanks, apostrophes, case, a Cyrillic Х.

    Examples
    --------
    >>> normalise("'１１０１０５19491231002х ")
    '11010519491231002X'
    """
    return _NOISE.sub("", unicodedata.normalize("NFKC", text).translate(_CROSSES)).upper()


def read_identity(cell: object) -> IdentityNumber:
    """Judge a cell that should hold an identity number.

    Parameters
    ----------
    cell
        Text, or the number that a spreadsheet made of it; None is an empty cell.

    Notes
    -----
    A spreadsheet keeps 15 significant digits. A number kept as a number has
    therefore lost digits 16 to 18: the birth date (digits 7 to 14) stands,
    the sex (digit 17) does not. Its status is ``unverified`` even where the
    check digit happens to fit, which it does once in eleven.

    Examples
    --------
    >>> read_identity("11010519491231002x").status
    <IdStatus.OK: 'ok'>
    >>> read_identity(110105194912310016.0).birth_date
    datetime.date(1949, 12, 31)
    """
    if cell is None or isinstance(cell, bool):
        return IdentityNumber("", IdStatus.MISSING)
    if isinstance(cell, (int, float)):
        return _from_number(cell)
    text = normalise(str(cell))
    if text in _NONE_WORDS:
        return IdentityNumber("", IdStatus.MISSING)
    if _SCIENTIFIC.fullmatch(text):
        return _from_number(float(text))
    card = _CARD.fullmatch(text)
    if card:
        number = _from_eighteen(card[1])
        return replace(number, disability_class=int(card[2]), disability_grade=int(card[3]))
    if _EIGHTEEN.fullmatch(text):
        return _from_eighteen(text)
    if _FIFTEEN.fullmatch(text):
        return _from_fifteen(text)
    if _FOREIGN.fullmatch(text):
        return IdentityNumber(text, IdStatus.UNVERIFIED, problem="identity.foreign")
    problem = "identity.length" if text.isalnum() and text[:6].isdigit() else "identity.format"
    return IdentityNumber(text, IdStatus.UNVERIFIED, problem=problem)


def with_check_digit(seventeen: str) -> str:
    """Return 17 digits with their check digit (GB 11643, ISO 7064 MOD 11-2).

    Examples
    --------
    >>> with_check_digit("34110219450615123")
    '341102194506151232'
    """
    return seventeen + ric.calc_check_digit(f"{seventeen}0")


def area_assigned(number: str) -> bool:
    """Tell whether the first six digits were a county in the year of birth."""
    try:
        ric.get_birth_place(number)
    except ValidationError:
        return False
    return True


def _from_eighteen(text: str) -> IdentityNumber:
    birth = _birth_date(text[6:14])
    if birth is None:
        return IdentityNumber(text, IdStatus.UNVERIFIED, problem="identity.birth")
    if ric.calc_check_digit(text) != text[-1]:
        # Which digit is wrong is unknown. Planning by age cannot do without a birth date,
        # the sex has a column of its own and decides who may go in alone: it is not taken.
        return IdentityNumber(text, IdStatus.UNVERIFIED, birth, problem="identity.check")
    return IdentityNumber(text, IdStatus.OK, birth, _sex(text[16]), eighteen=text)


def _from_fifteen(text: str) -> IdentityNumber:
    """Read a number of the first generation: two-digit year, no check digit."""
    birth = _birth_date(f"19{text[6:12]}")
    if birth is None:
        return IdentityNumber(text, IdStatus.UNVERIFIED, problem="identity.birth")
    longer = with_check_digit(f"{text[:6]}19{text[6:]}")
    return IdentityNumber(
        text, IdStatus.UNVERIFIED, birth, _sex(text[14]), problem="identity.fifteen", eighteen=longer
    )


def _from_number(number: float) -> IdentityNumber:
    if not math.isfinite(number) or number == 0:
        return IdentityNumber("", IdStatus.MISSING)
    text, certain = _digits(float(number))
    if len(text) == 15:
        return _from_fifteen(text)  # 15 digits survive in a float
    if len(text) in (18, 20):
        # "1.10105E+17" from a CSV has zeros where the birth date was: month 00 is no date.
        birth = _birth_date(text[6:14]) if certain else None
        return IdentityNumber(text[:18], IdStatus.UNVERIFIED, birth, problem="identity.float")
    return IdentityNumber(text, IdStatus.UNVERIFIED, problem="identity.length")


def _digits(number: float) -> tuple[str, bool]:
    """Return the digits of a float, and whether the first 14 are certain.

    Excel cuts a number to 15 digits, which a float keeps; but nearby floats
    lie 16 apart (128 from area 58 on), so the digits must not be read off the
    float itself. Other programs round the whole number to the next float:
    then the 14th digit is certain only where no rounding could have carried
    into it. An order code from 987 on may round to what looks like Excel's
    cut and then shows the next day; Excel's cut of a low order code looks the
    same and is far more frequent, so it is believed.
    """
    cut = f"{number:.14e}"
    mantissa, exponent = cut.split("e")
    excel = mantissa.replace(".", "").ljust(int(exponent) + 1, "0")[: int(exponent) + 1]
    if float(cut) == number:
        return excel, True
    half = math.ulp(number) / 2
    tail = number % 1e4
    return str(int(number)), half < tail < 1e4 - half


def _birth_date(digits: str) -> date | None:
    try:
        birth: date = ric.get_birth_date(f"000000{digits}0000")
    except ValidationError:
        return None
    return birth if birth.year >= _EARLIEST_YEAR else None


def _sex(digit: str) -> Sex:
    return Sex.MALE if int(digit) % 2 else Sex.FEMALE
