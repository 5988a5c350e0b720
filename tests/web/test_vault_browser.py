"""What a phone keeps, in a real browser: sealed, wrapped by the PIN, wiped in time, and nothing readable."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from fieldmap.sealing import SealError, from_base64url, to_base64url, unseal
from fieldmap.store import Store
from tests.bench import Bench
from tests.browser import Windows
from tests.phone import PIN
from tests.web.village import Village

pytestmark = pytest.mark.browser

type NewBench = Callable[[], Bench]


@pytest.fixture
def new_bench(windows: Windows, store: Store, village: Village) -> NewBench:
    """Return a function that opens the page of one more phone."""

    def made() -> Bench:
        return Bench(windows.open((360, 640)), store, village).start()

    return made


@pytest.fixture
def bench(new_bench: NewBench) -> Bench:
    """Return the page of one phone."""
    return new_bench()


def test_the_station_opens_what_the_browser_sealed(bench: Bench, store: Store) -> None:
    """The browser's HPKE and the library's are the same: for nothing, one byte, Chinese, a photo's size."""
    key = store.accounts.county_keys().station
    plain = ["", "a", "见到王秀英", "x" * 300_000]
    sealed: list[str] = bench.run(
        "const key = fromBase64url(given[0]);"
        "return Promise.all(given[1].map(async (text, at) =>"
        " toBase64url(await seal(key, `id-${at}`, utf8(text)))))",
        [to_base64url(key.public_bytes), plain],
    )
    opened = [unseal(key, from_base64url(text), f"id-{at}").decode() for at, text in enumerate(sealed)]
    assert opened == plain
    with pytest.raises(SealError):
        unseal(key, from_base64url(sealed[1]), "id-2")


def test_ids_sort_by_the_stations_time(bench: Bench) -> None:
    """Ids are UUIDs of version 7 in the station's time, and no two are the same."""
    bench.sign_in()
    ids: list[str] = bench.run("return Array.from({length: 200}, () => window.vault.uuid7())")
    assert len(set(ids)) == 200
    assert {(i[14], i[19] in "89ab", len(i)) for i in ids} == {("7", True, 36)}
    milliseconds = int(ids[0].replace("-", "")[:12], 16)
    assert abs(milliseconds / 1000 - 1773968400) < 60


def test_easy_pins_are_known(bench: Bench) -> None:
    """One digit, a run up or down and a piece repeated are refused; others are not."""
    easy = ["000000", "123456", "654321", "890123", "121212", "123123", "777777"]
    fine = ["246810", "135790", "112233", "980412"]
    assert bench.run("return given.map(isTrivial)", easy + fine) == [True] * 7 + [False] * 4


def test_a_pin_opens_again_after_a_restart_without_a_signal(bench: Bench) -> None:
    """Opened again offline, the phone tells nobody's name before the PIN and everything after it."""
    bench.sign_in()
    bench.run("await window.vault.savePacket({made_at: '2026-03-20T01:00:00Z', stops: ['王秀英']})")
    bench.start()
    state = bench.run("return window.vault.state()")
    assert (state["signed"], state["locked"], state["account"]) == (True, True, None)
    assert bench.run("return window.vault.packet()") is None
    bench.page.context.set_offline(True)
    bench.run("await window.vault.unlock(given)", PIN)
    assert bench.run("return window.vault.packet()")["stops"] == ["王秀英"]
    assert bench.run("return window.vault.state().account.name") == "周敏"


def test_five_wrong_pins_wipe_the_keys_and_keep_what_is_sealed(bench: Bench) -> None:
    """The tries left are told and survive a restart; after the fifth only sealed envelopes are left."""
    bench.sign_in()
    bench.page.context.set_offline(True)
    bench.save(note="想吃热饭", about="李大山")
    bench.page.context.set_offline(False)
    bench.start(outbox=False)
    wrong = "return window.failed(window.vault.unlock('135791'))"
    assert [bench.run(wrong)["left"] for _ in range(3)] == [4, 3, 2]
    bench.start(outbox=False)
    assert [bench.run(wrong)["left"] for _ in range(2)] == [1, 0]
    assert bench.run("return window.failed(window.vault.unlock(given))", PIN)["reason"] == "expired"
    assert bench.run("return window.vault.state()")["closed"] == "pin"
    left = bench.run(
        "const all = {}; for (const name of ['vault', 'drafts', 'sealed', 'outbox'])"
        " all[name] = await window.vault.shelf.all(name); return all"
    )
    assert [record["id"] for record in left["vault"]] == ["clear"]
    assert (left["drafts"], len(left["sealed"]), left["outbox"][0]["about"]) == ([], 1, None)


