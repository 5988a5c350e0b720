"""What is counted in a period, whom it is narrowed to, and the parts it is split into.

A person belongs to one grid, one village and one owner, so these parts add up
to the whole. Of tags a person may carry several, and may be reached through
several channels by several of the five societies: those parts overlap.

A channel or a society narrows who was *contacted* and leaves who was due:
"reached by phone: 5 of 22 due". What was done is narrowed to the same contacts.

A restricted tag is no part and nothing can be narrowed to it. Who carries no
shown tag is in no part by tag: hardly a rule asks for somebody without a tag,
so that a row of theirs would be the restricted class.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Hashable, Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import date
from enum import StrEnum

from fieldmap.counts import Figures
from fieldmap.errors import InputError
from fieldmap.figures import figures
from fieldmap.models import Channel, Snapshot, Society, Visit
from fieldmap.obligations import Casebook
from fieldmap.periods import Period
from fieldmap.rules import RuleSet
from fieldmap.standards.tags import TAGS, is_restricted
from fieldmap.states import OpenNeed, State, open_needs, states

__all__ = [
    "EVERYBODY",
    "OUTSIDE",
    "Counted",
    "Dimension",
    "Narrow",
    "Split",
    "by",
    "count",
    "narrowed",
    "split",
]

OUTSIDE = "outside"
"""In place of a grid's code: outside all grids."""


class Dimension(StrEnum):
    """By what figures are split."""

    GRID = "grid"
    VILLAGE = "village"
    OWNER = "owner"
    TAG = "tag"
    CHANNEL = "channel"
    SOCIETY = "society"


@dataclass(frozen=True, slots=True)
class Counted:
    """What is counted in a period: people, the visits made in it, the needs open at its end.

    Attributes
    ----------
    grid_of, village_of
        Household id → code of its grid (None is outside all) and of its division.
    begun
        Whether the period has.
    """

    rows: tuple[State, ...]
    visits: tuple[Visit, ...]
    needs: tuple[OpenNeed, ...]
    as_of: date
    grid_of: Mapping[str, str | None]
    village_of: Mapping[str, str]
    begun: bool = True

    def figures(self) -> Figures:
        """Return the measures of all of it."""
        return figures(self.rows, self.visits, self.needs, self.as_of, self.begun)


@dataclass(frozen=True, slots=True)
class Narrow:
    """Whom figures are about; an empty field narrows nothing.

    Attributes
    ----------
    tag
        Who carries it on the day of the figures; never a restricted one.
    village, grid, owner
        Code of the division; code of the grid or :data:`OUTSIDE`; id of the
        responsible actor.
    channel, society
        Through what, and by which of the five: narrows who was contacted, not
        who was due. One contact must be both.

    Raises
    ------
    InputError
        ``map.tag``, ``map.channel``, ``map.society``: no such, or not to be shown.
    """

    tag: str = ""
    village: str = ""
    grid: str = ""
    owner: str = ""
    channel: str = ""
    society: str = ""

    def __post_init__(self) -> None:
        if self.tag and (self.tag not in TAGS or is_restricted(self.tag)):
            raise InputError("map.tag", self.tag)
        if self.channel and self.channel not in set(Channel):
            raise InputError("map.channel", self.channel, allowed=", ".join(Channel))
        if self.society and self.society not in set(Society):
            raise InputError("map.society", self.society, allowed=", ".join(Society))

    def keeps(self, row: State) -> bool:
        """Return whether a person is counted at all."""
        return (
            (not self.tag or self.tag in row.tags)
            and self.village in ("", row.division_code)
            and self.grid in ("", OUTSIDE if row.grid_code is None else row.grid_code)
            and self.owner in ("", row.owner_id)
        )

    def takes(self, visit: Visit) -> bool:
        """Return whether a visit was made through the channel and by the society."""
        by_society = not self.society or self.society in visit.societies
        return by_society and self.channel in ("", visit.channel)


EVERYBODY = Narrow()
"""Narrows nothing."""


@dataclass(frozen=True, slots=True)
class Split:
    """The figures of every part that has any.

    Attributes
    ----------
    parts
        Key → figures; the key ``""`` is outside all grids, or no owner.
    adds_up
        Every person is in one part. Households and household-times add up by
        grid and village only: a couple may have two owners.
    """

    parts: Mapping[str, Figures]
    adds_up: bool


def count(
    snapshot: Snapshot,
    rules: RuleSet,
    period: Period,
    today: date,
    grid_of: Mapping[str, str | None] | None = None,
    casebook: Casebook | None = None,
) -> Counted:
    """Gather what is counted in a period; for the parameters see :func:`fieldmap.states.states`."""
    as_of = min(today, period.end)
    first = period.start
    households = snapshot.households.values()
    return Counted(
        rows=states(snapshot, rules, period, today, grid_of, casebook),
        visits=tuple(visit for visit in snapshot.visits if first <= visit.day <= as_of),
        needs=open_needs(snapshot.visits, as_of),
        as_of=as_of,
        grid_of={house.id: house.grid_code for house in households} if grid_of is None else grid_of,
        village_of={house.id: house.division_code for house in households},
        begun=first <= today,
    )


