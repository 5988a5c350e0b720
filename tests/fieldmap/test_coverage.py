"""Coverage: every measure on the ten people, and the identities on any."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from datetime import date, timedelta

import numpy as np
import pytest
import shapely
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from fieldmap.counts import Base, Persons, Rate, activity
from fieldmap.coverage import (
    Coverage,
    contact_rate,
    count,
    frame,
    in_person_share,
    load_per_owner,
    measures,
    split,
)
from fieldmap.datum import Datum, from_wgs84
from fieldmap.errors import InputError
from fieldmap.models import (
    Channel,
    Client,
    Division,
    Event,
    Exclusion,
    ExclusionReason,
    Grid,
    Household,
    Outcome,
    Position,
    Responsibility,
    Role,
    Snapshot,
    Society,
    Tag,
)
from fieldmap.periods import Period
from fieldmap.rules import load
from fieldmap.states import State, open_needs, states
from tests.fieldmap.ten import GRID_1, GRID_2, TEN, TODAY, VILLAGE, visit, with_visits

RULES = load()
MARCH = Period.month(TODAY)


def march(snapshot: Snapshot = TEN, today: date = TODAY) -> Coverage:
    """Return the measures of March."""
    return measures(snapshot, RULES, MARCH, today)


def state(client_id: str, snapshot: Snapshot = TEN, period: Period = MARCH, today: date = TODAY) -> State:
    """Return how one person stands."""
    return next(row for row in states(snapshot, RULES, period, today) if row.client_id == client_id)


def test_ten_people() -> None:
    """Due 7, contacted 3: 42.9 %, with everything that stands beside it."""
    total = march().total
    assert (total.people, total.due, total.contacted) == (10, 7, 3)
    assert str(total.contact_rate) == "3/7 = 42.9 %"
    assert str(total.in_person_share) == "1/3 = 33.3 %"
    assert total.excluded == {ExclusionReason.HOSPITAL: 1, ExclusionReason.REFUSED: 1}
    assert total.contact_rate.excluded == total.excluded
    assert (total.without_rule, total.never_contacted, total.no_coordinates) == (1, 1, 1)
    assert (total.overdue, total.overdue_days) == (1, 3)


def test_one_door_visit_to_c_and_d() -> None:
    """One saved visit to a couple: 5/7 = 71.4 %, 1 household, 2 persons, 2 person-times more."""
    before, after = march().total, march(with_visits(visit("CD", TODAY))).total
    assert str(after.contact_rate) == "5/7 = 71.4 %"
    assert str(after.in_person_share) == "3/5 = 60.0 %"
    assert after.activity.household_times - before.activity.household_times == 1
    assert after.activity.households - before.activity.households == 1
    assert after.activity.persons - before.activity.persons == 2
    assert after.activity.person_times - before.activity.person_times == 2


def test_nobody_due_is_not_100_percent() -> None:
    """A rate of nobody says so, in words that fit, and has no share."""
    nobody = Rate(Persons(0), Persons(0))
    assert nobody.share is None
    assert (nobody.text("zh-CN"), nobody.text("en")) == ("无应访对象", "nobody due")
    assert Rate(Persons(0), Persons(0), of=Base.CONTACTED).text("en") == "nobody contacted"


def test_grid_rows_add_up_with_and_without_polygon() -> None:
    """The grid without polygon has its row, and the rows add up to the total."""
    coverage = march()
    by_code = {row.code: row for row in coverage.grids}
    assert list(by_code) == [GRID_1, GRID_2]
    assert (by_code[GRID_1].drawn, by_code[GRID_2].drawn) == (True, False)
    assert str(by_code[GRID_2].figures.contact_rate) == "0/2 = 0.0 %"
    assert sum(row.figures.due for row in coverage.grids) == coverage.total.due
    assert sum(row.figures.people for row in coverage.grids) == 10


def test_outside_all_grids_has_a_row() -> None:
    """A door outside all grids is counted in a row of its own, and named."""
    away = replace(TEN.households["h-A"], door=Position(117.5, 33.5))
    coverage = march(replace(TEN, households={**TEN.households, "h-A": away}))
    assert coverage.grids[-1].code is None
    assert coverage.grids[-1].figures.due == 1
    assert [issue.code for issue in coverage.issues] == ["grid.outside"]


def test_empty_month_and_grid() -> None:
    """A county without anybody has zero rows for its grids and no rate."""
    coverage = march(replace(TEN, clients={}, households={}, visits=(), tags=(), exclusions=()))
    assert [row.figures.people for row in coverage.grids] == [0, 0]
    assert coverage.total.contact_rate.text("en") == "nobody due"


def test_frame_is_one_row_for_each_grid() -> None:
    """The frame is in WGS-84, has a row without geometry, and the same figures."""
    table = frame(march())
    assert table.crs.to_epsg() == 4326
    assert list(table["grid"]) == [GRID_1, GRID_2]
    assert table.geometry[0].equals(shapely.box(116.92, 33.30, 116.95, 33.32))
    assert table.geometry[1] is None
    assert int(table["due"].sum()) == 7
    assert list(table["rate_text"]) == ["3/5 = 60.0 %", "0/2 = 0.0 %"]


def test_a_quarter_rule_is_due_in_the_quarters_last_month() -> None:
    """低保 C is due in March, not in January, and not in March after a contact in February."""
    j = replace(TEN, tags=(Tag("t", "J", "低保", "C"),))
    january = Period.month(date(2026, 1, 1))
    assert not state("J", j, january, date(2026, 1, 31)).due
    assert state("J", j).due
    assert not state("J", with_visits(visit("J", date(2026, 2, 3)), base=j)).due
    assert state("J", with_visits(visit("J", date(2025, 12, 31)), base=j)).due
    assert state("J", with_visits(visit("J", date(2026, 2, 3)), base=j), Period.quarter(TODAY)).contacted


def test_a_long_interval_is_due_in_the_month_of_its_deadline() -> None:
    """A rule of 90 days is due where last contact + 90 falls in the month or before."""
    j = replace(TEN, tags=(Tag("t", "J", "精神障碍", "0"),))
    for last, due in ((date(2025, 12, 31), True), (date(2026, 1, 1), False), (date(2025, 11, 1), True)):
        assert state("J", with_visits(visit("J", last), base=j)).due is due


def test_a_short_interval_is_due_every_month() -> None:
    """A rule of 30 days is due in February even after a contact on 31 January."""
    j = replace(TEN, tags=(Tag("t", "J", "精神障碍", "1"),))
    after = with_visits(visit("J", date(2026, 1, 31)), base=j)
    assert state("J", after, Period.month(date(2026, 2, 1)), date(2026, 2, 28)).due


def test_contacted_by_the_rule_with_the_shortest_interval() -> None:
    """F phoned in March is contacted by the monthly rule, though the quarterly one asks for the door."""
    assert state("F", with_visits(visit("F", TODAY, Channel.PHONE))).contacted
    d1_only = replace(TEN, tags=(Tag("t", "J", "残疾", "1"),))
    assert not state("J", with_visits(visit("J", TODAY, Channel.PHONE), base=d1_only)).contacted
    assert state("J", with_visits(visit("J", TODAY), base=d1_only)).contacted


def test_whose_contact_does_not_count() -> None:
    """A contact by somebody whom the rule does not count is activity and no contact of the rate."""
    rules = load({"rule": [{"id": "E2", "roles": ["village_cadre"]}]})
    snapshot = with_visits(visit("CD", TODAY, role=Role.VOLUNTEER))
    total = measures(snapshot, rules, MARCH, TODAY).total
    assert total.activity.household_times == 4
    assert total.contacted < march(snapshot).total.contacted


@pytest.mark.parametrize(("day", "due"), [(date(2026, 3, 1), True), (date(2026, 3, 2), False)])
def test_exclusion_removes_only_who_was_not_contacted_before(day: date, due: bool) -> None:
    """E seen on the day before hospital stays due and contacted; seen on that day or later, not."""
    e = state("E", with_visits(visit("E", day)))
    assert (e.due, e.contacted) == (due, due)
    assert e.excluded is (None if due else ExclusionReason.HOSPITAL)


def test_exclusion_that_is_over_counts_nobody_out() -> None:
    """E back home by today is due; in a look back at 10 March, E is excluded."""
    stay = Exclusion("x", "E", ExclusionReason.HOSPITAL, date(2026, 3, 2), date(2026, 3, 15))
    back = replace(TEN, exclusions=(stay,))
    assert state("E", back).due
    assert state("E", back, today=date(2026, 3, 10)).excluded is ExclusionReason.HOSPITAL


def test_who_left_after_a_contact_counts_in_both() -> None:
    """A seen on 18 March and gone on the 19th is due and contacted; B's call does the same; C is gone."""

    def gone(name: str) -> Snapshot:
        client = replace(TEN.clients[name], valid_to=date(2026, 3, 19))
        return replace(TEN, clients={**TEN.clients, name: client})

    assert (march(gone("A")).total.due, march(gone("A")).total.contacted) == (7, 3)
    assert (march(gone("C")).total.due, march(gone("C")).total.contacted) == (6, 3)
    april = measures(gone("A"), RULES, Period.month(date(2026, 4, 1)), date(2026, 4, 30))
    assert april.total.people == 9


