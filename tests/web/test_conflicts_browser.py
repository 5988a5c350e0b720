"""The table of ``docs/sync.md`` on a real phone: ready, cut off, saved, the desk acts, the signal comes back.

What no phone can bring about by itself (an id used twice, an envelope of
another version, a late withdrawal) is sealed on the page by the app's own code.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import replace
from datetime import date, datetime, timedelta
from pathlib import Path

import pytest
from playwright.sync_api import Browser, expect

from fieldmap.access import AccountRole, Hat
from fieldmap.incoming import DoorResult, ReceivedState
from fieldmap.models import Client, Exclusion, ExclusionReason, FlagState, Household, Outcome
from fieldmap.settings import Settings
from fieldmap.store import Store
from tests.browser import PHONE, Windows, serving
from tests.web.phone_plan import PLAN, publish
from tests.web.sending import Envelope, numbered
from tests.web.test_phone_browser import save as tap_visit
from tests.web.trial import OTHER_WINDOW, Trial
from tests.web.village import GRID_A, GRID_OTHER, NOW, OTHER_VILLAGE, TODAY, TOWN, Village
from tests.wire import Break, How, wired
from web.app import create_app

pytestmark = pytest.mark.browser

NEXT_DAY = TODAY + timedelta(days=1)
BOTH = (Hat(AccountRole.WORKER, TOWN.code), Hat(AccountRole.GRID_MANAGER, TOWN.code, GRID_A))
BUILDING = numbered(90)


@pytest.fixture
def trial(village: Village, settings: Settings, browser: Browser) -> Iterator[Trial]:
    """Return a phone that is not signed in, and its station at nine o'clock."""
    moment = [NOW]

    def clock() -> datetime:
        return moment[0]

    with ExitStack() as stack:
        store = Store.open(village.path, clock=clock)
        stack.callback(store.close)
        url = stack.enter_context(serving(create_app(settings, clock=clock)))
        wire = stack.enter_context(wired(int(url.rpartition(":")[2])))
        windows = Windows(browser, wire.url)
        stack.callback(windows.close)
        yield Trial(store, settings, wire, windows, windows.open(PHONE), moment)
        assert windows.foreign == [], "a page asked another host"
        assert windows.errors == [], "a script failed"


def by_colleague(number: int, house: str, client: str, outcome: str) -> Envelope:
    """Return a colleague's visit of 09:10."""
    body = {"household_id": house, "client_ids": [client], "outcome": outcome}
    return Envelope(numbered(number), "visit", body, NOW + timedelta(minutes=10), NOW)


def test_two_people_one_household(trial: Trial) -> None:
    """Rows: two people with one outcome, two people with two in either order, one who tries twice."""
    publish(trial.store)
    trial.enter("worker")
    trial.go(9, 20)
    tap_visit(trial.page, 2, "在家,一切都好")
    trial.visit("h1", "p1", "seen")
    trial.visit("h3", "p4", "nobody")
    trial.visit("h6", "p7", "nobody")
    trial.go(9, 50)
    trial.visit("h6", "p7", "seen")
    trial.colleague(
        by_colleague(1, "h1", "p1", "seen"),
        by_colleague(2, "h2", "p2", "nobody"),
        by_colleague(3, "h3", "p4", "seen"),
    )
    trial.sent()
    trial.held(5, "09:50")
    assert len(trial.came()) == 8
    assert sorted(trial.desk("disagreements")) == [
        ["李* 北坡村2号 李*", "同一天两个结果", "已见到 周敏 · 03-20 09:20", "无人 刘强"],
        ["赵* 北坡村3号 赵*", "同一天两个结果", "已见到 刘强", "无人 周敏"],
    ]


def test_the_phone_against_the_desk(trial: Trial) -> None:
    """Rows: moved the day after the visit, the desk's word stands, both say the same, a file closed."""
    publish(trial.store)
    trial.enter("worker")
    trial.go(9, 40)
    tap_visit(trial.page, 3, "在家,一切都好")
    trial.visit("h2", "p2", "hospital", exclude=True)
    trial.visit("h3", "p4", "moved", exclude=True)
    trial.visit("h6", "p7", "seen")
    trial.go(15, 0)
    moved = [Exclusion(f"x-{who}", who, ExclusionReason.MOVED, TODAY) for who in ("p2", "p4")]
    trial.store.facts.record(moved)
    trial.go(17, 40, NEXT_DAY)
    known = next(client for client in trial.store.facts.read(Client) if client.id == "p7")
    trial.store.facts.record([replace(known, valid_to=TODAY - timedelta(days=1))])
    trial.store.facts.record([Exclusion("x-p1", "p1", ExclusionReason.MOVED, NEXT_DAY)])
    trial.sent()
    trial.held(4, "17:40")

    assert {visit.day for visit in trial.came()} == {TODAY}
    stands = {one.id for one in trial.store.snapshot().exclusions if one.client_id in ("p1", "p2", "p4")}
    assert stands == {"x-p1", "x-p2", "x-p4"}
    assert trial.store.snapshot().clients["p7"].valid_to == TODAY - timedelta(days=1)
    assert sorted(trial.desk("disagreements")) == [
        ["李* 北坡村2号 李*", "人员状态不一致", "迁出 站里 · 03-20 15:00", "住院 周敏 · 03-20 09:40"],
        ["王* 北坡村1号 王*", "人员状态不一致", "迁出 站里 · 03-21 17:40", "已见到 周敏 · 03-20 09:40"],
        ["郑* 北坡村16号 郑*", "人员状态不一致", "已不在名单上 站里", "已见到 周敏 · 03-20 09:40"],
    ]


