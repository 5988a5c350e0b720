"""What a packet is made of: the record by household, a month's figures, words about waiting."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime

import pytest

from fieldmap.models import (
    Channel,
    Domain,
    Household,
    Outcome,
    Position,
    Responsibility,
    Snapshot,
    Society,
    Visit,
)
from fieldmap.rules import load
from fieldmap.schedule import Due, due
from tests.web.village import CLIENTS, HOUSEHOLDS, LAT, LON, TAGS, TODAY, VISITS
from web._packet_month import month_of
from web._packet_records import Records
from web._packet_words import carried, due_words

RECORD = Snapshot(
    households={h.id: h for h in HOUSEHOLDS},
    clients={c.id: c for c in CLIENTS},
    tags=TAGS,
    responsibilities={"p1": Responsibility("p1", "w1", "w2"), "p5": Responsibility("p5", "w2")},
    visits=tuple(sorted(VISITS, key=lambda v: (v.day, v.id))),
)
VISIT = Visit(
    "v1",
    "h1",
    ("a",),
    date(2026, 3, 20),
    Channel.DOOR,
    Outcome.SEEN,
    Domain.ELDERLY,
    (Society.COMMUNITY,),
    started_at=datetime(2026, 3, 20, 1, 0, tzinfo=UTC),
    ended_at=datetime(2026, 3, 20, 1, 20, 30, tzinfo=UTC),
)


CARRIED = {"health": "good"}


def at(visit: Visit, begin: tuple[int, int], end: tuple[int, int], **changed: object) -> Visit:
    """Return the visit at another time of the day, UTC."""
    start = datetime(2026, 3, 20, *begin, tzinfo=UTC)
    return replace(visit, started_at=start, ended_at=datetime(2026, 3, 20, *end, tzinfo=UTC), **changed)  # type: ignore[arg-type]


def test_a_part_has_what_hangs_on_its_households_and_nothing_else() -> None:
    """People, tags, visits and responsibilities of the households asked for, in their order."""
    part = Records(RECORD).part({"h1", "h8", "nowhere"})
    assert set(part.households) == {"h1", "h8"}
    assert set(part.clients) == {"p1", "p9", "p10"}
    assert {tag.client_id for tag in part.tags} == {"p1", "p9", "p10"}
    assert [visit.id for visit in part.visits] == ["v6", "v1", "v7", "v2"]
    assert set(part.responsibilities) == {"p1"}


def test_who_answers_for_whom_is_found_for_the_deputy_too() -> None:
    """An actor answers as the first and as the deputy; nobody answers for nobody."""
    records = Records(RECORD)
    assert records.answered_for("w2") == {"h1", "h4"}
    assert records.answered_for("w1") == {"h1"}
    assert records.answered_for(None) == set()


def test_visits_of_somebody_in_a_span_of_days() -> None:
    """The first and the last day count; another's visits do not."""
    records = Records(RECORD)
    assert [v.id for v in records.visits_of("w1", date(2026, 3, 3), date(2026, 3, 10))] == ["v7", "v2"]
    assert records.visits_of("w2", date(2026, 1, 1), TODAY) == ()


def test_near_is_within_the_metres_and_names_the_nearest_place() -> None:
    """A household 180 m away is near, one 230 m away is not; without a place nobody is near."""
    here = Position(LON, LAT)
    around = {
        "near": Household("near", "v", "", "", door=Position(LON, LAT + 180 / 111_195)),
        "far": Household("far", "v", "", "", door=Position(LON, LAT + 230 / 111_195)),
        "nowhere": Household("nowhere", "v", "", ""),
    }
    records = Records(Snapshot(households=around))
    north = Position(LON, LAT + 100 / 111_195)
    assert records.near({"a": here}, 200) == {"near": "a"}
    assert records.near({"a": here, "b": north}, 200) == {"near": "b", "far": "b"}


def test_a_month_counts_visits_people_and_minutes_each_by_itself() -> None:
    """A couple is one visit and two people; an attempt is a visit that reached nobody."""
    couple = at(VISIT, (1, 0), (1, 20), id="v2", client_ids=("a", "b"))
    attempt = at(VISIT, (3, 0), (3, 5), id="v3", client_ids=("c",), outcome=Outcome.NOBODY)
    month = month_of([couple, attempt, replace(VISIT, id="v4", started_at=None)])
    assert (month.visits, month.reached, month.persons) == (3, 2, 2)
    assert (month.minutes, month.hours, month.untimed) == (25, 0.4, 1)


def test_time_that_two_visits_share_counts_once() -> None:
    """Two records of one hour, one of them inside of the other, are one hour."""
    inside = [at(VISIT, (1, 0), (2, 0)), at(VISIT, (1, 10), (1, 30), id="v2")]
    after = at(VISIT, (1, 50), (2, 10), id="v3")
    assert month_of(inside).minutes == 60
    assert month_of([*inside, after]).minutes == 70
    assert month_of([]).hours == 0.0


def due_of(client_id: str, visits: tuple[Visit, ...] = RECORD.visits) -> Due:
    """Return what somebody of the village is due."""
    return next(d for d in due(replace(RECORD, visits=visits), load(), TODAY) if d.client_id == client_id)


@pytest.mark.parametrize(
    ("client_id", "staff", "words"),
    [
        ("p1", True, "38 天前见过,超期 8 天"),
        ("p1", False, "3 月 31 日前应访"),
        ("p2", True, "28 天前见过,3 月 31 日前应访"),
        ("p5", True, "从未见到,3 月 31 日前应访"),
        ("p5", False, "3 月 31 日前应访"),
    ],
)
def test_words_count_days_for_staff_and_name_a_month_s_end_for_others(
    client_id: str, staff: bool, words: str
) -> None:
    """Staff read since when; a contact reads the end of the month whoever it is."""
    assert due_words([due_of(client_id)], TODAY, staff=staff) == words


def test_words_of_a_house_are_those_of_who_waited_longest() -> None:
    """Of two people the longer wait is told; somebody never met is told of before all others."""
    seen_lately = replace(VISITS[2], id="v9", client_ids=("p3",), day=date(2026, 3, 1))
    visits = (VISITS[2], seen_lately)
    both = [due_of("p2", visits), due_of("p3", visits)]
    assert due_words(both, TODAY, staff=True).startswith("28 天前见过")
    by_phone = [replace(VISITS[2], channel=Channel.PHONE, client_ids=("p2",)), seen_lately]
    half = [due_of("p2", tuple(by_phone)), due_of("p3", tuple(by_phone))]
    assert due_words(half, TODAY, staff=True).startswith("从未见到,28 天前联系过")
    assert due_words([], TODAY, staff=True) == ""


def test_the_same_as_last_time_is_of_the_newest_visit_with_answers() -> None:
    """Only fields that a form carries over, only of these people; a visit without answers changes nothing."""
    first = replace(VISIT, id="v1", answers={"a": {"_form": "elder/1", "fell": "yes", "health": "worse"}})
    last = replace(
        VISIT,
        id="v2",
        answers={"a": {"_form": "elder/1", "fell": "no"} | CARRIED, "b": {"_form": "elder/1"} | CARRIED},
    )
    found = carried({"a"}, [first, last, replace(VISIT, id="v3")])
    assert found == {"a": {"_form": "elder/1"} | CARRIED}
    assert carried({"a"}, [replace(VISIT, answers={"a": {"_form": "elder/0", "x": "1"}})]) == {}
