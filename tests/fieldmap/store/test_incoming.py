"""What the phones sent, in the county file."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from fieldmap.access import AccountRole, Hat
from fieldmap.errors import Issue, StoreError
from fieldmap.incoming import (
    Building,
    Disagreement,
    DisagreementKind,
    Doorway,
    EnvelopeKind,
    OutingStep,
    OutingWhat,
    Photo,
    PhotoKind,
    Pin,
    PinState,
    Received,
    ReceivedState,
    RouteOrder,
    outing_of,
    problems_text,
)
from fieldmap.models import Client, Exclusion, ExclusionReason, Position
from fieldmap.store import Store
from tests.fieldmap.store.conftest import COUNTY, ELDER, VISIT, Clock

MADE = datetime(2026, 3, 20, 0, 30, tzinfo=UTC)
ENVELOPE = Received(
    VISIT.id,
    EnvelopeKind.VISIT,
    ReceivedState.REJECTED,
    "account",
    "phone",
    "worker",
    MADE,
    MADE + timedelta(hours=1),
    "00",
    '{"v":1,"body":{"note":"在门口"}}',
    household_id="house",
    problems=problems_text([Issue(0, "note", "长", "visit.note", details={"most": 500})]),
)
ENTRY = Disagreement(
    "d1", DisagreementKind.STATE, VISIT.id, "house", "elder", "state", "moved", "desk", "seen", "worker", MADE
)
PIN = Pin("pin", "house", Doorway.DOOR, Position(116.93, 33.31), 8, "account", MADE)
PHOTO = Photo("photo", VISIT.id, PhotoKind.PHOTO, "image/jpeg", 3, "00", "account", MADE)


def test_an_envelope_comes_back_as_it_was_kept(store: Store) -> None:
    """Content, reasons and place survive the file; the same id again changes nothing."""
    received = store.incoming.received
    assert received.add(ENVELOPE)
    assert not received.add(replace(ENVELOPE, payload="{}"))
    assert received.get(VISIT.id) == ENVELOPE
    assert received.get("none") is None
    assert ENVELOPE.content["body"] == {"note": "在门口"}
    (issue,) = ENVELOPE.issues
    assert (issue.field, issue.code) == ("note", "visit.note")
    assert "500" in str(issue.explanation())


def test_nouns_of_every_kind_come_back(store: Store) -> None:
    """A position is two columns, a list is JSON, and what may be empty is."""
    order = RouteOrder("o", "r1", ("s2", "s1"), "account", MADE, MADE)
    incoming = store.incoming
    incoming.pins.add(PIN)
    incoming.pins.add(replace(PIN, id="far", accuracy_m=None))
    incoming.orders.add(order)
    incoming.disagreements.add(ENTRY)
    assert incoming.pins.all() == (replace(PIN, id="far", accuracy_m=None), PIN)
    assert incoming.orders.all(route_id="r1") == (order,)
    assert incoming.disagreements.all(household_id="other") == ()
    assert incoming.disagreements.all(received_id=VISIT.id) == (ENTRY,)


def test_a_building_is_changed_by_the_same_id(store: Store) -> None:
    """The later name and number of doors take the place of the first."""
    building = Building("b", "990101001201001", "3 号楼", 12, "account", MADE)
    store.incoming.buildings.put(building)
    store.incoming.buildings.put(replace(building, doors=14))
    assert store.incoming.buildings.all() == (replace(building, doors=14),)


def test_what_is_settled_stays_readable(store: Store, clock: Clock) -> None:
    """Settling says who, when and why; it is done once and takes nothing away."""
    store.incoming.disagreements.add(ENTRY)
    store.incoming.disagreements.settle("d1", "head", "打过电话,已搬走")
    assert store.incoming.disagreements.open() == ()
    (settled,) = store.incoming.disagreements.all()
    assert (settled.settled_by, settled.remark, settled.settled_at) == ("head", "打过电话,已搬走", clock())
    for key in ("d1", "none"):
        with pytest.raises(StoreError):
            store.incoming.disagreements.settle(key, "head")


def test_a_pin_is_taken_with_its_state(store: Store) -> None:
    """Settling may change a further column."""
    store.incoming.pins.add(PIN)
    store.incoming.pins.settle("pin", "head", "", state=PinState.TAKEN)
    assert [pin.state for pin in store.incoming.pins.all()] == [PinState.TAKEN]


def test_steps_make_an_outing(store: Store) -> None:
    """Phone and desk say what they know; the outing is what follows, on its first day."""
    out = OutingStep("1", "outing", "worker", OutingWhat.OUT, MADE, "account", MADE + timedelta(hours=3))
    later = OutingStep(
        "2",
        "outing",
        "worker",
        OutingWhat.LATER,
        MADE + timedelta(hours=1),
        "head",
        MADE + timedelta(hours=5),
        "电话里说没事",
    )
    back = OutingStep("3", "outing", "worker", OutingWhat.BACK, MADE + timedelta(hours=4), "account")
    day = MADE.date()
    assert store.incoming.step(out, day).back_at is None
    assert store.incoming.outings.all(back_at=None)[0].expected_back == MADE + timedelta(hours=3)
    assert store.incoming.step(later, day).expected_back == MADE + timedelta(hours=5)
    held = store.incoming.step(back, day + timedelta(days=1))
    assert (held.day, held.back_at) == (day, back.at)
    assert store.incoming.step(back, day) == held
    assert [step.reason for step in store.incoming.steps.all(outing_id="outing")] == ["", "电话里说没事", ""]
    assert outing_of([back, later, out], day) == held


def test_an_outing_needs_a_step() -> None:
    """There is no outing that nobody has spoken of."""
    with pytest.raises(ValueError, match="without a step"):
        outing_of([], MADE.date())


def test_a_photo_comes_in_parts(store: Store) -> None:
    """A part that does not follow the last is not kept; the answer says where to go on."""
    photos = store.incoming.photos
    assert photos.add_part("photo", 0, 7, b"abc") == 3
    assert photos.add_part("photo", 0, 7, b"abc") == 3
    assert photos.add_part("photo", 5, 7, b"fg") == 3
    assert photos.add_part("photo", 3, 7, b"defgh") == 3  # longer than it said
    assert photos.add_part("photo", 3, 7, b"") == 3
    assert photos.add_part("photo", 3, 7, b"defg") == 7
    assert photos.joined("photo") == b"abcdefg"
    photos.drop_parts("photo")
    assert photos.received("photo") == 0


def test_a_photo_is_kept_with_its_bytes(store: Store) -> None:
    """Lists of photos do not carry the bytes; one is asked for by its id."""
    store.incoming.photos.add(PHOTO, content=b"\xff\xd8\x00")
    assert store.incoming.photos.all(of_id=VISIT.id) == (PHOTO,)
    assert store.incoming.photos.content("photo") == b"\xff\xd8\x00"
    with pytest.raises(StoreError):
        store.incoming.photos.content("none")


def test_what_the_station_does_not_hold(store: Store) -> None:
    """Envelopes and photos alike are known by their ids; the answer keeps the order asked in."""
    store.incoming.received.add(ENVELOPE)
    store.incoming.photos.add(PHOTO, content=b"x")
    assert store.incoming.missing(("z", VISIT.id, "photo", "a")) == ("z", "a")
    assert store.incoming.missing(tuple(map(str, range(5000)))) == tuple(map(str, range(5000)))


def test_how_a_phone_stands(store: Store, clock: Clock) -> None:
    """A phone says what waits and how its clock goes; without a skew the one known before stays."""
    account = store.accounts.add("worker", "李四", None, (Hat(AccountRole.WORKER, COUNTY.code),))
    store.accounts.bind(store.accounts.invite(account.id), label="Redmi", days=7)
    (phone,) = store.incoming.health()
    assert (phone.label, phone.last_sync_at, phone.waiting) == ("Redmi", None, None)
    store.incoming.checked_in(phone.device_id, clock(), waiting=3, failures=0, app="1", skew_s=-40)
    store.incoming.checked_in(phone.device_id, clock(), waiting=0, failures=1, app="1")
    (phone,) = store.incoming.health()
    assert (phone.last_sync_at, phone.waiting, phone.failures, phone.skew_s) == (clock(), 0, 1, -40)


def test_parts_and_phones_do_not_make_the_record_be_read_anew(store: Store, clock: Clock) -> None:
    """The number of changes counts what the snapshot shows; a visit counts, a part of a photo does not."""
    before = store.change
    store.incoming.photos.add_part("photo", 0, 7, b"abc")
    store.incoming.checked_in("none", clock(), waiting=0, failures=0, app="")
    assert store.change == before
    store.visits.record(VISIT, by="a")
    assert store.change != before


def test_a_visit_is_taken_back_with_what_followed(store: Store, clock: Clock) -> None:
    """The visit, its pause and its end of a person are gone from the record, and still known as of then."""
    with store.write():
        store.visits.record(VISIT, by="a")
        pause = Exclusion("e", "elder", ExclusionReason.HOSPITAL, VISIT.day)
        store.facts.record([pause, replace(ELDER, valid_to=VISIT.day)], batch_id=VISIT.id)
    then = clock.forward(hours=1)
    assert store.visits.withdraw(VISIT.id) == 3
    now = store.snapshot()
    assert (now.visits, now.exclusions, now.clients["elder"]) == ((), (), ELDER)
    assert [v.id for v in store.snapshot(known_at=then).visits] == [VISIT.id]
    assert store.visits.withdraw(VISIT.id) == 0


def test_what_was_said_of_a_person_since_a_packet(store: Store, clock: Clock) -> None:
    """Reasons recorded after an instant, by the desk or by the phone whose envelope brought them."""
    old = Exclusion("old", "elder", ExclusionReason.AWAY, VISIT.day, VISIT.day)
    store.facts.record([old])
    since = clock.forward(hours=1)
    store.facts.record([Exclusion("desk", "elder", ExclusionReason.MOVED, VISIT.day)])
    store.incoming.received.add(ENVELOPE)
    clock.forward(hours=1)
    store.facts.record([replace(old, id="phone", reason=ExclusionReason.HOSPITAL)], batch_id=VISIT.id)
    found = store.incoming.state_changes(["elder", "none"], since)
    assert [(c.value, c.said_by, c.last) for c in found] == [
        ("moved", "desk", None),
        ("hospital", "worker", VISIT.day),
    ]
    assert store.incoming.state_changes([], since) == ()


def test_facts_of_some_ids_as_known_then(store: Store, clock: Clock) -> None:
    """A person of an id comes back as the record stood, without reading everybody."""
    then = clock.forward(hours=1)
    store.facts.record([replace(ELDER, name="安二")])
    assert [c.name for c in store.facts.read(Client, known_at=then, ids=["elder"])] == ["安一"]
    assert [c.name for c in store.facts.read(Client, ids=["elder"])] == ["安二"]
    assert list(store.facts.read(Client, ids=[])) == []


def test_a_part_of_a_write_is_whole_or_not_there(store: Store) -> None:
    """What fails inside a transaction leaves nothing behind; what came before and after it stands."""

    def attempt(then: Callable[[], object]) -> None:
        with store.attempt():
            store.incoming.disagreements.add(ENTRY)
            then()

    with store.write():
        store.incoming.pins.add(PIN)
        with pytest.raises(StoreError):
            attempt(lambda: store.incoming.disagreements.settle("none", "head"))
        with pytest.raises(ValueError, match="NOT NULL"):
            attempt(lambda: store.incoming.photos.add(PHOTO))  # without its bytes
        store.incoming.received.add(ENVELOPE)
    assert store.incoming.disagreements.all() == ()
    assert (store.incoming.pins.all(), store.incoming.received.all()) == ((PIN,), (ENVELOPE,))
