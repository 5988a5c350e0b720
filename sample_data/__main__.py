"""``python -m sample_data``: make a township, a county or a province."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from datetime import date
from pathlib import Path
from typing import Any

from sample_data.handover import make
from sample_data.recipe import Recipe


def main(argv: Sequence[str] | None = None) -> int:
    """Read the command line, make what it asks for, say what was made."""
    parser = _parser()
    options = parser.parse_args(argv)
    try:
        recipes = _recipes(options)
    except ValueError as error:
        parser.error(str(error))
    for recipe in recipes:
        folder = options.out if options.counties is None else options.out / f"county-{recipe.county:02d}"
        truth = make(recipe, folder)
        made = ", ".join(f"{truth[what]} {what}" for what in ("households", "clients", "grids"))
        sys.stdout.write(f"{folder}: {made}, {truth['visits']['count']} past visits\n")
    return 0


def _recipes(options: argparse.Namespace) -> list[Recipe]:
    known: dict[str, Any] = {
        "seed": options.seed,
        "start": options.start,
        "preset": options.preset,
        "stations": options.stations,
        "grids": options.grids,
    }
    counties = range(1, (options.counties or 1) + 1)
    if options.clients is not None:
        return [Recipe.for_clients(options.clients, county=c, **known) for c in counties]
    households = options.households or 760 * options.stations
    return [Recipe(households=households, county=c, **known) for c in counties]


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m sample_data", description="Make a township that is nobody's."
    )
    parser.add_argument("--out", type=Path, required=True, help="folder to write into; made if it is missing")
    parser.add_argument("--seed", type=int, default=1, help="same seed, same bytes (default 1)")
    parser.add_argument(
        "--start",
        type=date.fromisoformat,
        default=date(2026, 3, 20),
        help="first day of the work (default 2026-03-20)",
    )
    parser.add_argument(
        "--preset",
        choices=("town", "rural"),
        default="town",
        help="9 villages and communities, or 54 villages",
    )
    parser.add_argument("--stations", type=int, default=1, help="townships side by side (default 1)")
    parser.add_argument("--grids", type=int, help="grids in all (default: 2 to a village, rural 1)")
    size = parser.add_mutually_exclusive_group()
    size.add_argument("--households", type=int, help="households of a county (default 760 to a station)")
    size.add_argument("--clients", type=int, help="about so many clients of a county, instead of households")
    parser.add_argument(
        "--counties", type=int, help="a province: so many counties, each in a folder of its own"
    )
    return parser


if __name__ == "__main__":
    raise SystemExit(main())
