"""The dirt of real ledgers, one function for each kind of cell, counted as it is made.

Every kind is one that station workers meet (long numbers turned into floats,
five ways to write a date, yes written as √). The same dirt is made again for
the same seed, and ``truth.json`` says how much of each there is.
"""

from __future__ import annotations

from collections import Counter
from datetime import date
from random import Random

from sample_data.identity import old_number

__all__ = ["Cell", "Dirt"]

type Cell = str | int | float | date | None

_FULL_WIDTH = str.maketrans("0123456789", "０１２３４５６７８９")
_YES = ("是", "是", "是", "√", "1", "有")
_NO = ("否", "否", "否", "", "无", "0")
_EXCEL_DAY_ZERO = date(1899, 12, 30)


class Dirt:
    """Dirty the cells of one ledger from a stream of its own, and count.

    Parameters
    ----------
    rng
        The stream of this ledger.
    floats
        Every how many numbers one is stored as a float: 11 gives 9 %.
    """

    def __init__(self, rng: Random, floats: int = 11) -> None:
        """Start with nothing counted."""
        self.rng = rng
        self.count: Counter[str] = Counter()
        self._floats = floats
        self._ids = rng.randrange(floats)

    def identity(self, number: str | None, card: str = "") -> Cell:
        """Return an identity number as a ledger holds it."""
        if number is None:
            self.count["id_missing"] += 1
            return self.rng.choice(("", "无", "无身份证"))
        self.count["id_rows"] += 1
        self._ids += 1
        # A number that ends in X cannot become a float: the next one does.
        if self._ids >= self._floats and number.isdigit():
            self._ids -= self._floats
            return self._float(number)
        return self._typed(number, card)

    def _float(self, number: str) -> Cell:
        self.count["id_float"] += 1
        if self.rng.random() < 0.3:
            self.count["id_float_15_digits"] += 1
            return int(number[:15] + "000")
        return float(number)

    def _typed(self, number: str, card: str) -> str:
        rng, draw = self.rng, self.rng.random()
        if card and draw < 0.06:
            return self._counted("id_is_card", card)
        if number.endswith("X") and draw < 0.5:
            kind = rng.choice(("x", "x", "x", "Х"))
            return self._counted("id_lower_x" if kind == "x" else "id_cyrillic_x", number[:-1] + kind)
        if draw > 0.985:
            return self._counted("id_full_width", number.translate(_FULL_WIDTH))
        if draw > 0.965:
            return self._counted("id_apostrophe", "'" + number)
        if draw > 0.945:
            return self._counted(
                "id_blank", rng.choice((number + " ", f"{number[:6]} {number[6:14]} {number[14:]}"))
            )
        if draw > 0.925 and number[6:8] == "19":
            return self._counted("id_15_digits", old_number(number))
        return number

    def _counted[T](self, kind: str, value: T) -> T:
        self.count[kind] += 1
        return value

    def day(self, value: date, certain: bool = False) -> Cell:
        """Return a date in one of the ways people write it; a ``certain`` one names one day."""
        rng, draw = self.rng, self.rng.random()
        if certain:
            draw = 0.04 + 0.96 * draw
        if draw < 0.02:
            return self._counted("date_vague", rng.choice((f"{value.month}月底", "上周", "去年")))
        if draw < 0.035:
            month = f"{value.year}.{value.month}"
            return self._counted("date_two", f"{month}.{value.day}、{month}.{min(28, value.day + 3)}")
        if draw < 0.09:
            return self._counted("date_serial", (value - _EXCEL_DAY_ZERO).days)
        if draw < 0.3:
            return self._counted("date_cell", value)
        kind = rng.choice(("date_dots", "date_slashes", "date_chinese", "date_digits", "date_iso"))
        texts = {
            "date_dots": f"{value.year}.{value.month}.{value.day}",
            "date_slashes": f"{value.year}/{value.month}/{value.day}",
            "date_chinese": f"{value.year}年{value.month}月{value.day}日",
            "date_digits": f"{value:%Y%m%d}",
            "date_iso": value.isoformat(),
        }
        return self._counted(kind, texts[kind])

    def yes(self, value: bool) -> Cell:
        """Return a yes or a no; an empty cell may mean no or unknown."""
        text = self.rng.choice(_YES if value else _NO)
        if text not in ("是", "否"):
            self.count["yes_no_variant"] += 1
        return text

    def phone(self, number: str, other: str) -> Cell:
        """Return a phone cell: none, two numbers in one, or digits as a number."""
        draw = self.rng.random()
        if not number:
            return self._counted("phone_none", "无") if draw < 0.5 else ""
        if draw < 0.05:
            return self._counted("phone_two", f"{number}{self.rng.choice(('/', '、', ' ', ';'))}{other}")
        if draw < 0.09:
            return self._counted("phone_full_width", number.translate(_FULL_WIDTH))
        if draw < 0.11:
            return self._counted("phone_landline", f"{self.rng.randrange(2000000, 8999999)}")
        return int(number) if draw > 0.8 else number

    def name(self, name: str) -> Cell:
        """Return a name: short ones get a blank inside, dots come in variants."""
        if any(ord(c) > 0xFFFF or c in "㛃䶮" for c in name):
            self.count["name_rare"] += 1
        if "·" in name:
            return self._counted("name_dot", name.replace("·", self.rng.choice("·•‧．")))
        if len(name) == 2 and self.rng.random() < 0.2:
            return self._counted("name_blank", f"{name[0]}\u3000{name[1]}")
        return name

    def age(self, years: int) -> Cell:
        """Return an age; a column typed in last year is a year or two stale."""
        if self.rng.random() < 0.12:
            return self._counted("age_stale", max(0, years - self.rng.choice((1, 2, 3))))
        return years

    def address(self, address: str, village: str, head: str) -> Cell:
        """Return an address in one of its spellings."""
        draw = self.rng.random()
        if draw < 0.04 and "组" in address:
            group = address.split("村")[-1].split("组")[0]
            return self._counted("address_beside", f"{group}组老{head[0]}家旁")
        if draw < 0.12:
            return self._counted("address_short", address[address.index(village) :])
        if draw < 0.18:
            return self._counted("address_full_width", address.translate(_FULL_WIDTH))
        if draw < 0.22:
            return self._counted("address_old_name", f"原{address[address.index(village) :]}(合并前)")
        return address
