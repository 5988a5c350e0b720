"""The road network: an OpenStreetMap file made into graphs, and asked.

The only door to OSRM. :func:`build` makes one graph
per mode in a folder of its own, named by what went into it (file, box, profile,
speeds), and never makes it twice; :class:`Network` answers with tables and
routes. Contraction hierarchies by default; ``quick`` builds in seconds what
answers more slowly (multi-level Dijkstra).

OSRM holds the interpreter while it computes: in a server, ask from a work
process.
"""

from __future__ import annotations

import hashlib
import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import partial
from importlib import metadata
from itertools import batched
from pathlib import Path
from typing import Any

import numpy as np
import osrm
from numpy.typing import NDArray

from fieldmap.errors import RoadError
from fieldmap.models import Position, TravelMode
from fieldmap.settings import Settings
from routing import profiles
from routing._index import Box, Graph, Index, inside
from routing.basemap import BaseMap, draw
from routing.roadfile import cut, inspect
from routing.shapes import Landmark, RouteShape, Step
from routing.travel import UNREACHABLE, TravelTimes

__all__ = ["Box", "Network", "Progress", "build"]

type Progress = Callable[[str, float], None]
"""Called with the step in words and the share done, 0 to 1."""

_GRAPH = "roads"
_BESIDE_DEGREES = 0.001


@dataclass(frozen=True, slots=True)
class Network:
    """Graphs that were built from one file; open it with :meth:`open`.

    ``index`` says what it was built from; ``index.digest`` is the key under
    which tables may be kept.
    """

    folder: Path
    index: Index
    _engines: dict[TravelMode, Any] = field(default_factory=dict, repr=False, compare=False)

    @classmethod
    def open(cls, folder: Path) -> Network:
        """Open the network in `folder`.

        Raises
        ------
        RoadError
            There is none.
        """
        return cls(folder, Index.read(folder))

    @property
    def box(self) -> Box:
        """Return where the file has roads."""
        return self.index.box

    @property
    def modes(self) -> tuple[TravelMode, ...]:
        """Return the modes that were built."""
        return tuple(mode for mode in TravelMode if mode in self.index.graphs)

    def outside(self, positions: Sequence[Position]) -> list[int]:
        """Return which positions lie outside the file's box."""
        return _outside(self.box, positions)

    def covers(self, positions: Sequence[Position]) -> None:
        """Make sure that this is the right file for `positions`.

        Raises
        ------
        RoadError
            Half of them or more lie outside its box: another place's file, or
            another datum. A few strays are no error; they come back as left
            out because of the road.
        """
        _cover(self.index.name, self.box, positions)

    def far(self, positions: Sequence[Position], limit_m: int) -> list[tuple[int, int]]:
        """Return (number, metres) of the positions farther than `limit_m` from every road.

        Asked on foot where that was built: a path is enough to reach a door.
        """
        mode = next(iter(self.modes), TravelMode.WALK)
        metres: list[int] = []
        for some in batched(_coordinates(positions), 500):
            # To anywhere: a table puts a door on the main roads where its nearest lane leads nowhere.
            options = {"sources": list(range(len(some))), "destinations": [0]}
            found = self._ask("Table", mode, [*some, some[0]], **options)
            metres += [round(float(place["distance"])) for place in found["sources"]]
        return [(i, m) for i, m in enumerate(metres) if m > limit_m]

    def table(self, mode: TravelMode, positions: Sequence[Position]) -> TravelTimes:
        """Return the travel times between all `positions` by `mode`.

        A pair without a way is :data:`routing.travel.UNREACHABLE`; a position
        far from every road has its distance in ``snap_m``.

        Raises
        ------
        RoadError
            The mode was not built, or a position is no position.
        """
        if not (n := len(positions)):
            none = np.zeros((0, 0), np.int32)
            return TravelTimes(none, none, np.zeros(0, np.int32), mode, self._source(mode))
        # OSRM asks for two places at least
        found = self._ask(
            "Table", mode, _coordinates([*positions, positions[0]]), annotations=["duration", "distance"]
        )
        snaps = [round(float(place["distance"])) for place in found["sources"]]
        return TravelTimes(
            duration_s=_whole(found["durations"])[:n, :n],
            distance_m=_whole(found["distances"])[:n, :n],
            snap_m=np.array(snaps[:n], np.int32),
            mode=mode,
            source=self._source(mode),
        )

    def route(self, mode: TravelMode, positions: Sequence[Position]) -> RouteShape:
        """Return the route through `positions` (two or more) by `mode`, with its steps.

        Raises
        ------
        RoadError
            There is no way, or the mode was not built.
        """
        if len(positions) < 2:
            raise RoadError("road.route", len(positions), mode=mode.value)
        options = {"steps": True, "geometries": "geojson", "overview": "full"}
        found = self._ask("Route", mode, _coordinates(positions), **options)
        route = found["routes"][0]
        return RouteShape(
            geometry=tuple((float(c[0]), float(c[1])) for c in route["geometry"]["coordinates"]),
            distance_m=round(float(route["distance"])),
            duration_s=round(float(route["duration"])),
            legs=tuple(tuple(Step.of(step) for step in leg["steps"]) for leg in route["legs"]),
            places=tuple(positions),
            snap_m=tuple(round(float(place["distance"])) for place in found["waypoints"]),
        )

    def way(self, mode: TravelMode, positions: Sequence[Position]) -> RouteShape:
        """Return the route through `positions` with what stands beside it; straight where no way leads."""
        try:
            found = self.route(mode, positions)
        except RoadError:
            return RouteShape.straight(positions)
        return replace(found, landmarks=self.landmarks(found.geometry))

    def landmarks(self, points: Sequence[tuple[float, float]]) -> tuple[Landmark, ...]:
        """Return what the base map names in the box of some (longitude, latitude) points, and close by."""
        base = BaseMap.open(self.folder)
        if base is None:
            return ()
        lons, lats = zip(*points, strict=True)
        edge = _BESIDE_DEGREES
        return base.landmarks((min(lons) - edge, min(lats) - edge, max(lons) + edge, max(lats) + edge))

    def _source(self, mode: TravelMode) -> str:
        graph = self.index.graphs.get(mode)
        speed = f" {graph.kmh:g} km/h" if graph else ""
        return f"OpenStreetMap {self.index.name} ({self.index.digest[:8]}), {mode.value}{speed}"

    def _ask(self, service: str, mode: TravelMode, coordinates: Any, **options: Any) -> Any:
        graph = self.index.graphs.get(mode)
        if graph is None:
            raise RoadError("road.mode", mode.value, modes=", ".join(m.value for m in self.modes))
        engine = self._engine(mode, graph)
        parameters = getattr(osrm, f"{service}Parameters")(coordinates=coordinates, **options)
        try:
            return getattr(engine, service)(parameters)
        except RuntimeError as error:
            raise RoadError("road.route", error, mode=mode.value) from None

    def _engine(self, mode: TravelMode, graph: Graph) -> Any:
        """Load a graph, once."""
        if mode not in self._engines:
            path = str(self.folder / graph.folder / _GRAPH)
            try:
                loaded = osrm.OSRM(algorithm=graph.algorithm, storage_config=path, use_shared_memory=False)
            except RuntimeError:
                raise RoadError("road.none", path) from None
            self._engines[mode] = loaded
        return self._engines[mode]