def test_the_head_republishes(trial: Trial) -> None:
    """Rows: a stop given to somebody else, a stop left to her, another order on the phone."""
    publish(trial.store)
    trial.enter("worker")
    trial.go(9, 10)
    tap_visit(trial.page, 1, "无人")
    trial.page.locator(".after button").tap()
    trial.page.locator("dialog[open] .primary").tap()
    trial.page.locator("dialog[open]").wait_for(state="detached")
    trial.go(9, 40)
    tap_visit(trial.page, 2, "在家,一切都好")
    tap_visit(trial.page, 3, "在家,一切都好")
    (route,) = PLAN.routes
    other = replace(route, id="r3", actor_id="w2", stops=tuple(replace(s, id="n3") for s in route.stops[2:]))
    same = tuple(replace(stop, id=f"n{stop.seq}") for stop in route.stops[:2])
    new = replace(PLAN, id="plan-2", routes=(replace(route, id="r2", stops=same), other))
    trial.go(9, 50)
    publish(trial.store, new)
    trial.go(10)
    trial.sent()
    trial.held(3, "10:00")
    assert {(v.stop_id, v.outcome) for v in trial.came()} == {
        ("s1", Outcome.NOBODY),
        ("s2", Outcome.SEEN),
        ("s3", Outcome.SEEN),
    }
    (order,) = trial.store.incoming.orders.all()
    assert sorted(order.stop_ids) == ["s1", "s2", "s3"]
    assert [stop.seq for stop in trial.store.plans.get(PLAN.id).routes[0].stops] == [1, 2, 3]
    expect(trial.page.locator("#stop-2")).to_contain_text("已见到 · 09:40")
    hers = "、".join(stop[1:] for stop in order.stop_ids)
    assert sorted(trial.desk("disagreements")) == [
        ["–", "顺序与计划不同", "第 1、2、3 户 计划", f"第 {hers} 户 周敏 · 03-20 09:10"],
        ["王* 北坡村1号", "计划已改派", "周敏 手机 · 03-20 09:40", "刘强 计划 · 03-20 09:50"],
    ]


@pytest.mark.parametrize("what", ["account", "phone"])
def test_revoked_or_out_of_reach(trial: Trial, what: str) -> None:
    """Row: the account was closed, or the phone locked; before that a household that was given away."""
    store, page = trial.store, trial.page
    publish(store)
    trial.enter("worker")
    if what == "phone":
        out_of_reach(trial)
        trial.cut()
    trial.go(9, 40)
    tap_visit(page, 3, "在家,一切都好")
    if what == "phone":
        store.accounts.revoke_device(page.evaluate("() => window.outbox.vault.state().device"))
    else:
        store.accounts.disable(next(one.id for one in store.accounts.all() if one.login == "worker"))
    trial.sent()
    expect(page.locator("main")).to_contain_text("这部手机已被站里锁定")
    (kept,) = (
        one for one in page.evaluate("() => window.outbox.entries()") if one["code"] == "phone.revoked"
    )
    assert (kept["state"], kept["about"]) == ("rejected", None)
    shelf = "window.outbox.vault.shelf"
    assert page.evaluate(f"async (id) => Boolean(await {shelf}.get('sealed', id))", kept["id"])
    assert page.evaluate(f"async () => await {shelf}.get('vault', 'packet') === undefined")
    assert trial.came() == []
    received = store.incoming.received.get(kept["id"])
    assert received is not None
    assert received.content["body"]["outcome"] == "seen"
    assert trial.desk("refused") == [
        ["周敏", "走访记录 看全部内容", "这个账号已停用,或这部手机已锁定"],
    ]


