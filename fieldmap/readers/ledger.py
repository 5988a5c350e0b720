"""A ledger file → the people on it, what was wrong, and what was left out."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from pathlib import Path

from fieldmap.datum import Datum
from fieldmap.errors import InputError, Issue
from fieldmap.readers.cells import text_of
from fieldmap.readers.headings import Headings
from fieldmap.readers.layout import Skipped, Table, find_tables
from fieldmap.readers.person import LedgerRow, read_person
from fieldmap.readers.tables import Sheet, read_table

__all__ = ["LedgerBatch", "LedgerKind", "read_ledger"]

_VERSION = re.compile(
    r"(?:[\s\-_—(]*(?:副本|备份|旧版?|新版?|最终版?|更新中?|作废|copy)\s*\d*\)?)+$", re.IGNORECASE
)
_COPY = re.compile(r"(?:副本|备份|旧版?|作废|copy)\s*[(]?\d*\)?$", re.IGNORECASE)


class LedgerKind(StrEnum):
    """What a ledger is about."""

    ELDER = "elder"
    CHILD = "child"
    DISABLED = "disabled"
    RELIEF = "relief"
    MIXED = "mixed"


_KIND_WORDS = (
    (LedgerKind.CHILD, ("儿童", "未成年", "孤儿")),
    (LedgerKind.DISABLED, ("残疾", "残联")),
    (LedgerKind.RELIEF, ("低保", "特困", "救助", "困难群众")),
    (LedgerKind.ELDER, ("老年", "老人", "高龄", "养老")),
)


@dataclass(frozen=True, slots=True)
class LedgerBatch:
    """What came out of one file.

    Attributes
    ----------
    rows
        The people, in the order of the file.
    issues
        Everything that did not fit; ``kept`` is False for a refused row.
    skipped
        Rows and sheets that are nobody, with the reason.
    mapping
        Heading → field ("" for a column nobody knows), to be remembered and
        handed back as ``mapping`` at the next import.
    """

    name: str
    kind: LedgerKind
    rows: tuple[LedgerRow, ...]
    issues: tuple[Issue, ...]
    skipped: tuple[Skipped, ...]
    mapping: Mapping[str, str]

    @property
    def refused(self) -> int:
        """Return how many rows were refused."""
        return len({(issue.sheet, issue.row) for issue in self.issues if issue.row and not issue.kept})

    @property
    def unknown(self) -> tuple[str, ...]:
        """Return the headings that nobody knows."""
        return tuple(heading for heading, field in self.mapping.items() if not field)


def read_ledger(
    path: Path | str,
    *,
    today: date,
    kind: LedgerKind | str | None = None,
    datum: Datum | None = None,
    mapping: Mapping[str, str] | None = None,
    sheet: str | None = None,
    encoding: str | None = None,
) -> LedgerBatch:
    """Read a ledger: every person once for every row, with all problems at once.

    Parameters
    ----------
    path
        A workbook or a CSV file; see :func:`fieldmap.readers.read_table`.
    today
        Day without a year, stale ages and days to come are judged by it.
    kind
        What the ledger is about; without it the file's name, the titles and
        the headings tell.
    datum
        What the coordinates are in where no column says so.
    mapping
        Heading → field, remembered from an earlier import.
    sheet
        Only this sheet, even if it is hidden or a copy.
    encoding
        Of a CSV file.

    Raises
    ------
    InputError
        The file cannot be read, has no such sheet, or no header is found.
    """
    path = Path(path)
    headings = Headings.remembering(mapping)
    sheets = read_table(path, sheet, encoding)
    read, skipped, issues = _choose(sheets, whole=sheet is None)
    tables: list[Table] = []
    for chosen in read:
        found = find_tables(chosen, headings)
        tables += found
        if not found and not chosen.empty:
            skipped.append(Skipped(chosen.name, 0, "no-header", ""))
            issues.append(Issue(0, "", chosen.name, "sheet.no-header", sheet=chosen.name))
    if not tables:
        raise InputError("ledger.no-header", path.name)
    about = LedgerKind(kind) if kind else _guess_kind(path.stem, sheets, tables)
    hidden = {(s.name, n) for s in read for n in s.hidden_rows}
    rows, found_issues = _people(tables, today, datum, about, hidden)
    issues += found_issues
    issues += _unsaid(tables, rows, datum)
    skipped += [s for table in tables for s in table.skipped]
    return LedgerBatch(path.name, about, tuple(rows), tuple(issues), tuple(skipped), _mapping(tables))


def _choose(sheets: list[Sheet], whole: bool) -> tuple[list[Sheet], list[Skipped], list[Issue]]:
    """Leave out hidden sheets, and copies where the original is there too."""
    if not whole:
        return sheets, [], []
    shown = [unicodedata.normalize("NFKC", s.name) for s in sheets if not s.hidden]
    originals = {_VERSION.sub("", name) for name in shown if not _COPY.search(name)}
    read, skipped, issues = [], [], []
    for sheet in sheets:
        name = unicodedata.normalize("NFKC", sheet.name)
        copy = _COPY.search(name) and _VERSION.sub("", name) in originals
        reason = "hidden" if sheet.hidden else "copy" if copy else ""
        if not reason:
            read.append(sheet)
        elif not sheet.empty:
            skipped.append(Skipped(sheet.name, 0, reason, ""))
            issues.append(Issue(0, "", sheet.name, f"sheet.{reason}", sheet=sheet.name))
    return read, skipped, issues


def _guess_kind(stem: str, sheets: list[Sheet], tables: list[Table]) -> LedgerKind:
    titles = [text_of(row[0]) for sheet in sheets for row in sheet.rows[:2] if row]
    for text in (stem, *(t.sheet for t in tables), *titles):
        for kind, words in _KIND_WORDS:
            if any(word in text for word in words):
                return kind
    return LedgerKind.MIXED


def _people(
    tables: list[Table], today: date, datum: Datum | None, kind: LedgerKind, hidden: set[tuple[str, int]]
) -> tuple[list[LedgerRow], list[Issue]]:
    rows: list[LedgerRow] = []
    issues: list[Issue] = []
    first_seen: dict[str, int] = {}
    for table in tables:
        for line in table.lines:
            row, found = read_person(line, table, today, datum, kind)
            if not row.name:
                issues.append(Issue(line.number, "姓名", "", "row.no-name", sheet=table.sheet))
                continue
            rows.append(row)
            issues += found
            issues += _whole_row(row, hidden, first_seen)
    return rows, issues


def _whole_row(row: LedgerRow, hidden: set[tuple[str, int]], first_seen: dict[str, int]) -> Iterator[Issue]:
    if (row.sheet, row.row) in hidden:
        yield Issue(row.row, "", row.name, "row.hidden", kept=True, sheet=row.sheet)
    number = row.identity.eighteen
    if number:
        first = first_seen.setdefault(number, row.row)
        if first != row.row:
            yield Issue(row.row, "", row.name, "row.duplicate", True, row.sheet, {"first": first})


def _unsaid(tables: list[Table], rows: list[LedgerRow], datum: Datum | None) -> list[Issue]:
    """Say once for the file that nobody said what the coordinates are in."""
    said = datum is not None or any(table.columns_of("datum") for table in tables)
    if said or not any(row.position for row in rows):
        return []
    return [Issue(0, "坐标系", "", "datum.unsaid", kept=True)]


def _mapping(tables: list[Table]) -> dict[str, str]:
    return {c.heading: c.field or "" for table in tables for c in table.columns if c.heading}
