"""POST /phone/outbox and PUT /phone/photos: kept once, judged whole, refused out of reach, never lost."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import replace
from datetime import date, timedelta
from typing import Any

import pytest
from fastapi import FastAPI
from starlette.testclient import TestClient

from fieldmap.access import AccountRole, Hat
from fieldmap.incoming import Health, PhotoKind, Pin
from fieldmap.models import Channel, Client, Domain, Exclusion, ExclusionReason, Outcome, Role, Society
from fieldmap.sealing import StationKey, seal, to_base64url, warrant
from fieldmap.settings import Settings
from fieldmap.store import Store
from tests.fieldmap.test_pictures import JPEG, SCAN, segment
from tests.web.conftest import As
from tests.web.phone_plan import PLAN, publish
from tests.web.sending import VISIT, Envelope, Phone, numbered, phone_of, visit
from tests.web.village import GRID_A, NORTH, NOW, TODAY, VISITS, Village
from web.app import create_app
from web.photographs import MOST_BYTES

PHOTO = numbered(100)
PART = 40


@pytest.fixture
def client(signed_in: As) -> TestClient:
    """Return somebody who is not signed in: envelopes prove themselves."""
    made = signed_in("")
    made.headers["accept"] = "application/json"
    return made


@pytest.fixture
def phone(client: TestClient, store: Store, village: Village) -> Phone:
    """Return the worker's phone."""
    return phone_of(store, village, client, "worker")


@pytest.fixture
def volunteer(client: TestClient, store: Store, village: Village) -> Phone:
    """Return the phone of a volunteer who is worker w1 on the plan, as a volunteer in the north."""
    hats = (Hat(AccountRole.VOLUNTEER, NORTH.code),)
    made = store.accounts.add("helper", "志愿者小林", None, hats, actor_id="w1")
    return phone_of(store, replace(village, ids={"helper": made.id}), client, "helper")


def test_a_visit_is_held_with_a_receipt(phone: Phone, store: Store) -> None:
    """Three fields are held as a visit with its defaults; the receipt says what is held, and since when."""
    answer = phone.send(VISIT)
    kept = store.incoming.received.get(VISIT.id)
    assert kept is not None
    assert answer == {
        "now": NOW.isoformat(),
        "receipts": [
            {
                "id": VISIT.id,
                "state": "held",
                "sha256": kept.sha256,
                "received_at": "2026-03-20T01:00:00+00:00",
                "at": "09:00",
                "new": True,
                "code": "",
                "message": "",
                "fields": [],
            }
        ],
        "missing": [],
    }
    held = store.visits.get(VISIT.id)
    assert held is not None
    assert (held.household_id, held.client_ids, held.day) == ("h1", ("p1",), TODAY)
    assert (held.channel, held.outcome, held.domain) == (Channel.DOOR, Outcome.SEEN, Domain.ELDERLY)
    assert (held.societies, held.actor_ids) == ((Society.SOCIAL_WORKER,), ("w1",))
    assert (held.actor_roles, held.received_at) == ((Role.SOCIAL_WORKER,), NOW)
    assert phone.warrant not in kept.payload
    assert phone.receipt(VISIT) == {**answer["receipts"][0], "new": False}
    assert len(store.snapshot().visits) == len(VISITS) + 1


def test_every_mistake_is_said_and_what_was_sent_is_kept(phone: Phone, store: Store) -> None:
    """A wrong form is rejected with every reason, without what was typed; the rest of the batch is held."""
    wrong = visit(2, client_ids=["p2"], outcome="fine", note="王秀英" * 200)
    answer = phone.send(VISIT, wrong, visit(3))
    assert [receipt["state"] for receipt in answer["receipts"]] == ["held", "rejected", "held"]
    receipt = answer["receipts"][1]
    assert receipt["code"] == "visit.clients"
    assert all(word in receipt["message"] for word in ("服务对象", "outcome", "500"))
    assert "王秀英" not in receipt["message"]
    assert [one["field"] for one in receipt["fields"]] == ["client_ids", "outcome", "note"]
    assert "\n".join(one["message"] for one in receipt["fields"]) == receipt["message"]
    (kept,) = store.incoming.received.open(state="rejected")
    assert kept.content["body"] == wrong.body
    assert [issue.field for issue in kept.issues] == ["client_ids", "outcome", "note"]
    assert phone.receipt(wrong) == {**receipt, "new": False}
    phone.client.cookies.set("lang", "en")
    assert "persons this visit was for" in phone.receipt(wrong)["message"]


