"""The parts a second time, in pandas: who stands where, grouped, and what was done.

Written from the definitions and not from our code; how each person stands
comes from :mod:`tests.fieldmap.oracle_sql`.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Any

import pandas

from fieldmap.models import Outcome, Snapshot
from fieldmap.parts import Dimension
from fieldmap.periods import Period
from tests.fieldmap import oracle_sql

__all__ = ["SUMS", "Tables"]

SUMS = (
    "expected",
    "due",
    "contacted",
    "in_person",
    "never_contacted",
    "no_coordinates",
    "no_owner",
)
"""Columns that are counted."""

_RESTRICTED = ("父母服刑", "精神障碍")


@dataclass(frozen=True, slots=True)
class Tables:
    """What is grouped.

    Attributes
    ----------
    people
        One row for each person counted.
    pairs
        One row for each person at each visit of the period.
    """

    people: Any
    pairs: Any
    tags: Any

    @classmethod
    def of(cls, snapshot: Snapshot, period: Period, today: date) -> Tables:
        """Make the tables of a period, by the grids of the ledger."""
        as_of = min(today, period.end)
        rows = oracle_sql.people(snapshot, period, today)
        names = ("expected", "under_rule", "due", "contacted", "in_person", "excluded", *SUMS[4:])
        columns = ["client", *names, "overdue_days", "channels"]
        people = pandas.DataFrame([(c, *cells) for c, cells in rows.items()], columns=columns)
        clients = pandas.DataFrame(
            [(c.id, c.household_id) for c in snapshot.clients.values()], columns=["client", "household"]
        )
        houses = pandas.DataFrame(
            [(h.id, h.grid_code or "", h.division_code) for h in snapshot.households.values()],
            columns=["household", "grid", "village"],
        )
        owners = pandas.DataFrame(
            [(r.client_id, r.actor_id) for r in snapshot.responsibilities.values()],
            columns=["client", "owner"],
        )
        people = people.merge(clients).merge(houses, how="left").merge(owners, how="left")
        people["owner"] = people.owner.fillna("")
        pairs = pandas.DataFrame(
            [
                (v.id, v.household_id, v.channel.value, v.outcome is Outcome.SEEN, client)
                for v in snapshot.visits
                if period.start <= v.day <= as_of
                for client in v.client_ids
            ],
            columns=["visit", "household", "channel", "seen", "client"],
        )
        mine = people[["client", "owner"]]
        pairs = pairs.merge(houses, how="left").merge(mine, on="client", how="left")
        pairs["owner"] = pairs.owner.fillna("")
        return cls(people, pairs, _tags(snapshot, as_of))

    def parts(self, dimension: Dimension) -> dict[str, dict[str, int]]:
        """Return key → measure → count; without the zeros."""
        people, pairs, key = self.people, self.pairs, dimension.value
        if dimension is Dimension.TAG:
            people, pairs = (t.merge(self.tags, on="client", how="left") for t in (people, pairs))
            # a person whom nothing is counted of carries nothing; who carries nothing is in no part
            pairs.loc[~pairs.client.isin(self.people.client), "tag"] = None
            people, pairs = (t.dropna(subset=["tag"]).drop_duplicates() for t in (people, pairs))
        groups = people.groupby(key)
        done = pairs[pairs.seen].drop_duplicates(["visit", "client", key]).groupby(key)
        due, contacted = people[people.due].groupby(key), people[people.contacted].groupby(key)
        columns = {
            "people": groups.client.nunique(),
            **{name: groups[name].sum() for name in SUMS},
            "without_rule": people[~people.under_rule].groupby(key).size(),
            "overdue": people[people.overdue_days > 0].groupby(key).size(),
            "overdue_days": groups.overdue_days.sum(),
            "due_households": due.household.nunique(),
            "contacted_households": contacted.household.nunique(),
            "household_times": done.visit.nunique(),
            "households": done.household.nunique(),
            "persons": done.client.nunique(),
            "person_times": done.size(),
            "attempts": pairs[~pairs.seen].groupby(key).visit.nunique(),
            **self._excluded(people, key),
        }
        table = pandas.DataFrame(columns).fillna(0).astype(int)
        return {str(part): _nonzero(dict(cells)) for part, cells in table.iterrows()}

    def through(self, channel: str) -> dict[str, int]:
        """Return who was contacted through a channel, and what was done through it."""
        reached = self.people.channels.map(lambda ways: channel in ways)
        done = self.pairs[self.pairs.seen & (self.pairs.channel == channel)]
        return {
            "due": int(self.people.due.sum()),
            "contacted": int(reached.sum()),
            "household_times": done.visit.nunique(),
            "person_times": len(done),
        }

    def _excluded(self, people: Any, key: str) -> dict[str, Any]:
        reasons = people[people.excluded.notna()]
        return {f"excluded_{r}": reasons[reasons.excluded == r].groupby(key).size() for r in _REASONS}


_REASONS = ("refused", "away", "hospital", "moved")


def _tags(snapshot: Snapshot, as_of: date) -> Any:
    """Return client and tag in force, without the restricted ones."""
    days = {c.id: min(c.valid_to or as_of, as_of) for c in snapshot.clients.values()}
    held = [
        (t.client_id, t.name)
        for t in snapshot.tags
        if t.valid_from <= days[t.client_id] <= (t.valid_to or date.max) and t.name not in _RESTRICTED
    ]
    return pandas.DataFrame(held, columns=["client", "tag"]).drop_duplicates()


def _nonzero(cells: dict[Any, Any]) -> dict[str, int]:
    return {str(name): int(number) for name, number in cells.items() if number}