def _coordinates(positions: Iterable[Position]) -> list[tuple[float, float]]:
    points = [(p.lon, p.lat) for p in positions]
    for point in points:
        if not inside((-180, -85, 180, 85), *point):  # also refuses NaN
            raise RoadError("road.position", point)
    return points


def _outside(box: Box, positions: Sequence[Position]) -> list[int]:
    return [i for i, p in enumerate(positions) if not inside(box, p.lon, p.lat)]


def _cover(name: str, box: Box, positions: Sequence[Position]) -> None:
    strays = len(_outside(box, positions))
    if positions and 2 * strays >= len(positions):
        degrees = ", ".join(f"{edge:g}" for edge in box)
        raise RoadError("road.cover", name, outside=strays, all=len(positions), box=degrees)


def _whole(rows: Any) -> NDArray[np.int32]:
    """Return OSRM's rows as whole numbers, holes as unreachable."""
    values = np.array([list(row) for row in rows], np.float64)
    return np.where(np.isnan(values), UNREACHABLE, np.rint(values)).astype(np.int32)


def build(
    pbf: Path,
    folder: Path,
    modes: Iterable[TravelMode] = tuple(TravelMode),
    *,
    bbox: Box | None = None,
    quick: bool = False,
    doors: Sequence[Position] = (),
    settings: Settings | None = None,
    progress: Progress | None = None,
) -> Network:
    """Build the graphs of `pbf` in `folder`, with a base map beside them, and open them.

    What is there already from the same file, box, profile and speeds is left
    as it is. A graph appears whole or not at all.

    Parameters
    ----------
    bbox
        Use only the roads that touch this box.
    quick
        Multi-level Dijkstra instead of contraction hierarchies.
    doors
        Where it is to lead; a file of another place is refused before
        anything is built (:meth:`Network.covers`).
    settings
        The speeds.

    Raises
    ------
    RoadError
        The file is missing, damaged, without roads or of another place, or
        OSRM refuses it.
        Nothing is left behind.
    """
    settings, say = settings or Settings(), progress or (lambda step, share: None)
    say(f"read {pbf.name}", 0.0)
    box = inspect(pbf, bbox)
    _cover(pbf.name, box, doors)
    digest = _digest(pbf.read_bytes(), repr(bbox))
    made = not folder.exists()
    folder.mkdir(parents=True, exist_ok=True)
    kept = _kept(folder, digest)
    try:
        with tempfile.TemporaryDirectory(prefix=".new-", dir=folder) as fresh:
            source = pbf if bbox is None else cut(pbf, bbox, Path(fresh) / "cut.osm.pbf")
            for number, mode in enumerate(wanted := list(modes)):
                share = partial(_within, say, number, len(wanted))
                kept[mode] = _graph(source, folder, digest, mode, quick, settings, share)
            draw(source, folder, digest)
    except BaseException:
        if made and not any(folder.iterdir()):
            folder.rmdir()
        raise
    Index(pbf.name, digest, box, kept).write(folder)
    say("ready", 1.0)
    return Network.open(folder)


