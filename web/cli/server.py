"""``serve``: the pages."""

from __future__ import annotations

import socket

import click

from fieldmap.errors import ServeError
from fieldmap.settings import Settings, load
from fieldmap.store import Store
from web.cli.output import say, today_of, warn_plain

__all__ = ["COMMANDS", "run_server"]


@click.command(short_help="网页 · Serve the desk, the phone pages and the map.")
@click.option("--host", default=None, help="Where to listen (FIELDMAP_HOST).")
@click.option("--port", default=None, type=int, help="Where to listen (FIELDMAP_PORT).")
def serve(host: str | None, port: int | None) -> None:
    """打开网页服务。Serve the desk, the phone pages and the map from the county file."""
    run_server(load(), host, port)


def run_server(settings: Settings, host: str | None = None, port: int | None = None) -> None:
    """Serve until stopped.

    Raises
    ------
    StoreError
        The county file is missing or does not open.
    ServeError
        The port is in use.
    """
    import uvicorn

    from web.app import create_app

    host, port = host or settings.host, settings.port if port is None else port
    store = Store.open(settings.db, settings.key)  # a wrong path or key is said before anything listens
    if not store.encrypted:
        warn_plain()
    store.close()
    listener = _listen(host, port)
    app = create_app(settings, today=lambda: today_of(settings))
    address = f"http://{host}:{listener.getsockname()[1]}/"
    say(f"打开 {address}(Ctrl+C 结束)", f"Open {address} (Ctrl+C ends)")
    server = uvicorn.Server(uvicorn.Config(app, log_level="warning", timeout_graceful_shutdown=2))
    server.run(sockets=[listener])


def _listen(host: str, port: int) -> socket.socket:
    listener = socket.socket(socket.AF_INET6 if ":" in host else socket.AF_INET)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listener.bind((host, port))
        listener.listen(128)
    except (OSError, OverflowError) as fault:
        listener.close()
        reason = getattr(fault, "strerror", None) or str(fault)
        raise ServeError("serve.port", f"{host}:{port}", reason=reason) from None
    return listener


COMMANDS = (serve,)
