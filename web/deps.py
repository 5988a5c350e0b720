"""What a handler asks for by name: the store, the day, the account, a right.

Refused by default: :func:`guard` stands before every route of the app and
lets nobody without a session pass but to :data:`PUBLIC`; it also checks the
token of everything that changes something.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Annotated, Any

from fastapi import Depends, Request

from fieldmap.access import Account, Right, require
from fieldmap.errors import AccessError
from fieldmap.models import Snapshot
from fieldmap.periods import Period
from fieldmap.rollup import Rollup, published, roll_up
from fieldmap.rulebook import rules_in_force
from fieldmap.rules import RuleSet
from fieldmap.settings import Settings
from fieldmap.store import Session, Store
from web.scope import scoped
from web.security import FORM_COOKIE, SESSION_COOKIE, Throttle, check_form
from web.station import Station, station_of
from web.work import Work

__all__ = [
    "PUBLIC",
    "MaybeSessionDep",
    "Services",
    "ServicesDep",
    "SessionDep",
    "SettingsDep",
    "StoreDep",
    "TodayDep",
    "guard",
    "needs",
    "services",
]

PUBLIC = frozenset({"/sign-in", "/bind", "/language", "/health", "/vendor/{name:path}"})
"""Route templates that need no session."""


@dataclass(frozen=True)
class Services:
    """What lives as long as the app; the lifespan makes and closes it."""

    store: Store
    settings: Settings
    today: Callable[[], date]
    clock: Callable[[], datetime]
    throttle: Throttle
    work: Work
    kept: dict[object, tuple[object, Any]] = field(default_factory=dict)

    def rules(self) -> RuleSet:
        """Return the visit rules in force."""
        return self._keep("rules", self.store.change, lambda: rules_in_force(self.store))

    def view(self, account: Account, right: Right) -> Snapshot:
        """Return the record as an account sees it by a right."""
        hats = account.hats_with(right)
        return self._keep(("view", hats), self.store.change, lambda: scoped(self.store.snapshot(), hats))

    def station(self, account: Account) -> Station:
        """Return today's lists and figures of the desk an account sits at."""
        hats, day = account.hats_with(Right.DESK), self.today()
        return self._keep(
            ("station", hats),
            (self.store.change, day),
            lambda: station_of(self.view(account, Right.DESK), self.rules(), day),
        )

    def rollup(self, month: Period) -> Rollup:
        """Return the county's published table of a month."""
        day = self.today()
        return self._keep(
            ("rollup", month),
            (self.store.change, day),
            lambda: published(
                roll_up(self.store.snapshot(), self.rules(), month, day), self.settings.suppress_below
            ),
        )

    def _keep[T](self, key: object, version: object, make: Callable[[], T]) -> T:
        """Return what was made last, made anew after a write; two threads may both make it."""
        held = self.kept.get(key)
        if held is None or held[0] != version:
            held = self.kept[key] = (version, make())
        value: T = held[1]
        return value


def services(request: Request) -> Services:
    """Return what the app keeps."""
    found: Services = request.app.state.services
    return found


ServicesDep = Annotated[Services, Depends(services)]
"""What the app has opened: store, settings, work process."""


def _store(found: ServicesDep) -> Store:
    return found.store


def _settings(found: ServicesDep) -> Settings:
    return found.settings


def _today(found: ServicesDep) -> date:
    return found.today()


def _maybe_session(request: Request, found: ServicesDep) -> Session | None:
    token = request.cookies.get(SESSION_COOKIE, "")
    session = found.store.accounts.session(token) if token else None
    request.state.session = session
    return session


MaybeSessionDep = Annotated[Session | None, Depends(_maybe_session)]
"""The sign-in of the request, or None."""


def _session(session: MaybeSessionDep) -> Session:
    if session is None:
        raise AccessError("access.sign-in")
    return session


StoreDep = Annotated[Store, Depends(_store)]
"""The county file."""

SettingsDep = Annotated[Settings, Depends(_settings)]
"""The settings in force."""

TodayDep = Annotated[date, Depends(_today)]
"""The day to work on."""

SessionDep = Annotated[Session, Depends(_session)]
"""The sign-in of the request; without one it is refused."""


async def guard(request: Request, session: MaybeSessionDep) -> None:
    """Let a request through to its route, or refuse it.

    Raises
    ------
    AccessError
        Nobody is signed in, or a change came without our page's token.
    """
    route = request.scope.get("route")
    if session is None and getattr(route, "path", None) not in PUBLIC:
        raise AccessError("access.sign-in")
    if request.method not in ("GET", "HEAD", "OPTIONS"):
        expected = session.csrf if session else request.cookies.get(FORM_COOKIE, "")
        await check_form(request, expected)


def needs(right: Right) -> Callable[[Session], Account]:
    """Return a dependency that gives the account where it has the right somewhere.

    Whether it has the right *there* is for the handler to ask
    (:func:`fieldmap.access.require` with a division, or :meth:`Services.view`).
    """

    def account(session: SessionDep) -> Account:
        return require(session.account, right)

    return account
