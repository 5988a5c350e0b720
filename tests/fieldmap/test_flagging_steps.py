"""The way of a flag: what may follow what, what the record says by itself, for whom it waits."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fieldmap.errors import InputError
from fieldmap.flagging import (
    FLAG_DAYS,
    FlagOwner,
    FlagStep,
    Move,
    Mover,
    Reached,
    Trip,
    age_days,
    check_step,
    earlier,
    flag_counts,
    follow,
    is_open,
    needs_household,
    next_states,
    wait_of,
)
from fieldmap.models import Flag, FlagCause, FlagKind, FlagState, Position

REPORTED, CHECKED, REGISTERED = FlagState.REPORTED, FlagState.CHECKED, FlagState.REGISTERED
REFUSED, PLANNED, VISITED = FlagState.REFUSED, FlagState.PLANNED, FlagState.VISITED

DAY = date(2026, 3, 20)
NOON = datetime(2026, 3, 20, 4, 0, tzinfo=UTC)
FLAG = Flag("f", "990101001201001", "村东第三家", Position(107.503, 26.703), "grid", NOON)
LISTED = replace(FLAG, kind=FlagKind.VISIT_NOW, household_id="h")


def steps(*states: FlagState) -> tuple[FlagStep, ...]:
    """Return steps by hand, an hour apart."""
    return tuple(FlagStep(state, NOON + timedelta(hours=n), "head") for n, state in enumerate(states))


@dataclass
class Path:
    """A flag with its steps, moved as the store moves it."""

    flag: Flag
    taken: list[FlagStep] = field(default_factory=lambda: [FlagStep(REPORTED, NOON, "grid")])

    def take(self, move: Move, mover: Mover = Mover.STATION) -> bool:
        """Take a step where it may be taken; return whether it was."""
        try:
            check_step(self.flag, move, mover)
        except InputError:
            return False
        at = NOON + timedelta(minutes=len(self.taken))
        self.taken.append(
            FlagStep(move.state, at, "x", move.reason, move.cause, move.source_id, move.household_id)
        )
        self.flag = replace(self.flag, state=move.state, since=at)
        if move.household_id:
            self.flag = replace(self.flag, household_id=move.household_id)
        return True


TRIPS = st.lists(
    st.builds(
        Trip,
        st.sampled_from(["p1", "p2", "p3"]),
        st.dates(DAY - timedelta(days=2), DAY + timedelta(days=3)),
        st.just("w1"),
        st.booleans(),
    ),
    max_size=3,
    unique_by=lambda trip: trip.plan_id,
)
REACHED = st.lists(
    st.integers(-2, 3).map(
        lambda n: Reached(f"v{n}", DAY + timedelta(days=n), NOON + timedelta(days=n, hours=1))
    ),
    max_size=2,
)
BY_HAND = st.builds(
    Move,
    st.sampled_from(FlagState),
    reason=st.sampled_from(["", "理由"]),
    household_id=st.sampled_from(["", "h"]),
)


@given(
    st.sampled_from(FlagKind),
    st.sampled_from(["", "h"]),
    st.lists(
        st.tuples(BY_HAND, st.sampled_from([Mover.STATION, Mover.REPORTER]), TRIPS, REACHED), max_size=12
    ),
)
def test_no_sequence_of_moves_loses_a_step_or_ends_nowhere(
    kind: FlagKind,
    household: str,
    moves: Sequence[tuple[Move, Mover, Sequence[Trip], Sequence[Reached]]],
) -> None:
    """Whatever people and plans and visits do, steps are only added, and the flag stands as its last says."""
    path = Path(replace(FLAG, kind=kind, household_id=household))
    for move, mover, trips, reached in moves:
        before = tuple(path.taken)
        path.take(move, mover)
        found = follow(path.flag, path.taken, trips, reached)
        if found is not None:
            assert path.take(found, Mover.RECORD), f"the record may not go from {path.flag.state} to {found}"
            assert follow(path.flag, path.taken, trips, reached) is None, "the record is at rest at once"
        assert tuple(path.taken[: len(before)]) == before
        assert path.flag.state is path.taken[-1].state
        assert path.flag.state in (VISITED, PLANNED) or path.taken[-1].state in next_of(path)
        if path.flag.state in (PLANNED, VISITED):
            assert path.flag.household_id
        if path.flag.state is VISITED:
            assert reached


def next_of(path: Path) -> set[FlagState]:
    """Return the states that a flag can be in by the last step of a person."""
    return {step.state for step in path.taken if step.cause is FlagCause.PERSON}


@pytest.mark.parametrize(
    ("flag", "after", "allowed"),
    [
        (FLAG, REPORTED, (CHECKED, REGISTERED, REFUSED)),
        (FLAG, CHECKED, (REGISTERED, REFUSED)),
        (FLAG, REGISTERED, (CHECKED,)),
        (FLAG, REFUSED, (CHECKED,)),
        (FLAG, PLANNED, (CHECKED,)),
        (FLAG, VISITED, ()),
        (LISTED, REPORTED, (CHECKED, REFUSED)),  # it is on the ledger already
        (replace(LISTED, household_id=""), CHECKED, (REGISTERED, REFUSED)),
    ],
)
def test_the_station_takes_a_flag_one_step_further(
    flag: Flag, after: FlagState, allowed: tuple[FlagState, ...]
) -> None:
    """From each state there is a short list; planned and visited are nobody's to set."""
    assert next_states(replace(flag, state=after)) == allowed


