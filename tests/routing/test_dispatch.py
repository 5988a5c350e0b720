"""From who is due to a plan that is kept: what a visit is like, who goes, what is refused."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, date, datetime, time
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest

import sample_data
from fieldmap.errors import InputError, RoadError
from fieldmap.models import (
    Actor,
    Channel,
    Client,
    Division,
    Household,
    Position,
    Responsibility,
    Role,
    Sex,
    Site,
    SiteFunction,
    Snapshot,
    Society,
    Tag,
    TravelMode,
)
from fieldmap.plans import PlanState
from fieldmap.rules import load
from fieldmap.settings import Settings
from fieldmap.store import Store
from routing.day import plan
from routing.dispatch import MOST_DOORS, Assignment, Order, assign, day_plan, doors, on_duty, plan_day
from routing.doorstep import AFTER_SCHOOL, DOORS_OPEN, starts
from routing.draft import drafted
from routing.errands import AT_SCHOOL
from routing.models import Visit
from routing.network import build
from routing.params import Budget
from routing.sources import travel_for
from routing.travel import StraightLine
from tests.fieldmap.ten import TEN, TODAY, TOWN, VILLAGE
from tests.routing.test_errands import SCHOOL, pupils

RULES = load()
SETTINGS = Settings(network=Path("no-such-network"))
TRAVEL = StraightLine.of(SETTINGS)
ZHOU = Actor("w1", "周敏", Role.SOCIAL_WORKER, Society.SOCIAL_WORKER, Sex.FEMALE, TOWN, "助理社会工作师")
LIU = Actor(
    "w2", "刘强", Role.SOCIAL_WORKER, Society.SOCIAL_WORKER, Sex.MALE, TOWN, travel_mode=TravelMode.WALK
)
CADRE = Actor("c1", "陈桂英", Role.VILLAGE_CADRE, Society.COMMUNITY, Sex.FEMALE, VILLAGE)
STATION = Site("s1", "安镇社工站", (SiteFunction.STATION,), TOWN, Position(116.931, 33.310))
BOOK = replace(TEN, actors={a.id: a for a in (ZHOU, LIU, CADRE)}, sites={"s1": STATION})
ORDER = Order(TODAY, TOWN, budget=Budget(1.0))


def assigned(book: Snapshot = BOOK, order: Order = ORDER) -> Assignment:
    return assign(book, RULES, order, TRAVEL, SETTINGS)


def visits(book: Snapshot = BOOK, order: Order = ORDER) -> dict[str, Visit]:
    return {v.id: v for v in assigned(book, order).problem.visits}


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    made = Store.create(tmp_path / "county.db", county=Division("990100000000", "安县", 2), salt="test")
    facts = [
        *BOOK.divisions.values(),
        *BOOK.grids.values(),
        *BOOK.sites.values(),
        *BOOK.actors.values(),
        *BOOK.households.values(),
        *BOOK.clients.values(),
        *BOOK.tags,
        *BOOK.exclusions,
        *BOOK.visits,
    ]
    made.facts.record(facts)
    yield made
    made.close()


def test_only_staff_on_duty_goes_on_routes() -> None:
    """Cadres visit from a list; a day of leave, or another township, is no duty."""
    assert [a.id for a in on_duty(BOOK, ORDER)] == ["w1", "w2"]
    away = replace(ZHOU, off_days=frozenset({TODAY}))
    assert [a.id for a in on_duty(replace(BOOK, actors={"w1": away, "w2": LIU}), ORDER)] == ["w2"]
    assert on_duty(BOOK, replace(ORDER, division_code="990101101000")) == []


def test_the_head_may_name_who_goes() -> None:
    """A cadre too, once each; somebody on leave or unknown is refused by name."""
    assert [a.id for a in on_duty(BOOK, replace(ORDER, actor_ids=("c1", "w1", "c1")))] == ["c1", "w1"]
    away = replace(BOOK, actors={"w1": replace(ZHOU, off_days=frozenset({TODAY}))})
    with pytest.raises(InputError, match="w1, w9"):
        on_duty(away, replace(ORDER, actor_ids=("w1", "w9")))


def test_one_visit_for_each_door_with_somebody_due() -> None:
    """Members of one household who are due are one stop; who is not open today is none."""
    found = visits()
    assert {v.client_ids for v in found.values()} == {("B",), ("C", "D"), ("F",), ("G",)}
    assert found["h-F"].location is None
    assert found["h-B"].location is not None


def test_the_time_at_a_door_follows_the_people_behind_it() -> None:
    """20 minutes for one, 10 more for a second, for a child and for somebody never met."""
    minutes = {key: v.service_s // 60 for key, v in visits().items()}
    assert minutes == {"h-B": 20, "h-CD": 30, "h-G": 30, "h-F": 30}


def test_a_pupil_is_met_after_school() -> None:
    """On a school day from 16:10 to 18:00; on Saturday and in the holidays when doors are open."""
    friday = visits()["h-G"].windows
    saturday = visits(order=replace(ORDER, day=date(2026, 3, 21)))["h-G"].windows
    july = visits(order=replace(ORDER, day=date(2026, 7, 3)))["h-G"].windows
    assert friday == ((16 * 3600 + 600, 17 * 3600 + 1800),)  # half an hour
    assert saturday == july == starts(DOORS_OPEN, 1800)
    assert len(saturday) == 2  # not in the noon rest


def test_a_child_needs_two_and_the_others_one() -> None:
    """Every way to crew the child's visit has two seats; one visitor may see B."""
    found = visits()
    assert {len(crew) for crew in found["h-G"].crews} == {2}
    assert 1 in {len(crew) for crew in found["h-B"].crews}


