"""The part of the record that somebody may see."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace

from fieldmap.access import Account, Hat, Right, covers, sees_grid, sees_household
from fieldmap.grids import Assignment
from fieldmap.models import Division, Snapshot

__all__ = ["cut", "scoped", "sees_division", "village_code", "visible"]

_VILLAGE = 12  # digits of a grid's code that are its village's


def sees_division(hats: Iterable[Hat], division: Division) -> bool:
    """Return whether one of the hats covers the division, or lies in it (its own chain upward)."""
    return any(
        covers(hat.division_code, division.code) or covers(division.code, hat.division_code) for hat in hats
    )


def visible(snapshot: Snapshot, account: Account, right: Right) -> Snapshot:
    """Return what an account sees by a right; nothing where no hat gives it."""
    return scoped(snapshot, account.hats_with(right))


def scoped(
    snapshot: Snapshot, hats: Iterable[Hat], grid_of: Mapping[str, str | None] | None = None
) -> Snapshot:
    """Return the snapshot with nothing in it that lies outside the hats' scope.

    A household is in by its grid (a hat for one grid) or its division; what
    hangs on it follows: clients, tags, visits, exclusions, events.

    Parameters
    ----------
    grid_of
        Household id → the grid its door is in (:func:`fieldmap.grids.assign`);
        without it the ledger's.
    """
    hats = tuple(hats)
    households = {key: h for key, h in snapshot.households.items() if sees_household(hats, h, grid_of)}
    clients = {key: c for key, c in snapshot.clients.items() if c.household_id in households}
    grids = {key: g for key, g in snapshot.grids.items() if sees_grid(hats, g)}
    codes = [h.division_code for h in hats]
    whole = [h.division_code for h in hats if not h.grid_code]
    return replace(
        snapshot,
        divisions={key: d for key, d in snapshot.divisions.items() if sees_division(hats, d)},
        grids=grids,
        sites={key: s for key, s in snapshot.sites.items() if _within(codes, s.division_code)},
        actors={key: a for key, a in snapshot.actors.items() if _within(whole, a.division_code)},
        households=households,
        clients=clients,
        tags=tuple(t for t in snapshot.tags if t.client_id in clients),
        exclusions=tuple(e for e in snapshot.exclusions if e.client_id in clients),
        responsibilities={k: r for k, r in snapshot.responsibilities.items() if r.client_id in clients},
        events=tuple(e for e in snapshot.events if e.client_id in clients),
        visits=tuple(v for v in snapshot.visits if v.household_id in households),
        # a flag outlives its grid, whose import may be taken back
        flags=tuple(
            f for f in snapshot.flags if f.grid_code in grids or _within(whole, village_code(f.grid_code))
        ),
    )


def cut(assignment: Assignment, view: Snapshot) -> Assignment:
    """Return what of an assignment is about a part of its record; doors elsewhere are not named."""
    return Assignment(
        {key: assignment.grid_of.get(key) for key in view.households},
        {code: shape for code, shape in assignment.polygons.items() if code in view.grids},
        tuple(issue for issue in assignment.issues if issue.value in view.grids),
    )


def village_code(grid_code: str) -> str:
    """Return the village of a grid whose record is gone, by the digits of its code, however many it has."""
    return grid_code[:_VILLAGE]


def _within(scopes: Iterable[str], code: str) -> bool:
    return any(covers(scope, code) for scope in scopes)
