"""Disability: seven classes, four grades, and the number on the card.

Source: GB/T 26341-2010 (classes and grades) and article 5 of the rules on the
disability card (digits 19 and 20), both read in copies; one page swaps classes
1 and 2 and is taken to be wrong (``domain.md`` §3.2).
"""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from types import MappingProxyType

__all__ = ["CLASSES", "GRADES", "Disability", "read_disability"]

CLASSES = MappingProxyType(
    {
        1: ("视力", "visual"),
        2: ("听力", "hearing"),
        3: ("言语", "speech"),
        4: ("肢体", "physical"),
        5: ("智力", "intellectual"),
        6: ("精神", "mental"),
        7: ("多重", "multiple"),
    }
)
"""Digit 19 of the card → class in Chinese and English."""

GRADES = MappingProxyType(
    {
        1: ("一级", "grade 1, most severe"),
        2: ("二级", "grade 2"),
        3: ("三级", "grade 3"),
        4: ("四级", "grade 4, mildest"),
    }
)
"""Digit 20 of the card → grade in Chinese and English."""

_NUMERALS = {"一": 1, "二": 2, "三": 3, "四": 4, "I": 1, "II": 2, "III": 3, "IV": 4, "Ⅰ": 1, "Ⅱ": 2}
_CLASS_WORDS = {zh: code for code, (zh, _) in CLASSES.items()} | {
    "语言": 3,
    "肢残": 4,
    "智残": 5,
    "听障": 2,
    "视障": 1,
}
_CLASS = "|".join(_CLASS_WORDS)
_GRADE = re.compile(r"(?P<grade>[一二三四]|I{1,3}V?|IV|[1-4])\s*(?:级|等|$)")
_BOTH = re.compile(
    rf"(?P<class>{_CLASS})(?:残疾|障碍|残)?[\s,,、/:(\-]{{0,2}}(?P<grade>[一二三四]|I{{1,3}}|IV|[1-4])\s*级?\)?"
)
_DIGITS = re.compile(r"(?P<class>[1-7])\s*[-/]\s*(?P<grade>[1-4])")


@dataclass(frozen=True, slots=True)
class Disability:
    """Class and grade; 0 where the text does not say."""

    kind: int = 0
    grade: int = 0

    @property
    def class_name(self) -> str:
        """Return the Chinese name of the class, empty where unknown."""
        return CLASSES[self.kind][0] if self.kind else ""

    @property
    def severe(self) -> bool:
        """True for grades 1 and 2, and grade 3 of the intellectual and mental classes.

        Grade 3 of those two is a local addition and recalled, not read.
        """
        return self.grade in (1, 2) or (self.grade == 3 and self.kind in (5, 6))


def read_disability(text: str) -> Disability | None:
    """Read class and grade from a cell, in any of the usual spellings.

    Examples
    --------
    >>> read_disability("肢体一级"), read_disability("视力残疾 2级")
    (Disability(kind=4, grade=1), Disability(kind=1, grade=2))
    >>> read_disability("三级"), read_disability("否")
    (Disability(kind=0, grade=3), None)
    """
    plain = unicodedata.normalize("NFKC", text).strip()
    digits = _DIGITS.fullmatch(plain)
    if digits:
        return Disability(int(digits["class"]), int(digits["grade"]))
    both = _BOTH.search(plain)
    if both:
        return Disability(_CLASS_WORDS[both["class"]], _grade(both["grade"]))
    kind = next((_CLASS_WORDS[word] for word in _CLASS_WORDS if word in plain), 0)
    grade = _GRADE.search(plain)
    if kind or grade:
        return Disability(kind, _grade(grade["grade"]) if grade else 0)
    return None


def _grade(text: str) -> int:
    return _NUMERALS.get(text) or int(text)
