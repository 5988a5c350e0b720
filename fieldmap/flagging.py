"""A flag from the ground as somebody fills it in: a door that nobody covers."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from datetime import datetime

from fieldmap.forms import FormReader
from fieldmap.models import Flag

__all__ = ["NOTE_LENGTH", "read_flag"]

NOTE_LENGTH = 300
"""Longest note, in characters."""

_LEAST = 2


def read_flag(form: Mapping[str, object], grids: Collection[str], by: str, at: datetime) -> Flag:
    """Turn a form into a flag.

    Parameters
    ----------
    form
        ``id``, ``grid_code``, ``note`` and, if it is known, ``position``.
    grids
        Codes of the grids the reporter may report from; with one alone the
        form need not name it.
    by, at
        Account of the reporter, and the instant the station received it.

    Raises
    ------
    FormError
        ``flag.invalid``, with every mistake by field.
    """
    reader = FormReader(form)
    flag_id = reader.uuid("id", "flag.id")
    grid_code = reader.text("grid_code")
    if not grid_code and len(grids) == 1:
        grid_code = next(iter(grids))
    if grid_code not in grids:
        reader.problem("grid_code", "flag.grid")
    note = reader.text("note")
    if not _LEAST <= len(note) <= NOTE_LENGTH:
        reader.problem("note", "flag.note", most=NOTE_LENGTH)
    position, _ = reader.position("position", "flag.position")
    reader.done("flag.invalid")
    return Flag(flag_id, grid_code, note, position, by, at)