def test_a_visit_counts_on_its_day() -> None:
    """A visit of 30 March is in March however late it comes, and in no other month."""
    late = with_visits(visit("C", date(2026, 3, 30)))
    assert march(late, date(2026, 4, 3)).total.contacted == 4
    assert march(late, TODAY).total.contacted == 3
    april = measures(late, RULES, Period.month(date(2026, 4, 1)), date(2026, 4, 3))
    assert april.total.activity.household_times == 0


def test_events_do_not_touch_the_rate() -> None:
    """A discharge makes a visit urgent and the rate stays as the notice defines it."""
    happened = replace(TEN, events=(Event("e", "J", "hospital_discharge", TODAY),))
    assert march(happened).total == march().total


def test_owners_and_their_load() -> None:
    """Three of the seven have an owner; the other four are counted as without."""
    owned = replace(
        TEN, responsibilities={c: Responsibility(c, "w1") for c in "ABEJ"} | {"C": Responsibility("C", "w2")}
    )
    coverage = march(owned)
    assert coverage.load == {"w1": 2, "w2": 1}
    assert coverage.total.no_owner == 4
    assert sum(load_per_owner(coverage.rows).values()) + coverage.total.no_owner == coverage.total.expected


def test_urban_and_rural_add_up() -> None:
    """The village is rural; as an urban community the same figures are on the other side."""
    assert (march().urban.due, march().rural.due) == (0, 7)
    town = replace(TEN, divisions={VILLAGE: Division(VILLAGE, "安家社区", 4, urban=True)})
    assert (march(town).urban.due, march(town).rural.due) == (7, 0)


