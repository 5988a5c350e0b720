"""The ten people of the walking example, as a snapshot built in Python.

Today is 2026-03-20. A–J stand in nine houses (C and D share one) of one
village with two grids, of which the second has no polygon.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import shapely

from fieldmap.models import (
    Channel,
    Client,
    Division,
    Domain,
    Exclusion,
    ExclusionReason,
    Grid,
    Household,
    Outcome,
    Position,
    Role,
    Sex,
    Snapshot,
    Society,
    Tag,
    Visit,
)

TODAY = date(2026, 3, 20)
COUNTY, TOWN, VILLAGE = "990100000000", "990101100000", "990101100201"
GRID_1, GRID_2 = f"{VILLAGE}001", f"{VILLAGE}002"

_BORN = {
    "A": date(1943, 5, 1),
    "B": date(1944, 6, 2),
    "C": date(1955, 7, 3),
    "D": date(1957, 8, 4),
    "E": date(1950, 9, 5),
    "F": date(1959, 10, 6),
    "G": date(2015, 11, 7),
    "H": date(1942, 12, 8),
    "I": date(1953, 12, 9),
    "J": date(1980, 4, 10),
}
_TAGS = {
    "A": [("独居", "")],
    "B": [("空巢", "")],
    "C": [("留守", "")],
    "D": [("留守", "")],
    "E": [("失能", "")],
    "F": [("残疾", "1"), ("残疾类别", "肢体")],
    "G": [("困境儿童", "")],
    "H": [("独居", "")],
    "I": [("独居", "")],
    "J": [("低保边缘", "")],
}
_HOUSE = {name: f"h-{'CD' if name in 'CD' else name}" for name in _BORN}


def visit(
    clients: str,
    day: date,
    channel: Channel = Channel.DOOR,
    outcome: Outcome = Outcome.SEEN,
    role: Role | None = Role.SOCIAL_WORKER,
) -> Visit:
    """Return a visit to some of the ten, who live in one house."""
    return Visit(
        id=f"v-{clients}-{day}-{channel}",
        household_id=_HOUSE[clients[0]],
        client_ids=tuple(clients),
        day=day,
        channel=channel,
        outcome=outcome,
        domain=Domain.ELDERLY,
        societies=(Society.SOCIAL_WORKER,),
        actor_ids=("w1",),
        actor_roles=(role,) if role else (),
    )


VISITS = (
    visit("I", date(2026, 2, 1)),
    visit("B", date(2026, 2, 10)),
    visit("CD", date(2026, 2, 20)),
    visit("G", date(2026, 2, 25)),
    visit("I", date(2026, 3, 3), Channel.PHONE),
    visit("B", date(2026, 3, 10), Channel.PHONE),
    visit("A", date(2026, 3, 18)),
)

EXCLUSIONS = (
    Exclusion("x-E", "E", ExclusionReason.HOSPITAL, date(2026, 3, 2)),
    Exclusion("x-H", "H", ExclusionReason.REFUSED, date(2026, 1, 15)),
)


def _households() -> dict[str, Household]:
    found = {}
    for number, house in enumerate(dict.fromkeys(_HOUSE.values())):
        door = None if house == "h-F" else Position(116.931 + number * 0.0005, 33.311)
        grid = GRID_2 if house in ("h-F", "h-G") else GRID_1
        found[house] = Household(house, VILLAGE, f"安家村 {number + 1} 号", f"户主{number + 1}", grid, door)
    return found


TEN = Snapshot(
    divisions={
        COUNTY: Division(COUNTY, "安县", 2),
        TOWN: Division(TOWN, "安镇", 3, COUNTY),
        VILLAGE: Division(VILLAGE, "安家村", 4, TOWN),
    },
    grids={
        GRID_1: Grid(GRID_1, "一网格", VILLAGE, shapely.box(116.92, 33.30, 116.95, 33.32).wkb),
        GRID_2: Grid(GRID_2, "二网格", VILLAGE),
    },
    households=_households(),
    clients={
        name: Client(name, _HOUSE[name], f"安{name}", Sex.FEMALE if name in "ADH" else Sex.MALE, born)
        for name, born in _BORN.items()
    },
    tags=tuple(
        Tag(f"t-{name}-{tag}", name, tag, value, "ten.xlsx")
        for name, tags in _TAGS.items()
        for tag, value in tags
    ),
    exclusions=EXCLUSIONS,
    visits=VISITS,
)


def with_visits(*more: Visit, base: Snapshot = TEN) -> Snapshot:
    """Return the ten people with more visits."""
    return replace(base, visits=tuple(sorted((*base.visits, *more), key=lambda v: v.day)))
