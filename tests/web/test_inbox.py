"""The head's list to check: what was kept and what lost, what was refused, points, proposals."""

from __future__ import annotations

import json
import re
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from playwright.sync_api import expect

from fieldmap.errors import Issue
from fieldmap.incoming import (
    Disagreement,
    DisagreementKind,
    Doorway,
    EnvelopeKind,
    Pin,
    PinState,
    Received,
    ReceivedState,
    Report,
    Told,
    problems_text,
)
from fieldmap.models import Position, VisitKind
from fieldmap.store import Store
from tests.web.conftest import As, NewPage
from tests.web.village import HOUSEHOLDS, NOW, TODAY, VISITS, Village

DISPUTE = Disagreement(
    id="dis1",
    kind=DisagreementKind.STATE,
    received_id="env1",
    household_id="h1",
    client_id="p1",
    field="state",
    kept="moved",
    kept_from="desk",
    losing="seen",
    losing_from="w1",
    at=NOW,
    losing_at=NOW - timedelta(days=3),
)
"""The desk said that she moved; the worker had seen her three days ago."""

BODY = {
    "household_id": "h3",
    "client_ids": ["p4"],
    "outcome": "seen",
    "needs": ["meals", "clinic"],
    "partner_ids": ["w2"],
    "note": "外婆在家",
    "next_day": "2026-13-40",
    "started_at": "2026-03-17T01:30:00Z",
    "check_in": {"lon": 107.506, "lat": 26.706, "accuracy_m": 14.6},
    "surprise": 1,
}
PAYLOAD = json.dumps({"v": 1, "kind": "visit", "id": "env2", "body": BODY}, ensure_ascii=False)
REFUSED = Received(
    id="env2",
    kind=EnvelopeKind.VISIT,
    state=ReceivedState.REJECTED,
    account_id="worker",
    device_id="d1",
    actor_id="w1",
    made_at=NOW - timedelta(days=3),
    received_at=NOW,
    sha256="ab" * 32,
    payload=PAYLOAD,
    household_id="h3",
    problems=problems_text([Issue(0, "next_day", "2026-13-40", "visit.next-day")]),
)
REPORT = Report("rep1", "p4", "worker", "w1", NOW, Told.POLICE, "110-7", "手臂有伤", NOW)
PIN = Pin("pin1", "h1", Doorway.DOOR, Position(107.502, 26.703), 8, "worker", NOW)


def _page(signed_in: As, path: str = "/inbox", login: str = "head") -> str:
    answer = signed_in(login).get(path)
    assert answer.status_code == 200
    return re.sub(r"(\s|<[^>]+>)+", " ", answer.text[answer.text.index("<main") :])


def _settle(signed_in: As, path: str, login: str = "head", **form: str) -> int:
    return signed_in(login).post(f"/inbox/{path}", data=form).status_code


def test_both_sides_are_shown_in_words_with_who_and_when(signed_in: As, store: Store) -> None:
    """What is in use and what lost: a reason, an outcome, the desk, a name, a day."""
    store.incoming.disagreements.add(DISPUTE)
    page = _page(signed_in)
    assert "王* 北坡村1号 王* 人员状态不一致 迁出 站里 已见到 周敏 · 03-17 09:00" in page


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"field": "outcome", "kept": "nobody", "kept_from": "w2"}, "无人 刘强"),
        ({"kept": "left"}, "已不在名单上 站里"),
        (
            {
                "kind": "clock",
                "field": "made_at",
                "kept": "2026-03-20T09:00:00+08:00",
                "kept_from": "station",
            },
            "2026-03-20 09:00 站里的时钟",
        ),
        ({"kind": "plan", "field": "actor", "kept": "w2", "kept_from": "plan"}, "刘强 计划"),
        ({"kind": "order", "field": "stop_ids", "kept": "1 2 3", "kept_from": "plan"}, "第 1、2、3 户 计划"),
        (
            {"kind": "content", "field": "needs note", "kept": '{"needs": ["meals"], "note": "好"}'},
            "需求: 助餐送餐;备注: 好 站里",
        ),
        ({"kept_from": "elsewhere"}, "迁出 别的站的人"),
    ],
)
def test_every_kind_of_disagreement_has_its_words(
    change: dict[str, Any], words: str, signed_in: As, store: Store
) -> None:
    """No code and no id of ours is shown to the head."""
    changed = {**change, "kind": DisagreementKind(change.get("kind", DISPUTE.kind))}
    store.incoming.disagreements.add(replace(DISPUTE, **changed))
    assert words in _page(signed_in)


