"""Map files → places in WGS-84: GeoJSON, Shapefile, GeoPackage."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

import geopandas as gpd
import numpy as np
import shapely
from numpy.typing import ArrayLike, NDArray
from pyogrio.errors import DataLayerError, DataSourceError

from fieldmap.datum import Datum, offset_suspicion, to_wgs84
from fieldmap.errors import InputError, Issue

__all__ = ["Places", "read_places", "refuse_wrong_datum"]

_EXTENSIONS = (".geojson", ".json", ".shp", ".gpkg")
_CHINA = (73.0, 3.0, 136.0, 54.0)
_CGCS2000 = "EPSG:4490"
_DATUM_COLUMNS = ("datum", "datum_claimed", "坐标系")


@dataclass(frozen=True, slots=True)
class Places:
    """What came out of a map file.

    Attributes
    ----------
    frame
        A GeoDataFrame in EPSG:4326 with the columns of the file; the
        geometry may be None. ``datum_claimed`` is what each feature was read
        as.
    datum
        What the file as a whole claimed or was declared to be in.
    issues
        By feature, counted from 1.
    """

    frame: Any
    datum: Datum
    issues: tuple[Issue, ...]


def read_places(path: Path | str, datum: Datum | None = None) -> Places:
    """Read polygons or points from a map file.

    Parameters
    ----------
    path
        ``.geojson``, ``.shp`` (with its ``.dbf`` and ``.shx``) or ``.gpkg``.
    datum
        What the coordinates are really in, whatever the file says; without
        it the file's own reference system counts. GCJ-02 and BD-09 have
        none, so files in them claim WGS-84 or nothing; a column ``datum`` or
        坐标系 may say it for each feature.

    Raises
    ------
    InputError
        No such file, unknown kind, damaged, nothing in it, or coordinates
        that do not lie in China.
    """
    path = Path(path)
    frame = _open(path)
    issues: list[Issue] = []
    whole = datum or _claimed(frame, issues)
    frame = _in_degrees(frame)
    claims = [whole] * len(frame) if datum else _claims(frame, whole, issues)
    shapes = np.array(frame.geometry.values, dtype=object)
    for claimed in (Datum.GCJ02, Datum.BD09):
        those = np.array([claim is claimed for claim in claims])
        shapes[those] = shapely.transform(shapes[those], partial(_turned, datum=claimed))
    _refuse_outside(path, shapes)
    shapes = _mended(shapes, issues)
    geometry = gpd.GeoSeries(shapes, index=frame.index, crs="EPSG:4326")
    frame = frame.set_geometry(geometry).assign(datum_claimed=[str(claim) for claim in claims])
    return Places(frame, whole, tuple(issues))


def refuse_wrong_datum(
    lon: ArrayLike,
    lat: ArrayLike,
    polygons: Sequence[Any],
    *,
    belongs: Sequence[int] | None = None,
    declared: Datum = Datum.WGS84,
) -> None:
    """Refuse a batch of points that fits its areas only in another datum.

    The parameters are those of :func:`fieldmap.datum.offset_suspicion`;
    ``declared`` is what the file said.

    Raises
    ------
    InputError
        The points as a whole lie beside their areas by a known shift.
    """
    suspicion = offset_suspicion(lon, lat, polygons, belongs=belongs)
    if suspicion is not None and not suspicion.areas:
        raise InputError(
            "places.datum", declared, datum=suspicion.datum, metres=round(suspicion.distance_m, -1)
        )


def _open(path: Path) -> Any:
    if not path.is_file():
        raise InputError("table.missing", path.name)
    if path.suffix.lower() not in _EXTENSIONS:
        raise InputError("table.extension", path.name, known=" ".join(_EXTENSIONS))
    try:
        frame = gpd.read_file(path, engine="pyogrio")
    except (DataSourceError, DataLayerError, ValueError, UnicodeDecodeError) as error:
        raise InputError("places.unreadable", path.name) from error
    if not isinstance(frame, gpd.GeoDataFrame):
        raise InputError("places.unreadable", path.name)
    if frame.empty:
        raise InputError("table.empty", path.name)
    return frame


def _claimed(frame: Any, issues: list[Issue]) -> Datum:
    if frame.crs is None:
        issues.append(Issue(0, "", "", "datum.unsaid", kept=True))
        return Datum.WGS84
    return Datum.CGCS2000 if "China Geodetic" in str(frame.crs.geodetic_crs.name) else Datum.WGS84


def _claims(frame: Any, whole: Datum, issues: list[Issue]) -> list[Datum]:
    """Return what each feature says it is in; where it says nothing, what the file says."""
    column = next((name for name in _DATUM_COLUMNS if name in frame.columns), None)
    if column is None:
        return [whole] * len(frame)
    claims = []
    for row, said in enumerate(frame[column].fillna("").astype(str), start=1):
        claim = Datum.parse(said) if said.strip() else whole
        if claim is None:
            issues.append(Issue(row, column, said, "places.datum-unknown", kept=True))
        claims.append(claim or whole)
    return claims


def _turned(xy: NDArray[np.float64], datum: Datum) -> NDArray[np.float64]:
    return np.column_stack(to_wgs84(xy[:, 0], xy[:, 1], datum))


def _in_degrees(frame: Any) -> Any:
    """Return the frame in longitude and latitude; the two true datums are taken as one."""
    if frame.crs is None:
        return frame
    return frame.to_crs(_CGCS2000 if "China Geodetic" in str(frame.crs.geodetic_crs.name) else "EPSG:4326")


def _refuse_outside(path: Path, shapes: NDArray[Any]) -> None:
    bounds = shapely.total_bounds(shapes)
    west, south, east, north = bounds
    if np.isnan(bounds).any():
        return
    if west < _CHINA[0] or south < _CHINA[1] or east > _CHINA[2] or north > _CHINA[3]:
        raise InputError("places.range", f"{path.name} ({west:.4f}, {south:.4f}) – ({east:.4f}, {north:.4f})")


def _mended(shapes: NDArray[Any], issues: list[Issue]) -> NDArray[Any]:
    missing = shapely.is_missing(shapes) | shapely.is_empty(shapes)
    invalid = ~missing & ~shapely.is_valid(shapes)
    for row in np.flatnonzero(missing):
        issues.append(Issue(int(row) + 1, "", "", "places.no-geometry", kept=True))
    for row in np.flatnonzero(invalid):
        why = shapely.is_valid_reason(shapes[row])
        issues.append(Issue(int(row) + 1, "", why, "places.invalid", kept=True))
    mended = shapes.copy()
    mended[missing] = None
    mended[invalid] = shapely.make_valid(shapes[invalid])
    return mended
