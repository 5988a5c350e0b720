"""What a handler asks for by name: the store, the day, the account, a right.

Refused by default: :func:`guard` stands before every route of the app and
lets nobody without a session pass but to :data:`PUBLIC`; it also checks the
token of everything that changes something.

A session comes in the cookie (the desk) or as ``Authorization: Bearer`` (the
app on a phone). The phone's token opens the routes under ``/phone/`` and no
other: who finds one cannot open the desk with it. A form of another site
cannot send it, so that those requests need no form token.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Annotated, Any

from fastapi import Depends, Request

from fieldmap.access import Account, Hat, Right, require, widened
from fieldmap.coverage import Coverage, measures
from fieldmap.errors import AccessError
from fieldmap.grids import Assignment, assign
from fieldmap.models import Snapshot
from fieldmap.obligations import Casebook
from fieldmap.parts import EVERYBODY, Narrow
from fieldmap.periods import Period, known_instant
from fieldmap.rollup import Rollup, beside, published, roll_up
from fieldmap.rulebook import rules_in_force
from fieldmap.rules import RuleSet
from fieldmap.schedule import Schedule, schedule
from fieldmap.settings import Settings
from fieldmap.store import Session, Store
from web.kept import Kept
from web.live import Live
from web.scope import cut, scoped
from web.security import FORM_COOKIE, SESSION_COOKIE, Throttle, bearer_of, check_form
from web.station import Station, station_of
from web.work import Work

__all__ = [
    "PUBLIC",
    "SELF_PROVING",
    "MaybeSessionDep",
    "PhoneSessionDep",
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

SELF_PROVING = frozenset({"/phone/sign-in", "/phone/outbox", "/phone/photos/{photo_id}"})
"""Route templates whose body proves itself: by a password, an invitation, a warrant in an envelope."""

PUBLIC = SELF_PROVING | {
    "/sign-in",
    "/bind",
    "/language",
    "/health",
    "/vendor/{name:path}",
    "/today",
    "/grid",
    "/phone",
    "/phone/sw.js",
    "/phone/manifest.webmanifest",
    "/trust",
    "/trust/fieldmap-ca.crt",
}
"""Route templates that need no session."""

_OF_PHONES = "/phone/"


@dataclass(frozen=True)
class Services:
    """What lives as long as the app; the lifespan makes and closes it.

    Attributes
    ----------
    kept
        Small things that a page keeps by its own rules.
    figures
        What is computed from the record.
    """

    store: Store
    settings: Settings
    today: Callable[[], date]
    clock: Callable[[], datetime]
    throttle: Throttle
    work: Work
    live: Live
    kept: dict[object, tuple[object, Any]] = field(default_factory=dict)
    figures: Kept = field(default_factory=Kept)

    def rules(self, known: date | None = None) -> RuleSet:
        """Return the visit rules in force, or as they were known at the end of a day."""
        at = self._instant(known)
        return self.figures.get(
            ("rules", at), self.store.change, lambda: rules_in_force(self.store, known_at=at)
        )

    def view(self, account: Account, right: Right, known: date | None = None) -> Snapshot:
        """Return the record as an account sees it by a right, as it is or as known at the end of a day.

        A grid manager sees whom her head counts in her grid: where a door lies
        in another grid than the ledger says, the door decides.
        """
        return self._seen(account.hats_with(right), self._instant(known))

    def coverage(
        self,
        account: Account,
        right: Right,
        period: Period,
        narrow: Narrow = EVERYBODY,
        known: date | None = None,
    ) -> Coverage:
        """Return the measures of a period within an account's scope.

        Page, map, table and print view ask the same question one after the
        other: it is computed once for each write of the record, and for all
        accounts with the same scope.

        Parameters
        ----------
        known
            The figures of the end of that day, as the record stood then; None,
            today or later is today's.
        """
        day, hats, at = self.today(), account.hats_with(right), self._instant(known)
        until = day if known is None else min(day, known)
        return self.figures.get(
            ("coverage", hats, period, narrow, at),
            (self.store.change, until),
            lambda: measures(
                self.view(account, right, known),
                self.rules(known),
                period,
                until,
                assignment=self.assignment(account, right, known),
                narrow=narrow,
                casebook=self._casebook(account, right, known),
            ),
        )

    def _casebook(self, account: Account, right: Right, known: date | None) -> Casebook:
        """Return what every period of the same record is read from."""
        return self.figures.get(
            ("casebook", account.hats_with(right), self._instant(known)),
            self.store.change,
            lambda: Casebook(self.view(account, right, known), self.rules(known)),
        )

    def assignment(self, account: Account, right: Right, known: date | None = None) -> Assignment:
        """Return which grid every household within an account's scope is in."""
        return self._placed(account.hats_with(right), self._instant(known))

    def _seen(self, hats: tuple[Hat, ...], at: datetime | None) -> Snapshot:
        """Return the record within the scope of hats."""

        def make() -> Snapshot:
            around = widened(hats)
            whole = self.store.snapshot(known_at=at) if around == hats else self._seen(around, at)
            return scoped(whole, hats, None if around == hats else self._placed(around, at).grid_of)

        return self.figures.get(("view", hats, at), self.store.change, make)

    def _placed(self, hats: tuple[Hat, ...], at: datetime | None) -> Assignment:
        """Return which grid every household within the scope of hats is in, as seen from around it."""

        def make() -> Assignment:
            view, around = self._seen(hats, at), widened(hats)
            return assign(view) if around == hats else cut(self._placed(around, at), view)

        return self.figures.get(("assignment", hats, at), self.store.change, make)

    def listed(self, account: Account, right: Right, day: date) -> Schedule:
        """Return everybody within an account's scope as dated on a day."""
        hats = account.hats_with(right)
        return self.figures.get(
            ("listed", hats, day),
            self.store.change,
            lambda: schedule(self.view(account, right), self.rules(), day),
        )

    def station(self, account: Account) -> Station:
        """Return today's lists and figures of the desk an account sits at."""
        hats, day = account.hats_with(Right.DESK), self.today()
        return self.figures.get(
            ("station", hats),
            (self.store.change, day),
            lambda: station_of(self.view(account, Right.DESK), self.rules(), day),
        )

    def rollup(self, period: Period) -> Rollup:
        """Return the county's published table of a period, a quarter's against its months'."""
        day = self.today()
        return self.figures.get(
            ("rollup", period),
            (self.store.change, day),
            lambda: published(
                roll_up(self.store.snapshot(), self.rules(), period, day),
                self.settings.suppress_below,
                [self.rollup(month) for month in beside(period, day)],
            ),
        )

    def _instant(self, known: date | None) -> datetime | None:
        """Return the end of a day in China that is over; None is now."""
        if known is None or known >= self.today():
            return None
        return known_instant(known)


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
    bearer = bearer_of(request)
    token = bearer or request.cookies.get(SESSION_COOKIE, "")
    session = found.store.accounts.session(token) if token else None
    if session is not None and session.of_phone != bool(bearer):
        session = None
    request.state.session = session
    return session


