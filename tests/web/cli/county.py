"""A county made by the command line from files a test writes, and the ten people in it."""

from __future__ import annotations

import contextlib
import contextvars
import csv
import io
import json
import warnings
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
import shapely

from tests.source import ROOT
from web.cli import main

COUNTY, TOWN, VILLAGE = "990101000000", "990101100000", "990101100201"
GRID_1, GRID_2 = f"{VILLAGE}001", f"{VILLAGE}002"
TEN = ROOT / "tests" / "data" / "ten.xlsx"
WORKER = "w1"
PASSWORD = "password-1"


@dataclass(frozen=True)
class Ran:
    """What a command left: its exit code and what it said on its two streams."""

    code: int
    out: str
    err: str

    @property
    def record(self) -> dict[str, Any]:
        """Return what the command printed as one JSON object."""
        found: dict[str, Any] = json.loads(self.out)
        return found

    @property
    def records(self) -> list[dict[str, Any]]:
        """Return what the command printed as JSON lines."""
        return [json.loads(line) for line in self.out.splitlines()]

    @property
    def table(self) -> list[list[str]]:
        """Return what the command printed as CSV."""
        return list(csv.reader(io.StringIO(self.out)))


@dataclass(frozen=True)
class Station:
    """A folder with a county file and the settings to work on it."""

    folder: Path
    settings: Mapping[str, str] = field(default_factory=dict)

    @property
    def db(self) -> Path:
        """Return where the county file is."""
        return self.folder / "county.db"

    def environment(self, **more: str) -> dict[str, str]:
        """Return the settings as environment variables."""
        own = {
            "FIELDMAP_DB": str(self.db),
            "FIELDMAP_NETWORK": str(self.folder / "network"),
            "FIELDMAP_TODAY": "2026-03-20",
            "FIELDMAP_LANG": "en",
            "FIELDMAP_PLAN_SECONDS": "1",
        }
        return {**own, **self.settings, **more}

    def run(self, *args: object, **more: str) -> Ran:
        """Run a command in this process; ``more`` are further settings."""
        out, err = io.StringIO(), io.StringIO()
        with pytest.MonkeyPatch.context() as patch, warnings.catch_warnings():
            for name, value in self.environment(**more).items():
                patch.setenv(name, value)
            with contextlib.redirect_stdout(out), contextlib.redirect_stderr(err):
                # the language of the messages must not stay behind
                code = contextvars.copy_context().run(_exit_code, [str(a) for a in args])
        return Ran(code, out.getvalue(), err.getvalue())

    def done(self, *args: object, **more: str) -> Ran:
        """Run a command that must succeed."""
        ran = self.run(*args, **more)
        assert ran.code == 0, ran.err
        return ran

    def write(self, name: str, content: str | bytes) -> Path:
        """Write a file beside the county file."""
        path = self.folder / name
        path.write_bytes(content if isinstance(content, bytes) else content.encode())
        return path


def _exit_code(args: list[str]) -> int:
    try:
        main(args)
    except SystemExit as stop:
        return stop.code if isinstance(stop.code, int) else 1
    return 0


DIVISIONS = f"""\
code,name,level,parent_code,urban
{TOWN},安镇,3,{COUNTY},0
{VILLAGE},安家村,4,{TOWN},0
"""

ACTORS = f"""\
id,name,role,society,sex,division_code,certificate
{WORKER},周敏,social_worker,social_worker,female,{TOWN},助理社会工作师
"""


def feature(shape: Any, **properties: object) -> dict[str, Any]:
    """Return one place of a map file."""
    geometry = None if shape is None else json.loads(shapely.to_geojson(shape))
    return {"type": "Feature", "properties": properties, "geometry": geometry}


def collection(features: Sequence[Mapping[str, Any]]) -> str:
    """Return a map file."""
    return json.dumps({"type": "FeatureCollection", "features": list(features)}, ensure_ascii=False)


GRIDS = collection(
    [
        feature(shapely.box(116.92, 33.30, 116.95, 33.32), code=GRID_1, name="一网格"),
        feature(None, code=GRID_2, name="二网格"),
    ]
)

SITES = collection(
    [
        feature(
            shapely.Point(116.931, 33.310),
            id="s1",
            name="安镇社工站",
            functions=["station"],
            division_code=TOWN,
        )
    ]
)


def found_county(folder: Path, **settings: str) -> Station:
    """Make a county file with one town, one village, two grids, a station and a worker."""
    station = Station(folder, settings)
    station.done("init", "--county", COUNTY, "--name", "安县")
    files = {
        "divisions.csv": DIVISIONS,
        "actors.csv": ACTORS,
        "grids.geojson": GRIDS,
        "sites.geojson": SITES,
    }
    paths = [station.write(name, content) for name, content in files.items()]
    station.done("import", *paths)
    return station


def found_ten(folder: Path, **settings: str) -> Station:
    """Make the county of the ten people."""
    station = found_county(folder, **settings)
    station.done("import", TEN)
    return station
