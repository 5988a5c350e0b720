"""The past: 120 days of visits and calls, dense in some grids and thin in others."""

from __future__ import annotations

import uuid
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from random import Random

from sample_data.actors import Actor, Crew
from sample_data.people import HARDSHIPS, Household, Person
from sample_data.recipe import PAST_DAYS, Recipe

__all__ = ["EXCLUSION_COLUMNS", "VISIT_COLUMNS", "Exclusion", "History", "Visit", "person_key", "remember"]

VISIT_COLUMNS = (
    "id",
    "day",
    "kind",
    "channel",
    "place",
    "outcome",
    "domain",
    "societies",
    "actor_ids",
    "household_key",
    "division_code",
    "address",
    "head_name",
    "person_names",
    "person_keys",
    "note",
)
EXCLUSION_COLUMNS = ("id", "person_key", "name", "reason", "valid_from", "valid_to", "note")

_BLOCK = 30
_LEAST_BEGUN, _LEANING = 10, 0.85
_MONTHLY = ("独居", "空巢", "留守", "失能", "计生特殊家庭", "特困", *HARDSHIPS[:3])
_NOTES = (
    "精神状态良好",
    "血压偏高，已提醒服药",
    "家中整洁，用电正常",
    "反映买药不便",
    "子女上周回来过",
    "腿脚不便，需助浴",
    "煤炉取暖，已提醒通风",
    "情绪低落，陪聊半小时",
    "低保金已到账",
    "想申请助餐",
    "学习情况正常",
    "需要轮椅",
)
_REASONS = {
    "hospital": "住院治疗",
    "refused": "本人表示不需要探访",
    "away": "外出投靠子女",
    "moved": "已迁往外地",
}


@dataclass(frozen=True, slots=True)
class Visit:
    """A contact in the past, or the attempt at one."""

    id: str
    day: date
    channel: str
    place: str
    outcome: str
    domain: str
    actors: tuple[Actor, ...]
    house: Household
    people: tuple[Person, ...]
    note: str

    def row(self) -> dict[str, str]:
        """Return the values by column."""
        door = self.house.door
        return {
            "id": self.id,
            "day": self.day.isoformat(),
            "kind": "contact",
            "channel": self.channel,
            "place": self.place,
            "outcome": self.outcome,
            "domain": self.domain,
            "societies": ";".join(dict.fromkeys(a.job.society for a in self.actors)),
            "actor_ids": ";".join(a.id for a in self.actors),
            "household_key": self.house.key,
            "division_code": door.division_code,
            "address": door.address,
            "head_name": self.house.head_name,
            "person_names": ";".join(p.name for p in self.people),
            "person_keys": ";".join(person_key(p, door.division_code) for p in self.people),
            "note": self.note,
        }


@dataclass(frozen=True, slots=True)
class Exclusion:
    """A dated reason why somebody is not expected to be visited."""

    id: str
    person: Person
    division_code: str
    reason: str
    since: date
    until: date | None

    def row(self) -> dict[str, str]:
        """Return the values by column."""
        return {
            "id": self.id,
            "person_key": person_key(self.person, self.division_code),
            "name": self.person.name,
            "reason": self.reason,
            "valid_from": self.since.isoformat(),
            "valid_to": self.until.isoformat() if self.until else "",
            "note": _REASONS[self.reason],
        }

    def holds(self, day: date) -> bool:
        """Return whether it is in force on a day."""
        return self.since <= day and (self.until is None or day <= self.until)


@dataclass(frozen=True, slots=True)
class History:
    """The visits of one township, by day, and the exclusions."""

    visits: list[Visit]
    exclusions: list[Exclusion]


def person_key(person: Person, division_code: str) -> str:
    """Return what finds a person: the right identity number, else name, birth date and village."""
    return person.id_number or f"{person.name}|{person.birth.isoformat()}|{division_code}"


def remember(recipe: Recipe, station: int, crew: Crew, houses: list[Household]) -> History:
    """Return the past of one township."""
    rng = recipe.random("visits", station)
    zeal = _zeal(rng, list(crew.grid_workers))
    visits: list[Visit] = []
    exclusions: list[Exclusion] = []
    for house in houses:
        held = [e for p in house.members if (e := _exclusion(rng, recipe, house, p))]
        exclusions += held
        out = {id(e.person): e for e in held}
        visits += _visits(rng, recipe, crew, house, zeal[house.door.grid_code], out)
    visits.sort(key=lambda v: (v.day, v.house.key, v.id))
    return History(visits, exclusions)


