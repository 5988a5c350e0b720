"""A recorded form becomes a visit, or every mistake in it is named."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import pytest

from fieldmap.access import Account, AccountRole, Hat
from fieldmap.errors import AccessError, language
from fieldmap.forms import FormError
from fieldmap.models import (
    Actor,
    Channel,
    Client,
    Domain,
    ExclusionReason,
    Household,
    Outcome,
    Position,
    Responsibility,
    Role,
    Sex,
    Snapshot,
    Society,
    Tag,
)
from fieldmap.visiting import (
    credited,
    default_domain,
    may_visit,
    members,
    needs_menu,
    read_visit,
    require_reach,
)

TODAY = date(2026, 3, 20)
VILLAGE, NEIGHBOUR = "990101001201", "990101002201"
WORKER = Actor("w1", "周一", Role.SOCIAL_WORKER, Society.SOCIAL_WORKER, Sex.FEMALE, "990101001000")
CADRE = Actor("k1", "吴二", Role.VILLAGE_CADRE, Society.COMMUNITY, Sex.MALE, VILLAGE)
SNAPSHOT = Snapshot(
    actors={actor.id: actor for actor in (WORKER, CADRE)},
    households={
        "h1": Household("h1", VILLAGE, "安庄 1 号", "安一"),
        "h2": Household("h2", NEIGHBOUR, "平庄 2 号", "平二"),
    },
    clients={
        "a": Client("a", "h1", "安一", birth_date=date(1943, 5, 1)),
        "b": Client("b", "h1", "安小", birth_date=date(2015, 5, 1)),
        "c": Client("c", "h2", "平二", birth_date=date(1980, 5, 1)),
    },
    tags=(Tag("t1", "a", "独居"),),
    responsibilities={"a": Responsibility("a", "k1"), "c": Responsibility("c", "k1")},
)
VISIT_ID = "6f1e6c9a-8d1e-4c57-9f40-2b7f6a0d5c11"
WELL: dict[str, object] = {"id": VISIT_ID, "household_id": "h1", "client_ids": ["a"], "outcome": "seen"}


def codes(form: dict[str, object]) -> list[tuple[str, str]]:
    """Return (field, code) of each mistake."""
    with pytest.raises(FormError) as refused:
        read_visit(form, SNAPSHOT, WORKER, TODAY)
    return [(issue.field, issue.code) for issue in refused.value.issues]


def test_four_fields_make_a_visit() -> None:
    """At home, all well: who, where and the outcome are enough, the rest has its default."""
    visit = read_visit(WELL, SNAPSHOT, WORKER, TODAY).visit
    assert (visit.id, visit.household_id, visit.client_ids, visit.day) == (VISIT_ID, "h1", ("a",), TODAY)
    assert (visit.channel, visit.outcome, visit.domain) == (Channel.DOOR, Outcome.SEEN, Domain.ELDERLY)
    assert (visit.societies, visit.actor_ids) == ((Society.SOCIAL_WORKER,), ("w1",))
    assert visit.actor_roles == (Role.SOCIAL_WORKER,)
    assert visit.contact


def test_what_is_chosen_wins_over_the_default() -> None:
    """Domain and societies can be changed, the partner is credited, needs keep the menu's order."""
    form = WELL | {
        "partner_ids": ["k1", "w1"],
        "domain": "safety",
        "needs": ["haircut", "meals"],
        "channel": "video",
        "next_day": "2026-04-01",
        "note": " 一切都好 ",
        "check_in": {"lon": 116.9, "lat": 33.3, "accuracy_m": 12.4},
        "started_at": "2026-03-20T01:30:00Z",
        "ended_at": "2026-03-20T01:42:00Z",
        "stop_id": "s1",
    }
    visit = read_visit(form, SNAPSHOT, WORKER, TODAY).visit
    assert visit.actor_ids == ("w1", "k1")
    assert visit.actor_roles == (Role.SOCIAL_WORKER, Role.VILLAGE_CADRE)
    assert visit.societies == (Society.SOCIAL_WORKER, Society.COMMUNITY)
    assert (visit.domain, visit.channel, visit.needs) == (Domain.SAFETY, Channel.VIDEO, ("meals", "haircut"))
    assert (visit.next_day, visit.note, visit.stop_id) == (date(2026, 4, 1), "一切都好", "s1")
    assert (visit.check_in, visit.check_in_accuracy_m) == (Position(116.9, 33.3), 12)
    chosen = read_visit(form | {"societies": ["charity"]}, SNAPSHOT, WORKER, TODAY).visit
    assert chosen.societies == (Society.CHARITY,)


