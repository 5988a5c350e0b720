"""Pages: one Jinja environment, and what every template may use."""

from __future__ import annotations

import secrets
from datetime import datetime
from pathlib import Path
from typing import Any

from fastapi import Request
from fastapi.responses import HTMLResponse
from jinja2 import Environment, FileSystemLoader, StrictUndefined, select_autoescape

from fieldmap import standards
from fieldmap.access import Account, Right
from fieldmap.errors import language
from fieldmap.periods import CHINA
from fieldmap.plans import clock_time
from web.addresses import village_before
from web.i18n import LANGUAGES, N_, gettext
from web.labels import label
from web.masking import mask_id, mask_name, mask_phone
from web.security import FORM_COOKIE

__all__ = [
    "CHINA",
    "NAVIGATION",
    "account_of",
    "environment",
    "home_of",
    "local_time",
    "render",
    "wants_html",
]

NAVIGATION: tuple[tuple[Right, str, str], ...] = (
    (Right.TODAY, "/phone", N_("今日走访")),
    (Right.DESK, "/desk", N_("工作台")),
    (Right.MAP, "/map", N_("覆盖地图")),
    (Right.DESK, "/people", N_("走访对象")),
    (Right.PLAN, "/plans", N_("计划")),
    (Right.REVIEW_FLAG, "/flags", N_("上报")),
    (Right.DESK, "/inbox", N_("待核对")),
    (Right.DESK, "/phones", N_("手机")),
    (Right.GRID, "/phone#grid", N_("我的网格")),
    (Right.ROLLUP, "/rollup", N_("汇总")),
    (Right.AUDIT, "/audit", N_("审计")),
    (Right.INVITE, "/accounts", N_("账号管理")),
)
"""The menu: shown where the account has the right."""

_HOME: tuple[tuple[Right, str], ...] = (
    (Right.DESK, "/desk"),
    (Right.TODAY, "/phone"),
    (Right.GRID, "/phone#grid"),
    (Right.AUDIT, "/audit"),
    (Right.ACCOUNTS, "/accounts"),
    (Right.ROLLUP, "/rollup"),
)


def home_of(account: Account) -> str:
    """Return the page an account begins with."""
    rights = account.rights()
    return next((path for right, path in _HOME if right in rights), "/sign-in")


def local_time(moment: datetime | str, form: str = "%Y-%m-%d %H:%M") -> str:
    """Write an instant, or its ISO 8601 text, as a clock in China shows it.

    >>> local_time("2026-03-20T01:00:00Z")
    '2026-03-20 09:00'
    """
    known = datetime.fromisoformat(moment) if isinstance(moment, str) else moment
    return known.astimezone(CHINA).strftime(form)


def environment() -> Environment:
    """Return the Jinja environment of the pages."""
    made = Environment(
        loader=FileSystemLoader(Path(__file__).parent / "templates"),
        autoescape=select_autoescape(default=True),
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    made.globals.update(
        _=gettext,
        clock_time=clock_time,
        label=label,
        tag_label=standards.tag_label,
        Right=Right,
    )
    made.filters.update(
        mask_name=mask_name,
        mask_phone=mask_phone,
        mask_id=mask_id,
        local_time=local_time,
        village_before=village_before,
    )
    return made


def account_of(request: Request) -> Account | None:
    """Return who is signed in, as far as the request has been looked at."""
    session = getattr(request.state, "session", None)
    return session.account if session else None


def wants_html(request: Request) -> bool:
    """Return whether a browser asks for a page and not a script for data."""
    return "text/html" in request.headers.get("accept", "")


def render(request: Request, name: str, status: int = 200, **context: Any) -> HTMLResponse:
    """Return a page.

    Every template has: ``_`` (translation), ``label`` (of an enumeration),
    ``lang``, ``languages``, ``account``, ``navigation``, ``csrf``, ``today``,
    ``here`` (the path), ``mark`` (of the record as the page read it, see
    :mod:`web.live`), and the filters ``mask_name``, ``mask_phone``,
    ``mask_id``, ``local_time``, ``village_before`` (a household's address).

    Parameters
    ----------
    name
        File in ``web/templates``.
    context
        What the template needs on top.
    """
    account, session = account_of(request), getattr(request.state, "session", None)
    # somebody with the sign-in page open twice keeps one token
    token = session.csrf if session else request.cookies.get(FORM_COOKIE) or secrets.token_urlsafe(16)
    rights = account.rights() if account else frozenset()
    shared = {
        "lang": language.get(),
        "languages": LANGUAGES,
        "account": account,
        "navigation": [(path, text) for right, path, text in NAVIGATION if right in rights],
        "csrf": token,
        "today": request.app.state.services.today(),
        "here": request.url.path,
        "mark": getattr(request.state, "mark", ""),
    }
    template = request.app.state.templates.get_template(name)
    response = HTMLResponse(template.render({**shared, **context}), status_code=status)
    if session is None:
        response.set_cookie(FORM_COOKIE, token, httponly=True, samesite="strict")
    return response
