"""Plans: make, review, change, publish; never published by itself."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from datetime import date
from typing import Annotated
from urllib.parse import urlencode

from fastapi import APIRouter, Depends, Form, Query, Request
from fastapi.responses import RedirectResponse, Response
from pydantic import BaseModel, Field

from fieldmap.access import Account, Right, require
from fieldmap.errors import InputError
from fieldmap.models import Division
from fieldmap.periods import FIRST_YEAR, LAST_YEAR, in_reach
from fieldmap.plans import DayPlan, PlanState
from fieldmap.store import Store
from routing.dispatch import Order
from routing.params import Budget
from routing.week import WEEK_DAYS, working_days
from web.deps import Services, ServicesDep, StoreDep, needs
from web.pages import render
from web.planning import STEPS, WEEK_STEPS, crew, make_plan, make_week, not_in_plan, towns
from web.schemas import JobOut
from web.selection import NOTHING, Chosen, Selection, Span, chosen, read_selection

__all__ = ["PlannerDep", "plan_for", "router"]

router = APIRouter()


class Asked(BaseModel):
    """What was selected on the map or in a list, as it comes over the wire.

    Attributes
    ----------
    grid
        Codes of grids, or ``outside``.
    area
        ``lon,lat;lon,lat;…`` in WGS-84.
    household
        Ids of households.
    """

    span: Span = Span.DAY
    grid: Annotated[list[Annotated[str, Field(max_length=20)]], Field(max_length=500)] = []
    area: Annotated[str, Field(max_length=5000)] = ""
    household: Annotated[list[Annotated[str, Field(max_length=100)]], Field(max_length=500)] = []


class Looked(Asked):
    """The address of the planner's page; without a day it is today's."""

    day: date | None = None


class Ordered(Asked):
    """The planner's form.

    Attributes
    ----------
    together
        With a selection: also whom the published plans of those days have.
    """

    day: date
    division: Annotated[str, Field(max_length=12)]
    actors: Annotated[list[str], Field(max_length=500)] = []
    together: bool = False


PlannerDep = Annotated[Account, Depends(needs(Right.PLAN))]
"""Somebody who makes plans, somewhere."""


def _start(services: Services, account: Account, order: Order, selection: Selection = NOTHING) -> Response:
    """Give an order to the work process and show how far it is."""
    require(account, Right.PLAN, order.division_code)
    if not order.actor_ids:
        raise InputError("plan.nobody")
    kept = services.store.plans

    def keep(made: DayPlan) -> str:
        kept.save(made)
        return f"/plans/{made.id}"

    def keep_week(made: tuple[DayPlan, ...]) -> str:
        if not made:
            raise InputError("plan.nobody-due")
        for plan in made:
            kept.save(plan)
        return f"/plans/week?{urlencode([('plan', plan.id) for plan in made])}"

    week = selection.span is Span.WEEK
    job = services.work.start(
        make_week if week else make_plan,
        services.settings,
        order,
        account.id,
        owner=account.id,
        steps=WEEK_STEPS if week else STEPS,
        again=f"/plans?{selection.query(order.day)}",
        keep=keep_week if week else keep,
    )
    days = f"{order.day.isoformat()}..{selection.last_day(order.day).isoformat()}"
    services.store.audit.log(account.id, "plan", order.division_code, days if week else order.day.isoformat())
    return RedirectResponse(f"/plans/making/{job.id}", 303)


def _planned(day: date) -> date:
    """Return a day that can be planned.

    Raises
    ------
    InputError
        ``plan.day``.
    """
    if not in_reach(day):
        raise InputError("plan.day", day, first=FIRST_YEAR, last=LAST_YEAR)
    return day


def _selected(services: Services, account: Account, asked: Asked) -> Selection:
    view = services.view(account, Right.PLAN)
    return read_selection(asked.span, asked.grid, asked.area, view, asked.household)


def _chosen(services: Services, account: Account, selection: Selection, day: date) -> Chosen:
    """Return who is meant by a selection, from a day on."""
    view = services.view(account, Right.PLAN)
    listed = services.listed(account, Right.PLAN, selection.last_day(day))
    return chosen(selection, view, services.assignment(account, Right.PLAN), listed)


def _published(
    services: Services, places: Iterable[Division], day: date, selection: Selection
) -> list[DayPlan]:
    """Return the plans that a new one would take the place of, should it be published."""
    codes = {place.code for place in places}
    days = working_days(day) if selection.span is Span.WEEK else (day,)
    found = [p for one in days for p in services.store.plans.of_day(one, state=PlanState.PUBLISHED)]
    return [plan for plan in found if plan.division_code in codes]


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
    request: Request,
    services: ServicesDep,
    account: PlannerDep,
    asked: Annotated[Looked, Query()],
) -> Response:
    """Show the plans of a day, whom a selection means, and the form that plans them."""
    view, wanted = services.view(account, Right.PLAN), _planned(asked.day or services.today())
    selection = _selected(services, account, asked)
    places = towns(view)
    found = [p for p in services.store.plans.of_day(wanted) if p.division_code in {t.code for t in places}]
    meant = _chosen(services, account, selection, wanted) if selection else None
    going = [t for t in places if meant is None or meant.within(t.code)]
    return render(
        request,
        "plans.html",
        day=wanted,
        days=working_days(wanted),
        plans=found,
        towns=going,
        crew=crew(view, [town.code for town in going], wanted),
        view=view,
        selection=selection,
        chosen=meant,
        published=_published(services, going, wanted, selection) if meant else [],
    )


@router.post("/plans")
def make(
    services: ServicesDep,
    account: PlannerDep,
    order: Annotated[Ordered, Form()],
) -> Response:
    """Start to plan a day or a week, of everybody due or of a selection."""
    budget = Budget(services.settings.plan_seconds)
    asked = Order(_planned(order.day), order.division, tuple(order.actors), budget=budget)
    selection = _selected(services, account, order)
    if selection:
        meant = _chosen(services, account, selection, order.day)
        if not meant.within(order.division):
            raise InputError("plan.nobody-due")
        only = meant.households
        if order.together:
            places = [t for t in towns(services.view(account, Right.PLAN)) if t.code == order.division]
            before = _published(services, places, order.day, selection)
            only |= {stop.household_id for p in before for route in p.routes for stop in route.stops}
        asked = replace(asked, only=only)
    return _start(services, account, asked, selection)


@router.get("/plans/week")
def week(
    request: Request,
    services: ServicesDep,
    account: PlannerDep,
    plan: Annotated[list[str], Query(min_length=1, max_length=WEEK_DAYS)],
) -> Response:
    """Show the drafts of a week, one a day, and who is left over."""
    made = sorted((plan_for(services.store, account, one) for one in plan), key=lambda one: one.day)
    view = services.view(account, Right.PLAN)
    doors = {one.id: len({stop.household_id for r in one.routes for stop in r.stops}) for one in made}
    return render(request, "plan_week.html", plans=made, doors=doors, left=made[-1].unplanned, view=view)


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
    return _start(services, account, order)


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
