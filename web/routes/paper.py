"""The ticked sheet entered at the desk: what no phone has sent comes in on paper."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from typing import Annotated

from fastapi import APIRouter, Depends, Request
from fastapi.responses import Response
from starlette.datastructures import FormData

from fieldmap.access import Account, Right
from fieldmap.errors import explain, language
from fieldmap.forms import FormError
from fieldmap.incoming import EnvelopeKind
from fieldmap.models import Actor, Outcome
from fieldmap.plans import DayPlan
from fieldmap.visiting import EXCLUDES, needs_menu
from web.deps import Services, ServicesDep
from web.i18n import long_day
from web.pages import render
from web.paper import Entry, Line, piles, read_entry, record_id, with_calls
from web.planning import crew
from web.routes.plans import PlannerDep, plan_for

__all__ = ["router"]

router = APIRouter()


async def _sent(request: Request) -> FormData:
    return await request.form()


@dataclass(frozen=True, slots=True)
class Said:
    """What came of a row that was sent.

    Attributes
    ----------
    state
        ``held``, ``there``, ``problem``, or ``empty`` where nothing was typed.
    faults
        What is wrong: fields and texts in the reader's language.
    """

    entry: Entry
    state: str
    faults: tuple[tuple[str, str], ...] = ()


@router.get("/plans/{plan_id}/paper")
def paper(
    request: Request, plan_id: str, services: ServicesDep, account: PlannerDep, stop: str = ""
) -> Response:
    """Show a plan's sheets as rows to type into; ``stop`` is where to begin."""
    plan = plan_for(services.store, account, plan_id)
    return _page(request, services, account, plan, first=stop, caller=_caller(services, account, plan, ""))


@router.post("/plans/{plan_id}/paper")
def enter(
    request: Request,
    plan_id: str,
    services: ServicesDep,
    account: PlannerDep,
    form: Annotated[FormData, Depends(_sent)],
) -> Response:
    """Keep the rows that can be kept, and say beside the others what is wrong."""
    plan = plan_for(services.store, account, plan_id)
    caller = _caller(services, account, plan, str(form.get("caller", "")))
    view = services.view(account, Right.PLAN)
    said: dict[str, Said] = {}
    for pile in piles(with_calls(plan, view, services.rules(), caller), view):
        for line in pile.lines:
            said[line.stop.id] = _keep(services, account, plan, line, Entry.of(line, form))
    counts = Counter(one.state for one in said.values())
    services.store.audit.log(account.id, "enter paper", plan.id, f"{plan.day} {counts['held']}")
    return _page(request, services, account, plan, caller=caller, said=said, counts=counts)


def _staff(services: Services, account: Account, plan: DayPlan) -> tuple[Actor, ...]:
    """Return who may have called from the station, those on office duty that day first."""
    staff = crew(services.view(account, Right.PLAN), [plan.division_code], plan.day).staff
    return tuple(sorted(staff, key=lambda actor: plan.day not in actor.desk_days))


def _caller(services: Services, account: Account, plan: DayPlan, chosen: str) -> str:
    """Return who made the station's calls: who was chosen, else the helper herself, else who had the duty."""
    staff = [actor.id for actor in _staff(services, account, plan)]
    wanted = (chosen, account.actor_id or "")
    return next((one for one in wanted if one in staff), staff[0] if staff else "")


def _keep(services: Services, account: Account, plan: DayPlan, line: Line, entry: Entry) -> Said:
    if line.done is not None and not entry.also:
        return Said(entry, "there")
    if not entry.outcome:
        return Said(entry, "empty")
    try:
        written = read_entry(plan, line, entry, services.store.snapshot(), services.today())
    except FormError as error:
        faults = tuple((one.field, str(explain(one.code, **one.details))) for one in error.issues)
        return Said(entry, "problem", faults)
    store = services.store
    with store.write():
        receipt = store.visits.record(written.visit, by=account.id)
        if receipt.new:
            store.incoming.received.add(written.received(account, services.clock()))
    return Said(entry, "held" if receipt.new else "there")


def _page(
    request: Request,
    services: Services,
    account: Account,
    plan: DayPlan,
    *,
    caller: str,
    first: str = "",
    said: dict[str, Said] | None = None,
    counts: Counter[str] | None = None,
) -> Response:
    view = services.view(account, Right.PLAN)
    made = piles(with_calls(plan, view, services.rules(), caller), view)
    from_paper = {record_id(plan.id, line.stop.id) for pile in made for line in pile.lines}
    return render(
        request,
        "paper.html",
        plan=plan,
        town=view.divisions[plan.division_code].name,
        day_text=long_day(plan.day),
        piles=made,
        blank=Entry.blank,
        said=said or {},
        counts=counts,
        first=first,
        caller=caller,
        callers=_staff(services, account, plan),
        from_paper=from_paper,
        on_paper=EnvelopeKind.PAPER,
        pausing={*EXCLUDES, Outcome.DIED},
        menu=list(needs_menu(language.get()).items()),
    )
