"""What speaks for a door contact, and what somebody should look at."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta

from fieldmap.evidence import Doubt, Entry, Evidence, Source, evidence
from fieldmap.models import Channel, Household, Outcome, Place, Position, Visit
from tests.fieldmap.store.conftest import VISIT

DOOR = Position(116.93, 33.31)
# one minute of arc is a nautical mile: 0.001 degrees of latitude are 111 m
STREET, AWAY = Position(116.93, 33.311), Position(116.93, 33.32)
HOUSES = {
    "house": Household("house", "990101001201", "3 组 5 号", "安一", door=DOOR),
    "blank": Household("blank", "990101001201", "3 组 6 号", "安二"),
}
NOON = datetime(2026, 3, 18, 4, tzinfo=UTC)
MET = replace(VISIT, check_in=DOOR, started_at=NOON, received_at=NOON)


def looked(*visits: Visit, source: Source = Source.PHONE, by: str = "a") -> Evidence:
    """Return the evidence for visits that one account brought in one way."""
    return evidence(visits, HOUSES, [Entry(visit.id, by, source) for visit in visits])


def row(number: int, minutes: float) -> list[Visit]:
    """Return so many visits, one every so many minutes."""
    step = timedelta(minutes=minutes)
    return [
        replace(MET, id=f"v{n}", started_at=NOON + n * step, received_at=NOON + n * step)
        for n in range(number)
    ]


def test_a_check_in_near_the_door_is_evidence() -> None:
    """Near is within 100 m, or as far as the two radii may be wrong on top of it."""
    assert (looked(MET).near_door, looked(MET).share) == (1, 1.0)
    assert looked(replace(MET, check_in=STREET)).review[Doubt.FAR] == (MET.id,)
    assert looked(replace(MET, check_in=STREET, check_in_accuracy_m=20)).near_door == 1
    assert looked(replace(MET, check_in=AWAY, check_in_accuracy_m=20)).near_door == 0
    roomy = {"house": replace(HOUSES["house"], accuracy_m=1100)}
    assert evidence([replace(MET, check_in=AWAY)], roomy, [Entry(MET.id, "a", Source.PHONE)]).near_door == 1


def test_a_household_without_a_point_is_no_doubt() -> None:
    """A check-in that can be compared with nothing is counted apart, and is not near."""
    found = looked(replace(MET, household_id="blank"), replace(MET, id="w", household_id="gone"))
    assert (found.checked_in, found.near_door, found.no_door_point) == (2, 0, 2)
    assert found.review[Doubt.FAR] == ()


def test_only_meetings_at_home_count() -> None:
    """Calls, attempts and meetings at school are not door contacts; without any there is no share."""
    found = looked(
        replace(MET, id="1", channel=Channel.PHONE),
        replace(MET, id="2", outcome=Outcome.NOBODY),
        replace(MET, id="3", place=Place.SCHOOL),
    )
    assert (found.door_contacts, found.share) == (0, None)


def test_typed_in_bulk_at_the_desk() -> None:
    """Six slips typed within ten minutes are looked at again, five are not; six over an hour are not."""
    assert looked(*row(5, 1), source=Source.DESK).in_bulk == 0
    found = looked(*row(6, 1), source=Source.DESK)
    assert (found.in_bulk, found.on_paper, found.too_fast) == (6, 6, 0)
    assert found.review[Doubt.IN_BULK] == tuple(f"v{n}" for n in range(6))
    assert looked(*row(6, 11), source=Source.DESK).in_bulk == 0


def test_one_after_the_other_too_fast() -> None:
    """Six doors within ten minutes by one phone are too fast, however late they came in."""
    fast = row(6, 2)
    assert looked(*fast).too_fast == 6
    assert looked(*row(6, 2.1)).too_fast == 0
    assert looked(*(replace(v, received_at=NOON + timedelta(days=1)) for v in row(6, 20))).too_fast == 0
    by_two = [Entry(v.id, f"a{n % 2}", Source.PHONE) for n, v in enumerate(fast)]
    assert evidence(fast, HOUSES, by_two).too_fast == 0
    assert evidence(fast, HOUSES, by_two, most=2, minutes=10).too_fast == 6


def test_an_import_is_counted_and_no_doubt() -> None:
    """What was read from a file came in at once for a good reason, and has no check-in."""
    rows: Sequence[Visit] = [replace(v, check_in=None) for v in row(9, 0)]
    found = looked(*rows, source=Source.IMPORT, by="")
    assert (found.imported, found.in_bulk, found.too_fast, found.share) == (9, 0, 0, 0.0)
    assert evidence(rows, HOUSES, []).imported == 9
