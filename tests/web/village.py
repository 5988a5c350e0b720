"""A small county file for the tests of the pages: two villages, ten people, every role.

A made place in an unassigned area; today is 2026-03-20. Households by number:
h1 due and overdue, h2 two people of one house, h3 a child, h4 never contacted
and without coordinates, h5 in hospital, h6 contacted lately, h7 refused, h8 in
the grid without polygon and without an owner; h9 lies in another township.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime
from pathlib import Path

import shapely

from fieldmap.access import AccountRole, Hat
from fieldmap.models import (
    Actor,
    Channel,
    Client,
    Division,
    Domain,
    Exclusion,
    ExclusionReason,
    Grid,
    Household,
    IdStatus,
    Outcome,
    Position,
    Responsibility,
    Role,
    Sex,
    Site,
    SiteFunction,
    Society,
    Tag,
    Visit,
)
from fieldmap.store import Store

TODAY = date(2026, 3, 20)
NOW = datetime(2026, 3, 20, 1, 0, tzinfo=UTC)
PASSWORD = "password-1"

COUNTY = Division("990101000000", "安和县", 2)
TOWN = Division("990101001000", "青石镇", 3, COUNTY.code)
NORTH = Division("990101001201", "北坡村", 4, TOWN.code)
SOUTH = Division("990101001202", "南塘村", 4, TOWN.code)
OTHER_TOWN = Division("990101002000", "白沙镇", 3, COUNTY.code)
OTHER_VILLAGE = Division("990101002201", "沙湾村", 4, OTHER_TOWN.code)

GRID_A, GRID_B, GRID_C, GRID_OTHER = (
    "990101001201001",
    "990101001201002",
    "990101001202001",
    "990101002201001",
)

LON, LAT = 107.50, 26.70


def _square(lon: float, lat: float) -> bytes:
    return bytes(shapely.to_wkb(shapely.box(lon, lat, lon + 0.01, lat + 0.01)))


def _door(east: float, north: float) -> Position:
    return Position(round(LON + east, 6), round(LAT + north, 6))


GRIDS = (
    Grid(GRID_A, "北坡一网格", NORTH.code, _square(LON, LAT), owner_id="w1"),
    Grid(GRID_B, "北坡二网格", NORTH.code, _square(LON + 0.01, LAT), owner_id="w2"),
    Grid(GRID_C, "南塘网格", SOUTH.code),
    Grid(GRID_OTHER, "沙湾网格", OTHER_VILLAGE.code, _square(LON + 0.05, LAT)),
)

STATION = Site("station", "青石镇社工站", (SiteFunction.STATION,), TOWN.code, _door(0.010, 0.005))

ACTORS = (
    Actor("w1", "周敏", Role.SOCIAL_WORKER, Society.SOCIAL_WORKER, Sex.FEMALE, TOWN.code, "助理社会工作师"),
    Actor("w2", "刘强", Role.SOCIAL_WORKER, Society.SOCIAL_WORKER, Sex.MALE, TOWN.code),
    Actor("c1", "陈桂英", Role.VILLAGE_CADRE, Society.COMMUNITY, Sex.FEMALE, SOUTH.code),
)

HOUSEHOLDS = (
    Household("h1", NORTH.code, "北坡村1号", "王秀英", GRID_A, _door(0.002, 0.002), accuracy_m=10),
    Household("h2", NORTH.code, "北坡村2号", "李大山", GRID_A, _door(0.004, 0.003), accuracy_m=10),
    Household("h3", NORTH.code, "北坡村3号", "赵建国", GRID_A, _door(0.006, 0.006), accuracy_m=10),
    Household("h4", NORTH.code, "北坡村后山", "孙福来", GRID_B),
    Household("h5", NORTH.code, "北坡村15号", "吴桂兰", GRID_B, _door(0.013, 0.004), accuracy_m=10),
    Household("h6", NORTH.code, "北坡村16号", "郑玉梅", GRID_B, _door(0.015, 0.007), accuracy_m=10),
    Household("h7", SOUTH.code, "南塘村7号", "冯长顺", GRID_C, _door(0.004, -0.004), accuracy_m=10),
    Household("h8", SOUTH.code, "南塘村8号", "沈阿妹", GRID_C, _door(0.006, -0.006), accuracy_m=10),
    Household(
        "h9", OTHER_VILLAGE.code, "沙湾村1号", "何远山", GRID_OTHER, _door(0.053, 0.004), accuracy_m=10
    ),
)

_ID = "990101194405010025"

CLIENTS = (
    Client("p1", "h1", "王秀英", Sex.FEMALE, date(1944, 5, 1), _ID, IdStatus.OK, "13800005678"),
    Client("p2", "h2", "李大山", Sex.MALE, date(1955, 2, 3), None, IdStatus.MISSING),
    Client("p3", "h2", "张桂兰", Sex.FEMALE, date(1957, 8, 9), "990101195708090021", IdStatus.UNVERIFIED),
    Client("p4", "h3", "赵小雨", Sex.FEMALE, date(2015, 11, 20)),
    Client("p5", "h4", "孙福来", Sex.MALE, date(1960, 1, 15)),
    Client("p6", "h5", "吴桂兰", Sex.FEMALE, date(1950, 7, 7)),
    Client("p7", "h6", "郑玉梅", Sex.FEMALE, date(1943, 3, 3)),
    Client("p8", "h7", "冯长顺", Sex.MALE, date(1942, 9, 12)),
    Client("p9", "h8", "沈阿妹", Sex.FEMALE, date(1953, 6, 30)),
    Client("p10", "h8", "沈国强", Sex.MALE, date(1980, 4, 4)),
    Client("p11", "h9", "何远山", Sex.MALE, date(1940, 10, 10)),
)

_TAGGED = {
    "p1": ("空巢", ""),
    "p2": ("留守", ""),
    "p3": ("留守", ""),
    "p4": ("困境儿童", ""),
    "p5": ("残疾", "1"),
    "p6": ("失能", ""),
    "p7": ("独居", ""),
    "p8": ("独居", ""),
    "p9": ("独居", ""),
    "p10": ("低保边缘", ""),
    "p11": ("独居", ""),
}
TAGS = tuple(
    Tag(f"t-{client}", client, name, value, "2026年台账", date(2025, 1, 1))
    for client, (name, value) in _TAGGED.items()
)

EXCLUSIONS = (
    Exclusion("e1", "p6", ExclusionReason.HOSPITAL, date(2026, 3, 2), note="县医院"),
    Exclusion("e2", "p8", ExclusionReason.REFUSED, date(2026, 1, 15)),
)

RESPONSIBILITIES = tuple(
    Responsibility(client, actor, deputy)
    for client, actor, deputy in (
        ("p1", "w1", "w2"),
        ("p2", "w1", None),
        ("p3", "w1", None),
        ("p4", "w1", "w2"),
        ("p5", "w2", None),
        ("p6", "w2", None),
        ("p7", "w2", None),
        ("p8", "c1", None),
        ("p10", "c1", None),
    )
)


def _visit(key: str, household: str, clients: tuple[str, ...], day: date, channel: Channel) -> Visit:
    return Visit(
        key,
        household,
        clients,
        day,
        channel,
        Outcome.SEEN,
        Domain.ELDERLY,
        (Society.SOCIAL_WORKER,),
        ("w1",),
        (Role.SOCIAL_WORKER,),
    )


VISITS = (
    _visit("v1", "h1", ("p1",), date(2026, 2, 10), Channel.DOOR),
    _visit("v2", "h1", ("p1",), date(2026, 3, 10), Channel.PHONE),
    _visit("v3", "h2", ("p2", "p3"), date(2026, 2, 20), Channel.DOOR),
    _visit("v4", "h3", ("p4",), date(2026, 2, 25), Channel.DOOR),
    _visit("v5", "h6", ("p7",), date(2026, 3, 18), Channel.DOOR),
    _visit("v6", "h8", ("p9",), date(2026, 2, 1), Channel.DOOR),
    _visit("v7", "h8", ("p9",), date(2026, 3, 3), Channel.PHONE),
)

FACTS: tuple[object, ...] = (
    TOWN,
    NORTH,
    SOUTH,
    OTHER_TOWN,
    OTHER_VILLAGE,
    *GRIDS,
    STATION,
    *ACTORS,
    *HOUSEHOLDS,
    *CLIENTS,
    *TAGS,
    *EXCLUSIONS,
    *RESPONSIBILITIES,
    *VISITS,
)

ACCOUNTS: Mapping[str, tuple[str, tuple[Hat, ...], str | None]] = {
    "worker": ("周敏", (Hat(AccountRole.WORKER, TOWN.code),), "w1"),
    "contact": ("陈桂英", (Hat(AccountRole.CONTACT, SOUTH.code),), "c1"),
    "volunteer": ("志愿者小林", (Hat(AccountRole.VOLUNTEER, NORTH.code),), None),
    "head": ("站长高洁", (Hat(AccountRole.HEAD, TOWN.code),), None),
    "deputy": ("副站长许宁", (Hat(AccountRole.DEPUTY, TOWN.code),), None),
    "grid_manager": ("网格员马丽", (Hat(AccountRole.GRID_MANAGER, NORTH.code, GRID_A),), None),
    "county": ("县总站", (Hat(AccountRole.COUNTY, COUNTY.code),), None),
    "auditor": ("评估员", (Hat(AccountRole.AUDITOR, COUNTY.code),), None),
    "admin": ("管理员", (Hat(AccountRole.ADMIN, COUNTY.code),), None),
    "other_head": ("白沙站长", (Hat(AccountRole.HEAD, OTHER_TOWN.code),), None),
    "other_grid": ("白沙网格员", (Hat(AccountRole.GRID_MANAGER, OTHER_VILLAGE.code, GRID_OTHER),), None),
}
"""Login → name, hats, actor; the password of all is :data:`PASSWORD`."""

ROLES = ("worker", "contact", "volunteer", "head", "deputy", "grid_manager", "county", "auditor", "admin")
"""One login for each role."""


@dataclass(frozen=True)
class Village:
    """A county file with a session for everybody.

    Attributes
    ----------
    tokens
        Login → the token of a session that is open at :data:`NOW`.
    csrf
        Login → what that session's forms must carry.
    ids
        Login → account id.
    """

    path: Path
    tokens: Mapping[str, str]
    csrf: Mapping[str, str]
    ids: Mapping[str, str]


def build(path: Path) -> Village:
    """Write the county file."""
    store = Store.create(path, county=COUNTY, salt="village", clock=lambda: NOW)
    store.facts.record(FACTS)
    tokens, csrf, ids = {}, {}, {}
    for login, (name, hats, actor) in ACCOUNTS.items():
        ids[login] = store.accounts.add(login, name, PASSWORD, hats, actor_id=actor).id
        tokens[login] = store.accounts.sign_in(login, PASSWORD, hours=12)
        session = store.accounts.session(tokens[login])
        assert session is not None
        csrf[login] = session.csrf
    store.close()
    return Village(path, tokens, csrf, ids)
