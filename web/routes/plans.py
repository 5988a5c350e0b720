"""Plans: make, review, change, publish; never published by itself."""

from __future__ import annotations

from datetime import date
from typing import Annotated

from fastapi import APIRouter, Depends, Form, Query, Request
from fastapi.responses import RedirectResponse, Response

from fieldmap.access import Account, Right, require
from fieldmap.errors import InputError
from fieldmap.plans import DayPlan, PlanState
from fieldmap.store import Store
from routing.dispatch import Order
from routing.params import Budget
from web.deps import Services, ServicesDep, StoreDep, needs
from web.pages import render
from web.planning import STEPS, crew, make_plan, not_in_plan, towns
from web.schemas import JobOut

__all__ = ["PlannerDep", "plan_for", "router"]

router = APIRouter()

PlannerDep = Annotated[Account, Depends(needs(Right.PLAN))]
"""Somebody who makes plans, somewhere."""


def _order(services: Services, account: Account, order: Order) -> Response:
    """Give an order to the work process and show how far it is."""
    require(account, Right.PLAN, order.division_code)
    if not order.actor_ids:
        raise InputError("plan.nobody")
    plans_kept = services.store.plans

    def keep(made: DayPlan) -> str:
        plans_kept.save(made)
        return f"/plans/{made.id}"

    job = services.work.start(
        make_plan,
        services.settings,
        order,
        account.id,
        owner=account.id,
        steps=STEPS,
        again=f"/plans?day={order.day.isoformat()}",
        keep=keep,
    )
    services.store.audit.log(account.id, "plan", order.division_code, order.day.isoformat())
    return RedirectResponse(f"/plans/making/{job.id}", 303)


def plan_for(store: Store, account: Account, plan_id: str) -> DayPlan:
    """Return a plan of a station that somebody plans for.

    Raises
    ------
    StoreError
        There is no such plan.
    AccessError
        It is another station's.
    """
    found = store.plans.get(plan_id)
    require(account, Right.PLAN, found.division_code)
    return found


@router.get("/plans")
def plans(
    request: Request, services: ServicesDep, account: PlannerDep, day: Annotated[date | None, Query()] = None
) -> Response:
    """Show the plans of a day, and the form that makes one."""
    view, wanted = services.view(account, Right.PLAN), day or services.today()
    places = towns(view)
    found = [p for p in services.store.plans.of_day(wanted) if p.division_code in {t.code for t in places}]
    people = crew(view, [town.code for town in places], wanted)
    return render(request, "plans.html", day=wanted, plans=found, towns=places, crew=people, view=view)


@router.post("/plans")
def make(
    services: ServicesDep,
    account: PlannerDep,
    day: Annotated[date, Form()],
    division: Annotated[str, Form(max_length=12)],
    actors: Annotated[list[str] | None, Form()] = None,
) -> Response:
    """Start to plan a day."""
    budget = Budget(services.settings.plan_seconds)
    return _order(services, account, Order(day, division, tuple(actors or ()), budget=budget))


@router.get("/plans/making/{job_id}")
def making(request: Request, job_id: str, services: ServicesDep, account: PlannerDep) -> Response:
    """Show how far the planner is; go on to the plan when it is made."""
    job = JobOut.of(found := services.work.job(job_id, account.id))
    if job.next:
        return RedirectResponse(job.next, 303)
    limit = services.settings.memory_mb
    return render(request, "plan_making.html", job=job, steps=found.steps, again=found.again, limit=limit)


@router.get("/plans/{plan_id}")
def review(request: Request, plan_id: str, services: ServicesDep, account: PlannerDep) -> Response:
    """Show a plan: routes, reasons, who was left out and why."""
    plan = plan_for(services.store, account, plan_id)
    view = services.view(account, Right.PLAN)
    return render(
        request,
        "plan.html",
        plan=plan,
        view=view,
        crew=crew(view, [plan.division_code], plan.day),
        going={route.actor_id for route in plan.routes},
        outside=not_in_plan(view, services.rules(), plan),
    )


@router.post("/plans/{plan_id}/again")
def again(
    plan_id: str,
    services: ServicesDep,
    account: PlannerDep,
    actors: Annotated[list[str] | None, Form()] = None,
    out: Annotated[str, Form()] = "",
    back: Annotated[str, Form()] = "",
) -> Response:
    """Plan the day of a draft anew: with other people, without a door, or with one put back."""
    plan = plan_for(services.store, account, plan_id)
    if plan.state is PlanState.REPLACED:
        raise InputError("plan.state", plan_id)
    outside = not_in_plan(services.view(account, Right.PLAN), services.rules(), plan)
    without = frozenset({item.household_id for item in outside} | {out}) - {back, ""}
    going = tuple(actors or ()) or tuple(route.actor_id for route in plan.routes)
    budget = Budget(services.settings.plan_seconds)
    order = Order(plan.day, plan.division_code, going, without=without, budget=budget)
    return _order(services, account, order)


@router.post("/plans/{plan_id}/publish")
def publish(
    plan_id: str, store: StoreDep, account: Annotated[Account, Depends(needs(Right.PUBLISH))]
) -> Response:
    """Make a draft the plan of its day."""
    plan = plan_for(store, account, plan_id)
    if plan.state is not PlanState.DRAFT:
        raise InputError("plan.state", plan_id)
    store.plans.publish(plan_id, account.id)
    store.audit.log(account.id, "publish", plan_id, plan.day.isoformat())
    return RedirectResponse(f"/plans/{plan_id}", 303)
