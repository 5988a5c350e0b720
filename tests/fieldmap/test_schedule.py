"""Schedule: who is due on a day, by when, and why."""

from __future__ import annotations

import pickle
from dataclasses import replace
from datetime import date, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from fieldmap.models import (
    Channel,
    Client,
    Event,
    Exclusion,
    ExclusionReason,
    Outcome,
    Role,
    Sex,
    Snapshot,
    Tag,
    Visit,
)
from fieldmap.rules import load
from fieldmap.schedule import Due, due, schedule, to_visit
from tests.fieldmap.ten import TEN, TODAY, VISITS, visit, with_visits

RULES = load()


def of(client_id: str, snapshot: Snapshot = TEN, today: date = TODAY) -> Due:
    """Return one person's due contact."""
    return next(item for item in due(snapshot, RULES, today) if item.client_id == client_id)


def one(client: Client, *tags: Tag, visits: tuple[str, ...] = (), events: tuple[Event, ...] = ()) -> Snapshot:
    """Return the ten people's county with one person in it, living at A's."""
    return replace(
        TEN,
        clients={client.id: client},
        tags=tags,
        exclusions=(),
        events=events,
        visits=tuple(v for v in VISITS if v.id in visits),
    )


A = TEN.clients["A"]


def test_ten_people_to_visit() -> None:
    """On 20 March B, C, D, F and G are to be visited; E and H are excluded and J has no rule."""
    plan = schedule(TEN, RULES, TODAY)
    assert sorted(item.client_id for item in to_visit(plan.due)) == ["B", "C", "D", "F", "G"]
    assert sorted(item.client_id for item in plan.due) == ["A", "B", "C", "D", "F", "G", "I"]
    assert {e.client_id: e.exclusion.reason.value for e in plan.excluded} == {"E": "hospital", "H": "refused"}
    assert plan.without_rule == ("J",)


def test_b_is_overdue_twice() -> None:
    """B is 3 days overdue for a contact and 8 days for a visit in person."""
    b = of("B")
    assert b.contact is not None
    assert b.in_person is not None
    assert (b.contact.deadline, b.overdue_days) == (date(2026, 3, 17), 3)
    assert (b.in_person.deadline, b.in_person_overdue_days) == (date(2026, 3, 12), 8)
    assert b.in_person_required
    assert b.channels == (Channel.DOOR,)
    assert b.rule_ids == ("E1", "E2")
    assert b.tags == ("空巢",)
    assert b.urgency == 8 * 3


def test_a_is_not_due_before_25_march() -> None:
    """A was met on 18 March and opens a week later, not before."""
    assert of("A").opens == date(2026, 3, 25)
    assert not of("A", today=date(2026, 3, 24)).open
    assert of("A", today=date(2026, 3, 25)).open


def test_i_is_next_due_in_april() -> None:
    """I was phoned this month: open again on 1 April, and at the door 90 days after 1 February."""
    i = of("I")
    assert i.contact is not None
    assert i.in_person is not None
    assert (i.contact.opens, i.contact.deadline) == (date(2026, 4, 1), date(2026, 4, 30))
    assert i.in_person.opens == date(2026, 5, 2)
    assert not i.in_person_required


def test_f_was_never_reached() -> None:
    """F is due now at the door; a person never reached weighs one whole interval."""
    f = of("F")
    assert f.never_contacted
    assert f.open
    assert f.in_person_required
    assert (f.overdue_days, f.urgency) == (0, 31 * 2)


def test_g_needs_two_people() -> None:
    """A child needs two visitors, an elder with others in the house does not."""
    assert of("G").pair_required
    assert not of("C").pair_required


@pytest.mark.parametrize(
    ("sex", "companion", "pair"), [(Sex.FEMALE, Sex.FEMALE, False), (Sex.UNKNOWN, None, True)]
)
def test_living_alone(sex: Sex, companion: Sex | None, pair: bool) -> None:
    """Somebody living alone asks for a visitor of the same sex, or for two where the sex is unknown."""
    item = of("A", replace(TEN, clients={"A": replace(A, sex=sex)}))
    assert (item.companion, item.pair_required) == (companion, pair)


