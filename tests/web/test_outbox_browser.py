"""What was saved on a phone and how far it has come, in a real browser against the station."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest
from playwright.sync_api import Page, Request, Route

from fieldmap.store import Store
from tests.bench import Bench
from tests.browser import Windows
from tests.phone import PIN
from tests.web.village import Village

pytestmark = pytest.mark.browser

HELD = "return window.outbox.held()"
WAITS = "window.waits = window.outbox.courier.later = () => undefined;"
PHOTO = """
const canvas = document.createElement("canvas");
canvas.width = canvas.height = 500;
const drawn = canvas.getContext("2d");
for (let at = 0; at < 250000; at += 1) {
  drawn.fillStyle = `hsl(${(at * 7919) % 360} 80% ${at % 100}%)`;
  drawn.fillRect(at % 500, Math.floor(at / 500), 1, 1);
}
const blob = await new Promise((done) => canvas.toBlob(done, "image/jpeg", 1));
window.photo = blob;
return blob.size;
"""

FULL = """
const put = IDBObjectStore.prototype.put;
window.full = true;
IDBObjectStore.prototype.put = function (record) {
  if (window.full && this.name === "sealed") throw new DOMException("no room", "QuotaExceededError");
  return put.call(this, record);
};
"""
"""What a browser does where the phone has no room: it fails the write, and with it the transaction."""

type NewBench = Callable[[], Bench]


@pytest.fixture
def new_bench(windows: Windows, store: Store, village: Village) -> NewBench:
    """Return a function that opens the page of one more phone, signed in."""

    def made() -> Bench:
        opened = Bench(windows.open((360, 640)), store, village).start()
        opened.sign_in()
        return opened

    return made


@pytest.fixture
def bench(new_bench: NewBench) -> Bench:
    """Return the page of one phone, signed in."""
    return new_bench()


def sendings(page: Page) -> list[dict[str, Any]]:
    """Return a list that grows with what the page sends to the station's door."""
    sent: list[dict[str, Any]] = []

    def note(asked: Request) -> None:
        if asked.url.endswith("/phone/outbox"):
            sent.append(json.loads(asked.post_data or "{}"))

    page.on("request", note)
    return sent


def test_a_saved_visit_is_held_and_not_sent_again(bench: Bench) -> None:
    """The receipt shows the station's time and its hash; a flush sends it no more, and asks for it once."""
    sent = sendings(bench.page)
    bench.save(note="想吃热饭", about={"stop": "s2"})
    bench.flush()
    (entry,) = bench.run("return window.outbox.entries()")
    assert (entry["state"], entry["about"], entry["message"]) == ("held", {"stop": "s2"}, None)
    assert len(entry["receipt"]["sha256"]) == 64
    assert bench.run(HELD) == {"all": 1, "held": 1, "time": "09:00"}
    assert bench.flush() is True
    assert bench.flush() is True
    assert [len(s["envelopes"]) for s in sent][:1] == [1]
    assert [sum(len(s[what]) for s in sent) for what in ("envelopes", "held")] == [1, 1]
    assert bench.stored() == 1


def test_what_was_not_sent_is_taken_back_without_a_trace(bench: Bench) -> None:
    """Undone before it went, a visit comes back into the form and never reaches the station."""
    bench.offline()
    saved = bench.save(note="想吃热饭")
    assert bench.run(HELD) == {"all": 1, "held": 0, "time": ""}
    bench.run("await window.outbox.courier.running")
    assert bench.run("return window.outbox.undo(given)", saved)["note"] == "想吃热饭"
    assert bench.states() == []
    bench.offline(False)
    bench.flush()
    assert bench.stored() == 0


def test_a_door_s_point_goes_along_until_it_is_sent(bench: Bench) -> None:
    """A point proposed with a visit is taken back with it; one that was sent stays, and the phone knows."""
    pin = {"household_id": "h2", "which": "door", "position": {"lon": 107.5, "lat": 26.7, "accuracy_m": 9}}
    add = "return window.outbox.add('pin', given[0], { key: given[1], beside: given[1] })"
    undo = "await window.outbox.courier.running; await window.outbox.undo(given)"
    left = "return window.outbox.leftBeside(given)"
    bench.offline()
    saved = bench.save(key="form-1")
    bench.run("await window.outbox.courier.running")
    bench.run("window.outbox.courier.flush = async () => false;" + add, [pin, saved])
    bench.run(undo, saved)
    assert bench.states() == []
    assert bench.run(left, saved) is False
    bench.run("delete window.outbox.courier.flush")
    bench.offline(False)
    saved = bench.save(key="form-1")
    bench.run(add, [pin, saved])
    bench.flush()
    bench.run(undo, saved)
    assert bench.run(left, saved) is True


