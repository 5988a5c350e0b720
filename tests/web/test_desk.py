"""The desk: figures, the list of who is to be seen, plans from the order to the publication."""

from __future__ import annotations

import re
import time
from dataclasses import replace

import pytest
from starlette.testclient import TestClient

from fieldmap.models import Position
from fieldmap.plans import DayPlan, PlanState
from fieldmap.store import Store
from tests.web.conftest import As
from tests.web.village import GRID_B, HOUSEHOLDS, TODAY, TOWN, Village

JSON = {"accept": "application/json"}
ORDER = {"day": "2026-03-20", "division": TOWN.code, "actors": ["w1", "w2"]}


def _text(client: TestClient, path: str) -> str:
    """Return a page without its tags, blanks folded."""
    page = client.get(path)
    assert page.status_code == 200
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", page.text))


def _figure(client: TestClient, name: str) -> str:
    found = re.search(rf"{name}</span>\s*<strong[^>]*>([^<]+)<", client.get("/desk").text)
    assert found is not None
    return found[1]


def test_the_figures_carry_their_denominators_and_exclusions(signed_in: As) -> None:
    """Of seven due three were contacted, two are excluded by reason beside it."""
    head = signed_in("head")
    assert _figure(head, "本月探访率") == "3/7 = 42.9 %"
    assert _figure(head, "见面率") == "1/3 = 33.3 %"
    assert "不计 2 人(拒访 1、住院 1)" in _text(head, "/desk")
    counts = {name: _figure(head, name) for name in ("今天该去", "超期", "从未接触", "无坐标", "无责任人")}
    assert counts == {"今天该去": "5", "超期": "1", "从未接触": "1", "无坐标": "1", "无责任人": "1"}


def test_an_empty_station_has_nobody_due_and_not_everybody_seen(signed_in: As) -> None:
    """Where nobody was contacted the share says so; nothing reads 100 %."""
    page = _text(signed_in("other_head"), "/desk")
    assert "0/1 = 0.0 %" in page
    assert "无已访对象" in page
    assert "100" not in page


def test_the_list_says_why_and_masks_the_names(signed_in: As) -> None:
    """Who is open today is listed with reason and overdue days; the full names are not there."""
    page = _text(signed_in("head"), "/desk")
    assert "王*" in page
    assert "3 天" in page
    assert "见面 8 天" in page
    assert not any(name in page for name in ("王秀英", "李大山", "郑"))


def test_the_list_is_narrowed_by_gap_and_grid(signed_in: As) -> None:
    """The filters leave only those who fit."""
    head = signed_in("head")
    assert "5 人" in _text(head, "/desk")
    assert "今天该去看谁 1 人" in _text(head, "/desk?gap=never")
    assert "今天该去看谁 1 人" in _text(head, f"/desk?grid={GRID_B}")
    assert "这里没有今天该去的人" in _text(head, f"/desk?gap=unverified&grid={GRID_B}")


def test_a_recorded_write_changes_the_figures_at_once(signed_in: As, store: Store) -> None:
    """The figures are of the record as it stands, not of what was computed before."""
    head = signed_in("head")
    assert _figure(head, "无坐标") == "1"
    known = next(h for h in HOUSEHOLDS if h.id == "h4")
    store.facts.record([replace(known, door=Position(107.512, 26.703))])
    assert _figure(head, "无坐标") == "0"


def _wait(client: TestClient, location: str) -> dict[str, str]:
    job = location.rsplit("/", 1)[1]
    end = time.monotonic() + 90
    while True:
        body: dict[str, str] = client.get(f"/jobs/{job}", headers=JSON).json()
        if body["state"] not in ("waiting", "running"):
            return body
        assert time.monotonic() < end, body
        time.sleep(0.1)


@pytest.fixture
def planned(signed_in: As, store: Store) -> DayPlan:
    """Return a draft of the village's day, made through the pages."""
    head = signed_in("head")
    answer = head.post("/plans", data=ORDER)
    assert answer.status_code == 303
    done = _wait(head, answer.headers["location"])
    assert done["state"] == "done", done
    return store.plans.get(done["next"].rsplit("/", 1)[1])


def _doors(plan: DayPlan) -> set[str]:
    return {stop.household_id for route in plan.routes for stop in route.stops}


