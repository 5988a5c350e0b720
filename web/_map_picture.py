"""From the measures to a picture: which cells, layers and words a map has."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, replace

from shapely.geometry.base import BaseGeometry

from fieldmap.counts import Figures
from fieldmap.coverage import Coverage, GridRow
from fieldmap.errors import Issue
from fieldmap.estimates import Unregistered
from fieldmap.models import Position, Snapshot
from fieldmap.plans import DayPlan
from fieldmap.states import State
from web._map_gaps import gap_layers, gaps
from web._map_layers import estimate_layer, flag_layer, route_layer, site_layers
from web._map_measures import Measure, Part, Reach, excluded_text, measure_of
from web._map_values import Cell, Layer, Picture
from web.i18n import gettext

__all__ = ["SHOWN", "Scene", "coverage_picture", "grid_label", "notices", "table"]

SHOWN = frozenset({"never", "routes", "flags", "site-station"})
"""Layers that a map opens with."""

_ON_ROADS = "OpenStreetMap"


@dataclass(frozen=True, slots=True)
class Scene:
    """What a coverage map is drawn from.

    Attributes
    ----------
    snapshot
        The record within the reader's scope; ``coverage`` is its measures.
    plans
        Today's published plans.
    reach
        Travel times to sites; empty while they are measured, None without roads.
    unregistered
        The estimate of dwellings on no ledger; None leaves its layer out.
    """

    coverage: Coverage
    snapshot: Snapshot
    plans: tuple[DayPlan, ...] = ()
    reach: Reach | None = None
    unregistered: Unregistered | None = None


def coverage_picture(
    scene: Scene,
    measure: str = "contact_rate",
    *,
    shown: Collection[str] = SHOWN,
    points: bool = True,
    owners: bool = True,
) -> Picture:
    """Return what the map of a measure shows, in the language of the request.

    Parameters
    ----------
    measure
        A key of :data:`web._map_measures.MEASURES`, or ``reach-`` and a kind of site.
    shown
        Keys of the layers that are switched on.
    points
        False leaves out everything that shows a household, a route or a door
        (what leaves the station): figures per grid and sites stay.
    owners
        False says nothing of who is responsible, nor of intervals: a grid
        manager's map.

    Raises
    ------
    InputError
        ``map.measure``: there is no such measure.
    """
    chosen = measure_of(measure, scene.reach or {})
    total = _total(scene, chosen)
    layers = _layers(scene, owners) if points else site_layers(scene.snapshot)
    return Picture(
        title=f"{gettext(chosen.name)} · {scene.coverage.period}",
        caption=" · ".join(part for part in (total.text, total.beside) if part),
        scale=chosen.scale,
        cells=tuple(_cells(scene, chosen)),
        total=total,
        layers=tuple(replace(layer, shown=layer.key in shown) for layer in layers),
        notes=tuple(_notes(scene, points)),
    )


def grid_label(code: str | None, name: str) -> str:
    """Return what a grid is called: the code's last three digits and its name.

    Examples
    --------
    >>> grid_label("990101001201003", "张庄")
    '003 张庄'
    """
    return f"{code[-3:]} {name}".strip() if code else gettext("网格外")


def table(scene: Scene, picture: Picture) -> tuple[tuple[Cell, Figures], ...]:
    """Return the rows beside the map, the largest gap first: each cell with all its figures."""
    rows = zip(picture.cells, (row.figures for row in scene.coverage.grids), strict=True)
    return tuple(sorted(rows, key=lambda row: (-row[0].gap, row[0].code)))


def notices(coverage: Coverage) -> tuple[Issue, ...]:
    """Return what was noticed about the grids' polygons; doors are counted, not listed."""
    codes = {row.code for row in coverage.grids}
    return tuple(issue for issue in coverage.issues if issue.value in codes)


def _total(scene: Scene, measure: Measure) -> Cell:
    """Return the row of the whole; it has no place on the map."""
    coverage = scene.coverage
    part = Part(coverage.total, coverage.rows, coverage.load, scene.reach or {})
    return _cell("", gettext("合计"), "", part, measure, None)


