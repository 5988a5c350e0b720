"""Write it all: the folder that a station would hand over."""

from __future__ import annotations

import csv
import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

from sample_data.actors import ACTOR_COLUMNS, responsible
from sample_data.books import Book, Count, child_book, disabled_book, elder_book, relief_book, write_csv
from sample_data.frame import Frame
from sample_data.grids import grid_feature
from sample_data.ledgers import CHILD, DISABLED, ELDER, RELIEF, Entry, Ledger, entries
from sample_data.osm import write_osm
from sample_data.places import county_divisions, lay_out
from sample_data.recipe import Recipe
from sample_data.sights import sights
from sample_data.sites import site_feature
from sample_data.sweeps import SWEEP_COLUMNS, sweeps
from sample_data.township import Station, found
from sample_data.truth import tell
from sample_data.visits import EXCLUSION_COLUMNS, VISIT_COLUMNS, person_key
from sample_data.workbook import write_workbook

__all__ = ["make"]

_DIVISION_COLUMNS = ("code", "name", "level", "parent_code", "urban")
_RESPONSIBILITY_COLUMNS = ("person_key", "name", "division_code", "actor_id", "deputy_id")
_LEDGERS = (
    ("老年人信息台账.xlsx", "elder", ELDER),
    ("困境儿童台账.xlsx", "child", CHILD),
    ("残疾人台账.xlsx", "disabled", DISABLED),
    ("残疾人台账.csv", "disabled", DISABLED),
    ("低保特困台账.xlsx", "relief", RELIEF),
)


def make(recipe: Recipe, folder: Path) -> dict[str, Any]:
    """Write all files of a recipe into a folder.

    The same recipe gives the same bytes.

    Returns
    -------
    dict
        What ``truth.json`` says: counts taken where the people were made, not
        from the files.
    """
    folder.mkdir(parents=True, exist_ok=True)
    east, south = (recipe.county - 1) % 10, (recipe.county - 1) // 10
    frame = Frame(lon0=round(116.9 + 0.7 * east, 1), lat0=round(33.3 - 0.6 * south, 1))
    stations = [found(recipe, town) for town in lay_out(recipe)]
    _write_map(folder, frame, stations)
    _write_tables(folder, frame, recipe, stations)
    truth = tell(recipe, stations, _write_ledgers(folder, frame, recipe, stations))
    text = json.dumps(truth, ensure_ascii=False, indent=1)
    (folder / "truth.json").write_text(text + "\n", encoding="utf-8")
    return truth


def _write_map(folder: Path, frame: Frame, stations: list[Station]) -> None:
    ways = (way for s in stations for way in s.ways)
    houses = (house for s in stations for house in s.buildings)
    seen = (sight for s in stations for sight in sights(s.town, s.sites))
    write_osm(folder / "township.osm.pbf", frame, ways, houses, seen)
    _write_features(folder / "grids.geojson", (f for s in stations for f in _grid_features(s, frame)))
    _write_features(folder / "sites.geojson", (site_feature(x, frame) for s in stations for x in s.sites))


def _grid_features(station: Station, frame: Frame) -> Iterator[dict[str, Any]]:
    for grid in station.grids:
        worker, cadre = station.crew.grid_workers[grid.code], station.crew.cadres[grid.code[:12]]
        yield grid_feature(grid, frame, {"网格长": cadre.name, "网格员": worker.name, "owner_id": worker.id})


def _write_features(path: Path, features: Iterable[dict[str, Any]]) -> None:
    lines = ",\n".join(json.dumps(f, ensure_ascii=False) for f in features)
    path.write_text(f'{{"type": "FeatureCollection", "features": [\n{lines}\n]}}\n', encoding="utf-8")


def _write_tables(folder: Path, frame: Frame, recipe: Recipe, stations: list[Station]) -> None:
    divisions = (_flat(asdict(d)) for d in county_divisions(recipe, [s.town for s in stations]))
    actors = (a.row(frame) for s in stations for a in s.crew.everybody())
    owners = (row for s in stations for row in _responsibilities(recipe, s))
    visits = (v.row() for s in stations for v in s.history.visits)
    exclusions = (e.row() for s in stations for e in s.history.exclusions)
    _write_rows(folder / "divisions.csv", _DIVISION_COLUMNS, divisions)
    _write_rows(folder / "actors.csv", ACTOR_COLUMNS, actors)
    _write_rows(folder / "responsibilities.csv", _RESPONSIBILITY_COLUMNS, owners)
    _write_rows(folder / "visits.csv", VISIT_COLUMNS, visits)
    _write_rows(folder / "exclusions.csv", EXCLUSION_COLUMNS, exclusions)
    doors = (row for s in stations for swept in sweeps(recipe, s) for row in swept.rows())
    _write_rows(folder / "sweeps.csv", SWEEP_COLUMNS, doors)


def _flat(row: dict[str, Any]) -> dict[str, Any]:
    return {k: int(v) if isinstance(v, bool) else v for k, v in row.items()}


def _responsibilities(recipe: Recipe, station: Station) -> Iterator[dict[str, str]]:
    rng = recipe.random("responsibilities", station.town.index)
    for house in station.houses:
        code = house.door.division_code
        for person in house.members:
            pair = responsible(rng, station.crew, house, person)
            if pair:
                values = (person_key(person, code), person.name, code, pair[0].id, pair[1].id)
                yield dict(zip(_RESPONSIBILITY_COLUMNS, values, strict=True))


def _write_rows(path: Path, columns: Sequence[str], rows: Iterable[Mapping[str, Any]]) -> None:
    with path.open("w", encoding="utf-8", newline="") as file:
        out = csv.DictWriter(file, columns, lineterminator="\n")
        out.writeheader()
        out.writerows(rows)


def _write_ledgers(
    folder: Path, frame: Frame, recipe: Recipe, stations: list[Station]
) -> dict[str, tuple[Ledger, list[Count]]]:
    """Write the ledgers; the disabled of the last third of each township's villages come as a CSV."""
    houses = [h for s in stations for h in s.houses]
    names = {g.code: (g.name, not g.drawn) for s in stations for g in s.grids}
    by_chat = {v.code for s in stations for v in s.town.villages[-(recipe.villages // 3) :]}
    written = {}
    for file, kind, columns in _LEDGERS:
        ledger = Ledger(kind, columns, recipe.random("ledger", file), recipe.start, frame)
        people = entries(houses, names, kind)
        text = file.endswith(".csv")
        if kind == "disabled":
            people = [e for e in people if (e.house.door.division_code in by_chat) == text]
        if text:
            counts = [write_csv(folder / file, ledger, people)]
        else:
            book = _book(recipe, ledger, people)
            write_workbook(folder / file, book.sheets)
            counts = book.counts
        written[file] = (ledger, counts)
    return written


def _book(recipe: Recipe, ledger: Ledger, people: list[Entry]) -> Book:
    if ledger.name == "elder":
        return elder_book(ledger, people, recipe.random("copy"))
    return {"child": child_book, "disabled": disabled_book, "relief": relief_book}[ledger.name](
        ledger, people
    )
