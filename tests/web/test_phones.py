"""The page of the phones: who is out, which phone is silent, and a text that gives nobody away."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import timedelta

import pytest

from fieldmap.incoming import Health, OutingStep, OutingWhat
from fieldmap.models import Responsibility
from fieldmap.rulebook import rules_in_force
from fieldmap.store import Store
from tests.web.conftest import As
from tests.web.village import CLIENTS, HOUSEHOLDS, NOW, TODAY, Village
from web.phones import Mood, phone_of, reminders, workers
from web.station import Station, station_of

PHONE = Health(
    "d1",
    "worker",
    "Chrome",
    NOW - timedelta(days=10),
    NOW + timedelta(days=80),
    last_sync_at=NOW - timedelta(minutes=5),
    waiting=0,
    failures=0,
    app="1",
    skew_s=3,
)
"""A phone that was heard of five minutes ago."""


@pytest.mark.parametrize(
    ("change", "mood", "words"),
    [
        ({}, Mood.GOOD, ("5 分钟前联系过",)),
        ({"last_sync_at": NOW}, Mood.GOOD, ("刚刚联系过",)),
        ({"last_sync_at": None}, Mood.WARN, ("绑定后还没联系过",)),
        ({"last_sync_at": NOW - timedelta(hours=11)}, Mood.GOOD, ("11 小时前联系过",)),
        ({"last_sync_at": NOW - timedelta(hours=12)}, Mood.WARN, ("12 小时没联系",)),
        ({"last_sync_at": NOW - timedelta(days=3)}, Mood.WARN, ("3 天没联系",)),
        ({"waiting": 2}, Mood.WARN, ("手机里还有 2 条没送到", "5 分钟前联系过")),
        ({"failures": 3}, Mood.BAD, ("连续 3 次没送成", "5 分钟前联系过")),
        ({"skew_s": -86_400}, Mood.WARN, ("手机时间慢 24 小时", "5 分钟前联系过")),
        ({"skew_s": 180}, Mood.WARN, ("手机时间快 3 分钟", "5 分钟前联系过")),
        ({"expires_at": NOW}, Mood.BAD, ("绑定已到期,要重新扫码", "5 分钟前联系过")),
        ({"expires_at": NOW + timedelta(days=7)}, Mood.WARN, ("绑定还有 7 天到期", "5 分钟前联系过")),
        ({"revoked_at": NOW, "failures": 9}, Mood.GOOD, ("已锁定",)),
    ],
)
def test_a_phone_says_in_words_how_it_stands(
    change: dict[str, object], mood: Mood, words: tuple[str]
) -> None:
    """What asks for most stands first; a locked phone asks for nothing any more."""
    found = phone_of(replace(PHONE, **change), NOW)  # type: ignore[arg-type]
    assert (found.mood, found.words) == (mood, words)


def test_a_silent_phone_that_still_holds_something_is_the_worst() -> None:
    """Twelve hours without a word and two visits on it: somebody has to call."""
    silent = replace(PHONE, last_sync_at=NOW - timedelta(hours=13), waiting=2)
    assert phone_of(silent, NOW).mood is Mood.BAD


def test_trouble_stands_first_and_who_has_no_phone_last(store: Store) -> None:
    """Bad before silent before well; accounts without a phone come after them."""
    known = {account.login: account for account in store.accounts.all()}
    health = [
        replace(PHONE, account_id=known["worker"].id),
        replace(PHONE, account_id=known["contact"].id, failures=5),
        replace(PHONE, account_id=known["volunteer"].id, last_sync_at=None),
    ]
    logins = ("worker", "contact", "volunteer", "grid_manager")
    made = workers((known[login] for login in logins), health, NOW)
    assert [worker.account.login for worker in made] == ["contact", "volunteer", "worker", "grid_manager"]


@pytest.fixture
def station(store: Store) -> Station:
    """Return the village's station, its contact answering for two who are due."""
    duties = {client: Responsibility(client, "c1") for client in ("p1", "p2", "p3")}
    view = replace(store.snapshot(), responsibilities=duties)
    return station_of(view, rules_in_force(store), TODAY)


def test_a_reminder_has_counts_and_a_date_and_nobody(station: Station, store: Store) -> None:
    """Three people behind two doors: "2 households, by the end of the month", no name, no door."""
    (made,) = reminders(station, store.accounts.all(), TODAY, "https://station.example/phone")
    assert made.text == (
        "陈桂英,您好!您名下有 2 户要联系,最迟 3月31日 星期二。名单在手机上看:https://station.example/phone"
    )
    told = [text for house in HOUSEHOLDS for text in (house.head_name, house.address)]
    assert [text for text in (*told, *(client.name for client in CLIENTS)) if text in made.text] == []


def test_staff_and_those_without_anybody_due_are_not_reminded(station: Station, store: Store) -> None:
    """Staff have a route; a closed account and a contact with nobody due get no text."""
    nobody = replace(station, people=())
    assert reminders(nobody, store.accounts.all(), TODAY, "") == ()
    closed = (replace(one, disabled_at=NOW) for one in store.accounts.all())
    assert reminders(station, closed, TODAY, "") == ()


def _text(signed_in: As, login: str = "head") -> str:
    return re.sub(r"<[^>]+>|\s+", "", signed_in(login).get("/phones").text)


def test_who_is_out_is_listed_with_what_was_heard(signed_in: As, store: Store) -> None:
    """Name, when she left and wants to be back, how late she is; not at another township's desk."""
    out = OutingStep("a", "o1", "w1", OutingWhat.OUT, NOW, "worker", NOW - timedelta(minutes=10))
    later = OutingStep("b", "o1", "w1", OutingWhat.LATER, NOW, "head", NOW - timedelta(minutes=5), "摩托坏了")
    store.incoming.step(out, TODAY)
    store.incoming.step(later, TODAY)
    page = _text(signed_in)
    assert "周敏09:0008:55▲晚了5分钟" in page
    assert "摩托坏了" in page
    assert "摩托坏了" not in _text(signed_in, "other_head")


def test_a_lost_phone_is_locked_from_the_page(signed_in: As, store: Store, village: Village) -> None:
    """One tap; the page comes back and shows it locked; a page elsewhere is no way to be sent on to."""
    store.accounts.bind(store.accounts.invite(village.ids["worker"]), label="Chrome", days=90)
    (phone,) = store.incoming.health()
    path = f"/accounts/{village.ids['worker']}/devices/{phone.device_id}/revoke"
    assert signed_in("head").post(path, data={"next": "https://elsewhere.example"}).status_code == 422
    answer = signed_in("head").post(path, data={"next": "/phones"})
    assert (answer.status_code, answer.headers["location"]) == (303, "/phones")
    assert store.incoming.health()[0].revoked_at is not None
    assert "已锁定" in _text(signed_in)
