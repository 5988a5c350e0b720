"""Which doors a packet holds: the stops of a route, whom a contact answers for, who is due beside them."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import replace
from datetime import date, timedelta

from fieldmap.plans import PlannedRoute
from fieldmap.schedule import Due, due, to_visit
from web._packet_door import done_today, listed_stop, planned_stop
from web.stops import Stop, Viewer

__all__ = ["MOST_PEOPLE", "NEAR_M", "duties", "neighbours", "stops_of"]

MOST_PEOPLE = 12
"""How many due people a village contact's list holds at most."""

NEAR_M = 200
"""Metres within which somebody due is a stop's neighbour."""

_MOST_NEIGHBOURS = 12


def stops_of(viewer: Viewer, route: PlannedRoute) -> tuple[Stop, ...]:
    """Return the stops of a route in the order of the day, the calls between the doors."""
    day = sorted(route.stops, key=lambda stop: stop.start_s)
    known = [stop for stop in day if stop.household_id in viewer.snapshot.households]
    dues = _dues(viewer, {c for stop in known for c in stop.client_ids}, viewer.today)
    return tuple(planned_stop(viewer, route.mode, stop, dues) for stop in known)


def duties(
    viewer: Viewer, days: int, *, without: Collection[str] = (), first: int = 1
) -> tuple[tuple[Stop, ...], int]:
    """Return the doors of the people whom the account's actor answers for, and how many are left out.

    Parameters
    ----------
    days
        Who is due today or becomes so within so many days, today counted.
    without
        Households that are on the route already.
    first
        The number of the first door.

    Returns
    -------
    doors
        Those due today, the most urgent first, then those of the next days,
        up to :data:`MOST_PEOPLE` people; then those seen today.
    left
        How many due people more there are.
    """
    waiting = _waiting(viewer, days, without)
    taken: dict[str, list[Due]] = {}
    for household_id, items in waiting.items():
        if sum(map(len, taken.values())) + len(items) <= MOST_PEOPLE or not taken:
            taken[household_id] = items
    left = sum(map(len, waiting.values())) - sum(map(len, taken.values()))
    done = {h: v for h, v in done_today(viewer).items() if h not in without}
    listed = [*taken, *(h for h in done if h not in taken)]
    found = tuple(
        listed_stop(viewer, number, household_id, taken.get(household_id, []), done.get(household_id))
        for number, household_id in enumerate(listed, start=first)
        if household_id in viewer.snapshot.households
    )
    return found, left


def neighbours(
    viewer: Viewer, stops: Sequence[Stop], near: Mapping[str, str], without: Collection[str]
) -> tuple[Stop, ...]:
    """Return who is due today beside a stop, for the station's staff; a contact's list has her people.

    Nobody to whom one should not go alone, unless that stop is visited by two.

    Parameters
    ----------
    near
        Household → id of the stop it lies near.
    without
        Households that are on a route of the day, or on the list.
    """
    snapshot, beside = viewer.snapshot, {stop.id: stop for stop in stops}
    wanted = {
        client.id
        for client in snapshot.clients.values()
        if client.household_id in near and viewer.staff(snapshot.households[client.household_id])
    }
    found: dict[str, list[Due]] = {}
    for item in to_visit(_dues(viewer, wanted, viewer.today).values()):
        if item.household_id not in without:
            found.setdefault(item.household_id, []).append(item)
    pairs = {key for key, stop_id in near.items() if stop_id in beside and beside[stop_id].partners}
    safe = [key for key, items in found.items() if key in pairs or all(_alone(viewer, i) for i in items)]
    return tuple(
        listed_stop(viewer, number, key, found[key], None)
        for number, key in enumerate(safe[:_MOST_NEIGHBOURS], start=len(stops) + 1)
    )


def _alone(viewer: Viewer, item: Due) -> bool:
    """Return whether the visitor may go there without a second one."""
    sex = viewer.actor.sex if viewer.actor else None
    return not item.pair_required and item.companion in (None, sex)


def _answered_for(viewer: Viewer) -> set[str]:
    """Return the clients whom the account's actor answers for, as the first or as the deputy."""
    actor_id = viewer.account.actor_id
    return {
        duty.client_id
        for duty in viewer.snapshot.responsibilities.values()
        if actor_id is not None and actor_id in (duty.actor_id, duty.deputy_id)
    }


def _waiting(viewer: Viewer, days: int, without: Collection[str]) -> dict[str, list[Due]]:
    """Return household → who is due there within some days, those of today first."""
    client_ids = _answered_for(viewer)
    now = to_visit(_dues(viewer, client_ids, viewer.today).values())
    known = {item.client_id for item in now}
    last = viewer.today + timedelta(days=days - 1)
    soon = [i for i in to_visit(_dues(viewer, client_ids, last).values()) if i.client_id not in known]
    waiting: dict[str, list[Due]] = {}
    for item in (*now, *soon):
        if item.household_id not in without:
            waiting.setdefault(item.household_id, []).append(item)
    return waiting


def _dues(viewer: Viewer, client_ids: Collection[str], day: date) -> dict[str, Due]:
    """Return what some persons are due on a day; the county's other visits are left aside."""
    snapshot = viewer.snapshot
    part = replace(
        snapshot,
        clients={key: c for key, c in snapshot.clients.items() if key in client_ids},
        tags=tuple(t for t in snapshot.tags if t.client_id in client_ids),
        visits=tuple(v for v in snapshot.visits if not set(v.client_ids).isdisjoint(client_ids)),
    )
    return {item.client_id: item for item in due(part, viewer.rules, day)}
