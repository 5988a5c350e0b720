"""The phone's app: its page, its service worker and what a phone needs to install it."""

from __future__ import annotations

from fastapi import APIRouter, Request
from fastapi.responses import JSONResponse, RedirectResponse, Response

from fieldmap.errors import language
from web.deps import SettingsDep
from web.phone_files import PhoneFile, packed_answer
from web.phone_shell import Shell, shell_of, worker_script
from web.security import CSP

__all__ = ["router"]

router = APIRouter()

_ASKED_AGAIN = {"cache-control": "no-cache"}
# pictures that a visitor takes are shown from memory before they are sealed
_PAGE = {**_ASKED_AGAIN, "content-security-policy": CSP.replace("data:", "data: blob:")}


def _shell(request: Request, settings: SettingsDep) -> Shell:
    return shell_of(request.app.state.templates, settings.lang)


@router.get("/phone")
def phone(request: Request, settings: SettingsDep) -> Response:
    """Return the app's page: the same for everybody, nobody's data in it."""
    page = PhoneFile(_shell(request, settings).page.encode(), "text/html")
    return packed_answer(request, page, _PAGE)


@router.get("/today")
def today() -> RedirectResponse:
    """Send a bookmark of the former page to the app."""
    return RedirectResponse("/phone", 303)


@router.get("/grid")
def grid() -> RedirectResponse:
    """Send a bookmark of the grid manager's former page to the app."""
    return RedirectResponse("/phone#grid", 303)


@router.get("/phone/sw.js")
def worker(request: Request, settings: SettingsDep) -> Response:
    """Return the service worker, which keeps the page and its files on the phone."""
    headers = {**_ASKED_AGAIN, "service-worker-allowed": "/phone"}
    return Response(worker_script(_shell(request, settings)), media_type="text/javascript", headers=headers)


@router.get("/phone/manifest.webmanifest")
def manifest(request: Request, settings: SettingsDep) -> JSONResponse:
    """Return the name and the icons under which a phone installs the app."""
    name = _shell(request, settings).names[language.get()]
    icons = [
        {"src": f"/static/phone/icon-{size}.png", "sizes": f"{size}x{size}", "type": "image/png"}
        for size in (192, 512)
    ]
    told = {
        "id": "/phone",
        "name": name,
        "short_name": name,
        "lang": language.get(),
        "start_url": "/phone",
        "scope": "/phone",
        "display": "standalone",
        "background_color": "#f3f6f5",
        "theme_color": "#0f6b63",
        "icons": [{**icon, "purpose": "any maskable"} for icon in icons],
    }
    return JSONResponse(told, media_type="application/manifest+json", headers=_ASKED_AGAIN)