def test_every_mistake_is_named_at_once() -> None:
    """A form that is wrong everywhere is refused once, with each field and in both languages."""
    wrong: dict[str, object] = {
        "id": "7",
        "household_id": "h1",
        "client_ids": ["c"],
        "outcome": "fine",
        "day": "2026-03-21",
        "channel": "letter",
        "domain": "x",
        "societies": ["x"],
        "needs": ["gold"],
        "partner_ids": ["nobody"],
        "note": "长" * 501,
        "next_day": "2026-03-01",
        "until": "soon",
        "check_in": {"lon": 200, "lat": 33},
        "started_at": "2026-03-20T02:00:00",
    }
    assert codes(wrong) == [
        ("day", "visit.day"),
        ("client_ids", "visit.clients"),
        ("partner_ids", "visit.choice"),
        ("started_at", "visit.time"),
        ("check_in", "visit.position"),
        ("id", "visit.id"),
        ("channel", "visit.choice"),
        ("outcome", "visit.choice"),
        ("domain", "visit.choice"),
        ("societies", "visit.choice"),
        ("needs", "visit.choice"),
        ("note", "visit.note"),
        ("next_day", "visit.next-day"),
        ("until", "visit.until"),
    ]
    for lang, word in (("zh-CN", "14 处"), ("en", "14 mistakes")):
        token = language.set(lang)
        with pytest.raises(FormError) as refused:
            read_visit(wrong, SNAPSHOT, WORKER, TODAY)
        assert word in str(refused.value)
        language.reset(token)


@pytest.mark.parametrize(
    ("change", "wrong"),
    [
        ({"household_id": "h9"}, [("household_id", "visit.household")]),
        ({"household_id": None}, [("household_id", "visit.household")]),
        ({"client_ids": []}, [("client_ids", "visit.clients")]),
        ({"client_ids": "a"}, [("client_ids", "visit.clients")]),
        ({"outcome": ""}, [("outcome", "visit.choice")]),
        ({"day": "yesterday"}, [("day", "visit.day")]),
        ({"day": "2026-01-16"}, [("day", "visit.day")]),
        ({"outcome": "vacant", "channel": "phone"}, [("channel", "visit.door-only")]),
        ({"check_in": [116.9, 33.3]}, [("check_in", "visit.position")]),
        ({"check_in": {"lon": float("nan"), "lat": 33.3}}, [("check_in", "visit.position")]),
        ({"check_in": {"lon": 116.9, "lat": 33.3, "accuracy_m": -1}}, [("check_in", "visit.position")]),
        ({"check_in": {"lon": True, "lat": 33.3}}, [("check_in", "visit.position")]),
        (
            {"started_at": "2026-03-20T02:00:00Z", "ended_at": "2026-03-20T01:00:00Z"},
            [("ended_at", "visit.time")],
        ),
        (
            {"started_at": "2026-03-19T00:59:00Z", "ended_at": "2026-03-20T01:00:00Z"},
            [("ended_at", "visit.time")],
        ),
        ({"started_at": "0001-01-01T00:00:00+00:00", "ended_at": ""}, [("started_at", "visit.time")]),
    ],
)
def test_one_mistake_is_found(change: dict[str, object], wrong: list[tuple[str, str]]) -> None:
    """Each wrong value is found by itself."""
    assert codes(WELL | change) == wrong


def test_a_late_visit_keeps_its_day() -> None:
    """A visit that arrives days later counts on the day it was made."""
    assert read_visit(WELL | {"day": "2026-03-14"}, SNAPSHOT, WORKER, TODAY).visit.day == date(2026, 3, 14)


def test_an_empty_house_needs_nobody() -> None:
    """Vacant needs no person to be ticked, and only the door tells it."""
    form = WELL | {"client_ids": [], "outcome": "vacant"}
    assert read_visit(form, SNAPSHOT, WORKER, TODAY).visit.client_ids == ()


@pytest.mark.parametrize(
    ("outcome", "reason"),
    [
        ("refused", ExclusionReason.REFUSED),
        ("away", ExclusionReason.AWAY),
        ("hospital", ExclusionReason.HOSPITAL),
        ("moved", ExclusionReason.MOVED),
    ],
)
def test_a_ticked_pause_is_dated(outcome: str, reason: ExclusionReason) -> None:
    """An outcome that keeps people away makes a dated pause for each person, when it is ticked."""
    form = WELL | {"client_ids": ["a", "b"], "outcome": outcome, "until": "2026-04-20"}
    assert read_visit(form, SNAPSHOT, WORKER, TODAY).exclusions == ()
    ticked = read_visit(form | {"exclude": True}, SNAPSHOT, WORKER, TODAY).exclusions
    assert [(e.client_id, e.reason, e.valid_from, e.valid_to) for e in ticked] == [
        ("a", reason, TODAY, date(2026, 4, 20)),
        ("b", reason, TODAY, date(2026, 4, 20)),
    ]


def test_a_resend_makes_the_same_pause() -> None:
    """The pause takes its id from the visit's, so that the same form twice is one pause."""
    form = WELL | {"outcome": "hospital", "exclude": True}
    first, again = (read_visit(form, SNAPSHOT, WORKER, TODAY).exclusions for _ in range(2))
    assert first == again


def test_nothing_follows_from_a_contact_or_from_nobody_home() -> None:
    """Ticked or not, somebody seen or not at home stays on the list."""
    for outcome in ("seen", "nobody", "vacant"):
        recording = read_visit(WELL | {"outcome": outcome, "exclude": True}, SNAPSHOT, WORKER, TODAY)
        assert (recording.exclusions, recording.ended) == ((), ())


