"""``import``: ledgers and registers into the county file."""

from __future__ import annotations

from pathlib import Path

import click

from fieldmap.datum import Datum
from fieldmap.errors import InputError, language
from fieldmap.imports import FileKind, ImportReport, import_file
from fieldmap.settings import load
from web.cli.output import issues_table, opened, say, table, today_of

__all__ = ["COMMANDS", "report_table"]


@click.command("import")
@click.argument("files", nargs=-1, type=click.Path(path_type=Path))
@click.option("--as", "kind", type=click.Choice(list(FileKind)), default=None, help="What the files hold.")
@click.option("--ledger", type=click.Choice(["elder", "child", "disabled", "relief", "mixed"]), default=None)
@click.option("--datum", type=click.Choice(list(Datum)), default=None, help="Where the file does not say.")
@click.option("--sheet", default=None, help="Only this sheet of a workbook.")
@click.option("--arrivals", is_flag=True, help="Those not known before have newly come on the ledger.")
@click.option("--undo", default=None, metavar="BATCH", help="Take an import back.")
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
            count = store.batches.undo(undo)
            say(f"已撤回 {count} 条", f"Took back {count} facts")
        reports = []
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
            issues_table(reports[-1].issues)
    if reports:
        report_table(reports)


def report_table(reports: list[ImportReport]) -> None:
    """Print what became of each file."""
    english = language.get() == "en"
    heads = ("file", "holds", "rows", "kept", "new persons", "known", "issues", "batch")
    if not english:
        heads = ("文件", "内容", "行", "采用", "新人", "已知", "问题", "批次")
    rows = (
        (
            r.file_name,
            r.ledger or r.kind,
            r.read,
            r.kept,
            r.persons_new or "",
            r.persons_known or "",
            len(r.issues) or "",
            r.batch_id[:8],
        )
        for r in reports
    )
    table("", heads, rows)


COMMANDS = (import_command,)