def test_a_visit_today_moves_the_next_one() -> None:
    """One door visit to C and D takes both off today's list."""
    after = with_visits(visit("CD", TODAY))
    assert sorted(item.client_id for item in to_visit(due(after, RULES, TODAY))) == ["B", "F", "G"]
    assert of("C", after).opens == date(2026, 4, 1)


def test_an_attempt_is_no_contact() -> None:
    """Nobody home changes nothing about what is due."""
    after = with_visits(visit("CD", TODAY, outcome=Outcome.NOBODY))
    assert of("C", after) == of("C")


def test_a_phone_call_leaves_the_door_due() -> None:
    """B phoned today is due in person all the same, and 8 days late."""
    after = of("B", with_visits(visit("B", TODAY, Channel.PHONE)))
    assert (after.overdue_days, after.in_person_overdue_days) == (0, 8)
    assert after.in_person_required


def test_a_visit_of_tomorrow_is_not_known_today() -> None:
    """A visit dated after today does not count yet."""
    assert of("C", with_visits(visit("C", TODAY + timedelta(days=1)))) == of("C")


def test_calendar_and_rolling_gap_are_both_computed() -> None:
    """On 10 April C is within the calendar month and 18 days over the rolling gap of 31."""
    c = of("C", today=date(2026, 4, 10))
    assert c.overdue_days == 0
    assert c.rolling_overdue_days == 49 - 31
    assert c.urgency == 18 * 2


def test_shortest_interval_wins_and_causes_are_kept() -> None:
    """Of a weekly and a quarterly rule the week decides, and both are named."""
    tags = (Tag("1", "A", "空巢"), Tag("2", "A", "低保", "B"))
    item = of("A", one(A, *tags, visits=("v-A-2026-03-18-door",)))
    assert item.deadline == date(2026, 3, 25)
    assert item.rule_ids == ("E1", "E2", "P2")
    assert item.tags == ("空巢", "低保")


def test_an_open_calendar_rule_may_be_fulfilled_before_the_shortest_deadline() -> None:
    """Early in the month the month is open although the week is not yet over."""
    item = of("A", one(A, Tag("1", "A", "独居"), visits=("v-A-2026-03-18-door",)), date(2026, 4, 1))
    assert item.opens == date(2026, 3, 25)
    later = of("A", with_visits(visit("A", date(2026, 3, 30))), date(2026, 4, 1))
    assert (later.opens, later.deadline) == (date(2026, 4, 1), date(2026, 4, 6))


def test_known_start_dates_the_first_contact() -> None:
    """Somebody tagged on 1 March and never reached is open since then and due a week later."""
    item = of("A", one(A, Tag("1", "A", "独居", valid_from=date(2026, 3, 1))))
    assert item.contact is not None
    assert (item.opens, item.deadline, item.overdue_days) == (date(2026, 3, 1), date(2026, 3, 8), 12)


@pytest.mark.parametrize(
    ("record", "overdue"), [(("v-A-2026-03-18-door",), 0), (("v-I-2026-02-01-door",), 40), ((), 359)]
)
def test_nobody_waits_longer_than_the_record(record: tuple[str, ...], overdue: int) -> None:
    """On the ledger since 2017 and never reached: overdue since the first visit on record, or a year."""
    somebody = Client("K", A.household_id, "安K", Sex.MALE, date(1940, 1, 1))
    waiting = one(somebody, Tag("1", "K", "空巢", valid_from=date(2017, 3, 20)), visits=record)
    assert of("K", waiting).overdue_days == overdue


def test_reached_but_never_met() -> None:
    """Somebody only ever phoned is to be met 90 days after the first call."""
    middle = Client("A", A.household_id, "安A", Sex.FEMALE, date(1955, 1, 1))
    called = one(middle, Tag("1", "A", "空巢"))
    called = with_visits(
        visit("A", date(2026, 1, 10), Channel.PHONE), visit("A", TODAY, Channel.PHONE), base=called
    )
    item = of("A", called)
    assert item.in_person is not None
    assert item.in_person.opens == date(2026, 1, 10) + timedelta(days=90)
    assert item.last_in_person is None


