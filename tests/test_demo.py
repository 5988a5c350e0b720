"""The demo's closing table: every figure counted a second time, by other code.

Rows and people are counted from the files and from what the generator says it
made; who is due, reached and left out is counted here with the default rules
written down a second time (``domain.md``, Appendix A), from the bare facts.
"""

from __future__ import annotations

import csv
import io
import json
import re
from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import openpyxl
import pytest
import shapely

import sample_data
from fieldmap.estimates import estimated
from fieldmap.flagging import age_days
from fieldmap.models import Channel, Client, FlagKind, FlagState, Role, Snapshot, Visit
from fieldmap.plans import DayPlan
from fieldmap.store import Store
from routing.network import Network
from tests.web.cli.county import Ran

TODAY = date(2026, 3, 20)
MARCH_FIRST, MARCH_LAST = date(2026, 3, 1), date(2026, 3, 31)
QUARTER_FIRST = date(2026, 1, 1)
TOWNSHIP = Path(sample_data.__file__).parent / "township"
REGISTERS = ("divisions.csv", "actors.csv", "responsibilities.csv", "exclusions.csv", "visits.csv")


@dataclass(frozen=True)
class Demo:
    """What the demo said and left."""

    folder: Path
    ran: Ran
    figures: Mapping[str, Any]
    snapshot: Snapshot
    plan: DayPlan


@pytest.fixture(scope="module")
def demo(demo_ran: tuple[Path, Ran]) -> Demo:
    """Return what the demo's county holds."""
    out, ran = demo_ran
    store = Store.open(out / "county.db")
    snapshot, (plan,) = store.snapshot(), store.plans.of_day(TODAY)
    store.close()
    figures = json.loads((out / "figures.json").read_text(encoding="utf-8"))
    return Demo(out, ran, figures, snapshot, plan)


@pytest.fixture(scope="module")
def truth() -> dict[str, Any]:
    """Return what the generator says it made."""
    told: dict[str, Any] = json.loads((TOWNSHIP / "truth.json").read_text(encoding="utf-8"))
    return told


def rows_of(name: str) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO((TOWNSHIP / name).read_text(encoding="utf-8"))))


def features_of(name: str) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = json.loads((TOWNSHIP / name).read_text(encoding="utf-8"))["features"]
    return found


# The rules, once more --------------------------------------------------------

PHONED = frozenset({"door", "phone", "video"})
ANYHOW = PHONED | {"sensor"}
DOOR = frozenset({"door"})


@dataclass(frozen=True)
class Duty:
    """What one rule asks: a rhythm, the channels that count, the tags that ask for it."""

    rhythm: str | int
    channels: frozenset[str]
    tags: frozenset[str] = frozenset()
    meet_days: int = 0

    @property
    def gap(self) -> int:
        """Return the longest time between two contacts, in days."""
        return {"month": 31, "quarter": 92}.get(str(self.rhythm)) or int(self.rhythm)


def duties(age: int | None, tags: Mapping[str, set[str]], ledgers: set[str]) -> Iterator[Duty]:
    """Yield what the rules of Appendix A ask for a person of the made township."""

    def of(*names: str) -> frozenset[str]:
        return frozenset(names) & tags.keys()

    severe = frozenset({"残疾"}) if tags.get("残疾", set()) & {"1", "2"} else frozenset()
    if age is not None and age >= 60:
        lonely = of("独居", "空巢", "留守")
        frail = lonely | of("失能", "计生特殊家庭") | severe
        yield from [Duty(7, PHONED, lonely, 30)] if age >= 80 and lonely else []
        yield from [Duty("month", ANYHOW, frail, 90)] if frail else []
        yield from [Duty("quarter", ANYHOW)] if "elder" in ledgers else []
    if age is not None and age < 18:
        for group in (of("孤儿", "困境儿童"), of("事实无人抚养儿童")):
            yield from [Duty("month", PHONED, group, 90)] if group else []
    if "农村留守儿童" in tags and (age is None or age < 16):
        yield Duty("quarter", DOOR, of("农村留守儿童"))
    if "分散供养" in tags or ("特困" in tags and "集中供养" not in tags):
        yield Duty("month", PHONED, of("分散供养", "特困", "集中供养"), 31)
    yield from [Duty("quarter", PHONED, of("低保"))] if "低保" in tags else []
    yield from [Duty("quarter", DOOR, severe)] if severe else []


