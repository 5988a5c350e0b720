"""``import``: ledgers and registers into the county file."""

from __future__ import annotations

from pathlib import Path

import click

from fieldmap.datum import Datum
from fieldmap.errors import InputError, language
from fieldmap.imports import FileKind, ImportReport, import_file
from fieldmap.readers.ledger import LedgerKind
from fieldmap.settings import load
from fieldmap.store import Store
from web.cli.output import issues_list, opened, say, table, today_of, word

__all__ = ["COMMANDS", "report_table"]


@click.command("import", short_help="导入 · Take over ledgers, grids, sites, registers and rules.")
@click.argument("files", nargs=-1, type=click.Path(path_type=Path))
@click.option(
    "--as",
    "kind",
    type=click.Choice([k.value for k in FileKind]),
    default=None,
    metavar="KIND",
    help=f"What the files hold: {', '.join(FileKind)}.",
)
@click.option(
    "--ledger",
    type=click.Choice([k.value for k in LedgerKind]),
    default=None,
    metavar="KIND",
    help=f"What the ledger is about: {', '.join(LedgerKind)}.",
)
@click.option(
    "--datum",
    type=click.Choice([d.value for d in Datum]),
    default=None,
    metavar="DATUM",
    help=f"Where the file does not say: {', '.join(Datum)}.",
)
@click.option("--sheet", default=None, help="Only this sheet of a workbook.")
@click.option("--arrivals", is_flag=True, help="Those not known before have newly come on the ledger.")
@click.option("--undo", default=None, metavar="BATCH", help="Take back the import of this batch.")
def import_command(
    files: tuple[Path, ...],
    kind: str | None,
    ledger: str | None,
    datum: str | None,
    sheet: str | None,
    arrivals: bool,
    undo: str | None,
) -> None:
    """导入。Take over ledgers, grids, sites, registers and rules into the county file.

    Ledgers are xlsx, xls or csv; grids and sites GeoJSON, Shapefile or GeoPackage.

    What a file holds is found from its name and header. The same file again
    changes nothing. A file with an error is not taken over at all; rows that
    do not fit are listed by row and field, and the others are kept.
    """
    settings = load()
    if not files and undo is None:
        raise InputError("import.nothing")
    with opened(settings) as store:
        if undo is not None:
            count = store.batches.undo(_batch_id(store, undo))
            say(f"已撤回 {count} 条", f"Took back {count} facts")
        reports: list[ImportReport] = []
        try:
            for path in files:
                reports.append(
                    import_file(
                        store,
                        path,
                        today=today_of(settings),
                        kind=FileKind(kind) if kind else None,
                        ledger=ledger,
                        datum=Datum(datum) if datum else None,
                        sheet=sheet,
                        arrivals=arrivals,
                        by="command line",
                    )
                )
                issues_list(path.name, reports[-1].issues)
        finally:  # where a file is refused, those before it are in
            if reports:
                report_table(reports)


def _batch_id(store: Store, text: str) -> str:
    """Return the batch that begins with what the table printed of it."""
    found = [b.id for b in store.batches.all() if b.id.startswith(text) and b.undone_at is None]
    return found[0] if len(found) == 1 else text


_HOLDS = {
    "elder": ("老年人台账", "ledger: elders"),
    "child": ("儿童台账", "ledger: children"),
    "disabled": ("残疾人台账", "ledger: disabled"),
    "relief": ("救助台账", "ledger: relief"),
    "mixed": ("综合台账", "ledger: mixed"),
    FileKind.DIVISIONS: ("区划", "divisions"),
    FileKind.GRIDS: ("网格", "grids"),
    FileKind.SITES: ("服务点", "sites"),
    FileKind.ACTORS: ("走访人员", "visitors"),
    FileKind.RESPONSIBILITIES: ("责任人", "responsibilities"),
    FileKind.VISITS: ("走访记录", "visits"),
    FileKind.EXCLUSIONS: ("不计原因", "exclusions"),
    FileKind.RULES: ("走访规则", "rules"),
}


def report_table(reports: list[ImportReport]) -> None:
    """Print what became of each file."""
    heads = ("file", "holds", "rows", "kept", "new", "known", "issues", "batch")
    if language.get() != "en":
        heads = ("文件", "内容", "行", "采用", "新人", "已知", "问题", "批次")
    rows = (
        (
            r.file_name,
            word(*_HOLDS[r.ledger or r.kind]),
            r.read,
            r.kept,
            r.persons_new or "",
            r.persons_known or "",
            len(r.issues) or "",
            r.batch_id[:8],
        )
        for r in reports
    )
    table("", heads, rows, wraps=(0, 1), numbers=range(2, 7))


COMMANDS = (import_command,)