MaybeSessionDep = Annotated[Session | None, Depends(_maybe_session)]
"""The sign-in of the request, or None."""


def _session(session: MaybeSessionDep) -> Session:
    if session is None:
        raise AccessError("access.sign-in")
    return session


def _phone_session(session: SessionDep) -> Session:
    if not session.of_phone:
        raise AccessError("access.refused", "phone")
    return session


PhoneSessionDep = Annotated[Session, Depends(_phone_session)]
"""The sign-in of a phone; any other is refused."""

StoreDep = Annotated[Store, Depends(_store)]
"""The county file."""

SettingsDep = Annotated[Settings, Depends(_settings)]
"""The settings in force."""

TodayDep = Annotated[date, Depends(_today)]
"""The day to work on."""

SessionDep = Annotated[Session, Depends(_session)]
"""The sign-in of the request; without one it is refused."""


async def guard(request: Request, session: MaybeSessionDep, found: ServicesDep) -> None:
    """Let a request through to its route, or refuse it.

    Raises
    ------
    AccessError
        Nobody is signed in, the phone was locked, it asks for what is not a
        phone's, or a change came without our page's token.
    """
    path = getattr(request.scope.get("route"), "path", "")
    if session is not None:
        # before anything is read: what is written meanwhile makes another mark
        request.state.mark = found.live.mark(found.store.change)
    if session is None and path not in PUBLIC:
        raise AccessError(_ended(request, found))
    if session is not None and session.of_phone and not path.startswith(_OF_PHONES):
        raise AccessError("access.phone-only", request.url.path)
    if request.method in ("GET", "HEAD", "OPTIONS") or path in SELF_PROVING:
        return
    if session is None or not session.of_phone:
        await check_form(request, session.csrf if session else request.cookies.get(FORM_COOKIE, ""))


def _ended(request: Request, found: Services) -> str:
    """Return why a request without a session is refused: a phone wipes itself where it was locked."""
    token = bearer_of(request)
    return "access.revoked" if token and found.store.accounts.revoked(token) else "access.sign-in"


def needs(right: Right) -> Callable[[Session], Account]:
    """Return a dependency that gives the account where it has the right somewhere.

    Whether it has the right *there* is for the handler to ask
    (:func:`fieldmap.access.require` with a division, or :meth:`Services.view`).
    """

    def account(session: SessionDep) -> Account:
        return require(session.account, right)

    return account