def test_the_households_own_worker_is_preferred_where_on_duty() -> None:
    """The responsible person of a client, if she goes that day."""
    duties = {"B": Responsibility("B", "w2"), "C": Responsibility("C", "c1")}
    found = visits(replace(BOOK, responsibilities=duties))
    assert (found["h-B"].preferred_worker, found["h-CD"].preferred_worker) == ("w2", None)


def test_the_roads_must_cover_the_doors_of_the_township() -> None:
    """Where the households of the station are, due or not: the door, else the way in; no other township's."""
    home = BOOK.households["h-B"]
    households = {
        "door": home,
        "way in": replace(home, id="way in", door=None, entry=Position(116.95, 33.33)),
        "nowhere": replace(home, id="nowhere", door=None, entry=None),
        "elsewhere": replace(home, id="elsewhere", division_code="990101101201"),
    }
    found = doors(replace(BOOK, households=households), ORDER)
    assert found == [home.door, Position(116.95, 33.33)]


def test_a_day_takes_the_mandatory_and_the_most_urgent_doors() -> None:
    """What is more than a day's problem takes waits with a reason, and is in no travel table."""
    everybody = assigned()
    few = assign(BOOK, RULES, ORDER, TRAVEL, SETTINGS, most=2)
    kept = {v.id for v in few.problem.visits}
    urgency = {v.id: (v.mandatory, v.urgency) for v in everybody.problem.visits if v.location is not None}
    assert kept == set(sorted(urgency, key=lambda key: urgency[key], reverse=True)[:2])
    assert {(left.visit_id, left.reason) for left in few.rest} == {
        *((key, "not_today") for key in urgency.keys() - kept),
        ("h-F", "no_coordinates"),
    }
    assert len(few.positions) == len(kept) + 1  # and the station
    assert (everybody.rest, few.dues) == ((), everybody.dues)


def test_who_waits_is_listed_in_the_plan_with_the_reason() -> None:
    """A plan of one door out of four lists the other three; nobody is dropped."""
    few = assign(BOOK, RULES, ORDER, TRAVEL, SETTINGS, most=1)
    made = day_plan(few, BOOK, ORDER, TRAVEL, created_by="head", at=datetime(2026, 3, 20, tzinfo=UTC))
    seen = {s.household_id for r in made.routes for s in r.stops}
    assert len(seen) == 1
    assert seen | {u.household_id for u in made.unplanned} == set(few.dues)
    waiting = [u for u in made.unplanned if u.code == "not_today"]
    assert len(waiting) == 2
    assert all(u.reason_en.startswith("Too many are due today") and u.client_ids for u in waiting)


