"""Doors, schools and calls: where the people who are due are met."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import date

from fieldmap.models import Channel, Client, Household, Position, Role, Site, SiteFunction, Snapshot, Tag
from fieldmap.rules import load
from fieldmap.schedule import Due, due, to_visit
from routing.doorstep import DOORS_OPEN
from routing.errands import AT_SCHOOL, CALL_HOURS, CALL_S, FURTHER_CALL_S, Errand, errands, may_call
from routing.models import Venue, Visit, Window
from tests.fieldmap.ten import TEN, TODAY, TOWN, VILLAGE

RULES = load()
SCHOOL = Site("s9", "安镇中心小学", (SiteFunction.SCHOOL,), TOWN, Position(116.94, 33.312))
SATURDAY = date(2026, 3, 21)


def pupils(count: int, school: str = "中心小学", base: Snapshot = TEN) -> Snapshot:
    """Return the ten with G and more children of her age, each in a house of its own, at one school."""
    clients = {**base.clients, "G": replace(base.clients["G"], school=school)}
    households, tags = dict(base.households), list(base.tags)
    for number in range(1, count):
        key = f"P{number}"
        door = Position(116.93 + number / 1000, 33.312)
        households[f"h-{key}"] = Household(f"h-{key}", VILLAGE, f"安家村 {20 + number} 号", key, None, door)
        clients[key] = Client(
            key, f"h-{key}", f"安{key}", birth_date=date(2015, 3, 1 + number % 28), school=school
        )
        tags.append(Tag(f"t-{key}", key, "困境儿童", "", "ten.xlsx"))
    sites = {SCHOOL.id: SCHOOL}
    return replace(base, clients=clients, households=households, tags=tuple(tags), sites=sites)


def doors(book: Snapshot, day: date = TODAY) -> dict[str, list[Due]]:
    found: dict[str, list[Due]] = {}
    for item in to_visit(due(book, RULES, day)):
        found.setdefault(item.household_id, []).append(item)
    return found


def planned(book: Snapshot, day: date = TODAY, *, calls: bool = True) -> dict[str, Errand]:
    rows: list[Position] = []

    def row(place: Position | None) -> int | None:
        if place is None:
            return None
        if place not in rows:
            rows.append(place)
        return rows.index(place)

    return {e.visit.id: e for e in errands(doors(book, day), book, row, ("w1",), calls=calls)}


def ends_within(place: Visit | Venue, hours: Sequence[Window]) -> bool:
    """Return whether a visit that starts at the end of any of its windows is over when the hours are."""
    last = [(begin, end + place.service_s) for begin, end in place.windows]
    return bool(last) and all(window in hours for window in last)


def names(found: Sequence[Due]) -> list[str]:
    return sorted(item.client_id for item in found)


def test_twelve_children_at_one_school_are_one_stop() -> None:
    """Two visitors see them there in one go; nobody waits for them at home."""
    found = planned(pupils(12))
    school = found["s9"]
    assert school.site_id == "s9"
    assert len(school.dues) == len(set(school.visit.client_ids)) == 12
    assert not {f"h-P{n}" for n in range(1, 12)} & set(found)
    assert {len(crew) for crew in school.visit.crews} == {2}
    assert school.visit.service_s == (20 + 11 * 6) * 60


def test_more_pupils_than_a_break_holds_are_several_stops() -> None:
    """Thirty children of one school: as many as the afternoon holds, as the noon holds, and seven."""
    found = planned(pupils(30))
    schools = {key: e for key, e in found.items() if e.site_id == "s9"}
    assert {key: len(e.dues) for key, e in schools.items()} == {"s9": 12, "s9#2": 11, "s9#3": 7}
    assert [len(e.visit.windows) for e in schools.values()] == [1, 2, 2]
    assert len({item.client_id for e in schools.values() for item in e.dues}) == 30


def test_everybody_who_is_due_is_in_exactly_one_errand() -> None:
    """Whether at school, at home or by phone, nobody is lost and nobody doubled."""
    book = pupils(3)
    found = planned(book)
    listed = [item for errand in found.values() for item in errand.dues]
    assert names(listed) == names([item for items in doors(book).values() for item in items])


def test_a_pupil_who_is_due_alone_may_be_met_at_either_place() -> None:
    """At home after school, or at school in the break: the planner chooses."""
    visit = planned(pupils(1))["h-G"].visit
    (venue,) = visit.elsewhere
    assert venue.name == "s9"
    assert ends_within(venue, AT_SCHOOL)
    assert venue.location is not None
    assert venue.location != visit.location
    assert venue.service_s == visit.service_s


def test_on_saturday_or_at_an_unknown_school_children_are_met_at_home() -> None:
    """No school day, no school of that name, or two of them: the door."""
    assert "s9" not in planned(pupils(3), SATURDAY)
    assert "s9" not in planned(pupils(3, "第二小学"))
    book = pupils(3)
    twice = replace(book, sites={**book.sites, "s8": replace(SCHOOL, id="s8")})
    assert set(planned(twice)) & {"s8", "s9"} == set()


def test_the_others_of_a_house_are_still_visited_at_home() -> None:
    """A grandmother of a pupil keeps her visit; the child is seen at school."""
    book = pupils(2)
    grandmother = replace(book.clients["B"], household_id="h-G")
    found = planned(replace(book, clients={**book.clients, "B": grandmother}))
    assert names(found["h-G"].dues) == ["B"]
    assert names(found["s9"].dues) == ["G", "P1"]


def test_who_may_be_called_is_called() -> None:
    """C and D only want a contact this month and have a number: one call for both."""
    phoned = {k: replace(TEN.clients[k], phone="19900000001") for k in "BCDFG"}
    book = replace(TEN, clients={**TEN.clients, **phoned})
    found = planned(book)
    calls = {key for key, errand in found.items() if errand.visit.is_call}
    assert calls == {key for key, items in doors(book).items() if may_call(items, book)}
    assert calls == {"h-CD"}
    visit = found["h-CD"].visit
    assert visit.channel is Channel.PHONE
    assert visit.service_s == CALL_S + FURTHER_CALL_S
    assert visit.location is None
    assert {len(crew) for crew in visit.crews} == {1}
    assert all(seat.sex is None for crew in visit.crews for seat in crew)


def test_who_has_no_number_or_must_be_met_is_visited() -> None:
    """Without a number there is no call, and none where the head wants every door."""
    assert not [e for e in planned(TEN).values() if e.visit.is_call]
    phoned = {k: replace(TEN.clients[k], phone="19900000001") for k in "CD"}
    book = replace(TEN, clients={**TEN.clients, **phoned})
    assert not [e for e in planned(book, calls=False).values() if e.visit.is_call]


def test_whatever_is_planned_ends_while_the_door_is_open() -> None:
    """Nobody sits in a kitchen at noon rest or in a classroom in the lesson; a call ends in its hours too."""
    phoned = {k: replace(TEN.clients[k], phone="19900000001") for k in "CD"}
    found = planned(replace(TEN, clients={**TEN.clients, **phoned}))
    assert ends_within(found["h-B"].visit, DOORS_OPEN)
    assert ends_within(found["h-CD"].visit, CALL_HOURS)
    for count in (2, 12, 30):
        at_school = [e.visit for e in planned(pupils(count)).values() if e.site_id]
        assert all(ends_within(visit, AT_SCHOOL) for visit in at_school)


def test_people_whose_rules_name_three_visitors_are_seen_apart() -> None:
    """Two of three go together; the third has an errand of his own at the same door, nobody is lost."""
    found = errands(
        {"h-CD": _named(["grid_worker", "village_cadre", "volunteer"])}, TEN, lambda _: 0, ("w1",)
    )
    assert [e.visit.id for e in found] == ["h-CD", "h-CD#2"]
    assert [[d.client_id for d in e.dues] for e in found] == [["C", "D"], ["C"]]


def test_one_caller_is_somebody_whom_every_rule_names() -> None:
    """Two whose rules name different callers are two calls."""
    phoned = {k: replace(TEN.clients[k], phone="19900000001") for k in "CD"}
    book = replace(TEN, clients={**TEN.clients, **phoned})
    found = errands({"h-CD": _named(["grid_worker", "village_cadre"])}, book, lambda _: 0, ("w1",))
    assert [e.visit.is_call for e in found] == [True, True]
    assert [e.visit.crews[0][0].roles for e in found] == [{"grid_worker"}, {"village_cadre"}]


def _named(roles: Sequence[str]) -> list[Due]:
    """Return C and D, and C again, whose rules name one role each."""
    both = doors(TEN)["h-CD"]
    return [replace(both[n % 2], roles=(Role(role),)) for n, role in enumerate(roles)]
