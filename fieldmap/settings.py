"""Settings: one list with name, type, default, unit and what each is for.

Values come from the environment (``FIELDMAP_`` + name in capitals). Nothing
is read at import time; :func:`load` reads once and returns a frozen value.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping
from dataclasses import dataclass, fields
from datetime import date
from math import inf
from pathlib import Path
from typing import Any

from fieldmap.errors import InputError
from fieldmap.tilesource import TileSource

__all__ = ["LEAST_MEMORY_MB", "SETTINGS", "Setting", "Settings", "load"]


@dataclass(frozen=True, slots=True)
class Setting:
    """One setting: what it is called, what it holds and what it is for."""

    name: str
    type: type
    default: Any
    unit: str
    help: str

    @property
    def variable(self) -> str:
        """Return the name of the environment variable."""
        return f"FIELDMAP_{self.name.upper()}"


SETTINGS: tuple[Setting, ...] = (
    Setting("db", Path, Path("fieldmap.db"), "path", "the county file"),
    Setting(
        "key",
        str,
        "",
        "64 hex digits or a passphrase",
        "opens the county file through SQLCipher; empty: plain SQLite",
    ),
    Setting("network", Path, Path("network"), "folder", "the road graphs built by `fieldmap network`"),
    Setting("lang", str, "zh-CN", "zh-CN or en", "language of messages and pages"),
    Setting("today", date, None, "YYYY-MM-DD", "the day to work on; empty: the clock's day in China"),
    Setting("host", str, "127.0.0.1", "address", "where the server listens"),
    Setting("port", int, 8321, "port", "where the server listens"),
    Setting("http_port", int, 8320, "port", "with https: where phones that do not trust it yet are helped"),
    Setting(
        "certificates",
        Path,
        None,
        "folder",
        "keys of https and of its authority; empty: `certificates` beside the county file",
    ),
    Setting("session_hours", int, 12, "hours", "how long a sign-in lasts"),
    Setting("device_days", int, 30, "days", "how long a phone stays bound by its QR sign-in"),
    Setting(
        "phone_hold",
        str,
        "pin",
        "pin or memory",
        "whether a phone may keep its packet behind a PIN, or forgets it when the page closes",
    ),
    Setting("phone_hours", int, 36, "hours", "how long the phone of staff opens its packet after a sign-in"),
    Setting("list_days", int, 7, "days", "how long the phone of a contact, volunteer or grid manager does"),
    Setting("child_photos", bool, False, "1 or 0", "whether a photo may be taken at a child's visit"),
    Setting(
        "overdue_minutes", int, 30, "minutes", "how late a worker may be back before the desk is alarmed"
    ),
    Setting("walk_kmh", float, 4.5, "km/h", "walking speed on roads"),
    Setting("ebike_kmh", float, 18.0, "km/h", "e-bike speed on roads"),
    Setting("car_cap_kmh", float, 40.0, "km/h", "cap on car speed"),
    Setting("snap_limit_m", int, 250, "metres", "a point farther than this from the road is an issue"),
    Setting("detour_factor", float, 1.4, "ratio", "road length ÷ straight line where there is no road file"),
    Setting("slack_share", float, 0.2, "share of the working day", "time a plan keeps free for emergencies"),
    Setting("suppress_below", int, 5, "persons", "cells under this are withheld from figures that go upward"),
    Setting("station_phone", str, "", "number", "the station's telephone, on the day sheet"),
    Setting("emergency_phone", str, "110 / 120", "number", "whom to call in danger, on the day sheet"),
    Setting("plan_seconds", float, 5.0, "seconds", "how long the planner may search"),
    Setting("memory_mb", int, 2048, "MiB", "memory limit of the work process"),
    Setting("evidence_near_m", int, 100, "metres", "a check-in farther than this is not near the door"),
    Setting(
        "evidence_visits", int, 5, "visits", "more than so many of one recorder together are looked at again"
    ),
    Setting("evidence_minutes", int, 10, "minutes", "within which they count as together"),
    Setting(
        "tile_url",
        str,
        "",
        "address with {z}, {x}, {y}, {key}",
        "a base map of another host under the desk's map, several layers with a blank between; empty: none",
    ),
    Setting("tile_key", str, "", "text", "the key its provider gave, put where the address says {key}"),
    Setting("tile_datum", str, "CGCS2000", "WGS-84, CGCS2000 or GCJ-02", "the datum of that base map"),
    Setting("tile_matrix", str, "w", "w or c", "its tiling: web Mercator, or longitude and latitude"),
    Setting("tile_approval", str, "", "审图号", "its approval number, shown on the map; needed"),
    Setting("tile_attribution", str, "", "text", "whose map it is, shown on the map"),
    Setting("tile_max_zoom", int, 18, "level", "the finest level that base map has"),
)
"""Every setting with its type, default, unit and what it is for."""


LEAST_MEMORY_MB = 256
"""With less, in MiB, the work process does not even start."""

type _Range = tuple[str, Callable[[Any], bool], tuple[str, ...]]
"""What is allowed in words, whether a value is, and of which settings."""

_ALLOWED: tuple[_Range, ...] = (
    ("zh-CN, en", lambda value: value in ("zh-CN", "en"), ("lang",)),
    ("pin, memory", lambda value: value in ("pin", "memory"), ("phone_hold",)),
    (
        "> 0",
        lambda value: 0 < value < inf,  # NaN is not
        (
            *("session_hours", "device_days", "snap_limit_m", "walk_kmh", "ebike_kmh", "car_cap_kmh"),
            *("detour_factor", "plan_seconds", "phone_hours", "list_days"),
            *("evidence_near_m", "evidence_visits", "evidence_minutes"),
        ),
    ),
    # port 0 is any that is free; one too high is told by whoever opens it
    (">= 0", lambda value: value >= 0, ("overdue_minutes", "suppress_below", "port", "http_port")),
    (f">= {LEAST_MEMORY_MB}", lambda value: value >= LEAST_MEMORY_MB, ("memory_mb",)),
    ("0 … 0.99", lambda value: 0 <= value < 1, ("slack_share",)),
)


@dataclass(frozen=True, slots=True)
class Settings:
    """The values in force; see :data:`SETTINGS` for what each is for."""

    db: Path = Path("fieldmap.db")
    key: str = ""
    network: Path = Path("network")
    lang: str = "zh-CN"
    today: date | None = None
    host: str = "127.0.0.1"
    port: int = 8321
    http_port: int = 8320
    certificates: Path | None = None
    session_hours: int = 12
    device_days: int = 30
    phone_hold: str = "pin"
    phone_hours: int = 36
    list_days: int = 7
    child_photos: bool = False
    overdue_minutes: int = 30
    walk_kmh: float = 4.5
    ebike_kmh: float = 18.0
    car_cap_kmh: float = 40.0
    snap_limit_m: int = 250
    detour_factor: float = 1.4
    slack_share: float = 0.2
    suppress_below: int = 5
    station_phone: str = ""
    emergency_phone: str = "110 / 120"
    plan_seconds: float = 5.0
    memory_mb: int = 2048
    evidence_near_m: int = 100
    evidence_visits: int = 5
    evidence_minutes: int = 10
    tile_url: str = ""
    tile_key: str = ""
    tile_datum: str = "CGCS2000"
    tile_matrix: str = "w"
    tile_approval: str = ""
    tile_attribution: str = ""
    tile_max_zoom: int = 18

    def __post_init__(self) -> None:
        for allowed, fits, names in _ALLOWED:
            for name in names:
                value = getattr(self, name)
                if not fits(value):
                    raise InputError("setting.value", value, name=f"FIELDMAP_{name.upper()}", allowed=allowed)
        TileSource.of(self)

    @property
    def tiles(self) -> TileSource | None:
        """Return the base map of another host; None by default."""
        return TileSource.of(self)


def load(environ: Mapping[str, str] | None = None) -> Settings:
    """Read the settings from the environment.

    Raises
    ------
    InputError
        A value has the wrong type or is out of range.
    """
    environ = os.environ if environ is None else environ
    given: dict[str, Any] = {}
    known = {f.name for f in fields(Settings)}
    for setting in SETTINGS:
        text = environ.get(setting.variable, "")
        if text and setting.name in known:
            given[setting.name] = _parse(setting, text)
    return Settings(**given)


_READ: Mapping[type, Callable[[str], Any]] = {
    date: date.fromisoformat,
    bool: {"1": True, "yes": True, "0": False, "no": False}.__getitem__,
}


def _parse(setting: Setting, text: str) -> Any:
    try:
        return _READ.get(setting.type, setting.type)(text)
    except (KeyError, ValueError):
        raise InputError("setting.value", text, name=setting.variable, allowed=setting.unit) from None
