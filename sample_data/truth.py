"""What was made, counted at the source: the figures tests compare with."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import asdict
from typing import TYPE_CHECKING, Any

from sample_data.books import Count
from sample_data.ledgers import Ledger
from sample_data.people import Household, Person
from sample_data.recipe import Recipe
from sample_data.sweeps import sweeps

if TYPE_CHECKING:
    from sample_data.township import Station

__all__ = ["tell"]


def tell(
    recipe: Recipe, stations: list[Station], ledgers: dict[str, tuple[Ledger, list[Count]]]
) -> dict[str, Any]:
    """Return the truth about the made area: nothing in it is computed from the files."""
    houses = [h for s in stations for h in s.houses]
    people = [p for h in houses for p in h.members]
    return {
        "recipe": {
            "seed": recipe.seed,
            "households": recipe.households,
            "start": recipe.start.isoformat(),
            "preset": recipe.preset,
        },
        "stations": len(stations),
        "households": len(houses),
        "clients": len(people),
        "clients_without_coordinates": sum(len(h.members) for h in houses if not h.on_map),
        "clients_in_several_ledgers": sum(len(p.ledgers) > 1 for p in people),
        "clients_without_id": sum(p.id_number is None for p in people),
        "clients_by_ledger": _sorted(Counter(name for p in people for name in p.ledgers)),
        "clients_by_tag": _tags(people),
        "clients_by_age": _sorted(Counter(_band(p.age(recipe.start)) for p in people)),
        "households_far_from_road": sum(h.door.far for h in houses),
        "households_with_two_heads": sum(bool(h.second_head) for h in houses),
        "buildings": sum(len(s.buildings) for s in stations),
        "grids": sum(len(s.grids) for s in stations),
        "grids_without_polygon": sorted(g.code for s in stations for g in s.grids if not g.drawn),
        "grids_in_gcj02": sorted(g.code for s in stations for g in s.grids if g.shifted),
        "actors": _sorted(Counter(a.job.role for s in stations for a in s.crew.everybody())),
        "visits": _visits(stations, houses),
        "sweeps": {swept.grid_code: swept.truth() for s in stations for swept in sweeps(recipe, s)},
        "exclusions": _sorted(Counter(e.reason for s in stations for e in s.history.exclusions)),
        "ledgers": {file: _ledger(ledger, counts) for file, (ledger, counts) in ledgers.items()},
    }


def _sorted(counter: Counter[str]) -> dict[str, int]:
    return dict(sorted(counter.items()))


def _tags(people: Iterable[Person]) -> dict[str, int]:
    """Count persons by tag, and by tag and value where a tag has values."""
    counter: Counter[str] = Counter()
    for person in people:
        for tag in person.tags:
            counter[tag.name] += 1
            if tag.value:
                counter[f"{tag.name}={tag.value}"] += 1
    return _sorted(counter)


def _band(age: int) -> str:
    for low, high in ((0, 5), (6, 13), (14, 17), (18, 59), (60, 69), (70, 79), (80, 89)):
        if low <= age <= high:
            return f"{low:02d}-{high}"
    return "90+"


def _visits(stations: list[Station], houses: list[Household]) -> dict[str, Any]:
    visits = [v for s in stations for v in s.history.visits]
    seen = {id(p) for v in visits if v.outcome == "seen" for p in v.people}
    never = sum(id(p) not in seen for h in houses for p in h.members)
    return {
        "count": len(visits),
        "first_day": min((v.day.isoformat() for v in visits), default=""),
        "last_day": max((v.day.isoformat() for v in visits), default=""),
        "by_channel": _sorted(Counter(v.channel for v in visits)),
        "by_outcome": _sorted(Counter(v.outcome for v in visits)),
        "by_domain": _sorted(Counter(v.domain for v in visits)),
        "clients_never_seen": never,
    }


def _ledger(ledger: Ledger, counts: list[Count]) -> dict[str, Any]:
    """Rows to keep are those of people, hidden rows too; hidden sheets and copies hold nobody new."""
    fresh = [c for c in counts if not c.copy_of]
    return {
        "kind": ledger.name,
        "people": sum(c.people for c in fresh),
        "rows_subtotal": sum(c.subtotals for c in fresh),
        "rows_notes": sum(c.notes for c in fresh),
        "rows_nameless": sum(c.nameless for c in fresh),
        "rows_of_copies": sum(c.people for c in counts if c.copy_of),
        "dirt": _sorted(ledger.dirt.count),
        "sheets": [asdict(c) for c in counts],
    }
