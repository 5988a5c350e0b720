"""Two flags of the made township's grid manager: one that the head has checked, one that waits."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, date, datetime, time, timedelta

from fieldmap.codes import FlagKind, FlagState
from fieldmap.models import Flag, Position
from fieldmap.settings import Settings
from fieldmap.store import Store

__all__ = ["keep_flags"]

_MORNING = time(1, tzinfo=UTC)
_UNCOVERED = "路边老屋新搬来一位老人,一个人住,名单上没有"
_MOVED = "门锁着,邻居说跟儿子进城了"


def keep_flags(settings: Settings, grid: str, *, manager: str, head: str, today: date) -> None:
    """Keep what a grid manager would have reported in the days before ``today``.

    Parameters
    ----------
    grid
        Code of her grid; two households there or more have coordinates.
    manager, head
        Ids of the accounts that report and check.
    """
    with _as_of(settings, today - timedelta(days=4)) as store:
        (_, a), (_, b), *_ = _doors(store, grid)
        beside = Position(round((a.lon + b.lon) / 2, 6), round((a.lat + b.lat) / 2, 6))
        key = store.new_id("flag", grid, _UNCOVERED)
        store.flags.report(Flag(key, grid, _UNCOVERED, beside, manager, store.clock()))
        store.flags.move(key, FlagState.CHECKED, head)
    with _as_of(settings, today - timedelta(days=1)) as store:
        house, at = _doors(store, grid)[0]
        key = store.new_id("flag", grid, _MOVED)
        moved = Flag(key, grid, _MOVED, at, manager, store.clock(), kind=FlagKind.MOVED, household_id=house)
        store.flags.report(moved)


@contextmanager
def _as_of(settings: Settings, day: date) -> Iterator[Store]:
    """Open the county file as if it were the morning of a day."""
    store = Store.open(settings.db, settings.key, clock=lambda: datetime.combine(day, _MORNING))
    try:
        yield store
    finally:
        store.close()


def _doors(store: Store, grid: str) -> list[tuple[str, Position]]:
    """Return the households of a grid that have coordinates, by id."""
    houses = store.snapshot().households.values()
    return sorted(
        ((h.id, h.place) for h in houses if h.grid_code == grid and h.place), key=lambda item: item[0]
    )
