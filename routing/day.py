"""One day's plan: who goes to whom, and when.

The model
---------
Sets: visits ``i ∈ V``, each with its venues ``v ∈ P_i`` (home, school,
institution) and its crews ``C_i`` (one or two seats; ``K_is ⊆ K`` may take seat
``s``: role, skill, certificate, sex, or named); workers ``k ∈ K``.

Given: travel ``t_ijk`` seconds and ``d_ijk`` metres from venue to venue by the
mode of ``k``; service ``s_iv``, windows ``W_iv = ∪ [a, b]`` and price ``h_iv``
of a venue; wished hours ``U_i`` and the price ``u`` of a start outside them;
gap ``[g_i, G_i]`` of a crew that comes one after the other; hours
``[A_k, B_k]``; lunch of ``c_k`` seconds within ``[f_k, l_k]``; busy limit
``Q_k`` = hours − lunch − slack; walking limit ``M_k``; price ``p_i`` of leaving
out (urgency, mandatory); price ``q_ik`` of a visit by somebody else than the
household's own worker; weight ``β`` of the balance.

Decide: ``x_ijk`` (k goes from i to j), ``y_i`` (visit done), ``z_iv`` (at that
venue), the crew, starts ``T_is`` of each seat, lunch ``L_k``.

Minimise  ``Σ t_ijk x_ijk + Σ p_i (1 − y_i) + Σ q_i + Σ h_iv z_iv + Σ u w_i +
β (max_k D_k − mean_k D_k)``, where ``w_i = 1`` unless ``T_i1 ∈ U_i`` or nothing
is wished, and ``D_k = Σ (t_ijk x_ijk + s_iv)`` is the work of k, subject to

1. once: ``Σ_v z_iv = y_i``, and ``y_i = 1`` exactly when one crew of ``C_i``
   goes, every seat ``s`` taken by a different worker of ``K_is``;
2. together: ``T_i1 = T_i2``, or ``g_i ≤ T_i2 − T_i1 ≤ G_i`` where there is a gap;
3. window: ``T_is ∈ W_iv`` where ``z_iv``;
4. time: ``T_j ≥ T_i + s_iv + t_ijk`` where ``x_ijk``, plus ``c_k`` where lunch
   lies between;
5. hours: every tour lies within ``[A_k, B_k]``, from its start place to its
   end place (either may be nowhere: the first or the last door);
6. lunch: ``[L_k, L_k + c_k] ⊆ [f_k, l_k]``, not during a visit; whole on a way,
   at a door before it opens, or at the desk;
7. slack: ``D_k ≤ Q_k``;
8. walking: ``Σ d_ijk x_ijk ≤ M_k`` for those on foot;
9. road: no way that does not exist, no door, start or end too far from a road;
10. calls: a contact by phone or video goes nowhere; one worker makes it, in
   free time of ``[A_k, B_k]``: before leaving, after coming back, or between
   arriving at a door and ``T_is``, not over lunch or another call. Its ``s_i``
   counts in ``D_k``.

Crews are given in order: a later one goes where no earlier one fits when the
visit is put in, also where it would cost less. Ways (venue, wish kept or not)
are compared by cost.

How it is solved: room is kept for calls (``call_percent``), the doors are
planned, then every call that fits is put in (:mod:`routing._calls`). For the
doors insertion (:mod:`routing._construct`) makes a plan that keeps every rule,
ruin and recreate (:mod:`routing._search`) improves it, OR-Tools
(:mod:`routing._ortools`) accepts and polishes that, and what then still fits is
inserted. :mod:`routing.check` has the last word. ``docs/planning.md`` says what
each part finds.
"""

from __future__ import annotations

import time
from collections.abc import Callable

from fieldmap.errors import PlanError
from routing import _ortools, _search
from routing._calls import fill, reserved
from routing._construct import Board, construct
from routing._day import Day, balance
from routing.check import violations
from routing.explain import reasons
from routing.models import Problem, Visit
from routing.params import Budget, Params, checked_whole
from routing.proof import retime
from routing.results import Cost, Plan

__all__ = ["MOST_VISITS", "plan"]

MOST_VISITS = 1200
"""More visits than this are no day: the thousand doors of a day's problem, and a few that are two visits."""

_MOST_SEED = (1 << 31) - 1

_SEARCH_SHARE = 0.85
"""Of the seconds that the first plan leaves, what ruin and recreate may use."""

_MANY = 400
"""With more visits the search starts from a plan of those that must be done: it puts the others in sooner
than insertion does, which takes four seconds for a thousand."""

_LEAST_SEARCH = 0.2
"""Of all seconds, what ruin and recreate and OR-Tools have at least where the first plan took long."""

_LEAST_POLISH_S = 0.5
"""What OR-Tools has at least, also where a busy machine let the search run late."""

_TIMES_S = 1.0
"""What CP-SAT may use for exact times; it needs a tenth of that for 150 visits."""


