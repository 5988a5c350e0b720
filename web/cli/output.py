"""What the commands share: two streams, the county file, progress, tables."""

from __future__ import annotations

import contextlib
from collections.abc import Iterable, Iterator, Sequence
from datetime import UTC, date, datetime, timedelta, timezone
from typing import Protocol

from rich.box import SIMPLE_HEAD
from rich.console import Console
from rich.progress import BarColumn, Progress, SpinnerColumn, TextColumn, TimeElapsedColumn
from rich.table import Table

from fieldmap.errors import Issue, language
from fieldmap.settings import Settings, load
from fieldmap.store import Store

__all__ = [
    "CHINA",
    "Step",
    "console",
    "errors",
    "issues_table",
    "opened",
    "progress",
    "say",
    "table",
    "today_of",
]

console = Console(highlight=False, soft_wrap=True)
errors = Console(stderr=True, highlight=False, soft_wrap=True, markup=False)

CHINA = timezone(timedelta(hours=8))
"""One time zone, no daylight saving time."""


def say(zh: str, en: str) -> None:
    """Print a line in the language of the reader."""
    console.print(en if language.get() == "en" else zh)


def today_of(settings: Settings) -> date:
    """Return the day to work on: the setting's, else the clock's in China."""
    return settings.today or datetime.now(UTC).astimezone(CHINA).date()


@contextlib.contextmanager
def opened(settings: Settings | None = None) -> Iterator[Store]:
    """Open the county file of the settings, with a loud word where it is not encrypted."""
    settings = settings or load()
    store = Store.open(settings.db, settings.key)
    if not store.encrypted:
        warn_plain()
    try:
        yield store
    finally:
        store.close()


def warn_plain() -> None:
    """Say loudly that names lie on the disk in the clear."""
    zh = "警告:没有设置 FIELDMAP_KEY,县库未加密,姓名和住址以明文保存。只用于演示和测试。"
    en = (
        "WARNING: FIELDMAP_KEY is not set: names and addresses lie on the disk unencrypted."
        " For demos and tests only."
    )
    errors.print(en if language.get() == "en" else zh, style="bold red")


class Step(Protocol):
    """Tells how far a long work has come: done, of how many, at what."""

    def __call__(self, done: float, total: float, what: str) -> None:
        """Report."""


@contextlib.contextmanager
def progress(title: str) -> Iterator[Step]:
    """Show a bar on the error stream while something takes long."""
    columns = (
        SpinnerColumn(),
        TextColumn("{task.description}"),
        BarColumn(),
        TextColumn("{task.percentage:>3.0f} %"),
        TimeElapsedColumn(),
    )
    with Progress(*columns, console=Console(stderr=True), transient=False) as bars:
        task = bars.add_task(title, total=None)

        def step(done: float, total: float, what: str) -> None:
            bars.update(task, completed=done, total=total, description=f"{title} · {what}" if what else title)

        yield step
        bars.update(task, total=1, completed=1, description=title)


def table(title: str, heads: Sequence[str], rows: Iterable[Sequence[object]]) -> None:
    """Print a table."""
    made = Table(title=title or None, title_justify="left", box=SIMPLE_HEAD, show_header=any(heads))
    for head in heads:
        made.add_column(head, overflow="fold")
    for row in rows:
        made.add_row(*(str(cell) for cell in row))
    console.print(made)


def issues_table(issues: Sequence[Issue], *, most: int = 40) -> None:
    """Print issues by row and field, in their four parts."""
    if not issues:
        return
    english = language.get() == "en"
    heads = (
        ("row", "field", "what", "value", "allowed", "what to do")
        if english
        else ("行", "栏", "问题", "值", "允许", "怎么办")
    )
    rows = []
    for issue in issues[:most]:
        part = issue.explanation()
        row = " ".join(p for p in (issue.sheet, str(issue.row or "")) if p)
        rows.append((row, issue.field, part.what, part.value, part.allowed, part.todo))
    table("", heads, rows)
    if len(issues) > most:
        say(f"……另有 {len(issues) - most} 条", f"… and {len(issues) - most} more")
