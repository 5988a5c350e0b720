"""All measures of a county, beside plain geopandas on the same data.

``python -m tests.benchmarks.bench_coverage --markdown``

The county of :mod:`tests.benchmarks.counties`: 20 stations, 400 grids, 25,000
persons, four visits to a household. Seconds are of the processor, the best of
some runs and the middle one in brackets: others may keep the machine busy.

The peer is what one would write in a notebook: a spatial join of doors and
polygons, then groups. It counts persons, visits and persons reached by grid;
rules, exclusions, gaps and grids without polygon it knows nothing of. Where it
can count the same thing the two must agree, or the program ends with an error.
"""

from __future__ import annotations

import resource
import time
from collections.abc import Callable
from dataclasses import dataclass
from statistics import median
from typing import Any

import click
import geopandas
import pandas
import shapely

from fieldmap.coverage import Coverage, measures
from fieldmap.grids import Assignment, assign
from fieldmap.models import Outcome, Snapshot
from fieldmap.obligations import Casebook
from fieldmap.parts import Dimension, count
from fieldmap.periods import Period
from fieldmap.rollup import published, roll_up
from fieldmap.rules import load
from fieldmap.states import states
from fieldmap.trends import trend
from tests.benchmarks.counties import TODAY, CountyRecipe, make_county
from tests.benchmarks.tables import Table

__all__ = ["Frames", "disagreements", "frames", "joined"]

MARCH = Period.month(TODAY)


@dataclass(frozen=True, slots=True)
class Frames:
    """The tables that the peer starts from, or what it made of them.

    Attributes
    ----------
    doors
        Households with a point; after the join with the grid they lie in.
    grids
        Polygons as drawn; after the join the counts of each.
    """

    doors: Any
    grids: Any
    clients: Any
    visits: Any


def frames(snapshot: Snapshot) -> Frames:
    """Return the tables of a snapshot."""
    doors = [(h.id, h.place.lon, h.place.lat) for h in snapshot.households.values() if h.place]
    table = pandas.DataFrame(doors, columns=["household", "lon", "lat"])
    points = geopandas.GeoDataFrame(
        table[["household"]], geometry=geopandas.points_from_xy(table.lon, table.lat), crs="EPSG:4326"
    )
    drawn = [g for g in snapshot.grids.values() if g.polygon_wkb is not None]
    grids = geopandas.GeoDataFrame(
        {"grid": [g.code for g in drawn]},
        geometry=shapely.from_wkb([g.polygon_wkb for g in drawn]),
        crs="EPSG:4326",
    )
    people = [(c.id, c.household_id, c.valid_from, c.valid_to) for c in snapshot.clients.values()]
    clients = pandas.DataFrame(people, columns=["client", "household", "since", "until"])
    made = [(v.id, v.household_id, v.day, v.outcome is Outcome.SEEN, v.client_ids) for v in snapshot.visits]
    visits = pandas.DataFrame(made, columns=["visit", "household", "day", "seen", "clients"])
    return Frames(points, grids, clients, visits)


def joined(tables: Frames) -> Frames:
    """Return the doors with their grids, and by grid persons, visits and persons reached in March."""
    doors = geopandas.sjoin(tables.doors, tables.grids, predicate="intersects")
    doors = doors.drop_duplicates("household")[["household", "grid"]]
    there = tables.clients.since.le(TODAY) & (tables.clients.until.isna() | tables.clients.until.ge(TODAY))
    people = tables.clients[there].merge(doors, how="left").fillna({"grid": "outside"})
    made = tables.visits[tables.visits.seen & tables.visits.day.between(MARCH.start, TODAY)]
    made = made.merge(doors, how="left").fillna({"grid": "outside"})
    reached = made.explode("clients")
    by_grid = pandas.DataFrame(
        {
            "people": people.groupby("grid").client.nunique(),
            "household_times": made.groupby("grid").visit.nunique(),
            "person_times": reached.groupby("grid").size(),
            "persons": reached.groupby("grid").clients.nunique(),
        }
    ).fillna(0)
    return Frames(doors, by_grid.astype(int), people, made)


