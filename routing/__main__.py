"""The planner as a program of its own: ``python -m routing --help``."""

from __future__ import annotations

import click


@click.group()
def main() -> None:
    """Plan without a station: compile the search, solve a benchmark file."""


@main.command()
def warm() -> None:
    """Compile the search once; later runs load it from disk."""
    from routing import _search  # the other commands need not wait for it

    _search.warm()


if __name__ == "__main__":
    main(prog_name="python -m routing")
