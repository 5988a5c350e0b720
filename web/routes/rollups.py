"""What goes upward: the published table of a month, and the audit trail."""

from __future__ import annotations

from dataclasses import replace
from typing import Annotated

from fastapi import APIRouter, Depends, Query, Request
from fastapi.responses import Response

from fieldmap.access import Account, Right, covers
from fieldmap.errors import InputError, language
from fieldmap.periods import Calendar, Period
from fieldmap.rollup import Rollup, headings, to_csv
from web.deps import Services, ServicesDep, StoreDep, needs
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


def _month(services: Services, text: str) -> Period:
    if not text:
        return Period.month(services.today())
    found = Period.parse(text)
    if found != Period.of(Calendar.MONTH, found.start):
        raise InputError("period.text", text)
    return found


def _table(services: Services, account: Account, month: Period) -> Rollup:
    """Return the county's published table, cut to what the account covers.

    Cells are withheld for the county as a whole and only then cut: two cuts
    laid side by side tell no more than the one table.
    """
    scopes = [hat.division_code for hat in account.hats_with(Right.ROLLUP)]
    whole = services.rollup(month)
    rows = tuple(row for row in whole.rows if any(covers(scope, row.code) for scope in scopes))
    return replace(whole, rows=rows)


@router.get("/rollup")
def rollup(
    request: Request,
    services: ServicesDep,
    account: RollupDep,
    month: Annotated[str, Query(max_length=10)] = "",
) -> Response:
    """Show the figures of a month by village, town and county."""
    table = _table(services, account, _month(services, month))
    titles = headings(language.get())
    return render(request, "rollup.html", table=table, titles=titles, columns=_COLUMNS, done=_DONE)


@router.get("/rollup.csv")
def download(
    services: ServicesDep, account: RollupDep, month: Annotated[str, Query(max_length=10)] = ""
) -> Response:
    """Send the same table, with every column, for a spreadsheet."""
    table = _table(services, account, _month(services, month))
    services.store.audit.log(account.id, "export rollup", str(table.month))
    return Response(
        to_csv(table, language.get()).encode("utf-8-sig"),  # the mark lets Excel read the Chinese
        media_type="text/csv; charset=utf-8",
        headers={"Content-Disposition": f'attachment; filename="rollup-{table.month}.csv"'},
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