class Books:
    """The bare facts of the demo's county, by person."""

    def __init__(self, snapshot: Snapshot) -> None:
        self.snapshot = snapshot
        self.tags: defaultdict[str, defaultdict[str, set[str]]] = defaultdict(lambda: defaultdict(set))
        self.since: defaultdict[str, list[tuple[str, date]]] = defaultdict(list)
        self.ledgers: defaultdict[str, set[str]] = defaultdict(set)
        for tag in snapshot.tags:
            if tag.valid_from <= TODAY:
                self.tags[tag.client_id][tag.name].add(tag.value)
                self.since[tag.client_id].append((tag.name, tag.valid_from))
                self.ledgers[tag.client_id].add(tag.ledger)
        self.seen: defaultdict[str, list[Visit]] = defaultdict(list)
        for visit in sorted(snapshot.visits, key=lambda v: v.day):
            if visit.outcome.value == "seen" and visit.day <= TODAY:
                for client in visit.client_ids:
                    self.seen[client].append(visit)
        self.record_begins = min(v.day for v in snapshot.visits if v.actor_ids)
        self.out = {
            e.client_id: e
            for e in sorted(snapshot.exclusions, key=lambda e: e.valid_from)
            if e.valid_from <= TODAY <= (e.valid_to or TODAY)
        }

    def duties(self, client: Client) -> list[Duty]:
        """Return what is asked for a person, the shortest gap first."""
        born = client.birth_date
        age = (TODAY.year - born.year - ((born.month, born.day) > (3, 20))) if born else None
        return sorted(duties(age, self.tags[client.id], self.ledgers[client.id]), key=lambda d: d.gap)

    def days(self, client: Client, duty: Duty) -> list[date]:
        """Return the days on which somebody was reached as the rule asks."""
        return [v.day for v in self.seen[client.id] if v.channel.value in duty.channels]

    def waits_since(self, client: Client, duty: Duty) -> date | None:
        """Return from when somebody is known to wait for a first contact."""
        begun = [day for name, day in self.since[client.id] if name in duty.tags or not duty.tags]
        first = min(begun, default=date.min)
        first = client.valid_from if first == date.min else first
        return None if first == date.min else max(first, self.record_begins, TODAY - timedelta(days=366))

    def open_today(self, client: Client) -> bool:
        """Return whether a visit today fulfils something."""
        return any(self._reaching(client, d) or self._meeting(client, d) for d in self.duties(client))

    def _reaching(self, client: Client, duty: Duty) -> bool:
        days = self.days(client, duty)
        if isinstance(duty.rhythm, int):
            return not days or days[-1] + timedelta(days=duty.rhythm) <= TODAY
        first = MARCH_FIRST if duty.rhythm == "month" else QUARTER_FIRST
        return not days or days[-1] < first

    def _meeting(self, client: Client, duty: Duty) -> bool:
        if not duty.meet_days:
            return False
        days = self.days(client, duty)
        met = [v.day for v in self.seen[client.id] if v.channel.value == "door"]
        if not days:
            return True
        since = self.waits_since(client, duty) or days[0]
        last = met[-1] if met else min(days[0], since)
        return last + timedelta(days=duty.meet_days) <= TODAY

    def month(self, client: Client) -> str:
        """Return how a person stands in March: due, contacted, excluded, or nothing."""
        falling = [d for d in self.duties(client) if d.gap <= 31 or not self._this_quarter(client, d)]
        if not falling:
            return "nothing"
        first = [d for d in falling if d.gap == falling[0].gap]
        contacts = [day for d in first for day in self.days(client, d) if MARCH_FIRST <= day <= TODAY]
        pause = self.out.get(client.id)
        if pause is not None and not any(day < pause.valid_from for day in contacts):
            return "excluded"
        return "contacted" if contacts else "due"

    def _this_quarter(self, client: Client, duty: Duty) -> bool:
        return any(QUARTER_FIRST <= day < MARCH_FIRST for day in self.days(client, duty))


@pytest.fixture(scope="module")
def books(demo: Demo) -> Books:
    """Return the bare facts of the demo's county."""
    return Books(demo.snapshot)


def test_the_rows_are_those_of_the_files(demo: Demo, truth: dict[str, Any]) -> None:
    """Rows read, refused and skipped are those the generator wrote; registers and maps are whole."""
    ledgers = truth["ledgers"].values()
    nameless = sum(ledger["rows_nameless"] for ledger in ledgers)
    read = sum(ledger["people"] for ledger in ledgers) + nameless
    read += sum(len(rows_of(name)) for name in REGISTERS)
    read += len(features_of("grids.geojson")) + len(features_of("sites.geojson"))
    skipped = sum(ledger["rows_subtotal"] + ledger["rows_notes"] for ledger in ledgers)
    # one sheet holds two tables: the second one's title and header are nobody either
    sheet = openpyxl.load_workbook(TOWNSHIP / "低保特困台账.xlsx")["特困"]
    skipped += 2 * (sum(1 for row in sheet.iter_rows(values_only=True) if row[0] == "序号") - 1)
    assert (demo.figures["rows_read"], demo.figures["rows_refused"]) == (read, nameless)
    assert demo.figures["rows_skipped"] == skipped
    assert demo.figures["clients"] == truth["clients"] == len(demo.snapshot.clients)
    assert len(demo.snapshot.households) >= truth["households"] > 0.95 * len(demo.snapshot.households)