def test_a_reporter_takes_back_what_nobody_has_looked_at() -> None:
    """Reported, she may; once it was checked it is the station's."""
    assert next_states(FLAG, Mover.REPORTER) == (REFUSED,)
    assert next_states(replace(FLAG, state=CHECKED), Mover.REPORTER) == ()


@pytest.mark.parametrize(
    ("flag", "move", "code"),
    [
        (FLAG, Move(PLANNED), "flag.state"),
        (FLAG, Move(REFUSED, reason=" "), "flag.reason"),
        (replace(FLAG, state=REFUSED), Move(CHECKED), "flag.reason"),
        (replace(FLAG, state=REGISTERED), Move(CHECKED), "flag.reason"),
        (FLAG, Move(REGISTERED), "flag.unregistered"),
    ],
)
def test_a_step_that_may_not_be_is_refused_with_why(flag: Flag, move: Move, code: str) -> None:
    """Another state, no reason where one is owed, no household where one is registered."""
    with pytest.raises(InputError) as refused:
        check_step(flag, move)
    assert refused.value.code == code


@pytest.mark.parametrize("kind", [FlagKind.MOVED, FlagKind.VACANT])
def test_a_door_that_was_left_ends_when_that_is_written_down(kind: FlagKind) -> None:
    """Registered closes it; nobody is planned or visited there, whatever the plans say."""
    flag = replace(FLAG, kind=kind, household_id="h", state=REGISTERED)
    assert not needs_household(flag)
    assert not is_open(flag)
    assert follow(flag, steps(REPORTED, REGISTERED), [Trip("p", DAY, "w")], []) is None


REGISTERED_FLAG = replace(FLAG, state=REGISTERED, household_id="h", since=NOON)
PLANNED_STEP = FlagStep(PLANNED, NOON, "head", "", FlagCause.PLAN_PUBLISHED, "p1", "h")
VISITED_STEP = FlagStep(VISITED, NOON, "w", "", FlagCause.VISIT_RECORDED, "v1", "h")
TRIP = Trip("p1", DAY, "w1")
MET = Reached("v1", DAY, NOON + timedelta(hours=2))


@pytest.mark.parametrize(
    ("last", "trips", "reached", "found"),
    [
        ((), [TRIP], [], Move(PLANNED, FlagCause.PLAN_PUBLISHED, source_id="p1")),
        ((), [replace(TRIP, in_force=False)], [], None),
        ((), [replace(TRIP, day=DAY - timedelta(days=1))], [], None),  # before it was registered
        ((), [], [MET], Move(VISITED, FlagCause.VISIT_RECORDED, source_id="v1")),
        ((), [], [replace(MET, at=NOON - timedelta(hours=1))], None),  # before it was reported
        ((PLANNED_STEP,), [TRIP], [], None),
        ((PLANNED_STEP,), [replace(TRIP, in_force=False)], [], Move(REGISTERED, FlagCause.PLAN_REPLACED)),
        ((PLANNED_STEP,), [replace(TRIP, in_force=False), replace(TRIP, plan_id="p2")], [], None),
        (
            (PLANNED_STEP,),
            [TRIP, Trip("p2", DAY + timedelta(days=2), "w2")],
            [],
            Move(PLANNED, FlagCause.PLAN_PUBLISHED, source_id="p2"),
        ),
        ((PLANNED_STEP,), [TRIP], [MET], Move(VISITED, FlagCause.VISIT_RECORDED, source_id="v1")),
        ((PLANNED_STEP, VISITED_STEP), [TRIP], [MET], None),
        ((PLANNED_STEP, VISITED_STEP), [TRIP], [], Move(PLANNED, FlagCause.PLAN_PUBLISHED, source_id="p1")),
        ((VISITED_STEP,), [], [], Move(REGISTERED, FlagCause.VISIT_WITHDRAWN)),
    ],
)
def test_plans_and_visits_take_a_flag_on_and_back(
    last: tuple[FlagStep, ...], trips: list[Trip], reached: list[Reached], found: Move | None
) -> None:
    """A published stop plans it, a meeting settles it, and what is taken back takes it back."""
    flag = replace(REGISTERED_FLAG, state=last[-1].state if last else REGISTERED)
    assert follow(flag, (*steps(REPORTED, REGISTERED), *last), trips, reached) == found


