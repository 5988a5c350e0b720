"""The head's work on the grids: what is amiss, what a repair does, doing it and taking it back."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from uuid import uuid4

from fieldmap.access import Account, Right
from fieldmap.errors import InputError
from fieldmap.grids import Assignment
from fieldmap.models import Grid, Household, Snapshot
from fieldmap.repairs import Finding, Move, Repair, RepairKind, findings
from fieldmap.store import Store
from web._grid_sketches import Sketch, sketch
from web._map_picture import grid_label
from web.i18n import N_, gettext
from web.scope import visible
from web.selection import MOST_DOORS, Selection

__all__ = ["Change", "Kind", "Offer", "Row", "apply_repairs", "changes", "kinds", "undo_repair"]

APPLIED, UNDONE = "repair grid", "undo grid repair"
_MOST_CHANGES = 20
_MOST_DOORS = 300

_KINDS = {
    "grids.absent": N_("还没有网格"),
    "grid.unreadable": N_("边界读不出来"),
    "grid.gcj02": N_("像是 GCJ-02 坐标"),
    "grid.repaired": N_("边界自相交或未闭合"),
    "grid.overlap": N_("网格重叠"),
    "grid.hole": N_("网格之间有空洞"),
    "grid.outside": N_("户在所有网格之外"),
    "grids.none": N_("不知道在哪个网格的户"),
    "grid.other": N_("坐标与台账的网格不一致"),
    "grid.unknown": N_("台账里的网格查不到"),
}
_DOES = {
    RepairKind.SHIFT: N_("按 GCJ-02 纠偏:把 {grid} 的边界移回原处"),
    RepairKind.MEND: N_("采用 {grid} 修复后的边界"),
    RepairKind.CUT: N_("重叠处归 {other}:从 {grid} 里切掉"),
    RepairKind.FILL: N_("把空洞划给 {grid}"),
    RepairKind.EXTEND: N_("把 {grid} 的边界画到这些户之外"),
    RepairKind.TAKE: N_("以坐标为准:台账改为 {grid}"),
    RepairKind.ENTER: N_("这些户归 {grid}:写进台账"),
    RepairKind.SET_ASIDE: N_("以台账为准({grid}):撤下这些户的点,上门重新定位"),
    RepairKind.ADOPT: N_("这些户归 {grid}:写进台账,撤下它们的点,上门重新定位"),
    RepairKind.DROP: N_("撤下 {grid} 的边界:它的户按台账计"),
}
_AT_ONCE = frozenset({RepairKind.SHIFT, RepairKind.MEND})


@dataclass(frozen=True, slots=True)
class Offer:
    """A repair in words, with its picture.

    Attributes
    ----------
    households
        Several of which some can be chosen; empty where it is all or nothing.
    """

    key: str
    does: str
    changes: tuple[str, ...]
    sketch: Sketch | None
    households: tuple[Household, ...] = ()


@dataclass(frozen=True, slots=True)
class Row:
    """Something that is amiss.

    Attributes
    ----------
    ways
        Addresses of the desk where something can be done or looked at, each with its words.
    """

    what: str
    todo: str
    households: tuple[Household, ...]
    offers: tuple[Offer, ...]
    ways: tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class Kind:
    """Everything of one kind; ``at_once`` are the keys that can be applied together."""

    code: str
    name: str
    rows: tuple[Row, ...]
    at_once: tuple[str, ...]

    @property
    def households(self) -> int:
        """Return how many households it is about."""
        return sum(len(row.households) for row in self.rows)


@dataclass(frozen=True, slots=True)
class Change:
    """A repair that was applied and can be taken back; ``at`` is ISO 8601 in UTC."""

    id: str
    at: str
    by: str
    does: str


def kinds(view: Snapshot, assignment: Assignment, today: date) -> tuple[Kind, ...]:
    """Return what is amiss with the grids of a view, by kind, in the language of the request.

    Parameters
    ----------
    today
        The day for which visits are offered to be planned.
    """
    found = findings(view, assignment)
    words = _Words(view, assignment, today)
    made = []
    for code, name in _KINDS.items():
        own = [finding for finding in found if finding.issue.code == code]
        if own:
            keys = tuple(r.key for finding in own for r in finding.repairs if r.kind in _AT_ONCE)
            made.append(Kind(code, gettext(name), tuple(words.row(f) for f in own), keys))
    return tuple(made)


def apply_repairs(
    store: Store, account: Account, keys: Sequence[str], only: Collection[str] | None = None
) -> None:
    """Record some of the repairs that are on offer to an account; all of them or none.

    Parameters
    ----------
    only
        Ids of the households that were chosen; None is all of them.

    Raises
    ------
    InputError
        ``repair.gone``: one is on offer no longer. ``repair.nobody``: no household of it was chosen.
    """
    with store.write():
        for key in keys:
            # what was applied just before may have changed what is on offer
            view = visible(store.snapshot(), account, Right.DESK)
            finding, repair = _offered(findings(view), key)
            batch = f"repair:{uuid4()}"
            store.facts.record(_chosen(repair, only), batch_id=batch)
            detail = f"{finding.issue.code} {repair.kind} {repair.grid} {repair.other}".rstrip()
            store.audit.log(account.id, APPLIED, batch, detail)


def undo_repair(store: Store, account: Account, batch: str) -> None:
    """Take a repair back: what was recorded before is recorded again.

    Raises
    ------
    InputError
        ``repair.undone``: it is none of the account's area, was taken back, or changed since.
    """
    with store.write():
        view = visible(store.snapshot(), account, Right.DESK)
        known = {change.id for change in changes(store, view)}
        if batch not in known or not store.facts.withdraw(batch):
            raise InputError("repair.undone", batch[:60])
        store.audit.log(account.id, UNDONE, batch)


def changes(store: Store, view: Snapshot) -> tuple[Change, ...]:
    """Return the repairs of late of a view's grids, the newest first, without those taken back."""
    lines = store.audit.lines(actions=(APPLIED, UNDONE))
    undone = {line.object for line in lines if line.action == UNDONE}
    names = {account.id: account.name for account in store.accounts.all()}
    made = []
    for line in lines:
        _, kind, grid, other, *_ = [*line.detail.split(), "", "", "", ""]
        if line.action == APPLIED and line.object not in undone and grid in view.grids:
            does = _does(view, RepairKind(kind), grid, other)
            made.append(Change(line.object, line.at, names.get(line.account_id or "", ""), does))
    return tuple(made[:_MOST_CHANGES])


