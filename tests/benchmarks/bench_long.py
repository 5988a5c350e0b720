"""Our plan after some seconds against our own after a minute, and against a minute of OR-Tools.

``python -m tests.benchmarks.bench_long --seconds 5 --long 60 --markdown``

Ours both by :func:`tests.benchmarks.bench_day.ours`, on one thread, by CPU
seconds, with the same random stream: what the patience of a minute would still
find. OR-Tools starts from the inserted plan, as ``engine="ortools"`` does, and
has the minute. Imports, compiling and making the days are printed apart.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial

import click

from routing import Params, _search
from routing._day import Day
from tests.benchmarks.apart import Apart
from tests.benchmarks.bench_day import KINDS, SEEDS, Score, against, made, ours
from tests.benchmarks.peers import STARTED, started
from tests.benchmarks.tables import Table, gap, seeds_of, spread


def _summed(table: Table, kind: str, runs: Sequence[Sequence[Score]]) -> None:
    """Add the rows below the days of a kind."""
    short, patient, peer = ([score for score in column] for column in runs)
    costs = [spread([score.cost for score in column]) for column in (short, patient, peer)]
    gaps = against(short, patient), against(short, peer)
    table.add(f"{kind} mean ± spread", costs[0], costs[1], gaps[0], costs[2], gaps[1])
    left = [str(sum(score.must for score in column)) for column in (short, patient, peer)]
    table.add(f"{kind} mandatory left", left[0], left[1], "", left[2], "")


@click.command()
@click.option("--kind", "kinds", type=click.Choice(tuple(KINDS)), multiple=True, default=tuple(KINDS))
@click.option("--seconds", type=float, default=5.0)
@click.option("--long", type=float, default=60.0)
@click.option("--seeds", default=SEEDS, help="as 31-40 or 31,33")
@click.option("--markdown", is_flag=True)
def main(kinds: tuple[str, ...], seconds: float, long: float, seeds: str, markdown: bool) -> None:
    """Print the table."""
    apart = Apart()
    apart.warm(_search.warm)
    head = (
        "day",
        f"{seconds:g} s",
        f"{long:g} s",
        "gap",
        f"{STARTED}, {long:g} s",
        f"{seconds:g} s against it",
    )
    table = Table(head)
    for kind in kinds:
        runs: tuple[list[Score], ...] = ([], [], [])
        for seed in seeds_of(seeds):
            day = Day(apart.read(partial(made, kind, seed)), Params())
            row = ours(day, seconds, seed), ours(day, long, seed), started(day, long, seed)
            one, other, peer = (Score.of(*found) for found in row)
            for column, score in zip(runs, (one, other, peer), strict=True):
                column.append(score)
            gaps = gap([one.cost], [other.cost]), gap([one.cost], [peer.cost])
            table.add(f"{kind} {seed}", str(one), str(other), gaps[0], str(peer), gaps[1])
        _summed(table, kind, runs)
    table.print(markdown)
    apart.say()


if __name__ == "__main__":
    main()
