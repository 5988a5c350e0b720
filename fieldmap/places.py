"""Map files → grids and sites of a county."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import shapely

from fieldmap.datum import Datum
from fieldmap.errors import InputError, Issue
from fieldmap.models import Grid, Position, Site, SiteFunction
from fieldmap.readers.places import Places, read_places
from fieldmap.standards.divisions import is_division_code, is_grid_code

__all__ = ["read_grids", "read_sites"]

_CODE_FIELDS = ("code", "grid_code", "网格编码", "网格代码", "编码")
_NAME_FIELDS = ("name", "网格名称", "名称")


def read_grids(path: Path, datum: Datum | None = None) -> tuple[tuple[Grid, ...], tuple[Issue, ...]]:
    """Return the grids of a map file; one without a polygon is a grid all the same.

    Raises
    ------
    InputError
        The file cannot be read or has no column with grid codes.
    """
    places = read_places(path, datum)
    code_field = _column(places, _CODE_FIELDS, path)
    return _read(places, lambda row, shape: _grid(row, shape, code_field, places.datum))


def read_sites(path: Path, datum: Datum | None = None) -> tuple[tuple[Site, ...], tuple[Issue, ...]]:
    """Return the places of service of a map file.

    Raises
    ------
    InputError
        The file cannot be read or has no column ``functions``.
    """
    places = read_places(path, datum)
    _column(places, ("functions",), path)
    return _read(places, _site)


class _CellError(Exception):
    """A cell that cannot be read: field, value, what is allowed."""


def _column(places: Places, names: tuple[str, ...], path: Path) -> str:
    for name in names:
        if name in places.frame.columns:
            return name
    raise InputError("places.column", path.name, names=", ".join(names))


def _read[T](
    places: Places, make: Callable[[Mapping[str, Any], Any], T]
) -> tuple[tuple[T, ...], tuple[Issue, ...]]:
    found: list[T] = []
    issues = list(places.issues)
    rows = places.frame.drop(columns=places.frame.geometry.name).to_dict("records")
    for number, (row, shape) in enumerate(zip(rows, places.frame.geometry.values, strict=True), start=1):
        try:
            found.append(make(row, shape))
        except _CellError as fault:
            field, value, allowed = fault.args
            issues.append(Issue(number, field, value, "register.cell", details={"allowed": allowed}))
    return tuple(found), tuple(issues)


def _text(row: Mapping[str, Any], *names: str) -> str:
    for name in names:
        value = row.get(name)
        if isinstance(value, str) and value.strip():
            return value.strip()
        if isinstance(value, int):
            return str(value)
    return ""


def _grid(row: Mapping[str, Any], shape: Any, code_field: str, datum: Datum) -> Grid:
    code = _text(row, code_field)
    if not is_grid_code(code):
        raise _CellError(code_field, code, "15 digits: village code + 3")
    return Grid(
        code=code,
        name=_text(row, *_NAME_FIELDS) or code,
        division_code=code[:12],
        polygon_wkb=None if shape is None else shapely.to_wkb(shape),
        datum_claimed=datum.value,
        owner_id=_text(row, "owner_id") or None,
        alias=_text(row, "alias", "别名"),
    )


def _site(row: Mapping[str, Any], shape: Any) -> Site:
    code = _text(row, "division_code")
    if not is_division_code(code):
        raise _CellError("division_code", code, "12 digits")
    if not _text(row, "id"):
        raise _CellError("id", "", "an id that stays the same")
    point = None if shape is None else shape.centroid
    return Site(
        id=_text(row, "id"),
        name=_text(row, *_NAME_FIELDS),
        functions=_functions(row.get("functions")),
        division_code=code,
        position=None if point is None else Position(point.x, point.y),
        address=_text(row, "address", "地址"),
    )


def _functions(value: object) -> tuple[SiteFunction, ...]:
    """Read a list, a list in a text, or words parted by semicolons or commas."""
    listed = value.tolist() if hasattr(value, "tolist") else value
    parts = listed if isinstance(listed, list | tuple) else [listed]
    names = [n for part in parts if isinstance(part, str) for n in re.split(r'[;,\[\]"\s]+', part) if n]
    wrong = [n for n in names if n not in set(SiteFunction)]
    if wrong or not names:
        raise _CellError("functions", ", ".join(wrong), ", ".join(SiteFunction))
    return tuple(SiteFunction(n) for n in names)