@pytest.mark.parametrize("moment", ["0001-01-01T00:00:00+00:00", "9999-12-31T20:00:00+00:00"])
def test_a_moment_of_another_age_is_refused(phone: Phone, store: Store, moment: str) -> None:
    """A visit begun in the year 1 or 9999 is kept with its reason, and the record stays readable."""
    receipt = phone.receipt(visit(2, started_at=moment))
    assert (receipt["state"], receipt["code"]) == ("rejected", "visit.time")
    assert len(store.snapshot().visits) == len(VISITS)


def test_something_that_is_no_batch_is_refused(client: TestClient) -> None:
    """A list, no JSON at all or a wrong field is answered in our own words."""
    for content in ("[]", "{", '{"envelopes": [{"id": 7}]}', '{"waiting": -1}', '{"held": [1]}'):
        answer = client.post("/phone/outbox", content=content)
        assert (answer.status_code, answer.json()["code"]) == (422, "web.invalid"), content


def test_too_much_at_once_is_refused(client: TestClient, store: Store) -> None:
    """More than 20 envelopes or 2 MB are refused, the latter by what is announced and by what comes."""
    envelope = {"id": VISIT.id, "sealed": "AAAA"}
    many = client.post("/phone/outbox", json={"envelopes": [envelope] * 21})
    large = client.post("/phone/outbox", content=b" " * 2_000_001)
    endless = client.post("/phone/outbox", content=(b" " * 100_000 for _ in range(21)))
    for answer in (many, large, endless):
        assert (answer.status_code, answer.json()["code"]) == (413, "phone.batch")


def test_what_does_not_open_is_not_kept(phone: Phone, store: Store) -> None:
    """Another station's key, another id, a changed byte, no warrant or a forged one: the phone keeps it."""
    before = store.change
    good = phone.sealed(VISIT)
    keys = store.accounts.county_keys()
    forged = warrant(b"x" * 32, "worker", None, NOW)
    sent = [
        replace(phone, public=StationKey.generate().public_bytes).sealed(VISIT),
        {"id": numbered(2), "sealed": good["sealed"]},
        {"id": VISIT.id, "sealed": "C" + good["sealed"][1:]},
        {"id": VISIT.id, "sealed": "!"},
        {"id": VISIT.id, "sealed": ""},
        {"id": VISIT.id, "sealed": to_base64url(seal(keys.station.public_bytes, b"[]", VISIT.id))},
        {"id": VISIT.id, "sealed": to_base64url(seal(keys.station.public_bytes, b"\xff", VISIT.id))},
        {
            "id": VISIT.id,
            "sealed": to_base64url(
                seal(keys.station.public_bytes, b'{"warrant":"","x":"\\ud800"}', VISIT.id)
            ),
        },
        replace(phone, warrant=forged).sealed(VISIT),
        replace(phone, warrant="").sealed(VISIT),
    ]
    answer = phone.client.post("/phone/outbox", json={"envelopes": sent}).json()
    assert {receipt["state"] for receipt in answer["receipts"]} == {"unreadable"}
    codes = [receipt["code"] for receipt in answer["receipts"]]
    assert codes == [
        *["phone.unreadable"] * 5,
        "phone.warrant",
        *["phone.unreadable"] * 2,
        *["phone.warrant"] * 2,
    ]
    assert store.change == before
    assert store.incoming.received.all() == ()


@pytest.mark.parametrize(
    ("login", "household", "client_id", "code"),
    [
        ("contact", "h1", "p1", "visit.reach"),  # another village
        ("contact", "h8", "p9", ""),  # answers for one of the house
        ("head", "h1", "p1", "visit.actor"),
        ("grid_manager", "h1", "p1", "visit.actor"),
    ],
)
def test_who_may_record_where(
    client: TestClient, store: Store, village: Village, login: str, household: str, client_id: str, code: str
) -> None:
    """A visit outside of somebody's reach is not recorded, and kept for the head."""
    sender = phone_of(store, village, client, login)
    receipt = sender.receipt(visit(1, household_id=household, client_ids=[client_id]))
    assert (receipt["state"], receipt["code"]) == ("rejected" if code else "held", code)
    assert (store.visits.get(VISIT.id) is None) is bool(code)


