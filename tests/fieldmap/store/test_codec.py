"""Values read from rows are those that were written into them."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fieldmap.models import Channel, Domain, Outcome, Position, Society, Visit
from fieldmap.store.codec import decode, decode_all, encode

VISIT = Visit(
    id="v1",
    household_id="h1",
    client_ids=("c1", "c2"),
    day=date(2026, 3, 30),
    channel=Channel.DOOR,
    outcome=Outcome.SEEN,
    domain=Domain.RURAL,
    societies=(Society.SOCIAL_WORKER,),
    check_in=Position(114.0, 30.0),
)


@pytest.mark.parametrize(
    "needs", [(), ("",), ("a, b",), ('", "', "x"), ("a", ", ", "b"), ('"',), ("\\", "\n")]
)
def test_lists_of_texts_come_back_whatever_is_in_them(needs: tuple[str, ...]) -> None:
    """Quotes, commas and backslashes within a text divide no list."""
    written = replace(VISIT, needs=needs)
    assert decode(Visit, encode(written)) == written


@given(st.lists(st.text(alphabet='", \\[]a'), max_size=4).map(tuple))
def test_any_list_of_texts_comes_back(needs: tuple[str, ...]) -> None:
    """The short way of reading a list is no other way."""
    written = replace(VISIT, needs=needs)
    assert decode(Visit, encode(written)) == written


def test_many_rows_are_read_as_each_alone() -> None:
    """Rows read together are the values of the rows, in their order."""
    visits = [VISIT, replace(VISIT, id="v2", check_in=None, answers={"c1": {"_form": ["f", 1]}})]
    rows = [encode(visit) for visit in visits]
    names = list(rows[0])
    assert list(decode_all(Visit, names, [tuple(row.values()) for row in rows])) == visits
    assert [decode(Visit, row) for row in rows] == visits
    assert list(decode_all(Visit, names, [])) == []
