"""Who sees what of the coverage page: a head her area, a grid manager her own grid."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date
from typing import Annotated

from fastapi import Depends

from fieldmap.access import Account, Right, covers, without_narrow
from fieldmap.errors import InputError
from fieldmap.estimates import Unregistered, estimated
from fieldmap.models import Snapshot
from fieldmap.parts import Dimension
from fieldmap.periods import china_day
from fieldmap.plans import DayPlan, PlanState
from fieldmap.store import Store
from web._coverage_asked import Asked, asked
from web._coverage_filters import check_filters
from web._map_measures import Measure, Reach, offered
from web._map_picture import Scene, coverage_picture
from web._map_reach import doors_of, measure_reach, sites_of
from web._map_values import Cell, Layer, Picture
from web.deps import Services, ServicesDep, needs
from web.i18n import gettext
from web.work import JobState

__all__ = ["AskedDep", "MapAccount", "Seen", "SeenDep", "WideDep", "see"]

AskedDep = Annotated[Asked, Depends(asked)]
"""What the address asks for."""


def _map_account(account: Annotated[Account, Depends(needs(Right.MAP))]) -> Account:
    return without_narrow(account, Right.MAP)


MapAccount = Annotated[Account, Depends(_map_account)]
"""Somebody who may look at a map: at an area, or else at her own grids."""

_OF_OWN_GRID = frozenset({"never", "unseen", "no_coordinates", "flags"})
_NOT_OF_OWN_GRID = frozenset({"no_owner", "load", "overdue"})


@dataclass(frozen=True)
class Seen:
    """The scene of a request, and what of it the account may see.

    Attributes
    ----------
    wide
        False for a grid manager: her own grid, no owner, no plan, no file of
        anybody.
    """

    asked: Asked
    scene: Scene
    wide: bool

    @property
    def measures(self) -> tuple[Measure, ...]:
        """Return the measures to choose from."""
        found = offered(self.scene.reach or {})
        return found if self.wide else tuple(m for m in found if m.key not in _NOT_OF_OWN_GRID)

    def picture(self) -> Picture:
        """Return what map and table show."""
        if not self.wide and self.asked.measure in _NOT_OF_OWN_GRID:
            raise InputError("map.own-grid", self.asked.measure)
        whole = coverage_picture(self.scene, self.asked.measure, shown=self.asked.shown, owners=self.wide)
        if self.wide:
            return whole
        layers = tuple(_without_links(layer) for layer in whole.layers if layer.key in _OF_OWN_GRID)
        own = tuple(_of_own_grid(cell) for cell in whole.cells)
        return replace(whole, layers=layers, cells=own, total=_of_own_grid(whole.total))


def _without_links(layer: Layer) -> Layer:
    return replace(layer, marks=tuple(replace(mark, href="") for mark in layer.marks))


def _of_own_grid(cell: Cell) -> Cell:
    hidden = (gettext("无责任人"), gettext("超期"))
    return replace(cell, lines=tuple(line for line in cell.lines if line[0] not in hidden))


def see(services: Services, wanted: Asked, account: Account) -> Seen:
    """Compute the figures within the account's scope.

    Raises
    ------
    InputError
        ``map.own-grid``: a grid manager asks for what is not on her map.
    FormError
        ``map.filters``: a grid, village or owner that there is none of.
    """
    wide = any(not hat.narrow for hat in account.hats_with(Right.MAP))
    if not wide:
        _check_own_grid(wanted)
    check_filters(
        wanted.narrow, services.view(account, Right.MAP), services.view(account, Right.MAP, wanted.known)
    )
    day = services.today()
    coverage = services.coverage(account, Right.MAP, wanted.period, wanted.narrow, wanted.known)
    view = services.view(account, Right.MAP, wanted.known)
    now = wide and wanted.known in (None, day)
    scene = Scene(
        coverage,
        view,
        plans=_plans(services.store, account, day) if now else (),
        reach=_reach(services, account, view) if now else None,
        unregistered=_unregistered(services, account, view, wanted.known),
    )
    return Seen(wanted, scene, wide)


def _seen(services: ServicesDep, wanted: AskedDep, account: MapAccount) -> Seen:
    return see(services, wanted, account)


SeenDep = Annotated[Seen, Depends(_seen)]
"""What the request may see."""


def _head(seen: SeenDep, account: Annotated[Account, Depends(needs(Right.DESK))]) -> Seen:
    return seen


WideDep = Annotated[Seen, Depends(_head)]
"""What somebody at a desk may see; a grid manager is refused."""


def _check_own_grid(wanted: Asked) -> None:
    """Refuse what would show a grid manager whom, and for whom, others work, and how often.

    Raises
    ------
    InputError
        ``map.own-grid``.
    """
    narrow = wanted.narrow
    refused = [narrow.tag, narrow.village, narrow.owner]
    refused += [wanted.by.value] if wanted.by in (Dimension.OWNER, Dimension.TAG, Dimension.VILLAGE) else []
    # in fewer days than a month only rules with a shorter interval ask for a contact
    refused += [] if wanted.period.kind else [str(wanted.period)]
    if any(refused):
        raise InputError("map.own-grid", " ".join(filter(None, refused)))


def _unregistered(services: Services, account: Account, view: Snapshot, known: date | None) -> Unregistered:
    """Return the estimate from the sweeps within the account's scope, of everybody there."""
    day = min(services.today(), known or services.today())

    def make() -> Unregistered:
        incoming = services.store.incoming
        grid_of = services.assignment(account, Right.MAP, known).grid_of
        # a phone that was out of reach sends later than it was told: received counts, not asked
        results = [r for r in incoming.sweeps.all() if known is None or china_day(r.received_at) <= known]
        held = {r.building_id for r in results}
        buildings = incoming.buildings.all()
        listed = [b for b in buildings if known is None or b.id in held or china_day(b.at) <= known]
        return estimated(view, listed, results, day, grid_of)

    key = ("unregistered", account.hats_with(Right.MAP), known)
    return services.figures.get(key, (services.store.change, day), make)


def _plans(store: Store, account: Account, day: date) -> tuple[DayPlan, ...]:
    hats = account.hats_with(Right.MAP)
    published = store.plans.of_day(day, state=PlanState.PUBLISHED)
    whole = [hat.division_code for hat in hats if not hat.narrow]
    return tuple(p for p in published if any(covers(code, p.division_code) for code in whole))


def _reach(services: Services, account: Account, view: Snapshot) -> Reach | None:
    """Return the travel times to sites, {} while the work process measures them, None without roads."""
    doors, sites = doors_of(view), sites_of(view)
    if not services.settings.network.is_dir() or not doors or not sites:
        return None
    key, version = ("reach", account.hats_with(Right.MAP)), (doors, sites)
    held = services.kept.get(key)
    if held is None or held[0] != version:
        job = services.work.start(measure_reach, services.settings, doors, sites, owner="map")
        services.kept[key] = held = (version, job)
    job = held[1]
    if job.state in (JobState.FAILED, JobState.CANCELLED):
        return None
    found: Reach = job.result if job.state is JobState.DONE else {}
    return found
