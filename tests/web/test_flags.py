"""The list of flags and the page that registers one, as the head uses them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import timedelta

import pytest
from starlette.testclient import TestClient

from fieldmap.models import (
    Channel,
    Domain,
    ExclusionReason,
    Flag,
    FlagKind,
    FlagState,
    Household,
    IdStatus,
    Outcome,
    Position,
    Society,
    Visit,
)
from fieldmap.store import Store
from tests.web.conftest import As
from tests.web.phone_plan import publish
from tests.web.village import GRID_A, GRID_B, GRID_OTHER, LAT, LON, NOW, TODAY, Village

FLAG = Flag("f1", GRID_A, "村东第三家", Position(LON + 0.0041, LAT + 0.0031), "", NOW)
FORM: Mapping[str, str | list[str]] = {
    "grid": GRID_A,
    "address": "村东第三家",
    "lon": "107.5041",
    "lat": "26.7031",
    "name-0": "何大山",
    "birth-0": "1941-02-03",
    "tags-0": ["独居", "低保=A"],
}


@dataclass(frozen=True)
class Desk:
    """The head at the page, and the county file behind it."""

    client: TestClient
    store: Store

    def post(self, what: str, form: Mapping[str, str | list[str]], flag: Flag = FLAG) -> int:
        """Send a form about a flag; return the status."""
        return self.client.post(f"/flags/{flag.id}/{what}", data=dict(form)).status_code

    def listed(self, query: str = "") -> str:
        """Return the list."""
        return self.client.get(f"/flags{query}").text


@pytest.fixture
def desk(signed_in: As, store: Store, village: Village) -> Desk:
    """Return the head's desk with a flag of this morning."""
    store.flags.report(replace(FLAG, reported_by=village.ids["grid_manager"]))
    return Desk(signed_in("head"), store)


def test_a_new_household_is_registered_and_comes_into_the_figures(desk: Desk) -> None:
    """The head fills in the form: door, person and tags are on the ledger, the step is on record."""
    assert desk.post("new", FORM) == 303
    flag = desk.store.flags.get(FLAG.id)
    view = desk.store.snapshot()
    house = view.households[flag.household_id]
    assert (flag.state, house.address, house.grid_code) == (FlagState.REGISTERED, "村东第三家", GRID_A)
    assert {c.name for c in view.clients.values() if c.household_id == house.id} == {"何大山"}
    (line,) = desk.store.audit.lines(limit=1)
    assert (line.action, line.object, line.detail) == ("register flag", FLAG.id, house.id)
    assert f'href="/plans?household={house.id}"' in desk.listed()
    assert "何*" in desk.client.get("/people").text


def test_a_mistake_brings_the_form_back_as_it_was(desk: Desk) -> None:
    """What is wrong stands at its field, what was typed is still there, and nothing was recorded."""
    answer = desk.client.post(
        f"/flags/{FLAG.id}/new", data={**FORM, "address": "", "identity-0": "990101194102030010"}
    )
    assert answer.status_code == 422
    for text in ('id="why-address"', 'id="why-identity-0"', 'value="何大山"', 'value="低保=A" selected'):
        assert text in answer.text
    assert "本行已保留" not in answer.text, "a form keeps nothing"
    assert desk.store.flags.get(FLAG.id).state is FlagState.REPORTED


def test_who_is_on_the_list_is_found_and_chosen(desk: Desk) -> None:
    """Near the pin without asking, by a part of the name when asked; names are masked."""
    page = desk.client.get(f"/flags/{FLAG.id}/register").text
    assert 'value="h2"' in page
    assert "相距 15 米" in page
    assert "李大山" not in page
    found = desk.client.post(f"/flags/{FLAG.id}/find", data={"text": "孙福"}).text
    assert 'value="h4"' in found
    assert 'value="h2"' not in found
    assert desk.post("known", {"household": "h4", "pin": "1"}) == 303
    assert desk.store.flags.get(FLAG.id).household_id == "h4"
    assert desk.store.snapshot().households["h4"].door == FLAG.position


@pytest.mark.parametrize(("household", "status"), [("h9", 404), ("nobody", 404), ("", 422)])
def test_a_household_of_another_town_cannot_be_chosen(desk: Desk, household: str, status: int) -> None:
    """To this head it does not exist; no choice is no registration."""
    assert desk.post("known", {"household": household}) == status
    assert desk.store.flags.get(FLAG.id).state is FlagState.REPORTED


def test_nobody_registers_into_another_town(desk: Desk) -> None:
    """A grid that the form did not offer is refused."""
    assert desk.post("new", {**FORM, "grid": GRID_OTHER}) == 422


def test_it_cannot_be_marked_registered_without_a_household(desk: Desk) -> None:
    """The list's own step does not do it, nor planned or visited, which are the record's to say."""
    for state in ("registered", "planned", "visited"):
        assert desk.post("move", {"state": state}) == 422
    assert len(desk.store.flags.history(FLAG.id)) == 1


def test_what_is_registered_cannot_be_registered_again(desk: Desk) -> None:
    """It is first looked at again, with a reason."""
    desk.post("known", {"household": "h2"})
    assert desk.client.get(f"/flags/{FLAG.id}/register").status_code == 422
    assert desk.post("known", {"household": "h4"}) == 422
    assert desk.post("move", {"state": "checked"}) == 422
    assert desk.post("move", {"state": "checked", "reason": "选错了户"}) == 303
    assert desk.post("known", {"household": "h4"}) == 303
    assert desk.store.flags.get(FLAG.id).household_id == "h4"
    assert [step.household_id for step in desk.store.flags.history(FLAG.id)] == ["", "h2", "", "h4"]


