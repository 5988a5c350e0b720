"""The measures: one function each, with its definition, formula and source.

Every measure is a sum over the rows of :mod:`fieldmap.states` and is the same
function for the whole and for every part of it. Persons, households and
person-times are types of their own (:mod:`fieldmap.counts`).
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from operator import attrgetter, not_

from fieldmap.counts import Base, Figures, Households, Persons, Rate, activity
from fieldmap.models import ExclusionReason, Visit
from fieldmap.states import OpenNeed, State

__all__ = [
    "OPEN_NEED_DAYS",
    "contact_rate",
    "contacted_households",
    "contacted_persons",
    "due_households",
    "due_persons",
    "excluded_persons",
    "expected_persons",
    "figures",
    "in_person_persons",
    "in_person_share",
    "load_per_owner",
    "never_contacted_persons",
    "no_coordinates_persons",
    "no_owner_persons",
    "open_needs_over",
    "overdue_days",
    "overdue_persons",
    "people",
    "without_rule_persons",
]

OPEN_NEED_DAYS = 30
"""From how many days on an open need is overdue; ours."""


def _count(rows: Iterable[State], what: str) -> Persons:
    # without a step of Python for each row: a county has 25,000, and its parts as many again
    return Persons(sum(map(attrgetter(what), rows)))


def people(rows: Sequence[State]) -> Persons:
    """在册人数. Everybody on a ledger in the period, under a rule or not.

    Formula: number of rows. Source: ledgers; includes who left after a contact.
    """
    return Persons(len(rows))


def expected_persons(rows: Iterable[State]) -> Persons:
    """在管人数. Under a standing rule and not excluded on the day of the figures.

    Formula: count of ``expected``. Source: ours; the people whom the gaps are about.
    """
    return _count(rows, "expected")


def due_persons(rows: Iterable[State]) -> Persons:
    """应访人数. A contact falls due in the period, and no dated reason takes them out.

    Formula: count of ``due``. Source: 2022 ten-department guidance, monthly
    visits; quarter rules counted in the month of their deadline (ours).
    """
    return _count(rows, "due")


def contacted_persons(rows: Iterable[State]) -> Persons:
    """已访人数. Due, and reached in the period by a contact that the rule counts.

    Formula: count of ``contacted``, which is never true of who is not due. Source: as :func:`due_persons`.
    """
    return _count(rows, "contacted")


def in_person_persons(rows: Iterable[State]) -> Persons:
    """入户(见面)人数. Contacted by at least one meeting in person.

    Formula: count of ``in_person``, which is never true of who is not contacted. Source: ours.
    """
    return _count(rows, "in_person")


def due_households(rows: Iterable[State]) -> Households:
    """应访户数. Households with at least one person due.

    Formula: distinct households of the ``due``. Source: ours; ``domain.md``
    §6.2, households and persons are never mixed.
    """
    return Households(len({row.household_id for row in rows if row.due}))


def contacted_households(rows: Iterable[State]) -> Households:
    """已访户数. Households with at least one person due and contacted.

    Formula: distinct households of the ``contacted``. Source: as
    :func:`due_households`.
    """
    return Households(len({row.household_id for row in rows if row.contacted}))


def excluded_persons(rows: Iterable[State]) -> Mapping[ExclusionReason, Persons]:
    """不计入应访人数, by reason. Would be due, but for a dated reason in force.

    Formula: count of ``excluded`` by reason; only who was not contacted before
    the reason's first day. Source: ``domain.md`` §2.2, interpretation rule 4.
    """
    found = Counter(row.excluded for row in rows if row.excluded is not None)
    return {reason: Persons(found[reason]) for reason in ExclusionReason if found[reason]}


def contact_rate(rows: Sequence[State]) -> Rate:
    """月探访率. Persons contacted ÷ persons due, in the calendar period.

    Formula: :func:`contacted_persons` ÷ :func:`due_persons`. Source: national
    target of 100 % a month by the end of 2025.
    """
    return Rate(contacted_persons(rows), due_persons(rows), excluded_persons(rows))


def in_person_share(rows: Sequence[State]) -> Rate:
    """入户率. Of those contacted, who was met in person.

    Formula: :func:`in_person_persons` ÷ :func:`contacted_persons`. Source: ours.
    """
    return Rate(in_person_persons(rows), contacted_persons(rows), excluded_persons(rows), of=Base.CONTACTED)


def without_rule_persons(rows: Iterable[State]) -> Persons:
    """无走访规则人数. On a ledger, and no standing rule applies.

    Formula: count of ``not under_rule``. Source: ours; shown so that a gap in
    the rules is seen.
    """
    return Persons(sum(map(not_, map(attrgetter("under_rule"), rows))))


def never_contacted_persons(rows: Iterable[State]) -> Persons:
    """从未接触人数. Expected, and never reached by anybody through any channel.

    Formula: count of ``never_contacted``. Source: Qingpu 2020, "沉默少数".
    """
    return _count(rows, "never_contacted")


def no_coordinates_persons(rows: Iterable[State]) -> Persons:
    """无坐标人数. Expected, and the household has neither door nor entry point.

    Formula: count of ``no_coordinates``. Source: ours.
    """
    return _count(rows, "no_coordinates")


def no_owner_persons(rows: Iterable[State]) -> Persons:
    """无责任人人数. Expected, and nobody by name answers for them.

    Formula: count of ``no_owner``. Source: Shaanxi 2022, responsibility lists.
    """
    return _count(rows, "no_owner")


def overdue_persons(rows: Iterable[State]) -> Persons:
    """超期人数. Expected, reached before, and a rolling gap is exceeded today.

    Formula: count of ``rolling_overdue_days > 0``; gaps are the rule's interval,
    or 31, 92, 366 days for a month, quarter, year. Source: ours; the calendar
    rate hides up to two months between two contacts.
    """
    return Persons(sum(map(bool, map(attrgetter("rolling_overdue_days"), rows))))


def overdue_days(rows: Iterable[State]) -> int:
    """超期天数. The days by which rolling gaps are exceeded, over all persons.

    Formula: sum of ``rolling_overdue_days``, the worst rule for each person.
    """
    return sum(map(attrgetter("rolling_overdue_days"), rows))


def load_per_owner(rows: Iterable[State]) -> Mapping[str, Persons]:
    """责任人负荷. Expected persons per responsible actor.

    Formula: count of ``expected`` by ``owner_id``; who has no owner is in
    :func:`no_owner_persons`. Source: ``domain.md`` §8, grid gap measures.
    """
    found = Counter(row.owner_id for row in rows if row.expected and row.owner_id is not None)
    return {owner: Persons(number) for owner, number in sorted(found.items())}


def open_needs_over(needs: Iterable[OpenNeed], as_of: date, days: int = OPEN_NEED_DAYS) -> int:
    """超期未解决需求. Needs (household × kind) open for more than so many days.

    Formula: count of ``as_of − since > days``; see :func:`fieldmap.states.open_needs`.
    """
    return sum(1 for need in needs if need.days(as_of) > days)


def figures(
    rows: Sequence[State], visits: Iterable[Visit], needs: Iterable[OpenNeed], as_of: date, begun: bool = True
) -> Figures:
    """Return all measures of some rows, the visits and the needs that belong to them.

    Parameters
    ----------
    begun
        False before the first day of the period.
    """
    return Figures(
        people=people(rows),
        expected=expected_persons(rows),
        due=due_persons(rows),
        contacted=contacted_persons(rows),
        in_person=in_person_persons(rows),
        due_households=due_households(rows),
        contacted_households=contacted_households(rows),
        excluded=excluded_persons(rows),
        without_rule=without_rule_persons(rows),
        never_contacted=never_contacted_persons(rows),
        no_coordinates=no_coordinates_persons(rows),
        no_owner=no_owner_persons(rows),
        overdue=overdue_persons(rows),
        overdue_days=overdue_days(rows),
        open_needs=open_needs_over(needs, as_of),
        activity=activity(visits),
        begun=begun,
    )
