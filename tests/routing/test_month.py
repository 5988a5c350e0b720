"""The month: everybody in a slot, or a proof that there is no time for so many."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from fieldmap.errors import InputError
from fieldmap.models import Channel, Sex
from routing import Answer, Contact, Month, MonthProblem, Seat, Shift, Worker, plan_month

HOUR = 3600
LI = Worker("li", 0, 0, sex=Sex.FEMALE, role="social_worker")
WANG = Worker("wang", 0, 0, sex=Sex.MALE)
EAST = Contact("e", "east", HOUR, 0, 4)
BOTH = frozenset({Channel.DOOR, Channel.PHONE})


def contacts(count: int, like: Contact = EAST) -> tuple[Contact, ...]:
    return tuple(replace(like, id=f"{like.id}{i}") for i in range(count))


def week(
    hours: float = 4, workers: tuple[Worker, ...] = (LI, WANG), at_desk: bool = False
) -> tuple[Shift, ...]:
    seconds = round(hours * HOUR)
    return tuple(Shift(w.id, day, seconds, at_desk) for w in workers for day in range(5))


def problem(
    wanted: tuple[Contact, ...], shifts: tuple[Shift, ...] | None = None, way: int = HOUR
) -> MonthProblem:
    ways = {(w.id, v): way for w in (LI, WANG) for v in ("east", "west")}
    return MonthProblem(wanted, (LI, WANG), week() if shifts is None else shifts, 5, ways, {})


def used(month: Month, asked: MonthProblem) -> Counter[tuple[str, int]]:
    """Return worker and day → seconds, counted again from the slots."""
    of = {c.id: c for c in asked.contacts}
    spent: Counter[tuple[str, int]] = Counter()
    ways = set()
    for slot in month.slots:
        contact = of[slot.contact_id]
        for w in slot.worker_ids:
            if slot.channel is Channel.DOOR:
                spent[w, slot.day] += contact.service_s + asked.hop_s.get((w, contact.village), 0)
                ways.add((w, slot.day, contact.village))
            else:
                spent[w, slot.day] += contact.call_s
    for w, day, village in ways:
        spent[w, day] += asked.way_s.get((w, village), 0)
    return spent


def test_a_week_with_time_for_all_is_feasible() -> None:
    """Two workers, four hours a day, one hour there and back: thirty doors of an hour fill it."""
    asked = problem(contacts(30))
    month = plan_month(asked, 5)
    assert month.answer is Answer.FEASIBLE
    assert (len(month.slots), month.left_out, month.least_left_out) == (30, (), 0)
    assert all(seconds <= 4 * HOUR for seconds in used(month, asked).values())
    assert month.load["li"] == pytest.approx(1.0)


def test_too_many_are_proved_to_be_too_many() -> None:
    """Forty hours of work time hold at most forty visits of an hour, whatever the plan."""
    month = plan_month(problem(contacts(45)), 5)
    assert month.answer is Answer.INFEASIBLE
    assert month.least_left_out == 5
    assert len(month.left_out) >= 5
    assert len(month.slots) + len(month.left_out) == 45


def test_between_the_plan_and_the_proof_the_answer_is_open() -> None:
    """With the ways thirty fit, without them forty would: of thirty-five nobody knows."""
    month = plan_month(problem(contacts(35)), 5)
    assert (month.answer, month.least_left_out) == (Answer.OPEN, 0)
    assert len(month.left_out) == 5


def test_a_call_saves_the_way_and_the_desk_makes_calls_only() -> None:
    """Whoever may be called is called from the desk; nobody goes to a door from it."""
    shifts = week(1, (LI,), at_desk=True)
    asked = problem(
        (*contacts(20, replace(EAST, channels=BOTH)), *contacts(1, replace(EAST, id="d"))), shifts
    )
    month = plan_month(asked, 5)
    assert {slot.channel for slot in month.slots} == {Channel.PHONE}
    assert (len(month.slots), month.left_out) == (20, ("d0",))


def test_a_pair_takes_the_time_of_two_and_a_role_is_kept() -> None:
    """Both are there on the day; the social worker alone sees whom only she may see."""
    pair = contacts(4, replace(EAST, id="p", crews=((Seat(), Seat()),)))
    hers = contacts(4, replace(EAST, id="r", crews=((Seat(roles=frozenset({"social_worker"})),),)))
    asked = problem((*pair, *hers))
    month = plan_month(asked, 5)
    units = {slot.contact_id: slot.worker_ids for slot in month.slots}
    assert {units[c.id] for c in pair} == {("li", "wang")}
    assert {units[c.id] for c in hers} == {("li",)}
    assert all(seconds <= 4 * HOUR for seconds in used(month, asked).values())


def test_deadlines_and_openings_are_kept() -> None:
    """Nobody is seen before the first day or after the last."""
    early = contacts(4, replace(EAST, id="a", last_day=1))
    late = contacts(4, replace(EAST, id="b", first_day=3))
    month = plan_month(problem((*early, *late)), 5)
    days = {slot.contact_id: slot.day for slot in month.slots}
    assert max(days[c.id] for c in early) <= 1
    assert min(days[c.id] for c in late) >= 3


def test_one_village_a_day_saves_ways() -> None:
    """Six doors in two villages: two trips instead of four or more."""
    both = (*contacts(3), *contacts(3, replace(EAST, id="w", village="west")))
    month = plan_month(problem(both), 5)
    trips = {(slot.day, slot.worker_ids, slot.contact_id[0]) for slot in month.slots}
    assert len(trips) == 2


def test_the_work_is_shared() -> None:
    """Where the ways are the same, nobody has much more to do than the other."""
    month = plan_month(problem(contacts(20), way=0), 5)
    assert month.load == {"li": pytest.approx(0.5, abs=0.06), "wang": pytest.approx(0.5, abs=0.06)}


def test_the_dearest_are_left_out_last() -> None:
    """Where not everybody can be seen it is not those with the highest price."""
    cheap = contacts(25)
    dear = contacts(15, replace(EAST, id="u", price=50))
    month = plan_month(problem((*cheap, *dear)), 5)
    assert all(name.startswith("e") for name in month.left_out)


@settings(max_examples=20, deadline=None)
@given(st.data())
def test_nobody_is_lost_and_no_day_is_too_long(data: st.DataObject) -> None:
    """Each contact is in one slot or left out, in its days, by those who may, within their time."""
    wanted = [
        Contact(
            f"c{i}",
            data.draw(st.sampled_from(("east", "west"))),
            data.draw(st.sampled_from((900, 2400))),
            first := data.draw(st.integers(0, 4)),
            data.draw(st.integers(first, 6)),
            data.draw(st.sampled_from((BOTH, frozenset({Channel.DOOR})))),
            crews=data.draw(st.sampled_from((((Seat(),),), ((Seat(), Seat()),), ((Seat(sex=Sex.MALE),),)))),
        )
        for i in range(data.draw(st.integers(0, 12)))
    ]
    shifts = tuple(
        Shift(w.id, day, data.draw(st.sampled_from((0, 2 * HOUR, 6 * HOUR))), data.draw(st.booleans()))
        for w in (LI, WANG)
        for day in range(5)
    )
    asked = problem(tuple(wanted), shifts, 1200)
    month = plan_month(asked, 1)
    placed = [slot.contact_id for slot in month.slots]
    assert sorted([*placed, *month.left_out]) == sorted(c.id for c in wanted)
    assert month.least_left_out <= len(month.left_out)
    free = {(s.worker_id, s.day): s for s in shifts}
    for key, seconds in used(month, asked).items():
        assert seconds <= free[key].seconds
    of = {c.id: c for c in wanted}
    for slot in month.slots:
        contact = of[slot.contact_id]
        assert contact.first_day <= slot.day <= contact.last_day
        assert slot.channel in contact.channels
        assert slot.channel is Channel.PHONE or not any(free[w, slot.day].at_desk for w in slot.worker_ids)


def test_what_does_not_fit_together_is_said_at_once() -> None:
    """A contact twice, a shift of nobody and a negative price in one message."""
    with pytest.raises(InputError) as caught:
        problem((EAST, replace(EAST, price=-1)), (Shift("nobody", 9, 3600),))
    assert caught.value.code == "month.inconsistent"
    for part in ("'e'] twice", "price -1", "nobody"):
        assert part in str(caught.value)