def test_open_needs() -> None:
    """A need is open from the first visit that lists it until a contact that does not."""
    visits = (
        replace(visit("CD", date(2026, 2, 1)), needs=("meals", "repair")),
        replace(visit("CD", date(2026, 2, 20)), needs=("meals",)),
        replace(visit("CD", date(2026, 3, 1), outcome=Outcome.NOBODY)),
    )
    found = open_needs(visits, TODAY)
    assert [(need.code, need.since, need.days(TODAY)) for need in found] == [("meals", date(2026, 2, 1), 47)]
    assert march(replace(TEN, visits=visits)).total.open_needs == 1
    assert march(replace(TEN, visits=visits), date(2026, 3, 3)).total.open_needs == 0


def test_activity_never_mixes_households_persons_and_times() -> None:
    """A couple visited twice and an attempt: 2 household-times, 1 household, 2 persons, 4 person-times."""
    twice = [
        visit("CD", date(2026, 3, 1)),
        replace(visit("CD", TODAY), societies=(Society.VOLUNTEER, Society.CHARITY)),
    ]
    done = activity([*twice, visit("A", TODAY, outcome=Outcome.NOBODY)])
    assert (done.household_times, done.households, done.persons, done.person_times) == (2, 1, 2, 4)
    assert done.attempts == 1
    assert done.by_channel == {Channel.DOOR: 2}
    assert done.by_society == {Society.SOCIAL_WORKER: 1, Society.VOLUNTEER: 1, Society.CHARITY: 1}