def narrowed(counted: Counted, narrow: Narrow) -> Counted:
    """Return what is left of it for some people, or through some channel.

    A visit to a household is kept with those of its persons who are; so is a
    need of a household where anybody is.
    """
    if narrow == EVERYBODY:
        return counted
    rows = tuple(_through(row, narrow) for row in counted.rows if narrow.keeps(row))
    visits = [visit for visit in counted.visits if narrow.takes(visit)]
    if narrow.tag or narrow.owner:
        clients = {row.client_id for row in rows}
        houses = {row.household_id for row in rows}
        visits = [part for visit in visits if (part := _of(visit, clients.__contains__)) is not None]
        needs = [need for need in counted.needs if need.household_id in houses]
    else:
        visits = [visit for visit in visits if _there(visit.household_id, counted, narrow)]
        needs = [need for need in counted.needs if _there(need.household_id, counted, narrow)]
    return replace(counted, rows=rows, visits=tuple(visits), needs=tuple(needs))


def _through(row: State, narrow: Narrow) -> State:
    """Return a person with the contacts only that a channel and a society keep."""
    kept = tuple(visit for visit in row.contacts if narrow.takes(visit))
    if len(kept) == len(row.contacts):
        return row
    met = any(visit.in_person for visit in kept)
    return row._replace(contacts=kept, contacted=bool(kept), in_person=met)


def _there(household_id: str, counted: Counted, narrow: Narrow) -> bool:
    grid = counted.grid_of.get(household_id)
    return narrow.grid in ("", OUTSIDE if grid is None else grid) and narrow.village in (
        "",
        counted.village_of.get(household_id, ""),
    )


def _of(visit: Visit, client: Callable[[str], bool]) -> Visit | None:
    """Return a visit for some of its persons, None where it was for none of them."""
    ids = tuple(filter(client, visit.client_ids))
    if len(ids) == len(visit.client_ids):
        return visit
    return replace(visit, client_ids=ids) if ids else None


def by(counted: Counted, dimension: Dimension) -> Split:
    """Return the figures by a dimension."""
    if dimension is Dimension.GRID:
        return Split(split(counted, lambda house: counted.grid_of.get(house) or ""), adds_up=True)
    if dimension is Dimension.VILLAGE:
        return Split(split(counted, lambda house: counted.village_of.get(house, "")), adds_up=True)
    if dimension is Dimension.OWNER:
        return Split(_by_person(counted, lambda row: (row.owner_id or "",)), adds_up=True)
    if dimension is Dimension.TAG:
        return Split(_by_person(counted, _shown_tags, rest=()), adds_up=False)
    if dimension is Dimension.CHANNEL:
        channels = {visit.channel for visit in counted.visits}
        ways = {code.value: Narrow(channel=code) for code in Channel if code in channels}
    else:
        societies = {society for visit in counted.visits for society in visit.societies}
        ways = {code.value: Narrow(society=code) for code in Society if code in societies}
    return Split({key: narrowed(counted, way).figures() for key, way in ways.items()}, adds_up=False)


def _shown_tags(row: State) -> tuple[str, ...]:
    return tuple(tag for tag in row.tags if not is_restricted(tag))


def _by_person(
    counted: Counted, keys: Callable[[State], Iterable[str]], rest: tuple[str, ...] = ("",)
) -> dict[str, Figures]:
    """Return figures by what a person has; visits and needs go where their persons go, else to the rest."""
    rows: defaultdict[str, list[State]] = defaultdict(list)
    clients: defaultdict[str, set[str]] = defaultdict(set)
    keys_of: dict[str, tuple[str, ...]] = {}
    at_home: defaultdict[str, set[str]] = defaultdict(set)
    for row in counted.rows:
        keys_of[row.client_id] = tuple(keys(row))
        for key in keys_of[row.client_id]:
            rows[key].append(row)
            clients[key].add(row.client_id)
            at_home[row.household_id].add(key)
    visits: defaultdict[str, list[Visit]] = defaultdict(list)
    for visit in counted.visits:
        mine: defaultdict[str, list[str]] = defaultdict(list)
        for client in visit.client_ids:
            for key in keys_of.get(client, rest):
                mine[key].append(client)
        for key, ids in mine.items():
            whole = len(ids) == len(visit.client_ids)
            visits[key].append(visit if whole else replace(visit, client_ids=tuple(ids)))
    needs: defaultdict[str, list[OpenNeed]] = defaultdict(list)
    for need in counted.needs:
        for key in at_home.get(need.household_id, rest):
            needs[key].append(need)
    found = sorted({*rows, *visits, *needs})
    return {key: figures(rows[key], visits[key], needs[key], counted.as_of, counted.begun) for key in found}


def split[Key: Hashable](counted: Counted, key: Callable[[str], Key]) -> dict[Key, Figures]:
    """Return the figures of every part, by a key of the household.

    Parameters
    ----------
    key
        Household id → the part it belongs to; parts without anything are not
        in the answer.
    """
    states_of: defaultdict[Key, list[State]] = defaultdict(list)
    visits_of: defaultdict[Key, list[Visit]] = defaultdict(list)
    needs_of: defaultdict[Key, list[OpenNeed]] = defaultdict(list)
    for row in counted.rows:
        states_of[key(row.household_id)].append(row)
    for visit in counted.visits:
        visits_of[key(visit.household_id)].append(visit)
    for need in counted.needs:
        needs_of[key(need.household_id)].append(need)
    parts = dict.fromkeys((*states_of, *visits_of, *needs_of))
    as_of, begun = counted.as_of, counted.begun
    return {part: figures(states_of[part], visits_of[part], needs_of[part], as_of, begun) for part in parts}
