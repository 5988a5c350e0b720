"""Who can visit: three at the station and some fifty in the villages."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date, timedelta
from random import Random

from sample_data.frame import Frame, Point
from sample_data.grids import Grid
from sample_data.identity import phone
from sample_data.names import person_name
from sample_data.people import Household, Person
from sample_data.places import Township
from sample_data.recipe import Recipe
from sample_data.sites import Site

__all__ = ["ACTOR_COLUMNS", "Actor", "Crew", "hire", "responsible"]

ACTOR_COLUMNS = (
    "id", "name", "role", "society", "sex", "division_code", "certificate", "skills", "hours_from", "hours_to",
    "travel_mode", "starts_at_home", "lon", "lat", "phone", "off_days",
)  # fmt: skip

_DAYS_AHEAD = 31


@dataclass(frozen=True, slots=True)
class Actor:
    """One row of ``actors.csv``; role, society and mode are codes of the product."""

    id: str
    name: str
    role: str
    society: str
    male: bool
    division_code: str
    phone: str
    at: Point
    mode: str = "ebike"
    certificate: str = ""
    skills: tuple[str, ...] = ()
    hours: tuple[str, str] = ("08:30", "17:30")
    at_home: bool = True
    off_days: tuple[date, ...] = ()

    def row(self, frame: Frame) -> list[str]:
        """Return the values in the order of the columns."""
        lon, lat = frame.degrees(self.at)
        sex, off = "male" if self.male else "female", ";".join(d.isoformat() for d in self.off_days)
        return [
            self.id, self.name, self.role, self.society, sex, self.division_code, self.certificate,
            ";".join(self.skills), *self.hours, self.mode, "1" if self.at_home else "0", f"{lon:.7f}", f"{lat:.7f}",
            self.phone, off,
        ]  # fmt: skip


@dataclass(frozen=True)
class Crew:
    """The actors of one township, found by what they do and where."""

    staff: list[Actor]
    cadres: dict[str, Actor]
    child_directors: dict[str, Actor]
    grid_workers: dict[str, Actor]
    helpers: dict[str, list[Actor]] = field(default_factory=dict)

    def everybody(self) -> list[Actor]:
        """Return all, the station first."""
        village = [*self.cadres.values(), *self.child_directors.values(), *self.grid_workers.values()]
        return [*self.staff, *village, *(a for many in self.helpers.values() for a in many)]


def hire(recipe: Recipe, town: Township, grids: list[Grid], station: Site) -> Crew:
    """Return the crew of a township: 3 staff, and contacts in each village and grid."""
    rng = recipe.random("actors", town.index)
    count = iter(range(1, 100_000))

    def contact(role: str, society: str, male: bool, code: str, at: Point, **rest: object) -> Actor:
        number = f"{town.code[:9]}-A{next(count):03d}"
        home = (round(at[0] + rng.uniform(-90, 90), 2), round(at[1] + rng.uniform(-90, 90), 2))
        return Actor(number, person_name(rng, male), role, society, male, code, phone(rng), home, **rest)  # type: ignore[arg-type]

    staff = _staff(recipe, rng, town, station, count)
    cadres, directors, helpers = {}, {}, {}
    for k, village in enumerate(town.villages):
        code, at = village.code, village.centre
        cadres[code] = contact("village_cadre", "community", rng.random() < 0.7, code, at, hours=("08:00", "17:30"))
        directors[code] = contact("child_director", "community", rng.random() < 0.15, code, at, mode="walk", hours=("14:30", "18:30"))
        helpers[code] = []
        if k % 9 != 4:
            helpers[code].append(contact("volunteer", "volunteer", rng.random() < 0.4, code, at, mode="walk", hours=("09:00", "11:30")))
        if k % 3 != 2:
            helpers[code].append(contact("carer", "organisation", False, code, at, certificate="养老护理员", skills=("照护",)))
    workers = {}
    for grid in grids:
        middle = grid.land.representative_point()
        near = town.villages[grid.village].centre
        at = ((middle.x + 3 * near[0]) / 4, (middle.y + 3 * near[1]) / 4)
        workers[grid.code] = contact("grid_worker", "community", rng.random() < 0.45, grid.code[:12], at)
    return Crew(staff, cadres, directors, workers, helpers)


def _staff(recipe: Recipe, rng: Random, town: Township, station: Site, count: object) -> list[Actor]:
    """Return three social workers; each third weekday is one's office duty, the third's on the first day."""
    plan = (
        (False, "社会工作师", ("心理疏导", "儿童"), "ebike"),
        (True, "助理社会工作师", ("手语", "能力评估"), "ebike"),
        (False, "", ("方言",), "walk"),
    )
    weekdays = [d for k in range(_DAYS_AHEAD) if (d := recipe.start + timedelta(days=k)).weekday() < 5]
    crew = []
    for k, (male, certificate, skills, mode) in enumerate(plan):
        off = {d for i, d in enumerate(weekdays) if (i + 2) % 3 == k}
        if k == 1:
            off |= {weekdays[7], weekdays[8]}
        number = f"{town.code[:9]}-A{next(count):03d}"  # type: ignore[call-overload]
        crew.append(
            Actor(
                number, person_name(rng, male), "social_worker", "social_worker", male, town.code, phone(rng), station.at,
                mode, certificate, skills, at_home=False, off_days=tuple(sorted(off)),
            )  # fmt: skip
        )
    return crew


def responsible(rng: Random, crew: Crew, house: Household, person: Person) -> tuple[Actor, Actor] | None:
    """Return who answers for a person and the deputy; one in eleven has nobody."""
    village, grid = house.door.division_code, house.door.grid_code
    if rng.random() < 0.09:
        return None
    cadre, worker = crew.cadres[village], crew.grid_workers[grid]
    if "child" in person.ledgers:
        return crew.child_directors[village], cadre
    if person.has("特困"):
        return cadre, worker
    helpers = crew.helpers[village]
    if helpers and rng.random() < 0.15:
        return rng.choice(helpers), worker
    return worker, cadre
