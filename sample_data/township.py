"""One township with everything in it, put together part by part."""

from __future__ import annotations

from dataclasses import dataclass

from sample_data.actors import Crew, hire
from sample_data.buildings import Building, build_houses
from sample_data.doors import Doors
from sample_data.grids import Grid, cut_grids
from sample_data.people import Household, People
from sample_data.places import Township, county_code
from sample_data.recipe import Recipe
from sample_data.roads import Way, build_roads
from sample_data.sites import Site, place_sites
from sample_data.visits import History, remember

__all__ = ["Station", "found"]


@dataclass(frozen=True)
class Station:
    """A township: its map, its people and its past."""

    town: Township
    ways: list[Way]
    buildings: list[Building]
    grids: list[Grid]
    sites: list[Site]
    crew: Crew
    houses: list[Household]
    history: History


def found(recipe: Recipe, town: Township) -> Station:
    """Return the township with all that the recipe puts into it."""
    ways = build_roads(recipe, town)
    buildings = build_houses(recipe, town, ways)
    grids = cut_grids(town, buildings, recipe.grids_of(town.index))
    sites = place_sites(recipe, town)
    crew = hire(recipe, town, grids, sites[0])
    people = People(recipe, town.index, county_code(recipe))
    doors = Doors(recipe, town, buildings, grids, sites[1])
    houses = [
        people.household(f"{town.code[:9]}-H{k:05d}", door) for k, door in enumerate(doors.draw(), start=1)
    ]
    history = remember(recipe, town.index, crew, houses)
    return Station(town, ways, buildings, grids, sites, crew, houses, history)
