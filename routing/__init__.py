"""Plans: who goes to whom today, on real roads, and why somebody is left out.

The way through this package: positions → :mod:`routing.network` (or
:class:`StraightLine`) → :class:`TravelTimes` → :class:`Problem` →
:func:`plan` → :func:`violations` → whoever stores or prints the
:class:`Plan`. Everything is a function of values.

:func:`plan` is loaded on first use: its engine takes a second to import.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from routing.check import RULES, Violation, violations
from routing.crews import Crew, Seat, crews_for
from routing.models import Lunch, Problem, Venue, Visit, Worker
from routing.month import Answer, Contact, Month, MonthProblem, Shift, Slot, plan_month
from routing.params import Budget, Params
from routing.proof import Proof, bound, prove, retime
from routing.results import Call, Cost, LeftOut, Plan, Route, Stop
from routing.travel import UNREACHABLE, StraightLine, Travel, TravelTimes

if TYPE_CHECKING:
    from routing.day import plan

__all__ = [
    "RULES",
    "UNREACHABLE",
    "Answer",
    "Budget",
    "Call",
    "Contact",
    "Cost",
    "Crew",
    "LeftOut",
    "Lunch",
    "Month",
    "MonthProblem",
    "Params",
    "Plan",
    "Problem",
    "Proof",
    "Route",
    "Seat",
    "Shift",
    "Slot",
    "Stop",
    "StraightLine",
    "Travel",
    "TravelTimes",
    "Venue",
    "Violation",
    "Visit",
    "Worker",
    "bound",
    "crews_for",
    "plan",
    "plan_month",
    "prove",
    "retime",
    "violations",
]


def __getattr__(name: str) -> Any:
    if name == "plan":
        from routing.day import plan

        return plan
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
