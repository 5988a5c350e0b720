"""A flag from the ground as somebody fills it in: a door that the station should know of."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from datetime import datetime

from fieldmap.forms import FormReader
from fieldmap.models import Flag, FlagKind

__all__ = ["NOTE_LENGTH", "read_flag"]

NOTE_LENGTH = 300
"""Longest note, in characters."""

_LEAST = 2


def read_flag(
    form: Mapping[str, object],
    grids: Collection[str],
    by: str,
    at: datetime,
    households: Collection[str] = (),
) -> Flag:
    """Turn a form into a flag.

    Parameters
    ----------
    form
        ``id``, ``grid_code``, ``note`` and, if it is known, ``position``,
        ``kind``, ``household_id``. Without a household it needs a note by
        which the door can be found.
    grids
        Codes of the grids the reporter may report from; with one alone the
        form need not name it.
    by, at
        Account of the reporter, and the instant it was reported.
    households
        Ids of the households of the ledger that it may be about.

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
    kind = reader.choice("kind", FlagKind, FlagKind.UNCOVERED)
    household_id = reader.text("household_id")
    if household_id and household_id not in households:
        reader.problem("household_id", "flag.household")
    note = reader.text("note")
    if len(note) > NOTE_LENGTH or (len(note) < _LEAST and not household_id):
        reader.problem("note", "flag.note", most=NOTE_LENGTH)
    position, _ = reader.position("position", "flag.position")
    reader.done("flag.invalid")
    return Flag(flag_id, grid_code, note, position, by, at, kind=kind, household_id=household_id)
