"""The phone's sign-in: what it gets is a token, a key to read with and a warrant to send with.

The reading key is made here and kept nowhere: the phone wraps it by its PIN.
See ``docs/phone.md``.
"""

from __future__ import annotations

import secrets
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Header, Response
from pydantic import BaseModel, ConfigDict, Field

from fieldmap.access import Account, AccountRole, Right, require
from fieldmap.sealing import to_base64url, warrant
from fieldmap.settings import Settings
from fieldmap.store import PhoneSession
from web.deps import PhoneSessionDep, Services, ServicesDep
from web.security import bearer_of

__all__ = ["PhoneKeys", "SignIn", "router"]

router = APIRouter(prefix="/phone")

_KEY_BYTES = 32
_OF_STAFF = frozenset({AccountRole.WORKER, AccountRole.HEAD, AccountRole.DEPUTY})


class SignIn(BaseModel):
    """What a phone shows: the token of its QR code, or login and password.

    ``look`` uses nothing up: the phone asks whether a code is good before
    somebody chooses a PIN. ``device`` is what an earlier sign-in gave.
    """

    model_config = ConfigDict(extra="ignore", frozen=True)

    invitation: Annotated[str, Field(max_length=200)] = ""
    login: Annotated[str, Field(max_length=64)] = ""
    password: Annotated[str, Field(max_length=256)] = ""
    device: Annotated[str, Field(max_length=64)] = ""
    app: Annotated[str, Field(max_length=64)] = ""
    look: bool = False


@dataclass(frozen=True, slots=True)
class PhoneKeys:
    """What a phone holds after its sign-in.

    Attributes
    ----------
    key
        32 random bytes to read with, base64url.
    station
        ``key_id`` and ``public_key`` (65 bytes, base64url) to send with.
    hold
        Whether the phone may keep this behind a PIN (``pin``) or not (``memory``).
    """

    token: str
    key: str
    warrant: str
    station: dict[str, str]
    account: dict[str, str]
    device: str
    hold: str
    expires_at: datetime
    now: datetime


def hours_of(account: Account, settings: Settings) -> int:
    """Return how long a phone may read: a day's route for staff, a week's list for the others.

    Raises
    ------
    AccessError
        The account has nothing to do on a phone.
    """
    if Right.GRID not in account.rights():
        require(account, Right.TODAY)
    staff = any(hat.role in _OF_STAFF for hat in account.hats)
    return settings.phone_hours if staff else settings.list_days * 24


def keys_of(services: Services, session: PhoneSession) -> dict[str, Any]:
    """Return the answer to a sign-in."""
    kept, account = services.store.accounts.county_keys(), session.account
    return asdict(
        PhoneKeys(
            token=session.token,
            key=to_base64url(secrets.token_bytes(_KEY_BYTES)),
            warrant=warrant(kept.secret, account.id, session.device_id, session.started_at),
            station={
                "key_id": kept.station.key_id,
                "public_key": to_base64url(kept.station.public_bytes),
            },
            account={"id": account.id, "name": account.name},
            device=session.device_id,
            hold=services.settings.phone_hold,
            expires_at=session.expires_at,
            now=session.started_at,
        )
    )


def _by_password(services: Services, given: SignIn) -> Account:
    with services.throttle.trying(given.login):
        return services.store.accounts.known(given.login, given.password)


@router.post("/sign-in")
def sign_in(
    services: ServicesDep, given: SignIn, user_agent: Annotated[str, Header()] = ""
) -> dict[str, Any]:
    """Sign a phone in, by the QR code of the head or by password."""
    accounts, settings = services.store.accounts, services.settings
    if given.look:
        accounts.invited(given.invitation, use=False)
        return {"hold": settings.phone_hold}
    known = None if given.invitation else _by_password(services, given)
    with services.store.write():
        account = known or accounts.invited(given.invitation)
        session = accounts.start_on_phone(
            account,
            label=user_agent[:120],
            days=settings.device_days,
            hours=hours_of(account, settings),
            known_as=given.device,
        )
        services.store.audit.log(account.id, "phone sign-in", session.device_id)
    return keys_of(services, session)


@router.post("/renew")
def renew(services: ServicesDep, session: PhoneSessionDep) -> dict[str, Any]:
    """Give a signed-in phone the keys of its next day."""
    hours = hours_of(session.account, services.settings)
    return keys_of(services, services.store.accounts.renew_on_phone(session, hours=hours))


@router.post("/sign-out", status_code=204)
def sign_out(
    services: ServicesDep, session: PhoneSessionDep, token: Annotated[str, Depends(bearer_of)]
) -> Response:
    """End the phone's session."""
    services.store.accounts.sign_out(token)
    return Response(status_code=204)
