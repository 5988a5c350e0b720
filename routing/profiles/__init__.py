"""Lua profiles of the three travel modes, over those of the OSRM wheel.

A profile reads its speed from the environment, so that the speed is a setting
and two graphs of different speeds have different names.
"""

from __future__ import annotations

from collections.abc import Mapping
from importlib import resources
from pathlib import Path

from fieldmap.models import TravelMode
from fieldmap.settings import Settings

__all__ = ["folder", "sources", "speed_kmh", "variables"]


def folder() -> Path:
    """Return where the profiles lie."""
    return Path(str(resources.files("routing.profiles")))


def sources(mode: TravelMode) -> list[bytes]:
    """Return the text of everything of ours that decides how `mode` travels."""
    return [(folder() / name).read_bytes() for name in (f"{mode.value}.lua", "shared.lua")]


def speed_kmh(mode: TravelMode, settings: Settings) -> float:
    """Return the speed of `mode` (of a car, the most) in km/h."""
    return {
        TravelMode.WALK: settings.walk_kmh,
        TravelMode.EBIKE: settings.ebike_kmh,
        TravelMode.CAR: settings.car_cap_kmh,
    }[mode]


def variables(mode: TravelMode, settings: Settings) -> Mapping[str, str]:
    """Return what the profile of `mode` reads from its environment."""
    name = {
        TravelMode.WALK: "FIELDMAP_WALK_KMH",
        TravelMode.EBIKE: "FIELDMAP_EBIKE_KMH",
        TravelMode.CAR: "FIELDMAP_CAR_CAP_KMH",
    }[mode]
    return {name: f"{speed_kmh(mode, settings):g}"}