def test_a_death_ends_the_person_that_day() -> None:
    """A death, when ticked, gives the person a last day; the history stays."""
    form = WELL | {"outcome": "died", "exclude": True}
    assert read_visit(form, SNAPSHOT, WORKER, TODAY).ended == (
        replace(SNAPSHOT.clients["a"], valid_to=TODAY),
    )


def test_who_has_left_the_household_cannot_be_ticked() -> None:
    """Only the persons of that day are members."""
    gone = replace(SNAPSHOT.clients["b"], valid_to=date(2026, 3, 1))
    snapshot = replace(SNAPSHOT, clients={**SNAPSHOT.clients, "b": gone})
    assert [client.id for client in members(snapshot, "h1", TODAY)] == ["a"]
    assert [client.id for client in members(snapshot, "h1", date(2026, 3, 1))] == ["a", "b"]


@pytest.mark.parametrize(
    ("tags", "client_ids", "domain"),
    [
        ([("a", "独居")], ["a"], Domain.ELDERLY),
        ([("a", "独居"), ("b", "困境儿童")], ["a", "b"], Domain.CHILD),
        ([("c", "低保"), ("c", "残疾")], ["c"], Domain.RELIEF),
        ([("c", "残疾")], ["c"], Domain.AFFAIRS),
        ([("c", "精神障碍")], ["c"], Domain.RELIEF),
        ([], ["a"], Domain.ELDERLY),
        ([], ["b"], Domain.CHILD),
        ([], [], Domain.RELIEF),
    ],
)
def test_the_domain_follows_from_tags_then_age(
    tags: list[tuple[str, str]], client_ids: list[str], domain: Domain
) -> None:
    """The first domain with a tag of one of the persons wins; a restricted tag never shows in it."""
    snapshot = replace(SNAPSHOT, tags=tuple(Tag(f"t{i}", c, name) for i, (c, name) in enumerate(tags)))
    assert default_domain(snapshot, client_ids, TODAY) is domain


def test_an_ended_tag_gives_no_domain() -> None:
    """A tag counts on the days it was in force."""
    ended = Tag("t1", "c", "困境儿童", valid_to=date(2026, 3, 1))
    assert default_domain(replace(SNAPSHOT, tags=(ended,)), ["c"], TODAY) is Domain.RELIEF


def test_societies_are_credited_once() -> None:
    """Two of one society are one credit, in the order of the visitors."""
    assert credited([CADRE, WORKER, replace(CADRE, id="k2")]) == (Society.COMMUNITY, Society.SOCIAL_WORKER)


def test_the_menu_is_whole_in_both_languages() -> None:
    """Every need has a Chinese and an English label."""
    chinese, english = needs_menu(), needs_menu("en")
    assert list(chinese) == list(english)
    assert all(chinese.values())
    assert all(text.isascii() for text in english.values())


def account(role: AccountRole, division: str = "990101001000", actor_id: str = "k1") -> Account:
    """Return an account with one hat."""
    return Account("x", "x", "x", (Hat(role, division),), actor_id)


@pytest.mark.parametrize(
    ("who", "household", "planned", "may"),
    [
        (account(AccountRole.WORKER), "h1", (), True),
        (account(AccountRole.WORKER), "h2", (), False),
        (account(AccountRole.HEAD), "h1", (), True),
        (account(AccountRole.CONTACT, VILLAGE), "h1", (), True),
        (account(AccountRole.CONTACT, VILLAGE, "k9"), "h1", (), False),
        (account(AccountRole.CONTACT, VILLAGE), "h2", (), False),
        (account(AccountRole.VOLUNTEER), "h1", (), False),
        (account(AccountRole.VOLUNTEER), "h1", ("h1",), True),
        (account(AccountRole.GRID_MANAGER), "h1", ("h1",), False),
        (account(AccountRole.COUNTY), "h1", (), False),
    ],
)
def test_who_may_visit_whom(who: Account, household: str, planned: tuple[str, ...], may: bool) -> None:
    """Staff visit their area, a contact those she answers for, a volunteer what was planned for him."""
    assert may_visit(who, SNAPSHOT.households[household], SNAPSHOT, planned) is may
    if not may:
        with pytest.raises(AccessError):
            require_reach(who, household, SNAPSHOT, planned)


def test_a_household_that_is_not_there_is_refused_like_one_out_of_reach() -> None:
    """Nobody learns from the refusal which ids there are."""
    with pytest.raises(AccessError) as unknown:
        require_reach(account(AccountRole.WORKER), "h9", SNAPSHOT)
    with pytest.raises(AccessError) as elsewhere:
        require_reach(account(AccountRole.WORKER), "h2", SNAPSHOT)
    assert str(unknown.value) == str(elsewhere.value)
    assert require_reach(account(AccountRole.WORKER), "h1", SNAPSHOT) == SNAPSHOT.households["h1"]
