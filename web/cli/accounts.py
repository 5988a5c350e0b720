"""``account``: who may sign in."""

from __future__ import annotations

import click

from fieldmap.access import AccountRole, Hat
from fieldmap.errors import InputError, StoreError
from fieldmap.store import Store
from web.cli.output import opened, say, table, word
from web.labels import label

__all__ = ["COMMANDS"]


@click.group(short_help="账号 · Add, list, close and invite accounts.")
def account() -> None:
    """账号。Add, list, close and invite accounts."""


@account.command("add", short_help="新增账号 · Add an account.")
@click.argument("login")
@click.option("--name", required=True, help="The person's name.")
@click.option(
    "--hat",
    "hats",
    multiple=True,
    required=True,
    metavar="ROLE:CODE",
    help=f"Role with its 12-digit division or 15-digit grid; several times for several hats."
    f" Roles: {', '.join(AccountRole)}.",
)
@click.option("--actor", "actor_id", default=None, help="Id of the visitor this account belongs to.")
@click.option("--password", default=None, help="Asked for where it is not given.")
@click.option("--no-password", is_flag=True, help="Sign-in by QR only.")
def add(
    login: str,
    name: str,
    hats: tuple[str, ...],
    actor_id: str | None,
    password: str | None,
    no_password: bool,
) -> None:
    """新增账号。Add an account, e.g. --hat head:990101001000."""
    worn = [hat_of(text) for text in hats]
    if password is None and not no_password:
        password = click.prompt("Password", hide_input=True, confirmation_prompt=True)
    with opened() as store:
        store.accounts.add(login, name, password, worn, actor_id=actor_id)
    say(f"已新增账号 {login}", f"Added the account {login}")


@account.command("list", short_help="列出账号 · List the accounts.")
def list_accounts() -> None:
    """列出账号。List the accounts."""
    with opened() as store:
        rows = [
            (
                a.login,
                a.name,
                ", ".join(f"{label(h.role)} {h.grid_code or h.division_code}" for h in a.hats),
                word("停用", "closed") if a.disabled_at else word("可用", "open"),
            )
            for a in store.accounts.all()
        ]
    heads = (
        word("账号", "account"),
        word("姓名", "name"),
        word("岗位与范围", "roles"),
        word("状态", "state"),
    )
    table("", heads, rows, wraps=(2,))


@account.command("close", short_help="停用账号 · Close an account at once.")
@click.argument("login")
def close(login: str) -> None:
    """停用账号。Close an account: its sessions and phones end at once."""
    with opened() as store:
        store.accounts.disable(_id_of(store, login))
    say(f"已停用 {login}", f"Closed {login}")


@account.command("invite", short_help="二维码登录 · Print a one-time sign-in for a phone.")
@click.argument("login")
def invite(login: str) -> None:
    """二维码登录。Print the link path of a one-time sign-in for one phone, good for a day."""
    with opened() as store:
        token = store.accounts.invite(_id_of(store, login))
    click.echo(f"/bind?t={token}")


def hat_of(text: str) -> Hat:
    """Read ``role:code``; a 15-digit code is a grid.

    Raises
    ------
    InputError
        No such role, or no such form of code.
    """
    role, _, code = text.partition(":")
    if role not in set(AccountRole):
        raise InputError("access.role", role, allowed=", ".join(AccountRole))
    if not code.isdigit() or len(code) not in (12, 15):
        raise InputError("access.scope", code)
    grid = code if len(code) == 15 else ""
    return Hat(AccountRole(role), code[:12], grid)


def _id_of(store: Store, login: str) -> str:
    for found in store.accounts.all():
        if found.login == login:
            return found.id
    raise StoreError("store.unknown", login, noun="account")


COMMANDS = (account,)
