"""What figures are made of: persons, households, person-times, rates.

Households, persons and person-times are types of their own and never mixed. A
rate carries its denominator and its exclusions; where there is nobody to count
it says so and is not 100 %.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import NewType

from fieldmap.errors import language
from fieldmap.models import Channel, Domain, ExclusionReason, Society, Visit

__all__ = ["Activity", "Base", "Figures", "Households", "PersonTimes", "Persons", "Rate", "activity"]

Persons = NewType("Persons", int)
"""人数: each person once."""

Households = NewType("Households", int)
"""户数 or 户次: doors; which of the two, the name of the field says."""

PersonTimes = NewType("PersonTimes", int)
"""人次: persons, each as often as they were served."""


class Base(StrEnum):
    """Whom a rate is a share of."""

    DUE = "due"
    CONTACTED = "contacted"


_NOT_BEGUN = ("还没开始", "not begun")
_NOBODY = {
    Base.DUE: ("无应访对象", "nobody due"),
    Base.CONTACTED: ("无已访对象", "nobody contacted"),
}


@dataclass(frozen=True, slots=True)
class Rate:
    """Some of many, with who was left out; none in a period that has not begun.

    Examples
    --------
    >>> print(Rate(Persons(3), Persons(7)))
    3/7 = 42.9 %
    """

    numerator: Persons
    denominator: Persons
    excluded: Mapping[ExclusionReason, Persons] = field(default_factory=dict)
    of: Base = Base.DUE
    begun: bool = True

    @property
    def share(self) -> float | None:
        """Return the share 0…1, None where there is nobody to count yet."""
        return self.numerator / self.denominator if self.denominator and self.begun else None

    def __str__(self) -> str:
        return self.text()

    def text(self, lang: str | None = None) -> str:
        """Return ``3/7 = 42.9 %``, or why there is no rate."""
        if self.share is None:
            words = _NOBODY[self.of] if self.begun else _NOT_BEGUN
            return words[1 if (lang or language.get()) == "en" else 0]
        return f"{self.numerator}/{self.denominator} = {self.numerator / self.denominator:.1%}".replace(
            "%", " %"
        )


@dataclass(frozen=True, slots=True)
class Activity:
    """What was done in a period, whoever it was for.

    Attributes
    ----------
    household_times
        户次: visits at which somebody was reached, one for each household.
    households, persons
        Distinct ones.
    person_times
        人次: persons reached, at every visit again.
    attempts
        Visits at which nobody was reached.
    by_channel, by_domain
        Household-times; they add up to ``household_times``.
    by_society
        Household-times; one visit may credit several of the five.
    """

    household_times: Households
    households: Households
    persons: Persons
    person_times: PersonTimes
    attempts: Households
    by_channel: Mapping[Channel, Households]
    by_domain: Mapping[Domain, Households]
    by_society: Mapping[Society, Households]


@dataclass(frozen=True, slots=True)
class Figures:
    """All measures of one part: a grid, a village, a tag, or the whole.

    Persons, but for ``due_households`` and ``contacted_households``, the days
    in ``overdue_days``, the needs (household × kind) in ``open_needs``, and
    what :class:`Activity` counts. Before the period has ``begun`` who is due is
    foreseen, and there is no rate.
    """

    people: Persons
    expected: Persons
    due: Persons
    contacted: Persons
    in_person: Persons
    due_households: Households
    contacted_households: Households
    excluded: Mapping[ExclusionReason, Persons]
    without_rule: Persons
    never_contacted: Persons
    no_coordinates: Persons
    no_owner: Persons
    overdue: Persons
    overdue_days: int
    open_needs: int
    activity: Activity
    begun: bool = True

    @property
    def contact_rate(self) -> Rate:
        """Return contacted ÷ due."""
        return Rate(self.contacted, self.due, self.excluded, begun=self.begun)

    @property
    def in_person_share(self) -> Rate:
        """Return met ÷ contacted."""
        return Rate(self.in_person, self.contacted, self.excluded, of=Base.CONTACTED, begun=self.begun)

    @property
    def excluded_total(self) -> Persons:
        """Return the excluded persons for whatever reason."""
        return Persons(sum(self.excluded.values()))


def activity(visits: Iterable[Visit]) -> Activity:
    """服务量. What was done: household-times, persons, person-times.

    Formula: a couple visited once is 1 household-time, 2 persons, 2
    person-times; an attempt is counted apart. A visit counts on the day it was
    made, planned or not. Source: Fuquan's five indicators; ``domain.md`` §6.2.
    """
    made = list(visits)
    reached = [visit for visit in made if visit.contact]
    channels = Counter([visit.channel for visit in reached])
    domains = Counter([visit.domain for visit in reached])
    societies = Counter([society for visit in reached for society in set(visit.societies)])
    return Activity(
        household_times=Households(len(reached)),
        households=Households(len({visit.household_id for visit in reached})),
        persons=Persons(len({client for visit in reached for client in visit.client_ids})),
        person_times=PersonTimes(sum(len(visit.client_ids) for visit in reached)),
        attempts=Households(len(made) - len(reached)),
        by_channel={code: Households(channels[code]) for code in Channel if channels[code]},
        by_domain={code: Households(domains[code]) for code in Domain if domains[code]},
        by_society={code: Households(societies[code]) for code in Society if societies[code]},
    )