def test_what_is_settled_is_kept_below_with_its_remark(signed_in: As, store: Store, village: Village) -> None:
    """A word, an account, a time; it can be settled once, and is in the audit trail."""
    store.incoming.disagreements.add(DISPUTE)
    assert _settle(signed_in, "disagreements/dis1/settle", remark=" 打过电话,确实搬了 ") == 303
    page = _page(signed_in)
    assert "说法不一致 0 条" in page
    assert "03-20 09:00 站长高洁 人员状态不一致 王* 北坡村1号 打过电话,确实搬了" in page
    held = store.incoming.disagreements.get("dis1")
    assert held is not None
    assert (held.settled_by, held.kept, held.losing) == (village.ids["head"], "moved", "seen")
    assert store.audit.lines()[0].action == "settle"
    assert _settle(signed_in, "disagreements/dis1/settle") == 404


def test_a_refused_record_can_be_read_whole_with_the_reason(signed_in: As, store: Store) -> None:
    """Every field in words, what is unknown too; reading about a child's house is written down."""
    store.incoming.received.add(REFUSED)
    assert "周敏 走访记录 看全部内容 下次日期不对" in _page(signed_in)
    page = _page(signed_in, "/inbox/received/env2")
    for words in (
        "下次日期不对:2026-13-40",
        "哪一户 赵* 北坡村3号",
        "见了谁 赵*",
        "结果 已见到",
        "需求 助餐送餐、陪诊取药",
        "同行 刘强",
        "备注 外婆在家",
        "开始 2026-03-17 09:30",
        "签到位置 26.70600, 107.50600 ±15 m",
        "surprise 1",
    ):
        assert words in page
    assert [(line.action, line.object) for line in store.audit.lines(limit=1)] == [("read child", "h3")]
    assert _settle(signed_in, "received/env2/settle", remark="补录了") == 303
    assert "没有采用的记录 0 条" in _page(signed_in)
    assert "补录了" in _page(signed_in, "/inbox/received/env2")


def test_a_child_whose_birth_date_nobody_knows_is_one(signed_in: As, store: Store) -> None:
    """The children's ledger makes a child where no birth date does: reading about it is written down."""
    child = store.snapshot().clients["p4"]
    store.facts.record([replace(child, birth_date=None)])
    store.incoming.received.add(REFUSED)
    for path in ("/inbox/received/env2", "/people/h3"):
        _page(signed_in, path)
    assert [(line.action, line.object) for line in store.audit.lines(limit=2)] == [("read child", "h3")] * 2


def test_reading_about_grown_ups_is_not_logged_as_a_childs(signed_in: As, store: Store) -> None:
    """Only a house with a child in it leaves that line."""
    store.incoming.received.add(replace(REFUSED, household_id="h1"))
    _page(signed_in, "/inbox/received/env2")
    assert "read child" not in {line.action for line in store.audit.lines()}


def test_a_record_without_a_known_house_goes_to_the_head_of_who_sent_it(
    signed_in: As, store: Store, village: Village
) -> None:
    """Nothing is nobody's: the sender's head sees it, another township's does not."""
    lost = replace(REFUSED, household_id="", account_id=village.ids["worker"])
    store.incoming.received.add(lost)
    assert "没有采用的记录 1 条" in _page(signed_in)
    assert "没有采用的记录 0 条" in _page(signed_in, login="other_head")


def test_the_list_says_that_a_report_waits_and_its_page_what_it_says(signed_in: As, store: Store) -> None:
    """On the list no name and no note; the page has both, and every reading is logged."""
    store.incoming.reports.add(REPORT)
    page = _page(signed_in)
    assert "周敏 公安(110) 110-7" in page
    assert "赵*" not in page
    assert "手臂有伤" not in page
    assert "手臂有伤" in _page(signed_in, "/inbox/reports/rep1")
    assert [(line.action, line.object) for line in store.audit.lines(limit=1)] == [("read child", "h3")]
    assert _settle(signed_in, "reports/rep1/settle", remark="已陪同报警") == 303
    assert store.incoming.reports.open() == ()


