"""Signing in and out of the desk; the QR code that the head prints.

The code of somebody who works on a phone leads to the app (``/phone#bind=``,
whose part after the ``#`` no server sees); an account that has nothing to do
there is bound to the desk's pages.
"""

from __future__ import annotations

from mimetypes import guess_type
from typing import Annotated

from fastapi import APIRouter, Depends, Form, Request
from fastapi.responses import RedirectResponse, Response
from starlette.exceptions import HTTPException

from fieldmap.access import Account, Right
from fieldmap.errors import AccessError
from web.certificates import phone_address
from web.deps import MaybeSessionDep, ServicesDep, SessionDep, SettingsDep, StoreDep, needs
from web.i18n import LANGUAGES
from web.manage import managed
from web.pages import home_of, render
from web.phone_files import PhoneFile, packed_answer
from web.qr import qr_svg
from web.security import KEPT, LANGUAGE_COOKIE, SESSION_COOKIE
from web.vendor import vendor_file

__all__ = ["router"]

router = APIRouter()

_DAY_S = 86_400


def _own_path(path: str) -> str:
    """Return a path of this app; anything that a browser could read as another host becomes the start."""
    return path if path.startswith("/") and not path.startswith(("//", "/\\")) else "/"


def _with_session(answer: Response, token: str, request: Request, seconds: int) -> Response:
    answer.set_cookie(
        SESSION_COOKIE,
        token,
        max_age=seconds,
        httponly=True,
        samesite="lax",
        secure=request.url.scheme == "https",
    )
    return answer


@router.get("/")
def start(session: SessionDep) -> Response:
    """Send somebody to the page the role begins with."""
    return RedirectResponse(home_of(session.account), 303)


@router.get("/health")
def health(store: StoreDep) -> dict[str, str]:
    """Say that the server is up and reads its county file; nothing more, as anybody may ask."""
    return {"status": "ok" if store.change else "empty"}


@router.get("/vendor/{name:path}")
def vendor(request: Request, name: str) -> Response:
    """Serve a script or style of the npm packages, packed."""
    path = vendor_file(name)
    if path is None:
        raise HTTPException(404)
    kind = guess_type(path.name)[0] or "application/octet-stream"
    return packed_answer(request, PhoneFile(path.read_bytes(), kind), {"cache-control": KEPT})


@router.get("/sign-in")
def sign_in_page(request: Request, session: MaybeSessionDep, next: str = "/") -> Response:
    """Show the sign-in form."""
    if session is not None:
        return RedirectResponse(_own_path(next), 303)
    return render(request, "sign_in.html", next=_own_path(next), said=None, login="")


@router.post("/sign-in")
def sign_in(
    request: Request,
    services: ServicesDep,
    login: Annotated[str, Form(max_length=64)],
    password: Annotated[str, Form(max_length=256)],
    next: Annotated[str, Form()] = "/",
) -> Response:
    """Start a session."""
    try:
        with services.throttle.trying(login):
            token = services.store.accounts.sign_in(login, password, hours=services.settings.session_hours)
    except AccessError as error:
        status = 401 if error.code == "access.password" else 429
        said = error.explanation()
        return render(request, "sign_in.html", status, next=_own_path(next), said=said, login=login)
    answer = RedirectResponse(_own_path(next), 303)
    return _with_session(answer, token, request, services.settings.session_hours * 3600)


@router.post("/sign-out")
def sign_out(request: Request, session: SessionDep, store: StoreDep) -> Response:
    """End the session."""
    store.accounts.sign_out(request.cookies[SESSION_COOKIE])
    answer = RedirectResponse("/sign-in", 303)
    answer.delete_cookie(SESSION_COOKIE)
    return answer


@router.post("/language")
def choose_language(lang: Annotated[str, Form()], next: Annotated[str, Form()] = "/") -> Response:
    """Keep the language of the pages in a cookie."""
    answer = RedirectResponse(_own_path(next), 303)
    if lang in LANGUAGES:
        answer.set_cookie(LANGUAGE_COOKIE, lang, max_age=365 * _DAY_S, samesite="lax")
    return answer


@router.post("/invite/{account_id}")
def invite(
    request: Request,
    account_id: str,
    store: StoreDep,
    settings: SettingsDep,
    head: Annotated[Account, Depends(needs(Right.INVITE))],
) -> Response:
    """Print a QR code that signs one phone in."""
    account = managed(store, head, account_id, Right.INVITE)
    on_phone = bool(account.rights() & {Right.TODAY, Right.GRID})
    page = "phone#bind=" if on_phone else "bind?t="
    address = phone_address(settings, f"{request.base_url}{page}")
    link = f"{address}{store.accounts.invite(account.id)}"
    store.audit.log(head.id, "invite", account.id)
    return render(
        request,
        "invite.html",
        invited=account,
        code=qr_svg(link),
        link=link,
        days=settings.device_days,
        on_phone=on_phone,
    )


@router.get("/bind")
def bind_page(request: Request, t: str = "") -> Response:
    """Show the button that binds this phone; opening the link alone uses nothing up."""
    return render(request, "bind.html", token=t)


@router.post("/bind")
def bind(
    request: Request, store: StoreDep, settings: SettingsDep, token: Annotated[str, Form(max_length=200)]
) -> Response:
    """Bind this phone and sign it in."""
    label = request.headers.get("user-agent", "")[:120]
    session = store.accounts.bind(token, label=label, days=settings.device_days)
    return _with_session(RedirectResponse("/", 303), session, request, settings.device_days * _DAY_S)
