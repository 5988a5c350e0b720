"""Between frozen values and rows, by the types of a dataclass.

A :class:`~fieldmap.models.Position` becomes two columns, a tuple, a set
or a mapping becomes JSON, days and instants become ISO 8601 text.
"""

from __future__ import annotations

import json
import types
import typing
from collections.abc import Callable, Hashable, Mapping
from dataclasses import fields
from datetime import UTC, date, datetime, time
from enum import StrEnum
from functools import cache, lru_cache
from typing import Any, cast

from fieldmap.models import Position

__all__ = ["decode", "encode", "instant", "parse_instant"]

Row = Mapping[str, Any]

_TEXTS = 4096


def instant(moment: datetime) -> str:
    """Write an instant as ISO 8601 in UTC with microseconds, so that text sorts by time."""
    # not strftime: it writes years before 1000 with fewer digits, which nobody can read back
    return moment.astimezone(UTC).isoformat(timespec="microseconds").replace("+00:00", "Z")


def parse_instant(text: str) -> datetime:
    """Read what :func:`instant` wrote."""
    return datetime.fromisoformat(text)


def encode(value: Any) -> dict[str, Any]:
    """Turn a model into the columns of its table."""
    row: dict[str, Any] = {}
    for name, kind in _kinds(cast(Hashable, type(value))).items():
        part = getattr(value, name)
        if kind is Position:
            row[f"{name}_lon"] = None if part is None else part.lon
            row[f"{name}_lat"] = None if part is None else part.lat
        else:
            row[name] = _encode(part)
    return row


def decode[T](model: type[T], row: Row) -> T:
    """Turn a row into a model; columns the model does not know are passed over."""
    return model(**{name: read(row) for name, read in _readers(cast(Hashable, model))})


def _encode(part: Any) -> Any:
    if part is None or isinstance(part, (int, float, bytes)):
        return int(part) if isinstance(part, bool) else part
    if isinstance(part, datetime):
        return instant(part)
    if isinstance(part, (date, time)):
        return part.isoformat()
    if isinstance(part, StrEnum):
        return part.value
    if isinstance(part, (tuple, frozenset)):
        items = sorted(part) if isinstance(part, frozenset) else part
        return json.dumps([_encode(p) for p in items], ensure_ascii=False)
    if isinstance(part, Mapping):
        return json.dumps(part, ensure_ascii=False, sort_keys=True)
    return part


@cache
def _kinds(model: Any) -> dict[str, Any]:
    hints = typing.get_type_hints(model)
    return {f.name: _plain(hints[f.name]) for f in fields(model)}


def _plain(hint: Any) -> Any:
    """Drop ``| None``."""
    if isinstance(hint, types.UnionType):
        return next(a for a in typing.get_args(hint) if a is not types.NoneType)
    return hint


@cache
def _readers(model: Any) -> tuple[tuple[str, Callable[[Row], Any]], ...]:
    return tuple((name, _reader(name, kind)) for name, kind in _kinds(model).items())


def _reader(name: str, kind: Any) -> Callable[[Row], Any]:
    if kind is Position:
        lon, lat = f"{name}_lon", f"{name}_lat"
        return lambda row: None if row[lon] is None else Position(row[lon], row[lat])
    parse = _parser(kind)
    return lambda row: None if row[name] is None else parse(row[name])


def _parser(kind: Any) -> Callable[[Any], Any]:
    simple: dict[Any, Callable[[Any], Any]] = {
        datetime: parse_instant,
        date: date.fromisoformat,
        time: time.fromisoformat,
        bool: bool,
    }
    if kind in simple:
        return simple[kind]
    origin = typing.get_origin(kind)
    if origin in (tuple, frozenset):
        item = _parser(typing.get_args(kind)[0])
        # few texts come again and again: who goes, what for
        return lru_cache(_TEXTS)(lambda text: origin(item(p) for p in json.loads(text)))
    if origin is Mapping:
        return json.loads
    if isinstance(kind, type) and issubclass(kind, StrEnum):
        members = {member.value: member for member in kind}
        return lambda text: members.get(text) or kind(text)
    return lambda value: value
