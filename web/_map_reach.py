"""Travel time from every door to the nearest site of each kind, on foot.

Measured once for a set of doors and sites, in the work process: the road
engine would stop every page. Until it is done, and without roads, the map
offers what it has.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import batched

import numpy as np

from fieldmap.models import Position, SiteFunction, Snapshot, TravelMode
from fieldmap.settings import Settings
from routing.sources import travel_for
from routing.travel import UNREACHABLE, Travel
from web.i18n import N_
from web.work import Report

__all__ = ["doors_of", "measure_reach", "reach_of", "sites_of"]

_BATCH = 500  # doors a table: (500 + sites)² pairs

type Doors = tuple[tuple[str, Position], ...]
type Sites = tuple[tuple[tuple[SiteFunction, ...], Position], ...]


def doors_of(snapshot: Snapshot) -> Doors:
    """Return the households with a place, by id."""
    found = ((h.id, h.place) for h in snapshot.households.values())
    return tuple(
        sorted(((key, place) for key, place in found if place is not None), key=lambda door: door[0])
    )


def sites_of(snapshot: Snapshot) -> Sites:
    """Return the sites with a place, by id."""
    sites = sorted(snapshot.sites.values(), key=lambda site: site.id)
    return tuple((site.functions, site.position) for site in sites if site.position is not None)


def reach_of(
    travel: Travel, doors: Doors, sites: Sites, *, snap_limit_m: int
) -> dict[SiteFunction, dict[str, float]]:
    """Return the seconds from each door to the nearest site of each kind.

    Parameters
    ----------
    travel
        Roads; walking times are taken.
    snap_limit_m
        A door or site farther than this from every road is not measured, in
        metres.

    Returns
    -------
    dict
        Kind → household id → seconds; a door without a way is not in it.
    """
    found: dict[SiteFunction, dict[str, float]] = {f: {} for functions, _ in sites for f in functions}
    if not sites:
        return found
    for batch in batched(doors, _BATCH):
        for key, function, seconds in _batch(travel, batch, sites, snap_limit_m):
            found[function][key] = seconds
    return found


def _batch(
    travel: Travel, doors: Sequence[tuple[str, Position]], sites: Sites, snap_limit_m: int
) -> Iterator[tuple[str, SiteFunction, float]]:
    places = [*(place for _, place in doors), *(place for _, place in sites)]
    table = travel.table(TravelMode.WALK, places)
    near = table.snap_m <= snap_limit_m
    seconds = np.where(near[:, None] & near[None, :], table.duration_s, UNREACHABLE)[
        : len(doors), len(doors) :
    ]
    for function in SiteFunction:
        columns = [i for i, (functions, _) in enumerate(sites) if function in functions]
        if columns:
            least = seconds[:, columns].min(axis=1)
            for (key, _), time in zip(doors, least.tolist(), strict=True):
                if time < UNREACHABLE:
                    yield key, function, float(time)


def measure_reach(
    report: Report, settings: Settings, doors: Doors, sites: Sites
) -> dict[SiteFunction, dict[str, float]]:
    """Measure in the work process; see :func:`reach_of`.

    Raises
    ------
    RoadError
        The road network is of another place, or damaged.
    """
    report(N_("测量到设施的路程"))
    travel = travel_for(settings, [place for _, place in doors])
    return reach_of(travel, doors, sites, snap_limit_m=settings.snap_limit_m)