def test_a_door_that_was_left_is_written_down_and_closed(desk: Desk) -> None:
    """Everybody's fate is asked for; the exclusion is on record and the flag waits for nobody."""
    left = replace(FLAG, id="f2", kind=FlagKind.MOVED, household_id="h2")
    desk.store.flags.report(left)
    page = desk.client.get("/flags/f2/register").text
    assert 'name="became-p2"' in page
    assert 'name="became-p3"' in page
    assert desk.post("left", {}, left) == 422
    assert desk.post("left", {"became-p2": "moved", "became-p3": "died"}, left) == 303
    view = desk.store.snapshot()
    assert [(e.client_id, e.reason, e.valid_from) for e in view.exclusions if e.client_id == "p2"] == [
        ("p2", ExclusionReason.MOVED, TODAY)
    ]
    assert view.clients["p3"].valid_to == TODAY
    assert desk.store.flags.get("f2").state is FlagState.REGISTERED


def test_a_visit_asked_for_now_is_due_once_the_head_has_looked(desk: Desk) -> None:
    """Marked checked, the door is on the list of whom to visit, and a plan is one tap away."""
    asked = replace(FLAG, id="f2", kind=FlagKind.VISIT_NOW, household_id="h6")
    desk.store.flags.report(asked)
    assert desk.post("move", {"state": "checked"}, asked) == 303
    assert "网格员上报要人去,站里已核实" in desk.client.get("/people/h6").text
    assert 'href="/plans?household=h6"' in desk.listed()


def test_an_empty_house_that_is_on_no_ledger_is_noted(desk: Desk) -> None:
    """There is nobody to exclude: one tap closes it."""
    empty = replace(FLAG, id="f2", kind=FlagKind.VACANT)
    desk.store.flags.report(empty)
    assert desk.post("left", {}, empty) == 303
    assert desk.store.flags.get("f2").state is FlagState.REGISTERED


def test_who_has_waited_longest_stands_first(desk: Desk) -> None:
    """The list says for whom each waits and for how many days, and marks what waits too long."""
    old = replace(FLAG, id="f0", grid_code=GRID_B, reported_at=NOW - timedelta(days=12))
    long_ago = Store.open(desk.store.path, clock=lambda: NOW - timedelta(days=12))
    long_ago.flags.report(old)
    long_ago.close()
    listed = desk.listed()
    assert listed.index('id="flag-f0"') < listed.index('id="flag-f1"')
    assert "等站里处理 12 天" in listed
    assert "等久了" in listed
    assert "12 天前" in listed
    assert 'id="flag-f0"' not in desk.listed(f"?grid={GRID_A}")
    assert 'id="flag-f0"' in desk.listed("?state=reported")
    assert 'id="flag-f0"' not in desk.listed("?state=checked")


def test_the_plan_and_the_visit_are_in_its_history(desk: Desk) -> None:
    """Nobody marks them: a published plan and a visit do, and the list says for whom it waits."""
    desk.post("known", {"household": "h1"})
    publish(desk.store)
    listed = desk.listed()
    assert "等 周敏 按计划上门,2026-03-20" in listed
    assert "排进了已发布的计划" in listed
    seen = Visit(
        "6d1f4d1e-0000-4000-8000-000000000001",
        "h1",
        ("p1",),
        TODAY,
        Channel.DOOR,
        Outcome.SEEN,
        Domain.ELDERLY,
        (Society.SOCIAL_WORKER,),
    )
    desk.store.visits.record(seen, by="worker")
    assert desk.store.flags.get(FLAG.id).state is FlagState.VISITED
    assert "入户见到人" in desk.listed()


def test_a_refusal_stands_beside_the_same_door_reported_again(desk: Desk) -> None:
    """The new report links to the old one with its reason; both stay."""
    desk.post("move", {"state": "refused", "reason": "已在邻村登记"})
    desk.store.flags.report(replace(FLAG, id="f2", reported_at=NOW + timedelta(hours=1)))
    listed = desk.listed()
    assert "当时拒绝:已在邻村登记" in listed
    assert 'href="#flag-f1"' in listed
    assert 'id="flag-f1"' in listed


def test_somebody_registered_elsewhere_in_the_county_is_not_doubled(desk: Desk) -> None:
    """The head reads that the county knows the person, and nothing of where."""
    house = Household("far", "990101002201", "沙湾村6号", "何大山", GRID_OTHER)
    known = replace(
        desk.store.snapshot().clients["p11"],
        id="far",
        household_id="far",
        id_number="990101194102030016",
        id_status=IdStatus.OK,
    )
    desk.store.facts.record([house, known])
    answer = desk.client.post(
        f"/flags/{FLAG.id}/new", data={**FORM, "identity-0": "990101194102030016", "birth-0": ""}
    )
    assert answer.status_code == 422
    assert "县里已有人登记,不在您的范围" in answer.text
    assert "沙湾" not in answer.text
    assert desk.store.flags.get(FLAG.id).state is FlagState.REPORTED
