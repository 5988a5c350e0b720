"""The phone's sign-in on the server: by QR or password, renewed, locked, and good for the phone only."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from fastapi import FastAPI
from httpx2 import Response
from starlette.testclient import TestClient

from fieldmap.errors import InputError
from fieldmap.sealing import from_base64url, read_warrant
from fieldmap.settings import Settings, load
from fieldmap.store import Store
from tests.web.conftest import As
from tests.web.village import NOW, PASSWORD, TODAY, Village
from web.app import create_app
from web.security import SESSION_COOKIE


def by_password(client: TestClient, login: str = "worker", password: str = PASSWORD, **more: str) -> Response:
    return client.post("/phone/sign-in", json={"login": login, "password": password, "app": "1", **more})


def by_code(client: TestClient, store: Store, village: Village, login: str = "worker") -> dict[str, Any]:
    code = store.accounts.invite(village.ids[login])
    answer = client.post("/phone/sign-in", json={"invitation": code, "app": "1"})
    assert answer.status_code == 200
    held: dict[str, Any] = answer.json()
    return held


def bearing(client: TestClient, token: str) -> TestClient:
    client.headers["authorization"] = f"Bearer {token}"
    client.headers["accept"] = "application/json"
    return client


def lasts(held: dict[str, Any]) -> timedelta:
    return datetime.fromisoformat(held["expires_at"]) - datetime.fromisoformat(held["now"])


def test_a_qr_code_gives_a_phone_its_keys_once(signed_in: As, store: Store, village: Village) -> None:
    """The phone gets a token, a key to read, the station's key and a warrant; the code is used up."""
    code = store.accounts.invite(village.ids["worker"])
    held = signed_in("").post("/phone/sign-in", json={"invitation": code}).json()
    keys = store.accounts.county_keys()
    said = read_warrant(keys.secret, held["warrant"])
    assert said is not None
    assert (said.account_id, said.device_id, said.issued_at) == (village.ids["worker"], held["device"], NOW)
    assert len(from_base64url(held["key"])) == 32
    assert from_base64url(held["station"]["public_key"]) == keys.station.public_bytes
    assert held["station"]["key_id"] == keys.station.key_id
    assert held["account"] == {"id": village.ids["worker"], "name": "周敏"}
    assert held["hold"] == "pin"
    again = signed_in("").post("/phone/sign-in", json={"invitation": code})
    assert (again.status_code, again.headers["content-type"].split(";")[0]) == (403, "text/html")


def test_looking_at_a_code_uses_nothing_up(signed_in: As, store: Store, village: Village) -> None:
    """A phone asks whether the code is good before somebody chooses a PIN; the code then still works."""
    code = store.accounts.invite(village.ids["worker"])
    look = {"invitation": code, "look": True}
    assert [signed_in("").post("/phone/sign-in", json=look).json() for _ in range(2)] == [{"hold": "pin"}] * 2
    assert store.accounts.devices(village.ids["worker"]) == ()
    assert signed_in("").post("/phone/sign-in", json={"invitation": code}).status_code == 200
    assert signed_in("").post("/phone/sign-in", json=look).status_code == 403


def test_the_keys_of_the_county_stay_the_same(signed_in: As, store: Store, village: Village) -> None:
    """Two phones seal to one station key and read with keys of their own, which the file does not hold."""
    one, two = (by_code(signed_in(""), store, village, login) for login in ("worker", "contact"))
    assert one["station"] == two["station"]
    assert len({one["key"], two["key"], one["token"], two["token"]}) == 4
    kept = village.path.read_bytes() + village.path.with_name(f"{village.path.name}-wal").read_bytes()
    for secret in (one["key"], one["token"], one["warrant"]):
        assert secret.encode() not in kept
    assert from_base64url(one["key"]) not in kept


@pytest.mark.parametrize(
    ("login", "hours"),
    [("worker", 36), ("head", 36), ("contact", 168), ("volunteer", 168), ("grid_manager", 168)],
)
def test_a_route_is_held_for_a_day_and_a_list_for_a_week(login: str, hours: int, signed_in: As) -> None:
    """Staff read for 36 hours, contacts, volunteers and grid managers for seven days."""
    assert lasts(by_password(signed_in(""), login).json()) == timedelta(hours=hours)


@pytest.mark.parametrize("login", ["county", "auditor", "admin"])
def test_who_has_nothing_to_do_on_a_phone_gets_no_keys(
    login: str, signed_in: As, store: Store, village: Village
) -> None:
    """An account without visits and without a grid is refused, and no phone is bound to it."""
    assert by_password(signed_in(""), login).status_code == 403
    assert store.accounts.devices(village.ids[login]) == ()


def test_guessing_the_password_locks_the_login_here_too(signed_in: As) -> None:
    """Five wrong passwords on the phone lock the login on the phone and on the desk."""
    client = signed_in("")
    assert [by_password(client, password=f"wrong-{n}").status_code for n in range(5)] == [401] * 5
    assert by_password(client).status_code == 429


def test_guesses_sent_together_lock_the_login_too(signed_in: As) -> None:
    """Of twelve wrong passwords at the same moment five are looked at, as of twelve one after the other."""
    client = signed_in("")
    with ThreadPoolExecutor(12) as pool:
        answers = list(pool.map(lambda n: by_password(client, password=f"wrong-{n}").status_code, range(12)))
    assert sorted(answers) == [401] * 5 + [429] * 7


def test_a_phone_that_signs_in_again_stays_the_same_phone(
    signed_in: As, store: Store, village: Village
) -> None:
    """Signing in by password again binds the same phone anew; another account's id is not taken over."""
    first = by_password(signed_in("")).json()
    assert by_password(signed_in(""), device=first["device"]).json()["device"] == first["device"]
    assert by_password(signed_in(""), "contact", device=first["device"]).json()["device"] != first["device"]
    assert len(store.accounts.devices(village.ids["worker"])) == 1


