"""What comes of an envelope, from its content and what the station knows: no store, no server."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest

from fieldmap.access import Account, AccountRole, Hat
from fieldmap.errors import InputError
from fieldmap.forms import FormError
from fieldmap.incoming import (
    DisagreementKind,
    EnvelopeKind,
    OutingStep,
    OutingWhat,
    Received,
    ReceivedState,
    Report,
    StateChange,
    Told,
    outing_of,
)
from fieldmap.intake import (
    Accepted,
    Content,
    Rejected,
    Scene,
    after,
    judge,
    payload_of,
    place_of,
    read_content,
    visit_day,
)
from fieldmap.models import (
    Actor,
    Client,
    ExclusionReason,
    Flag,
    FlagKind,
    FlagState,
    Grid,
    Household,
    Outcome,
    Position,
    Responsibility,
    Role,
    Sex,
    Snapshot,
    Society,
)
from fieldmap.plans import DayPlan, PlanState
from fieldmap.visiting import Recording

TODAY = date(2026, 3, 20)
NOW = datetime(2026, 3, 20, 1, 0, tzinfo=UTC)
PACKET = datetime(2026, 3, 19, 23, 42, tzinfo=UTC)
MADE = datetime(2026, 3, 20, 0, 30, tzinfo=UTC)
KEY, OTHER = "01987a10-0000-7000-8000-000000000001", "01987a10-0000-7000-8000-000000000002"
TOWN, VILLAGE, FAR = "990101001000", "990101001201", "990101002201"
GRID, FAR_GRID = VILLAGE + "001", FAR + "001"

WORKER = Actor("w1", "周一", Role.SOCIAL_WORKER, Society.SOCIAL_WORKER, Sex.FEMALE, TOWN)
CADRE = Actor("c1", "吴二", Role.VILLAGE_CADRE, Society.COMMUNITY, Sex.MALE, VILLAGE)
SNAPSHOT = Snapshot(
    actors={actor.id: actor for actor in (WORKER, CADRE)},
    grids={g.code: g for g in (Grid(GRID, "一网格", VILLAGE), Grid(FAR_GRID, "远网格", FAR))},
    households={
        "h1": Household("h1", VILLAGE, "安庄 1 号", "安一", GRID),
        "h2": Household("h2", FAR, "平庄 2 号", "平二", FAR_GRID),
    },
    clients={
        "a": Client("a", "h1", "安一", birth_date=date(1943, 5, 1)),
        "b": Client("b", "h1", "安小", birth_date=date(2015, 5, 1)),
        "c": Client("c", "h2", "平二", birth_date=date(1980, 5, 1)),
    },
    responsibilities={"a": Responsibility("a", "c1")},
)


def account(role: AccountRole, scope: str = TOWN, *, grid: str = "", actor: str | None = "w1") -> Account:
    """Return an account with one hat."""
    return Account(role.value, role.value, "某人", (Hat(role, scope, grid),), actor)


STAFF = account(AccountRole.WORKER)
MANAGER = account(AccountRole.GRID_MANAGER, VILLAGE, grid=GRID, actor=None)
SCENE = Scene(SNAPSHOT, STAFF)
SEEN: Mapping[str, Any] = {"household_id": "h1", "client_ids": ["a"], "outcome": "seen"}


def raw(kind: str, body: Mapping[str, Any], **more: Any) -> dict[str, Any]:
    """Return a content as a phone writes it."""
    return {
        "v": 1,
        "id": KEY,
        "kind": kind,
        "warrant": "w",
        "made_at": MADE.isoformat(),
        "packet_at": PACKET.isoformat(),
        "body": dict(body),
        **more,
    }


def content(kind: str, body: Mapping[str, Any], **more: Any) -> Content:
    """Return it read."""
    return read_content(raw(kind, body, **more), KEY, NOW, TODAY)


def accepted(kind: str, body: Mapping[str, Any], scene: Scene = SCENE) -> Any:
    """Return the noun that an envelope comes to."""
    verdict = judge(content(kind, body), scene)
    assert isinstance(verdict, Accepted), verdict
    return verdict.thing


def reasons(kind: str, body: Mapping[str, Any], scene: Scene = SCENE) -> list[tuple[str, str]]:
    """Return field and code of every reason for which an envelope is rejected."""
    verdict = judge(content(kind, body), scene)
    assert isinstance(verdict, Rejected), verdict
    return [(issue.field, issue.code) for issue in verdict.issues]


def test_a_content_is_read_whole_or_every_mistake_is_named() -> None:
    """Id, kind, times, body and photos are checked together."""
    wrong = {"v": 1, "id": "7", "kind": "letter", "made_at": "today", "photos": [str(n) for n in range(7)]}
    with pytest.raises(FormError) as refused:
        read_content(wrong, KEY, NOW, TODAY)
    assert [(i.field, i.code) for i in refused.value.issues] == [
        ("id", "phone.id"),
        ("kind", "phone.kind"),
        ("made_at", "phone.time"),
        ("packet_at", "phone.time"),
        ("body", "phone.body"),
        ("photos", "phone.photos"),
    ]


@pytest.mark.parametrize("version", [2, None, "1", True, [1]])
def test_a_version_nobody_knows_is_refused(version: object) -> None:
    """Only the versions 0 and 1 are read."""
    with pytest.raises(InputError) as refused:
        read_content(raw("visit", SEEN, v=version), KEY, NOW, TODAY)
    assert refused.value.code == "phone.version"


def test_an_id_of_another_envelope_is_refused() -> None:
    """The content names the envelope that it was sealed in."""
    with pytest.raises(FormError):
        content("visit", SEEN, id=OTHER)


@pytest.mark.parametrize(
    ("said", "taken"),
    [
        (MADE, MADE),
        (NOW + timedelta(minutes=9), NOW + timedelta(minutes=9)),
        (NOW + timedelta(minutes=11), NOW),
        (PACKET - timedelta(minutes=9), PACKET - timedelta(minutes=9)),
        (PACKET - timedelta(minutes=11), PACKET),
    ],
)
def test_a_moment_that_cannot_be_gives_way(said: datetime, taken: datetime) -> None:
    """Ten minutes before the packet and after the arrival are let pass, more is not."""
    assert content("visit", SEEN, made_at=said.isoformat()).at == taken


def test_a_packet_from_the_future_bounds_nothing() -> None:
    """Where the station's clock was set back since the packet, the phone's time stands."""
    later = (NOW + timedelta(days=1)).isoformat()
    assert content("visit", SEEN, packet_at=later).at == MADE


@pytest.mark.parametrize(
    ("given", "made", "day"),
    [
        (None, MADE, "2026-03-20"),
        ("", MADE, "2026-03-20"),
        ("2026-03-18", MADE, "2026-03-18"),
        ("2026-03-21", MADE, "2026-03-21"),  # no clock is wrong: read_visit refuses it
        ("2026-03-21", MADE + timedelta(days=1), "2026-03-20"),
        ("2026-03-18", MADE + timedelta(days=1), "2026-03-18"),
        (None, datetime(2026, 3, 17, 17, 0, tzinfo=UTC), "2026-03-18"),  # 01:00 in China
    ],
)
def test_the_day_of_a_visit(given: str | None, made: datetime, day: str) -> None:
    """The day it was made in China, or an earlier one that was chosen; not that of a wrong clock."""
    packet = min(PACKET, made)
    found = content("visit", {**SEEN, "day": given}, made_at=made.isoformat(), packet_at=packet.isoformat())
    assert visit_day(found) == day


def test_a_station_on_another_day_than_the_clock() -> None:
    """Where the station works on a set day, what is made now is made on that day."""
    found = read_content(raw("visit", SEEN), KEY, NOW, date(2025, 6, 1))
    assert visit_day(found) == "2025-06-01"


def test_a_visit_is_read_as_the_desk_reads_it() -> None:
    """The household's person, seen by the account's own visitor, under the envelope's id."""
    found = accepted("visit", {**SEEN, "id": OTHER}).visit
    assert (found.id, found.day, found.outcome, found.actor_ids) == (KEY, TODAY, Outcome.SEEN, ("w1",))


