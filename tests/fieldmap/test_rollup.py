"""Roll-up: the figure that goes upward, without names and without small counts."""

from __future__ import annotations

import csv
import io
import json
import random
from dataclasses import replace
from datetime import date

import pytest

from fieldmap.coverage import measures
from fieldmap.errors import InputError
from fieldmap.models import Client, Division, Household, Snapshot, Tag, Visit
from fieldmap.periods import Period
from fieldmap.rollup import (
    ACTIVITY,
    PERSONS,
    Rollup,
    beside,
    headings,
    linear,
    published,
    records,
    released,
    roll_up,
    to_csv,
    to_json,
)
from fieldmap.rules import load
from fieldmap.suppression import Relation, recoverable
from tests.fieldmap.ten import COUNTY, TEN, TODAY, TOWN, VILLAGE, visit, with_visits

RULES = load()
MARCH = Period.month(TODAY)


def county(people: dict[str, int], contacted: float = 0.5, seed: int = 1) -> Snapshot:
    """Return a county with so many elders in each village, of whom a share was seen this month."""
    chance = random.Random(seed)
    divisions = {COUNTY: Division(COUNTY, "安县", 2)}
    households: dict[str, Household] = {}
    clients: dict[str, Client] = {}
    tags: list[Tag] = []
    visits: list[Visit] = []
    for code, number in people.items():
        town = f"{code[:9]}000"
        divisions[town] = Division(town, f"镇{town[6:9]}", 3, COUNTY)
        divisions[code] = Division(code, f"村{code[-3:]}", 4, town)
        for n in range(number):
            key = f"{code}-{n}"
            households[key] = Household(key, code, "", "")
            clients[key] = Client(key, key, "某某", birth_date=date(1950, 1, 1))
            tags.append(Tag(key, key, "空巢" if chance.random() < 0.9 else "低保边缘"))
            if chance.random() < contacted:
                made = replace(visit("A", TODAY), id=key, household_id=key, client_ids=(key,))
                visits.append(made)
    return Snapshot(
        divisions=divisions, households=households, clients=clients, tags=tuple(tags), visits=tuple(visits)
    )


def table(snapshot: Snapshot = TEN) -> Rollup:
    """Return the exact table of March."""
    return roll_up(snapshot, RULES, MARCH, TODAY)


def test_ten_people_in_every_tier() -> None:
    """Village, town and county say 3 of 7, with what stands beside it."""
    for code in (VILLAGE, TOWN, COUNTY):
        row = table()[code]
        assert row.rate == 3 / 7
        persons = {name: value for name, value in row.persons.items() if value}
        assert persons == {
            "people": 10,
            "due": 7,
            "contacted": 3,
            "in_person": 1,
            "excluded": 2,
            "excluded_hospital": 1,
            "excluded_refused": 1,
            "without_rule": 1,
            "never_contacted": 1,
            "no_coordinates": 1,
            "no_owner": 7,
            "overdue": 1,
        }


def test_one_saved_visit() -> None:
    """One door visit to C and D is 5 of 7, one household-time and two person-times more."""
    before, after = table()[COUNTY], table(with_visits(visit("CD", TODAY)))[COUNTY]
    assert after.rate == 5 / 7
    grown = {name for name in ACTIVITY if after.activity[name] != before.activity[name]}
    assert grown == {
        "household_times",
        "person_times",
        "channel_door",
        "domain_elderly",
        "society_social_worker",
    }
    assert after.activity["household_times"] - before.activity["household_times"] == 1
    assert after.activity["person_times"] - before.activity["person_times"] == 2


def test_same_figures_as_coverage() -> None:
    """The county's row has the figures of the coverage page."""
    total, row = measures(TEN, RULES, MARCH, TODAY).total, table()[COUNTY]
    for name in ("people", "due", "contacted", "in_person", "without_rule", "never_contacted", "no_owner"):
        assert row.persons[name] == getattr(total, name)


def test_parts_add_up_to_totals() -> None:
    """A household at the town and one in an unknown division have rows of their own; all adds up."""
    moved = {
        "h-A": replace(TEN.households["h-A"], division_code=TOWN),
        "h-B": replace(TEN.households["h-B"], division_code="?"),
    }
    whole = table(replace(TEN, households={**TEN.households, **moved}))
    assert [row.code for row in whole.rows] == ["0", COUNTY, TOWN, f"{TOWN}-0", VILLAGE]
    for name in PERSONS:
        assert whole[TOWN].persons[name] == sum(whole[c].persons[name] or 0 for c in (f"{TOWN}-0", VILLAGE))
    assert (whole["0"].persons["people"], whole[COUNTY].persons["people"]) == (1, 9)


