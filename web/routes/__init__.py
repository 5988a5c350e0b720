"""One router per noun; a handler gets, checks, acts, returns."""

from fastapi import APIRouter

from web.routes import (
    accounts,
    alarms,
    basemap,
    closings,
    coverage,
    desk,
    flags,
    grids,
    inbox,
    live,
    outbox,
    packet,
    paper,
    people,
    phone,
    phone_keys,
    phones,
    plans,
    registering,
    rollups,
    session,
    sheets,
    trust,
)

__all__ = ["ROUTERS"]

ROUTERS: tuple[APIRouter, ...] = (
    session.router,
    desk.router,
    alarms.router,
    inbox.router,
    phones.router,
    plans.router,
    sheets.router,
    paper.router,
    people.router,
    phone_keys.router,
    accounts.router,
    rollups.router,
    closings.router,
    phone.router,
    packet.router,
    outbox.router,
    trust.router,
    flags.router,
    registering.router,
    grids.router,
    coverage.router,
    basemap.router,
    live.router,
)
"""Every router of the app, one a line."""