def test_a_door_on_the_ledger_is_planned_without_being_registered() -> None:
    """Where a visit is asked for now, nothing stands between the report and the plan."""
    found = follow(LISTED, steps(REPORTED), [TRIP], [])
    assert found == Move(PLANNED, FlagCause.PLAN_PUBLISHED, source_id="p1")


@pytest.mark.parametrize(
    ("flag", "trips", "today", "owner", "days", "overdue"),
    [
        (FLAG, [], DAY, FlagOwner.STATION, 0, False),
        (FLAG, [], DAY + timedelta(days=FLAG_DAYS), FlagOwner.STATION, FLAG_DAYS, False),
        (FLAG, [], DAY + timedelta(days=FLAG_DAYS + 1), FlagOwner.STATION, FLAG_DAYS + 1, True),
        (LISTED, [], DAY + timedelta(days=2), FlagOwner.STATION, 2, True),
        (replace(REGISTERED_FLAG, state=PLANNED), [TRIP], DAY, FlagOwner.WORKER, 0, False),
        (
            replace(REGISTERED_FLAG, state=PLANNED),
            [TRIP],
            DAY + timedelta(days=3),
            FlagOwner.STATION,
            3,
            False,
        ),
        (
            replace(REGISTERED_FLAG, state=VISITED),
            [TRIP],
            DAY + timedelta(days=90),
            FlagOwner.NOBODY,
            0,
            False,
        ),
    ],
)
def test_a_flag_waits_for_who_has_to_act(
    flag: Flag, trips: list[Trip], today: date, owner: FlagOwner, days: int, overdue: bool
) -> None:
    """The station until it is planned, then the worker of the route, then the station again, then nobody."""
    found = wait_of(flag, trips, today)
    assert (found.owner, found.days, found.overdue) == (owner, days, overdue)
    assert found.actor_id == ("w1" if owner is FlagOwner.WORKER else "")


def test_its_age_counts_from_the_day_of_the_report_in_china() -> None:
    """Reported at 23:00 in China, it is a day old from midnight on."""
    late = replace(FLAG, reported_at=datetime(2026, 3, 20, 15, 0, tzinfo=UTC))
    assert [age_days(late, DAY + timedelta(days=n)) for n in (0, 1)] == [0, 1]


OLD = replace(FLAG, id="old", state=REFUSED, reported_at=NOON - timedelta(days=9))


@pytest.mark.parametrize(
    ("old", "found"),
    [
        (OLD, True),
        (replace(OLD, position=Position(107.50310, 26.70310)), True),
        (replace(OLD, position=Position(107.504, 26.703)), False),  # 99 m away
        (replace(OLD, position=None), False),
        (replace(OLD, state=CHECKED), False),
        (replace(OLD, grid_code="990101001201002"), False),
        (replace(OLD, household_id="h"), False),
        (replace(OLD, reported_at=NOON + timedelta(days=1)), False),
    ],
)
def test_a_refused_flag_that_comes_again_is_known_again(old: Flag, found: bool) -> None:
    """The same kind at the same door: the earlier refusal stands beside the new report."""
    assert earlier(FLAG, [FLAG, old]) == (old if found else None)


def test_flags_are_counted_by_state_and_grid() -> None:
    """Every state has its number; those done with do not wait."""
    flags = [FLAG, replace(FLAG, id="g", grid_code="990101001201002"), OLD]
    counts = flag_counts(flags)
    assert (counts.states[REPORTED], counts.states[REFUSED], counts.states[VISITED]) == (2, 1, 0)
    assert counts.grids["990101001201001"] == {REPORTED: 1, REFUSED: 1}
    assert counts.waiting == 2