def test_everything_in_the_registers_is_in_the_county_file(demo: Demo) -> None:
    """Visitors, owners, pauses and visits are all there; a ledger's last contacts come on top."""
    snapshot = demo.snapshot
    assert snapshot.actors.keys() == {row["id"] for row in rows_of("actors.csv")}
    assert len(snapshot.responsibilities) == len(rows_of("responsibilities.csv"))
    assert {e.id for e in snapshot.exclusions} >= {row["id"] for row in rows_of("exclusions.csv")}
    assert {v.id for v in snapshot.visits} >= {row["id"] for row in rows_of("visits.csv")}


def test_who_is_due_today_is_counted_again(demo: Demo, books: Books) -> None:
    """Open today, excluded, under no rule: three lists that are everybody, with who is not open yet."""
    people = demo.snapshot.clients.values()
    asked = [c for c in people if books.duties(c)]
    assert demo.figures["clients_without_rule"] == len(people) - len(asked)
    assert demo.figures["clients_excluded"] == sum(1 for c in asked if c.id in books.out)
    found = {c.id for c in asked if c.id not in books.out and books.open_today(c)}
    assert demo.figures["clients_open_today"] == len(found)
    in_plan = [c for route in demo.plan.routes for s in route.stops for c in s.client_ids]
    left = [c for u in demo.plan.unplanned for c in u.client_ids]
    # nobody is lost on the way from the list to the plan
    assert sorted({*in_plan, *left}) == sorted(found)
    assert len(left) == len(set(left))
    assert set(in_plan).isdisjoint(left)


def test_the_rate_is_counted_again(demo: Demo, books: Books) -> None:
    """Due and contacted in March, and the rate with its denominator."""
    stands = Counter(books.month(c) for c in demo.snapshot.clients.values())
    due, contacted = stands["due"] + stands["contacted"], stands["contacted"]
    assert demo.figures["due_this_month"] == due
    assert demo.figures["contacted_this_month"] == contacted
    assert demo.figures["contact_rate"] == f"{contacted}/{due} = {100 * contacted / due:.1f} %"


def test_the_plan_is_counted_again(demo: Demo) -> None:
    """Workers, doors and people of the plan, and everybody left out with the reason."""
    plan, snapshot = demo.plan, demo.snapshot
    staff = [a for a in snapshot.actors.values() if a.role in (Role.SOCIAL_WORKER, Role.SUPERVISOR)]
    assert demo.figures["workers_on_duty"] == sum(1 for a in staff if TODAY not in a.off_days)
    stops = [s for route in plan.routes for s in route.stops]
    met = {s.household_id for s in stops if s.channel is Channel.DOOR}
    assert demo.figures["doors_planned"] == len(met) > 0
    people = {c for s in stops if s.channel is Channel.DOOR for c in s.client_ids}
    called = {c for s in stops if s.channel is Channel.PHONE for c in s.client_ids}
    assert (demo.figures["clients_planned"], demo.figures["clients_called"]) == (len(people), len(called))
    assert people.isdisjoint(called)
    assert called
    left = Counter(u.code for u in plan.unplanned for _ in u.client_ids)
    said = {k.removeprefix("left_out_"): n for k, n in demo.figures.items() if k.startswith("left_out_")}
    assert said == left
    assert demo.figures["clients_left_out"] == left.total()
    no_door = {h.id for h in snapshot.households.values() if h.door is None and h.entry is None}
    assert {u.household_id for u in plan.unplanned if u.code == "no_coordinates"} <= no_door
    at_home = {s.household_id for s in stops if s.channel is Channel.DOOR and not s.site_id}
    assert no_door.isdisjoint(at_home)
    assert "OpenStreetMap township.osm.pbf" in plan.travel_source
    assert "detour" not in said or said["detour"] < left.total() / 2