def test_a_point_is_taken_with_its_accuracy(signed_in: As, store: Store, village: Village) -> None:
    """The page tells how far it is from the known one; taken, it is the household's door from then on."""
    store.incoming.pins.add(PIN)
    assert "26.70200, 107.50200 ±10 米 26.70300, 107.50200 ±8 米 111 米" in _page(signed_in)
    assert _settle(signed_in, "pins/pin1/take") == 303
    home = store.snapshot().households["h1"]
    assert (home.door, home.accuracy_m, home.coord_source) == (PIN.position, 8, "pin")
    held = store.incoming.pins.get("pin1")
    assert held is not None
    assert (held.state, held.settled_by) == (PinState.TAKEN, village.ids["head"])
    assert _settle(signed_in, "pins/pin1/refuse") == 404


def test_a_refused_point_changes_nothing(signed_in: As, store: Store) -> None:
    """The household keeps its point, and the refusal its remark."""
    store.incoming.pins.add(replace(PIN, household_id="h4"))
    assert "原来没有" in _page(signed_in)
    assert _settle(signed_in, "pins/pin1/refuse", remark="标到河里了") == 303
    assert store.snapshot().households["h4"] == HOUSEHOLDS[3]
    assert "门口 · 未采用 孙* 北坡村后山 标到河里了" in _page(signed_in)


def test_a_way_in_leaves_the_door_where_it_is(signed_in: As, store: Store) -> None:
    """The two points of a household are apart."""
    store.incoming.pins.add(replace(PIN, which=Doorway.ENTRY))
    _settle(signed_in, "pins/pin1/take")
    home = store.snapshot().households["h1"]
    assert (home.entry, home.door, home.accuracy_m) == (PIN.position, HOUSEHOLDS[0].door, 10)


def test_answers_that_suggest_an_assessment_wait_until_one_was_made(signed_in: As, store: Store) -> None:
    """A fall within a month proposes to assess again; the assessment ends the proposal."""
    fell = {"p1": {"_form": "elder/1", "fell": "yes", "fall_harm": "none"}}
    visit = replace(VISITS[0], id="0195b1a2-0000-7000-8000-000000000009", day=TODAY, answers=fell)
    store.visits.record(visit, by="worker")
    page = _page(signed_in)
    assert "建议再评估或跟进 1 人" in page
    assert "自理情况可能有变化" in page
    done = replace(visit, id="0195b1a2-0000-7000-8000-00000000000a", kind=VisitKind.ASSESSMENT, answers={})
    store.visits.record(done, by="worker")
    assert "建议再评估或跟进 0 人" in _page(signed_in)


@pytest.mark.parametrize(
    "path", ["disagreements/dis1/settle", "received/env2/settle", "reports/rep1/settle", "pins/pin1/take"]
)
def test_another_townships_head_sees_and_settles_nothing(path: str, signed_in: As, store: Store) -> None:
    """She is answered as if there were none."""
    store.incoming.disagreements.add(DISPUTE)
    store.incoming.received.add(REFUSED)
    store.incoming.reports.add(REPORT)
    store.incoming.pins.add(PIN)
    page = _page(signed_in, login="other_head")
    assert re.findall(r"(\d) 条", page) == ["0", "0", "0"]
    assert "强制报告" not in page
    assert _settle(signed_in, path, login="other_head") == 404
    assert signed_in("head").get("/alarms").json()["waiting"] == 4
    assert signed_in("other_head").get("/alarms").json()["waiting"] == 0


@pytest.mark.browser
def test_the_menu_says_how_much_waits(new_page: NewPage, store: Store) -> None:
    """A number beside the entry on every desk page; it goes down when something is done with."""
    store.incoming.disagreements.add(DISPUTE)
    store.incoming.pins.add(PIN)
    page = new_page("head")
    page.goto("/plans")
    expect(page.locator(".menu .badge")).to_have_text("2")
    page.get_by_role("link", name="待核对").click()
    page.get_by_role("button", name="采用", exact=True).click()
    expect(page.locator(".menu .badge")).to_have_text("1")