def test_a_volunteer_records_what_was_published_to_her(volunteer: Phone, store: Store) -> None:
    """A draft gives nothing; a stop of a published plan is in reach, also once it is replaced."""
    store.plans.save(PLAN)
    assert volunteer.receipt(visit(1))["code"] == "visit.reach"
    store.plans.publish(PLAN.id, "head")
    assert volunteer.receipt(visit(2))["state"] == "held"
    beside = visit(3, household_id="h6", client_ids=["p7"])
    assert volunteer.receipt(beside)["code"] == "visit.reach"
    new = replace(PLAN, id="plan-2", routes=())
    store.plans.save(new)
    store.plans.publish(new.id, "head")
    assert volunteer.receipt(visit(4))["state"] == "held"


def test_who_came_along_is_who_was_sent(phone: Phone, volunteer: Phone, store: Store) -> None:
    """A volunteer names those whom the plan sent to that door, staff whom they took along."""
    publish(store)
    pair = {"household_id": "h3", "client_ids": ["p4"], "partner_ids": ["w2"]}
    alone = {"household_id": "h2", "client_ids": ["p2"], "partner_ids": ["w2"]}
    assert volunteer.receipt(visit(2, **pair))["state"] == "held"
    refused = volunteer.receipt(visit(3, **alone))
    assert (refused["state"], refused["code"]) == ("rejected", "visit.choice")
    assert phone.receipt(visit(4, **alone))["state"] == "held"
    assert [visit.actor_ids for visit in store.snapshot().visits[-2:]] == [("w1", "w2")] * 2


def test_the_stop_of_another_door_is_left_out(phone: Phone, store: Store) -> None:
    """A visit keeps the stop it was planned as; one that names another household's stop keeps none."""
    publish(store)
    for n, stop_id, kept in ((2, "s2", "s2"), (3, "s1", None)):
        phone.receipt(visit(n, household_id="h2", client_ids=["p2"], stop_id=stop_id))
        held = store.visits.get(numbered(n))
        assert held is not None
        assert held.stop_id == kept


def test_what_follows_from_a_visit(phone: Phone, volunteer: Phone, store: Store) -> None:
    """A ticked pause is made once, a death ends the person; a volunteer's tick takes nobody off the list."""
    publish(store)
    before = list(store.facts.read(Exclusion))
    form = {"outcome": "hospital", "exclude": True, "until": "2026-04-05"}
    assert volunteer.receipt(visit(1, **form))["state"] == "held"
    assert list(store.facts.read(Exclusion)) == before
    hospital = visit(2, **form)
    phone.send(hospital)
    phone.send(hospital)
    made = [e for e in store.facts.read(Exclusion) if e.client_id == "p1"]
    assert [(e.reason, e.valid_from, e.valid_to) for e in made] == [
        (ExclusionReason.HOSPITAL, TODAY, date(2026, 4, 5))
    ]
    phone.send(visit(3, outcome="died", exclude=True, household_id="h2", client_ids=["p3"]))
    assert next(c for c in store.facts.read(Client) if c.id == "p3").valid_to == TODAY


def test_answers_are_kept_with_the_form_they_answer(phone: Phone, store: Store) -> None:
    """The station checks the answers by the form that the phone had, and keeps them with the visit."""
    answers = {"p1": {"_form": "elder/1"}}
    assert phone.receipt(visit(1, answers=answers))["state"] == "held"
    receipt = phone.receipt(visit(2, answers={"p1": {"_form": "elder/0"}}))
    assert (receipt["state"], receipt["code"]) == ("rejected", "answer.form")


