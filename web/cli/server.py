"""``serve``: the pages."""

from __future__ import annotations

import asyncio
import gc
import socket
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import click
import uvicorn
from starlette.types import ASGIApp

from fieldmap.errors import ServeError
from fieldmap.settings import Settings, load
from fieldmap.store import Store
from web.certificates import Issued, folder_of, issue
from web.cli.output import say, today_of, warn_plain
from web.reach import Reach

if TYPE_CHECKING:  # it takes a while to load, and most commands serve nothing
    from fastapi import FastAPI

__all__ = ["COMMANDS", "Secure", "run_server"]

_EVERYWHERE = "0.0.0.0"
_HERE = "127.0.0.1"
_RARELY = (20_000, 20, 50)


@dataclass(frozen=True, slots=True)
class Secure:
    """What ``serve --https`` was asked for.

    Attributes
    ----------
    names, addresses
        What the station is called in the network, as typed; without an
        address the one this computer has there.
    http_port
        Where phones without trust are shown the way; None: the setting's.
    """

    names: Sequence[str] = ()
    addresses: Sequence[str] = ()
    http_port: int | None = None


@click.command(short_help="网页 · Serve the desk, the phone pages and the map.")
@click.option("--host", default=None, help="Where to listen (FIELDMAP_HOST).")
@click.option("--port", default=None, type=int, help="Where to listen (FIELDMAP_PORT).")
@click.option("--https", is_flag=True, help="Encrypt, with a certificate authority of the station's own.")
@click.option("--name", "names", multiple=True, help="With --https: a name of this computer; repeat.")
@click.option("--address", "addresses", multiple=True, help="With --https: an IP address of it; repeat.")
@click.option(
    "--http-port", default=None, type=int, help="With --https: port of /trust (FIELDMAP_HTTP_PORT)."
)
def serve(
    host: str | None,
    port: int | None,
    https: bool,
    names: tuple[str, ...],
    addresses: tuple[str, ...],
    http_port: int | None,
) -> None:
    """打开网页服务。Serve the desk, the phone pages and the map from the county file.

    With --https phones in the station's network can use the app: the first
    start makes an authority, /trust says how a phone comes to trust it, and
    the server listens on every address of this computer.
    """
    if not https and (names or addresses or http_port is not None):
        raise click.UsageError("--name, --address and --http-port need --https.")
    run_server(load(), host, port, Secure(names, addresses, http_port) if https else None)


def run_server(
    settings: Settings, host: str | None = None, port: int | None = None, secure: Secure | None = None
) -> None:
    """Serve until stopped.

    Raises
    ------
    StoreError
        The county file is missing or does not open.
    InputError
        A name or an address is none.
    ServeError
        A port is in use, or the certificates cannot be used.
    """
    settings = replace(settings, port=settings.port if port is None else port)
    store = Store.open(settings.db, settings.key)  # a wrong path or key is said before anything listens
    if not store.encrypted:
        warn_plain()
    store.close()
    if secure is None:
        _serve_plain(settings, host or settings.host)
    else:
        # nobody's phone reaches the default, this computer itself
        everywhere = _EVERYWHERE if settings.host == _HERE else settings.host
        _serve_secure(settings, host or everywhere, secure)


def _serve_plain(settings: Settings, host: str) -> None:
    listener = _listen(host, settings.port)
    address = f"http://{host}:{_port(listener)}/"
    say(f"打开 {address}(Ctrl+C 结束)", f"Open {address} (Ctrl+C ends)")
    app = _app(settings)
    _Server(_config(app), app).run(sockets=[listener])


def _serve_secure(settings: Settings, host: str, secure: Secure) -> None:
    reach = Reach.parse(secure.names, secure.addresses or _own_addresses())
    issued = issue(folder_of(settings), reach, datetime.now(UTC))
    listener = _listen(host, settings.port)
    door = _listen(host, settings.http_port if secure.http_port is None else secure.http_port)
    settings = replace(settings, port=_port(listener), http_port=_port(door))
    _say_where(settings, issued)
    asyncio.run(_serve_both(settings, issued, listener, door))


async def _serve_both(
    settings: Settings, issued: Issued, listener: socket.socket, door: socket.socket
) -> None:
    """Serve https, and beside it the door without; a signal ends the inner one, which passes it on."""
    from web.plain_door import PlainDoor

    app = _app(settings)
    outer = _Server(_config(app, issued), app)
    inner = uvicorn.Server(_config(PlainDoor(app, issued.reach, settings.port), lifespan="off"))

    def end(_: object) -> None:
        inner.should_exit = True

    serving = asyncio.create_task(outer.serve(sockets=[listener]))
    serving.add_done_callback(end)
    while not outer.started and not serving.done():
        await asyncio.sleep(0.02)
    if not serving.done():
        await inner.serve(sockets=[door])
    await serving


class _Server(uvicorn.Server):
    """A server that ends the streams of its app, which would not end by themselves, before it waits."""

    def __init__(self, config: uvicorn.Config, app: FastAPI) -> None:
        super().__init__(config)
        self._app = app

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        """End what listens, then as any other server."""
        self._app.state.services.live.end()
        await super().shutdown(sockets)


def _app(settings: Settings) -> FastAPI:
    from web.app import create_app

    app = create_app(settings, today=lambda: today_of(settings), warm=True)
    # looking through all that a county's record is made of takes a tenth of a second: seldom
    gc.freeze()
    gc.set_threshold(*_RARELY)
    return app


def _config(app: ASGIApp, issued: Issued | None = None, lifespan: str = "auto") -> uvicorn.Config:
    return uvicorn.Config(
        app,
        log_level="warning",
        timeout_graceful_shutdown=2,
        ws="none",
        lifespan="off" if lifespan == "off" else "auto",
        ssl_certfile=issued.file if issued else None,
    )


def _say_where(settings: Settings, issued: Issued) -> None:
    at = issued.reach.first
    page, way = f"https://{at}:{settings.port}/", f"http://{at}:{settings.http_port}/trust"
    say(f"打开 {page}(Ctrl+C 结束)", f"Open {page} (Ctrl+C ends)")
    say(f"手机第一次先打开 {way}", f"A phone opens {way} first, once")
    authority, ends, until = issued.authority, issued.authority.until.date(), issued.until.date()
    say(
        f"证书机构 {authority.name},有效到 {ends};本机证书有效到 {until}",
        f"Authority {authority.name} until {ends}, certificate of this computer until {until}",
    )
    for line in authority.fingerprint:
        say(f"  SHA-256 {line}", f"  SHA-256 {line}")


def _own_addresses() -> list[str]:
    """Return this computer's address in its network, if it has one; nothing is sent."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as asked:
        try:
            asked.connect(("192.0.2.1", 9))
        except OSError:
            return []
        return [str(asked.getsockname()[0])]


def _port(listener: socket.socket) -> int:
    return int(listener.getsockname()[1])


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
