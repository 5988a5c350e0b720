"""What goes upward: the published table of a month or quarter, and the audit trail."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta
from typing import Annotated

from fastapi import APIRouter, Depends, Query, Request
from fastapi.responses import Response

from fieldmap.access import Account, Right, covers
from fieldmap.errors import language
from fieldmap.periods import Period
from fieldmap.rollup import Rollup, headings, released, to_csv
from web.deps import Services, ServicesDep, StoreDep, TodayDep, needs
from web.labels import ACTIONS
from web.pages import render

__all__ = ["router"]

router = APIRouter()

RollupDep = Annotated[Account, Depends(needs(Right.ROLLUP))]

_COLUMNS = (
    "people",
    "due",
    "contacted",
    "in_person",
    "excluded",
    "without_rule",
    "never_contacted",
    "no_coordinates",
    "no_owner",
    "overdue",
)
_DONE = ("household_times", "person_times", "attempts")
_MONTHS, _QUARTERS = 12, 4
_DAY = timedelta(days=1)


def _period(
    today: TodayDep,
    period: Annotated[str, Query(max_length=30)] = "",
    month: Annotated[str, Query(max_length=10)] = "",
) -> Period:
    """Read what the address asks for; ``month`` is how older addresses say it."""
    return released(period or month, today)


PeriodDep = Annotated[Period, Depends(_period)]


def _offered(today: date) -> tuple[Period, ...]:
    """Return the months and quarters to choose from, the latest first."""
    quarters, months = [Period.quarter(today)], [Period.month(today)]
    while len(quarters) < _QUARTERS:
        quarters.append(Period.quarter(quarters[-1].start - _DAY))
    while len(months) < _MONTHS:
        months.append(Period.month(months[-1].start - _DAY))
    return (*months, *quarters)


def _table(services: Services, account: Account, period: Period) -> Rollup:
    """Return the county's published table, cut to what the account covers.

    Cells are withheld for the county as a whole and only then cut: two cuts
    laid side by side tell no more than the one table.
    """
    scopes = [hat.division_code for hat in account.hats_with(Right.ROLLUP)]
    whole = services.rollup(period)
    rows = tuple(row for row in whole.rows if any(covers(scope, row.code) for scope in scopes))
    return replace(whole, rows=rows)


@router.get("/rollup")
def rollup(
    request: Request, services: ServicesDep, account: RollupDep, period: PeriodDep, today: TodayDep
) -> Response:
    """Show the figures of a month or quarter by village, town and county."""
    return render(
        request,
        "rollup.html",
        table=_table(services, account, period),
        periods=tuple(dict.fromkeys((period, *_offered(today)))),
        titles=headings(language.get()),
        columns=_COLUMNS,
        done=_DONE,
    )


@router.get("/rollup.csv")
def download(services: ServicesDep, account: RollupDep, period: PeriodDep) -> Response:
    """Send the same table, with every column, for a spreadsheet."""
    table = _table(services, account, period)
    services.store.audit.log(account.id, "export rollup", str(table.period))
    return Response(
        to_csv(table, language.get()).encode("utf-8-sig"),  # the mark lets Excel read the Chinese
        media_type="text/csv; charset=utf-8",
        headers={"Content-Disposition": f'attachment; filename="rollup-{table.period}.csv"'},
    )


@router.get("/audit")
def audit(
    request: Request, store: StoreDep, account: Annotated[Account, Depends(needs(Right.AUDIT))]
) -> Response:
    """Show who did what, and whether the chain holds."""
    names = {one.id: one.name for one in store.accounts.all()}
    return render(
        request,
        "audit.html",
        lines=store.audit.lines(),
        names=names,
        actions=ACTIONS,
        broken=store.audit.broken_at(),
    )