def test_a_plan_is_made_reviewed_changed_and_published(
    planned: DayPlan, signed_in: As, store: Store, village: Village
) -> None:
    """A draft has routes, reasons and who was left out; a door goes out and back in; the head publishes."""
    head = signed_in("head")
    assert planned.state is PlanState.DRAFT
    assert planned.created_by == village.ids["head"]
    assert _doors(planned) == {"h1", "h2", "h3"}
    page = _text(head, f"/plans/{planned.id}")
    assert "直线距离 × 1.4" in page
    assert "上次见到 2 月 10 日,上次联系 3 月 10 日" in page
    assert "没有坐标" in page
    assert "该去但不在这份计划里" not in page

    out = _wait(head, head.post(f"/plans/{planned.id}/again", data={"out": "h2"}).headers["location"])
    second = store.plans.get(out["next"].rsplit("/", 1)[1])
    assert _doors(second) == {"h1", "h3"}
    assert "该去但不在这份计划里" in _text(head, out["next"])
    assert head.post(f"/plans/{planned.id}/publish").status_code == 409

    back = _wait(head, head.post(f"/plans/{second.id}/again", data={"back": "h2"}).headers["location"])
    assert _doors(store.plans.get(back["next"].rsplit("/", 1)[1])) == {"h1", "h2", "h3"}

    assert head.post(f"{back['next']}/publish").status_code == 303
    published = store.plans.of_day(TODAY, state=PlanState.PUBLISHED)
    assert [p.published_by for p in published] == [village.ids["head"]]
    assert "已发布" in _text(head, "/desk")
    assert {line.action for line in store.audit.lines()} >= {"plan", "publish"}


def test_the_days_people_are_changed_by_planning_again(planned: DayPlan, signed_in: As, store: Store) -> None:
    """With one person on duty the child who needs two is left out, and the page says so."""
    head = signed_in("head")
    answer = head.post(f"/plans/{planned.id}/again", data={"actors": ["w1"]})
    done = _wait(head, answer.headers["location"])
    alone = store.plans.get(done["next"].rsplit("/", 1)[1])
    assert [route.actor_id for route in alone.routes] == ["w1"]
    assert "h3" not in _doors(alone)
    assert "两人" in _text(head, done["next"])


def test_another_head_can_neither_read_nor_publish_the_plan(planned: DayPlan, signed_in: As) -> None:
    """A plan is its township's."""
    other = signed_in("other_head")
    assert other.get(f"/plans/{planned.id}").status_code == 403
    assert other.post(f"/plans/{planned.id}/publish").status_code == 403
    assert other.post(f"/plans/{planned.id}/again", data={"out": "h1"}).status_code == 403


def test_the_desk_answers_while_a_plan_is_being_made(signed_in: As) -> None:
    """Every page asked for during the planning comes before the plan does."""
    head = signed_in("head")
    location = head.post("/plans", data=ORDER).headers["location"]
    answered = 0
    while head.get(f"/jobs/{location.rsplit('/', 1)[1]}", headers=JSON).json()["state"] in (
        "waiting",
        "running",
    ):
        assert head.get("/desk").status_code == 200
        assert head.get(location).status_code in (200, 303)
        answered += 1
    assert answered >= 3
    assert _wait(head, location)["state"] == "done"


def test_a_plan_is_cancelled_and_leaves_nothing(signed_in: As, store: Store) -> None:
    """Cancelling keeps no draft, and only the one who started it can."""
    head = signed_in("head")
    job = head.post("/plans", data=ORDER).headers["location"].rsplit("/", 1)[1]
    assert signed_in("deputy").post(f"/jobs/{job}/cancel", headers=JSON).status_code == 404
    assert head.post(f"/jobs/{job}/cancel", headers=JSON).json()["state"] == "cancelled"
    assert store.plans.of_day(TODAY) == ()


def test_what_the_planner_refuses_is_said_in_words(signed_in: As) -> None:
    """Somebody of another township cannot be sent: the job fails with the reason."""
    head = signed_in("head")
    order = {**ORDER, "actors": ["nobody"]}
    done = _wait(head, head.post("/plans", data=order).headers["location"])
    assert done["state"] == "failed"
    assert "nobody" in done["message"]


def test_a_plan_needs_somebody_to_go(signed_in: As) -> None:
    """Without anybody chosen nothing is started."""
    answer = signed_in("head").post("/plans", data={**ORDER, "actors": []}, headers=JSON)
    assert (answer.status_code, answer.json()["code"]) == (422, "plan.nobody")