def test_other_kinds_are_kept_under_their_nouns(
    phone: Phone, client: TestClient, store: Store, village: Village
) -> None:
    """Flag, building, sweep, outing, report and point: each stands where the desk looks for it."""
    manager = phone_of(store, village, client, "grid_manager")
    of_grid: list[tuple[str, Mapping[str, Any]]] = [
        ("flag", {"note": "后山有一户没有登记", "kind": "visit_now"}),
        ("building", {"grid_code": GRID_A, "name": "3 号楼", "doors": 6}),
        ("sweep", {"grid_code": GRID_A, "building_id": numbered(51), "door": "101", "result": "need"}),
    ]
    of_worker: list[tuple[str, Mapping[str, Any]]] = [
        ("outing", {"outing_id": numbered(60), "what": "out", "expected_back": "2026-03-20T03:30:00Z"}),
        ("report", {"client_id": "p4", "told": "police", "number": "A-17", "note": ""}),
        ("pin", {"household_id": "h4", "which": "door", "position": {"lon": 107.51, "lat": 26.7}}),
    ]
    first = manager.send(*(Envelope(numbered(50 + n), kind, body) for n, (kind, body) in enumerate(of_grid)))
    second = phone.send(*(Envelope(numbered(55 + n), k, body) for n, (k, body) in enumerate(of_worker)))
    assert {r["state"] for r in (*first["receipts"], *second["receipts"])} == {"held"}
    incoming = store.incoming
    assert [flag.kind for flag in store.flags.all()] == ["visit_now"]
    assert [building.doors for building in incoming.buildings.all(grid_code=GRID_A)] == [6]
    assert [tap.building_id for tap in incoming.sweeps.all()] == [numbered(51)]
    assert [outing.actor_id for outing in incoming.outings.all(back_at=None)] == ["w1"]
    assert [report.number for report in incoming.reports.open()] == ["A-17"]
    assert [pin.household_id for pin in incoming.pins.open()] == ["h4"]
    places = {r.kind.value: (r.household_id, r.grid_code) for r in incoming.received.all()}
    assert places["report"] == ("h3", GRID_A)
    assert places["building"] == ("", GRID_A)


def test_how_a_phone_stands_is_noted(phone: Phone, store: Store) -> None:
    """What a phone says of itself with a batch is noted under the device of its warrant."""
    phone.send(VISIT, waiting=4, failures=2)
    health: dict[str, Health] = {one.device_id: one for one in store.incoming.health()}
    found = health[phone.device_id]
    assert (found.last_sync_at, found.waiting, found.failures, found.app, found.skew_s) == (
        NOW,
        4,
        2,
        "test",
        3,
    )


def test_a_batch_of_twenty_is_one_write(phone: Phone, store: Store) -> None:
    """Twenty visits are held together: the record changes once, so that others read it anew once."""
    before = int(store.change)
    answer = phone.send(*(visit(n) for n in range(1, 21)))
    assert [receipt["state"] for receipt in answer["receipts"]] == ["held"] * 20
    assert int(store.change) == before + 1


def test_a_mistake_of_ours_holds_back_nothing_else(app: FastAPI, phone: Phone, store: Store) -> None:
    """What cannot be written is kept with the reason, and the rest of its batch is held."""
    app.state.services.store.incoming.pins.add = None  # a bug, planted
    body = {"household_id": "h4", "which": "door", "position": {"lon": 107.51, "lat": 26.7}}
    answer = phone.send(visit(1), Envelope(numbered(2), "pin", body), visit(3))
    assert [receipt["state"] for receipt in answer["receipts"]] == ["held", "rejected", "held"]
    assert answer["receipts"][1]["code"] == "phone.failed"
    assert [kept.kind for kept in store.incoming.received.open(state="rejected")] == ["pin"]
    assert len(store.snapshot().visits) == len(VISITS) + 2


def test_the_log_of_a_mistake_names_nobody(
    app: FastAPI, phone: Phone, caplog: pytest.LogCaptureFixture
) -> None:
    """What cannot be written is logged with the kind of the mistake and its place, not with its text."""

    def broken(pin: Pin) -> None:
        raise ValueError(f"王秀英 {pin.household_id}")

    app.state.services.store.incoming.pins.add = broken  # a bug, planted
    body = {"household_id": "h4", "which": "door", "position": {"lon": 107.51, "lat": 26.7}}
    assert phone.receipt(Envelope(numbered(2), "pin", body))["code"] == "phone.failed"
    assert "王秀英" not in caplog.text
    assert "ValueError ← broken:" in caplog.text


