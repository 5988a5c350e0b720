"""The rows of the table beside the map: grids, or whatever else figures are broken down by."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace

from fieldmap.counts import Figures
from fieldmap.coverage import Coverage
from fieldmap.models import Channel, Snapshot, Society
from fieldmap.parts import OUTSIDE, Counted, Dimension, by
from fieldmap.standards import is_restricted, tag_label
from fieldmap.states import State
from web._coverage_asked import Asked
from web._map_measures import Measure, Part
from web._map_picture import Scene, grid_label, table
from web._map_values import Cell, Picture
from web.i18n import N_, gettext
from web.labels import label

__all__ = ["DIMENSIONS", "Row", "beside", "cells", "grid_rows", "name_of", "open_households", "rows_by"]

DIMENSIONS: Mapping[Dimension, str] = {
    Dimension.GRID: N_("网格"),
    Dimension.VILLAGE: N_("村(社区)"),
    Dimension.OWNER: N_("责任人"),
    Dimension.TAG: N_("人群"),
    Dimension.CHANNEL: N_("走访方式"),
    Dimension.SOCIETY: N_("五社力量"),
}
"""What a breakdown is called."""

_NOBODY: Mapping[Dimension, str] = {
    Dimension.VILLAGE: N_("不在任何村"),
    Dimension.OWNER: N_("无责任人"),
}


@dataclass(frozen=True, slots=True)
class Row:
    """One line of the table.

    Attributes
    ----------
    name, about
        What it is called, and what is said below in small letters.
    pick
        By what it is selected: the grid's code, or ``outside``; empty where
        it is no grid.
    query
        The page about this part alone; empty where there is none.
    """

    cell: Cell
    figures: Figures
    name: str
    about: str = ""
    pick: str = ""
    query: str = ""


def grid_rows(scene: Scene, picture: Picture) -> tuple[Row, ...]:
    """Return a row for each grid and one for those outside all grids, the largest gap first."""
    return tuple(
        Row(cell, found, cell.label, _about(cell), cell.code or OUTSIDE)
        for cell, found in table(scene, picture)
    )


def _about(cell: Cell) -> str:
    if not cell.code:
        return ""
    place = f"{cell.village} {cell.digits}"
    return place if cell.geometry is not None else f"{place} · {gettext('无边界')}"


def beside(rows: Iterable[Row]) -> tuple[Row, ...]:
    """Return the rows that no polygon shows, the largest gap first."""
    return tuple(row for row in rows if row.pick and row.cell.geometry is None)


def open_households(coverage: Coverage) -> Mapping[str, int]:
    """Return the households with somebody due and not contacted, by grid or ``outside``."""
    found: defaultdict[str, set[str]] = defaultdict(set)
    for row in coverage.rows:
        if row.due and not row.contacted:
            found[row.grid_code or OUTSIDE].add(row.household_id)
    return {code: len(ids) for code, ids in found.items()}


def cells(rows: Iterable[Row], coverage: Coverage) -> dict[str, dict[str, object]]:
    """Return what a selection is told by: the name of each grid and its open households."""
    waiting = open_households(coverage)
    return {row.pick: {"name": row.name, "open": waiting.get(row.pick, 0)} for row in rows if row.pick}


def rows_by(scene: Scene, counted: Counted, wanted: Asked, measure: Measure) -> tuple[tuple[Row, ...], bool]:
    """Return the rows of a breakdown, and whether they add up.

    The largest gap stands first; people who answer for others stand by name,
    for this is no ranking.
    """
    split = by(counted, wanted.by)
    people: defaultdict[str, list[State]] = defaultdict(list)
    for state in scene.coverage.rows:
        for key in _keys(wanted.by, state):
            people[key].append(state)
    made = [
        _row(
            scene,
            wanted,
            measure,
            key,
            Part(found, tuple(people[key]), scene.coverage.load, scene.reach or {}),
        )
        for key, found in split.parts.items()
    ]
    ranked = wanted.by is not Dimension.OWNER
    return tuple(sorted(made, key=lambda row: (-row.cell.gap if ranked else 0, row.name))), split.adds_up


def _keys(dimension: Dimension, state: State) -> Iterable[str]:
    """Return the parts in which :func:`fieldmap.parts.by` counts somebody."""
    match dimension:
        case Dimension.VILLAGE:
            return (state.division_code,)
        case Dimension.OWNER:
            return (state.owner_id or "",)
        case Dimension.TAG:
            return tuple(tag for tag in state.tags if not is_restricted(tag))
        case Dimension.CHANNEL:
            return tuple(state.channels)
        case Dimension.SOCIETY:
            return tuple(state.societies)
    return (state.grid_code or "",)


def _row(scene: Scene, wanted: Asked, measure: Measure, key: str, part: Part) -> Row:
    figure, name = measure.read(part), name_of(wanted.by, key, scene.snapshot)
    cell = Cell("", name, figure.shade, figure.text, figure.short, beside=figure.beside, gap=figure.gap)
    query = wanted.other(narrow=replace(wanted.narrow, **{wanted.by.value: key}), by=Dimension.GRID)
    return Row(cell, part.figures, name, query=query if key else "")


def name_of(dimension: Dimension, key: str, snapshot: Snapshot) -> str:
    """Return what a part is called, in the language of the request."""
    if not key:
        return gettext(_NOBODY.get(dimension, "网格外"))
    match dimension:
        case Dimension.VILLAGE if key in snapshot.divisions:
            return snapshot.divisions[key].name
        case Dimension.OWNER:
            return snapshot.actors[key].name if key in snapshot.actors else gettext("其他站的人")
        case Dimension.TAG:
            return tag_label(key)
        case Dimension.CHANNEL:
            return label(Channel(key))
        case Dimension.SOCIETY:
            return label(Society(key))
        case Dimension.GRID if key in snapshot.grids:
            return grid_label(key, snapshot.grids[key].name)
    return gettext("网格外") if key == OUTSIDE else key