def plan(
    problem: Problem,
    budget: Budget,
    seed: int = 0,
    params: Params = Params(),
    *,
    report: Callable[[float], None] | None = None,
) -> Plan:
    """Plan one day.

    Parameters
    ----------
    problem
        Visits, workers and travel times. A visit that cannot be done is no
        error: it comes back as left out, with the reason.
    budget
        How long to search.
    seed
        Randomness, from 0 to 2,147,483,647; the same seed and a budget that
        ends by `solutions` give the same plan.
    params
        How travel, urgency and continuity are weighed.
    report
        Told the share of the work done, 0 when the search begins to 1 when
        only the check is left, a few times a second; what it raises passes
        through, and there is no plan. It does not change the plan.

    Returns
    -------
    Plan
        A plan without a violation: every visit is in a route or left out
        with its reason.

    Raises
    ------
    InputError
        `seed` is out of range.
    PlanError
        More than :data:`MOST_VISITS` visits, or no plan that passes the check.
    """
    if len(problem.visits) > MOST_VISITS:
        raise PlanError("plan.too-many", len(problem.visits), most=MOST_VISITS)
    checked_whole("seed", seed, _MOST_SEED)
    tell = report or _silent
    if _searches(params, budget):
        _search.warm()  # loading compiled code is no searching
    tell(0.0)
    until = time.monotonic() + budget.seconds
    day = Day(reserved(problem, params), params)
    start, engine = _start(day, budget, until, seed, tell)
    better = _polished(start, budget, until, seed, tell)
    tell(1.0)
    if better is not None:
        better.fill()
        made = fill(problem, _written(better, seed, "ortools"))
        if not violations(problem, made):
            return _timed(problem, made, budget)
    start.fill()
    made = fill(problem, _written(start, seed, engine))
    broken = violations(problem, made)
    if broken:
        raise PlanError("plan.broken", "; ".join(str(v) for v in broken))
    return _timed(problem, made, budget)


def _timed(problem: Problem, made: Plan, budget: Budget) -> Plan:
    """Return the plan at its best times, where wishes or pairs leave a choice and there is time to look."""
    asks = any(visit.wished or visit.workers_needed == 2 for visit in problem.visits)
    return retime(problem, made, min(_TIMES_S, budget.seconds)) if asks and budget.seconds > 0 else made


def _silent(share: float) -> None:
    """Tell nobody."""


def _searches(params: Params, budget: Budget) -> bool:
    return params.engine == "search" and budget.seconds > 0 and budget.solutions != 0


def _start(
    day: Day, budget: Budget, until: float, seed: int, tell: Callable[[float], None]
) -> tuple[Board, str]:
    """Return the plan that OR-Tools is to take, and who made it."""
    searches, counted = _searches(day.params, budget), budget.solutions is not None
    optional = not searches or len(day.visits) <= _MANY
    first = construct(day, seed, starts=1 if searches else _starts(day), optional=optional)
    if not searches:
        return first, "insertion"
    seconds = _SEARCH_SHARE * max(until - time.monotonic(), _LEAST_SEARCH * budget.seconds)
    found = _search.improve(
        first,
        seconds,
        _steps(budget, day),
        seed,
        by_steps=counted,
        report=lambda part: tell(part * _SEARCH_SHARE),
    )
    return found, "search"


def _steps(budget: Budget, day: Day) -> int:
    """Return the limit on plans looked at."""
    return 1000 + 300 * len(day.visits) ** 2 if budget.solutions is None else budget.solutions


def _polished(
    start: Board, budget: Budget, until: float, seed: int, tell: Callable[[float], None]
) -> Board | None:
    """Return the plan as OR-Tools leaves it, None where it makes it dearer or has no time to read it."""
    tell(_SEARCH_SHARE)
    left = until - time.monotonic()
    least = min(_LEAST_POLISH_S, budget.seconds)
    solutions = _solutions(start.day) if budget.solutions is None else budget.solutions
    return _ortools.polish(
        start,
        max(left, least),
        solutions,
        seed,
        report=lambda part: tell(_SEARCH_SHARE + part * (1 - _SEARCH_SHARE)),
    )


def _starts(day: Day) -> int:
    """Return how many starting plans to try: many where they cost nothing."""
    return max(1, min(8, 400 // max(1, len(day.visits))))


def _solutions(day: Day) -> int:
    """Return the limit on solutions: enough that a longer search rarely finds more."""
    return 200 + 40 * len(day.visits)


def _written(board: Board, seed: int, engine: str) -> Plan:
    """Return the board as a plan, its cost by what stands on the sheets."""
    day, params = board.day, board.day.params
    ids = [worker.id for worker in day.workers]
    people = {visit: tuple(ids[w] for w in who) for visit, who in board.people.items()}
    routes = tuple(tour.route(people) for tour in board.tours)
    left_out = reasons(board)
    visits = day.problem.visit_by_id
    firsts = [(visits[s.visit_id], s) for r in routes for s in r.stops if s.worker_ids[0] == r.worker_id]
    cost = Cost(
        travel=sum(route.travel_s for route in routes),
        left_out=sum(params.price(visits[item.visit_id]) for item in left_out),
        continuity=board.strange,
        elsewhere=sum(visit.venues[stop.venue].price_s for visit, stop in firsts),
        wishes=params.wish_s * sum(not _as_wished(visit, stop.start) for visit, stop in firsts),
        balance=balance([route.work_s for route in routes], params.balance_percent),
    )
    return Plan(routes, left_out, cost, engine, day.problem.source, seed, params)


def _as_wished(visit: Visit, start: int) -> bool:
    return not visit.wished or any(begin <= start <= end for begin, end in visit.wished)
