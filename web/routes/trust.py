"""How a phone comes to trust the station: for everybody, also without TLS.

Over http the page tells no fingerprint: whoever forged the certificate on the
way would forge the page beside it. It is told over https, as a sheet to print
at the station, and compared with what the phone's own settings show.
"""

from __future__ import annotations

from fastapi import APIRouter, Request
from fastapi.responses import Response
from starlette.datastructures import URL
from starlette.exceptions import HTTPException

from web.certificates import authority_in, folder_of, phone_address
from web.deps import SettingsDep
from web.pages import local_time, render
from web.qr import qr_svg

__all__ = ["router"]

router = APIRouter()


@router.get("/trust")
def trust(request: Request, settings: SettingsDep) -> Response:
    """Say, phone by phone, how to trust the station's authority."""
    authority = authority_in(folder_of(settings))
    reached = URL(phone_address(settings, str(request.url)))
    link = str(reached.replace(scheme="http", port=settings.http_port, query=""))
    return render(
        request,
        "trust.html",
        authority=authority,
        until=local_time(authority.until, "%Y-%m-%d") if authority else "",
        secure=request.url.scheme == "https",
        link=link,
        code=qr_svg(link),
    )


@router.get("/trust/fieldmap-ca.crt")
def certificate(settings: SettingsDep) -> Response:
    """Give the authority's certificate, in the form in which phones offer to install it."""
    authority = authority_in(folder_of(settings))
    if authority is None:
        raise HTTPException(404)
    return Response(authority.der, media_type="application/x-x509-ca-cert")
