"""The ways of making a visit, and the nodes that the search works on."""

from __future__ import annotations

from dataclasses import replace

from routing import Params, Seat
from routing._day import Day, balance
from routing._ways import Way, opening, teams, ways
from routing.models import Venue
from tests.routing.village import BOTH, EARLY, FREE, HOUR, LATE, LI, at, between, village

WISH = 1800
SCHOOL = Venue(2, 900, (between(9, 11),), price_s=300, name="school")
FIRST = Way(0, 4, 1200, ((0, 86_400),), ((0, 86_400),), 0)


def test_windows_that_touch_are_one() -> None:
    """Overlapping and touching windows are merged, others sorted; no window is the whole day."""
    many = replace(LATE, windows=(between(15, 16), between(9, 10), between(9.5, 11), between(11, 12)))
    assert opening(many) == [between(9, 12), between(15, 16)]
    assert opening(FREE) == [(0, 86_400)]


def test_a_plain_visit_is_made_in_one_way() -> None:
    """One venue and no wish: the windows of the visit and no price."""
    assert ways(FREE, WISH) == [FIRST]


def test_a_wish_may_be_kept_or_paid_for() -> None:
    """Within the wished hours the way costs nothing, in all hours the price of the wish."""
    kept, broken = ways(replace(EARLY, wished=(between(9.5, 12),)), WISH)
    assert (kept.windows, kept.price) == ((between(9.5, 10),), 0)
    assert (broken.windows, broken.price) == ((between(9, 10),), WISH)


def test_a_wish_that_cannot_be_kept_or_broken_is_one_way() -> None:
    """A wish outside the windows leaves the dear way alone, one around them the free way."""
    (broken,) = ways(replace(EARLY, wished=(between(15, 16),)), WISH)
    (kept,) = ways(replace(EARLY, wished=(between(8, 9.5), between(9.5, 12))), WISH)
    assert (broken.price, kept.price) == (WISH, 0)


def test_every_venue_has_its_ways_and_nobody_goes_nowhere() -> None:
    """The school has its own place, service, windows and price; a home that nobody knows is none."""
    child = replace(FREE, elsewhere=(SCHOOL,), wished=(between(10, 12),))
    found = [(w.number, w.place, w.service, w.price) for w in ways(child, WISH)]
    assert found == [(0, 4, 1200, 0), (0, 4, 1200, WISH), (1, 2, 900, 300), (1, 2, 900, 300 + WISH)]
    assert [w.number for w in ways(replace(child, location=None, wished=()), WISH)] == [1]


def test_teams_are_the_workers_of_each_seat() -> None:
    """A pair's teams list different people only, and a crew without people is not staffed."""
    problem = village([BOTH, EARLY])
    (pair,) = teams(problem, BOTH, FIRST)
    assert (pair.pairs(), pair.staffed) == ([(0, 1)], True)
    nobody = teams(problem, replace(EARLY, crews=((Seat(roles=frozenset({"x"})),),)), FIRST)
    assert [team.staffed for team in nobody] == [False]
    alone = teams(village([BOTH], [LI]), BOTH, FIRST)
    assert [team.staffed for team in alone] == [False]


def test_who_comes_first_matters_where_there_is_a_gap() -> None:
    """Together a pair is a pair, with the leader in the first seat; one after the other both orders count."""
    lead = replace(BOTH, crews=((Seat(), Seat(roles=frozenset({LI.role}))),))
    (together,) = teams(village(), lead, FIRST)
    assert together.pairs() == [(1, 0)]
    (either,) = teams(village(), replace(BOTH, gap_s=(HOUR, 2 * HOUR)), FIRST)
    assert either.pairs() == [(0, 1), (1, 0)]


def test_nodes_are_visits_first_and_then_the_other_ways_and_seats() -> None:
    """Node v is the first way of visit v; a pair's second person and other ways follow, dear once."""
    child = replace(FREE, elsewhere=(SCHOOL,))
    pair = replace(BOTH, wished=(between(9, 10),), gap_s=(HOUR, HOUR), windows=(between(9, 12),))
    day = Day(village([child, pair, EARLY]), Params(wish_s=WISH))
    assert day.owner.tolist() == [0, 1, 2, 0, 1, 1, 1]
    assert day.venue.tolist() == [0, 0, 0, 1, 0, 0, 0]
    assert day.dear.tolist() == [0, 0, 0, 300, 0, WISH, 0]
    assert [day.nodes(v) for v in range(3)] == [[0, 3], [1, 4, 5, 6], [2]]
    # no wish binds the second person
    assert [day.windows[node] for node in (1, 4)] == [[between(9, 10)], [between(9, 12)]]
    assert [team.nodes for team in day.teams[1]] == [(1, 4), (5, 6)]


def test_a_venue_off_the_road_is_no_way() -> None:
    """A school that no worker can reach leaves the visit at home; without either the visit is not planned."""
    problem = village([replace(FREE, elsewhere=(SCHOOL,))])
    for table in problem.travel.values():
        table.snap_m[SCHOOL.location or 0] = 900
    assert Day(problem, Params()).venue.tolist() == [0]
    for table in problem.travel.values():
        table.snap_m[FREE.location or 0] = 900
    assert Day(problem, Params()).visits == []


def test_balance_is_a_share_of_the_longest_day_over_the_mean() -> None:
    """Equal days cost nothing; nobody on duty costs nothing; otherwise by the hundred seconds."""
    assert balance([at(4), at(4)], 50) == balance([], 50) == balance([7, 1], 0) == 0
    assert balance([at(6), at(2)], 50) == at(1)