def test_ten_thousand_doors_are_a_day_that_says_who_waits() -> None:
    """A thousand doors are planned for, nine thousand wait, each with its reason."""
    home, client = BOOK.households["h-B"], BOOK.clients["B"]
    tags = [tag for tag in BOOK.tags if tag.client_id == "B"]
    ids = [f"{i:05}" for i in range(10 * MOST_DOORS)]
    crowd = replace(
        BOOK,
        households={
            i: replace(home, id=i, door=Position(116.9 + int(i[:2]) / 1000, 33.3 + int(i[2:]) / 100_000))
            for i in ids
        },
        clients={i: replace(client, id=i, household_id=i) for i in ids},
        tags=tuple(replace(tag, client_id=i) for i in ids for tag in tags),
        visits=(),
    )
    found = assigned(crowd)
    assert len(found.problem.visits) == MOST_DOORS
    assert len(found.positions) <= MOST_DOORS + 1
    assert {left.reason for left in found.rest} == {"not_today"}
    assert {v.id for v in found.problem.visits} | {left.visit_id for left in found.rest} == set(ids)


def test_the_head_narrows_the_day() -> None:
    """Without some doors, or only some."""
    assert set(visits(order=replace(ORDER, without=frozenset({"h-B"})))) == {"h-CD", "h-F", "h-G"}
    assert set(visits(order=replace(ORDER, only=frozenset({"h-B", "h-A"})))) == {"h-B"}
    assert visits(order=replace(ORDER, division_code="990101101000")) == {}


def test_workers_start_at_the_station_or_at_home() -> None:
    """With their hours, their lunch where the day is long enough, and time kept free."""
    home = replace(ZHOU, starts_at_home=True, home=Position(116.94, 33.31))
    half = replace(LIU, hours=(time(13, 0), time(17, 0)))
    found = assigned(replace(BOOK, actors={"w1": home, "w2": half}))
    first, second = found.problem.workers
    assert first.start is not None
    assert second.start is not None
    assert found.positions[first.start] == home.home
    assert found.positions[second.start] == STATION.position
    assert first.lunch is not None
    assert second.lunch is None
    assert (first.hours, first.slack_s) == ((8 * 3600 + 1800, 17 * 3600 + 1800), 6480)
    assert (second.hours, second.mode) == ((13 * 3600, 17 * 3600), TravelMode.WALK)


def test_each_position_has_one_row_and_each_mode_a_table() -> None:
    """Two visits of one place share it; the tables are square over all places."""
    found = assigned()
    assert len(found.positions) == len(set(found.positions))
    assert set(found.problem.travel) == {TravelMode.EBIKE, TravelMode.WALK}
    for table in found.problem.travel.values():
        assert table.duration_s.shape == (len(found.positions), len(found.positions))
        assert np.all(np.diag(table.duration_s) == 0)


def test_a_plan_is_kept_as_a_draft_with_its_reasons(store: Store) -> None:
    """Stops carry dates only, in both languages; whoever is left out has the binding reason."""
    made = plan_day(store, RULES, replace(ORDER, actor_ids=("w1",)), TRAVEL, SETTINGS, created_by="head")
    assert store.plans.of_day(TODAY) == (made,)
    assert (made.state, made.created_by, made.engine) == (PlanState.DRAFT, "head", "ortools")
    assert made.travel_source.startswith("straight line")
    (route,) = made.routes
    assert {s.client_ids for s in route.stops} == {("B",), ("C", "D")}
    assert [s.seq for s in route.stops] == [1, 2]
    assert all(s.channel is Channel.DOOR and s.partner_ids == () for s in route.stops)
    b = next(s for s in route.stops if s.client_ids == ("B",))
    assert b.reason_zh == "上次见到 2 月 10 日,上次联系 3 月 10 日,3 月 31 日前应访。"
    assert b.reason_en == "Last seen 10 Feb, last reached 10 Mar, due by 31 Mar."
    assert "空巢" not in b.reason_zh
    assert {u.client_ids: u.code for u in made.unplanned} == {
        ("F",): "no_coordinates",
        ("G",): "needs_two_people",
    }
    left = next(u for u in made.unplanned if u.client_ids == ("G",))
    assert left.reason_zh.startswith("需要两人同行")
    assert left.reason_en.startswith("Needs two people")


