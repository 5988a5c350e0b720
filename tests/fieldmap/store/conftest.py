"""A county file with two people in one house, and a clock that the test sets."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest

from fieldmap.models import (
    Actor,
    Channel,
    Client,
    Division,
    Domain,
    Household,
    Outcome,
    Position,
    Responsibility,
    Role,
    Sex,
    Society,
    Tag,
    Visit,
)
from fieldmap.store import Store

COUNTY = Division("990101000000", "安县", 2)
HOUSE = Household("house", "990101001201", "3 组 5 号", "安一", door=Position(116.93, 33.31))
ELDER = Client("elder", "house", "安一", Sex.FEMALE, date(1944, 1, 5), valid_from=date(2025, 1, 1))
WORKER = Actor(
    "worker",
    "李四",
    Role.SOCIAL_WORKER,
    Society.SOCIAL_WORKER,
    Sex.FEMALE,
    "990101001000",
    skills=("sign",),
    off_days=frozenset({date(2026, 3, 23)}),
)
FACTS = (
    HOUSE,
    ELDER,
    WORKER,
    Tag("alone", "elder", "独居", valid_from=date(2025, 1, 1)),
    Responsibility("elder", "worker"),
)
VISIT = Visit(
    "6d1f4d1e-0000-4000-8000-000000000001",
    "house",
    ("elder",),
    date(2026, 3, 18),
    Channel.DOOR,
    Outcome.SEEN,
    Domain.ELDERLY,
    (Society.SOCIAL_WORKER,),
    actor_ids=("worker",),
    actor_roles=(Role.SOCIAL_WORKER,),
)


@dataclass
class Clock:
    """A clock that stands still until it is set forward."""

    now: datetime = datetime(2026, 3, 20, 1, 0, tzinfo=UTC)

    def __call__(self) -> datetime:
        """Return the time it was set to."""
        return self.now

    def forward(self, **step: float) -> datetime:
        """Go forward and return the moment just before."""
        before = self.now
        self.now += timedelta(**step)
        return before


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def county_path(tmp_path: Path) -> Path:
    return tmp_path / "county.db"


@pytest.fixture
def store(county_path: Path, clock: Clock) -> Iterator[Store]:
    store = Store.create(county_path, county=COUNTY, salt="test", clock=clock)
    store.facts.record(FACTS)
    yield store
    store.close()
