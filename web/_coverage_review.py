"""The visits that somebody should look at again: what is odd about each, never who is odd."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass

from fieldmap.evidence import Doubt, Evidence
from fieldmap.models import Household, Visit
from web._coverage_scene import Seen
from web.i18n import N_, gettext

__all__ = ["Review", "review_of"]

_WORDS: Mapping[Doubt, str] = {
    Doubt.FAR: N_("签到处离门口远"),
    Doubt.IN_BULK: N_("短时间内成批补录"),
    Doubt.TOO_FAST: N_("短时间内走访太多"),
}


@dataclass(frozen=True, slots=True)
class Review:
    """One visit with what is odd about it, in words."""

    visit: Visit
    household: Household | None
    doubts: tuple[str, ...]


def review_of(found: Evidence, seen: Seen) -> tuple[Review, ...]:
    """Return the visits to look at, by day."""
    doubts: defaultdict[str, list[str]] = defaultdict(list)
    for doubt, ids in found.review.items():
        for key in ids:
            doubts[key].append(gettext(_WORDS[doubt]))
    visits = sorted((v for v in seen.scene.snapshot.visits if v.id in doubts), key=lambda v: (v.day, v.id))
    households = seen.scene.snapshot.households
    return tuple(Review(v, households.get(v.household_id), tuple(doubts[v.id])) for v in visits)
