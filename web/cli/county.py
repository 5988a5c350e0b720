"""``init``, ``backup``, ``restore``: the county file itself."""

from __future__ import annotations

import re
from pathlib import Path

import click

from fieldmap.errors import InputError
from fieldmap.models import Division
from fieldmap.settings import load
from fieldmap.store import Store
from web.cli.output import opened, say, warn_plain

__all__ = ["COMMANDS"]


@click.command(short_help="建立县库 · Make the county file.")
@click.option(
    "--county", "code", required=True, metavar="CODE", help="12-digit statistics code of the county."
)
@click.option("--name", required=True, help="Name of the county.")
@click.option("--salt", hidden=True, default=None, help="Makes the ids of a demonstration repeatable.")
def init(code: str, name: str, salt: str | None) -> None:
    """建立县库。Make the county file (FIELDMAP_DB, encrypted where FIELDMAP_KEY is set).

    Only this command makes a file; it never overwrites one.
    """
    settings = load()
    if not re.fullmatch(r"\d{4}(?!00)\d{2}0{6}", code):
        raise InputError("county.code", code)
    store = Store.create(settings.db, settings.key, county=Division(code, name, 2), salt=salt)
    if not store.encrypted:
        warn_plain()
    store.close()
    say(f"已建立县库 {settings.db}({name})", f"Made the county file {settings.db} ({name})")


@click.command(short_help="备份 · Write a whole copy of the county file.")
@click.argument("file", type=click.Path(path_type=Path))
def backup(file: Path) -> None:
    """备份县库。Write a whole copy of the county file to FILE, with the same key.

    Safe while the server runs. FILE must not exist yet.
    """
    with opened() as store:
        store.backup(file)
    say(f"已备份到 {file}", f"Backed up to {file}")


@click.command(short_help="恢复 · Bring a backup back as the county file.")
@click.argument("file", type=click.Path(path_type=Path))
def restore(file: Path) -> None:
    """恢复县库。Bring the backup FILE back as the county file.

    The county file must not exist: move a broken one away first. A damaged
    backup is refused and nothing is written.
    """
    settings = load()
    store = Store.restore(file, settings.db, settings.key)
    clients = len(store.snapshot().clients)
    store.close()
    say(f"已从 {file} 恢复,共 {clients} 人", f"Restored from {file}: {clients} persons")


COMMANDS = (init, backup, restore)
