"""The alarm of an overdue return, and of a child reported: who hears it, and how it ends."""

from __future__ import annotations

import re
from datetime import timedelta
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from fieldmap.incoming import OutingStep, OutingWhat, Report, Told
from fieldmap.store import Store
from tests.web.conftest import As, NewPage
from tests.web.village import NOW, TODAY, Village

BACK = NOW - timedelta(minutes=40)
OUT = OutingStep("st1", "o1", "w1", OutingWhat.OUT, NOW - timedelta(hours=3), "worker", BACK)
REPORT = Report("rep1", "p4", "worker", "w1", NOW, Told.POLICE, "110-7", "手臂有伤", NOW)


def _rings(signed_in: As, login: str = "head") -> dict[str, Any]:
    answer = signed_in(login).get("/alarms", headers={"accept": "application/json"})
    found: dict[str, Any] = answer.json()
    return found


def test_nothing_rings_on_a_quiet_morning(signed_in: As) -> None:
    """No outing, no report: no line and no words."""
    assert _rings(signed_in) == {"overdue": [], "reports": 0, "words": "", "waiting": 0}


def test_an_overdue_return_rings_at_head_and_deputy_of_that_place(signed_in: As, store: Store) -> None:
    """Name, the time she said and the minutes since; the head of another township hears nothing."""
    store.incoming.step(OUT, TODAY)
    for login in ("head", "deputy"):
        (line,) = _rings(signed_in, login)["overdue"]
        assert line["words"] == "周敏 还没回来:说好 08:20 回,已晚 40 分钟"
    assert _rings(signed_in, "other_head")["overdue"] == []


def test_a_report_about_a_child_rings_without_a_name(signed_in: As, store: Store) -> None:
    """The banner says how many wait, not whom they are about; another township hears nothing."""
    store.incoming.reports.add(REPORT)
    assert _rings(signed_in) == {
        "overdue": [],
        "reports": 1,
        "words": "有 1 条儿童强制报告还没有人看过",
        "waiting": 1,
    }
    assert _rings(signed_in, "other_head")["reports"] == 0
    store.incoming.reports.settle(REPORT.id, "head")
    assert _rings(signed_in)["reports"] == 0


def test_after_a_call_it_is_quiet_for_half_an_hour_and_the_reason_is_kept(
    signed_in: As, store: Store, village: Village
) -> None:
    """A later return is a step of the outing, by the head's account, with her words and in the trail."""
    store.incoming.step(OUT, TODAY)
    form = {"what": "later", "reason": "路上堵车 "}
    answer = signed_in("head").post("/alarms/o1", data=form, headers={"accept": "application/json"})
    assert answer.json()["overdue"] == []
    step = store.incoming.steps.all(outing_id="o1")[-1]
    assert (step.what, step.reason, step.by) == (OutingWhat.LATER, "路上堵车", village.ids["head"])
    outing = store.incoming.outings.get("o1")
    assert outing is not None
    assert (outing.expected_back, outing.back_at) == (NOW + timedelta(minutes=30), None)
    assert store.audit.lines()[0].action == "outing later"


def test_back_ends_it_for_everybody(signed_in: As, store: Store) -> None:
    """The deputy has seen her come in: nothing rings at the head's; a page without scripts goes on."""
    store.incoming.step(OUT, TODAY)
    answer = signed_in("deputy").post("/alarms/o1", data={"what": "back"})
    assert (answer.status_code, answer.headers["location"]) == (303, "/phones")
    assert _rings(signed_in)["overdue"] == []


@pytest.mark.parametrize("form", [{"what": "out"}, {}, {"what": "back", "reason": "x" * 201}])
def test_the_desk_cannot_say_anything_else(form: dict[str, str], signed_in: As, store: Store) -> None:
    """Going out is said by the worker alone; a reason is a line."""
    store.incoming.step(OUT, TODAY)
    assert signed_in("head").post("/alarms/o1", data=form).status_code == 422


def test_another_townships_outing_is_nobodys(signed_in: As, store: Store) -> None:
    """Its head is answered as if there were none, and it goes on ringing where it belongs."""
    store.incoming.step(OUT, TODAY)
    assert signed_in("other_head").post("/alarms/o1", data={"what": "back"}).status_code == 404
    assert len(_rings(signed_in)["overdue"]) == 1


NOTES_TONES = """
const start = OscillatorNode.prototype.start;
OscillatorNode.prototype.start = function (at) {
  document.documentElement.dataset.sounded = "yes";
  return start.call(this, at);
};
"""


def _open(new_page: NewPage, login: str, path: str) -> Page:
    page = new_page(login)
    page.add_init_script(NOTES_TONES)
    page.goto(path)
    expect(page.locator("#alarms")).to_contain_text("周敏 还没回来")
    page.get_by_role("heading", level=1).click()  # a browser lets no page ring before it is touched
    return page


@pytest.mark.browser
def test_every_open_page_rings_until_somebody_has_called(new_page: NewPage, store: Store) -> None:
    """Two pages sound and blink; acknowledged on one, the other is quiet; without an answer it says so."""
    store.incoming.step(OUT, TODAY)
    pages = [_open(new_page, "head", "/desk"), _open(new_page, "deputy", "/people")]
    for page in pages:
        expect(page.locator("html")).to_have_attribute("data-sounded", "yes")
        expect(page).to_have_title(re.compile("^⚠"))
    head, deputy = pages
    head.get_by_label("说明").fill("堵车")
    head.get_by_role("button", name="再等 30 分钟").click()
    expect(head.locator("#alarms")).to_be_hidden()
    deputy.evaluate("document.dispatchEvent(new Event('visibilitychange'))")  # asks now, not in 15 s
    expect(deputy.locator("#alarms")).to_be_hidden()
    assert "⚠" not in head.title()
    assert store.incoming.steps.all(outing_id="o1")[-1].reason == "堵车"
    deputy.route("**/alarms", lambda route: route.abort())
    deputy.evaluate("document.dispatchEvent(new Event('visibilitychange'))")
    expect(deputy.locator(".alarm-down")).to_be_visible()
