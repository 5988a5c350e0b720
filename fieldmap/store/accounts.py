"""Accounts, sign-in, phones: nothing secret is kept but as a hash.

A session is one of two kinds, and its token says which: one of the desk stands
in a cookie, one of a phone is sent by the app on it and opens nothing but the
phone's own routes. The keys that open what phones send lie in ``meta``.
"""

from __future__ import annotations

import hashlib
import secrets
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cached_property
from typing import Any
from uuid import uuid4

from argon2 import PasswordHasher
from argon2.exceptions import VerificationError

from fieldmap.access import Account, AccountRole, Hat
from fieldmap.errors import AccessError, InputError, StoreError
from fieldmap.sealing import CountyKeys, StationKey
from fieldmap.store.codec import instant, parse_instant
from fieldmap.store.connection import Clock, Connections

__all__ = ["Accounts", "PhoneSession", "Session", "fresh_keys"]

_LEAST_PASSWORD = 8
_INVITATION_HOURS = 24
_PHONE = "p."


def _hashed(token: str) -> str:
    """Tokens are random, so that a plain hash is enough; passwords go through argon2."""
    return hashlib.sha256(token.encode()).hexdigest()


def fresh_keys() -> dict[str, str]:
    """Return new keys for a county file, as its ``meta`` keeps them.

    They are made with the file, so that every backup of it has them: what
    phones sealed can be opened after each restore.
    """
    made = CountyKeys.generate()
    return {"station_key": made.station.private_bytes.hex(), "warrants": made.secret.hex()}


@dataclass(frozen=True, slots=True)
class Session:
    """A signed-in account; ``csrf`` must come back with every form."""

    account: Account
    csrf: str
    device_id: str | None
    of_phone: bool = False


@dataclass(frozen=True, slots=True)
class PhoneSession:
    """What a phone gets at its sign-in.

    Attributes
    ----------
    expires_at
        When the token ends: never after the binding of the phone.
    """

    token: str
    account: Account
    device_id: str
    started_at: datetime
    expires_at: datetime


