"""The rules about who goes become crews of seats."""

from __future__ import annotations

from itertools import permutations

import pytest

from fieldmap.models import Sex
from routing import Seat, Worker, crews_for
from tests.routing.village import LI, WANG

LEAD = Seat(roles=frozenset({"social_worker"}))


def may_go(crews: tuple[tuple[Seat, ...], ...], *people: Worker) -> bool:
    return any(
        len(crew) == len(people) and all(w.may_take(s) for w, s in zip(order, crew, strict=True))
        for crew in crews
        for order in permutations(people)
    )


@pytest.mark.parametrize(
    ("crews", "li", "wang", "together"),
    [
        (crews_for(), True, True, False),
        (crews_for(lead=LEAD), True, False, False),
        (crews_for(2), False, False, True),
        (crews_for(2, LEAD), False, False, True),
        (crews_for(companion=Sex.MALE), False, True, True),
        (crews_for(lead=LEAD, companion=Sex.MALE), False, False, True),
        (crews_for(companion=Sex.MALE, or_pair=True), False, True, True),
        (crews_for(2, companion=Sex.FEMALE), False, False, True),
    ],
)
def test_crews_say_who_may_go(
    crews: tuple[tuple[Seat, ...], ...], li: bool, wang: bool, together: bool
) -> None:
    """Li is a social worker and a woman, Wang a volunteer and a man: alone or together as the rule says."""
    assert (may_go(crews, LI), may_go(crews, WANG), may_go(crews, LI, WANG)) == (li, wang, together)


def test_a_pair_without_the_companion_is_no_crew_unless_any_pair_will_do() -> None:
    """Two women do not stand in for the man who must be present, unless two of any sex may go."""
    other = Worker("zhao", 0, 0, sex=Sex.FEMALE)
    assert not may_go(crews_for(companion=Sex.MALE), LI, other)
    assert not may_go(crews_for(2, companion=Sex.MALE), LI, other)
    assert may_go(crews_for(companion=Sex.MALE, or_pair=True), LI, other)


@pytest.mark.parametrize(
    ("seat", "allowed"),
    [
        (Seat(skills=frozenset({"sign"})), True),
        (Seat(skills=frozenset({"sign", "dialect"})), False),
        (Seat(certificates=frozenset({"card"})), True),
        (Seat(certificates=frozenset({"other"})), False),
        (Seat(roles=frozenset({"grid_worker", "social_worker"})), True),
        (Seat(sex=Sex.FEMALE), True),
        (Seat(sex=Sex.MALE), False),
    ],
)
def test_a_seat_asks_for_one_role_and_all_skills(seat: Seat, allowed: bool) -> None:
    """A seat lists roles to choose from, and skills and certificates to have all of."""
    assert LI.may_take(seat) is allowed
