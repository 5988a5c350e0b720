"""A published plan for the village: a worker's route of three doors, one of them with a colleague."""

from __future__ import annotations

from fieldmap.models import Channel, TravelMode
from fieldmap.plans import DayPlan, PlannedRoute, PlannedStop, PlanState
from fieldmap.store import Store
from tests.web.village import LAT, LON, NOW, TODAY, TOWN

__all__ = ["PLAN", "publish"]


def _stop(
    seq: int, household: str, clients: tuple[str, ...], minute: int, partners: tuple[str, ...] = ()
) -> PlannedStop:
    at = 9 * 3600 + minute * 60
    return PlannedStop(
        id=f"s{seq}",
        seq=seq,
        household_id=household,
        client_ids=clients,
        partner_ids=partners,
        channel=Channel.DOOR,
        arrive_s=at,
        start_s=at,
        depart_s=at + 1800,
        travel_s=300,
        travel_m=900,
        reason_zh="上次见到 2 月 20 日,3 月 31 日前应访。",
        reason_en="Last seen 20 Feb, due by 31 Mar.",
    )


def _along(*points: tuple[float, float]) -> tuple[tuple[float, float], ...]:
    return tuple((LON + east, LAT + north) for east, north in points)


PLAN = DayPlan(
    id="plan-1",
    day=TODAY,
    division_code=TOWN.code,
    state=PlanState.DRAFT,
    created_at=NOW,
    created_by="head",
    engine="ortools",
    travel_source="straight line × 1.4",
    seed=1,
    routes=(
        PlannedRoute(
            id="r1",
            actor_id="w1",
            mode=TravelMode.EBIKE,
            distance_m=4200,
            travel_s=1500,
            start_s=9 * 3600,
            end_s=11 * 3600,
            shape=_along((0.01, 0.005), (0.006, 0.006), (0.004, 0.003), (0.002, 0.002), (0.01, 0.005)),
            stops=(
                _stop(1, "h3", ("p4",), 5, partners=("w2",)),
                _stop(2, "h2", ("p2", "p3"), 45),
                _stop(3, "h1", ("p1",), 80),
            ),
        ),
    ),
)
"""Stops 1 (a child, with a colleague), 2 (two persons) and 3 (overdue) of worker w1."""


def publish(store: Store, plan: DayPlan = PLAN) -> None:
    """Save a plan and publish it."""
    store.plans.save(plan)
    store.plans.publish(plan.id, "head")