def test_what_was_sent_is_withdrawn_at_the_station(bench: Bench, store: Store) -> None:
    """Undone after it was held, the visit no longer counts; the next of the same form is another one."""
    saved = bench.save(key="form-1")
    bench.flush()
    assert bench.stored() == 1
    assert bench.run("return window.outbox.undo(given)", saved)["outcome"] == "seen"
    bench.flush()
    assert bench.states() == ["withdrawn", "held"]
    assert bench.stored() == 0
    assert bench.run(HELD)["all"] == 0
    assert bench.save(key="form-1") != saved
    bench.flush()
    assert bench.stored() == 1


def test_after_ten_minutes_nothing_can_be_read_or_taken_back(bench: Bench) -> None:
    """The draft is gone from the phone after its time, and a week after the receipt the sealed copy too."""
    saved = bench.save(note="想吃热饭", about="李大山")
    bench.flush()
    later = "const real = Date.now; Date.now = () => real() + given; await window.outbox.tidy();"
    bench.run(later, 601_000)
    assert bench.run("return window.outbox.undo(given)", saved) is None
    assert bench.run("return window.vault.shelf.all('drafts')") == []
    assert bench.run("return window.outbox.entries()[0].about") == "李大山"
    bench.run(later, 24 * 3_600_000)
    assert bench.run("return window.outbox.entries()[0].about") is None
    assert bench.run("return (await window.vault.shelf.all('sealed')).length") == 1
    bench.run(later, 7 * 24 * 3_600_000)
    assert bench.run("return (await window.vault.shelf.all('sealed')).length") == 0


def test_a_double_tap_saves_once(bench: Bench) -> None:
    """Two saves of one form at the same moment are one visit with one id."""
    body = {"household_id": "h2", "client_ids": ["p2"], "outcome": "seen", "channel": "door"}
    ids = bench.run(
        "return Promise.all([1, 2, 3].map(() => window.outbox.add('visit', given, {key: 'form-1'})))", body
    )
    assert len(set(ids)) == 1
    bench.flush()
    assert (bench.states(), bench.stored()) == (["held"], 1)


def test_many_go_in_batches_of_twenty(bench: Bench) -> None:
    """Forty-five saved without a signal go as 20, 20 and 5 and are all held."""
    bench.offline()
    body = {"household_id": "h2", "client_ids": ["p2"], "outcome": "seen", "channel": "door"}
    bench.run("for (let n = 0; n < 45; n += 1) await window.outbox.add('visit', given)", body)
    bench.run("await window.outbox.courier.running")
    sent = sendings(bench.page)
    bench.offline(False)
    assert bench.flush() is True
    assert [len(s["envelopes"]) for s in sent if s["envelopes"]] == [20, 20, 5]
    assert bench.run(HELD) == {"all": 45, "held": 45, "time": "09:00"}
    assert bench.stored() == 45


def test_a_lost_answer_and_an_older_backup_double_nothing(bench: Bench) -> None:
    """Sent again after a lost answer and after the station says it has it no more: one visit all the same."""
    done: list[str] = []

    def station(route: Route) -> None:
        answer = route.fetch()
        done.append("answered")
        if len(done) == 1:
            route.abort()
        elif len(done) == 4:
            ids = json.loads(route.request.post_data or "{}")["held"]
            route.fulfill(response=answer, json={**answer.json(), "missing": ids})
        else:
            route.fulfill(response=answer)

    bench.page.route("**/phone/outbox", station)
    bench.run(WAITS)
    bench.save()
    bench.run("await window.outbox.courier.running")
    assert bench.states() == ["waiting"]
    assert bench.run("return window.vault.clear.failures") == 1
    bench.flush()
    assert (bench.states(), bench.stored()) == (["held"], 1)
    bench.flush()
    assert (bench.states(), bench.stored(), len(done)) == (["held"], 1, 5)
    assert bench.run("return window.vault.clear.failures") == 0


