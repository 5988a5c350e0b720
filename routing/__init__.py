"""Plans: who goes to whom today, on real roads, and why somebody is left out.

The way through this package: positions → :mod:`routing.network` (or
:class:`StraightLine`) → :class:`TravelTimes` → :class:`Problem` →
:func:`plan` → :func:`violations` → whoever stores or prints the
:class:`Plan`. Everything is a function of values.

:func:`plan` is loaded on first use: its engine takes a second to import.

Examples
--------
Two doors, one of them only after three, and a call; one worker on an e-bike:

>>> from fieldmap.models import Channel, Position, TravelMode
>>> from routing import plan
>>> places = [Position(116.930, 33.310), Position(116.940, 33.312), Position(116.951, 33.309)]
>>> ways = StraightLine(1.4, {TravelMode.EBIKE: 18}).table(TravelMode.EBIKE, places)
>>> visits = (
...     Visit("grandmother", 1, 1800, mandatory=True),
...     Visit("pupil", 2, 1200, windows=((15 * 3600, 17 * 3600),)),
...     Visit("neighbour", None, 600, channel=Channel.PHONE),
... )
>>> problem = Problem(visits, (Worker("li", start=0, end=0),), {TravelMode.EBIKE: ways})
>>> made = plan(problem, Budget(seconds=0))
>>> made.visit_ids, [call.visit_id for call in made.routes[0].calls]
(('grandmother', 'neighbour', 'pupil'), ['neighbour'])
>>> violations(problem, made)
[]
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