def test_two_workers_see_the_child_together(store: Store) -> None:
    """The stop stands on both routes, at the same time, each naming the other."""
    made = plan_day(store, RULES, ORDER, TRAVEL, SETTINGS, created_by="head")
    together = [(r.actor_id, s) for r in made.routes for s in r.stops if s.client_ids == ("G",)]
    assert sorted(actor for actor, _ in together) == ["w1", "w2"]
    assert len({s.start_s for _, s in together}) == 1
    assert all(s.partner_ids == tuple({"w1", "w2"} - {actor}) for actor, s in together)


def test_pupils_of_one_school_are_one_visit_and_a_stop_each(store: Store) -> None:
    """Two visitors go to the school once; each child has a stop of her own there, in her own household."""
    store.facts.record(list(school_day_facts()))
    made = plan_day(store, RULES, ORDER, TRAVEL, SETTINGS, created_by="head")
    for route in made.routes:
        met = [s for s in route.stops if s.site_id == SCHOOL.id]
        assert {s.household_id for s in met} == {"h-G", "h-P1", "h-P2"}
        assert [s.travel_s > 0 for s in met] == [True, False, False]
        assert all(a.depart_s == b.start_s for a, b in pairwise(met))
    assert not [u for u in made.unplanned if u.household_id in ("h-G", "h-P1", "h-P2")]
    nobody = plan_day(store, RULES, replace(ORDER, actor_ids=("w1",)), TRAVEL, SETTINGS, created_by="head")
    alone = {u.household_id: u.code for u in nobody.unplanned if u.household_id in ("h-G", "h-P1", "h-P2")}
    assert alone == dict.fromkeys(("h-G", "h-P1", "h-P2"), "needs_two_people")


def test_every_stop_of_a_plan_ends_while_its_door_is_open(store: Store) -> None:
    """At home, after school and at school: nobody is still there at noon rest or in the lesson."""
    store.facts.record(list(school_day_facts()))
    made = plan_day(store, RULES, ORDER, TRAVEL, SETTINGS, created_by="head")
    stops = [stop for route in made.routes for stop in route.stops]
    assert {stop.site_id for stop in stops} == {SCHOOL.id, ""}
    for stop in stops:
        hours = AT_SCHOOL if stop.site_id else (*DOORS_OPEN, *AFTER_SCHOOL)
        assert any(begin <= stop.start_s and stop.depart_s <= end for begin, end in hours)


def school_day_facts() -> Iterator[Client | Household | Site | Tag]:
    """Yield two more children of G's school, and the school."""
    book = pupils(3, base=BOOK)
    yield from (book.clients[key] for key in ("G", "P1", "P2"))
    yield from (book.households[key] for key in ("h-P1", "h-P2"))
    yield from (tag for tag in book.tags if tag.client_id in ("P1", "P2"))
    yield SCHOOL


def test_who_may_be_called_is_called_from_the_desk_of_somebody_on_office_duty(store: Store) -> None:
    """C and D have a number and want a contact: a call of whoever sits at the desk, who goes to no door."""
    phoned = [replace(BOOK.clients[key], phone="19900000001") for key in "CD"]
    store.facts.record([*phoned, replace(ZHOU, desk_days=frozenset({TODAY}))])
    made = plan_day(store, RULES, ORDER, TRAVEL, SETTINGS, created_by="head")
    calls = [(r.actor_id, s) for r in made.routes for s in r.stops if s.channel is Channel.PHONE]
    ((caller, call),) = calls
    assert (caller, call.client_ids, call.household_id) == ("w1", ("C", "D"), "h-CD")
    assert (call.travel_s, call.travel_m, call.arrive_s) == (0, 0, call.start_s)
    assert call.depart_s - call.start_s == 15 * 60
    desk = next(r for r in made.routes if r.actor_id == "w1")
    assert [s.channel for s in desk.stops] == [Channel.PHONE]
    doors = plan_day(store, RULES, replace(ORDER, calls=False), TRAVEL, SETTINGS, created_by="head")
    assert not [s for r in doors.routes for s in r.stops if s.channel is Channel.PHONE]