@pytest.mark.parametrize("text", ["2026-03", "2026-Q1", "2026", "2026-03-01..2026-03-15"])
def test_period_reads_back(text: str) -> None:
    """Every way to write a period reads back as itself."""
    assert str(Period.parse(text)) == text


@pytest.mark.parametrize(
    "text", ["", "2026-13", "2026-Q5", "March", "2026-03-02..2026-03-01", "2026-02-30..2026-03-01"]
)
def test_period_refuses(text: str) -> None:
    """What is no period is refused with what is allowed."""
    with pytest.raises(InputError):
        Period.parse(text)


def _block(name: str, people: int, grid: str | None, corner: Position, seen: int, before: int) -> Snapshot:
    """Return elders living in a row of doors; some were seen this month, some were last month."""
    ids = [f"{name}{n}" for n in range(people)]
    doors = [Position(corner.lon + 0.0004 * n, corner.lat) for n in range(people)]
    made = [(i, TODAY) for i in ids[:seen]] + [(i, date(2026, 2, 10)) for i in ids[:before]]
    return Snapshot(
        households={i: Household(i, VILLAGE, "", "", grid, d) for i, d in zip(ids, doors, strict=True)},
        clients={i: Client(i, i, "", birth_date=date(1955, 1, 1)) for i in ids},
        tags=tuple(Tag(i, i, "空巢") for i in ids),
        visits=tuple(
            replace(visit("A", day), id=f"{i}{day}", household_id=i, client_ids=(i,)) for i, day in made
        ),
    )


def test_the_naive_map_and_the_honest_one() -> None:
    """Polygons alone say 15/16; with the list, the shifted grid and the outside it is 16/22 = 72.7 %."""
    square = shapely.box(116.92, 33.30, 116.93, 33.31)
    true_third = shapely.box(116.96, 33.30, 116.97, 33.31)
    third = shapely.transform(
        true_third, lambda xy: np.column_stack(from_wgs84(xy[:, 0], xy[:, 1], Datum.GCJ02))
    )
    blocks = (
        _block("a", 10, "G1", Position(116.921, 33.305), seen=9, before=10),
        _block("b", 4, "G2", Position(116.94, 33.305), seen=0, before=1),
        _block("c", 6, "G3", Position(116.9605, 33.3095), seen=6, before=0),
        _block("d", 2, None, Position(117.20, 33.50), seen=1, before=0),
    )
    grids = {
        "G1": Grid("G1", "一", VILLAGE, square.wkb),
        "G2": Grid("G2", "二", VILLAGE),
        "G3": Grid("G3", "三", VILLAGE, third.wkb),
    }
    county = Snapshot(
        grids=grids,
        households={k: v for block in blocks for k, v in block.households.items()},
        clients={k: v for block in blocks for k, v in block.clients.items()},
        tags=tuple(tag for block in blocks for tag in block.tags),
        visits=tuple(sorted((v for block in blocks for v in block.visits), key=lambda v: v.day)),
    )
    coverage = march(county)
    assert [(row.code, str(row.figures.contact_rate)) for row in coverage.grids] == [
        ("G1", "9/10 = 90.0 %"),
        ("G2", "0/4 = 0.0 %"),
        ("G3", "6/6 = 100.0 %"),
        (None, "1/2 = 50.0 %"),
    ]
    assert str(coverage.total.contact_rate) == "16/22 = 72.7 %"
    assert coverage.grids[1].figures.never_contacted == 3
    named = {(issue.code, issue.value) for issue in coverage.issues}
    assert named == {("grid.gcj02", "G3"), ("grid.outside", "d0"), ("grid.outside", "d1")}


TAGS = ("独居", "残疾", "低保", "特困", "困境儿童", "精神障碍", "低保边缘")