class Accounts:
    """Who may sign in to one county file."""

    def __init__(self, connections: Connections, clock: Clock) -> None:
        self._connections = connections
        self._clock = clock
        self._hasher = PasswordHasher()

    @cached_property
    def _nobody(self) -> str:
        """Verified when the account does not exist, so that both answers take the same time."""
        return self._hasher.hash(secrets.token_urlsafe(16))

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
        with self._connections.write(quiet=True) as db:
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
        with self._connections.write(quiet=True) as db:
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
        return self._start(self.known(login, password).id, None, timedelta(hours=hours))[0]

    def known(self, login: str, password: str) -> Account:
        """Return the account that a password opens; nothing is started.

        Raises
        ------
        AccessError
            No such account, a closed one, or another password.
        """
        row = self._connections.db().execute("SELECT * FROM account WHERE login = ?", [login]).fetchone()
        known = row["password_hash"] if row is not None else None
        nobody = self._nobody  # made at the first sign-in, whoever it is: it takes as long as a verification
        try:
            self._hasher.verify(known or nobody, password)
        except VerificationError:
            raise AccessError("access.password", login) from None
        if known is None or row["disabled_at"]:
            raise AccessError("access.password", login)
        return self._read(row)

    def _start(
        self, account_id: str, device_id: str | None, length: timedelta, prefix: str = ""
    ) -> tuple[str, datetime]:
        token, now = prefix + secrets.token_urlsafe(32), self._clock()
        with self._connections.write(quiet=True) as db:
            db.table("session").insert(
                {
                    "token_hash": _hashed(token),
                    "account_id": account_id,
                    "device_id": device_id,
                    "csrf": secrets.token_urlsafe(16),
                    "created_at": instant(now),
                    "expires_at": instant(now + length),
                }
            )
        return token, now + length

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
        if account.disabled_at:
            return None
        return Session(account, row["csrf"], row["device_id"], token.startswith(_PHONE))

    def revoked(self, token: str) -> bool:
        """Return whether a session was ended by the desk or by signing out, and not by time."""
        row = (
            self._connections.db()
            .execute(
                "SELECT coalesce(s.revoked_at, d.revoked_at, a.disabled_at) AS ended FROM session s"
                " JOIN account a ON a.id = s.account_id LEFT JOIN device d ON d.id = s.device_id"
                " WHERE s.token_hash = ?",
                [_hashed(token)],
            )
            .fetchone()
        )
        return bool(row and row["ended"])

    def sign_out(self, token: str) -> None:
        """End a session."""
        with self._connections.write(quiet=True) as db:
            db.execute(
                "UPDATE session SET revoked_at = ? WHERE token_hash = ?",
                [instant(self._clock()), _hashed(token)],
            )

    def invite(self, account_id: str) -> str:
        """Return the token of a QR sign-in: good once, for one phone, for a day."""
        token, now = secrets.token_urlsafe(24), self._clock()
        with self._connections.write(quiet=True) as db:
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
        """Bind one device to the account of an invitation; return the token of a desk session.

        Raises
        ------
        AccessError
            The invitation was used, has expired or never was.
        """
        with self._connections.write(quiet=True):
            account = self.invited(invitation)
            device = self._bound(account.id, label, days)
            return self._start(account.id, device, timedelta(days=days))[0]

    def invited(self, invitation: str, *, use: bool = True) -> Account:
        """Return whose an invitation is, and use it up.

        Raises
        ------
        AccessError
            It was used, has expired or never was.
        """
        now = instant(self._clock())
        with self._connections.write(quiet=True) as db:
            row = db.execute(
                "SELECT account_id FROM invitation"
                " WHERE token_hash = ? AND used_at IS NULL AND expires_at > ?",
                [_hashed(invitation), now],
            ).fetchone()
            if row is None or (account := self.get(row["account_id"])).disabled_at:
                raise AccessError("access.invitation")
            if use:
                db.execute(
                    "UPDATE invitation SET used_at = ? WHERE token_hash = ?", [now, _hashed(invitation)]
                )
            return account

    def _bound(self, account_id: str, label: str, days: int) -> str:
        now = self._clock()
        device = {
            "id": str(uuid4()),
            "account_id": account_id,
            "label": label,
            "bound_at": instant(now),
            "expires_at": instant(now + timedelta(days=days)),
            "token_hash": _hashed(secrets.token_urlsafe(32)),
        }
        with self._connections.write(quiet=True) as db:
            db.table("device").insert(device)
        return str(device["id"])

    def start_on_phone(
        self, account: Account, *, label: str, days: int, hours: int, known_as: str = ""
    ) -> PhoneSession:
        """Bind a phone to an account and start its session.

        Parameters
        ----------
        days
            How long the phone stays bound.
        hours
            How long the session lasts.
        known_as
            The id that this phone had; where it is this account's and not
            locked it is bound again instead of becoming another phone.
        """
        with self._connections.write(quiet=True) as db:
            until = instant(self._clock() + timedelta(days=days))
            again = db.execute(
                "UPDATE device SET expires_at = ?, label = ?"
                " WHERE id = ? AND account_id = ? AND revoked_at IS NULL",
                [until, label, known_as, account.id],
            ).rowcount
            return self._on_phone(account, known_as if again else self._bound(account.id, label, days), hours)

    def renew_on_phone(self, session: Session, *, hours: int) -> PhoneSession:
        """Start the next session of a bound phone; the one before ends by its own time.

        Raises
        ------
        AccessError
            ``access.sign-in``: it is none of a phone, or the binding has ended.
        """
        if not session.of_phone or session.device_id is None:
            raise AccessError("access.sign-in")
        return self._on_phone(session.account, session.device_id, hours)

    def _on_phone(self, account: Account, device_id: str, hours: int) -> PhoneSession:
        now = self._clock()
        bound = self._connections.db().execute("SELECT expires_at FROM device WHERE id = ?", [device_id])
        length = min(timedelta(hours=hours), parse_instant(bound.fetchone()["expires_at"]) - now)
        if length <= timedelta():
            raise AccessError("access.sign-in")
        token, until = self._start(account.id, device_id, length, _PHONE)
        return PhoneSession(token, account, device_id, now, until)

    def county_keys(self) -> CountyKeys:
        """Return the keys of this county file; an older file gets them at the first call."""
        kept = self._kept_keys()
        if kept is None:
            with self._connections.write(quiet=True) as db:
                db.conn.executemany("INSERT OR IGNORE INTO meta VALUES (?, ?)", list(fresh_keys().items()))
                kept = self._kept_keys()
        assert kept is not None
        return kept

    def _kept_keys(self) -> CountyKeys | None:
        rows = self._connections.db().execute(
            "SELECT key, value FROM meta WHERE key IN ('station_key', 'warrants')"
        )
        kept = {row["key"]: bytes.fromhex(row["value"]) for row in rows.fetchall()}
        return CountyKeys(StationKey.from_private(kept["station_key"]), kept["warrants"]) if kept else None

    def devices(self, account_id: str) -> tuple[dict[str, str | None], ...]:
        """Return the phones bound to an account: id, label, bound_at, revoked_at."""
        rows = self._connections.db().execute(
            "SELECT id, label, bound_at, revoked_at FROM device WHERE account_id = ? ORDER BY bound_at",
            [account_id],
        )
        return tuple(dict(row) for row in rows.fetchall())

    def revoke_device(self, device_id: str) -> None:
        """Lock a lost phone out at its next contact."""
        with self._connections.write(quiet=True) as db:
            db.execute("UPDATE device SET revoked_at = ? WHERE id = ?", [instant(self._clock()), device_id])
