"""A made county, from a seed alone: stations, villages, grids, people, a few months of visits.

Beside the plain cases it has what real files have: grids without polygon and
grids drawn in GCJ-02, doors outside all grids and houses without coordinates
or grid, a ledger that names another grid, exclusions that began and ended,
people who came and left, tags with dates, attempts, contacts whose visitor
nobody wrote down.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from itertools import accumulate
from typing import Any

import numpy as np
import shapely

from fieldmap.datum import Datum, from_wgs84
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
    Outcome,
    Position,
    Responsibility,
    Role,
    Sex,
    Snapshot,
    Society,
    Tag,
    Visit,
)

__all__ = ["COUNTY", "TODAY", "CountyRecipe", "make_county"]

TODAY = date(2026, 3, 20)
COUNTY = "990100000000"
_WEST, _SOUTH = 116.0, 33.0
_VILLAGE_DEGREES = 0.02
_VERTEX_DEGREES = 0.001
_FAR_DEGREES = 1.5


@dataclass(frozen=True, slots=True)
class CountyRecipe:
    """How large the county is, and how untidy.

    Attributes
    ----------
    clients
        Persons in all.
    visits
        Visits to a household, on average, over ``days`` until today.
    listed, gcj02
        Shares of grids: without polygon; drawn in GCJ-02.
    outside, nowhere, ungridded, misplaced
        Shares of households: beyond all grids; without coordinates; without a
        grid on the ledger; with another grid on the ledger.
    """

    stations: int = 20
    villages: int = 10
    grids: int = 2
    clients: int = 25_000
    visits: float = 4.0
    days: int = 120
    listed: float = 0.1
    gcj02: float = 0.02
    outside: float = 0.01
    nowhere: float = 0.03
    ungridded: float = 0.02
    misplaced: float = 0.01


@dataclass(slots=True)
class _Making:
    """A county on its way."""

    recipe: CountyRecipe
    rng: np.random.Generator
    divisions: dict[str, Division] = field(default_factory=dict)
    grids: dict[str, Grid] = field(default_factory=dict)
    actors: dict[str, Actor] = field(default_factory=dict)
    households: dict[str, Household] = field(default_factory=dict)
    clients: dict[str, Client] = field(default_factory=dict)
    tags: list[Tag] = field(default_factory=list)
    exclusions: list[Exclusion] = field(default_factory=list)
    owners: dict[str, Responsibility] = field(default_factory=dict)
    visits: list[Visit] = field(default_factory=list)

    def chance(self, share: float) -> bool:
        """Return True in so many cases."""
        return bool(self.rng.random() < share)

    def one[T](self, choices: Sequence[T], weights: Sequence[float] | None = None) -> T:
        """Return one of them."""
        if weights is None:
            return choices[int(self.rng.integers(len(choices)))]
        ends = tuple(accumulate(weights))
        return choices[min(bisect_right(ends, self.rng.random()), len(choices) - 1)]

    def ago(self, days: int) -> date:
        """Return a day of the last so many, today too."""
        return TODAY - timedelta(days=int(self.rng.integers(0, days)))


def make_county(seed: int, recipe: CountyRecipe | None = None) -> Snapshot:
    """Return a county; the seed and the recipe alone decide it."""
    county = _Making(recipe or CountyRecipe(), np.random.default_rng((seed, 5)))
    shapes = _land(county)
    while len(county.clients) < county.recipe.clients:
        _household(county, shapes)
    for house, people in _homes(county).items():
        _visits(county, house, people)
    return Snapshot(
        divisions=county.divisions,
        grids=county.grids,
        actors=county.actors,
        households=county.households,
        clients=county.clients,
        tags=tuple(county.tags),
        exclusions=tuple(county.exclusions),
        responsibilities=county.owners,
        visits=tuple(sorted(county.visits, key=lambda v: (v.day, v.id))),
    )


def _land(county: _Making) -> list[tuple[str, Any]]:
    """Make the divisions and grids; return where each grid truly lies."""
    recipe = county.recipe
    county.divisions[COUNTY] = Division(COUNTY, "安县", 2)
    found: list[tuple[str, Any]] = []
    for t in range(recipe.stations):
        town = f"990101{100 + t}000"
        county.divisions[town] = Division(town, f"第{t + 1}镇", 3, COUNTY)
        for n in range(4):
            worker = f"{town}-{n}"
            sex = Sex.FEMALE if n % 2 else Sex.MALE
            county.actors[worker] = Actor(
                worker, f"社工{t}-{n}", Role.SOCIAL_WORKER, Society.SOCIAL_WORKER, sex, town
            )
        for v in range(recipe.villages):
            village = f"{town[:9]}{201 + v}"
            county.divisions[village] = Division(village, f"第{v + 1}村", 4, town, urban=v == 0)
            found += _grids(county, village, t, v)
    return found


def _grids(county: _Making, village: str, east: int, north: int) -> list[tuple[str, Any]]:
    """Cut a village into grids side by side."""
    recipe = county.recipe
    west, south = _WEST + east * _VILLAGE_DEGREES, _SOUTH + north * _VILLAGE_DEGREES
    width = _VILLAGE_DEGREES / recipe.grids
    found = []
    for n in range(recipe.grids):
        code = f"{village}{n + 1:03}"
        area = shapely.segmentize(
            shapely.box(west + n * width, south, west + (n + 1) * width, south + _VILLAGE_DEGREES),
            _VERTEX_DEGREES,
        )
        drawn = shapely.transform(area, _as_gcj02) if county.chance(recipe.gcj02) else area
        wkb = None if county.chance(recipe.listed) else drawn.wkb
        county.grids[code] = Grid(code, f"{n + 1} 网格", village, wkb)
        found.append((code, area))
    return found


def _as_gcj02(vertices: Any) -> Any:
    return np.column_stack(from_wgs84(vertices[:, 0], vertices[:, 1], Datum.GCJ02))


def _household(county: _Making, shapes: Sequence[tuple[str, Any]]) -> None:
    """Make a door and who lives behind it."""
    recipe = county.recipe
    code, area = shapes[int(county.rng.integers(len(shapes)))]
    west, south, east, north = area.bounds
    lon, lat = county.rng.uniform((west, south), (east, north))
    away = _FAR_DEGREES if county.chance(recipe.outside) else 0.0
    door = None if county.chance(recipe.nowhere) else Position(float(lon + away), float(lat))
    named: str | None = None if county.chance(recipe.ungridded) else code
    if named and county.chance(recipe.misplaced):
        named = county.one([c for c, _ in shapes if c[:12] == code[:12]])
    house = f"h{len(county.households):06}"
    county.households[house] = Household(house, code[:12], f"{house} 号", f"户主{house}", named, door)
    left = recipe.clients - len(county.clients)
    for _ in range(min(left, county.one((1, 2, 3), (0.6, 0.35, 0.05)))):
        _person(county, house)


def _person(county: _Making, house: str) -> None:
    """Make somebody with tags, an owner perhaps, an exclusion perhaps."""
    name = f"c{len(county.clients):06}"
    kind = county.one(_KINDS, _SHARES)
    years = int(county.rng.integers(*kind.ages))
    born = None if county.chance(0.01) else date(TODAY.year - years, 1, 1) - timedelta(days=years * 7 % 360)
    came = county.ago(90) if county.chance(0.03) else date.min
    gone = county.ago(90) if county.chance(0.02) else None
    gone = max(gone, came) if gone else None
    county.clients[name] = Client(name, house, f"人{name}", birth_date=born, valid_from=came, valid_to=gone)
    for tag, value in kind.draw(county):
        begun = county.ago(700) if county.chance(0.2) else date.min
        ended = county.ago(60) if county.chance(0.03) else None
        ended = max(ended, begun) if ended else None
        ledger = kind.ledger
        county.tags.append(Tag(f"t{len(county.tags):06}", name, tag, value, ledger, begun, ended))
    if county.chance(0.92):
        town = f"{county.households[house].division_code[:9]}000"
        county.owners[name] = Responsibility(name, f"{town}-{int(county.rng.integers(4))}")
    for _ in range(county.one((0, 1, 2), (0.955, 0.04, 0.005))):
        begun = county.ago(100)
        ended = begun + timedelta(days=int(county.rng.integers(0, 60))) if county.chance(0.4) else None
        reason = county.one(tuple(ExclusionReason))
        county.exclusions.append(Exclusion(f"x{len(county.exclusions):06}", name, reason, begun, ended))


@dataclass(frozen=True, slots=True)
class _Kind:
    """A sort of people: their ages, their ledger, and how their tags are drawn."""

    ages: tuple[int, int]
    ledger: str
    draw: Callable[[_Making], list[tuple[str, str]]]


def _elder(county: _Making) -> list[tuple[str, str]]:
    first = county.one(
        (("在册", "elder"), ("空巢", ""), ("独居", ""), ("留守", ""), ("失能", "3")),
        (0.45, 0.2, 0.2, 0.1, 0.05),
    )
    more = [("低保", county.one(("A", "B", "C")))] if county.chance(0.15) else []
    return [first, *more, *([("残疾", county.one("1234"))] if county.chance(0.1) else [])]


def _disabled(county: _Making) -> list[tuple[str, str]]:
    kinds = ("视力", "听力", "肢体", "智力", "精神")
    return [("残疾", county.one("1234")), ("残疾类别", county.one(kinds))]


def _poor(county: _Making) -> list[tuple[str, str]]:
    first = [("低保", county.one(("A", "B", "C", "")))]
    return first if county.chance(0.8) else [*first, ("重病", "")]


def _destitute(county: _Making) -> list[tuple[str, str]]:
    care = county.one(("全自理", "半护理", "全护理"))
    return [("特困", ""), ("护理", care), ("集中供养" if county.chance(0.2) else "分散供养", "")]


def _child(county: _Making) -> list[tuple[str, str]]:
    first = county.one((("困境儿童", ""), ("孤儿", ""), ("农村留守儿童", ""), ("农村留守儿童", "重点")))
    return [first, *([("父母服刑", "")] if county.chance(0.05) else [])]


def _ill(county: _Making) -> list[tuple[str, str]]:
    first = [("精神障碍", county.one("012345"))]
    return first if county.chance(0.5) else [*first, ("低保", "B")]


_KINDS = (
    _Kind((60, 96), "elder", _elder),
    _Kind((18, 80), "disabled", _disabled),
    _Kind((25, 75), "relief", _poor),
    _Kind((50, 90), "relief", _destitute),
    _Kind((2, 18), "child", _child),
    _Kind((20, 75), "", _ill),
)
_SHARES = (0.62, 0.12, 0.1, 0.06, 0.06, 0.04)


def _homes(county: _Making) -> dict[str, list[str]]:
    """Return who lives where."""
    found: dict[str, list[str]] = {}
    for client in county.clients.values():
        found.setdefault(client.household_id, []).append(client.id)
    return found


def _visits(county: _Making, house: str, people: Sequence[str]) -> None:
    """Make the visits to a household."""
    for _ in range(int(county.rng.poisson(county.recipe.visits))):
        alone = len(people) > 1 and county.chance(0.3)
        by_worker = county.chance(0.95)
        town = f"{county.households[house].division_code[:9]}000"
        credited = (Society.SOCIAL_WORKER, Society.VOLUNTEER, Society.CHARITY)
        first = county.one(credited, (0.7, 0.25, 0.05))
        second = county.one(credited)
        county.visits.append(
            Visit(
                id=f"v{len(county.visits):07}",
                household_id=house,
                client_ids=(county.one(people),) if alone else tuple(people),
                day=county.ago(county.recipe.days),
                channel=county.one(tuple(Channel), (0.55, 0.38, 0.05, 0.02)),
                outcome=county.one((Outcome.SEEN, Outcome.NOBODY, Outcome.REFUSED), (0.85, 0.12, 0.03)),
                domain=county.one(tuple(Domain)),
                societies=(first, second) if second is not first and county.chance(0.2) else (first,),
                actor_ids=(f"{town}-0",) if by_worker else (),
                actor_roles=(county.one((Role.SOCIAL_WORKER, Role.VOLUNTEER)),) if by_worker else (),
                needs=(county.one(("meals", "repair", "company")),) if county.chance(0.1) else (),
            )
        )