def test_a_locked_phone_does_not_come_back_under_its_old_id(signed_in: As, store: Store) -> None:
    """Signing in again after the head locked a phone is a new phone on her list."""
    first = by_password(signed_in("")).json()
    store.accounts.revoke_device(first["device"])
    assert by_password(signed_in(""), device=first["device"]).json()["device"] != first["device"]


def test_a_phone_opens_no_page_of_the_desk(signed_in: As, store: Store, village: Village) -> None:
    """A token found on a head's phone opens neither the desk nor the map, as a header or as a cookie."""
    token = by_code(signed_in(""), store, village, "head")["token"]
    for path in ("/desk", "/people", "/map", "/accounts"):
        refused = bearing(signed_in(""), token).get(path)
        assert (refused.status_code, refused.json()["code"]) == (403, "access.phone-only")
    as_cookie = signed_in("")
    as_cookie.cookies.set(SESSION_COOKIE, token)
    assert as_cookie.get("/desk").headers["location"].startswith("/sign-in")
    of_desk = bearing(signed_in(""), village.tokens["head"])
    assert of_desk.post("/phone/renew").json()["code"] == "access.sign-in"


def test_a_phone_renews_its_keys_without_a_form_token(signed_in: As, store: Store, village: Village) -> None:
    """Renewing gives another token, key and warrant of the same phone; the old token opens until it ends."""
    held = by_code(signed_in(""), store, village)
    answer = bearing(signed_in(""), held["token"]).post("/phone/renew")
    new = answer.json()
    assert new["device"] == held["device"]
    assert new["token"] != held["token"]
    assert new["key"] != held["key"]
    for token in (held["token"], new["token"]):
        assert bearing(signed_in(""), token).post("/phone/renew").status_code == 200


def test_nothing_lasts_longer_than_the_binding(settings: Settings, store: Store, village: Village) -> None:
    """In its last hour of thirty days a phone is renewed for that hour; then it asks for a new code."""
    now = NOW
    app = create_app(replace(settings, device_days=2), today=lambda: TODAY, clock=lambda: now)
    with TestClient(app) as client:
        held = by_code(client, store, village)
        now = NOW + timedelta(hours=35)
        held = bearing(client, held["token"]).post("/phone/renew").json()
        assert lasts(held) == timedelta(hours=13)
        now = NOW + timedelta(hours=47, minutes=59)
        held = bearing(client, held["token"]).post("/phone/renew").json()
        assert lasts(held) == timedelta(minutes=1)
        now = NOW + timedelta(hours=48)
        refused = bearing(client, held["token"]).post("/phone/renew")
        assert (refused.status_code, refused.json()["code"]) == (401, "access.sign-in")


@pytest.mark.parametrize("how", ["phone", "account"])
def test_the_desk_ends_a_phone_at_its_next_contact(
    how: str, signed_in: As, store: Store, village: Village
) -> None:
    """A locked phone and a closed account are told so, which an expired session is not."""
    held = by_code(signed_in(""), store, village)
    phone = bearing(signed_in(""), held["token"])
    if how == "phone":
        store.accounts.revoke_device(held["device"])
    else:
        store.accounts.disable(village.ids["worker"])
    refused = phone.post("/phone/renew")
    assert (refused.status_code, refused.json()["code"]) == (401, "access.revoked")
    assert bearing(signed_in(""), "p.unknown").post("/phone/renew").json()["code"] == "access.sign-in"


def test_signing_out_ends_the_token(signed_in: As, store: Store, village: Village) -> None:
    """After signing out the phone's token opens nothing."""
    phone = bearing(signed_in(""), by_code(signed_in(""), store, village)["token"])
    assert phone.post("/phone/sign-out").status_code == 204
    assert phone.post("/phone/renew").status_code == 401


def test_the_setting_says_whether_a_phone_keeps_anything(settings: Settings, village: Village) -> None:
    """A county that wants nothing kept tells its phones so at the sign-in."""
    app: FastAPI = create_app(replace(settings, phone_hold="memory"), today=lambda: TODAY, clock=lambda: NOW)
    with TestClient(app) as client:
        assert by_password(client).json()["hold"] == "memory"


def test_every_sign_in_of_a_phone_stands_in_the_audit(signed_in: As, store: Store, village: Village) -> None:
    """The trail says which account signed in which phone."""
    held = by_code(signed_in(""), store, village)
    line = store.audit.lines()[-1]
    assert (line.account_id, line.action, line.object) == (
        village.ids["worker"],
        "phone sign-in",
        held["device"],
    )


def test_every_backup_holds_the_keys(store: Store, tmp_path: Path) -> None:
    """A backup made before the first phone signed in opens what phones sealed after it."""
    store.backup(tmp_path / "early.db")
    restored = Store.restore(tmp_path / "early.db", tmp_path / "restored.db")
    assert restored.accounts.county_keys().station.key_id == store.accounts.county_keys().station.key_id
    restored.close()


@pytest.mark.parametrize(
    ("name", "text"),
    [("PHONE_HOLD", "always"), ("CHILD_PHOTOS", "maybe"), ("PHONE_HOURS", "0"), ("LIST_DAYS", "a week")],
)
def test_a_wrong_setting_of_the_phones_is_refused(name: str, text: str) -> None:
    """What a phone may keep and for how long is a known word or a number above nothing."""
    with pytest.raises(InputError) as fault:
        load({f"FIELDMAP_{name}": text})
    assert fault.value.code == "setting.value"
    assert load({"FIELDMAP_PHONE_HOLD": "memory", "FIELDMAP_CHILD_PHOTOS": "1"}).child_photos is True
