"""From a gap to a plan: what was selected on the map becomes a day, or a week, of drafts."""

from __future__ import annotations

import html
import re
import time

from starlette.testclient import TestClient

from fieldmap.plans import DayPlan, PlanState
from fieldmap.store import Store
from tests.web.conftest import As
from tests.web.phone_plan import PLAN, publish
from tests.web.village import GRID_A, GRID_B, GRID_C, GRID_OTHER, HOUSEHOLDS, OTHER_TOWN, TODAY, TOWN

JSON = {"accept": "application/json"}
ORDER = {"day": TODAY.isoformat(), "division": TOWN.code, "actors": ["w1", "w2"]}
AROUND_H3 = "107.505,26.705;107.507,26.705;107.507,26.707;107.505,26.707"


def _text(client: TestClient, path: str) -> str:
    page = client.get(path)
    assert page.status_code == 200
    return re.sub(r"\s+", " ", html.unescape(re.sub(r"<[^>]+>", " ", page.text)))


def _made(client: TestClient, store: Store, **order: object) -> list[DayPlan]:
    """Order a plan, wait for it, and return what the last page shows."""
    answer = client.post("/plans", data={**ORDER, **order})
    assert answer.status_code == 303, answer.text
    job, end = answer.headers["location"].rsplit("/", 1)[1], time.monotonic() + 120
    while (body := client.get(f"/jobs/{job}", headers=JSON).json())["state"] in ("waiting", "running"):
        assert time.monotonic() < end, body
        time.sleep(0.1)
    assert body["state"] == "done", body
    assert client.get(body["next"]).status_code == 200
    return [store.plans.get(found) for found in re.findall(r"[0-9a-f]{8}-[0-9a-f-]{27}", body["next"])]


def _doors(plan: DayPlan) -> set[str]:
    return {stop.household_id for route in plan.routes for stop in route.stops}


def _left(plan: DayPlan) -> set[str]:
    return {item.household_id for item in plan.unplanned}


def test_the_page_says_who_is_meant_and_who_is_not(signed_in: As) -> None:
    """Names are masked; who has no coordinates, comes later or is not visited for now is said."""
    page = _text(signed_in("head"), f"/plans?day={TODAY}&grid={GRID_B}&grid={GRID_C}")
    assert "选中:北坡二网格、南塘网格 该去 1 户 1 人" in page
    assert "其中 1 户没有坐标" in page
    assert "孙*" in page
    assert "孙福来" not in page
    assert "住在那里、这次不排的 5 人" in page
    assert "暂不走访:拒访" in page
    week = _text(signed_in("head"), f"/plans?day={TODAY}&grid={GRID_B}&span=week")
    assert "该去 2 户 2 人" in week
    assert "2026-03-20 至 2026-03-26 的五个工作日" in week


def test_the_form_sends_on_what_was_selected(signed_in: As) -> None:
    """Grids and area stand in the form as they came, and another day keeps them."""
    page = signed_in("head").get(f"/plans?day={TODAY}&grid={GRID_A}&grid=outside&area={AROUND_H3}").text
    for form in re.findall(r"<form.*?</form>", page, re.DOTALL):
        if 'action="/plans"' in form:
            fields = re.findall(r'name="(grid|area)" value="([^"]*)"', form)
            assert fields == [("grid", GRID_A), ("grid", "outside"), ("area", _six_digits(AROUND_H3))]
    assert page.count('action="/plans"') == 2


def _six_digits(area: str) -> str:
    return ";".join(",".join(f"{float(n):.6f}" for n in point.split(",")) for point in area.split(";"))


def test_only_who_was_selected_is_planned(signed_in: As, store: Store) -> None:
    """A grid and a drawn area give a draft of their doors; everybody else due is in the list beside it."""
    head = signed_in("head")
    (drawn,) = _made(head, store, area=AROUND_H3)
    assert (_doors(drawn), _left(drawn)) == ({"h3"}, set())
    (both,) = _made(head, store, grid=[GRID_B], area=AROUND_H3)
    assert (_doors(both), _left(both)) == ({"h3"}, {"h4"})
    assert both.state is PlanState.DRAFT
    page = _text(head, f"/plans/{both.id}")
    assert "该去但不在这份计划里 2 户" in page


