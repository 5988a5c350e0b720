"""Parts: narrowing, splitting, and what a restricted class must not give away."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from fieldmap.counts import Figures
from fieldmap.coverage import Coverage, measures
from fieldmap.errors import InputError
from fieldmap.models import Channel, Outcome, Position, Responsibility, Snapshot, Society, Tag
from fieldmap.parts import OUTSIDE, Counted, Dimension, Narrow, by, count, narrowed
from fieldmap.periods import Period
from fieldmap.rules import load
from tests.fieldmap.ten import GRID_1, GRID_2, TEN, TODAY, VILLAGE, visit, with_visits
from tests.fieldmap.test_coverage import towns

RULES = load()
MARCH = Period.month(TODAY)

OWNED = replace(TEN, responsibilities={"C": Responsibility("C", "w1"), "D": Responsibility("D", "w2")})


def gathered(snapshot: Snapshot = TEN) -> Counted:
    """Return what is counted in March."""
    return count(snapshot, RULES, MARCH, TODAY)


def only(snapshot: Snapshot = TEN, **narrow: str) -> Coverage:
    """Return the measures of March for some."""
    return measures(snapshot, RULES, MARCH, TODAY, narrow=Narrow(**narrow))


def test_narrowed_to_a_grid() -> None:
    """One grid has its row and no other has; the total is the row."""
    coverage = only(grid=GRID_2)
    assert [row.code for row in coverage.grids] == [GRID_2]
    assert coverage.total == coverage.grids[0].figures
    assert str(coverage.total.contact_rate) == "0/2 = 0.0 %"
    assert coverage.narrow == Narrow(grid=GRID_2)


def test_narrowed_to_outside() -> None:
    """Those outside all grids are found by a word, with their visits."""
    away = replace(TEN.households["h-A"], door=Position(117.5, 33.5))
    coverage = only(replace(TEN, households={**TEN.households, "h-A": away}), grid=OUTSIDE)
    assert [row.code for row in coverage.grids] == [None]
    assert (coverage.total.due, coverage.total.activity.household_times) == (1, 1)


def test_narrowed_to_a_village_and_a_tag() -> None:
    """Another village is empty; 独居 are three, one of them excluded."""
    assert only(village=VILLAGE).total == measures(TEN, RULES, MARCH, TODAY).total
    assert (only(village="990101100202").total.people, only(village="990101100202").grids) == (0, ())
    alone = only(tag="独居").total
    assert (alone.people, alone.due, alone.excluded_total) == (3, 2, 1)


def test_a_channel_leaves_who_was_due() -> None:
    """By phone two of the seven due were contacted; none of them was met through it."""
    total = only(channel="phone").total
    assert str(total.contact_rate) == "2/7 = 28.6 %"
    assert (total.in_person, total.excluded_total, total.activity.household_times) == (0, 2, 2)
    assert str(only(channel="door").total.contact_rate) == "1/7 = 14.3 %"


def test_one_contact_must_be_of_the_channel_and_of_the_society() -> None:
    """A phoned by a volunteer and met by a social worker was not met by a volunteer."""
    call = replace(visit("A", TODAY, Channel.PHONE), societies=(Society.VOLUNTEER,))
    snapshot = with_visits(call)
    assert only(snapshot, channel="phone", society="volunteer").total.contacted == 1
    assert only(snapshot, channel="door", society="volunteer").total.contacted == 0


def test_a_couple_with_two_owners() -> None:
    """A visit to both is one household-time and one person for each owner."""
    parts = by(gathered(replace(OWNED, visits=(visit("CD", TODAY),))), Dimension.OWNER)
    assert parts.adds_up
    done = {key: part.activity for key, part in parts.parts.items() if part.activity.persons}
    assert {key: (act.household_times, act.person_times) for key, act in done.items()} == {
        "w1": (1, 1),
        "w2": (1, 1),
    }
    assert only(OWNED, owner="w1").total == by(gathered(OWNED), Dimension.OWNER).parts["w1"]


def test_what_nobody_has_is_under_the_empty_key() -> None:
    """Without grid or owner a person stands under the empty key, with what was done; without tag nowhere."""
    houses = {key: replace(house, grid_code=None) for key, house in TEN.households.items()}
    bare = gathered(replace(TEN, households=houses, tags=()))
    for dimension in (Dimension.GRID, Dimension.OWNER):
        parts = by(bare, dimension).parts
        assert set(parts) == {""}
        assert parts[""].activity == bare.figures().activity
    assert by(bare, Dimension.TAG).parts == {}


@pytest.mark.parametrize(
    ("narrow", "code"),
    [
        ({"tag": "精神障碍"}, "map.tag"),
        ({"tag": "父母服刑"}, "map.tag"),
        ({"tag": "没有这个标签"}, "map.tag"),
        ({"channel": "letter"}, "map.channel"),
        ({"society": "army"}, "map.society"),
    ],
)
def test_what_figures_are_not_narrowed_to(narrow: dict[str, str], code: str) -> None:
    """A restricted tag is refused in the same words as one that does not exist."""
    with pytest.raises(InputError) as refused:
        Narrow(**narrow)
    assert refused.value.code == code


def test_a_restricted_tag_is_no_part() -> None:
    """Who carries a restricted tag alone is in no row, as who carries none; with another, under that."""
    ill = Tag("t1", "J", "精神障碍", "4")
    with_more = gathered(replace(TEN, tags=(*TEN.tags, ill)))
    alone = gathered(replace(TEN, tags=(*(t for t in TEN.tags if t.client_id != "J"), ill)))
    assert set(by(with_more, Dimension.TAG).parts) == set(by(gathered(), Dimension.TAG).parts)
    assert by(with_more, Dimension.TAG).parts["低保边缘"].due == 1
    tags = {tag.name for tag in TEN.tags if tag.client_id != "J"}
    assert set(by(alone, Dimension.TAG).parts) <= tags
    assert alone.figures().due == with_more.figures().due


PERSONS = (
    "people",
    "expected",
    "due",
    "contacted",
    "in_person",
    "without_rule",
    "never_contacted",
    "no_coordinates",
    "no_owner",
    "overdue",
    "overdue_days",
)


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(town=towns(), owners=st.lists(st.sampled_from(["", "w1", "w2"]), min_size=12, max_size=12))
def test_parts_add_up_where_they_say_so(town: Snapshot, owners: list[str]) -> None:
    """Persons, exclusions and person-times of the parts are those of the whole."""
    mine = zip(sorted(town.clients), owners, strict=False)
    town = replace(town, responsibilities={c: Responsibility(c, o) for c, o in mine if o})
    counted = gathered(town)
    whole = counted.figures()
    for dimension in Dimension:
        split = by(counted, dimension)
        if split.adds_up:
            parts = split.parts.values()
            for name in PERSONS:
                assert sum(getattr(part, name) for part in parts) == getattr(whole, name), name
            assert sum(part.excluded_total for part in parts) == whole.excluded_total
            assert sum(part.activity.person_times for part in parts) == whole.activity.person_times


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(
    town=towns(),
    narrow=st.builds(
        Narrow,
        tag=st.sampled_from(["", "独居", "低保", "困境儿童"]),
        grid=st.sampled_from(["", GRID_1, OUTSIDE]),
        channel=st.sampled_from(["", "phone", "door"]),
        society=st.sampled_from(["", "social_worker", "volunteer"]),
    ),
)
def test_narrowing_never_raises(town: Snapshot, narrow: Narrow) -> None:
    """No count of some is more than of all; met ≤ contacted ≤ due, for some too; twice is once."""
    counted = gathered(town)
    whole, part = counted.figures(), narrowed(counted, narrow).figures()
    for name in (*PERSONS, "open_needs", "due_households", "contacted_households"):
        assert getattr(part, name) <= getattr(whole, name), name
    assert part.in_person <= part.contacted <= part.due <= part.people
    assert part.contacted_households <= part.due_households
    assert part.activity.person_times <= whole.activity.person_times
    assert narrowed(narrowed(counted, narrow), narrow).figures() == part


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(town=towns())
def test_a_part_is_what_narrowing_to_it_gives(town: Snapshot) -> None:
    """Split and filter are one definition: a part by tag or channel is the whole narrowed to it."""
    counted = gathered(town)
    for dimension in (Dimension.TAG, Dimension.CHANNEL, Dimension.GRID, Dimension.SOCIETY):
        for key, part in by(counted, dimension).parts.items():
            if key:
                assert narrowed(counted, Narrow(**{dimension.value: key})).figures() == part


def test_attempts_follow_their_channel() -> None:
    """A call that nobody answered is an attempt by phone and none at the door."""
    snapshot = with_visits(visit("A", TODAY, Channel.PHONE, Outcome.NOBODY))
    parts: dict[str, Figures] = dict(by(gathered(snapshot), Dimension.CHANNEL).parts)
    assert (parts["phone"].activity.attempts, parts["door"].activity.attempts) == (1, 0)