def test_role_that_does_not_count() -> None:
    """Where a county counts cadres only, a volunteer's visit leaves the person due."""
    rules = load({"rule": [{"id": "E2", "roles": ["village_cadre"]}]})
    after = with_visits(visit("C", TODAY, role=Role.VOLUNTEER))
    item = next(d for d in due(after, rules, TODAY) if d.client_id == "C")
    assert item.open
    assert item.roles == (Role.VILLAGE_CADRE,)


def test_rule_ends_with_the_tag() -> None:
    """A tag whose last day was yesterday asks for nothing; on its last day it still did."""
    ended = one(A, Tag("1", "A", "独居", valid_to=TODAY - timedelta(days=1)))
    assert schedule(ended, RULES, TODAY).without_rule == ("A",)
    assert of("A", ended, TODAY - timedelta(days=1)).open


def test_exclusion_ends() -> None:
    """Somebody back from hospital is due again on the day after."""
    back = Exclusion("x", "E", ExclusionReason.HOSPITAL, date(2026, 3, 2), date(2026, 3, 19))
    assert of("E", replace(TEN, exclusions=(back,))).open
    assert schedule(replace(TEN, exclusions=(replace(back, valid_to=TODAY),)), RULES, TODAY).excluded


def test_who_left_is_in_no_list() -> None:
    """A client whose last day is over is neither due nor excluded nor without rule."""
    gone = schedule(one(replace(A, valid_to=TODAY - timedelta(days=1)), Tag("1", "A", "独居")), RULES, TODAY)
    assert (gone.due, gone.excluded, gone.without_rule) == ((), (), ())


@pytest.mark.parametrize(
    ("kind", "deadline", "mandatory"),
    [
        ("major_change", date(2026, 3, 19), True),
        ("hospital_discharge", date(2026, 3, 21), True),
        ("new_on_ledger", date(2026, 4, 2), False),
    ],
)
def test_event_makes_anybody_due(kind: str, deadline: date, mandatory: bool) -> None:
    """An event of 18 March makes J due, who is under no rule, within the hours of its rule."""
    happened = replace(TEN, events=(Event("e", "J", kind, date(2026, 3, 18)),))
    item = of("J", happened)
    assert (item.opens, item.deadline, item.mandatory) == (date(2026, 3, 18), deadline, mandatory)
    assert item.in_person_required


def test_discharge_asks_for_a_second_visit() -> None:
    """After the first visit a discharge asks for another on day 14, open three days before."""
    happened = replace(TEN, events=(Event("e", "J", "hospital_discharge", date(2026, 3, 10)),))
    first = with_visits(visit("J", date(2026, 3, 12)), base=happened)
    assert (of("J", first).opens, of("J", first).deadline) == (date(2026, 3, 21), date(2026, 3, 24))
    second = with_visits(visit("J", date(2026, 3, 22)), base=first)
    assert schedule(second, RULES, date(2026, 3, 23)).without_rule == ("J",)


def test_phone_does_not_answer_an_event() -> None:
    """A call after a bereavement leaves the visit open."""
    happened = replace(TEN, events=(Event("e", "J", "major_change", date(2026, 3, 18)),))
    assert of("J", with_visits(visit("J", TODAY, Channel.PHONE), base=happened)).open


def test_reason_in_one_sentence() -> None:
    """The reason names group, tag, dates and days overdue in either language."""
    assert of("B").reason() == (
        "高风险老年人(空巢),每 30 天至少上门一次;联系:上次 2026-03-10,应在 2026-03-17 前,已超期 3 天;"
        "上门:上次 2026-02-10,应在 2026-03-12 前,已超期 8 天。"
    )
    english = of("B").reason("en")
    assert english.startswith("Elders at high risk (empty-nest), in person at least every 30 days")
    assert "3 days overdue" in english
    assert not any("\u4e00" <= c <= "\u9fff" for c in english)


