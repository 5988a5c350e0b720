"""A township of twenty-two whom March owes a visit: the naive map says 93.8 %, the honest one 72.7 %.

G1 has a polygon: 10 due, 9 contacted. G2 has none: 4 due, nobody contacted, 3
of them never. G3 is drawn in GCJ-02: 6 due, 6 contacted. Outside all grids live
2, of whom 1 was contacted. Everybody is an elder living alone, under the
monthly rule.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import numpy as np
import shapely

from fieldmap.access import AccountRole, Hat
from fieldmap.datum import Datum, from_wgs84
from fieldmap.models import (
    Channel,
    Client,
    Domain,
    Grid,
    Household,
    IdStatus,
    Outcome,
    Position,
    Responsibility,
    Role,
    Sex,
    Society,
    Tag,
    Visit,
)
from fieldmap.periods import Period
from fieldmap.store import Store
from tests.web.village import ACTORS, COUNTY, NORTH, PASSWORD, SOUTH, TOWN, Village
from tests.web.village import STATION as VILLAGE_STATION

__all__ = [
    "G1",
    "G2",
    "G3",
    "HOUSES",
    "LAST_DAY",
    "LATE",
    "MARCH",
    "QUARTER",
    "STATION",
    "WRITTEN",
    "House",
    "address",
    "build",
    "contact",
    "facts",
    "house",
]

LAST_DAY = date(2026, 3, 31)
"""The day the head looks at the page: a Tuesday."""

MARCH, QUARTER = Period.month(LAST_DAY), Period.quarter(LAST_DAY)

WRITTEN = datetime(2026, 3, 30, 1, 0, tzinfo=UTC)
"""When all of it was written down."""

G1, G2, G3 = f"{NORTH.code}001", f"{NORTH.code}002", f"{SOUTH.code}001"

LON, LAT = 116.93, 33.31
"""A made place where GCJ-02 lies half a kilometre off."""

STATION = replace(VILLAGE_STATION, position=Position(LON + 0.006, LAT + 0.002))

_SIDE = 0.004  # 400 m: less than the datum's half kilometre
_SOUTH_EAST = (0.020, -0.010)


def _square(east: float, north: float) -> shapely.Polygon:
    return shapely.box(LON + east, LAT + north, LON + east + _SIDE, LAT + north + _SIDE)


def _moved(vertices: Any) -> Any:
    return np.column_stack(from_wgs84(vertices[:, 0], vertices[:, 1], Datum.GCJ02))


GRIDS = (
    Grid(G1, "北坡一网格", NORTH.code, shapely.to_wkb(_square(0, 0)), owner_id="w1"),
    Grid(G2, "北坡二网格", NORTH.code, owner_id="w1"),
    Grid(
        G3,
        "南塘网格",
        SOUTH.code,
        shapely.to_wkb(shapely.transform(_square(*_SOUTH_EAST), _moved)),
        owner_id="w2",
    ),
)


@dataclass(frozen=True)
class House:
    """A door with one person behind it; ``seen`` is when that person was last contacted."""

    number: int
    grid: str | None
    seen: date | None

    @property
    def household_id(self) -> str:
        """Return the id of the household."""
        return f"h{self.number}"

    @property
    def client_id(self) -> str:
        """Return the id of the person."""
        return f"p{self.number}"

    @property
    def village(self) -> str:
        """Return the code of the village."""
        return NORTH.code if self.grid in (G1, G2) else SOUTH.code

    @property
    def position(self) -> Position:
        """Return where the door is: in the grid as it truly lies, or between all of them."""
        east, north = {G1: (0.0, 0.0), G2: (0.008, 0.0), G3: _SOUTH_EAST, None: (0.012, -0.005)}[self.grid]
        step = _SIDE / 5
        column, row = self.number % 4, self.number // 4 % 4
        return Position(round(LON + east + step * (column + 1), 6), round(LAT + north + step * (row + 1), 6))


_LONG_AGO = date(2025, 11, 20)


def _seen(number: int) -> date | None:
    if number <= 9 or 15 <= number <= 21:
        return date(2026, 3, 2 + number)
    return None if 11 <= number <= 13 else _LONG_AGO


def _grid(number: int) -> str | None:
    return G1 if number <= 10 else G2 if number <= 14 else G3 if number <= 20 else None


HOUSES = tuple(House(n, _grid(n), _seen(n)) for n in range(1, 23))
"""1–10 in G1, 11–14 in G2, 15–20 in G3, 21 and 22 outside; 10, 14 and 22 were seen last in November."""


def house(number: int) -> House:
    """Return one of :data:`HOUSES` by its number."""
    return HOUSES[number - 1]


def contact(number: int, day: date, channel: Channel = Channel.DOOR) -> Visit:
    """Return a visit at which the person of a house was seen."""
    where = house(number)
    return Visit(
        f"seen-{number}-{day}",
        where.household_id,
        (where.client_id,),
        day,
        channel,
        Outcome.SEEN,
        Domain.ELDERLY,
        (Society.SOCIAL_WORKER,),
        ("w1",),
        (Role.SOCIAL_WORKER,),
    )


LATE = replace(contact(10, date(2026, 3, 30)), id="late")
"""A visit of 30 March, which the station receives on 3 April."""


def facts() -> tuple[object, ...]:
    """Return everything the county file holds but its county and accounts."""
    return (
        TOWN,
        NORTH,
        SOUTH,
        *GRIDS,
        STATION,
        *ACTORS[:2],
        *map(_household, HOUSES),
        *map(_client, HOUSES),
        *(Tag(f"t{h.number}", h.client_id, "独居", "", "2026年台账", date(2025, 1, 1)) for h in HOUSES),
        *(Responsibility(h.client_id, "w1", "w2") for h in HOUSES),
        *(contact(h.number, h.seen) for h in HOUSES if h.seen is not None),
    )


def address(number: int) -> str:
    """Return the address of a house; it occurs once."""
    return f"柏树湾{200 + number}号"


def _household(of: House) -> Household:
    return Household(
        of.household_id, of.village, address(of.number), _name(of), of.grid, of.position, accuracy_m=10
    )


def _name(of: House) -> str:
    return f"{'莫岑屈卜缪褚鄢柯麻逄窦滕笪乜蔺璩庹佘郗阙宓桓'[of.number - 1]}桂满"


def _client(of: House) -> Client:
    born = date(1948 + of.number % 9, 1 + of.number % 12, 1 + of.number)
    return Client(of.client_id, of.household_id, _name(of), Sex.FEMALE, born, None, IdStatus.MISSING)


ACCOUNTS: Mapping[str, tuple[str, tuple[Hat, ...], str | None]] = {
    "head": ("站长高洁", (Hat(AccountRole.HEAD, TOWN.code),), None),
    "worker": ("周敏", (Hat(AccountRole.WORKER, TOWN.code),), "w1"),
    "g1": ("网格员马丽", (Hat(AccountRole.GRID_MANAGER, NORTH.code, G1),), None),
    "g2": ("网格员田芳", (Hat(AccountRole.GRID_MANAGER, NORTH.code, G2),), None),
    "county": ("县总站", (Hat(AccountRole.COUNTY, COUNTY.code),), None),
}
"""Login → name, hats, actor."""


def build(path: Path) -> Village:
    """Write the county file, with a session for everybody."""
    store = Store.create(path, county=COUNTY, salt="twentytwo", clock=lambda: WRITTEN)
    store.facts.record(facts())
    tokens, csrf, ids = {}, {}, {}
    for login, (name, hats, actor) in ACCOUNTS.items():
        ids[login] = store.accounts.add(login, name, PASSWORD, hats, actor_id=actor).id
        tokens[login] = store.accounts.sign_in(login, PASSWORD, hours=24 * 30)
        session = store.accounts.session(tokens[login])
        assert session is not None
        csrf[login] = session.csrf
    store.close()
    return Village(path, tokens, csrf, ids)
