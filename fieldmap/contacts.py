"""Every contact of every person as arrays, so that a county is read in one go.

One *entry* is one person at one contact: a couple reached once is two entries.
"""

from __future__ import annotations

from dataclasses import dataclass
from operator import attrgetter

import numpy as np
from numpy.typing import NDArray

from fieldmap.models import Channel, Outcome, Role, Snapshot, Visit
from fieldmap.rules import Rule

__all__ = ["Contacts"]

_SEEN = Outcome.SEEN
_DOOR = Channel.DOOR


@dataclass(frozen=True, slots=True, eq=False)
class Contacts:
    """The entries by person and, for one person, by day.

    Attributes
    ----------
    visits
        The visits at which somebody was reached, by day.
    person, visit
        For each entry the number of the client in the snapshot's order, and of
        the visit in ``visits``.
    day
        For each entry, a proleptic ordinal (:meth:`datetime.date.toordinal`).
    door
        For each entry, whether it was a meeting in person.
    kind
        For each entry a row of ``table``: of a contact its channel and the
        visitors' roles alone decide which rules count it.
    table
        Kinds × rules: whether the rule counts the contact.
    """

    visits: tuple[Visit, ...]
    person: NDArray[np.int64]
    visit: NDArray[np.int64]
    day: NDArray[np.int64]
    door: NDArray[np.bool_]
    kind: NDArray[np.int64]
    table: NDArray[np.bool_]

    @classmethod
    def of(cls, snapshot: Snapshot, rules: tuple[Rule, ...]) -> Contacts:
        """Read the contacts of a snapshot; a client whom it does not know has no entry."""
        visits = sorted([v for v in snapshot.visits if v.outcome is _SEEN], key=attrgetter("day"))
        number = {client_id: n for n, client_id in enumerate(snapshot.clients)}
        person = np.array([number.get(c, -1) for v in visits for c in v.client_ids], dtype=np.int64)
        visit = np.repeat(np.arange(len(visits)), [len(v.client_ids) for v in visits])
        by_person = np.argsort(person, kind="stable")
        by_person = by_person[person[by_person] >= 0]
        person, visit = person[by_person], visit[by_person]
        day = np.array([v.day.toordinal() for v in visits], dtype=np.int64)
        kinds: dict[tuple[Channel, tuple[Role, ...]], int] = {}
        kind = [kinds.setdefault((v.channel, v.actor_roles), len(kinds)) for v in visits]
        like = dict(zip(kind, visits, strict=True))
        table = np.array([[rule.counts(like[n]) for rule in rules] for n in range(len(kinds))], dtype=bool)
        door = np.array([channel is _DOOR for channel, _ in kinds], dtype=bool)
        sort = np.array(kind, dtype=np.int64)[visit]
        shaped = table.reshape(len(kinds), len(rules))
        return cls(tuple(visits), person, visit, day[visit], door[sort], sort, shaped)
