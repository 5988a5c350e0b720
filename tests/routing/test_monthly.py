"""A station's month: contacts from who is due, shifts from who is on duty, ways from where they live."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

from fieldmap.models import Channel, Snapshot
from fieldmap.schedule import due
from routing.month import plan_month
from routing.monthly import StationMonth, station_month
from tests.fieldmap.ten import TODAY, TOWN
from tests.routing.test_dispatch import BOOK, LIU, RULES, TRAVEL, ZHOU

END = date(2026, 3, 31)


def month(book: Snapshot = BOOK, first: date = TODAY, last: date = END) -> StationMonth:
    return station_month(book, RULES, TOWN, first, last, TRAVEL, 0.2)


def test_everybody_due_in_the_period_is_a_contact_or_nowhere() -> None:
    """Doors by household; F, whose place nobody knows, is named apart."""
    made = month()
    opens = {d.household_id for d in due(BOOK, RULES, TODAY) if d.opens <= END}
    assert set(made.dues) == opens
    assert {c.id for c in made.problem.contacts} | set(made.nowhere) == opens
    assert made.nowhere == ("h-F",)


def test_days_are_working_days_and_shifts_leave_out_leave() -> None:
    """Eight working days from 20 to 31 March; a day of leave is none, a day at the desk is for calls."""
    off = replace(ZHOU, off_days=frozenset({TODAY}), desk_days=frozenset({date(2026, 3, 23)}))
    made = month(replace(BOOK, actors={"w1": off, "w2": LIU}))
    assert len(made.days) == made.problem.days == 8
    shifts = {(s.worker_id, made.days[s.day]): s for s in made.problem.shifts}
    assert ("w1", TODAY) not in shifts
    assert shifts["w1", date(2026, 3, 23)].at_desk
    assert not shifts["w2", date(2026, 3, 23)].at_desk
    assert len(shifts) == 15
    assert {s.seconds for s in shifts.values()} == {round(9 * 3600 * 0.8) - 3600}


def test_a_contact_keeps_its_people_its_days_and_its_channels() -> None:
    """The child needs two; who may be called may also be visited; nobody is planned before opening."""
    phoned = {key: replace(BOOK.clients[key], phone="19900000001") for key in "CD"}
    made = month(replace(BOOK, clients={**BOOK.clients, **phoned}))
    contacts = {c.id: c for c in made.problem.contacts}
    assert contacts["h-CD"].channels == {Channel.DOOR, Channel.PHONE}
    assert {len(crew) for crew in contacts["h-G"].crews} == {2}
    for key, contact in contacts.items():
        assert 0 <= contact.first_day <= contact.last_day < len(made.days)
        opens = max(d.opens for d in made.dues[key])
        assert made.days[contact.first_day] >= opens or contact.first_day == len(made.days) - 1


def test_the_ways_are_those_of_the_village() -> None:
    """There and back from the station to the middle of the village, and from door to door."""
    made = month()
    (village,) = {c.village for c in made.problem.contacts}
    way, hop = made.problem.way_s["w1", village], made.problem.hop_s["w1", village]
    assert 0 < hop < way
    assert made.problem.way_s["w2", village] > way  # on foot


def test_two_workers_have_time_for_the_ten_in_a_week() -> None:
    """The month of the small book can be done, and says so."""
    made = plan_month(month().problem, 5)
    assert made.answer == "feasible"
    assert made.left_out == ()
