"""The door to SQLite: keys, pragmas, one connection per thread, one way to write."""

from __future__ import annotations

import contextlib
import hashlib
import os
import re
import threading
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import sqlcipher3.dbapi2 as sqlite
from sqlite_utils import Database

from fieldmap.errors import StoreError

__all__ = ["Connections", "TornError", "county_key", "utc_now"]

_SALT_BYTES = 16
# What SQLCipher 4 does to a passphrase itself; done once here instead of at
# every connection. https://www.zetetic.net/sqlcipher/sqlcipher-api/#kdf_iter
_KDF_ROUNDS = 256_000

TornError = sqlite.DatabaseError
"""What SQLite says of a page it cannot read."""


def utc_now() -> datetime:
    """Return this instant in UTC, to the microsecond."""
    return datetime.now(UTC)


def county_key(path: Path, key: str) -> str | None:
    """Turn the key of the settings into SQLCipher's raw form.

    Parameters
    ----------
    path
        The county file; its first 16 bytes are the salt. Where there is no
        file yet the salt is random.
    key
        64 hexadecimal digits (32 bytes), a passphrase, or empty for none.

    Returns
    -------
    str or None
        96 hexadecimal digits, key and salt; None where no key is set.
    """
    if not key:
        return None
    salt = path.read_bytes()[:_SALT_BYTES] if path.is_file() else os.urandom(_SALT_BYTES)
    if re.fullmatch(r"[0-9a-fA-F]{64}", key):
        return key.lower() + salt.hex()
    raw = hashlib.pbkdf2_hmac("sha512", key.encode(), salt, _KDF_ROUNDS, 32)
    return raw.hex() + salt.hex()


class Connections:
    """Connections to one county file, one for each thread.

    Parameters
    ----------
    path
        An existing file, or an empty path that ``create`` may fill.
    key
        As in :func:`county_key`.
    """

    def __init__(self, path: Path, key: str) -> None:
        self.path = path
        self._raw_key = county_key(path, key)
        self._local = threading.local()
        self._all: list[Any] = []
        self._lock = threading.Lock()

    @property
    def encrypted(self) -> bool:
        """True where the file is written through SQLCipher with a key."""
        return self._raw_key is not None

    def db(self) -> Database:
        """Return this thread's database, opened at the first call."""
        found: Database | None = getattr(self._local, "db", None)
        if found is None:
            found = Database(self._connect(self.path), execute_plugins=False)
            self._local.db = found
        return found

    def another(self) -> Any:
        """Open a connection that is no thread's own; it is closed with the others."""
        return self._connect(self.path)

    @property
    def writing(self) -> bool:
        """True on the thread that holds the write lock, until it commits."""
        return bool(self.db().conn.in_transaction)

    def _connect(self, path: Path) -> Any:
        # check_same_thread: only close() touches a connection of another thread
        connection = sqlite.connect(str(path), timeout=5.0, isolation_level=None, check_same_thread=False)
        try:
            self._unlock(connection)
            # first of all a read: with another key it fails before anything is written
            connection.execute("SELECT count(*) FROM sqlite_master").fetchone()
            connection.execute("PRAGMA journal_mode = WAL")
            connection.execute("PRAGMA foreign_keys = ON")
            # the phone forgets what was acknowledged: it must be on the disk by then
            connection.execute("PRAGMA synchronous = FULL")
        except sqlite.DatabaseError as fault:
            connection.close()
            # the first page opened, another did not: not the key is wrong
            torn = "malformed" in str(fault) or "I/O" in str(fault)
            raise StoreError("store.torn" if torn else "store.key", path) from None
        connection.row_factory = sqlite.Row
        with self._lock:
            self._all.append(connection)
        return connection

    def _unlock(self, connection: Any) -> None:
        if self._raw_key is not None:
            connection.execute("PRAGMA cipher_log_level = NONE")
            connection.execute(f"PRAGMA key = \"x'{self._raw_key}'\"")

    @contextlib.contextmanager
    def write(self, *, quiet: bool = False) -> Iterator[Database]:
        """Hold the write lock from the first statement; commit or roll back.

        Nested calls on one thread join the outer transaction; it is quiet
        where all of them are.

        Parameters
        ----------
        quiet
            True where nothing of it is in the snapshot of the record, so that
            nobody needs to read that anew.
        """
        db = self.db()
        if db.conn.in_transaction:
            self._local.heard |= not quiet
            yield db
            return
        db.conn.execute("BEGIN IMMEDIATE")
        self._local.heard = not quiet
        try:
            yield db
            if self._local.heard:
                db.conn.execute("UPDATE meta SET value = value + 1 WHERE key = 'change'")
        except BaseException:
            if db.conn.in_transaction:
                db.conn.execute("ROLLBACK")
            raise
        db.conn.execute("COMMIT")

    @contextlib.contextmanager
    def attempt(self) -> Iterator[None]:
        """Write a part of a transaction whole or not at all; what came before it stays.

        Raises
        ------
        ValueError
            The rows do not fit the tables. What the disk cannot do ends the
            whole transaction.
        """
        conn = self.db().conn
        conn.execute("SAVEPOINT part")
        try:
            yield
        except sqlite.OperationalError:
            raise
        except BaseException as fault:
            conn.execute("ROLLBACK TO part")
            conn.execute("RELEASE part")
            if isinstance(fault, sqlite.IntegrityError):
                raise ValueError(str(fault)) from fault
            raise
        conn.execute("RELEASE part")

    def copy_to(self, path: Path) -> None:
        """Write a consistent copy of the file, with the same key, while others write."""
        target = sqlite.connect(str(path), isolation_level=None)
        try:
            self._unlock(target)
            self.db().conn.backup(target)
            target.execute("PRAGMA journal_mode = DELETE")
        finally:
            target.close()

    def sound(self) -> bool:
        """Return whether SQLite finds the file whole and every reference kept."""
        conn = self.db().conn
        try:
            whole = [tuple(r) for r in conn.execute("PRAGMA integrity_check")] == [("ok",)]
            return whole and not conn.execute("PRAGMA foreign_key_check").fetchall()
        except sqlite.DatabaseError:  # torn so badly that it cannot even be checked
            return False

    def close(self) -> None:
        """Close the connections of all threads."""
        with self._lock:
            for connection in self._all:
                connection.close()
            self._all.clear()
        self._local = threading.local()


Clock = Callable[[], datetime]