def disagreements(coverage: Coverage, snapshot: Snapshot, peer: Frames) -> list[str]:
    """Return what the two count alike and did not, which must be nothing."""
    there = {c.id for c in snapshot.clients.values() if c.valid_from <= TODAY <= (c.valid_to or TODAY)}
    done, sums = coverage.total.activity, peer.grids.sum()
    pairs = {
        "people": (sum(row.client_id in there for row in coverage.rows), int(sums["people"])),
        "household_times": (done.household_times, int(sums["household_times"])),
        "person_times": (done.person_times, int(sums["person_times"])),
        "persons": (done.persons, int(sums["persons"])),
    }
    return [f"{name}: {ours} and {theirs}" for name, (ours, theirs) in pairs.items() if ours != theirs]


def elsewhere(assignment: Assignment, peer: Frames) -> int:
    """Return how many households the join puts into another grid than ours, or into none."""
    theirs = dict(zip(peer.doors.household, peer.doors.grid, strict=True))
    return sum(code is not None and theirs.get(house) != code for house, code in assignment.grid_of.items())


def timed[T](do: Callable[[], T], runs: int, table: Table, name: str, note: str = "") -> T:
    """Do it some times and add a row."""
    seconds = []
    for _ in range(runs):
        start = time.process_time()
        value = do()
        seconds.append(time.process_time() - start)
    table.add(name, f"{min(seconds):.3f} ({median(seconds):.3f})", note)
    return value


def _ours(snapshot: Snapshot, runs: int, table: Table) -> tuple[Assignment, Coverage]:
    rules = load()
    assignment = timed(lambda: assign(snapshot), runs, table, "which grid each door is in")
    timed(
        lambda: states(snapshot, rules, MARCH, TODAY, assignment.grid_of),
        runs,
        table,
        "how everybody stands",
    )
    counted = count(snapshot, rules, MARCH, TODAY, assignment.grid_of)
    timed(counted.figures, runs, table, "figures of the whole")
    coverage = timed(
        lambda: measures(snapshot, rules, MARCH, TODAY),
        runs,
        table,
        "**all measures**, from a fresh snapshot",
        "target ≤ 0.5",
    )
    casebook = Casebook(snapshot, rules)
    measures(snapshot, rules, MARCH, TODAY, assignment, casebook=casebook)
    timed(
        lambda: measures(snapshot, rules, MARCH, TODAY, assignment, casebook=casebook),
        runs,
        table,
        "**all measures**, in a running process",
        "casebook and grids of the doors kept, as the pages do",
    )
    timed(lambda: (coverage.urban, coverage.rural), runs, table, "urban and rural")
    for dimension in Dimension:
        timed(lambda d=dimension: coverage.by(d), 1, table, f"by {dimension}")  # type: ignore[misc]
    timed(lambda: trend(snapshot, rules, MARCH, TODAY), 1, table, "trend of 12 months")
    exact = timed(lambda: roll_up(snapshot, rules, MARCH, TODAY), 1, table, "roll-up")
    timed(lambda: published(exact), 1, table, "roll-up as published")
    return assignment, coverage


@click.command()
@click.option("--stations", type=int, default=20)
@click.option("--clients", type=int, default=25_000)
@click.option("--visits", type=float, default=4.0, help="to a household, in four months")
@click.option("--seed", type=int, default=1)
@click.option("--runs", type=int, default=5)
@click.option("--markdown", is_flag=True)
def main(stations: int, clients: int, visits: float, seed: int, runs: int, markdown: bool) -> None:
    """Print the table."""
    snapshot = make_county(seed, CountyRecipe(stations=stations, clients=clients, visits=visits))
    before = _megabytes()
    size = f"{len(snapshot.clients):,} persons, {len(snapshot.visits):,} visits, {len(snapshot.grids)} grids"
    table = Table((size, "CPU s", ""))
    assignment, coverage = _ours(snapshot, runs, table)
    ours = _megabytes()
    tables = timed(lambda: frames(snapshot), runs, table, "geopandas: make the frames")
    peer = timed(lambda: joined(tables), runs, table, "geopandas: sjoin and groupby")
    table.print(markdown)
    click.echo(f"peak memory: {before} MB with the county made, {ours} MB with our measures")
    click.echo(f"households in a grid of ours that the join puts elsewhere: {elsewhere(assignment, peer)}")
    if found := disagreements(coverage, snapshot, peer):
        raise click.ClickException(f"ours and the peer's differ: {'; '.join(found)}")
    click.echo("persons, household-times, person-times and persons reached: the same")


def _megabytes() -> int:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024


if __name__ == "__main__":
    main()
