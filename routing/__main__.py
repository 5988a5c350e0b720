"""The planner as a program of its own: ``python -m routing --help``."""

from __future__ import annotations

import time
from pathlib import Path
from tempfile import TemporaryDirectory

import click

from fieldmap.errors import FieldmapError

_SMALL_FLEET = "DIMENSION : 3\nNODE_COORD_SECTION\n1 0 0\n2 1 0\n3 2 0\nDEMAND_SECTION\n2 1\n3 1\n"
_SMALL_HOME = """{"distances": [[0, 1], [1, 0]], "caregivers": [{"id": "c", "abilities": ["s"]}], "patients":
[{"id": "p", "time_window": [0, 1], "required_caregivers": [{"service": "s", "duration": 1}]}]}"""
"""Just enough to have everything compiled."""

_COMPILES = "compiling the search, once on this machine: about a minute"


@click.group()
def main() -> None:
    """Plan without a station: compile the search, solve a benchmark file."""


@main.command()
def warm() -> None:
    """Compile the search once; later runs load it from disk."""
    from routing import _search, care, instances  # the help need not wait for them
    from routing._fleet import solve as routes

    _search.warm()
    with TemporaryDirectory() as folder:
        small = Path(folder) / "small"
        small.write_text(_SMALL_FLEET, encoding="utf-8")
        routes(instances.read(small), 1, 0, time.monotonic, steps=1)
        small.write_text(_SMALL_HOME, encoding="utf-8")
        care.solve(care.read(small), 1, 0, time.monotonic, steps=1)


@main.command()
@click.argument("file", type=click.Path(path_type=Path))
@click.option("--seconds", type=click.FloatRange(min=0), default=10.0, help="CPU seconds of the search")
@click.option("--seed", type=int, default=0)
@click.option("--out", type=click.Path(path_type=Path), required=True, help="where the solution goes")
def solve(file: Path, seconds: float, seed: int, out: Path) -> None:
    """Solve FILE (Solomon, Homberger, VRPLIB with prizes, home care in JSON) and print its cost."""
    began = time.process_time()
    way = _care if file.suffix.lower() == ".json" else _fleet
    try:
        text, cost, loaded = way(file, seconds, seed)
        out.write_text(text, encoding="utf-8")
    except FieldmapError as error:
        raise click.ClickException(str(error)) from None
    except OSError as error:
        raise click.ClickException(f"{out}: {error.strerror}") from None
    search = time.process_time() - loaded
    click.echo(f"imports and reading {loaded - began:.2f} s, warming up and search {search:.2f} s", err=True)
    click.echo(f"cost {cost}")


def _fleet(file: Path, seconds: float, seed: int) -> tuple[str, str, float]:
    from routing import instances
    from routing._fleet import solve as search

    instance = instances.read(file)
    _say_first("_vrp")
    loaded = time.process_time()
    routes = search(instance, seconds, seed, time.thread_time)
    return instances.solution(instance, routes), f"{instance.cost(routes):.1f}", loaded


def _care(file: Path, seconds: float, seed: int) -> tuple[str, str, float]:
    from routing import care

    home = care.read(file)
    _say_first("_care")
    loaded = time.process_time()
    found = care.solve(home, seconds, seed, time.thread_time)
    return found.text(), f"{found.cost:.3f}", loaded


def _say_first(module: str) -> None:
    """Tell whoever waits why the first run takes long."""
    from routing._jit import compiled_before

    if not compiled_before(module):
        click.echo(_COMPILES, err=True)


if __name__ == "__main__":
    main(prog_name="python -m routing")
