"""A visit at a door: when it may begin, and who goes where several people are due."""

from __future__ import annotations

from dataclasses import replace

import pytest

from fieldmap.models import Role, Sex
from fieldmap.schedule import Due
from routing.crews import Crew, Seat
from routing.doorstep import DOORS_OPEN, crews_of, parties, starts
from tests.fieldmap.ten import TEN
from tests.routing.test_errands import doors

ANYBODY = replace(
    doors(TEN)["h-B"][0], roles=(), pair_required=False, companion=None, restricted=False, mandatory=False
)
CADRE, WORKER = Role.VILLAGE_CADRE, Role.SOCIAL_WORKER
WOMAN, MAN = Seat(sex=Sex.FEMALE), Seat(sex=Sex.MALE)


def due(*roles: Role, companion: Sex | None = None, restricted: bool = False, pair: bool = False) -> Due:
    return replace(ANYBODY, roles=roles, companion=companion, restricted=restricted, pair_required=pair)


def seat(*roles: Role, sex: Sex | None = None) -> Seat:
    return Seat(roles=frozenset(roles), sex=sex)


def test_a_visit_may_begin_as_late_as_it_still_ends_in_time() -> None:
    """40 minutes in a morning until 11:30 begin by 10:50, in an afternoon until 17:00 by 16:20."""
    assert [end for _, end in starts(DOORS_OPEN, 2400)] == [10 * 3600 + 3000, 16 * 3600 + 1200]
    assert [begin for begin, _ in starts(DOORS_OPEN, 2400)] == [begin for begin, _ in DOORS_OPEN]


def test_hours_that_are_too_short_fall_away() -> None:
    """What takes all of an hour begins with it; an hour that cannot hold it is none."""
    assert starts(((0, 60), (100, 130)), 60) == ((0, 0),)
    assert starts(((0, 60), (100, 130)), 30) == ((0, 30), (100, 100))


def test_what_no_hours_hold_begins_within_the_longest() -> None:
    """A household of thirty takes longer than a morning: it begins in it, and is not left unseen."""
    assert starts(((0, 60), (100, 200)), 500) == ((100, 200),)


@pytest.mark.parametrize(
    ("dues", "crews"),
    [
        pytest.param([due()], [(Seat(),)], id="anybody"),
        pytest.param([due(CADRE), due()], [(seat(CADRE),)], id="one rule names somebody"),
        pytest.param([due(CADRE, WORKER), due(CADRE)], [(seat(CADRE),)], id="both in common"),
        pytest.param([due(CADRE), due(WORKER)], [(seat(CADRE), seat(WORKER))], id="one of each goes"),
        pytest.param([due(companion=Sex.MALE)], [(MAN,), (Seat(), Seat())], id="a man, or two"),
        pytest.param(
            [due(companion=Sex.MALE), due(companion=Sex.FEMALE)], [(Seat(),)], id="not alone with either"
        ),
        pytest.param([due(pair=True)], [(Seat(), Seat())], id="a pair"),
        pytest.param(
            [due(pair=True, companion=Sex.MALE, restricted=True)],
            [(MAN, Seat()), (Seat(), MAN)],
            id="a pair with a man",
        ),
        pytest.param(
            [due(companion=sex, restricted=True, pair=True) for sex in (Sex.FEMALE, Sex.MALE)],
            [(WOMAN, MAN), (MAN, WOMAN)],
            id="a pair of a woman and a man",
        ),
        pytest.param(
            [due(CADRE, companion=Sex.MALE, restricted=True), due(WORKER)],
            [
                (seat(CADRE, sex=Sex.MALE), seat(WORKER)),
                (seat(CADRE), seat(WORKER, sex=Sex.MALE)),
            ],
            id="one of each, one of them a man",
        ),
    ],
)
def test_a_crew_keeps_the_rules_of_everybody_at_the_door(dues: list[Due], crews: list[Crew]) -> None:
    """No rule of a second person gives way to the first one's."""
    assert list(crews_of(dues)) == crews


def test_a_rule_that_names_both_visitors_is_kept_by_either() -> None:
    """Three rules that two visitors keep are one crew, not one for each way to count."""
    found = crews_of([due(CADRE), due(Role.VOLUNTEER), due(CADRE, Role.VOLUNTEER)])
    assert list(found) == [(seat(CADRE), seat(Role.VOLUNTEER))]


def test_who_cannot_be_seen_together_is_in_another_party() -> None:
    """Three rules that name three visitors are two parties; for one visitor each is its own."""
    dues = [due(CADRE), due(Role.VOLUNTEER), due(Role.GRID_WORKER), due()]
    assert parties(dues) == [(dues[0], dues[1], dues[3]), (dues[2],)]
    assert parties(dues, 1) == [(dues[0], dues[3]), (dues[1],), (dues[2],)]
    assert parties([]) == []