def test_a_refusal_is_shown_once_somebody_may_read_it(bench: Bench) -> None:
    """Refused while the app was locked, the visit is kept, and its reason is there after the PIN."""
    bench.offline()
    bench.run("await window.outbox.add('visit', {household_id: 'h2', client_ids: ['p2'], channel: 'door'})")
    bench.offline(False)
    bench.start()
    bench.flush()
    (entry,) = bench.run("return window.outbox.entries()")
    assert (entry["state"], entry["message"]) == ("rejected", None)
    bench.run("await window.vault.unlock(given)", PIN)
    bench.flush()
    (entry,) = bench.run("return window.outbox.entries()")
    assert entry["state"] == "rejected"
    assert [one["message"] for one in entry["fields"]] == entry["message"].split("\n")
    assert [one["field"] for one in entry["fields"]] == ["outcome"]
    assert bench.run("return (await window.vault.shelf.all('sealed')).length") == 1
    assert bench.stored() == 0


def test_two_windows_send_each_visit_once(bench: Bench) -> None:
    """Two windows of one phone save without a signal, wake together, and both show everything held."""
    other = Bench(bench.page.context.new_page(), bench.store, bench.village).start()
    other.run("await window.vault.unlock(given)", PIN)
    bench.run("await window.vault.unlock(given)", PIN)
    bench.offline()
    for window in (bench, other, bench):
        window.save()
    bench.offline(False)
    for window in (bench, other):
        window.page.evaluate("dispatchEvent(new Event('online')); null")
    for window in (bench, other):
        window.run("while (window.outbox.held().held < 3) await new Promise((next) => setTimeout(next, 50));")
    assert bench.stored() == 3
    assert bench.run("return window.outbox.drafts().length") == 3


def test_a_full_phone_claims_nothing_saved(bench: Bench) -> None:
    """Where the browser has no room the save fails in words; with room again the same form saves once."""
    bench.offline()
    bench.run(FULL)
    body = {"household_id": "h2", "client_ids": ["p2"], "outcome": "seen", "channel": "door"}
    save = "return window.failed(window.outbox.add('visit', given, {key: 'form-1', undo: true}))"
    failed = bench.run(save, body)
    assert failed["reason"] == "full"
    assert "没有保存" in failed["message"]
    assert bench.states() == []
    bench.run("window.full = false")
    assert bench.run(save, body) is None
    bench.offline(False)
    bench.flush()
    assert bench.stored() == 1


def test_photos_follow_in_parts_and_hold_no_visit_back(bench: Bench, store: Store) -> None:
    """Cut off, a photo goes on from where it was, after a visit saved meanwhile; lost later, it goes anew."""
    assert bench.run(PHOTO) > 130_000
    asked: list[str] = []

    def station(route: Route) -> None:
        asked.append(route.request.url.rpartition("/")[2] if "photos" in route.request.url else "outbox")
        if asked[-1] != "outbox" and len([one for one in asked if one != "outbox"]) == 2:
            route.abort()
        else:
            route.continue_()

    bench.page.route("**/phone/photos/**", station)
    bench.page.route("**/phone/outbox", station)
    bench.run(WAITS)
    body = {"household_id": "h2", "client_ids": ["p2"], "outcome": "seen", "channel": "door"}
    photos = "photos: [{id: window.vault.uuid7(), kind: 'photo', blob: window.photo}]"
    visit = bench.run(f"return window.outbox.add('visit', given, {{{photos}}})", body)
    bench.run("await window.outbox.courier.running")
    assert bench.states() == ["held"]
    assert bench.run("return window.outbox.photos()") == {"all": 1, "held": 0}
    assert bench.run("return window.outbox.unsent()") == {"records": 0, "photos": 1}
    assert bench.run("return window.failed(window.outbox.wipe())")["reason"] == "waiting"
    bench.run(
        "const going = window.outbox.flush(); await new Promise((next) => setTimeout(next, 1));"
        "await window.outbox.add('visit', given); await going; await window.outbox.courier.running",
        body,
    )
    bench.flush()
    assert bench.run("return window.outbox.photos()") == {"all": 1, "held": 1}
    offsets = [int(one.partition("at=")[2].partition("&")[0]) for one in asked if one != "outbox"]
    assert offsets[:3] == [0, 65536, 65536]
    assert offsets.count(0) == 1
    (kept,) = store.incoming.photos.all(of_id=visit)
    assert kept.type == "image/jpeg"
    assert bench.stored() == 2
    asked.clear()
    station_without(bench, kept.id)
    assert [one.partition("?")[2].partition("&")[0] for one in asked][:1] == ["at=0"]
    assert bench.run("return window.outbox.photos()") == {"all": 1, "held": 1}