def test_every_mistake_of_a_visit_is_named() -> None:
    """The reasons are those of the form, all at once."""
    wrong = {**SEEN, "client_ids": ["c"], "outcome": "fine", "note": "长" * 501}
    assert reasons("visit", wrong) == [
        ("client_ids", "visit.clients"),
        ("outcome", "visit.choice"),
        ("note", "visit.note"),
    ]


@pytest.mark.parametrize(
    ("who", "planned", "household", "code"),
    [
        (STAFF, (), "h2", "visit.reach"),
        (STAFF, (), "none", "visit.reach"),
        (account(AccountRole.CONTACT, VILLAGE, actor="c1"), (), "h1", None),
        (account(AccountRole.CONTACT, VILLAGE, actor="w1"), (), "h1", "visit.reach"),
        (account(AccountRole.VOLUNTEER, VILLAGE), (), "h1", "visit.reach"),
        (account(AccountRole.VOLUNTEER, VILLAGE), ("h1",), "h1", None),
        (account(AccountRole.HEAD, actor=None), (), "h1", "visit.actor"),
        (MANAGER, (), "h1", "visit.actor"),
        (account(AccountRole.GRID_MANAGER, VILLAGE, grid=GRID), (), "h1", "visit.reach"),
        (replace(STAFF, disabled_at=NOW), (), "h1", None),  # whether it is closed is for the scene to say
    ],
)
def test_who_may_record_where(
    who: Account, planned: tuple[str, ...], household: str, code: str | None
) -> None:
    """Staff in their area, a contact whom she answers for, a volunteer what was planned for him."""
    scene = replace(SCENE, account=who, planned=frozenset(planned))
    verdict = judge(content("visit", {**SEEN, "household_id": household}), scene)
    found = [issue.code for issue in verdict.issues] if isinstance(verdict, Rejected) else [None]
    assert found == [code]