def _within(say: Progress, number: int, of: int, step: str, share: float) -> None:
    """Report a share of one part as a share of the whole."""
    say(step, (number + share) / of)


def _kept(folder: Path, digest: str) -> dict[TravelMode, Graph]:
    """Return the graphs of the same file and box that are there already."""
    try:
        there = Index.read(folder)
    except RoadError:
        return {}
    return dict(there.graphs) if there.digest == digest else {}


def _graph(
    source: Path, folder: Path, digest: str, mode: TravelMode, quick: bool, settings: Settings, say: Progress
) -> Graph:
    """Build one graph, unless it is there; a graph of the better kind serves `quick` too."""
    variables = profiles.variables(mode, settings)
    made_of = _digest(*profiles.sources(mode), json.dumps(variables), metadata.version("osrm-bindings"))
    stem = f"{mode.value}-{digest[:12]}-{made_of[:12]}"
    quick = quick and not (folder / f"{stem}-ch").exists()
    algorithm = "MLD" if quick else "CH"
    graph = Graph(f"{stem}-{algorithm.lower()}", algorithm, profiles.speed_kmh(mode, settings))
    if not (folder / graph.folder).exists():
        with tempfile.TemporaryDirectory(prefix=".new-", dir=folder) as fresh:
            new = Path(fresh, "graph")
            new.mkdir()
            commands = _commands(mode, source, quick)
            for step, command in enumerate(commands):
                say(f"{mode.value}: {command[0]}", step / len(commands))
                _run(command, new, mode, variables)
            new.rename(folder / graph.folder)
    return graph


def _digest(*parts: bytes | str) -> str:
    total = hashlib.sha256()
    for part in parts:
        total.update(part.encode() if isinstance(part, str) else part)
    return total.hexdigest()


def _commands(mode: TravelMode, source: Path, quick: bool) -> list[list[str]]:
    profile = str(profiles.folder() / f"{mode.value}.lua")
    extract = ["extract", "-p", profile, "-o", _GRAPH, str(source.resolve())]
    after = ("partition", "customize") if quick else ("contract",)
    return [extract, *([step, f"{_GRAPH}.osrm"] for step in after)]


def _run(command: list[str], folder: Path, mode: TravelMode, variables: Mapping[str, str]) -> None:
    base = Path(str(osrm.__file__)).parent / "share" / "profiles"
    environment = {
        **os.environ,
        **variables,
        "OSRM_PROFILES": str(base),
        "FIELDMAP_PROFILES": str(profiles.folder()),
    }
    ran = subprocess.run(
        [sys.executable, "-m", "osrm", *command, "-l", "ERROR"],
        cwd=folder,
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )
    if ran.returncode:
        said = (ran.stderr + ran.stdout).strip().splitlines() or [f"exit code {ran.returncode}"]
        raise RoadError("road.build", said[-1], mode=mode.value)
