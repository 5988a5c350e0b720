"""Which door an address means: one household however its address is written."""

from __future__ import annotations

import math
import re
import unicodedata
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import replace

from fieldmap.models import Household, Position
from fieldmap.roster import plain_name

__all__ = ["Doors", "building_of", "door_in_building", "door_key", "metres", "plain_address"]

_NOISE = re.compile(r"[\s,,。.、·•・()()]+")
_GROUP = re.compile(r"(\d+)[组队]")
_BUILDING = re.compile(
    r"^.*?\d+号?(?:楼|栋|幢|座)(?!层)|^.*?\d+号(?=\d+单元)|^.*?\d+[组队](?=.)|^\d+(?=-\d+-\d+$)"
)
_BESIDE = re.compile(r"(?:旁|旁边|附近|隔壁|对面|东边|西边|南边|北边|前面|后面)$")

_METRES_PER_DEGREE = 111_320


def metres(a: Position, b: Position) -> float:
    """Return the distance of two near points in metres, on a plane.

    >>> round(metres(Position(107.5, 26.7), Position(107.5, 26.701)))
    111
    """
    east = (a.lon - b.lon) * math.cos(math.radians(a.lat))
    return math.hypot(east, a.lat - b.lat) * _METRES_PER_DEGREE


def plain_address(address: str) -> str:
    """Return an address as it is compared; numbers keep a mark between them.

    >>> plain_address("青渡村 3组12号") == plain_address("青渡村3组 12号")
    True
    >>> plain_address("1-12") == plain_address("11-2")
    False
    """
    text = unicodedata.normalize("NFKC", address).upper()
    text = re.sub(r"(?<=\d)[\s—–_/-]+(?=\d)", "-", text)
    return _NOISE.sub("", text)


def building_of(address: str, village: str = "") -> str:
    """Return the building of a flat or the group of a village house; "" where the address names none.

    Parameters
    ----------
    village
        Name of the village or community: what stands before it is left aside.

    Examples
    --------
    >>> building_of("青石镇殷家寨村4组27号", "殷家寨村"), building_of("文化街12号2单元101")
    ('4组', '文化街12号')
    >>> building_of("104号楼3单元201"), building_of("6-1-302"), building_of("北坡村后山", "北坡村")
    ('104号楼', '6号楼', '')
    """
    return door_in_building(address, village)[0]


def door_in_building(address: str, village: str = "") -> tuple[str, str]:
    """Return the building of an address as :func:`building_of` does, and what is left of it: the door.

    >>> door_in_building("青石镇殷家寨村4组27号", "殷家寨村"), door_in_building("6-1-302")
    (('4组', '27号'), ('6号楼', '1-302'))
    >>> door_in_building("北坡村 后山", "北坡村"), door_in_building("3栋")
    (('', '后山'), ('3栋', ''))
    """
    plain = plain_address(address.rpartition(village)[2] if village else address)
    found = _BUILDING.search(plain)
    if found is None:
        return "", plain
    building = f"{found[0]}号楼" if found[0].isdigit() else found[0]
    return building, plain[found.end() :].lstrip("-")


def door_key(address: str, head: str) -> str:
    """Return what a household without coordinates is known by: its address, else its head."""
    return plain_address(address) or f"户主 {plain_name(head)}"


class Doors:
    """The households of a county, to be found by what a ledger says of the door.

    An address is exact (a number) or vague ("3 组老王家旁"). A vague one means
    the only household of that head in that group of the village; where there
    are two of them nobody guesses.
    """

    def __init__(self, households: Iterable[Household]) -> None:
        self._by_address: dict[tuple[str, str], Household] = {}
        self._by_head: defaultdict[tuple[str, str], dict[str, Household]] = defaultdict(dict)
        for household in households:
            self.add(household, household.address)

    def add(self, household: Household, address: str) -> Household:
        """Know a household from now on; an exact address takes the place of a vague one."""
        if _vague(household.address) and address and not _vague(address):
            household = replace(household, address=address)
        key = (household.division_code, door_key(address, household.head_name))
        self._by_address.setdefault(key, household)
        self._by_head[household.division_code, plain_name(household.head_name)][household.id] = household
        return household

    def find(self, village: str, address: str, head: str) -> Household | None:
        """Return the household of an address, or None where there is none or more than one."""
        exact = self._by_address.get((village, door_key(address, head)))
        if exact is not None:
            return exact
        vague = _vague(address)
        likely = [
            h
            for h in self._by_head.get((village, plain_name(head)), {}).values()
            if _group(h.address) == _group(address) and (vague or _vague(h.address))
        ]
        return likely[0] if len(likely) == 1 else None


def _vague(address: str) -> bool:
    return not address or _BESIDE.search(plain_address(address)) is not None


def _group(address: str) -> str:
    found = _GROUP.search(plain_address(address))
    return found[1] if found else ""
