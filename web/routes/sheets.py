"""The day sheet: a plan on paper, for those who go and for who calls."""

from __future__ import annotations

from fastapi import APIRouter, Request
from fastapi.responses import Response

from fieldmap.access import Right, covers
from fieldmap.errors import language
from fieldmap.models import SiteFunction, Snapshot
from fieldmap.plans import DayPlan
from fieldmap.schedule import due
from fieldmap.visiting import needs_menu
from web.certificates import phone_address
from web.deps import ServicesDep
from web.i18n import long_day
from web.pages import render
from web.qr import qr_svg
from web.routes.plans import PlannerDep, plan_for
from web.sheets import ANSWERS, day_sheets

__all__ = ["router"]

router = APIRouter()


@router.get("/plans/{plan_id}/sheet")
def sheet(request: Request, plan_id: str, services: ServicesDep, account: PlannerDep) -> Response:
    """Show a plan as it is printed; written to the audit trail, as names and numbers leave on paper."""
    plan = plan_for(services.store, account, plan_id)
    view = services.view(account, Right.PLAN)
    services.store.audit.log(account.id, "print plan", plan.id, plan.day.isoformat())
    return render(
        request,
        "sheet.html",
        plan=plan,
        station=_station(view, plan),
        day_text=long_day(plan.day),
        made=day_sheets(plan, view, due(view, services.rules(), plan.day)),
        answers=ANSWERS,
        needs=list(needs_menu(language.get()).values()),
        phone_page=qr_svg(phone_address(services.settings, f"{request.base_url}phone")),
        settings=services.settings,
    )


def _station(view: Snapshot, plan: DayPlan) -> str:
    """Return the name of the plan's station, of its township where there is none."""
    names = [
        site.name
        for _, site in sorted(view.sites.items())
        if SiteFunction.STATION in site.functions and covers(plan.division_code, site.division_code)
    ]
    return names[0] if names else view.divisions[plan.division_code].name