def _chosen(repair: Repair, only: Collection[str] | None) -> list[Grid | Household]:
    """Return what is recorded: of several households those that were chosen."""
    facts = [f for f in repair.facts if only is None or not isinstance(f, Household) or f.id in only]
    if not facts:
        raise InputError("repair.nobody")
    return facts


def _offered(found: Iterable[Finding], key: str) -> tuple[Finding, Repair]:
    for finding in found:
        for repair in finding.repairs:
            if repair.key == key:
                return finding, repair
    raise InputError("repair.gone")


def _label(view: Snapshot, code: str | None) -> str:
    grid = view.grids.get(code) if code else None
    return grid_label(code, grid.name) if grid else code or gettext("网格外")


def _does(view: Snapshot, kind: RepairKind, grid: str, other: str) -> str:
    return gettext(_DOES[kind], grid=_label(view, grid), other=_label(view, other))


class _Words:
    """Says what is amiss and what a repair does."""

    def __init__(self, view: Snapshot, assignment: Assignment, today: date) -> None:
        self._view = view
        self._assignment = assignment
        self._today = today

    def row(self, finding: Finding) -> Row:
        said = finding.issue.explanation()
        houses = tuple(self._view.households[key] for key in finding.households)
        offers = tuple(self._offer(finding, repair) for repair in finding.repairs)
        return Row(said.what, said.todo, houses, offers, tuple(self._ways(finding)))

    def _ways(self, finding: Finding) -> Iterable[tuple[str, str]]:
        """Yield where to go: to the planner for the doors, to the map for each boundary, to the lists."""
        if finding.issue.code == "grids.absent":
            yield "/people", gettext("看名单")
        if finding.households:
            doors = finding.households[:MOST_DOORS]
            text = gettext("排一次走访,到门口定位")
            if len(doors) < len(finding.households):
                text = gettext("排一次走访,到门口定位(先排 {n} 户)", n=len(doors))
            yield f"/plans?{Selection(doors=doors).query(self._today)}", text
        for code in finding.grids:
            name = _label(self._view, code)
            if code in self._assignment.polygons:
                yield f"/map?grid={code}", gettext("在地图上看 {grid}", grid=name)
            else:
                yield f"/people?grid={code}", gettext("看 {grid} 的名单", grid=name)

    def _offer(self, finding: Finding, repair: Repair) -> Offer:
        lines = [self._moved(move) for move in repair.moves] or self._unmoved(repair)
        does = _does(self._view, repair.kind, repair.grid, repair.other)
        houses = tuple(fact for fact in repair.facts if isinstance(fact, Household))
        choice = houses if len(houses) > 1 else ()
        return Offer(repair.key, does, tuple(lines), self._sketch(finding, repair), choice)

    def _moved(self, move: Move) -> str:
        return gettext(
            "{n} 户从 {source} 移到 {target}",
            n=move.households,
            source=_label(self._view, move.source),
            target=_label(self._view, move.target),
        )

    def _unmoved(self, repair: Repair) -> list[str]:
        """Return why no figure changes."""
        if repair.kind not in _AT_ONCE:
            return [gettext("各网格的数字不变")]
        counted = [gettext("数字已经按修正后的边界计,不变")]
        return [
            *([gettext("按导入时的边界,{n} 户会落在外面", n=repair.astray)] if repair.astray else []),
            *counted,
        ]

    def _sketch(self, finding: Finding, repair: Repair) -> Sketch | None:
        concerned = {repair.grid, repair.other}
        houses = [self._view.households[key] for key in finding.households] or [
            house for house in self._view.households.values() if house.grid_code in concerned
        ]
        doors = [house.place for house in houses if house.place is not None][:_MOST_DOORS]
        shapes = self._assignment.polygons
        before, after = repair.before, repair.after
        if after is None:
            if not doors:
                return None
            before = shapes.get(repair.grid)
        others = [shape for code, shape in shapes.items() if code != repair.grid]
        return sketch(before, after, others, doors, whole=bool(finding.households))
