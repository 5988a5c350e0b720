"""The ten people on a map: scenes, plans and layers that the tests of the map look at."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime

from fieldmap.coverage import Coverage, measures
from fieldmap.models import (
    Channel,
    Position,
    Site,
    SiteFunction,
    Snapshot,
    TravelMode,
)
from fieldmap.periods import Period
from fieldmap.plans import DayPlan, PlannedRoute, PlannedStop, PlanState
from fieldmap.rules import load
from tests.fieldmap.ten import TEN, TODAY, TOWN, VILLAGE
from web._map_picture import Scene
from web._map_values import Layer, Picture

__all__ = [
    "CLINIC",
    "MARCH",
    "MORNING",
    "RULES",
    "STATION",
    "WITH_SITES",
    "coverage_of",
    "layer_of",
    "plan_of",
    "scene_of",
]

RULES = load()
MARCH = Period.month(TODAY)
STATION = Site("s1", "安镇社工站", (SiteFunction.STATION, SiteFunction.ROOM), TOWN, Position(116.93, 33.31))
CLINIC = Site("s2", "安家村卫生室", (SiteFunction.CLINIC,), VILLAGE, Position(116.94, 33.31))
WITH_SITES = replace(TEN, sites={STATION.id: STATION, CLINIC.id: CLINIC})
MORNING = datetime(2026, 3, 19, 1, tzinfo=UTC)


def coverage_of(snapshot: Snapshot) -> Coverage:
    """Return the measures of March."""
    return measures(snapshot, RULES, MARCH, TODAY)


def scene_of(snapshot: Snapshot = TEN, *plans: DayPlan) -> Scene:
    """Return what a map of March is drawn from."""
    return Scene(coverage_of(snapshot), snapshot, plans)


def layer_of(picture: Picture, key: str) -> Layer:
    """Return one layer of a picture."""
    return next(layer for layer in picture.layers if layer.key == key)


def plan_of(*households: str, source: str = "straight line × 1.4") -> DayPlan:
    """Return a published plan of one route past some doors."""
    stops = tuple(
        PlannedStop(
            f"stop-{key}", n, key, (), (), Channel.DOOR, 32400, 32400, 34200, 300, 900, "上次联系", "Last"
        )
        for n, key in enumerate(households, 1)
    )
    route = PlannedRoute("r1", "w1", TravelMode.EBIKE, 900, 300, 32400, 36000, (), stops)
    return DayPlan(
        "plan", TODAY, TOWN, PlanState.PUBLISHED, MORNING, "head", "ortools", source, 1, routes=(route,)
    )