@pytest.mark.parametrize("scene", [replace(SCENE, barred=True), replace(SCENE, account=None)])
def test_a_closed_account_is_told_so_whatever_it_sends(scene: Scene) -> None:
    """Nothing counts from a phone that is locked, not even what is wrong anyway."""
    assert reasons("visit", SEEN, scene) == reasons("pin", {}, scene) == [("", "phone.revoked")]


def test_a_mistake_of_ours_rejects_one_envelope_only() -> None:
    """A number beyond all measure fails in the program: the reason says so, and nothing is raised."""
    assert reasons("visit", {**SEEN, "check_in": {"lon": 10**400, "lat": 1}}) == [("", "phone.failed")]


class Broken(dict[str, Household]):
    """Households with a bug, planted: its exception names what was asked for."""

    def get(self, key: str, default: Any = None) -> Any:
        """Fail."""
        raise KeyError(key)


def test_the_log_does_not_hold_what_was_typed(caplog: pytest.LogCaptureFixture) -> None:
    """A mistake of ours is logged with its kind and its place; its text may name a person."""
    scene = replace(SCENE, snapshot=replace(SNAPSHOT, households=Broken()))
    assert reasons("visit", {**SEEN, "household_id": "王秀英"}, scene) == [("", "phone.failed")]
    assert "王秀英" not in caplog.text
    assert "KeyError ← get:" in caplog.text


def test_a_pause_is_made_by_those_who_answer_for_people() -> None:
    """Staff's tick makes a pause from that day; a volunteer's tells the outcome and makes none."""
    body = {**SEEN, "outcome": "hospital", "exclude": True, "until": "2026-04-05"}
    volunteer = replace(SCENE, account=account(AccountRole.VOLUNTEER, VILLAGE), planned=frozenset({"h1"}))
    made = accepted("visit", body)
    assert [(e.client_id, e.reason, e.valid_from) for e in made.exclusions] == [
        ("a", ExclusionReason.HOSPITAL, TODAY)
    ]
    assert accepted("visit", body, volunteer).exclusions == ()


