"""The planner as a program of its own: ``python -m routing --help``."""

from __future__ import annotations

import math
import os
import time
from collections.abc import Callable
from pathlib import Path
from tempfile import NamedTemporaryFile
from typing import NamedTuple, NoReturn

import click

from fieldmap.errors import FieldmapError, InputError, explain, language

_COMPILES = "compiling the search, once on this machine: about a minute"


class _Solved(NamedTuple):
    """A solution as its file holds it, its cost, the clients it should visit and does not."""

    text: str
    cost: str
    missed: list[int]
    vehicles: int


class _Laps:
    """CPU seconds of this process between one call and the next."""

    def __init__(self) -> None:
        self._at, self.said = 0.0, list[str]()

    def lap(self, name: str) -> None:
        now = time.process_time()
        self.said.append(f"{name} {now - self._at:.2f} s")
        self._at = now


@click.group()
@click.pass_context
def main(context: click.Context) -> None:
    """Plan without a station: compile the search, solve a benchmark file."""
    if os.environ.get("FIELDMAP_LANG") == "en":
        before = language.set("en")
        context.call_on_close(lambda: language.reset(before))


@main.command()
def warm() -> None:
    """Compile the search once; later runs load it from disk."""
    from routing import _fleet, _search, care  # the help need not wait for them

    _search.warm()
    _fleet.warm()
    care.warm()


def _finite(context: click.Context, parameter: click.Parameter, value: float) -> float:
    if math.isnan(value):  # it is in every range of click's
        raise click.BadParameter("nan")
    return value


@main.command()
@click.argument("file", type=click.Path(path_type=Path))
@click.option(
    "--seconds",
    type=click.FloatRange(0, 86_400),
    default=10.0,
    callback=_finite,
    help="CPU seconds of the search",
)
@click.option("--seed", type=click.IntRange(0, (1 << 31) - 1), default=0)
@click.option("--out", type=click.Path(path_type=Path), required=True, help="where the solution goes")
def solve(file: Path, seconds: float, seed: int, out: Path) -> None:
    """Solve FILE (Solomon, Homberger, VRPLIB with prizes, home care in JSON) and print its cost.

    The exit code is 1 where a client that must be visited is not: the solution
    is written all the same, and standard error names who is missing.
    """
    laps = _Laps()
    try:
        keep = _writer(out)  # before the search, not after it
        way = _care if file.suffix.lower() == ".json" else _fleet
        found = way(file, seconds, seed, laps)
        keep(found.text)
    except MemoryError:
        _stop(InputError("instance.memory", file.name))
    except FieldmapError as error:
        _stop(error)
    click.echo(", ".join(laps.said), err=True)
    click.echo(f"cost {found.cost}")
    if found.missed:
        who = ", ".join(map(str, found.missed))
        about = {"count": len(found.missed), "vehicles": found.vehicles}
        click.echo(str(explain("instance.not-visited", who, **about)), err=True)
        raise SystemExit(1)


def _stop(error: FieldmapError) -> NoReturn:
    click.echo(f"Error: {error}", err=True)
    raise SystemExit(error.exit_code) from None


def _fleet(file: Path, seconds: float, seed: int, laps: _Laps) -> _Solved:
    from routing import _fleet, instances

    laps.lap("imports")
    instance = instances.read(file)
    laps.lap("reading")
    _say_first("_vrp")
    _fleet.warm()
    laps.lap("warming up")
    routes = _fleet.solve(instance, seconds, seed, time.thread_time)
    laps.lap("search")
    cost = f"{instance.cost(routes):.1f}"
    return _Solved(instances.solution(instance, routes), cost, instance.missed(routes), instance.vehicles)


def _care(file: Path, seconds: float, seed: int, laps: _Laps) -> _Solved:
    from routing import care

    laps.lap("imports")
    home = care.read(file)
    laps.lap("reading")
    _say_first("_care")
    care.warm()
    laps.lap("warming up")
    found = care.solve(home, seconds, seed, time.thread_time)
    laps.lap("search")
    return _Solved(found.text(), f"{found.cost:.3f}", [], len(found.rounds))


def _writer(out: Path) -> Callable[[str], object]:
    """Return what writes the solution; that it can be written is found out now.

    A file comes beside the old one and takes its place when it is whole; what
    is no file (``/dev/stdout``) is written to.
    """
    try:
        if out.exists() and not out.is_file():
            return out.open("w", encoding="utf-8").write
        with NamedTemporaryFile(dir=out.parent, prefix=f".{out.name}."):
            pass
    except OSError as error:
        raise InputError("instance.output", out, why=error.strerror) from None

    def keep(text: str) -> None:
        part = out.with_name(f".{out.name}.{os.getpid()}")
        try:
            part.write_text(text, encoding="utf-8")
            part.replace(out)
        except OSError as error:
            part.unlink(missing_ok=True)
            raise InputError("instance.output", out, why=error.strerror) from None

    return keep


def _say_first(module: str) -> None:
    """Tell whoever waits why the first run takes long."""
    from routing._jit import compiled_before

    if not compiled_before(module):
        click.echo(_COMPILES, err=True)


if __name__ == "__main__":
    main(prog_name="python -m routing")
