"""Visits, plans, flags, accounts and the audit trail in a county file."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import pytest

from fieldmap.access import AccountRole, Hat
from fieldmap.errors import AccessError, InputError, StoreError
from fieldmap.models import Channel, Flag, FlagState, Outcome, TravelMode
from fieldmap.plans import DayPlan, PlannedRoute, PlannedStop, PlanState, Unplanned
from fieldmap.store import Batch, Store
from tests.fieldmap.store.conftest import VISIT, Clock

STOP = PlannedStop(
    "stop", 1, "house", ("elder",), (), Channel.DOOR, 32400, 32400, 34200, 600, 2500, "到期", "due"
)
ROUTE = PlannedRoute(
    "route", "worker", TravelMode.EBIKE, 5000, 1200, 30600, 36000, ((116.9, 33.3), (116.91, 33.31)), (STOP,)
)
LEFT = Unplanned("house", ("elder",), "day_full", "当天排满", "the day is full")
HEAD = Hat(AccountRole.HEAD, "990101001000")


def day_plan(clock: Clock) -> DayPlan:
    """Return a draft with one route, one stop and one person left out."""
    day = date(2026, 3, 20)
    return DayPlan(
        "p1", day, "990101001000", PlanState.DRAFT, clock(), "head", "ortools", "roads", 7, (ROUTE,), (LEFT,)
    )


def test_a_visit_sent_twice_is_stored_once_with_the_same_receipt(store: Store, clock: Clock) -> None:
    """The second answer is the receipt of what is held, even where the repeat says something else."""
    first = store.visits.record(VISIT, by="a")
    clock.forward(hours=1)
    again = store.visits.record(replace(VISIT, outcome=Outcome.NOBODY), by="a")
    assert (first.new, again.new) == (True, False)
    assert first.sha256 == again.sha256
    assert [v.outcome for v in store.snapshot().visits] == [Outcome.SEEN]


def test_a_late_visit_counts_on_its_day_and_is_known_when_it_came(store: Store, clock: Clock) -> None:
    """A visit of 18 March received on 23 March is absent as known on the 20th."""
    known = clock.forward(days=3)
    store.visits.record(VISIT, by="a")
    assert store.snapshot(known_at=known).visits == ()
    assert [v.day for v in store.snapshot().visits] == [date(2026, 3, 18)]


def test_an_instant_of_the_first_year_comes_back(store: Store) -> None:
    """Whatever instant is written can be read: one visit cannot make the whole record unreadable."""
    first = datetime(1, 1, 1, tzinfo=UTC)
    store.visits.record(replace(VISIT, started_at=first), by="a1")
    assert [visit.started_at for visit in store.snapshot().visits] == [first]


def test_a_plan_comes_back_as_it_was_saved(store: Store, clock: Clock) -> None:
    """Routes, stops, shape and those left out survive the file."""
    store.plans.save(day_plan(clock))
    assert store.plans.get("p1") == day_plan(clock)


def test_publishing_replaces_the_plan_published_before(store: Store, clock: Clock) -> None:
    """One station and day has one published plan; the older one is kept as replaced."""
    store.plans.save(day_plan(clock))
    store.plans.publish("p1", "head")
    other = replace(day_plan(clock), id="p2", routes=(), unplanned=())
    store.plans.save(other)
    published = store.plans.publish("p2", "head")
    assert published.published_by == "head"
    assert [p.id for p in store.plans.of_day(date(2026, 3, 20))] == ["p2"]
    assert store.plans.get("p1").state is PlanState.REPLACED


def test_an_unknown_plan_is_an_error(store: Store) -> None:
    """Nothing is invented for an id that is not there."""
    with pytest.raises(StoreError):
        store.plans.get("nowhere")


def test_a_flag_goes_only_where_it_may_and_a_refusal_needs_a_reason(store: Store, clock: Clock) -> None:
    """Reported → refused wants a reason, and a refused flag stays; its history is whole."""
    flag = Flag("f", "990101001201001", "院门常闭", None, "grid", clock())
    assert store.flags.report(flag)
    assert not store.flags.report(flag)
    with pytest.raises(InputError):
        store.flags.move("f", FlagState.REFUSED, "head", " ")
    store.flags.move("f", FlagState.REFUSED, "head", "已登记在邻村")
    with pytest.raises(InputError):
        store.flags.move("f", FlagState.PLANNED, "head")
    assert [s.state for s in store.flags.history("f")] == [FlagState.REPORTED, FlagState.REFUSED]
    assert [f.state for f in store.flags.all()] == [FlagState.REFUSED]


def test_a_flag_is_known_in_the_state_it_had_then(store: Store, clock: Clock) -> None:
    """As known on the first day it is not there, on the second reported, on the third refused."""
    before = clock.forward(days=1)
    store.flags.report(Flag("f", "990101001201001", "院门常闭", None, "grid", before))
    reported = clock.forward(days=1)
    store.flags.move("f", FlagState.REFUSED, "head", "已登记在邻村")
    seen = [store.snapshot(known_at=then).flags for then in (before, reported, clock())]
    assert [[flag.state for flag in flags] for flags in seen] == [
        [],
        [FlagState.REPORTED],
        [FlagState.REFUSED],
    ]


def test_a_wrong_password_and_an_unknown_account_say_the_same(store: Store) -> None:
    """Nobody learns from the answer whether an account exists."""
    store.accounts.add("head", "站长", "password-1", [HEAD])
    for login in ("head", "nobody"):
        with pytest.raises(AccessError) as caught:
            store.accounts.sign_in(login, "wrong", hours=1)
        assert caught.value.code == "access.password"


def test_a_session_ends_with_its_time_its_account_and_its_phone(store: Store, clock: Clock) -> None:
    """A sign-in lasts its hours; disabling the account or revoking the phone ends it at once."""
    account = store.accounts.add("head", "站长", "password-1", [HEAD])
    token = store.accounts.sign_in("head", "password-1", hours=1)
    phone = store.accounts.bind(store.accounts.invite(account.id), label="手机", days=30)
    session = store.accounts.session(phone)
    assert session is not None
    assert session.account.hats == (HEAD,)
    clock.forward(minutes=61)
    assert store.accounts.session(token) is None
    assert session.device_id is not None
    store.accounts.revoke_device(session.device_id)
    assert store.accounts.session(phone) is None
    other = store.accounts.sign_in("head", "password-1", hours=1)
    store.accounts.disable(account.id)
    assert store.accounts.session(other) is None


def test_an_invitation_binds_one_phone_once_and_for_a_day(store: Store, clock: Clock) -> None:
    """The second phone, and the next day, are refused."""
    account = store.accounts.add("v", "志愿者", None, [Hat(AccountRole.VOLUNTEER, "990101001201")])
    used, stale = store.accounts.invite(account.id), store.accounts.invite(account.id)
    store.accounts.bind(used, label="", days=7)
    with pytest.raises(AccessError):
        store.accounts.bind(used, label="", days=7)
    clock.now += timedelta(hours=25)
    with pytest.raises(AccessError):
        store.accounts.bind(stale, label="", days=7)


def test_no_secret_is_kept_in_the_clear(store: Store) -> None:
    """Passwords, session tokens and invitations are not found in the file."""
    account = store.accounts.add("head", "站长", "password-1", [HEAD])
    secrets = ["password-1", store.accounts.sign_in("head", "password-1", hours=1)]
    secrets.append(store.accounts.invite(account.id))
    written = b"".join(p.read_bytes() for p in store.path.parent.iterdir())
    assert not [s for s in secrets if s.encode() in written]


def test_an_audit_line_changed_or_taken_out_breaks_the_chain(store: Store) -> None:
    """The chain holds as written, and names the first line that does not follow."""
    for target in ("client:1", "client:2", "client:3"):
        store.audit.log("head", "read", target)
    assert store.audit.broken_at() is None
    with store._connections.write() as db:
        db.execute("UPDATE audit SET object = 'client:9' WHERE seq = 2")
    assert store.audit.broken_at() == 2


def test_a_batch_is_taken_back_once(store: Store) -> None:
    """The second time is an error, and the mapping of the last import is remembered."""
    store.batches.add(Batch("b", "a.xlsx", "00", "elder", "2026-03-20", mapping='{"姓名": "name"}'))
    assert store.batches.mapping_for("elder") == {"姓名": "name"}
    assert store.batches.undo("b") == 0
    with pytest.raises(StoreError):
        store.batches.undo("b")
