"""POST /visits: kept once, judged whole, refused out of reach."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import pytest
from starlette.testclient import TestClient

from fieldmap.access import AccountRole, Hat
from fieldmap.models import Channel, Client, Domain, Exclusion, ExclusionReason, Outcome, Role, Society
from fieldmap.store import Store
from tests.web.conftest import As
from tests.web.phone_plan import PLAN, publish
from tests.web.village import NORTH, TODAY
from web.security import SESSION_COOKIE

VISIT = "6f1e6c9a-8d1e-4c57-9f40-2b7f6a0d5c11"
WELL: dict[str, object] = {"id": VISIT, "household_id": "h1", "client_ids": ["p1"], "outcome": "seen"}


@pytest.fixture
def worker(signed_in: As) -> TestClient:
    """Return the worker's phone, which asks for data."""
    client = signed_in("worker")
    client.headers["accept"] = "application/json"
    return client


@pytest.fixture
def volunteer(signed_in: As, store: Store) -> TestClient:
    """Return the phone of a volunteer who is worker w1 on the plan, as a volunteer in the north."""
    hats = (Hat(AccountRole.VOLUNTEER, NORTH.code),)
    store.accounts.add("helper", "志愿者小林", "password-1", hats, actor_id="w1")
    token = store.accounts.sign_in("helper", "password-1", hours=12)
    session = store.accounts.session(token)
    assert session is not None
    client = signed_in("")
    client.cookies.set(SESSION_COOKIE, token)
    client.headers |= {"x-csrf": session.csrf, "accept": "application/json"}
    return client


def test_a_visit_is_kept_with_a_receipt(worker: TestClient, store: Store) -> None:
    """Four fields are kept as a visit with its defaults; the receipt says what is held, and since when."""
    answer = worker.post("/visits", json=WELL)
    assert answer.status_code == 201
    assert answer.json() | {"sha256": "…"} == {
        "id": VISIT,
        "sha256": "…",
        "new": True,
        "received_at": "2026-03-20T01:00:00+00:00",
        "at": "09:00",
        "outcome": "已见到",
    }
    held = store.visits.get(VISIT)
    assert held is not None
    assert (held.household_id, held.client_ids, held.day) == ("h1", ("p1",), TODAY)
    assert (held.channel, held.outcome, held.domain) == (Channel.DOOR, Outcome.SEEN, Domain.ELDERLY)
    assert (held.societies, held.actor_ids) == ((Society.SOCIAL_WORKER,), ("w1",))
    assert held.actor_roles == (Role.SOCIAL_WORKER,)


def test_the_same_again_is_harmless(worker: TestClient, store: Store) -> None:
    """A repeat, even one with other content, changes nothing and gets the receipt of what is held."""
    first = worker.post("/visits", json=WELL)
    before = len(store.snapshot().visits)
    again = worker.post("/visits", json=WELL)
    other = worker.post("/visits", json=WELL | {"outcome": "nobody", "household_id": "none"})
    assert (again.status_code, other.status_code) == (200, 200)
    assert again.json() == first.json() | {"new": False} == other.json()
    assert len(store.snapshot().visits) == before


def test_every_mistake_is_said_at_once(worker: TestClient, store: Store) -> None:
    """A wrong form is refused with every mistake in the message, and nothing is kept."""
    before = store.change
    answer = worker.post("/visits", json={"id": "1", "household_id": "h1", "client_ids": ["p2"]})
    assert answer.status_code == 422
    body = answer.json()
    assert body["code"] == "visit.invalid"
    assert all(word in body["message"] for word in ("3 处", "UUID", "服务对象", "outcome"))
    assert store.change == before


def test_something_that_is_no_form_is_refused(worker: TestClient) -> None:
    """A list, a text or no JSON at all is answered in our own words."""
    for content in ("[]", '"x"', "{"):
        answer = worker.post("/visits", content=content, headers={"content-type": "application/json"})
        assert (answer.status_code, answer.json()["code"]) == (422, "web.invalid")


