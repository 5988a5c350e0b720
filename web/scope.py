"""The part of the record that somebody may see."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

from fieldmap.access import Account, Hat, Right, covers, sees_grid, sees_household
from fieldmap.models import Division, Snapshot

__all__ = ["scoped", "sees_division", "visible"]


def sees_division(hats: Iterable[Hat], division: Division) -> bool:
    """Return whether one of the hats covers the division, or lies in it (its own chain upward)."""
    return any(
        covers(hat.division_code, division.code) or covers(division.code, hat.division_code) for hat in hats
    )


def visible(snapshot: Snapshot, account: Account, right: Right) -> Snapshot:
    """Return what an account sees by a right; nothing where no hat gives it."""
    return scoped(snapshot, account.hats_with(right))


def scoped(snapshot: Snapshot, hats: Iterable[Hat]) -> Snapshot:
    """Return the snapshot with nothing in it that lies outside the hats' scope.

    A household is in by its grid (a hat for one grid) or its division; what
    hangs on it follows: clients, tags, visits, exclusions, events.
    """
    hats = tuple(hats)
    households = {key: h for key, h in snapshot.households.items() if sees_household(hats, h)}
    clients = {key: c for key, c in snapshot.clients.items() if c.household_id in households}
    grids = {key: g for key, g in snapshot.grids.items() if sees_grid(hats, g)}
    codes = [h.division_code for h in hats]
    stations = [h.division_code for h in hats if not h.grid_code]
    return replace(
        snapshot,
        divisions={key: d for key, d in snapshot.divisions.items() if sees_division(hats, d)},
        grids=grids,
        sites={key: s for key, s in snapshot.sites.items() if _within(codes, s.division_code)},
        actors={key: a for key, a in snapshot.actors.items() if _within(stations, a.division_code)},
        households=households,
        clients=clients,
        tags=tuple(t for t in snapshot.tags if t.client_id in clients),
        exclusions=tuple(e for e in snapshot.exclusions if e.client_id in clients),
        responsibilities={k: r for k, r in snapshot.responsibilities.items() if r.client_id in clients},
        events=tuple(e for e in snapshot.events if e.client_id in clients),
        visits=tuple(v for v in snapshot.visits if v.household_id in households),
        flags=tuple(f for f in snapshot.flags if f.grid_code in grids),
    )


def _within(scopes: Iterable[str], code: str) -> bool:
    return any(covers(scope, code) for scope in scopes)
