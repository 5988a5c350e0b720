"""What every benchmark prints: figures with their spread, gaps with their error, a table."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from math import sqrt
from statistics import fmean, stdev

import click

__all__ = ["Table", "gap", "seeds_of", "spread"]


@dataclass(frozen=True, slots=True)
class Table:
    """A table that tells its rows as they come, for the runs are long, and prints itself at the end."""

    head: tuple[str, ...]
    rows: list[tuple[str, ...]] = field(default_factory=list)

    def add(self, *cells: str) -> None:
        """Add a row and say it at once."""
        self.rows.append(cells)
        click.echo(" | ".join(cells), err=True)

    def print(self, markdown: bool) -> None:
        """Print the whole table: in Markdown to be pasted, else with columns of equal width."""
        if markdown:
            lines = [self.head, ("---",) * len(self.head), *self.rows]
            text = "\n".join(f"| {' | '.join(line)} |" for line in lines)
        else:
            lines = [self.head, *self.rows]
            widths = [max(map(len, column)) for column in zip(*lines, strict=True)]
            text = "\n".join(
                "  ".join(cell.ljust(width) for cell, width in zip(line, widths, strict=True)).rstrip()
                for line in lines
            )
        click.echo(text)


def spread(values: Sequence[float]) -> str:
    """Return mean ± standard deviation."""
    return f"{fmean(values):,.0f}" + (f" ± {stdev(values):,.0f}" if len(values) > 1 else "")


def gap(ours: Sequence[float], theirs: Sequence[float]) -> str:
    """Return by how much ours is dearer, run by run: mean ± standard error of the mean, in percent."""
    found = [100 * (a / b - 1) for a, b in zip(ours, theirs, strict=True)]
    error = f" ± {stdev(found) / sqrt(len(found)):.2f}" if len(found) > 1 else ""
    return f"{fmean(found):+.2f}{error} %".replace("-", "−")


def seeds_of(text: str) -> list[int]:
    """Return the seeds of ``31-40`` or ``31,33,35``."""
    found: list[int] = []
    for part in text.split(","):
        first, _, last = part.partition("-")
        found += range(int(first), int(last or first) + 1)
    return found
