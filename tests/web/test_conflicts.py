"""The table of ``docs/sync.md``, row by row: what happens, which value wins, what the head sees."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from starlette.testclient import TestClient

from fieldmap.coverage import measures
from fieldmap.incoming import Disagreement, DisagreementKind, DoorResult, ReceivedState
from fieldmap.models import Client, Exclusion, ExclusionReason, FlagState, Outcome
from fieldmap.periods import Period
from fieldmap.plans import PlannedRoute
from fieldmap.rulebook import rules_in_force
from fieldmap.settings import Settings
from fieldmap.store import Store
from tests.web import test_conflicts_browser as on_a_phone
from tests.web.conftest import As
from tests.web.phone_plan import PLAN, publish
from tests.web.sending import SEEN, VISIT, Envelope, Phone, numbered, phone_of, visit
from tests.web.village import GRID_A, NOW, TODAY, VISITS, Village
from web.app import create_app

TUESDAY, WEDNESDAY = date(2026, 3, 17), date(2026, 3, 18)
TUESDAY_MORNING = datetime(2026, 3, 16, 23, 42, tzinfo=UTC)
ROOT = Path(__file__).parent.parent.parent


@pytest.fixture
def client(signed_in: As) -> TestClient:
    """Return somebody who is not signed in: envelopes prove themselves."""
    made = signed_in("")
    made.headers["accept"] = "application/json"
    return made


@pytest.fixture
def phone(client: TestClient, store: Store, village: Village) -> Phone:
    """Return the phone of the worker w1."""
    return phone_of(store, village, client, "worker")


@pytest.fixture
def colleague(client: TestClient, store: Store, village: Village) -> Phone:
    """Return the phone of the worker w2, who has an account like the first."""
    account = store.accounts.get(village.ids["worker"])
    made = store.accounts.add("colleague", "刘强", None, account.hats, actor_id="w2")
    return phone_of(store, replace(village, ids={"colleague": made.id}), client, "colleague")


@pytest.fixture
def manager(client: TestClient, store: Store, village: Village) -> Phone:
    """Return the grid manager's phone."""
    return phone_of(store, village, client, "grid_manager")


def new_visits(store: Store) -> list[tuple[str, Outcome, date]]:
    """Return id, outcome and day of what the phones brought."""
    before = {v.id for v in VISITS}
    return [(v.id, v.outcome, v.day) for v in store.snapshot().visits if v.id not in before]


def entries(store: Store) -> Sequence[Disagreement]:
    """Return what the head sees."""
    return store.incoming.disagreements.open()


def said(entry: Disagreement) -> tuple[str, str, str, str, str]:
    """Return kind, kept value and from whom, losing value and from whom."""
    return entry.kind.value, entry.kept, entry.kept_from, entry.losing, entry.losing_from


def on_tuesday(envelope: Envelope) -> Envelope:
    """Return an envelope made on Tuesday at 09:30, with the packet of that morning."""
    return replace(
        envelope, made_at=TUESDAY_MORNING + timedelta(hours=1, minutes=48), packet_at=TUESDAY_MORNING
    )


def contacted(store: Store) -> tuple[int, int]:
    """Return the station's persons contacted this month and due."""
    found = measures(store.snapshot(), rules_in_force(store), Period.month(TODAY), TODAY).total
    return found.contacted, found.due


# two people, one household


def test_two_people_same_outcome(phone: Phone, colleague: Phone, store: Store) -> None:
    """Two workers saw the same person: both visits are held, and nothing is in dispute."""
    assert phone.receipt(VISIT)["state"] == colleague.receipt(visit(2))["state"] == "held"
    assert [outcome for _, outcome, _ in new_visits(store)] == [Outcome.SEEN, Outcome.SEEN]
    assert entries(store) == ()