def station_without(bench: Bench, photo_id: str) -> None:
    """Flush an hour later, to a station that came back without a photo."""

    def older(route: Route) -> None:
        answer = route.fetch()
        held = json.loads(route.request.post_data or "{}")["held"]
        route.fulfill(response=answer, json={**answer.json(), "missing": [i for i in held if i == photo_id]})

    bench.page.route("**/phone/outbox", older)
    bench.run("window.outbox.courier.compared = 0")
    bench.flush()


def test_a_browser_that_keeps_nothing_still_sends(bench: Bench) -> None:
    """Without storage the phone says so, records and sends in memory, and has nothing after a restart."""
    bench.page.add_init_script("IDBFactory.prototype.open = () => { throw new Error('no storage'); };")
    bench.start()
    bench.run("await window.vault.signIn(given, '')", bench.keys())
    assert bench.run("return window.vault.state().storage") == "memory"
    bench.save()
    bench.flush()
    assert (bench.states(), bench.stored()) == (["held"], 1)
    bench.start()
    assert bench.states() == []


def test_a_save_is_on_the_disk_before_it_is_said(bench: Bench) -> None:
    """Whatever a save writes is written strictly: the browser answers when the disk has it."""
    bench.offline()
    bench.run(
        "const own = IDBDatabase.prototype.transaction; window.made = [];"
        "IDBDatabase.prototype.transaction = function (...all) {"
        " const made = own.apply(this, all); window.made.push([made.mode, made.durability]); return made; };"
    )
    bench.save()
    writing = [how for mode, how in bench.run("return window.made") if mode == "readwrite"]
    assert writing
    assert set(writing) == {"strict"}


def test_a_dead_line_is_tried_less_and_less_and_at_once_when_somebody_looks(bench: Bench) -> None:
    """The waits double from two seconds to five minutes; a look at the page and the timer send what waits."""
    bench.run("window.waits = []; window.outbox.courier.later = (ms) => { window.waits.push(ms); };")
    bench.page.route("**/phone/outbox", lambda route: route.abort())
    bench.save()
    bench.run("await window.outbox.courier.running")
    for _ in range(10):
        bench.flush()
    waits = bench.run("return window.waits")
    longest = [min(300_000, 2000 * 2**n) for n in range(len(waits))]
    assert len(waits) >= 10
    assert all(most / 2 <= wait <= most for wait, most in zip(waits, longest, strict=True))
    assert bench.states() == ["waiting"]

    bench.page.unroute("**/phone/outbox")
    bench.run("document.dispatchEvent(new Event('visibilitychange')); await window.outbox.courier.running")
    assert bench.states() == ["held"]
    bench.run(
        "delete window.outbox.courier.later; window.outbox.courier.flush = () => { window.tried = true; };"
    )
    bench.run("window.outbox.courier.later(5)")
    bench.page.wait_for_function("() => window.tried")


def test_wiping_is_refused_while_something_waits(bench: Bench) -> None:
    """What the station does not hold cannot be wiped; what it holds can."""
    bench.offline()
    bench.save()
    assert bench.run("return window.failed(window.outbox.wipe())")["reason"] == "waiting"
    assert bench.run("return window.outbox.unsent()") == {"records": 1, "photos": 0}
    bench.offline(False)
    bench.flush()
    assert bench.run("return window.failed(window.outbox.wipe())") is None
    assert bench.states() == []


SECOND = "return (await (await caches.open('fieldmap-sealed')).keys()).length"


def test_a_browser_that_throws_its_database_away_loses_no_visit(bench: Bench) -> None:
    """With the database gone the second copy goes out once, without a sign-in; what was undone does not."""
    bench.offline()
    bench.save(note="想吃热饭", photos=[])
    undone = bench.save()
    assert bench.run("return window.outbox.undo(given)", undone)["client_ids"] == ["p2"]
    bench.run("await window.outbox.courier.running")
    assert bench.run(SECOND) == 1
    bench.run(
        "window.outbox.courier.flush = () => Promise.resolve(false); window.vault.shelf.db.close();"
        "await new Promise((done) => { indexedDB.deleteDatabase('fieldmap').onsuccess = done; })"
    )
    bench.offline(False)
    bench.start()
    assert bench.run("return window.vault.state().signed") is False
    bench.flush()
    assert bench.states() == ["held"]
    assert bench.stored() == 1
    assert bench.run(SECOND) == 0
    bench.start()
    bench.flush()
    assert bench.states() == ["held"]
    assert bench.stored() == 1