def _cells(scene: Scene, measure: Measure) -> Iterable[Cell]:
    coverage, snapshot = scene.coverage, scene.snapshot
    rows_of: defaultdict[str | None, list[State]] = defaultdict(list)
    for row in coverage.rows:
        rows_of[row.grid_code].append(row)
    for grid in coverage.grids:
        part = Part(grid.figures, tuple(rows_of[grid.code]), coverage.load, scene.reach or {})
        label, village = grid_label(grid.code, grid.name), _village(snapshot, grid)
        yield _cell(grid.code or "", label, village, part, measure, _polygon(coverage, grid.code))


def _cell(
    code: str, label: str, village: str, part: Part, measure: Measure, geometry: BaseGeometry | None
) -> Cell:
    figure = measure.read(part)
    return Cell(
        code=code,
        label=label,
        shade=figure.shade,
        text=figure.text,
        short=figure.short,
        village=village,
        beside=figure.beside,
        lines=_lines(part.figures),
        gap=figure.gap,
        geometry=geometry,
    )


def _lines(found: Figures) -> tuple[tuple[str, str], ...]:
    def persons(number: int) -> str:
        return gettext("{n} 人", n=number)

    return (
        (gettext("在册"), persons(found.people)),
        (gettext("已访 / 应访"), found.contact_rate.text()),
        (gettext("见到 / 已访"), f"{found.in_person}/{found.contacted}"),
        (gettext("不计入"), excluded_text(found.excluded) or persons(0)),
        (gettext("无走访规则"), persons(found.without_rule)),
        (gettext("超期"), persons(found.overdue)),
        (gettext("从未接触"), persons(found.never_contacted)),
        (gettext("无坐标"), persons(found.no_coordinates)),
        (gettext("无责任人"), persons(found.no_owner)),
        (gettext("超过 30 天未解决的需求"), gettext("{n} 项", n=found.open_needs)),
    )


def _village(snapshot: Snapshot, row: GridRow) -> str:
    grid = snapshot.grids.get(row.code) if row.code else None
    division = snapshot.divisions.get(grid.division_code) if grid else None
    return division.name if division else ""


def _polygon(coverage: Coverage, code: str | None) -> BaseGeometry | None:
    shape = coverage.assignment.polygons.get(code) if code else None
    return shape if isinstance(shape, BaseGeometry) else None


def _layers(scene: Scene, owners: bool) -> Iterable[Layer]:
    coverage, snapshot = scene.coverage, scene.snapshot
    labels = {row.code: grid_label(row.code, row.name) for row in coverage.grids}
    shapes = _shapes(coverage)
    yield from gap_layers(gaps(coverage, snapshot, owners=owners), _centres(shapes), labels, owners=owners)
    yield flag_layer(snapshot.flags, coverage.today)
    for layer in (
        route_layer(scene.plans, snapshot),
        estimate_layer(scene.unregistered, shapes, labels),
    ):
        if layer is not None:
            yield layer
    yield from site_layers(snapshot)


def _shapes(coverage: Coverage) -> dict[str, BaseGeometry]:
    found = {row.code: _polygon(coverage, row.code) for row in coverage.grids if row.code}
    return {code: shape for code, shape in found.items() if shape is not None}


def _centres(shapes: Mapping[str, BaseGeometry]) -> dict[str, Position]:
    points = {code: shape.representative_point() for code, shape in shapes.items()}
    return {code: Position(point.x, point.y) for code, point in points.items()}


def _notes(scene: Scene, points: bool) -> Iterable[str]:
    period, today = scene.coverage.period, scene.coverage.today
    yield gettext("数字截至 {day}", day=min(today, period.end))
    if not points:
        yield gettext("不含户的位置和路线")
    if scene.reach is None:
        yield gettext("没有可用的路网,不显示到设施的路程")
    elif not scene.reach:
        yield gettext("到设施的路程正在测量,稍后刷新可选")
    sources = {_ON_ROADS in plan.travel_source for plan in scene.plans if plan.routes} if points else set()
    if True in sources:
        yield gettext("道路 © OpenStreetMap 贡献者")
    if False in sources:
        yield gettext("没有路网,路线按直线画")