def test_off_road_doors_are_far_from_the_roads(demo: Demo) -> None:
    """Whoever is left out because of the road lives more than 250 m from one, or no way leads there."""
    roads = Network.open(demo.folder / "network")
    off = [u.household_id for u in demo.plan.unplanned if u.code == "off_road"]
    doors = [door for i in off if (door := demo.snapshot.households[i].door) is not None]
    assert len(doors) == len(off)
    assert [i for i, _ in roads.far(doors, 250)] == list(range(len(doors)))


def test_the_grids_are_counted_again(demo: Demo, books: Books) -> None:
    """Grids, those below half, and those where nobody was seen, by a plain point-in-polygon."""
    shapes = {
        code: shapely.from_wkb(g.polygon_wkb) for code, g in demo.snapshot.grids.items() if g.polygon_wkb
    }
    tally: defaultdict[str, Counter[str]] = defaultdict(Counter)
    for client in demo.snapshot.clients.values():
        household = demo.snapshot.households[client.household_id]
        code = household.grid_code or ""
        if household.door is not None and code in shapes:
            point = shapely.Point(household.door.lon, household.door.lat)
            if not shapes[code].covers(point):
                code = next((c for c, shape in shapes.items() if shape.covers(point)), "outside")
        tally[code][books.month(client)] += 1
    rates = {
        code: count["contacted"] / due
        for code, count in tally.items()
        if code in demo.snapshot.grids and (due := count["due"] + count["contacted"])
    }
    assert demo.figures["grids"] == len(demo.snapshot.grids) == len(features_of("grids.geojson"))
    assert demo.figures["grids_nobody_seen"] == sum(1 for rate in rates.values() if rate == 0)
    assert demo.figures["grids_below_half"] == sum(1 for rate in rates.values() if rate < 0.5)


def test_the_printed_table_is_the_file(demo: Demo) -> None:
    """Every figure of figures.json stands in the table, and every file it names is there."""
    lines = [re.sub(r"\s+", " ", line).strip() for line in demo.ran.out.splitlines()]
    for key, value in demo.figures.items():
        found = [line for line in lines if line.endswith(f" {value}")]
        assert found, key
    assert "· The day is full" in demo.ran.out
    for name in ("county.db", "network", "coverage.html", "rollup-2026-03.csv", "figures.json"):
        assert (demo.folder / name).exists(), name
        assert name in demo.ran.out


def test_the_files_say_the_same(demo: Demo) -> None:
    """The roll-up's county row and the map's page carry the figures of the table."""
    text = (demo.folder / "rollup-2026-03.csv").read_text(encoding="utf-8-sig")
    county = next(row for row in csv.DictReader(io.StringIO(text)) if row["level"] == "2")
    assert county["persons on the ledgers"] == str(demo.figures["clients"])
    assert county["persons due"] == str(demo.figures["due_this_month"])
    assert county["persons contacted"] == str(demo.figures["contacted_this_month"])
    names = {c.name for c in demo.snapshot.clients.values()}
    assert [name for name in names if name in text] == []
    page = (demo.folder / "coverage.html").read_text(encoding="utf-8")
    assert str(demo.figures["contact_rate"]) in page
    assert re.findall(r'(?:src=|<link[^>]*href=)"https?://', page) == []


def test_the_grid_manager_has_reported_two_doors(demo: Demo) -> None:
    """One flag is checked and one waits, both from before the day the demo begins and with a point."""
    waiting = [(age_days(flag, TODAY), flag.state, flag.kind) for flag in demo.snapshot.flags]
    assert waiting == [
        (4, FlagState.CHECKED, FlagKind.UNCOVERED),
        (1, FlagState.REPORTED, FlagKind.MOVED),
    ]
    assert len({flag.grid_code for flag in demo.snapshot.flags}) == 1
    assert all(flag.position is not None for flag in demo.snapshot.flags)
    assert all(flag.since == flag.reported_at for flag in demo.snapshot.flags)


def test_the_sweeps_hold_what_was_planted(demo: Demo, truth: dict[str, Any]) -> None:
    """Of the swept grids the estimate's interval holds the dwellings in need that no ledger names."""
    store = Store.open(demo.folder / "county.db")
    incoming = store.incoming
    found = estimated(demo.snapshot, incoming.buildings.all(), incoming.sweeps.all(), TODAY)
    store.close()
    planted = truth["sweeps"]
    assert {code for code, estimate in found.by_grid.items() if estimate} == planted.keys()
    assert len(demo.snapshot.grids) > len(planted)  # the others are unknown
    assert found.total is not None
    assert found.total.found >= sum(grid["found"] for grid in planted.values())
    assert found.total.low <= sum(grid["in_need"] for grid in planted.values()) <= found.total.high