@st.composite
def towns(draw: st.DrawFn) -> Snapshot:
    """Draw a few households with people, tags, visits and exclusions around March 2026."""
    days = st.integers(-100, 30).map(lambda n: TODAY + timedelta(days=n))
    households, clients, tags, visits, exclusions = {}, {}, [], [], []
    for h in range(draw(st.integers(1, 4))):
        door = draw(st.sampled_from([None, Position(116.93, 33.31), Position(117.5, 33.5)]))
        house = Household(f"h{h}", VILLAGE, "", "", draw(st.sampled_from([None, GRID_1, GRID_2])), door)
        households[house.id] = house
        for c in range(draw(st.integers(1, 3))):
            born = date(draw(st.integers(1935, 2020)), 5, 5)
            left = draw(st.none() | days)
            client = Client(f"h{h}c{c}", house.id, "", birth_date=born, valid_to=left)
            clients[client.id] = client
            tags += [
                Tag(f"{client.id}{t}", client.id, t, "1")
                for t in draw(st.sets(st.sampled_from(TAGS), max_size=2))
            ]
            if draw(st.booleans()):
                exclusions.append(
                    Exclusion(client.id, client.id, draw(st.sampled_from(ExclusionReason)), draw(days))
                )
        members = tuple(i for i in clients if i.startswith(house.id))
        for v in range(draw(st.integers(0, 4))):
            made = replace(
                visit("A", draw(days), draw(st.sampled_from(Channel)), draw(st.sampled_from(Outcome)))
            )
            visits.append(replace(made, id=f"{house.id}v{v}", household_id=house.id, client_ids=members))
    return replace(
        TEN,
        households=households,
        clients=clients,
        tags=tuple(tags),
        exclusions=tuple(exclusions),
        visits=tuple(sorted(visits, key=lambda v: v.day)),
    )


PERIODS = st.sampled_from([MARCH, Period.quarter(TODAY), Period(date(2026, 3, 5), date(2026, 3, 12))])


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(town=towns(), period=PERIODS)
def test_identities(town: Snapshot, period: Period) -> None:
    """In any town met ≤ contacted ≤ due ≤ people, and every split adds up to the total."""
    coverage = measures(town, RULES, period, TODAY)
    total = coverage.total
    assert total.in_person <= total.contacted <= total.due
    assert total.due + total.excluded_total + total.without_rule <= total.people
    assert max(total.never_contacted, total.no_coordinates, total.overdue, total.no_owner) <= total.expected
    assert total.activity.persons <= total.activity.person_times
    assert total.activity.households <= total.activity.household_times
    assert sum(total.activity.by_channel.values()) == total.activity.household_times
    by_house = split(count(town, RULES, period, TODAY), lambda house: house)
    for name in (
        "people",
        "due",
        "contacted",
        "in_person",
        "expected",
        "never_contacted",
        "overdue",
        "open_needs",
    ):
        value = getattr(total, name)
        assert sum(getattr(row.figures, name) for row in coverage.grids) == value
        assert getattr(coverage.urban, name) + getattr(coverage.rural, name) == value
        assert sum(getattr(part, name) for part in by_house.values()) == value
    assert contact_rate(coverage.rows) == total.contact_rate
    assert in_person_share(coverage.rows) == total.in_person_share


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(town=towns(), who=st.integers(0, 20), day=st.integers(-60, 0))
def test_excluding_never_raises_a_count(town: Snapshot, who: int, day: int) -> None:
    """One more exclusion raises neither due nor contacted, whomever and whenever it hits."""
    client = sorted(town.clients)[who % len(town.clients)]
    more = Exclusion("more", client, ExclusionReason.AWAY, TODAY + timedelta(days=day))
    before = march(replace(town, exclusions=tuple(e for e in town.exclusions if e.client_id != client))).total
    after = march(
        replace(town, exclusions=(*(e for e in town.exclusions if e.client_id != client), more))
    ).total
    assert after.due <= before.due
    assert after.contacted <= before.contacted
    assert after.people == before.people


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(town=towns())
def test_contacted_the_plain_way(town: Snapshot) -> None:
    """For the monthly rules a count over visits alone gives the same persons contacted."""
    rules = load({"rule": [{"id": r.id, "preset": "off"} for r in RULES.rules if r.id != "E2"]})
    rows = states(replace(town, exclusions=()), rules, MARCH, TODAY)
    reached: Counter[str] = Counter()
    for made in town.visits:
        if made.outcome is Outcome.SEEN and MARCH.start <= made.day <= TODAY:
            for client in made.client_ids:
                left = town.clients[client].valid_to
                reached[client] += left is None or made.day <= left
    due = {row.client_id for row in rows if row.due}
    assert {row.client_id for row in rows if row.contacted} == {c for c in due if reached[c]}
