"""A flag's form: whole, or every mistake in it."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from fieldmap.flagging import read_flag
from fieldmap.forms import FormError
from fieldmap.models import FlagState, Position

GRID, OTHER = "990101001201001", "990101001201002"
NOW = datetime(2026, 3, 20, 1, 42, tzinfo=UTC)
FORM: dict[str, object] = {
    "id": "6f1e6c9a-8d1e-4c57-9f40-2b7f6a0d5c11",
    "grid_code": GRID,
    "note": "村东第三家,老人一个人住",
    "position": {"lon": 116.93, "lat": 33.31},
}


def test_a_flag_has_a_note_and_a_pin() -> None:
    """A whole form becomes a reported flag."""
    flag = read_flag(FORM, {GRID}, "account", NOW)
    assert (flag.grid_code, flag.note, flag.position) == (GRID, FORM["note"], Position(116.93, 33.31))
    assert (flag.reported_by, flag.reported_at, flag.state) == ("account", NOW, FlagState.REPORTED)


def test_the_only_grid_need_not_be_named_and_the_pin_may_be_missing() -> None:
    """A manager of one grid only has to write what she saw."""
    flag = read_flag({"id": FORM["id"], "note": "没人管"}, [GRID], "account", NOW)
    assert (flag.grid_code, flag.position) == (GRID, None)


def test_every_mistake_is_named_at_once() -> None:
    """A foreign grid, no note and a pin off the globe are all reported."""
    wrong: dict[str, object] = {"id": "1", "grid_code": OTHER, "note": " ", "position": {"lon": 116.9}}
    with pytest.raises(FormError) as refused:
        read_flag(wrong, {GRID}, "account", NOW)
    assert [issue.code for issue in refused.value.issues] == [
        "flag.id",
        "flag.grid",
        "flag.note",
        "flag.position",
    ]


def test_of_several_grids_one_must_be_named() -> None:
    """With two grids nothing is guessed."""
    with pytest.raises(FormError):
        read_flag({"id": FORM["id"], "note": "没人管"}, [GRID, OTHER], "account", NOW)
