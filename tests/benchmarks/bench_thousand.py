"""A thousand visits for thirty workers: soon against patiently, and the memory of the process.

``python -m tests.benchmarks.bench_thousand --seconds 30 --long 300 --markdown``

Both by :func:`tests.benchmarks.bench_day.ours`, on one thread, by CPU seconds.
The peak of resident memory is that of the whole process, Python, its libraries
and the making of the day with it.
"""

from __future__ import annotations

import resource

import click

from routing import Params
from routing._day import Day
from tests.benchmarks.bench_day import Score, ours, warmed
from tests.benchmarks.days import Recipe, make
from tests.benchmarks.tables import Table, gap, seeds_of

__all__ = ["peak_mb"]


def peak_mb() -> float:
    """Return the most memory this process ever held, in megabytes (Linux counts it in KiB)."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024 / 1e6


@click.command()
@click.option("--visits", type=int, default=1000)
@click.option("--workers", type=int, default=30)
@click.option("--seconds", type=float, default=30.0)
@click.option("--long", type=float, default=300.0)
@click.option("--seeds", default="31", help="as 31-33 or 31,33")
@click.option("--markdown", is_flag=True)
def main(visits: int, workers: int, seconds: float, long: float, seeds: str, markdown: bool) -> None:
    """Print the table."""
    warmed()
    table = Table((f"{visits:,} visits, {workers} workers", f"{seconds:g} s", "peak", f"{long:g} s", "gap"))
    short, patient = list[Score](), list[Score]()
    for seed in seeds_of(seeds):
        day = Day(make(seed, Recipe(visits=visits, workers=workers)), Params())
        short.append(Score.of(*ours(day, seconds, seed)))
        peak = f"{peak_mb():,.0f} MB"
        patient.append(Score.of(*ours(day, long, seed)))
        one, other = short[-1], patient[-1]
        table.add(str(seed), str(one), peak, str(other), gap([one.cost], [other.cost]))
    whole = gap([s.cost for s in short], [s.cost for s in patient])
    table.add("all", "", f"{peak_mb():,.0f} MB", "", whole)
    table.print(markdown)


if __name__ == "__main__":
    main()
