"""Days that cannot be planned well, asked for at the desk and on the command line."""

from __future__ import annotations

import time
from dataclasses import dataclass, replace
from datetime import time as clock
from typing import Any

import pytest

from fieldmap.models import Exclusion, ExclusionReason, Position
from fieldmap.plans import DayPlan
from fieldmap.settings import LEAST_MEMORY_MB, Settings
from fieldmap.store import Store
from tests.web.cli.county import Station
from tests.web.conftest import As
from tests.web.village import ACTORS, CLIENTS, HOUSEHOLDS, LAT, LON, TAGS, TODAY, TOWN, Village

JSON = {"accept": "application/json"}
STAFF = ("w1", "w2")
OFF = tuple(replace(a, off_days=frozenset({TODAY})) for a in ACTORS)
NIGHT = tuple(replace(a, hours=(clock(19), clock(22))) for a in ACTORS)
NOWHERE = tuple(replace(h, door=None, entry=None) for h in HOUSEHOLDS)
AWAY = tuple(Exclusion(f"x-{c.id}", c.id, ExclusionReason.AWAY, TODAY) for c in CLIENTS)


@pytest.fixture
def settings(village: Village, settings: Settings, request: pytest.FixtureRequest) -> Settings:
    """Return the village's settings, with a memory limit where the test gives one."""
    return replace(settings, plan_seconds=0.2, memory_mb=getattr(request, "param", settings.memory_mb))


@dataclass(frozen=True)
class Case:
    """A day, and what both doors must answer.

    Attributes
    ----------
    facts
        What is different in the village.
    actors
        Who is named to go.
    left
        Household → why it is left out.
    code, exit_code
        Of the problem, where there is no plan.
    """

    facts: tuple[object, ...]
    actors: tuple[str, ...] = STAFF
    left: tuple[tuple[str, str], ...] = ()
    code: str = ""
    exit_code: int = 0


CASES = {
    "nobody knows where any door is": Case(
        NOWHERE, left=tuple((key, "no_coordinates") for key in ("h1", "h2", "h3", "h4"))
    ),
    "nobody is due": Case(AWAY),
    "work begins when every door is closed": Case(
        NIGHT,
        left=(
            ("h1", "no_time_window"),
            ("h2", "no_time_window"),
            ("h3", "no_time_window"),
            ("h4", "no_coordinates"),
        ),
    ),
    "who is to go is on leave": Case(OFF, code="dispatch.not-on-duty", exit_code=4),
    "who is to go is not of the station": Case((), ("w1", "w9"), code="dispatch.not-on-duty", exit_code=4),
}


def _left(plan: DayPlan) -> tuple[tuple[str, str], ...]:
    return tuple(sorted((u.household_id, u.code) for u in plan.unplanned))


def _job(desk: As, order: dict[str, Any]) -> dict[str, Any]:
    """Order a plan at the desk and wait for the end of the job."""
    head = desk("head")
    answer = head.post("/plans", data={"day": TODAY.isoformat(), "division": TOWN.code, **order})
    assert answer.status_code == 303
    job, end = answer.headers["location"].rsplit("/", 1)[1], time.monotonic() + 300
    while True:
        body: dict[str, Any] = head.get(f"/jobs/{job}", headers=JSON).json()
        if body["state"] not in ("waiting", "running"):
            return {**body, "page": head.get(f"/plans/making/{job}").text}
        assert time.monotonic() < end, body
        time.sleep(0.1)


def _typed(village: Village, *words: object, **more: str) -> Any:
    return Station(village.path.parent).run("plan", "--division", TOWN.code, "--seconds", 0, *words, **more)


@pytest.mark.parametrize("name", CASES)
def test_the_desk_makes_a_plan_with_reasons_or_says_why_not(name: str, signed_in: As, store: Store) -> None:
    """Everybody due is at a stop or left out with the reason; a refusal keeps nothing and is read there."""
    case = CASES[name]
    store.facts.record(case.facts)
    done = _job(signed_in, {"actors": list(case.actors)})
    if case.code:
        assert done["state"] == "failed"
        assert done["message"] in done["page"]
        assert "没有留下新计划" in done["page"]
        assert store.plans.of_day(TODAY) == ()
    else:
        assert done["state"] == "done", done
        (kept,) = store.plans.of_day(TODAY)
        assert _left(kept) == case.left
        assert signed_in("head").get(done["next"]).status_code == 200


