"""A township of twenty whom March owes a visit: eight were seen, the other twelve are Tuesday's route.

Names, addresses and telephones are made up and each of them occurs once, so
that they can be searched for in what a phone keeps.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime
from pathlib import Path

from fieldmap.access import AccountRole, Hat
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
from fieldmap.plans import PlannedStop
from fieldmap.store import Store
from tests.web.phone_plan import PLAN
from tests.web.village import ACTORS, COUNTY, LAT, LON, NORTH, PASSWORD, STATION, TOWN

__all__ = ["ROUTE", "SEEN", "TUESDAY", "build", "publish", "secrets"]

TUESDAY = date(2026, 3, 17)
BEFORE = datetime(2026, 3, 1, 1, 0, tzinfo=UTC)
"""When everything up to the plan was written down."""

GRID = Grid("990101001201001", "北坡一网格", NORTH.code, owner_id="w1")

_SURNAMES = "莫岑屈卜缪褚鄢柯麻逄窦滕笪乜蔺璩庹佘郗阙"
_GIVEN = "桂满冬秀金贵银莲福水阿庚春仙木根土娣喜妹火旺腊梅长庚连英树德月娥有田招弟大牛细花"


def _household(n: int) -> Household:
    at = Position(round(LON + 0.0004 * n, 6), round(LAT + 0.0003 * n, 6))
    return Household(f"h{n}", NORTH.code, f"柳荫塘{100 + n}号", _name(n), GRID.code, at, accuracy_m=10)


def _name(n: int) -> str:
    return f"{_SURNAMES[n - 1]}{_GIVEN[2 * n - 2 : 2 * n]}"


def _client(n: int) -> Client:
    born = date(1940 + n % 9, 1 + n % 12, 1 + n)
    phone = f"139{60400000 + 137 * n:08d}"
    return Client(f"p{n}", f"h{n}", _name(n), Sex.FEMALE, born, None, IdStatus.MISSING, phone)


ROUTE = tuple(range(1, 13))
"""Numbers of the twelve on Tuesday's route, in its order."""

SEEN = tuple(range(13, 21))
"""Numbers of the eight who were seen earlier in March."""


def _visit(n: int) -> Visit:
    return Visit(
        f"seen-{n}",
        f"h{n}",
        (f"p{n}",),
        date(2026, 3, 2 + n % 10),
        Channel.DOOR,
        Outcome.SEEN,
        Domain.ELDERLY,
        (Society.SOCIAL_WORKER,),
        ("w1",),
        (Role.SOCIAL_WORKER,),
    )


def _stop(n: int) -> PlannedStop:
    at, first = 9 * 3600 + n * 900, PLAN.routes[0].stops[0]
    timed = replace(first, arrive_s=at, start_s=at, depart_s=at + 600, partner_ids=())
    return replace(timed, id=f"s{n}", seq=n, household_id=f"h{n}", client_ids=(f"p{n}",))


def build(path: Path, written: datetime = BEFORE) -> None:
    """Write the county file at an instant, with a worker and a head who may sign in."""
    store = Store.create(path, county=COUNTY, salt="twelve", clock=lambda: written)
    everybody = (*ROUTE, *SEEN)
    store.facts.record([TOWN, NORTH, STATION, GRID, ACTORS[0], *map(_household, everybody)])
    store.facts.record([*map(_client, everybody), *map(_visit, SEEN)])
    store.facts.record([Tag(f"t{n}", f"p{n}", "独居", "", "2026年台账", date(2025, 1, 1)) for n in everybody])
    store.facts.record([Responsibility(f"p{n}", "w1", None) for n in everybody])
    store.accounts.add("worker", "周敏", PASSWORD, (Hat(AccountRole.WORKER, TOWN.code),), actor_id="w1")
    store.accounts.add("head", "站长高洁", PASSWORD, (Hat(AccountRole.HEAD, TOWN.code),))
    store.close()


def publish(store: Store, day: date = TUESDAY) -> None:
    """Publish the route of the twelve for a day."""
    (route,) = PLAN.routes
    route = replace(route, end_s=13 * 3600, stops=tuple(map(_stop, ROUTE)))
    store.plans.save(replace(PLAN, day=day, created_at=BEFORE, routes=(route,)))
    store.plans.publish(PLAN.id, "head")


def secrets() -> list[str]:
    """Return what nobody may read on a phone without the PIN: the names, addresses, numbers of the twelve."""
    found: list[str] = []
    for n in ROUTE:
        household, client = _household(n), _client(n)
        assert client.phone is not None
        found += [client.name, household.address, client.phone]
    return found
