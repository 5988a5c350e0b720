"""The grid manager's part of a packet: how her grid stands, whom nobody saw, her flags, the sweep.

Of a person it has the surname and the door, and dates; no tag, no age, no
interval and no day count, from which a restricted class could be read. Where
she pins, doors are dots without a word.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from typing import Any

from fieldmap.access import Account, Right, sees_grid, sees_household
from fieldmap.counts import Figures
from fieldmap.coverage import Coverage, measures
from fieldmap.errors import language
from fieldmap.flagging import NOTE_LENGTH, FlagStep, is_open
from fieldmap.incoming import DoorResult
from fieldmap.models import Flag, FlagCause, FlagKind, Grid, Household, Snapshot
from fieldmap.periods import Period
from fieldmap.rules import RuleSet
from fieldmap.schedule import Due, schedule
from fieldmap.settings import Settings
from fieldmap.store import Store
from fieldmap.sweeps import LABEL_LENGTH, MOST_DOORS, SweptBuilding, sweep_of
from routing.clip import MOST_BYTES, Clip, clip
from web._packet_records import Records
from web.addresses import whole_address
from web.i18n import gettext
from web.labels import label
from web.masking import mask_name
from web.pages import local_time
from web.sketch import across, lat_lon, outlines

__all__ = ["CLOSED_DAYS", "grid_part"]

CLOSED_DAYS = 180
"""For how many days after its last step a flag that is done with stays on the phone."""


@dataclass(frozen=True)
class _Area:
    """One grid with what the record has of it."""

    grid: Grid
    record: Snapshot
    coverage: Coverage
    dues: Mapping[str, Due]

    @property
    def village(self) -> str:
        """Return the name of the village or community the grid lies in."""
        division = self.record.divisions.get(self.grid.division_code)
        return division.name if division else ""


def grid_part(
    account: Account, store: Store, records: Records, rules: RuleSet, settings: Settings, today: date
) -> dict[str, Any] | None:
    """Return what the account reads of her grids; None where she has none.

    Parameters
    ----------
    store
        For the steps of the flags and the sweeps.
    records
        The county's record of this moment.
    """
    hats = account.hats_with(Right.GRID)
    whole = records.snapshot
    grids = sorted((g for g in whole.grids.values() if sees_grid(hats, g)), key=lambda g: g.code)
    if not grids:
        return None
    own = {h.id for h in whole.households.values() if h.grid_code and sees_household(hats, h)}
    part = records.part(own)
    areas = [_area(grid, part, rules, today) for grid in grids]
    share = MOST_BYTES // len(areas)
    return {
        "grids": [_plain(area, store, settings, share, today) for area in areas],
        "flags": _flags(
            account, store, part, [f for f in whole.flags if f.grid_code in {g.code for g in grids}], today
        ),
        "kinds": [[kind.value, label(kind)] for kind in FlagKind],
        "results": [[result.value, label(result)] for result in DoorResult],
        "most": {"note": NOTE_LENGTH, "doors": MOST_DOORS, "label": LABEL_LENGTH},
    }


def _area(grid: Grid, record: Snapshot, rules: RuleSet, today: date) -> _Area:
    """Return what lies in one grid by the ledger; the measures then place the doors."""
    households = {key: h for key, h in record.households.items() if h.grid_code == grid.code}
    clients = {key: c for key, c in record.clients.items() if c.household_id in households}
    own = replace(record, grids={grid.code: grid}, households=households, clients=clients)
    coverage = measures(own, rules, Period.month(today), today)
    dues = {item.client_id: item for item in schedule(own, rules, today).due}
    return _Area(grid, own, coverage, dues)


def _plain(area: _Area, store: Store, settings: Settings, share: int, today: date) -> dict[str, Any]:
    incoming, code = store.incoming, area.grid.code
    row = next(row for row in area.coverage.grids if row.code == code)
    outside = next((row.figures.people for row in area.coverage.grids if row.code is None), 0)
    doors = [h.door for h in area.record.households.values() if h.door is not None]
    rings = outlines(area.coverage.assignment.polygons.values())
    swept = sweep_of(
        code,
        area.village,
        area.record.households.values(),
        incoming.buildings.all(grid_code=code),
        incoming.sweeps.all(grid_code=code),
        today,
    )
    return {
        "code": code,
        "name": area.grid.name,
        "village": area.village,
        **_figures(row.figures, sum(row.unseen for row in area.coverage.rows)),
        "outside": gettext("另有 {count} 人的坐标落在网格外,不在以上数字里。", count=outside)
        if outside
        else "",
        "doors": _late(area),
        "buildings": [_building(building) for building in swept],
        "outlines": rings,
        "points": [lat_lon(door) for door in doors],
        "clip": _clip(rings, area, settings, share),
    }


def _clip(rings: Sequence[Any], area: _Area, settings: Settings, share: int) -> Clip | None:
    """Return the base map of the grid, for a pin to be put on."""
    lines = [point for ring in rings for point in across(ring)]
    doors = [h.door for h in area.record.households.values() if h.door is not None]
    return clip(settings.network, lines, doors, most_bytes=share)


def _figures(figures: Figures, unseen: int) -> dict[str, Any]:
    reasons = gettext("、").join(f"{label(reason)} {count}" for reason, count in figures.excluded.items())
    excluded = gettext("另有 {count} 人不计", count=figures.excluded_total)
    return {
        "rate_text": figures.contact_rate.text(language.get()),
        "excluded_text": f"{excluded} ({reasons})" if reasons else "",
        "figures": {
            "unseen": unseen,
            "never": figures.never_contacted,
            "no_coordinates": figures.no_coordinates,
            "no_owner": figures.no_owner,
        },
    }


def _late(area: _Area) -> list[dict[str, Any]]:
    """Return the doors with somebody due and not seen this month or never, who has waited longest first.

    Never those whose own interval is over: the day on which a door comes onto
    the list would tell that interval, and with it a restricted class.
    """
    rows = [row for row in area.coverage.rows if row.never_contacted or row.unseen]
    rows.sort(key=lambda row: (_since(area.dues.get(row.client_id)), row.household_id))
    found: dict[str, dict[str, Any]] = {}
    for row in rows:
        item = area.dues.get(row.client_id)
        household = area.record.households[row.household_id]
        door = found.setdefault(
            row.household_id,
            {
                "household_id": row.household_id,
                "title": mask_name(household.head_name),
                "address": whole_address(household, area.record.divisions),
                "words": item.public_reason(language.get()) if item else "",
                "unseen": False,
                "never": False,
            },
        )
        door["unseen"] |= row.unseen
        door["never"] |= row.never_contacted
    return list(found.values())


def _since(item: Due | None) -> date:
    return (item and item.last_contact) or date.min


def _building(building: SweptBuilding) -> dict[str, Any]:
    found = {door.label: door.result for door in building.doors if door.result}
    return {
        "id": building.id,
        "ids": building.ids,
        "name": building.name,
        "doors": [[door.label, door.household_id] for door in building.doors],
        "results": {
            door: {"result": result.result.value, "at": result.at.isoformat(), "day": result.day.isoformat()}
            for door, result in found.items()
        },
    }


def _flags(
    account: Account, store: Store, record: Snapshot, flags: Iterable[Flag], today: date
) -> list[dict[str, Any]]:
    """Return the flags of the grids, the newest first; what is long done with is left out."""
    made = []
    for flag in flags:
        steps = store.flags.history(flag.id)
        open_ = is_open(flag)
        if not open_ and steps[-1].at.date() < today - timedelta(days=CLOSED_DAYS):
            continue
        made.append(
            {
                "id": flag.id,
                "grid_code": flag.grid_code,
                "note": flag.note,
                "kind": flag.kind.value,
                "kind_label": label(flag.kind),
                "door": _door(record, record.households.get(flag.household_id)),
                "position": lat_lon(flag.position) if flag.position else None,
                "state": flag.state.value,
                "state_label": label(flag.state),
                "open": open_,
                "own": flag.reported_by == account.id,
                "steps": [_step(step) for step in steps],
            }
        )
    return made[::-1]


def _step(step: FlagStep) -> dict[str, str]:
    """Return a step as the reporter reads it: not who took it, but why."""
    said = "" if step.cause is FlagCause.PERSON else label(step.cause)
    return {
        "at": local_time(step.at, "%m-%d %H:%M"),
        "state_label": label(step.state),
        "reason": step.reason or said,
    }


def _door(record: Snapshot, household: Household | None) -> str:
    if household is None:
        return ""
    return f"{mask_name(household.head_name)} {whole_address(household, record.divisions)}".strip()