def _zeal(rng: Random, grids: list[str]) -> dict[str, float]:
    """Return how much of what was due each grid did: four of eighteen almost nothing."""
    levels = []
    for k in range(len(grids)):
        share = (k + 0.5) / len(grids)
        levels.append(
            rng.uniform(0.03, 0.15)
            if share < 0.22
            else rng.uniform(0.35, 0.6)
            if share < 0.4
            else rng.uniform(0.85, 1.0)
        )
    rng.shuffle(levels)
    return dict(zip(grids, levels, strict=True))


def _exclusion(rng: Random, recipe: Recipe, house: Household, person: Person) -> Exclusion | None:
    if rng.random() >= 0.035 or house.door.institution:
        return None
    reason = rng.choices(tuple(_REASONS), (30, 25, 35, 10))[0]
    since = recipe.start - timedelta(days=rng.randrange(2, 28 if reason == "hospital" else 110))
    until = (
        since + timedelta(days=rng.randrange(5, 25))
        if reason in ("hospital", "away") and rng.random() < 0.4
        else None
    )
    number = str(uuid.UUID(int=rng.getrandbits(128), version=4))
    return Exclusion(number, person, house.door.division_code, reason, since, until)


def _visits(
    rng: Random, recipe: Recipe, crew: Crew, house: Household, zeal: float, out: dict[int, Exclusion]
) -> Iterator[Visit]:
    if rng.random() < (0.5 if zeal < 0.2 else 0.12 if zeal < 0.7 else 0.03):
        return
    due = _due(recipe, house)
    days: set[date] = set()
    for block in range(PAST_DAYS // _BLOCK):
        for _ in range(int(due) + (rng.random() < due % 1)):
            if rng.random() < zeal:
                days.add(_weekday(rng, recipe, block))
    for day in sorted(days):
        yield from _visit(rng, crew, house, day, out)


def _weekday(rng: Random, recipe: Recipe, block: int) -> date:
    """Return a day of one block of thirty; nobody visits on a Sunday.

    The last block leans to the month that has begun: a station that is behind
    in the month's figure does not wait for its end.
    """
    begun = recipe.start.day - 1
    late = block == PAST_DAYS // _BLOCK - 1 and begun >= _LEAST_BEGUN and rng.random() < _LEANING
    within = rng.randrange(_BLOCK - begun, _BLOCK) if late else rng.randrange(_BLOCK)
    day = recipe.first_day + timedelta(days=block * _BLOCK + within)
    if day.weekday() == 6:
        day += timedelta(days=1 if day + timedelta(days=1) < recipe.start else -1)
    return day


def _due(recipe: Recipe, house: Household) -> float:
    """Return contacts due in thirty days: weekly above 80 alone, monthly for elders and children."""
    if any(p.age(recipe.start) >= 80 and p.has("独居", "空巢", "留守") for p in house.members):
        return 3
    return 1 if any(p.has(*_MONTHLY) for p in house.members) else 0.7


def _visit(
    rng: Random, crew: Crew, house: Household, day: date, out: dict[int, Exclusion]
) -> Iterator[Visit]:
    people = [p for p in house.members if not (id(p) in out and out[id(p)].holds(day))]
    if not people:
        return
    child = next((p for p in people if "child" in p.ledgers), None)
    channel = (
        "door" if rng.random() < (0.6 if child else 0.42) else rng.choices(("phone", "video"), (14, 1))[0]
    )
    place = "institution" if house.door.institution else "home"
    if child and child.school and channel == "door" and rng.random() < 0.25:
        place, people = "school", [child]
    elif len(people) > 1 and rng.random() < 0.2:
        people = people[:1]
    outcomes = ("seen", "nobody", "away", "refused")
    outcome = rng.choices(outcomes, (83, 11, 4, 2) if channel == "door" else (85, 13, 2, 0))[0]
    note = rng.choice(_NOTES) if outcome == "seen" and rng.random() < 0.35 else ""
    number = str(uuid.UUID(int=rng.getrandbits(128), version=4))
    actors = _who(rng, crew, house, channel, child)
    yield Visit(number, day, channel, place, outcome, _domain(people), actors, house, tuple(people), note)


def _who(rng: Random, crew: Crew, house: Household, channel: str, child: Person | None) -> tuple[Actor, ...]:
    village, grid = house.door.division_code, house.door.grid_code
    staff = rng.random() < 0.22
    if child and channel == "door":
        return crew.child_directors[village], rng.choice(crew.staff) if staff else crew.cadres[village]
    if staff:
        return tuple(crew.staff[:2]) if channel == "door" else (rng.choice(crew.staff),)
    local = [crew.grid_workers[grid], crew.grid_workers[grid], crew.cadres[village], *crew.helpers[village]]
    return (rng.choice(local),)


def _domain(people: list[Person]) -> str:
    on = {ledger for p in people for ledger in p.ledgers}
    for ledger, domain in (("child", "child"), ("elder", "elderly"), ("disabled", "affairs")):
        if ledger in on:
            return domain
    return "relief"
