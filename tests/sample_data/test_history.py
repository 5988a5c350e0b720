"""The made past: 120 days of visits, uneven over the grids; actors, owners and exclusions."""

from __future__ import annotations

import csv
import json
import uuid
from collections import Counter
from datetime import date, timedelta
from pathlib import Path
from typing import Any

from sample_data import Recipe
from sample_data.township import Station
from sample_data.visits import person_key

START = Recipe().start


def table(township: Path, name: str) -> list[dict[str, str]]:
    with (township / name).open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def keys(station: Station) -> set[str]:
    return {person_key(p, h.door.division_code) for h in station.houses for p in h.members}


def test_visits_end_the_day_before_the_start(township: Path) -> None:
    """A hundred and twenty days, none of them a Sunday, none at or after the start."""
    days = [date.fromisoformat(row["day"]) for row in table(township, "visits.csv")]
    assert days == sorted(days)
    assert START - timedelta(days=120) <= days[0] < START - timedelta(days=115)
    assert days[-1] == START - timedelta(days=1)
    assert not any(day.weekday() == 6 for day in days)


def test_visits_name_people_actors_and_codes_that_exist(township: Path, station: Station) -> None:
    """Every key finds a client, every actor is hired, every code is one of the product's, ids are unique."""
    known, hired = keys(station), {row["id"] for row in table(township, "actors.csv")}
    rows = table(township, "visits.csv")
    assert len({uuid.UUID(row["id"]) for row in rows}) == len(rows)
    for row in rows:
        assert set(row["person_keys"].split(";")) <= known
        assert row["person_names"].count(";") == row["person_keys"].count(";")
        assert set(row["actor_ids"].split(";")) <= hired
        assert row["channel"] in {"door", "phone", "video"}
        assert row["place"] in {"home", "school", "institution"}
        assert row["outcome"] in {"seen", "nobody", "away", "refused"}
        assert row["domain"] in {"elderly", "child", "affairs", "relief"}
        assert set(row["societies"].split(";")) <= {"community", "social_worker", "organisation", "volunteer"}


def test_nobody_is_visited_twice_on_one_day(township: Path) -> None:
    """One household has one visit a day."""
    count = Counter((row["day"], row["household_key"]) for row in table(township, "visits.csv"))
    assert max(count.values()) == 1


def test_coverage_is_uneven(station: Station) -> None:
    """Some grids saw almost everybody last month, four of eighteen hardly anybody."""
    since = START - timedelta(days=30)
    seen = {id(p) for v in station.history.visits if v.outcome == "seen" and v.day >= since for p in v.people}
    shares = []
    for grid in station.grids:
        people = [p for h in station.houses if h.door.grid_code == grid.code for p in h.members]
        shares.append(sum(id(p) in seen for p in people) / len(people))
    assert sum(s < 0.15 for s in shares) == 4
    assert sum(s > 0.5 for s in shares) >= 5
    assert max(shares) > 0.6


def test_doors_and_calls_are_mixed(truth: dict[str, Any]) -> None:
    """Neither channel is rare, some visits fail, some people were never seen."""
    visits = truth["visits"]
    assert 0.35 < visits["by_channel"]["door"] / visits["count"] < 0.6
    assert 0.75 < visits["by_outcome"]["seen"] / visits["count"] < 0.95
    assert {"nobody", "refused", "away"} <= visits["by_outcome"].keys()
    assert 0.1 < visits["clients_never_seen"] / truth["clients"] < 0.4


def test_children_are_met_by_two(station: Station) -> None:
    """At the door of a house with a listed child there are always two visitors."""
    for visit in station.history.visits:
        if visit.channel == "door" and any("child" in p.ledgers for p in visit.people):
            assert len(set(visit.actors)) == 2


def test_excluded_people_are_not_seen(township: Path, station: Station) -> None:
    """While an exclusion holds its person is in no visit; each reason is dated before the start."""
    rows = table(township, "exclusions.csv")
    assert {row["reason"] for row in rows} == {"hospital", "refused", "away", "moved"}
    assert all(row["valid_from"] < START.isoformat() for row in rows)
    assert any(row["valid_to"] for row in rows)
    assert {row["person_key"] for row in rows} <= keys(station)
    for exclusion in station.history.exclusions:
        met = [v.day for v in station.history.visits if exclusion.person in v.people]
        assert not any(exclusion.holds(day) for day in met)


def test_crew_is_three_at_the_station_and_fifty_in_the_villages(township: Path) -> None:
    """Both sexes, certificates, hours, three ways to travel at most, two of three free on the first day."""
    rows = table(township, "actors.csv")
    staff = [row for row in rows if row["role"] == "social_worker"]
    assert len(staff) == 3
    assert len(rows) == 53
    assert {row["sex"] for row in staff} == {"male", "female"}
    assert {row["certificate"] for row in staff} == {"社会工作师", "助理社会工作师", ""}
    assert {row["travel_mode"] for row in rows} == {"ebike", "walk"}
    assert sum(START.isoformat() not in row["off_days"].split(";") for row in staff) == 2
    assert all(row["starts_at_home"] == ("0" if row in staff else "1") for row in rows)
    assert all(row["hours_from"] < row["hours_to"] for row in rows)
    roles = {"social_worker", "village_cadre", "child_director", "grid_worker", "volunteer", "carer"}
    assert {row["role"] for row in rows} == roles


def test_one_client_in_ten_has_no_owner(township: Path, station: Station) -> None:
    """The others have a person and a deputy, of whom the first is somebody else."""
    rows = table(township, "responsibilities.csv")
    clients = keys(station)
    assert 0.87 < len(rows) / len(clients) < 0.94
    assert {row["person_key"] for row in rows} < clients
    assert len({row["person_key"] for row in rows}) == len(rows)
    assert all(row["actor_id"] != row["deputy_id"] for row in rows)


def test_sites_carry_several_functions(township: Path) -> None:
    """The first is the station, three in one; every kind of place is there, each in a known division."""
    features = json.loads((township / "sites.geojson").read_text(encoding="utf-8"))["features"]
    functions = [f["properties"]["functions"] for f in features]
    divisions = {row["code"] for row in table(township, "divisions.csv")}
    assert functions[0] == ["station", "room", "meal_point"]
    assert sum("station" in f for f in functions) == 1
    kinds = {name for f in functions for name in f}
    assert kinds == {"station", "room", "care_institution", "clinic", "school", "meal_point"}
    assert {f["properties"]["division_code"] for f in features} <= divisions
    assert len({f["properties"]["id"] for f in features}) == len(features)


def test_divisions_are_a_tree_in_an_unassigned_area(township: Path) -> None:
    """City, county, township and nine villages, each under its parent, all beginning with 99."""
    rows = table(township, "divisions.csv")
    codes = {row["code"]: row for row in rows}
    assert Counter(row["level"] for row in rows) == {"1": 1, "2": 1, "3": 1, "4": 9}
    for code, row in codes.items():
        assert len(code) == 12
        assert code.startswith("99")
        if row["level"] != "1":
            assert int(codes[row["parent_code"]]["level"]) == int(row["level"]) - 1
    assert sum(row["urban"] == "1" for row in rows if row["level"] == "4") == 2