@pytest.mark.parametrize("seen_first", [True, False])
def test_two_people_two_outcomes(phone: Phone, colleague: Phone, store: Store, seen_first: bool) -> None:
    """One saw her, the other found nobody: both visits are held, the contact is kept, in either order."""
    sendings = [(phone, VISIT), (colleague, visit(2, outcome="nobody"))]
    for sender, envelope in sendings if seen_first else reversed(sendings):
        assert sender.receipt(envelope)["state"] == "held"
    assert len(new_visits(store)) == 2
    assert [said(entry) for entry in entries(store)] == [("outcome", "seen", "w1", "nobody", "w2")]


def test_one_person_tried_twice(phone: Phone, store: Store) -> None:
    """Nobody home in the morning and seen in the afternoon, by the same worker, is no dispute."""
    later = replace(visit(2), made_at=VISIT.made_at + timedelta(minutes=20))
    phone.send(visit(1, outcome="nobody"), later)
    assert [outcome for _, outcome, _ in new_visits(store)] == [Outcome.NOBODY, Outcome.SEEN]
    assert entries(store) == ()


# the phone against the desk


def test_moved_on_wednesday_visited_on_tuesday(phone: Phone, store: Store) -> None:
    """The desk says "moved out, Wednesday"; Tuesday's visit comes in on Friday and counts, with one entry."""
    rows = [("h1", "p1"), ("h2", "p2"), ("h3", "p4")]
    before = contacted(store)
    store.facts.record([Exclusion("x", "p2", ExclusionReason.MOVED, WEDNESDAY)])
    sent = [
        on_tuesday(visit(n, household_id=house, client_ids=[who]))
        for n, (house, who) in enumerate(rows, start=1)
    ]
    first = phone.send(*sent)  # the answer is lost: the phone sends the same again
    again = phone.send(*sent)
    assert [r["new"] for r in first["receipts"]] == [True] * 3
    assert [(r["state"], r["new"]) for r in again["receipts"]] == [("held", False)] * 3
    assert [r["sha256"] for r in again["receipts"]] == [r["sha256"] for r in first["receipts"]]
    assert [day for _, _, day in new_visits(store)] == [TUESDAY] * 3
    assert [said(entry) for entry in entries(store)] == [("state", "moved", "desk", "seen", "w1")]
    assert entries(store)[0].client_id == "p2"
    # p1 had a call this month already; p2 and p4 are new, and p2 counts though he moved
    assert contacted(store) == (before[0] + 2, before[1])


def test_the_desk_s_word_stands(phone: Phone, store: Store) -> None:
    """The desk wrote "moved" this morning, the phone ticks "in hospital": the pause is the losing value."""
    store.facts.record([Exclusion("x", "p1", ExclusionReason.MOVED, TUESDAY)])
    phone.send(visit(1, outcome="hospital", exclude=True))
    assert [e.reason for e in store.snapshot().exclusions if e.client_id == "p1"] == [ExclusionReason.MOVED]
    assert [said(entry) for entry in entries(store)] == [("state", "moved", "desk", "hospital", "w1")]
    assert [outcome for _, outcome, _ in new_visits(store)] == [Outcome.HOSPITAL]


def test_desk_and_phone_agree(phone: Phone, store: Store) -> None:
    """Both say "moved": one pause, nothing to look at."""
    store.facts.record([Exclusion("x", "p1", ExclusionReason.MOVED, TUESDAY)])
    phone.send(visit(1, outcome="moved", exclude=True))
    assert [e.id for e in store.snapshot().exclusions if e.client_id == "p1"] == ["x"]
    assert entries(store) == ()


def test_a_person_ended_meanwhile(phone: Phone, store: Store) -> None:
    """The desk closed the file yesterday, the phone saw her today: the visit is held, the end stands."""
    known = next(c for c in store.facts.read(Client) if c.id == "p1")
    later = datetime(2026, 3, 20, 1, 30, tzinfo=UTC)
    ended = Store.open(store.path, clock=lambda: later)
    ended.facts.record([replace(known, valid_to=TODAY - timedelta(days=1))])
    ended.close()
    envelope = replace(VISIT, made_at=NOW, packet_at=NOW)
    assert phone.receipt(envelope)["state"] == "held"
    assert store.snapshot().clients["p1"].valid_to == TODAY - timedelta(days=1)
    assert [said(entry) for entry in entries(store)] == [("state", "left", "desk", "seen", "w1")]


