"""Between frozen values and rows, by the types of a dataclass.

A :class:`~fieldmap.models.Position` becomes two columns, a tuple, a set
or a mapping becomes JSON, days and instants become ISO 8601 text.
"""

from __future__ import annotations

import json
import types
import typing
from collections.abc import Callable, Hashable, Iterable, Iterator, Mapping, Sequence
from dataclasses import fields
from datetime import UTC, date, datetime, time
from enum import StrEnum
from functools import cache, lru_cache
from typing import Any, cast

from fieldmap.models import Position

__all__ = ["decode", "decode_all", "encode", "instant", "parse_instant"]

Row = Mapping[str, Any]
Table = Mapping[str, Sequence[Any]]

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
    return next(_decoded(model, {name: (row[name],) for name in row.keys()}))  # noqa: SIM118 - a row of SQLite


def decode_all[T](model: type[T], names: Sequence[str], rows: Iterable[Sequence[Any]]) -> Iterator[T]:
    """Turn many rows into models, column by column: a county has a hundred thousand.

    Parameters
    ----------
    names
        What the columns are called.
    """
    columns = tuple(zip(*rows, strict=True))
    return _decoded(model, dict(zip(names, columns, strict=True))) if columns else iter(())


def _decoded[T](model: type[T], table: Table) -> Iterator[T]:
    return map(model, *(read(table) for read in _readers(cast(Hashable, model))))


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
def _readers(model: Any) -> tuple[Callable[[Table], Iterable[Any]], ...]:
    return tuple(_reader(name, kind) for name, kind in _kinds(model).items())


def _reader(name: str, kind: Any) -> Callable[[Table], Iterable[Any]]:
    if kind is Position:
        lon, lat = f"{name}_lon", f"{name}_lat"
        return lambda table: (
            None if x is None else Position(x, y) for x, y in zip(table[lon], table[lat], strict=True)
        )
    parse = _parser(kind)
    if parse is None:
        return lambda table: table[name]
    return lambda table: [None if part is None else parse(part) for part in table[name]]


def _parser(kind: Any) -> Callable[[Any], Any] | None:
    """Return what makes the part of a model of what a column holds; None where that is the same."""
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
        if item is None:
            return lambda text: origin(_items(text))
        # few texts come again and again: who goes, what for
        return lru_cache(_TEXTS)(lambda text: origin(map(item, json.loads(text))))
    if origin is Mapping:
        return lambda text: {} if text == "{}" else json.loads(text)
    if isinstance(kind, type) and issubclass(kind, StrEnum):
        members = {member.value: member for member in kind}
        return lambda text: members.get(text) or kind(text)
    return None


def _items(text: str) -> list[Any]:
    """Return the items of a JSON list, of texts without escapes the short way: a county has many."""
    if text == "[]":
        return []
    # no quotes but those around the items: nothing else is in the list, and no item holds one
    plain = text.startswith('["') and text.endswith('"]') and "\\" not in text
    if plain and text.count('"') == 2 + 2 * text.count('", "'):
        return text[2:-2].split('", "')
    found: list[Any] = json.loads(text)
    return found
