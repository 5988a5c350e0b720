"""One table from exceptions to answers; no handler builds an error by hand.

A script gets ``{"code", "message", "details"}``, a browser a page with the
same in four parts; somebody who is not signed in is sent to the sign-in page.
"""

from __future__ import annotations

import logging
from collections.abc import Mapping
from typing import Any
from urllib.parse import quote

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse, RedirectResponse, Response
from starlette.exceptions import HTTPException

from fieldmap.errors import (
    AccessError,
    Explanation,
    FieldmapError,
    InputError,
    PlanError,
    RoadError,
    ServeError,
    StoreError,
    explain,
)
from fieldmap.forms import FormError
from web.pages import render, wants_html
from web.security import HEADERS

__all__ = ["BY_CODE", "BY_TYPE", "install", "status_of"]

_log = logging.getLogger("fieldmap.web")

BY_CODE: Mapping[str, int] = {
    "access.sign-in": 401,
    "access.password": 401,
    "access.revoked": 401,
    "access.locked": 429,
    "store.unknown": 404,
    "job.unknown": 404,
    "plan.state": 409,
    "access.login-taken": 409,
    "phone.batch": 413,
    "phone.photo-size": 413,
    "phone.photo-unknown": 404,
    "live.full": 429,
}
"""Status of single problems."""

BY_TYPE: Mapping[type[FieldmapError], int] = {
    AccessError: 403,
    InputError: 422,
    StoreError: 503,
    PlanError: 409,
    RoadError: 409,
    ServeError: 503,
    FieldmapError: 400,
}
"""Status of everything else, by the kind of error."""

_HTTP = {404: "web.not-found", 405: "web.method"}


def status_of(error: FieldmapError) -> int:
    """Return the HTTP status of a problem."""
    if error.code in BY_CODE:
        return BY_CODE[error.code]
    return next(status for kind, status in BY_TYPE.items() if isinstance(error, kind))


def answer(
    request: Request, status: int, code: str, said: Explanation, details: Mapping[str, Any] | None = None
) -> Response:
    """Return a problem as the asker can read it."""
    if wants_html(request):
        return render(request, "error.html", status, code=code, said=said)
    parts = {"value": said.value, "allowed": said.allowed, "todo": said.todo, **(details or {})}
    body = {"code": code, "message": str(said), "details": parts}
    return JSONResponse(body, status, media_type="application/json; charset=utf-8")


def install(app: FastAPI) -> None:
    """Give an app the handlers."""
    app.add_exception_handler(FieldmapError, _ours)
    app.add_exception_handler(RequestValidationError, _invalid)
    app.add_exception_handler(HTTPException, _http)
    app.add_exception_handler(Exception, _unexpected)


async def _ours(request: Request, error: Exception) -> Response:
    assert isinstance(error, FieldmapError)
    if error.code == "access.sign-in" and request.method == "GET" and wants_html(request):
        wanted = request.url.path + (f"?{request.url.query}" if request.url.query else "")
        return RedirectResponse(f"/sign-in?next={quote(wanted)}", 303)
    return answer(request, status_of(error), error.code, error.explanation(), _fields(error))


def _fields(error: FieldmapError) -> dict[str, Any]:
    """Return what is wrong in each field of a form, without what was typed."""
    if not isinstance(error, FormError):
        return {}
    fields = [
        {"field": i.field, "code": i.code, "message": str(explain(i.code, **i.details))} for i in error.issues
    ]
    return {"fields": fields}


async def _invalid(request: Request, error: Exception) -> Response:
    assert isinstance(error, RequestValidationError)
    # the value received is not sent back: it may be a name or a password
    fields = [{"field": ".".join(str(p) for p in e["loc"][1:]), "problem": e["msg"]} for e in error.errors()]
    named = ", ".join(dict.fromkeys(f["field"] for f in fields))
    return answer(request, 422, "web.invalid", explain("web.invalid", named), {"fields": fields})


async def _http(request: Request, error: Exception) -> Response:
    assert isinstance(error, HTTPException)
    code = _HTTP.get(error.status_code, "web.request")
    value = request.url.path if error.status_code != 405 else request.method
    return answer(request, error.status_code, code, explain(code, value))


async def _unexpected(request: Request, error: Exception) -> Response:
    _log.error("%s %s", request.method, request.url.path, exc_info=error)
    # this handler stands outside of the middleware that adds them
    response = answer(request, 500, "web.internal", explain("web.internal"))
    response.headers.update(HEADERS)
    return response