def test_a_change_by_the_same_worker_is_no_dispute() -> None:
    """Her own pause of this morning does not stand against her visit of the afternoon."""
    change = StateChange("a", "hospital", TODAY, None, NOW, "w1")
    verdicts = [
        judge(content("visit", SEEN), replace(SCENE, changes=(replace(change, said_by=who),)))
        for who in ("w1", "desk")
    ]
    assert [len(v.disagreements) for v in verdicts if isinstance(v, Accepted)] == [0, 1]


def test_a_pause_that_was_over_is_no_dispute() -> None:
    """A reason that ended before the visit says nothing against it."""
    over = StateChange("a", "hospital", date(2026, 3, 1), date(2026, 3, 10), NOW, "desk")
    verdict = judge(content("visit", SEEN), replace(SCENE, changes=(over,)))
    assert isinstance(verdict, Accepted)
    assert verdict.disagreements == ()


def test_somebody_who_moved_to_another_house_meanwhile() -> None:
    """The record has her elsewhere now: the visit to the old door is taken, with one entry."""
    moved = replace(SNAPSHOT.clients["a"], household_id="h2")
    scene = Scene(
        replace(SNAPSHOT, clients={**SNAPSHOT.clients, "a": moved}), STAFF, was={"a": SNAPSHOT.clients["a"]}
    )
    verdict = judge(content("visit", {**SEEN, "outcome": "died", "exclude": True}), scene)
    assert isinstance(verdict, Accepted)
    assert verdict.thing.ended == ()  # her file is elsewhere now: the head closes it
    verdict = judge(content("visit", SEEN), scene)
    assert isinstance(verdict, Accepted)
    assert [entry.kept for entry in verdict.disagreements] == ["left"]


def test_a_flag_of_an_own_grid() -> None:
    """A note finds a door on no list; a household of the list needs none."""
    found = accepted("flag", {"note": "后山一户"}, replace(SCENE, account=MANAGER))
    assert found == Flag(KEY, GRID, "后山一户", None, MANAGER.id, MADE)
    body = {"kind": "moved", "household_id": "h1", "note": "", "position": {"lon": 107.5, "lat": 26.7}}
    found = accepted("flag", body, replace(SCENE, account=MANAGER))
    assert (found.kind, found.household_id, found.position) == (FlagKind.MOVED, "h1", Position(107.5, 26.7))


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        ({"note": ""}, [("note", "flag.note")]),
        ({"note": "", "household_id": "h2"}, [("household_id", "flag.household")]),
        ({"note": "一户", "grid_code": FAR_GRID}, [("grid_code", "flag.grid")]),
        ({"note": "一户", "kind": "fire"}, [("kind", "visit.choice")]),
    ],
)
def test_a_flag_that_is_refused(body: Mapping[str, Any], expected: list[tuple[str, str]]) -> None:
    """Another grid, another grid's household, no note, no such kind: each is named."""
    assert reasons("flag", body, replace(SCENE, account=MANAGER)) == expected


def test_building_and_sweep_of_an_own_grid() -> None:
    """A building with its doors, and what was found at one of them."""
    scene = replace(SCENE, account=MANAGER)
    building = accepted("building", {"grid_code": GRID, "name": "3 号楼", "doors": 12}, scene)
    assert (building.id, building.name, building.doors, building.at) == (KEY, "3 号楼", 12, MADE)
    tap = accepted("sweep", {"grid_code": GRID, "building_id": "x", "door": "101", "result": "vacant"}, scene)
    assert (tap.door, tap.result, tap.day, tap.at) == ("101", "vacant", TODAY, MADE)
    assert reasons("building", {"grid_code": FAR_GRID, "name": "", "doors": True}, scene) == [
        ("grid_code", "flag.grid"),
        ("name", "phone.text"),
        ("doors", "phone.doors"),
    ]
    assert reasons("sweep", {"grid_code": FAR_GRID, "door": "1" * 21}, scene) == [
        ("building_id", "phone.text"),
        ("grid_code", "flag.grid"),
        ("door", "phone.text"),
        ("result", "visit.choice"),
    ]


