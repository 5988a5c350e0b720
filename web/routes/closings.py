"""Closed periods: version 1 as it was frozen, what differs since, and why; campaigns.

Who answers for an area sees its figures as they are. Who reads figures only
(county, auditor) sees that a period is closed, and of its figures no more than
the roll-up of the same period prints.
"""

from __future__ import annotations

import uuid
from typing import Annotated

from fastapi import APIRouter, Depends, Form, Request
from fastapi.responses import HTMLResponse, RedirectResponse

from fieldmap.access import Account, Right, covers
from fieldmap.campaigns import Campaign, announce, seen_from
from fieldmap.errors import AccessError, StoreError, language
from fieldmap.periods import Period
from fieldmap.rollup import headings
from web._closing_above import above
from web._closing_tables import columns, counts, rates
from web.closings import Ledger, closable, close_period, closed
from web.deps import Services, ServicesDep, StoreDep, TodayDep, needs
from web.pages import render

__all__ = ["router"]

router = APIRouter()

ReaderDep = Annotated[Account, Depends(needs(Right.ROLLUP))]
HeadDep = Annotated[Account, Depends(needs(Right.DESK))]

NameForm = Annotated[str, Form(max_length=200)]
CodeForm = Annotated[str, Form(max_length=30)]


def _areas(account: Account) -> tuple[str, ...]:
    """Return the divisions that an account answers for."""
    return tuple(dict.fromkeys(hat.division_code for hat in account.hats_with(Right.DESK)))


def _area(account: Account, wanted: str) -> str:
    """Return the division that is meant: the one named, or the only one.

    Raises
    ------
    AccessError
        The account does not answer for it.
    """
    areas = _areas(account)
    if wanted and wanted not in areas:
        raise AccessError("access.refused", wanted)
    return wanted or areas[0]


def _ledgers(services: Services, account: Account) -> tuple[Ledger, ...]:
    areas = _areas(account)
    held = len(services.store.closings.all())
    return services.figures.get(
        ("closings", areas), (services.store.change, held), lambda: closed(services.store, areas)
    )


@router.get("/closings")
def closings(request: Request, services: ServicesDep, today: TodayDep, account: ReaderDep) -> HTMLResponse:
    """Show the closed periods with their versions side by side, and the campaigns."""
    store, areas = services.store, _areas(account)
    ledgers = _ledgers(services, account)
    shown = [(ledger, versions) for ledger in ledgers if (versions := columns(ledger))]
    scopes = [hat.division_code for hat in account.hats_with(Right.ROLLUP)]
    campaigns = seen_from(store.campaigns.all(), areas or scopes)
    done = {(ledger.division_code, ledger.period) for ledger in ledgers}
    return render(
        request,
        "closings.html",
        areas=[(code, _name(services, code)) for code in areas],
        open={code: [p for p in closable(today) if (code, p) not in done] for code in areas},
        closed=[(ledger, versions, counts(versions), rates(versions)) for ledger, versions in shown],
        above=() if areas else above(services, scopes),
        names={one.id: one.name for one in store.accounts.all()},
        divisions={code: division.name for code, division in store.snapshot().divisions.items()},
        titles=headings(language.get()),
        campaigns=campaigns,
        own={one.id for one in campaigns if any(covers(area, one.division_code) for area in areas)},
        below=services.settings.suppress_below,
    )


def _name(services: Services, code: str) -> str:
    division = services.store.snapshot().divisions.get(code)
    return division.name if division else code


@router.post("/closings")
def close(
    store: StoreDep, today: TodayDep, account: HeadDep, period: CodeForm, division: CodeForm = ""
) -> RedirectResponse:
    """Freeze a period, or the next version of it."""
    made = close_period(store, _area(account, division), Period.parse(period), today=today, by=account.id)
    return RedirectResponse(f"/closings#{made.division_code}-{made.period}", 303)


@router.post("/campaigns")
def add_campaign(
    store: StoreDep,
    account: HeadDep,
    name: NameForm = "",
    first: CodeForm = "",
    last: CodeForm = "",
    division: CodeForm = "",
) -> RedirectResponse:
    """Keep a campaign of the head's area."""
    period = Period.parse(f"{first}..{last}")
    code = _area(account, division)
    wanted = Campaign(str(uuid.uuid4()), name, period, code, store.clock(), account.id)
    with store.write():
        made = announce(wanted, store.campaigns.all())
        store.campaigns.add(made)
        store.audit.log(account.id, "campaign", made.id, str(period))
    return RedirectResponse("/closings#campaigns", 303)


@router.post("/campaigns/{campaign_id}/end")
def end_campaign(campaign_id: str, store: StoreDep, account: HeadDep) -> RedirectResponse:
    """Offer a campaign of the head's own area no longer."""
    own = [one for one in store.campaigns.all() if one.id == campaign_id]
    if not any(covers(area, one.division_code) for one in own for area in _areas(account)):
        raise StoreError("store.unknown", campaign_id, noun="campaign")
    with store.write():
        store.campaigns.end(campaign_id, account.id)
        store.audit.log(account.id, "end campaign", campaign_id)
    return RedirectResponse("/closings#campaigns", 303)
