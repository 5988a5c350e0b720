"""The plan at the terminal: whom it leaves out, calls between doors, who plans."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing
from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest

from fieldmap.errors import language
from fieldmap.models import Channel
from fieldmap.plans import Unplanned
from fieldmap.store import Store
from tests.web.cli.county import found_ten
from tests.web.phone_plan import PLAN
from web.cli.planning import plan_tables

LEFT = tuple(Unplanned("h2", (f"q{n}",), "no_room", f"原因{n}", f"reason {n}") for n in range(30))


@pytest.fixture(params=["zh-CN", "en"])
def lang(request: pytest.FixtureRequest) -> Iterator[str]:
    """Read the tables in each language."""
    token = language.set(request.param)
    yield request.param
    language.reset(token)


def test_who_must_be_visited_is_marked_and_first_of_those_left_out(
    lang: str, store: Store, capsys: pytest.CaptureFixture[str]
) -> None:
    """Among 30 doors left out the mandatory one, which is the last, heads the 20 that are listed."""
    plan_tables(replace(PLAN, routes=(), unplanned=LEFT), store.snapshot(), {"q29"})
    said = capsys.readouterr().out
    listed = [line for line in said.splitlines() if "北坡村2号" in line]
    assert len(listed) == 20
    assert [mark in listed[0] for mark in ({"en": "must"}.get(lang, "必访"), "29")] == [True, True]
    assert sum("必访" in line or "must" in line for line in listed) == 1
    assert "--all" in said


def test_everybody_left_out_can_be_listed(
    lang: str, store: Store, capsys: pytest.CaptureFixture[str]
) -> None:
    """With --all there are all 30, and no word of more."""
    plan_tables(replace(PLAN, routes=(), unplanned=LEFT), store.snapshot(), everybody=True)
    said = capsys.readouterr().out
    assert all(f"{'reason ' if lang == 'en' else '原因'}{n}" in said for n in range(30))
    assert "--all" not in said


def test_a_call_is_no_way_of_no_minutes(lang: str, store: Store, capsys: pytest.CaptureFixture[str]) -> None:
    """A call of the route says that it is one."""
    (route,) = PLAN.routes
    call = replace(route.stops[2], channel=Channel.PHONE, travel_s=0)
    plan_tables(replace(PLAN, routes=(replace(route, stops=(call,)),)), store.snapshot())
    said = capsys.readouterr().out
    assert ("phone" if lang == "en" else "电话") in said
    assert "0 min" not in said
    assert "0 分钟" not in said


@pytest.mark.parametrize("engine", ["search", "ortools"])
def test_the_head_chooses_who_plans(engine: str, tmp_path: Path) -> None:
    """Either engine plans the day, so that everybody is at a stop or left out."""
    station = found_ten(tmp_path)
    said = station.done("plan", "--engine", engine, "--seconds", 1, "--all")
    assert "ortools" in said.out
    with closing(Store.open(station.db)) as store:
        (made,) = store.plans.of_day(date(2026, 3, 20))
    assert [stop.household_id for route in made.routes for stop in route.stops]


@pytest.mark.parametrize(("option", "value"), [("--engine", "vroom"), ("--seed", -1), ("--seed", 2**31)])
def test_what_nobody_can_plan_with_is_refused(option: str, value: object, tmp_path: Path) -> None:
    """Before anything is planned, with what there is to choose from."""
    refused = found_ten(tmp_path).run("plan", option, value)
    assert refused.code == 2
    assert ("2147483647" if option == "--seed" else "ortools") in refused.err
