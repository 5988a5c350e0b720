"""Put everything together and write it: the folder that a station would hand over."""

from __future__ import annotations

import csv
import json
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from sample_data.actors import ACTOR_COLUMNS, Crew, hire, responsible
from sample_data.books import Count, child_book, disabled_book, elder_book, relief_book, write_csv
from sample_data.buildings import Building, build_houses
from sample_data.doors import Doors
from sample_data.frame import Frame
from sample_data.grids import Grid, cut_grids, grid_feature
from sample_data.ledgers import CHILD, DISABLED, ELDER, RELIEF, Ledger, entries
from sample_data.osm import write_osm
from sample_data.people import Household, People
from sample_data.places import Township, county_code, county_divisions, lay_out
from sample_data.recipe import Recipe
from sample_data.roads import Way, build_roads
from sample_data.sites import Site, place_sites, site_feature
from sample_data.truth import tell
from sample_data.visits import EXCLUSION_COLUMNS, VISIT_COLUMNS, History, person_key, remember
from sample_data.workbook import write_workbook

__all__ = ["Station", "make"]

_RESPONSIBILITY_COLUMNS = ("person_key", "name", "division_code", "actor_id", "deputy_id")
_LEDGERS = (
    ("老年人信息台账.xlsx", "elder", ELDER),
    ("困境儿童台账.xlsx", "child", CHILD),
    ("残疾人台账.xlsx", "disabled", DISABLED),
    ("残疾人台账.csv", "disabled", DISABLED),
    ("低保特困台账.xlsx", "relief", RELIEF),
)


@dataclass(frozen=True)
class Station:
    """One township with everything in it."""

    town: Township
    ways: list[Way]
    buildings: list[Building]
    grids: list[Grid]
    sites: list[Site]
    crew: Crew
    houses: list[Household]
    history: History


def make(recipe: Recipe, folder: Path) -> dict[str, Any]:
    """Write all files of a recipe into a folder and return what ``truth.json`` says.

    The same recipe gives the same bytes.
    """
    folder.mkdir(parents=True, exist_ok=True)
    frame = Frame(lon0=116.9 + 0.7 * ((recipe.county - 1) % 10), lat0=33.3 - 0.6 * ((recipe.county - 1) // 10))
    towns = lay_out(recipe)
    stations = [_station(recipe, town) for town in towns]
    _write_map(folder, frame, recipe, stations)
    _write_tables(folder, frame, recipe, stations)
    truth = tell(recipe, stations, _write_ledgers(folder, frame, recipe, stations))
    text = json.dumps(truth, ensure_ascii=False, indent=1)
    (folder / "truth.json").write_text(text + "\n", encoding="utf-8")
    return truth


def _station(recipe: Recipe, town: Township) -> Station:
    ways = build_roads(recipe, town)
    buildings = build_houses(recipe, town, ways)
    grids = cut_grids(town, buildings, recipe.grids_of(town.index))
    sites = place_sites(recipe, town)
    crew = hire(recipe, town, grids, sites[0])
    people = People(recipe, town.index, county_code(recipe))
    doors = Doors(recipe, town, buildings, grids, sites[1])
    houses = [people.household(f"{town.code[:9]}-H{k:05d}", door) for k, door in enumerate(doors.draw(), start=1)]
    history = remember(recipe, town.index, crew, houses)
    return Station(town, ways, buildings, grids, sites, crew, houses, history)


def _write_map(folder: Path, frame: Frame, recipe: Recipe, stations: list[Station]) -> None:
    write_osm(
        folder / "township.osm.pbf",
        frame,
        (way for s in stations for way in s.ways),
        (house for s in stations for house in s.buildings),
    )
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
    divisions = county_divisions(recipe, [s.town for s in stations])
    _write_rows(
        folder / "divisions.csv",
        ("code", "name", "level", "parent_code", "urban"),
        ([d.code, d.name, str(d.level), d.parent_code, "1" if d.urban else "0"] for d in divisions),
    )
    _write_rows(folder / "actors.csv", ACTOR_COLUMNS, (a.row(frame) for s in stations for a in s.crew.everybody()))
    _write_rows(folder / "responsibilities.csv", _RESPONSIBILITY_COLUMNS, (r for s in stations for r in _responsibilities(recipe, s)))
    _write_rows(folder / "visits.csv", VISIT_COLUMNS, (v.row() for s in stations for v in s.history.visits))
    _write_rows(folder / "exclusions.csv", EXCLUSION_COLUMNS, (e.row() for s in stations for e in s.history.exclusions))


def _responsibilities(recipe: Recipe, station: Station) -> Iterator[list[str]]:
    rng = recipe.random("responsibilities", station.town.index)
    for house in station.houses:
        for person in house.members:
            pair = responsible(rng, station.crew, house, person)
            if pair:
                code = house.door.division_code
                yield [person_key(person, code), person.name, code, pair[0].id, pair[1].id]


def _write_rows(path: Path, columns: Sequence[str], rows: Iterable[Sequence[str]]) -> None:
    with path.open("w", encoding="utf-8", newline="") as file:
        out = csv.writer(file, lineterminator="\n")
        out.writerow(columns)
        out.writerows(rows)


def _write_ledgers(
    folder: Path, frame: Frame, recipe: Recipe, stations: list[Station]
) -> dict[str, tuple[Ledger, list[Count]]]:
    """Write the ledgers; the disabled of the last third of each township's villages come as a CSV."""
    houses = [h for s in stations for h in s.houses]
    names = {g.code: (g.name, not g.drawn) for s in stations for g in s.grids}
    chat = {v.code for s in stations for v in s.town.villages[-max(1, recipe.villages // 3) :]}
    written = {}
    for file, kind, columns in _LEDGERS:
        ledger = Ledger(kind, columns, recipe.random("ledger", file), recipe.start, frame)
        people = entries(houses, names, kind)
        if kind == "disabled":
            people = [e for e in people if (e.house.door.division_code in chat) == file.endswith(".csv")]
        if file.endswith(".csv"):
            written[file] = (ledger, [write_csv(folder / file, ledger, people)])
            continue
        if kind == "elder":
            book = elder_book(ledger, people, recipe.random("copy"), many=recipe.stations > 1)
        else:
            book = {"child": child_book, "disabled": disabled_book, "relief": relief_book}[kind](ledger, people)
        write_workbook(folder / file, book.sheets)
        written[file] = (ledger, book.counts)
    return written