@pytest.mark.parametrize("name", CASES)
def test_the_command_line_makes_the_same_plan_or_says_why_not(
    name: str, village: Village, store: Store
) -> None:
    """The same answers by exit code and words, and nothing kept where there is no plan."""
    case = CASES[name]
    store.facts.record(case.facts)
    ran = _typed(village, *(word for actor in case.actors for word in ("--actor", actor)))
    assert ran.code == case.exit_code, ran.err
    if case.code:
        assert "not on duty" in ran.err
        assert store.plans.of_day(TODAY) == ()
    else:
        (kept,) = store.plans.of_day(TODAY)
        assert _left(kept) == case.left


def test_with_nobody_on_duty_the_command_line_lists_everybody(village: Village, store: Store) -> None:
    """Nobody is named and nobody is there: a plan without routes, with a reason for each door."""
    store.facts.record(OFF)
    assert _typed(village).code == 0
    (kept,) = store.plans.of_day(TODAY)
    assert kept.routes == ()
    assert {code for _, code in _left(kept)} == {"no_workers", "no_coordinates"}


def test_no_time_to_search_is_the_first_plan(village: Village, store: Store) -> None:
    """--seconds 0 gives what insertion finds, with its progress on the error stream; less is refused."""
    ran = _typed(village)
    assert ran.code == 0
    assert "plan" in ran.err
    (kept,) = store.plans.of_day(TODAY)
    assert kept.engine == "insertion"
    assert {s.household_id for r in kept.routes for s in r.stops} == {"h1", "h2", "h3"}
    assert _typed(village, "--seconds", -1).code == 4
    assert _typed(village, "--seconds", "nan").code == 4
    assert store.plans.of_day(TODAY) == (kept,)


@pytest.mark.slow
def test_ten_thousand_doors_are_planned_within_a_gigabyte(
    signed_in: As, village: Village, store: Store
) -> None:
    """The most urgent thousand are planned for; the plan and its page name everybody else with the reason."""
    home, client, tag = HOUSEHOLDS[0], CLIENTS[0], TAGS[0]
    crowd = range(10_000)
    store.facts.record(
        replace(home, id=f"x{i}", door=Position(LON + i / 100_000, LAT + i % 100 / 1000)) for i in crowd
    )
    store.facts.record(replace(client, id=f"y{i}", household_id=f"x{i}", id_number=None) for i in crowd)
    store.facts.record(replace(tag, id=f"z{i}", client_id=f"y{i}") for i in crowd)
    ran = _typed(village, "--seconds", 1, FIELDMAP_MEMORY_MB="1024")
    assert ran.code == 0, ran.err
    (kept,) = store.plans.of_day(TODAY)
    stops = {s.household_id for route in kept.routes for s in route.stops}
    left = dict(_left(kept))
    assert stops.isdisjoint(left)
    assert stops | left.keys() >= {f"x{i}" for i in crowd} | {"h1", "h2", "h3", "h4"}
    assert 9_000 <= list(left.values()).count("not_today") < 9_010
    page = signed_in("head").get(f"/plans/{kept.id}")
    assert "今天应访的户太多" in page.text


@pytest.mark.parametrize("settings", [LEAST_MEMORY_MB], indirect=True)
def test_the_memory_limit_is_named_in_words(signed_in: As, village: Village, store: Store) -> None:
    """At the desk and on the command line the limit and its setting are said, and nothing is kept."""
    done = _job(signed_in, {"actors": list(STAFF)})
    assert done["state"] == "failed"
    ran = _typed(village, "--seconds", 0.2, FIELDMAP_MEMORY_MB=str(LEAST_MEMORY_MB))
    assert ran.code == 7
    for said in (done["message"], ran.err):
        assert f"{LEAST_MEMORY_MB} MiB" in said
        assert "FIELDMAP_MEMORY_MB" in said
    assert store.plans.of_day(TODAY) == ()
    assert "再排一次" in done["page"]
