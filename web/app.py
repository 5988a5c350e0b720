"""The app: composition only."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from datetime import date, datetime
from pathlib import Path

from fastapi import Depends, FastAPI

from fieldmap.settings import Settings
from fieldmap.store import Store, utc_now
from web import errors
from web.deps import Services, guard
from web.live import Live
from web.pages import CHINA, environment
from web.phone_files import phone_asset
from web.routes import ROUTERS
from web.security import Headers, Throttle
from web.static_files import Static
from web.warming import Warming
from web.work import Work

__all__ = ["create_app"]

_STATIC = Path(__file__).parent / "static"


def create_app(
    settings: Settings,
    *,
    today: Callable[[], date] | None = None,
    clock: Callable[[], datetime] = utc_now,
    warm: bool = False,
) -> FastAPI:
    """Return the app of one county file.

    Parameters
    ----------
    settings
        Where the county file is, its key, how long a sign-in lasts.
    today
        Returns the day to work on; without it the day of the settings, else
        the clock's day in China.
    clock
        Returns the present instant, in UTC.
    warm
        Whether the figures that the first page asks for are made beforehand
        (:mod:`web.warming`).

    Raises
    ------
    StoreError
        When the app starts: no county file, or another key.
    """
    app = FastAPI(
        title="fieldmap",
        lifespan=_lifespan(settings, today, clock, warm),
        dependencies=[Depends(guard)],
        docs_url=None,
        redoc_url=None,
        openapi_url=None,
    )
    app.state.templates = environment()
    errors.install(app)
    app.add_route("/static/phone/{name}", phone_asset)
    app.mount("/static", Static(directory=_STATIC), name="static")
    for router in ROUTERS:
        app.include_router(router)
    app.add_middleware(Headers, default_language=settings.lang)
    return app


def _lifespan(
    settings: Settings, today: Callable[[], date] | None, clock: Callable[[], datetime], warm: bool
) -> Callable[[FastAPI], AbstractAsyncContextManager[None]]:
    """Return what opens the county file when the app starts, and closes it."""

    def day() -> date:
        return settings.today or clock().astimezone(CHINA).date()

    @asynccontextmanager
    async def lifespan(app: FastAPI) -> AsyncIterator[None]:
        store = Store.open(settings.db, settings.key, clock=clock)
        work = Work(settings)
        live = Live(store.watch(), today or day)
        services = Services(store, settings, today or day, clock, Throttle(clock), work, live)
        app.state.services = services
        warming = Warming(services, app.state.templates)
        if warm:
            warming.start()
        try:
            yield
        finally:
            await asyncio.to_thread(warming.close)
            await live.close()
            work.close()
            store.close()

    return lifespan
