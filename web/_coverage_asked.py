"""What the filter bar of the coverage page says, and the address that says the same."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date, timedelta
from typing import Annotated, Any
from urllib.parse import urlencode

from fastapi import Query

from fieldmap.errors import InputError
from fieldmap.parts import Dimension, Narrow
from fieldmap.periods import Calendar, Period, in_reach
from web._map_picture import SHOWN
from web.deps import TodayDep

__all__ = ["ANY_DAYS", "Asked", "asked", "calendar_periods"]

ANY_DAYS = "days"
"""What the period picker says where two days are chosen beside it."""

_MONTHS = 12
_QUARTERS = 4


@dataclass(frozen=True, slots=True)
class Asked:
    """The filters that map and table have in common.

    Attributes
    ----------
    shown
        Keys of the layers that are switched on.
    known
        The record as it was known at the end of that day, None as it is now.
    by
        What the rows of the table are.
    """

    measure: str
    period: Period
    shown: frozenset[str] = SHOWN
    narrow: Narrow = Narrow()  # noqa: RUF009 - frozen
    known: date | None = None
    by: Dimension = Dimension.GRID

    @property
    def query(self) -> str:
        """Return the same as the query of an address, the shortest that says it."""
        return urlencode(
            [
                ("measure", self.measure),
                ("period", str(self.period)),
                *self.filters,
                ("chosen", "1"),
                *(("layer", key) for key in sorted(self.shown)),
            ]
        )

    @property
    def filters(self) -> tuple[tuple[str, str], ...]:
        """Return what is set beyond measure, period and layers."""
        found = [(key, str(getattr(self.narrow, key))) for key in Narrow.__dataclass_fields__]
        found += [("known", self.known.isoformat() if self.known else "")]
        found += [("by", "" if self.by is Dimension.GRID else self.by.value)]
        return tuple((key, value) for key, value in found if value)

    def other(self, **changes: Any) -> str:
        """Return the query of the same page with something changed."""
        return replace(self, **changes).query


def asked(
    today: TodayDep,
    measure: Annotated[str, Query(max_length=40)] = "contact_rate",
    period: Annotated[str, Query(max_length=30)] = "",
    first: Annotated[str, Query(max_length=10)] = "",
    last: Annotated[str, Query(max_length=10)] = "",
    tag: Annotated[str, Query(max_length=40)] = "",
    village: Annotated[str, Query(max_length=12)] = "",
    grid: Annotated[str, Query(max_length=20)] = "",
    owner: Annotated[str, Query(max_length=64)] = "",
    channel: Annotated[str, Query(max_length=20)] = "",
    society: Annotated[str, Query(max_length=20)] = "",
    known: Annotated[str, Query(max_length=10)] = "",
    by: Annotated[str, Query(max_length=10)] = Dimension.GRID.value,
    layer: Annotated[tuple[str, ...], Query()] = (),
    chosen: bool = False,
) -> Asked:
    """Read the filter bar; ``chosen`` tells "no layer" from "not asked yet".

    Where no period is named it is the month of the day that figures are of.

    Raises
    ------
    InputError
        ``period.text``, ``period.order``, ``period.years``, ``map.known``, ``map.by``.
    """
    at = _known(known, today)
    return Asked(
        measure,
        _period(period, first, last, at or today),
        frozenset(layer) if chosen else SHOWN,
        Narrow(tag=tag, village=village, grid=grid, owner=owner, channel=channel, society=society),
        at,
        _dimension(by),
    )


def _period(text: str, first: str, last: str, day: date) -> Period:
    if text == ANY_DAYS:
        return Period.parse(f"{first}..{last}")
    return Period.parse(text) if text else Period.month(day)


def _known(text: str, today: date) -> date | None:
    if not text:
        return None
    try:
        day = date.fromisoformat(text)
    except ValueError:
        raise InputError("map.known", text) from None
    if day > today or not in_reach(day):
        raise InputError("map.known", text)
    return day


def _dimension(text: str) -> Dimension:
    try:
        return Dimension(text or Dimension.GRID.value)
    except ValueError:
        raise InputError("map.by", text, allowed=", ".join(Dimension)) from None


def calendar_periods(today: date) -> tuple[Period, ...]:
    """Return the months and quarters to choose from, the present ones first."""
    found: list[Period] = []
    for kind, number in ((Calendar.MONTH, _MONTHS), (Calendar.QUARTER, _QUARTERS)):
        day = today
        for _ in range(number):
            found.append(Period.of(kind, day))
            day = found[-1].start - timedelta(days=1)
    return tuple(found)