def out_of_reach(trial: Trial) -> None:
    """Record a door that was given to another township an hour before: refused, told, kept for its head."""
    given = next(house for house in trial.store.facts.read(Household) if house.id == "h6")
    trial.go(9, 10)
    trial.store.facts.record([replace(given, division_code=OTHER_VILLAGE.code, grid_code=GRID_OTHER)])
    trial.go(9, 30)
    away = trial.visit("h6", "p7")
    trial.sent()
    assert trial.entry(away) == ("rejected", "visit.reach")
    expect(trial.page.locator(".line.rejected")).to_contain_text("站里没收下:h6")
    expect(trial.page.locator(".line.rejected")).to_contain_text("这一户不在您的走访范围")
    expect(trial.page.locator(".line.rejected")).to_contain_text("内容站里留着")
    assert trial.desk("refused", "other_head") == [["周敏", "走访记录 看全部内容", "这一户不在您的走访范围"]]


def test_a_wrong_clock(trial: Trial) -> None:
    """Rows: the clock a day ahead, then a day behind; an earlier day that was chosen."""
    publish(trial.store)
    trial.enter("worker")
    trial.go(9, 20)
    trial.turn_clock(1)
    tap_visit(trial.page, 3, "在家,一切都好")
    trial.go(9, 40)
    trial.turn_clock(1)
    trial.sent()
    expect(trial.page.locator("#held.ok")).to_contain_text("1 条中 1 条已在站里 · 09:40")
    trial.page.wait_for_function(
        "async () => (await window.outbox.vault.packet()).made_at > '2026-03-20T01:30'"
    )
    trial.cut()
    trial.go(9, 50)  # somebody puts the clock right: what the phone corrects by is now wrong
    trial.visit("h2", "p2", day=(TODAY - timedelta(days=1)).isoformat())
    trial.go(10)
    trial.sent()
    trial.cut()
    trial.visit("h3", "p4", day="2026-03-18")
    trial.sent()
    trial.held(3, "10:00")
    days = {visit.household_id: visit.day for visit in trial.came()}
    assert days == {"h1": TODAY, "h2": TODAY, "h3": date(2026, 3, 18)}
    (first,) = (visit for visit in trial.came() if visit.household_id == "h1")
    assert first.started_at == NOW + timedelta(minutes=40)
    assert sorted(trial.desk("disagreements")) == [
        ["李* 北坡村2号", "手机时间不准", "2026-03-20 09:40 站里的时钟", "2026-03-19 09:50 手机"],
        ["王* 北坡村1号", "手机时间不准", "2026-03-20 09:40 站里的时钟", "2026-03-21 09:20 手机"],
    ]


def test_restored_from_an_older_backup(trial: Trial, tmp_path: Path) -> None:
    """Rows: an older county file, "back" before "out", a corrected sweep result before the first one."""
    publish(trial.store)
    trial.store.accounts.add("both", "周敏", None, BOTH, actor_id="w1")
    trial.enter("both")
    trial.store.backup(tmp_path / "backup.db")
    trial.go(9, 10)
    trial.page.locator(".outing").get_by_role("button", name="出发").tap()
    trial.page.locator("dialog[open] .primary").tap()
    tap = {"building_id": BUILDING, "grid_code": GRID_A, "door": "101", "day": TODAY.isoformat()}
    trial.add("sweep", {**tap, "result": "nobody_home"})
    tap_visit(trial.page, 2, "在家,一切都好")
    trial.sent()
    trial.flushed()
    trial.held(2, "09:10")
    sent = len(trial.wire.sendings)
    with restored(trial, tmp_path) as older:
        trial.go(10, 20)  # the phone compares with the station once an hour
        trial.page.evaluate(OTHER_WINDOW)
        trial.page.locator(".outing").get_by_role("button", name="我回来了").tap()
        expect(trial.page.locator(".outing")).to_contain_text("10:20 已回")
        trial.add("sweep", {**tap, "result": "need"})
        trial.page.evaluate("() => window.done()")
        trial.flushed()
        trial.held(3, "10:20")
        assert trial.wire.sendings[sent : sent + 2] == [(2, How.FINE), (3, How.FINE)]
        assert [(v.household_id, v.outcome, v.day) for v in trial.came()] == [("h2", Outcome.SEEN, TODAY)]
        (outing,) = older.incoming.outings.all()
        assert outing.out_at == NOW + timedelta(minutes=10)
        assert outing.back_at == NOW + timedelta(minutes=80)
        results = [one.result for one in older.incoming.sweeps.all(building_id=BUILDING)]
        assert results == [DoorResult.NOBODY_HOME, DoorResult.NEED]
        assert trial.desk("disagreements") == trial.desk("refused") == []
        trial.flushed()
        assert trial.wire.sendings[-1] == (0, How.FINE)


@contextmanager
def restored(trial: Trial, folder: Path) -> Iterator[Store]:
    """Start the station on a file brought back from the backup in a folder; return its store."""
    Store.restore(folder / "backup.db", folder / "older.db").close()

    def clock() -> datetime:
        return trial.moment[0]

    with ExitStack() as stack:
        older = Store.open(folder / "older.db", clock=clock)
        stack.callback(older.close)
        app = create_app(replace(trial.settings, db=older.path), clock=clock)
        trial.wire.target = int(stack.enter_context(serving(app)).rpartition(":")[2])
        trial.store = older
        yield older