def test_a_single_household_is_planned(signed_in: As, store: Store) -> None:
    """One door of a list gives a draft of it alone; its page names how many were chosen."""
    head = signed_in("head")
    page = head.get(f"/plans?day={TODAY}&household=h3")
    assert '<input type="hidden" name="household" value="h3">' in page.text
    assert "选中:单选的 1 户" in _text(head, f"/plans?day={TODAY}&household=h3")
    (made,) = _made(head, store, household=["h3"])
    assert (_doors(made), _left(made)) == ({"h3"}, set())


def test_another_stations_household_is_as_unknown_as_one_that_is_none(signed_in: As) -> None:
    """Nothing of the answer but the id itself tells that there is such a household."""
    head, other = (
        signed_in("head"),
        next(h.id for h in HOUSEHOLDS if h.division_code[:9] == OTHER_TOWN.code[:9]),
    )
    found = [head.get(f"/plans?household={key}", headers=JSON) for key in (other, "none")]
    assert {answer.status_code for answer in found} == {422}
    assert found[0].text.replace(other, "") == found[1].text.replace("none", "")
    assert "plan.household" in found[0].text


def test_a_published_plan_is_named_and_can_be_planned_along(signed_in: As, store: Store) -> None:
    """Publishing takes the place of the plan of the day: its doors may be planned together."""
    publish(store)
    head = signed_in("head")
    page = head.get(f"/plans?day={PLAN.day}&area={AROUND_H3}").text
    assert "一天只有一份发布的计划" in page
    assert 'name="together"' in page
    (alone,) = _made(head, store, area=AROUND_H3)
    assert _doors(alone) == {"h3"}
    (along,) = _made(head, store, area=AROUND_H3, together="1")
    assert _doors(along) | _left(along) > {"h3"}


def test_a_week_is_a_draft_a_day(signed_in: As, store: Store) -> None:
    """Each person is planned once; who is left over in the end stands on the page with the reason."""
    head = signed_in("head")
    plans = _made(head, store, span="week", grid=[GRID_A, GRID_B])
    assert len(plans) > 1
    assert {plan.state for plan in plans} == {PlanState.DRAFT}
    assert len({plan.day for plan in plans}) == len(plans)
    # the child's two visitors have her on both routes of one day
    reached = {(client, p.day) for p in plans for r in p.routes for s in r.stops for client in s.client_ids}
    assert sorted(client for client, _ in reached) == ["p1", "p2", "p3", "p4", "p7"]
    page = _text(head, "/plans/week?" + "&".join(f"plan={plan.id}" for plan in plans))
    assert "到最后也没有排进来的 1 户" in page
    assert "没有坐标" in page
    assert store.plans.of_day(TODAY, state=PlanState.PUBLISHED) == ()


def test_nobody_due_is_said_before_and_after_the_click(signed_in: As, store: Store) -> None:
    """Outside all grids lives nobody: there is no form, and an order all the same is refused by name."""
    head = signed_in("head")
    page = head.get(f"/plans?day={TODAY}&grid=outside").text
    assert "选中的范围里没有要排的人" in page
    assert 'name="actors"' not in page
    assert "span=week" in page
    answer = head.post("/plans", data={**ORDER, "grid": ["outside"]}, headers=JSON)
    assert answer.status_code == 422
    assert answer.json()["code"] == "plan.nobody-due"


def test_another_stations_grid_is_as_unknown_as_one_that_is_none(signed_in: As, store: Store) -> None:
    """The answer for a grid of another town and for one that does not exist differs in nothing else."""
    head = signed_in("head")
    answers = [
        head.get(f"/plans?grid={code}", headers=JSON).text.replace(code, "") for code in (GRID_OTHER, "9901")
    ]
    assert answers[0] == answers[1]
    assert "plan.chosen" in answers[0]
    order = {**ORDER, "grid": [GRID_A], "division": OTHER_TOWN.code}
    assert head.post("/plans", data=order, headers=JSON).status_code == 422
    inside = f"/plans?day={TODAY}&area=107,26;108,26;108,27;107,27"
    assert "何*" not in _text(head, inside)
    assert "选中:圈出的一片 该去 3 户 4 人" in _text(head, inside)


def test_without_a_selection_the_page_is_as_before(signed_in: As, store: Store) -> None:
    """A day of everybody due is planned."""
    head = signed_in("head")
    page = head.get("/plans").text
    assert "chosen" not in page
    (plan,) = _made(head, store)
    assert _doors(plan) == {"h1", "h2", "h3"}