def test_same_id_from_somebody_else(phone: Phone, client: TestClient, store: Store, village: Village) -> None:
    """Nobody puts an entry beside another's record: neither another account nor a locked phone."""
    phone.send(VISIT)
    other = phone_of(store, village, client, "head")
    assert other.receipt(visit(1, outcome="nobody"))["code"] == "phone.id"
    store.accounts.revoke_device(phone.device_id)
    assert phone.receipt(visit(1, outcome="nobody"))["state"] == "held"
    assert store.incoming.disagreements.open() == ()


# photos


def framed(phone: Phone, content: bytes, *, photo: str = PHOTO, **header: Any) -> bytes:
    """Return a sealed photo as a phone makes it."""
    told = {"v": 1, "id": photo, "of": VISIT.id, "warrant": phone.warrant, "type": "image/jpeg", **header}
    head = json.dumps(told).encode()
    return seal(phone.public, len(head).to_bytes(4, "big") + head + content, photo)


def put(
    phone: Phone, sealed: bytes, at: int, end: int | None = None, photo: str = PHOTO
) -> tuple[int, dict[str, Any]]:
    """Send a part of a photo; return status and answer."""
    path = f"/phone/photos/{photo}?at={at}&total={len(sealed)}"
    answer = phone.client.put(path, content=sealed[at:end])
    return answer.status_code, answer.json()


def test_a_photo_comes_in_parts(phone: Phone, store: Store) -> None:
    """A part again or out of place is answered with where to go on; the whole photo is held once."""
    sealed = framed(phone, JPEG)
    assert put(phone, sealed, 0)[1]["code"] == "phone.photo-unknown"
    phone.send(replace(VISIT, photos=(PHOTO,)))
    assert put(phone, sealed, 0, PART) == (
        200,
        {"at": PART, "total": len(sealed), "held": False, "sha256": ""},
    )
    assert put(phone, sealed, 0, PART)[1]["at"] == PART
    assert put(phone, sealed, 2 * PART, 3 * PART)[1]["at"] == PART
    status, answer = put(phone, sealed, PART)
    assert (status, answer["held"], answer["at"]) == (200, True, len(sealed))
    assert put(phone, sealed, 0, PART)[1] == answer
    (photo,) = store.incoming.photos.all(of_id=VISIT.id)
    assert (photo.kind, photo.type, photo.size) == (PhotoKind.PHOTO, "image/jpeg", len(JPEG))
    assert photo.sha256 == answer["sha256"]
    assert store.incoming.photos.content(PHOTO) == JPEG
    assert phone.send(held=[PHOTO, VISIT.id, numbered(9)])["missing"] == [numbered(9)]


@pytest.mark.parametrize(
    ("content", "header", "code"),
    [
        (JPEG.replace(SCAN, segment(0xE1, b"Exif\0\0MM\0*") + SCAN), {}, "phone.photo-content"),
        (b"<svg/>", {}, "phone.photo-content"),
        (JPEG, {"of": numbered(2)}, "phone.warrant"),
        (JPEG, {"warrant": "w1.x.y"}, "phone.warrant"),
        (JPEG, {"client_ids": ["p4"]}, "phone.photo-child"),
    ],
)
def test_a_photo_that_is_refused(
    phone: Phone, store: Store, content: bytes, header: Mapping[str, Any], code: str
) -> None:
    """EXIF, no picture, another envelope, no warrant, a child: the reason is kept, the picture is not."""
    phone.send(replace(VISIT, photos=(PHOTO,)))
    sealed = framed(phone, content, **header)
    for _ in range(2):
        status, answer = put(phone, sealed, 0)
        assert (status, answer["code"]) == (422, code)
    assert store.incoming.photos.all() == ()
    assert store.incoming.photos.received(PHOTO) == 0
    (kept,) = store.incoming.received.open(kind="photo")
    assert (kept.issues[0].code, kept.household_id) == (code, "h1")
    assert phone.warrant not in kept.payload
    assert phone.send(held=[PHOTO])["missing"] == []