def test_villages_of_3_and_12_are_both_withheld() -> None:
    """Under a town of 15 neither village is shown, and the town's total is."""
    small, large, other = f"{TOWN[:9]}201", f"{TOWN[:9]}202", "990102100201"
    tags = county({small: 3, large: 12, other: 60}, contacted=0)
    exact = table(replace(tags, tags=tuple(replace(t, name="空巢") for t in tags.tags)))
    shown = published(exact)
    assert exact[TOWN].persons["due"] == 15
    assert shown[TOWN].persons["due"] == 15
    assert shown[small].persons["due"] is None
    assert shown[large].persons["due"] is None
    assert shown[small].persons["contacted"] == 0


def test_rest_of_a_total_is_withheld_with_it() -> None:
    """Of 20 due 17 contacted: the 3 who were not cannot be worked out."""
    village = f"{TOWN[:9]}201"
    base = county({village: 20}, contacted=0)
    seen = tuple(
        replace(visit("A", TODAY), id=key, household_id=key, client_ids=(key,))
        for key in list(base.clients)[:17]
    )
    exact = table(replace(base, visits=seen, tags=tuple(replace(t, name="空巢") for t in base.tags)))
    assert (exact[village].persons["due"], exact[village].persons["contacted"]) == (20, 17)
    row = published(exact)[village]
    assert row.persons["due"] is None or row.persons["contacted"] is None
    assert row.rate is None


def test_activity_stays() -> None:
    """What was done is published as it is, however little."""
    assert [row.activity for row in published(table()).rows] == [row.activity for row in table().rows]


@pytest.mark.parametrize("seed", [1, 2])
def test_published_table_has_no_small_count_and_none_can_be_solved(seed: int) -> None:
    """On a made county no count of 1 to 4 is printed, and the attack on the totals finds none."""
    chance = random.Random(seed)
    people = {f"99010{t}100{200 + v}": chance.randint(1, 25) for t in range(1, 4) for v in range(4)}
    exact = table(county(people, seed=seed))
    shown = published(exact)
    printed = [value for row in shown.rows for value in row.persons.values()]
    assert not {1, 2, 3, 4} & set(printed)
    assert 0 < printed.count(None) < len(printed) * 0.7
    values, relations, hidden = linear(exact)
    withheld = {(row.code, n) for row in shown.rows for n, value in row.persons.items() if value is None}
    found = recoverable(values, relations, withheld, hidden)
    assert not withheld & found.keys()
    assert not {1, 2, 3, 4} & set(found.values())


def test_published_totals_are_the_exact_ones() -> None:
    """What is printed is what was counted; nothing is rounded."""
    exact = table(county({f"{TOWN[:9]}2{v:02d}": 3 + 5 * v for v in range(6)}))
    for row in published(exact).rows:
        for name, value in row.persons.items():
            assert value in (None, exact[row.code].persons[name])


def test_no_name_no_id_no_coordinate() -> None:
    """Neither table has anything of a person in it."""
    for whole in (table(), published(table())):
        text = to_csv(whole) + to_json(whole)
        for client in TEN.clients.values():
            assert client.name not in text
            assert client.household_id not in text
        assert "116.9" not in text
        assert "户主" not in text


JANUARY, FEBRUARY = Period.parse("2026-01"), Period.parse("2026-02")
SAME = ("never_contacted", "no_coordinates", "no_owner", "overdue")
GROWS = ("people", "due", "contacted", "in_person")


def quarter_of(snapshot: Snapshot) -> dict[Period, tuple[Rollup, Rollup]]:
    """Return the exact and the published table of the months of the first quarter, and of the quarter."""
    found: dict[Period, tuple[Rollup, Rollup]] = {}
    for period in (JANUARY, FEBRUARY, MARCH, Period.quarter(TODAY)):
        exact = roll_up(snapshot, RULES, period, TODAY)
        months = [found[one][1] for one in beside(period, TODAY)]
        found[period] = (exact, published(exact, months=months))
    return found


def visited(snapshot: Snapshot, seed: int) -> Snapshot:
    """Return a county where a share of the people was seen in each of three months."""
    chance = random.Random(seed)
    made = [
        replace(visit("A", date(2026, month, 5)), id=f"{key}-{month}", household_id=key, client_ids=(key,))
        for key in snapshot.clients
        for month in (1, 2, 3)
        if chance.random() < 0.6
    ]
    return replace(snapshot, visits=tuple(sorted(made, key=lambda one: (one.day, one.id))))