@pytest.mark.parametrize("kind", ["flag", "building", "sweep"])
def test_a_worker_has_no_grid(kind: str) -> None:
    """What is the grid manager's is refused to others."""
    assert reasons(kind, {"grid_code": GRID}) == [("", "access.refused")]


@pytest.mark.parametrize("kind", ["outing", "report", "order", "pin"])
def test_a_manager_does_not_visit(kind: str) -> None:
    """What is a visitor's is refused to a grid manager."""
    assert reasons(kind, {}, replace(SCENE, account=MANAGER)) == [("", "access.refused")]


def test_steps_of_an_outing() -> None:
    """Out and later say when she will be back; back says nothing."""
    out = {"outing_id": OTHER, "what": "out", "expected_back": "2026-03-20T03:30:00Z"}
    found = accepted("outing", out)
    assert (found.what, found.expected_back) == (OutingWhat.OUT, datetime(2026, 3, 20, 3, 30, tzinfo=UTC))
    assert accepted("outing", {**out, "what": "back"}).expected_back is None
    for wrong in (None, "2026-03-20T00:00:00Z", "2026-03-22T00:00:00Z", "11:30"):
        assert ("expected_back", "phone.expected") in reasons("outing", {**out, "expected_back": wrong})


@pytest.mark.parametrize("wrong", [timedelta(days=1), timedelta(days=-1)])
def test_an_outing_by_a_wrong_clock_still_raises_the_alarm(wrong: timedelta) -> None:
    """Her return moves by as much as her phone's clock was wrong, and the desk is told of the clock."""
    said = MADE + wrong
    out = {"outing_id": OTHER, "what": "out", "expected_back": (said + timedelta(hours=3)).isoformat()}
    found = content("outing", out, made_at=said.isoformat())
    verdict = judge(found, SCENE)
    assert isinstance(verdict, Accepted)
    assert (verdict.thing.at, verdict.thing.expected_back) == (found.at, found.at + timedelta(hours=3))
    assert found.at in (PACKET, NOW)
    assert [entry.kind for entry in verdict.disagreements] == [DisagreementKind.CLOCK]


def test_an_outing_of_somebody_else_is_refused() -> None:
    """Nobody says of another worker that she is back."""
    step = OutingStep("s", OTHER, "c1", OutingWhat.OUT, MADE, "c", NOW + timedelta(hours=2))
    scene = replace(SCENE, outing=outing_of([step], TODAY))
    assert reasons("outing", {"outing_id": OTHER, "what": "back"}, scene) == [("outing_id", "phone.id")]


def test_a_mandatory_report_is_taken_beyond_reach() -> None:
    """Whoever visits may report on any child of the ledgers: safety goes first."""
    body = {"client_id": "c", "told": "police", "number": "A-17", "note": ""}
    report = accepted("report", body, replace(SCENE, account=account(AccountRole.VOLUNTEER, VILLAGE)))
    assert isinstance(report, Report)
    assert (report.client_id, report.told, report.number, report.at) == ("c", Told.POLICE, "A-17", MADE)
    assert reasons("report", {"client_id": "none", "number": "1" * 61}) == [
        ("client_id", "phone.client"),
        ("told", "visit.choice"),
        ("number", "phone.text"),
    ]


def test_a_better_point_for_a_door_in_reach() -> None:
    """The point with its accuracy waits for the head; another area's door is refused."""
    body = {"household_id": "h1", "which": "door", "position": {"lon": 107.5, "lat": 26.7, "accuracy_m": 8}}
    pin = accepted("pin", body)
    assert (pin.household_id, pin.position, pin.accuracy_m) == ("h1", Position(107.5, 26.7), 8)
    assert reasons("pin", {**body, "household_id": "h2"}) == [("", "visit.reach")]
    assert reasons("pin", {**body, "position": None, "which": ""}) == [
        ("which", "visit.choice"),
        ("position", "visit.position"),
    ]


