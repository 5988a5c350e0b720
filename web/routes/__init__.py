"""One router per noun; a handler gets, checks, acts, returns."""

from fastapi import APIRouter

from web.routes import session

__all__ = ["ROUTERS"]

ROUTERS: tuple[APIRouter, ...] = (session.router,)
"""Every router of the app, one a line."""