@pytest.mark.parametrize("seed", [1, 2])
def test_a_quarter_beside_its_months_gives_no_small_count_away(seed: int) -> None:
    """The attack on all four tables together finds no withheld count of a month, nothing of 1 to 4.

    The reader is taken to know that whoever was never contacted at the end of
    March is so at the end of the quarter, and that nobody reached in a month is
    missing in the quarter.
    """
    chance = random.Random(seed)
    people = {f"99010{t}100{200 + v}": chance.randint(1, 40) for t in range(1, 3) for v in range(3)}
    tables = quarter_of(visited(county(people, seed=seed), seed))
    values: dict[tuple[str, str], int] = {}
    relations: list[Relation[tuple[str, str]]] = []
    hidden: set[tuple[str, str]] = set()
    withheld: set[tuple[str, str]] = set()
    for period, (exact, shown) in tables.items():
        own, sums, unprinted = linear(exact)
        values |= {_at(period, cell): value for cell, value in own.items()}
        relations += [Relation(_at(period, r.total), tuple(_at(period, c) for c in r.parts)) for r in sums]
        hidden |= {_at(period, cell) for cell in unprinted}
        withheld |= {
            _at(period, (row.code, name))
            for row in shown.rows
            for name, value in row.persons.items()
            if value is None
        }
    quarter = Period.quarter(TODAY)
    for row in tables[quarter][0].rows:
        for name in SAME:
            relations.append(Relation(_at(quarter, (row.code, name)), (_at(MARCH, (row.code, name)),)))
        for name in GROWS:
            more = _at(quarter, (row.code, f"{name} of other months"))
            here, there = _at(quarter, (row.code, name)), _at(MARCH, (row.code, name))
            values[more] = values[here] - values[there]
            hidden.add(more)
            relations.append(Relation(here, (there, more)))
    assert all(value >= 0 for value in values.values())
    found = recoverable(values, relations, withheld, hidden)
    of_months = {cell for cell in withheld if not cell[1].startswith(str(quarter))}
    assert len(of_months) > 20
    assert not of_months & found.keys()
    assert not {1, 2, 3, 4} & set(found.values())


def _at(period: Period, cell: tuple[str, str]) -> tuple[str, str]:
    return cell[0], f"{period} {cell[1]}"


def test_a_quarter_withholds_what_differs_from_a_month_by_few() -> None:
    """30 contacted in March and 2 more in February: 32 is not printed; with 8 more, 38 is."""
    village = f"{TOWN[:9]}201"
    base = county({village: 60}, contacted=0)
    base = replace(base, tags=tuple(replace(tag, name="空巢") for tag in base.tags))
    keys = list(base.clients)

    def contacted(others: int) -> int | None:
        seen = [(key, 3) for key in keys[:30]] + [(key, 2) for key in keys[30 : 30 + others]]
        made = [
            replace(visit("A", date(2026, month, 5)), id=f"{key}{month}", household_id=key, client_ids=(key,))
            for key, month in seen
        ]
        tables = quarter_of(replace(base, visits=tuple(sorted(made, key=lambda one: one.day))))
        assert tables[MARCH][1][village].persons["contacted"] == 30
        return tables[Period.quarter(TODAY)][1][village].persons["contacted"]

    assert contacted(2) is None
    assert contacted(8) == 38


def test_only_months_and_quarters_are_published() -> None:
    """A year and any two days are refused by name; nothing asked for is this month."""
    assert released("", TODAY) == MARCH
    assert released("2026-Q1", TODAY) == Period.quarter(TODAY)
    for text in ("2026", "2026-03-01..2026-03-30"):
        with pytest.raises(InputError) as refused:
            released(text, TODAY)
        assert refused.value.code == "rollup.period"
    assert beside(MARCH, TODAY) == ()
    assert beside(Period.quarter(TODAY), date(2026, 2, 3)) == (JANUARY, FEBRUARY)


@pytest.mark.parametrize("lang", ["zh-CN", "en"])
def test_csv_reads_back(lang: str) -> None:
    """The CSV has one heading for each column in its language, and * where a count is withheld."""
    rows = list(csv.DictReader(io.StringIO(to_csv(published(table()), lang))))
    titles = headings(lang)
    assert len(set(titles.values())) == len(titles)
    assert set(records(table())[0]) == set(titles)
    assert list(rows[0]) == list(titles.values())
    assert rows[0][titles["contacted"]] == "*"
    assert rows[0][titles["rate"]] == ""
    assert rows[0][titles["household_times"]] == "3"
    chinese = any("\u4e00" <= c <= "\u9fff" for title in titles.values() for c in title)
    assert chinese is (lang == "zh-CN")


def test_json_says_what_is_withheld() -> None:
    """The JSON carries period, limit, headings and rows; a withheld count is null."""
    whole = json.loads(to_json(published(table())))
    assert (whole["period"], whole["withheld_below"], len(whole["rows"])) == ("2026-03", 5, 3)
    assert whole["rows"][0]["contacted"] is None
    assert json.loads(to_json(table()))["rows"][0]["contacted"] == 3
