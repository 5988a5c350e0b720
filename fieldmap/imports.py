"""A file → the county file: read, recognise, record; the same again changes nothing."""

from __future__ import annotations

import hashlib
import json
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import date
from enum import StrEnum
from pathlib import Path
from uuid import uuid4

from fieldmap.datum import Datum
from fieldmap.enrolment import Enrolment
from fieldmap.errors import InputError, Issue
from fieldmap.grids import assign
from fieldmap.models import Grid, Snapshot, Visit
from fieldmap.places import read_grids, read_sites
from fieldmap.readers import LedgerBatch, read_ledger
from fieldmap.readers.places import refuse_wrong_datum
from fieldmap.registers import read_register, register_kind
from fieldmap.roster import Roster
from fieldmap.rulebook import change_rules
from fieldmap.store import Batch, Recorded, Store
from fieldmap.store.codec import instant
from fieldmap.territory import Territory

__all__ = ["FileKind", "ImportReport", "file_kind", "import_file", "settle_doors"]


class FileKind(StrEnum):
    """What a file can hold."""

    LEDGER = "ledger"
    DIVISIONS = "divisions"
    GRIDS = "grids"
    SITES = "sites"
    ACTORS = "actors"
    RESPONSIBILITIES = "responsibilities"
    VISITS = "visits"
    EXCLUSIONS = "exclusions"
    RULES = "rules"


@dataclass(frozen=True, slots=True)
class ImportReport:
    """What became of a file.

    Attributes
    ----------
    read, kept, refused, skipped
        Rows that say something: those taken over and those that could not be;
        and rows that are nobody (titles, subtotals, notes).
    persons_new, persons_known
        People of a ledger who were not, and who were, in the county file.
    recorded
        The facts written.
    issues
        Everything that did not fit, by row and field; the rows of those with
        ``kept`` are in.
    """

    file_name: str
    kind: FileKind
    ledger: str
    read: int
    kept: int
    refused: int
    skipped: int
    persons_new: int
    persons_known: int
    recorded: Recorded
    issues: tuple[Issue, ...]
    batch_id: str = ""


_PLACE_SUFFIXES = {".geojson", ".json", ".shp", ".gpkg"}
_LEDGER_SUFFIXES = {".xlsx", ".xls", ".csv", ".xlsm"}


def file_kind(path: Path) -> FileKind:
    """Return what a file seems to hold.

    Raises
    ------
    InputError
        Neither its name nor its header tells.
    """
    suffix = path.suffix.lower()
    if suffix == ".toml":
        return FileKind.RULES
    if suffix in _PLACE_SUFFIXES:
        return FileKind.SITES if "site" in path.stem.lower() else FileKind.GRIDS
    if suffix == ".csv" and (kind := register_kind(path)):
        return FileKind(kind)
    if suffix in _LEDGER_SUFFIXES or not path.is_file():
        return FileKind.LEDGER
    raise InputError("import.kind", path.name, allowed=", ".join(FileKind))


def import_file(
    store: Store,
    path: Path,
    *,
    today: date,
    kind: FileKind | None = None,
    ledger: str | None = None,
    datum: Datum | None = None,
    sheet: str | None = None,
    arrivals: bool = False,
    by: str = "",
) -> ImportReport:
    """Take a file over into the county file; all its good rows or, on an error, nothing.

    Parameters
    ----------
    kind
        What it holds; found from name and header where None.
    ledger
        Kind of the ledger (elder, child, disabled, relief, mixed), where its
        name does not tell.
    datum
        What coordinates are in where the file does not say.
    arrivals
        People not known before have newly come on the ledger (rule N1); off
        for the first take-over of a whole stock.

    Raises
    ------
    InputError
        The file cannot be read, or its coordinates lie in another datum.
    """
    kind = kind or file_kind(path)
    batch_id = str(uuid4())
    with store.write():
        if kind is FileKind.LEDGER:
            report = _import_ledger(store, path, batch_id, today, ledger, datum, sheet, arrivals)
        elif kind in (FileKind.GRIDS, FileKind.SITES):
            report = _import_places(store, path, batch_id, kind, datum)
        elif kind is FileKind.RULES:
            changed = change_rules(store, path, batch_id=batch_id)
            report = _report(path, kind, kept=changed, recorded=Recorded(changed))
        else:
            report = _import_register(store, path, batch_id, kind)
        report = replace(report, batch_id=batch_id)
        if kind in (FileKind.LEDGER, FileKind.GRIDS):
            settle_doors(store, batch_id)
        store.batches.add(_batch(store, path, report, by))
    return report


def settle_doors(store: Store, batch_id: str | None = None) -> Recorded:
    """Write down the grid of every household that has none and whose door lies in one."""
    snapshot = store.snapshot()
    found = assign(snapshot).grid_of
    settled = [
        replace(h, grid_code=found[h.id])
        for h in snapshot.households.values()
        if h.grid_code is None and found.get(h.id)
    ]
    return store.facts.record(settled, batch_id=batch_id)


