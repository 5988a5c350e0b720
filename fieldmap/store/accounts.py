"""Accounts, sign-in, phones: nothing secret is kept but as a hash."""

from __future__ import annotations

import hashlib
import secrets
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Any
from uuid import uuid4

from argon2 import PasswordHasher
from argon2.exceptions import VerificationError

from fieldmap.access import Account, AccountRole, Hat
from fieldmap.errors import AccessError, InputError, StoreError
from fieldmap.store.codec import instant, parse_instant
from fieldmap.store.connection import Clock, Connections

__all__ = ["Accounts", "Session"]

_LEAST_PASSWORD = 8
_INVITATION_HOURS = 24


def _hashed(token: str) -> str:
    """Tokens are random, so that a plain hash is enough; passwords go through argon2."""
    return hashlib.sha256(token.encode()).hexdigest()


@dataclass(frozen=True, slots=True)
class Session:
    """A signed-in account; ``csrf`` must come back with every form."""

    account: Account
    csrf: str
    device_id: str | None


class Accounts:
    """Who may sign in to one county file."""

    def __init__(self, connections: Connections, clock: Clock) -> None:
        self._connections = connections
        self._clock = clock
        self._hasher = PasswordHasher()
        # verified when the account does not exist, so that both answers take the same time
        self._nobody = self._hasher.hash(secrets.token_urlsafe(16))

    def add(
        self, login: str, name: str, password: str | None, hats: Iterable[Hat], *, actor_id: str | None = None
    ) -> Account:
        """Make an account; without a password it can only be entered by QR.

        Raises
        ------
        InputError
            The login is taken or the password too short.
        """
        if password is not None and len(password) < _LEAST_PASSWORD:
            raise InputError("access.password-weak", len(password))
        row = {
            "id": str(uuid4()),
            "login": login,
            "name": name,
            "password_hash": self._hasher.hash(password) if password is not None else None,
            "actor_id": actor_id,
            "created_at": instant(self._clock()),
        }
        with self._connections.write() as db:
            if db.execute("SELECT 1 FROM account WHERE login = ?", [login]).fetchone():
                raise InputError("access.login-taken", login)
            db.table("account").insert(row)
            db.table("hat").insert_all(
                {
                    "account_id": row["id"],
                    "role": h.role,
                    "division_code": h.division_code,
                    "grid_code": h.grid_code,
                }
                for h in hats
            )
        return self.get(str(row["id"]))

    def get(self, account_id: str) -> Account:
        """Return one account.

        Raises
        ------
        StoreError
            There is no such account.
        """
        row = self._connections.db().execute("SELECT * FROM account WHERE id = ?", [account_id]).fetchone()
        if row is None:
            raise StoreError("store.unknown", account_id, noun="account")
        return self._read(row)

    def all(self) -> tuple[Account, ...]:
        """Return every account, sorted by login."""
        rows = self._connections.db().execute("SELECT * FROM account ORDER BY login").fetchall()
        return tuple(self._read(row) for row in rows)

    def _read(self, row: Mapping[str, Any]) -> Account:
        hats = self._connections.db().execute(
            "SELECT role, division_code, grid_code FROM hat WHERE account_id = ? ORDER BY rowid", [row["id"]]
        )
        return Account(
            id=row["id"],
            login=row["login"],
            name=row["name"],
            hats=tuple(
                Hat(AccountRole(h["role"]), h["division_code"], h["grid_code"]) for h in hats.fetchall()
            ),
            actor_id=row["actor_id"],
            created_at=parse_instant(row["created_at"]),
            disabled_at=parse_instant(row["disabled_at"]) if row["disabled_at"] else None,
        )

    def disable(self, account_id: str) -> None:
        """Close an account and end its sessions and phones."""
        now = instant(self._clock())
        with self._connections.write() as db:
            db.execute("UPDATE account SET disabled_at = ? WHERE id = ?", [now, account_id])
            for table in ("session", "device"):
                db.execute(
                    f"UPDATE {table} SET revoked_at = ? WHERE account_id = ? AND revoked_at IS NULL",
                    [now, account_id],
                )

    def sign_in(self, login: str, password: str, *, hours: int) -> str:
        """Return the token of a new session.

        Raises
        ------
        AccessError
            No such account, a closed one, or another password.
        """
        row = self._connections.db().execute("SELECT * FROM account WHERE login = ?", [login]).fetchone()
        known = row["password_hash"] if row is not None else None
        try:
            self._hasher.verify(known or self._nobody, password)
        except VerificationError:
            raise AccessError("access.password", login) from None
        if known is None or row["disabled_at"]:
            raise AccessError("access.password", login)
        return self._start(row["id"], None, hours)

    def _start(self, account_id: str, device_id: str | None, hours: int) -> str:
        token, now = secrets.token_urlsafe(32), self._clock()
        with self._connections.write() as db:
            db.table("session").insert(
                {
                    "token_hash": _hashed(token),
                    "account_id": account_id,
                    "device_id": device_id,
                    "csrf": secrets.token_urlsafe(16),
                    "created_at": instant(now),
                    "expires_at": instant(now + timedelta(hours=hours)),
                }
            )
        return token

    def session(self, token: str) -> Session | None:
        """Return the session of a token, or None where it ended or never was."""
        now = instant(self._clock())
        row = (
            self._connections.db()
            .execute(
                "SELECT s.* FROM session s LEFT JOIN device d ON d.id = s.device_id WHERE s.token_hash = ?"
                " AND s.revoked_at IS NULL AND s.expires_at > ? AND d.revoked_at IS NULL",
                [_hashed(token), now],
            )
            .fetchone()
        )
        if row is None:
            return None
        account = self.get(row["account_id"])
        return None if account.disabled_at else Session(account, row["csrf"], row["device_id"])

    def sign_out(self, token: str) -> None:
        """End a session."""
        with self._connections.write() as db:
            db.execute(
                "UPDATE session SET revoked_at = ? WHERE token_hash = ?",
                [instant(self._clock()), _hashed(token)],
            )

    def invite(self, account_id: str) -> str:
        """Return the token of a QR sign-in: good once, for one phone, for a day."""
        token, now = secrets.token_urlsafe(24), self._clock()
        with self._connections.write() as db:
            db.table("invitation").insert(
                {
                    "token_hash": _hashed(token),
                    "account_id": account_id,
                    "created_at": instant(now),
                    "expires_at": instant(now + timedelta(hours=_INVITATION_HOURS)),
                }
            )
        return token

    def bind(self, invitation: str, *, label: str, days: int) -> str:
        """Bind one phone to the account of an invitation; return a session token.

        Raises
        ------
        AccessError
            The invitation was used, has expired or never was.
        """
        now = self._clock()
        device = {
            "id": str(uuid4()),
            "label": label,
            "bound_at": instant(now),
            "expires_at": instant(now + timedelta(days=days)),
            "token_hash": _hashed(secrets.token_urlsafe(32)),
        }
        with self._connections.write() as db:
            row = db.execute(
                "SELECT account_id FROM invitation"
                " WHERE token_hash = ? AND used_at IS NULL AND expires_at > ?",
                [_hashed(invitation), instant(now)],
            ).fetchone()
            if row is None or self.get(row["account_id"]).disabled_at:
                raise AccessError("access.invitation")
            db.execute(
                "UPDATE invitation SET used_at = ? WHERE token_hash = ?", [instant(now), _hashed(invitation)]
            )
            db.table("device").insert({**device, "account_id": row["account_id"]})
            return self._start(row["account_id"], str(device["id"]), days * 24)

    def devices(self, account_id: str) -> tuple[dict[str, str | None], ...]:
        """Return the phones bound to an account: id, label, bound_at, revoked_at."""
        rows = self._connections.db().execute(
            "SELECT id, label, bound_at, revoked_at FROM device WHERE account_id = ? ORDER BY bound_at",
            [account_id],
        )
        return tuple(dict(row) for row in rows.fetchall())

    def revoke_device(self, device_id: str) -> None:
        """Lock a lost phone out at its next contact."""
        with self._connections.write() as db:
            db.execute("UPDATE device SET revoked_at = ? WHERE id = ?", [instant(self._clock()), device_id])
