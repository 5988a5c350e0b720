"""Frozen figures and campaigns in a county file: only ever added to."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, datetime
from pathlib import Path

import pytest
import sqlcipher3.dbapi2 as sqlite

from fieldmap.campaigns import Campaign
from fieldmap.closings import Closing, Part, Whole
from fieldmap.errors import InputError, StoreError
from fieldmap.periods import Period
from fieldmap.reasons import Kind, Reason
from fieldmap.store import Store
from tests.fieldmap.store.conftest import COUNTY, Clock

QUARTER = Period.parse("2026-Q1")


def closing(at: datetime, version: int = 1) -> Closing:
    """Return a version of the quarter."""
    why = (Reason(Kind.VISIT_NEW, 1, date(2026, 3, 30), date(2026, 3, 30), date(2026, 4, 3)),)
    return Closing(
        f"c{version}",
        COUNTY.code,
        QUARTER,
        version,
        at,
        at,
        "head",
        why if version > 1 else (),
        (Part(Whole.TOTAL, "", "", {"due": 22, "contacted": 15 + version}),),
    )


def test_a_closing_comes_back_as_it_was_frozen(store: Store, clock: Clock) -> None:
    """Figures, period, version and reasons survive the file, and its backup."""
    first, second = closing(clock()), closing(clock(), 2)
    store.closings.add(first)
    store.closings.add(second)
    assert store.closings.of(COUNTY.code, QUARTER) == (first, second)
    assert store.closings.of(COUNTY.code, Period.parse("2026-03")) == ()
    store.backup(store.path.with_name("backup.db"))
    again = Store.restore(store.path.with_name("backup.db"), store.path.with_name("again.db"))
    assert again.closings.all() == (first, second)
    again.close()


@pytest.mark.parametrize("change", ["UPDATE closing SET body = '[]'", "DELETE FROM closing"])
def test_the_file_itself_refuses_to_change_a_closing(store: Store, clock: Clock, change: str) -> None:
    """Neither an update nor a delete gets past it, whoever writes."""
    store.closings.add(closing(clock()))
    with pytest.raises(sqlite.IntegrityError, match="never changed"), store._connections.write() as db:
        db.execute(change)
    assert store.closings.all() == (closing(clock()),)


def test_a_version_is_frozen_once(store: Store, clock: Clock) -> None:
    """Where two close at once the second is told, and the first stands."""
    store.closings.add(closing(clock()))
    with pytest.raises(InputError) as refused:
        store.closings.add(replace(closing(clock()), id="other", closed_by="deputy"))
    assert (refused.value.code, refused.value.details["version"]) == ("closing.taken", 1)
    assert [one.closed_by for one in store.closings.all()] == ["head"]


def test_a_campaign_is_offered_until_it_is_ended(store: Store, clock: Clock, tmp_path: Path) -> None:
    """Ended twice is ended once; one that is not there is an error."""
    double_ninth = Campaign(
        "k1", "重阳节走访", Period(date(2026, 10, 12), date(2026, 10, 25)), COUNTY.code, clock(), "head"
    )
    store.campaigns.add(double_ninth)
    assert store.campaigns.all() == (double_ninth,)
    store.campaigns.end("k1", "head")
    store.campaigns.end("k1", "head")
    assert store.campaigns.all() == ()
    with pytest.raises(StoreError):
        store.campaigns.end("k2", "head")


def test_written_tells_when_a_fact_was_first_touched(store: Store, clock: Clock) -> None:
    """Since an instant: what was changed or taken back after it, at the first time; nothing else."""
    before = clock.forward(hours=1)
    (tag,) = store.snapshot().tags
    store.facts.record([replace(tag, name="空巢")])
    touched = clock.forward(hours=1)
    store.facts.record([replace(tag, name="留守")])
    assert store.facts.written(before) == {"alone": touched}
    assert store.facts.written(clock()) == {}
