"""How a plan is judged and how long may be searched for it."""

from __future__ import annotations

from dataclasses import dataclass
from numbers import Real
from typing import Literal, get_args

from fieldmap.errors import InputError
from routing._faults import is_whole
from routing.models import DAY_S, Visit

__all__ = ["Budget", "Engine", "Params", "checked_seconds", "checked_whole"]

type Engine = Literal["search", "ortools"]
"""Who looks for the plan; see :class:`Params`."""


_NO_LIMIT = 1_000_000_000


def checked_whole(name: str, value: int, most: int = _NO_LIMIT) -> None:
    """Refuse what is no whole number from 0 to `most`.

    Raises
    ------
    InputError
        With the name, the value and the limit.
    """
    if not is_whole(value, 0, most):
        raise InputError("params.whole", value, name=name, most=f"{most:,}")


def checked_seconds(seconds: float) -> None:
    """Refuse what is no time of a day in seconds, NaN among it.

    Raises
    ------
    InputError
        With the value and the limit.
    """
    if not isinstance(seconds, Real) or not 0 <= seconds <= DAY_S:
        raise InputError("params.range", seconds, name="seconds", most=f"{DAY_S:,}")


@dataclass(frozen=True, slots=True)
class Params:
    """How seconds of travel are weighed against everything else.

    Attributes
    ----------
    left_out_s
        Price of an optional visit left out, whatever its urgency.
    urgency_s
        Price of each unit of urgency on top.
    mandatory_s
        Price of a mandatory visit left out, on top of the two above.
    continuity_s
        Price of a visit by somebody other than the household's own worker.
    wish_s
        Price of a start outside the wished windows.
    balance_percent
        Price of each 100 seconds by which the longest working day exceeds the
        mean of all; 0 leaves the days as they are.
    call_percent
        Part of the hours in which room is kept for calls that need not be made
        today: a call takes less time than a door, which else fills the day.
    engine
        ``search``: ruin and recreate makes the plan that OR-Tools then takes
        and polishes; ``ortools``: OR-Tools alone, from the first plan.
    """

    left_out_s: int = 14_400
    urgency_s: int = 600
    mandatory_s: int = 100_000_000
    continuity_s: int = 300
    wish_s: int = 1800
    balance_percent: int = 0
    call_percent: int = 15
    engine: Engine = "search"

    def __post_init__(self) -> None:
        if self.engine not in get_args(Engine.__value__):
            raise InputError("params.engine", self.engine, name="engine")
        for name in ("left_out_s", "urgency_s", "mandatory_s", "continuity_s", "wish_s", "balance_percent"):
            checked_whole(name, getattr(self, name))
        checked_whole("call_percent", self.call_percent, 100)

    def price(self, visit: Visit) -> int:
        """Return what it costs to leave `visit` out."""
        return self.left_out_s + self.urgency_s * visit.urgency + self.mandatory_s * visit.mandatory


@dataclass(frozen=True, slots=True)
class Budget:
    """How long the planner may search.

    Attributes
    ----------
    seconds
        Wall-clock limit of the search; 0 returns the first plan.
    solutions
        Limit on the solutions looked at, by the search and again by OR-Tools.
        A plan that ends by this limit is the same on every machine; one that
        ends by `seconds` may not be. None: limits that grow with the number
        of visits.
    """

    seconds: float = 5.0
    solutions: int | None = None

    def __post_init__(self) -> None:
        checked_seconds(self.seconds)
        if self.solutions is not None:
            checked_whole("solutions", self.solutions)
