"""Files that people hand in → values and issues; nothing here touches the county file."""

from fieldmap.readers.cells import Contact, State
from fieldmap.readers.headings import FIELDS
from fieldmap.readers.layout import Skipped
from fieldmap.readers.ledger import LedgerBatch, LedgerKind, read_ledger
from fieldmap.readers.person import LedgerRow
from fieldmap.readers.places import Places, read_places, refuse_wrong_datum
from fieldmap.readers.tables import Sheet, read_table

__all__ = [
    "FIELDS",
    "Contact",
    "LedgerBatch",
    "LedgerKind",
    "LedgerRow",
    "Places",
    "Sheet",
    "Skipped",
    "State",
    "read_ledger",
    "read_places",
    "read_table",
    "refuse_wrong_datum",
]