@pytest.mark.parametrize(
    ("login", "household", "client", "code"),
    [
        ("worker", "h9", "p11", "visit.reach"),  # another township
        ("contact", "h1", "p1", "visit.reach"),  # another village
        ("contact", "h8", "p9", None),  # answers for one of the house
        ("head", "h1", "p1", "visit.actor"),
        ("grid_manager", "h1", "p1", "access.refused"),
    ],
)
def test_who_may_record_where(
    signed_in: As, login: str, household: str, client: str, code: str | None, store: Store
) -> None:
    """A visit outside of somebody's reach is refused and not kept."""
    phone = signed_in(login)
    phone.headers["accept"] = "application/json"
    answer = phone.post("/visits", json=WELL | {"household_id": household, "client_ids": [client]})
    assert answer.json().get("code") == code
    assert answer.status_code == (403 if code else 201)
    assert (store.visits.get(VISIT) is None) is bool(code)


def test_a_volunteer_records_what_was_published_to_her(volunteer: TestClient, store: Store) -> None:
    """A stop of the published plan is within reach, a draft is not, nor a door beside it."""
    store.plans.save(PLAN)
    assert volunteer.post("/visits", json=WELL).status_code == 403
    store.plans.publish(PLAN.id, "head")
    assert volunteer.post("/visits", json=WELL).status_code == 201
    beside = WELL | {"id": VISIT.replace("6", "7"), "household_id": "h6", "client_ids": ["p7"]}
    assert volunteer.post("/visits", json=beside).status_code == 403


def test_a_stop_of_a_plan_replaced_at_noon_still_counts(volunteer: TestClient, store: Store) -> None:
    """Who followed the morning's plan can still send what she did after a new plan came out."""
    publish(store)
    new = replace(PLAN, id="plan-2", routes=())
    store.plans.save(new)
    store.plans.publish(new.id, "head")
    assert volunteer.post("/visits", json=WELL).status_code == 201


def test_a_late_visit_is_kept_on_its_day(worker: TestClient, store: Store) -> None:
    """A visit that comes in days later counts on its day, and says when it came."""
    assert worker.post("/visits", json=WELL | {"day": "2026-03-17"}).status_code == 201
    held = store.visits.get(VISIT)
    assert held is not None
    assert held.day == date(2026, 3, 17)
    assert held.received_at is not None
    assert held.received_at.date() == TODAY


def test_a_ticked_pause_becomes_an_exclusion_once(worker: TestClient, store: Store) -> None:
    """Hospital with the pause ticked takes the person out from that day; a resend adds nothing."""
    form = WELL | {"outcome": "hospital", "exclude": True, "until": "2026-04-05"}
    for _ in range(2):
        worker.post("/visits", json=form)
    made = [e for e in store.facts.read(Exclusion) if e.client_id == "p1"]
    assert [(e.reason, e.valid_from, e.valid_to) for e in made] == [
        (ExclusionReason.HOSPITAL, TODAY, date(2026, 4, 5))
    ]


def test_a_volunteer_s_tick_takes_nobody_off_the_list(volunteer: TestClient, store: Store) -> None:
    """A volunteer reports that somebody is in hospital; the pause is for the station to make."""
    publish(store)
    before = list(store.facts.read(Exclusion))
    form = WELL | {"outcome": "hospital", "exclude": True}
    assert volunteer.post("/visits", json=form).status_code == 201
    assert list(store.facts.read(Exclusion)) == before
    assert '"may_pause": false' in volunteer.get("/today").text


def test_a_death_ends_the_person(worker: TestClient, store: Store) -> None:
    """A confirmed death gives the person a last day; the visits stay."""
    worker.post("/visits", json=WELL | {"outcome": "died", "exclude": True})
    client = next(c for c in store.facts.read(Client) if c.id == "p1")
    assert client.valid_to == TODAY
    assert store.visits.get("v1") is not None


def test_the_receipt_is_in_the_language_of_the_page(worker: TestClient) -> None:
    """English in, English out; also the message of a refusal."""
    worker.cookies.set("lang", "en")
    assert worker.post("/visits", json=WELL).json()["outcome"] == "seen"
    message = worker.post("/visits", json=WELL | {"id": ""}).json()["message"]
    assert "1 mistakes" in message