def test_the_doors_of_a_route_are_numbered_before_its_calls() -> None:
    """The first door is number 1 also where a call is made before leaving."""
    phoned = {key: replace(BOOK.clients[key], phone="19900000001") for key in "CD"}
    book = replace(BOOK, clients={**BOOK.clients, **phoned})
    found = assigned(book, replace(ORDER, actor_ids=("w1",)))
    made = plan(found.problem, Budget(0))
    (route,) = made.routes
    (call,) = route.calls
    early = replace(route, calls=(replace(call, start=route.depart - 900, end=route.depart),))
    draft = drafted(
        found,
        replace(made, routes=(early,)),
        TRAVEL,
        book,
        day=TODAY,
        division_code=TOWN,
        created_by="head",
        at=datetime(2026, 3, 20, tzinfo=UTC),
    )
    first, second = draft.routes[0].stops
    assert [(s.seq, s.channel) for s in (first, second)] == [(1, Channel.DOOR), (2, Channel.PHONE)]
    assert second.start_s < first.start_s


def test_who_must_be_visited_comes_first_among_those_left_out() -> None:
    """With nobody on duty the mandatory doors head the list, whatever else they are."""
    nobody = replace(ORDER, actor_ids=())
    found = assigned(order=nobody)
    first = found.problem.visits[-1].id
    must = {first: tuple(replace(item, mandatory=True) for item in found.dues[first])}
    dues = {key: tuple(replace(item, mandatory=False) for item in items) for key, items in found.dues.items()}
    pressed = replace(found, dues={**dues, **must})
    made = day_plan(pressed, BOOK, nobody, TRAVEL, created_by="head", at=datetime(2026, 3, 20, tzinfo=UTC))
    assert len(made.unplanned) > 1
    assert made.unplanned[0].household_id == first


def test_without_anybody_on_duty_everybody_is_left_out(store: Store) -> None:
    """An empty crew is a plan without routes and with a reason for each door."""
    nobody = replace(ORDER, actor_ids=())
    made = plan_day(store, RULES, nobody, TRAVEL, SETTINGS, created_by="head")
    assert made.routes == ()
    assert {u.code for u in made.unplanned} <= {"no_workers", "no_coordinates"}
    assert sum(len(u.client_ids) for u in made.unplanned) == 5


@pytest.mark.parametrize(
    ("book", "order", "left"),
    [
        pytest.param(
            replace(
                BOOK, households={k: replace(h, door=None, entry=None) for k, h in BOOK.households.items()}
            ),
            ORDER,
            {"no_coordinates": 4},
            id="nobody knows where any door is",
        ),
        pytest.param(
            replace(BOOK, actors={}), ORDER, {"no_workers": 3, "no_coordinates": 1}, id="nobody on duty"
        ),
        pytest.param(replace(BOOK, clients={}), ORDER, {}, id="nobody due"),
        pytest.param(BOOK, replace(ORDER, budget=Budget(0)), {"no_coordinates": 1}, id="no time to search"),
        pytest.param(
            replace(BOOK, actors={"w1": replace(ZHOU, hours=(time(19), time(22)))}),
            ORDER,
            {"no_time_window": 2, "needs_two_people": 1, "no_coordinates": 1},
            id="work only at night",
        ),
        pytest.param(
            replace(BOOK, actors={"w1": replace(ZHOU, hours=(time(9), time(9)))}),
            ORDER,
            {"no_time_window": 2, "needs_two_people": 1, "no_coordinates": 1},
            id="a day of no length",
        ),
    ],
)
def test_a_day_that_cannot_be_kept_is_a_plan_with_reasons(
    book: Snapshot, order: Order, left: dict[str, int]
) -> None:
    """However little can be done, everybody who is due is at a stop or left out with the reason."""
    found = assigned(book, order)
    made = day_plan(found, book, order, TRAVEL, created_by="head", at=datetime(2026, 3, 20, tzinfo=UTC))
    assert Counter(u.code for u in made.unplanned) == left
    seen = {s.household_id for r in made.routes for s in r.stops}
    assert seen | {u.household_id for u in made.unplanned} == set(found.dues)