SEVERE, USUAL = Tag("1", "A", "精神障碍", "4"), Tag("1", "A", "独居")
REASONS = (
    (visit("A", date(2026, 3, 18)), "上次见到 3 月 18 日。", "Last seen 18 Mar."),
    (
        visit("A", date(2026, 2, 12)),
        "上次见到 2 月 12 日,3 月 31 日前应访。",
        "Last seen 12 Feb, due by 31 Mar.",
    ),
    (
        visit("A", date(2025, 12, 30)),
        "上次见到 2025 年 12 月 30 日,3 月 31 日前应访。",
        "Last seen 30 Dec 2025, due by 31 Mar.",
    ),
)


@pytest.mark.parametrize(("past", "chinese", "english"), REASONS)
def test_the_public_reason_is_dates_that_tell_of_no_class(past: Visit, chinese: str, english: str) -> None:
    """Of a restricted class, of another, or of both: the same visits give the same two dates."""
    for tags in ((SEVERE,), (USUAL,), (SEVERE, replace(USUAL, id="2"))):
        item = of("A", with_visits(past, base=one(A, *tags)))
        assert item.restricted is (SEVERE in tags)
        assert (item.public_reason(), item.public_reason("en")) == (chinese, english)


@pytest.mark.parametrize("tags", [(SEVERE,), (USUAL,)])
def test_the_public_reason_says_who_was_never_seen(tags: tuple[Tag, ...]) -> None:
    """Somebody reached by phone alone was never seen; the call has its date."""
    fresh = one(A, *(replace(tag, valid_from=date(2026, 3, 1)) for tag in tags))
    assert of("A", fresh).public_reason() == "从未见到,3 月 31 日前应访。"
    assert of("A", fresh).public_reason("en") == "Never seen, due by 31 Mar."
    called = with_visits(visit("A", date(2026, 2, 3), Channel.PHONE), base=fresh)
    assert of("A", called).public_reason("en") == "Never seen, last reached 3 Feb, due by 31 Mar."


def test_the_public_deadline_is_the_end_of_a_month() -> None:
    """A short interval cannot be read out of it: B's deadlines of 12 and 17 March read 31 March."""
    assert of("B").public_deadline == date(2026, 3, 31)
    assert of("A").public_deadline is None


def test_due_travels_to_another_process() -> None:
    """A due list comes back the same from pickle, so that a work process can plan it."""
    items = due(TEN, RULES, TODAY)
    assert pickle.loads(pickle.dumps(items)) == items


def test_most_urgent_first() -> None:
    """The list is in the order of overdue days times risk."""
    urgencies = [item.urgency for item in due(TEN, RULES, TODAY)]
    assert urgencies == sorted(urgencies, reverse=True)


LEDGER_TAGS = (
    "独居",
    "空巢",
    "失能",
    "残疾",
    "低保",
    "特困",
    "困境儿童",
    "农村留守儿童",
    "精神障碍",
    "低保边缘",
)


@settings(max_examples=100, deadline=None)
@given(
    born=st.dates(date(1930, 1, 1), date(2024, 1, 1)) | st.none(),
    tags=st.lists(st.sampled_from(LEDGER_TAGS), max_size=4, unique=True),
    value=st.sampled_from(["", "1", "3", "A", "重点"]),
    seen=st.lists(st.tuples(st.integers(0, 400), st.sampled_from(Channel)), max_size=6),
    event=st.sampled_from(["", "major_change", "new_on_ledger"]),
)
def test_a_door_visit_today_settles_today(
    born: date | None,
    tags: list[str],
    value: str,
    seen: list[tuple[int, Channel]],
    event: str,
) -> None:
    """Whatever the rules, tags and past: after somebody was met today nothing is open today."""
    past = [visit("A", TODAY - timedelta(days=ago), channel) for ago, channel in seen]
    town = replace(
        one(replace(A, birth_date=born), *(Tag(name, "A", name, value) for name in tags)),
        events=(Event("e", "A", event, TODAY),) if event else (),
    )
    before = due(with_visits(*past, base=town), RULES, TODAY)
    after = due(with_visits(*past, visit("A", TODAY), base=town), RULES, TODAY)
    assert to_visit(after) == []
    for item in (*before, *after):
        assert item.opens <= item.deadline or item.overdue_days or item.never_contacted
        assert item.reason().endswith("。")
        assert item.reason("en").endswith(".")
        assert Channel.DOOR in item.channels