@pytest.mark.parametrize("head", [rb'{"warrant": "w1.\ud800.x"}', b"[" * 100_000, b"\xff"])
def test_a_photo_that_says_nonsense_of_itself_is_refused(phone: Phone, store: Store, head: bytes) -> None:
    """Half a character, brackets without end or no text at all: the reason is kept, nothing fails."""
    phone.send(replace(VISIT, photos=(PHOTO,)))
    sealed = seal(phone.public, len(head).to_bytes(4, "big") + head + JPEG, PHOTO)
    status, answer = put(phone, sealed, 0)
    assert (status, answer["code"]) == (422, "phone.photo-content")
    assert [kept.id for kept in store.incoming.received.open(kind="photo")] == [PHOTO]


def test_a_photo_too_large_is_refused(phone: Phone) -> None:
    """What is announced and what comes are both bounded."""
    phone.send(replace(VISIT, photos=(PHOTO,)))
    for sealed, end in ((bytes(MOST_BYTES + 1), 10), (bytes(MOST_BYTES + 1), None)):
        assert put(phone, sealed, 0, end)[0] == 413


def test_a_child_s_photo_where_the_county_allows_it(
    settings: Settings, village: Village, store: Store
) -> None:
    """The setting lets photos of children in; a signature is taken in any case."""
    for n, (allowed, kind, status) in enumerate(
        ((False, "photo", 422), (False, "signature", 200), (True, "photo", 200)), start=1
    ):
        app: FastAPI = create_app(
            replace(settings, child_photos=allowed), today=lambda: TODAY, clock=lambda: NOW
        )
        with TestClient(app) as client:
            sender, photo = phone_of(store, village, client, "worker"), numbered(100 + n)
            child = replace(visit(n, household_id="h3", client_ids=["p4"]), photos=(photo,))
            assert sender.receipt(child)["state"] == "held"
            sealed = framed(sender, JPEG, photo=photo, of=child.id, kind=kind)
            assert put(sender, sealed, 0, photo=photo)[0] == status


def test_whom_a_photo_is_about(phone: Phone, store: Store, village: Village) -> None:
    """A child without a birth date is known by its ledger, and a flag's photo by who lives at the door."""
    store.facts.record([replace(store.snapshot().clients["p4"], birth_date=None)])
    manager = phone_of(store, village, phone.client, "grid_manager")
    note = {"grid_code": GRID_A, "note": "搬走", "kind": "moved"}
    cases = (
        (phone, visit(2, household_id="h3", client_ids=["p4"]), 422),
        (manager, Envelope(numbered(3), "flag", {**note, "household_id": "h3"}), 422),
        (manager, Envelope(numbered(4), "flag", {**note, "household_id": "h1"}), 200),
    )
    for n, (sender, envelope, status) in enumerate(cases):
        photo = numbered(110 + n)
        assert sender.receipt(replace(envelope, photos=(photo,)))["state"] == "held"
        sealed = framed(sender, JPEG, photo=photo, of=envelope.id)
        assert put(sender, sealed, 0, photo=photo)[0] == status


def test_a_photo_after_the_phone_was_locked(phone: Phone, store: Store) -> None:
    """A locked phone's photo is not taken in."""
    phone.send(replace(VISIT, photos=(PHOTO,)))
    store.accounts.revoke_device(phone.device_id)
    assert put(phone, framed(phone, JPEG), 0)[1]["code"] == "phone.revoked"


def test_a_phone_bound_after_the_backup_is_heard(phone: Phone, store: Store, village: Village) -> None:
    """A restored file does not know the phone, but its own signature: what the phone kept is held."""
    said = warrant(store.accounts.county_keys().secret, village.ids["worker"], numbered(800), NOW)
    later = replace(phone, device_id=numbered(800), warrant=said)
    assert later.receipt(replace(VISIT, photos=(PHOTO,)))["state"] == "held"
    assert put(later, framed(later, JPEG), 0)[0] == 200


def test_a_visit_is_undone_after_it_was_sent(phone: Phone, store: Store) -> None:
    """A withdrawal in the same batch takes the visit back."""
    undo = Envelope(numbered(2), "withdraw", {"of": VISIT.id}, VISIT.made_at + timedelta(minutes=1))
    answer = phone.send(VISIT, undo)
    assert [receipt["state"] for receipt in answer["receipts"]] == ["held", "held"]
    assert store.visits.get(VISIT.id) is None
    assert phone.receipt(VISIT)["state"] == "withdrawn"
