"""What the commands share: two streams, the county file, progress, tables."""

from __future__ import annotations

import contextlib
from collections.abc import Collection, Iterable, Iterator, Sequence
from datetime import UTC, date, datetime, timedelta, timezone
from typing import Protocol

from rich.box import SIMPLE_HEAD
from rich.console import Console
from rich.progress import BarColumn, Progress, SpinnerColumn, TextColumn, TimeElapsedColumn
from rich.table import Table

from fieldmap.errors import Issue, StoreError, language
from fieldmap.settings import Settings, load
from fieldmap.store import Store, TornError

__all__ = [
    "CHINA",
    "Step",
    "console",
    "errors",
    "issues_list",
    "opened",
    "progress",
    "say",
    "table",
    "today_of",
    "word",
]

# no markup: a name or a file may hold square brackets
console = Console(highlight=False, soft_wrap=True, markup=False)
"""Where results go."""
errors = Console(stderr=True, highlight=False, soft_wrap=True, markup=False)
"""Where problems and progress go."""

CHINA = timezone(timedelta(hours=8))
"""One time zone, no daylight saving time."""


def word(zh: str, en: str) -> str:
    """Return one of two texts, in the language of the reader."""
    return en if language.get() == "en" else zh


def say(zh: str, en: str) -> None:
    """Print a line in the language of the reader."""
    console.print(word(zh, en))


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
    except TornError as fault:
        if type(fault) is not TornError:  # locked, or a mistake of ours
            raise
        raise StoreError("store.torn", settings.db) from None
    finally:
        store.close()


def warn_plain() -> None:
    """Say loudly that names lie on the disk in the clear."""
    zh = "警告:没有设置 FIELDMAP_KEY,县库未加密,姓名和住址以明文保存。只用于演示和测试。"
    en = (
        "WARNING: FIELDMAP_KEY is not set: names and addresses lie on the disk unencrypted."
        " For demos and tests only."
    )
    errors.print(word(zh, en), style="bold red")


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


def table(
    title: str,
    heads: Sequence[str],
    rows: Iterable[Sequence[object]],
    *,
    wraps: Collection[int] = (),
    numbers: Collection[int] = (),
) -> None:
    """Print a table.

    Parameters
    ----------
    wraps
        Columns that may take more than one line; the others stay whole as
        long as the terminal is wide enough for them.
    numbers
        Columns set to the right.
    """
    made = Table(title=title or None, title_justify="left", box=SIMPLE_HEAD, show_header=any(heads))
    made.pad_edge, made.collapse_padding = False, True  # 80 columns are few
    for number, head in enumerate(heads):
        made.add_column(
            head,
            overflow="fold",
            no_wrap=number not in wraps,
            justify="right" if number in numbers else "left",
        )
    for row in rows:
        made.add_row(*(str(cell) for cell in row))
    console.print(made)


def issues_list(name: str, issues: Sequence[Issue], *, most: int = 6) -> None:
    """Print what did not fit, by kind; each kind with its rows, fields and values.

    Parameters
    ----------
    most
        How many places of one kind are named.
    """
    if not issues:
        return
    kinds: dict[tuple[str, str, str], list[Issue]] = {}
    for issue in issues:
        part = issue.explanation()
        kinds.setdefault((part.what, part.allowed, part.todo), []).append(issue)
    say(f"{name}:{len(issues)} 处要看", f"{name}: {len(issues)} places to look at")
    for (what, allowed, todo), found in kinds.items():
        console.print(f"  {what} × {len(found)}")
        console.print(f"    {word('允许', 'allowed')}{word(':', ': ')}{allowed}")
        console.print(f"    {word('怎么办', 'what to do')}{word(':', ': ')}{todo}")
        more = [word("……", "…")] if len(found) > most else []
        console.print(f"    → {word(';', '; ').join([*map(_place, found[:most]), *more])}")


def _place(issue: Issue) -> str:
    row = word(f"第 {issue.row} 行", f"row {issue.row}") if issue.row else ""
    place = " ".join(part for part in (issue.sheet, row, issue.field) if part)
    return " = ".join(part for part in (place, issue.value) if part)
