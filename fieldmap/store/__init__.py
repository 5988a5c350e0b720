"""The county file: the only door to SQLite, SQLCipher and SQL."""

from fieldmap.store.accounts import PhoneSession, Session
from fieldmap.store.audit import AuditLine
from fieldmap.store.connection import TornError, utc_now
from fieldmap.store.county import Store
from fieldmap.store.facts import Recorded
from fieldmap.store.imports import Batch
from fieldmap.store.visits import Receipt

__all__ = [
    "AuditLine",
    "Batch",
    "PhoneSession",
    "Receipt",
    "Recorded",
    "Session",
    "Store",
    "TornError",
    "utc_now",
]
