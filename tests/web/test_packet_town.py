"""Packets of the made township: small with the map, and nothing in them of anybody else."""

from __future__ import annotations

import gzip
import json
import shutil
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import pytest

from fieldmap.access import Account
from fieldmap.models import Snapshot
from fieldmap.navigation import Phone
from fieldmap.plans import DayPlan
from fieldmap.rulebook import rules_in_force
from fieldmap.settings import Settings
from fieldmap.standards import TAGS
from fieldmap.store import Store
from tests.web.cli.county import Ran
from web.cli.demonstration import DEMO_DAY
from web.packets import Records, packet_of

pytestmark = pytest.mark.slow

MOST_BYTES = 300_000


@dataclass(frozen=True)
class Town:
    """The township on the morning of its published plan."""

    store: Store
    plan: DayPlan
    network: Path

    @property
    def record(self) -> Snapshot:
        """Return the county's record."""
        return self.store.snapshot()

    def account(self, login: str, actor_id: str = "") -> Account:
        """Return an account, as somebody else's where an actor is named."""
        found = next(account for account in self.store.accounts.all() if account.login == login)
        return replace(found, actor_id=actor_id) if actor_id else found

    def packet(self, account: Account) -> dict[str, Any]:
        """Return the packet of an account."""
        settings = Settings(network=self.network)
        rules = rules_in_force(self.store)
        return packet_of(
            account,
            self.store,
            Records(self.record),
            rules,
            settings,
            today=self.plan.day,
            phone=Phone.ANDROID,
        )


@pytest.fixture
def town(demo_ran: tuple[Path, Ran], tmp_path: Path) -> Iterator[Town]:
    """Return a copy of the demo's county with its plan published."""
    made, _ = demo_ran
    store = Store.open(Path(shutil.copy(made / "county.db", tmp_path / "county.db")))
    (draft,) = store.plans.of_day(DEMO_DAY)
    yield Town(store, store.plans.publish(draft.id, "head"), made / "network")
    store.close()


def weight(packet: Any) -> int:
    """Return how much it weighs on the way, in bytes."""
    return len(gzip.compress(json.dumps(packet, ensure_ascii=False, separators=(",", ":")).encode(), 6))


def test_the_biggest_route_is_light_with_its_map(town: Town) -> None:
    """Map, turn list, forms, neighbours and all: far below 300 kB."""
    route = max(town.plan.routes, key=lambda route: len(route.stops))
    packet = town.packet(town.account("worker", route.actor_id))
    doors = [stop for stop in packet["stops"] if stop["channel"] == "door"]
    assert len(doors) > 5
    assert packet["clip"]["roads"]
    assert {stop["id"] for stop in doors} <= packet["turns"].keys()
    assert weight(packet) < MOST_BYTES


def test_no_packet_tells_of_anybody_else(town: Town) -> None:
    """Each role reads the people of its own doors only, and no identity number or tag of theirs."""
    record, own = town.record, {route.actor_id for route in town.plan.routes}
    logins = ("head", "contact", "grid", "county", "auditor", "admin")
    accounts = [town.account("worker", actor_id) for actor_id in own] + [town.account(x) for x in logins]
    for account in accounts:
        packet = {**town.packet(account), "codes": None, "forms": None, "clip": None, "grid": None}
        told = json.dumps(packet, ensure_ascii=False)
        doors = {stop["household_id"] for stop in (*packet["stops"], *packet["neighbours"])}
        strangers = [c for c in record.clients.values() if c.household_id not in doors]
        near = " ".join(c.phone for c in record.clients.values() if c.household_id in doors)
        assert [c.id for c in strangers if c.id in told] == []
        assert [c.id for c in strangers if c.phone not in near and c.phone in told] == []
        assert [h.id for h in record.households.values() if h.id in told and h.id not in doors] == []
        assert [c.id for c in record.clients.values() if c.id_number and c.id_number in told] == []
        assert [c.id for c in record.clients.values() if str(c.birth_date) in told] == []
        assert [tag for tag in TAGS if tag in told] == []


def test_a_contact_reads_surnames(town: Town) -> None:
    """At most twelve people, their surnames, no figure of days; every name of the list is masked."""
    packet = town.packet(town.account("contact"))
    people = [person for stop in packet["stops"] for person in stop["people"]]
    assert 0 < len(people) <= 12
    assert {person["name"][1:] for person in people} == {"*"}
    assert {stop["overdue_days"] for stop in packet["stops"]} == {0}
    assert {stop["last_seen_days"] for stop in packet["stops"]} == {None}
    assert packet["neighbours"] == []
