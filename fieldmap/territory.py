"""Names of villages and grids as people write them → codes."""

from __future__ import annotations

import re
from collections import defaultdict

from fieldmap.models import Snapshot

__all__ = ["Territory"]

_VILLAGE_LEVEL = 4
_COMMITTEES = (
    (re.compile(r"(?:村民委员会|村委会)$"), "村"),
    (re.compile(r"(?:社区)?(?:居民委员会|居委会)$"), "社区"),
)
_MERGED = re.compile(r"^原(?=\S*[村社区])|[((][^()()]*合并[^()()]*[))]$")
_GRID_CODE, _VILLAGE_CODE = 15, 12


class Territory:
    """The divisions and grids of a county, to be found by what a ledger says."""

    def __init__(self, snapshot: Snapshot) -> None:
        self._snapshot = snapshot
        self._villages: defaultdict[str, list[str]] = defaultdict(list)
        for division in snapshot.divisions.values():
            if division.level == _VILLAGE_LEVEL:
                self._villages[_plain(division.name)].append(division.code)
        self._grids: defaultdict[tuple[str, str], list[str]] = defaultdict(list)
        for grid in snapshot.grids.values():
            for name in {grid.name, grid.alias} - {""}:
                self._grids[grid.division_code, _plain(name)].append(grid.code)

    @property
    def county(self) -> str:
        """Return the code of the county itself: the village of whoever has none."""
        return min((d.code for d in self._snapshot.divisions.values() if d.level == 2), default="0" * 12)

    def village(self, name: str, grid: str = "") -> str | None:
        """Return a village's code by its name (with or without the township's), or by a grid's code."""
        code = grid.strip()[:_VILLAGE_CODE]
        if len(grid.strip()) == _GRID_CODE and code in self._snapshot.divisions:
            return code
        plain = _plain(name)
        # 小王庄村 also ends in 王庄村: the longest name is meant
        ends = [plain] if plain in self._villages else [n for n in self._villages if plain.endswith(n)]
        found = self._villages.get(max(ends, key=len, default=""), [])
        return found[0] if len(found) == 1 else self._by_township(plain, found)

    def _by_township(self, name: str, found: list[str]) -> str | None:
        """Tell villages of one name apart by the township before it."""
        towns = {c: self._snapshot.divisions.get(f"{c[:9]}000") for c in found}
        named = [c for c, town in towns.items() if town is not None and name.startswith(_plain(town.name))]
        return named[0] if len(named) == 1 else None

    def grid(self, text: str, village: str) -> str | None:
        """Return a grid's code by its code, its name or its local number within a village."""
        text = text.strip()
        if text in self._snapshot.grids:
            return text
        found = self._grids.get((village, _plain(text)), [])
        return found[0] if len(found) == 1 else None

    def within_village(self, address: str, village: str) -> str:
        """Return an address without the names of the township and village before it.

        A note such as 原…(合并前), left over from a merger of villages, goes too.
        """
        address = _MERGED.sub("", address.strip())
        for code in (f"{village[:9]}000", village):
            division = self._snapshot.divisions.get(code)
            if division is not None and address.startswith(division.name):
                address = re.sub(r"^[\s,,、]+", "", address.removeprefix(division.name))
        return address


def _plain(name: str) -> str:
    """Return a name as it is compared: a committee stands for its village or community."""
    name = re.sub(r"\s+", "", name)
    for committee, kind in _COMMITTEES:
        name = committee.sub(kind, name)
    return name
