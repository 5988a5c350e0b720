"""Reading forms: any value of any kind is read or named, and never more."""

from __future__ import annotations

from datetime import UTC, date, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fieldmap.forms import FormError, FormReader
from fieldmap.models import Channel

FIRST, LAST = date(2026, 1, 1), date(2026, 12, 31)

values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text() | st.sampled_from(["lon", "lat"]), inner),
    max_leaves=4,
)


@given(value=values)
def test_no_value_breaks_a_reader(value: object) -> None:
    """Whatever comes over the wire gives a value or an issue, never another error."""
    reader = FormReader({"x": value})
    reader.text("x")
    reader.texts("x")
    reader.uuid("x", "visit.id")
    reader.choice("x", Channel, Channel.DOOR)
    reader.day("x", "visit.day", FIRST, LAST)
    reader.instant("x", "visit.time")
    reader.position("x", "visit.position")
    assert all(str(issue) for issue in reader.issues)


@pytest.mark.parametrize("text", ["", None, "  "])
def test_nothing_is_no_mistake(text: str | None) -> None:
    """A field left empty has its default and no issue."""
    reader = FormReader({"x": text})
    assert reader.day("x", "visit.day", FIRST, LAST) is None
    assert reader.instant("x", "visit.time") is None
    assert reader.choice("x", Channel, Channel.PHONE) is Channel.PHONE
    reader.done("visit.invalid")


def test_values_in_bounds_are_read() -> None:
    """A day within its bounds and an instant with a zone are taken as they are."""
    reader = FormReader({"day": "2026-12-31", "at": "2026-03-20T01:42:00Z"})
    assert reader.day("day", "visit.day", FIRST, LAST) == LAST
    assert reader.instant("at", "visit.time") == datetime(2026, 3, 20, 1, 42, tzinfo=UTC)
    assert reader.issues == []


@pytest.mark.parametrize(
    "text",
    ["0001-01-01T00:00:00+00:00", "0999-12-31T00:00:00Z", "1999-12-31T23:59:59Z", "9999-12-31T20:00:00Z"],
)
def test_an_instant_of_another_age_is_a_mistake(text: str) -> None:
    """A year that no visit can be of is named, as a missing zone is: it could not be kept or shown."""
    reader = FormReader({"at": text})
    assert reader.instant("at", "visit.time") is None
    assert [(issue.field, issue.code) for issue in reader.issues] == [("at", "visit.time")]


def test_a_form_is_refused_with_all_it_has() -> None:
    """The exception carries every issue and says how many there are."""
    reader = FormReader({"day": "2027-01-01", "at": "2026-03-20"})
    reader.day("day", "visit.day", FIRST, LAST)
    reader.instant("at", "visit.time")
    with pytest.raises(FormError) as refused:
        reader.done("visit.invalid")
    assert [issue.field for issue in refused.value.issues] == ["day", "at"]
    assert "2 处" in str(refused.value)
    assert "2026-01-01 至 2026-12-31" in str(refused.value)
