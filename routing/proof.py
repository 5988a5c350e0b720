"""What can be proved about a day: that its plan works, its best times, how good any plan can be.

Three questions to CP-SAT, which finds no plan here but knows what is certain:

- :func:`prove`: is there a solution with these orders, crews and venues, and
  are the plan's own times one?
- :func:`retime`: which times are best for these orders?
- :func:`bound`: what does every plan of the day cost at least?
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from routing.check import violations
from routing.models import Problem
from routing.params import Params, checked_seconds
from routing.results import Plan

__all__ = ["Proof", "Verdict", "bound", "prove", "retime"]

type Verdict = Literal["feasible", "infeasible", "open"]
"""``open``: the seconds ran out before it was known."""


@dataclass(frozen=True, slots=True)
class Proof:
    """What CP-SAT says about a plan.

    Attributes
    ----------
    verdict
        Whether there are times that keep every rule, for the plan's orders,
        crews and venues.
    own_times
        Whether the plan's own times do.
    """

    verdict: Verdict
    own_times: bool


def prove(problem: Problem, plan: Plan, seconds: float = 10.0) -> Proof:
    """Say whether the orders of `plan` can be kept, and whether its own times keep them.

    The model is written independently of the search and of
    :mod:`routing.check`; it reads orders, crews, venues and who calls whom
    from the plan and recomputes every way.

    Parameters
    ----------
    seconds
        Wall-clock limit of each of the two questions.

    Raises
    ------
    InputError
        `seconds` is no time of a day.
    """
    checked_seconds(seconds)
    if not _known(problem, plan):
        return Proof("infeasible", own_times=False)
    from routing._exact_times import answer

    own = answer(problem, plan, seconds, own=True)
    return Proof(answer(problem, plan, seconds, own=False), own == "feasible")


def retime(problem: Problem, plan: Plan, seconds: float = 1.0) -> Plan:
    """Return `plan` with the best times for its orders: wishes, then waiting, then the end of the day.

    Parameters
    ----------
    seconds
        Limit in CP-SAT's deterministic seconds, so that the same plan gets
        the same times on every machine; the wall-clock limit is thirty times
        as long.

    Returns
    -------
    Plan
        Never dearer than `plan` and without a violation where `plan` has
        none; `plan` itself where nothing better was found in time.

    Raises
    ------
    InputError
        `seconds` is no time of a day.
    """
    checked_seconds(seconds)
    if not _known(problem, plan):
        return plan
    from routing._exact_times import best

    found = best(problem, plan, seconds)
    if found is None or found.cost.total > plan.cost.total or violations(problem, found):
        return plan
    return found


def bound(problem: Problem, params: Params = Params(), seconds: float = 10.0) -> int:
    """Return what every plan of the day costs at least, proved.

    Small days (a dozen visits, three workers) are solved to the end: the
    bound is then the cost of the best plan. For larger days it is the best of
    what CP-SAT proves in the time and of a relaxation that always has an answer.

    Parameters
    ----------
    seconds
        Wall-clock limit.

    Raises
    ------
    InputError
        `seconds` is no time of a day.
    """
    checked_seconds(seconds)
    from routing._exact import least

    return least(problem, params, seconds)


def _known(problem: Problem, plan: Plan) -> bool:
    """Return whether every worker, visit and venue of the plan is in the problem."""
    visits, workers = problem.visit_by_id, problem.worker_by_id
    stops = [stop for route in plan.routes for stop in route.stops]
    named = {*plan.visit_ids, *(item.visit_id for item in plan.left_out)}
    return (
        all(route.worker_id in workers for route in plan.routes)
        and named <= set(visits)
        and all(0 <= stop.venue < len(visits[stop.visit_id].venues) for stop in stops)
    )
