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

__all__ = ["ACTOR_COLUMNS", "Actor", "Crew", "Job", "hire", "responsible"]

ACTOR_COLUMNS = (
    "id",
    "name",
    "role",
    "society",
    "sex",
    "division_code",
    "certificate",
    "skills",
    "hours_from",
    "hours_to",
    "travel_mode",
    "starts_at_home",
    "lon",
    "lat",
    "phone",
    "off_days",
)

_DAYS_AHEAD = 31


@dataclass(frozen=True, slots=True)
class Job:
    """What somebody does: role, society and mode are codes of the product.

    ``male`` is the share of men who do it.
    """

    role: str
    society: str
    male: float
    hours: tuple[str, str] = ("08:30", "17:30")
    mode: str = "ebike"
    certificate: str = ""
    skills: tuple[str, ...] = ()


_STAFF = (
    Job("social_worker", "social_worker", 0, certificate="社会工作师", skills=("心理疏导", "儿童")),
    Job("social_worker", "social_worker", 1, certificate="助理社会工作师", skills=("手语", "能力评估")),
    Job("social_worker", "social_worker", 0, mode="walk", skills=("方言",)),
)
_CADRE = Job("village_cadre", "community", 0.7, ("08:00", "17:30"))
_CHILD_DIRECTOR = Job("child_director", "community", 0.15, ("14:30", "18:30"), "walk")
_GRID_WORKER = Job("grid_worker", "community", 0.45)
_VOLUNTEER = Job("volunteer", "volunteer", 0.4, ("09:00", "11:30"), "walk")
_CARER = Job("carer", "organisation", 0, certificate="养老护理员", skills=("照护",))


@dataclass(frozen=True, slots=True)
class Actor:
    """One row of ``actors.csv``."""

    id: str
    name: str
    job: Job
    male: bool
    division_code: str
    phone: str
    at: Point
    at_home: bool
    off_days: tuple[date, ...] = ()

    def row(self, frame: Frame) -> dict[str, str]:
        """Return the values by column."""
        lon, lat = frame.degrees(self.at)
        return {
            "id": self.id,
            "name": self.name,
            "role": self.job.role,
            "society": self.job.society,
            "sex": "male" if self.male else "female",
            "division_code": self.division_code,
            "certificate": self.job.certificate,
            "skills": ";".join(self.job.skills),
            "hours_from": self.job.hours[0],
            "hours_to": self.job.hours[1],
            "travel_mode": self.job.mode,
            "starts_at_home": "1" if self.at_home else "0",
            "lon": f"{lon:.7f}",
            "lat": f"{lat:.7f}",
            "phone": self.phone,
            "off_days": ";".join(d.isoformat() for d in self.off_days),
        }


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
    hall = _Hall(town, recipe.random("actors", town.index))
    staff = [
        hall.hire(job, town.code, station.at, at_home=False, off_days=_off_days(recipe, turn))
        for turn, job in enumerate(_STAFF)
    ]
    spots = [(v.code, v.centre) for v in town.villages]
    cadres = {code: hall.hire(_CADRE, code, at) for code, at in spots}
    directors = {code: hall.hire(_CHILD_DIRECTOR, code, at) for code, at in spots}
    helpers: dict[str, list[Actor]] = {}
    for k, (code, at) in enumerate(spots):
        jobs = [job for job, there in ((_VOLUNTEER, k % 9 != 4), (_CARER, k % 3 != 2)) if there]
        helpers[code] = [hall.hire(job, code, at) for job in jobs]
    workers = {g.code: hall.hire(_GRID_WORKER, g.code[:12], _inside(town, g)) for g in grids}
    return Crew(staff, cadres, directors, workers, helpers)


class _Hall:
    """Number the people who are hired, and find them a home near their work."""

    def __init__(self, town: Township, rng: Random) -> None:
        self._prefix = town.code[:9]
        self._rng = rng
        self._count = 0

    def hire(
        self, job: Job, code: str, near: Point, *, at_home: bool = True, off_days: tuple[date, ...] = ()
    ) -> Actor:
        rng, at = self._rng, near
        self._count += 1
        male = rng.random() < job.male
        if at_home:
            at = (round(near[0] + rng.uniform(-90, 90), 2), round(near[1] + rng.uniform(-90, 90), 2))
        number = f"{self._prefix}-A{self._count:03d}"
        return Actor(number, person_name(rng, male), job, male, code, phone(rng), at, at_home, off_days)


def _inside(town: Township, grid: Grid) -> Point:
    """Return a point of the grid on the side of the village's middle."""
    middle, near = grid.land.representative_point(), town.villages[grid.village].centre
    return (middle.x + 3 * near[0]) / 4, (middle.y + 3 * near[1]) / 4


def _off_days(recipe: Recipe, turn: int) -> tuple[date, ...]:
    """Return office duty on each third weekday, the last one's on the first day, and some leave."""
    days = [recipe.start + timedelta(days=k) for k in range(_DAYS_AHEAD)]
    weekdays = [d for d in days if d.weekday() < 5]
    off = {d for i, d in enumerate(weekdays) if (i + 2) % len(_STAFF) == turn}
    if turn == 1:
        off |= set(weekdays[7:9])
    return tuple(sorted(off))


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
