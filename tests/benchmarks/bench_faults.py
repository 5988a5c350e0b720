"""Two hundred runs by chance: what a phone called saved, and what the station has of it.

``python -m tests.benchmarks.bench_faults --markdown``

The app in a real browser, ``fieldmap serve`` in a process of its own, a line of
ours between them (:mod:`tests.faults`). The seed decides which fault a run is
about, what else breaks, where, and what is saved meanwhile; after each run the
network is good again and everything is sent. A page that is killed before it
said "saved" promised nothing: its visit may arrive or not, but never twice.
Chromium itself destroys its database now and then where it was killed twice
(its log is written on behind a torn end): such a run is counted in a column of
its own, with what it lost, and goes on with another phone.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from pathlib import Path
from tempfile import TemporaryDirectory

import click
from playwright.sync_api import BrowserType, sync_playwright

from tests.benchmarks.tables import Table, seeds_of
from tests.faults import Fault, Run, the_field
from tests.wire import How

__all__ = ["HEAD", "row"]

HEAD = ("fault", "runs", "requests broken", "called saved", "arrived once", "lost", "twice")
MORE = ("refused as full", "killed amid: arrived of tried", "unasked", "not ended")


def row(runs: Sequence[Run]) -> tuple[str, ...]:
    """Return the counts of some runs."""
    saved = [(run, note) for run in runs for note in run.saved]
    amid = [(run, note) for run in runs for note, word in run.said.items() if not word]
    broken: Counter[How] = sum((run.hit for run in runs), Counter())
    counts = (
        len(runs),
        broken.total(),
        len(saved),
        sum(run.rows[note] == 1 for run, note in saved),
        sum(len(run.lost) for run in runs),
        sum(len(run.doubled) for run in runs),
        sum(run.refused for run in runs),
    )
    broken_runs = sum(bool(run.broken) for run in runs)
    arrived = f"{sum(run.rows[note] for run, note in amid)} of {len(amid)}"
    return (*map(str, counts), arrived, str(sum(len(run.unasked) for run in runs)), str(broken_runs))


def _made(kind: BrowserType, chromium: str, seeds: Sequence[int]) -> Iterator[Run]:
    """Make one run after the other; on another phone where the browser's own database broke."""
    left = list(seeds)
    while left:
        with (
            TemporaryDirectory() as folder,
            the_field(kind, chromium, Path(folder), datetime.now(UTC)) as ground,
        ):
            while left:
                run = ground.run(left.pop(0))
                yield run
                if run.broken:
                    break


@click.command()
@click.option("--chromium", default="/usr/bin/chromium", envvar="FIELDMAP_CHROMIUM")
@click.option("--seeds", default="0-199", help="as 0-199 or 31,33")
@click.option("--markdown", is_flag=True)
def main(chromium: str, seeds: str, markdown: bool) -> None:
    """Print the table."""
    runs: list[Run] = []
    with sync_playwright() as playwright:
        for run in _made(playwright.chromium, chromium, seeds_of(seeds)):
            runs.append(run)
            click.echo(f"{run.seed}: {run.fault}, {len(run.saved)} saved {run.broken}".rstrip(), err=True)
    table = Table((*HEAD, *MORE))
    for fault in Fault:
        if some := [run for run in runs if run.fault is fault]:
            table.add(str(fault), *row(some))
    table.add("all", *row(runs))
    table.print(markdown)
    bad = [run.seed for run in runs if run.lost or run.doubled or run.unasked]
    click.echo(f"runs in which something was lost, doubled or unasked: {len(bad)} {bad or ''}".rstrip())


if __name__ == "__main__":
    main()