# the head republishes


def replanned(store: Store, actor_id: str) -> None:
    """Publish a plan in which another worker has the same doors."""
    routes: tuple[PlannedRoute, ...] = tuple(
        replace(
            route,
            id="r2",
            actor_id=actor_id,
            stops=tuple(replace(stop, id=f"new-{stop.id}") for stop in route.stops),
        )
        for route in PLAN.routes
    )
    new = replace(PLAN, id="plan-2", routes=routes)
    store.plans.save(new)
    store.plans.publish(new.id, "head")


def test_republished_to_somebody_else(phone: Phone, store: Store) -> None:
    """A stop of the morning's plan is now a colleague's: the visit counts, the head sees both."""
    publish(store)
    replanned(store, "w2")
    assert phone.receipt(visit(1, stop_id="s3"))["state"] == "held"
    assert [said(entry) for entry in entries(store)] == [("plan", "w1", "phone", "w2", "plan")]


def test_republished_to_the_same(phone: Phone, store: Store) -> None:
    """A new plan that leaves her the door changes nothing."""
    publish(store)
    replanned(store, "w1")
    assert phone.receipt(visit(1, stop_id="s3"))["state"] == "held"
    assert entries(store) == ()


def test_another_order_on_the_phone(phone: Phone, store: Store) -> None:
    """What is left in another order is kept; the plan stands, and the head sees both orders."""
    publish(store)
    order = Envelope(numbered(1), "order", {"route_id": "r1", "stop_ids": ["s3", "s2"]})
    assert phone.receipt(order)["state"] == "held"
    assert store.incoming.orders.all()[0].stop_ids == ("s3", "s2")
    assert [stop.seq for stop in store.plans.get(PLAN.id).routes[0].stops] == [1, 2, 3]
    assert [said(entry) for entry in entries(store)] == [("order", "2 3", "plan", "3 2", "w1")]


# account and phone


@pytest.mark.parametrize("what", ["account", "phone"])
def test_revoked(phone: Phone, store: Store, village: Village, what: str) -> None:
    """The account was closed or the phone locked: the visit is kept as rejected, and the phone is told so."""
    if what == "account":
        store.accounts.disable(village.ids["worker"])
    else:
        store.accounts.revoke_device(phone.device_id)
    receipt = phone.receipt(VISIT)
    assert (receipt["state"], receipt["code"]) == ("rejected", "phone.revoked")
    assert new_visits(store) == []
    (kept,) = store.incoming.received.open(state="rejected")
    assert kept.content["body"] == SEEN
    assert (kept.household_id, kept.issues[0].code) == ("h1", "phone.revoked")


def test_out_of_reach(phone: Phone, store: Store) -> None:
    """A household that is not hers is not recorded; what she wrote is kept for the head."""
    receipt = phone.receipt(visit(1, household_id="h9", client_ids=["p11"]))
    assert (receipt["state"], receipt["code"]) == ("rejected", "visit.reach")
    assert new_visits(store) == []
    assert [kept.household_id for kept in store.incoming.received.open(state="rejected")] == ["h9"]


# the clock


@pytest.mark.parametrize(
    ("days", "kept"),
    [
        (1, "2026-03-20T01:00:00+00:00"),  # ahead: not later than it came in
        (-1, "2026-03-19T23:42:00+00:00"),  # behind: not earlier than its packet
    ],
)
def test_clock_wrong_by_a_day(phone: Phone, store: Store, days: int, kept: str) -> None:
    """A clock that cannot be right gives way to what can be; the day is right, both times are kept."""
    made = VISIT.made_at + timedelta(days=days)
    day = (TODAY + timedelta(days=days)).isoformat()  # the phone fills in its own day
    envelope = replace(visit(1, day=day, started_at=made.isoformat()), made_at=made)
    assert phone.receipt(envelope)["state"] == "held"
    assert [found for _, _, found in new_visits(store)] == [TODAY]
    assert [said(entry) for entry in entries(store)] == [
        ("clock", kept, "station", made.isoformat(), "phone")
    ]
    held = store.visits.get(envelope.id)
    assert held is not None
    assert held.started_at == datetime.fromisoformat(kept)