def test_the_same_seed_gives_the_same_plan(store: Store) -> None:
    """Routes do not depend on when or how often they were asked for."""
    first, second = (
        plan_day(store, RULES, replace(ORDER, seed=7), TRAVEL, SETTINGS, created_by="head") for _ in range(2)
    )

    def shape(plan: object) -> list[list[tuple[str, int]]]:
        return [[(s.household_id, s.start_s) for s in r.stops] for r in plan.routes]  # type: ignore[attr-defined]

    assert shape(first) == shape(second)
    assert store.plans.of_day(TODAY) == (second,)  # the earlier draft is replaced


def test_a_route_keeps_the_seconds_between_its_places(store: Store) -> None:
    """The start and each door in their order; what the plan says of a leg is what the table says."""
    made = plan_day(store, RULES, ORDER, TRAVEL, SETTINGS, created_by="head")
    assert store.plans.get(made.id) == made
    for route in made.routes:
        doors = [stop for stop in route.stops if stop.channel is Channel.DOOR]
        assert [len(line) for line in route.seconds] == [len(doors) + 1] * (len(doors) + 1) * bool(doors)
        assert [stop.travel_s for stop in doors] == [route.seconds[i][i + 1] for i in range(len(doors))]
    assert any(route.seconds for route in made.routes)


def in_town(place: Position | None) -> Position | None:
    """Return a place moved into the streets of the made township."""
    return place and Position(place.lon - 0.033, place.lat - 0.010)


def test_a_plan_on_roads_leads_to_every_door(store: Store, tmp_path: Path) -> None:
    """Each door has lines that end there, a call has none, the last ones lead back; kept with the plan.

    At the school only the first child has a way; the others are there already.
    """
    file = Path(sample_data.__file__).parent / "township" / "township.osm.pbf"
    roads = build(file, tmp_path / "network", [TravelMode.WALK, TravelMode.EBIKE], quick=True)
    houses = [h for h in BOOK.households.values() if h.door is not None]
    store.facts.record(list(school_day_facts()))
    store.facts.record([replace(h, door=in_town(h.door)) for h in houses])
    store.facts.record([replace(site, position=in_town(site.position)) for site in (STATION, SCHOOL)])
    store.facts.record([replace(BOOK.clients[key], phone="19900000001") for key in "CD"])
    made = plan_day(store, RULES, ORDER, roads, SETTINGS, created_by="head")
    assert store.plans.get(made.id) == made
    routes = [route for route in made.routes if route.turns]
    for route in routes:
        doors = [stop.id for stop in route.stops if stop.channel is Channel.DOOR]
        assert list(dict.fromkeys(turn.stop_id for turn in route.turns)) == [*doors, ""]
        ends = {turn.stop_id: turn.then for turn in route.turns}
        assert {then.split()[0] for then in ends.values()} == {"arrive"}
        _, *there = [stop.id for stop in route.stops if stop.site_id == SCHOOL.id]
        assert [turn.way for turn in route.turns if turn.stop_id in there] == ["here", "here"]
    assert {stop.channel for route in routes for stop in route.stops} == {Channel.DOOR, Channel.PHONE}
    assert sum(len(route.turns) for route in routes) > len(made.routes)


def test_without_a_network_the_way_is_a_straight_line(tmp_path: Path) -> None:
    """It says so; a folder that is no network is an error, not a straight line."""
    settings = replace(SETTINGS, network=tmp_path / "none")
    assert isinstance(travel_for(settings, []), StraightLine)
    (tmp_path / "none").mkdir()
    with pytest.raises(RoadError) as empty:
        travel_for(settings, [])
    assert empty.value.code == "road.none"
