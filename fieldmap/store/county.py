"""One county, one file: the store that everything else is given."""

from __future__ import annotations

import contextlib
import os
import secrets
import shutil
import tempfile
import uuid
from collections.abc import Iterable, Iterator
from datetime import date, datetime
from functools import partial
from pathlib import Path
from typing import Protocol

from fieldmap.errors import StoreError
from fieldmap.models import (
    Actor,
    Client,
    Division,
    Event,
    Exclusion,
    Grid,
    Household,
    Responsibility,
    Site,
    Snapshot,
    Tag,
    Visit,
)
from fieldmap.store.accounts import Accounts, fresh_keys
from fieldmap.store.audit import Audit
from fieldmap.store.closings import Campaigns, Closings
from fieldmap.store.connection import Clock, Connections, TornError, utc_now
from fieldmap.store.current import Current
from fieldmap.store.facts import NOUNS, Facts
from fieldmap.store.flags import Flags
from fieldmap.store.imports import Batches
from fieldmap.store.incoming import Incoming
from fieldmap.store.migrations import migrations
from fieldmap.store.plans import Plans
from fieldmap.store.visits import Visits
from fieldmap.store.watch import Watch

__all__ = ["Store"]


class _Read(Protocol):
    """Reads the facts of one noun."""

    def __call__[T](self, model: type[T]) -> Iterable[T]:
        """Return or yield them, sorted by id."""


