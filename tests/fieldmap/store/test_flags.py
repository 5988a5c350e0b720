"""Flags in the county file: plans and visits take them along, in one transaction, with every step kept."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path

import pytest

from fieldmap.flagging import Trip
from fieldmap.imports import import_file
from fieldmap.models import Channel, Flag, FlagCause, FlagKind, FlagState, Outcome, Position
from fieldmap.plans import DayPlan
from fieldmap.store import Store
from tests.fieldmap.store.conftest import HOUSE, VISIT, Clock
from tests.fieldmap.store.test_nouns import ROUTE, STOP, day_plan

TODAY = date(2026, 3, 20)
MET = replace(VISIT, id=VISIT.id.replace("6d", "7e"), day=TODAY)


@pytest.fixture
def flagged(store: Store, clock: Clock) -> Store:
    """Return the store with a flag that was registered as the house of the ledger."""
    store.flags.report(Flag("f", "990101001201001", "村东第三家", Position(116.93, 33.31), "grid", clock()))
    clock.forward(minutes=1)
    store.flags.move("f", FlagState.REGISTERED, "head", household_id=HOUSE.id)
    clock.forward(minutes=1)
    return store


def publish(store: Store, plan: DayPlan) -> None:
    """Keep a plan and publish it."""
    store.plans.save(plan)
    store.plans.publish(plan.id, "head")


def named(plan: DayPlan, name: str, channel: Channel = Channel.DOOR) -> DayPlan:
    """Return a plan under another id, its stop made so."""
    stop = replace(STOP, id=f"stop-{name}", channel=channel)
    return replace(plan, id=name, routes=(replace(ROUTE, id=f"route-{name}", stops=(stop,)),))


def states(store: Store) -> list[str]:
    """Return the states that the flag went through."""
    return [step.state.value for step in store.flags.history("f")]


def test_registering_gives_the_flag_its_household_from_that_step_on(flagged: Store, clock: Clock) -> None:
    """It is about the house now, and was about none as known before."""
    assert flagged.flags.get("f").household_id == HOUSE.id
    assert flagged.flags.get("f").since == clock() - timedelta(minutes=1)
    (before,) = flagged.flags.all(known_at=clock() - timedelta(minutes=2))
    assert (before.state, before.household_id) == (FlagState.REPORTED, "")


def test_a_published_plan_plans_it_and_a_meeting_settles_it(flagged: Store, clock: Clock) -> None:
    """A draft moves nothing; the plan and the visit do, and the steps say which."""
    flagged.plans.save(day_plan(clock))
    assert states(flagged)[-1] == "registered"
    flagged.plans.publish("p1", "head")
    flagged.visits.record(MET, by="worker")
    assert states(flagged) == ["reported", "registered", "planned", "visited"]
    planned, visited = flagged.flags.history("f")[2:]
    assert (planned.cause, planned.source_id, planned.by) == (FlagCause.PLAN_PUBLISHED, "p1", "head")
    assert (visited.cause, visited.source_id, visited.by) == (FlagCause.VISIT_RECORDED, MET.id, "worker")


def test_a_plan_replaced_without_the_door_takes_it_back(flagged: Store, clock: Clock) -> None:
    """It is registered again, by a step that says why; the step before stays."""
    publish(flagged, day_plan(clock))
    publish(flagged, replace(day_plan(clock), id="p2", routes=(), unplanned=()))
    assert states(flagged) == ["reported", "registered", "planned", "registered"]
    assert flagged.flags.history("f")[-1].cause is FlagCause.PLAN_REPLACED


def test_a_plan_replaced_by_one_with_the_door_changes_nothing(flagged: Store, clock: Clock) -> None:
    """The same day in the new plan is no step of its own; the worker is that of the plan in force."""
    publish(flagged, day_plan(clock))
    publish(flagged, named(day_plan(clock), "p2"))
    assert states(flagged) == ["reported", "registered", "planned"]
    assert flagged.flags.trips(HOUSE.id) == (
        Trip("p1", TODAY, "worker", False),
        Trip("p2", TODAY, "worker", True),
    )


@pytest.mark.parametrize(
    "visit",
    [
        replace(MET, outcome=Outcome.NOBODY),
        replace(MET, channel=Channel.PHONE),
        replace(MET, day=TODAY - timedelta(days=1)),
    ],
)
def test_what_is_no_visit_leaves_it_planned(flagged: Store, clock: Clock, visit: object) -> None:
    """An attempt, a call, and a visit before the report are not what it waits for."""
    publish(flagged, day_plan(clock))
    assert isinstance(visit, type(MET))
    flagged.visits.record(visit, by="worker")
    assert states(flagged)[-1] == "planned"


def test_a_call_in_the_plan_plans_nobody_there(flagged: Store, clock: Clock) -> None:
    """Somebody has to go."""
    publish(flagged, named(day_plan(clock), "p1", Channel.PHONE))
    assert states(flagged)[-1] == "registered"


def test_a_visit_withdrawn_takes_it_back(flagged: Store, clock: Clock) -> None:
    """Planned still, it waits for that plan again; the steps tell both."""
    publish(flagged, day_plan(clock))
    flagged.visits.record(MET, by="worker")
    flagged.visits.withdraw(MET.id, by="worker")
    assert states(flagged) == ["reported", "registered", "planned", "visited", "planned"]


def test_a_visit_that_is_already_there_settles_it_at_once(store: Store, clock: Clock) -> None:
    """Registered after somebody was met at that door since the report, it is visited."""
    store.flags.report(Flag("f", "990101001201001", "村东第三家", None, "grid", clock()))
    store.visits.record(MET, by="worker")
    store.flags.move("f", FlagState.REGISTERED, "head", household_id=HOUSE.id)
    assert states(store) == ["reported", "registered", "visited"]


def test_a_visit_asked_for_now_is_planned_where_a_plan_goes_there(store: Store, clock: Clock) -> None:
    """A door of the ledger that is in today's plan already needs nobody to look."""
    publish(store, day_plan(clock))
    asked = Flag("f", "990101001201001", "", None, "grid", clock(), FlagState.REPORTED, FlagKind.VISIT_NOW)
    store.flags.report(replace(asked, household_id=HOUSE.id))
    assert states(store) == ["reported", "planned"]


def test_a_register_of_visits_settles_it_and_its_undoing_takes_it_back(
    flagged: Store, clock: Clock, tmp_path: Path
) -> None:
    """What comes in by an import counts as what comes from a phone."""
    path = tmp_path / "visits.csv"
    path.write_text(
        "id,day,channel,outcome,domain,societies,person_keys,person_names\n"
        f"{MET.id},2026-03-20,door,seen,elderly,social_worker,安一|1944-01-05|990101001201,安一\n",
        encoding="utf-8",
    )
    report = import_file(flagged, path, today=TODAY)
    assert (report.kept, states(flagged)[-1]) == (1, "visited")
    flagged.batches.undo(report.batch_id)
    assert states(flagged)[-2:] == ["visited", "registered"]


def publish_and_fail(store: Store) -> None:
    """Publish inside of a write that then breaks, saying how far the flag had come."""
    with store.write():
        store.plans.publish("p1", "head")
        raise RuntimeError(states(store)[-1])


def test_nothing_of_a_broken_transaction_stays(flagged: Store, clock: Clock) -> None:
    """Where the write that moved a flag fails, the flag has not moved either."""
    flagged.plans.save(day_plan(clock))
    with pytest.raises(RuntimeError, match="planned"):
        publish_and_fail(flagged)
    assert states(flagged)[-1] == "registered"
