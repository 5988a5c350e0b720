"""The lines of the list of flags: how old each is, for whom it waits, and everything that was done."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date

from fieldmap.flagging import (
    FlagCounts,
    FlagOwner,
    FlagStep,
    Wait,
    age_days,
    earlier,
    flag_counts,
    is_open,
    needs_reason,
    next_states,
    wait_of,
)
from fieldmap.incoming import Photo
from fieldmap.models import Flag, FlagKind, FlagState, Grid, Household, Snapshot
from fieldmap.store import Store
from web.i18n import gettext
from web.scope import village_code

__all__ = ["Choice", "FlagList", "FlagRow", "flag_list", "flag_row"]

_CLOSED_SHOWN = 50


@dataclass(frozen=True, slots=True)
class Choice:
    """What the list is narrowed to; empty is everything."""

    state: FlagState | None = None
    grid: str = ""

    def keeps(self, flag: Flag) -> bool:
        """Return whether a flag stays on the list."""
        return (self.state is None or flag.state is self.state) and self.grid in ("", flag.grid_code)


@dataclass(frozen=True, slots=True)
class FlagRow:
    """A flag on the head's list.

    Attributes
    ----------
    household
        The one of the ledger that it is about.
    steps
        Each with the name of who did it.
    by_hand
        Where the head may take it with a tap.
    with_reason
        Where she may take it with a reason.
    before
        The earlier flag about that door, which was refused, with the reason.
    """

    flag: Flag
    grid: Grid
    village: str
    reporter: str
    household: Household | None
    photos: tuple[Photo, ...]
    steps: tuple[tuple[FlagStep, str], ...]
    age_days: int
    wait: Wait
    waits: str
    by_hand: tuple[FlagState, ...]
    with_reason: tuple[FlagState, ...]
    registers: bool
    before: tuple[Flag, str] | None


@dataclass(frozen=True, slots=True)
class FlagList:
    """The flags of an area: those that wait, the longest first, and those done with, the newest first.

    Attributes
    ----------
    counts
        Of all flags of the area, whatever the list is narrowed to.
    more
        Flags done with that are not shown.
    """

    waiting: tuple[FlagRow, ...]
    closed: tuple[FlagRow, ...]
    counts: FlagCounts
    more: int


def flag_list(
    store: Store, view: Snapshot, names: Mapping[str, str], choice: Choice, today: date
) -> FlagList:
    """Return the flags of an area.

    Parameters
    ----------
    names
        Account id → name.
    """
    kept = [flag for flag in view.flags if choice.keeps(flag)]
    closed = [flag for flag in reversed(kept) if not is_open(flag)]
    shown = closed if choice.state else closed[:_CLOSED_SHOWN]

    def rows(flags: Iterable[Flag]) -> tuple[FlagRow, ...]:
        return tuple(flag_row(store, flag, view, names, today) for flag in flags)

    waiting = sorted(rows(filter(is_open, kept)), key=_urgency)
    return FlagList(tuple(waiting), rows(shown), flag_counts(view.flags), len(closed) - len(shown))


def _urgency(row: FlagRow) -> tuple[bool, int, bool]:
    return not row.wait.overdue, -row.wait.days, row.flag.kind is not FlagKind.VISIT_NOW


def flag_row(store: Store, flag: Flag, view: Snapshot, names: Mapping[str, str], today: date) -> FlagRow:
    """Return the line of one flag."""
    grid, allowed = view.grids.get(flag.grid_code) or _gone(flag.grid_code), next_states(flag)
    village = view.divisions.get(grid.division_code)
    wait = wait_of(flag, store.flags.trips(flag.household_id) if flag.household_id else (), today)
    return FlagRow(
        flag=flag,
        grid=grid,
        village=village.name if village else "",
        reporter=names.get(flag.reported_by, ""),
        household=view.households.get(flag.household_id),
        photos=store.incoming.photos.all(of_id=flag.id),
        steps=tuple((step, names.get(step.by, "")) for step in store.flags.history(flag.id)),
        age_days=age_days(flag, today),
        wait=wait,
        waits=_words(wait, view),
        by_hand=tuple(s for s in allowed if s is not FlagState.REGISTERED and not needs_reason(flag, s)),
        with_reason=tuple(s for s in allowed if needs_reason(flag, s)),
        registers=FlagState.REGISTERED in allowed,
        before=_before(store, flag, view),
    )


def _gone(code: str) -> Grid:
    """Return what stands for a grid whose import was taken back."""
    return Grid(code, gettext("已撤回的网格"), village_code(code))


def _words(wait: Wait, view: Snapshot) -> str:
    if wait.owner is FlagOwner.NOBODY:
        return ""
    if wait.owner is FlagOwner.WORKER:
        actor = view.actors.get(wait.actor_id)
        return gettext("等 {name} 按计划上门,{day}", name=actor.name if actor else "–", day=wait.until or "")
    if wait.days == 0:
        return gettext("今天起等站里处理")
    return gettext("等站里处理 {n} 天", n=wait.days)


def _before(store: Store, flag: Flag, view: Snapshot) -> tuple[Flag, str] | None:
    found = earlier(flag, view.flags)
    return (found, store.flags.history(found.id)[-1].reason) if found else None