def test_an_earlier_day_that_was_chosen(phone: Phone, store: Store) -> None:
    """A visit entered a day late counts on the day that was chosen; no clock is in dispute."""
    phone.send(visit(1, day="2026-03-19"))
    assert [found for _, _, found in new_visits(store)] == [date(2026, 3, 19)]
    assert entries(store) == ()


# the station's file


def test_station_restored_from_an_older_backup(phone: Phone, store: Store, settings: Settings) -> None:
    """What the station held is gone with the older file: the phone learns it, sends again, all is held."""
    backup = settings.db.with_name("backup.db")
    store.backup(backup)
    assert phone.receipt(VISIT)["new"]
    older = settings.db.with_name("older.db")
    Store.restore(backup, older).close()
    app = create_app(replace(settings, db=older), today=lambda: TODAY, clock=lambda: NOW)
    with TestClient(app) as client:
        restored = replace(phone, client=client)
        assert restored.send(held=[VISIT.id])["missing"] == [VISIT.id]
        assert restored.receipt(VISIT) | {"sha256": ""} == {
            "id": VISIT.id,
            "state": "held",
            "sha256": "",
            "received_at": NOW.isoformat(),
            "at": "09:00",
            "new": True,
            "code": "",
            "message": "",
            "fields": [],
        }
        assert restored.send(held=[VISIT.id])["missing"] == []


# the order of arrival


@pytest.mark.parametrize("reversed_", [False, True])
@pytest.mark.parametrize("kind", ["visit", "flag"])
def test_withdrawn(phone: Phone, manager: Phone, store: Store, kind: str, reversed_: bool) -> None:
    """What was taken back within ten minutes does not count, whichever of the two comes in first."""
    body = {"grid_code": GRID_A, "note": "后山有一户没有登记"}
    flag = Envelope(numbered(1), "flag", body)
    sender, made = (phone, visit(1, outcome="hospital", exclude=True)) if kind == "visit" else (manager, flag)
    undo = Envelope(numbered(2), "withdraw", {"of": made.id}, VISIT.made_at + timedelta(minutes=9))
    for envelope in [undo, made] if reversed_ else [made, undo]:
        sender.send(envelope)
    assert new_visits(store) == []
    assert [e.client_id for e in store.snapshot().exclusions] == ["p6", "p8"]
    assert all(f.state is FlagState.REFUSED for f in store.snapshot().flags)
    kept = store.incoming.received.get(made.id)
    assert kept is not None
    assert kept.state is ReceivedState.WITHDRAWN
    assert sender.receipt(made)["state"] == "withdrawn"


@pytest.mark.parametrize(("minutes", "other"), [(12, False), (5, True)])
def test_not_withdrawn(phone: Phone, colleague: Phone, store: Store, minutes: int, other: bool) -> None:
    """After ten minutes, or by somebody else, a visit stays; the attempt is kept with the reason."""
    phone.send(VISIT)
    made = VISIT.made_at + timedelta(minutes=minutes)
    undo = Envelope(numbered(2), "withdraw", {"of": VISIT.id}, made)
    receipt = (colleague if other else phone).receipt(undo)
    assert (receipt["state"], receipt["code"]) == ("rejected", "phone.withdraw")
    assert len(new_visits(store)) == 1