class Store:
    """A county file and its nouns.

    Attributes
    ----------
    facts, visits, plans, flags, accounts, batches, incoming, closings, campaigns, audit
        The nouns; everything written goes through one of them.

    Examples
    --------
    >>> from tempfile import TemporaryDirectory
    >>> with TemporaryDirectory() as folder:
    ...     store = Store.create(Path(folder) / "county.db", county=Division("990101000000", "安县", 2))
    ...     store.county.name
    ...     store.close()
    '安县'
    """

    def __init__(self, connections: Connections, clock: Clock = utc_now) -> None:
        self._connections = connections
        self.clock = clock
        self.facts = Facts(connections, clock)
        self.flags = Flags(connections, clock)
        self.visits = Visits(connections, clock, self.facts, self.flags)
        self.plans = Plans(connections, clock, self.flags)
        self.accounts = Accounts(connections, clock)
        self.batches = Batches(connections, clock, self.facts, self.flags)
        self.incoming = Incoming(connections, clock)
        self.closings = Closings(connections)
        self.campaigns = Campaigns(connections, clock)
        self.audit = Audit(connections, clock)
        self._current = Current(connections)
        self._cached: tuple[str, Snapshot] | None = None

    @classmethod
    def create(
        cls, path: Path, key: str = "", *, county: Division, salt: str | None = None, clock: Clock = utc_now
    ) -> Store:
        """Make a county file; the only way to make one.

        Parameters
        ----------
        path
            A path where nothing is yet; its folder is made.
        key
            64 hexadecimal digits or a passphrase; empty for a plain file.
        county
            The county (level 2) that the file is for.
        salt
            Makes ids from content; random where None, so that nobody can try
            identity numbers against the ids in a link.

        Raises
        ------
        StoreError
            There is a file already.
        """
        if path.exists():
            raise StoreError("store.exists", path)
        path.parent.mkdir(parents=True, exist_ok=True)
        fresh = path.with_name(f".{path.name}.new")
        fresh.unlink(missing_ok=True)
        connections = Connections(fresh, key)
        db = connections.db()
        migrations.apply(db)
        named = {"change": "0", "county": county.code, "salt": salt or secrets.token_hex(16)}
        meta = {**named, **fresh_keys()}
        db.conn.executemany("INSERT INTO meta VALUES (?, ?)", list(meta.items()))
        cls(connections, clock).facts.record([county])
        db.conn.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        connections.close()
        fresh.replace(path)
        return cls.open(path, key, clock=clock)

    @classmethod
    def open(cls, path: Path, key: str = "", *, clock: Clock = utc_now) -> Store:
        """Open a county file and bring its schema up to date.

        Raises
        ------
        StoreError
            No file there, another key, not a county file, a damaged or a newer one.
        """
        if not path.is_file():
            raise StoreError("store.missing", path)
        if path.stat().st_size == 0:
            raise StoreError("store.key", path)
        connections = Connections(path, key)
        try:
            _bring_up_to_date(connections)
            store = cls(connections, clock)
            # from the first day on every backup opens what the phones will seal
            store.accounts.county_keys()
        except BaseException:
            connections.close()
            raise
        return store

    @property
    def path(self) -> Path:
        """Return where the file is."""
        return self._connections.path

    @property
    def encrypted(self) -> bool:
        """True where a key is set."""
        return self._connections.encrypted

    @property
    def county(self) -> Division:
        """Return the county this file is for."""
        code = self._meta("county")
        return next(d for d in self.facts.read(Division) if d.code == code)

    @property
    def change(self) -> str:
        """Return a number that grows with every write of the record, by whatever process."""
        return self._meta("change")

    def watch(self) -> Watch:
        """Return what tells again and again, at little cost, whether the record was written to."""
        return Watch(self._connections)

    def _meta(self, key: str) -> str:
        row = self._connections.db().execute("SELECT value FROM meta WHERE key = ?", [key]).fetchone()
        return str(row["value"])

    def new_id(self, *parts: str) -> str:
        """Return the stable UUID of something named by its content in this county."""
        space = uuid.uuid5(uuid.NAMESPACE_OID, self._meta("salt"))
        return str(uuid.uuid5(space, "\x1f".join(parts)))

    @contextlib.contextmanager
    def write(self) -> Iterator[None]:
        """Hold the write lock over several calls: all of them or none."""
        with self._connections.write():
            yield

    @contextlib.contextmanager
    def attempt(self) -> Iterator[None]:
        """Write a part inside :meth:`write`, whole or not at all; where it fails, the rest stands.

        Raises
        ------
        ValueError
            The rows do not fit the tables.
        """
        with self._connections.attempt():
            yield

    def snapshot(self, *, known_at: datetime | None = None, on: date | None = None) -> Snapshot:
        """Return everything the pure functions need.

        Parameters
        ----------
        known_at
            As the record stood at this instant; None is now.
        on
            The day in the world for which versions of a fact are taken.
        """
        # what this thread is writing shows no change before it commits
        if known_at is not None or on is not None or self._connections.writing:
            return self._snapshot(partial(self.facts.read, known_at=known_at, on=on), known_at)
        change = self.change
        if self._cached is None or self._cached[0] != change:
            self._cached = (change, self._snapshot(self._current.read))
        return self._cached[1]

    def reading(self) -> Iterator[None]:
        """Read what :meth:`snapshot` would, noun by noun, so that it has nothing left to wait for."""
        for noun in NOUNS:
            self._current.read(noun)
            yield
        self.snapshot()

    def _snapshot(self, read: _Read, known_at: datetime | None = None) -> Snapshot:
        visits = sorted(read(Visit), key=lambda v: (v.day, v.id))
        return Snapshot(
            divisions={d.code: d for d in read(Division)},
            grids={g.code: g for g in read(Grid)},
            sites={s.id: s for s in read(Site)},
            actors={a.id: a for a in read(Actor)},
            households={h.id: h for h in read(Household)},
            clients={c.id: c for c in read(Client)},
            tags=tuple(read(Tag)),
            exclusions=tuple(read(Exclusion)),
            responsibilities={r.client_id: r for r in read(Responsibility)},
            events=tuple(read(Event)),
            visits=tuple(visits),
            flags=self.flags.all(known_at=known_at),
        )

    def backup(self, path: Path) -> None:
        """Write a consistent copy with the same key, whole or not at all.

        Raises
        ------
        StoreError
            There is a file already at ``path``.
        """
        if path.exists():
            raise StoreError("store.exists", path)
        path.parent.mkdir(parents=True, exist_ok=True)
        fresh = path.with_name(f".{path.name}.new")
        fresh.unlink(missing_ok=True)
        self._connections.copy_to(fresh)
        with fresh.open("rb") as file:
            os.fsync(file.fileno())
        fresh.replace(path)

    @classmethod
    def restore(cls, backup: Path, path: Path, key: str = "") -> Store:
        """Bring a backup back to a path where nothing is.

        Raises
        ------
        StoreError
            A file is there already, the key is wrong, or the backup is damaged.
        """
        if path.exists():
            raise StoreError("store.exists", path)
        if not backup.is_file():
            raise StoreError("store.missing", backup)
        path.parent.mkdir(parents=True, exist_ok=True)
        # worked on as a copy: the backup itself may lie on a disk that cannot be written
        with tempfile.TemporaryDirectory(prefix=".restore-", dir=path.parent) as folder:
            fresh = Path(folder) / path.name
            shutil.copyfile(backup, fresh)
            cls._check(fresh, backup, key)
            with fresh.open("rb") as file:
                os.fsync(file.fileno())
            fresh.replace(path)
        return cls.open(path, key)

    @classmethod
    def _check(cls, fresh: Path, backup: Path, key: str) -> None:
        """Make sure that the copy of a backup is whole and opens; errors name the backup."""
        connections = Connections(fresh, key)
        try:
            if not connections.sound():
                raise StoreError("store.damaged", backup)
            connections.close()
            cls.open(fresh, key).close()
        except StoreError as fault:
            raise StoreError(fault.code, backup, **fault.details) from None
        finally:
            connections.close()

    def close(self) -> None:
        """Close every connection."""
        self._connections.close()


def _bring_up_to_date(connections: Connections) -> None:
    """Apply the migrations that a county file has not seen yet.

    Raises
    ------
    StoreError
        Not a county file, a newer one, or a damaged one.
    """
    db = connections.db()
    try:
        if not db.table("meta").exists():
            raise StoreError("store.key", connections.path)
        known = {m.name for m in migrations._migrations}
        if unknown := {m.name for m in migrations.applied(db)} - known:
            raise StoreError("store.newer", ", ".join(sorted(unknown)), known=max(known))
        migrations.apply(db)
    except TornError as fault:
        if type(fault) is not TornError:  # locked, or a mistake of ours
            raise
        raise StoreError("store.torn", connections.path) from None
