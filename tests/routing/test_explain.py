"""A visit left out comes with the rule that binds."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
import pytest

from fieldmap.errors import catalogue, language
from fieldmap.models import Channel, Sex, TravelMode
from routing import (
    UNREACHABLE,
    Budget,
    LeftOut,
    Lunch,
    Params,
    Problem,
    Seat,
    Venue,
    Visit,
    Worker,
    crews_for,
    plan,
)
from routing.explain import text
from routing.results import REASONS
from tests.routing.village import BOTH, EARLY, FREE, HOUR, LI, WANG, between, street, village

SIGN = Seat(skills=frozenset({"sign"}))
CARD = Seat(certificates=frozenset({"card"}))
LEADS, ZHAO = Seat(workers=frozenset({"li"})), Seat(workers=frozenset({"zhao", "qian"}))
CHILD = replace(FREE, crews=crews_for(2))
EVENING = replace(FREE, windows=(between(18, 19),))
HOUSE = Params()
ALL_DAY = [replace(FREE, id=f"v{i}", service_s=2 * HOUR, urgency=9, preferred_worker=None) for i in range(3)]


def left(problem: Problem, params: Params = HOUSE) -> dict[str, LeftOut]:
    return {item.visit_id: item for item in plan(problem, Budget(0), params=params).left_out}


@pytest.mark.parametrize(
    ("visit", "workers", "reason"),
    [
        (replace(FREE, location=None), [LI], "no_coordinates"),
        (replace(FREE, location=None, elsewhere=(Venue(None, 600),)), [LI], "no_coordinates"),
        (FREE, [], "no_workers"),
        (FREE, [replace(LI, at_desk=True)], "no_workers"),
        (CHILD, [LI, replace(WANG, at_desk=True)], "needs_two_people"),
        (replace(FREE, crews=crews_for(lead=LEADS)), [replace(LI, at_desk=True), WANG], "not_on_duty"),
        (EVENING, [replace(LI, hours=between(8, 20), at_desk=True), WANG], "no_time_window"),
        (replace(FREE, crews=crews_for(lead=ZHAO)), [LI, WANG], "not_on_duty"),
        (replace(CHILD, crews=((LEADS, ZHAO),)), [LI, WANG], "not_on_duty"),
        (replace(FREE, crews=crews_for(lead=replace(LEADS, skills=SIGN.skills))), [WANG], "not_on_duty"),
        (replace(FREE, crews=crews_for(lead=replace(LEADS, skills=CARD.skills | {"x"}))), [LI], "no_skill"),
        (replace(CHILD, crews=((LEADS, LEADS),)), [LI, WANG], "needs_two_people"),
        (
            replace(FREE, crews=crews_for(lead=Seat(roles=frozenset({"carer"})))),
            [LI, WANG],
            "no_allowed_role",
        ),
        (replace(FREE, crews=crews_for(lead=SIGN)), [WANG], "no_skill"),
        (replace(FREE, crews=crews_for(lead=CARD)), [WANG], "no_skill"),
        (replace(FREE, crews=crews_for(companion=Sex.MALE)), [LI], "companion"),
        (replace(FREE, crews=crews_for(companion=Sex.FEMALE, or_pair=True)), [WANG], "companion"),
        (CHILD, [LI], "needs_two_people"),
        (replace(CHILD, crews=crews_for(2, SIGN)), [WANG, replace(WANG, id="zhao")], "no_skill"),
        (EVENING, [LI, WANG], "no_time_window"),
        (replace(FREE, windows=(between(17.4, 17.5),)), [LI], "no_time_window"),
        (
            replace(EVENING, elsewhere=(Venue(5, 600, (between(19, 20),)),)),
            [LI, WANG],
            "no_time_window",
        ),
        (CHILD, [replace(LI, hours=between(8, 12)), replace(WANG, hours=between(13, 17))], "no_time_window"),
        (replace(FREE, service_s=8 * HOUR), [LI], "too_far"),
        (FREE, [replace(LI, mode=TravelMode.WALK, max_walk_m=7999)], "too_far"),
        (FREE, [replace(LI, slack_s=8 * HOUR)], "no_hours"),
        (FREE, [replace(LI, slack_s=8 * HOUR - 1199)], "no_hours"),
        (FREE, [replace(LI, slack_s=8 * HOUR - 1200)], "too_far"),
        (FREE, [replace(LI, lunch=Lunch(*LI.hours, 9 * HOUR))], "no_hours"),
        (CHILD, [LI, replace(WANG, slack_s=8 * HOUR)], "no_hours"),
        (replace(FREE, service_s=9 * HOUR, elsewhere=(Venue(5, 8 * HOUR + 1),)), [LI], "no_hours"),
        (replace(CHILD, windows=(between(9, 10),), gap_s=(4 * HOUR, 5 * HOUR)), [LI, WANG], "no_time_window"),
        (
            replace(CHILD, windows=(between(9, 10),), gap_s=(HOUR, HOUR), crews=((LEADS, Seat()),)),
            [LI, replace(WANG, hours=between(8.5, 9.75))],
            "no_time_window",
        ),
    ],
)
def test_the_rule_that_binds_is_named(visit: Visit, workers: Sequence[Worker], reason: str) -> None:
    """One visit and the people of one day: the reason is the first rule that nobody can keep."""
    assert left(village([visit], workers))["free"].reason == reason


def test_the_reason_goes_away_with_its_cause() -> None:
    """A second person, a longer day or a shorter visit lets each of them in."""
    for visit, workers in (
        (CHILD, [LI, WANG]),
        (EVENING, [replace(LI, hours=between(8.5, 19.5))]),
        (replace(FREE, crews=crews_for(companion=Sex.MALE)), [LI, WANG]),
        (replace(FREE, crews=crews_for(lead=ZHAO)), [LI, replace(WANG, id="zhao")]),
        (FREE, [replace(LI, mode=TravelMode.WALK, max_walk_m=8000)]),
        (FREE, [replace(LI, slack_s=8 * HOUR - 1200 - 4800)]),
        (replace(CHILD, windows=(between(9, 10), between(14, 15)), gap_s=(4 * HOUR, 5 * HOUR)), [LI, WANG]),
        (replace(CHILD, windows=(between(9, 10.5),), gap_s=(HOUR, HOUR)), [LI, WANG]),
    ):
        assert left(village([visit], workers)) == {}


def test_a_full_day_and_a_long_detour_are_told_apart() -> None:
    """What does not fit beside the others is day_full; what would fit but costs too much is a detour."""
    short = [replace(LI, hours=between(8.5, 13.5), lunch=None)]
    full = left(village(ALL_DAY, short))
    assert [item.reason for item in full.values()] == ["day_full"] * 2
    cheap = Params(left_out_s=600, urgency_s=0)
    detour = left(village([FREE], [LI]), cheap)["free"]
    assert (detour.reason, detour.details) == ("detour", {"minutes": 80})


def test_a_door_without_a_road_is_off_road() -> None:
    """A door far from the road or without a way to it is left out, whoever is on duty."""
    table = street(6)
    snapped = replace(table, snap_m=np.array([0, 0, 0, 0, 300, 0], np.int32))
    cut = table.duration_s.copy()
    cut[4, :4] = cut[:4, 4] = UNREACHABLE
    island = replace(table, duration_s=cut)
    for other, metres in ((snapped, 300), (island, 0)):
        problem = replace(village([FREE], [LI]), travel={TravelMode.EBIKE: other})
        assert left(problem)["free"] == LeftOut("free", "off_road", {"metres": metres})
    wider = replace(village([FREE], [LI]), travel={TravelMode.EBIKE: snapped}, snap_limit_m=300)
    assert left(wider) == {}


def test_a_base_without_a_road_is_not_the_fault_of_the_doors() -> None:
    """A start or end far from a road or without a way lets nobody go; not the door is at fault."""
    table = street(6)
    far = replace(table, snap_m=np.array([300, 0, 0, 0, 0, 0], np.int32))
    cut = table.duration_s.copy()
    cut[0, 1:] = cut[1:, 0] = UNREACHABLE
    out, home = cut.copy(), cut.copy()
    out[1:, 0], home[0, 1:] = table.duration_s[1:, 0], table.duration_s[0, 1:]
    at_fault = {"free": LeftOut("free", "base_off_road", {"who": "li", "metres": 250})}
    for other in (far, *(replace(table, duration_s=seconds) for seconds in (cut, out, home))):
        problem = replace(village([FREE], [LI]), travel={TravelMode.EBIKE: other})
        assert left(problem) == at_fault
        wang = replace(WANG, start=1, end=1)
        assert left(replace(problem, workers=(LI, wang))) == {}
        pair = replace(problem, visits=(CHILD,), workers=(LI, wang))
        assert left(pair) == at_fault
        calls = replace(problem, visits=(replace(FREE, channel=Channel.PHONE),))
        assert left(calls) == {}
    both = replace(village([FREE], [LI]), travel={TravelMode.EBIKE: replace(far, snap_m=far.snap_m[[0] * 6])})
    assert left(both)["free"].reason == "off_road"


def test_of_two_places_apart_the_door_is_named() -> None:
    """With one base and one door and no way between them nothing tells which of the two is wrong."""
    table = street(2)
    hole = np.array([[0, UNREACHABLE], [UNREACHABLE, 0]], np.int32)
    island = replace(table, duration_s=hole, distance_m=hole)
    problem = Problem((replace(FREE, location=1),), (LI,), {TravelMode.EBIKE: island})
    assert left(problem)["free"].reason == "off_road"


def test_a_mandatory_visit_is_left_out_only_with_its_reason() -> None:
    """Two mandatory visits at the same hour: one is done, the other says that the day is full."""
    twin = replace(EARLY, id="twin", location=2, windows=(between(9, 9.25),))
    out = left(village([replace(EARLY, windows=(between(9, 9.25),)), twin], [LI]))
    assert [item.reason for item in out.values()] == ["day_full"]


@pytest.mark.parametrize("reason", REASONS)
def test_every_reason_has_its_words_in_both_languages(reason: str) -> None:
    """The catalogue says of each code what it means and what to do, in Chinese and in English."""
    texts = catalogue()[f"left.{reason}"]
    assert all(all(part for part in texts[lang]) for lang in ("zh-CN", "en"))


def test_the_words_are_filled_with_the_details() -> None:
    """Left out for want of a second person, G reads so in the language of the reader."""
    item = left(village([BOTH], [LI]))["both"]
    assert text(item).what == "需要两人同行"
    assert "今天在岗 1 人" in text(item).allowed
    token = language.set("en")
    try:
        assert text(item).what == "Needs two people"
    finally:
        language.reset(token)