def test_sweep_results_out_of_order(manager: Phone, store: Store) -> None:
    """A correction that comes in before what it corrects stays the last word: results count by their time."""
    first = Envelope(
        numbered(1),
        "sweep",
        {"building_id": numbered(9), "grid_code": GRID_A, "door": "101", "result": "nobody_home"},
    )
    second = replace(
        first,
        id=numbered(2),
        made_at=first.made_at + timedelta(minutes=1),
        body={**first.body, "result": "need"},
    )
    manager.send(second)
    manager.send(first)
    results = [tap.result for tap in store.incoming.sweeps.all(building_id=numbered(9))]
    assert results == [DoorResult.NOBODY_HOME, DoorResult.NEED]


@pytest.mark.parametrize("order", [(0, 1, 2), (2, 1, 0), (1, 2, 0)])
def test_back_before_out(phone: Phone, store: Store, order: tuple[int, ...]) -> None:
    """Out, later, back: however they arrive, she is back, and the return said last is known."""
    body = {"outing_id": numbered(9)}
    steps: list[dict[str, Any]] = [
        {**body, "what": "out", "expected_back": "2026-03-20T03:00:00Z"},
        {**body, "what": "later", "expected_back": "2026-03-20T04:00:00Z"},
        {**body, "what": "back", "expected_back": None},
    ]
    envelopes = [
        Envelope(numbered(n), "outing", step, VISIT.made_at + timedelta(minutes=n))
        for n, step in enumerate(steps, start=1)
    ]
    for place in order:
        assert phone.receipt(envelopes[place])["state"] == "held"
    (outing,) = store.incoming.outings.all()
    assert outing.out_at == VISIT.made_at + timedelta(minutes=1)
    assert outing.expected_back == datetime(2026, 3, 20, 4, 0, tzinfo=UTC)
    assert outing.back_at == VISIT.made_at + timedelta(minutes=3)


# ids and versions


def test_same_id_with_other_content(phone: Phone, store: Store) -> None:
    """The first content is kept; the fields in which the second differs are shown."""
    phone.send(VISIT)
    receipt = phone.receipt(visit(1, outcome="nobody"))
    assert (receipt["state"], receipt["new"]) == ("held", False)
    assert [outcome for _, outcome, _ in new_visits(store)] == [Outcome.SEEN]
    (entry,) = entries(store)
    assert (entry.kind, entry.field) == (DisagreementKind.CONTENT, "outcome")
    assert (entry.kept, entry.losing) == ('{"outcome": "seen"}', '{"outcome": "nobody"}')
    phone.send(visit(1, outcome="nobody"))
    assert len(entries(store)) == 1


def test_an_older_version(phone: Phone, store: Store) -> None:
    """An envelope of version 0 is read as the present one."""
    older = replace(VISIT, more={"v": 0, "form": dict(SEEN), "body": None, "packet_at": None})
    assert phone.receipt(older)["state"] == "held"
    assert [(outcome, day) for _, outcome, day in new_visits(store)] == [(Outcome.SEEN, TODAY)]


def test_a_newer_version(phone: Phone, store: Store) -> None:
    """A version that the station does not know is kept as it came, with the reason."""
    newer = replace(VISIT, more={"v": 2})
    receipt = phone.receipt(newer)
    assert (receipt["state"], receipt["code"]) == ("rejected", "phone.version")
    assert store.incoming.received.open(state="rejected")[0].content["body"] == SEEN


# the table itself


def _rows() -> Iterator[tuple[str, str]]:
    """Yield the tests that each row of the table names: at the station's door, on a phone."""
    text = (ROOT / "docs" / "sync.md").read_text(encoding="utf-8")
    for line in text.splitlines():
        if line.startswith("|") and not line.startswith(("|---", "| what happens")):
            door, phone = re.findall(r"`(test_\w+)`", line)
            yield door, phone


def _tests(names: Iterable[str]) -> list[str]:
    return sorted(name for name in names if name.startswith("test_"))


def test_the_table_names_its_tests() -> None:
    """Every row has a test here and one on a phone, and every test of both files stands in a row."""
    rows = list(_rows())
    assert sorted(door for door, _ in rows) == _tests(set(globals()) - {"test_the_table_names_its_tests"})
    assert sorted({phone for _, phone in rows}) == _tests(vars(on_a_phone))