def test_taken_back(trial: Trial) -> None:
    """Rows: a visit and a flag and their withdrawals in either order; too late, or somebody else's visit."""
    publish(trial.store)
    trial.store.accounts.add("both", "周敏", None, BOTH, actor_id="w1")
    trial.enter("both")
    trial.go(9, 10)
    in_order = two_things(trial)
    trial.sent()
    trial.go(9, 15)
    assert [trial.take_back(one)["note"] for one in in_order] == ["住院", "后山有一户没有登记"]
    trial.flushed()

    trial.cut()
    late = two_things(trial)
    trial.wire.breaks.extend([Break(How.CUT_UP)] * 20)  # they stay somewhere on the way
    trial.cut(False)
    overtaken = trial.lost()
    trial.cut()  # nothing is on its way any more when the line holds again
    trial.go(9, 20)
    for one in late:
        trial.take_back(one)
    trial.wire.breaks.clear()
    trial.cut(False)
    trial.flushed()
    trial.sent()
    assert sorted(one["id"] for one in json.loads(overtaken)["envelopes"]) == sorted(late)
    assert trial.post(overtaken) == ["withdrawn", "withdrawn"]
    assert {trial.entry(one) for one in in_order + late} == {("withdrawn", "")}
    expect(trial.page.locator("#held")).to_be_hidden()
    assert trial.came() == []
    assert [one.id for one in trial.store.snapshot().exclusions if one.client_id == "p2"] == []
    assert [(flag.id, flag.state) for flag in trial.store.flags.all()] == [(in_order[1], FlagState.REFUSED)]
    kept = [trial.store.incoming.received.get(one) for one in in_order + late]
    assert [one and one.state for one in kept] == [ReceivedState.WITHDRAWN] * 4
    too_late(trial)


def two_things(trial: Trial) -> list[str]:
    """Save a visit with what follows from it, and a flag."""
    flag = {"grid_code": GRID_A, "kind": "uncovered", "note": "后山有一户没有登记"}
    return [trial.visit("h2", "p2", "hospital", exclude=True, note="住院"), trial.add("flag", flag)]


def too_late(trial: Trial) -> None:
    """Take back after the time, on the phone and past it; and what a colleague recorded."""
    kept = trial.visit("h1", "p1")
    trial.flushed()
    trial.colleague(by_colleague(1, "h6", "p7", "seen"))
    trial.go(9, 33)
    assert trial.take_back(kept) is None
    tries = [trial.add("withdraw", {"of": one}) for one in (kept, numbered(1))]
    trial.flushed()
    assert [trial.entry(one) for one in tries] == [("rejected", "phone.withdraw")] * 2
    trial.held(1, "09:20")
    assert {visit.id for visit in trial.came()} == {kept, numbered(1)}
    assert trial.desk("refused") == [["周敏", "撤回 看全部内容", "这条不能撤回"]] * 2


def test_ids_and_versions(trial: Trial) -> None:
    """Rows: another content under an id, an envelope of version 0, one of a version that is to come."""
    publish(trial.store)
    trial.enter("worker")
    trial.go(9, 20)
    tap_visit(trial.page, 3, "在家,一切都好")
    old = {"household_id": "h6", "client_ids": ["p7"], "outcome": "seen"}
    older = trial.sealed(v=0, form=old, packet_at=None)
    newer = trial.sealed(v=2, body={**old, "household_id": "h2", "client_ids": ["p2"]})
    trial.sent()
    assert trial.entry(older) == ("held", "")
    assert trial.entry(newer) == ("rejected", "phone.version")
    expect(trial.page.locator(".line.rejected")).to_contain_text("手机页面的版本站里不认识")
    (visit,) = (visit for visit in trial.came() if visit.household_id == "h1")
    assert {(one.id, one.day) for one in trial.came()} == {(visit.id, TODAY), (older, TODAY)}

    trial.cut()
    held = trial.store.incoming.received.get(visit.id)
    assert held is not None
    trial.sealed(visit.id, **{**held.content, "body": {**held.content["body"], "outcome": "nobody"}})
    trial.sent()
    assert trial.entry(visit.id) == ("held", "")
    assert {one.outcome for one in trial.came()} == {Outcome.SEEN}
    assert trial.desk("disagreements") == [
        ["王* 北坡村1号", "同一编号两份内容", "结果: 已见到 周敏 · 03-20 09:20", "结果: 无人 手机"],
    ]
    assert trial.desk("refused") == [["周敏", "走访记录 看全部内容", "手机页面的版本站里不认识"]]