def test_the_right_pin_forgets_the_wrong_ones(bench: Bench) -> None:
    """Four wrong PINs and the right one leave five tries again."""
    bench.sign_in()
    for _ in range(4):
        bench.run("return window.failed(window.vault.unlock('135791'))")
    bench.run("await window.vault.unlock(given)", PIN)
    assert bench.run("return window.vault.state().left") == 5


def test_a_wipe_that_was_cut_off_is_done_at_the_next_try(bench: Bench) -> None:
    """Once the tries are used up even the right PIN opens nothing: the keys go."""
    bench.sign_in()
    bench.run("await window.vault.note({ wrong: 5 }); window.vault.lock()")
    refused = bench.run("return window.failed(window.vault.unlock(given))", PIN)
    assert (refused["reason"], refused["left"]) == ("pin", 0)
    assert bench.run("return window.vault.state().closed") == "pin"


def test_expired_keys_are_wiped_at_the_next_opening(bench: Bench) -> None:
    """After its time the phone opens with no PIN at all, and the packet and the keys are gone."""
    bench.sign_in(expires_at="2026-03-20T01:00:01Z")
    bench.run("await window.vault.savePacket({made_at: '2026-03-20T01:00:00Z'})")
    bench.page.wait_for_timeout(1100)
    bench.start()
    assert bench.run("return window.vault.state().closed") == "expired"
    assert bench.run("return window.failed(window.vault.unlock(given))", PIN)["reason"] == "expired"
    assert bench.run("return (await window.vault.shelf.all('vault')).map((r) => r.id)") == ["clear"]


def test_a_clock_set_back_does_not_prolong(bench: Bench) -> None:
    """Set back by a day, the phone stays closed until the clock is right or the station tells the time."""
    bench.sign_in()
    bench.page.add_init_script("const real = Date.now; Date.now = () => real() - 86400000;")
    bench.start()
    assert bench.run("return window.failed(window.vault.unlock(given))", PIN)["reason"] == "clock"
    assert bench.run("return window.vault.state().left") == 5
    bench.run("return (await import('/static/phone/api.js')).askTime(window.vault)")
    bench.run("await window.vault.unlock(given)", PIN)
    assert bench.run("return window.vault.state().account.name") == "周敏"


def test_a_county_may_forbid_keeping_anything(bench: Bench) -> None:
    """Held in memory only, nothing that opens anything is written, and a restart asks for a sign-in."""
    bench.sign_in(hold="memory")
    assert bench.run("return window.vault.state().locked") is False
    bench.start()
    assert bench.run("return window.vault.state().signed") is False
    assert bench.run("return (await window.vault.shelf.all('vault')).map((r) => r.id)") == ["clear"]


def test_renewed_keys_still_read_what_the_last_ones_wrote(bench: Bench) -> None:
    """A draft saved before the keys were renewed can be taken back after it and after a restart."""
    bench.sign_in()
    bench.page.context.set_offline(True)
    saved = bench.save(note="想吃热饭")
    bench.page.context.set_offline(False)
    bench.run("await window.vault.renewed(given)", bench.keys())
    bench.start()
    bench.page.context.set_offline(True)
    bench.run("await window.vault.unlock(given)", PIN)
    assert bench.run("return window.outbox.undo(given)", saved)["note"] == "想吃热饭"


def test_a_locked_phone_closes_at_its_next_contact(bench: Bench, store: Store) -> None:
    """Where the head locked it the phone forgets its keys, says why, and still sends what is sealed."""
    held = bench.sign_in()
    bench.run("window.addEventListener('phone:closed', (event) => { window.closed_by = event.detail.code; })")
    store.accounts.revoke_device(held["device"])
    refused = bench.run(
        "return window.failed((await import('/static/phone/api.js')).ask(window.vault, '/phone/packet'))"
    )
    assert refused["reason"] == "access.revoked"
    assert bench.run("return window.closed_by") == "access.revoked"
    assert bench.run("return window.vault.state()")["closed"] == "revoked"
    assert bench.run("return window.vault.token()") == ""