def _import_ledger(
    store: Store,
    path: Path,
    batch_id: str,
    today: date,
    ledger: str | None,
    datum: Datum | None,
    sheet: str | None,
    arrivals: bool,
) -> ImportReport:
    snapshot = store.snapshot()
    remembered = store.batches.mapping_for(ledger or path.name)
    batch = read_ledger(path, today=today, kind=ledger, datum=datum, sheet=sheet, mapping=remembered)
    _refuse_wrong_datum(snapshot, batch)
    enrolment = Enrolment(snapshot, store.new_id, batch.kind.value, arrivals=today if arrivals else None)
    for row in batch.rows:
        enrolment.add(row)
    recorded = store.facts.record(enrolment.facts(), batch_id=batch_id)
    return ImportReport(
        file_name=path.name,
        kind=FileKind.LEDGER,
        ledger=batch.kind.value,
        read=len(batch.rows) + batch.refused,
        kept=len(batch.rows),
        refused=batch.refused,
        skipped=sum(1 for s in batch.skipped if s.row),
        persons_new=len(enrolment.new_clients),
        persons_known=len(enrolment.client_ids - enrolment.new_clients),
        recorded=recorded,
        issues=(*batch.issues, *enrolment.issues),
    )


def _refuse_wrong_datum(snapshot: Snapshot, batch: LedgerBatch) -> None:
    """Refuse a ledger whose doors lie beside the grids it names by one known shift."""
    polygons = assign(snapshot).polygons
    number = {code: n for n, code in enumerate(polygons)}
    territory = Territory(snapshot)
    placed = [row for row in batch.rows if row.position is not None]
    lon = [row.position.lon for row in placed if row.position]
    lat = [row.position.lat for row in placed if row.position]
    grids = [territory.grid(row.grid, territory.village(row.village, row.grid) or "") for row in placed]
    belongs = [number.get(code, -1) if code else -1 for code in grids]
    declared = Counter(row.datum for row in placed if row.datum)
    said = declared.most_common(1)[0][0] if declared else Datum.WGS84
    # without a named grid only the doors near the rim of the territory could tell
    if any(n >= 0 for n in belongs):
        refuse_wrong_datum(lon, lat, list(polygons.values()), belongs=belongs, declared=said)


def _import_places(
    store: Store, path: Path, batch_id: str, kind: FileKind, datum: Datum | None
) -> ImportReport:
    read = read_grids if kind is FileKind.GRIDS else read_sites
    facts, issues = read(path, datum)
    recorded = store.facts.record(facts, batch_id=batch_id)
    if kind is FileKind.GRIDS:
        issues = (*issues, *(i for i in assign(store.snapshot()).issues if i.value in _codes(facts)))
    refused = len({i.row for i in issues if i.row and not i.kept})
    return _report(path, kind, kept=len(facts), refused=refused, recorded=recorded, issues=issues)


def _codes(facts: Iterable[object]) -> set[str]:
    return {fact.code for fact in facts if isinstance(fact, Grid)}


def _import_register(store: Store, path: Path, batch_id: str, kind: FileKind) -> ImportReport:
    snapshot = store.snapshot()
    register = read_register(path, kind.value, Roster(snapshot), snapshot.actors)
    facts: list[object] = []
    for fact in register.facts:
        if isinstance(fact, Visit):
            roles = (snapshot.actors[a].role for a in fact.actor_ids if a in snapshot.actors)
            fact = replace(fact, actor_roles=tuple(dict.fromkeys(roles)), received_at=store.clock())
        facts.append(fact)
    recorded = store.facts.record(facts, batch_id=batch_id)
    return _report(
        path, kind, kept=len(facts), refused=len(register.issues), recorded=recorded, issues=register.issues
    )


def _report(
    path: Path,
    kind: FileKind,
    *,
    kept: int,
    recorded: Recorded,
    refused: int = 0,
    issues: tuple[Issue, ...] = (),
) -> ImportReport:
    return ImportReport(path.name, kind, "", kept + refused, kept, refused, 0, 0, 0, recorded, issues)


def _batch(store: Store, path: Path, report: ImportReport, by: str) -> Batch:
    issues = [
        {"sheet": i.sheet, "row": i.row, "field": i.field, "value": i.value, "code": i.code, "kept": i.kept}
        for i in report.issues
    ]
    return Batch(
        id=report.batch_id,
        file_name=path.name,
        sha256=hashlib.sha256(path.read_bytes()).hexdigest(),
        ledger=report.ledger or report.kind.value,
        imported_at=instant(store.clock()),
        imported_by=by,
        rows_read=report.read,
        rows_kept=report.kept,
        rows_refused=report.refused,
        rows_skipped=report.skipped,
        issues=json.dumps(issues, ensure_ascii=False),
    )
