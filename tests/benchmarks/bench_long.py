"""Our plan after some seconds against our own after a minute.

``python -m tests.benchmarks.bench_long --kind pairs --seconds 5 --long 60 --markdown``

Both by :func:`tests.benchmarks.bench_day.ours`, on one thread, by CPU seconds,
with the same random stream: what the patience of a minute would still find.
"""

from __future__ import annotations

import click

from routing import Params
from routing._day import Day
from tests.benchmarks.bench_day import KINDS, SEEDS, Score, made, ours, warmed
from tests.benchmarks.tables import Table, gap, seeds_of, spread


@click.command()
@click.option("--kind", type=click.Choice(tuple(KINDS)), default="lunch")
@click.option("--seconds", type=float, default=5.0)
@click.option("--long", type=float, default=60.0)
@click.option("--seeds", default=SEEDS, help="as 31-40 or 31,33")
@click.option("--markdown", is_flag=True)
def main(kind: str, seconds: float, long: float, seeds: str, markdown: bool) -> None:
    """Print the table."""
    warmed()
    table = Table((kind, f"{seconds:g} s", f"{long:g} s", "gap"))
    short, patient = list[Score](), list[Score]()
    for seed in seeds_of(seeds):
        day = Day(made(kind, seed), Params())
        short.append(Score.of(*ours(day, seconds, seed)))
        patient.append(Score.of(*ours(day, long, seed)))
        one, other = short[-1], patient[-1]
        table.add(str(seed), str(one), str(other), gap([one.cost], [other.cost]))
    costs, others = [s.cost for s in short], [s.cost for s in patient]
    table.add("mean ± spread", spread(costs), spread(others), gap(costs, others))
    table.add("mandatory left", str(sum(s.must for s in short)), str(sum(s.must for s in patient)), "")
    table.print(markdown)


if __name__ == "__main__":
    main()