def test_an_order_of_a_route_that_is_not_hers() -> None:
    """Without a published route of her own there is nothing to put into order."""
    plan = DayPlan("p", TODAY, TOWN, PlanState.PUBLISHED, NOW, "", "", "", 0)
    scene = replace(SCENE, plans=(plan,))
    assert reasons("order", {"route_id": "r", "stop_ids": ["s"]}, scene) == [("route_id", "phone.route")]


HELD = Received(
    OTHER, EnvelopeKind.VISIT, ReceivedState.HELD, STAFF.id, "", "w1", MADE, NOW, "", "{}", household_id="h1"
)


@pytest.mark.parametrize(
    ("target", "taken"),
    [
        (None, True),
        (HELD, True),
        (replace(HELD, made_at=MADE - timedelta(minutes=10)), True),
        (replace(HELD, made_at=MADE - timedelta(minutes=12)), False),
        (replace(HELD, account_id="other"), False),
        (replace(HELD, kind=EnvelopeKind.REPORT), False),
        (replace(HELD, kind=EnvelopeKind.OUTING), False),
    ],
)
def test_what_can_be_taken_back(target: Received | None, taken: bool) -> None:
    """One's own visit or flag within ten minutes, also before it has come in; a report stays."""
    verdict = judge(content("withdraw", {"of": OTHER}), replace(SCENE, target=target))
    assert isinstance(verdict, Accepted) is taken


@pytest.mark.parametrize(("minutes", "taken"), [(2, True), (12, False)])
def test_a_wrong_clock_is_no_reason_against_taking_back(minutes: int, taken: bool) -> None:
    """The visit came at once, the undo hours later: what counts is the time between them on the phone."""
    ahead = NOW + timedelta(days=1)
    kept = json.dumps(raw("visit", SEEN, made_at=ahead.isoformat()))
    target = replace(HELD, made_at=NOW - timedelta(hours=3), payload=kept)
    undo = content("withdraw", {"of": OTHER}, made_at=(ahead + timedelta(minutes=minutes)).isoformat())
    assert isinstance(judge(undo, replace(SCENE, target=target)), Accepted) is taken


def test_a_flag_that_the_station_acted_on_stays() -> None:
    """Once checked, a flag is the station's."""
    for state, taken in ((FlagState.REPORTED, True), (FlagState.CHECKED, False)):
        flag = Flag(OTHER, GRID, "一户", None, MANAGER.id, MADE, state)
        target = replace(HELD, kind=EnvelopeKind.FLAG, account_id=MANAGER.id)
        scene = Scene(replace(SNAPSHOT, flags=(flag,)), MANAGER, target=target)
        assert isinstance(judge(content("withdraw", {"of": OTHER}), scene), Accepted) is taken


def test_the_next_envelope_of_a_batch_finds_the_one_before() -> None:
    """A visit is in the record for the next, and out of it again once it is taken back."""
    recording = accepted("visit", {**SEEN, "outcome": "died", "exclude": True})
    assert isinstance(recording, Recording)
    then = after(SNAPSHOT, recording)
    assert [v.id for v in then.visits] == [KEY]
    assert then.clients["a"].valid_to == TODAY
    assert after(then, KEY).visits == ()


def test_what_is_kept_has_no_warrant() -> None:
    """The payload is the content without the warrant; its hash does not depend on the order of fields."""
    first = raw("visit", SEEN)
    text, sha256 = payload_of(first)
    assert "warrant" not in text
    assert payload_of(dict(reversed(first.items())))[1] == sha256
    assert payload_of({**first, "lang": "en"})[1] != sha256


def test_where_an_envelope_belongs() -> None:
    """By its household or its person, with the grid; by nothing that nobody knows."""
    assert place_of({"household_id": "h1"}, SNAPSHOT) == ("h1", GRID)
    assert place_of({"client_id": "c"}, SNAPSHOT) == ("h2", FAR_GRID)
    assert place_of({"grid_code": GRID}, SNAPSHOT) == ("", GRID)
    assert place_of({"household_id": "x", "grid_code": ["y"]}, SNAPSHOT) == ("", "")
